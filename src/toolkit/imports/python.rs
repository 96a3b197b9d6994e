//! What Python imports: a tokenizer that knows comments, strings, brackets and continued lines, which is all that imports need
//! (<https://docs.python.org/3/reference/lexical_analysis.html>).

use super::{Code, Import, addresses};
use std::ops::Range;

/// A piece of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A name or keyword.
    Name(&'t str, Range<usize>),
    /// A string without its quotes; escapes are left as they are.
    Text(&'t str, Range<usize>),
    /// Any other character.
    Mark(u8),
    /// The end of a logical line, and how far the next one is indented.
    Line(usize),
}

/// Reads the imports of `text`, and what may be addresses in it.
pub(super) fn read(text: &str) -> Code {
    let tokens = tokens(text);
    Code {
        imports: imports(&tokens),
        literals: addresses::python(&tokens),
    }
}

fn imports(tokens: &[Token<'_>]) -> Vec<Import> {
    let mut found = Vec::new();
    let mut fresh = true;
    let mut indent = 0;
    let mut only_types: Option<usize> = None;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let rest = tokens.get(at + 1..).unwrap_or_default();
        let type_only = only_types.is_some();
        match token {
            Token::Line(next) => {
                indent = *next;
                only_types = only_types.filter(|outer| indent > *outer);
            }
            Token::Name("import", _) if fresh => import(rest, type_only, &mut found),
            Token::Name("from", _) if fresh => from(rest, type_only, &mut found),
            Token::Name("if", _) if fresh && guards_types(rest) => {
                only_types = only_types.or(Some(indent))
            }
            Token::Name("import_module" | "__import__" | "find_spec", _) => {
                if let [Token::Mark(b'('), Token::Text(name, span), ..] = rest {
                    found.push(Import {
                        name: (*name).to_owned(),
                        span: span.clone(),
                        type_only: false,
                        part: false,
                    });
                }
            }
            _ => {}
        }
        fresh = matches!(token, Token::Line(_) | Token::Mark(b';' | b':'));
        at += 1;
    }
    found
}

/// Every name that stands anywhere in the text, comments and strings included.
pub(super) fn words(text: &[u8]) -> impl Iterator<Item = &str> {
    text.split(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'))
        .filter(|word| word.len() > 1)
        .filter_map(|word| std::str::from_utf8(word).ok())
}

/// `import a.b as c, d`
fn import(mut rest: &[Token<'_>], type_only: bool, found: &mut Vec<Import>) {
    loop {
        let (name, span, after) = dotted(rest);
        let Some(span) = span else { return };
        found.push(Import {
            name,
            span,
            type_only,
            part: false,
        });
        rest = match after {
            [Token::Name("as", _), Token::Name(..), after @ ..] => after,
            after => after,
        };
        match rest {
            [Token::Mark(b','), after @ ..] => rest = after,
            _ => return,
        }
    }
}

/// `from a.b import (c as d, e)`: the module, and each name, which may be a module of its own.
fn from(rest: &[Token<'_>], type_only: bool, found: &mut Vec<Import>) {
    // A module of the same package begins with a dot.
    let (module, span, after) = dotted(rest);
    let (Some(span), [Token::Name("import", _), after @ ..]) = (span, after) else {
        return;
    };
    found.push(Import {
        name: module.clone(),
        span,
        type_only,
        part: false,
    });
    let mut renamed = false;
    for token in after {
        match token {
            Token::Line(_) | Token::Mark(b';' | b')') => return,
            Token::Name("as", _) => renamed = true,
            Token::Name(..) if renamed => renamed = false,
            Token::Name(name, span) => found.push(Import {
                name: format!("{module}.{name}"),
                span: span.clone(),
                type_only,
                part: true,
            }),
            _ => {}
        }
    }
}

/// A dotted name at the start of `rest`, its place, and what follows.
fn dotted<'r, 't>(mut rest: &'r [Token<'t>]) -> (String, Option<Range<usize>>, &'r [Token<'t>]) {
    let mut name = String::new();
    let mut span: Option<Range<usize>> = None;
    while let [Token::Name(part, place), after @ ..] = rest {
        name.push_str(part);
        span = Some(span.map_or_else(|| place.clone(), |span| span.start..place.end));
        rest = after;
        match rest {
            [Token::Mark(b'.'), after @ ..] => {
                name.push('.');
                rest = after;
            }
            _ => break,
        }
    }
    (name, span, rest)
}

/// `if TYPE_CHECKING:`, by any module's name.
fn guards_types(rest: &[Token<'_>]) -> bool {
    matches!(
        rest,
        [Token::Name("TYPE_CHECKING", _), Token::Mark(b':'), ..]
            | [
                Token::Name(..),
                Token::Mark(b'.'),
                Token::Name("TYPE_CHECKING", _),
                Token::Mark(b':'),
                ..
            ]
    )
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let mut out = Vec::new();
    let (mut at, mut depth) = (0, 0_usize);
    while at < bytes.len() {
        match byte(at) {
            b'#' => at = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end),
            b'\\' if byte(at + 1) == b'\n' => at += 2,
            b'\\' if byte(at + 1) == b'\r' && byte(at + 2) == b'\n' => at += 3,
            b'\n' => {
                at += 1;
                if depth == 0 {
                    let indent = bytes[at..]
                        .iter()
                        .take_while(|byte| matches!(byte, b' ' | b'\t'))
                        .count();
                    // Empty lines and comments do not end a block.
                    if !matches!(byte(at + indent), b'\n' | b'\r' | b'#' | 0) {
                        out.push(Token::Line(indent));
                    }
                }
            }
            b'"' | b'\'' => at = string(text, at, &mut out),
            letter if letter.is_ascii_alphabetic() || letter == b'_' || letter >= 0x80 => {
                let end = bytes[at..]
                    .iter()
                    .position(|byte| {
                        !(byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80)
                    })
                    .map_or(bytes.len(), |end| at + end);
                // `r"…"`, `b'…'`: the letters say how the string is read.
                if !(matches!(byte(end), b'"' | b'\'') && end - at <= 2) {
                    out.push(Token::Name(text.get(at..end).unwrap_or_default(), at..end));
                }
                at = end;
            }
            mark => {
                match mark {
                    b'(' | b'[' | b'{' => depth += 1,
                    b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                if !mark.is_ascii_whitespace() {
                    out.push(Token::Mark(mark));
                }
                at += 1;
            }
        }
    }
    out
}

/// Reads the string that begins at `start`; gives where it ends.
fn string<'t>(text: &'t str, start: usize, out: &mut Vec<Token<'t>>) -> usize {
    let bytes = text.as_bytes();
    let quote = bytes[start];
    let triple = bytes[start..].starts_with(&[quote; 3]);
    let width = if triple { 3 } else { 1 };
    let mut at = start + width;
    while let Some(byte) = bytes.get(at) {
        match *byte {
            b'\\' => at += 2,
            // A string that was not closed ends with its line.
            b'\n' if !triple => return at,
            byte if byte == quote && (!triple || bytes[at..].starts_with(&[quote; 3])) => {
                out.push(Token::Text(
                    text.get(start + width..at).unwrap_or_default(),
                    start..at + width,
                ));
                return at + width;
            }
            _ => at += 1,
        }
    }
    bytes.len()
}
