//! The credential map: one entry per credential and environment, and where its copies live.
//!
//! It is written as TOML ([`schema`]) or is the Markdown index a team already has; [`read`] takes both.

pub mod drift;
mod guess;
pub mod lint;
mod markdown;
mod reading;
mod suggest;
mod toml;
mod words;
pub mod write;

pub use guess::{Guess, GuessKind, MOST_IN_ROW, Skipped, SkippedKind};
pub use reading::{Form, Reading, configured, open, parse, read};
pub use suggest::suggested_rule;
pub use toml::schema;

use super::inventory::StoreKind;
use std::fmt;

/// Everything the map says, in file order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CredentialMap {
    /// The file, as reports name it.
    pub file: String,
    /// The entries.
    pub credentials: Vec<Credential>,
}

/// One credential in one environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Its name, or a glob over names (`SHOPIFY_*_PROD`).
    pub name: NamePattern,
    /// `staging`, `production` …
    pub environment: String,
    /// The system it opens.
    pub system: Option<String>,
    /// The team that rotates it.
    pub owner: Option<String>,
    /// How often it must be rotated.
    pub rotate_every: Option<Interval>,
    /// The id of the secret rule its value must satisfy.
    pub expect: Option<String>,
    /// Whether it may be absent everywhere ("if activated").
    pub optional: bool,
    /// Where the vault keeps it.
    pub vault: Option<VaultPlace>,
    /// Where GitHub keeps it.
    pub github: Option<GithubPlace>,
    /// Where Fly keeps it.
    pub fly: Option<FlyPlace>,
    /// The 1-based line of the map it is written on.
    pub line: u32,
}

impl Credential {
    /// The stores that should have a copy.
    #[must_use]
    pub fn stores(&self) -> Vec<StoreKind> {
        let vault = self.vault.as_ref().map(|_| StoreKind::Vault);
        let github = self.github.as_ref().map(|_| StoreKind::Github);
        let fly = self.fly.as_ref().map(|_| StoreKind::Fly);
        vault.into_iter().chain(github).chain(fly).collect()
    }
}

/// A name, or a glob over names with `*`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NamePattern(String);

impl NamePattern {
    /// A name or a glob.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it stands for several names.
    #[must_use]
    pub fn is_glob(&self) -> bool {
        self.0.contains('*')
    }

    /// Whether it stands for this name; letter case counts.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let Some((first, rest)) = self.0.split_once('*') else {
            return self.0 == name;
        };
        let Some(mut left) = name.strip_prefix(first) else {
            return false;
        };
        let mut parts = rest.split('*').peekable();
        while let Some(part) = parts.next() {
            if parts.peek().is_none() {
                return left.ends_with(part);
            }
            let Some(at) = left.find(part) else {
                return false;
            };
            left = &left[at + part.len()..];
        }
        true
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A file of a directory vault, or a secret of a KV engine, and the key in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VaultPlace {
    /// Path of the file from the repository root (`vault/occ/supabase/staging.env`), or `mount/path` of the secret.
    pub path: String,
    /// The key, where it is not the credential's name.
    pub key: Option<String>,
    /// The version of the KV engine, where the server will not tell: 1 or 2.
    pub kv: Option<u8>,
}

/// A secret of a GitHub environment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GithubPlace {
    /// The environment; none for a secret of the repository.
    pub environment: Option<String>,
    /// `owner/name`, where it is not the repository of the configuration.
    pub repository: Option<String>,
    /// The name there, where it is not the credential's name.
    pub name: Option<String>,
}

/// A secret of a Fly app.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlyPlace {
    /// The app.
    pub app: String,
    /// The name there, where it is not the credential's name.
    pub name: Option<String>,
}

/// A length of time in whole days, as written: `90d`, `12w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    /// Days.
    pub days: u32,
}

impl Interval {
    /// Reads `90d` or `12w`; none for anything else, for zero and for more than a hundred years.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, factor) = match text.strip_suffix('d') {
            Some(digits) => (digits, 1),
            None => (text.strip_suffix('w')?, 7),
        };
        let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let days = digits
            .parse::<u32>()
            .ok()
            .filter(|_| plain)?
            .checked_mul(factor)?;
        (1..=36_525).contains(&days).then_some(Self { days })
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}d", self.days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_whole_names() {
        for (glob, name, want) in [
            ("SHOPIFY_*_PROD", "SHOPIFY_API_KEY_PROD", true),
            ("SHOPIFY_*_PROD", "SHOPIFY_API_KEY_PROD_OLD", false),
            ("SHOPIFY_*_PROD", "SHOPIFY_PROD", false),
            ("*", "ANY", true),
            ("A*B*C", "AxxBBC", true),
            ("A*B*C", "AC", false),
            ("PLAIN", "PLAIN", true),
            ("PLAIN", "plain", false),
            ("*_KEY", "API_KEY", true),
            ("*_KEY", "KEY", false),
        ] {
            assert_eq!(NamePattern::new(glob).matches(name), want, "{glob} {name}");
        }
    }

    #[test]
    fn intervals_are_whole_days() {
        let days = |text: &str| Interval::parse(text).map(|interval| interval.days);
        assert_eq!(days("90d"), Some(90));
        assert_eq!(days("12w"), Some(84));
        for bad in [
            "",
            "d",
            "0d",
            "90",
            "-1d",
            "+9d",
            "9 d",
            "99999999999d",
            "90m",
            "1e3d",
        ] {
            assert_eq!(days(bad), None, "{bad}");
        }
    }
}
