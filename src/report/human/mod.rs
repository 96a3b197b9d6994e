//! For people at a terminal or reading a CI log.
//!
//! Each finding is drawn by miette from its masked line alone ([`diagnostic`]), followed by what to do about it;
//! the advice of a rule is given once, with its first finding. Then what was allowed and by which line, what could not be
//! looked at, and how much was. Colour only decorates: every word stands without it.

mod advice;
mod diagnostic;
mod ending;
mod leaks;
mod matrix;
mod page;

use super::{Report, View, runner};
use page::Page;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// Writes the findings, then the summary.
pub(super) fn render(report: &Report, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(view);
    let mut explained = BTreeSet::new();
    for finding in report
        .findings
        .iter()
        .filter(|finding| view.verbose || !finding.known)
    {
        let first = explained.insert(&finding.rule) || view.verbose;
        diagnostic::draw(finding, &mut page);
        advice::give(finding, first, view, &mut page);
        page.blank();
        flush(&mut page, out)?;
    }
    if view.verbose {
        for allowed in &report.allowed {
            advice::allowed(allowed, &mut page);
            flush(&mut page, out)?;
        }
        if !report.allowed.is_empty() {
            page.blank();
        }
    }
    ending::write(report, view, &mut page);
    flush(&mut page, out)
}

fn flush(page: &mut Page, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(runner::without_commands(&page.take()).as_bytes())
}

#[cfg(test)]
mod tests;
