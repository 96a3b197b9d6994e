//! Which object is a delta of which: the forest that a walk follows, so that each base is inflated once.

use super::both::both;
use super::oid::{Kind, Oid};
use super::pack::{Base, Pack};
use super::sparse::Sparse;
use super::store::{Slot, Store};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

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
        for (pack, start) in store.packs() {
            scan.pack(pack, start, threads);
        }
        let lens = plain(scan.lens);
        let bases = plain(scan.bases);
        let linked = || {
            let counts = count_descendants(&bases, store.packed());
            let (children, siblings) = link(&bases, &counts, store.packed());
            (
                children,
                siblings,
                roots(&bases, &counts, &lens, store.packed()),
            )
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

/// What the threads fill in.
struct Scan<'s> {
    store: &'s Store,
    bases: Vec<AtomicU32>,
    /// Inflated length of the entry's body.
    lens: Vec<AtomicU32>,
}

impl Scan<'_> {
    fn pack(&self, pack: &Pack, start: Slot, threads: usize) {
        // Some parts of a pack take longer than others, so that each thread takes the next one when it is done.
        let count = pack.index.count();
        let next = AtomicU32::new(0);
        let entries = || {
            // Chunks are fewer than objects, so that their number does not run over.
            let first = || next.fetch_add(1, Relaxed).checked_mul(CHUNK);
            while let Some(first) = first().filter(|first| *first < count) {
                for number in first..first.saturating_add(CHUNK).min(count) {
                    self.entry(pack, start, number);
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..threads.min(count.div_ceil(CHUNK) as usize) {
                scope.spawn(entries);
            }
            entries();
        });
    }

    fn entry(&self, pack: &Pack, start: Slot, number: u32) {
        let slot = (start + number) as usize;
        let Some((base, len)) = self.bases.get(slot).zip(self.lens.get(slot)) else {
            return;
        };
        let offset = pack.index.offset(number).unwrap_or(u64::MAX);
        let found = match pack.entry(offset) {
            Ok(entry) => {
                len.store(u32::try_from(entry.len).unwrap_or(u32::MAX), Relaxed);
                let base = match entry.base {
                    Base::None(kind) => Some(root_mark(kind)),
                    Base::Offset(offset) => {
                        let base = pack.index.starting_at(offset, number);
                        base.map(|number| start + number)
                    }
                    Base::Id(id) => self.find(pack, start, &id),
                };
                base.unwrap_or(MISSING)
            }
            Err(_) => MISSING,
        };
        base.store(found, Relaxed);
    }

    /// The base of the same pack, or else any copy: git would repair itself with one too.
    fn find(&self, pack: &Pack, start: Slot, id: &Oid) -> Option<Slot> {
        let here = pack.index.find(id).map(|number| start + number);
        here.or_else(|| self.store.find(id))
    }
}

/// For each slot how many slots hang from it, itself included. Exact where bases precede their deltas, as git
/// writes them; otherwise too low for a root but never 1 for a slot with children.
fn count_descendants(bases: &[Slot], packed: Slot) -> Vec<u32> {
    let mut counts = vec![1u32; bases.len()];
    for slot in (0..packed).rev() {
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

fn link(bases: &[Slot], counts: &[u32], packed: Slot) -> (Sparse<Slot>, Vec<Slot>) {
    let mut children = vec![NONE; bases.len()];
    let mut siblings = vec![NONE; bases.len()];
    // Each is put before its siblings: parents first and from the end, so that leaves come out first and in order.
    for leaves in [false, true] {
        for slot in (0..packed).rev() {
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

fn roots(bases: &[Slot], counts: &[u32], lens: &[u32], packed: Slot) -> [Roots; 4] {
    KINDS.map(|kind| {
        let mark = root_mark(kind);
        let weight = |slot: Slot| u64::from(counts[slot as usize]) * u64::from(lens[slot as usize]);
        let of_kind = || (0..packed).filter(|slot| bases[*slot as usize] == mark);
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
const CHUNK: u32 = 8192;
/// A tree is heavy that makes up more than this part of all.
const HEAVY_SHARE: u64 = 1024;
