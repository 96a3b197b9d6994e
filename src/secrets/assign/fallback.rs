//! Values stated for want of another: after a look-up, as the default of an argument, in the lines below a name.

use super::operator::Operator;
use super::{Cursor, LINES};
use crate::secrets::words::Parts;
use std::ops::Range;

/// How far after the name a default may stand on its line, in bytes.
const REACH: usize = 120;

impl Cursor<'_> {
    /// The default on the line of the name: `getenv("NAME") ?: "value"`, `string().default("value")`, `if … else "value"`.
    pub(super) fn fallback(&mut self) -> Option<(Range<usize>, bool)> {
        let from = self.at;
        let ahead = self.ahead(REACH);
        let length = ahead
            .iter()
            .position(|byte| matches!(byte, b'\n' | b';'))
            .unwrap_or(ahead.len());
        let line = &ahead[..length];
        // A default stands in quotes.
        memchr::memchr3(b'"', b'\'', b'`', line)?;
        let quotes: Vec<usize> = DEFAULTS
            .first_in(line)
            .into_iter()
            .filter(|word| !is_a_string(line, word))
            .filter_map(|word| Some(word.end + to_quote(&line[word.end..])?))
            .collect();
        for at in quotes {
            self.at = from + at;
            if let Some(found) = self.value(Operator::Default) {
                return self.trimmed(found);
            }
        }
        None
    }

    /// What counts where a name is set to a reference and something stands there for want of it: `token: config.token || "value"`.
    pub(super) fn otherwise(&mut self, found: (Range<usize>, bool)) -> (Range<usize>, bool) {
        let (value, quoted) = &found;
        let next = self.text[value.end..].trim_ascii_start();
        let more = !quoted && OTHERWISE.iter().any(|word| next.starts_with(word));
        if !more {
            return found;
        }
        self.at = value.end;
        self.fallback().unwrap_or(found)
    }

    /// A member that states the value in the lines below: `variable "name" {` over `default = "value"`, `NAME:` over
    /// `value: "value"`.
    pub(super) fn below(&mut self) -> Option<(Range<usize>, bool)> {
        let own = self.line_before(self.name.start);
        let indent = own.len() - own.trim_ascii_start().len();
        let rest = self.text.get(self.at..)?;
        let length = memchr::memchr(b'\n', rest);
        if let Some(width) = told_at_once(&rest[..length.unwrap_or(rest.len())]) {
            self.at += width;
            let found = self.value(Operator::Below)?;
            return self.trimmed(found);
        }
        let mut end = self.at + length?;
        let opens = self.text[self.at..end].trim_ascii();
        if opens.is_empty()
            || !opens
                .iter()
                .all(|byte| matches!(byte, b':' | b'=' | b'{' | b' '))
        {
            return None;
        }
        for _ in 1..LINES {
            let start = end + 1;
            let rest = self.text.get(start..)?;
            let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            let line = &rest[..length];
            let blanks = length - line.trim_ascii_start().len();
            if blanks <= indent {
                return None;
            }
            if let Some(width) = value_after(&line[blanks..]) {
                self.at = start + blanks + width;
                let found = self.value(Operator::Below)?;
                return self.trimmed(found);
            }
            end = start + length;
        }
        None
    }
}

/// How far it is to the quoted value of `: { "value": "…" }`, all on one line.
fn told_at_once(line: &[u8]) -> Option<usize> {
    let signs = line
        .iter()
        .take_while(|byte| b":={ ".contains(byte))
        .count();
    let width = signs + value_after(&line[signs..])?;
    let blanks = line[width..]
        .iter()
        .take_while(|byte| **byte == b' ')
        .count();
    let quoted = matches!(line.get(width + blanks), Some(b'"' | b'\''));
    (line[..signs].contains(&b'{') && quoted).then_some(width)
}

/// `"default",`: the word is a value of its own, and the quote after it closes it.
fn is_a_string(line: &[u8], word: &Range<usize>) -> bool {
    let quote = word.start.checked_sub(1).map(|before| line[before]);
    let after = line.get(word.end..).unwrap_or_default();
    matches!(quote, Some(b'"' | b'\''))
        && after.first().copied() == quote
        && !matches!(after.get(1), Some(b':' | b' ' | b'='))
}

/// How far it is to the quote that opens a default: `Value: "`, `_else(|_| "`, `": "`.
fn to_quote(text: &[u8]) -> Option<usize> {
    let word = text
        .iter()
        .take(16)
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    let closed = matches!(
        text.get(word..word + 2),
        Some([b'"' | b'\'', b':' | b' ' | b'='])
    );
    let at = word + usize::from(closed);
    let signs = text
        .get(at..)?
        .iter()
        .take(8)
        .take_while(|byte| matches!(byte, b' ' | b'=' | b':' | b'(' | b'|' | b'_' | b'{'))
        .count();
    matches!(text.get(at + signs)?, b'"' | b'\'' | b'`').then_some(at + signs)
}

/// How far it is to the value when the line is `value: …` or `default = …`.
fn value_after(line: &[u8]) -> Option<usize> {
    let quote = usize::from(matches!(line.first(), Some(b'"' | b'\'')));
    let word = line[quote..]
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let name = line[quote..quote + word].to_ascii_lowercase();
    if !matches!(name.as_slice(), b"value" | b"default" | b"defaultvalue") {
        return None;
    }
    let gap = line[quote + word..]
        .iter()
        .take_while(|byte| matches!(byte, b'"' | b'\'' | b' '))
        .count();
    let at = quote + word + gap;
    matches!(line.get(at), Some(b':' | b'=')).then_some(at + 1)
}

/// What joins a reference and what counts when it names nothing.
const OTHERWISE: &[&[u8]] = &[b"||", b"??", b"?:", b"or "];

/// What comes before a value that counts when there is no other.
static DEFAULTS: Parts = Parts::phrases(&[
    "default",
    "Default",
    "else ",
    "||",
    "??",
    "?:",
    " or ",
    "unwrap_or",
    "rElse",
    ") {",
    "by lazy {",
    "{ return",
]);
