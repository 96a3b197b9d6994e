//! YAML: events of the parser made into trees, with anchors and merge keys resolved.

mod indent;
mod offsets;
mod scalar;

use super::{Entry, Fault, Flaw, Limits, Node, Value};
use indent::Moved;
use offsets::Offsets;
use saphyr_parser::{Event, Parser, ScanError};
use scalar::scalar;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// What a YAML stream holds.
#[derive(Debug, Default)]
pub struct Yaml {
    /// Its documents.
    pub documents: Vec<Node>,
    /// Keys that are a list, a map or nothing. They name nothing, so they and their values are left out.
    pub odd_keys: Vec<Range<usize>>,
}

/// Reads the first `most` documents of a YAML stream; what is behind them is not looked at.
///
/// # Errors
/// Where the text is no YAML, or more than `limits` allow when its aliases are expanded.
pub fn yaml(text: &str, most: usize, limits: &Limits) -> Result<Yaml, Flaw> {
    let mut moved = Moved::default();
    let mut before: Option<Flaw> = None;
    loop {
        let shown = moved.apply(text);
        let offsets = Offsets::new(&shown);
        let error = match documents(&shown, &offsets, &moved, most, limits) {
            Ok(done) => return Ok(done),
            Err(Refusal::Built(flaw)) => return Err(flaw),
            Err(Refusal::Scanned(error)) => error,
        };
        let at = moved.place(offsets.byte(error.marker().index()));
        let flaw = Flaw {
            span: at..at,
            fault: Fault::Syntax(error.info().to_owned()),
        };
        // Where moving the line did not help, what was wrong with it before is what is wrong.
        let flaw = match before.take() {
            Some(before) if before.line(text) == flaw.line(text) => before,
            _ => flaw,
        };
        if !moved.mend(text, &error, &offsets) {
            return Err(flaw);
        }
        before = Some(flaw);
    }
}

/// Why a text gave no documents.
enum Refusal {
    Scanned(ScanError),
    Built(Flaw),
}

fn documents(
    shown: &str,
    offsets: &Offsets,
    moved: &Moved,
    most: usize,
    limits: &Limits,
) -> Result<Yaml, Refusal> {
    let mut builder = Builder {
        limits,
        size: 0,
        open: Vec::new(),
        anchors: HashMap::new(),
        done: Yaml::default(),
    };
    for event in Parser::new_from_str(shown) {
        let (event, span) = event.map_err(Refusal::Scanned)?;
        let span = moved.range(&offsets.range(&span));
        let ends = matches!(event, Event::DocumentEnd);
        builder
            .take(event, span.clone())
            .map_err(|fault| Refusal::Built(Flaw { span, fault }))?;
        if ends && builder.done.documents.len() >= most {
            break;
        }
    }
    Ok(builder.done)
}

/// Trees under construction.
struct Builder<'l> {
    limits: &'l Limits,
    size: usize,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, Extent)>,
    done: Yaml,
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

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), Fault> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let value = scalar(text, style, tag.as_deref());
                self.close(Node { span, value }, anchor, Extent { size: 1, height: 1 })
            }
            Event::Alias(id) => {
                let known = self.anchors.get(&id).cloned();
                let (node, extent) = known.ok_or_else(|| {
                    Fault::Syntax("an alias to an anchor that is not complete".to_owned())
                })?;
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

    fn begin(&mut self, anchor: usize, start: usize, kind: Kind) -> Result<(), Fault> {
        if self.open.len() >= self.limits.depth {
            return Err(Fault::Deep);
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

    fn end(&mut self, end: usize) -> Result<(), Fault> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let value = match open.kind {
            Kind::List(items) => Value::List(items),
            Kind::Map(pairs, _) => {
                let merges = pairs.iter().any(|(key, _)| key.text() == Some(MERGE));
                let entries = merge(pairs, &mut self.done.odd_keys);
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
    fn close(&mut self, node: Node, anchor: usize, extent: Extent) -> Result<(), Fault> {
        self.size = self.size.saturating_add(extent.size);
        if self.size > self.limits.values {
            return Err(Fault::Large);
        }
        if self.open.len() + extent.height > self.limits.depth + 1 {
            return Err(Fault::Deep);
        }
        if anchor > 0 {
            self.anchors.insert(anchor, (node.clone(), extent));
        }
        let Some(open) = self.open.last_mut() else {
            self.done.documents.push(node);
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
fn merge(pairs: Vec<(Node, Node)>, odd: &mut Vec<Range<usize>>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::with_capacity(pairs.len());
    let mut merged = Vec::new();
    for (key, value) in pairs {
        let name = match key.value {
            Value::Text(name) | Value::Int(_, name) | Value::Float(_, name) => name,
            Value::Bool(truth) => truth.to_string(),
            Value::Null | Value::List(_) | Value::Map(_) => {
                odd.push(key.span);
                continue;
            }
        };
        if name == MERGE {
            merged.push(value);
        } else {
            entries.push(Entry {
                key: name,
                key_span: key.span,
                value,
            });
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
        Value::List(items) => items.iter().map(weight).sum(),
        Value::Map(entries) => entries.iter().map(|entry| weight(&entry.value)).sum(),
        _ => 0,
    }
}

/// The key of YAML that brings the entries of another map.
const MERGE: &str = "<<";

#[cfg(test)]
mod tests;
