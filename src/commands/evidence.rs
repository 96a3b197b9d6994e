//! `audit --evidence`: what goes into the directory, and the entry for the log.

use super::setup::Setup;
use super::stock::Stock;
use crate::credentials::evidence;
use crate::exit::ExitStatus;
use crate::finding::{hex, printable};
use crate::report::{Format, Report, View, counted};
use jiff::Timestamp;
use miette::{IntoDiagnostic as _, WrapErr as _};
use serde_json::json;
use std::path::{Path, PathBuf};

/// When a run began and what it ended with.
pub(super) struct Run {
    pub(super) started: Timestamp,
    pub(super) verdict: ExitStatus,
}

/// Whether the evidence of a run that begins now can be written below `base`.
///
/// # Errors
/// There is evidence of this second already, or what the system said.
pub(super) fn check(base: &Path, started: Timestamp) -> miette::Result<()> {
    Ok(evidence::check(&evidence::directory(base, started))?)
}

/// Writes the evidence below `base` and gives its directory.
///
/// # Errors
/// There is evidence of that second already, or what the system said.
pub(super) fn write(
    base: &Path,
    setup: &Setup,
    stock: &Stock,
    report: &Report,
    run: &Run,
) -> miette::Result<PathBuf> {
    let target = evidence::directory(base, run.started);
    let view = View::new(&setup.policy, run.verdict);
    let mut files: Vec<(&str, Vec<u8>)> = Vec::new();
    for (name, format) in [
        ("report.json", Format::Json),
        ("report.md", Format::Markdown),
        ("report.html", Format::Html),
    ] {
        let mut bytes = Vec::new();
        format
            .render(report, &view, &mut bytes)
            .into_diagnostic()
            .wrap_err("could not write the report")?;
        files.push((name, bytes));
    }
    let command = json!({
        "version": 1,
        "argv": argv(stock),
        "tool": { "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") },
        "policy": hex(&setup.policy.digest()),
        "map": stock.reading.map.file,
        "commit": report.scope.head,
        "started": run.started.to_string(),
        "ended": Timestamp::now().to_string(),
        "exit_code": run.verdict as u8,
    });
    files.push(("command.json", format!("{command:#}\n").into_bytes()));
    evidence::write(&target, &files)?;
    Ok(target)
}

/// The entry for a log: when, what was run, how it ended, where the evidence is.
pub(super) fn entry(report: &Report, stock: &Stock, run: &Run, target: &Path) -> String {
    let result = match run.verdict {
        ExitStatus::Clean => "clean",
        ExitStatus::Findings => "findings",
        ExitStatus::Incomplete => "incomplete",
    };
    let findings = report
        .findings
        .iter()
        .filter(|finding| !finding.known)
        .count() as u64;
    let code = |text: &str| format!("`{}`", printable(text).replace('`', "'"));
    format!(
        "### {} credential audit\n\n- Command: {}\n- Result: {result} (exit code {}): {} compared, {}, {} not looked at\n- Evidence: {}\n",
        run.started.strftime("%Y-%m-%d %H:%M UTC"),
        code(&argv(stock).join(" ")),
        run.verdict as u8,
        counted(report.credentials.len() as u64, "credential"),
        counted(findings, "finding"),
        counted(report.incomplete.len() as u64, "item"),
        code(&target.display().to_string()),
    )
}

/// The command line; a secret somebody put there, or a value of the vault, is masked.
fn argv(stock: &Stock) -> Vec<String> {
    let arguments = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned());
    std::iter::once("stackguard".to_owned())
        .chain(arguments)
        .map(|word| stock.veil.masked(&word))
        .collect()
}
