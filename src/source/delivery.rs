//! Reads a changed blob from the object database and hands it on, with the lines that count.

use super::added::{added_lines, both};
use super::changes::{Change, missing};
use super::{Blob, Content, IN_MEMORY, Lines, Outcome, Repository, SourceError};
use crate::finding::{CommitRef, Gap, RepoPath};
use git2::{ObjectType, Odb, Oid};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One thread's way from objects to the visitor.
pub(super) struct Delivery<'d> {
    odb: Odb<'d>,
    visit: &'d (dyn Fn(Blob<'_>) + Sync),
    /// What there is to say at the end.
    pub(super) outcome: Outcome,
}

impl<'d> Delivery<'d> {
    pub(super) fn new(
        repository: &'d git2::Repository,
        visit: &'d (dyn Fn(Blob<'_>) + Sync),
    ) -> Result<Self, SourceError> {
        let odb = repository.odb().map_err(|error| {
            SourceError::new(
                format!("the object database cannot be opened: {}", error.message()),
                "run `git fsck`",
            )
        })?;
        Ok(Self {
            odb,
            visit,
            outcome: Outcome::default(),
        })
    }

    /// Hands on the new blob of `change`. Those of its lines count that are in none of the blobs that were there before.
    pub(super) fn change(&mut self, change: &Change, commit: Option<&Arc<CommitRef>>) {
        if change.moved_from.is_some() {
            (self.visit)(Blob {
                path: RepoPath::from_bytes(&change.path),
                content: Content::Moved,
                lines: Lines::All,
                moved_from: None,
                commit: commit.cloned(),
            });
        } else if change.olds.contains(&Some(change.id)) {
            return;
        }
        if let Err(gap) = self.try_change(change, commit) {
            self.outcome.gaps.push(gap);
        }
    }

    /// Hands on the text of a commit itself: who made it, and its message. At the same lines as a look at the history.
    pub(super) fn commit(&mut self, id: Oid, commit: &Arc<CommitRef>) {
        match self.odb.read(id) {
            Ok(object) => (self.visit)(Blob {
                path: RepoPath::new(MESSAGE),
                content: Content::Bytes(object.data()),
                lines: Lines::All,
                moved_from: None,
                commit: Some(Arc::clone(commit)),
            }),
            Err(error) => self.outcome.gaps.push(missing("commit", id, b"", &error)),
        }
    }

    fn try_change(&mut self, change: &Change, commit: Option<&Arc<CommitRef>>) -> Result<(), Gap> {
        let gap = |error: git2::Error| missing("blob", change.id, &change.path, &error);
        let (size, kind) = self.odb.read_header(change.id).map_err(gap)?;
        if kind != ObjectType::Blob {
            return Err(gap(git2::Error::from_str("it is no blob")));
        }
        let size = size as u64;
        let blob = |content, lines| Blob {
            path: RepoPath::from_bytes(&change.path),
            content,
            lines,
            moved_from: change.moved_from.as_deref().map(RepoPath::from_bytes),
            commit: commit.cloned(),
        };
        if size > IN_MEMORY
            && let Ok((stream, _, _)) = self.odb.reader(change.id)
        {
            // Too large to compare: all its lines count.
            (self.visit)(blob(Content::Stream(Box::new(stream), size), Lines::All));
            self.outcome.stats.blobs += 1;
            return Ok(());
        }
        if size > LARGEST_PACKED {
            return Err(gap(git2::Error::from_str(
                "a packed object this large does not fit in memory; check the file itself",
            )));
        }
        let object = self.odb.read(change.id).map_err(gap)?;
        let mut lines = Lines::All;
        for old in change.olds.iter().flatten().filter(|_| size <= IN_MEMORY) {
            lines = both(lines, self.added(*old, object.data()));
        }
        if lines != Lines::Only(Vec::new()) || change.moved_from.is_some() {
            let content = if change.is_link {
                Content::Link(object.data())
            } else {
                Content::Bytes(object.data())
            };
            (self.visit)(blob(content, lines));
            self.outcome.stats.blobs += 1;
        }
        Ok(())
    }

    /// The lines of `new` that are not in `old`. All of them when the old blob is not here, as in a partial clone:
    /// too many rather than too few.
    fn added(&self, old: Oid, new: &[u8]) -> Lines {
        let fits = self
            .odb
            .read_header(old)
            .is_ok_and(|(size, _)| size as u64 <= IN_MEMORY);
        let ranges = fits
            .then(|| self.odb.read(old).ok())
            .flatten()
            .and_then(|object| added_lines(object.data(), new));
        ranges.map_or(Lines::All, Lines::Only)
    }
}

/// Goes through `list` with several threads, each with its own handle on the repository.
pub(super) fn share<T: Sync>(
    repository: &Repository,
    list: &[T],
    threads: usize,
    visit: &(dyn Fn(Blob<'_>) + Sync),
    each: impl Fn(&Repository, &mut Delivery<'_>, &T) + Sync,
) -> Result<Outcome, SourceError> {
    let next = AtomicUsize::new(0);
    let work = |repository: &Repository| -> Result<Outcome, SourceError> {
        let mut delivery = Delivery::new(repository.git(), visit)?;
        while let Some(item) = list.get(next.fetch_add(1, Ordering::Relaxed)) {
            each(repository, &mut delivery, item);
        }
        Ok(delivery.outcome)
    };
    std::thread::scope(|scope| {
        let mut handles = Vec::new();
        for _ in 1..threads.min(list.len()) {
            let other = repository.again()?;
            let work = &work;
            handles.push(scope.spawn(move || work(&other)));
        }
        let mut outcome = work(repository)?;
        for handle in handles {
            outcome.merge(
                handle
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?,
            );
        }
        Ok(outcome)
    })
}

/// Stands in place of a path for what a commit says itself.
pub(super) const MESSAGE: &str = "<commit message>";

/// Packed objects cannot be streamed; up to this size, in bytes, they are held in memory.
const LARGEST_PACKED: u64 = 256 << 20;
