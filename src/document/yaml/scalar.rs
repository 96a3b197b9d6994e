//! What a scalar of YAML is.

use crate::document::Value;
use saphyr_parser::{ScalarStyle, Tag};
use std::borrow::Cow;

/// The core schema, as Go's yaml.v3 resolves it: `yes` and `on` stay texts (<https://yaml.org/spec/1.2.2/#103-core-schema>).
pub(super) fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
    if style != ScalarStyle::Plain || is_text {
        return Value::Text(text.into_owned());
    }
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return Value::Text(text.into_owned());
    }
    let plain = text.replace('_', "");
    let radix = [("0x", 16), ("0o", 8), ("0b", 2)];
    let number = radix
        .iter()
        .find_map(|(prefix, radix)| Some((plain.strip_prefix(prefix)?, *radix)));
    let written = text.into_owned();
    if let Some((digits, radix)) = number {
        return match i64::from_str_radix(digits, radix) {
            Ok(number) => Value::Int(number, written),
            Err(_) => Value::Text(written),
        };
    }
    if let Ok(number) = plain.parse::<i64>() {
        return Value::Int(number, written);
    }
    match plain.parse::<f64>() {
        Ok(number) => Value::Float(number, written),
        Err(_) => Value::Text(written),
    }
}
