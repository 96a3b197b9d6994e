//! Which objects were looked at before: whole packs by their checksum, loose objects by id.
//!
//! A pack never changes, so one line stands for all its objects but those with findings, of which some are looked at again
//! each time. A pack whose size, time or index is another was changed all the same, and counts as unknown. What a loose
//! object is known for holds for the loose object only: once packed, its pack is looked at.

use super::super::Repository;
use super::super::oid::Oid;
use super::super::pack::{Pack, Stamp};
use super::super::store::Slot;
use super::super::walk::Object;
use super::places::{Again, Places};
use super::tally::{Counts, Tally};
use super::view::{View, ViewKey};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// All that is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// By checksum.
    pub(super) packs: BTreeMap<Vec<u8>, PackMemory>,
    /// By id; with the bytes of those that are blobs.
    pub(super) loose: BTreeMap<Oid, Option<u64>>,
    /// Objects that are looked at again: something was found in them, or they could not be read. Sorted.
    pub(super) again: Vec<Again>,
    /// Whole answers, the latest first.
    pub(super) views: Vec<(ViewKey, View)>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PackMemory {
    /// Of each file that is this pack; it may be borrowed from another repository too.
    pub(super) stamps: BTreeSet<Stamp>,
    counts: Counts,
    /// Whether it has objects that another pack has too, which are counted there.
    overlaps: bool,
}

/// What is known of each object of a repository as it is now.
#[derive(Debug, Default)]
pub struct Known {
    /// By slot; empty when nothing is known.
    slots: Vec<State>,
    /// Checksums of the packs that need not be looked at.
    packs: HashSet<Vec<u8>>,
    /// What need not be counted again.
    pub counts: Counts,
}

/// What is known of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    /// Counted, and to be looked at again.
    Again,
    Clean,
}

impl Known {
    /// Whether the object is to be looked at.
    #[must_use]
    pub fn wants(&self, object: &Object<'_>) -> bool {
        self.state(object.slot) != State::Clean
    }

    /// Whether the object was never looked at.
    #[must_use]
    pub fn is_new(&self, object: &Object<'_>) -> bool {
        self.state(object.slot) == State::New
    }

    /// By slot, which objects are to be looked at; none when all are.
    pub(in super::super) fn wanted(&self) -> Option<Vec<bool>> {
        let wanted = |state: &State| *state != State::Clean;
        (!self.slots.is_empty()).then(|| self.slots.iter().map(wanted).collect())
    }

    /// Objects of which all is known after all: they need no second look.
    pub fn settle<'i>(&mut self, repository: &Repository, ids: impl IntoIterator<Item = &'i Oid>) {
        for slot in ids.into_iter().flat_map(|id| repository.store().copies(id)) {
            if self.state(slot) == State::Again {
                self.set(slot, State::Clean);
            }
        }
    }

    fn set(&mut self, slot: Slot, state: State) {
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = state;
        }
    }

    fn state(&self, slot: Slot) -> State {
        self.slots.get(slot as usize).copied().unwrap_or(State::New)
    }
}

impl Repository {
    /// What `memory` knows of the objects that are here now.
    #[must_use]
    pub fn known(&self, memory: &Memory) -> Known {
        let store = self.store();
        let same = self.same_packs(memory);
        // What was counted in a pack that is gone must be counted again.
        let whole = memory.packs.keys().all(|sum| same.contains(sum.as_slice()));
        let mut known = Known {
            slots: vec![State::New; store.slots()],
            ..Known::default()
        };
        for (sum, pack) in &memory.packs {
            if same.contains(sum.as_slice()) && (whole || !pack.overlaps) {
                known.packs.insert(sum.clone());
                known.counts.add(pack.counts);
            }
        }
        self.mark_packed(&mut known);
        for (id, slot) in store.loose_ids().zip(store.packed()..) {
            let first = store.find(id).unwrap_or(slot);
            let state = match memory.loose.get(id) {
                Some(_) => State::Clean,
                None => known.state(first),
            };
            if let Some(Some(bytes)) = memory.loose.get(id)
                && first == slot
            {
                let (blobs, bytes) = (1, *bytes);
                known.counts.add(Counts { blobs, bytes });
            }
            known.set(slot, state);
        }
        let again = memory.again.iter();
        for slot in again.flat_map(|again| store.copies(&again.id)) {
            if known.state(slot) == State::Clean {
                known.set(slot, State::Again);
            }
        }
        known
    }

