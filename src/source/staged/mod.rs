//! What is in the index against HEAD: the very bytes that `git commit` would record, not the work tree's.

use super::changes::Changes;
use super::delivery::share;
use super::history::{Oid, Reader};
use super::index::{Index, IndexError};
use super::{
    Blob, Environment, Exclude, Outcome, Repository, Scope, ScopeKind, Source, SourceError, renames,
};
use git2::ErrorCode;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The staged changes of a repository.
pub struct Staged {
    repository: Mutex<Repository>,
    exclude: Exclude,
    scope: Scope,
}

impl Staged {
    /// The index of the repository `dir` is in, or the one that git's variables name.
    ///
    /// # Errors
    /// There is no repository here, it cannot be opened, or it is bare.
    pub fn open(
        dir: &Path,
        environment: &Environment,
        exclude: Exclude,
    ) -> Result<Self, SourceError> {
        let repository = Repository::open(dir, environment)?;
        if repository.root().is_none() {
            return Err(SourceError::new(
                "a bare repository has no index",
                "check what was pushed: `stackguard check --range OLD..NEW`, or everything: `--history`",
            ));
        }
        let scope = repository.scope(ScopeKind::Staged);
        Ok(Self {
            repository: Mutex::new(repository),
            exclude,
            scope,
        })
    }
}

impl Source for Staged {
    fn scope(&self) -> Scope {
        self.scope.clone()
    }

    fn each(
        &self,
        threads: usize,
        visit: &(dyn Fn(Blob<'_>) + Sync),
    ) -> Result<Outcome, SourceError> {
        // Never contended: a source is read once at a time.
        let repository = self.repository.lock();
        let repository = repository.unwrap_or_else(PoisonError::into_inner);
        let reader = repository.reader();
        let mut changes = changes(&repository, &reader)?;
        renames::find(&reader, &mut changes, &self.exclude);
        let mut list = std::mem::take(&mut changes.changed);
        list.retain(|change| !self.exclude.covers_bytes(&change.path));

        let threads = if list.len() < WORTH_THREADS {
            1
        } else {
            threads
        };
        let mut outcome = share(&repository, &list, threads, visit, |delivery, change| {
            delivery.change(change, None);
        })?;
        outcome.gaps.append(&mut changes.gaps);
        if changes.announced > 0 {
            let s = if changes.announced == 1 { "" } else { "s" };
            outcome.notes.push(format!(
                "{} file{s} added with `git add -N`: no content is staged yet",
                changes.announced
            ));
        }
        Ok(outcome)
    }
}

/// What is staged.
fn changes(repository: &Repository, reader: &Reader<'_>) -> Result<Changes, SourceError> {
    let head = head_tree(repository, reader)?;
    let path = repository.index_path();
    let index = Index::read(&path, reader.hash().len()).map_err(unusable)?;
    match index {
        Some(index) => Changes::staged(reader, head, &index).map_err(unusable),
        None => Ok(Changes::default()),
    }
}

/// The tree of HEAD; none before the first commit.
fn head_tree(repository: &Repository, reader: &Reader<'_>) -> Result<Option<Oid>, SourceError> {
    let unreadable = |why: &str| {
        SourceError::new(
            format!("HEAD cannot be read: {why}"),
            "`git status` and `git fsck` may say more",
        )
    };
    let head = match repository.git().head() {
        Ok(head) => head.target().and_then(|id| repository.id(id)),
        Err(error) if error.code() == ErrorCode::UnbornBranch => return Ok(None),
        Err(error) => return Err(unreadable(error.message())),
    };
    let head = head.ok_or_else(|| unreadable("it names no commit"))?;
    let tree = reader.tree_of(&head);
    tree.map(Some)
        .map_err(|damage| unreadable(&damage.to_string()))
}

fn unusable(error: IndexError) -> SourceError {
    SourceError {
        message: error.to_string(),
        help: error.advice().map(str::to_owned),
    }
}

/// Fewer changes than this are not worth a thread.
const WORTH_THREADS: usize = 64;

#[cfg(test)]
mod tests;
