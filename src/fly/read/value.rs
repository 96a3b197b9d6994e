//! Single values of a table, in the types flyctl turns them into; none for any other type.

use crate::fly::document::{Kind, Node};
use crate::fly::model::Spot;
use crate::fly::time::{Time, Unit};

pub(super) fn sections<'n>(node: &'n Node, key: &str) -> impl Iterator<Item = &'n Node> + use<'n> {
    node.get(key).into_iter().flat_map(Node::tables)
}

pub(super) fn text(node: &Node, key: &str) -> Option<Spot<String>> {
    let value = node.get(key)?;
    Some(Spot {
        value: value.text()?.to_owned(),
        span: value.span.clone(),
    })
}

/// A scalar as Go writes it.
pub(super) fn loose(node: &Node, key: &str) -> Option<Spot<String>> {
    let value = node.get(key)?;
    Some(Spot {
        value: scalar(value)?,
        span: value.span.clone(),
    })
}

pub(super) fn scalar(node: &Node) -> Option<String> {
    match &node.kind {
        Kind::Text(text) => Some(text.clone()),
        Kind::Int(number) => Some(number.to_string()),
        Kind::Float(number) => Some(number.to_string()),
        Kind::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

pub(super) fn flag(node: &Node, key: &str) -> Option<Spot<bool>> {
    let value = node.get(key)?;
    match value.kind {
        Kind::Bool(flag) => Some(Spot {
            value: flag,
            span: value.span.clone(),
        }),
        _ => None,
    }
}

pub(super) fn int(node: &Node, key: &str) -> Option<Spot<i64>> {
    let value = node.get(key)?;
    let number = match value.kind {
        Kind::Int(number) => number,
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a cast saturates; only whole numbers get here"
        )]
        Kind::Float(number) if number.is_finite() && number.fract() == 0.0 => number as i64,
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
    node.get(key).and_then(|value| Time::read(value, unit))
}

pub(super) fn names(node: &Node, key: &str) -> Vec<Spot<String>> {
    let Some(Kind::List(items)) = node.get(key).map(|value| &value.kind) else {
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| {
            Some(Spot {
                value: item.text()?.to_owned(),
                span: item.span.clone(),
            })
        })
        .collect()
}
