//! The entries of trees that lead somewhere: to subtrees, and to wanted blobs.

use super::carry::Carried;
use super::forest::Forest;
use super::holders::{Wanted, Watch, is_marked};
use super::later::Later;
use super::lists::{Child, Draft};
use super::oid::{Kind, Oid};
use super::store::{Slot, Store};
use super::trees::{Entries, EntryKind, Recent, TreeEntry};
use super::walk::{Delta, Object, Visitor};
use foldhash::fast::RandomState;
use std::collections::HashSet;
use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Reads trees; one a thread.
pub(super) struct Scan<'s> {
    /// Tells scans apart.
    number: usize,
    store: &'s Store,
    forest: &'s Forest,
    wanted: &'s Wanted,
    /// Told of names; then blobs are looked up, too, and kinds compared.
    watch: Option<Watch<'s>>,
    /// Names it was told of lately.
    told: Vec<u64>,
    names: RandomState,
    /// Only these subtrees are of interest.
    only: Option<&'s [bool]>,
    /// How many more entries all threads may keep; 0 once there were too many.
    budget: Option<&'s AtomicUsize>,
    /// What was looked up lately.
    recent: Recent<Option<(Slot, Option<Kind>)>>,
    /// Look-ups that are put off. Without it all is looked up at once, and every tree is known that lists something missing.
    later: Option<Later>,
    /// Whether something that was put off is not what it is named as: then all has to be read again, at once.
    pub(super) is_unsure: bool,
    /// The tree that is being read.
    current: Slot,
    /// Trees with an entry that is wanted, or a subtree of interest where these are given.
    pub(super) direct: Vec<Slot>,
    pub(super) lists: Draft,
    pub(super) missing: Vec<(Slot, Oid)>,
    pub(super) damaged: Vec<Slot>,
    /// Loose objects that entries name as trees or as blobs, and those that are trees.
    pub(super) loose_named: HashSet<(Slot, Kind)>,
    pub(super) loose_trees: HashSet<Slot>,
}

/// What an entry of a tree is to the scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// A subtree: index into the pairs.
    Tree(u32),
    /// A wanted blob: index into the pairs. Or a subtree of interest.
    Wanted(u32),
    Missing,
    /// What is there is of another kind than the entry says.
    Odd,
}

