//! Which object is a delta of which: the forest that a walk follows, so that each base is inflated once.

use super::both::both;
use super::oid::{Kind, Oid};
use super::pack::{Base, Pack};
use super::sparse::Sparse;
use super::store::{Slot, Store};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};

/// Bases and children of all slots.
pub(super) struct Forest {
    /// The slot each is a delta of, or one of the marks below.
    bases: Vec<Slot>,
    /// Heads of the lists of children: first those without children of their own, so that their buffers are short-lived.
    children: Sparse<Slot>,
    siblings: Vec<Slot>,
    /// Packed objects stored in full, by kind.
    roots: [Roots; 4],
    /// What each chain ends at.
    fates: Vec<Fate>,
    /// Slots from which no chain leads to an object stored in full.
    broken: Vec<Slot>,
}

/// Roots of one kind: heavy trees first, heaviest first, then the others in the order of the packs.
#[derive(Debug, Default)]
pub(super) struct Roots {
    pub(super) slots: Vec<Slot>,
    /// How many of them are heavy.
    pub(super) heavy: usize,
}

impl Forest {
    /// Reads the start of every packed entry, on `threads` threads.
    pub(super) fn build(store: &Store, threads: usize) -> Self {
        let scan = Scan {
            store,
            bases: atomics(store.slots(), LOOSE),
            lens: atomics(store.packed() as usize, 0),
        };
        let orders: Vec<Order> = store
            .packs()
            .map(|(pack, start)| scan.pack(pack, start, threads))
            .collect();
        let lens = plain(scan.lens);
        let bases = plain(scan.bases);
        let linked = || {
            let counts = count_descendants(&bases, &orders);
            let (children, siblings) = link(&bases, &counts, &orders);
            (children, siblings, roots(&bases, &counts, &lens, &orders))
        };
        let ((children, siblings, roots), (fates, broken)) =
            both(threads, linked, || fates(&bases));
        Self {
            bases,
            children,
            siblings,
            roots,
            fates,
            broken,
        }
    }

    pub(super) fn roots(&self, kind: Kind) -> &Roots {
        let [commits, trees, blobs, tags] = &self.roots;
        match kind {
            Kind::Commit => commits,
            Kind::Tree => trees,
            Kind::Blob => blobs,
            Kind::Tag => tags,
        }
    }

    /// The slot it is a delta of.
    pub(super) fn base(&self, slot: Slot) -> Option<Slot> {
        self.bases
            .get(slot as usize)
            .copied()
            .filter(|base| *base < LOWEST_MARK)
    }

    pub(super) fn first_child(&self, slot: Slot) -> Option<Slot> {
        self.children.get(slot)
    }

    pub(super) fn next_sibling(&self, slot: Slot) -> Option<Slot> {
        self.siblings
            .get(slot as usize)
            .copied()
            .filter(|sibling| *sibling != NONE)
    }

    /// The kind of a packed object, which is that of what it is made from; none of one that is loose or broken.
    pub(super) fn kind(&self, slot: Slot) -> Option<Kind> {
        match self.fates.get(slot as usize)? {
            Fate::Sound(kind) => Some(*kind),
            Fate::Unknown | Fate::OnPath | Fate::Loose | Fate::Broken => None,
        }
    }

    pub(super) fn broken(&self) -> &[Slot] {
        &self.broken
    }
}

/// The positions of a pack's index in the order of the pack, found by offset in constant time.
struct Order {
    start: Slot,
    sorted: Vec<(u64, u32)>,
    /// Where in `sorted` the offsets with these high bits start.
    buckets: Vec<u32>,
    shift: u32,
}

