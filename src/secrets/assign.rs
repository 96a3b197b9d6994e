//! Reads one assignment round a keyword, in whatever language it is written.
//!
//! `name = "value"` in code, `NAME=value` in env files and shells, `name: value` in YAML, `"name": "value"` in JSON and in
//! JSON inside JSON (`\"name\": \"value\"`), `<name>value</name>`, `--name value`, `setenv("NAME", "value")`, `name => value`,
//! a default after `||` or `??`, a Markdown table row. A value on the next line counts when it is quoted.

use std::ops::Range;

/// A name and what it is set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// The name, without quotes.
    pub name: Range<usize>,
    /// The value, without quotes.
    pub value: Range<usize>,
    /// Whether the value stood in quotes.
    pub quoted: bool,
    /// Whether it is only compared with the name (`==`).
    pub compared: bool,
}

/// Longest name, in bytes, either side of the keyword.
const NAME: usize = 80;
/// Longest value, in bytes; longer ones are no credential but data.
const VALUE: usize = 1536;

/// The assignment whose name holds `keyword` (a range of `text`); looks no further than the end of the next line.
#[must_use]
pub fn read(text: &[u8], keyword: Range<usize>) -> Option<Assignment> {
    let start = name_start(text, keyword.start);
    let end = name_end(text, keyword.end);
    let name = start..end;
    let mut cursor = Cursor { text, at: end };
    let quoted_name = cursor.closers(name.start);
    let called = cursor.peek(0) == b'(';
    cursor.blanks();
    if !called && cursor.peek(0) == b'(' {
        return None;
    }
    let operator = cursor.operator(&name, quoted_name)?;
    let value = match operator {
        Operator::Element => cursor.element()?,
        Operator::Cell => cursor.cell()?,
        _ => cursor.value(&name, matches!(operator, Operator::Comma | Operator::Call))?,
    };
    let range = without_scheme(text, value.0);
    (!range.is_empty()).then_some(Assignment {
        name,
        value: range,
        quoted: value.1,
        compared: matches!(operator, Operator::Compare),
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Set,
    Compare,
    Comma,
    Call,
    Element,
    Cell,
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$')
}

fn name_start(text: &[u8], from: usize) -> usize {
    let low = from.saturating_sub(NAME);
    text[low..from]
        .iter()
        .rposition(|byte| !is_name(*byte))
        .map_or(low, |at| low + at + 1)
}

fn name_end(text: &[u8], from: usize) -> usize {
    let high = (from + NAME).min(text.len());
    let mut end = text[from..high]
        .iter()
        .position(|byte| !is_name(*byte))
        .map_or(high, |at| from + at);
    // `token->`, `token.` at the end of a sentence.
    while end > from && matches!(text[end - 1], b'-' | b'.') {
        end -= 1;
    }
    end
}

struct Cursor<'t> {
    text: &'t [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(b'\n')
    }

    fn blanks(&mut self) {
        while matches!(self.peek(0), b' ' | b'\t') && self.at < self.text.len() {
            self.at += 1;
        }
    }

    /// Skips what closes the name: its quote (perhaps escaped), brackets, `?` and `!`. True if it stood in quotes.
    fn closers(&mut self, name_start: usize) -> bool {
        let opened = name_start
            .checked_sub(1)
            .map_or(b' ', |before| self.text[before]);
        let mut quoted = false;
        for _ in 0..6 {
            match self.peek(0) {
                quote @ (b'"' | b'\'' | b'`') if quote == opened && !quoted => quoted = true,
                b'\\' if matches!(self.peek(1), b'"' | b'\'' | b'\\') => {}
                b']' | b'}' | b'*' => {}
                b'?' | b'!' if self.peek(1) == b':' => {}
                _ => break,
            }
            self.at += 1;
        }
        quoted
    }

    fn operator(&mut self, name: &Range<usize>, quoted_name: bool) -> Option<Operator> {
        let (a, b, c) = (self.peek(0), self.peek(1), self.peek(2));
        let (operator, width) = match (a, b, c) {
            (b':', b':', _) | (b'=', b'~', _) => return None,
            (b':', b'=', _)
            | (b'=', b'>', _)
            | (b'-', b'>', _)
            | (b'?', b'=', _)
            | (b'+', b'=', _)
            | (b'|', b'|', b' ' | b'"' | b'\'')
            | (b'?', b'?', b' ' | b'"' | b'\'') => (Operator::Set, 2),
            (b'|', b'|', b'=') | (b'?', b'?', b'=') => (Operator::Set, 3),
            (b'=' | b'!', b'=', b'=') => (Operator::Compare, 3),
            (b'=' | b'!', b'=', _) => (Operator::Compare, 2),
            (b'=', ..) => (Operator::Set, 1),
            (b':', ..) => (Operator::Set, 1),
            (b',', ..) if quoted_name => (Operator::Comma, 1),
            (b'(', ..) => (Operator::Call, 1),
            (b'>', ..)
                if self.at == name.end && name.start > 0 && self.text[name.start - 1] == b'<' =>
            {
                (Operator::Element, 1)
            }
            (b'|', ..)
                if self
                    .line_before(name.start)
                    .trim_ascii_start()
                    .starts_with(b"|") =>
            {
                (Operator::Cell, 1)
            }
            _ => return self.worded(name, quoted_name),
        };
        self.at += width;
        if a == b':' && width == 1 {
            self.annotation();
        }
        Some(operator)
    }

    /// `--name value` and `name="password" value="…"`.
    fn worded(&mut self, name: &Range<usize>, quoted_name: bool) -> Option<Operator> {
        let rest = &self.text[self.at.min(self.text.len())..(self.at + 8).min(self.text.len())];
        if quoted_name
            && rest
                .get(..6)
                .is_some_and(|word| word.eq_ignore_ascii_case(b"value="))
        {
            self.at += 6;
            return Some(Operator::Set);
        }
        let flag = self.text[name.clone()].starts_with(b"--") && self.at > name.end;
        flag.then_some(Operator::Set)
    }

    /// Skips `string =` of `token: string = "…"`.
    fn annotation(&mut self) {
        let high = (self.at + 48).min(self.text.len());
        let window = &self.text[self.at..high];
        let word = |byte: &u8| {
            byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b'_' | b'<'
                        | b'>'
                        | b'['
                        | b']'
                        | b'&'
                        | b'|'
                        | b'?'
                        | b'.'
                        | b' '
                        | b'\''
                        | b':'
                )
        };
        let length = window.iter().take_while(|byte| word(byte)).count();
        let is_type = window[..length].iter().any(u8::is_ascii_alphabetic);
        if is_type
            && window.get(length) == Some(&b'=')
            && !matches!(window.get(length + 1), Some(b'=' | b'>'))
            && window[..length].ends_with(b" ")
        {
            self.at += length + 1;
        }
    }

    fn line_before(&self, at: usize) -> &[u8] {
        let low = at.saturating_sub(NAME);
        let start =
            memchr::memrchr(b'\n', &self.text[low..at]).map_or(low, |newline| low + newline + 1);
        &self.text[start..at]
    }

    /// Up to one of `stops` on this line.
    fn until(&mut self, stops: &[u8]) -> Option<(Range<usize>, bool)> {
        let high = (self.at + VALUE).min(self.text.len());
        let length = self.text[self.at..high]
            .iter()
            .position(|byte| stops.contains(byte) || *byte == b'\n')?;
        Some((trimmed(self.text, self.at..self.at + length), false))
    }

    /// The text of an XML element, which must end on this line.
    fn element(&mut self) -> Option<(Range<usize>, bool)> {
        let found = self.until(b"<")?;
        self.text
            .get(found.0.end..)?
            .trim_ascii_start()
            .starts_with(b"</")
            .then_some(found)
    }

    /// The next cell of a Markdown table, without back-quotes.
    fn cell(&mut self) -> Option<(Range<usize>, bool)> {
        let (range, _) = self.until(b"|")?;
        let inner = &self.text[range.clone()];
        if inner.len() >= 2 && inner.starts_with(b"`") && inner.ends_with(b"`") {
            return Some((range.start + 1..range.end - 1, true));
        }
        Some((range, false))
    }

    fn value(&mut self, name: &Range<usize>, must_quote: bool) -> Option<(Range<usize>, bool)> {
        self.blanks();
        self.next_line();
        for _ in 0..2 {
            if matches!(self.peek(0), b'(' | b'[') && self.at < self.text.len() {
                self.at += 1;
                self.blanks();
            }
        }
        self.wrapper();
        let escapes = self.text[self.at.min(self.text.len())..]
            .iter()
            .take(7)
            .take_while(|byte| **byte == b'\\')
            .count();
        let quote = self.peek(escapes);
        if matches!(quote, b'"' | b'\'' | b'`') && self.at + escapes < self.text.len() {
            return self.quoted(quote, escapes);
        }
        if must_quote { None } else { self.bare(name) }
    }

    /// Moves to the next line when this one ends here and the next begins with a quote.
    fn next_line(&mut self) {
        let mut at = self.at;
        while matches!(self.text.get(at), Some(b'\r' | b'\\')) {
            at += 1;
        }
        if self.text.get(at) != Some(&b'\n') {
            return;
        }
        at += 1;
        let high = (at + 80).min(self.text.len());
        if let Some(offset) = self.text[at..high]
            .iter()
            .position(|byte| !matches!(byte, b' ' | b'\t'))
            && matches!(self.text[at + offset], b'"' | b'\'' | b'`')
        {
            self.at = at + offset;
        }
    }

    /// Skips a string prefix (`b"`, `f"`) or a constructor (`SecretStr("`, `[]byte("`), but not a look-up (`getenv("`).
    fn wrapper(&mut self) {
        let high = (self.at + 40).min(self.text.len());
        let window = &self.text[self.at.min(high)..high];
        let length = window
            .iter()
            .take_while(|byte| {
                byte.is_ascii_alphanumeric()
                    || matches!(byte, b'_' | b'.' | b':' | b'@' | b'$' | b']' | b'!')
            })
            .count();
        let word = &window[..length];
        match window.get(length) {
            Some(b'"' | b'\'') if (1..=2).contains(&length) => self.at += length,
            Some(b'(') if length > 0 => {
                let lower = word.to_ascii_lowercase();
                let looks_up = LOOKUPS
                    .iter()
                    .any(|name| memchr::memmem::find(&lower, name).is_some());
                let after = window[length + 1..]
                    .iter()
                    .take_while(|byte| **byte == b' ')
                    .count();
                if !looks_up && matches!(window.get(length + 1 + after), Some(b'"' | b'\'' | b'`'))
                {
                    self.at += length + 1 + after;
                }
            }
            _ => {}
        }
    }

    fn quoted(&mut self, quote: u8, escapes: usize) -> Option<(Range<usize>, bool)> {
        let mut start = self.at + escapes + 1;
        let triple = escapes == 0 && self.peek(1) == quote && self.peek(2) == quote;
        if triple {
            start = self.at + 3;
        }
        let high = (start + VALUE).min(self.text.len());
        let mut at = start;
        while at < high {
            let byte = self.text[at];
            if byte == b'\\' {
                let run = self.text[at..high]
                    .iter()
                    .take_while(|byte| **byte == b'\\')
                    .count();
                let closes = self.text.get(at + run) == Some(&quote);
                // The closing quote has as many backslashes as the opening one; more mean a quote inside.
                if closes && run == escapes && escapes > 0 {
                    return Some((start..at, true));
                }
                at += run + usize::from(closes || escapes == 0);
                continue;
            }
            if byte == quote && escapes == 0 {
                return Some((start..at, true));
            }
            if byte == quote || byte == b'\n' && quote != b'`' && !triple {
                return None;
            }
            at += 1;
        }
        None
    }

    /// A value without quotes: to the end of the line where the line is `NAME=value` or `name: value`, else one word.
    fn bare(&mut self, name: &Range<usize>) -> Option<(Range<usize>, bool)> {
        let rest = self.at.min(self.text.len())..(self.at + 24).min(self.text.len());
        self.at = without_scheme(self.text, rest).start;
        let before = self.line_before(name.start);
        let before = before.trim_ascii();
        let whole_line = [
            &b""[..],
            b"export",
            b"set",
            b"-",
            b"ENV",
            b"ARG",
            b"-e",
            b"--env",
            b"\"",
            b"'",
            b"$env:",
            b"-D",
            b"#",
            b"//",
        ]
        .contains(&before);
        let high = (self.at + VALUE).min(self.text.len());
        let rest = &self.text[self.at..high];
        let stops: &[u8] = if whole_line {
            b"\"'`"
        } else {
            b"\"'`,;()[]{}<>&|\\"
        };
        let length = rest
            .iter()
            .position(|byte| byte.is_ascii_whitespace() || stops.contains(byte))
            .unwrap_or(rest.len());
        if length == rest.len() && self.at + length < self.text.len() {
            return None;
        }
        // `name: several words` is a sentence, not a value.
        let tail = &rest[length..];
        let blank = tail
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        let sentence = blank > 0
            && whole_line
            && tail
                .get(blank)
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'(');
        if sentence
            || rest
                .get(length)
                .is_some_and(|byte| matches!(byte, b'(' | b'[' | b'{'))
        {
            return None;
        }
        let mut end = self.at + length;
        while end > self.at && matches!(self.text[end - 1], b';' | b',' | b'.') {
            end -= 1;
        }
        Some((self.at..end, false))
    }
}

