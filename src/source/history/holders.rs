//! Which trees hold, at any depth, one of some wanted blobs; and which entries of trees point to nothing.

use super::Repository;
use super::entries::Scan;
use super::lists::{Child, Lists};
use super::oid::{Kind, Oid};
use super::provenance::MOST_ENTRIES;
use super::sparse::Sparse;
use super::store::{Slot, Store};
use super::walk::Plan;
use crate::finding::Gap;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Wanted blobs, numbered, behind a filter that lets nearly nothing else through.
pub(super) struct Wanted {
    numbers: HashMap<Oid, u32>,
    filter: Vec<u64>,
    /// Instead of blobs: files and directories of these names.
    names: HashMap<Vec<u8>, u32>,
}

/// Told of names of files and directories, of some more than once.
pub type Watch<'w> = &'w (dyn Fn(&[u8]) + Sync);

impl Wanted {
    /// Several blobs may have one number: then any of them counts.
    pub(super) fn new<'o>(ids: impl IntoIterator<Item = (u32, &'o Oid)>) -> Self {
        let mut wanted = Self {
            numbers: HashMap::new(),
            filter: vec![0; FILTER / 64],
            names: HashMap::new(),
        };
        for (number, id) in ids {
            wanted.numbers.insert(*id, number);
            let bit = filter_bit(id.as_bytes());
            if let Some(word) = wanted.filter.get_mut(bit / 64) {
                *word |= 1 << (bit % 64);
            }
        }
        wanted
    }

    /// Whatever has one of these names.
    pub(super) fn names<'n>(names: impl IntoIterator<Item = (u32, &'n Vec<u8>)>) -> Self {
        let names = names.into_iter();
        Self {
            names: names.map(|(number, name)| (name.clone(), number)).collect(),
            ..Self::new([])
        }
    }

    pub(super) fn name(&self, name: &[u8]) -> Option<u32> {
        self.names.get(name).copied()
    }

    /// Whether names are wanted.
    pub(super) fn has_names(&self) -> bool {
        !self.names.is_empty()
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
    /// Of each thread: the entries that may lead to something wanted. Of marked trees at least.
    pub(super) lists: Vec<Lists>,
    /// Whether `lists` has marked trees only.
    pub(super) is_partial: bool,
    /// Whether of those that list a missing object only some are known.
    pub(super) is_brief: bool,
    /// Trees that list the object that is missing.
    pub(super) missing: Vec<(Slot, Oid)>,
    /// Trees that could be read only in part, or name something as what it is not.
    pub(super) damaged: Vec<Slot>,
    /// Loose objects that trees name as trees or as blobs, and those that are trees.
    pub(super) loose_named: HashSet<(Slot, Kind)>,
    pub(super) loose_trees: HashSet<Slot>,
    pub(super) gaps: Vec<Gap>,
}

impl Repository {
    /// Walks all trees. With `watch`, which is told of names, blobs are looked up too, to find missing ones. Keeps up to `budget` entries of
    /// trees in memory; where there are more, trees are read again for each step up from the blobs.
    pub(super) fn holders(
        &self,
        wanted: &Wanted,
        watch: Option<Watch<'_>>,
        budget: usize,
        threads: usize,
    ) -> Holders {
        let quick = self.list(wanted, watch, budget, threads, false);
        let holders = quick.or_else(|| self.list(wanted, watch, budget, threads, true));
        holders.unwrap_or_default()
    }

    /// The same, with every tree that lists something missing: slower.
    pub(super) fn holders_of_missing(&self, threads: usize) -> Holders {
        let holders = self.list(&Wanted::new([]), Some(&|_| ()), MOST_ENTRIES, threads, true);
        holders.unwrap_or_default()
    }

