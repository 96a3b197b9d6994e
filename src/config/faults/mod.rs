//! Everything that is wrong with a document, not just the first thing.
//!
//! serde stops at its first error. So when the whole does not read, each leaf is read again alone, in a document
//! that holds nothing else; every key may be left out, so each error is its own. The types stay the only
//! place that says which keys there are.

use crate::policy::Problem;
use crate::policy::masking::mask_words;
use serde::de::DeserializeOwned;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue, Error, ValueDeserializer};

/// Reads a document of type `T`, every key of which may be left out.
///
/// Returns what could be read (without the keys, and without the whole entries of arrays, that are wrong) and every unknown
/// key and bad value, in the order of the file.
pub(super) fn read<T: DeserializeOwned + Default>(
    table: Spanned<DeTable<'_>>,
) -> (T, Vec<Problem>) {
    let span = table.span();
    let root = Spanned::new(span, DeValue::Table(table.into_inner()));
    let error = match T::deserialize(ValueDeserializer::from(root.clone())) {
        Ok(document) => return (document, Vec::new()),
        Err(error) => error,
    };
    let mut blame = Blame {
        problems: Vec::new(),
        path: Vec::new(),
        alone: alone::<T>,
    };
    let rest = blame
        .walk(root)
        .and_then(|rest| T::deserialize(ValueDeserializer::from(rest)).ok());
    if blame.problems.is_empty() {
        // Only together are the parts wrong; no type of ours does that, but nothing bad may pass.
        blame.problems.push(Problem {
            span: error.span().unwrap_or_default(),
            message: "cannot be read".into(),
            help: None,
        });
    }
    blame
        .problems
        .sort_by_key(|problem| (problem.span.start, problem.span.end));
    blame.problems.dedup();
    (rest.unwrap_or_default(), blame.problems)
}

/// The candidate most like `word`, if any is close enough to be what was meant.
pub(crate) fn nearest<'c>(
    word: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let word = word.to_ascii_lowercase().replace('_', "-");
    if word.len() > LONGEST_NAME {
        return None;
    }
    let scored = candidates.into_iter().map(|candidate| {
        let plain = candidate.to_ascii_lowercase().replace('_', "-");
        let longest = plain.chars().count().max(word.chars().count());
        let distance = strsim::damerau_levenshtein(&word, &plain);
        // `health` for `health_path`: words left out or added count less than letters changed.
        let within = word.len() >= 4 && (plain.starts_with(&word) || word.starts_with(&plain));
        (
            if within { distance.min(2) } else { distance },
            longest,
            candidate,
        )
    });
    let (distance, longest, candidate) = scored.min_by_key(|(distance, ..)| *distance)?;
    (distance * 3 <= longest.max(3)).then_some(candidate)
}

/// "did you mean", or else the list of what there is.
pub(crate) fn advice(word: &str, candidates: &[&str]) -> Option<String> {
    match nearest(word, candidates.iter().copied()) {
        Some(meant) => Some(format!("did you mean `{meant}`?")),
        None if candidates.is_empty() => Some("there are no keys here".into()),
        None => Some(format!("there is {}", listed(candidates))),
    }
}

/// serde's words for an unknown key or choice, in ours; any other message with its long words masked, for it may quote a
/// value.
pub(super) fn in_words(message: &str) -> (String, Option<String>) {
    for (serde, ours) in [
        ("unknown field `", "unknown key"),
        ("unknown variant `", "unknown value"),
    ] {
        let parts = message
            .strip_prefix(serde)
            .and_then(|rest| rest.rsplit_once("`, expected "));
        if let Some((word, known)) = parts {
            return (
                format!("{ours} `{}`", shown(word)),
                advice(word, &quoted(known)),
            );
        }
    }
    (mask_words(message), None)
}

/// A word of the file as messages show it.
pub(crate) fn shown(word: &str) -> String {
    let cut: String = word.chars().take(LONGEST_NAME).collect();
    crate::finding::printable(&mask_words(&cut))
}

