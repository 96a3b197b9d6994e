//! `stackguard audit`: parity, and besides it what is due, what is exposed, and evidence of the run.

use super::output::{Outputs, written};
use super::setup::{Setup, repository_root};
use super::stock::Stock;
use super::{compared, evidence, exposure, interrupt, reality};
use crate::cli::{Audit, AuditAction, Global, Output};
use crate::credentials::Issue;
use crate::credentials::compare::{Compared, Comparison};
use crate::credentials::evidence::verify;
use crate::credentials::rotation::Standing;
use crate::exit::ExitStatus;
use crate::finding::Gap;
use crate::report::{Format, Report, counted};
use crate::source::Source as _;
use crate::whole::WholeFile;
use jiff::{Timestamp, civil::Date};
use miette::{IntoDiagnostic as _, WrapErr as _};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Runs the command.
///
/// # Errors
/// Bad configuration, no map, a report, a calendar or evidence that cannot be written.
pub(super) fn run(args: &Audit, global: &Global) -> miette::Result<ExitStatus> {
    if let Some(AuditAction::Verify { directory }) = &args.action {
        return verified(directory);
    }
    let (started, clock) = (Timestamp::now(), Instant::now());
    interrupt::watch();
    let setup = Setup::read(Path::new("."), global)?;
    let outputs = outputs(args, global)?;
    let mut sides = Sides::open(args, started)?;
    let mut stock = Stock::take(&args.stock, &setup)?;
    let comparison = stock.compare();
    let notice = setup.config.credentials.value.notice_days.unwrap_or(NOTICE);
    let issues = due(&comparison, stock.today(), notice);
    let mut sought = None;
    if args.exposure {
        let values = exposure::Sought::new(&setup, &stock, &comparison)?;
        // Before anything is shown, as older values are to be in no line of it either.
        stock.hide(&setup, &values.watch)?;
        sought = Some(values);
    }
    let mut report = compared::report(&setup, &comparison, &issues, &stock);
    report.scope.head = head(&setup);
    reality::look(&setup, &stock, &mut report)?;
    if let Some(values) = sought {
        values.look(&setup, &stock, &comparison, &mut report)?;
    }
    report.sort();
    report.stats.milliseconds = u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX);
    let calendar = crate::credentials::calendar::calendar(&comparison.rows, stock.now);
    let mut failed = sides.calendar(&calendar, &mut report);
    let run = evidence::Run {
        started,
        verdict: report.verdict(global.fail_on.severity(), global.allow_incomplete),
    };
    let kept = match sides.evidence {
        Some(base) => evidence::write(&base, &setup, &stock, &report, &run).map(Some),
        None => Ok(None),
    };
    let kept = kept.unwrap_or_else(|error| {
        report.incomplete.push(unwritten("evidence", &error));
        report.sort();
        failed.get_or_insert(error);
        None
    });
    let entry = kept.map(|target| evidence::entry(&report, &stock, &run, &target));
    let ended = match (entry, outputs) {
        (Some(entry), None) => {
            written(io::stdout().lock().write_all(entry.as_bytes())).map(|()| run.verdict)
        }
        (entry, outputs) => {
            let _ = io::stderr()
                .lock()
                .write_all(entry.unwrap_or_default().as_bytes());
            // Evidence that could not be written leaves standard output to the findings.
            let outputs = outputs.map_or_else(human, Ok)?;
            outputs.write(&report, &setup.policy, global)
        }
    }?;
    failed.map_or(Ok(ended), Err)
}

/// Files beside the reports: what can be known to fail fails before the work, and what fails after it keeps no finding back.
struct Sides {
    calendar: Option<(PathBuf, WholeFile)>,
    evidence: Option<PathBuf>,
}

impl Sides {
    fn open(args: &Audit, started: Timestamp) -> miette::Result<Self> {
        let calendar = args.calendar.as_ref().map(|path| {
            let file = if path.is_dir() {
                Err(io::Error::from(io::ErrorKind::IsADirectory))
            } else {
                WholeFile::create(path)
            };
            Ok::<_, miette::Report>((path.clone(), no_calendar(path, file)?))
        });
        if let Some(base) = &args.evidence {
            evidence::check(base, started)?;
        }
        Ok(Self {
            calendar: calendar.transpose()?,
            evidence: args.evidence.clone(),
        })
    }

    /// Writes the calendar; gives the error if that fails, and adds it to the report.
    fn calendar(&mut self, text: &str, report: &mut Report) -> Option<miette::Report> {
        let (path, mut file) = self.calendar.take()?;
        let done = file.write_all(text.as_bytes()).and_then(|()| file.finish());
        let error = no_calendar(&path, done).err()?;
        report.incomplete.push(unwritten("calendar", &error));
        report.sort();
        Some(error)
    }
}

