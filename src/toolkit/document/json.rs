//! JSON, with the comments and trailing commas that editors allow in their settings.

use super::{DEPTH, Entry, Node, Unreadable, Value};
use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;

/// Reads a JSON document.
///
/// # Errors
/// Where the text is no JSON, or is nested too deep.
pub(in crate::toolkit) fn json(text: &str) -> Result<Node, Unreadable> {
    let parsed = jsonc_parser::parse_to_ast(
        text,
        &jsonc_parser::CollectOptions::default(),
        &jsonc_parser::ParseOptions::default(),
    )
    .map_err(|error| Unreadable {
        line: error.line_display(),
        why: "it is no JSON",
    })?;
    let value = parsed.value.ok_or(Unreadable {
        line: 1,
        why: "it is empty",
    })?;
    convert(&value, 0).ok_or(Unreadable {
        line: 1,
        why: "it is nested too deep",
    })
}

fn convert(value: &ast::Value<'_>, depth: usize) -> Option<Node> {
    if depth > DEPTH {
        return None;
    }
    let range = value.range();
    let converted = match value {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::StringLit(text) => Value::Text(text.value.to_string()),
        ast::Value::NumberLit(number) => Value::Text(number.value.to_owned()),
        ast::Value::BooleanLit(truth) => Value::Text(truth.value.to_string()),
        ast::Value::Array(list) => Value::List(
            list.elements
                .iter()
                .map(|item| convert(item, depth + 1))
                .collect::<Option<_>>()?,
        ),
        ast::Value::Object(map) => Value::Map(
            map.properties
                .iter()
                .map(|property| {
                    let name = property.name.range();
                    Some(Entry {
                        key: property.name.as_str().to_owned(),
                        key_span: name.start..name.end,
                        value: convert(&property.value, depth + 1)?,
                    })
                })
                .collect::<Option<_>>()?,
        ),
    };
    Some(Node {
        span: range.start..range.end,
        value: converted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_know_their_place() {
        let text = "// note\n{ \"a\": [1, {\"b\": \"c\",},], }";
        let node = json(text).expect("valid");
        let list = node.get("a").expect("a").items();
        assert_eq!(list[0].text(), Some("1"));
        let b = list[1].get("b").expect("b");
        assert_eq!((b.text(), &text[b.span.clone()]), (Some("c"), "\"c\""));
        assert_eq!(&text[node.entries()[0].key_span.clone()], "\"a\"");
    }

    #[test]
    fn bad_and_deep_documents_are_refused() {
        assert_eq!(json("{\"a\"\n:").expect_err("cut").why, "it is no JSON");
        assert_eq!(
            json(&"[".repeat(100_000)).expect_err("deep").why,
            "it is no JSON"
        );
        assert_eq!(
            json(&("[".repeat(100) + &"]".repeat(100)))
                .expect_err("deep")
                .why,
            "it is nested too deep"
        );
        assert_eq!(json(" ").expect_err("empty").why, "it is empty");
    }
}
