//! Look-ups of what trees name, put off until there are many: each waits for memory, and many can wait together.

use super::forest::Forest;
use super::lists::Draft;
use super::oid::{HashKind, Kind, Oid};
use super::store::{Slot, Store};
use super::trees::Recent;
use std::collections::HashSet;

/// What one thread put off.
pub(super) struct Later {
    hash: HashKind,
    /// What was put off lately: the pair that will tell of it, and what it is named as.
    recent: Recent<Asked>,
    ids: Vec<Oid>,
    /// By place in `ids`.
    asked: Vec<Asked>,
    /// Whether something was missing, or is not what it is named as.
    pub(super) is_unsure: bool,
}

#[derive(Debug, Clone, Copy)]
struct Asked {
    pair: u32,
    kind: Kind,
}

impl Later {
    pub(super) fn new(hash: HashKind) -> Self {
        Self {
            hash,
            recent: Recent::new(hash),
            ids: Vec::new(),
            asked: Vec::new(),
            is_unsure: false,
        }
    }

    /// The pair that will tell where a directory of this name is.
    pub(super) fn tree(&mut self, id: &[u8], name: &[u8], lists: &mut Draft) -> u32 {
        let name = lists.name(name);
        let pair = self.ask(id, Kind::Tree, || lists.open(name));
        if lists.is_named(pair, name) {
            return pair;
        }
        // The same directory under another name.
        let pair = lists.open(name);
        let kind = Kind::Tree;
        self.put_off(id, Asked { pair, kind });
        pair
    }

    /// Has it looked up whether a file is there.
    pub(super) fn blob(&mut self, id: &[u8]) {
        self.ask(id, Kind::Blob, || NO_PAIR);
    }

    /// Whether there are many.
    pub(super) fn is_full(&self) -> bool {
        self.ids.len() >= TOGETHER
    }

    /// Looks up what was put off. Into `loose` goes what is loose, with what it was named as.
    pub(super) fn settle(
        &mut self,
        (store, forest): (&Store, &Forest),
        lists: &mut Draft,
        mut loose: Option<&mut HashSet<(Slot, Kind)>>,
    ) {
        let (asked, is_unsure) = (&self.asked, &mut self.is_unsure);
        store.find_all(&self.ids, |at, slot| {
            let Some((slot, asked)) = slot.zip(asked.get(at)) else {
                *is_unsure = true;
                return;
            };
            *is_unsure |= forest.kind(slot).is_some_and(|known| known != asked.kind);
            if slot >= store.packed()
                && let Some(loose) = &mut loose
            {
                loose.insert((slot, asked.kind));
            }
            lists.settle(asked.pair, slot);
        });
        self.ids.clear();
        self.asked.clear();
    }

    /// Puts off, unless it was just before.
    fn ask(&mut self, id: &[u8], kind: Kind, open: impl FnOnce() -> u32) -> u32 {
        let mut is_new = false;
        let asked = self.recent.get(id, |_| {
            is_new = true;
            Asked { pair: open(), kind }
        });
        let Some(asked) = asked else {
            self.is_unsure = true;
            return NO_PAIR;
        };
        self.is_unsure |= asked.kind != kind;
        if is_new {
            self.put_off(id, asked);
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
