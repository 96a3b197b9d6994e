//! The parts of a JSON report, version 1, that are shown.

use crate::credentials::Failure;
use serde::Deserialize;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

/// A report of `check --format json`.
#[derive(Debug, Clone, Deserialize)]
pub struct Posted {
    version: u32,
    /// What was found.
    pub(super) findings: Vec<Found>,
    /// What could not be looked at.
    pub(super) incomplete: Vec<Missed>,
    /// How the run ended.
    pub(super) verdict: Verdict,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    /// Exit code 0.
    Clean,
    /// Exit code 1.
    Findings,
    /// Exit code 2.
    Incomplete,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    /// Worth knowing.
    Low,
    /// Should be fixed.
    Medium,
    /// Must be fixed.
    High,
    /// A live way in.
    Critical,
}

/// Whether the baseline knew a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Baseline {
    /// It did not.
    New,
    /// It did.
    Known,
}

/// One thing found. Its snippet is left in the report: masked or not, nobody needs it in a comment.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Found {
    /// The rule's id.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// The first place.
    pub location: Place,
    /// In how many places it stands.
    pub occurrences: u64,
    /// What to do.
    pub help: Option<String>,
    /// Whether the baseline knew it.
    pub baseline: Baseline,
}

/// Where a finding is; lines and columns count from 1.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Place {
    /// Relative to the root.
    pub path: String,
    /// None for a whole file.
    pub line: Option<u32>,
    /// In code points.
    pub column: Option<u32>,
    /// Where it ends.
    pub end_line: Option<u32>,
    /// Just past its end.
    pub end_column: Option<u32>,
    /// What brought it in.
    pub commit: Option<Commit>,
    /// The store it is about, instead of a file.
    pub store: Option<String>,
}

/// A commit.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Commit {
    /// Its id.
    pub id: String,
    /// Where what was found still stands; `head` for "in the files as they are".
    pub presence: Option<String>,
}

/// Something that could not be looked at.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Missed {
    /// The thing.
    pub what: String,
    /// The reason.
    pub why: String,
}

impl Posted {
    /// Reads a report.
    ///
    /// # Errors
    /// A file that cannot be read, is larger than [`LARGEST`] bytes, or is no JSON report of version 1.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bad = |why: String, help: &str| Failure {
            why: format!("{}: {why}", path.display()),
            help: Some(help.to_owned()),
        };
        let mut text = Vec::new();
        File::open(path)
            .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut text))
            .map_err(|error| bad(error.to_string(), "`check --format json=FILE` writes it"))?;
        if text.len() as u64 > LARGEST {
            return Err(bad(
                "the report is too large to be shown".into(),
                "look at less, or accept what is there in a baseline",
            ));
        }
        Self::parse(&text).map_err(|why| {
            bad(
                why.to_owned(),
                "give the file of `check --format json=FILE`",
            )
        })
    }

    /// From the bytes of a report.
    pub(super) fn parse(text: &[u8]) -> Result<Self, &'static str> {
        // What the parser says may quote the text.
        let posted: Self = serde_json::from_slice(text).map_err(|_| "this is no JSON report")?;
        if posted.version == 1 {
            Ok(posted)
        } else {
            Err("this is a report of another version than 1")
        }
    }

    /// What fails or may fail a run, the worst first.
    pub(super) fn new(&self) -> Vec<&Found> {
        let mut new: Vec<&Found> = self
            .findings
            .iter()
            .filter(|found| found.baseline == Baseline::New)
            .collect();
        new.sort_by_key(|found| std::cmp::Reverse(found.severity));
        new
    }
}

impl Severity {
    /// As reports write it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Place {
    /// The file that is still so, if it is about one: not a store, not a commit's message, not what later commits took away.
    pub(super) fn file(&self) -> Option<&str> {
        let path = self.path.as_str();
        let named =
            !(path.is_empty() || path == "." || path.starts_with('<') && path.ends_with('>'));
        let presence = self
            .commit
            .as_ref()
            .and_then(|commit| commit.presence.as_deref());
        let stands = presence.is_none_or(|presence| presence == "head");
        (named && stands && self.store.is_none()).then_some(path)
    }
}

/// Of a report, in bytes.
const LARGEST: u64 = 256 << 20;
