//! Lists of values: `tokens = ["…"]`, a name over the items of a YAML list, as recorded HTTP headers are written, and the arrays
//! that PHP serialized.

use super::{Assignment, Cursor};
use std::ops::Range;

impl Cursor<'_> {
    /// How far it is from the start of a line to its value when `name:` ends the line before and this one is an item of its list.
    pub(super) fn item(&self, line: &[u8]) -> Option<usize> {
        let named = self.text[self.name.start..self.at]
            .trim_ascii_end()
            .ends_with(b":");
        let blanks = line.len() - line.trim_ascii_start().len();
        (named && line[blanks..].starts_with(b"- ")).then_some(blanks + 2)
    }

    /// How far it is to the value where PHP's `serialize` wrote both, each with its length: `s:5:"token";s:3:"…"`.
    pub(super) fn serialized(&self) -> Option<usize> {
        let digits = self.ahead(9)[3..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        (digits > 0 && self.peek(3 + digits) == b':').then_some(4 + digits)
    }

    /// The name of one value: what a list of them is called, without the plural's `s`.
    pub(super) fn singular(&self, keyword: &Range<usize>) -> Range<usize> {
        let Range { start, end } = self.name;
        let plural = self.listed && end > keyword.end && matches!(self.text[end - 1], b's' | b'S');
        start..end - usize::from(plural)
    }
}

/// What the list that `first` opens holds besides, each as an assignment to the same name.
#[must_use]
pub fn rest(text: &[u8], first: &Assignment) -> Vec<Assignment> {
    let mut found = Vec::new();
    let mut value = first.value.clone();
    while first.listed && found.len() < MOST {
        let Some(next) = next(text, &value, first.quoted) else {
            break;
        };
        value = next.clone();
        found.push(Assignment {
            value: super::without_scheme(text, next),
            ..first.clone()
        });
    }
    found
}

/// The value after `value`: `, "…"` in brackets, `- …` on the next line in YAML.
fn next(text: &[u8], value: &Range<usize>, quoted: bool) -> Option<Range<usize>> {
    let after = value.end + usize::from(quoted);
    let gap = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        rest.len() - rest.trim_ascii_start().len()
    };
    let sign = after + gap(after);
    let start = match text.get(sign..)? {
        [b',', ..] if quoted => sign + 1 + gap(sign + 1),
        [b'-', b' ', ..] if text[after..sign].contains(&b'\n') => sign + 2,
        _ => return None,
    };
    let closing = text.get(value.end).filter(|_| quoted);
    let opens = closing.is_some_and(|quote| text.get(start) == Some(quote));
    if quoted && !opens {
        return None;
    }
    let start = start + usize::from(quoted);
    let length = text.get(start..)?.iter().position(|byte| match closing {
        Some(quote) => byte == quote || matches!(byte, b'\n' | b'\\'),
        None => byte.is_ascii_whitespace(),
    })?;
    let ends = closing.is_none_or(|quote| text[start + length] == *quote);
    (ends && length > 0).then_some(start..start + length)
}

/// More values than this are data.
const MOST: usize = 64;
