//! The tables of a foreign TOML file: keys in any case, loose types, and what in them nobody reads.

use super::names::shown;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A key in any case.
pub(super) fn get<'t, 'i>(table: &'t DeTable<'i>, key: &str) -> Option<&'t Spanned<DeValue<'i>>> {
    table
        .iter()
        .find(|(name, _)| name.get_ref().eq_ignore_ascii_case(key))
        .map(|(_, value)| value)
}

/// A table and where it begins.
pub(super) struct TableRef<'t, 'i> {
    pub table: &'t DeTable<'i>,
    pub start: usize,
}

/// One table, or all of a list.
pub(super) fn tables<'t, 'i>(value: &'t Spanned<DeValue<'i>>) -> Vec<TableRef<'t, 'i>> {
    match value.get_ref() {
        DeValue::Table(table) => vec![TableRef {
            table,
            start: value.span().start,
        }],
        DeValue::Array(many) => many.iter().flat_map(tables).collect(),
        _ => Vec::new(),
    }
}

/// A text, or a number as text.
pub(super) fn text_of(value: Option<&Spanned<DeValue<'_>>>) -> Option<String> {
    match value?.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A list of texts with where each begins; a plain text is split at commas, as gitleaks does.
pub(super) fn strings(value: Option<&Spanned<DeValue<'_>>>) -> Vec<(String, usize)> {
    let Some(value) = value else {
        return Vec::new();
    };
    match value.get_ref() {
        DeValue::Array(many) => many
            .iter()
            .filter_map(|one| Some((text_of(Some(one))?, one.span().start)))
            .collect(),
        _ => text_of(Some(value))
            .iter()
            .flat_map(|text| text.split(','))
            .map(|text| (text.to_owned(), value.span().start))
            .collect(),
    }
}

/// Something is there, and it does not say no.
pub(super) fn is_set(value: Option<&Spanned<DeValue<'_>>>) -> bool {
    match value.map(Spanned::get_ref) {
        None | Some(DeValue::Boolean(false)) => false,
        Some(DeValue::Array(many)) => !many.is_empty(),
        Some(DeValue::String(text)) => !["", "0", "f", "false"].contains(&&*text.to_lowercase()),
        Some(_) => true,
    }
}

/// Something in a table that nobody reads: where it begins, its key, and why.
pub(super) type Unread = (usize, String, &'static str);

/// Keys that are neither `plain`, with words and numbers, nor `nested`, with tables; and those whose value is not so.
pub(super) fn unread(table: &DeTable<'_>, plain: &[&str], nested: &[&str]) -> Vec<Unread> {
    let mut found = Vec::new();
    for (key, value) in table {
        let name = key.get_ref();
        let is_of = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
        let why = if is_of(nested) {
            (!is_nested(value)).then_some("it is no table, so nothing was made of it")
        } else if is_of(plain) {
            (!is_plain(value)).then_some("not all of it is text, and the rest was left out")
        } else {
            Some(UNKNOWN)
        };
        let key_name = format!("`{}`", shown(name));
        found.extend(why.map(|why| (key.span().start, key_name, why)));
    }
    found
}

/// Said of a key that means nothing, to gitleaks 8 as well.
pub(super) const UNKNOWN: &str = "gitleaks 8 knows no such key, and nothing was made of it";

fn is_nested(value: &Spanned<DeValue<'_>>) -> bool {
    match value.get_ref() {
        DeValue::Table(_) => true,
        DeValue::Array(many) => many.iter().all(is_nested),
        _ => false,
    }
}

fn is_plain(value: &Spanned<DeValue<'_>>) -> bool {
    let is_word = |value| text_of(Some(value)).is_some();
    match value.get_ref() {
        DeValue::Boolean(_) => true,
        DeValue::Array(many) => many.iter().all(is_word),
        _ => is_word(value),
    }
}
