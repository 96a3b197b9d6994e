//! What a run found, and the ways to write it down.
//!
//! A [`Report`] is complete before anything is rendered, so that it is sorted, counted and judged
//! once; a renderer decides nothing. To add a format: one file here, one variant of [`Format`].

mod credential;
#[cfg(test)]
mod fixture;
mod github;
mod gitleaks;
mod html;
mod human;
mod json;
mod junit;
mod leak;
mod markdown;
mod runner;
mod sarif;
mod summary;
mod wording;

/// Text of a repository in the Markdown of others: nothing in it is markup, mentions anyone or links anywhere.
pub(crate) mod markup {
    pub(crate) use super::markdown::{code, text};
}

pub use crate::source::{Scope, ScopeKind, Stats};
pub use credential::{Basis, CredentialRow, Evidence, Rotated, State, StoreState};
pub use json::schema;
pub use leak::{LeakRow, LeakTie, LeakVerdict};
pub(crate) use runner::without_commands;
pub use summary::{AllowedGroup, Counts, counted};

use crate::exit::ExitStatus;
use crate::finding::{Allowed, Finding, Gap};
use crate::policy::{Policy, Severity};
use std::io::{self, Write};
use std::path::Path;

/// Everything a run has to say.
#[derive(Debug, Default)]
pub struct Report {
    /// What was scanned.
    pub scope: Scope,
    /// Findings in [`Finding::sort_key`] order; those a baseline knew are marked.
    pub findings: Vec<Finding>,
    /// Findings that an exception covers, in the same order.
    pub allowed: Vec<Allowed>,
    /// What could not be looked at, sorted.
    pub incomplete: Vec<Gap>,
    /// Things worth a line that are neither findings nor gaps (`fly.toml of acme-web matches no [[fly]] entry: defaults apply`).
    pub notes: Vec<String>,
    /// The credentials that were compared, by name and environment; empty when no store was asked.
    pub credentials: Vec<CredentialRow>,
    /// The day their ages and due dates are counted to.
    pub today: Option<jiff::civil::Date>,
    /// What leaked before, with what became of it; empty when that was not asked.
    pub leaks: Vec<LeakRow>,
    /// How much was looked at.
    pub stats: Stats,
}

/// What every renderer may ask besides the report.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Rule texts.
    pub policy: &'a Policy,
    /// What the run exits with.
    pub verdict: ExitStatus,
    /// The lowest severity that fails the run; none for `never`.
    pub fail_on: Option<Severity>,
    /// Whether to write terminal colours.
    pub color: bool,
    /// Columns of the terminal; 80 when not known.
    pub width: usize,
    /// Show allowed and known findings, and all occurrences.
    pub verbose: bool,
    /// Leave out the summary when there is nothing to say.
    pub quiet: bool,
    /// Draw with ASCII only, where the terminal cannot show more.
    pub ascii: bool,
    /// The file [`Format::Github`] appends its step summary to (`GITHUB_STEP_SUMMARY`).
    pub step_summary: Option<&'a Path>,
}

impl<'a> View<'a> {
    /// A plain view, 80 columns, no colour; what differs is set on the fields.
    #[must_use]
    pub fn new(policy: &'a Policy, verdict: ExitStatus) -> Self {
        Self {
            policy,
            verdict,
            fail_on: Some(Severity::Medium),
            color: false,
            width: 80,
            verbose: false,
            quiet: false,
            ascii: false,
            step_summary: None,
        }
    }

    /// Whether this finding fails the run.
    #[must_use]
    pub fn fails(&self, finding: &Finding) -> bool {
        fails(finding, self.fail_on)
    }
}

/// A way to write a report down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Format {
    /// For people: masked line, why it matters, how to rotate, how to allow
    Human,
    /// One JSON document (docs/report.schema.json)
    Json,
    /// One JSON object a line: findings first, then a summary
    Jsonl,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// GitHub workflow commands and a step summary
    Github,
    /// A Markdown table, for comments and logs
    Markdown,
    /// JUnit XML
    Junit,
    /// The JSON report of gitleaks, secrets masked
    GitleaksJson,
    /// The CSV report of gitleaks, secrets masked
    GitleaksCsv,
    /// One self-contained page: matrix, timeline, tables that sort and filter
    Html,
}

impl Format {
    /// Writes the report.
    ///
    /// # Errors
    /// What the writer says.
    pub fn render(self, report: &Report, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Human => human::render(report, view, out),
            Self::Json => json::render(report, view, out),
            Self::Jsonl => json::render_lines(report, view, out),
            Self::Sarif => sarif::render(report, view, out),
            Self::Github => github::render(report, view, out),
            Self::Markdown => markdown::render(report, view, out),
            Self::Junit => junit::render(report, view, out),
            Self::GitleaksJson => gitleaks::render_json(report, view, out),
            Self::GitleaksCsv => gitleaks::render_csv(report, view, out),
            Self::Html => html::render(report, view, out),
        }
    }
}

impl Report {
    /// Sorts everything, so that the same input gives the same bytes whatever the thread count.
    pub fn sort(&mut self) {
        self.findings
            .sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        self.allowed.sort_by(|a, b| {
            (a.finding.sort_key(), &a.place).cmp(&(b.finding.sort_key(), &b.place))
        });
        self.incomplete.sort();
        self.incomplete.dedup();
        self.notes.sort();
        self.notes.dedup();
        self.credentials.sort();
        self.leaks.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    }

    /// What the run exits with.
    #[must_use]
    pub fn verdict(&self, fail_on: Option<Severity>, allow_incomplete: bool) -> ExitStatus {
        if !self.incomplete.is_empty() && !allow_incomplete {
            return ExitStatus::Incomplete;
        }
        let any = self.findings.iter().any(|finding| fails(finding, fail_on));
        if any {
            ExitStatus::Findings
        } else {
            ExitStatus::Clean
        }
    }
}

fn fails(finding: &Finding, fail_on: Option<Severity>) -> bool {
    !finding.known && fail_on.is_some_and(|least| finding.severity >= least)
}

#[cfg(test)]
mod tests;
