//! Compares a document with the schema.

use super::{ROOT, Section, Shape};
use crate::fly::document::{Entry, Node, Value, label};
use crate::fly::read::pair;
use std::ops::Range;

/// Something in the document that the schema does not have, or has otherwise.
pub struct Discord<'n> {
    /// What it is.
    pub oddity: Oddity,
    /// Bytes of the key or value.
    pub span: Range<usize>,
    /// The key as written.
    pub key: &'n str,
    /// Bytes of the key.
    pub key_span: Range<usize>,
    /// Where it is, with dots: `http_service.checks[0]`; empty at the top.
    pub place: String,
}

/// The ways to differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Oddity {
    /// No such key there; perhaps this one was meant, or it belongs in that section.
    Unknown(Option<String>),
    /// A key older versions read and this one does not.
    Dead,
    /// Right but for upper and lower case.
    Case(&'static str),
    /// Of another type than flyctl takes: it refuses the file.
    Type {
        /// What flyctl takes.
        wanted: &'static str,
        /// What stands there.
        found: &'static str,
    },
}

/// Every difference, in the order of the schema's walk.
#[must_use]
pub fn walk(root: &Node) -> Vec<Discord<'_>> {
    let mut walker = Walker { found: Vec::new() };
    walker.section(root, &ROOT, "");
    walker.found
}

struct Walker<'n> {
    found: Vec<Discord<'n>>,
}

impl<'n> Walker<'n> {
    fn section(&mut self, table: &'n Node, section: &'static Section, place: &str) {
        for entry in table.entries() {
            let Some(key) = section.key(&entry.key) else {
                let oddity = if DEAD.contains(&entry.key.as_str()) {
                    Oddity::Dead
                } else {
                    Oddity::Unknown(hint(&entry.key, section))
                };
                self.report(oddity, entry, entry.key_span.clone(), place);
                continue;
            };
            if key.name != entry.key {
                self.report(Oddity::Case(key.name), entry, entry.key_span.clone(), place);
            }
            let inner = if place.is_empty() {
                key.name.to_owned()
            } else {
                format!("{place}.{}", key.name)
            };
            if !matches!(entry.value.value, Value::Null) {
                self.value(&entry.value, key.shape, entry, place, &inner);
            }
        }
    }

    fn value(&mut self, value: &'n Node, shape: Shape, entry: &'n Entry, place: &str, inner: &str) {
        match (shape, &value.value) {
            (
                Shape::Table(section) | Shape::TableOrTables(section) | Shape::Concurrency(section),
                Value::Map(_),
            ) => {
                self.section(value, section, inner);
            }
            (Shape::Tables(section) | Shape::TableOrTables(section), Value::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let place = format!("{inner}[{index}]");
                    if matches!(item.value, Value::Map(_)) {
                        self.section(item, section, &place);
                    } else {
                        self.wrong(item, shape, entry, &place);
                    }
                }
            }
            (Shape::Named(section), Value::Map(entries)) => {
                for named in entries {
                    let place = format!("{inner}.{}", label(&named.key));
                    if matches!(named.value.value, Value::Map(_)) {
                        self.section(&named.value, section, &place);
                    } else {
                        self.wrong(&named.value, shape, named, inner);
                    }
                }
            }
            // The older `[[checks]]`: each has its name inside.
            (Shape::Named(section), Value::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let place = format!("{inner}[{index}]");
                    for field in item.entries().iter().filter(|field| field.key != "name") {
                        match section.key(&field.key) {
                            Some(key) => self.value(&field.value, key.shape, field, &place, &place),
                            None => self.report(
                                Oddity::Unknown(hint(&field.key, section)),
                                field,
                                field.key_span.clone(),
                                &place,
                            ),
                        }
                    }
                }
            }
            (Shape::TextMap | Shape::Processes, Value::Map(entries)) => {
                for named in entries {
                    if !matches!(named.value.value, Value::Text(_) | Value::Null) {
                        self.wrong(&named.value, Shape::Text, named, inner);
                    }
                }
            }
            _ if fits(shape, value) => {}
            _ => self.wrong(value, shape, entry, place),
        }
    }

    fn wrong(&mut self, value: &'n Node, shape: Shape, entry: &'n Entry, place: &str) {
        let oddity = Oddity::Type {
            wanted: shape.wanted(),
            found: value.noun(),
        };
        self.report(oddity, entry, value.span.clone(), place);
    }

    fn report(&mut self, oddity: Oddity, entry: &'n Entry, span: Range<usize>, place: &str) {
        self.found.push(Discord {
            oddity,
            span,
            key: &entry.key,
            key_span: entry.key_span.clone(),
            place: place.to_owned(),
        });
    }
}

/// Whether flyctl takes a value that is not a section.
fn fits(shape: Shape, value: &Node) -> bool {
    let all_text = |items: &[Node]| {
        items
            .iter()
            .all(|item| matches!(item.value, Value::Text(_)))
    };
    match (shape, &value.value) {
        (Shape::Any, _)
        | (
            Shape::Text | Shape::Loose | Shape::Duration | Shape::TextOrTexts | Shape::Stop,
            Value::Text(_),
        )
        | (
            Shape::Int | Shape::Digits | Shape::Number | Shape::Duration | Shape::Loose,
            Value::Int(..),
        )
        | (Shape::Number | Shape::Duration | Shape::Loose | Shape::Digits, Value::Float(..))
        | (Shape::Bool | Shape::Stop | Shape::Loose, Value::Bool(_))
        | (Shape::Env | Shape::Headers, Value::Map(_)) => true,
        // Go reads 8080.0 as an integer.
        (Shape::Int, Value::Float(number, _)) => number.is_finite() && number.fract() == 0.0,
        (Shape::Digits, Value::Text(text)) => text.parse::<i64>().is_ok(),
        (Shape::Concurrency(_), Value::Text(text)) => pair(text).is_some(),
        (Shape::Texts | Shape::TextOrTexts, Value::List(items)) => all_text(items),
        (Shape::Env | Shape::Processes | Shape::Headers, Value::List(items)) => {
            items.iter().all(|item| matches!(item.value, Value::Map(_)))
        }
        _ => false,
    }
}

