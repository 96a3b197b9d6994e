//! Members of what is called `secrets`, `api_tokens` or `credentials`: a map in code or in JSON, a block of YAML, a section of TOML.
//! What each is set to is one of them, whatever the member is called: `secrets: { openai: "…" }`.

use std::ops::Range;

/// One member.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// What it is called.
    pub key: Range<usize>,
    /// What it is set to, without quotes.
    pub value: Range<usize>,
}

/// Whether a map, a block or a section may be called by a name that holds this keyword.
pub(super) fn may_hold(text: &[u8], keyword: &Range<usize>) -> bool {
    opening(text, keyword).is_some()
}

/// The name of one member's value (`secrets` without its `s`), and the members, as far as the lines of `text` reach.
pub(super) fn read(text: &[u8], keyword: &Range<usize>) -> Option<(Range<usize>, Vec<Member>)> {
    let (name, form) = opening(text, keyword)?;
    let members = match form {
        Form::Braces(at) => in_braces(text, at),
        Form::Block(at) => in_lines(text, at, Some(indent_before(text, name.start))),
        Form::Section(at) => in_lines(text, at, None),
    };
    (!members.is_empty()).then_some((name, members))
}

/// How the members stand, and where they begin.
enum Form {
    /// Between `{` and `}`.
    Braces(usize),
    /// Lines further in than that of the name.
    Block(usize),
    /// The lines of `[name]`, up to the next section.
    Section(usize),
}

fn opening(text: &[u8], keyword: &Range<usize>) -> Option<(Range<usize>, Form)> {
    let rest = text.get(keyword.end..)?;
    let rest = &rest[..rest.len().min(AHEAD)];
    let plural = matches!(rest.first(), Some(b's' | b'S'));
    let kept = plural || text[keyword.clone()].eq_ignore_ascii_case(b"stringdata");
    let after = rest.get(usize::from(plural)..)?;
    let closers = after
        .iter()
        .take_while(|byte| matches!(byte, b'"' | b'\'' | b' '))
        .count();
    if !kept || !matches!(after.get(closers), Some(b':' | b'=' | b']')) {
        return None;
    }
    let start = text[..keyword.start]
        .iter()
        .rev()
        .take(NAME)
        .take_while(|byte| is_word(byte))
        .count();
    let name = keyword.start - start..keyword.end;
    let sign = keyword.end + usize::from(plural) + closers;
    // No more of the line is looked at: it may be megabytes long.
    let more = text.get(sign + 1..)?;
    let near = &more[..more.len().min(BEFORE_BRACE)];
    let line = &near[..memchr::memchr(b'\n', near).unwrap_or(near.len())];
    let ends = line.len() < near.len() || near.len() == more.len();
    let is_blank = ends && line.trim_ascii_start().is_empty();
    if text[sign] == b']' {
        let section = is_blank && is_section(text, name.start);
        return section.then_some((name, Form::Section(sign + 2 + line.len())));
    }
    // `=> {`, `: Secrets = {`
    let brace = memchr::memchr(b'{', line).filter(|at| {
        let between = |byte: &u8| is_word(byte) || matches!(byte, b' ' | b'=' | b'>' | b'<' | b',');
        line[..*at].iter().all(between)
    });
    match brace {
        Some(at) => Some((name, Form::Braces(sign + 2 + at))),
        None if is_blank && text[sign] == b':' && closers == 0 => {
            Some((name, Form::Block(sign + 2 + line.len())))
        }
        None => None,
    }
}

/// Whether `[` and the parts of a name that dots join are all that stands on the line before.
fn is_section(text: &[u8], start: usize) -> bool {
    let low = start.saturating_sub(NAME);
    let before = &text[low..start];
    let line = before
        .rsplit(|byte| *byte == b'\n')
        .next()
        .unwrap_or(before);
    line.trim_ascii_start()
        .strip_prefix(b"[")
        .is_some_and(|parts| parts.iter().all(|byte| is_word(byte) || *byte == b'.'))
}

fn indent_before(text: &[u8], start: usize) -> usize {
    let line = text[..start]
        .rsplit(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    line.iter().take_while(|byte| **byte == b' ').count()
}

/// `key: "value", "key" => "value"`, up to what closes them, or what is something else.
fn in_braces(text: &[u8], from: usize) -> Vec<Member> {
    let mut members = Vec::new();
    let mut at = from;
    while members.len() < MOST {
        let Some((key, sign)) = key(text, at) else {
            break;
        };
        let sign = past(text, sign, b" \t");
        let width = match text.get(sign..) {
            Some([b'=', b'>', ..]) => 2,
            Some([b':' | b'=', ..]) => 1,
            _ => break,
        };
        let start = past(text, sign + width, b" \t");
        let Some((value, end)) = value(text, start, false) else {
            break;
        };
        // A bare word is a name of the program.
        if value.start > start {
            members.push(Member { key, value });
        }
        at = end;
    }
    members
}

/// `key: value` and `key = value` on lines of their own: those further in than `indent`, or all up to the next section.
fn in_lines(text: &[u8], from: usize, indent: Option<usize>) -> Vec<Member> {
    let mut members = Vec::new();
    let mut at = from;
    let mut own = None;
    while at < text.len() && members.len() < MOST {
        let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |length| at + length);
        let line = &text[at..end];
        let blanks = line.len() - line.trim_ascii_start().len();
        let start = at + blanks;
        at = end + 1;
        match text.get(start) {
            _ if start >= end => continue,
            Some(b'#' | b';') => continue,
            Some(b'[') if indent.is_none() => break,
            _ => {}
        }
        if indent.is_some_and(|indent| blanks <= indent) {
            break;
        }
        if *own.get_or_insert(blanks) != blanks {
            continue;
        }
        let Some((key, sign)) = key(text, start) else {
            continue;
        };
        let sign = past(text, sign, b" \t");
        let sets = if indent.is_some() { b':' } else { b'=' };
        if text.get(sign) != Some(&sets) {
            continue;
        }
        if let Some((value, _)) = value(text, past(text, sign + 1, b" \t"), true) {
            members.push(Member { key, value });
        }
    }
    members
}

