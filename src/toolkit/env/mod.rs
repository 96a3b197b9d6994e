//! Settings that say where a database is: `.env` files, `[env]` of fly.toml, environments of compose files and workflows.

mod dotenv;

use super::document::{Node, Value};
use std::ops::Range;

pub(super) use dotenv::dotenv;

/// A name and the value it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    /// The name, as written.
    pub(super) key: String,
    /// Where the name stands.
    pub(super) key_span: Range<usize>,
    /// The value, quotes left out.
    pub(super) value: String,
    /// Where the value stands, quotes perhaps included.
    pub(super) value_span: Range<usize>,
}

impl Assignment {
    /// Those of a map (`KEY: value`) or a list (`- KEY=value`).
    pub(super) fn of(node: &Node) -> Vec<Self> {
        let pairs = node.entries().iter().filter_map(|entry| {
            let value = match &entry.value.value {
                Value::Text(text) => text.clone(),
                _ => return None,
            };
            Some(Self { key: entry.key.clone(), key_span: entry.key_span.clone(), value, value_span: entry.value.span.clone() })
        });
        let words = node.items().iter().filter_map(|item| {
            let (key, value) = item.text()?.split_once('=')?;
            Some(Self { key: key.trim().to_owned(), key_span: item.span.clone(), value: value.trim_matches(['"', '\'']).to_owned(), value_span: item.span.clone() })
        });
        pairs.chain(words).collect()
    }

    /// `KEY=value`, one word that begins at `start`.
    pub(super) fn pair(word: &str, start: usize) -> Option<Self> {
        let (key, value) = word.split_once('=')?;
        let middle = start + key.len();
        Some(Self {
            key: key.to_owned(),
            key_span: start..middle,
            value: value.trim_matches(['"', '\'']).to_owned(),
            value_span: middle + 1..start + word.len(),
        })
    }
}
