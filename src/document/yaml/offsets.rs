//! Where in the bytes of a text its characters are.

use saphyr_parser::Span;
use std::ops::Range;

/// The parser counts characters; spans count bytes.
pub(super) struct Offsets {
    /// Byte offset of every character, when some are longer than one byte.
    bytes: Vec<usize>,
    length: usize,
}

impl Offsets {
    pub(super) fn new(text: &str) -> Self {
        let bytes = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(at, _)| at).collect()
        };
        Self {
            bytes,
            length: text.len(),
        }
    }

    pub(super) fn range(&self, span: &Span) -> Range<usize> {
        let start = self.byte(span.start.index());
        start..self.byte(span.end.index()).max(start)
    }

    pub(super) fn byte(&self, character: usize) -> usize {
        if self.bytes.is_empty() {
            character.min(self.length)
        } else {
            self.bytes.get(character).copied().unwrap_or(self.length)
        }
    }
}
