//! One pair of brackets or two: whether sections are tables and entries are lists of tables.
//!
//! serde would read a list as a table whose keys are left out, and so take `toolkit = []` in silence.

use crate::policy::Problem;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

/// Reports and removes every section that has not the shape of its name.
pub(super) fn check<'i>(table: DeTable<'i>, problems: &mut Vec<Problem>) -> DeTable<'i> {
    let mut kept = entries(sections(table, SECTIONS, "", problems), ENTRIES, problems);
    if let Some(DeValue::Table(stores)) = kept.get_mut("stores").map(Spanned::get_mut) {
        *stores = sections(std::mem::take(stores), STORES, "stores.", problems);
    }
    kept
}

/// Reports and removes everything under these names that is not a list of tables.
pub(crate) fn entries<'i>(
    table: DeTable<'i>,
    names: &[&str],
    problems: &mut Vec<Problem>,
) -> DeTable<'i> {
    let mut kept = DeTable::new();
    for (key, value) in table {
        let name = &**key.get_ref();
        if names.contains(&name) && !matches!(value.get_ref(), DeValue::Array(_)) {
            problems.push(no_entry(name, key.span()));
        } else {
            kept.insert(key, value);
        }
    }
    for name in names {
        if let Some(DeValue::Array(items)) = kept.get_mut(*name).map(Spanned::get_mut) {
            let (right, wrong): (Vec<_>, Vec<_>) = std::mem::replace(items, DeArray::new())
                .into_iter()
                .partition(|item| matches!(item.get_ref(), DeValue::Table(_)));
            problems.extend(wrong.into_iter().map(|item| no_entry(name, item.span())));
            right.into_iter().for_each(|item| items.push(item));
        }
    }
    kept
}

/// Reports and removes everything under these names that is not a table.
pub(crate) fn sections<'i>(
    table: DeTable<'i>,
    names: &[&str],
    prefix: &str,
    problems: &mut Vec<Problem>,
) -> DeTable<'i> {
    let mut kept = DeTable::new();
    for (key, value) in table {
        let name = &**key.get_ref();
        let is_table = matches!(value.get_ref(), DeValue::Table(_));
        if names.contains(&name) && !is_table {
            let name = format!("{prefix}{name}");
            let message = format!("`{name}` is a section");
            problems.push(Problem {
                span: key.span(),
                message,
                help: Some(format!("write `[{name}]`, with one pair of brackets")),
            });
        } else {
            kept.insert(key, value);
        }
    }
    kept
}

fn no_entry(name: &str, span: Range<usize>) -> Problem {
    let message = format!("`{name}` is a list of entries");
    Problem {
        span,
        message,
        help: Some(format!(
            "begin each with `[[{name}]]`, with two pairs of brackets"
        )),
    }
}

const SECTIONS: &[&str] = &["severity", "toolkit", "credentials", "stores"];
const STORES: &[&str] = &["vault", "github", "fly"];
const ENTRIES: &[&str] = &["allow", "fly"];
