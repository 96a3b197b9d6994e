//! `stackguard publish`: a finished report, as a comment and as a check run.

use super::asking;
use crate::cli::Publish;
use crate::credentials::Failure;
use crate::exit::ExitStatus;
use crate::publish::{Access, Outcome, Places, Posted, publish};
use miette::{IntoDiagnostic as _, MietteDiagnostic, Report};
use std::io::{self, Write as _};

/// Runs the command. What it did is told on standard error, as standard output is for reports.
///
/// # Errors
/// A report that cannot be read, no token, or nothing could be sent.
pub(super) fn run(args: &Publish) -> miette::Result<ExitStatus> {
    let posted = Posted::read(&args.report).map_err(told)?;
    let access = Access::of(&|name| std::env::var(name).ok()).map_err(told)?;
    let places = Places {
        repository: args.repository.clone(),
        name: args.name.clone(),
        comment: args.comment,
        check_run: args.check_run.clone(),
    };
    let outcome: Outcome = asking::wait(publish(&posted, &places, &access))?.map_err(told)?;
    let mut err = io::stderr().lock();
    for done in &outcome.done {
        writeln!(err, "{done}").into_diagnostic()?;
    }
    for failure in &outcome.failed {
        let help = failure.help.as_deref().map(|help| format!(" ({help})"));
        writeln!(err, "{}{}", failure.why, help.unwrap_or_default()).into_diagnostic()?;
    }
    Ok(if outcome.failed.is_empty() {
        ExitStatus::Clean
    } else {
        ExitStatus::Incomplete
    })
}

fn told(failure: Failure) -> Report {
    let diagnostic = MietteDiagnostic::new(failure.why);
    match failure.help {
        Some(help) => diagnostic.with_help(help).into(),
        None => diagnostic.into(),
    }
}
