//! Counts blobs as they are looked at for the first time.

use super::super::Repository;
use super::super::oid::Oid;
use super::super::store::Slot;
use super::super::walk::Object;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Blobs as they are counted for the first time, by where they are.
#[derive(Debug, Default)]
pub struct Tally {
    pub(super) packs: HashMap<Slot, Counts>,
    pub(super) loose: Vec<(Oid, u64)>,
    /// The slots of the pack counted last.
    last: std::ops::Range<Slot>,
}

impl Tally {
    /// Counts a blob, of several copies one.
    pub fn count(&mut self, repository: &Repository, object: &Object<'_>) {
        let bytes = object.bytes.len() as u64;
        let store = repository.store();
        if store.is_copy(object.slot) {
            return;
        }
        if object.slot >= store.packed() {
            self.loose.push((object.id(), bytes));
            return;
        }
        if !self.last.contains(&object.slot) {
            self.last = store.pack_range(object.slot);
        }
        let counts = self.packs.entry(self.last.start).or_default();
        counts.blobs += 1;
        counts.bytes += bytes;
    }

    /// Adds what another thread counted.
    pub fn merge(&mut self, other: Self) {
        for (start, counts) in other.packs {
            self.packs.entry(start).or_default().add(counts);
        }
        self.loose.extend(other.loose);
    }

    /// Everything counted.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut all = Counts {
            blobs: self.loose.len() as u64,
            bytes: self.loose.iter().map(|(_, bytes)| bytes).sum(),
        };
        self.packs.values().for_each(|counts| all.add(*counts));
        all
    }
}

/// How many blobs, and their bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Blobs.
    pub blobs: u64,
    /// Their bytes, inflated.
    pub bytes: u64,
}

impl Counts {
    /// Adds others.
    pub fn add(&mut self, other: Self) {
        self.blobs = self.blobs.saturating_add(other.blobs);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}
