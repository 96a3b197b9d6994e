//! What the tests of the readers share: one file is shown to one reader, and what it says is put into lines.

use super::{Canon, Found};
use crate::finding::{RepoPath, Veil};
use crate::tree::{Draft, FileView};

/// What a reader says of a file that it wants, under the shipped canon.
pub(super) fn look(
    wants: fn(&RepoPath, &Canon) -> bool,
    inspect: fn(&FileView<'_>, &Canon) -> Found,
    path: &str,
    text: &str,
) -> Found {
    let (path, veil, canon) = (RepoPath::new(path), Veil::default(), Canon::shipped());
    assert!(wants(&path, &canon), "{path:?}");
    inspect(&FileView::new(&path, text.as_bytes(), &veil), &canon)
}

/// `line rule content` of each draft.
pub(super) fn lines(drafts: &[Draft]) -> Vec<String> {
    let line = |draft: &Draft| draft.mark.as_ref().map_or(0, |mark| mark.start.line);
    drafts
        .iter()
        .map(|draft| format!("{} {} {}", line(draft), draft.rule, draft.content))
        .collect()
}
