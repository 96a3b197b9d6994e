//! Lines within brackets and quotes that stand too far to the left.
//!
//! YAML wants every line of `[…]`, `{…}` and of a quoted text to stand further right than the key it belongs to. The readers in
//! use (libyaml and go-yaml, so compose, GitHub Actions and flyctl) do not, and many files end a list with a bracket right
//! below its key. The parser does: so such a line is moved to the right and the text is read again.

use super::Offsets;
use saphyr_parser::ScanError;
use std::borrow::Cow;
use std::ops::Range;

/// The lines moved to the right.
#[derive(Debug, Default)]
pub(super) struct Moved {
    /// Where they begin, in bytes of the text, in order.
    lines: Vec<usize>,
}

impl Moved {
    /// The text with those lines moved.
    pub(super) fn apply<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.lines.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len() + self.lines.len() * BLANKS.len());
        let mut from = 0;
        for &line in &self.lines {
            out.push_str(text.get(from..line).unwrap_or_default());
            out.push_str(BLANKS);
            from = line;
        }
        out.push_str(text.get(from..).unwrap_or_default());
        Cow::Owned(out)
    }

    /// Moves one line more, if the error is about one that may be moved; false when nothing is left to try.
    pub(super) fn mend(&mut self, text: &str, error: &ScanError, offsets: &Offsets) -> bool {
        let most = (MOST_BYTES / text.len().max(1)).clamp(FEWEST, MOST_LINES);
        if self.lines.len() >= most {
            return false;
        }
        let at = self.place(offsets.byte(error.marker().index()));
        let begins = match error.info() {
            "invalid indentation" | "invalid indentation in flow construct" => {
                Some(begin_of_line(text, at))
            }
            // It is about a line of the text whose quote opens there: those above it may be moved as well.
            "invalid indentation in quoted scalar" => {
                let ends = text.bytes().enumerate().skip(at);
                let mut lines = ends
                    .filter(|(_, byte)| *byte == b'\n')
                    .map(|(end, _)| end + 1);
                lines.find(|line| self.lines.binary_search(line).is_err())
            }
            _ => None,
        };
        match begins.map(|line| (line, self.lines.binary_search(&line))) {
            Some((line, Err(place))) => {
                self.lines.insert(place, line);
                true
            }
            _ => false,
        }
    }

    /// Where in the text a byte of what [`Self::apply`] gave stands.
    pub(super) fn place(&self, byte: usize) -> usize {
        let mut place = byte;
        for &line in &self.lines {
            if place < line {
                break;
            }
            place = place.saturating_sub(BLANKS.len()).max(line);
        }
        place
    }

    /// As [`Self::place`], for a range.
    pub(super) fn range(&self, range: &Range<usize>) -> Range<usize> {
        self.place(range.start)..self.place(range.end)
    }
}

fn begin_of_line(text: &str, at: usize) -> usize {
    let before = text.as_bytes().get(..at).unwrap_or_default();
    memchr::memrchr(b'\n', before).map_or(0, |end| end + 1)
}

/// How far; a key that stands further right is nothing people write.
const BLANKS: &str =
    "                                                                                ";
/// Lines moved in one text.
const MOST_LINES: usize = 256;
/// Lines moved in a long text.
const FEWEST: usize = 4;
/// Bytes read again, about.
const MOST_BYTES: usize = 8 << 20;
