//! The rows of the credential table: what each store holds of each credential, without its value.

use std::collections::BTreeMap;

/// One credential in one environment, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CredentialRow {
    /// The name in the credential map.
    pub name: String,
    /// `staging`, `production` …
    pub environment: String,
    /// The team that rotates it.
    pub owner: Option<String>,
    /// How often it must be rotated, as the map says it (`90d`).
    pub rotate_every: Option<String>,
    /// When it was last rotated, where anything tells.
    pub rotated: Option<Rotated>,
    /// Days since then.
    pub age_days: Option<u32>,
    /// The day it must be rotated by, `YYYY-MM-DD`.
    pub due: Option<String>,
    /// What each store says, by the store's name (`vault`, `github`, `fly`).
    pub stores: BTreeMap<String, StoreState>,
}

/// The last rotation, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rotated {
    /// When, RFC 3339.
    pub at: String,
    /// What that rests on.
    pub by: Basis,
}

/// What the time of the last rotation rests on, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// The vault's own record of its current version.
    Vault,
    /// When a copy was set: it holds no younger value than that.
    Copy,
    /// The time a file was written, which copying and restoring change too.
    File,
}

impl Basis {
    /// In words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vault => "the vault's record",
            Self::Copy => "the time a copy was set",
            Self::File => "a file's modification time, which is only a hint",
        }
    }
}

/// What one store says of a credential.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoreState {
    /// The verdict.
    pub state: State,
    /// What the verdict rests on.
    pub evidence: Option<Evidence>,
    /// When the store last changed it, RFC 3339.
    pub updated: Option<String>,
}

/// The state of a credential in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// There, and as it should be.
    Present,
    /// Not there.
    Missing,
    /// A placeholder stands in its place.
    Placeholder,
    /// Its value has not the shape it should have.
    Malformed,
    /// Older than its rotation interval, or than its copy elsewhere.
    Stale,
    /// Another value than elsewhere.
    Mismatch,
    /// There, but nothing proves it is the same value.
    Unverified,
    /// The store could not be asked.
    Error,
}

impl State {
    /// The word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Missing => "missing",
            Self::Placeholder => "placeholder",
            Self::Malformed => "malformed",
            Self::Stale => "stale",
            Self::Mismatch => "mismatch",
            Self::Unverified => "unverified",
            Self::Error => "error",
        }
    }
}

/// What a [`State`] rests on, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The value itself was compared.
    Value,
    /// A keyed fingerprint made where the value is visible.
    Attested,
    /// A digest the store gives.
    Digest,
    /// The time of the last change.
    Time,
    /// Only that the name exists.
    Name,
}

impl Evidence {
    /// The word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Attested => "attested",
            Self::Digest => "digest",
            Self::Time => "time",
            Self::Name => "name",
        }
    }
}

/// A row for the tests of every format.
#[cfg(test)]
pub(super) fn hostile() -> Vec<CredentialRow> {
    let store = |state, evidence| StoreState {
        state,
        evidence,
        updated: Some("2026-08-01T00:00:00Z".into()),
    };
    vec![CredentialRow {
        name: "SUPABASE_SERVICE_KEY".into(),
        environment: "staging".into(),
        owner: Some("reliability | <b>".into()),
        rotate_every: Some("90d".into()),
        rotated: Some(Rotated {
            at: "2026-08-01T00:00:00Z".into(),
            by: Basis::Vault,
        }),
        age_days: Some(41),
        due: Some("2026-12-01".into()),
        stores: [
            (
                "vault".to_owned(),
                store(State::Present, Some(Evidence::Value)),
            ),
            ("github".to_owned(), store(State::Missing, None)),
        ]
        .into(),
    }]
}
