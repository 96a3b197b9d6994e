//! What the threads of a walk share: trees to take, branches handed over, and the right to hold huge objects.

use super::walker::Frame;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Trees not taken yet, and branches handed over.
pub(super) struct Queue<S> {
    next_batch: AtomicUsize,
    batches: usize,
    /// Whether a thread waits for a branch and none is ready for it.
    hungry: AtomicBool,
    branches: Mutex<Branches<S>>,
    changed: Condvar,
}

struct Branches<S> {
    ready: VecDeque<Frame<S>>,
    /// Threads that may still hand over branches.
    working: usize,
    waiting: usize,
}

impl<S> Queue<S> {
    pub(super) fn new(batches: usize, threads: usize) -> Self {
        let branches = Branches {
            ready: VecDeque::new(),
            working: threads,
            waiting: 0,
        };
        Self {
            next_batch: AtomicUsize::new(0),
            batches,
            hungry: AtomicBool::new(false),
            branches: Mutex::new(branches),
            changed: Condvar::new(),
        }
    }

    /// The next batch of trees.
    pub(super) fn batch(&self) -> Option<usize> {
        Some(self.next_batch.fetch_add(1, Relaxed)).filter(|batch| *batch < self.batches)
    }

    /// Whether a branch would be taken at once.
    pub(super) fn is_hungry(&self) -> bool {
        self.hungry.load(Relaxed)
    }

    pub(super) fn give(&self, frame: Frame<S>) {
        let mut branches = self.lock();
        branches.ready.push_back(frame);
        self.hungry
            .store(branches.waiting > branches.ready.len(), Relaxed);
        self.changed.notify_one();
    }

    /// A branch to work on; `None` when no thread has work any more. Called by a thread that has none.
    pub(super) fn wait(&self) -> Option<Frame<S>> {
        let mut branches = self.lock();
        branches.working -= 1;
        branches.waiting += 1;
        loop {
            let frame = branches.ready.pop_front();
            if frame.is_some() || branches.working == 0 {
                branches.waiting -= 1;
                branches.working += usize::from(frame.is_some());
                self.hungry
                    .store(branches.waiting > branches.ready.len(), Relaxed);
                if frame.is_none() {
                    self.changed.notify_all();
                }
                return frame;
            }
            self.hungry
                .store(branches.waiting > branches.ready.len(), Relaxed);
            branches = self
                .changed
                .wait(branches)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Branches<S>> {
        self.branches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Lets the other threads end when a visitor panics in this one.
pub(super) struct Guard<'q, S>(&'q Queue<S>);

impl<'q, S> Guard<'q, S> {
    pub(super) fn new(queue: &'q Queue<S>) -> Self {
        Self(queue)
    }
}

impl<S> Drop for Guard<'_, S> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.lock().working -= 1;
            self.0.changed.notify_all();
        }
    }
}

/// Only one thread at a time holds objects of more bytes.
pub(super) const HUGE: u64 = 32 << 20;

/// Held by the one thread that may work on a tree with huge objects.
#[derive(Debug, Default)]
pub(super) struct Big(Mutex<()>);

impl Big {
    pub(super) fn wait(&self) -> MutexGuard<'_, ()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
