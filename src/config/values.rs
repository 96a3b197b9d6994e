//! The words of the configuration: strings that mean something, checked as they are read.
//!
//! An error says what is wrong and, after a line break, what to do; it never quotes what was written,
//! for that may be a secret in the wrong place.

use crate::policy::Severity;
use crate::policy::pattern::{PathPattern, SecretPattern};
use schemars::JsonSchema;
use serde::Deserialize;

/// A glob over paths relative to the root of the repository: `*` stays within a directory, `**` does not.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub struct PathGlob(String);

/// A glob over names without structure (app names, hosts): `*` matches anything.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub struct NameGlob(String);

/// A regular expression over the secret itself.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub struct ValueRegex(#[schemars(with = "String")] pub(super) SecretPattern);

/// Text that says something.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub struct Words(String);

/// An absolute path of a URL: `/healthz`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub struct UrlPath(String);

/// The name of an environment variable or a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub struct VariableName(String);

/// A Fly region: three letters, `fra`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub struct Region(String);

/// A GitHub repository: `owner/name`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub struct GithubRepository(String);

/// The address of a server: `https://vault.example.com:8200`; a path is the prefix of a proxy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub struct ServerAddress(String);

/// An amount of memory, in MiB: `"2gb"`, `"512mb"`, `512`. As on Fly, all units are binary and a number
/// without one is MiB (<https://fly.io/docs/reference/configuration/#the-vm-section>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(try_from = "RawMemory")]
pub struct Memory {
    mib: u32,
}

/// What Fly does with machines nobody uses
/// (<https://fly.io/docs/reference/configuration/#the-http_service-section>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AutoStop {
    /// They run on.
    Off,
    /// They stop.
    Stop,
    /// They are suspended to disk.
    Suspend,
}

/// How bad a rule is by configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing.
    Low,
    /// Should be fixed.
    Medium,
    /// Must be fixed before merging.
    High,
    /// A live way in.
    Critical,
    /// The rule is not applied.
    Off,
}

#[derive(Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "must be a size such as \"2gb\", or a whole number of MiB"
)]
enum RawMemory {
    Number(i64),
    Text(String),
}

impl Memory {
    /// Mebibytes.
    #[must_use]
    pub fn mib(self) -> u32 {
        self.mib
    }
}

impl Level {
    /// The severity; none when the rule is off.
    #[must_use]
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Low => Some(Severity::Low),
            Self::Medium => Some(Severity::Medium),
            Self::High => Some(Severity::High),
            Self::Critical => Some(Severity::Critical),
            Self::Off => None,
        }
    }
}

/// Text access for the types that are strings.
macro_rules! text {
    ($($name:ident),*) => {$(
        impl $name {
            /// As written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    )*};
}
text!(
    PathGlob,
    NameGlob,
    Words,
    UrlPath,
    VariableName,
    Region,
    GithubRepository,
    ServerAddress
);

impl PathGlob {
    /// Whether it names nothing at all, and so every file.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        PathPattern::new(&self.0).is_ok_and(|pattern| pattern.is_everything())
    }
}

impl AsRef<str> for PathGlob {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PathGlob {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        PathPattern::new(&text).map_err(|why| {
            format!("is a bad pattern: {why}\n`*` stays within a directory, `**` does not")
        })?;
        Ok(Self(text))
    }
}

impl TryFrom<String> for NameGlob {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("an empty pattern matches no name".into());
        }
        globset::Glob::new(&text).map_err(|error| format!("is a bad pattern: {}", error.kind()))?;
        Ok(Self(text))
    }
}

impl TryFrom<String> for ValueRegex {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let advice = "the pattern is searched anywhere in the secret; '''…''' saves escaping";
        SecretPattern::new(&text)
            .map(Self)
            .map_err(|why| format!("is a bad pattern: {why}\n{advice}"))
    }
}

impl TryFrom<String> for Words {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.chars().any(char::is_alphanumeric) {
            Ok(Self(text))
        } else {
            Err("says nothing".into())
        }
    }
}

impl TryFrom<String> for UrlPath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let clean = |c: char| !c.is_whitespace() && !c.is_control();
        if text.starts_with('/') && text.chars().all(clean) {
            Ok(Self(text))
        } else {
            Err("must begin with `/` and hold no blanks".into())
        }
    }
}

impl TryFrom<String> for VariableName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if starts && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            Ok(Self(text))
        } else {
            Err("must be a name: letters, digits and `_`, no digit first".into())
        }
    }
}