fn no_calendar<T>(path: &Path, result: io::Result<T>) -> miette::Result<T> {
    result
        .into_diagnostic()
        .wrap_err_with(|| format!("could not write the calendar to {}", path.display()))
}

fn unwritten(what: &str, error: &miette::Report) -> Gap {
    Gap {
        what: what.to_owned(),
        why: error.to_string(),
    }
}

/// The report for people, on standard output.
fn human() -> miette::Result<Outputs> {
    Outputs::open(&[Output {
        format: Format::Human,
        path: None,
    }])
}

/// Where reports go; none where the evidence holds them and standard output is for its entry.
fn outputs(args: &Audit, global: &Global) -> miette::Result<Option<Outputs>> {
    if args.evidence.is_some() && global.format.is_empty() {
        return Ok(None);
    }
    if global.format.is_empty() {
        return human().map(Some);
    }
    Outputs::open(&global.format).map(Some)
}

/// What is overdue, due soon, or of an age nobody knows.
fn due(comparison: &Comparison, today: Date, notice: u32) -> Vec<Issue> {
    comparison
        .rows
        .iter()
        .filter_map(|row| standing(row, today, notice))
        .collect()
}

fn standing(row: &Compared, today: Date, notice: u32) -> Option<Issue> {
    let what = format!("`{}` ({})", row.row.name, row.row.environment);
    let every = row.row.rotate_every.as_deref().unwrap_or_default();
    let owner = row.row.owner.as_deref().unwrap_or("nobody");
    let basis = row
        .rotation
        .last
        .map_or("nothing", |(_, basis)| basis.as_str());
    let age = row
        .row
        .age_days
        .map_or_else(String::new, |days| counted(u64::from(days), "day"));
    let (rule, message) = match row.rotation.standing(row.every, today, notice) {
        Standing::Overdue(days) => (
            "credential-overdue",
            format!(
                "{what} was due {} ago: {age} old by {basis}, to be rotated every {every}; owner: {owner}",
                counted(u64::from(days), "day")
            ),
        ),
        Standing::DueSoon(days) => (
            "credential-due-soon",
            format!(
                "{what} is due in {}: {age} old by {basis}, to be rotated every {every}; owner: {owner}",
                counted(u64::from(days), "day")
            ),
        ),
        Standing::Unknown => (
            "credential-age-unknown",
            format!(
                "{what} is to be rotated every {every}, and no store tells when it last was; owner: {owner}"
            ),
        ),
        Standing::Fine | Standing::Unasked => return None,
    };
    Some(Issue {
        line: row.line,
        key: Some(row.row.name.clone()),
        content: row.row.environment.clone(),
        ..Issue::new(rule, message)
    })
}

/// The commit checked out, for the record.
fn head(setup: &Setup) -> Option<String> {
    let tree = setup.worktree(&repository_root(Path::new("."))).ok()?;
    tree.scope().head
}

/// `audit verify`.
fn verified(directory: &Path) -> miette::Result<ExitStatus> {
    let (whole, broken) = verify(directory)?;
    let mut text = String::new();
    for broken in &broken {
        text.push_str(&format!("{}: {}\n", broken.file, broken.why));
    }
    text.push_str(&format!(
        "{} as written, {} not\n",
        counted(whole as u64, "file"),
        broken.len()
    ));
    written(io::stdout().lock().write_all(text.as_bytes()))?;
    Ok(if broken.is_empty() {
        ExitStatus::Clean
    } else {
        ExitStatus::Findings
    })
}

/// Days ahead a due rotation is told of unless the configuration says otherwise.
const NOTICE: u32 = 14;

#[cfg(test)]
mod tests {
    use super::*;

    /// What fails after the work keeps no finding back: it is a gap of the report, and the run's error.
    #[test]
    fn a_calendar_that_cannot_be_written_any_more_is_a_gap() {
        let base = tempfile::tempdir().expect("a directory");
        let (gone, path) = (base.path().join("gone"), base.path().join("gone/due.ics"));
        std::fs::create_dir(&gone).expect("it is not there");
        let mut sides = Sides {
            calendar: Some((path.clone(), WholeFile::create(&path).expect("writable"))),
            evidence: None,
        };
        std::fs::remove_dir_all(&gone).expect("ours");
        let mut report = Report::default();
        let error = sides
            .calendar("BEGIN:VCALENDAR", &mut report)
            .expect("it fails");
        assert!(
            error
                .to_string()
                .starts_with("could not write the calendar to")
        );
        assert_eq!(report.incomplete.len(), 1);
        assert_eq!(report.verdict(None, false), ExitStatus::Incomplete);
        assert!(sides.calendar("", &mut report).is_none(), "only once");
    }
}