impl<'s> Scan<'s> {
    pub(super) fn new(
        store: &'s Store,
        forest: &'s Forest,
        wanted: &'s Wanted,
        watch: Option<Watch<'s>>,
        only: Option<&'s [bool]>,
        budget: Option<&'s AtomicUsize>,
    ) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        Self {
            number: NEXT.fetch_add(1, Relaxed),
            store,
            forest,
            wanted,
            watch,
            told: vec![0; TOLD],
            names: RandomState::default(),
            only,
            budget,
            recent: Recent::new(store.hash()),
            later: only.is_none().then(|| Later::new(store.hash())),
            is_unsure: false,
            current: 0,
            direct: Vec::new(),
            lists: Draft::default(),
            missing: Vec::new(),
            damaged: Vec::new(),
            loose_named: HashSet::new(),
            loose_trees: HashSet::new(),
        }
    }

    /// Looks up one by one.
    pub(super) fn at_once(self) -> Self {
        Self {
            later: None,
            ..self
        }
    }

    fn read(&mut self, entry: &TreeEntry<'_>) -> Option<Seen> {
        self.tell(entry.name);
        let store = self.store;
        let number = match entry.kind {
            EntryKind::Tree => {
                if let Some(later) = &mut self.later {
                    let pair = later.tree(self.current, entry, &mut self.lists);
                    self.settle_many();
                    return Some(Seen::Tree(pair));
                }
                let slot = match self.look_up(entry, Kind::Tree) {
                    Ok(slot) => slot,
                    Err(seen) => return Some(seen),
                };
                let pair = self.lists.pair(entry.name, Child::Tree(slot));
                let named = self.wanted.name(entry.name).is_some();
                return match self.only {
                    None => Some(Seen::Tree(pair)),
                    Some(marks) => (named || is_marked(marks, slot)).then_some(Seen::Wanted(pair)),
                };
            }
            EntryKind::Blob => {
                if self.watch.is_some() {
                    if let Some(later) = &mut self.later {
                        later.blob(self.current, entry);
                        self.settle_many();
                    } else if let Err(seen) = self.look_up(entry, Kind::Blob) {
                        return Some(seen);
                    }
                }
                self.wanted.number(store, entry.id)
            }
            EntryKind::Link => None,
        };
        let number = number.or_else(|| self.wanted.name(entry.name))?;
        Some(Seen::Wanted(
            self.lists.pair(entry.name, Child::Blob(number)),
        ))
    }

    /// Where the object is that an entry names as one of this kind. Of a loose one it is only noted what it should be.
    fn look_up(&mut self, entry: &TreeEntry<'_>, kind: Kind) -> Result<Slot, Seen> {
        let (store, forest) = (self.store, self.forest);
        let find = |id: &Oid| store.find(id).map(|slot| (slot, forest.kind(slot)));
        let found = self.recent.get(entry.id, find).flatten();
        let (slot, known) = found.ok_or(Seen::Missing)?;
        if slot >= store.packed() && self.watch.is_some() {
            self.loose_named.insert((slot, kind));
        }
        match known {
            Some(other) if other != kind => Err(Seen::Odd),
            _ => Ok(slot),
        }
    }

    fn settle_many(&mut self) {
        if self.later.as_ref().is_some_and(Later::is_full) {
            self.settle();
        }
    }

    /// Looks up what was put off.
    pub(super) fn settle(&mut self) {
        let Some(later) = &mut self.later else {
            return;
        };
        let packed = self.store.packed();
        later.settle(self.store, |id, asked, slot| {
            let Some(slot) = slot else {
                if self.missing.len() < MOST_MISSING {
                    self.missing.push((asked.tree, *id));
                }
                return;
            };
            let known = self.forest.kind(slot);
            self.is_unsure |= known.is_some_and(|known| known != asked.kind);
            if slot >= packed && self.watch.is_some() {
                self.loose_named.insert((slot, asked.kind));
            }
            self.lists.settle(asked.pair, slot);
        });
    }

    /// Tells of a name, unless it was told of just before.
    fn tell(&mut self, name: &[u8]) {
        let Some(watch) = self.watch.filter(|_| name.len() >= TOLD_FROM) else {
            return;
        };
        let hash = self.names.hash_one(name);
        if let Some(last) = self.told.get_mut(hash as usize % TOLD)
            && std::mem::replace(last, hash) != hash
        {
            watch(name);
        }
    }

    fn note(&mut self, object: &Object<'_>, carried: &Carried<Seen>) {
        let tree = self.current;
        if tree >= self.store.packed() {
            self.loose_trees.insert(tree);
        }
        let start = self.lists.picks.len();
        for (at, seen) in &carried.items {
            if let Seen::Tree(pair) | Seen::Wanted(pair) = seen {
                self.lists.picks.push(*pair);
                let named = self.lists.wanted(*pair, self.wanted);
                self.lists.picks.extend(named);
                if named.is_some() && self.direct.last() != Some(&tree) {
                    self.direct.push(tree);
                }
            }
            match seen {
                Seen::Tree(_) => {}
                Seen::Wanted(_) => {
                    if self.direct.last() != Some(&tree) {
                        self.direct.push(tree);
                    }
                }
                Seen::Missing if self.missing.len() < MOST_MISSING => {
                    let rest = object.bytes.get(*at as usize..).unwrap_or_default();
                    let entry = Entries::new(self.store.hash(), rest).next();
                    let id = entry.and_then(|entry| Oid::new(self.store.hash(), entry.id));
                    self.missing.extend(id.map(|id| (tree, id)));
                }
                Seen::Missing => {}
                Seen::Odd => self.damaged.push(tree),
            }
        }
        if !carried.is_whole {
            self.damaged.push(tree);
        }
        self.keep(tree, start);
    }

    /// Keeps what was picked of a tree, unless there is too much of it.
    fn keep(&mut self, tree: Slot, start: usize) {
        let count = self.lists.picks.len() - start;
        if count == 0 {
            return;
        }
        // The last entry cannot be paid for, so that 0 means that something was dropped.
        let pay = |left: usize| left.checked_sub(count).filter(|left| *left > 0);
        if let Some(budget) = self.budget
            && budget.try_update(Relaxed, Relaxed, pay).is_err()
        {
            budget.store(0, Relaxed);
            self.lists.trees = Vec::new();
            self.lists.picks = Vec::new();
            return;
        }
        match u32::try_from(start) {
            Ok(start) => self.lists.trees.push((tree, start)),
            // Sixteen gigabytes of entries: what was not followed is told of.
            Err(_) => self.damaged.push(tree),
        }
    }
}