impl Order {
    fn new(pack: &Pack, start: Slot) -> Self {
        let count = pack.index.count();
        let mut shift = 4;
        while (pack.len() as u64) >> shift > u64::from(count) / 2 + 1 {
            shift += 1;
        }
        let last = (pack.len() as u64 >> shift) as usize;
        // A false offset past the end of the pack goes in the last bucket.
        let bucket = |offset: u64| usize::try_from(offset >> shift).unwrap_or(last).min(last);
        let offsets = || (0..count).map(|at| pack.index.offset(at).unwrap_or(u64::MAX));
        let mut buckets = vec![0u32; last + 2];
        for offset in offsets() {
            buckets[bucket(offset) + 1] += 1;
        }
        for at in 1..buckets.len() {
            buckets[at] += buckets[at - 1];
        }
        let mut ends = buckets.clone();
        let mut sorted = vec![(0, 0); count as usize];
        for (offset, position) in offsets().zip(0..) {
            let end = &mut ends[bucket(offset)];
            sorted[*end as usize] = (offset, position);
            *end += 1;
        }
        for pair in buckets.windows(2) {
            sorted[pair[0] as usize..pair[1] as usize].sort_unstable();
        }
        Self {
            start,
            sorted,
            buckets,
            shift,
        }
    }

    fn find(&self, offset: u64) -> Option<Slot> {
        let bucket = usize::try_from(offset >> self.shift).ok()?;
        let range = *self.buckets.get(bucket)? as usize..*self.buckets.get(bucket + 1)? as usize;
        let inside = self.sorted.get(range)?;
        let at = inside
            .binary_search_by_key(&offset, |(other, _)| *other)
            .ok()?;
        Some(self.start + inside.get(at)?.1)
    }

    /// Slots in the order of the pack.
    fn slots(&self) -> impl DoubleEndedIterator<Item = Slot> {
        self.sorted
            .iter()
            .map(|(_, position)| self.start + position)
    }
}

/// What the threads fill in.
struct Scan<'s> {
    store: &'s Store,
    bases: Vec<AtomicU32>,
    /// Inflated length of the entry's body.
    lens: Vec<AtomicU32>,
}

impl Scan<'_> {
    fn pack(&self, pack: &Pack, start: Slot, threads: usize) -> Order {
        let order = Order::new(pack, start);
        // Some parts of a pack take longer than others, so that each thread takes the next one when it is done.
        let chunks: Vec<_> = order.sorted.chunks(CHUNK).collect();
        let next = AtomicUsize::new(0);
        let entries = || {
            while let Some(chunk) = chunks.get(next.fetch_add(1, Relaxed)) {
                for (offset, position) in *chunk {
                    self.entry(pack, &order, *offset, start + position);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads.min(chunks.len()) {
                scope.spawn(entries);
            }
            entries();
        });
        order
    }

    fn entry(&self, pack: &Pack, order: &Order, offset: u64, slot: Slot) {
        let Some((base, len)) = self
            .bases
            .get(slot as usize)
            .zip(self.lens.get(slot as usize))
        else {
            return;
        };
        let found = match pack.entry(offset) {
            Ok(entry) => {
                len.store(u32::try_from(entry.len).unwrap_or(u32::MAX), Relaxed);
                match entry.base {
                    Base::None(kind) => root_mark(kind),
                    Base::Offset(offset) => order.find(offset).unwrap_or(MISSING),
                    Base::Id(id) => self.find(pack, order, &id).unwrap_or(MISSING),
                }
            }
            Err(_) => MISSING,
        };
        base.store(found, Relaxed);
    }

    /// The base of the same pack, or else any copy: git would repair itself with one too.
    fn find(&self, pack: &Pack, order: &Order, id: &Oid) -> Option<Slot> {
        pack.index
            .find(id)
            .map(|position| order.start + position)
            .or_else(|| self.store.find(id))
    }
}

/// For each slot how many slots hang from it, itself included. Exact where bases precede their deltas, as git
/// writes them; otherwise too low for a root but never 1 for a slot with children.
fn count_descendants(bases: &[Slot], orders: &[Order]) -> Vec<u32> {
    let mut counts = vec![1u32; bases.len()];
    for slot in orders.iter().flat_map(|order| order.slots().rev()) {
        let count = counts[slot as usize];
        if let Some(sum) = bases
            .get(slot as usize)
            .and_then(|base| counts.get_mut(*base as usize))
        {
            *sum = sum.saturating_add(count);
        }
    }
    counts
}

