//! One thread of a walk: goes down a tree of deltas without recursion, within a budget of memory.

use super::decode::Decoder;
use super::forest::Forest;
use super::inflate::Buffer;
use super::oid::{Damage, Kind, Oid};
use super::share::{Big, HUGE, Queue};
use super::store::{Slot, Store};
use super::walk::{Delta, Object, Plan, Visitor, WalkStats};
use std::collections::VecDeque;
use std::sync::MutexGuard;

/// An object whose children are being visited.
pub(super) struct Frame<S> {
    slot: Slot,
    kind: Kind,
    /// Dropped when memory runs short; made anew from the base then.
    bytes: Option<Buffer>,
    /// What the visitor learned; dropped with the bytes when it is large.
    state: Option<S>,
    /// Bytes of memory that the state takes.
    weight: usize,
    /// The next child to visit.
    next: Slot,
}

/// What a thread has to say in the end.
pub(super) struct Done<V> {
    pub(super) visitor: V,
    pub(super) stats: WalkStats,
    pub(super) failures: Vec<(Oid, Damage)>,
}

/// The state of one thread.
pub(super) struct Walker<'w, V: Visitor> {
    store: &'w Store,
    forest: &'w Forest,
    needed: Option<&'w [bool]>,
    kinds: &'w [Kind],
    decoder: Decoder<'w>,
    visitor: V,
    /// From the root of the tree down; each has a child left to visit.
    frames: VecDeque<Frame<V::State>>,
    /// Frames before this one have no bytes; of those after it some may have none either.
    dropped: usize,
    pool: Pool,
    big: &'w Big,
    holds_big: Option<MutexGuard<'w, ()>>,
    stats: WalkStats,
    failures: Vec<(Oid, Damage)>,
}

impl<'w, V: Visitor> Walker<'w, V> {
    pub(super) fn new(
        store: &'w Store,
        forest: &'w Forest,
        plan: &Plan<'w>,
        needed: Option<&'w [bool]>,
        big: &'w Big,
        visitor: V,
    ) -> Self {
        Self {
            store,
            forest,
            needed,
            kinds: plan.kinds,
            decoder: Decoder::new(store, plan.largest),
            visitor,
            frames: VecDeque::new(),
            dropped: 0,
            pool: Pool {
                free: Vec::new(),
                held: 0,
                live: 0,
                budget: plan.memory / plan.threads.max(1),
            },
            big,
            holds_big: None,
            stats: WalkStats::default(),
            failures: Vec::new(),
        }
    }

    /// Visits a root and everything made from it.
    pub(super) fn tree(&mut self, root: Slot, queue: &Queue<V::State>) {
        if !self.is_needed(root) {
            return;
        }
        let mut bytes = self.pool.take();
        let mut wait = |len| wait_for(self.big, &mut self.holds_big, len);
        match self.decoder.full(root, &mut bytes, &mut wait) {
            Ok(kind) if self.kinds.contains(&kind) => {
                let object = Object {
                    kind,
                    bytes: bytes.as_slice(),
                    slot: root,
                    store: self.store,
                };
                self.stats.objects += 1;
                self.stats.bytes += object.bytes.len() as u64;
                let state = self.visitor.full(object);
                self.enter(root, kind, bytes, state);
            }
            // A loose object of another kind.
            Ok(_) => self.pool.give(bytes),
            Err(damage) => {
                self.pool.give(bytes);
                self.fail(root, damage);
            }
        }
        self.descend(queue);
    }

    /// Visits what is left of a branch that another thread began.
    pub(super) fn branch(&mut self, frame: Frame<V::State>, queue: &Queue<V::State>) {
        self.pool.live += frame.held();
        self.frames.push_back(frame);
        self.descend(queue);
    }

    pub(super) fn finish(self) -> Done<V> {
        Done {
            visitor: self.visitor,
            stats: self.stats,
            failures: self.failures,
        }
    }

