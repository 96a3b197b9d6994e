//! SARIF 2.1.0, for code scanning (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>).
//!
//! One run: every rule in force, every finding, what is allowed or known as suppressed results, and what could not be looked at as
//! notifications of a run that did not succeed. Within the limits of GitHub
//! (<https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support>); what they cut is said.

mod result;
mod rule;
mod uri;

use super::{Report, View, counted};
use crate::exit::ExitStatus;
use crate::finding::{Allowed, Finding, printable};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::io::{self, Write};

/// Writes the log file, on one line.
pub(super) fn render(report: &Report, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run(report, view)],
    });
    writeln!(out, "{}", super::json::inert(&serde_json::to_string(&log)?))
}

/// A result to be.
#[derive(Clone, Copy)]
enum Entry<'r> {
    Finding(&'r Finding),
    Allowed(&'r Allowed),
}

impl<'r> Entry<'r> {
    fn finding(self) -> &'r Finding {
        match self {
            Self::Finding(finding) => finding,
            Self::Allowed(allowed) => &allowed.finding,
        }
    }
}

fn run(report: &Report, view: &View<'_>) -> Value {
    let entries = chosen(report, view);
    let left_out = report.findings.len() + report.allowed.len() - entries.len();
    let rules = rule::Rules::new(view.policy, entries.iter().map(|entry| entry.finding()));
    let mut seen: HashMap<&str, u32> = HashMap::new();
    let results: Vec<Value> = entries
        .iter()
        .map(|entry| {
            let number = seen
                .entry(entry.finding().fingerprint.as_str())
                .or_default();
            *number += 1;
            result::result(*entry, &rules, *number)
        })
        .collect();
    let places: usize = entries
        .iter()
        .map(|entry| {
            entry
                .finding()
                .occurrences
                .len()
                .saturating_sub(result::RELATED)
        })
        .sum();
    json!({
        "tool": {"driver": {
            "name": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules.descriptors(),
        }},
        // One category for each kind of source, so that two uploads for one commit do not replace each other.
        "automationDetails": {"id": format!("stackguard/{}/", report.scope.kind.as_str())},
        "invocations": [{
            "executionSuccessful": report.incomplete.is_empty() && view.verdict != ExitStatus::Incomplete,
            "exitCode": view.verdict as u8,
            "toolExecutionNotifications": notifications(report, view, left_out, places),
        }],
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root of the scan."}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {
            "head": report.scope.head,
            "files": report.stats.files,
            "blobs": report.stats.blobs,
            "commits": report.stats.commits,
            "bytes": report.stats.bytes,
            "milliseconds": report.stats.milliseconds,
        },
    })
}

/// At most [`RESULTS`]: new findings before known and allowed ones, the worst first; then in the report's order again.
fn chosen<'r>(report: &'r Report, view: &View<'_>) -> Vec<Entry<'r>> {
    let findings = report.findings.iter().map(Entry::Finding);
    let mut entries: Vec<(usize, Entry<'r>)> = findings
        .chain(report.allowed.iter().map(Entry::Allowed))
        .enumerate()
        .collect();
    if entries.len() > RESULTS {
        entries.sort_by_key(|(number, entry)| {
            let finding = entry.finding();
            let suppressed = finding.known || matches!(entry, Entry::Allowed(_));
            (
                suppressed,
                Reverse(view.fails(finding)),
                Reverse(finding.severity),
                *number,
            )
        });
        entries.truncate(RESULTS);
        entries.sort_by_key(|(number, _)| *number);
    }
    entries.into_iter().map(|(_, entry)| entry).collect()
}

fn notifications(report: &Report, view: &View<'_>, left_out: usize, places: usize) -> Vec<Value> {
    let level = if view.verdict == ExitStatus::Incomplete {
        "error"
    } else {
        "warning"
    };
    let note = |level: &str, text: String| json!({"level": level, "message": {"text": text}});
    let mut out = Vec::new();
    if left_out > 0 {
        let text = format!(
            "{} left out: code scanning takes {} of a run; the JSON format has all of them.",
            counted(left_out as u64, "result"),
            super::summary::grouped(RESULTS as u64)
        );
        out.push(note("warning", text));
    }
    if places > 0 {
        let text = format!(
            "{} left out: a result names {} besides its own; the JSON format has all of them.",
            counted(places as u64, "place"),
            result::RELATED
        );
        out.push(note("warning", text));
    }
    let gaps = report.incomplete.iter().take(NOTIFICATIONS);
    out.extend(gaps.map(|gap| {
        note(
            level,
            format!(
                "Could not look at {}: {}",
                printable(&gap.what),
                printable(&gap.why)
            ),
        )
    }));
    if report.incomplete.len() > NOTIFICATIONS {
        let rest = counted(
            (report.incomplete.len() - NOTIFICATIONS) as u64,
            "more item",
        );
        out.push(note(
            level,
            format!("{rest} could not be looked at; the JSON format has all of them."),
        ));
    }
    out.extend(
        report
            .notes
            .iter()
            .map(|text| note("note", printable(text))),
    );
    out
}

/// Results of one run that GitHub takes.
const RESULTS: usize = 25_000;
/// Gaps that are named; a log file must stay below 10 MB when compressed.
const NOTIFICATIONS: usize = 1000;

#[cfg(test)]
mod tests;
