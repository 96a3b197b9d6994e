//! Reads one assignment round a keyword, in whatever language it is written.
//!
//! `name = "value"` in code, `NAME=value` in env files and shells, `name: value` in YAML, `"name": "value"` in JSON and in
//! JSON inside JSON (`\"name\": \"value\"`), `<name>value</name>`, `--name value`, `setenv("NAME", "value")`, `name => value`,
//! a default after `||`, `??` or `:-`, a Markdown table row, `ENV NAME value`, and pairs where the name is itself a value
//! (`"name": "TOKEN", "value": "…"`). A value on the next line counts when it is quoted, when it is the text of a YAML block or when it
//! is the first item of a YAML list; and where nothing is assigned but something is stated for want of it (`getenv("TOKEN") ?: "…"`,
//! `default = "…"`, `token: config.token || "…"`), that counts.

mod fallback;
mod list;
mod operator;
mod pair;
mod value;
mod words;

pub(super) use list::{may_list, others};

use super::escapes;
use operator::Operator;
use std::ops::Range;

/// A name and what it is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The name, without quotes.
    pub name: Range<usize>,
    /// The value, without quotes.
    pub value: Range<usize>,
    /// Whether the value stood in quotes.
    pub quoted: bool,
    /// Whether it is only compared with the name (`==`).
    pub compared: bool,
    /// Where it stands with all that its quotes hold, if it is the first value of a list.
    pub listed: Option<Range<usize>>,
}

/// Longest name, in bytes, either side of the keyword.
const NAME: usize = 80;
/// How many lines an assignment may have, that of its name included.
pub(super) const LINES: usize = 5;
/// The same for a list of values.
pub(super) const LIST_LINES: usize = 32;

/// The name that holds `keyword`, both ranges of `text`.
#[must_use]
pub fn name(text: &[u8], keyword: &Range<usize>) -> Range<usize> {
    let start = name_start(text, keyword.start);
    let mut end = name_end(text, keyword.end);
    if text[..start].ends_with(b"${") {
        end = keyword.end
            + memchr::memchr(b'-', &text[keyword.end..end]).unwrap_or(end - keyword.end);
    }
    start..end
}

/// The assignment to a [`name`] that holds `keyword`; looks no further than [`LINES`] lines.
#[must_use]
pub fn read(text: &[u8], name: Range<usize>, keyword: &Range<usize>) -> Option<Assignment> {
    let mut cursor = Cursor {
        text,
        at: name.end,
        name,
        listed: false,
        whole: 0..0,
    };
    let quoted_name = cursor.closers();
    if quoted_name && cursor.is_case() {
        return None;
    }
    let attached = cursor.at;
    let mut compared = false;
    let found = cursor
        .set(quoted_name, keyword, &mut compared)
        .map(|found| cursor.otherwise(found))
        .or_else(|| {
            cursor.at = attached;
            cursor.below().or_else(|| cursor.fallback())
        })?;
    let (value, quoted) = found;
    let (value, listed) = cursor.first_of(value);
    Some(Assignment {
        name: cursor.singular(keyword),
        value,
        quoted,
        compared,
        listed,
    })
}

/// A place in the text after the name.
struct Cursor<'t> {
    text: &'t [u8],
    at: usize,
    name: Range<usize>,
    /// Whether the value is the first of a list.
    listed: bool,
    /// The value with all that its quotes hold.
    whole: Range<usize>,
}

