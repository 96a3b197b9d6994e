//! Tables in SQL: a column called `password` or `api_key`, in `INSERT INTO … (…) VALUES (…), (…)` and in the `COPY … (…) FROM stdin` of a
//! dump.

use super::columns::Column;
use std::ops::Range;

/// Whether a list of columns may hold this keyword; most words stand in none.
pub(super) fn may_head(text: &[u8], keyword: &Range<usize>) -> bool {
    column(text, keyword).is_some()
}

/// What the statement puts into the column whose name holds `keyword`, as far as the lines of `text` reach.
pub(super) fn read(text: &[u8], keyword: &Range<usize>) -> Option<Column> {
    let (name, open) = column(text, keyword)?;
    let index = memchr::memchr_iter(b',', &text[open..name.start]).count();
    let close = open + memchr::memchr(b')', &text[open..])?;
    let mut cursor = Cursor {
        text,
        at: close + 1,
    };
    cursor.blanks();
    let cells = if cursor.skip_word(b"values") {
        cursor.tuples(index)
    } else if cursor.skip_word(b"from stdin") {
        cursor.rows(index)
    } else {
        return None;
    };
    (!cells.is_empty()).then_some(Column { name, cells })
}

/// The whole name of the column, and the place after the bracket that opens its list.
fn column(text: &[u8], keyword: &Range<usize>) -> Option<(Range<usize>, usize)> {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let length = |bytes: &mut dyn Iterator<Item = &u8>| bytes.take_while(|byte| word(byte)).count();
    let end = keyword.end + length(&mut text[keyword.end..].iter().take(NAME));
    let after = text[end..]
        .iter()
        .take(8)
        .find(|byte| !b"\"` \r\n".contains(byte))?;
    if !matches!(after, b',' | b')') {
        return None;
    }
    let start = keyword.start - length(&mut text[..keyword.start].iter().rev().take(NAME));
    let low = start.saturating_sub(LIST);
    let listed = |byte: &u8| word(byte) || b"\"`, \t\r\n".contains(byte);
    let before = text[low..start].iter().rposition(|byte| !listed(byte))?;
    (text[low + before] == b'(').then_some((start..end, low + before + 1))
}

/// A place in the statement after its columns.
struct Cursor<'t> {
    text: &'t [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn skip_word(&mut self, word: &[u8]) -> bool {
        let end = self.at + word.len();
        let found = self
            .text
            .get(self.at..end)
            .is_some_and(|text| text.eq_ignore_ascii_case(word));
        self.at += if found { word.len() } else { 0 };
        found
    }

    /// The strings at `index` of `(…), (…)`.
    fn tuples(&mut self, index: usize) -> Vec<Range<usize>> {
        let mut cells = Vec::new();
        loop {
            self.blanks();
            if self.peek() != Some(b'(') {
                return cells;
            }
            self.at += 1;
            let Some(cell) = self.tuple(index) else {
                return cells;
            };
            cells.extend(cell);
            self.blanks();
            if self.peek() != Some(b',') {
                return cells;
            }
            self.at += 1;
        }
    }

    /// The string at `index`, if one stands there, and past the bracket that closes; `None` where none does.
    fn tuple(&mut self, index: usize) -> Option<Option<Range<usize>>> {
        let (mut found, mut column, mut depth) = (None, 0, 0_u32);
        loop {
            let at = self.at;
            self.at += 1;
            match self.text.get(at)? {
                b'\'' => {
                    let end = self.string()?;
                    if column == index && depth == 0 {
                        found = Some(at + 1..end);
                    }
                }
                b'(' => depth += 1,
                b')' if depth == 0 => return Some(found),
                b')' => depth -= 1,
                b',' if depth == 0 => column += 1,
                _ => {}
            }
        }
    }

    /// Past the quote that closes a string, whose place is given; a doubled one is a part of it.
    fn string(&mut self) -> Option<usize> {
        loop {
            let end = self.at + memchr::memchr(b'\'', self.text.get(self.at..)?)?;
            self.at = end + 1;
            if self.peek() != Some(b'\'') {
                return Some(end);
            }
            self.at += 1;
        }
    }

    /// The fields at `index` of the lines up to `\.`, which tabs part.
    fn rows(&self, index: usize) -> Vec<Range<usize>> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut cells = Vec::new();
        let mut at = self.at;
        for line in rest.split(|byte| *byte == b'\n') {
            if line.starts_with(b"\\.") {
                break;
            }
            let mut start = at;
            if let Some(field) = line.split(|byte| *byte == b'\t').nth(index) {
                start += line
                    .split(|byte| *byte == b'\t')
                    .take(index)
                    .map(|before| before.len() + 1)
                    .sum::<usize>();
                let field = field.strip_suffix(b"\r").unwrap_or(field);
                if at > self.at && !field.is_empty() && field != b"\\N" {
                    cells.push(start..start + field.len());
                }
            }
            at += line.len() + 1;
        }
        cells
    }
}

/// Longest part of a name on either side of the keyword, in bytes.
const NAME: usize = 40;
/// How far a name may stand after the bracket that opens its list, in bytes.
pub(super) const LIST: usize = 800;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_statement_puts_into_a_column() {
        for (text, cells) in [
            (
                "insert into u (id, \"password\", n) values (1, 'a', now()), (2, 'b''c', 'x');",
                &["a", "b''c"][..],
            ),
            (
                "INSERT INTO `u` (`password`,`n`) VALUES\n('a',1),\n('b',2);\n('c',3)",
                &["a", "b"],
            ),
            (
                "INSERT INTO u\n  (n, db_password)\nVALUES\n  (f('x', 1), 'a')\nON CONFLICT DO NOTHING;",
                &["a"],
            ),
            (
                "insert into u (\n  id,\n  password\n) values (\n  1,\n  'a'\n);",
                &["a"],
            ),
            (
                "insert into u (n, password) values ('x', crypt('a', 'b'))",
                &[],
            ),
            ("insert into u (n, password) values ('x', null)", &[]),
            ("insert into u (n, password) values ('x', 'a", &[]),
            ("insert into u (n, password) values ('x')", &[]),
            ("insert into u (n, password) select n, 'a' from v", &[]),
            (
                "COPY public.u (id, password, n) FROM stdin;\n1\ta\tx\n2\t\\N\tx\n3\tb\tx\n\\.\n4\tc\tx\n",
                &["a", "b"],
            ),
            ("COPY u (id, password) FROM stdin;\n1\ta\r\n", &["a"]),
            ("login(name, password)", &[]),
            ("login(name, password) values", &[]),
            ("login(name, (password", &[]),
        ] {
            let at = text.find("password").expect("it is there");
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