/// What a scan made of a tree. The pairs are its own: to another scan, which another thread may run that took over the
/// rest of a chain of deltas, their numbers mean something else.
pub(super) struct Read {
    by: usize,
    carried: Carried<Seen>,
}

impl Visitor for Scan<'_> {
    type State = Read;

    fn full(&mut self, object: Object<'_>) -> Read {
        self.current = self.store.first_copy(object.slot);
        let carried = Carried::full(self.store.hash(), &object, |entry| self.read(entry));
        self.note(&object, &carried);
        Read {
            by: self.number,
            carried,
        }
    }

    fn delta(&mut self, object: Object<'_>, delta: Delta<'_, Read>) -> Read {
        if delta.base.by != self.number {
            return self.full(object);
        }
        let hash = self.store.hash();
        self.current = self.store.first_copy(object.slot);
        let delta = Delta {
            base_bytes: delta.base_bytes,
            base: &delta.base.carried,
            edits: delta.edits,
        };
        let carried = Carried::delta(hash, &object, &delta, |entry| self.read(entry));
        self.note(&object, &carried);
        Read {
            by: self.number,
            carried,
        }
    }
}

/// Names remembered, to tell of each not much more than once; a power of two.
const TOLD: usize = 1 << 12;
/// Shorter names are not told of: they hold nothing that matters.
const TOLD_FROM: usize = 16;
/// Missing objects kept by each thread; the rest is not worth counting.
const MOST_MISSING: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::super::fixture::{Random, Scratch};
    use super::super::{Kind, Plan};
    use super::*;
    use std::collections::BTreeMap;

    /// Gives every tree to another scan than its base, as threads do that share work.
    struct Turns<'s> {
        scans: [Scan<'s>; 2],
        turn: usize,
        deltas: usize,
    }

    impl<'s> Turns<'s> {
        fn next(&mut self) -> &mut Scan<'s> {
            self.turn += 1;
            &mut self.scans[self.turn % 2]
        }
    }

    impl Visitor for Turns<'_> {
        type State = Read;

        fn full(&mut self, object: Object<'_>) -> Read {
            self.next().full(object)
        }

        fn delta(&mut self, object: Object<'_>, delta: Delta<'_, Read>) -> Read {
            self.deltas += 1;
            self.next().delta(object, delta)
        }
    }

    fn read<'s>(
        scans: impl IntoIterator<Item = Scan<'s>>,
    ) -> BTreeMap<Slot, Vec<(Vec<u8>, Child)>> {
        let mut trees = BTreeMap::new();
        for mut scan in scans {
            scan.settle();
            let lists = scan.lists.finish();
            for (tree, entries) in lists.iter() {
                let named = |(name, child)| (lists.names[name as usize].clone(), child);
                trees.insert(tree, entries.map(named).collect());
            }
        }
        trees
    }

    #[test]
    fn a_base_read_by_another_scan_changes_nothing() {
        let mut scratch = Scratch::new(&[]);
        let mut random = Random::new(5);
        for _ in 0..40 {
            for _ in 0..4 {
                let directory = char::from(b'a' + random.below(26) as u8);
                let file = format!("{directory}{}/f{}", random.below(3), random.below(5));
                scratch.write(&file, &random.text(1));
            }
            scratch.commit("more");
        }
        scratch.git(&["repack", "-adfq", "--depth=50"]);
        let repository = scratch.open();
        let wanted = Wanted::new([]);
        let plan = Plan {
            kinds: &[Kind::Tree],
            ..Plan::default()
        };
        let (store, forest) = (repository.store(), repository.forest());
        let scan = || Scan::new(store, forest, &wanted, None, None, None);
        let one = repository.walk(&plan, scan);
        let turns = repository.walk(&plan, || Turns {
            scans: [scan(), scan()],
            turn: 0,
            deltas: 0,
        });
        assert!(
            turns
                .visitors
                .iter()
                .map(|turns| turns.deltas)
                .sum::<usize>()
                > 20
        );
        let scans = turns.visitors.into_iter().flat_map(|turns| turns.scans);
        assert_eq!(read(scans), read(one.visitors));
    }
}
