//! TOML, with every syntax error of the file.

use super::{Budget, DEPTH, Entry, Flaw, Kind, Node, too_large};
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// Reads TOML 1.1, as flyctl's parser does.
pub(super) fn read(text: &str) -> (Node, Vec<Flaw>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut flaws: Vec<Flaw> = errors
        .iter()
        .map(|error| Flaw {
            span: error.span().unwrap_or(0..0),
            message: error.message().to_owned(),
        })
        .collect();
    let span = table.span();
    match convert_table(&table.into_inner(), span, 0, &mut Budget::new()) {
        Ok(root) => (root, flaws),
        Err(flaw) => {
            flaws.push(flaw);
            (Node::empty(), flaws)
        }
    }
}

fn convert_table(
    table: &DeTable<'_>,
    span: Range<usize>,
    depth: usize,
    budget: &mut Budget,
) -> Result<Node, Flaw> {
    let mut entries = Vec::new();
    for (key, value) in table {
        entries.push(Entry {
            key: key.get_ref().to_string(),
            key_span: key.span(),
            value: convert(value.get_ref(), value.span(), depth + 1, budget)?,
        });
    }
    // The parser sorts by key; a reader expects the order written.
    entries.sort_by_key(|entry| entry.key_span.start);
    Ok(Node {
        span,
        kind: Kind::Table(entries),
    })
}

fn convert(
    value: &DeValue<'_>,
    span: Range<usize>,
    depth: usize,
    budget: &mut Budget,
) -> Result<Node, Flaw> {
    if depth > DEPTH || !budget.take(1) {
        return Err(too_large(span));
    }
    let kind = match value {
        DeValue::String(text) => Kind::Text(text.to_string()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Kind::Int(number),
            Err(_) => Kind::Float(f64::INFINITY),
        },
        DeValue::Float(number) => Kind::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(value) => Kind::Bool(*value),
        DeValue::Datetime(date) => Kind::Text(date.to_string()),
        DeValue::Array(items) => {
            let mut list = Vec::new();
            for item in items {
                list.push(convert(item.get_ref(), item.span(), depth + 1, budget)?);
            }
            Kind::List(list)
        }
        DeValue::Table(table) => return convert_table(table, span, depth, budget),
    };
    Ok(Node { span, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_point_at_headers_keys_and_values() {
        let text =
            "app = 'x'\n[vm]\nmemory = 512\n[[services]]\nports = [{port = 80}]\n[[services]]\n";
        let (root, flaws) = read(text);
        assert!(flaws.is_empty());
        let keys: Vec<&str> = root
            .entries()
            .iter()
            .map(|entry| &text[entry.key_span.clone()])
            .collect();
        assert_eq!(keys, ["app", "vm", "services"]);
        let vm = root.get("vm").expect("there");
        assert_eq!(&text[vm.span.clone()], "[vm]");
        assert_eq!(&text[vm.get("memory").expect("there").span.clone()], "512");
        let services = root.get("services").expect("there");
        let spans: Vec<&str> = services
            .tables()
            .map(|table| &text[table.span.clone()])
            .collect();
        assert_eq!(spans, ["[[services]]", "[[services]]"]);
    }

    #[test]
    fn all_errors_are_reported() {
        let (_, flaws) = read("a = \nb = 1\nc = [\nd = 2\nb = 3\n");
        assert!(flaws.len() >= 2, "{flaws:?}");
        let deep = format!("a = {}1{}", "[".repeat(60), "]".repeat(60));
        assert_eq!(read(&deep).1.len(), 1);
    }
}
