//! The words of a map, checked as they are read: names, labels, paths, intervals.
//!
//! An error says what is wrong and, after a line break, what to do. It never quotes what was written, for that may be a
//! value in the wrong place.

use super::Interval;
use crate::policy::masking::mask_words;
use schemars::JsonSchema;
use serde::Deserialize;

/// The name of a credential or of a key in a store, or a glob over names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub(super) struct Name(String);

/// A word or a few: an environment, a system, a team, an app.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub(super) struct Label(String);

/// A path in a vault: parts between `/`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub(super) struct Place(String);

/// The id of a secret rule.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
pub(super) struct RuleName(String);

/// An interval in whole days or weeks: `90d`, `12w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = "^[0-9]+[dw]$"))]
pub(super) struct Every(#[schemars(with = "String")] pub(super) Interval);

/// The version of a KV engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub(super) struct Kv(pub(super) u8);

macro_rules! text {
    ($($name:ident),*) => {$(
        impl $name {
            /// As written.
            pub(super) fn into_string(self) -> String {
                self.0
            }
        }
    )*};
}
text!(Name, Label, Place, RuleName);

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '*');
        if (1..=LONGEST_NAME).contains(&text.len()) && text.chars().all(plain) {
            Ok(Self(text))
        } else {
            Err("must be a name: letters, digits, `_`, `-` and `.`, or a glob with `*`\na map holds names and places, never a value".into())
        }
    }
}

impl TryFrom<String> for Label {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if is_label(&text) {
            Ok(Self(text))
        } else {
            Err("must be a word or a few\na map holds names and places, never a value".into())
        }
    }
}

impl TryFrom<String> for Place {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if is_place(&text) {
            Ok(Self(text))
        } else {
            Err("must be a path: parts between `/`, no `/` at either end, no blanks and no address\na map holds names and places, never a value".into())
        }
    }
}

impl TryFrom<String> for RuleName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if (1..=LONGEST_NAME).contains(&text.len()) && text.chars().all(plain) {
            Ok(Self(text))
        } else {
            Err("must be the id of a rule\n`stackguard policy list` names them all".into())
        }
    }
}

impl TryFrom<String> for Every {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let message = "must be an interval of whole days or weeks, at most a hundred years\nsuch as \"90d\" or \"12w\"";
        Interval::parse(&text).map(Self).ok_or(message.into())
    }
}

impl TryFrom<i64> for Kv {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        match number {
            1 => Ok(Self(1)),
            2 => Ok(Self(2)),
            _ => Err("must be 1 or 2, the versions of the KV engine there are".into()),
        }
    }
}

/// Whether text is a word or a few that people wrote, and no value.
pub(super) fn is_label(text: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || " _-./@&+:,'()".contains(c);
    let shape = text.chars().count() <= LONGEST_LABEL && text.chars().any(char::is_alphanumeric);
    // A team's handle begins with `@`; elsewhere that stands before a host.
    let bare = text.strip_prefix('@').unwrap_or(text);
    shape && text.trim() == text && text.chars().all(plain) && mask_words(bare) == bare
}

/// Whether text is a path in a vault.
pub(super) fn is_place(text: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_alphanumeric() || "_-.+~:".contains(c))
    };
    text.len() <= LONGEST_PLACE && text.split('/').all(part) && !text.contains("://")
}

/// Bytes of the longest name.
const LONGEST_NAME: usize = 200;
/// Letters of the longest label.
const LONGEST_LABEL: usize = 80;
/// Bytes of the longest path.
const LONGEST_PLACE: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_checked() {
        fn check<T: TryFrom<String>>(good: &[&str], bad: &[&str]) {
            for text in good {
                assert!(T::try_from((*text).to_owned()).is_ok(), "{text}");
            }
            for text in bad {
                assert!(T::try_from((*text).to_owned()).is_err(), "{text}");
            }
        }
        let long = "A".repeat(201);
        check::<Name>(
            &["A", "SHOPIFY_*_PROD", "api-key", "a.b"],
            &["", "A B", "A=1", "Ä", "a/b", &long],
        );
        check::<Label>(
            &["staging", "Site reliability", "@acme/ops", "R&D"],
            &["", " ", "a\nb", " a", "x@y.z", "a\u{202e}b"],
        );
        check::<Place>(
            &["vault/occ/a_b.env", "secret/data/x", "..", "a/../b"],
            &["", "/a", "a/", "a//b", "a b", "postgres://h/x", "a\0"],
        );
        check::<RuleName>(&["postgres-dsn"], &["", "A", "a b"]);
        check::<Every>(&["90d", "2w"], &["", "0d", "soon"]);
        let token = crate::policy::pack::expand("{base62:32}");
        assert!(!is_label(&token));
    }
}
