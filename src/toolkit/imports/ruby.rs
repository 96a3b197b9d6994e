//! What Ruby requires: a tokenizer that knows comments, strings and heredocs, and the calls it finds.

use super::Import;
use std::ops::Range;

/// A piece of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::toolkit) enum Token<'t> {
    /// A name or keyword.
    Name(&'t str),
    /// A string without its quotes, and its place with them.
    Text(&'t str, Range<usize>),
    /// A symbol, also as the key of a hash.
    Symbol(&'t str),
    /// Any other character.
    Mark(u8),
    /// The end of a line that is not continued.
    Line,
}

/// Reads what `text` requires.
pub(super) fn imports(text: &str) -> Vec<Import> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if !matches!(token, Token::Name("require" | "gem" | "autoload" | "load")) {
            continue;
        }
        // `x.require` is a method of something else.
        if at > 0
            && matches!(
                tokens.get(at - 1),
                Some(Token::Mark(b'.') | Token::Name("def"))
            )
        {
            continue;
        }
        let rest = tokens.get(at + 1..).unwrap_or_default();
        let rest = if let [Token::Mark(b'('), rest @ ..] = rest {
            rest
        } else {
            rest
        };
        let named = match rest {
            [Token::Text(name, span), ..]
            | [
                Token::Symbol(_),
                Token::Mark(b','),
                Token::Text(name, span),
                ..,
            ] => Some((name, span)),
            _ => None,
        };
        if let Some((name, span)) = named {
            found.push(Import {
                name: (*name).to_owned(),
                span: span.clone(),
                type_only: false,
                part: false,
            });
        }
    }
    found
}

/// Takes `text` apart.
pub(in crate::toolkit) fn tokens(text: &str) -> Vec<Token<'_>> {
    lex(text).0
}

/// Takes `text` apart; and tells where what does not end begins, which hides all that is behind it.
pub(in crate::toolkit) fn lex(text: &str) -> (Vec<Token<'_>>, Option<usize>) {
    let mut unended = None;
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let mut out: Vec<Token<'_>> = Vec::new();
    let mut heredocs: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let fresh = at == 0 || byte(at - 1) == b'\n';
        let rest = text.get(at..).unwrap_or_default();
        if fresh && rest.starts_with("__END__") {
            break;
        }
        match byte(at) {
            b'=' if fresh && rest.starts_with("=begin") => {
                let end = rest.find("\n=end");
                unended = unended.or(end.is_none().then_some(at));
                at = end.map_or(bytes.len(), |end| line_end(bytes, at + end + 1));
            }
            b'#' => at = line_end(bytes, at),
            b'\\' if byte(at + 1) == b'\n' => at += 2,
            b'\n' => {
                let mut next = Some(at + 1);
                for name in heredocs.drain(..) {
                    next = next.and_then(|at| after_line(text, at, name));
                }
                unended = unended.or(next.is_none().then_some(at));
                at = next.unwrap_or(bytes.len());
                if !goes_on(out.last()) {
                    out.push(Token::Line);
                }
            }
            b'<' if heredoc(rest).is_some() => {
                let (name, length) = heredoc(rest).unwrap_or_default();
                heredocs.push(name);
                at += length;
            }
            quote @ (b'"' | b'\'' | b'`') => {
                let end = closing(bytes, at + 1, quote);
                unended = unended.or((end >= bytes.len()).then_some(at));
                out.push(Token::Text(
                    text.get(at + 1..end).unwrap_or_default(),
                    at..(end + 1).min(bytes.len()),
                ));
                at = end + 1;
            }
            b'%' if percent(rest).is_some() => {
                let (open, close) = percent(rest).unwrap_or_default();
                let end = closing(bytes, at + open, close);
                unended = unended.or((end >= bytes.len()).then_some(at));
                at = end + 1;
            }
            b':' if byte(at + 1).is_ascii_alphabetic() || byte(at + 1) == b'_' => {
                let end = word_end(bytes, at + 1);
                out.push(Token::Symbol(text.get(at + 1..end).unwrap_or_default()));
                at = end;
            }
            letter if starts_word(letter) => at = word(text, at, &mut out),
            mark => {
                if !mark.is_ascii_whitespace() {
                    out.push(Token::Mark(mark));
                }
                at += 1;
            }
        }
    }
    (out, unended)
}

/// Whether a statement goes on in the line below that token.
fn goes_on(token: Option<&Token<'_>>) -> bool {
    matches!(token, Some(Token::Mark(b',' | b'(' | b'[' | b'{')) | None)
}

/// Reads the word at `start`; gives where it ends.
fn word<'t>(text: &'t str, start: usize, out: &mut Vec<Token<'t>>) -> usize {
    let bytes = text.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
    let end = word_end(bytes, start);
    let word = text.get(start..end).unwrap_or_default();
    // `group: :test`
    if byte(end) == b':' && byte(end + 1) != b':' {
        out.push(Token::Symbol(word));
        end + 1
    } else {
        out.push(Token::Name(word));
        end
    }
}

fn starts_word(letter: u8) -> bool {
    letter.is_ascii_alphabetic() || letter == b'_' || letter >= 0x80
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', bytes.get(at..).unwrap_or_default()).map_or(bytes.len(), |end| at + end)
}

/// Where the text goes on after the line that says only `name`; none where there is no such line.
fn after_line(text: &str, mut at: usize, name: &str) -> Option<usize> {
    while at < text.len() {
        let end = line_end(text.as_bytes(), at);
        let line = text.get(at..end).unwrap_or_default().trim();
        at = (end + 1).min(text.len());
        if line == name {
            return Some(at);
        }
    }
    None
}

fn word_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter()
        .position(|byte| {
            !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'?' | b'!') || *byte >= 0x80)
        })
        .map_or(bytes.len(), |end| from + end)
}

/// Where the literal ends that is closed by `quote`.
fn closing(bytes: &[u8], mut at: usize, quote: u8) -> usize {
    while let Some(byte) = bytes.get(at) {
        match *byte {
            b'\\' => at += 2,
            byte if byte == quote => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// `<<~SQL`, `<<-'SQL'`: the name that ends it and the bytes of its start.
fn heredoc(text: &str) -> Option<(&str, usize)> {
    let rest = text.strip_prefix("<<")?;
    let rest = rest.strip_prefix(['~', '-']).unwrap_or(rest);
    let quote = rest
        .chars()
        .next()
        .filter(|letter| matches!(letter, '"' | '\'' | '`'));
    let body = rest.get(quote.map_or(0, char::len_utf8)..)?;
    let end = body
        .find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
        .unwrap_or(body.len());
    let name = body
        .get(..end)
        .filter(|name| name.starts_with(|letter: char| letter.is_ascii_uppercase()))?;
    Some((
        name,
        text.len() - body.len() + end + quote.map_or(0, char::len_utf8),
    ))
}

/// `%w[`, `%q(`: the bytes of its start and what closes it.
fn percent(text: &str) -> Option<(usize, u8)> {
    let mut bytes = text.bytes().skip(1);
    let kind = bytes.next().filter(|kind| b"wWiIqQrsx".contains(kind))?;
    let _ = kind;
    let close = match bytes.next()? {
        b'(' => b')',
        b'[' => b']',
        b'{' => b'}',
        b'<' => b'>',
        other @ (b'|' | b'!' | b'/') => other,
        _ => return None,
    };
    Some((3, close))
}
