//! Where a finding is.

use super::RepoPath;
use std::ops::Range;
use std::sync::OnceLock;

/// A place in a text: both 1-based, the column in Unicode code points (a byte that is not UTF-8 counts as one).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Position {
    /// Line; a line ends with `\n`.
    pub line: u32,
    /// Column.
    pub column: u32,
}

/// Where a finding is: a span of a file, perhaps as of a commit, or a key of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Relative to the root of the scan.
    pub path: RepoPath,
    /// First character; line 0 when the finding is about the whole file or its absence.
    pub start: Position,
    /// Just past the last character.
    pub end: Position,
    /// The commit that brought it in.
    pub commit: Option<CommitRef>,
    /// The store it is about (`vault`, `github:staging`, `fly:app`).
    pub store: Option<String>,
    /// The name of the credential in that store.
    pub key: Option<String>,
}

impl Location {
    /// A span of a file.
    #[must_use]
    pub fn file(path: RepoPath, start: Position, end: Position) -> Self {
        Self {
            path,
            start,
            end,
            commit: None,
            store: None,
            key: None,
        }
    }

    /// A whole file, or the tree when the path is `.`.
    #[must_use]
    pub fn whole(path: RepoPath) -> Self {
        Self::file(path, Position::default(), Position::default())
    }
}

/// What a report says of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitRef {
    /// Full object id, hex.
    pub id: String,
    /// `Name <address>`, as recorded.
    pub author: String,
    /// Author date, RFC 3339 with the author's offset.
    pub date: String,
    /// First line of the message.
    pub summary: String,
    /// Whether what was found still stands somewhere.
    pub presence: Option<Presence>,
}

/// Where a secret of the history still stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presence {
    /// In the tree of HEAD.
    Head,
    /// In the tip of this other branch or tag.
    Ref(String),
    /// Only in older commits.
    HistoryOnly,
    /// Only in a stash.
    StashOnly,
    /// In an object no ref reaches.
    Unreachable,
}

/// Finds the line and column of byte offsets of one text.
#[derive(Debug)]
pub struct LineIndex<'t> {
    text: &'t [u8],
    /// Offset of the first byte of every line.
    starts: Vec<usize>,
    /// How many code points of its line stand before some bytes of long lines, in order: a minified file is one line, and counting it
    /// from its start for each of its findings would take hours.
    steps: OnceLock<Vec<(usize, u32)>>,
}

impl<'t> LineIndex<'t> {
    /// Reads the text once.
    #[must_use]
    pub fn new(text: &'t [u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at + 1));
        Self {
            text,
            starts,
            steps: OnceLock::new(),
        }
    }

    /// The position of a byte; past the end is the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let (from, before) = self.step(self.starts[line], offset);
        let column = before.saturating_add(columns(&self.text[from..offset]));
        Position {
            line: u32::try_from(line + 1).unwrap_or(u32::MAX),
            column: column.saturating_add(1),
        }
    }

    /// The last counted byte at or before `offset` on the line that begins at `start`, and the code points before it there.
    fn step(&self, start: usize, offset: usize) -> (usize, u32) {
        if offset - start <= STEP {
            return (start, 0);
        }
        let steps = self.steps.get_or_init(|| self.count());
        let after = steps.partition_point(|(at, _)| *at <= offset);
        match after.checked_sub(1).and_then(|last| steps.get(last)) {
            Some((at, before)) if *at > start => (*at, *before),
            _ => (start, 0),
        }
    }

    /// Counts every long line once.
    fn count(&self) -> Vec<(usize, u32)> {
        let mut steps = Vec::new();
        let ends = self.starts.iter().skip(1).copied();
        for (start, end) in self
            .starts
            .iter()
            .copied()
            .zip(ends.chain([self.text.len()]))
        {
            let (mut at, mut before) = (start, 0_u32);
            while end - at > STEP {
                let next = boundary(self.text, at + STEP);
                before = before.saturating_add(columns(&self.text[at..next]));
                at = next;
                steps.push((at, before));
            }
        }
        steps
    }

    /// The bytes of the line (1-based) without its end; empty past the last line.
    #[must_use]
    pub fn line(&self, line: u32) -> Range<usize> {
        let index = (line.max(1) - 1) as usize;
        let Some(start) = self.starts.get(index).copied() else {
            return self.text.len()..self.text.len();
        };
        let end = self
            .starts
            .get(index + 1)
            .map_or(self.text.len(), |next| next - 1);
        start..end
    }
}

/// Finds the line and column of byte offsets that come in ascending order: counts on from the last one.
#[derive(Debug, Clone, Copy)]
pub struct LineCursor<'t> {
    text: &'t [u8],
    /// Counted up to here, where no character begins before and ends after.
    at: usize,
    /// The line of that byte, and the code points before it there.
    line: u32,
    column: u32,
}