impl<'t> Cursor<'t> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(b'\n')
    }

    /// Up to `length` bytes from here.
    fn ahead(&self, length: usize) -> &[u8] {
        let low = self.at.min(self.text.len());
        &self.text[low..(low + length).min(self.text.len())]
    }

    /// Skips blanks, and the colours of a terminal among them.
    fn blanks(&mut self) {
        loop {
            let from = self.at;
            while matches!(self.peek(0), b' ' | b'\t') && self.at < self.text.len() {
                self.at += 1;
            }
            self.at += escapes::colours(self.text.get(self.at..).unwrap_or_default());
            if self.at == from {
                return;
            }
        }
    }

    /// What the name is set to, and whether that stood in quotes.
    fn set(
        &mut self,
        quoted_name: bool,
        keyword: &Range<usize>,
        compared: &mut bool,
    ) -> Option<(Range<usize>, bool)> {
        let attached = self.at;
        let called = self.peek(0) == b'(';
        self.blanks();
        if !called && self.peek(0) == b'(' {
            return None;
        }
        let operator = self.operator(quoted_name, attached)?;
        if operator == Operator::Call && !hands_over(self.text, &self.name, keyword) {
            return None;
        }
        let found = match operator {
            Operator::Element => self.element()?,
            Operator::Cell => self.cell()?,
            _ => self.value(operator)?,
        };
        *compared = operator == Operator::Compare;
        self.trimmed(found)
    }

    /// The value without a scheme and quotes of its own, unless nothing is left of it or it only opens an object.
    fn trimmed(&mut self, (value, quoted): (Range<usize>, bool)) -> Option<(Range<usize>, bool)> {
        self.whole = value.clone();
        let range = without_quotes(self.text, without_scheme(self.text, value));
        let opens = |byte: &u8| matches!(byte, b'{' | b'[' | b'(' | b'|' | b'>' | b'&');
        let nothing = !quoted && self.text[range.clone()].iter().all(opens);
        (!range.is_empty() && !nothing).then_some((range, quoted))
    }

    /// `case "name":` in a program: what follows is code.
    fn is_case(&self) -> bool {
        let before = self.text[..self.name.start.saturating_sub(1)].trim_ascii_end();
        before.strip_suffix(b"case").is_some_and(|rest| {
            rest.last()
                .is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
        })
    }

    /// What stands before `at` on its line, [`NAME`] bytes of it at most.
    fn line_before(&self, at: usize) -> &'t [u8] {
        let low = at.saturating_sub(NAME);
        let start =
            memchr::memrchr(b'\n', &self.text[low..at]).map_or(low, |newline| low + newline + 1);
        &self.text[start..at]
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$')
}

fn name_start(text: &[u8], from: usize) -> usize {
    let low = from.saturating_sub(NAME);
    let start = text[low..from]
        .iter()
        .rposition(|byte| !is_name(*byte))
        .map_or(low, |at| low + at + 1);
    // `checksum/secret: …`: what Helm writes of a file's content.
    if text[low..start].ends_with(b"checksum/") {
        return start - b"checksum/".len();
    }
    // The last letter of `\n` and of a colour is no part of a name.
    escapes::last_end(text, start, from).unwrap_or(start)
}

fn name_end(text: &[u8], from: usize) -> usize {
    let high = (from + NAME).min(text.len());
    let mut end = text[from..high]
        .iter()
        .position(|byte| !is_name(*byte))
        .map_or(high, |at| from + at);
    // `token->`, `token.` at the end of a sentence, `${TOKEN-default}`.
    while end > from && matches!(text[end - 1], b'-' | b'.') {
        end -= 1;
    }
    end
}

/// Whether a call hands its argument to what the keyword names: `setPassword("…")`, `token.set("…")`, not
/// `token.strftime("…")` or `verifyPassword("…")`.
fn hands_over(text: &[u8], name: &Range<usize>, keyword: &Range<usize>) -> bool {
    let words = &text[name.clone()];
    let method = words
        .iter()
        .rposition(|byte| *byte == b'.')
        .map_or(0, |dot| dot + 1);
    let lower = words[method..].to_ascii_lowercase();
    if keyword.start < name.start + method {
        return [
            &b"set"[..],
            b"put",
            b"add",
            b"store",
            b"of",
            b"from",
            b"new",
        ]
        .contains(&lower.as_slice());
    }
    !READERS
        .split_ascii_whitespace()
        .any(|verb| lower.starts_with(verb.as_bytes()))
}

/// Without the scheme of an `Authorization` header: `Bearer `, `Basic `, `Token ` …
fn without_scheme(text: &[u8], range: Range<usize>) -> Range<usize> {
    let value = &text[range.clone()];
    let scheme = [&b"bearer "[..], b"basic ", b"token ", b"apikey ", b"bot "]
        .into_iter()
        .find(|scheme| {
            value
                .get(..scheme.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
        });
    range.start + scheme.map_or(0, <[u8]>::len)..range.end
}

/// Without quotes inside the quotes: `"\"value\""`, `"'value'"`.
fn without_quotes(text: &[u8], range: Range<usize>) -> Range<usize> {
    let value = &text[range.clone()];
    let slashes = value.iter().take_while(|byte| **byte == b'\\').count();
    let Some(quote @ (b'"' | b'\'')) = value.get(slashes).copied() else {
        return range;
    };
    let closing = [&value[..slashes], &[quote]].concat();
    let inner = range.start + slashes + 1..range.end.saturating_sub(slashes + 1);
    if inner.start <= inner.end && value.ends_with(&closing) {
        inner
    } else {
        range
    }
}

/// Methods that take a name or something to test, not a value to keep.
const READERS: &str = "
    get fetch find check verify validate is has parse read delete remove revoke describe expect assert test without require ensure log
    print should match compare resolve lookup decode extract
";

#[cfg(test)]
mod tests;
