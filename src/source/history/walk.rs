//! Visits every object of some kinds, each decoded once, on several threads.
//!
//! A thread takes a tree of deltas and goes down it depth first. Where trees run out, a thread that still has one hands
//! over the branches it has not entered yet.

use super::Repository;
use super::cache::Known;
use super::delta::Edits;
use super::forest::Forest;
use super::graph::named;
use super::oid::{Damage, Kind, Oid};
use super::share::{Big, Guard, Queue};
use super::store::{Slot, Store};
use super::walker::{Done, Walker};
use crate::finding::Gap;

/// Looks at objects; each thread has one of its own.
pub trait Visitor {
    /// What the visitor learned of one object, kept while the objects made from it are visited.
    type State: Send;

    /// An object stored in full, or one whose base is of no use.
    fn full(&mut self, object: Object<'_>) -> Self::State;

    /// An object stored as a delta of one that was visited just before, or earlier.
    fn delta(&mut self, object: Object<'_>, delta: Delta<'_, Self::State>) -> Self::State;

    /// Bytes of memory that a state takes, roughly. Where memory runs short large ones are let go, and the objects made
    /// from theirs are visited in full.
    fn weight(state: &Self::State) -> usize {
        size_of_val(state)
    }
}

/// An object as it is visited.
#[derive(Clone, Copy)]
pub struct Object<'o> {
    /// Its kind.
    pub kind: Kind,
    /// All its bytes.
    pub bytes: &'o [u8],
    pub(super) slot: Slot,
    pub(super) store: &'o Store,
}

impl Object<'_> {
    /// Its id, as the pack's index has it. To read it there takes time, and few objects are asked for theirs.
    #[must_use]
    pub fn id(&self) -> Oid {
        let id = self.store.id(self.slot);
        id.expect("what is visited has a slot, and every slot an id")
    }
}

/// How an object is made from another.
#[derive(Debug, Clone, Copy)]
pub struct Delta<'d, S> {
    /// All bytes of the base.
    pub base_bytes: &'d [u8],
    /// What the visitor returned for the base.
    pub base: &'d S,
    /// The steps from the base to the object.
    pub edits: &'d Edits,
}

/// What to visit.
pub struct Plan<'p> {
    /// Objects of these kinds.
    pub kinds: &'p [Kind],
    /// Threads to use, at least one.
    pub threads: usize,
    /// Objects of more bytes are not held in memory and become gaps.
    pub largest: u64,
    /// Bytes that all threads together keep of decoded objects, and of what visitors learned of them, for objects made
    /// from them. Two objects a thread are always kept; beyond the limit a base is decoded anew when it is needed again.
    pub memory: usize,
}

impl Default for Plan<'_> {
    fn default() -> Self {
        Self {
            kinds: &[Kind::Blob],
            threads: 1,
            largest: 512 << 20,
            memory: 64 << 20,
        }
    }
}

/// What a walk has to say.
#[derive(Debug)]
pub struct Walked<V> {
    /// The visitors, one a thread.
    pub visitors: Vec<V>,
    /// Objects that could not be decoded, in the order of their ids.
    pub gaps: Vec<Gap>,
    /// All of these objects.
    pub failed: Vec<Oid>,
    /// Counts.
    pub stats: WalkStats,
}

/// Counts of a walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WalkStats {
    /// Objects visited; one that is stored several times may count more than once.
    pub objects: u64,
    /// Of these, stored as deltas.
    pub deltas: u64,
    /// Bytes of all objects visited.
    pub bytes: u64,
    /// Objects that were decoded once more because memory had run short.
    pub remade: u64,
    /// Objects that could not be decoded, and objects made from them.
    pub failed: u64,
}

impl Repository {
    /// Visits every object of the planned kinds, reachable or not, in an order that depends on the threads.
    /// Each thread makes its visitor with `make`.
    pub fn walk<V: Visitor + Send>(
        &self,
        plan: &Plan<'_>,
        make: impl Fn() -> V + Sync,
    ) -> Walked<V> {
        self.walk_only(plan, None, make)
    }

    /// As [`Self::walk`], but only what is new or to be looked at again. What others are made from is visited too;
    /// [`Known::wants`] tells it apart.
    pub fn walk_unknown<V: Visitor + Send>(
        &self,
        plan: &Plan<'_>,
        known: &Known,
        make: impl Fn() -> V + Sync,
    ) -> Walked<V> {
        self.walk_only(plan, known.wanted().as_deref(), make)
    }