    /// Of what is to be looked at again, all whose places are known.
    #[must_use]
    pub fn placed<'m>(&self, memory: &'m Memory, known: &Known) -> Vec<(Oid, &'m Places)> {
        let is_again = |id: &Oid| {
            let mut states = self.store().copies(id).map(|slot| known.state(slot));
            let first = states.next();
            first == Some(State::Again) && states.all(|state| state == State::Again)
        };
        let placed = |again: &'m Again| {
            let places = again.places.as_ref()?;
            is_again(&again.id).then_some((again.id, places))
        };
        memory.again.iter().filter_map(placed).collect()
    }

    /// Marks what known packs hold, wherever else it stands.
    fn mark_packed(&self, known: &mut Known) {
        let is_known = |pack: &&Pack| {
            let sum = pack.index.pack_checksum();
            sum.is_some_and(|sum| known.packs.contains(sum))
        };
        let store = self.store();
        let packs: Vec<&Pack> = store
            .packs()
            .map(|(pack, _)| pack)
            .filter(is_known)
            .collect();
        let mut clean = Vec::new();
        for (pack, start) in store.packs() {
            let slots = start..start + pack.index.count();
            if is_known(&pack) {
                clean.push(slots);
                continue;
            }
            for (number, slot) in (0..).zip(slots) {
                let id = pack.index.id(number);
                let elsewhere = |id: Oid| packs.iter().any(|other| other.index.holds(&id));
                if id.is_some_and(elsewhere) {
                    clean.push(slot..slot + 1);
                }
            }
        }
        for slot in clean.into_iter().flatten() {
            known.set(slot, State::Clean);
        }
    }

    /// What is known after everything not yet known was looked at: `tally` counted it, `again` are the objects with
    /// findings and those that could not be read.
    #[must_use]
    pub fn learn(
        &self,
        memory: &Memory,
        known: &Known,
        tally: &Tally,
        mut again: Vec<Again>,
    ) -> Memory {
        let store = self.store();
        again.sort_by_key(|again| again.id);
        again.dedup_by_key(|again| again.id);
        let mut packs: BTreeMap<Vec<u8>, PackMemory> = BTreeMap::new();
        for (pack, start) in store.packs() {
            let Some(sum) = pack.index.pack_checksum() else {
                continue;
            };
            let entry = packs.entry(sum.to_vec()).or_default();
            entry.stamps.insert(pack.stamp());
            if let Some(old) = memory.packs.get(sum).filter(|_| known.packs.contains(sum)) {
                (entry.counts, entry.overlaps) = (old.counts, old.overlaps);
                continue;
            }
            // The same pack may be here twice, borrowed from another repository.
            entry
                .counts
                .add(tally.packs.get(&start).copied().unwrap_or_default());
            entry.overlaps |= (start..start + pack.index.count())
                .any(|slot| store.is_copy(slot) || known.state(slot) != State::New);
        }
        let sizes: HashMap<&Oid, u64> =
            tally.loose.iter().map(|(id, bytes)| (id, *bytes)).collect();
        let loose = store.loose_ids().take(MOST_LOOSE).map(|id| {
            let old = memory.loose.get(id).copied().flatten();
            (*id, sizes.get(id).copied().or(old))
        });
        Memory {
            packs,
            loose: loose.collect(),
            again,
            views: memory.views.clone(),
        }
    }
}

impl Memory {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        *self == Self::default()
    }

    /// The whole answer that was given to this question.
    #[must_use]
    pub fn view(&self, key: &ViewKey) -> Option<&View> {
        self.views
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, view)| view)
    }

    /// Where everything stands in an object, if that is known.
    #[must_use]
    pub fn places(&self, id: &Oid) -> Option<&Places> {
        let at = self.again.binary_search_by_key(id, |again| again.id).ok()?;
        self.again.get(at)?.places.as_ref()
    }

    /// Forgets what can be missed: the oldest answer, at last all places. Whether there was something to forget.
    pub(super) fn shrink(&mut self) -> bool {
        let has_places = |again: &Again| again.places.is_some();
        if self.views.len() < 2 && self.again.iter().any(has_places) {
            self.again.iter_mut().for_each(|again| again.places = None);
            return true;
        }
        self.views.pop().is_some()
    }

    /// Remembers a whole answer.
    pub fn add_view(&mut self, key: ViewKey, view: View) {
        self.views.retain(|(known, _)| *known != key);
        self.views.insert(0, (key, view));
        self.views.truncate(MOST_VIEWS);
    }
}

/// Whole answers that are remembered.
const MOST_VIEWS: usize = 2;
/// Loose objects that are remembered; git packs them long before.
const MOST_LOOSE: usize = 200_000;