/// Without the scheme of an `Authorization` header: `Bearer `, `Basic `, `Token ` …
fn without_scheme(text: &[u8], range: Range<usize>) -> Range<usize> {
    let value = &text[range.clone()];
    let scheme = [&b"bearer "[..], b"basic ", b"token ", b"apikey ", b"bot "]
        .into_iter()
        .find(|scheme| {
            value
                .get(..scheme.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
        });
    range.start + scheme.map_or(0, <[u8]>::len)..range.end
}

fn trimmed(text: &[u8], range: Range<usize>) -> Range<usize> {
    let inner = &text[range.clone()];
    let start = range.start + (inner.len() - inner.trim_ascii_start().len());
    start..start.max(range.start + inner.trim_ascii_end().len())
}

/// Calls that fetch a value instead of being one.
const LOOKUPS: &[&[u8]] = &[
    b"env",
    b"get",
    b"config",
    b"fetch",
    b"lookup",
    b"read",
    b"require",
    b"query",
    b"find",
    b"select",
    b"param",
    b"input",
    b"prompt",
    b"load",
    b"import",
    b"translate",
    b"i18n",
    b"gettext",
    b"include",
    b"exists",
    b"has",
    b"test",
    b"match",
    b"assert",
    b"expect",
    b"print",
    b"log",
    b"error",
    b"describe",
    b"field",
    b"column",
    b"file",
    b"path",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<(String, String, bool)> {
        let at = text.to_lowercase().find("token").expect("names a token");
        let found = read(text.as_bytes(), at..at + 5)?;
        Some((
            text[found.name].to_owned(),
            text[found.value].to_owned(),
            found.quoted,
        ))
    }

    #[test]
    fn reads_every_dialect() {
        for (text, name, value, quoted) in [
            ("API_TOKEN=abc.def\n", "API_TOKEN", "abc.def", false),
            ("export API_TOKEN='a b'\n", "API_TOKEN", "a b", true),
            ("  api_token: abc#1\n", "api_token", "abc#1", false),
            ("{\"apiToken\": \"abc\"}", "apiToken", "abc", true),
            ("\"{\\\"token\\\": \\\"abc\\\"}\"", "token", "abc", true),
            ("const token: string = \"abc\";", "token", "abc", true),
            ("let token: &str = \"abc\";", "token", "abc", true),
            ("token := []byte(\"abc\")", "token", "abc", true),
            ("token = SecretStr('abc')", "token", "abc", true),
            (
                "const t = process.env.TOKEN || 'abc'",
                "process.env.TOKEN",
                "abc",
                true,
            ),
            ("os.Setenv(\"TOKEN\", \"abc\")", "TOKEN", "abc", true),
            ("<token>abc</token>", "token", "abc", false),
            ("curl --token abc -x", "--token", "abc", false),
            ("curl --token=abc -x", "--token", "abc", false),
            ("url?token=abc&x=1 ", "token", "abc", false),
            ("Server=a;Token=abc;b", "Token", "abc", false),
            ("'token' => 'abc',", "token", "abc", true),
            ("X-Token: abc\r\n", "X-Token", "abc", false),
            ("| API_TOKEN | `abc` |\n", "API_TOKEN", "abc", true),
            ("token =\n    \"abc\"", "token", "abc", true),
            ("config[\"token\"] = \"abc\"", "token", "abc", true),
            ("if token == \"abc\"", "token", "abc", true),
            ("name=\"token\" value=\"abc\"", "token", "abc", true),
            ("Token: Bearer abc\n", "Token", "abc", false),
            ("\"token\": \"Bearer abc\"", "token", "abc", true),
            ("token = \"a\\\"b\"", "token", "a\\\"b", true),
        ] {
            assert_eq!(
                parse(text),
                Some((name.into(), value.into(), quoted)),
                "{text}"
            );
        }
    }

    #[test]
    fn leaves_what_is_none() {
        for text in [
            "the token is here",
            "token: see the manual\n",
            "let token = get_token();",
            "Token::new()",
            "token = os.getenv(\"X\")",
            "a token.",
            "token",
            "token =",
            "token: \"abc\n",
            "func(token, other)",
        ] {
            let found = parse(text);
            assert!(
                found.is_none() || !found.as_ref().is_some_and(|found| found.1.contains("abc")),
                "{text} {found:?}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..120), at in 0usize..120, len in 0usize..8) {
            let start = at.min(text.len());
            let end = (start + len).min(text.len());
            let _ = read(&text, start..end);
        }

        #[test]
        fn never_panics_on_likely_text(text in "[a\\\\\"'=:,|<>() \n`{]{0,60}", at in 0usize..60) {
            let start = at.min(text.len());
            if let Some(found) = read(text.as_bytes(), start..start) {
                proptest::prop_assert!(found.value.start <= found.value.end && found.value.end <= text.len());
            }
        }
    }
}
