//! Tables: a column headed `password` or `api_key`, in CSV, TSV and Markdown.

use std::ops::Range;

/// A column of a table: how it is headed, and what stands in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// The heading.
    pub name: Range<usize>,
    /// Its cells that are not empty, without quotes.
    pub cells: Vec<Range<usize>>,
}

/// Whether a heading of a table may hold this keyword; most hold none.
pub(super) fn may_head(text: &[u8], keyword: &Range<usize>) -> bool {
    heading(text, keyword).is_some()
}

/// The column whose heading holds `keyword`, as far as the lines of `text` reach; most words head none.
pub(super) fn read(text: &[u8], keyword: &Range<usize>) -> Option<Column> {
    let (separator, name) = heading(text, keyword)?;
    let start = memchr::memrchr(b'\n', &text[..name.start]).map_or(0, |at| at + 1);
    let mut lines = Lines { text, at: start };
    let head = lines.next()?;
    let headings = split(text, head, separator)?;
    let plain = |cell: &Range<usize>| is_heading(&text[cell.clone()]);
    // `\tPasswordGrant` is a line of code with its indentation.
    let indented =
        separator == b'\t' && headings.iter().filter(|cell| !cell.is_empty()).count() < 2;
    if headings.len() < 2 || indented || !headings.iter().all(plain) {
        return None;
    }
    let column = headings.iter().position(|cell| *cell == name)?;
    let mut cells = Vec::new();
    for line in lines {
        let row = split(text, line, separator)?;
        if row.len() != headings.len() {
            break;
        }
        cells.extend(row.get(column).filter(|cell| !cell.is_empty()).cloned());
    }
    (!cells.is_empty()).then_some(Column { name, cells })
}

/// What parts the columns, and the whole heading, if the keyword stands in one. Arguments of a call have blanks between them.
fn heading(text: &[u8], keyword: &Range<usize>) -> Option<(u8, Range<usize>)> {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b' ' | b'-');
    let length = text[keyword.end..]
        .iter()
        .take(HEADING)
        .take_while(|byte| word(byte))
        .count();
    let end = keyword.end + length;
    let mut after = end;
    after += usize::from(matches!(text.get(after), Some(b'"')));
    let separator = text.get(after).copied().unwrap_or(b'\n');
    let listed = matches!(separator, b',' | b';') && text.get(after + 1) == Some(&b' ');
    if listed || !matches!(separator, b',' | b';' | b'\t' | b'|' | b'\n' | b'\r') {
        return None;
    }
    let length = text[..keyword.start]
        .iter()
        .rev()
        .take(HEADING)
        .take_while(|byte| word(byte))
        .count();
    let start = keyword.start - length;
    let before = text[..start].strip_suffix(b"\"").unwrap_or(&text[..start]);
    let before = before.last().copied().unwrap_or(b'\n');
    let separator = match (before, separator) {
        (sign @ (b',' | b';' | b'\t' | b'|'), b'\n' | b'\r') | (b'\n', sign) => sign,
        (sign, other) if sign == other => sign,
        _ => return None,
    };
    let name = trimmed(text, start..end);
    let spaced = name != (start..end);
    let parts = matches!(separator, b',' | b';' | b'\t' | b'|');
    (parts && (separator == b'|' || !spaced)).then_some((separator, name))
}

/// The cells of a line, without quotes; `None` where a quote is left open.
fn split(text: &[u8], line: Range<usize>, separator: u8) -> Option<Vec<Range<usize>>> {
    let mut cells = Vec::new();
    let mut at = line.start;
    loop {
        let rest = &text[at..line.end];
        let quoted = rest.first() == Some(&b'"') && separator != b'|';
        if quoted {
            let length = memchr::memchr(b'"', &rest[1..])?;
            cells.push(at + 1..at + 1 + length);
            at += length + 2;
            if text[at..line.end]
                .first()
                .is_some_and(|byte| *byte != separator)
            {
                return None;
            }
        } else {
            let length = memchr::memchr(separator, rest).unwrap_or(rest.len());
            cells.push(without_ticks(text, trimmed(text, at..at + length)));
            at += length;
        }
        if at >= line.end || cells.len() > COLUMNS {
            return Some(cells);
        }
        at += 1;
    }
}

fn is_heading(cell: &[u8]) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_- ./()#*".contains(byte);
    cell.len() <= HEADING && cell.iter().all(word) && !cell.iter().all(u8::is_ascii_digit)
        || cell.is_empty()
}

fn trimmed(text: &[u8], range: Range<usize>) -> Range<usize> {
    let inner = &text[range.clone()];
    let start = range.start + (inner.len() - inner.trim_ascii_start().len());
    start..start.max(range.start + inner.trim_ascii_end().len())
}

fn without_ticks(text: &[u8], range: Range<usize>) -> Range<usize> {
    let inner = &text[range.clone()];
    if inner.len() >= 2 && inner.starts_with(b"`") && inner.ends_with(b"`") {
        range.start + 1..range.end - 1
    } else {
        range
    }
}

/// The lines from a place on; Markdown's rules between heading and rows are none.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
}

impl Iterator for Lines<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let start = self.at;
            let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
            let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
            self.at = start + length + 1;
            let line = &rest[..length];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let is_rule = |byte: &u8| matches!(byte, b'|' | b'-' | b':' | b' ');
            if !(line.starts_with(b"|") && line.iter().all(is_rule)) {
                return Some(start..start + line.len());
            }
        }
    }
}

/// Longest heading, in bytes.
const HEADING: usize = 40;
/// Most columns.
const COLUMNS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_below_a_heading() {
        for (text, cells) in [
            ("name,password\nbob,a\nal,b\n", &["a", "b"][..]),
            ("password;name\r\na;bob\r\n\r\n", &["a"]),
            ("user\tpassword\thost\nbob\ta\tdb\nal\t\tdb\n", &["a"]),
            ("\"user\",\"user password\"\n\"bob, jr\",\"a\"\n", &["a"]),
            (
                "| Host | Password |\n|---|:--|\n| db | `a` |\n| web | b |\n",
                &["a", "b"],
            ),
            ("name,password\nbob,a\n\nx,y\n", &["a"]),
            ("name,password\nbob,a,c\n", &[]),
            ("login(name, password,\n  host, port)\n", &[]),
            ("name, password\nbob, a\n", &[]),
            ("password\na\n", &[]),
            ("\tpassword\n\ta\n", &[]),
            ("\tuser\tpassword\n1\tbob\ta\n", &["a"]),
            ("the password, then\na, b\n", &[]),
            ("x = [name,password]\n[a,b]\n", &[]),
            ("name,password\n\"bob,a\n", &[]),
        ] {
            let at = text.to_lowercase().find("password").expect("it is there");
            let found = read(text.as_bytes(), &(at..at + 8));
            let found: Vec<&str> = found
                .iter()
                .flat_map(|column| &column.cells)
                .map(|cell| &text[cell.clone()])
                .collect();
            assert_eq!(found, cells, "{text}");
        }
    }
}
