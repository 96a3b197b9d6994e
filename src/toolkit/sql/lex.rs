//! Cuts SQL scripts of Postgres into statements, and statements into words.
//!
//! A migration is what `psql` would run: strings, dollar quotes and nested comments can hold semicolons, `COPY …
//! FROM stdin` is followed by data, and a backslash begins a command of psql itself
//! (<https://www.postgresql.org/docs/current/sql-syntax-lexical.html>).

use std::borrow::Cow;
use std::ops::Range;

/// A word, a literal or a sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) kind: Kind,
    /// As written, quotes left out.
    pub(super) text: &'t [u8],
    /// Where it stands in the file, quotes included.
    pub(super) span: Range<usize>,
}

/// What a [`Token`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword, a name or a number.
    Word,
    /// A name in double quotes.
    Name,
    /// A string in single quotes.
    Text,
    /// A string in dollar quotes: the body of a function, mostly.
    Body,
    /// Anything else, one byte each.
    Sign,
}

/// One statement, without its semicolon; never empty.
pub(super) type Statement<'t> = Vec<Token<'t>>;

impl Token<'_> {
    /// Whether this is that keyword (lower case); a quoted name never is.
    #[must_use]
    pub(super) fn is(&self, keyword: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(keyword.as_bytes())
    }

    /// Whether this is that sign.
    #[must_use]
    pub(super) fn is_sign(&self, sign: u8) -> bool {
        self.kind == Kind::Sign && self.text == [sign]
    }

    /// The name this stands for: unquoted ones are folded to lower case.
    #[must_use]
    pub(super) fn name(&self) -> Option<String> {
        match self.kind {
            Kind::Word => Some(String::from_utf8_lossy(self.text).to_lowercase()),
            Kind::Name => Some(String::from_utf8_lossy(self.text).replace("\"\"", "\"")),
            _ => None,
        }
    }

    /// The value of a string, doubled quotes resolved.
    #[must_use]
    pub(super) fn string(&self) -> Option<Cow<'_, str>> {
        match self.kind {
            Kind::Text => Some(Cow::Owned(
                String::from_utf8_lossy(self.text).replace("''", "'"),
            )),
            Kind::Body => Some(String::from_utf8_lossy(self.text)),
            _ => None,
        }
    }
}

/// The statements of `text[range]`; spans count from the beginning of `text`. The flag tells that a string or a comment
/// never ends, so that the rest was not understood.
#[must_use]
pub(super) fn statements(text: &[u8], range: Range<usize>) -> (Vec<Statement<'_>>, bool) {
    let end = range.end.min(text.len());
    let mut lexer = Lexer {
        text: &text[..end],
        at: range.start.min(end),
        cut: false,
    };
    let mut all = Vec::new();
    let mut current: Statement<'_> = Vec::new();
    // Open `begin atomic` and `case` of a function body written in plain SQL.
    let mut open = 0_usize;
    while let Some(token) = lexer.next() {
        if open > 0 && token.is("end") {
            open -= 1;
        } else if (token.is("atomic") && current.last().is_some_and(|last| last.is("begin")))
            || (open > 0 && token.is("case"))
        {
            open += 1;
        }
        if open > 0 || !token.is_sign(b';') {
            current.push(token);
            continue;
        }
        if copies_from_stdin(&current) {
            lexer.skip_data();
        }
        if !current.is_empty() {
            all.push(std::mem::take(&mut current));
        }
    }
    if !current.is_empty() {
        all.push(current);
    }
    (all, lexer.cut)
}

fn copies_from_stdin(statement: &[Token<'_>]) -> bool {
    statement.first().is_some_and(|first| first.is("copy"))
        && statement
            .windows(2)
            .any(|pair| pair[0].is("from") && pair[1].is("stdin"))
}

struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
    /// Something never ended.
    cut: bool,
}

impl<'t> Lexer<'t> {
    fn next(&mut self) -> Option<Token<'t>> {
        self.skip_space();
        let start = self.at;
        let first = *self.text.get(start)?;
        let (kind, inner) = match first {
            b'\'' => (Kind::Text, self.quoted(b'\'', false)),
            b'"' => (Kind::Name, self.quoted(b'"', false)),
            b'$' => match self.dollar() {
                Some(inner) => (Kind::Body, inner),
                None => (Kind::Sign, self.take(1)),
            },
            b'e' | b'E' if self.peek(1) == Some(b'\'') => {
                self.at += 1;
                (Kind::Text, self.quoted(b'\'', true))
            }
            b'u' | b'U'
                if self.peek(1) == Some(b'&') && matches!(self.peek(2), Some(b'\'' | b'"')) =>
            {
                let quote = self.peek(2).unwrap_or(b'"');
                self.at += 2;
                (
                    if quote == b'"' {
                        Kind::Name
                    } else {
                        Kind::Text
                    },
                    self.quoted(quote, false),
                )
            }
            _ if is_word(first) => {
                let length = self.text[start..]
                    .iter()
                    .take_while(|byte| is_word(**byte) || **byte == b'$')
                    .count();
                (Kind::Word, self.take(length))
            }
            _ => (Kind::Sign, self.take(1)),
        };
        Some(Token {
            kind,
            text: &self.text[inner],
            span: start..self.at,
        })
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    fn take(&mut self, length: usize) -> Range<usize> {
        let start = self.at;
        self.at = (start + length).min(self.text.len());
        start..self.at
    }

