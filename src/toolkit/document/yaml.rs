//! YAML: events of the parser made into trees, with anchors and merge keys resolved.

use super::{DEPTH, Entry, Node, SIZE, Unreadable, Value};
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Reads all documents of a YAML stream.
///
/// # Errors
/// Where the text is no YAML, is nested too deep, or grows too large when its aliases are expanded.
pub(in crate::toolkit) fn yaml(text: &str) -> Result<Vec<Node>, Unreadable> {
    let offsets = Offsets::new(text);
    let mut builder = Builder {
        size: 0,
        open: Vec::new(),
        anchors: HashMap::new(),
        documents: Vec::new(),
    };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| Unreadable {
            line: error.marker().line(),
            why: "it is no YAML",
        })?;
        let line = span.start.line();
        builder
            .take(event, offsets.range(span))
            .map_err(|why| Unreadable { line, why })?;
    }
    Ok(builder.documents)
}

/// Trees under construction.
struct Builder {
    size: usize,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, Extent)>,
    documents: Vec<Node>,
}

/// How large a value is, aliases expanded.
#[derive(Clone, Copy)]
struct Extent {
    /// Values in it, itself included.
    size: usize,
    /// Levels in it, itself included.
    height: usize,
}

/// A list or map that has not ended yet.
struct Open {
    anchor: usize,
    /// Levels of its tallest member.
    height: usize,
    /// [`Builder::size`] when it began.
    before: usize,
    start: usize,
    kind: Kind,
}

enum Kind {
    List(Vec<Node>),
    Map(Vec<(Node, Node)>, Option<Node>),
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), &'static str> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let empty = style == ScalarStyle::Plain
                    && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if empty {
                    Value::Null
                } else {
                    Value::Text(text.into_owned())
                };
                self.close(Node { span, value }, anchor, Extent { size: 1, height: 1 })
            }
            Event::Alias(id) => {
                let (node, extent) = self
                    .anchors
                    .get(&id)
                    .ok_or("an alias refers to nothing")?
                    .clone();
                self.close(node, 0, extent)
            }
            Event::SequenceStart(anchor, _) => {
                self.begin(anchor, span.start, Kind::List(Vec::new()))
            }
            Event::MappingStart(anchor, _) => {
                self.begin(anchor, span.start, Kind::Map(Vec::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span.end),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, anchor: usize, start: usize, kind: Kind) -> Result<(), &'static str> {
        if self.open.len() >= DEPTH {
            return Err("it is nested too deep");
        }
        self.open.push(Open {
            anchor,
            height: 0,
            before: self.size,
            start,
            kind,
        });
        Ok(())
    }

    fn end(&mut self, end: usize) -> Result<(), &'static str> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let value = match open.kind {
            Kind::List(items) => Value::List(items),
            Kind::Map(pairs, _) => {
                let merges = pairs.iter().any(|(key, _)| key.text() == Some("<<"));
                let entries = merge(pairs);
                if merges {
                    // What was merged in counts as well, or doubling merges would never be stopped.
                    let grown: usize = entries.iter().map(|entry| weight(&entry.value)).sum();
                    self.size = self.size.max(open.before.saturating_add(grown));
                }
                Value::Map(entries)
            }
        };
        let extent = Extent {
            size: self.size - open.before + 1,
            height: open.height + 1,
        };
        self.size = open.before;
        self.close(
            Node {
                span: open.start..end.max(open.start),
                value,
            },
            open.anchor,
            extent,
        )
    }

    /// A whole value: goes into the list or map it stands in.
    fn close(&mut self, node: Node, anchor: usize, extent: Extent) -> Result<(), &'static str> {
        self.size = self.size.saturating_add(extent.size);
        if self.size > SIZE {
            return Err("its aliases expand to too much");
        }
        if self.open.len() + extent.height > DEPTH + 1 {
            return Err("it is nested too deep");
        }
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), extent));
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(node);
            return Ok(());
        };
        open.height = open.height.max(extent.height);
        match &mut open.kind {
            Kind::List(items) => items.push(node),
            Kind::Map(pairs, key) => match key.take() {
                None => *key = Some(node),
                Some(name) => pairs.push((name, node)),
            },
        }
        Ok(())
    }
}

