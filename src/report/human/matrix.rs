//! The credentials of a run as a table: one line each, a column for every store, in the columns there are.
//!
//! Each cell is a symbol and a word, then what that rests on; nothing is told by colour. Names that leave no room for the
//! stores stand on a line of their own.

use super::page::Page;
use crate::finding::printable;
use crate::report::{CredentialRow, State};
use std::collections::BTreeSet;
use unicode_width::UnicodeWidthStr;

/// Adds the table, environment by environment; nothing when no store was asked.
pub(super) fn draw(rows: &[CredentialRow], ascii: bool, page: &mut Page) {
    if rows.is_empty() {
        return;
    }
    let table = Table::new(rows, ascii, page.width);
    let environments: BTreeSet<&str> = rows.iter().map(|row| row.environment.as_str()).collect();
    for environment in environments {
        page.draw(&table.head(environment));
        for row in rows.iter().filter(|row| row.environment == environment) {
            page.draw(&table.row(row));
        }
        page.blank();
    }
    page.line(LEGEND);
    page.blank();
}

/// The columns.
struct Table {
    stores: Vec<(String, usize)>,
    /// Columns of the names; none when they stand alone.
    name: Option<usize>,
    age: usize,
    due: bool,
    ascii: bool,
}

impl Table {
    fn new(rows: &[CredentialRow], ascii: bool, width: usize) -> Self {
        let mut names: Vec<String> = ["vault", "github", "fly"].map(str::to_owned).into();
        names.retain(|name| rows.iter().any(|row| row.stores.contains_key(name)));
        let more: BTreeSet<&String> = rows.iter().flat_map(|row| row.stores.keys()).collect();
        let more: Vec<String> = more
            .into_iter()
            .filter(|name| !names.contains(name))
            .cloned()
            .collect();
        names.extend(more);
        let stores: Vec<(String, usize)> = names
            .into_iter()
            .map(|name| {
                let cells = rows.iter().map(|row| cell(row, &name, ascii).width());
                let width = cells.chain([name.width()]).max().unwrap_or(0);
                (name, width)
            })
            .collect();
        let age = rows
            .iter()
            .map(|row| age(row).width())
            .max()
            .unwrap_or(0)
            .max(AGE.len());
        let taken = stores.iter().map(|(_, width)| width + GAP).sum::<usize>() + age + GAP;
        let longest = rows
            .iter()
            .map(|row| printable(&row.name).width())
            .max()
            .unwrap_or(0);
        let name = (INDENT + longest + taken <= width).then_some(longest);
        let known = rows.iter().any(|row| row.due.is_some());
        let used = INDENT + name.unwrap_or(INDENT) + taken + DAY + GAP;
        Self {
            stores,
            name,
            age,
            due: known && used <= width,
            ascii,
        }
    }

    /// The line of the environment, with the names of the columns.
    fn head(&self, environment: &str) -> String {
        let environment = printable(environment);
        let titles: Vec<String> = self
            .stores
            .iter()
            .map(|(name, _)| printable(name))
            .collect();
        let due = if self.due { "due" } else { "" };
        match self.name {
            // The environment takes the place of a name.
            Some(width) if environment.width() < width + INDENT => {
                let lead = padded(&environment, width + INDENT);
                self.line(&lead, &titles, AGE, due)
            }
            Some(width) => format!(
                "{environment}\n{}",
                self.line(&" ".repeat(width + INDENT), &titles, AGE, due)
            ),
            None => format!(
                "{environment}\n{}",
                self.line(&" ".repeat(2 * INDENT), &titles, AGE, due)
            ),
        }
    }

    fn row(&self, row: &CredentialRow) -> String {
        let name = printable(&row.name);
        let cells: Vec<String> = self
            .stores
            .iter()
            .map(|(store, _)| cell(row, store, self.ascii))
            .collect();
        let due = row.due.as_deref().filter(|_| self.due).unwrap_or_default();
        let lead = " ".repeat(INDENT);
        match self.name {
            Some(width) => self.line(
                &format!("{lead}{}", padded(&name, width)),
                &cells,
                &age(row),
                due,
            ),
            None => format!(
                "{lead}{name}\n{}",
                self.line(&" ".repeat(2 * INDENT), &cells, &age(row), due)
            ),
        }
    }

    fn line(&self, lead: &str, cells: &[String], age: &str, due: &str) -> String {
        let mut line = lead.to_owned();
        for (cell, (_, width)) in cells.iter().zip(&self.stores) {
            line.push_str(&" ".repeat(GAP));
            line.push_str(&padded(cell, *width));
        }
        let gap = " ".repeat(GAP);
        line.push_str(&format!(
            "{gap}{}{gap}{}",
            padded(age, self.age),
            printable(due)
        ));
        format!("{}\n", line.trim_end())
    }
}