    fn descend(&mut self, queue: &Queue<V::State>) {
        while let Some(frame) = self.frames.back_mut() {
            let child = frame.next;
            let more = self.forest.next_sibling(child);
            frame.next = more.unwrap_or(child);
            if !self.is_needed(child) {
                if more.is_none() {
                    self.leave();
                }
                continue;
            }
            let made = self.child(child);
            if more.is_none() {
                self.leave();
            }
            if let Some((kind, bytes, state)) = made {
                self.enter(child, kind, bytes, state);
            }
            if self.frames.len() > 1 && queue.is_hungry() && self.holds_big.is_none() {
                self.hand_over(queue);
            }
        }
        self.holds_big = None;
    }

    /// Decodes and visits a child of the last frame.
    fn child(&mut self, slot: Slot) -> Option<(Kind, Buffer, V::State)> {
        if let Err(damage) = self.restore() {
            self.fail(slot, damage);
            return None;
        }
        let mut bytes = self.pool.take();
        let frame = self.frames.back()?;
        let base_bytes = frame.bytes.as_ref().map_or(&[][..], Buffer::as_slice);
        let mut wait = |len| wait_for(self.big, &mut self.holds_big, len);
        match self.decoder.delta(slot, base_bytes, &mut bytes, &mut wait) {
            Ok(()) => {
                let object = Object {
                    kind: frame.kind,
                    bytes: bytes.as_slice(),
                    slot,
                    store: self.store,
                };
                self.stats.objects += 1;
                self.stats.deltas += 1;
                self.stats.bytes += object.bytes.len() as u64;
                let state = match &frame.state {
                    Some(base) => {
                        let edits = &self.decoder.edits;
                        let delta = Delta {
                            base_bytes,
                            base,
                            edits,
                        };
                        self.visitor.delta(object, delta)
                    }
                    None => self.visitor.full(object),
                };
                Some((frame.kind, bytes, state))
            }
            Err(damage) => {
                self.pool.give(bytes);
                self.fail(slot, damage);
                None
            }
        }
    }

    /// Makes a visited object the last frame, if it has children.
    fn enter(&mut self, slot: Slot, kind: Kind, bytes: Buffer, state: V::State) {
        let Some(next) = self.forest.first_child(slot) else {
            self.pool.give(bytes);
            return;
        };
        let weight = V::weight(&state);
        let frame = Frame {
            slot,
            kind,
            bytes: Some(bytes),
            state: Some(state),
            weight,
            next,
        };
        self.pool.live += frame.held();
        self.frames.push_back(frame);
        while self.pool.live > self.pool.budget && self.dropped + 1 < self.frames.len() {
            if let Some(frame) = self.frames.get_mut(self.dropped) {
                self.pool.live -= frame.held();
                frame.bytes = None;
                if frame.weight > LIGHT {
                    (frame.state, frame.weight) = (None, 0);
                }
                self.pool.live += frame.held();
            }
            self.dropped += 1;
        }
    }

    /// Ends the last frame: its children are done.
    fn leave(&mut self) {
        if let Some(frame) = self.frames.pop_back() {
            self.pool.live -= frame.held();
            if let Some(bytes) = frame.bytes {
                self.pool.give(bytes);
            }
        }
        self.dropped = self.dropped.min(self.frames.len());
    }

    /// Makes the bytes of the last frame again if they were dropped, from the nearest frame that has some. On the way it
    /// leaves bytes half way to the end, half way from there, and so on: the frames before are needed next, and making
    /// each of a deep chain from its root would take for ever.
    fn restore(&mut self) -> Result<(), Damage> {
        let Some(last) = self.frames.len().checked_sub(1) else {
            return Ok(());
        };
        let has_bytes = |frame: &Frame<V::State>| frame.bytes.is_some();
        let mut at = match self.frames.iter().rposition(has_bytes) {
            Some(at) => at,
            None => {
                let root = self.frames.front().ok_or(Damage::Base)?.slot;
                let mut wait = |len| wait_for(self.big, &mut self.holds_big, len);
                let (_, bytes) = self.decoder.chain(self.forest, root, &mut wait)?;
                self.dropped = 0;
                self.keep(0, bytes);
                0
            }
        };
        let start = at;
        let mut stop = at + (last - at) / 2;
        while at < last {
            let mut bytes = self.pool.take();
            let base = self.frames.get(at).and_then(|frame| frame.bytes.as_ref());
            let base = base.ok_or(Damage::Base)?.as_slice();
            let slot = self.frames.get(at + 1).ok_or(Damage::Base)?.slot;
            let mut wait = |len| wait_for(self.big, &mut self.holds_big, len);
            self.decoder.delta(slot, base, &mut bytes, &mut wait)?;
            self.keep(at + 1, bytes);
            let is_stop = at == stop;
            if is_stop {
                stop = at + (last - at) / 2;
            }
            if !(at == start || is_stop) || self.pool.live > self.room() {
                self.release(at);
            }
            self.stats.remade += 1;
            at += 1;
        }
        Ok(())
    }

