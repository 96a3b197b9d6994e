//! Trees reduced to what leads to wanted blobs, equal ones made one: two commits whose reduced root is the same hold the
//! same wanted blobs at the same paths, whatever else changed between them.

use super::holders::{Holders, Places, is_marked};
use super::interned::Interned;
use super::lists::Child;
use super::sparse::Sparse;
use super::store::Slot;

/// The number of a reduced tree.
pub(super) type NodeId = u32;

/// Reduced trees. Number 0 holds nothing.
pub(super) struct Reduced {
    nodes: Interned<Vec<Item>>,
    /// Per node, which wanted blobs it holds: a bit each.
    sets: Vec<Box<[u64]>>,
    /// The node of each marked tree that some root leads to; [`UNKNOWN`] for others.
    by_slot: Sparse<NodeId>,
    pub(super) names: Vec<Vec<u8>>,
    words: usize,
}

/// What a reduced tree lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Item {
    /// Index of the name.
    pub(super) name: u32,
    pub(super) target: Target,
}

/// What stands under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Target {
    /// A reduced tree.
    Node(NodeId),
    /// A wanted blob.
    Blob(u32),
}

impl Reduced {
    /// Reduces the marked trees that `roots` lead to; `count` blobs are wanted.
    pub(super) fn new(holders: &Holders, count: usize, roots: impl Iterator<Item = Slot>) -> Self {
        let source = Source::new(holders);
        let mut reduced = Self {
            nodes: Interned::default(),
            sets: Vec::new(),
            by_slot: Sparse::new(holders.marks.len(), holders.marked(), UNKNOWN),
            names: Vec::new(),
            words: count.div_ceil(64),
        };
        reduced.intern(&[]);
        for root in roots.filter(|root| is_marked(&holders.marks, *root)) {
            reduced.resolve(root, &source);
        }
        reduced.names = source.names.into_list();
        reduced
    }

    /// The node of a root, which was given when reducing.
    pub(super) fn node(&self, tree: Slot) -> NodeId {
        self.known(tree).unwrap_or(0)
    }

    pub(super) fn items(&self, node: NodeId) -> &[Item] {
        self.nodes.get(node).map_or(&[], Vec::as_slice)
    }

    /// The wanted blobs a node holds, a bit each.
    pub(super) fn set(&self, node: NodeId) -> &[u64] {
        self.sets.get(node as usize).map_or(&[], |set| set)
    }

    pub(super) fn holds(&self, node: NodeId, blob: u32) -> bool {
        self.set(node)
            .get(blob as usize / 64)
            .is_some_and(|word| word & 1 << (blob % 64) != 0)
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The names down to the first place, in the order of the tree, where a node holds a blob.
    pub(super) fn first_path(&self, mut node: NodeId, blob: u32) -> Vec<u32> {
        let mut path = Vec::new();
        loop {
            let leads = |item: &&Item| match item.target {
                Target::Blob(other) => other == blob,
                Target::Node(child) => self.holds(child, blob),
            };
            let Some(item) = self.items(node).iter().find(leads) else {
                return path;
            };
            path.push(item.name);
            match item.target {
                Target::Blob(_) => return path,
                Target::Node(child) => node = child,
            }
        }
    }

    /// Makes the node of a tree, its subtrees first.
    fn resolve(&mut self, root: Slot, source: &Source<'_>) {
        if self.known(root).is_some() {
            return;
        }
        // Until it is done, a tree counts as empty: one within itself, which only lying ids can make, ends there.
        self.know(root, 0);
        let mut path = vec![Open {
            tree: root,
            entries: source.entries(root),
            next: 0,
            items: Vec::new(),
        }];
        while let Some(open) = path.last_mut() {
            let Some((name, child)) = open.entries.get(open.next).copied() else {
                let node = self.intern(&open.items);
                self.know(open.tree, node);
                path.pop();
                continue;
            };
            let target = match child {
                Child::Blob(blob) => Some(Target::Blob(blob)),
                Child::Tree(slot) => match self.known(slot) {
                    Some(0) => None,
                    Some(node) => Some(Target::Node(node)),
                    None => {
                        self.know(slot, 0);
                        path.push(Open {
                            tree: slot,
                            entries: source.entries(slot),
                            next: 0,
                            items: Vec::new(),
                        });
                        continue;
                    }
                },
            };
            open.items
                .extend(target.map(|target| Item { name, target }));
            open.next += 1;
        }
    }

    fn intern(&mut self, items: &[Item]) -> NodeId {
        let (node, is_new) = self.nodes.number(items);
        if !is_new {
            return node;
        }
        let mut set = vec![0u64; self.words].into_boxed_slice();
        for item in items {
            match item.target {
                Target::Blob(blob) => {
                    if let Some(word) = set.get_mut(blob as usize / 64) {
                        *word |= 1 << (blob % 64);
                    }
                }
                Target::Node(child) => set
                    .iter_mut()
                    .zip(self.set(child))
                    .for_each(|(word, other)| *word |= other),
            }
        }
        self.sets.push(set);
        node
    }

    /// The node of a tree, if it has one already.
    fn known(&self, tree: Slot) -> Option<NodeId> {
        self.by_slot.get(tree).filter(|node| *node != UNKNOWN)
    }

    fn know(&mut self, tree: Slot, node: NodeId) {
        self.by_slot.set(tree, node);
    }
}

/// The node of a tree that has none yet: more than there can be.
const UNKNOWN: NodeId = NodeId::MAX;

/// Numbers of the bits that are set.
pub(super) fn bits(words: impl Iterator<Item = u64>) -> impl Iterator<Item = u32> {
    words.zip((0..).step_by(64)).flat_map(|(mut word, base)| {
        std::iter::from_fn(move || {
            let bit = word.trailing_zeros();
            (word != 0).then(|| {
                word &= word - 1;
                base + bit
            })
        })
    })
}

/// A tree whose entries are being reduced.
struct Open {
    tree: Slot,
    entries: Vec<(u32, Child)>,
    next: usize,
    items: Vec<Item>,
}

/// The lists of all threads as one.
struct Source<'h> {
    holders: &'h Holders,
    /// Where marked trees are in the lists.
    places: Places<'h>,
    names: Interned<Vec<u8>>,
    /// For each list, its names' numbers in `names`.
    renamed: Vec<Vec<u32>>,
}

impl<'h> Source<'h> {
    fn new(holders: &'h Holders) -> Self {
        let mut names = Interned::default();
        let renamed = holders.lists.iter().map(|lists| {
            let numbers = lists.names.iter();
            numbers
                .map(|name: &Vec<u8>| names.number(name.as_slice()).0)
                .collect()
        });
        Self {
            holders,
            renamed: renamed.collect(),
            places: holders.places(|tree| is_marked(&holders.marks, tree)),
            names,
        }
    }

    /// What a tree lists of wanted blobs, and of subtrees that hold any.
    fn entries(&self, tree: Slot) -> Vec<(u32, Child)> {
        let Some((list, entries)) = self.places.get(tree) else {
            return Vec::new();
        };
        let Some(renamed) = self.renamed.get(list) else {
            return Vec::new();
        };
        let leads = |child: &Child| match child {
            Child::Tree(slot) => is_marked(&self.holders.marks, *slot),
            Child::Blob(_) => true,
        };
        let entries = entries.filter(|(_, child)| leads(child));
        entries
            .filter_map(|(name, child)| Some((*renamed.get(name as usize)?, child)))
            .collect()
    }
}
