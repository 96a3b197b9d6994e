//! Where a finding is.

use super::RepoPath;
use std::ops::Range;

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
}

impl<'t> LineIndex<'t> {
    /// Reads the text once.
    #[must_use]
    pub fn new(text: &'t [u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at + 1));
        Self { text, starts }
    }

    /// The position of a byte; past the end is the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        Position {
            line: u32::try_from(line + 1).unwrap_or(u32::MAX),
            column: columns(&self.text[self.starts[line]..offset]).saturating_add(1),
        }
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

/// The position of a byte of a text, without an index: for few positions in a long text.
#[must_use]
pub fn position_in(text: &[u8], offset: usize) -> Position {
    let before = &text[..offset.min(text.len())];
    let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    Position {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: columns(&before[line_start..]).saturating_add(1),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

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