    /// None when what is not looked up at once would have to be.
    fn list(
        &self,
        wanted: &Wanted,
        watch: Option<Watch<'_>>,
        budget: usize,
        threads: usize,
        at_once: bool,
    ) -> Option<Holders> {
        let left = AtomicUsize::new(budget);
        let plan = Plan {
            kinds: &[Kind::Tree],
            threads,
            ..Plan::default()
        };
        let (store, forest) = (self.store(), self.forest());
        let mut walked = self.walk(&plan, || {
            let scan = Scan::new(store, forest, wanted, watch, None, Some(&left));
            if at_once { scan.at_once() } else { scan }
        });
        walked.visitors.iter_mut().for_each(Scan::settle);
        if walked.visitors.iter().any(|scan| scan.is_unsure) {
            return None;
        }
        let marks = vec![false; self.store().slots()];
        let is_partial = left.load(Relaxed) == 0;
        let mut holders = Holders {
            marks,
            is_partial,
            is_brief: !at_once,
            gaps: walked.gaps,
            ..Holders::default()
        };
        for scan in walked.visitors {
            scan.direct
                .iter()
                .for_each(|slot| mark(&mut holders.marks, *slot));
            holders.missing.extend(scan.missing);
            holders.damaged.extend(scan.damaged);
            holders.loose_named.extend(scan.loose_named);
            holders.loose_trees.extend(scan.loose_trees);
            holders.lists.push(scan.lists.finish());
        }
        holders.damaged.sort_unstable();
        holders.damaged.dedup();
        if !is_partial {
            while holders.scan_up() {}
            return Some(holders);
        }
        holders.lists.clear();
        while self.walk_up(&plan, wanted, &mut holders) {}
        let make = || Scan::new(store, forest, wanted, None, Some(&holders.marks), None);
        let walked = self.walk_only(&plan, Some(&holders.marks), make);
        let lists = walked.visitors.into_iter().map(|scan| scan.lists.finish());
        holders.lists = lists.collect();
        Some(holders)
    }

    /// Marks the trees that list a marked one, by reading all trees; whether there were any new ones.
    fn walk_up(&self, plan: &Plan<'_>, wanted: &Wanted, holders: &mut Holders) -> bool {
        let walked = self.walk(plan, || {
            Scan::new(
                self.store(),
                self.forest(),
                wanted,
                None,
                Some(&holders.marks),
                Some(&NOTHING),
            )
        });
        let direct = walked.visitors.into_iter().flat_map(|scan| scan.direct);
        let new: Vec<Slot> = direct
            .filter(|slot| !is_marked(&holders.marks, *slot))
            .collect();
        new.iter().for_each(|slot| mark(&mut holders.marks, *slot));
        !new.is_empty()
    }
}

impl Holders {
    /// Marks the trees that list a marked one; whether there were any new ones.
    fn scan_up(&mut self) -> bool {
        let mut changed = false;
        // From the end: a pack has directories before what is in them.
        for (tree, entries) in self.lists.iter().rev().flat_map(|lists| lists.iter().rev()) {
            let leads = |child| match child {
                Child::Tree(slot) => is_marked(&self.marks, slot),
                Child::Blob(_) => true,
            };
            if !is_marked(&self.marks, tree) && entries.map(|(_, child)| child).any(leads) {
                mark(&mut self.marks, tree);
                changed = true;
            }
        }
        changed
    }
}

/// Where trees are in the lists.
pub(super) struct Places<'h> {
    lists: &'h [Lists],
    /// How many trees are in the lists before each.
    before: Vec<u32>,
    /// Where each tree is, counted through all lists.
    places: Sparse<u32>,
}

impl Holders {
    /// The trees that hold something wanted.
    pub(super) fn marked(&self) -> impl Iterator<Item = Slot> {
        let marks = (0..).zip(&self.marks);
        marks.filter(|(_, mark)| **mark).map(|(slot, _)| slot)
    }

    /// Where the trees are that are to be kept.
    pub(super) fn places(&self, keep: impl Fn(Slot) -> bool) -> Places<'_> {
        let kept = self.lists.iter().flat_map(Lists::trees);
        let kept = kept.filter(|tree| keep(*tree));
        let mut places = Sparse::new(self.marks.len(), kept, 0);
        let mut before = Vec::with_capacity(self.lists.len());
        let mut all = 0;
        for lists in &self.lists {
            before.push(all);
            for tree in lists.trees() {
                places.set(tree, all);
                all += 1;
            }
        }
        Places {
            lists: &self.lists,
            before,
            places,
        }
    }
}

impl<'h> Places<'h> {
    /// The number of the list a tree is in, and its entries.
    pub(super) fn get(
        &self,
        tree: Slot,
    ) -> Option<(usize, impl Iterator<Item = (u32, Child)> + use<'h>)> {
        let at = self.places.get(tree)?;
        let list = self.before.partition_point(|before| *before <= at);
        let list = list.checked_sub(1)?;
        let within = at - self.before.get(list)?;
        let (_, entries) = self.lists.get(list)?.get(within as usize)?;
        Some((list, entries))
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

/// A budget for walks that keep no lists.
static NOTHING: AtomicUsize = AtomicUsize::new(0);
/// Bits of the filter; a power of two, small enough to stay in the nearest cache.
const FILTER: usize = 1 << 17;
