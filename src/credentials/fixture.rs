//! Maps and inventories for the tests of this room.

use super::inventory::{Answer, Entry, Failure, Inventory, Listing, StorePlace};
use super::map::{Credential, CredentialMap, FlyPlace, GithubPlace, NamePattern, VaultPlace};
use super::value::Values;
use crate::finding::Secret;
use crate::policy::Policy;
use crate::policy::pack::expand;
use crate::secrets::Scanner;
use crate::toolkit::Canon;
use jiff::Timestamp;

/// The repository of every GitHub place.
pub(crate) const REPOSITORY: &str = "acme/web";

/// A credential that is nowhere yet.
pub(crate) fn credential(name: &str, environment: &str) -> Credential {
    Credential {
        name: NamePattern::new(name),
        environment: environment.into(),
        system: None,
        owner: Some("reliability".into()),
        rotate_every: None,
        expect: None,
        optional: false,
        vault: None,
        github: None,
        fly: None,
        line: 1,
    }
}

impl Credential {
    /// Also in this file of the vault.
    pub(crate) fn vault(mut self, path: &str) -> Self {
        self.vault = Some(VaultPlace {
            path: path.into(),
            key: None,
            kv: None,
        });
        self
    }

    /// Also in this environment.
    pub(crate) fn github(mut self, environment: &str) -> Self {
        self.github = Some(GithubPlace {
            environment: Some(environment.into()),
            repository: None,
            name: None,
        });
        self
    }

    /// Also in this app.
    pub(crate) fn fly(mut self, app: &str) -> Self {
        self.fly = Some(FlyPlace {
            app: app.into(),
            name: None,
        });
        self
    }

    /// Satisfies a rule.
    pub(crate) fn expect(mut self, rule: &str) -> Self {
        self.expect = Some(rule.into());
        self
    }

    /// Need not be there.
    pub(crate) fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

/// A map of these, each on a line of its own.
pub(crate) fn map(mut credentials: Vec<Credential>) -> CredentialMap {
    for (credential, line) in credentials.iter_mut().zip(1..) {
        credential.line = line;
    }
    CredentialMap {
        file: "credentials.toml".into(),
        credentials,
    }
}

/// The places of the tests.
pub(crate) fn vault(path: &str) -> StorePlace {
    StorePlace::Vault {
        path: path.into(),
        kv: None,
    }
}

/// An environment of [`REPOSITORY`].
pub(crate) fn github(environment: &str) -> StorePlace {
    StorePlace::Github {
        repository: REPOSITORY.into(),
        environment: Some(environment.into()),
    }
}

/// An app.
pub(crate) fn fly(app: &str) -> StorePlace {
    StorePlace::Fly { app: app.into() }
}

/// A name without anything known of it.
pub(crate) fn named() -> Entry {
    Entry::default()
}

/// A name set at a time, RFC 3339.
pub(crate) fn set_at(time: &str) -> Entry {
    Entry {
        updated: Some(timestamp(time)),
        ..Entry::default()
    }
}

/// A name with its value.
pub(crate) fn holding(value: &str) -> Entry {
    Entry {
        value: Some(Secret::new(value.as_bytes())),
        ..Entry::default()
    }
}

/// A time.
pub(crate) fn timestamp(text: &str) -> Timestamp {
    text.parse().expect("an RFC 3339 time")
}

/// What places answered.
pub(crate) fn inventory(answers: Vec<(StorePlace, Answer)>) -> Inventory {
    Inventory {
        answers: answers.into_iter().collect(),
        ..Inventory::default()
    }
}

/// A place that was listed.
pub(crate) fn listed(entries: Vec<(&str, Entry)>) -> Answer {
    Answer::Listed(Listing {
        entries: entries
            .into_iter()
            .map(|(name, entry)| (name.to_owned(), entry))
            .collect(),
        remarks: Vec::new(),
    })
}

/// A place that could not be asked.
pub(crate) fn refused() -> Answer {
    Answer::Unknown(Failure {
        why: "answered 403".into(),
        help: Some("grant `Environments: read`".into()),
    })
}

/// The shipped rules.
pub(crate) fn judge<T>(test: impl FnOnce(&Values<'_>) -> T) -> T {
    let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
    let scanner = Scanner::new(&policy).expect("shipped rules can be run");
    let canon = Canon::shipped();
    test(&Values::new(&scanner, &canon))
}

/// A key of Supabase with this role, as its servers make them.
pub(crate) fn supabase_key(role: &str) -> String {
    expand(&format!(
        "{{b64url|{{\"alg\":\"HS256\",\"typ\":\"JWT\"}}|}}.{{b64url|{{\"iss\":\"supabase\",\"ref\":\"abcdefghijklmnopqrst\",\"role\":\"{role}\",\"iat\":1700000000,\"exp\":2015576000}}|}}.{{base64url:43}}"
    ))
}
