//! The rows of findings, of exposed credentials and of what exceptions cover.

use super::{Prose, day, plain, prose};
use crate::finding::{AllowedBy, Finding, Location};
use crate::policy::Severity;
use crate::report::{Report, View, counted, wording};
use std::cmp::Reverse;

/// One finding.
pub(super) struct FindingRow {
    pub severity: &'static str,
    pub sign: &'static str,
    /// Worst first.
    pub rank: u8,
    pub rule: String,
    pub guard: &'static str,
    pub place: String,
    pub message: Prose,
    pub known: bool,
    pub snippet: Option<Marked>,
    pub commit: Option<String>,
    /// In how many commits it stands.
    pub spread: Option<String>,
    pub help: Option<Prose>,
    pub why: Option<Prose>,
    pub decided_by: Option<String>,
    pub references: Vec<String>,
    pub occurrences: Vec<String>,
    pub more: Option<String>,
    pub fingerprint: String,
}

/// A line with the finding marked.
pub(super) struct Marked {
    pub before: String,
    pub marked: String,
    pub after: String,
}

/// A credential that stands where it must not.
pub(super) struct Exposure {
    pub severity: &'static str,
    pub sign: &'static str,
    pub rank: u8,
    pub name: String,
    pub place: String,
    pub commit: Option<String>,
    /// The day, and the time as recorded.
    pub date: Option<(String, String)>,
    pub presence: String,
    pub message: Prose,
}

/// What an exception covers.
pub(super) struct AllowedRow {
    pub rule: String,
    pub place: String,
    pub by: String,
    pub reason: Prose,
}

/// Every finding, the worst first; those the baseline knows last.
pub(super) fn rows(report: &Report, view: &View<'_>) -> Vec<FindingRow> {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| (finding.known, Reverse(finding.severity)));
    findings
        .into_iter()
        .map(|finding| row(finding, view))
        .collect()
}

fn row(finding: &Finding, view: &View<'_>) -> FindingRow {
    let meta = view.policy.meta(finding.rule.as_str());
    let shown = finding.occurrences.iter().take(MOST_PLACES).map(place);
    let left = finding.occurrences.len().saturating_sub(MOST_PLACES);
    FindingRow {
        severity: finding.severity.as_str(),
        sign: sign(finding.severity),
        rank: rank(finding.severity),
        rule: plain(finding.rule.as_str()),
        guard: finding.guard.as_str(),
        place: place(&finding.location),
        message: prose(&finding.message),
        known: finding.known,
        snippet: finding.snippet.as_ref().map(|snippet| {
            let (text, mark) = (snippet.text(), snippet.mark());
            let part = |from: usize, to: usize| plain(text.get(from..to).unwrap_or_default());
            Marked {
                before: part(0, mark.start),
                marked: part(mark.start, mark.end),
                after: part(mark.end, text.len()),
            }
        }),
        commit: finding
            .location
            .commit
            .as_ref()
            .map(|commit| plain(&wording::commit(commit))),
        spread: wording::spread(finding),
        help: wording::help(finding, view).map(prose),
        why: meta
            .filter(|meta| !meta.why.is_empty())
            .map(|meta| prose(&meta.why)),
        decided_by: finding.decided_by.as_deref().map(plain),
        references: meta
            .map(|meta| {
                meta.references
                    .iter()
                    .map(|reference| plain(reference))
                    .collect()
            })
            .unwrap_or_default(),
        occurrences: shown.collect(),
        more: (left > 0).then(|| counted(left as u64, "more place")),
        fingerprint: finding.fingerprint.as_str().to_owned(),
    }
}

/// Findings of the rule about credentials that are out.
pub(super) fn exposures(report: &Report) -> Vec<Exposure> {
    let mut found: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| finding.rule.as_str() == EXPOSED)
        .collect();
    found.sort_by_key(|finding| Reverse(finding.severity));
    let row = |finding: &&Finding| {
        let location = &finding.location;
        let commit = location.commit.as_ref();
        Exposure {
            severity: finding.severity.as_str(),
            sign: sign(finding.severity),
            rank: rank(finding.severity),
            name: plain(location.key.as_deref().unwrap_or("not told")),
            place: path(location),
            commit: commit.map(|commit| plain(wording::short(&commit.id))),
            date: commit.map(|commit| (day(&commit.date), plain(&commit.date))),
            presence: commit
                .and_then(wording::presence)
                .map_or_else(|| "in the work tree".into(), |words| plain(&words)),
            message: prose(&finding.message),
        }
    };
    found.iter().map(row).collect()
}

/// What exceptions cover.
pub(super) fn allowed(report: &Report) -> Vec<AllowedRow> {
    let row = |entry: &crate::finding::Allowed| AllowedRow {
        rule: plain(entry.finding.rule.as_str()),
        place: place(&entry.finding.location),
        by: plain(&match entry.by {
            AllowedBy::Config => entry.place.clone(),
            AllowedBy::Inline(mark) => format!("{mark} at {}", entry.place),
            AllowedBy::Baseline => format!("baseline {}", entry.place),
        }),
        reason: prose(entry.reason.as_deref().unwrap_or("no reason given")),
    };
    report.allowed.iter().map(row).collect()
}

fn place(location: &Location) -> String {
    plain(&wording::spot(location))
}

/// Path and line, without what it says of a store.
pub(super) fn path(location: &Location) -> String {
    plain(&match location.start.line {
        0 => location.path.as_str().to_owned(),
        line => format!("{}:{line}", location.path.as_str()),
    })
}

/// What stands beside the word, so that neither colour nor word is needed alone.
pub(super) fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "◆",
        Severity::High => "▲",
        Severity::Medium => "●",
        Severity::Low => "○",
    }
}

fn rank(severity: Severity) -> u8 {
    match severity {
        Severity::Critical => 0,
        Severity::High => 1,
        Severity::Medium => 2,
        Severity::Low => 3,
    }
}

/// The rule about credentials that are out.
const EXPOSED: &str = "credential-exposed";
/// Other places shown of one finding.
const MOST_PLACES: usize = 50;
