//! The parity lock: what was last seen together, so that a change in one store alone is found without an attestation.
//!
//! A file made to be committed. It holds no secret and nothing that lets anyone try one: of a value, or of a digest a
//! store gives, only 16 bits are kept, unless there is a key for a whole fingerprint.

use super::attest::{Fingerprint, Key};
use super::inventory::{Entry, StoreKind};
use crate::finding::Fingerprint as Tag;
use crate::report::Evidence;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// What was seen together, by name and environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    seen: BTreeMap<(String, String), Seen>,
}

/// The copies of one credential in one environment, as they were when they were in step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The copies.
    pub copies: BTreeMap<StoreKind, Mark>,
}

/// What tells one value of a copy from the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// The store's version number.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// When the store says it was set, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<String>,
    /// Four hex digits of the value, or of the digest the store gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
    /// The keyed fingerprint of the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    /// The key of the fingerprint.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<String>,
    /// How it was known to hold the vault's value; none for the vault itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    proof: Option<Proof>,
}

/// How a copy was known to hold the vault's value when the lock was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Proof {
    Value,
    Attested,
    Digest,
    Time,
    Name,
}

/// How a copy differs from its mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Not at all.
    None,
    /// Certainly another value.
    Value,
    /// It was set again, perhaps to the same value.
    SetAgain,
}

/// Why a lock cannot be read or written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum LockError {
    /// The file cannot be read.
    #[error("cannot read the parity lock {}", path.display())]
    #[diagnostic(help("`stackguard parity --lock FILE --update-lock` writes one"))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is no lock.
    #[error("{}:{line}:{column}: no parity lock: {why}", path.display())]
    #[diagnostic(help(
        "correct that line, or remove the file and write it anew with --update-lock"
    ))]
    Format {
        /// The file.
        path: PathBuf,
        /// 1-based.
        line: u32,
        /// 1-based.
        column: u32,
        /// What is wrong; quotes nothing of the file.
        why: String,
    },
    /// The file cannot be written.
    #[error("cannot write the parity lock {}", path.display())]
    #[diagnostic(help("what was there is still there"))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: toml::Spanned<u64>,
    #[serde(default)]
    seen: Vec<toml::Spanned<Row>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    environment: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    vault: Option<Mark>,
    #[serde(skip_serializing_if = "Option::is_none")]
    github: Option<Mark>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fly: Option<Mark>,
}

impl Mark {
    /// The mark of an entry as it is now. Without a key a readable value is told by its tag.
    #[must_use]
    pub fn of(entry: &Entry, environment: &str, name: &str, key: Option<&Key>) -> Self {
        let value = entry.value.as_ref();
        let keyed = value.zip(key);
        let tag = |text: &[u8]| {
            let content = [environment.as_bytes(), name.as_bytes(), text].join(&0);
            format!("{:04x}", Tag::tag(&content))
        };
        let told = match keyed {
            Some(_) => None,
            None => value
                .map(crate::finding::Secret::expose)
                .or(entry.digest.as_deref().map(str::as_bytes)),
        };
        Self {
            version: entry.version,
            updated: entry
                .updated
                .filter(|_| !entry.weak_time)
                .map(|time| time.to_string()),
            tag: told.map(tag),
            fingerprint: keyed.map(|(value, key)| {
                key.fingerprint(environment, name, value.expose())
                    .to_string()
            }),
            key_id: keyed.map(|(_, key)| key.id()),
            proof: None,
        }
    }

    /// The same, with what it rested on.
    #[must_use]
    pub fn proved(mut self, evidence: Evidence) -> Self {
        self.proof = Some(match evidence {
            Evidence::Value => Proof::Value,
            Evidence::Attested => Proof::Attested,
            Evidence::Digest => Proof::Digest,
            Evidence::Time => Proof::Time,
            Evidence::Name => Proof::Name,
        });
        self
    }

    /// Whether it was more than a name when it was written.
    #[must_use]
    pub fn was_proved(&self) -> bool {
        self.proof.is_some_and(|proof| proof != Proof::Name)
    }

    /// Whether it tells a value by another key than this one, or there is none: see [`Self::change`].
    #[must_use]
    pub fn needs_another_key(&self, key: Option<&Key>) -> bool {
        self.key_id
            .as_ref()
            .is_some_and(|id| key.is_none_or(|key| key.id() != *id))
    }

    /// The mark of an entry as it is now, told in the way this one is, so that the two can be compared.
    #[must_use]
    pub fn again(&self, entry: &Entry, environment: &str, name: &str, key: Option<&Key>) -> Self {
        let key = key.filter(|_| self.key_id.is_some() && !self.needs_another_key(key));
        Self::of(entry, environment, name, key)
    }

    /// What changed since; none where the two have nothing in common to tell by.
    #[must_use]
    pub fn change(&self, now: &Self) -> Option<Change> {
        let told = |changed: bool, how: Change| if changed { how } else { Change::None };
        if let (Some(then), Some(here)) = (&self.fingerprint, &now.fingerprint)
            && self.key_id == now.key_id
        {
            let pair = Fingerprint::parse(then).zip(Fingerprint::parse(here));
            return pair.map(|(then, here)| told(!then.equals(&here), Change::Value));
        }
        if let (Some(then), Some(here)) = (&self.tag, &now.tag) {
            return Some(told(then != here, Change::Value));
        }
        if let (Some(then), Some(here)) = (self.version, now.version) {
            return Some(told(then != here, Change::SetAgain));
        }
        let (then, here) = (self.updated.as_ref()?, now.updated.as_ref()?);
        Some(told(then != here, Change::SetAgain))
    }
}

