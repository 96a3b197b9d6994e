//! One small tree with spans for the three formats flyctl reads, so that nothing after this file knows which it was.
//!
//! Bounded in depth and size: a hostile file costs a message, not memory.

mod json;
mod toml;
mod yaml;

use std::ops::Range;

/// Tables and lists nested deeper than this are refused; a real file has six levels.
const DEPTH: usize = 32;
/// Values in one file, aliases counted as often as they are used; a long file has some hundreds.
const NODES: usize = 4000;

/// The formats flyctl reads (<https://fly.io/docs/reference/configuration/#config-file-formats>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `fly.toml`
    Toml,
    /// `fly.json`
    Json,
    /// `fly.yaml`
    Yaml,
}

impl Format {
    /// The format by file name; flyctl takes everything that is not `.json` or `.yaml` for TOML.
    #[must_use]
    pub fn of(name: &str) -> Self {
        match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
            "json" => Self::Json,
            "yaml" | "yml" => Self::Yaml,
            _ => Self::Toml,
        }
    }
}

/// Why a text is not a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Bytes of the text it is about.
    pub span: Range<usize>,
    /// What is wrong, lower case, no full stop; holds no text of the file.
    pub message: String,
}

/// A value and where it stands. No `Debug`: a value may be a secret.
#[derive(Clone)]
pub struct Node {
    /// Bytes of the text; of a table written with a header, the header.
    pub span: Range<usize>,
    /// The value.
    pub kind: Kind,
}

/// The kinds of value.
#[derive(Clone)]
pub enum Kind {
    /// JSON or YAML null; Go leaves the field as it was.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A number with a fraction or exponent, or too large for an integer.
    Float(f64),
    /// A string, or a TOML date.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A table, in the order written.
    Table(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone)]
pub struct Entry {
    /// The key as written, without quotes.
    pub key: String,
    /// Bytes of the key.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The entries, when this is a table.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The entry Go would read for `key`: upper and lower case do not matter, the last one wins.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        let entries = self.entries();
        entries
            .iter()
            .rfind(|entry| entry.key == key)
            .or_else(|| {
                entries
                    .iter()
                    .rfind(|entry| entry.key.eq_ignore_ascii_case(key))
            })
            .filter(|entry| !matches!(entry.value.kind, Kind::Null))
    }

    /// The value for `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The text, when this is a string.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The tables of this section: itself, or the tables in its list.
    pub fn tables(&self) -> impl Iterator<Item = &Node> {
        let (one, many) = match &self.kind {
            Kind::Table(_) => (Some(self), [].as_slice()),
            Kind::List(items) => (None, items.as_slice()),
            _ => (None, [].as_slice()),
        };
        one.into_iter().chain(
            many.iter()
                .filter(|item| matches!(item.kind, Kind::Table(_))),
        )
    }

    /// What this is, with its article, for messages.
    #[must_use]
    pub fn noun(&self) -> &'static str {
        match self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "a boolean",
            Kind::Int(_) => "an integer",
            Kind::Float(_) => "a fraction",
            Kind::Text(_) => "a string",
            Kind::List(_) => "a list",
            Kind::Table(_) => "a table",
        }
    }

    /// Shortens a table's span to its first line's part that names it: its key, or in a list its first character or key.
    fn headed(mut self, key: Option<&Range<usize>>) -> Self {
        if let Kind::Table(entries) = &self.kind {
            let first = entries.first().map(|entry| entry.key_span.clone());
            let start = self.span.start;
            self.span = match (key, first) {
                (Some(key), _) => key.clone(),
                (None, Some(first)) => start.min(first.start)..first.end,
                (None, None) => self.span,
            };
        }
        self
    }

    fn empty() -> Self {
        Self {
            span: 0..0,
            kind: Kind::Table(Vec::new()),
        }
    }
}

/// Reads a text. What could be read is returned beside the flaws; with flaws the tree is not complete.
#[must_use]
pub fn read(format: Format, text: &str) -> (Node, Vec<Flaw>) {
    let (root, mut flaws) = match format {
        Format::Toml => toml::read(text),
        Format::Json => json::read(text),
        Format::Yaml => yaml::read(text),
    };
    // One slip makes several errors on its line; the first says it best.
    flaws.sort_by_key(|flaw| flaw.span.start);
    flaws.dedup_by(|next, first| {
        !text
            .as_bytes()
            .get(first.span.start..next.span.start)
            .is_some_and(|between| between.contains(&b'\n'))
    });
    (root, flaws)
}

/// A name of the user's, for the place of something: long or odd ones may be anything, so they are left out.
#[must_use]
pub fn label(name: &str) -> &str {
    let plain = name.len() <= 24
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if plain { name } else { "…" }
}

/// Counts values, so that no file grows into more than [`NODES`].
struct Budget(usize);

impl Budget {
    fn new() -> Self {
        Self(NODES)
    }

    /// Whether `count` more values fit.
    fn take(&mut self, count: usize) -> bool {
        let fits = self.0 >= count;
        self.0 = self.0.saturating_sub(count);
        fits
    }
}

fn too_large(span: Range<usize>) -> Flaw {
    Flaw {
        span,
        message: format!(
            "nested more than {DEPTH} levels deep, or more than {NODES} values; this is no fly.toml"
        ),
    }
}
