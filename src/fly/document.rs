//! The three formats flyctl reads, as Go sees them: keys in any case, the last one of a name, the first document of YAML.

use crate::document::{self, Fault, Json, Limits, Yaml, json, toml, yaml};
use std::collections::HashSet;
use std::ops::Range;

pub use crate::document::{Entry, Node, Value};

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

/// Why flyctl would not read a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Bytes of the text it is about.
    pub span: Range<usize>,
    /// What is wrong, lower case, no full stop; holds no text of the file.
    pub message: String,
}

/// How Go reads a table (<https://pkg.go.dev/encoding/json#Unmarshal>).
impl Node {
    /// The entry for `key`: upper and lower case do not matter, the last one wins, and null leaves the field as it was.
    #[must_use]
    pub fn field_entry(&self, key: &str) -> Option<&Entry> {
        let entries = self.entries();
        let alike = |entry: &&Entry| entry.key.eq_ignore_ascii_case(key);
        let exact = entries.iter().rfind(|entry| entry.key == key);
        exact
            .or_else(|| entries.iter().rfind(alike))
            .filter(|entry| entry.value.value != Value::Null)
    }

    /// The value for `key`.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&Self> {
        self.field_entry(key).map(|entry| &entry.value)
    }

    /// The text, when this is a string and nothing else.
    #[must_use]
    pub fn string(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether a string in it, however deep, is such; keys are none.
    pub fn any_text(&self, such: &impl Fn(&str) -> bool) -> bool {
        match &self.value {
            Value::Text(text) => such(text),
            Value::List(items) => items.iter().any(|item| item.any_text(such)),
            Value::Map(entries) => entries.iter().any(|entry| entry.value.any_text(such)),
            _ => false,
        }
    }

    /// The tables of this section: itself, or the tables in its list.
    pub fn tables(&self) -> impl Iterator<Item = &Self> {
        let (one, many) = match &self.value {
            Value::Map(_) => (Some(self), [].as_slice()),
            Value::List(items) => (None, items.as_slice()),
            _ => (None, [].as_slice()),
        };
        let many = many.iter();
        one.into_iter()
            .chain(many.filter(|item| matches!(item.value, Value::Map(_))))
    }

    /// What this is, with its article, for messages.
    #[must_use]
    pub fn noun(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(..) => "an integer",
            Value::Float(..) => "a fraction",
            Value::Text(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a table",
        }
    }
}

