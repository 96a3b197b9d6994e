//! A finding is a value: what, where, how bad. It knows nothing of colour, formats or exit codes.
//!
//! No secret can be in one: the only text taken from a file is a [`Snippet`], which is cut through the
//! [`Veil`] of all secrets of its blob. Messages are written by rules and name no captured text
//! that a veil covers.

mod fingerprint;
mod location;
mod secret;
mod snippet;
mod text;

pub use fingerprint::Fingerprint;
pub use location::{CommitRef, LineCursor, LineIndex, Location, Position, Presence};
pub use secret::Secret;
pub use snippet::{MASK, Mark, Snippet, Veil};
pub use text::{RepoPath, hex, printable};

use crate::policy::{Guard, RuleId, Severity};

/// One thing found.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The rule it breaks.
    pub rule: RuleId,
    /// The guard that found it.
    pub guard: Guard,
    /// How bad it is here, after configuration and context.
    pub severity: Severity,
    /// One sentence without a full stop; never a secret.
    pub message: String,
    /// Where it is; the first of several places.
    pub location: Location,
    /// The line it is on, masked.
    pub snippet: Option<Snippet>,
    /// Same finding, same fingerprint, wherever the line moves.
    pub fingerprint: Fingerprint,
    /// The other places the same secret stands in, in order.
    pub occurrences: Vec<Location>,
    /// How far it has spread over a history.
    pub spread: Option<Spread>,
    /// What to do, where it differs from the rule's own advice.
    pub help: Option<String>,
    /// The policy line that decided it: `stackguard.toml:14`, or the shipped pack and its entry.
    pub decided_by: Option<String>,
    /// Whether a baseline knew it already.
    pub known: bool,
}

/// How far a secret has spread over the commits that were looked at, exceptions for some of its places or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// Commits that have it in a file or in their own words; none where that could not be counted.
    pub commits: Option<u64>,
    /// Paths of the files that have it in these commits.
    pub paths: u64,
}

impl Finding {
    /// A new finding in one place, with nothing but what every finding has.
    #[must_use]
    pub fn new(
        rule: &str,
        guard: Guard,
        severity: Severity,
        message: String,
        location: Location,
        fingerprint: Fingerprint,
    ) -> Self {
        Self {
            rule: RuleId::new(rule),
            guard,
            severity,
            message,
            location,
            snippet: None,
            fingerprint,
            occurrences: Vec::new(),
            spread: None,
            help: None,
            decided_by: None,
            known: false,
        }
    }

    /// The order of every report: path, line, column, rule.
    #[must_use]
    pub fn sort_key(&self) -> (&str, u32, u32, &str, Option<&str>, &Fingerprint) {
        (
            self.location.path.as_str(),
            self.location.start.line,
            self.location.start.column,
            self.rule.as_str(),
            self.location
                .commit
                .as_ref()
                .map(|commit| commit.id.as_str()),
            &self.fingerprint,
        )
    }
}

/// A finding that an exception covers, and the exception.
#[derive(Debug, Clone, PartialEq)]
pub struct Allowed {
    /// What would have been reported.
    pub finding: Finding,
    /// Which kind of exception it was.
    pub by: AllowedBy,
    /// Where the exception is written: `stackguard.toml:12`, `app/db.ts:40`, the baseline file.
    pub place: String,
    /// The reason given, if any.
    pub reason: Option<String>,
}

/// The kinds of exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AllowedBy {
    /// `[[allow]]` in the configuration.
    Config,
    /// A comment in the file; the mark's own text is given (`stackguard:allow`, `gitleaks:allow` …).
    Inline(&'static str),
    /// The baseline.
    Baseline,
}

/// Something that could not be looked at; never counts as clean.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The file, commit, object or store.
    pub what: String,
    /// Why it could not be looked at, and what to do.
    pub why: String,
}