impl TryFrom<String> for Region {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.len() == 3 && text.bytes().all(|b| b.is_ascii_lowercase()) {
            Ok(Self(text))
        } else {
            Err("must be a region: three lower-case letters, such as `fra`".into())
        }
    }
}

impl TryFrom<String> for GithubRepository {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let part = |text: &str| {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        if text
            .split_once('/')
            .is_some_and(|(owner, name)| part(owner) && part(name))
        {
            Ok(Self(text))
        } else {
            Err("must be `owner/name`".into())
        }
    }
}

impl TryFrom<String> for ServerAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let Ok(url) = url::Url::parse(&text) else {
            return Err("must be an address such as \"https://vault.example.com:8200\"".into());
        };
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err("must begin with `https://` or `http://` and name a host".into());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(
                "must hold no user name or password\nwhoever reads the file could use them".into(),
            );
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("must hold no `?` and no `#`".into());
        }
        Ok(Self(text))
    }
}

impl TryFrom<RawMemory> for Memory {
    type Error = String;

    fn try_from(raw: RawMemory) -> Result<Self, String> {
        let mib = match raw {
            RawMemory::Number(mib) => u32::try_from(mib).ok(),
            RawMemory::Text(text) => parse_memory(&text),
        };
        match mib {
            Some(mib @ 1..=MOST_MEMORY) => Ok(Self { mib }),
            _ => Err("must be a size from 1 MiB to 1 TiB, such as \"512mb\" or \"2gb\"".into()),
        }
    }
}

/// MiB, rounded down; none when it is no size.
fn parse_memory(text: &str) -> Option<u32> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let mib_per_unit = match unit.trim_start() {
        "" | "m" | "mb" | "mib" => 1.0,
        "k" | "kb" | "kib" => 1.0 / 1024.0,
        "g" | "gb" | "gib" => 1024.0,
        "t" | "tb" | "tib" => 1024.0 * 1024.0,
        _ => return None,
    };
    let mib = number.parse::<f64>().ok()? * mib_per_unit;
    // The cast is exact after the check; sizes beyond are no machine's.
    (mib >= 1.0 && mib <= f64::from(MOST_MEMORY)).then_some(mib as u32)
}

/// 1 TiB, in MiB.
const MOST_MEMORY: u32 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_binary() {
        for (text, mib) in [
            ("512", Some(512)),
            ("2gb", Some(2048)),
            ("2 GiB", Some(2048)),
            ("1.5g", Some(1536)),
            ("1000000kb", Some(976)),
            ("1tb", Some(1 << 20)),
            ("0.5", None),
            ("2tb", None),
            ("-1gb", None),
            ("1 g b", None),
            ("1e3mb", None),
            ("", None),
            ("lots", None),
            (".", None),
        ] {
            assert_eq!(parse_memory(text), mib, "{text}");
        }
    }

    #[test]
    fn words_are_checked() {
        fn refused<T: TryFrom<String>>(texts: &[&str]) {
            for text in texts {
                assert!(T::try_from((*text).to_owned()).is_err(), "{text}");
            }
        }
        fn taken<T: TryFrom<String>>(texts: &[&str]) {
            for text in texts {
                assert!(T::try_from((*text).to_owned()).is_ok(), "{text}");
            }
        }
        refused::<Words>(&["", " \t", "...", "-"]);
        taken::<Words>(&["x", "demo"]);
        refused::<UrlPath>(&["", "api", "/a b", "/a\n"]);
        taken::<UrlPath>(&["/", "/api?x=1"]);
        refused::<VariableName>(&["", "1A", "A-B", "A B", "Ä"]);
        taken::<VariableName>(&["A", "_a1"]);
        refused::<Region>(&["", "FRA", "frankfurt"]);
        refused::<GithubRepository>(&["", "a", "a/", "/b", "a/b/c", "a/b c"]);
        taken::<GithubRepository>(&["a/b", "a-1/b.c"]);
        refused::<ServerAddress>(&[
            "",
            "vault.example.com",
            "ftp://h",
            "https://",
            "https://user@h",
            "https://:x@h",
            "https://h/?a=b",
            "https://h/#a",
        ]);
        taken::<ServerAddress>(&["https://h:8200", "http://127.0.0.1:1", "https://h/prefix/"]);
        refused::<NameGlob>(&["", " ", "a["]);
        taken::<NameGlob>(&["acme-*", "*"]);
        refused::<PathGlob>(&["../x", "a[", ""]);
        taken::<PathGlob>(&["**", "docs/**", "a/*.md"]);
    }
}