fn link(bases: &[Slot], counts: &[u32], orders: &[Order]) -> (Sparse<Slot>, Vec<Slot>) {
    let mut children = vec![NONE; bases.len()];
    let mut siblings = vec![NONE; bases.len()];
    // Each is put before its siblings: parents first and from the end, so that leaves come out first and in order.
    for leaves in [false, true] {
        for slot in orders.iter().rev().flat_map(|order| order.slots().rev()) {
            let index = slot as usize;
            if (counts[index] == 1) == leaves
                && let Some(head) = children.get_mut(bases[index] as usize)
            {
                siblings[index] = std::mem::replace(head, slot);
            }
        }
    }
    // Most have no children.
    let heads = || (0..).zip(&children).filter(|(_, head)| **head != NONE);
    let mut few = Sparse::new(children.len(), heads().map(|(slot, _)| slot), NONE);
    heads().for_each(|(slot, head)| few.set(slot, *head));
    (few, siblings)
}

fn roots(bases: &[Slot], counts: &[u32], lens: &[u32], orders: &[Order]) -> [Roots; 4] {
    KINDS.map(|kind| {
        let mark = root_mark(kind);
        let weight = |slot: Slot| u64::from(counts[slot as usize]) * u64::from(lens[slot as usize]);
        let of_kind = || {
            orders
                .iter()
                .flat_map(Order::slots)
                .filter(|slot| bases[*slot as usize] == mark)
        };
        let total: u64 = of_kind().map(weight).fold(0, u64::saturating_add);
        let is_heavy = |slot: &Slot| weight(*slot) > total / HEAVY_SHARE;
        let mut slots: Vec<Slot> = of_kind().filter(is_heavy).collect();
        slots.sort_by_key(|slot| std::cmp::Reverse(weight(*slot)));
        let heavy = slots.len();
        slots.extend(of_kind().filter(|slot| !is_heavy(slot)));
        Roots { slots, heavy }
    })
}

/// What each slot's chain ends at; and the slots whose chain ends at a missing base, or never ends.
fn fates(bases: &[Slot]) -> (Vec<Fate>, Vec<Slot>) {
    let mut states = vec![Fate::Unknown; bases.len()];
    let mut path = Vec::new();
    let mut broken = Vec::new();
    for start in 0..bases.len() {
        let mut slot = start;
        let fate = loop {
            match states.get(slot) {
                Some(Fate::Unknown) => {}
                // On the path already: a circle.
                Some(Fate::OnPath) | None => break Fate::Broken,
                Some(known) => break *known,
            }
            states[slot] = Fate::OnPath;
            path.push(slot);
            match bases[slot] {
                MISSING => break Fate::Broken,
                LOOSE => break Fate::Loose,
                mark if mark >= LOWEST_MARK => {
                    let is_root = |kind: &Kind| root_mark(*kind) == mark;
                    break KINDS
                        .into_iter()
                        .find(is_root)
                        .map_or(Fate::Broken, Fate::Sound);
                }
                base => slot = base as usize,
            }
        };
        for slot in path.drain(..) {
            states[slot] = fate;
            if fate == Fate::Broken {
                broken.push(slot as Slot);
            }
        }
    }
    (states, broken)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Unknown,
    OnPath,
    /// An object of this kind stored in full.
    Sound(Kind),
    /// Stored in full, too; its kind is known once it is inflated.
    Loose,
    Broken,
}

fn root_mark(kind: Kind) -> Slot {
    LOWEST_MARK + kind as Slot
}

fn atomics(count: usize, value: u32) -> Vec<AtomicU32> {
    std::iter::repeat_with(|| AtomicU32::new(value))
        .take(count)
        .collect()
}

fn plain(atomics: Vec<AtomicU32>) -> Vec<u32> {
    atomics.into_iter().map(AtomicU32::into_inner).collect()
}

/// In the order of [`Forest::roots`].
const KINDS: [Kind; 4] = [Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag];
/// The end of a list.
const NONE: Slot = Slot::MAX;
/// Loose objects are stored in full; their kind is known once they are inflated.
const LOOSE: Slot = Slot::MAX - 1;
const MISSING: Slot = Slot::MAX - 2;
/// The four kinds, then the marks above; no slot is as high.
const LOWEST_MARK: Slot = Slot::MAX - 8;
/// Objects whose starts a thread reads at a time; a pack of fewer is not worth a second one.
const CHUNK: usize = 8192;
/// A tree is heavy that makes up more than this part of all.
const HEAVY_SHARE: u64 = 1024;
