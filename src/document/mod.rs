//! One tree for TOML, JSON and YAML, in which every key and value knows where it stands in the file.
//!
//! The parsers are libraries; here their output gets one shape, bounded in depth and size, so that a check says
//! `get("services")` whatever the format is. What a reader makes of upper and lower case in keys, or of one that stands there
//! twice, is its own affair.

mod json;
mod toml;
mod yaml;

pub use json::{Json, json};
pub use toml::toml;
pub use yaml::{Yaml, yaml};

use std::fmt;
use std::ops::Range;

/// A value and where it stands. Its `Debug` does not show it: it may be a secret.
#[derive(Clone, PartialEq)]
pub struct Node {
    /// Bytes of the file, quotes included; of a table of TOML with a header, the header.
    pub span: Range<usize>,
    /// What it is.
    pub value: Value,
}

/// What a [`Node`] can be.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// Nothing: `null`, `~` or an empty place.
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer, and as it is written.
    Int(i64, String),
    /// A number with a fraction or exponent, or too large for an integer, and as it is written.
    Float(f64, String),
    /// A text, or a date of TOML.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys and values in the order of the file.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, PartialEq)]
pub struct Entry {
    /// The key as written, without quotes.
    pub key: String,
    /// Bytes of the key.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Node,
}

/// How much is read: what is beyond that makes a [`Flaw`].
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Levels of lists and maps within each other; everything that walks the tree may recurse.
    pub depth: usize,
    /// Values in one document, aliases counted as often as they are used.
    pub values: usize,
}

/// Why a text is no document, or not all of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Bytes of the text it is about.
    pub span: Range<usize>,
    /// What is wrong.
    pub fault: Fault,
}

/// What can be wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The parser's words: lower case, no full stop, no text of the file.
    Syntax(String),
    /// More levels than [`Limits::depth`].
    Deep,
    /// More values than [`Limits::values`].
    Large,
}

impl Node {
    /// A map without entries.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            span: 0..0,
            value: Value::Map(Vec::new()),
        }
    }

    /// The value of `key`, when this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries()
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    /// The keys and values; none when this is no map.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The members; none when this is no list.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The text, or the number or truth value as text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Int(_, text) | Value::Float(_, text) => Some(text),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }
}

impl Limits {
    /// Whether one value more may stand at that depth, where `left` are left.
    fn admit(&self, depth: usize, left: &mut usize, span: &Range<usize>) -> Result<(), Flaw> {
        let fault = match left.checked_sub(1) {
            _ if depth > self.depth => Fault::Deep,
            None => Fault::Large,
            Some(fewer) => {
                *left = fewer;
                return Ok(());
            }
        };
        Err(Flaw {
            span: span.clone(),
            fault,
        })
    }
}

impl Flaw {
    /// The 1-based line of `text` where it is.
    #[must_use]
    pub fn line(&self, text: &str) -> usize {
        let before = text.get(..self.span.start).unwrap_or_default();
        memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({:?})", self.span)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({:?})", self.key_span)
    }
}
