//! The rows of what leaked before: findings of the secrets guard, matched with the credential map.

use crate::finding::{Fingerprint, Location};
use crate::policy::{RuleId, Severity};

/// A leak of the past that a credential of the map is tied to.
#[derive(Debug, Clone, PartialEq)]
pub struct LeakRow {
    /// What became of it.
    pub verdict: LeakVerdict,
    /// What ties it to the map.
    pub tie: LeakTie,
    /// Name and environment of each credential it may be of; the environment is empty where only the vault knows the name.
    pub credentials: Vec<(String, String)>,
    /// The rule of the secrets guard that found it.
    pub rule: RuleId,
    /// How bad that rule says it is.
    pub severity: Severity,
    /// Where it was first.
    pub location: Location,
    /// In how many other places it stands.
    pub more: u64,
    /// As the secrets guard names it.
    pub fingerprint: Fingerprint,
}

/// What became of a leaked secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeakVerdict {
    /// A value that is in use is in it.
    Live,
    /// It is of the kind of a credential of the map; no value tells whether it is that one, or still holds.
    Unknown,
    /// It was an older version, and is not in use any more.
    Rotated,
}

/// What ties a leak to a credential, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeakTie {
    /// The value itself.
    Value,
    /// The credential's name stands on its line.
    Name,
    /// Its rule finds credentials of that kind.
    Rule,
}

impl LeakVerdict {
    /// The word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Rotated => "rotated",
            Self::Unknown => "unknown",
        }
    }
}

impl LeakTie {
    /// The word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Name => "name",
            Self::Rule => "rule",
        }
    }
}

impl LeakRow {
    /// The order of every report: the worst verdict first, then by place.
    pub(super) fn sort_key(&self) -> impl Ord + '_ {
        (
            self.verdict,
            self.location.path.as_str(),
            self.location.start.line,
            self.location.start.column,
            self.rule.as_str(),
            &self.fingerprint,
        )
    }

    /// The credentials, in words.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let name = |(name, environment): &(String, String)| {
            if environment.is_empty() {
                format!("`{name}` (not in the map)")
            } else {
                format!("`{name}` ({environment})")
            }
        };
        self.credentials.iter().map(name).collect()
    }
}

/// Rows for the tests of every format, made of these findings.
#[cfg(test)]
pub(super) fn hostile(
    live: crate::finding::Finding,
    unknown: crate::finding::Finding,
) -> Vec<LeakRow> {
    let row = |verdict, tie, finding: crate::finding::Finding| LeakRow {
        verdict,
        tie,
        credentials: vec![
            ("DATABASE_URL".into(), "staging".into()),
            ("<b>`|X".into(), String::new()),
        ],
        rule: finding.rule,
        severity: finding.severity,
        location: finding.location,
        more: 2,
        fingerprint: finding.fingerprint,
    };
    vec![
        row(LeakVerdict::Live, LeakTie::Value, live),
        row(LeakVerdict::Unknown, LeakTie::Rule, unknown),
    ]
}
