//! Where bytes come from. A source yields blobs and says what it could not read; it judges nothing.
//!
//! To add one: one file here that implements [`Source`], one arm in `commands/check.rs`.

mod added;
mod changes;
mod commit;
mod delivery;
mod environment;
mod exclude;
pub mod history;
mod index;
mod range;
mod renames;
mod repository;
mod scope;
mod staged;
mod standing;
mod stdin;
#[cfg(test)]
mod testing;
mod worktree;

pub use environment::Environment;
pub use exclude::Exclude;
pub use range::Range as CommitRange;
pub(crate) use repository::is_git_dir;
pub use repository::{Place, Repository};
pub use scope::{Scope, ScopeKind, Stats};
pub use staged::Staged;
pub use standing::{Standing, Standings};
pub use stdin::Stdin;
pub use worktree::{Worktree, WorktreeOptions};

use crate::finding::{CommitRef, Gap, RepoPath};
use std::io::Read;
use std::sync::Arc;

/// A document to look at.
pub struct Blob<'b> {
    /// Where it is.
    pub path: RepoPath,
    /// Its bytes.
    pub content: Content<'b>,
    /// Which of its lines count: findings on others are left out.
    pub lines: Lines,
    /// The commit it comes from, for ranges and history.
    pub commit: Option<Arc<CommitRef>>,
}

/// The bytes of a blob.
pub enum Content<'b> {
    /// In memory.
    Bytes(&'b [u8]),
    /// The text of a symbolic link, which git keeps like a file: secrets are looked for, but it is not the file its name says.
    Link(&'b [u8]),
    /// None that is new: the file was moved here as it was, and only its name is to be looked at.
    Moved,
    /// Too large to hold: read in overlapping chunks. The length is what the system said, in bytes; 0 when it
    /// did not say.
    Stream(Box<dyn Read + 'b>, u64),
}

/// Which lines of a blob count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lines {
    /// All of them.
    All,
    /// These, 1-based, sorted and not overlapping; each `(first, last)` inclusive.
    Only(Vec<(u32, u32)>),
}

impl Lines {
    /// Whether any line from `first` to `last` (1-based, inclusive) counts.
    #[must_use]
    pub fn touches(&self, first: u32, last: u32) -> bool {
        match self {
            Self::All => true,
            Self::Only(ranges) => {
                let at = ranges.partition_point(|range| range.1 < first);
                ranges.get(at).is_some_and(|range| range.0 <= last)
            }
        }
    }
}

/// What a source has to say when all blobs were yielded.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// Things worth a line in the summary.
    pub notes: Vec<String>,
    /// Files, blobs and commits read; bytes are counted by the engine.
    pub stats: Stats,
}

/// Somewhere to look for leaks.
pub trait Source: Sync {
    /// What reports say was scanned.
    fn scope(&self) -> Scope;

    /// Yields every blob, from any number of threads at once (`threads` at most), in any order.
    ///
    /// # Errors
    /// When nothing can be read at all (no repository, no such revision, no such path): the message says
    /// what to do. A single unreadable file is no error but a [`Gap`].
    fn each(
        &self,
        threads: usize,
        visit: &(dyn Fn(Blob<'_>) + Sync),
    ) -> Result<Outcome, SourceError>;
}

/// Why a source has nothing to give.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{message}")]
pub struct SourceError {
    /// What went wrong, lower case, no full stop.
    pub message: String,
    /// What to do about it.
    #[help]
    pub help: Option<String>,
}

impl Outcome {
    /// Takes in what another thread has to say.
    pub(crate) fn merge(&mut self, other: Self) {
        self.gaps.extend(other.gaps);
        self.notes.extend(other.notes);
        self.stats.files += other.stats.files;
        self.stats.blobs += other.stats.blobs;
        self.stats.commits += other.stats.commits;
        self.stats.bytes += other.stats.bytes;
    }
}

impl SourceError {
    /// An error with advice.
    #[must_use]
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: Some(help.into()),
        }
    }
}

/// Files larger than this are streamed, in bytes.
pub(crate) const IN_MEMORY: u64 = 16 << 20;