/// `✓ present (time)`.
fn cell(row: &CredentialRow, store: &str, ascii: bool) -> String {
    let Some(said) = row.stores.get(store) else {
        return (if ascii { "." } else { "·" }).to_owned();
    };
    let symbol = match (said.state, ascii) {
        (State::Present, false) => "✓",
        (State::Present, true) => "+",
        (State::Missing, false) => "✗",
        (State::Missing, true) => "x",
        (State::Mismatch, false) => "≠",
        (State::Mismatch | State::Stale | State::Placeholder | State::Malformed, _) => "!",
        (State::Unverified | State::Error, _) => "?",
    };
    let word = said.state.as_str();
    match said.evidence {
        Some(evidence) => format!("{symbol} {word} ({})", evidence.as_str()),
        None => format!("{symbol} {word}"),
    }
}

fn age(row: &CredentialRow) -> String {
    row.age_days
        .map_or_else(|| "?".to_owned(), |days| format!("{days}d"))
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// Said under every table.
const LEGEND: &str =
    "In brackets what a state rests on, from the value itself down to the mere name.";
const AGE: &str = "age";
/// Columns of a day.
const DAY: usize = 10;
const GAP: usize = 2;
const INDENT: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::ExitStatus;
    use crate::report::{Evidence, StoreState, View};

    fn row(
        name: &str,
        environment: &str,
        cells: &[(&str, State, Option<Evidence>)],
    ) -> CredentialRow {
        CredentialRow {
            name: name.into(),
            environment: environment.into(),
            owner: None,
            rotate_every: None,
            rotated: None,
            age_days: Some(41),
            due: Some("2026-12-01".into()),
            stores: cells
                .iter()
                .map(|(store, state, evidence)| {
                    let said = StoreState {
                        state: *state,
                        evidence: *evidence,
                        updated: None,
                    };
                    ((*store).to_owned(), said)
                })
                .collect(),
        }
    }

    fn drawn(rows: &[CredentialRow], width: usize, ascii: bool) -> String {
        let policy = crate::report::fixture::policy();
        let view = View {
            width,
            ascii,
            ..View::new(&policy, ExitStatus::Clean)
        };
        let mut page = Page::new(&view);
        draw(rows, ascii, &mut page);
        page.take()
    }

    fn rows() -> Vec<CredentialRow> {
        let all = [
            ("vault", State::Present, Some(Evidence::Value)),
            ("github", State::Stale, Some(Evidence::Time)),
            ("fly", State::Missing, None),
        ];
        vec![
            row("API_KEY", "staging", &all),
            row("DATABASE_URL", "staging", &all[..2]),
            row("API_KEY", "production", &all[..1]),
        ]
    }

    #[test]
    fn a_table_of_stores() {
        assert_eq!(
            drawn(&rows(), 80, false),
            "production      vault              github          fly        age  due
  API_KEY       ✓ present (value)  ·               ·          41d  2026-12-01

staging         vault              github          fly        age  due
  API_KEY       ✓ present (value)  ! stale (time)  ✗ missing  41d  2026-12-01
  DATABASE_URL  ✓ present (value)  ! stale (time)  ·          41d  2026-12-01

In brackets what a state rests on, from the value itself down to the mere name.

"
        );
        assert!(drawn(&rows(), 66, false).contains("✗ missing  41d\n"));
    }

    #[test]
    fn any_width_holds_and_ascii_is_ascii() {
        let mut rows = rows();
        let worst = [
            ("vault", State::Placeholder, Some(Evidence::Value)),
            ("github", State::Unverified, Some(Evidence::Attested)),
            ("fly", State::Mismatch, Some(Evidence::Attested)),
        ];
        rows.push(row(&"VERY_LONG_NAME_".repeat(4), "staging", &worst));
        rows.push(row("A\u{1b}[2J\n日本語", "st\u{202e}aging", &worst));
        for width in [80, 100, 120] {
            let text = drawn(&rows, width, false);
            let widest = text.lines().map(UnicodeWidthStr::width).max();
            assert!(widest <= Some(width), "{widest:?} {text}");
            assert!(!text.contains('\u{1b}'));
        }
        rows.pop();
        let text = drawn(&rows, 80, true);
        assert!(text.is_ascii(), "{text}");
        assert!(text.contains("! placeholder (value)"));
    }
}