impl Lock {
    /// Reads a lock.
    ///
    /// # Errors
    /// A file that is not there, cannot be read or is no lock: nothing of it is skipped.
    pub fn read(path: &Path) -> Result<Self, LockError> {
        let unreadable = |source| LockError::Read {
            path: path.to_owned(),
            source,
        };
        let file = std::fs::File::open(path).map_err(unreadable)?;
        let mut text = String::new();
        file.take(LARGEST)
            .read_to_string(&mut text)
            .map_err(unreadable)?;
        Self::parse(&text).map_err(|(at, why)| {
            let position = crate::finding::LineCursor::new(text.as_bytes()).position(at);
            LockError::Format {
                path: path.to_owned(),
                line: position.line,
                column: position.column,
                why,
            }
        })
    }

    /// Reads the text of a lock; what is wrong comes with its byte.
    fn parse(text: &str) -> Result<Self, (usize, String)> {
        let document: Document = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            (
                at,
                error
                    .message()
                    .split('`')
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_owned(),
            )
        })?;
        if *document.version.get_ref() != 1 {
            let why = "this program reads version 1; update stackguard".to_owned();
            return Err((document.version.span().start, why));
        }
        let mut lock = Self::default();
        for row in document.seen {
            let at = row.span().start;
            let row = row.into_inner();
            let copies = [
                (StoreKind::Vault, row.vault),
                (StoreKind::Github, row.github),
                (StoreKind::Fly, row.fly),
            ];
            let seen = Seen {
                copies: copies
                    .into_iter()
                    .filter_map(|(kind, mark)| Some((kind, mark?)))
                    .collect(),
            };
            if lock
                .seen
                .insert((row.name, row.environment), seen)
                .is_some()
            {
                return Err((at, "this credential is there twice".into()));
            }
        }
        Ok(lock)
    }

    /// What was seen of a credential.
    #[must_use]
    pub fn seen(&self, name: &str, environment: &str) -> Option<&Seen> {
        self.seen.get(&(name.to_owned(), environment.to_owned()))
    }

    /// Remembers the copies of a credential that were in step, the one they are copies of first.
    ///
    /// A mark of a copy tells only that it was in step with the marked source. So where the source has changed, a marked copy that
    /// is not in step, or was not asked, keeps the whole entry as it is: beside the source's new mark its own would say that it
    /// holds the new value. `mapped` are the stores that should have a copy; what stands of others is forgotten.
    pub fn remember(
        &mut self,
        name: &str,
        environment: &str,
        mapped: &[StoreKind],
        in_step: &[(StoreKind, Mark)],
    ) {
        let Some((source, mark)) = in_step.first() else {
            return;
        };
        let seen = self
            .seen
            .entry((name.to_owned(), environment.to_owned()))
            .or_default();
        seen.copies.retain(|kind, _| mapped.contains(kind));
        let then = seen.copies.get(source);
        let is_same = then.and_then(|then| then.change(mark)) == Some(Change::None);
        let is_behind = |kind: &StoreKind| in_step.iter().all(|(other, _)| other != kind);
        if is_same || !seen.copies.keys().any(is_behind) {
            seen.copies.extend(in_step.iter().cloned());
        }
    }

    /// Forgets every credential that `keep` does not name.
    pub fn retain(&mut self, keep: impl Fn(&str, &str) -> bool) {
        self.seen
            .retain(|(name, environment), _| keep(name, environment));
    }

    /// The text of the file: sorted, and without anything that changes by itself.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = String::from(HEAD);
        for ((name, environment), seen) in &self.seen {
            let copy = |kind| seen.copies.get(&kind).cloned();
            let row = Row {
                name: name.clone(),
                environment: environment.clone(),
                vault: copy(StoreKind::Vault),
                github: copy(StoreKind::Github),
                fly: copy(StoreKind::Fly),
            };
            text.push_str("\n[[seen]]\n");
            text.push_str(&inline(&row));
        }
        text
    }

    /// Writes the file in place of what was there, whole or not at all.
    ///
    /// # Errors
    /// What the system said.
    pub fn write(&self, path: &Path) -> Result<(), LockError> {
        crate::policy::baseline::replace(path, self.to_toml().as_bytes()).map_err(|source| {
            LockError::Write {
                path: path.to_owned(),
                source,
            }
        })
    }
}

/// A row with each copy on one line, so that a merge conflict is about one copy.
fn inline(row: &Row) -> String {
    let Ok(toml::Value::Table(table)) = toml::Value::try_from(row) else {
        return String::new();
    };
    ["name", "environment", "vault", "github", "fly"]
        .iter()
        .filter_map(|key| Some(format!("{key} = {}\n", table.get(*key)?)))
        .collect()
}

/// What the file begins with.
const HEAD: &str = "# Written by `stackguard parity --update-lock`: what was last seen together. Holds no secret; commit it.\nversion = 1\n";

/// Some hundred thousand credentials, in bytes.
const LARGEST: u64 = 32 << 20;

#[cfg(test)]
mod tests;
