//! Names that are themselves values: `"name": "TOKEN", "value": "…"` and its like.

use super::Cursor;
use super::operator::Operator;

impl Cursor<'_> {
    /// The name is itself a value: `"name": "TOKEN", "value": "…"`, `name: TOKEN` over `value: …`, `name="TOKEN" value="…"`,
    /// `<string name="TOKEN">…`, `<key>TOKEN</key>` before `<string>…`.
    pub(super) fn pair(&mut self, quoted_name: bool) -> Option<Operator> {
        if let Some(width) = self.opened_element(quoted_name) {
            self.at += width;
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
        let rest = self.ahead(96);
        let between = leading(rest, |byte| {
            byte.is_ascii_whitespace() || matches!(byte, b',' | b'"' | b'\'' | b'\\')
        });
        let word = VALUES.iter().find(|word| {
            rest.get(between..between + word.len())
                .is_some_and(|name| name.eq_ignore_ascii_case(word))
        })?;
        let after = &rest[between + word.len()..];
        let closers = leading(after, |byte| matches!(byte, b'"' | b'\'' | b'\\' | b' '));
        let width = match after.get(closers..)? {
            [b'=', b'>', ..] => 2,
            [b'=' | b':', ..] => 1,
            _ => return None,
        };
        let below = rest[..between].contains(&b'\n');
        self.at += between + word.len() + closers + width;
        Some(if below {
            Operator::Below
        } else {
            Operator::Set
        })
    }

    /// How far it is to the text of the element that holds the value: of this one, whose attribute the name is, or of the next.
    fn opened_element(&self, quoted_name: bool) -> Option<usize> {
        let rest = self.ahead(96);
        if rest.starts_with(b"</") {
            let close = rest.iter().position(|byte| *byte == b'>')? + 1;
            let open = close + rest[close..].len() - rest[close..].trim_ascii_start().len();
            let tag = ELEMENTS.iter().find(|tag| rest[open..].starts_with(tag))?;
            return Some(open + tag.len());
        }
        if !quoted_name {
            return self.attributes(rest);
        }
        // `<string name="TOKEN" translatable="false">…`
        let attributes = leading(rest, |byte| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b' ' | b'=' | b'"' | b'\'' | b':' | b'-' | b'_')
        });
        let named = attributes == 0
            || self
                .line_before(self.name.start)
                .trim_ascii_start()
                .starts_with(b"<")
                && !VALUES
                    .iter()
                    .any(|word| memchr::memmem::find(&rest[..attributes], word).is_some());
        (named && rest.get(attributes) == Some(&b'>')).then_some(attributes + 1)
    }

    /// How far it is to the text of the element that is called so: `<ns:password Type="text">…`.
    fn attributes(&self, rest: &[u8]) -> Option<usize> {
        let line = self.line_before(self.name.start);
        let space = line
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b':')
            .count();
        let opened =
            line[..line.len() - space].ends_with(b"<") && (space == 0 || line.ends_with(b":"));
        let end = rest
            .iter()
            .position(|byte| matches!(byte, b'>' | b'<' | b'\n' | b'{'))?;
        let blank = self.at > self.name.end;
        let whole = end == 0 || blank && rest[end - 1] != b'/';
        (opened && whole && rest[end] == b'>').then_some(end + 1)
    }
}

/// How many bytes at the start of `text` are so.
fn leading(text: &[u8], is: impl Fn(&u8) -> bool) -> usize {
    text.iter().take_while(|byte| is(byte)).count()
}

/// What the other half of a pair is called.
const VALUES: &[&[u8]] = &[b"value", b"content", b"ParameterValue", b"android:value"];

/// Elements whose text is a value when the one before them is a name.
const ELEMENTS: &[&[u8]] = &[b"<string>", b"<value>", b"<param-value>", b"<td>", b"<dd>"];
