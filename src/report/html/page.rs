//! The page as its template sees it.

use super::findings::{self, AllowedRow, Exposure, FindingRow, sign};
use super::leaks::{self, Leak};
use super::matrix::Matrix;
use super::timeline::Timeline;
use super::{Prose, digest, plain, prose};
use crate::exit::ExitStatus;
use crate::policy::Severity;
use crate::report::summary::grouped;
use crate::report::{Report, View, counted};
use askama::Template;

/// Everything the template shows.
#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Page {
    style: &'static str,
    script: &'static str,
    style_digest: String,
    script_digest: String,
    version: &'static str,
    verdict: Verdict,
    headline: String,
    scope: String,
    head: Option<String>,
    extent: String,
    counts: Vec<Count>,
    gaps: Vec<(String, Prose)>,
    exposures: Vec<Exposure>,
    leaks: Vec<Leak>,
    findings: Vec<FindingRow>,
    matrix: Option<Matrix>,
    timeline: Option<Timeline>,
    allowed: Vec<AllowedRow>,
    notes: Vec<Prose>,
    in_commits: bool,
}

/// How the run ended: a sign, a word and a sentence.
struct Verdict {
    class: &'static str,
    sign: &'static str,
    word: &'static str,
}

/// New findings of one severity.
struct Count {
    severity: &'static str,
    sign: &'static str,
    number: String,
}

impl Page {
    pub(super) fn new(report: &Report, view: &View<'_>) -> Self {
        let counts = report.counts();
        let of = |severity: Severity, number: usize| Count {
            severity: severity.as_str(),
            sign: sign(severity),
            number: grouped(number as u64),
        };
        Self {
            style: STYLE,
            script: SCRIPT,
            style_digest: digest(STYLE),
            script_digest: digest(SCRIPT),
            version: env!("CARGO_PKG_VERSION"),
            verdict: Verdict::of(view.verdict),
            headline: plain(&report.headline(view)),
            scope: plain(&format!(
                "{} {}",
                report.scope.kind.as_str(),
                report.scope.root
            )),
            head: report
                .scope
                .head
                .as_deref()
                .map(|head| plain(crate::report::wording::short(head))),
            extent: plain(&report.extent()),
            counts: vec![
                of(Severity::Critical, counts.critical),
                of(Severity::High, counts.high),
                of(Severity::Medium, counts.medium),
                of(Severity::Low, counts.low),
            ],
            gaps: report
                .incomplete
                .iter()
                .map(|gap| (plain(&gap.what), prose(&gap.why)))
                .collect(),
            exposures: findings::exposures(report),
            leaks: leaks::rows(report),
            findings: findings::rows(report, view),
            matrix: Matrix::new(&report.credentials),
            timeline: Timeline::new(&report.credentials, report.today),
            allowed: findings::allowed(report),
            notes: report.notes.iter().map(|note| prose(note)).collect(),
            in_commits: report.has_secret_in_commits(),
        }
    }

    /// How many findings the table has, in words.
    fn finding_count(&self) -> String {
        counted(self.findings.len() as u64, "finding")
    }
}

impl Verdict {
    fn of(status: ExitStatus) -> Self {
        let (class, sign, word) = match status {
            ExitStatus::Clean => ("good", "✓", "Clean"),
            ExitStatus::Findings => ("bad", "✗", "Findings"),
            ExitStatus::Incomplete => ("open", "?", "Incomplete"),
        };
        Self { class, sign, word }
    }
}

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