/// Reads a text. What could be read is returned beside the flaws; with flaws the tree is not complete.
#[must_use]
pub fn read(format: Format, text: &str) -> (Node, Vec<Flaw>) {
    let (mut root, mut flaws) = match format {
        Format::Toml => {
            let (root, flaws) = toml(text, &LIMITS);
            (root, flaws.into_iter().map(Flaw::from).collect())
        }
        Format::Json => json(text, Json::Strict, &LIMITS).map_or_else(refused, |root| {
            table(root.unwrap_or_else(nothing), "expected a JSON object")
        }),
        Format::Yaml => yaml(text, 1, &LIMITS).map_or_else(refused, of_yaml),
    };
    if format != Format::Toml {
        name_tables(&mut root);
    }
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

fn refused(flaw: document::Flaw) -> (Node, Vec<Flaw>) {
    (Node::empty(), vec![flaw.into()])
}

fn nothing() -> Node {
    Node {
        value: Value::Null,
        ..Node::empty()
    }
}

/// A root, which must be a table.
fn table(root: Node, wanted: &str) -> (Node, Vec<Flaw>) {
    match root.value {
        Value::Map(_) => (root, Vec::new()),
        _ => (
            Node::empty(),
            vec![Flaw {
                span: root.span,
                message: wanted.to_owned(),
            }],
        ),
    }
}

/// The first document; an empty one sets nothing.
fn of_yaml(read: Yaml) -> (Node, Vec<Flaw>) {
    let first = read.documents.into_iter().next();
    let Some(root) = first.filter(|root| root.value != Value::Null) else {
        return (Node::empty(), Vec::new());
    };
    let (root, mut flaws) = table(root, "expected a mapping");
    flaws.extend(read.odd_keys.into_iter().map(|span| Flaw {
        span,
        message: "a key that is not a scalar".to_owned(),
    }));
    doubled(&root, &mut flaws);
    (root, flaws)
}

/// Keys that stand twice in a table, which YAML does not allow and the parser does.
fn doubled(node: &Node, flaws: &mut Vec<Flaw>) {
    let mut seen = HashSet::new();
    for entry in node.entries() {
        if !seen.insert(entry.key.as_str()) {
            flaws.push(Flaw {
                span: entry.key_span.clone(),
                message: "duplicate key".to_owned(),
            });
        }
    }
    let members = node.entries().iter().map(|entry| &entry.value);
    for inner in members.chain(node.items()) {
        doubled(inner, flaws);
    }
}

/// Shortens each table's span to what names it, as a header of TOML does: its key, or in a list what stands before its first value.
fn name_tables(node: &mut Node) {
    match &mut node.value {
        Value::Map(entries) => {
            for entry in entries {
                name_tables(&mut entry.value);
                if matches!(entry.value.value, Value::Map(_)) {
                    entry.value.span = entry.key_span.clone();
                }
            }
        }
        Value::List(items) => {
            for item in items {
                name_tables(item);
                if let Some(first) = item.entries().first() {
                    item.span = item.span.start.min(first.key_span.start)..first.key_span.end;
                }
            }
        }
        _ => {}
    }
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

impl From<document::Flaw> for Flaw {
    fn from(flaw: document::Flaw) -> Self {
        let message = match flaw.fault {
            Fault::Syntax(message) => message,
            Fault::Deep | Fault::Large => format!(
                "nested more than {} levels deep, or more than {} values; this is no fly.toml",
                LIMITS.depth, LIMITS.values
            ),
        };
        Self {
            span: flaw.span,
            message,
        }
    }
}

/// A real file has six levels and some hundreds of values.
pub(super) const LIMITS: Limits = Limits {
    depth: 32,
    values: 4000,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_yaml_tables_are_named_like_headers() {
        let json =
            r#"{"app": "x", "vm": [{"memory": "1gb", "cpus": 2}], "Env": {"A": 1}, "Last": null}"#;
        let yaml = "app: x\nbase: &b {cpus: 1, memory: 1gb}\nvm:\n  - <<: *b\n    cpus: 0x2\nenv: {A: 1}\nlast: ~\n";
        for (format, text, vm_name, env_name) in [
            (Format::Json, json, "{\"memory\"", "\"Env\""),
            (Format::Yaml, yaml, "<<: *b\n    cpus", "env"),
        ] {
            let (root, flaws) = read(format, text);
            assert_eq!(flaws, []);
            let vm = root.field("vm").and_then(|vm| vm.tables().next());
            let vm = vm.expect("there");
            assert_eq!(&text[vm.span.clone()], vm_name);
            assert_eq!(vm.field("memory").and_then(Node::string), Some("1gb"));
            assert!(matches!(
                vm.field("cpus").map(|node| &node.value),
                Some(Value::Int(2, _))
            ));
            let env = root.field("env").expect("in any case");
            assert_eq!(&text[env.span.clone()], env_name);
            assert!(root.field("last").is_none());
            assert_eq!(root.field("vm").and_then(Node::string), None);
        }
    }

    #[test]
    fn what_flyctl_refuses_is_a_flaw() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let items = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        for (format, text, flaws) in [
            (Format::Json, "{\"a\": 1,}", 1),
            (Format::Json, "[1]", 1),
            (Format::Json, "", 1),
            (Format::Yaml, "a: 1\na: 2\n", 1),
            (Format::Yaml, "b:\n  - {a: 1, a: 2}\n", 1),
            (Format::Yaml, "? [a]\n: 1\n", 1),
            (Format::Yaml, "- 1\n", 1),
            (Format::Yaml, "", 0),
            (Format::Yaml, "# only\n", 0),
            (Format::Yaml, "a: 1\n---\n]\n", 0),
            (Format::Yaml, &bomb, 1),
            (Format::Toml, "a = \n", 1),
            (Format::Toml, "a = 1\na = 2\n", 1),
        ] {
            assert_eq!(read(format, text).1.len(), flaws, "{text}");
        }
    }

    #[test]
    fn the_last_of_a_name_wins() {
        let (root, _) = read(
            Format::Json,
            "{\"a\": 1, \"A\": 2, \"a\": 3, \"B\": 4, \"b\": null}",
        );
        assert_eq!(root.field("a").and_then(Node::text), Some("3"));
        assert_eq!(root.field("b").and_then(Node::text), None);
        assert_eq!(root.field("B").and_then(Node::text), Some("4"));
    }
}
