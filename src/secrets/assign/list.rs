//! Lists of values: `tokens = ["…"]`, a name over the items of a YAML list, as recorded HTTP headers are written, and the arrays
//! that PHP serialized.

use super::Cursor;
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
