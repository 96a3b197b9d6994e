//! The value after an operator: quoted, or bare to the end of its word or line.

use super::list::MAKERS;
use super::operator::{Operator, quote_entity};
use super::{Cursor, NAME, without_scheme};
use crate::secrets::escapes::ESCAPE;
use crate::secrets::noise;
use crate::secrets::words::Parts;
use std::ops::Range;

/// Longest value, in bytes; longer ones are no credential but data.
const VALUE: usize = 1536;

impl Cursor<'_> {
    /// The text of an XML element, on this line or alone on the next.
    pub(super) fn element(&mut self) -> Option<(Range<usize>, bool)> {
        let ahead = self.ahead(NAME);
        self.at += ahead.len() - ahead.trim_ascii_start().len();
        let data = b"<![CDATA[";
        if self.ahead(data.len()) == data {
            self.at += data.len();
            let found = self.until(b"]")?;
            return self.text[found.0.end..]
                .starts_with(b"]]>")
                .then_some(found);
        }
        // Windows' answer files put the text in a `<Value>`.
        let value = b"<Value>";
        if self.ahead(value.len()).eq_ignore_ascii_case(value) {
            self.at += value.len();
        }
        let found = self.until(b"<")?;
        self.text
            .get(found.0.end..)?
            .trim_ascii_start()
            .starts_with(b"</")
            .then_some(found)
    }

    /// The next cell of a Markdown table, without back-quotes.
    pub(super) fn cell(&mut self) -> Option<(Range<usize>, bool)> {
        let (range, _) = self.until(b"|")?;
        let inner = &self.text[range.clone()];
        if inner.len() >= 2 && inner.starts_with(b"`") && inner.ends_with(b"`") {
            return Some((range.start + 1..range.end - 1, true));
        }
        Some((range, false))
    }

    /// The value, and whether it stood in quotes.
    pub(super) fn value(&mut self, operator: Operator) -> Option<(Range<usize>, bool)> {
        let stays = matches!(operator, Operator::Comma | Operator::Adjacent);
        self.blanks();
        if !stays {
            self.next_line();
        }
        if !stays && operator != Operator::Default {
            self.array(operator == Operator::Attached);
        }
        // A function that returns it.
        for arrow in [&b"() => "[..], b"useMemo(() => "] {
            self.at += if self.ahead(arrow.len()) == arrow {
                arrow.len()
            } else {
                0
            };
        }
        for _ in 0..2 {
            if matches!(self.peek(0), b'(' | b'[') && self.at < self.text.len() {
                self.listed |= self.peek(0) == b'[';
                if self.peek(0) == b'(' && operator != Operator::Call {
                    self.listed |= self.several(self.at + 1);
                }
                self.at += 1;
                self.blanks();
                if !stays {
                    self.next_line();
                }
            }
        }
        if operator == Operator::Attached
            && self.peek(0) == b'{'
            && matches!(self.peek(1), b'"' | b'\'' | b'`')
        {
            self.at += 1;
        }
        if let Some(entity) = quote_entity(self.ahead(6)) {
            return self.until_entity(entity);
        }
        if REFERENCES.iter().any(|tag| self.ahead(16).starts_with(tag)) {
            return None;
        }
        if matches!(operator, Operator::Set | Operator::Below) && self.yaml() {
            return self.bare(Operator::Below);
        }
        self.wrapper();
        let escapes = self
            .ahead(7)
            .iter()
            .take_while(|byte| **byte == b'\\')
            .count();
        let quote = self.peek(escapes);
        if matches!(quote, b'"' | b'\'' | b'`') && self.at + escapes < self.text.len() {
            return self.quoted(quote, escapes);
        }
        if operator.must_quote() {
            None
        } else {
            self.bare(operator)
        }
    }

    /// Skips `&anchor ` and `!tag ` of YAML. True when a block begins, and then moves to its text: `|` or `>` and the next line.
    fn yaml(&mut self) -> bool {
        for _ in 0..2 {
            if !matches!(self.peek(0), b'&' | b'!') {
                break;
            }
            let word = self.ahead(32);
            let length = word
                .iter()
                .take_while(|byte| {
                    byte.is_ascii_alphanumeric() || matches!(byte, b'&' | b'!' | b'_' | b'-')
                })
                .count();
            if length < 2 || word.get(length) != Some(&b' ') {
                return false;
            }
            self.at += length;
            self.blanks();
        }
        if !matches!(self.peek(0), b'|' | b'>') {
            return false;
        }
        let head = self.ahead(NAME);
        let sign = 1 + usize::from(matches!(head.get(1), Some(b'-' | b'+')));
        let blanks = head[sign.min(head.len())..]
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        let begins = head[sign.min(head.len())..][..blanks].contains(&b'\n');
        self.at += if begins { sign + blanks } else { 0 };
        begins
    }

    /// Up to the quote, written as an entity.
    fn until_entity(&mut self, entity: &[u8]) -> Option<(Range<usize>, bool)> {
        let start = self.at + entity.len();
        let high = (start + VALUE).min(self.text.len());
        let length = memchr::memmem::find(self.text.get(start..high)?, entity)?;
        Some((start..start + length, true))
    }

    /// Up to one of `stops` on this line.
    fn until(&mut self, stops: &[u8]) -> Option<(Range<usize>, bool)> {
        let high = (self.at + VALUE).min(self.text.len());
        let length = self.text[self.at..high]
            .iter()
            .position(|byte| stops.contains(byte) || *byte == b'\n')?;
        Some((trimmed(self.text, self.at..self.at + length), false))
    }

    /// Moves to the next line when this one ends here and the next begins with a quote or is an item of the list named so.
    fn next_line(&mut self) {
        let mut at = self.at;
        while matches!(self.text.get(at), Some(b'\r' | b'\\')) {
            at += 1;
        }
        if self.text.get(at) != Some(&b'\n') {
            return;
        }
        at += 1;
        let high = (at + NAME).min(self.text.len());
        if let Some(offset) = self.item(&self.text[at..high]) {
            self.at = at + offset;
            self.listed = true;
            self.blanks();
            return;
        }
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
        let window = self.ahead(40);
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
                let looks_up = LOOKUPS.any_in(&lower);
                let after = window[length + 1..]
                    .iter()
                    .take_while(|byte| **byte == b' ')
                    .count();
                if !looks_up && matches!(window.get(length + 1 + after), Some(b'"' | b'\'' | b'`'))
                {
                    if MAKERS.contains(&lower.as_slice()) {
                        self.listed |= self.several(self.at + length + 1);
                    }
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
    fn bare(&mut self, operator: Operator) -> Option<(Range<usize>, bool)> {
        // What opens before the value closes after it: `[Bearer …]`.
        let opened = self
            .text
            .get(..self.at)
            .unwrap_or_default()
            .trim_ascii_end();
        let bracketed = self.listed && opened.ends_with(b"[");
        let rest = self.at.min(self.text.len())..(self.at + 24).min(self.text.len());
        self.at = without_scheme(self.text, rest).start;
        let before = self.line_before(self.name.start).trim_ascii();
        let whole_line = operator == Operator::Below
            || !bracketed && operator != Operator::Column && LINE_STARTS.contains(&before);
        let high = (self.at + VALUE).min(self.text.len());
        let rest = &self.text[self.at..high];
        let stops: &[u8] = if whole_line {
            b"\"'`"
        } else {
            b"\"'`,;()[]{}<>&|\\"
        };
        let length = rest
            .iter()
            .position(|byte| byte.is_ascii_whitespace() || *byte == ESCAPE || stops.contains(byte))
            .unwrap_or(rest.len());
        if length == rest.len() && self.at + length < self.text.len() {
            return None;
        }
        // `name: several words` is a sentence, not a value; `NAME=value command` is.
        let tail = &rest[length..];
        let blank = tail
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        let code = match tail.first() {
            Some(b'"' | b'\'' | b'`') => rest[..length].contains(&b'('),
            Some(b'(' | b'[' | b'{') => true,
            // `(ULONG)requested` is a cast, `(Boolean) -> Unit` a type.
            _ if opened.ends_with(b"(") => {
                let arrow = tail.get(blank..).unwrap_or_default();
                memchr::memchr(b')', rest).is_some_and(|at| at + 1 < length)
                    || rest[..length].ends_with(b")")
                        && (arrow.starts_with(b"->") || arrow.starts_with(b"=>"))
            }
            _ => {
                rest.starts_with(b"]") || rest.starts_with(b"##") || rest[..length].ends_with(b"(")
            }
        };
        let sentence = blank > 0
            && whole_line
            && operator != Operator::Attached
            && !(operator == Operator::Set && is_drawn(&rest[..length]))
            && tail
                .get(blank)
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'(');
        if sentence || code || rest[..length].ends_with(b"...") {
            return None;
        }
        let mut end = self.at + length;
        while end > self.at && matches!(self.text[end - 1], b';' | b',' | b'.') {
            end -= 1;
        }
        Some((self.at..end, false))
    }
}