impl<'t> LineCursor<'t> {
    /// At the first byte.
    #[must_use]
    pub fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
            column: 0,
        }
    }

    /// The position of a byte; past the end is the end. Where one further on was asked for, all is counted again.
    pub fn position(&mut self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        if offset < self.at {
            *self = Self::new(self.text);
        }
        self.count_to(boundary(self.text, offset).max(self.at));
        Position {
            line: self.line,
            column: self
                .column
                .saturating_add(columns(&self.text[self.at..offset]))
                .saturating_add(1),
        }
    }

    fn count_to(&mut self, offset: usize) {
        let passed = &self.text[self.at..offset];
        let mut line = passed;
        if let Some(newline) = memchr::memrchr(b'\n', passed) {
            let lines = memchr::memchr_iter(b'\n', passed).count();
            self.line = self
                .line
                .saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
            self.column = 0;
            line = &passed[newline + 1..];
        }
        self.column = self.column.saturating_add(columns(line));
        self.at = offset;
    }
}

/// The last byte at or before `offset` where text can be cut without parting a character, which has four bytes at most.
fn boundary(text: &[u8], offset: usize) -> usize {
    let whole = |at: &usize| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        before.is_none_or(u8::is_ascii) || text.get(*at).is_none_or(|byte| byte & 0xC0 != 0x80)
    };
    (offset.saturating_sub(3)..=offset)
        .rev()
        .find(whole)
        .unwrap_or(offset)
}

/// Code points in `bytes`; each byte that is not UTF-8 counts as one.
#[must_use]
pub(crate) fn columns(bytes: &[u8]) -> u32 {
    let count: usize = bytes
        .utf8_chunks()
        .map(|chunk| chunk.valid().chars().count() + chunk.invalid().len())
        .sum();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Bytes of a line between two places whose columns are kept.
const STEP: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    /// Counted from the first byte.
    fn counted(text: &[u8], offset: usize) -> Position {
        let before = &text[..offset.min(text.len())];
        let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Position {
            line: u32::try_from(line).expect("the text is short"),
            column: columns(&before[start..]) + 1,
        }
    }

    #[test]
    fn long_lines_are_counted_right() {
        let text = [
            "é".repeat(STEP).as_bytes(),
            &[0xE2, 0x82],
            "\n".as_bytes(),
            &[0x80; 2 * STEP],
            "€x".repeat(STEP).as_bytes(),
            b"\nend",
        ]
        .concat();
        let index = LineIndex::new(&text);
        let mut cursor = LineCursor::new(&text);
        for offset in (0..text.len() + 2)
            .step_by(7)
            .chain([STEP, STEP + 1, 2 * STEP, text.len()])
        {
            let right = counted(&text, offset);
            assert_eq!(index.position(offset), right, "{offset}");
            // Also backwards, though it is not made for that.
            assert_eq!(cursor.position(offset), right, "{offset}");
        }
    }

    #[test]
    fn a_long_line_is_not_counted_for_each_position() {
        // Counted from its start each time, these would be half a million million bytes.
        let line = "a".repeat(4 << 20);
        let index = LineIndex::new(line.as_bytes());
        let mut cursor = LineCursor::new(line.as_bytes());
        for offset in (0..line.len()).step_by(16) {
            assert_eq!(index.position(offset).column as usize, offset + 1);
            assert_eq!(cursor.position(offset).column as usize, offset + 1);
        }
    }

    proptest::proptest! {
        #[test]
        fn a_cursor_counts_what_an_index_counts(
            text in proptest::collection::vec(proptest::sample::select(&b"a\n\xc3\xa9\x80\xe2\x82\xac\xf0"[..]), 0..80),
            mut offsets in proptest::collection::vec(0..90_usize, 1..8),
        ) {
            let (index, mut cursor) = (LineIndex::new(&text), LineCursor::new(&text));
            offsets.sort_unstable();
            for offset in offsets {
                let right = counted(&text, offset);
                proptest::prop_assert_eq!(cursor.position(offset), right);
                proptest::prop_assert_eq!(index.position(offset), right);
            }
        }
    }

    #[test]
    fn columns_are_code_points() {
        let index = LineIndex::new("a\nbäc\r\nd".as_bytes());
        assert_eq!(index.position(0), Position { line: 1, column: 1 });
        assert_eq!(index.position(5), Position { line: 2, column: 3 });
        assert_eq!(index.position(8), Position { line: 3, column: 1 });
        assert_eq!(index.position(99), Position { line: 3, column: 2 });
        assert_eq!(index.line(1), 0..1);
        assert_eq!(index.line(9), 9..9);
    }

    #[test]
    fn bad_bytes_count_one_each() {
        let index = LineIndex::new(b"\xff\xfex");
        assert_eq!(index.position(2).column, 3);
    }
}
