//! JSON as Go reads it: no comments, no trailing commas.

use super::{Budget, DEPTH, Entry, Flaw, Kind, Node, too_large};
use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// Reads one JSON value; the first error ends it.
pub(super) fn read(text: &str) -> (Node, Vec<Flaw>) {
    let strict = ParseOptions {
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
    };
    let flaw = match parse_to_ast(text, &CollectOptions::default(), &strict) {
        Ok(parsed) => match parsed.value {
            Some(value @ Value::Object(_)) => match convert(&value, 0, &mut Budget::new()) {
                Ok(root) => return (root, Vec::new()),
                Err(flaw) => flaw,
            },
            _ => Flaw {
                span: 0..0,
                message: "expected a JSON object".into(),
            },
        },
        Err(error) => Flaw {
            span: error.range().start..error.range().end,
            message: error.kind().to_string().to_lowercase(),
        },
    };
    (Node::empty(), vec![flaw])
}

fn convert(value: &Value<'_>, depth: usize, budget: &mut Budget) -> Result<Node, Flaw> {
    let span = value.range().start..value.range().end;
    if depth > DEPTH || !budget.take(1) {
        return Err(too_large(span));
    }
    let kind = match value {
        Value::NullKeyword(_) => Kind::Null,
        Value::BooleanLit(literal) => Kind::Bool(literal.value),
        Value::StringLit(literal) => Kind::Text(literal.value.to_string()),
        Value::NumberLit(literal) => match literal.value.parse::<i64>() {
            Ok(number) => Kind::Int(number),
            Err(_) => Kind::Float(literal.value.parse().unwrap_or(f64::NAN)),
        },
        Value::Array(array) => {
            let mut list = Vec::new();
            for item in &array.elements {
                list.push(convert(item, depth + 1, budget)?.headed(None));
            }
            Kind::List(list)
        }
        Value::Object(object) => {
            let mut entries = Vec::new();
            for property in &object.properties {
                let range = property.name.range();
                let key_span = range.start..range.end;
                entries.push(Entry {
                    key: property.name.as_str().to_owned(),
                    value: convert(&property.value, depth + 1, budget)?.headed(Some(&key_span)),
                    key_span,
                });
            }
            Kind::Table(entries)
        }
    };
    Ok(Node { span, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_with_spans_and_strictly() {
        let text = r#"{"app": "x", "vm": [{"memory": "1gb", "cpus": 2}], "Last": null}"#;
        let (root, flaws) = read(text);
        assert!(flaws.is_empty());
        let vm = root
            .get("vm")
            .and_then(|vm| vm.tables().next())
            .expect("there");
        assert_eq!(
            &text[vm.get("memory").expect("there").span.clone()],
            "\"1gb\""
        );
        assert_eq!(&text[vm.span.clone()], "{\"memory\"");
        assert!(root.get("last").is_none());
        for bad in [
            "{\"a\": 1,}",
            "// x\n{}",
            "{a: 1}",
            "[1]",
            "",
            "{\"a\": +1}",
            "{\"a\" 1}",
        ] {
            assert_eq!(read(bad).1.len(), 1, "{bad}");
        }
    }
}
