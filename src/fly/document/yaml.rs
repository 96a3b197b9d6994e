//! YAML as Go's yaml.v3 reads it into a map: the first document, anchors and merge keys resolved.

use super::{Budget, DEPTH, Entry, Flaw, Kind, Node, too_large};
use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};
use std::collections::HashMap;
use std::ops::Range;

/// Reads the first document; the first error ends it.
pub(super) fn read(text: &str) -> (Node, Vec<Flaw>) {
    let mut reader = Reader {
        bytes: Offsets::new(text),
        open: Vec::new(),
        anchors: HashMap::new(),
        budget: Budget::new(),
        root: None,
        flaws: Vec::new(),
    };
    for event in Parser::new_from_str(text) {
        match event {
            Ok((Event::DocumentEnd, _)) => break,
            Ok((event, span)) => {
                let span = reader.bytes.range(&span);
                if let Err(flaw) = reader.take(event, span) {
                    reader.flaws.push(flaw);
                    return (Node::empty(), reader.flaws);
                }
            }
            Err(error) => {
                let at = reader.bytes.byte(error.marker().index());
                reader.flaws.push(Flaw {
                    span: at..at,
                    message: error.info().to_owned(),
                });
                return (Node::empty(), reader.flaws);
            }
        }
    }
    let mut flaws = reader.flaws;
    let root = reader.root.unwrap_or_else(Node::empty);
    match root.kind {
        Kind::Table(_) => (root, flaws),
        Kind::Null => (Node::empty(), flaws),
        _ => {
            flaws.push(Flaw {
                span: root.span,
                message: "expected a mapping".into(),
            });
            (Node::empty(), flaws)
        }
    }
}

/// A collection that is not closed yet.
struct Open {
    node: Node,
    anchor: usize,
    key: Option<(String, Range<usize>)>,
}

struct Reader {
    bytes: Offsets,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    budget: Budget,
    root: Option<Node>,
    flaws: Vec<Flaw>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), Flaw> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = Node {
                    kind: scalar(&text, style, tag.as_deref()),
                    span,
                };
                self.place(node, anchor, Some(&text))
            }
            Event::SequenceStart(anchor, _) => self.start(Kind::List(Vec::new()), anchor, span),
            Event::MappingStart(anchor, _) => self.start(Kind::Table(Vec::new()), anchor, span),
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(mut done) = self.open.pop() else {
                    return Ok(());
                };
                merge(&mut done.node);
                self.place(done.node, done.anchor, None)
            }
            Event::Alias(id) => {
                let Some((node, count)) = self
                    .anchors
                    .get(&id)
                    .map(|(node, count)| (node.clone(), *count))
                else {
                    return Err(Flaw {
                        span,
                        message: "an alias to an anchor that is not complete".into(),
                    });
                };
                if !self.budget.take(count) {
                    return Err(too_large(span));
                }
                self.place(node, 0, None)
            }
            _ => Ok(()),
        }
    }

    fn start(&mut self, kind: Kind, anchor: usize, span: Range<usize>) -> Result<(), Flaw> {
        if self.open.len() >= DEPTH {
            return Err(too_large(span));
        }
        self.open.push(Open {
            node: Node { span, kind },
            anchor,
            key: None,
        });
        Ok(())
    }

    /// Puts a finished value where it belongs; `text` is that of a scalar, which may be a key.
    fn place(&mut self, node: Node, anchor: usize, text: Option<&str>) -> Result<(), Flaw> {
        if !self.budget.take(1) {
            return Err(too_large(node.span));
        }
        if anchor != 0 {
            let count = count(&node);
            self.anchors.insert(anchor, (node.clone(), count));
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut parent.node.kind {
            Kind::List(items) => items.push(node.headed(None)),
            Kind::Table(entries) => match parent.key.take() {
                None => {
                    let key = text.or(node.text()).map(str::to_owned);
                    let Some(key) = key else {
                        return Err(Flaw {
                            span: node.span,
                            message: "a key that is not a scalar".into(),
                        });
                    };
                    if key != "<<" && entries.iter().any(|entry| entry.key == key) {
                        self.flaws.push(Flaw {
                            span: node.span.clone(),
                            message: "duplicate key".into(),
                        });
                    }
                    parent.key = Some((key, node.span));
                }
                Some((key, key_span)) => entries.push(Entry {
                    key,
                    value: node.headed(Some(&key_span)),
                    key_span,
                }),
            },
            _ => {}
        }
        Ok(())
    }
}