/// The next key, quoted or not, and where it ends with its quote.
fn key(text: &[u8], from: usize) -> Option<(Range<usize>, usize)> {
    let at = past(text, from, b" \t\r\n,");
    let quote = text.get(at).filter(|byte| matches!(byte, b'"' | b'\''));
    let start = at + usize::from(quote.is_some());
    let length = text
        .get(start..)?
        .iter()
        .take(NAME)
        .take_while(|byte| is_word(byte) || matches!(byte, b'-' | b'.'))
        .count();
    let end = start + length;
    let closed = quote.is_none() || text.get(end) == quote;
    (length > 0 && closed).then_some((start..end, end + usize::from(quote.is_some())))
}

/// A value in quotes, or a word, and where it ends. What is the whole of a line may have any sign but those of expressions.
fn value(text: &[u8], at: usize, whole: bool) -> Option<(Range<usize>, usize)> {
    let rest = text.get(at..)?;
    let rest = &rest[..memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1)];
    if let Some(quote @ (b'"' | b'\'')) = rest.first() {
        let end = at + 1 + memchr::memchr(*quote, &rest[1..])?;
        return Some((at + 1..end, end + 1));
    }
    let stop = |byte: &u8| byte.is_ascii_whitespace() || !whole && b",}".contains(byte);
    let length = rest.iter().position(stop).unwrap_or(rest.len());
    let plain = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || b"_-.+/=".contains(byte)
            || whole && b"!#%&*?~^@:,".contains(byte)
    };
    let begins = rest.first().is_some_and(u8::is_ascii_alphanumeric);
    let plain = begins && rest[..length].iter().all(plain);
    plain.then_some((at..at + length, at + length))
}

fn past(text: &[u8], at: usize, bytes: &[u8]) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| bytes.contains(byte)).count()
}

fn is_word(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || *byte == b'_'
}

/// Longest part of a name on either side, in bytes.
const NAME: usize = 40;
/// How far after the keyword the sign may stand that opens, in bytes.
const AHEAD: usize = 8;
/// How far after that the brace may stand, in bytes.
const BEFORE_BRACE: usize = 48;
/// More members than this are data.
const MOST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_members_are_set_to() {
        for (text, members) in [
            ("api_tokens = {\n  a = \"x\"\n  b   = \"y\"\n}\n", "a=x b=y"),
            (
                "{\"tokens\": {\"a\": \"x\", \"b-c\": \"y\"}, \"d\": \"z\"}",
                "a=x b-c=y",
            ),
            ("const tokens: Record<string> = { a: x, b: 'y' };", "b=y"),
            ("$tokens => { 'a' => 'x' }", "a=x"),
            ("tokens: { a: 'x', b: { c: 'y' } }", "a=x"),
            ("tokens: { a: f(), b: 'y' }", ""),
            ("tokens:\n  a: x\n  # b: y\n\n  c: \"z\"\nd: w\n", "a=x c=z"),
            ("  tokens:\n    a:\n      b: y\n    c: z\n  d: w\n", "c=z"),
            ("tokens:\n- a: x\n", ""),
            ("tokens:   \n  a: x\n", "a=x"),
            // Farther on than is looked.
            (
                "tokens:                                                 \n  a: x\n",
                "",
            ),
            ("tokens:\n  a: x#1!\n  b: *c\n  d: $E\n", "a=x#1!"),
            (
                "[auth.tokens]\na = \"x\"\nb = y # z\n[c]\nd = \"w\"\n",
                "a=x b=y",
            ),
            ("[auth.tokens] x\na = \"x\"\n", ""),
            ("x[tokens]\na = \"x\"\n", ""),
            ("token: { a: 'x' }", ""),
            ("tokenset: { a: 'x' }", ""),
            ("tokens == x ? { a: 'x' } : y", ""),
        ] {
            let at = text.find("token").expect("it is there");
            let found: Vec<String> = read(text.as_bytes(), &(at..at + 5))
                .into_iter()
                .flat_map(|(_, members)| members)
                .map(|member| format!("{}={}", &text[member.key], &text[member.value]))
                .collect();
            assert_eq!(found.join(" "), members, "{text}");
        }
    }
}
