//! What leaked before: a line for each secret of the history that a credential of the map is tied to.

use super::page::Page;
use crate::report::{LeakRow, LeakTie, LeakVerdict, counted, wording};

/// Adds the list; nothing when there is none.
pub(super) fn list(rows: &[LeakRow], verbose: bool, page: &mut Page) {
    if rows.is_empty() {
        return;
    }
    let of = |verdict| rows.iter().filter(|row| row.verdict == verdict).count();
    page.section(
        "leaked",
        &format!(
            "{} of credentials before: {} live, {} rotated, {} unknown",
            counted(rows.len() as u64, "secret"),
            of(LeakVerdict::Live),
            of(LeakVerdict::Rotated),
            of(LeakVerdict::Unknown),
        ),
    );
    let shown = if verbose { usize::MAX } else { SHOWN };
    for row in rows.iter().take(shown) {
        page.item(&line(row));
    }
    let rest = rows.len().saturating_sub(shown) as u64;
    if rest > 0 {
        page.item(&format!(
            "and {} (-v lists them)",
            counted(rest, "more leak")
        ));
    }
}

fn line(row: &LeakRow) -> String {
    let commit = row.location.commit.as_ref().map(|commit| {
        let presence = wording::presence(commit).map(|words| format!(", {words}"));
        format!(
            " in commit {} of {}{}",
            wording::short(&commit.id),
            commit.date,
            presence.unwrap_or_default()
        )
    });
    let by = match row.tie {
        LeakTie::Value => "by its value",
        LeakTie::Name => "by the name beside it",
        LeakTie::Rule => "by its kind",
    };
    format!(
        "{}: {} at {}{}: {}, {by}",
        row.verdict.as_str(),
        row.rule,
        wording::spot(&row.location),
        commit.unwrap_or_default(),
        row.names().join(", "),
    )
}

/// Leaks listed without -v.
const SHOWN: usize = 20;
