//! The summary: counts, what was allowed and by which line, what could not be looked at, how much was.

use super::page::Page;
use super::{leaks, matrix};
use crate::exit::ExitStatus;
use crate::finding::AllowedBy;
use crate::report::{Report, ScopeKind, View, counted};

/// Adds the summary; a clean run has one line, or none when quiet.
pub(super) fn write(report: &Report, view: &View<'_>, page: &mut Page) {
    let nothing =
        report.findings.iter().all(|finding| finding.known) && report.incomplete.is_empty();
    if nothing && view.quiet {
        return;
    }
    matrix::draw(&report.credentials, view.ascii, page);
    leaks::list(&report.leaks, view.verbose, page);
    if !view.quiet {
        advice(report, page);
    }
    gaps(report, view, page);
    let allowed = allowed(report);
    if nothing && !view.verbose {
        page.line(&report.headline(view));
        return;
    }
    if !allowed.is_empty() && !view.quiet {
        page.section(
            "allowed",
            &format!(
                "{}: {}",
                counted(report.allowed.len() as u64, "finding"),
                allowed.join(", ")
            ),
        );
    }
    let known = report
        .findings
        .iter()
        .filter(|finding| finding.known)
        .count();
    if known > 0 && !view.verbose && !view.quiet {
        page.section(
            "known",
            &format!(
                "{} in the baseline (-v lists them)",
                counted(known as u64, "finding")
            ),
        );
    }
    page.line(&report.headline(view));
}

/// What to do first, and what else is worth a line.
fn advice(report: &Report, page: &mut Page) {
    if report.has_secret_in_commits() {
        page.line(ROTATE_FIRST);
        if report.scope.kind == ScopeKind::History {
            page.line(THEN_SCRUB);
        }
        page.blank();
    }
    for (number, note) in report.notes.iter().enumerate() {
        match number {
            0 => page.section("note", note),
            _ => page.more(note),
        }
    }
}

/// Each exception with how often it was used; the comments and lines are named, so that they can be looked up.
fn allowed(report: &Report) -> Vec<String> {
    let each = report.allowed_groups().into_iter().map(|group| {
        let name = match group.by {
            AllowedBy::Config => group.place.to_owned(),
            AllowedBy::Inline(mark) if mark == crate::policy::inline::OURS => {
                format!("inline {}", group.place)
            }
            AllowedBy::Inline(mark) => format!("inline {} ({mark})", group.place),
            AllowedBy::Baseline => format!("baseline {}", group.place),
        };
        if group.count == 1 {
            name
        } else {
            format!("{name} ×{}", group.count)
        }
    });
    let mut names: Vec<String> = each.collect();
    if names.len() > EXCEPTIONS {
        let rest = (names.len() - EXCEPTIONS) as u64;
        names.truncate(EXCEPTIONS);
        names.push(format!("and {}", counted(rest, "more exception")));
    }
    names
}

fn gaps(report: &Report, view: &View<'_>, page: &mut Page) {
    if report.incomplete.is_empty() {
        return;
    }
    let items = counted(report.incomplete.len() as u64, "item");
    page.section(
        "unseen",
        &if view.verdict == ExitStatus::Incomplete {
            format!("{items} could not be looked at, so this run cannot pass (exit code 2):")
        } else {
            format!("{items} could not be looked at; accepted with --allow-incomplete:")
        },
    );
    let shown = if view.verbose { usize::MAX } else { GAPS };
    for gap in report.incomplete.iter().take(shown) {
        page.item(&format!("{}: {}", gap.what, gap.why));
    }
    let rest = report.incomplete.len().saturating_sub(shown) as u64;
    if rest > 0 {
        page.item(&format!(
            "and {} (-v lists them)",
            counted(rest, "more item")
        ));
    }
}

/// Said once, because it is the mistake that is made.
const ROTATE_FIRST: &str = "Rotate first: these secrets are in commits. Deleting the line, or rewriting the history, does not take them back from clones, forks, caches and logs.";
/// And how, where it is worth it.
const THEN_SCRUB: &str = "Then scrub, if the history must not keep them: `stackguard check --history --scrub-file FILE` writes what `git filter-repo --replace-text FILE` needs.";
/// How many exceptions and gaps are named without -v.
const EXCEPTIONS: usize = 20;
const GAPS: usize = 20;
