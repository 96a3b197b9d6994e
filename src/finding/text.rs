//! Text from hostile places: paths and lines made safe to show.

use std::sync::Arc;

/// A path relative to the root of the scan, with `/`, as shown in reports.
///
/// Bytes that are not UTF-8 stand as `\xNN`; nothing else is changed, so newlines are still in it:
/// whoever prints it uses [`printable`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(Arc<str>);

impl RepoPath {
    /// From text that already uses `/`.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self(Arc::from(path))
    }

    /// From the bytes git or the file system gives.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut out = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            out.push_str(chunk.valid());
            for byte in chunk.invalid() {
                use std::fmt::Write as _;
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
        Self(Arc::from(out))
    }

    /// From a relative path of this system.
    #[must_use]
    pub fn from_path(path: &std::path::Path) -> Self {
        let mut bytes = Vec::new();
        for component in path.components() {
            if !bytes.is_empty() && bytes != b"/" {
                bytes.push(b'/');
            }
            let part = component.as_os_str().as_encoded_bytes();
            bytes.extend_from_slice(if part == b"\\" { b"/" } else { part });
        }
        Self::from_bytes(&bytes)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the last `/`.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// The part after the last `.` of the file name, as written; empty when there is none.
    #[must_use]
    pub fn extension(&self) -> &str {
        self.file_name()
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension)
    }
}

impl std::fmt::Display for RepoPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&printable(&self.0))
    }
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Control characters, bidirectional overrides and line separators written as `\u{…}`, so that hostile text
/// cannot move the cursor, start a workflow command or reorder a line.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        let hostile = letter.is_control()
            || matches!(letter, '\u{61c}' | '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        match letter {
            '\t' => out.push('\t'),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            _ if hostile => out.extend(letter.escape_unicode()),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_shown_not_obeyed() {
        assert_eq!(
            printable("a\u{1b}[2Jb\n::error::x"),
            "a\\u{1b}[2Jb\\n::error::x"
        );
        assert_eq!(RepoPath::from_bytes(b"a\xffb").as_str(), "a\\xffb");
    }

    #[test]
    fn parts_of_a_path() {
        let path = RepoPath::new("a/b.test.ts");
        assert_eq!((path.file_name(), path.extension()), ("b.test.ts", "ts"));
        assert_eq!(RepoPath::new("Makefile").extension(), "");
    }
}
