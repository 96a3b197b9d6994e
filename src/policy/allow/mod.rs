//! `[[allow]]` entries of the configuration: which findings they cover, and whether they are still needed.
//!
//! Every exception says why it stands, may end, and is itself checked: one that allows nothing, or whose
//! date has passed, becomes a finding. Counting is atomic, so that all threads can ask at once.

use crate::finding::{Finding, Fingerprint, Location, Position, RepoPath};
use crate::policy::masking::mask_words;
use crate::policy::pattern::{PathPattern, SecretPattern};
use crate::policy::{Guard, Policy};
use jiff::civil::Date;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// All exceptions of the configuration, with use counts.
#[derive(Debug, Default)]
pub struct Allows {
    entries: Vec<Counted>,
}

/// One `[[allow]]` entry. What it leaves out it does not ask for; what it names must all hold.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The rules it covers; empty means every rule.
    pub rules: Vec<String>,
    /// Files it covers.
    pub path: Option<PathPattern>,
    /// Secrets it covers.
    pub value: Option<SecretPattern>,
    /// The one finding it covers.
    pub fingerprint: Option<Fingerprint>,
    /// Why; shown in reports.
    pub reason: String,
    /// The last day it holds, in UTC.
    pub expires: Option<Date>,
    /// The configuration file, as reports name it.
    pub file: Arc<str>,
    /// Its first character there.
    pub start: Position,
    /// Just past its last.
    pub end: Position,
}

/// The entry that covers a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedEntry {
    /// Its index among the entries.
    pub index: usize,
    /// Where it is written: `stackguard.toml:12`.
    pub place: String,
    /// Why it stands, with anything masked that looks like a secret.
    pub reason: String,
}

#[derive(Debug)]
struct Counted {
    entry: Entry,
    expired: bool,
    /// Findings it allowed.
    used: AtomicU64,
    /// Findings it would have allowed, had an entry above not done so.
    shadowed: AtomicU64,
    /// Findings it would have allowed, had its time not been over.
    missed: AtomicU64,
}

impl Allows {
    /// The entries in the order written; `today` decides which of them are over.
    #[must_use]
    pub fn new(entries: Vec<Entry>, today: Date) -> Self {
        let counted = |entry: Entry| Counted {
            expired: entry.expires.is_some_and(|last| last < today),
            entry,
            used: AtomicU64::new(0),
            shadowed: AtomicU64::new(0),
            missed: AtomicU64::new(0),
        };
        Self {
            entries: entries.into_iter().map(counted).collect(),
        }
    }

    /// Whether there is no entry at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The indices of the entries whose `value` matches; asked while the secret is at hand, so that it need
    /// not be kept until [`Self::judge`]. Entries without a `value` are not listed.
    #[must_use]
    pub fn matching_values(&self, secret: &[u8]) -> Vec<u16> {
        let hit = |(index, counted): (usize, &Counted)| {
            let value = counted.entry.value.as_ref()?;
            value.is_match(secret).then(|| u16::try_from(index).ok())?
        };
        self.entries.iter().enumerate().filter_map(hit).collect()
    }

    /// The first entry that covers a finding, which counts as used; `value_hits` is what
    /// [`Self::matching_values`] said of its secret, empty for a finding without one.
    #[must_use]
    pub fn judge(
        &self,
        rule: &str,
        path: &str,
        fingerprint: &Fingerprint,
        value_hits: &[u16],
    ) -> Option<AllowedEntry> {
        let mut winner = None;
        for (index, counted) in self.covering(rule, path, fingerprint, value_hits) {
            let counter = match (counted.expired, &winner) {
                (true, _) => &counted.missed,
                (false, Some(_)) => &counted.shadowed,
                (false, None) => {
                    winner = Some(AllowedEntry {
                        index,
                        place: counted.entry.place(),
                        reason: mask_words(&counted.entry.reason),
                    });
                    &counted.used
                }
            };
            counter.fetch_add(1, Ordering::Relaxed);
        }
        winner
    }

    /// Whether [`Self::judge`] would name an entry. Counts nothing: it is asked of what is not there any more.
    #[must_use]
    pub fn cover(
        &self,
        rule: &str,
        path: &str,
        fingerprint: &Fingerprint,
        value_hits: &[u16],
    ) -> bool {
        self.covering(rule, path, fingerprint, value_hits)
            .any(|(_, counted)| !counted.expired)
    }

