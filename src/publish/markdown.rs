//! The report in the Markdown of GitHub: a headline and a table, within what a comment and a summary may hold.

use super::posted::{Found, Place, Posted, Verdict};
use crate::report::counted;
use crate::report::markup::{code, text};
use std::fmt::Write as _;

/// One line: how it ended.
pub(super) fn headline(posted: &Posted) -> String {
    let new = posted.new().len() as u64;
    let known = posted.findings.len() as u64 - new;
    let mut line = match (posted.verdict, new) {
        (_, 0) => "no findings".to_owned(),
        (Verdict::Clean, _) => format!("{}, none severe enough to fail", counted(new, "finding")),
        _ => counted(new, "finding"),
    };
    if !posted.incomplete.is_empty() {
        let _ = write!(
            line,
            ", and {} could not be looked at",
            counted(posted.incomplete.len() as u64, "item")
        );
    }
    if known > 0 {
        let _ = write!(line, " ({known} more in the baseline)");
    }
    line
}

/// What could not be looked at and what was found, in at most [`LIMIT`] bytes; what does not fit is counted.
pub(super) fn body(posted: &Posted) -> String {
    let mut out = String::new();
    let mut left_out = 0u64;
    let mut row = |out: &mut String, row: String| {
        if left_out > 0 || out.len() + row.len() > LIMIT {
            left_out += 1;
        } else {
            out.push_str(&row);
        }
    };
    if !posted.incomplete.is_empty() {
        out.push_str("**Could not be looked at:**\n\n");
        for missed in &posted.incomplete {
            row(
                &mut out,
                format!("- {}: {}\n", code(&missed.what), text(&missed.why)),
            );
        }
        out.push('\n');
    }
    let new = posted.new();
    if !new.is_empty() {
        row(
            &mut out,
            "| Severity | Rule | Place | What | Do |\n| --- | --- | --- | --- | --- |\n".to_owned(),
        );
        for found in new {
            row(&mut out, line(found));
        }
    }
    if left_out > 0 {
        let rows = counted(left_out, "row");
        let _ = writeln!(
            out,
            "\n**{rows} did not fit here.** The reports of the run have them all."
        );
    }
    out
}

fn line(found: &Found) -> String {
    format!(
        "| {} | {} | {} | {} | {} |\n",
        found.severity.as_str(),
        code(&found.rule),
        place(&found.location, found.occurrences),
        text(&found.message),
        text(found.help.as_deref().unwrap_or_default())
    )
}

fn place(location: &Place, occurrences: u64) -> String {
    let mut out = match location.line {
        Some(line) => code(&format!("{}:{line}", location.path)),
        None => code(&location.path),
    };
    if let Some(commit) = &location.commit {
        let short: String = commit.id.chars().take(12).collect();
        let _ = write!(out, " in commit {}", code(&short));
    }
    if occurrences > 1 {
        let _ = write!(out, " and {}", counted(occurrences - 1, "more place"));
    }
    out
}

/// Of a body. A comment may hold 65,536 characters, a check run's summary 65,535
/// (<https://docs.github.com/en/rest/checks/runs#create-a-check-run>); the rest is for what stands round it.
pub(super) const LIMIT: usize = 60_000;