struct Blame<'i> {
    problems: Vec<Problem>,
    path: Vec<Step<'i>>,
    alone: fn(&[Step<'i>], Spanned<DeValue<'i>>) -> Option<Error>,
}

/// The way from the document to a value: the key or the array it stands in, with the span of the container.
enum Step<'i> {
    Key(Spanned<DeString<'i>>, Range<usize>),
    Item(Range<usize>),
}

/// What `T` says of a document that holds only `leaf`, at the end of `path`.
fn alone<'i, T: DeserializeOwned>(path: &[Step<'i>], leaf: Spanned<DeValue<'i>>) -> Option<Error> {
    let wrapped = path.iter().rev().fold(leaf, |inner, step| match step {
        Step::Key(key, span) => Spanned::new(
            span.clone(),
            DeValue::Table(DeTable::from_iter([(key.clone(), inner)])),
        ),
        Step::Item(span) => {
            let mut array = toml::de::DeArray::new();
            array.push(inner);
            Spanned::new(span.clone(), DeValue::Array(array))
        }
    });
    T::deserialize(ValueDeserializer::from(wrapped)).err()
}

impl<'i> Blame<'i> {
    /// Finds what is wrong in `value`, and returns what is left of it. Depth is bounded by the TOML parser's own limit.
    fn walk(&mut self, value: Spanned<DeValue<'i>>) -> Option<Spanned<DeValue<'i>>> {
        let Some(error) = (self.alone)(&self.path, value.clone()) else {
            return Some(value);
        };
        let span = value.span();
        let about_itself = error.span().as_ref() == Some(&span);
        let missing = error.message().starts_with("missing field `");
        if missing && !matches!(value.get_ref(), DeValue::Table(_) | DeValue::Array(_)) {
            // Alone it leaves out what stands beside it.
            return Some(value);
        }
        let kind = kind(value.get_ref());
        let before = self.problems.len();
        let wrong_type = error.message().starts_with("invalid type: ");
        let whole = missing.then(|| value.clone());
        let rest = if (about_itself && wrong_type) || self.unknown_key(&error).is_some() {
            None
        } else {
            self.walk_into(value.into_inner(), &span)
        };
        if self.problems.len() > before {
            return Some(Spanned::new(span, rest?));
        }
        if missing && !about_itself {
            return whole;
        }
        let problem = self.explain(&error, span, kind);
        self.problems.push(problem);
        None
    }

    fn walk_into(&mut self, value: DeValue<'i>, span: &Range<usize>) -> Option<DeValue<'i>> {
        match value {
            DeValue::Table(table) => {
                let mut rest = DeTable::new();
                for (key, inner) in table {
                    self.path.push(Step::Key(key.clone(), span.clone()));
                    if let Some(inner) = self.walk(inner) {
                        rest.insert(key, inner);
                    }
                    self.path.pop();
                }
                Some(DeValue::Table(rest))
            }
            DeValue::Array(array) => {
                let mut rest = toml::de::DeArray::new();
                for inner in array {
                    let before = self.problems.len();
                    self.path.push(Step::Item(span.clone()));
                    let inner = self.walk(inner).filter(|_| self.problems.len() == before);
                    self.path.pop();
                    if let Some(inner) = inner {
                        rest.push(inner);
                    }
                }
                Some(DeValue::Array(rest))
            }
            _ => None,
        }
    }

    /// The keys that would be known, when the error is that the last key is not.
    fn unknown_key<'e>(&self, error: &'e Error) -> Option<(String, Vec<&'e str>)> {
        let Some(Step::Key(key, _)) = self.path.last() else {
            return None;
        };
        let expected = error
            .message()
            .strip_prefix(&format!("unknown field `{}`, ", key.get_ref()))?;
        Some((key.get_ref().to_string(), quoted(expected)))
    }

    fn explain(&self, error: &Error, span: Range<usize>, kind: &str) -> Problem {
        let key_span = self.path.iter().rev().find_map(|step| match step {
            Step::Key(key, _) => Some(key.span()),
            Step::Item(_) => None,
        });
        if let Some((key, known)) = self.unknown_key(error) {
            let outer = self.path.split_last().map_or(&[][..], |(_, outer)| outer);
            return Problem {
                span: key_span.unwrap_or(span),
                message: format!("unknown key `{}` {}", shown(&key), Self::place_of(outer)),
                help: advice(&key, &known),
            };
        }
        let name = self.name();
        let message = error.message();
        if message.starts_with("unknown variant `") {
            let (given, known) = message.rsplit_once("`, expected ").unwrap_or((message, ""));
            let known = quoted(known);
            let given = given.trim_start_matches("unknown variant `");
            return Problem {
                span,
                message: format!("unknown value for {name}"),
                help: advice(given, &known),
            };
        }
        if message == "wanted string or table" {
            return Problem {
                span,
                message: format!("{name} must be a string, not {kind}"),
                help: None,
            };
        }
        if let Some(missing) = message.strip_prefix("missing field ") {
            let message = format!("{missing} must be given {}", Self::place_of(&self.path));
            return Problem {
                span,
                message,
                help: None,
            };
        }
        let wrong_type = message.starts_with("invalid type: ");
        if wrong_type || message.starts_with("invalid value: ") {
            // What stands before the last `expected` may quote the value.
            let expected = message
                .rsplit_once(", expected ")
                .map_or("something else", |(_, expected)| expected);
            let message = match expectation(expected) {
                expected if wrong_type => format!("{name} must be {expected}, not {kind}"),
                expected => format!("{name} must be {expected}"),
            };
            return Problem {
                span,
                message,
                help: None,
            };
        }
        // Types of other rooms may quote what they refuse.
        let message = mask_words(message);
        let (message, help) = match message.split_once('\n') {
            Some((message, help)) => (message, Some(help.to_owned())),
            None => (message.as_str(), None),
        };
        Problem {
            span,
            message: format!("{name} {message}"),
            help,
        }
    }

    /// The nearest key, as messages call the value.
    fn name(&self) -> String {
        let inside = matches!(self.path.last(), Some(Step::Item(_)));
        let key = self.path.iter().rev().find_map(|step| match step {
            Step::Key(key, _) => Some(shown(key.get_ref())),
            Step::Item(_) => None,
        });
        match key {
            Some(key) if inside => format!("an item of `{key}`"),
            Some(key) => format!("`{key}`"),
            None => "the file".into(),
        }
    }

    /// The table at the end of a path, as it is written.
    fn place_of(path: &[Step<'_>]) -> String {
        let mut keys: Vec<String> = Vec::new();
        let mut array = false;
        for step in path {
            match step {
                Step::Key(key, _) => keys.push(shown(key.get_ref())),
                Step::Item(_) => array = true,
            }
        }
        match (keys.is_empty(), array) {
            (true, _) => "at the top level".into(),
            (false, true) => format!("in `[[{}]]`", keys.join(".")),
            (false, false) => format!("in `[{}]`", keys.join(".")),
        }
    }
}

/// The words in back-quotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn listed(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

/// serde's word for what it wanted, in words of TOML.
fn expectation(serde: &str) -> &str {
    match serde {
        "a sequence" => "an array",
        "a map" => "a table",
        "i64" | "u64" => "a whole number",
        "u32" => "a whole number from 0 to 4294967295",
        "a Datetime" | "a TOML datetime" => "a date without quotes, such as 2026-12-31",
        _ if serde.starts_with("struct ") => "a table",
        _ if serde.contains("enum ") => "a string",
        other => other,
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

/// Letters of the longest name compared or shown.
const LONGEST_NAME: usize = 60;

#[cfg(test)]
mod tests;
