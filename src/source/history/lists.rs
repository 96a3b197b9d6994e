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
    pub(super) trees: Vec<(Slot, usize)>,
    /// Indexes into `pairs`.
    pub(super) picks: Vec<u32>,
    /// Index of a name, and what has that name.
    pub(super) pairs: Interned<(u32, Child)>,
    pub(super) names: Interned<Vec<u8>>,
}

impl Lists {
    /// Trees with the names and children of their entries, in the order of the tree.
    pub(super) fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = (Slot, impl Iterator<Item = (u32, Child)>)> {
        (0..self.trees.len()).filter_map(|at| self.get(at))
    }

    /// The tree at an index, and its entries.
    pub(super) fn get(&self, at: usize) -> Option<(Slot, impl Iterator<Item = (u32, Child)>)> {
        let (tree, start) = *self.trees.get(at)?;
        let end = self
            .trees
            .get(at + 1)
            .map_or(self.picks.len(), |(_, next)| *next);
        let picks = self.picks.get(start..end).unwrap_or_default().iter();
        Some((
            tree,
            picks.filter_map(|pick| self.pairs.get(*pick).copied()),
        ))
    }

    /// The index of this pair in `pairs`.
    pub(super) fn pair(&mut self, name: &[u8], child: Child) -> u32 {
        let (name, _) = self.names.number(name);
        self.pairs.number(&(name, child)).0
    }
}
