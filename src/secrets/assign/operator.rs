//! What stands between a name and its value.

use super::Cursor;

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
        let opened = self.before_name();
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
            (b':', ..) if self.in_a_path() => return None,
            (b':', b'=', _)
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
            (b'>', ..) if self.at == self.name.end && self.before_name() == b'<' => {
                (Operator::Element, 1)
            }
            (b'|', ..) if self.in_a_table() => (Operator::Cell, 1),
            _ => return self.worded(quoted_name, blank),
        };
        self.at += width;
        if a == b':' && width == 1 {
            self.annotation();
        }
        Some(operator)
    }

    fn before_name(&self) -> u8 {
        self.name
            .start
            .checked_sub(1)
            .map_or(b' ', |before| self.text[before])
    }

    /// `arn:aws:secretsmanager:*:*:secret:…`: the colons separate parts of one name.
    fn in_a_path(&self) -> bool {
        self.before_name() == b':'
            && self.name.start.checked_sub(2).is_some_and(|at| {
                self.text[at].is_ascii_alphanumeric() || b"*:})]+|".contains(&self.text[at])
            })
    }

    /// Whether something was opened before the name on its line, or nothing stands there: not the third word of a sentence's list.
    fn in_a_call(&self) -> bool {
        let before = self.line_before(self.name.start);
        before.len() <= 1
            || before.iter().any(|byte| matches!(byte, b'(' | b'[' | b'{'))
            || before[..before.len() - 1].trim_ascii().is_empty()
    }

    fn in_a_table(&self) -> bool {
        self.line_before(self.name.start)
            .trim_ascii_start()
            .starts_with(b"|")
    }

    /// The name is itself a value: `"name": "TOKEN", "value": "…"`, `name: TOKEN` over `value: …`, `name="TOKEN" value="…"`,
    /// `<string name="TOKEN">…`, `<key>TOKEN</key>` before `<string>…`.
    fn pair(&mut self, quoted_name: bool) -> Option<Operator> {
        let rest = self.ahead(96);
        if quoted_name && rest.first() == Some(&b'>') {
            self.at += 1;
            return Some(Operator::Element);
        }
        if rest.starts_with(b"</") {
            let close = rest.iter().position(|byte| *byte == b'>')? + 1;
            let open = close + rest[close..].len() - rest[close..].trim_ascii_start().len();
            let tag = [&b"<string>"[..], b"<value>"]
                .into_iter()
                .find(|tag| rest[open..].starts_with(tag))?;
            self.at += open + tag.len();
            return Some(Operator::Element);
        }
        let line = self.line_before(self.name.start);
        let line = line
            .strip_suffix(b"\"")
            .or_else(|| line.strip_suffix(b"'"))
            .unwrap_or(line)
            .trim_ascii_end();
        if !quoted_name && !line.ends_with(b"name:") && !line.ends_with(b"key:") {
            return None;
        }
        let word = rest
            .iter()
            .take_while(|byte| {
                byte.is_ascii_whitespace() || matches!(byte, b',' | b'"' | b'\'' | b'\\')
            })
            .count();
        let after = rest
            .get(word..word + 5)
            .filter(|name| name.eq_ignore_ascii_case(b"value"))
            .map(|_| &rest[word + 5..])?;
        let closers = after
            .iter()
            .take_while(|byte| matches!(byte, b'"' | b'\'' | b'\\' | b' '))
            .count();
        let width = match after.get(closers..)? {
            [b'=', b'>', ..] => 2,
            [b'=' | b':', ..] => 1,
            _ => return None,
        };
        let below = rest[..word].contains(&b'\n');
        self.at += word + 5 + closers + width;
        Some(if below {
            Operator::Below
        } else {
            Operator::Set
        })
    }

    /// `--name value`, `ENV NAME value`, `param name string = value`, `name "value"` on a line of its own.
    fn worded(&mut self, quoted_name: bool, blank: bool) -> Option<Operator> {
        if quoted_name || !blank {
            return None;
        }
        if self.text[self.name.clone()].starts_with(b"--") {
            return Some(Operator::Set);
        }
        let before = self.line_before(self.name.start).trim_ascii();
        if SETTERS.contains(&before) {
            return Some(Operator::Below);
        }
        let word = self
            .ahead(16)
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count();
        if TYPES.contains(&self.ahead(word)) {
            let typed = self.ahead(word + 4);
            let gap = typed[word..]
                .iter()
                .take_while(|byte| **byte == b' ')
                .count();
            if typed.get(word + gap) == Some(&b'=') {
                self.at += word + gap + 1;
                return Some(Operator::Set);
            }
        }
        let declares = before.is_empty()
            || before.rsplit(u8::is_ascii_whitespace).take(3).any(|word| {
                STATEMENTS
                    .iter()
                    .any(|known| word.eq_ignore_ascii_case(known))
            });
        (declares && matches!(self.peek(0), b'"' | b'\'')).then_some(Operator::Adjacent)
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

/// What stands before `NAME value` alone on its line: Dockerfiles, C shell and fish, Apache, nginx.
const SETTERS: &[&[u8]] = &[
    b"#define",
    b"aws configure set",
    b"ENV",
    b"setenv",
    b"SetEnv",
    b"set -x",
    b"set -gx",
    b"set -Ux",
    b"set -xg",
    b"proxy_set_header",
    b"fastcgi_param",
];

/// Types that stand between a name and `=`.
const TYPES: &[&[u8]] = &[
    b"string",
    b"String",
    b"str",
    b"securestring",
    b"object",
    b"NSString",
];

/// Words near which `PASSWORD 'value'` sets one, in SQL.
const STATEMENTS: &[&[u8]] = &[b"with", b"user", b"role", b"encrypted", b"login", b"set"];
