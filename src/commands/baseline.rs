//! `stackguard baseline`: accept what is there, or forget what is gone.

use super::check::Extent;
use super::interrupt;
use super::progress::ProgressLine;
use super::setup::{Setup, default_baseline};
use crate::cli::{Baseline as Args, BaselineAction, Check, Global};
use crate::exit::ExitStatus;
use crate::policy::baseline::Baseline;
use crate::report::{Report, counted};
use crate::source::{Environment, Exclude, Worktree, WorktreeOptions};
use miette::{IntoDiagnostic as _, miette};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Runs the command over the repository of the current directory.
///
/// # Errors
/// When not everything could be looked at: a baseline made then would be wrong.
pub(super) fn run(args: &Args, global: &Global) -> miette::Result<ExitStatus> {
    let start = Path::new(".");
    let mut setup = Setup::read(start, global)?;
    let path = global
        .baseline
        .clone()
        .unwrap_or_else(|| default_baseline(start));
    let old = setup.baseline.take().map(|(baseline, _)| baseline);
    if matches!(args.action, BaselineAction::Create { .. }) {
        setup.baseline = None;
    } else {
        let Some(old) = old else {
            return Err(miette!(
                help = "make one with `stackguard baseline create`",
                "there is no baseline to prune at {}",
                path.display()
            ));
        };
        setup.baseline = Some((old, path.display().to_string()));
    }
    interrupt::watch();
    let line = ProgressLine::show(global);
    let report = look(&args.action, &path, &setup, global)?;
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
            let pruned = old.pruned();
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
    writeln!(
        std::io::stdout(),
        "{message} in {}",
        path.file_name().unwrap_or_default().to_string_lossy()
    )
    .into_diagnostic()?;
    Ok(ExitStatus::Clean)
}

/// What there is to accept or to keep: of the whole tree, or of the whole history.
fn look(
    action: &BaselineAction,
    path: &Path,
    setup: &Setup,
    global: &Global,
) -> miette::Result<Report> {
    if matches!(action, BaselineAction::Create { history: true }) {
        let args = Check {
            history: true,
            ..Check::default()
        };
        return super::history::look(&args, setup, global);
    }
    let beside = path
        .parent()
        .filter(|parent| global.baseline.is_none() && !parent.as_os_str().is_empty());
    let root = beside.map_or_else(|| PathBuf::from("."), Path::to_path_buf);
    let options = WorktreeOptions {
        no_ignore: false,
        exclude: Exclude::new(&setup.config.exclude)?,
    };
    let source = Worktree::new(vec![root], &Environment::of_process(), options)?;
    super::check::look(&Check::default(), setup, &source, Extent::Whole)
}

fn count(number: usize, noun: &str) -> String {
    counted(u64::try_from(number).unwrap_or(u64::MAX), noun)
}
