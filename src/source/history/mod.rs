//! The history of a repository, read without git: every object once, in the order in which it is cheap to decode.
//!
//! [`Repository::walk`] visits all blobs (or commits, or tags), reachable or not. Packs are memory-mapped, deltas are
//! followed from base to delta, so that each object is inflated once, and the visitor learns what each delta changed.

mod decode;
mod delta;
mod forest;
mod index;
mod inflate;
mod map;
mod oid;
mod pack;
mod share;
mod store;
mod walk;
mod walker;

pub use delta::{Edit, Edits};
pub use oid::{Damage, HashKind, Kind, Oid};
pub use store::Store;
pub use walk::{Delta, Object, Plan, Visitor, WalkStats, Walked};

use forest::Forest;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A repository's objects and refs.
pub struct Repository {
    git_dir: PathBuf,
    store: Store,
    threads: usize,
    forest: OnceLock<Forest>,
}

impl Repository {
    /// Opens a git directory.
    ///
    /// # Errors
    /// When there is no object directory.
    pub fn open(git_dir: &Path, threads: usize) -> Result<Self, Damage> {
        let store = Store::open(&git_dir.join("objects"), HashKind::Sha1);
        Ok(Self {
            git_dir: git_dir.to_owned(),
            store,
            threads: threads.max(1),
            forest: OnceLock::new(),
        })
    }

    /// Its object database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    fn forest(&self) -> &Forest {
        self.forest
            .get_or_init(|| Forest::build(&self.store, self.threads))
    }
}
