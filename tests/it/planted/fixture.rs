//! Reads `tests/fixtures/planted/*.txtar`: several files in one, their leaks marked with `{{rule secret}}`.

use stackguard::policy::pack::expand;
use std::path::Path;

/// A file with leaks in it, or one of decoys.
pub(super) struct Planted {
    /// Relative to the root.
    pub(super) path: String,
    /// In the order of the text.
    pub(super) leaks: Vec<Leak>,
    /// The text between leaks: one more piece than there are leaks.
    between: Vec<String>,
    encoding: Encoding,
}

/// A secret and where it begins.
pub(super) struct Leak {
    /// The rule that must find it.
    pub(super) rule: String,
    line: u64,
    column: u64,
    secret: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Encoding {
    Utf8,
    Crlf,
    NoFinalNewline,
    Utf16Le,
    Utf16Be,
}

/// Every file of every fixture.
pub(super) fn all() -> Vec<Planted> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/planted");
    [
        "services.txtar",
        "databases.txtar",
        "contexts.txtar",
        "decoys.txtar",
    ]
    .iter()
    .flat_map(|name| {
        let text = std::fs::read_to_string(directory.join(name)).expect("the fixture is there");
        parse(&text)
    })
    .collect()
}

fn parse(text: &str) -> Vec<Planted> {
    let mut files = Vec::new();
    let mut head: Option<&str> = None;
    let mut body = String::new();
    for line in text.lines() {
        let name = line
            .strip_prefix("-- ")
            .and_then(|line| line.strip_suffix(" --"));
        if let Some(name) = name {
            if let Some(head) = head.replace(name) {
                files.push(Planted::parse(head, &body));
            }
            body.clear();
        } else {
            body.push_str(line);
            body.push('\n');
        }
    }
    let head = head.expect("a fixture holds at least one file");
    files.push(Planted::parse(head, &body));
    files
}

impl Planted {
    fn parse(head: &str, body: &str) -> Self {
        let (path, encoding) = match head.split_once(" (") {
            None => (head, Encoding::Utf8),
            Some((path, "crlf)")) => (path, Encoding::Crlf),
            Some((path, "no-final-newline)")) => (path, Encoding::NoFinalNewline),
            Some((path, "utf-16le)")) => (path, Encoding::Utf16Le),
            Some((path, "utf-16be)")) => (path, Encoding::Utf16Be),
            Some((_, other)) => panic!("unknown encoding {other}"),
        };
        // An empty line before the next head belongs to the fixture, not to the file.
        let body = body.strip_suffix("\n\n").map_or(body, |rest| rest);
        let text = expand(&format!("{path}\u{1}{}\n", body.trim_end_matches('\n')));
        let (_, text) = text.split_once('\u{1}').expect("the mark is kept");
        let mut file = Self {
            path: path.to_owned(),
            leaks: Vec::new(),
            between: Vec::new(),
            encoding,
        };
        let (mut line, mut column) = (1, 1);
        let mut rest = text;
        while let Some((before, rule, secret, after)) = next_mark(rest) {
            advance(before, &mut line, &mut column);
            file.between.push(before.to_owned());
            file.leaks.push(Leak {
                rule: rule.to_owned(),
                line,
                column,
                secret: secret.to_owned(),
            });
            advance(secret, &mut line, &mut column);
            rest = after;
        }
        file.between.push(rest.to_owned());
        file
    }

    /// The file with all its leaks.
    pub(super) fn leaking(&self) -> Vec<u8> {
        self.with(|_| true)
    }

    /// The file with a word in place of each leak.
    pub(super) fn clean(&self) -> Vec<u8> {
        self.with(|_| false)
    }

    /// The file with those leaks whose number `keep` wants.
    pub(super) fn with(&self, keep: impl Fn(usize) -> bool) -> Vec<u8> {
        let mut text = self.between[0].clone();
        for (index, leak) in self.leaks.iter().enumerate() {
            text.push_str(if keep(index) {
                &leak.secret
            } else {
                "REDACTED"
            });
            text.push_str(&self.between[index + 1]);
        }
        self.encoding.encode(&text)
    }

    /// Whether it is UTF-8 with line feeds, so that it can stand between others.
    pub(super) fn is_plain(&self) -> bool {
        self.encoding == Encoding::Utf8
    }

    /// Path, line, column and rule of a leak.
    pub(super) fn place(&self, leak: &Leak) -> (String, u64, u64, String) {
        (self.path.clone(), leak.line, leak.column, leak.rule.clone())
    }
}

impl Encoding {
    fn encode(self, text: &str) -> Vec<u8> {
        let utf16 = |bytes: fn(u16) -> [u8; 2]| {
            std::iter::once(0xFEFF)
                .chain(text.encode_utf16())
                .flat_map(bytes)
                .collect()
        };
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Crlf => text.replace('\n', "\r\n").into_bytes(),
            Self::NoFinalNewline => text.trim_end().as_bytes().to_vec(),
            Self::Utf16Le => utf16(u16::to_le_bytes),
            Self::Utf16Be => utf16(u16::to_be_bytes),
        }
    }
}

/// What stands before the first mark, its rule, its secret, what stands behind. `{{ x }}` of templates is no mark.
fn next_mark(text: &str) -> Option<(&str, &str, &str, &str)> {
    text.match_indices("{{").find_map(|(at, open)| {
        let (rule, inner) = text[at + open.len()..].split_once(' ')?;
        let is_id = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if rule.is_empty() || !rule.bytes().all(is_id) {
            return None;
        }
        let (secret, after) = inner.split_once("}}").expect("every mark is closed");
        Some((&text[..at], rule, secret, after))
    })
}

/// Moves a position past `text`; columns count code points.
fn advance(text: &str, line: &mut u64, column: &mut u64) {
    for letter in text.chars() {
        if letter == '\n' {
            *line += 1;
            *column = 1;
        } else {
            *column += 1;
        }
    }
}
