//! JSON, strict or with the comments and trailing commas that editors allow in their settings.

use super::{Entry, Fault, Flaw, Limits, Node, Value};
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, ast, parse_to_ast};

/// Which JSON is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Json {
    /// What the standard allows.
    Strict,
    /// Comments, trailing commas and the like as well.
    Loose,
}

/// Reads a JSON document; none where there is nothing but blanks and comments.
///
/// # Errors
/// Where the text is no JSON, or more than `limits` allow.
pub fn json(text: &str, kind: Json, limits: &Limits) -> Result<Option<Node>, Flaw> {
    let options = match kind {
        Json::Loose => ParseOptions::default(),
        Json::Strict => ParseOptions {
            allow_comments: false,
            allow_loose_object_property_names: false,
            allow_trailing_commas: false,
            allow_missing_commas: false,
            allow_single_quoted_strings: false,
            allow_hexadecimal_numbers: false,
            allow_unary_plus_numbers: false,
            allow_bare_decimal_point_numbers: false,
            allow_non_finite_numbers: false,
            allow_extended_string_escapes: false,
        },
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options).map_err(|error| {
        let range = error.range();
        Flaw {
            span: range.start..range.end,
            fault: Fault::Syntax(error.kind().to_string().to_lowercase()),
        }
    })?;
    let mut left = limits.values;
    let root = parsed.value.as_ref();
    root.map(|value| convert(value, 0, limits, &mut left))
        .transpose()
}

fn convert(
    value: &ast::Value<'_>,
    depth: usize,
    limits: &Limits,
    left: &mut usize,
) -> Result<Node, Flaw> {
    let range = value.range();
    let span = range.start..range.end;
    limits.admit(depth, left, &span)?;
    let value = match value {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(truth) => Value::Bool(truth.value),
        ast::Value::StringLit(text) => Value::Text(text.value.to_string()),
        ast::Value::NumberLit(number) => {
            let written = number.value.to_owned();
            match written.parse::<i64>() {
                Ok(number) => Value::Int(number, written),
                Err(_) => Value::Float(written.parse().unwrap_or(f64::NAN), written),
            }
        }
        ast::Value::Array(list) => {
            let items = list.elements.iter();
            let items = items.map(|item| convert(item, depth + 1, limits, left));
            Value::List(items.collect::<Result<_, _>>()?)
        }
        ast::Value::Object(map) => {
            let entries = map.properties.iter().map(|property| {
                let name = property.name.range();
                Ok::<_, Flaw>(Entry {
                    key: property.name.as_str().to_owned(),
                    key_span: name.start..name.end,
                    value: convert(&property.value, depth + 1, limits, left)?,
                })
            });
            Value::Map(entries.collect::<Result<_, _>>()?)
        }
    };
    Ok(Node { span, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        depth: 64,
        values: 100,
    };

    #[test]
    fn values_know_their_place() {
        let text =
            "// note\n{ \"a\": [1, {\"b\": \"c\",},], \"d\": 1.50, \"e\": null, \"f\": true }";
        let root = json(text, Json::Loose, &LIMITS)
            .expect("valid")
            .expect("there");
        let list = root.get("a").expect("there").items();
        assert!(matches!(&list[0].value, Value::Int(1, _)));
        let b = list[1].get("b").expect("there");
        assert_eq!((b.text(), &text[b.span.clone()]), (Some("c"), "\"c\""));
        assert_eq!(&text[root.entries()[0].key_span.clone()], "\"a\"");
        for (key, written) in [("d", Some("1.50")), ("e", None), ("f", Some("true"))] {
            assert_eq!(root.get(key).and_then(Node::text), written);
        }
    }

    #[test]
    fn strict_is_what_the_standard_allows() {
        for (text, loose) in [
            ("{\"a\": 1,}", true),
            ("// x\n{}", true),
            ("{a: 1}", true),
            ("{\"a\": +1}", true),
            ("{\"a\" 1}", false),
            ("{\"a\"\n:", false),
        ] {
            assert!(json(text, Json::Strict, &LIMITS).is_err(), "{text}");
            assert_eq!(json(text, Json::Loose, &LIMITS).is_ok(), loose, "{text}");
        }
        assert_eq!(json(" ", Json::Strict, &LIMITS), Ok(None));
    }

    #[test]
    fn what_is_too_deep_or_too_large_is_refused() {
        let fault = |text: &str| json(text, Json::Loose, &LIMITS).expect_err("refused").fault;
        assert!(matches!(fault(&"[".repeat(100_000)), Fault::Syntax(_)));
        assert_eq!(fault(&("[".repeat(99) + &"]".repeat(99))), Fault::Deep);
        assert_eq!(fault(&format!("[{}1]", "1,".repeat(100))), Fault::Large);
    }
}
