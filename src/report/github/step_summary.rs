//! The step summary: the Markdown report, appended to the file that GitHub names.

use crate::report::{Report, View, markdown};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

/// Appends to `path`, staying within what GitHub shows of one step; says on `log` when there was no room.
pub(super) fn append(
    report: &Report,
    view: &View<'_>,
    path: &Path,
    log: &mut dyn Write,
) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(path)?;
    let taken = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let room = LIMIT.saturating_sub(taken);
    if room < LEAST {
        return writeln!(
            log,
            "stackguard: the step summary is full, so the report was not added to it"
        );
    }
    file.write_all(markdown::document(report, view, room).as_bytes())
}

/// A step's summary of more than 1 MiB is dropped whole
/// (<https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions#step-isolation-and-limits>).
const LIMIT: usize = 1024 * 1024;
/// In less room than this a summary says nothing.
const LEAST: usize = 8 * 1024;
