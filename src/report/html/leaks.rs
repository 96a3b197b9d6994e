//! The rows of what leaked before.

use super::findings::path;
use super::{Prose, day, plain, prose};
use crate::report::{LeakRow, LeakVerdict, Report, wording};

/// A leak of the past.
pub(super) struct Leak {
    pub verdict: &'static str,
    pub sign: &'static str,
    /// Worst first.
    pub rank: u8,
    pub rule: String,
    pub credentials: Vec<Prose>,
    pub tie: &'static str,
    pub place: String,
    pub commit: Option<String>,
    /// The day, and the time as recorded.
    pub date: Option<(String, String)>,
    pub presence: String,
}

/// Every leak, the worst verdict first.
pub(super) fn rows(report: &Report) -> Vec<Leak> {
    report.leaks.iter().map(row).collect()
}

fn row(leak: &LeakRow) -> Leak {
    let commit = leak.location.commit.as_ref();
    let (sign, rank) = match leak.verdict {
        LeakVerdict::Live => ("✗", 0),
        LeakVerdict::Unknown => ("?", 1),
        LeakVerdict::Rotated => ("✓", 2),
    };
    Leak {
        verdict: leak.verdict.as_str(),
        sign,
        rank,
        rule: plain(leak.rule.as_str()),
        credentials: leak.names().iter().map(|name| prose(name)).collect(),
        tie: leak.tie.as_str(),
        place: path(&leak.location),
        commit: commit.map(|commit| plain(wording::short(&commit.id))),
        date: commit.map(|commit| (day(&commit.date), plain(&commit.date))),
        presence: commit
            .and_then(wording::presence)
            .map_or_else(|| "in the work tree".into(), |words| plain(&words)),
    }
}
