//! `stackguard baseline`: accept what is there, or forget what is gone.

use super::check::Extent;
use super::interrupt;
use super::output::written;
use super::progress::ProgressLine;
use super::setup::{Setup, default_baseline, repository_root};
use crate::cli::{Baseline as Args, BaselineAction, Check, Global};
use crate::exit::ExitStatus;
use crate::policy::baseline::Baseline;
use crate::report::{Report, counted};
use miette::miette;
use std::io::Write as _;
use std::path::Path;

/// Runs the command over the repository of the current directory.
///
/// # Errors
/// When not everything could be looked at: a baseline made then would be wrong.
pub(super) fn run(args: &Args, global: &Global) -> miette::Result<ExitStatus> {
    let start = Path::new(".");
    let path = global
        .baseline
        .clone()
        .unwrap_or_else(|| default_baseline(start));
    let setup = match args.action {
        // What is there is replaced, so it need not be readable, nor be there.
        BaselineAction::Create { .. } => Setup::without_baseline(start, global)?,
        BaselineAction::Prune => {
            let setup = Setup::read(start, global)?;
            if setup.baseline.is_none() {
                return Err(miette!(
                    help = "make one with `stackguard baseline create`",
                    "there is no baseline to prune at {}",
                    path.display()
                ));
            }
            setup
        }
    };
    interrupt::watch();
    let line = ProgressLine::show(global);
    let report = look(&args.action, &setup, global)?;
    drop(line);
    if let Some(gap) = report.incomplete.first() {
        return Err(miette!(
            help = "a baseline made now would not hold for what was not seen",
            "{} could not be looked at: {}",
            gap.what,
            gap.why
        ));
    }
    let message = match (&args.action, &setup.baseline) {
        (BaselineAction::Prune, Some((old, _))) => {
            let pruned = old.pruned(&setup.policy);
            pruned.write(&path)?;
            format!(
                "removed {}, kept {}",
                count(old.len() - pruned.len(), "entry"),
                count(pruned.len(), "entry")
            )
        }
        _ => {
            let baseline = Baseline::create(
                report
                    .findings
                    .iter()
                    .filter(|finding| finding.guard != crate::policy::Guard::Policy),
            );
            baseline.write(&path)?;
            format!("accepted {}", count(baseline.len(), "finding"))
        }
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    written(writeln!(std::io::stdout(), "{message} in {name}"))?;
    Ok(ExitStatus::Clean)
}

/// What there is to accept or to keep: of the whole tree, or of the whole history.
fn look(action: &BaselineAction, setup: &Setup, global: &Global) -> miette::Result<Report> {
    if matches!(action, BaselineAction::Create { history: true }) {
        let args = Check {
            history: true,
            ..Check::default()
        };
        return super::history::look(&args, setup, global);
    }
    let source = setup.worktree(&repository_root(Path::new(".")))?;
    super::check::look(&Check::default(), setup, &source, Extent::Whole)
}

fn count(number: usize, noun: &str) -> String {
    counted(u64::try_from(number).unwrap_or(u64::MAX), noun)
}
