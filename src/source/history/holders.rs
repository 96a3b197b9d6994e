//! Which trees hold, at any depth, one of some wanted objects; and which entries of trees point to nothing.

use super::Repository;
use super::carry::Carried;
use super::oid::{Kind, Oid};
use super::store::{Slot, Store};
use super::trees::{Entries, EntryKind, Recent, TreeEntry};
use super::walk::{Delta, Object, Plan, Visitor, Walked};
use crate::finding::Gap;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Wanted objects, numbered, behind a filter that lets nearly nothing else through.
pub(super) struct Wanted {
    numbers: HashMap<Oid, u32>,
    filter: Vec<u64>,
}

impl Wanted {
    pub(super) fn new<'o>(ids: impl IntoIterator<Item = &'o Oid>) -> Self {
        let mut wanted = Self {
            numbers: HashMap::new(),
            filter: vec![0; FILTER / 64],
        };
        for id in ids {
            let next = wanted.numbers.len() as u32;
            wanted.numbers.entry(*id).or_insert(next);
            let bit = filter_bit(id.as_bytes());
            if let Some(word) = wanted.filter.get_mut(bit / 64) {
                *word |= 1 << (bit % 64);
            }
        }
        wanted
    }

    pub(super) fn number(&self, store: &Store, raw: &[u8]) -> Option<u32> {
        let bit = filter_bit(raw);
        if self.filter.get(bit / 64)? & 1 << (bit % 64) == 0 {
            return None;
        }
        self.numbers.get(&Oid::new(store.hash(), raw)?).copied()
    }
}

/// What a walk over all trees found.
#[derive(Default)]
pub(super) struct Holders {
    /// Per slot, whether it is a tree that holds something wanted.
    pub(super) marks: Vec<bool>,
    /// Trees that list the object that is missing.
    pub(super) missing: Vec<(Slot, Oid)>,
    /// Trees that could be read only in part.
    pub(super) damaged: Vec<Slot>,
    pub(super) gaps: Vec<Gap>,
    pub(super) lists: Vec<Lists>,
    /// Whether there were too many subtrees for `lists`.
    pub(super) overflow: bool,
}

/// Subtrees of trees.
#[derive(Default)]
pub(super) struct Lists {
    /// A tree, and where its subtrees start in `subtrees`.
    trees: Vec<(Slot, usize)>,
    subtrees: Vec<Slot>,
}

impl Lists {
    pub(super) fn iter(&self) -> impl Iterator<Item = (Slot, &[Slot])> {
        let ends = self
            .trees
            .iter()
            .skip(1)
            .map(|(_, start)| *start)
            .chain([self.subtrees.len()]);
        self.trees
            .iter()
            .zip(ends)
            .map(|((tree, start), end)| (*tree, self.subtrees.get(*start..end).unwrap_or_default()))
    }
}

impl Repository {
    /// Walks all trees. `blobs`: whether blobs are looked up too, to find missing ones.
    pub(super) fn holders(&self, wanted: &Wanted, blobs: bool, threads: usize) -> Holders {
        let budget = AtomicUsize::new(MOST_SUBTREES);
        let plan = Plan {
            kinds: &[Kind::Tree],
            threads,
            ..Plan::default()
        };
        let walked = self.walk(&plan, || Scan::new(self.store(), wanted, blobs, &budget));
        let overflow = budget.load(Relaxed) == 0;
        let marks = vec![false; self.store().slots()];
        let mut holders = Holders {
            marks,
            gaps: walked.gaps,
            overflow,
            ..Holders::default()
        };
        for scan in walked.visitors {
            scan.direct
                .iter()
                .for_each(|slot| mark(&mut holders.marks, *slot));
            holders.missing.extend(scan.missing);
            holders.damaged.extend(scan.damaged);
            holders.lists.push(scan.lists);
        }
        holders.damaged.sort_unstable();
        while if overflow {
            self.walk_up(&plan, &mut holders)
        } else {
            holders.scan_up()
        } {}
        holders
    }

    /// Where there are too many subtrees to keep: reads all trees again for each step up.
    fn walk_up(&self, plan: &Plan<'_>, holders: &mut Holders) -> bool {
        let make = || Step {
            store: self.store(),
            marks: &holders.marks,
            recent: Recent::new(self.store().hash()),
            new: Vec::new(),
        };
        let Walked { visitors, .. } = self.walk(plan, make);
        let new: Vec<Slot> = visitors.into_iter().flat_map(|step| step.new).collect();
        new.iter().for_each(|slot| mark(&mut holders.marks, *slot));
        !new.is_empty()
    }
}

impl Holders {
    /// Marks trees whose subtrees are marked; whether there were any new ones.
    fn scan_up(&mut self) -> bool {
        let mut changed = false;
        // From the end: a pack has directories before what is in them.
        for list in self.lists.iter().rev() {
            let mut end = list.subtrees.len();
            for (tree, start) in list.trees.iter().rev() {
                let subtrees = list.subtrees.get(*start..end).unwrap_or_default();
                end = *start;
                if is_marked(&self.marks, *tree)
                    || !subtrees.iter().any(|slot| is_marked(&self.marks, *slot))
                {
                    continue;
                }
                mark(&mut self.marks, *tree);
                changed = true;
            }
        }
        changed
    }
}

/// The first walk: direct holders, and all subtrees.
struct Scan<'s> {
    store: &'s Store,
    wanted: &'s Wanted,
    blobs: bool,
    budget: &'s AtomicUsize,
    recent: Recent<Option<Slot>>,
    direct: Vec<Slot>,
    lists: Lists,
    missing: Vec<(Slot, Oid)>,
    damaged: Vec<Slot>,
}