    /// The entries that cover a finding, whether their time is over or not, with their indices.
    fn covering(
        &self,
        rule: &str,
        path: &str,
        fingerprint: &Fingerprint,
        value_hits: &[u16],
    ) -> impl Iterator<Item = (usize, &Counted)> {
        self.entries
            .iter()
            .enumerate()
            .filter(move |(index, counted)| {
                let value_holds = counted.entry.value.is_none()
                    || value_hits.iter().any(|hit| usize::from(*hit) == *index);
                value_holds && counted.entry.covers(rule, path, fingerprint)
            })
    }

    /// How many findings each entry allowed, in the order of the entries.
    pub fn uses(&self) -> impl Iterator<Item = u64> {
        self.entries
            .iter()
            .map(|counted| counted.used.load(Ordering::Relaxed))
    }

    /// `allow-unused` and `allow-expired`, once every finding was judged.
    ///
    /// An entry can be called unused only after a scan of the whole tree (`complete_scan`) with every guard it
    /// may concern (`guards`); after less, only expired entries that would have allowed something are reported.
    #[must_use]
    pub fn findings(&self, policy: &Policy, complete_scan: bool, guards: &[Guard]) -> Vec<Finding> {
        let judge = |counted: &Counted| {
            let entry = &counted.entry;
            let missed = counted.missed.load(Ordering::Relaxed);
            let complete = complete_scan
                && entry
                    .guards(policy)
                    .iter()
                    .all(|guard| guards.contains(guard));
            let subject = entry.subject();
            if counted.expired {
                let day = entry.expires?;
                let message = match missed {
                    0 if !complete => return None,
                    0 => format!("{subject} ended on {day}, and nothing needs it any more"),
                    1 => format!(
                        "{subject} ended on {day}; the finding it covered is reported again"
                    ),
                    many => format!(
                        "{subject} ended on {day}; the {many} findings it covered are reported again"
                    ),
                };
                return entry.finding(EXPIRED, message, policy);
            }
            if !complete || counted.used.load(Ordering::Relaxed) > 0 {
                return None;
            }
            let message = match counted.shadowed.load(Ordering::Relaxed) {
                0 => format!("{subject} allows nothing"),
                _ => format!("{subject} allows nothing that an entry above it does not allow"),
            };
            entry.finding(UNUSED, message, policy)
        };
        self.entries.iter().filter_map(judge).collect()
    }
}

impl Entry {
    /// Where it is written: `stackguard.toml:12`.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.start.line)
    }

    fn covers(&self, rule: &str, path: &str, fingerprint: &Fingerprint) -> bool {
        (self.rules.is_empty() || self.rules.iter().any(|named| named == rule))
            && self
                .path
                .as_ref()
                .is_none_or(|pattern| pattern.is_match(path))
            && self
                .fingerprint
                .as_ref()
                .is_none_or(|named| named == fingerprint)
    }

    /// The guards whose findings it may cover.
    fn guards(&self, policy: &Policy) -> Vec<Guard> {
        if !self.rules.is_empty() {
            return self
                .rules
                .iter()
                .filter_map(|rule| policy.meta(rule))
                .map(|meta| meta.guard)
                .collect();
        }
        if self.value.is_some() {
            return vec![Guard::Secrets];
        }
        vec![Guard::Secrets, Guard::Toolkit, Guard::Fly]
    }

    fn subject(&self) -> String {
        match self.rules.as_slice() {
            [] => "this exception".to_owned(),
            [rule] => format!("this exception for `{rule}`"),
            [rule, more @ ..] => format!("this exception for `{rule}` and {} more", more.len()),
        }
    }

    /// None when the rule is switched off. The line is not shown: it may quote a secret.
    fn finding(&self, rule: &str, message: String, policy: &Policy) -> Option<Finding> {
        let meta = policy.meta(rule)?;
        let path = self
            .path
            .as_ref()
            .map(PathPattern::as_str)
            .unwrap_or_default();
        let value = self
            .value
            .as_ref()
            .map(|value| value.as_str())
            .unwrap_or_default();
        let fingerprint = self
            .fingerprint
            .as_ref()
            .map(Fingerprint::as_str)
            .unwrap_or_default();
        let content = [
            &self.rules.join(","),
            path,
            value,
            fingerprint,
            &self.reason,
        ]
        .join("\0");
        Some(Finding::new(
            rule,
            meta.guard,
            meta.severity?,
            message,
            Location::file(RepoPath::new(&self.file), self.start, self.end),
            Fingerprint::new(rule, &self.file, content.as_bytes()),
        ))
    }
}

const UNUSED: &str = "allow-unused";
const EXPIRED: &str = "allow-expired";

#[cfg(test)]
mod tests;
