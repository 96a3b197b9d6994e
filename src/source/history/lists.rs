//! What trees list, of many trees in little memory.

use super::interned::Interned;
use super::store::Slot;

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
    pub(super) pairs: Interned<(u32, Child)>,
    pub(super) names: Interned<Vec<u8>>,
}

impl Draft {
    /// The index of this pair in `pairs`.
    pub(super) fn pair(&mut self, name: &[u8], child: Child) -> u32 {
        let (name, _) = self.names.number(name);
        self.pairs.number(&(name, child)).0
    }

    /// No more will come: the tables of numbers are not needed any more.
    pub(super) fn finish(self) -> Lists {
        Lists {
            trees: self.trees,
            picks: self.picks,
            pairs: self.pairs.into_list(),
            names: self.names.into_list(),
        }
    }
}
