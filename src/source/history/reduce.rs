//! Trees reduced to what leads to wanted blobs, equal ones made one: two commits whose reduced root is the same hold the
//! same wanted blobs at the same paths, whatever else changed between them.

use super::Repository;
use super::carry::Carried;
use super::holders::{Wanted, first_copy, is_marked};
use super::oid::Kind;
use super::store::{Slot, Store};
use super::trees::{EntryKind, Recent, TreeEntry};
use super::walk::{Delta, Object, Plan, Visitor};
use std::collections::HashMap;

/// The number of a reduced tree.
pub(super) type NodeId = u32;

/// Reduced trees. Number 0 holds nothing.
pub(super) struct Reduced {
    nodes: Vec<Vec<Item>>,
    /// Per node, which wanted blobs it holds: a bit each.
    sets: Vec<Box<[u64]>>,
    /// The node of each marked tree that some root leads to.
    by_slot: HashMap<Slot, NodeId>,
    pub(super) names: Vec<Vec<u8>>,
    words: usize,
}

/// What a reduced tree lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Item {
    /// Index of the name.
    pub(super) name: u32,
    pub(super) child: Child,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Child {
    /// A reduced tree.
    Node(NodeId),
    /// A wanted blob.
    Blob(u32),
}

impl Repository {
    /// Reads the marked trees once more and reduces those that `roots` lead to.
    pub(super) fn reduce(
        &self,
        wanted: &Wanted,
        count: usize,
        marks: &[bool],
        roots: impl Iterator<Item = Slot>,
        threads: usize,
    ) -> Reduced {
        let plan = Plan {
            kinds: &[Kind::Tree],
            threads,
            ..Plan::default()
        };
        let walked = self.walk_only(&plan, Some(marks), || {
            Pick::new(self.store(), wanted, marks)
        });
        let mut names = Names::default();
        let mut lists = HashMap::new();
        for pick in walked.visitors {
            let renamed: Vec<u32> = pick
                .names
                .list
                .iter()
                .map(|name| names.number(name))
                .collect();
            let ends = pick
                .trees
                .iter()
                .skip(1)
                .map(|(_, start)| *start)
                .chain([pick.picks.len()]);
            for ((tree, start), end) in pick.trees.iter().zip(ends) {
                let picks = pick.picks.get(*start..end).unwrap_or_default().iter();
                let picks =
                    picks.filter_map(|(name, child)| Some((*renamed.get(*name as usize)?, *child)));
                lists
                    .entry(*tree)
                    .or_insert_with(|| picks.collect::<Vec<_>>());
            }
        }
        let words = count.div_ceil(64);
        let mut reduced = Reduced {
            nodes: Vec::new(),
            sets: Vec::new(),
            by_slot: HashMap::new(),
            names: names.list,
            words,
        };
        let mut known = HashMap::new();
        reduced.intern(Vec::new(), &mut known);
        for root in roots {
            reduced.resolve(root, &lists, &mut known);
        }
        reduced
    }
}

impl Reduced {
    /// The node of a root, which was given when reducing.
    pub(super) fn node(&self, tree: Slot) -> NodeId {
        self.by_slot.get(&tree).copied().unwrap_or(0)
    }