    /// Bytes that may be held while a chain is made again.
    fn room(&self) -> usize {
        let most = if self.holds_big.is_some() {
            HUGE_CHAIN
        } else {
            CHAIN
        };
        most.max(self.pool.budget)
    }

    fn keep(&mut self, at: usize, bytes: Buffer) {
        if let Some(frame) = self.frames.get_mut(at) {
            self.pool.live += bytes.capacity();
            frame.bytes = Some(bytes);
        }
    }

    fn release(&mut self, at: usize) {
        let frame = self.frames.get_mut(at);
        if let Some(bytes) = frame.and_then(|frame| frame.bytes.take()) {
            self.pool.live -= bytes.capacity();
            self.pool.give(bytes);
        }
    }

    /// Gives the frame nearest the root, with the children it has left, to a thread without work.
    fn hand_over(&mut self, queue: &Queue<V::State>) {
        let Some(frame) = self.frames.pop_front() else {
            return;
        };
        self.pool.live -= frame.held();
        self.dropped = self.dropped.saturating_sub(1);
        queue.give(frame);
    }

    /// Notes an object that cannot be decoded, and all that are made from it.
    fn fail(&mut self, slot: Slot, damage: Damage) {
        self.failures
            .extend(self.store.id(slot).map(|id| (id, damage)));
        let mut next: Vec<Slot> = self.forest.first_child(slot).into_iter().collect();
        while let Some(slot) = next.pop() {
            next.extend(self.forest.next_sibling(slot));
            next.extend(self.forest.first_child(slot));
            self.failures
                .extend(self.store.id(slot).map(|id| (id, Damage::Base)));
        }
    }

    fn is_needed(&self, slot: Slot) -> bool {
        self.needed
            .is_none_or(|needed| needed.get(slot as usize).copied().unwrap_or(false))
    }
}

impl<S> Frame<S> {
    /// Bytes of memory that it takes.
    fn held(&self) -> usize {
        self.bytes.as_ref().map_or(0, Buffer::capacity) + self.weight
    }
}

/// Waits for the right to hold an object of so many bytes, before there is memory for it.
fn wait_for<'w>(big: &'w Big, holds: &mut Option<MutexGuard<'w, ()>>, len: u64) {
    if len > HUGE && holds.is_none() {
        *holds = Some(big.wait());
    }
}

/// Buffers for reuse.
struct Pool {
    free: Vec<Buffer>,
    /// Bytes of memory in `free`.
    held: usize,
    /// Bytes of memory in frames.
    live: usize,
    /// What `live` should not exceed.
    budget: usize,
}

impl Pool {
    fn take(&mut self) -> Buffer {
        let buffer = self.free.pop().unwrap_or_default();
        self.held -= buffer.capacity();
        buffer
    }

    fn give(&mut self, buffer: Buffer) {
        if self.held + self.live + buffer.capacity() <= self.budget {
            self.held += buffer.capacity();
            self.free.push(buffer);
        }
    }
}

/// Of larger states, in bytes, the memory counts.
const LIGHT: usize = 4 << 10;
/// Bytes that a thread may always keep of a chain that it makes again, and those that the one with huge objects may.
const CHAIN: usize = 64 << 20;
const HUGE_CHAIN: usize = 512 << 20;
