//! The objects of several packs in one list, so that a look-up does not ask each of them.

use super::fanout::Fanout;
use super::oid::Oid;
use super::store::{Slot, Store};

/// Every packed object by the first bytes of its id.
pub(super) struct Merged {
    /// In order.
    ids: Vec<(u64, Slot)>,
    fine: Fanout,
}

impl Merged {
    /// Of all packs of a store.
    pub(super) fn of(store: &Store) -> Self {
        let mut ids = Vec::with_capacity(store.packed() as usize);
        for (pack, start) in store.packs() {
            let own = pack.index.prefixes();
            ids.extend(own.map(|(prefix, number)| (prefix, start + number)));
        }
        ids.sort_unstable();
        Self {
            // There are fewer than slots.
            fine: Fanout::new(ids.len() as u32, ids.iter().map(|(prefix, _)| *prefix)),
            ids,
        }
    }

    /// The first slot of an object of that store.
    pub(super) fn find(&self, store: &Store, id: &Oid) -> Option<Slot> {
        let prefix = id.prefix();
        let range = self.fine.range(prefix);
        let near = self.ids.get(range.start as usize..range.end as usize)?;
        let from = near.partition_point(|(other, _)| *other < prefix);
        let same = near[from..]
            .iter()
            .take_while(|(other, _)| *other == prefix);
        same.map(|(_, slot)| *slot)
            .find(|slot| store.id(*slot).as_ref() == Some(id))
    }
}