/// The entries of a map, `<<` resolved: what is written in the map itself wins, then the first merged map
/// (<https://yaml.org/type/merge.html>).
fn merge(pairs: Vec<(Node, Node)>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::with_capacity(pairs.len());
    let mut merged = Vec::new();
    for (key, value) in pairs {
        match key.value {
            Value::Text(name) if name == "<<" => merged.push(value),
            Value::Text(name) => entries.push(Entry {
                key: name,
                key_span: key.span,
                value,
            }),
            // A key that is a list, a map or nothing names nothing we look for.
            _ => {}
        }
    }
    if merged.is_empty() {
        return entries;
    }
    let mut taken: HashSet<String> = entries.iter().map(|entry| entry.key.clone()).collect();
    for node in merged {
        let maps = match node.value {
            Value::List(items) => items,
            _ => vec![node],
        };
        for map in maps {
            let Value::Map(inherited) = map.value else {
                continue;
            };
            entries.extend(
                inherited
                    .into_iter()
                    .filter(|entry| taken.insert(entry.key.clone())),
            );
        }
    }
    entries
}

/// How many values a tree holds.
fn weight(node: &Node) -> usize {
    1 + match &node.value {
        Value::Null | Value::Text(_) => 0,
        Value::List(items) => items.iter().map(weight).sum(),
        Value::Map(entries) => entries.iter().map(|entry| weight(&entry.value)).sum(),
    }
}

/// The parser counts characters; spans count bytes.
struct Offsets {
    /// Byte offset of every character, when some are longer than one byte.
    bytes: Vec<usize>,
    length: usize,
}

impl Offsets {
    fn new(text: &str) -> Self {
        let bytes = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(at, _)| at).collect()
        };
        Self {
            bytes,
            length: text.len(),
        }
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.offset(span.start.index());
        start..self.offset(span.end.index()).max(start)
    }

    fn offset(&self, index: usize) -> usize {
        if self.bytes.is_empty() {
            index.min(self.length)
        } else {
            self.bytes.get(index).copied().unwrap_or(self.length)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Node {
        yaml(text).expect("valid").remove(0)
    }

    #[test]
    fn values_know_their_place() {
        for text in [
            "# ä\nservices:\n  db:\n    image: \"postgres:16\"\n",
            "services:\r\n  db:\r\n    image: 'postgres:16'\r\n",
            "\u{feff}services: {db: {image: postgres:16}}",
            "ü: ö\nservices: {db: {image: postgres:16}}",
        ] {
            let node = one(text);
            let image = node
                .get("services")
                .and_then(|all| all.get("db"))
                .and_then(|db| db.get("image"))
                .expect("image");
            assert_eq!(image.text(), Some("postgres:16"), "{text}");
            assert_eq!(
                text[image.span.clone()].trim_matches(['"', '\'']),
                "postgres:16",
                "{text}"
            );
        }
    }

    #[test]
    fn anchors_and_merges_are_resolved() {
        let text = "x-base: &base\n  image: redis\n  tag: 1\nx-other: &other {image: mongo, more: yes}\nservices:\n  a:\n    <<: *base\n    tag: 2\n  b:\n    <<: [*base, *other]\n  c: *base\n";
        let node = one(text);
        let services = node.get("services").expect("services");
        let value = |service: &str, key: &str| {
            services
                .get(service)
                .and_then(|found| found.get(key))
                .and_then(Node::text)
        };
        assert_eq!(value("a", "image"), Some("redis"));
        assert_eq!(value("a", "tag"), Some("2"));
        assert_eq!(value("b", "image"), Some("redis"));
        assert_eq!(value("b", "more"), Some("yes"));
        assert_eq!(value("c", "tag"), Some("1"));
    }

    #[test]
    fn several_documents() {
        assert_eq!(yaml("a: 1\n---\nb: 2\n").expect("valid").len(), 2);
        assert_eq!(yaml("").expect("valid").len(), 0);
    }

    #[test]
    fn laughs_are_cut_short() {
        let mut lists = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        let mut maps = String::from("a0: &a0 {x: {y: z}}\n");
        for level in 1..30 {
            let from = level - 1;
            lists.push_str(&format!(
                "a{level}: &a{level} [{}]\n",
                format!("*a{from},").repeat(10)
            ));
            maps.push_str(&format!(
                "a{level}: &a{level} {{<<: *a{from}, b{level}: *a{from}}}\n"
            ));
        }
        assert_eq!(
            yaml(&lists).expect_err("grows").why,
            "its aliases expand to too much"
        );
        assert!(yaml(&maps).is_err());
        assert!(yaml(&"[".repeat(10_000)).is_err());
        assert!(yaml("a: *nothing").is_err());
        let mut chain = String::from("a0: &a0 [x]\n");
        for level in 1..200 {
            chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
        }
        assert_eq!(yaml(&chain).expect_err("deep").why, "it is nested too deep");
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "[\\[\\]{}:,&*a\\-<|> \"'\n#é\t!%@]{0,80}") {
            if let Ok(documents) = yaml(&text) {
                for node in documents {
                    proptest::prop_assert!(text.get(node.span).is_some());
                }
            }
        }
    }
}
