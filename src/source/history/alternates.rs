//! Object directories that a repository borrows from others.
//!
//! Format: <https://git-scm.com/docs/gitrepository-layout>, `objects/info/alternates`.

use super::files;
use crate::finding::Gap;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The directory and those it borrows from, each once. A relative path starts at the directory that names it.
pub(super) fn with_alternates(objects: &Path, gaps: &mut Vec<Gap>) -> Vec<PathBuf> {
    let mut found = vec![objects.to_owned()];
    let mut seen = HashSet::from([canonical(objects)]);
    let mut next = vec![(objects.to_owned(), 0)];
    while let Some((directory, depth)) = next.pop() {
        let list = directory.join("info/alternates");
        let text = files::read(&list).unwrap_or_else(|damage| {
            gaps.push(Gap {
                what: list.display().to_string(),
                why: damage.to_string(),
            });
            None
        });
        let text = text.unwrap_or_default();
        for line in text
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty() && !line.starts_with(b"#"))
        {
            let mut gap = |why: &str| {
                gaps.push(Gap {
                    what: list.display().to_string(),
                    why: why.to_owned(),
                })
            };
            let Some(path) = alternate_path(line) else {
                gap("a path in it cannot be read");
                continue;
            };
            let path = directory.join(path);
            if !path.is_dir() {
                gap("it names an object directory that does not exist");
            } else if depth >= ALTERNATE_DEPTH || found.len() >= ALTERNATES {
                gap("it leads through too many other repositories");
            } else if seen.insert(canonical(&path)) {
                found.push(path.clone());
                next.push((path, depth + 1));
            }
        }
    }
    found
}

/// A line of `info/alternates`; in double quotes, `\` escapes the next byte.
fn alternate_path(line: &[u8]) -> Option<PathBuf> {
    let text = std::str::from_utf8(line).ok()?;
    let Some(quoted) = text.strip_prefix('"') else {
        return Some(PathBuf::from(text));
    };
    let mut path = String::new();
    let mut letters = quoted.strip_suffix('"')?.chars();
    while let Some(letter) = letters.next() {
        path.push(if letter == '\\' {
            letters.next().filter(|next| matches!(next, '\\' | '"'))?
        } else {
            letter
        });
    }
    Some(PathBuf::from(path))
}

fn canonical(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// As deep as git follows alternates of alternates.
const ALTERNATE_DEPTH: usize = 5;
const ALTERNATES: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternates_may_be_quoted() {
        let path = |line: &[u8]| alternate_path(line).map(|path| path.display().to_string());
        assert_eq!(path(b"../a b").as_deref(), Some("../a b"));
        assert_eq!(path(br#""/a\"b\\""#).as_deref(), Some(r#"/a"b\"#));
        assert_eq!(path(br#""/a"#), None);
    }
}
