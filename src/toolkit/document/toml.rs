//! TOML.

use super::{DEPTH, Entry, Node, Unreadable, Value};
use ::toml::de::{DeTable, DeValue};
use std::ops::Range;

/// Reads a TOML document.
///
/// # Errors
/// Where the text is no TOML, or is nested too deep.
pub(in crate::toolkit) fn toml(text: &str) -> Result<Node, Unreadable> {
    let table = DeTable::parse(text).map_err(|error| {
        let before = text
            .get(..error.span().map_or(0, |span| span.start))
            .unwrap_or_default();
        Unreadable {
            line: memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1,
            why: "it is no TOML",
        }
    })?;
    map(table.get_ref(), table.span(), text, 0).ok_or(Unreadable {
        line: 1,
        why: "it is nested too deep",
    })
}

fn map(table: &DeTable<'_>, span: Range<usize>, text: &str, depth: usize) -> Option<Node> {
    let mut entries = table
        .iter()
        .map(|(key, value)| {
            Some(Entry {
                key: key.get_ref().to_string(),
                key_span: key.span(),
                value: convert(value.get_ref(), value.span(), text, depth + 1)?,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    entries.sort_by_key(|entry| entry.key_span.start);
    Some(Node {
        span,
        value: Value::Map(entries),
    })
}

fn convert(value: &DeValue<'_>, span: Range<usize>, text: &str, depth: usize) -> Option<Node> {
    if depth > DEPTH {
        return None;
    }
    let converted = match value {
        DeValue::String(string) => Value::Text(string.to_string()),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| convert(item.get_ref(), item.span(), text, depth + 1))
                .collect::<Option<_>>()?,
        ),
        DeValue::Table(table) => return map(table, span, text, depth),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
            Value::Text(text.get(span.clone()).unwrap_or_default().to_owned())
        }
    };
    Some(Node {
        span,
        value: converted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_place() {
        let text = "app = 'x'\n[env]\nPORT = 8080\nURL = \"a\"\n";
        let env = toml(text).expect("valid");
        let env = env.get("env").expect("env");
        assert_eq!(env.get("PORT").and_then(Node::text), Some("8080"));
        let url = &env.entries()[1];
        assert_eq!(
            (&text[url.key_span.clone()], &text[url.value.span.clone()]),
            ("URL", "\"a\"")
        );
    }

    #[test]
    fn the_line_of_an_error_is_told() {
        assert_eq!(toml("a = 1\nb = \n").expect_err("bad").line, 2);
    }
}
