//! TOML 1.1.

use super::{Entry, Fault, Flaw, Limits, Node, Value};
use ::toml::de::{DeTable, DeValue};
use std::ops::Range;

/// Reads a TOML document: what could be read, and every error of the file.
#[must_use]
pub fn toml(text: &str, limits: &Limits) -> (Node, Vec<Flaw>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut flaws: Vec<Flaw> = errors
        .iter()
        .map(|error| Flaw {
            span: error.span().unwrap_or(0..0),
            fault: Fault::Syntax(error.message().to_owned()),
        })
        .collect();
    flaws.sort_by_key(|flaw| flaw.span.start);
    let mut converter = Converter {
        text,
        limits,
        left: limits.values,
    };
    match converter.map(table.get_ref(), table.span(), 0) {
        Ok(root) => (root, flaws),
        Err(flaw) => {
            flaws.push(flaw);
            (Node::empty(), flaws)
        }
    }
}

struct Converter<'t> {
    text: &'t str,
    limits: &'t Limits,
    left: usize,
}

impl Converter<'_> {
    fn map(&mut self, table: &DeTable<'_>, span: Range<usize>, depth: usize) -> Result<Node, Flaw> {
        let mut entries = Vec::new();
        for (key, value) in table {
            entries.push(Entry {
                key: key.get_ref().to_string(),
                key_span: key.span(),
                value: self.node(value.get_ref(), value.span(), depth + 1)?,
            });
        }
        // The parser sorts by key; a reader expects the order written.
        entries.sort_by_key(|entry| entry.key_span.start);
        Ok(Node {
            span,
            value: Value::Map(entries),
        })
    }

    fn node(
        &mut self,
        value: &DeValue<'_>,
        span: Range<usize>,
        depth: usize,
    ) -> Result<Node, Flaw> {
        self.limits.admit(depth, &mut self.left, &span)?;
        let written = || self.text.get(span.clone()).unwrap_or_default().to_owned();
        let value = match value {
            DeValue::String(text) => Value::Text(text.to_string()),
            DeValue::Integer(number) => {
                match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => Value::Int(number, written()),
                    Err(_) => Value::Float(f64::INFINITY, written()),
                }
            }
            DeValue::Float(number) => {
                Value::Float(number.as_str().parse().unwrap_or(f64::NAN), written())
            }
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Datetime(_) => Value::Text(written()),
            DeValue::Array(items) => {
                let mut list = Vec::new();
                for item in items {
                    list.push(self.node(item.get_ref(), item.span(), depth + 1)?);
                }
                Value::List(list)
            }
            DeValue::Table(table) => return self.map(table, span, depth),
        };
        Ok(Node { span, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        depth: 32,
        values: 100,
    };

    #[test]
    fn headers_keys_and_values_know_their_place() {
        let text =
            "app = 'x'\n[vm]\nmemory = 5_12\n[[services]]\nports = [{port = 80}]\n[[services]]\n";
        let (root, flaws) = toml(text, &LIMITS);
        assert_eq!(flaws, []);
        let keys: Vec<&str> = root
            .entries()
            .iter()
            .map(|entry| &text[entry.key_span.clone()])
            .collect();
        assert_eq!(keys, ["app", "vm", "services"]);
        let vm = root.get("vm").expect("there");
        assert_eq!(&text[vm.span.clone()], "[vm]");
        let memory = vm.get("memory").expect("there");
        assert!(matches!(&memory.value, Value::Int(512, _)));
        assert_eq!(
            (memory.text(), &text[memory.span.clone()]),
            (Some("5_12"), "5_12")
        );
        let services = root.get("services").expect("there").items();
        assert!(
            services
                .iter()
                .all(|one| &text[one.span.clone()] == "[[services]]")
        );
        assert_eq!(services.len(), 2);
    }

    #[test]
    fn all_errors_are_told_with_their_line() {
        let text = "a = \nb = 1\nc = [\nd = 2\nb = 3\n";
        let (root, flaws) = toml(text, &LIMITS);
        assert!(flaws.len() >= 2, "{flaws:?}");
        assert_eq!(flaws[0].line(text), 1);
        assert!(root.get("b").is_some(), "what can be read is");
    }

    #[test]
    fn what_is_too_deep_or_too_large_is_refused() {
        let deep = format!("a = {}1{}", "[".repeat(60), "]".repeat(60));
        let large = format!("a = [{}]", "1,".repeat(100));
        for (text, fault) in [(deep, Fault::Deep), (large, Fault::Large)] {
            let (root, flaws) = toml(&text, &LIMITS);
            assert_eq!(flaws.len(), 1);
            assert_eq!(flaws[0].fault, fault);
            assert_eq!(root, Node::empty());
        }
    }
}
