//! What the commits of a range add: each against its first parent, merges against all parents, and their messages.

use super::changes::{Changes, missing};
use super::delivery::{Delivery, share};
use super::history::Oid;
use super::{
    Blob, Environment, Exclude, Outcome, Repository, Scope, ScopeKind, Source, SourceError, renames,
};
use crate::finding::Gap;
use git2::ErrorCode;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// The commits of a range.
pub struct Range {
    repository: Mutex<Repository>,
    commits: Vec<Oid>,
    /// Commits whose parents a shallow clone left behind.
    boundary: Vec<Oid>,
    spec: String,
    exclude: Exclude,
    scope: Scope,
}

impl Range {
    /// `A..B`: what B reaches and A does not; `A...B`: what B reaches and their merge base does not. An end left out is HEAD.
    ///
    /// # Errors
    /// There is no repository, no such revision, no merge base, or it is no range.
    pub fn open(
        dir: &Path,
        spec: &str,
        environment: &Environment,
        exclude: Exclude,
    ) -> Result<Self, SourceError> {
        let repository = Repository::open(dir, environment)?;
        let commits = commits(&repository, spec)?;
        let scope = repository.scope(ScopeKind::Range);
        let boundary = repository.shallow_boundary();
        Ok(Self {
            repository: Mutex::new(repository),
            commits,
            boundary,
            spec: spec.to_owned(),
            exclude,
            scope,
        })
    }
}

impl Source for Range {
    fn scope(&self) -> Scope {
        self.scope.clone()
    }

    fn each(
        &self,
        threads: usize,
        visit: &(dyn Fn(Blob<'_>) + Sync),
    ) -> Result<Outcome, SourceError> {
        let repository = self.repository.lock();
        let repository = repository.unwrap_or_else(PoisonError::into_inner);
        let mut outcome = share(
            &repository,
            &self.commits,
            threads,
            visit,
            |delivery, id| {
                let done = self.commit(id, delivery);
                delivery.outcome.gaps.extend(done.err());
            },
        )?;
        outcome.gaps.extend(repository.grafts());
        if self.commits.is_empty() {
            outcome.notes.push(format!("no commits in {}", self.spec));
        }
        Ok(outcome)
    }
}

impl Range {
    /// The message and the changes of one commit. A gap when these cannot be told.
    fn commit(&self, id: &Oid, delivery: &mut Delivery<'_>) -> Result<(), Gap> {
        let gone = |id: Oid| move |damage| missing("commit", &id, b"", &damage);
        let commit = delivery.reader.commit(id).map_err(gone(*id))?;
        let meta = Arc::new(commit.shown);
        delivery.outcome.stats.commits += 1;
        delivery.commit(&commit.text, &meta);
        if self.boundary.binary_search(id).is_ok() {
            return Err(Gap {
                what: format!("commit {id}"),
                why: format!(
                    "what it adds is unknown: its parents are not in this shallow clone; {DEEPEN}"
                ),
            });
        }
        let mut parents = Vec::with_capacity(commit.parents.len());
        for parent in &commit.parents {
            parents.push(delivery.reader.tree_of(parent).map_err(gone(*parent))?);
        }
        let mut changes = Changes::between(&delivery.reader, &parents, commit.tree);
        renames::find(&delivery.reader, &mut changes, &self.exclude);
        delivery.outcome.gaps.append(&mut changes.gaps);
        for change in &changes.changed {
            if !self.exclude.covers_bytes(&change.path) {
                delivery.change(change, Some(&meta));
            }
        }
        Ok(())
    }
}

/// The commits of the range, in no promised order.
fn commits(repository: &Repository, spec: &str) -> Result<Vec<Oid>, SourceError> {
    let git = repository.git();
    let (from, to, since_merge_base) = match (spec.split_once("..."), spec.split_once("..")) {
        (Some((from, to)), _) => (from, to, true),
        (None, Some((from, to))) => (from, to, false),
        (None, None) => {
            return Err(SourceError::new(
                format!("`{spec}` is no range"),
                format!("write {spec}..HEAD for what came after it"),
            ));
        }
    };
    let from = revision(repository, from)?;
    let to = revision(repository, to)?;
    let mut hidden = vec![from];
    if since_merge_base {
        hidden = match git.merge_bases(from, to) {
            Ok(bases) => bases.to_vec(),
            Err(error) if error.code() == ErrorCode::NotFound => {
                return Err(unrelated(repository, spec));
            }
            Err(error) => return Err(unwalkable(spec, &error)),
        };
    }
    let walk = || -> Result<Vec<Oid>, git2::Error> {
        let mut walk = git.revwalk()?;
        walk.push(to)?;
        for id in &hidden {
            walk.hide(*id)?;
        }
        // They have the length of the repository's ids.
        walk.map(|id| Ok(repository.id(id?)))
            .filter_map(Result::transpose)
            .collect()
    };
    walk().map_err(|error| unwalkable(spec, &error))
}

/// The commit that one end of the range names.
fn revision(repository: &Repository, name: &str) -> Result<git2::Oid, SourceError> {
    let name = if name.is_empty() { "HEAD" } else { name };
    let found = repository
        .git()
        .revparse_single(name)
        .and_then(|object| object.peel_to_commit());
    found.map(|commit| commit.id()).map_err(|error| {
        let is_zero = name.len() >= 40 && name.bytes().all(|byte| byte == b'0');
        let help = if is_zero {
            "all zeros stand for a branch that did not exist before the push: use `DEFAULT_BRANCH...HEAD`".to_owned()
        } else if repository.is_shallow() {
            format!("this clone is shallow, so the commit may be cut off: {DEEPEN}")
        } else {
            "is the name right (`origin/main` rather than `main` in CI), and was it fetched?".to_owned()
        };
        let digits = name.bytes().take_while(u8::is_ascii_hexdigit).count();
        match error.code() {
            // libgit2 says the same of less than four digits, which name nothing.
            ErrorCode::Ambiguous if digits >= 4 => SourceError::new(format!("`{name}` could be several objects"), "write more of the id"),
            _ => SourceError::new(format!("`{name}` is no commit that is known here"), help),
        }
    })
}

fn unrelated(repository: &Repository, spec: &str) -> SourceError {
    let help = if repository.is_shallow() {
        format!("this clone is shallow, so it may be cut off: {DEEPEN}")
    } else {
        format!(
            "their histories are unrelated; `{}` takes all commits of one side",
            spec.replacen("...", "..", 1)
        )
    };
    SourceError::new(
        format!("the two ends of `{spec}` have no merge base here"),
        help,
    )
}

fn unwalkable(spec: &str, error: &git2::Error) -> SourceError {
    SourceError::new(
        format!(
            "the commits of `{spec}` cannot be listed: {}",
            error.message()
        ),
        "an object may be missing: `git fsck` says more",
    )
}

/// How to bring the rest of the history.
const DEEPEN: &str = "`fetch-depth: 0` in actions/checkout, or `git fetch --unshallow`";

#[cfg(test)]
mod tests;
