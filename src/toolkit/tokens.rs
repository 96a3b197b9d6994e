//! Cuts the languages of Prisma and Terraform into words, strings and signs.

use std::ops::Range;

/// What a [`Token`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters, digits and `_`.
    Word,
    /// A string in double quotes.
    Text,
    /// Anything else, one letter each.
    Sign,
}

/// A word, a string or a sign.
pub(super) struct Token<'t> {
    /// What it is.
    pub(super) kind: Kind,
    /// Quotes left out.
    pub(super) text: &'t str,
    /// Quotes included.
    pub(super) span: Range<usize>,
}

/// Words, strings and signs; comments left out, those that begin with `#` if `hash`.
pub(super) fn tokens(text: &str, hash: bool) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(letter) = text[at..].chars().next() {
        let rest = &text[at..];
        let length = if rest.starts_with("//") || (hash && letter == '#') {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if letter == '"' {
            let inner = string(&rest[1..]);
            found.push(Token {
                kind: Kind::Text,
                text: &rest[1..=inner],
                span: at..(at + inner + 2).min(text.len()),
            });
            (inner + 2).min(rest.len())
        } else if letter.is_alphanumeric() || letter == '_' {
            let length = rest
                .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
                .unwrap_or(rest.len());
            found.push(Token {
                kind: Kind::Word,
                text: &rest[..length],
                span: at..at + length,
            });
            length
        } else {
            if !letter.is_whitespace() {
                found.push(Token {
                    kind: Kind::Sign,
                    text: &rest[..letter.len_utf8()],
                    span: at..at + letter.len_utf8(),
                });
            }
            letter.len_utf8()
        };
        at += length;
    }
    found
}

/// Bytes before the closing quote; strings end with their line.
fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in rest.char_indices() {
        match letter {
            '\n' => return at,
            '"' if !escaped => return at,
            _ => escaped = letter == '\\' && !escaped,
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_left_out() {
        let words = |hash| {
            tokens("a # b\n\"c # \\\" d\" // e\n/* f */ g", hash)
                .into_iter()
                .map(|token| token.text.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(words(true), ["a", "c # \\\" d", "g"]);
        assert_eq!(words(false), ["a", "#", "b", "c # \\\" d", "g"]);
    }
}
