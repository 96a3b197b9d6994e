//! The forms in which flyctl and gh write their listings.

use crate::credentials::{Entry, Reach, StoreKind};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Why a file is no listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// What is wrong, to be put after the file's name; nothing of its content.
    pub(super) what: String,
    /// How to make a good one.
    pub(super) help: &'static str,
}

/// The entries of a listing. One without a name makes the whole no listing: it was written by something else, and
/// says nothing of what is there.
pub(super) fn entries(kind: StoreKind, bytes: &[u8]) -> Result<BTreeMap<String, Entry>, Fault> {
    let fault = |what: String| Fault {
        what,
        help: match kind {
            StoreKind::Github => {
                "write it with `gh secret list --env ENVIRONMENT --json name,updatedAt`"
            }
            StoreKind::Fly | StoreKind::Vault => {
                "write it with `fly secrets list --app APP --json`"
            }
        },
    };
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        // What Windows PowerShell makes of `>`.
        return Err(fault("is not UTF-8 but UTF-16".to_owned()));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let listing: Value = serde_json::from_slice(bytes).map_err(|error| {
        fault(format!(
            "is no JSON (line {}, column {})",
            error.line(),
            error.column()
        ))
    })?;
    let Value::Array(listing) = listing else {
        return Err(fault("is no JSON list".to_owned()));
    };
    let mut entries = BTreeMap::new();
    for (at, one) in listing.iter().enumerate() {
        let nameless = || fault(format!("has no `name` in entry {}", at + 1));
        let one = one.as_object().ok_or_else(nameless)?;
        let name = text(one, &["name", "Name"]).ok_or_else(nameless)?;
        let (name, entry) = match kind {
            StoreKind::Github => (name.to_ascii_uppercase(), of_gh(one)),
            StoreKind::Fly | StoreKind::Vault => (name.to_owned(), of_flyctl(one)),
        };
        entries.insert(name, entry);
    }
    Ok(entries)
}

/// `gh secret list --json name,updatedAt`: <https://cli.github.com/manual/gh_secret_list>.
fn of_gh(one: &Map<String, Value>) -> Entry {
    let updated = text(one, &["updatedAt"]).and_then(|time| time.parse::<Timestamp>().ok());
    Entry {
        // Go writes a time that is not known as the first of the year 1.
        updated: updated.filter(|time| *time > Timestamp::UNIX_EPOCH),
        ..Entry::default()
    }
}

/// `fly secrets list --json`: older versions write `Name`, `Digest` and `CreatedAt`, which says nothing of when the
/// value was last set; newer ones `name`, `digest` and `status`.
fn of_flyctl(one: &Map<String, Value>) -> Entry {
    Entry {
        digest: text(one, &["digest", "Digest"]).map(str::to_owned),
        reach: match text(one, &["status", "Status"]) {
            Some("Deployed") => Some(Reach::Deployed),
            Some("Partial") => Some(Reach::Partial),
            Some("Staged") => Some(Reach::Staged),
            _ => None,
        },
        ..Entry::default()
    }
}

/// The first of the keys that holds text with something in it.
fn text<'m>(map: &'m Map<String, Value>, keys: &[&str]) -> Option<&'m str> {
    let mut found = keys.iter().filter_map(|key| map.get(*key)?.as_str());
    found.find(|text| !text.is_empty())
}