impl<'s> Scan<'s> {
    fn new(store: &'s Store, wanted: &'s Wanted, blobs: bool, budget: &'s AtomicUsize) -> Self {
        Self {
            store,
            wanted,
            blobs,
            budget,
            recent: Recent::new(store.hash()),
            direct: Vec::new(),
            lists: Lists::default(),
            missing: Vec::new(),
            damaged: Vec::new(),
        }
    }
}

impl Scan<'_> {
    fn read(&mut self, entry: &TreeEntry<'_>) -> Option<Seen> {
        let store = self.store;
        let mut look_up = || self.recent.get(entry.id, |id| store.find(id)).flatten();
        match entry.kind {
            EntryKind::Tree => Some(look_up().map_or(Seen::Missing, Seen::Tree)),
            EntryKind::Blob if self.blobs && look_up().is_none() => Some(Seen::Missing),
            EntryKind::Blob => self.wanted.number(store, entry.id).map(|_| Seen::Wanted),
            EntryKind::Link => None,
        }
    }

    fn note(&mut self, object: &Object<'_>, carried: &Carried<Seen>) {
        let tree = first_copy(self.store, object);
        let start = self.lists.subtrees.len();
        for (at, seen) in &carried.items {
            match seen {
                Seen::Tree(slot) => self.lists.subtrees.push(*slot),
                Seen::Wanted => {
                    if self.direct.last() != Some(&tree) {
                        self.direct.push(tree);
                    }
                }
                Seen::Missing => {
                    let mut entries = Entries::new(
                        self.store.hash(),
                        object.bytes.get(*at as usize..).unwrap_or_default(),
                    );
                    let id = entries
                        .next()
                        .and_then(|entry| Oid::new(self.store.hash(), entry.id));
                    if self.missing.len() < MOST_MISSING {
                        self.missing.extend(id.map(|id| (tree, id)));
                    }
                }
            }
        }
        if !carried.is_whole {
            self.damaged.push(tree);
        }
        let count = self.lists.subtrees.len() - start;
        match self
            .budget
            .try_update(Relaxed, Relaxed, |left| left.checked_sub(count))
        {
            Ok(_) if count > 0 => self.lists.trees.push((tree, start)),
            Ok(_) => {}
            Err(_) => {
                self.budget.store(0, Relaxed);
                self.lists = Lists::default();
            }
        }
    }
}

impl Visitor for Scan<'_> {
    type State = Carried<Seen>;

    fn full(&mut self, object: Object<'_>) -> Self::State {
        let carried = Carried::full(self.store.hash(), &object, |entry| self.read(entry));
        self.note(&object, &carried);
        carried
    }

    fn delta(&mut self, object: Object<'_>, delta: Delta<'_, Self::State>) -> Self::State {
        let carried = Carried::delta(self.store.hash(), &object, &delta, |entry| self.read(entry));
        self.note(&object, &carried);
        carried
    }
}

/// What an entry of a tree is to the first walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Tree(Slot),
    Wanted,
    Missing,
}

/// A later walk: trees with a marked subtree.
struct Step<'s> {
    store: &'s Store,
    marks: &'s [bool],
    recent: Recent<Option<Slot>>,
    new: Vec<Slot>,
}

impl Step<'_> {
    fn note(&mut self, object: &Object<'_>, carried: &Carried<Slot>) {
        let tree = first_copy(self.store, object);
        if !is_marked(self.marks, tree)
            && carried
                .items
                .iter()
                .any(|(_, slot)| is_marked(self.marks, *slot))
        {
            self.new.push(tree);
        }
    }

    fn read(&mut self, entry: &TreeEntry<'_>) -> Option<Slot> {
        let store = self.store;
        if entry.kind == EntryKind::Tree {
            self.recent.get(entry.id, |id| store.find(id)).flatten()
        } else {
            None
        }
    }
}

impl Visitor for Step<'_> {
    type State = Carried<Slot>;

    fn full(&mut self, object: Object<'_>) -> Self::State {
        let carried = Carried::full(self.store.hash(), &object, |entry| self.read(entry));
        self.note(&object, &carried);
        carried
    }

    fn delta(&mut self, object: Object<'_>, delta: Delta<'_, Self::State>) -> Self::State {
        let carried = Carried::delta(self.store.hash(), &object, &delta, |entry| self.read(entry));
        self.note(&object, &carried);
        carried
    }
}

/// The slot that stands for all copies of an object.
pub(super) fn first_copy(store: &Store, object: &Object<'_>) -> Slot {
    if store.has_copies() {
        store.find(object.id).unwrap_or(object.slot)
    } else {
        object.slot
    }
}

pub(super) fn is_marked(marks: &[bool], slot: Slot) -> bool {
    marks.get(slot as usize).copied().unwrap_or(false)
}

fn mark(marks: &mut [bool], slot: Slot) {
    if let Some(mark) = marks.get_mut(slot as usize) {
        *mark = true;
    }
}

fn filter_bit(raw: &[u8]) -> usize {
    raw.first_chunk()
        .map_or(0, |chunk| u32::from_le_bytes(*chunk) as usize % FILTER)
}

/// Bits of the filter; a power of two, small enough to stay in the nearest cache.
const FILTER: usize = 1 << 17;
/// Subtrees kept in memory, 4 bytes each.
const MOST_SUBTREES: usize = 24 << 20;
/// Missing objects kept by each thread; the rest is not worth counting.
const MOST_MISSING: usize = 1 << 20;
