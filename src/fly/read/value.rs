//! Single values of a table, in the types flyctl turns them into; none for any other type.

use crate::fly::document::{Node, Value};
use crate::fly::model::Spot;
use crate::fly::time::{Time, Unit};

pub(super) fn sections<'n>(node: &'n Node, key: &str) -> impl Iterator<Item = &'n Node> + use<'n> {
    node.field(key).into_iter().flat_map(Node::tables)
}

pub(super) fn text(node: &Node, key: &str) -> Option<Spot<String>> {
    let value = node.field(key)?;
    Some(Spot {
        value: value.string()?.to_owned(),
        span: value.span.clone(),
    })
}

/// A scalar as Go writes it.
pub(super) fn loose(node: &Node, key: &str) -> Option<Spot<String>> {
    let value = node.field(key)?;
    Some(Spot {
        value: scalar(value)?,
        span: value.span.clone(),
    })
}

pub(super) fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        Value::Int(number, _) => Some(number.to_string()),
        Value::Float(number, _) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

pub(super) fn flag(node: &Node, key: &str) -> Option<Spot<bool>> {
    let value = node.field(key)?;
    match value.value {
        Value::Bool(flag) => Some(Spot {
            value: flag,
            span: value.span.clone(),
        }),
        _ => None,
    }
}

pub(super) fn int(node: &Node, key: &str) -> Option<Spot<i64>> {
    let value = node.field(key)?;
    let number = match value.value {
        Value::Int(number, _) => number,
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a cast saturates; only whole numbers get here"
        )]
        Value::Float(number, _) if number.is_finite() && number.fract() == 0.0 => number as i64,
        _ => return None,
    };
    Some(Spot {
        value: number,
        span: value.span.clone(),
    })
}

/// An integer, or a string of digits.
pub(super) fn digits(node: &Node, key: &str) -> Option<Spot<i64>> {
    int(node, key).or_else(|| {
        let spot = text(node, key)?;
        Some(Spot {
            value: spot.value.parse().ok()?,
            span: spot.span,
        })
    })
}

pub(super) fn time(node: &Node, key: &str, unit: Unit) -> Option<Time> {
    node.field(key).and_then(|value| Time::read(value, unit))
}

pub(super) fn names(node: &Node, key: &str) -> Vec<Spot<String>> {
    let Some(Value::List(items)) = node.field(key).map(|value| &value.value) else {
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| {
            Some(Spot {
                value: item.string()?.to_owned(),
                span: item.span.clone(),
            })
        })
        .collect()
}
