//! What trees list, of many trees in little memory.

use super::holders::Wanted;
use super::interned::Interned;
use super::store::Slot;
use std::collections::HashMap;

/// What an entry leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Child {
    Tree(Slot),
    /// The number of a wanted blob.
    Blob(u32),
}

/// Entries of many trees, in little memory: nearly all stand in many trees.
#[derive(Default)]
pub(super) struct Lists {
    /// A tree, and where its entries start in `picks`.
    trees: Vec<(Slot, u32)>,
    /// Indexes into `pairs`.
    picks: Vec<u32>,
    /// Index of a name, and what has that name.
    pairs: Vec<(u32, Child)>,
    pub(super) names: Vec<Vec<u8>>,
}

impl Lists {
    /// Trees with the names and children of their entries, in the order of the tree.
    pub(super) fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = (Slot, impl Iterator<Item = (u32, Child)>)> {
        (0..self.trees.len()).filter_map(|at| self.get(at))
    }

    /// The trees alone, in the same order.
    pub(super) fn trees(&self) -> impl Iterator<Item = Slot> {
        self.trees.iter().map(|(tree, _)| *tree)
    }

    /// The tree at an index, and its entries.
    pub(super) fn get(&self, at: usize) -> Option<(Slot, impl Iterator<Item = (u32, Child)>)> {
        let (tree, start) = *self.trees.get(at)?;
        let next = self.trees.get(at + 1);
        let end = next.map_or(self.picks.len(), |(_, next)| *next as usize);
        let picks = self.picks.get(start as usize..end).unwrap_or_default();
        let pair = |pick: &u32| self.pairs.get(*pick as usize).copied();
        Some((tree, picks.iter().filter_map(pair)))
    }
}

/// Lists that grow: what stands in many trees is known by its number.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) trees: Vec<(Slot, u32)>,
    pub(super) picks: Vec<u32>,
    pairs: Vec<(u32, Child)>,
    /// The indexes of pairs that are asked for again and again.
    known: HashMap<(u32, Child), u32>,
    names: Interned<Vec<u8>>,
}

impl Draft {
    /// The index of this pair in `pairs`.
    pub(super) fn pair(&mut self, name: &[u8], child: Child) -> u32 {
        let name = self.name(name);
        self.numbered(name, child)
    }

    fn numbered(&mut self, name: u32, child: Child) -> u32 {
        let Self { pairs, known, .. } = self;
        *known.entry((name, child)).or_insert_with(|| {
            pairs.push((name, child));
            pairs.len() as u32 - 1
        })
    }

    /// The number of a name.
    pub(super) fn name(&mut self, name: &[u8]) -> u32 {
        self.names.number(name).0
    }

    /// The index of a new pair: a tree of this name, of which [`Self::settle`] tells later where it is.
    pub(super) fn open(&mut self, name: u32) -> u32 {
        self.pairs.push((name, Child::Tree(Slot::MAX)));
        self.pairs.len() as u32 - 1
    }

    /// Whether a pair has this name.
    pub(super) fn is_named(&self, pair: u32, name: u32) -> bool {
        let known = self.pairs.get(pair as usize);
        known.is_some_and(|(known, _)| *known == name)
    }

    /// Where the tree of an open pair is.
    pub(super) fn settle(&mut self, pair: u32, slot: Slot) {
        if let Some((_, child)) = self.pairs.get_mut(pair as usize) {
            *child = Child::Tree(slot);
        }
    }

    /// For a directory of a wanted name, the index of the pair that stands for the name.
    pub(super) fn wanted(&mut self, pair: u32, wanted: &Wanted) -> Option<u32> {
        if !wanted.has_names() {
            return None;
        }
        let (name, Child::Tree(_)) = *self.pairs.get(pair as usize)? else {
            return None;
        };
        let number = wanted.name(self.names.get(name)?)?;
        Some(self.numbered(name, Child::Blob(number)))
    }

    /// No more will come: the tables of numbers are not needed any more.
    pub(super) fn finish(self) -> Lists {
        Lists {
            trees: self.trees,
            picks: self.picks,
            pairs: self.pairs,
            names: self.names.into_list(),
        }
    }
}
