//! `[[allow]]` entries of the configuration: which findings they cover, and whether they are still needed.
//!
//! Every exception says why it stands, may end, and is itself checked: one that allows nothing, or whose
//! date has passed, becomes a finding. Counting is atomic, so that all threads can ask at once.

use crate::finding::{Finding, Fingerprint, Location, Position, RepoPath};
use crate::policy::masking::mask_words;
use crate::policy::pattern::{PathPattern, SecretPattern};
use crate::policy::{Guard, Policy, RuleId};
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
    /// The last day it holds.
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
        for (index, counted) in self.entries.iter().enumerate() {
            let value_holds = counted.entry.value.is_none()
                || value_hits.iter().any(|hit| usize::from(*hit) == index);
            if !value_holds || !counted.entry.covers(rule, path, fingerprint) {
                continue;
            }
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
        Some(Finding {
            rule: RuleId::new(rule),
            guard: meta.guard,
            severity: meta.severity?,
            message,
            location: Location::file(RepoPath::new(&self.file), self.start, self.end),
            snippet: None,
            fingerprint: Fingerprint::new(rule, &self.file, content.as_bytes()),
            occurrences: Vec::new(),
            help: None,
            decided_by: None,
            known: false,
        })
    }
}

const UNUSED: &str = "allow-unused";
const EXPIRED: &str = "allow-expired";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack::Pack;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 6, 1);

    fn entry(line: u32) -> Entry {
        Entry {
            rules: Vec::new(),
            path: None,
            value: None,
            fingerprint: None,
            reason: "a sample".into(),
            expires: None,
            file: "stackguard.toml".into(),
            start: Position { line, column: 1 },
            end: Position { line, column: 10 },
        }
    }

    fn for_rule(line: u32, rule: &str) -> Entry {
        Entry {
            rules: vec![rule.into()],
            ..entry(line)
        }
    }

    fn glob(text: &str) -> PathPattern {
        PathPattern::new(text).expect("a good glob")
    }

    fn policy() -> Policy {
        let text = r#"
            [[rule]]
            id = "allow-unused"
            guard = "policy"
            severity = "low"
            summary = "s"
            help = "h"
            [[rule]]
            id = "allow-expired"
            guard = "policy"
            severity = "medium"
            summary = "s"
            help = "h"
            [[rule]]
            id = "direct-redis"
            guard = "toolkit"
            severity = "high"
            summary = "s"
            help = "h"
            [[rule]]
            id = "jwt"
            guard = "secrets"
            severity = "high"
            summary = "s"
            help = "h"
        "#;
        let pack = Pack::parse(text).expect("a good pack");
        Policy::new(vec![("p.toml".into(), pack)]).expect("no duplicates")
    }

    const ALL: &[Guard] = &[Guard::Secrets, Guard::Toolkit, Guard::Fly];

    #[test]
    fn everything_named_must_hold() {
        let print = Fingerprint::new("jwt", "docs/a.md", b"x");
        let other = Fingerprint::new("jwt", "docs/a.md", b"y");
        let value = || Some(SecretPattern::new("^demo").expect("a good pattern"));
        let full = Entry {
            path: Some(glob("docs/**")),
            value: value(),
            fingerprint: Some(print.clone()),
            ..for_rule(3, "jwt")
        };
        type Case<'c> = (&'c Entry, &'c str, &'c str, &'c Fingerprint, &'c [u8], bool);
        let cases: &[Case<'_>] = &[
            (&full, "jwt", "docs/a.md", &print, b"demo-1", true),
            (&full, "jwt", "docs/a.md", &print, b"live-1", false),
            (&full, "jwt", "docs/a.md", &other, b"demo-1", false),
            (&full, "jwt", "src/a.md", &print, b"demo-1", false),
            (&full, "direct-redis", "docs/a.md", &print, b"demo-1", false),
            (&for_rule(1, "jwt"), "jwt", "anywhere", &other, b"", true),
            (&for_rule(1, "jwt"), "jw", "anywhere", &other, b"", false),
            (
                &Entry {
                    path: Some(glob("docs/*")),
                    ..entry(1)
                },
                "jwt",
                "docs/deep/a.md",
                &other,
                b"",
                false,
            ),
            (
                &Entry {
                    path: Some(glob("docs/*")),
                    ..entry(1)
                },
                "jwt",
                "Docs/a.md",
                &other,
                b"",
                false,
            ),
            (
                &Entry {
                    path: Some(glob("./docs/*")),
                    ..entry(1)
                },
                "jwt",
                "docs/a.md",
                &other,
                b"",
                true,
            ),
            (
                &Entry {
                    path: Some(glob("**/*.md")),
                    ..entry(1)
                },
                "jwt",
                "a.md",
                &other,
                b"",
                true,
            ),
            (
                &Entry {
                    value: value(),
                    ..entry(1)
                },
                "jwt",
                "a",
                &other,
                b"demo",
                true,
            ),
        ];
        for (number, (entry, rule, path, print, secret, allowed)) in cases.iter().enumerate() {
            let allows = Allows::new(vec![(*entry).clone()], TODAY);
            let hits = allows.matching_values(secret);
            assert_eq!(
                allows.judge(rule, path, print, &hits).is_some(),
                *allowed,
                "case {number}"
            );
            assert_eq!(
                allows.uses().sum::<u64>(),
                u64::from(*allowed),
                "case {number}"
            );
        }
    }

    #[test]
    fn value_hits_name_entries_not_positions() {
        let pattern = |text| Some(SecretPattern::new(text).expect("a good pattern"));
        let entries = vec![
            for_rule(1, "jwt"),
            Entry {
                value: pattern("a"),
                ..entry(2)
            },
            Entry {
                value: pattern("b"),
                ..entry(3)
            },
        ];
        let allows = Allows::new(entries, TODAY);
        assert_eq!(allows.matching_values(b"xbx"), [2]);
        assert_eq!(allows.matching_values(b"ab"), [1, 2]);
        let print = Fingerprint::new("r", "p", b"c");
        let allowed = allows
            .judge("r", "p", &print, &[2])
            .expect("the third covers it");
        assert_eq!(
            (allowed.index, allowed.place.as_str()),
            (2, "stackguard.toml:3")
        );
        assert_eq!(allows.judge("r", "p", &print, &[]), None);
    }

    #[test]
    fn the_last_day_still_holds() {
        let print = Fingerprint::new("jwt", "p", b"c");
        for (expires, allowed) in [(date(2026, 6, 1), true), (date(2026, 5, 31), false)] {
            let allows = Allows::new(
                vec![Entry {
                    expires: Some(expires),
                    ..for_rule(4, "jwt")
                }],
                TODAY,
            );
            assert_eq!(
                allows.judge("jwt", "p", &print, &[]).is_some(),
                allowed,
                "{expires}"
            );
        }
    }

    #[test]
    fn unused_and_expired_are_findings_where_it_can_be_known() {
        let old = Some(date(2026, 1, 31));
        let entries = || {
            vec![
                for_rule(1, "jwt"),
                for_rule(2, "jwt"),
                for_rule(3, "direct-redis"),
                Entry {
                    expires: old,
                    ..for_rule(4, "jwt")
                },
                Entry {
                    expires: old,
                    path: Some(glob("nowhere")),
                    ..entry(5)
                },
                Entry {
                    value: Some(SecretPattern::new("zzz").expect("good")),
                    ..entry(6)
                },
            ]
        };
        let run = |complete, guards: &[Guard]| {
            let allows = Allows::new(entries(), TODAY);
            for _ in 0..2 {
                let _ = allows.judge("jwt", "p", &Fingerprint::new("jwt", "p", b"c"), &[]);
            }
            let found = allows.findings(&policy(), complete, guards);
            found
                .iter()
                .map(|f| {
                    (
                        f.rule.as_str().to_owned(),
                        f.location.start.line,
                        f.message.clone(),
                    )
                })
                .collect::<Vec<_>>()
        };
        let said = |rule: &str, line, message: &str| (rule.to_owned(), line, message.to_owned());
        let missed = said(
            EXPIRED,
            4,
            "this exception for `jwt` ended on 2026-01-31; the 2 findings it covered are reported again",
        );
        let shadowed = said(
            UNUSED,
            2,
            "this exception for `jwt` allows nothing that an entry above it does not allow",
        );
        let value = said(UNUSED, 6, "this exception allows nothing");
        let complete = [
            shadowed.clone(),
            said(
                UNUSED,
                3,
                "this exception for `direct-redis` allows nothing",
            ),
            missed.clone(),
            said(
                EXPIRED,
                5,
                "this exception ended on 2026-01-31, and nothing needs it any more",
            ),
            value.clone(),
        ];
        assert_eq!(run(true, ALL), complete);
        assert_eq!(run(false, ALL), std::slice::from_ref(&missed));
        assert_eq!(run(true, &[Guard::Secrets]), [shadowed, missed, value]);
    }

    #[test]
    fn switched_off_says_nothing() {
        let mut policy = policy();
        assert!(policy.set_severity(UNUSED, None));
        assert!(
            Allows::new(vec![for_rule(1, "jwt")], TODAY)
                .findings(&policy, true, ALL)
                .is_empty()
        );
    }

    #[test]
    fn nothing_shows_the_pattern_or_a_token_in_the_reason() {
        let token = crate::policy::pack::expand("{base62:20}");
        let entry = Entry {
            value: Some(SecretPattern::new(&token).expect("good")),
            reason: format!("the old one was {token}"),
            ..entry(1)
        };
        let allows = Allows::new(vec![entry.clone()], TODAY);
        let print = Fingerprint::new("r", "p", b"c");
        let allowed = allows
            .judge("r", "p", &print, &allows.matching_values(token.as_bytes()))
            .expect("allowed");
        assert!(!allowed.reason.contains(&token) && allowed.reason.starts_with("the old one was"));
        assert!(!format!("{:?}", entry.value).contains(&token));
        let unused = Allows::new(vec![entry], TODAY).findings(&policy(), true, ALL);
        assert_eq!(unused.len(), 1);
        assert!(!format!("{unused:?}").contains(&token));
    }

    #[test]
    fn counts_are_right_from_many_threads() {
        let allows = Allows::new(
            vec![
                for_rule(1, "jwt"),
                Entry {
                    expires: Some(date(2020, 1, 1)),
                    ..entry(2)
                },
            ],
            TODAY,
        );
        let print = Fingerprint::new("jwt", "p", b"c");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for turn in 0..1000 {
                        let rule = if turn % 2 == 0 { "jwt" } else { "other" };
                        assert_eq!(
                            allows.judge(rule, "p", &print, &[]).is_some(),
                            turn % 2 == 0
                        );
                    }
                });
            }
        });
        assert_eq!(allows.uses().collect::<Vec<_>>(), [4000, 0]);
        assert!(
            allows.findings(&policy(), false, ALL)[0]
                .message
                .contains("the 8000 findings")
        );
    }
}
