//! Durations as flyctl reads them: Go's notation, and integers whose unit depends on the place.

use super::document::{Node, Value};
use std::ops::Range;

/// What flyctl takes a bare integer for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// `kill_timeout`.
    Seconds,
    /// Checks of `[[services]]` and `[checks]`.
    Milliseconds,
    /// Everywhere else: Go's own unit.
    Nanoseconds,
}

impl Unit {
    /// Its plural.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Milliseconds => "milliseconds",
            Self::Nanoseconds => "nanoseconds",
        }
    }

    fn nanoseconds(self) -> f64 {
        match self {
            Self::Seconds => 1e9,
            Self::Milliseconds => 1e6,
            Self::Nanoseconds => 1.0,
        }
    }
}

/// A duration and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Time {
    /// Bytes of the value.
    pub span: Range<usize>,
    /// How long, in seconds; none when flyctl cannot read it.
    pub seconds: Option<f64>,
    /// The unit flyctl assumed, when it was a bare number.
    pub assumed: Option<Unit>,
}

impl Time {
    /// Reads a value; none when flyctl takes it as not set.
    #[must_use]
    pub fn read(node: &Node, unit: Unit) -> Option<Self> {
        let span = node.span.clone();
        #[expect(
            clippy::cast_precision_loss,
            reason = "nobody waits 2^53 nanoseconds to the nanosecond"
        )]
        let number = match &node.value {
            // Only the legacy forms are patched before Go sees the empty string.
            Value::Text(text) if text.is_empty() && unit != Unit::Nanoseconds => return None,
            Value::Text(text) => {
                return Some(Self {
                    span,
                    seconds: parse(text),
                    assumed: None,
                });
            }
            Value::Int(number, _) => *number as f64,
            Value::Float(number, _) => *number,
            // Of another type: the schema reports it.
            _ => return None,
        };
        Some(Self {
            span,
            seconds: Some(number * unit.nanoseconds() / 1e9),
            assumed: Some(unit),
        })
    }
}

/// Go's notation (<https://pkg.go.dev/time#ParseDuration>), in seconds.
fn parse(text: &str) -> Option<f64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0.0);
    }
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let unit = rest
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(rest.len());
        seconds += number
            * match &rest[..unit] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 1e-3,
                "us" | "µs" | "μs" => 1e-6,
                "ns" => 1e-9,
                _ => return None,
            };
        rest = &rest[unit..];
    }
    Some(sign * seconds)
}

/// A duration as a person writes it: `90 s`, `5 ms`, `30 µs`.
#[must_use]
pub fn shown(seconds: f64) -> String {
    let (number, unit) = match seconds.abs() {
        size if size >= 1.0 || size == 0.0 => (seconds, "s"),
        size if size >= 1e-3 => (seconds * 1e3, "ms"),
        size if size >= 1e-6 => (seconds * 1e6, "µs"),
        _ => (seconds * 1e9, "ns"),
    };
    format!("{} {unit}", (number * 1000.0).round() / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_notation() {
        let table = [
            ("10s", Some(10.0)),
            ("1m21s", Some(81.0)),
            ("500ms", Some(0.5)),
            ("1.5h", Some(5400.0)),
            ("0", Some(0.0)),
            ("-1s", Some(-1.0)),
            ("10", None),
            ("", None),
            ("s", None),
            ("1 s", None),
            ("1d", None),
            ("5µs", Some(5e-6)),
            ("1..2s", None),
            ("é", None),
        ];
        for (text, expected) in table {
            let found = parse(text);
            assert_eq!(found.is_some(), expected.is_some(), "{text}");
            assert!(
                (found.unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 1e-9,
                "{text}: {found:?}"
            );
        }
    }

    #[test]
    fn bare_integers_depend_on_the_place() {
        let node = Node {
            span: 0..5,
            value: Value::Int(30_000, String::new()),
        };
        let seconds = |unit| Time::read(&node, unit).and_then(|time| time.seconds);
        assert_eq!(seconds(Unit::Milliseconds), Some(30.0));
        assert_eq!(shown(seconds(Unit::Nanoseconds).expect("read")), "30 µs");
        let empty = Node {
            span: 0..2,
            value: Value::Text(String::new()),
        };
        assert_eq!(Time::read(&empty, Unit::Milliseconds), None);
        assert_eq!(
            Time::read(&empty, Unit::Nanoseconds).expect("read").seconds,
            None
        );
    }
}