/// Whether a first word is a value with a remark after it, as nobody begins a sentence so. (In a table of names without `:` or `=`
/// it is a digest more often than not.)
fn is_drawn(word: &[u8]) -> bool {
    word.len() >= 12
        && word.iter().any(u8::is_ascii_digit)
        && word
            .iter()
            .filter(|byte| byte.is_ascii_alphabetic())
            .count()
            >= 4
        && noise::is_random(word)
}

fn trimmed(text: &[u8], range: Range<usize>) -> Range<usize> {
    let inner = &text[range.clone()];
    let start = range.start + (inner.len() - inner.trim_ascii_start().len());
    start..start.max(range.start + inner.trim_ascii_end().len())
}

/// What may stand before a name on a line that is one assignment.
const LINE_STARTS: &[&[u8]] = &[
    b"", b"export", b"set", b"-", b"ENV", b"ARG", b"-e", b"--env", b"\"", b"'", b"$env:", b"-D",
    b"#", b"//", b":",
];

/// Calls that fetch a value instead of being one.
static LOOKUPS: Parts = Parts::words(
    "
    env get config fetch lookup read require query find select param input prompt load import translate i18n gettext
    include exists has test match assert expect print log error describe field column file path
",
);

/// Tags of CloudFormation: what follows names where the value comes from.
const REFERENCES: &[&[u8]] = &[b"!GetAtt ", b"!Ref ", b"!ImportValue "];
