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
use crate::report::{Format, counted};
use crate::source::Source as _;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil::Date};
use miette::{IntoDiagnostic as _, WrapErr as _};
use std::io::{self, Write as _};
use std::path::Path;
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
    let stock = Stock::take(&args.stock, &setup)?;
    let comparison = stock.compare();
    let notice = setup.config.credentials.value.notice_days.unwrap_or(NOTICE);
    let today = stock.now.to_zoned(TimeZone::UTC).date();
    let issues = due(&comparison, today, notice);
    let mut report = compared::report(&setup, &comparison, &issues, &stock.text);
    report.scope.head = head(&setup);
    reality::look(&setup, &stock, &mut report)?;
    if args.exposure {
        exposure::look(&setup, &stock, &comparison, &mut report)?;
    }
    report.sort();
    report.stats.milliseconds = u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX);
    if let Some(path) = &args.calendar {
        let text = crate::credentials::calendar::calendar(&comparison.rows, stock.now);
        crate::policy::baseline::replace(path, text.as_bytes())
            .into_diagnostic()
            .wrap_err_with(|| format!("could not write the calendar to {}", path.display()))?;
    }
    if let Some(base) = &args.evidence {
        let run = evidence::Run {
            started,
            verdict: report.verdict(global.fail_on.severity(), global.allow_incomplete),
        };
        let target = evidence::write(base, &setup, &stock, &report, &run)?;
        let entry = evidence::entry(&report, &stock, &run, &target);
        if outputs.is_none() {
            written(io::stdout().lock().write_all(entry.as_bytes()))?;
            return Ok(run.verdict);
        }
        let _ = io::stderr().lock().write_all(entry.as_bytes());
    }
    match outputs {
        Some(outputs) => outputs.write(&report, &setup.policy, global),
        None => Ok(report.verdict(global.fail_on.severity(), global.allow_incomplete)),
    }
}

/// Where reports go; none where the evidence holds them and standard output is for its entry.
fn outputs(args: &Audit, global: &Global) -> miette::Result<Option<Outputs>> {
    if args.evidence.is_some() && global.format.is_empty() {
        return Ok(None);
    }
    let human = [Output {
        format: Format::Human,
        path: None,
    }];
    let chosen = if global.format.is_empty() {
        &human[..]
    } else {
        &global.format
    };
    Outputs::open(chosen).map(Some)
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
