//! Policy packs: the TOML files that state rules as data.
//!
//! One parser for the shipped packs and for a user's own. The build script includes this
//! module as well, so a shipped rule that is broken does not compile, and start-up does not
//! pay for parsing what cannot have changed. It therefore depends on nothing else in the crate.

mod anchor;
mod exact;
mod example;
mod rule;

pub use anchor::{Anchor, NoAnchor, Shape, says_all};
pub use exact::Value;
pub use example::expand;
pub use rule::{CodedRule, Entropy, Guard, Matcher, Near, SecretRule, Severity};

use serde::{Deserialize, Serialize};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The rules of one file, in the order written.
#[derive(Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct Pack {
    /// `[[secret]]`: shapes of secrets.
    pub secrets: Vec<SecretRule>,
    /// `[[rule]]`: what a check written in code is called, how bad it is and what to do.
    pub coded: Vec<CodedRule>,
}

/// One thing wrong in a pack, with the bytes of the file it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Byte range in the file.
    pub span: Range<usize>,
    /// What is wrong, lower case, no full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Pack {
    /// Reads a pack; every problem of the file is reported, not just the first.
    ///
    /// # Errors
    /// All syntax errors, unknown keys, rules without examples and patterns without a literal.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut problems: Vec<Problem> = errors
            .iter()
            .map(|error| Problem {
                span: error.span().unwrap_or(0..0),
                message: error.message().to_owned(),
                help: None,
            })
            .collect();
        let mut pack = Self::default();
        if problems.is_empty() {
            for (key, value) in table.into_inner() {
                let span = key.span();
                match &**key.get_ref() {
                    "secret" => pack.secrets = items(value, &mut problems, rule::RawSecret::finish),
                    "rule" => pack.coded = items(value, &mut problems, Ok::<CodedRule, _>),
                    other => problems.push(Problem {
                        span,
                        message: format!("unknown key `{other}` in a policy pack"),
                        help: Some("a pack holds `[[secret]]` and `[[rule]]` entries".into()),
                    }),
                }
            }
        }
        if problems.is_empty() {
            Ok(pack)
        } else {
            Err(problems)
        }
    }
}

/// Reads an array of tables item by item, so that one bad rule does not hide the next.
fn items<'i, R, T, F>(value: Spanned<DeValue<'i>>, problems: &mut Vec<Problem>, finish: F) -> Vec<T>
where
    R: Deserialize<'i>,
    F: Fn(R) -> Result<T, (String, Option<String>)>,
{
    let span = value.span();
    let DeValue::Array(array) = value.into_inner() else {
        problems.push(Problem {
            span,
            message: "expected an array of tables".into(),
            help: Some("write `[[secret]]`, with two brackets".into()),
        });
        return Vec::new();
    };
    let mut out = Vec::new();
    for item in array {
        let span = item.span();
        match R::deserialize(toml::de::ValueDeserializer::from(item)) {
            Ok(parsed) => match finish(parsed) {
                Ok(rule) => out.push(rule),
                Err((message, help)) => problems.push(Problem {
                    span,
                    message,
                    help,
                }),
            },
            Err(error) => problems.push(Problem {
                span: error.span().unwrap_or(span),
                message: error.message().to_owned(),
                help: None,
            }),
        }
    }
    out
}
