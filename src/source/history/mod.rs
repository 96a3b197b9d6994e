//! The history of a repository, read without git: every object once, in the order in which it is cheap to decode.
//!
//! [`Repository::walk`] visits all blobs (or commits, tags, trees), reachable or not. Packs are memory-mapped and deltas
//! are followed from base to delta, so that each object is inflated once and the visitor learns what each delta changed.
//! [`Repository::graph`] reads commits, annotated tags and refs, and [`Repository::provenance_of_groups`] says of the few
//! blobs that matter which commit brought them in and where they still stand. Whatever is missing or damaged is named in a
//! [`Gap`], and the rest is read all the same. Ids are taken from pack indexes: check one with [`Oid::of`] before
//! relying on it.
//!
//! `store`, `alternates`, `pack`, `index`, `order`, `layout` and `refs` read git's files; `forest`, `decode`, `walk`, `walker` and `share` visit
//! objects, `single` reads some, `lone` those of a repository that is not listed; `commits`, `graph` and `words` order commits; `carry`, `entries`, `later`, `lists`, `interned`, `sparse`, `holders`, `reduce`, `paths`, `named` and `spread` make provenance.

mod alternates;
mod both;
pub mod cache;
mod carry;
mod commit;
mod commits;
mod decode;
mod delta;
mod entries;
mod fanout;
mod files;
#[cfg(test)]
mod fixture;
mod forest;
mod graph;
mod holders;
mod index;
mod inflate;
mod interned;
mod later;
mod layout;
mod lists;
mod lone;
mod map;
mod merged;
mod missing;
mod named;
mod oid;
mod order;
mod pack;
mod paths;
mod provenance;
mod reduce;
mod refs;
mod share;
mod single;
mod sparse;
mod spread;
mod store;
mod trees;
mod walk;
mod walker;
mod words;

pub use commit::after_links;
pub use delta::{Edit, Edits};
pub use graph::{Graph, Selection};
pub use holders::Watch;
pub(super) use layout::{REFS_AS_FILES, hash_of};
pub(super) use lone::{Lone, Reader};
pub use missing::{left_out, objects_left_out};
pub use oid::{Damage, HashKind, Kind, Oid};
pub use provenance::{Introduction, Provenance};
pub(super) use refs::head;
pub use refs::{Tip, TipKind};
pub use spread::CommitCount;
pub use store::Store;
pub(super) use trees::{Entries, EntryKind};
pub use walk::{Delta, Object, Plan, Visitor, WalkStats, Walked};

use crate::finding::{CommitRef, Gap};
use forest::Forest;
use layout::Layout;
use share::Big;
use single::Single;
use std::path::Path;
use std::sync::{Mutex, OnceLock};

/// A repository's objects and refs.
pub struct Repository {
    layout: Layout,
    /// As they were when it was opened; and what of them could not be read.
    tips: Vec<Tip>,
    unread: Vec<Gap>,
    store: Store,
    threads: usize,
    forest: OnceLock<Forest>,
    /// Reads single objects.
    single: Mutex<Single>,
    big: Big,
}

impl Repository {
    /// Opens a git directory, or a work tree that has one, with its alternates. Deltas are linked on `threads` threads.
    ///
    /// # Errors
    /// When there is no repository, or its format is not known.
    pub fn open(path: &Path, threads: usize) -> Result<Self, Damage> {
        let layout = Layout::find(path)?;
        // Names come first: what they lead to is there when objects are listed, whatever is pushed or repacked meanwhile.
        let mut unread = Vec::new();
        let (git_dir, common_dir) = (&layout.git_dir, &layout.common_dir);
        let tips = refs::tips(git_dir, common_dir, layout.hash, &mut unread);
        let store = Store::open(&layout.common_dir.join("objects"), layout.hash);
        Ok(Self {
            layout,
            tips,
            unread,
            store,
            threads: threads.max(1),
            forest: OnceLock::new(),
            single: Mutex::default(),
            big: Big::default(),
        })
    }

    /// Its object database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The git directory of this work tree, and the one all work trees share.
    #[must_use]
    pub fn directories(&self) -> [&Path; 2] {
        [&self.layout.git_dir, &self.layout.common_dir]
    }

    /// Whether objects may be absent by design: a partial clone fetches them when asked for.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.layout.partial || self.store.is_partial()
    }

    /// Every name that points into the history: HEAD, refs, reflogs and stashes, of all work trees. What cannot be read
    /// is added to `gaps`.
    #[must_use]
    pub fn tips(&self, gaps: &mut Vec<Gap>) -> Vec<Tip> {
        gaps.extend(self.unread.iter().cloned());
        self.tips.clone()
    }

    /// What a report says of a commit; only its id when it cannot be read.
    #[must_use]
    pub fn describe(&self, commit: &Oid) -> CommitRef {
        let bytes = self.read(commit).map_or(Vec::new(), |(_, bytes)| bytes);
        commit::describe(commit, &bytes)
    }

    fn forest(&self) -> &Forest {
        self.forest.get_or_init(|| {
            self.store.quicken(self.threads);
            Forest::build(&self.store, self.threads)
        })
    }
}

/// Objects of more bytes are not held in memory.
const LARGEST: u64 = 512 << 20;

#[cfg(test)]
mod tests;
