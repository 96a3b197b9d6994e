//! Checks over a whole tree: each file is inspected once, in parallel, and the guard concludes when it has
//! seen them all (what is absent shows only there).

use crate::finding::{Gap, LineIndex, Mark, RepoPath, Snippet, Veil};
use crate::policy::{Severity, inline};
use std::any::Any;
use std::cell::OnceCell;
use std::ops::Range;

/// A file as a tree guard sees it.
pub struct FileView<'a> {
    /// Its path.
    pub path: &'a RepoPath,
    /// Its bytes; UTF-8 is not promised.
    pub text: &'a [u8],
    veil: &'a Veil,
    index: OnceCell<LineIndex<'a>>,
}

impl<'a> FileView<'a> {
    /// A view; `veil` covers every secret the secrets guard saw in `text`.
    #[must_use]
    pub fn new(path: &'a RepoPath, text: &'a [u8], veil: &'a Veil) -> Self {
        Self {
            path,
            text,
            veil,
            index: OnceCell::new(),
        }
    }

    /// All that a finding needs to know of `span` (bytes of [`Self::text`]).
    #[must_use]
    pub fn mark(&self, span: Range<usize>) -> Mark {
        self.mark_hiding(span, &[])
    }

    /// As [`Self::mark`], with more ranges masked than the secrets guard asked for.
    #[must_use]
    pub fn mark_hiding(&self, span: Range<usize>, hide: &[Range<usize>]) -> Mark {
        let index = self.index.get_or_init(|| LineIndex::new(self.text));
        let start = index.position(span.start);
        let veil = if hide.is_empty() {
            None
        } else {
            Some(self.veil.with(hide))
        };
        Mark {
            start,
            end: index.position(span.end),
            snippet: Snippet::cut(self.text, &span, veil.as_ref().unwrap_or(self.veil)),
            inline: inline::around(self.text, &span, start.line),
        }
    }

    /// What the secrets guard saw in the file.
    pub fn secrets(&self) -> impl Iterator<Item = &'a [u8]> {
        let ranges = self.veil.ranges().iter();
        ranges.filter_map(|range| self.text.get(range.clone()))
    }

    /// Whether the secrets guard saw a secret in `span`.
    #[must_use]
    pub fn holds_secret(&self, span: &Range<usize>) -> bool {
        self.veil.covers(span)
    }
}

/// A finding to be, from a check written in code. The engine adds what the policy says of the rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Id of a `[[rule]]` of the shipped packs.
    pub rule: &'static str,
    /// The file it is about; `.` for the tree.
    pub path: RepoPath,
    /// The span it is about; none for a whole file or something absent.
    pub mark: Option<Mark>,
    /// One sentence without a full stop; must not hold anything a veil covers.
    pub message: String,
    /// What to do, where it differs from the rule's own advice.
    pub help: Option<String>,
    /// What makes this finding itself besides rule and path: a package name, a key. Goes into the fingerprint.
    pub content: String,
    /// Severity here, where it differs from the rule's own (configuration still wins by switching a rule off).
    pub severity: Option<Severity>,
    /// The policy line that decided it.
    pub decided_by: Option<String>,
}

/// What a guard took from one file.
pub type Notes = Box<dyn Any + Send>;

/// What a guard says at the end.
#[derive(Debug, Default)]
pub struct Conclusion {
    /// Findings to be.
    pub drafts: Vec<Draft>,
    /// What it could not read.
    pub gaps: Vec<Gap>,
    /// Lines for the summary.
    pub remarks: Vec<String>,
}

/// A guard that looks at a whole tree.
pub trait TreeGuard: Send + Sync {
    /// Whether the guard wants to see the file at `path` at all; cheap, called for every file.
    fn wants(&self, path: &RepoPath) -> bool;

    /// Takes what it needs from one file; called from many threads. Must not panic on any bytes.
    fn inspect(&self, file: &FileView<'_>) -> Option<Notes>;

    /// Concludes over all files, given in path order.
    fn conclude(&self, notes: Vec<(RepoPath, Notes)>) -> Conclusion;
}
