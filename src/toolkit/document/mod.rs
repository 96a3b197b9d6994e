//! One tree for YAML, JSON and TOML, in which every key and value knows where it stands in the file.
//!
//! The parsers are libraries; here their output gets one shape, bounded in depth and size, so that a
//! check says `get("services")` whatever the format is.

mod json;
mod toml;
mod yaml;

pub(super) use json::json;
pub(super) use toml::toml;
pub(super) use yaml::yaml;

use std::ops::Range;

/// A value and where it stands (bytes of the file).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// From its first to just past its last byte, quotes included.
    pub(super) span: Range<usize>,
    /// What it is.
    pub(super) value: Value,
}

/// What a [`Node`] can be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// Nothing: `null`, `~` or an empty place.
    Null,
    /// Text, or a number or truth value as written.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys and values in the order of the file.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The key.
    pub(super) key: String,
    /// Where the key stands.
    pub(super) key_span: Range<usize>,
    /// The value.
    pub(super) value: Node,
}

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// 1-based line of the trouble.
    pub(super) line: usize,
    /// What the parser says; never text of the file.
    pub(super) why: &'static str,
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "it cannot be read: {} (line {})", self.why, self.line)
    }
}

impl Node {
    /// The value of `key`, when this is a map that has it.
    #[must_use]
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.entries()
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    /// The keys and values; none when this is no map.
    #[must_use]
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The members; none when this is no list.
    #[must_use]
    pub(super) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text, when this is one.
    #[must_use]
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Values nested deeper than this are refused: no file people write comes near, and everything that walks
/// the tree may recurse.
const DEPTH: usize = 64;

/// Most values in one document, aliases expanded: enough for the largest lockfile, too few for a "billion laughs".
const SIZE: usize = 1_000_000;
