//! Reads a changed blob and hands it on, with the lines that count.

use super::added::{added_lines, both};
use super::changes::{Change, missing};
use super::history::{Damage, Kind, Oid, Reader};
use super::{Blob, Content, IN_MEMORY, Lines, Outcome, Repository, SourceError};
use crate::finding::{CommitRef, Gap, RepoPath};
use git2::ObjectType;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One thread's way from objects to the visitor.
pub(super) struct Delivery<'d> {
    repository: &'d Repository,
    pub(super) reader: Reader<'d>,
    visit: &'d (dyn Fn(Blob<'_>) + Sync),
    /// What there is to say at the end.
    pub(super) outcome: Outcome,
}

impl<'d> Delivery<'d> {
    pub(super) fn new(repository: &'d Repository, visit: &'d (dyn Fn(Blob<'_>) + Sync)) -> Self {
        Self {
            repository,
            reader: repository.reader(),
            visit,
            outcome: Outcome::default(),
        }
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
    pub(super) fn commit(&self, text: &[u8], commit: &Arc<CommitRef>) {
        (self.visit)(Blob {
            path: RepoPath::new(MESSAGE),
            content: Content::Bytes(text),
            lines: Lines::All,
            moved_from: None,
            commit: Some(Arc::clone(commit)),
        });
    }

    fn try_change(&mut self, change: &Change, commit: Option<&Arc<CommitRef>>) -> Result<(), Gap> {
        let gap = |damage: Damage| missing("blob", &change.id, &change.path, &damage);
        let (kind, bytes) = match self.reader.read(&change.id, IN_MEMORY) {
            Err(Damage::TooLarge(..)) => {
                if self.stream(change, commit) {
                    self.outcome.stats.blobs += 1;
                    return Ok(());
                }
                self.reader.read(&change.id, LARGEST_PACKED).map_err(gap)?
            }
            read => read.map_err(gap)?,
        };
        if kind != Kind::Blob {
            return Err(gap(Damage::Format("kind of the object")));
        }
        let mut lines = Lines::All;
        let is_comparable = bytes.len() as u64 <= IN_MEMORY;
        for old in change.olds.iter().flatten().filter(|_| is_comparable) {
            lines = both(lines, self.added(old, &bytes));
        }
        if lines != Lines::Only(Vec::new()) || change.moved_from.is_some() {
            let content = if change.is_link {
                Content::Link(&bytes)
            } else {
                Content::Bytes(&bytes)
            };
            (self.visit)(blob(change, commit, content, lines));
            self.outcome.stats.blobs += 1;
        }
        Ok(())
    }

    /// Hands on a large blob in pieces, if it has a file of its own. It is not compared: all its lines count.
    fn stream(&self, change: &Change, commit: Option<&Arc<CommitRef>>) -> bool {
        let odb = self.repository.git().odb().ok();
        let id = git2::Oid::from_bytes(change.id.as_bytes()).ok();
        let stream = odb
            .as_ref()
            .zip(id)
            .and_then(|(odb, id)| odb.reader(id).ok());
        let Some((stream, length, ObjectType::Blob)) = stream else {
            return false;
        };
        let content = Content::Stream(Box::new(stream), length as u64);
        (self.visit)(blob(change, commit, content, Lines::All));
        true
    }

    /// The lines of `new` that are not in `old`. All of them when the old blob is not here, as in a partial clone:
    /// too many rather than too few.
    fn added(&self, old: &Oid, new: &[u8]) -> Lines {
        let old = self.reader.read(old, IN_MEMORY).ok();
        let ranges = old.and_then(|(_, old)| added_lines(&old, new));
        ranges.map_or(Lines::All, Lines::Only)
    }
}

fn blob<'b>(
    change: &Change,
    commit: Option<&Arc<CommitRef>>,
    content: Content<'b>,
    lines: Lines,
) -> Blob<'b> {
    Blob {
        path: RepoPath::from_bytes(&change.path),
        content,
        lines,
        moved_from: change.moved_from.as_deref().map(RepoPath::from_bytes),
        commit: commit.cloned(),
    }
}

/// Goes through `list` with several threads, each with its own handle on the repository.
pub(super) fn share<T: Sync>(
    repository: &Repository,
    list: &[T],
    threads: usize,
    visit: &(dyn Fn(Blob<'_>) + Sync),
    each: impl Fn(&mut Delivery<'_>, &T) + Sync,
) -> Result<Outcome, SourceError> {
    let next = AtomicUsize::new(0);
    let work = |repository: &Repository| {
        let mut delivery = Delivery::new(repository, visit);
        while let Some(item) = list.get(next.fetch_add(1, Ordering::Relaxed)) {
            each(&mut delivery, item);
        }
        delivery.outcome
    };
    std::thread::scope(|scope| {
        let mut handles = Vec::new();
        for _ in 1..threads.min(list.len()) {
            let other = repository.again()?;
            let work = &work;
            handles.push(scope.spawn(move || work(&other)));
        }
        let mut outcome = work(repository);
        for handle in handles {
            outcome.merge(
                handle
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            );
        }
        Ok(outcome)
    })
}

/// Stands in place of a path for what a commit says itself.
pub(super) const MESSAGE: &str = "<commit message>";

/// Packed objects cannot be streamed; up to this size, in bytes, they are held in memory.
const LARGEST_PACKED: u64 = 256 << 20;