/// The key that was probably meant: a small slip of the pen, the same words otherwise, or the right key in the wrong section.
fn hint(key: &str, section: &'static Section) -> Option<String> {
    let shouted = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if key.contains('_') && key.bytes().all(shouted) {
        return Some(
            "a variable for the app belongs in `[env]`, and a secret in `fly secrets set`".into(),
        );
    }
    let key = key.to_ascii_lowercase().replace('-', "_");
    // Long garbage is no slip of the pen, and comparing it costs time.
    if key.len() > 40 {
        return None;
    }
    if let Some((_, advice)) = NEVER.iter().find(|(never, _)| *never == key) {
        return Some((*advice).to_owned());
    }
    let near = section
        .keys
        .iter()
        .map(|known| (distance(&key, known.name), known.name))
        .min()
        .filter(|(distance, name)| *distance <= (name.len() / 4).max(1));
    if let Some((_, name)) = near {
        return Some(format!("did you mean `{name}`?"));
    }
    let mut meant: Vec<String> = section
        .keys
        .iter()
        .filter(|known| same_words(&key, known.name))
        .map(|known| format!("`{}`", known.name))
        .collect();
    // `build_target` is an older spelling of `build-target`.
    meant.dedup_by_key(|name| name.replace('-', "_"));
    if (1..=3).contains(&meant.len()) {
        return Some(format!("did you mean {}?", meant.join(" or ")));
    }
    let home = ROOT.keys.iter().find_map(|top| match top.shape {
        Shape::Table(inner) | Shape::Tables(inner) | Shape::TableOrTables(inner)
            if !std::ptr::eq(inner, section) =>
        {
            inner
                .keys
                .iter()
                .any(|known| known.name == key)
                .then_some(top.name)
        }
        _ => None,
    });
    if ROOT.keys.iter().any(|known| known.name == key) {
        return Some(format!(
            "`{key}` belongs at the top of the file, before the first section"
        ));
    }
    home.map(|home| format!("`{key}` is a key of `{home}`"))
}

/// Whether a key has the words of a known one, in any order, singular or plural, with at most one left out.
fn same_words(key: &str, known: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        let parts = name.split(['_', '-']).filter(|word| !word.is_empty());
        parts
            .map(|word| word.strip_suffix('s').unwrap_or(word).to_owned())
            .collect()
    };
    let (key, known) = (words(key), words(known));
    let left_out = known.len().checked_sub(key.len());
    matches!(left_out, Some(0 | 1)) && key.iter().all(|word| known.contains(word))
}

/// Levenshtein distance, in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.bytes().enumerate() {
        let mut corner = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, right) in b.bytes().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (corner + usize::from(left != right))
                .min(above + 1)
                .min(row[j] + 1);
            corner = above;
        }
    }
    row.last().copied().unwrap_or(0)
}

/// Keys people hope for that flyctl never had, and what there is instead
/// (<https://fly.io/docs/reference/fly-proxy-autostop-autostart/>).
const NEVER: &[(&str, &str)] = &[(
    "max_machines_running",
    "there is no upper bound in the file: Fly's proxy starts and stops the machines there are, and `fly scale count` makes them",
)];

/// Keys of the first platform (Nomad) that are in old files and that nothing reads any more.
const DEAD: &[&str] = &[
    "script_checks",
    "restart_limit",
    "auto_rollback",
    "allowed_public_ports",
    "allowed_private_ports",
    "private_network",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints() {
        let of = |name| match ROOT.key(name).map(|key| key.shape) {
            Some(Shape::Table(section) | Shape::TableOrTables(section)) => section,
            _ => panic!("no table"),
        };
        let (service, build) = (of("http_service"), of("build"));
        let table = [
            (
                "min_machine_running",
                service,
                Some("did you mean `min_machines_running`?"),
            ),
            (
                "Min-Machines-Runing",
                service,
                Some("did you mean `min_machines_running`?"),
            ),
            (
                "kill_timeout",
                service,
                Some("`kill_timeout` belongs at the top of the file, before the first section"),
            ),
            ("memory", &ROOT, Some("`memory` is a key of `vm`")),
            ("zebra", &ROOT, None),
            (
                "DATABASE_URL",
                &ROOT,
                Some(
                    "a variable for the app belongs in `[env]`, and a secret in `fly secrets set`",
                ),
            ),
            // The opposite of what there is.
            (
                "max_machines_running",
                service,
                Some(
                    "there is no upper bound in the file: Fly's proxy starts and stops the machines there are, and `fly scale count` makes them",
                ),
            ),
            (
                "auto_machine_stop",
                service,
                Some("did you mean `auto_stop_machines`?"),
            ),
            (
                "auto_start",
                service,
                Some("did you mean `auto_start_machines`?"),
            ),
            ("target", build, Some("did you mean `build-target`?")),
            ("timeout", service, None),
            (
                "checks",
                of("services"),
                Some("did you mean `tcp_checks` or `http_checks` or `machine_checks`?"),
            ),
        ];
        for (key, section, expected) in table {
            assert_eq!(hint(key, section).as_deref(), expected, "{key}");
        }
    }
}