/// `<<: *base`: the keys of the base that are not there already.
fn merge(node: &mut Node) {
    let Kind::Table(entries) = &mut node.kind else {
        return;
    };
    while let Some(at) = entries.iter().position(|entry| entry.key == "<<") {
        let base = entries.remove(at).value;
        for table in base.tables() {
            for entry in table.entries() {
                if !entries.iter().any(|known| known.key == entry.key) && entry.key != "<<" {
                    entries.push(entry.clone());
                }
            }
        }
    }
}

fn count(node: &Node) -> usize {
    match &node.kind {
        Kind::List(items) => 1 + items.iter().map(count).sum::<usize>(),
        Kind::Table(entries) => {
            1 + entries
                .iter()
                .map(|entry| count(&entry.value))
                .sum::<usize>()
        }
        _ => 1,
    }
}

/// The core schema, as yaml.v3 resolves it into `any`: `yes` and `on` stay strings.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Kind {
    let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
    if style != ScalarStyle::Plain || is_text {
        return Kind::Text(text.to_owned());
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Kind::Null,
        "true" | "True" | "TRUE" => return Kind::Bool(true),
        "false" | "False" | "FALSE" => return Kind::Bool(false),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return Kind::Text(text.to_owned());
    }
    let plain = text.replace('_', "");
    let radix = [("0x", 16), ("0o", 8), ("0b", 2)];
    if let Some((digits, radix)) = radix
        .iter()
        .find_map(|(prefix, radix)| Some((plain.strip_prefix(prefix)?, *radix)))
    {
        return i64::from_str_radix(digits, radix)
            .map_or_else(|_| Kind::Text(text.to_owned()), Kind::Int);
    }
    if let Ok(number) = plain.parse::<i64>() {
        return Kind::Int(number);
    }
    plain
        .parse::<f64>()
        .map_or_else(|_| Kind::Text(text.to_owned()), Kind::Float)
}

/// Byte offsets of characters: the parser counts characters.
struct Offsets {
    /// Empty when every character is one byte.
    starts: Vec<usize>,
    length: usize,
}

impl Offsets {
    fn new(text: &str) -> Self {
        let starts = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(at, _)| at).collect()
        };
        Self {
            starts,
            length: text.len(),
        }
    }

    fn byte(&self, character: usize) -> usize {
        if self.starts.is_empty() {
            character.min(self.length)
        } else {
            self.starts.get(character).copied().unwrap_or(self.length)
        }
    }

    fn range(&self, span: &Span) -> Range<usize> {
        let start = self.byte(span.start.index());
        start..self.byte(span.end.index()).max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_scalars_anchors_and_merges() {
        let text = "app: é\nbase: &b {cpus: 1, memory: 1gb}\nvm:\n  - <<: *b\n    cpus: 0x2\n    on: yes\n    s: '5'\n";
        let (root, flaws) = read(text);
        assert!(flaws.is_empty(), "{flaws:?}");
        let vm = root
            .get("vm")
            .and_then(|vm| vm.tables().next())
            .expect("there");
        assert!(matches!(
            vm.get("cpus").map(|node| &node.kind),
            Some(Kind::Int(2))
        ));
        assert_eq!(vm.get("memory").and_then(Node::text), Some("1gb"));
        assert_eq!(vm.get("on").and_then(Node::text), Some("yes"));
        assert_eq!(vm.get("s").and_then(Node::text), Some("5"));
        assert_eq!(&text[vm.span.clone()], "<<: *b\n    cpus");
        let cpus = vm.get("cpus").expect("there");
        assert_eq!(&text[cpus.span.clone()], "0x2");
        assert_eq!(
            &text[root.entry("base").expect("there").key_span.clone()],
            "base"
        );
    }

    #[test]
    fn a_bomb_is_refused() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let items = vec![format!("*a{}", level - 1); 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        assert_eq!(read(&text).1.len(), 1);
        assert_eq!(read(&"[".repeat(10_000)).1.len(), 1);
        assert_eq!(read("a: 1\na: 2\n").1.len(), 1);
        assert_eq!(read("- 1\n").1.len(), 1);
    }
}
