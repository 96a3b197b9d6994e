//! Reads the words of a statement one after the other.

use super::lex::Token;
use super::read::{NotUnderstood, TableName};

/// A statement being read.
pub(super) struct Words<'s, 't> {
    pub(super) tokens: &'s [Token<'t>],
    pub(super) at: usize,
}

impl<'s, 't> Words<'s, 't> {
    pub(super) fn peek(&self) -> Option<&'s Token<'t>> {
        self.tokens.get(self.at)
    }

    pub(super) fn is(&self, keyword: &str) -> bool {
        self.peek().is_some_and(|token| token.is(keyword))
    }

    pub(super) fn next_is(&self, keyword: &str) -> bool {
        self.tokens
            .get(self.at + 1)
            .is_some_and(|token| token.is(keyword))
    }

    pub(super) fn take(&mut self, keyword: &str) -> bool {
        let found = self.is(keyword);
        self.at += usize::from(found);
        found
    }

    pub(super) fn take_any(&mut self, keywords: &[&'static str]) -> Option<&'static str> {
        let found = keywords.iter().copied().find(|keyword| self.is(keyword))?;
        self.at += 1;
        Some(found)
    }

    /// All of them in a row, or none.
    pub(super) fn take_all(&mut self, keywords: &[&str]) -> bool {
        let rest = self.tokens.get(self.at..).unwrap_or_default();
        let found = rest.len() >= keywords.len()
            && rest
                .iter()
                .zip(keywords)
                .all(|(token, keyword)| token.is(keyword));
        self.at += if found { keywords.len() } else { 0 };
        found
    }

    pub(super) fn take_sign(&mut self, sign: u8) -> bool {
        let found = self.peek().is_some_and(|token| token.is_sign(sign));
        self.at += usize::from(found);
        found
    }

    pub(super) fn name(&mut self) -> Option<String> {
        let name = self.peek()?.name()?;
        self.at += 1;
        Some(name)
    }

    /// `table`, `schema.table` or `database.schema.table`.
    pub(super) fn table(&mut self) -> Result<TableName, NotUnderstood> {
        let mut parts = vec![self.name().ok_or(NotUnderstood)?];
        while self.take_sign(b'.') {
            parts.push(self.name().ok_or(NotUnderstood)?);
        }
        let table = parts.pop().ok_or(NotUnderstood)?;
        Ok(TableName {
            schema: parts.pop(),
            table,
        })
    }

    /// The text of the parenthesis that begins here, parentheses left out.
    pub(super) fn parenthesis<'x>(&mut self, text: &'x [u8]) -> Option<&'x [u8]> {
        let start = self.peek().filter(|token| token.is_sign(b'('))?.span.end;
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            self.at += 1;
            if token.is_sign(b'(') {
                depth += 1;
            } else if token.is_sign(b')') {
                depth -= 1;
                if depth == 0 {
                    return text.get(start..token.span.start);
                }
            }
        }
        None
    }

    /// Goes past the next comma outside parentheses; false when there is none.
    pub(super) fn skip_past_comma(&mut self) -> bool {
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            self.at += 1;
            if token.is_sign(b'(') {
                depth += 1;
            } else if token.is_sign(b')') {
                depth = depth.saturating_sub(1);
            } else if depth == 0 && token.is_sign(b',') {
                return true;
            }
        }
        false
    }

    /// Where the last word read ends.
    pub(super) fn last_end(&self) -> usize {
        let last = self.at.min(self.tokens.len()).checked_sub(1);
        last.and_then(|last| self.tokens.get(last))
            .map_or(0, |token| token.span.end)
    }
}
