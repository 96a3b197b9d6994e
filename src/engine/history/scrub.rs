//! What to replace when a history is rewritten, as git filter-repo reads it (`--replace-text`).
//!
//! A line is `literal:VALUE==>***REMOVED***`, or `regex:` with a Python expression over bytes
//! (<https://www.mankier.com/1/git-filter-repo#Options-Filtering_of_file_contents>).

use super::super::sightings::Sightings;
use super::Search;
use super::place::{Origin, What};
use crate::finding::Secret;
use crate::secrets::utf16::Utf16;
use crate::source::history::Kind;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::ops::Range;
use zeroize::Zeroizing;

/// One value to replace, or one that stands nowhere else than between what is before and after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replacement {
    value: Secret,
    before: Secret,
    after: Secret,
}

impl Replacement {
    /// The line of the file, without its end. It holds the value.
    #[must_use]
    pub fn line(&self) -> Zeroizing<Vec<u8>> {
        let value = self.value.expose();
        let (before, after) = (self.before.expose(), self.after.expose());
        let is_odd = value.iter().any(|byte| matches!(byte, b'\n' | b'\r'))
            || memchr::memmem::find(value, b"==>").is_some();
        let mut line = Zeroizing::new(Vec::new());
        if !is_odd && before.is_empty() && after.is_empty() {
            line.extend_from_slice(b"literal:");
            line.extend_from_slice(value);
        } else {
            line.extend_from_slice(b"regex:");
            if !before.is_empty() {
                line.extend_from_slice(format!("(?<={})", *escaped(before)).as_bytes());
            }
            line.extend_from_slice(escaped(value).as_bytes());
            if !after.is_empty() {
                line.extend_from_slice(format!("(?={})", *escaped(after)).as_bytes());
            }
        }
        line.extend_from_slice(b"==>***REMOVED***");
        line
    }

    /// Whether the value is so short that it is replaced only where it stands now.
    fn is_bound(&self) -> bool {
        !(self.before.expose().is_empty() && self.after.expose().is_empty())
    }
}

impl Search<'_> {
    /// The values of all reported secrets wherever they stand, the longest first, and how many could not be expressed.
    pub(super) fn replacements(
        &self,
        found: &Sightings,
        reported: &HashSet<u64>,
        origins: &[Origin<'_>],
    ) -> (Vec<Replacement>, usize) {
        let mut lines: BTreeMap<Line, Replacement> = BTreeMap::new();
        let mut left_out = origins
            .iter()
            .filter(|origin| matches!(origin.what, What::Name(_)))
            .count();
        for (id, object) in &found.objects {
            let secrets = found.secrets(object, reported);
            if secrets.is_empty() {
                continue;
            }
            let Ok((kind, bytes)) = self.repository.read(id) else {
                left_out += secrets.len();
                continue;
            };
            if kind == Kind::Blob && Utf16::of(&bytes).is_some() {
                left_out += secrets.len();
                continue;
            }
            let others = found.all_secrets(object);
            let words = words(kind, &bytes);
            for secret in secrets {
                match replacement(&bytes, &secret, &others) {
                    Some(one) if secret.start >= words => drop(lines.insert(Line(one.line()), one)),
                    _ => left_out += 1,
                }
            }
        }
        let mut all: Vec<Replacement> = lines.into_values().collect();
        all.sort_by_key(|one| (one.is_bound(), std::cmp::Reverse(one.value.expose().len())));
        (all, left_out)
    }
}

/// A line of the file, by which equal replacements are one.
#[derive(PartialEq, Eq)]
struct Line(Zeroizing<Vec<u8>>);

impl Ord for Line {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.as_slice().cmp(other.0.as_slice())
    }
}

impl PartialOrd for Line {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Where the text begins that can be replaced: of a commit or tag the message only, not who wrote it.
fn words(kind: Kind, bytes: &[u8]) -> usize {
    match kind {
        Kind::Commit | Kind::Tag => memchr::memmem::find(bytes, b"\n\n").unwrap_or(bytes.len()),
        Kind::Blob | Kind::Tree => 0,
    }
}

/// The replacement of one secret of a text; none for a short one that nothing tells from other text.
fn replacement(text: &[u8], secret: &Range<usize>, others: &[Range<usize>]) -> Option<Replacement> {
    let value = text.get(secret.clone()).filter(|value| !value.is_empty())?;
    if value.len() >= PLAIN {
        let (before, after) = (Secret::new(b""), Secret::new(b""));
        let value = Secret::new(value);
        return Some(Replacement {
            value,
            before,
            after,
        });
    }
    // Another secret beside it may be replaced first.
    let least = others.iter().map(|other| other.end);
    let least = least.filter(|end| *end <= secret.start).max().unwrap_or(0);
    let most = others.iter().map(|other| other.start);
    let most = most.filter(|start| *start >= secret.end).min();
    let start = least.max(secret.start.saturating_sub(CONTEXT));
    let end = most
        .unwrap_or(text.len())
        .min(secret.end.saturating_add(CONTEXT))
        .min(text.len());
    let before = text.get(start..secret.start)?;
    let before = before.rsplit(|byte| *byte == b'\n').next()?;
    let after = text.get(secret.end..end)?;
    let after = after.split(|byte| *byte == b'\n').next()?;
    (before.len() + after.len() >= LEAST_CONTEXT).then(|| Replacement {
        value: Secret::new(value),
        before: Secret::new(before),
        after: Secret::new(after),
    })
}

/// Bytes as a Python expression that matches exactly them.
fn escaped(bytes: &[u8]) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(bytes.len() * 4));
    for byte in bytes {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(*byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out
}

/// Values of so many bytes stand for themselves; shorter ones may be words.
const PLAIN: usize = 12;
/// Bytes looked at either side of a short value, and how many there must be in all.
const CONTEXT: usize = 24;
const LEAST_CONTEXT: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, secret: &str) -> Option<String> {
        let at = text.find(secret).expect("it stands in the text");
        let one = replacement(text.as_bytes(), &(at..at + secret.len()), &[])?;
        Some(String::from_utf8_lossy(&one.line()).into_owned())
    }

    #[test]
    fn each_value_is_written_as_it_needs() {
        let long = "abcdefghijklmnop";
        for (text, secret, want) in [
            (
                long.to_owned(),
                long,
                Some(format!("literal:{long}==>***REMOVED***")),
            ),
            (
                "x==>abcdefghijkl".to_owned(),
                "x==>abcdefghijkl",
                Some("regex:x\\x3d\\x3d\\x3eabcdefghijkl==>***REMOVED***".to_owned()),
            ),
            (
                "one line\nanother".to_owned(),
                "one line\nanother",
                Some("regex:one\\x20line\\x0aanother==>***REMOVED***".to_owned()),
            ),
            (
                "a\npw: short; b\n".to_owned(),
                "short",
                Some("regex:(?<=pw\\x3a\\x20)short(?=\\x3b\\x20b)==>***REMOVED***".to_owned()),
            ),
            ("short".to_owned(), "short", None),
        ] {
            assert_eq!(line(&text, secret), want, "{text}");
        }
    }

    #[test]
    fn nothing_shows_a_value() {
        let one = replacement(b"abcdefghijklmnop", &(0..16), &[]).expect("it is long enough");
        assert!(!format!("{one:?}").contains("abc"));
    }
}
