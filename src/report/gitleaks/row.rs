//! One finding with the fields that gitleaks gives it.

use super::super::{Report, View};
use crate::exit::ExitStatus;
use crate::finding::{CommitRef, Finding, Gap, Location, MASK, Snippet, printable};
use serde::Serialize;

/// The fields in the order of gitleaks' own report.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Row {
    #[serde(rename = "RuleID")]
    pub rule: String,
    pub description: String,
    pub start_line: u32,
    pub end_line: u32,
    pub start_column: u32,
    pub end_column: u32,
    #[serde(rename = "Match")]
    pub matched: String,
    pub secret: &'static str,
    pub file: String,
    pub symlink_file: &'static str,
    pub commit: String,
    pub entropy: u8,
    pub author: String,
    pub email: String,
    pub date: String,
    pub message: String,
    pub tags: Vec<String>,
    pub fingerprint: String,
}

impl Row {
    /// A row for every place of every new finding, and for what could not be looked at if that fails the run.
    pub(super) fn all(report: &Report, view: &View<'_>) -> Vec<Self> {
        let mut rows = Vec::new();
        for finding in report.new_findings() {
            rows.push(Self::of(finding, &finding.location));
            let others = finding.occurrences.iter();
            rows.extend(others.map(|place| Self::of(finding, place)));
        }
        if view.verdict == ExitStatus::Incomplete {
            rows.extend(report.incomplete.iter().map(Self::unseen));
        }
        rows
    }

    fn of(finding: &Finding, place: &Location) -> Self {
        let commit = place.commit.as_ref();
        let (author, email) = commit.map_or(("", ""), |commit| person(&commit.author));
        let file = printable(place.path.as_str());
        let id = commit.map_or("", |commit| commit.id.as_str());
        let start = place.start;
        let mut fingerprint = format!("{file}:{}:{}", finding.rule, start.line);
        if !id.is_empty() {
            fingerprint = format!("{id}:{fingerprint}");
        }
        Self {
            rule: finding.rule.to_string(),
            description: printable(&finding.message),
            start_line: start.line,
            end_line: place.end.line,
            start_column: start.column,
            // Theirs is the column of the last character.
            end_column: place.end.column.saturating_sub(1),
            matched: finding.snippet.as_ref().map(marked).unwrap_or_default(),
            secret: if finding.snippet.is_some() { MASK } else { "" },
            file,
            symlink_file: "",
            commit: printable(id),
            entropy: 0,
            author: printable(author),
            email: printable(email),
            date: commit.map(utc).unwrap_or_default(),
            message: commit.map_or_else(String::new, |commit| printable(&commit.summary)),
            tags: vec![
                format!("guard:{}", finding.guard),
                format!("severity:{}", finding.severity),
            ],
            fingerprint,
        }
    }

    fn unseen(gap: &Gap) -> Self {
        let file = printable(&gap.what);
        Self {
            rule: UNSEEN.to_owned(),
            description: printable(&gap.why),
            start_line: 0,
            end_line: 0,
            start_column: 0,
            end_column: 0,
            matched: String::new(),
            secret: "",
            fingerprint: format!("{file}:{UNSEEN}:0"),
            file,
            symlink_file: "",
            commit: String::new(),
            entropy: 0,
            author: String::new(),
            email: String::new(),
            date: String::new(),
            message: String::new(),
            tags: vec!["incomplete".to_owned()],
        }
    }
}

/// The masked text that the finding is about.
fn marked(snippet: &Snippet) -> String {
    let text = snippet.text();
    text.get(snippet.mark()).unwrap_or(text).to_owned()
}

/// `Name <address>` in two.
fn person(author: &str) -> (&str, &str) {
    let split = author
        .rsplit_once('<')
        .and_then(|(name, rest)| Some((name.trim(), rest.strip_suffix('>')?)));
    split.unwrap_or((author, ""))
}

/// The author date in UTC, as gitleaks writes it; what cannot be read stays as it is.
fn utc(commit: &CommitRef) -> String {
    let parsed: Result<jiff::Timestamp, _> = commit.date.parse();
    parsed.map_or_else(|_| printable(&commit.date), |date| date.to_string())
}

/// The rule of what could not be looked at.
pub(super) const UNSEEN: &str = "not-looked-at";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_dates() {
        assert_eq!(person("Ada L <a@b.c>"), ("Ada L", "a@b.c"));
        assert_eq!(person("Ada <x> <a@b.c>"), ("Ada <x>", "a@b.c"));
        assert_eq!(person("nobody"), ("nobody", ""));
        let commit = |date: &str| CommitRef {
            id: String::new(),
            author: String::new(),
            date: date.to_owned(),
            summary: String::new(),
            presence: None,
        };
        assert_eq!(
            utc(&commit("2026-01-02T03:04:05+02:00")),
            "2026-01-02T01:04:05Z"
        );
        assert_eq!(utc(&commit("long ago\n")), "long ago\\n");
    }
}