    pub(super) fn items(&self, node: NodeId) -> &[Item] {
        self.nodes.get(node as usize).map_or(&[], Vec::as_slice)
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
            let leads = |item: &&Item| match item.child {
                Child::Blob(other) => other == blob,
                Child::Node(child) => self.holds(child, blob),
            };
            let Some(item) = self.items(node).iter().find(leads) else {
                return path;
            };
            path.push(item.name);
            match item.child {
                Child::Blob(_) => return path,
                Child::Node(child) => node = child,
            }
        }
    }

    /// Makes the node of a tree, its subtrees first.
    fn resolve(
        &mut self,
        root: Slot,
        lists: &HashMap<Slot, Vec<(u32, Raw)>>,
        known: &mut HashMap<Vec<Item>, NodeId>,
    ) {
        if self.by_slot.contains_key(&root) {
            return;
        }
        // Until it is done, a tree counts as empty: one within itself, which only lying ids can make, ends there.
        self.by_slot.insert(root, 0);
        let mut path = vec![(root, 0, Vec::new())];
        while let Some((tree, next, items)) = path.last_mut() {
            let Some((name, child)) = lists.get(tree).and_then(|list| list.get(*next)).copied()
            else {
                let (tree, items) = (*tree, std::mem::take(items));
                let node = self.intern(items, known);
                self.by_slot.insert(tree, node);
                path.pop();
                continue;
            };
            let child = match child {
                Raw::Blob(blob) => Some(Child::Blob(blob)),
                Raw::Tree(slot) => match self.by_slot.get(&slot) {
                    Some(0) => None,
                    Some(node) => Some(Child::Node(*node)),
                    None => {
                        self.by_slot.insert(slot, 0);
                        path.push((slot, 0, Vec::new()));
                        continue;
                    }
                },
            };
            items.extend(child.map(|child| Item { name, child }));
            *next += 1;
        }
    }

    fn intern(&mut self, items: Vec<Item>, known: &mut HashMap<Vec<Item>, NodeId>) -> NodeId {
        if let Some(node) = known.get(&items) {
            return *node;
        }
        let mut set = vec![0u64; self.words].into_boxed_slice();
        for item in &items {
            match item.child {
                Child::Blob(blob) => {
                    if let Some(word) = set.get_mut(blob as usize / 64) {
                        *word |= 1 << (blob % 64);
                    }
                }
                Child::Node(child) => set
                    .iter_mut()
                    .zip(self.set(child))
                    .for_each(|(word, other)| *word |= other),
            }
        }
        let node = self.nodes.len() as NodeId;
        self.nodes.push(items.clone());
        self.sets.push(set);
        known.insert(items, node);
        node
    }
}

/// What a marked tree lists, before its subtrees are reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Raw {
    Tree(Slot),
    Blob(u32),
}

/// Names, each once.
#[derive(Default)]
struct Names {
    list: Vec<Vec<u8>>,
    numbers: HashMap<Vec<u8>, u32>,
}

impl Names {
    fn number(&mut self, name: &[u8]) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.list.len() as u32;
        self.list.push(name.to_vec());
        self.numbers.insert(name.to_vec(), number);
        number
    }
}

/// Picks from marked trees the entries that lead to wanted blobs.
struct Pick<'s> {
    store: &'s Store,
    wanted: &'s Wanted,
    marks: &'s [bool],
    /// The slot of a marked subtree, and the number of the name it had when last seen.
    recent: Recent<Option<Slot>>,
    names: Names,
    trees: Vec<(Slot, usize)>,
    picks: Vec<(u32, Raw)>,
}

impl<'s> Pick<'s> {
    fn new(store: &'s Store, wanted: &'s Wanted, marks: &'s [bool]) -> Self {
        let recent = Recent::new(store.hash());
        Self {
            store,
            wanted,
            marks,
            recent,
            names: Names::default(),
            trees: Vec::new(),
            picks: Vec::new(),
        }
    }
}

impl Pick<'_> {
    fn read(&mut self, entry: &TreeEntry<'_>) -> Option<(u32, Raw)> {
        let (store, marks) = (self.store, self.marks);
        let raw = match entry.kind {
            EntryKind::Blob => self.wanted.number(store, entry.id).map(Raw::Blob),
            EntryKind::Tree => {
                let find = |id: &_| store.find(id).filter(|slot| is_marked(marks, *slot));
                self.recent.get(entry.id, find).flatten().map(Raw::Tree)
            }
            EntryKind::Link => None,
        }?;
        Some((self.names.number(entry.name), raw))
    }

    fn note(&mut self, object: &Object<'_>, carried: &Carried<(u32, Raw)>) {
        let tree = first_copy(self.store, object);
        if is_marked(self.marks, tree) {
            self.trees.push((tree, self.picks.len()));
            self.picks
                .extend(carried.items.iter().map(|(_, pick)| *pick));
        }
    }
}

impl Visitor for Pick<'_> {
    type State = Carried<(u32, Raw)>;

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
