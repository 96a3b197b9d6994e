//! GitHub Actions: workflow commands on standard output, which become annotations, and the step summary.
//!
//! GitHub keeps ten error and ten warning annotations of a step, so the worst come first and everything that could not be looked at
//! shares one (<https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>).

mod command;
mod step_summary;

use super::{Report, View, counted, runner, wording};
use crate::exit::ExitStatus;
use crate::finding::{CommitRef, Finding, Gap, Location, printable};
use crate::policy::Severity;
use command::{Command, Level};
use std::cmp::Reverse;
use std::io::{self, Write};

/// Writes the commands, one plain line that counts, and the step summary where the view names a file for it.
pub(super) fn render(report: &Report, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    if !report.incomplete.is_empty() {
        write!(out, "{}", gaps(&report.incomplete, view))?;
    }
    let mut worst: Vec<&Finding> = report
        .findings
        .iter()
        .filter(|finding| view.verbose || !finding.known)
        .collect();
    worst.sort_by_key(|finding| {
        (
            Reverse(view.fails(finding)),
            finding.known,
            Reverse(finding.severity),
        )
    });
    for finding in worst {
        write!(out, "{}", annotation(finding, view))?;
    }
    for note in &report.notes {
        out.write_all(
            runner::without_commands(&format!("note: {}\n", printable(note))).as_bytes(),
        )?;
    }
    writeln!(out, "stackguard: {}", report.headline(view))?;
    if let Some(path) = view.step_summary {
        step_summary::append(report, view, path, out)?;
    }
    Ok(())
}

/// All gaps in one annotation.
fn gaps(gaps: &[Gap], view: &View<'_>) -> Command {
    let level = if view.verdict == ExitStatus::Incomplete {
        Level::Error
    } else {
        Level::Warning
    };
    let mut lines = vec![format!(
        "{} could not be looked at:",
        counted(gaps.len() as u64, "item")
    )];
    lines.extend(
        gaps.iter()
            .take(LISTED)
            .map(|gap| printable(&format!("{}: {}", gap.what, gap.why))),
    );
    if gaps.len() > LISTED {
        lines.push(format!(
            "and {}",
            counted((gaps.len() - LISTED) as u64, "more item")
        ));
    }
    Command::new(level, lines).title("stackguard: incomplete")
}

fn annotation(finding: &Finding, view: &View<'_>) -> Command {
    let level = match finding.severity {
        _ if view.fails(finding) => Level::Error,
        _ if finding.known => Level::Notice,
        Severity::Low => Level::Notice,
        _ => Level::Warning,
    };
    let location = &finding.location;
    let mut lines = vec![printable(&finding.message)];
    if let (Some(store), Some(key)) = (&location.store, &location.key) {
        lines.push(printable(&format!("{key} in {store}")));
    }
    lines.extend(location.commit.as_ref().map(origin));
    if !finding.occurrences.is_empty() {
        lines.push(format!(
            "It stands in {}.",
            counted(finding.occurrences.len() as u64, "more place")
        ));
    }
    lines.extend(wording::help(finding, view).map(printable));
    let title = format!("{}: {}", finding.severity, finding.rule);
    place(Command::new(level, lines), location).title(&printable(&title))
}

fn origin(commit: &CommitRef) -> String {
    printable(&format!("In {}", wording::commit(commit)))
}

/// The file and span. A whole file is shown at its first line, because GitHub shows nothing in a pull request without one; a line of
/// a commit that is no longer the file's is not given.
fn place(command: Command, location: &Location) -> Command {
    let path = location.path.as_str();
    // Messages of commits and objects without a name are no files.
    let is_file = !(path.is_empty() || path == "." || path.starts_with('<') && path.ends_with('>'));
    if !is_file {
        return command;
    }
    let gone = wording::is_gone(location);
    let command = command.file(path);
    match (gone, location.start.line) {
        (true, _) => command,
        (false, 0) => command.line(1),
        (false, _) => command.span(location.start, location.end),
    }
}

/// How many gaps are listed.
const LISTED: usize = 10;

#[cfg(test)]
mod tests;
