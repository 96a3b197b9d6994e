//! Look-ups of what trees name, put off until there are many: each waits for memory, and many can wait together.

use super::lists::Draft;
use super::oid::{HashKind, Kind, Oid};
use super::store::{Slot, Store};
use super::trees::{Recent, TreeEntry};

/// What one thread put off.
pub(super) struct Later {
    hash: HashKind,
    /// What was put off lately.
    recent: Recent<Asked>,
    ids: Vec<Oid>,
    /// By place in `ids`.
    asked: Vec<Asked>,
}

/// Of what is looked up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// The pair that will tell where it is.
    pub(super) pair: u32,
    /// What it is named as.
    pub(super) kind: Kind,
    /// A tree that lists it.
    pub(super) tree: Slot,
}

impl Later {
    pub(super) fn new(hash: HashKind) -> Self {
        Self {
            hash,
            recent: Recent::new(hash),
            ids: Vec::new(),
            asked: Vec::new(),
        }
    }

    /// The pair that will tell where a directory of this name is, which `tree` lists.
    pub(super) fn tree(&mut self, tree: Slot, entry: &TreeEntry<'_>, lists: &mut Draft) -> u32 {
        let name = lists.name(entry.name);
        let pair = self.ask(tree, entry.id, Kind::Tree, || lists.open(name));
        if lists.is_named(pair, name) {
            return pair;
        }
        // The same directory under another name.
        let pair = lists.open(name);
        let kind = Kind::Tree;
        self.put_off(entry.id, Asked { pair, kind, tree });
        pair
    }

    /// Has it looked up whether a file is there, which `tree` lists.
    pub(super) fn blob(&mut self, tree: Slot, entry: &TreeEntry<'_>) {
        self.ask(tree, entry.id, Kind::Blob, || NO_PAIR);
    }

    /// Whether there are many.
    pub(super) fn is_full(&self) -> bool {
        self.ids.len() >= TOGETHER
    }

    /// Looks up what was put off, and tells where each object is.
    pub(super) fn settle(
        &mut self,
        store: &Store,
        mut told: impl FnMut(&Oid, &Asked, Option<Slot>),
    ) {
        let asked = &self.asked;
        store.find_all(&self.ids, |at, slot| {
            if let Some((id, asked)) = self.ids.get(at).zip(asked.get(at)) {
                told(id, asked, slot);
            }
        });
        self.ids.clear();
        self.asked.clear();
    }

    /// Puts off, unless it was just before.
    fn ask(&mut self, tree: Slot, id: &[u8], kind: Kind, open: impl FnOnce() -> u32) -> u32 {
        let mut is_new = false;
        let asked = self.recent.get(id, |_| {
            is_new = true;
            let pair = open();
            Asked { pair, kind, tree }
        });
        let Some(asked) = asked else {
            return NO_PAIR;
        };
        if is_new || asked.kind != kind {
            self.put_off(id, Asked { kind, ..asked });
        }
        asked.pair
    }

    fn put_off(&mut self, id: &[u8], asked: Asked) {
        if let Some(id) = Oid::new(self.hash, id) {
            self.ids.push(id);
            self.asked.push(asked);
        }
    }
}

/// Of what is no directory.
const NO_PAIR: u32 = u32::MAX;
/// Look-ups that are put off.
const TOGETHER: usize = 1 << 10;
