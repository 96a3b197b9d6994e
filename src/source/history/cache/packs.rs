//! Whether packs are what they were: told by size, time and index, and where only the time is another, by their bytes.

use super::super::Repository;
use super::super::pack::{Pack, Stamp};
use super::memory::Memory;
use std::collections::{BTreeMap, HashSet};

impl Repository {
    /// Whether all packs here are known and were not changed in their places.
    #[must_use]
    pub fn has_same_packs(&self, memory: &Memory) -> bool {
        let same = self.same_packs(memory);
        let here = stamps(self);
        here.keys().all(|sum| same.contains(sum))
    }

    /// Reads packs whose time was set anew, and believes those that have the bytes they were written with. Whether `memory`
    /// is another now.
    #[must_use]
    pub fn believe_touched(&self, memory: &mut Memory) -> bool {
        let mut is_new = false;
        for (sum, here) in stamps(self) {
            let Some(known) = memory.packs.get_mut(sum) else {
                continue;
            };
            let is_good = |(stamp, pack): (&Stamp, &&Pack)| {
                let is_touched = known.stamps.iter().any(|other| stamp.is_touched(other));
                known.stamps.contains(stamp) || is_touched && pack.is_intact()
            };
            let is_old = here.keys().all(|stamp| known.stamps.contains(stamp));
            if !is_old && here.iter().all(is_good) {
                known.stamps = here.into_keys().collect();
                is_new = true;
            }
        }
        is_new
    }

    /// Checksums of known packs that are here, none of their files changed.
    pub(super) fn same_packs<'m>(&self, memory: &'m Memory) -> HashSet<&'m [u8]> {
        let is_same = |(sum, here): (&[u8], BTreeMap<Stamp, _>)| {
            let (sum, known) = memory.packs.get_key_value(sum)?;
            let is_same = here.keys().all(|stamp| known.stamps.contains(stamp));
            is_same.then_some(sum.as_slice())
        };
        stamps(self).into_iter().filter_map(is_same).collect()
    }
}

/// The packs that are here, by checksum, each with its files.
fn stamps(repository: &Repository) -> BTreeMap<&[u8], BTreeMap<Stamp, &Pack>> {
    let mut all: BTreeMap<&[u8], BTreeMap<Stamp, &Pack>> = BTreeMap::new();
    for (pack, _) in repository.store().packs() {
        let sum = pack.index.pack_checksum().unwrap_or_default();
        all.entry(sum).or_default().insert(pack.stamp(), pack);
    }
    all
}
