//! Lists of values: `tokens = ["…", "…"]`, a name over the items of a YAML list, as recorded HTTP headers are written, several values
//! that commas join in one, and the arrays that PHP serialized.

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

    /// Skips what opens an array in a language that says so: `[]string{`, `new[] {`, `vec![`, `%w[`; and `{`, which may.
    pub(super) fn array(&mut self, attached: bool) {
        let opener = ARRAYS
            .iter()
            .find(|array| self.ahead(array.len()) == **array);
        let width = match opener {
            Some(array) => array.len(),
            None if self.peek(0) == b'{' && !attached => 1,
            None => return,
        };
        let ahead = &self.ahead(width + 40)[width..];
        let blanks = ahead.len() - ahead.trim_ascii_start().len();
        let start = self.at + width + blanks;
        let words = opener.is_some_and(|array| array.starts_with(b"%"));
        let quoted = matches!(ahead.get(blanks), Some(b'"' | b'\''));
        if words || quoted && (opener.is_some() || self.several(start)) {
            self.at = start;
            self.listed = true;
        }
    }

    /// Whether a value in quotes begins here that a comma follows: of what stands in brackets, it is the first of several.
    pub(super) fn several(&self, at: usize) -> bool {
        let at = gap(self.text, at);
        let quote = matches!(self.text.get(at), Some(b'"' | b'\''));
        let end = end_of(self.text, at, b"").filter(|_| quote);
        end.is_some_and(|end| self.text.get(gap(self.text, end)) == Some(&b','))
    }

    /// Of a value that is several the first, and where it stands with all that its quotes hold.
    pub(super) fn first_of(&mut self, value: Range<usize>) -> (Range<usize>, Option<Range<usize>>) {
        if let Some(length) = joined(&self.text[value.clone()]) {
            self.listed = true;
            self.whole = value.start..value.start + length;
            return (self.whole.clone(), Some(self.whole.clone()));
        }
        (value, self.listed.then(|| self.whole.clone()))
    }

    /// The name of one value: what a list of them is called, without the plural's `s`.
    pub(super) fn singular(&self, keyword: &Range<usize>) -> Range<usize> {
        let Range { start, end } = self.name;
        let plural = self.listed && end > keyword.end && matches!(self.text[end - 1], b's' | b'S');
        start..end - usize::from(plural)
    }
}

impl Assignment {
    /// The text with `other` in the place of this value, and where that begins.
    pub(in crate::secrets) fn replaced(
        &self,
        text: &[u8],
        other: &Range<usize>,
    ) -> (usize, Vec<u8>) {
        let whole = self.listed.as_ref().unwrap_or(&self.value);
        let open = opening(text, whole).len();
        let (start, end) = (whole.start - open, whole.end + open);
        let instead = [&text[..start], &text[other.clone()], &text[end..]].concat();
        (start, instead)
    }
}

/// Whether a list may begin after a name that ends here; most do not.
pub(in crate::secrets) fn may_list(text: &[u8], name_end: usize) -> bool {
    let ahead = text.get(name_end..).unwrap_or_default();
    let ahead = &ahead[..ahead.len().min(64)];
    match memchr::memchr2(b'[', b'\n', ahead) {
        Some(at) if ahead[at] == b'\n' => {
            ahead[..at].trim_ascii_end().ends_with(b":")
                && ahead[at..].trim_ascii_start().starts_with(b"- ")
        }
        Some(_) => true,
        None => false,
    }
}

/// Where the values of a list stand that follow its first, quotes and all.
pub(in crate::secrets) fn others(text: &[u8], first: &Assignment) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let Some(whole) = &first.listed else {
        return found;
    };
    let open = opening(text, whole);
    let before = &text[..whole.start];
    let words = before.ends_with(b"%w[") || before.ends_with(b"%w(");
    let mut at = whole.end + open.len();
    while found.len() < MOST {
        let sign = gap(text, at);
        at = match text.get(sign..) {
            Some([b',', ..]) => gap(text, sign + 1),
            Some([b'-', b' ', ..]) if text[at..sign].contains(&b'\n') => sign + 2,
            Some([byte, ..]) if words && byte.is_ascii_alphanumeric() => sign,
            _ => break,
        };
        let Some(end) = end_of(text, at, open) else {
            break;
        };
        found.push(at..end);
        at = end;
    }
    found
}

/// Where the value ends that begins at `at`, with its quote.
fn end_of(text: &[u8], at: usize, open: &[u8]) -> Option<usize> {
    let rest = text.get(at..)?;
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    let quote = match line.first()? {
        _ if !open.is_empty() && line.starts_with(open) => open,
        b'"' => b"\"",
        b'\'' => b"'",
        _ => {
            let stops = |byte: &u8| byte.is_ascii_whitespace() || b",;[]{}()\"'`".contains(byte);
            let length = line.iter().position(stops).unwrap_or(line.len());
            return (length > 0).then_some(at + length);
        }
    };
    let inner = memchr::memmem::find(&line[quote.len()..], quote)?;
    Some(at + inner + 2 * quote.len())
}

/// The quote before a value that stands after it as well, with its backslashes.
fn opening<'t>(text: &'t [u8], value: &Range<usize>) -> &'t [u8] {
    let before = &text[..value.start];
    let Some(quote @ (b'"' | b'\'' | b'`')) = before.last() else {
        return &[];
    };
    let slashes = before[..before.len() - 1]
        .iter()
        .rev()
        .take_while(|byte| **byte == b'\\')
        .count();
    let open = &before[before.len() - 1 - slashes..];
    if text[value.end..].starts_with(open) && open.ends_with(&[*quote]) {
        open
    } else {
        &[]
    }
}

/// Past blanks, ends of lines and remarks.
fn gap(text: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let blanks = rest.len() - rest.trim_ascii_start().len();
        let rest = &rest[blanks..];
        at += blanks;
        if !(rest.starts_with(b"//") || rest.starts_with(b"# ")) {
            return at;
        }
        at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }
}

/// The length of the first of several tokens that commas join.
fn joined(value: &[u8]) -> Option<usize> {
    let first = memchr::memchr(b',', value)?;
    let token = |part: &[u8]| {
        let part = part.trim_ascii();
        let body = part.trim_ascii_end().strip_suffix(b"=").unwrap_or(part);
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.+/:=".contains(byte);
        (16..=256).contains(&part.len())
            && body.iter().all(plain)
            && body.iter().any(u8::is_ascii_digit)
            && body.iter().any(u8::is_ascii_alphabetic)
    };
    value
        .split(|byte| *byte == b',')
        .all(token)
        .then_some(first)
}

/// More values than this are data.
const MOST: usize = 64;

/// What opens an array, in Go, C#, Java, Rust and Ruby.
const ARRAYS: &[&[u8]] = &[
    b"[]string{",
    b"[...]string{",
    b"new[] {",
    b"new[]{",
    b"new []{",
    b"new string[] {",
    b"new string[]{",
    b"new String[] {",
    b"new String[]{",
    b"new List<string> {",
    b"new List<string>{",
    b"new HashSet<string> {",
    b"new() {",
    b"vec![",
    b"&[",
    b"%w[",
    b"%w(",
];

/// Calls that make a list of their arguments.
pub(super) const MAKERS: &[&[u8]] = &[
    b"array",
    b"list.of",
    b"set.of",
    b"aslist",
    b"listof",
    b"setof",
    b"arrayof",
    b"toset",
    b"tolist",
    b"set",
    b"tuple",
    b"frozenset",
    b"arraylist",
];