    /// As [`Self::walk`], but only these slots, and those they are made from.
    pub(super) fn walk_only<V: Visitor + Send>(
        &self,
        plan: &Plan<'_>,
        only: Option<&[bool]>,
        make: impl Fn() -> V + Sync,
    ) -> Walked<V> {
        let forest = self.forest();
        let threads = plan.threads.max(1);
        let batches = batches(self.store(), forest, plan.kinds);
        let needed = needed(self.store(), forest, plan, only);
        let queue = Queue::new(batches.len(), threads);
        let big = Big::default();
        let walker = || {
            let guard = Guard::new(&queue);
            let mut walker =
                Walker::new(self.store(), forest, plan, needed.as_deref(), &big, make());
            while let Some(batch) = queue.batch() {
                for slot in batches
                    .get(batch)
                    .into_iter()
                    .flat_map(|batch| batch.iter().copied())
                {
                    walker.tree(slot, &queue);
                }
            }
            while let Some(frame) = queue.wait() {
                walker.branch(frame, &queue);
            }
            drop(guard);
            walker.finish()
        };
        let done = std::thread::scope(|scope| {
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(walker)).collect();
            let mut done = vec![walker()];
            for other in others {
                match other.join() {
                    Ok(result) => done.push(result),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            done
        });
        self.conclude(done)
    }

    fn conclude<V>(&self, threads: Vec<Done<V>>) -> Walked<V> {
        let mut stats = WalkStats::default();
        let mut failures = Vec::new();
        let mut visitors = Vec::new();
        for done in threads {
            stats.objects += done.stats.objects;
            stats.deltas += done.stats.deltas;
            stats.bytes += done.stats.bytes;
            stats.remade += done.stats.remade;
            failures.extend(done.failures);
            visitors.push(done.visitor);
        }
        let forest = self.forest();
        failures.extend(
            forest
                .broken()
                .iter()
                .filter_map(|slot| Some((self.store().id(*slot)?, Damage::Base))),
        );
        stats.failed = failures.len() as u64;
        failures.sort_by_key(|(id, _)| *id);
        Walked {
            visitors,
            gaps: gaps(&failures),
            failed: failures.into_iter().map(|(id, _)| id).collect(),
            stats,
        }
    }
}

/// One gap an object, until there are too many to read.
fn gaps(failures: &[(Oid, Damage)]) -> Vec<Gap> {
    named(
        failures
            .iter()
            .map(|(id, damage)| (format!("object {id}"), damage.to_string())),
    )
}

/// Roots in the order to take them, heavy trees one by one.
fn batches(store: &Store, forest: &Forest, kinds: &[Kind]) -> Vec<Vec<Slot>> {
    let mut batches = Vec::new();
    for kind in kinds {
        let roots = forest.roots(*kind);
        let (heavy, light) = roots.slots.split_at(roots.heavy);
        batches.extend(heavy.iter().map(|slot| vec![*slot]));
        batches.extend(light.chunks(BATCH).map(<[Slot]>::to_vec));
    }
    let loose: Vec<Slot> = (store.packed()..store.slots() as Slot).collect();
    batches.extend(loose.chunks(BATCH).map(<[Slot]>::to_vec));
    batches
}

/// For each slot whether it, or one made from it, is to be visited; `None` when all are.
fn needed(
    store: &Store,
    forest: &Forest,
    plan: &Plan<'_>,
    only: Option<&[bool]>,
) -> Option<Vec<bool>> {
    if only.is_none() && !store.has_copies() {
        return None;
    }
    let mut needed = vec![false; store.slots()];
    let each = needed.len().div_ceil(plan.threads.max(1)).max(1);
    std::thread::scope(|scope| {
        for (slots, chunk) in (0..).step_by(each).zip(needed.chunks_mut(each)) {
            scope.spawn(move || {
                for (slot, needed) in (slots as Slot..).zip(chunk) {
                    let wanted = only.is_none_or(|only| only.get(slot as usize) == Some(&true));
                    *needed = wanted && !store.is_copy(slot);
                }
            });
        }
    });
    for slot in 0..needed.len() {
        let mut at = slot as Slot;
        // Up to a base that is needed already; what was marked on the way is not walked twice.
        while needed[at as usize]
            && let Some(base) = forest.base(at)
            && !std::mem::replace(&mut needed[base as usize], true)
        {
            at = base;
        }
    }
    Some(needed)
}

/// Light trees taken at once.
const BATCH: usize = 64;
