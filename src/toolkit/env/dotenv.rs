//! `.env` files. There is no standard; this reads what the loaders of Node, Python, Ruby and Docker agree on.

use super::Assignment;

/// The assignments of a file. Comments are none; a quoted value may go over lines.
pub(in crate::toolkit) fn dotenv(text: &str) -> Vec<Assignment> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut endless = 0;
    while at < text.len() {
        let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
        let line = &text[at..end];
        let next = end + 1;
        let Some((key_start, key_end, value_start)) =
            key(line).map(|(from, to, value)| (at + from, at + to, at + value))
        else {
            at = next;
            continue;
        };
        let (value, value_span) = value(text, value_start, end, &mut endless);
        at = next.max(value_span.end);
        found.push(Assignment {
            key: text[key_start..key_end].to_owned(),
            key_span: key_start..key_end,
            value,
            value_span,
        });
    }
    found
}

/// Where the name begins and ends and the value begins: `[export] NAME=…`.
fn key(line: &str) -> Option<(usize, usize, usize)> {
    let trimmed = line.trim_start();
    let trimmed = trimmed.strip_prefix('\u{feff}').unwrap_or(trimmed);
    let trimmed = trimmed
        .strip_prefix("export ")
        .or_else(|| trimmed.strip_prefix("set "))
        .map_or(trimmed, str::trim_start);
    let start = line.len() - trimmed.len();
    let length = trimmed
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
        .count();
    let rest = &trimmed[length..];
    let value = rest.trim_start().strip_prefix('=')?;
    (length > 0).then_some((start, start + length, line.len() - value.len()))
}

/// The value that begins at `start`, on a line that ends at `end`.
fn value(
    text: &str,
    start: usize,
    end: usize,
    endless: &mut usize,
) -> (String, std::ops::Range<usize>) {
    let line = &text[start..end];
    let lead = line.len() - line.trim_start().len();
    let from = start + lead;
    let first = text[from..end].chars().next();
    if let Some(quote) =
        first.filter(|first| matches!(first, '"' | '\'' | '`') && *endless < ENDLESS)
    {
        if let Some(length) = closing(&text[from + 1..], quote) {
            return (
                text[from + 1..from + 1 + length].to_owned(),
                from..from + length + 2,
            );
        }
        *endless += 1;
    }
    // A `#` begins a comment only after white space: passwords have them.
    let rest = &text[from..end];
    let comment = rest
        .match_indices('#')
        .map(|(at, _)| at)
        .find(|at| rest[..*at].is_empty() || rest[..*at].ends_with(char::is_whitespace));
    let value = rest[..comment.unwrap_or(rest.len())].trim();
    (value.to_owned(), from..from + value.len())
}

/// Where the quote ends; a value in quotes over more than a few KiB is a quote that was never closed.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, letter) in text.char_indices().take_while(|(at, _)| *at < LONGEST) {
        if escaped {
            escaped = false;
        } else if letter == '\\' && quote == '"' {
            escaped = true;
        } else if letter == quote {
            return Some(at);
        }
    }
    None
}

/// Quotes that were never closed, after which no more are believed.
const ENDLESS: usize = 64;

const LONGEST: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_their_places() {
        let text = "\u{feff}# A=b\nexport URL=\"a # b\" # c\r\nBARE=x#y # z\nEMPTY=\nLINES='1\n2'\n  SPACED = v\nnot this\nQ=\"open\nLAST=é";
        let found: Vec<_> = dotenv(text)
            .into_iter()
            .map(|one| (one.key, one.value, text[one.value_span].to_owned()))
            .collect();
        let expected = [
            ("URL", "a # b", "\"a # b\""),
            ("BARE", "x#y", "x#y"),
            ("EMPTY", "", ""),
            ("LINES", "1\n2", "'1\n2'"),
            ("SPACED", "v", "v"),
            ("Q", "\"open", "\"open"),
            ("LAST", "é", "é"),
        ];
        assert_eq!(
            found,
            expected.map(|(key, value, raw)| (key.to_owned(), value.to_owned(), raw.to_owned()))
        );
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "[A-B= '\"`#\\\\\r\né\u{feff}]{0,60}") {
            for one in dotenv(&text) {
                proptest::prop_assert!(text.get(one.value_span).is_some() && text.get(one.key_span).is_some());
            }
        }
    }
}
