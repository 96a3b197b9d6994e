//! What stands between a name and its value.

use super::Cursor;
use super::words::{FIELDS, FLAGS, LISP, SETTERS, STATEMENTS, TYPES};

/// How a value follows its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    /// `=`, `:`, `=>` and their like.
    Set,
    /// `NAME=value` without a blank: the value ends with its word, whatever follows.
    Attached,
    /// A line of its own holds the value: `value: …` under `name: NAME`.
    Below,
    /// `==`, `!=`.
    Compare,
    /// `"NAME", "value"`.
    Comma,
    /// `name("value")`.
    Call,
    /// `name || "value"`.
    Default,
    /// `name "value"`.
    Adjacent,
    /// `<name>value</name>`.
    Element,
    /// A cell of a Markdown table.
    Cell,
    /// The next column: `NAME,value,…`, `NAME<tab>value<tab>…`.
    Column,
}

impl Operator {
    /// Whether what follows is an expression of code unless it is quoted.
    pub(super) fn must_quote(self) -> bool {
        matches!(
            self,
            Self::Comma | Self::Call | Self::Default | Self::Adjacent
        )
    }
}

impl Cursor<'_> {
    /// Skips what closes the name: its quote (perhaps escaped), brackets, `?` and `!`. True if it stood in quotes.
    pub(super) fn closers(&mut self) -> bool {
        if let Some(entity) = quote_entity(self.ahead(6))
            && self.text[..self.name.start].ends_with(entity)
        {
            self.at += entity.len();
            return true;
        }
        let opened = self.opening();
        let mut quoted = false;
        for _ in 0..6 {
            match self.peek(0) {
                quote @ (b'"' | b'\'' | b'`') if quote == opened && !quoted => quoted = true,
                b'\\' if matches!(self.peek(1), b'"' | b'\'' | b'\\') => {}
                b']' | b'}' | b'*' => {}
                b'?' | b'!' if self.peek(1) == b':' => {}
                // `params.get("token") !== "…"`
                b')' if quoted && self.compares_next() => {}
                b'[' if !quoted => {
                    // `char token[] =`, `char token[64] =`.
                    let digits = self.ahead(6)[1..]
                        .iter()
                        .take_while(|byte| byte.is_ascii_digit())
                        .count();
                    if self.peek(digits + 1) != b']' {
                        break;
                    }
                    self.at += digits + 1;
                }
                _ => break,
            }
            self.at += 1;
        }
        quoted
    }

    /// Whether what the name was handed to is compared after the bracket that closes here.
    fn compares_next(&self) -> bool {
        let after = self.ahead(5)[1..].trim_ascii_start();
        after.starts_with(b"==") || after.starts_with(b"!=")
    }

    /// What stands before the name, or before the parts that colons join to it: `"Section:Name"`.
    fn opening(&self) -> u8 {
        let before = self.before_name();
        let line = self.line_before(self.name.start);
        // `"auth[access_token]": …`, as forms and query strings nest names.
        if before == b'[' {
            let nested = |byte: &u8| byte.is_ascii_alphanumeric() || b"[]_-".contains(byte);
            return line
                .iter()
                .rev()
                .find(|byte| !nested(byte))
                .copied()
                .unwrap_or(before);
        }
        // `"AWS::ApiGateway::ApiKey"` is the name of a type.
        if before != b':' || line.ends_with(b"::") {
            return before;
        }
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'_');
        line.iter()
            .rev()
            .find(|byte| !part(byte))
            .copied()
            .unwrap_or(before)
    }

    /// The operator, skipped; `attached` is where the name and its quotes end.
    pub(super) fn operator(&mut self, quoted_name: bool, attached: usize) -> Option<Operator> {
        let blank = self.at > attached;
        let (a, b, c) = (self.peek(0), self.peek(1), self.peek(2));
        if let Some(found) = self.pair(quoted_name) {
            return Some(found);
        }
        let expands = self.name.start > 0 && self.before_name() == b'{';
        let (operator, width) = match (a, b, c) {
            (b':', b':', _) | (b'=', b'~', _) => return None,
            (b':', b'?', _) if expands => return None,
            (b':', b'-', _) if expands => (Operator::Set, 2),
            (b'-', ..) if expands && !blank => (Operator::Set, 1),
            (b':', ..) if !quoted_name && self.in_a_path() => return None,
            (b',', ..) if self.text[..self.name.start].ends_with(b"${env:") => (Operator::Comma, 1),
            (b',', ..) if !quoted_name && !blank && self.is_variable_of_a_line() => {
                (Operator::Column, 1)
            }
            (b';', b's', b':') if quoted_name => (Operator::Set, self.serialized()?),
            (b'<', b'-', _)
            | (b':', b'=', _)
            | (b'=', b'>', _)
            | (b'-', b'>', _)
            | (b'?', b'=', _)
            | (b'+', b'=', _) => (Operator::Set, 2),
            (b'|', b'|', b' ' | b'"' | b'\'') | (b'?', b'?', b' ' | b'"' | b'\'') => {
                (Operator::Default, 2)
            }
            (b'|', b'|', b'=') | (b'?', b'?', b'=') => (Operator::Set, 3),
            (b'=' | b'!', b'=', b'=') => (Operator::Compare, 3),
            (b'=' | b'!', b'=', _) => (Operator::Compare, 2),
            (b'=', ..) if !blank && !b.is_ascii_whitespace() => (Operator::Attached, 1),
            (b'=' | b':', ..) => (Operator::Set, 1),
            (b',', ..) if quoted_name && self.in_a_call() => (Operator::Comma, 1),
            (b'(', ..) => (Operator::Call, 1),
            (b'|', ..) if self.in_a_table() => (Operator::Cell, 1),
            _ => return self.worded(quoted_name, blank),
        };
        self.at += width;
        if a == b':' && width == 1 {
            self.annotation();
        }
        Some(operator)
    }

    pub(super) fn before_name(&self) -> u8 {
        self.name
            .start
            .checked_sub(1)
            .map_or(b' ', |before| self.text[before])
    }

    /// Whether the line begins with the name, in capitals: the name of a variable of the environment.
    fn is_variable_of_a_line(&self) -> bool {
        let name = &self.text[self.name.clone()];
        name.contains(&b'_')
            && !name.iter().any(u8::is_ascii_lowercase)
            && self.line_before(self.name.start).is_empty()
    }

    /// `arn:aws:secretsmanager:*:*:secret:…`: the colons separate parts of one name. Not `section:name: value`.
    fn in_a_path(&self) -> bool {
        let line = self.line_before(self.name.start).trim_ascii_start();
        let section = line.strip_suffix(b":").is_some_and(|section| {
            section
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        });
        let separates = section && matches!(self.peek(1), b' ' | b'\t');
        !separates
            && self.before_name() == b':'
            && self.name.start.checked_sub(2).is_some_and(|at| {
                self.text[at].is_ascii_alphanumeric() || b"*:})]+|".contains(&self.text[at])
            })
    }

    /// Whether something was opened before the name on its line, or nothing stands there: not the third word of a sentence's list.
    fn in_a_call(&self) -> bool {
        let before = self.line_before(self.name.start);
        let trimmed = before.trim_ascii_start();
        before.len() <= 1
            || FIELDS.iter().any(|field| trimmed.starts_with(field))
            || before.iter().any(|byte| matches!(byte, b'(' | b'[' | b'{'))
            || before[..before.len() - 1].trim_ascii().is_empty()
    }

    fn in_a_table(&self) -> bool {
        self.line_before(self.name.start)
            .trim_ascii_start()
            .starts_with(b"|")
    }

    /// `--name value`, `ENV NAME value`, `param name string = value`, `name "value"` on a line of its own.
    fn worded(&mut self, quoted_name: bool, blank: bool) -> Option<Operator> {
        if !blank {
            return None;
        }
        let before = self.line_before(self.name.start).trim_ascii();
        let before = if quoted_name {
            before.strip_suffix(&[self.before_name()]).unwrap_or(before)
        } else {
            before
        }
        .trim_ascii_end();
        let setter = SETTERS.iter().any(|setter| {
            before.strip_suffix(*setter).is_some_and(|rest| {
                rest.last()
                    .is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'(')
            })
        });
        if setter || self.ahead(2) == b"--" {
            let flag = FLAGS
                .iter()
                .filter(|flag| setter || flag.starts_with(b"--"))
                .find(|flag| self.ahead(flag.len()) == **flag);
            self.at += flag.map_or(0, |flag| flag.len());
            if setter || flag.is_some() {
                return Some(Operator::Below);
            }
        }
        // `ALTER DATABASE app SET "jwt.secret" TO 'value'`
        let setting = before.len() >= 4
            && before[before.len() - 4..].eq_ignore_ascii_case(b" set")
            && self.ahead(3).eq_ignore_ascii_case(b"to ");
        if setting {
            self.at += 3;
            return Some(Operator::Adjacent);
        }
        if quoted_name {
            return None;
        }
        if self.text[self.name.clone()].starts_with(b"-") {
            // `--no-password --echo` takes no value.
            let flag = self.ahead(3);
            let another =
                flag.starts_with(b"--") && flag.get(2).is_some_and(u8::is_ascii_lowercase);
            return (!another).then_some(Operator::Set);
        }
        if self.is_variable_of_a_line() {
            let tab = self.text.get(self.name.end) == Some(&b'\t');
            return Some(if tab {
                Operator::Column
            } else {
                Operator::Below
            });
        }
        if let Some(length) = self.declared() {
            self.at += length;
            return Some(Operator::Set);
        }
        let lisp = LISP.iter().any(|form| before.ends_with(form))
            || before
                .strip_suffix(b":")
                .is_some_and(|rest| rest.last().is_none_or(|byte| b" {(,[".contains(byte)));
        let declares = lisp
            || before.is_empty()
            || in_options(before)
            || before.rsplit(u8::is_ascii_whitespace).take(3).any(|word| {
                STATEMENTS
                    .iter()
                    .any(|known| word.eq_ignore_ascii_case(known))
            });
        (declares && matches!(self.peek(0), b'"' | b'\'')).then_some(Operator::Adjacent)
    }

    /// The length of what stands between a name and its value in a declaration, `=` included: `string =`, `As String =`,
    /// `{ get; set; } =`.
    fn declared(&self) -> Option<usize> {
        let ahead = self.ahead(40);
        let equals = memchr::memchr(b'=', ahead)?;
        let between = &ahead[..equals];
        let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'.');
        let typed = TYPES.contains(&between.trim_ascii_end())
            || between
                .get(..3)
                .is_some_and(|head| head.eq_ignore_ascii_case(b"as "))
                && between.iter().all(word);
        let property = between.starts_with(b"{ get;") && between.trim_ascii_end().ends_with(b"}");
        (typed || property).then_some(equals + 1)
    }

    /// Skips `string =` of `token: string = "…"`.
    fn annotation(&mut self) {
        let window = self.ahead(48);
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
        // `password: String { "value" }`, a property that is computed.
        if window[..length].trim_ascii() == b"String" && window[length..].starts_with(b"{ \"") {
            self.at += length + 2;
            return;
        }
        let is_type = window[..length].iter().any(u8::is_ascii_alphabetic);
        if is_type
            && window.get(length) == Some(&b'=')
            && !matches!(window.get(length + 1), Some(b'=' | b'>'))
            && window[..length].ends_with(b" ")
        {
            self.at += length + 1;
        }
    }
}

/// Whether a list of SQL's options is open: `OPTIONS (user 'app', password 'value')`.
fn in_options(before: &[u8]) -> bool {
    let lower = before.to_ascii_lowercase();
    memchr::memmem::rfind(&lower, b"options (").is_some_and(|at| !lower[at..].contains(&b')'))
}

/// The quote that a text begins with, as HTML and XML write it.
pub(super) fn quote_entity(text: &[u8]) -> Option<&'static [u8]> {
    [&b"&quot;"[..], b"&#34;", b"&#39;", b"&apos;", b"&#x27;"]
        .into_iter()
        .find(|entity| text.starts_with(entity))
}