    /// White space, comments and commands of psql.
    fn skip_space(&mut self) {
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(byte), _) if byte.is_ascii_whitespace() || byte == 0x0b => self.at += 1,
                (Some(0xef), Some(0xbb)) if self.peek(2) == Some(0xbf) => self.at += 3,
                (Some(b'-'), Some(b'-')) | (Some(b'\\'), _) => {
                    let rest = &self.text[self.at..];
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                }
                (Some(b'/'), Some(b'*')) => self.skip_comment(),
                _ => return,
            }
        }
    }

    /// Comments nest.
    fn skip_comment(&mut self) {
        let mut depth = 0_usize;
        loop {
            match (self.peek(0), self.peek(1)) {
                (Some(b'/'), Some(b'*')) => {
                    depth += 1;
                    self.at += 2;
                }
                (Some(b'*'), Some(b'/')) => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                (Some(_), _) => self.at += 1,
                (None, _) => {
                    self.cut = true;
                    return;
                }
            }
        }
    }

    /// From a quote to its end; gives what is between.
    fn quoted(&mut self, quote: u8, escapes: bool) -> Range<usize> {
        self.at += 1;
        let start = self.at;
        loop {
            match self.peek(0) {
                None => {
                    self.cut = true;
                    return start..self.at;
                }
                Some(b'\\') if escapes => self.at = (self.at + 2).min(self.text.len()),
                Some(byte) if byte == quote && self.peek(1) == Some(quote) => self.at += 2,
                Some(byte) if byte == quote => {
                    self.at += 1;
                    return start..self.at - 1;
                }
                Some(_) => self.at += 1,
            }
        }
    }

    /// `$tag$ … $tag$`; none when this `$` begins no such thing.
    fn dollar(&mut self) -> Option<Range<usize>> {
        let rest = &self.text[self.at + 1..];
        let length = rest.iter().take_while(|byte| is_word(**byte)).count();
        let tag = rest.get(..length)?;
        if rest.get(length) != Some(&b'$') || tag.first().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let fence = &self.text[self.at..self.at + length + 2];
        let start = self.at + fence.len();
        let end = memchr::memmem::find(&self.text[start..], fence).map(|at| start + at);
        self.cut |= end.is_none();
        let end = end.unwrap_or(self.text.len());
        self.at = (end + fence.len()).min(self.text.len());
        Some(start..end)
    }

    /// The lines after `COPY … FROM stdin;` up to `\.`.
    fn skip_data(&mut self) {
        let rest = &self.text[self.at..];
        let mut at = memchr::memchr(b'\n', rest).map_or(rest.len(), |line| line + 1);
        while at < rest.len() {
            let end = memchr::memchr(b'\n', &rest[at..]).map_or(rest.len(), |line| at + line + 1);
            if rest[at..end].trim_ascii_end() == b"\\." {
                at = end;
                break;
            }
            at = end;
        }
        self.at += at;
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let (statements, _) = statements(text.as_bytes(), 0..text.len());
        statements
            .iter()
            .map(|tokens| {
                tokens
                    .iter()
                    .map(|token| String::from_utf8_lossy(token.text))
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    }

    #[test]
    fn semicolons_end_statements_only_outside_literals() {
        for (text, expected) in [
            ("a; b", vec!["a", "b"]),
            ("a ';' b;; c", vec!["a ; b", "c"]),
            ("a 'it''s;' b", vec!["a it''s; b"]),
            (r"a E'\';' b; c '\'; d", vec![r"a \'; b", r"c \", "d"]),
            ("\u{feff}do $$ x; $$; b", vec!["do  x; ", "b"]),
            ("$a$ $b$ ; $$ $a$; c$1;", vec![" $b$ ; $$ ", "c$1"]),
            ("a /* ; /* ; */ ; */ b -- ;\n c; d", vec!["a b c", "d"]),
            ("\"A;\"\"b\"", vec!["A;\"\"b"]),
            ("\\connect x;\na;\n\\restrict k\nb;", vec!["a", "b"]),
            (
                "COPY t (a) FROM stdin;\n1;'\n$$\n\\.\nb;",
                vec!["COPY t ( a ) FROM stdin", "b"],
            ),
            (
                "create function f() begin atomic select case when 1 then 2 end; select 2; end; b",
                vec![
                    "create function f ( ) begin atomic select case when 1 then 2 end ; select 2 ; end",
                    "b",
                ],
            ),
            (
                "begin; update t set a = case when b then 1 end; commit",
                vec!["begin", "update t set a = case when b then 1 end", "commit"],
            ),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn what_never_ends_is_told() {
        for text in ["a '", "a \"b", "/* /* */", "$$ x", "do $x$ $$", "E'\\"] {
            assert!(statements(text.as_bytes(), 0..text.len()).1, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in proptest::collection::vec(proptest::sample::select(b"';$\"/*\\-eEuU&a1 \n(),.\xc3\xff".to_vec()), 0..60), from in 0..10_usize) {
            let (statements, _) = statements(&text, from..text.len());
            for token in statements.iter().flatten() {
                proptest::prop_assert!(token.span.end <= text.len() && !token.span.is_empty());
            }
        }
    }
}
