//! Reads objects one by one, for a few of them, where a walk over all would cost more than it saves. What their deltas
//! were made from is kept for a while, as the next object is often made from the same.

use super::decode::Wait;
use super::delta::{self, Edits};
use super::inflate::{Buffer, Inflater};
use super::oid::{Damage, Kind, Oid};
use super::pack::{Base, Entry, Pack};
use super::share::HUGE;
use super::store::{Place, Slot, Store};
use super::{LARGEST, Repository};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};

/// What is needed to read objects, and what was read last.
pub(super) struct Single {
    inflater: Inflater,
    instructions: Buffer,
    edits: Edits,
    recent: Recent,
}

/// Objects as packs hold them, the one used longest ago first to go.
#[derive(Default)]
struct Recent {
    held: HashMap<Key, (u64, Whole)>,
    /// By when they were used.
    order: BTreeMap<u64, Key>,
    clock: u64,
    bytes: usize,
}

/// The first slot of a pack, and the byte of that pack at which the object starts.
type Key = (Slot, u64);

/// An object.
pub(super) type Whole = (Kind, Arc<Vec<u8>>);

impl Default for Single {
    fn default() -> Self {
        Self {
            inflater: Inflater::new(),
            instructions: Buffer::default(),
            edits: Edits::default(),
            recent: Recent::default(),
        }
    }
}

impl Repository {
    /// Reads one object.
    ///
    /// # Errors
    /// When it is missing, damaged, or larger than 512 MiB.
    pub fn read(&self, id: &Oid) -> Result<(Kind, Vec<u8>), Damage> {
        let slot = self.first_slot(id)?;
        let mut single = self.single.lock().unwrap_or_else(PoisonError::into_inner);
        let (kind, bytes) = single.read(&self.store, slot, &mut |_| ())?;
        Ok((kind, Arc::unwrap_or_clone(bytes)))
    }

    /// Reads some objects, neighbours one after the other, on `threads` threads. Each makes its visitor with `make` and
    /// has it told of its objects with `visit`. Of objects over 32 MiB one at a time is held, whatever the number of threads.
    ///
    /// # Errors
    /// When one of them is missing, damaged, or larger than 512 MiB.
    pub fn read_each<V: Send>(
        &self,
        ids: &[Oid],
        threads: usize,
        make: impl Fn() -> V + Sync,
        visit: impl Fn(&mut V, &Oid, Kind, &[u8]) + Sync,
    ) -> Result<Vec<V>, Damage> {
        let mut slots = Vec::with_capacity(ids.len());
        for id in ids {
            let slot = self.first_slot(id)?;
            let offset = match self.store.place(slot) {
                Some(Place::Pack(pack, position)) => pack.index.offset(position),
                _ => None,
            };
            slots.push((self.store.pack_range(slot).start, offset, slot, id));
        }
        slots.sort_unstable();
        let read = |slots: &[(Slot, Option<u64>, Slot, &Oid)]| {
            let (mut single, mut visitor) = (Single::default(), make());
            for (.., slot, id) in slots {
                let mut held = None;
                let mut wait = |len| {
                    if len > HUGE && held.is_none() {
                        held = Some(self.big.wait());
                    }
                };
                let (kind, bytes) = single.read(&self.store, *slot, &mut wait)?;
                visit(&mut visitor, id, kind, &bytes);
            }
            Ok(visitor)
        };
        let read = &read;
        let each = slots.len().div_ceil(threads.max(1)).max(1);
        std::thread::scope(|scope| {
            let others: Vec<_> = slots
                .chunks(each)
                .map(|slots| scope.spawn(move || read(slots)))
                .collect();
            let join = |other: std::thread::ScopedJoinHandle<'_, _>| match other.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            others.into_iter().map(join).collect()
        })
    }

    /// Asks each pack: for a few objects, an index over all packs is not worth making.
    fn first_slot(&self, id: &Oid) -> Result<Slot, Damage> {
        self.store.copies(id).next().ok_or(Damage::Missing)
    }
}

impl Single {
    /// An object whatever way it is stored.
    pub(super) fn read(
        &mut self,
        store: &Store,
        slot: Slot,
        wait: Wait<'_>,
    ) -> Result<Whole, Damage> {
        let mut deltas: Vec<(Key, &Pack, Entry)> = Vec::new();
        let mut at = slot;
        let (kind, mut bytes) = 'chain: loop {
            let (pack, position) = match store.place(at).ok_or(Damage::Missing)? {
                Place::Pack(pack, position) => (pack, position),
                Place::Loose(loose) => {
                    let mut out = Buffer::default();
                    let read = store.read_loose(loose, LARGEST, &mut self.inflater, &mut out, wait);
                    match read {
                        Err(Damage::Missing) => {
                            let later = store.later().ok_or(Damage::Missing)?;
                            let slot = later.find(&loose.id).ok_or(Damage::Missing)?;
                            break Self::default().read(later, slot, wait)?;
                        }
                        read => break (read?, Arc::new(out.into_vec())),
                    }
                }
            };
            let start = store.pack_range(at).start;
            let mut offset = pack.index.offset(position);
            loop {
                let key = (start, offset.ok_or(Damage::Format("pack index"))?);
                if let Some(whole) = self.recent.get(&key) {
                    break 'chain whole;
                }
                let entry = pack.entry(key.1)?;
                if entry.len > LARGEST {
                    return Err(Damage::TooLarge(entry.len, LARGEST));
                }
                if deltas.len() > store.slots() {
                    return Err(Damage::Base);
                }
                match entry.base {
                    Base::None(kind) => {
                        let mut out = Buffer::default();
                        wait(entry.len);
                        pack.inflate(&entry, &mut self.inflater, &mut out)?;
                        let bytes = Arc::new(out.into_vec());
                        self.recent.put(key, (kind, Arc::clone(&bytes)));
                        break 'chain (kind, bytes);
                    }
                    Base::Offset(base) => offset = Some(base),
                    Base::Id(id) => match pack.index.find(&id) {
                        Some(position) => offset = pack.index.offset(position),
                        None => {
                            deltas.push((key, pack, entry));
                            at = store.find(&id).ok_or(Damage::Base)?;
                            continue 'chain;
                        }
                    },
                }
                deltas.push((key, pack, entry));
            }
        };
        for (key, pack, entry) in deltas.into_iter().rev() {
            bytes = Arc::new(self.apply(pack, &entry, &bytes, LARGEST, wait)?);
            self.recent.put(key, (kind, Arc::clone(&bytes)));
        }
        Ok((kind, bytes))
    }

    /// An object of a pack, whatever way it is stored there. `number` names the pack among those this reads from.
    pub(super) fn packed(
        &mut self,
        number: u32,
        pack: &Pack,
        start: Option<u64>,
        limit: u64,
    ) -> Result<Whole, Damage> {
        let mut deltas: Vec<(Key, Entry)> = Vec::new();
        let mut offset = start;
        let (kind, mut bytes) = loop {
            let key = (number, offset.ok_or(Damage::Format("pack index"))?);
            if let Some(whole) = self.recent.get(&key) {
                break whole;
            }
            let entry = pack.entry(key.1)?;
            if entry.len > limit {
                return Err(Damage::TooLarge(entry.len, limit));
            }
            if deltas.len() > pack.index.count() as usize {
                return Err(Damage::Base);
            }
            match entry.base {
                Base::None(kind) => {
                    let mut out = Buffer::default();
                    pack.inflate(&entry, &mut self.inflater, &mut out)?;
                    let bytes = Arc::new(out.into_vec());
                    self.recent.put(key, (kind, Arc::clone(&bytes)));
                    break (kind, bytes);
                }
                Base::Offset(base) => offset = Some(base),
                // Git completes the packs that it takes in: a base is in the same one.
                Base::Id(id) => {
                    let position = pack.index.find(&id).ok_or(Damage::Base)?;
                    offset = pack.index.offset(position);
                }
            }
            deltas.push((key, entry));
        };
        for (key, entry) in deltas.into_iter().rev() {
            bytes = Arc::new(self.apply(pack, &entry, &bytes, limit, &mut |_| ())?);
            self.recent.put(key, (kind, Arc::clone(&bytes)));
        }
        if bytes.len() as u64 > limit {
            return Err(Damage::TooLarge(bytes.len() as u64, limit));
        }
        Ok((kind, bytes))
    }

    /// An object from what its own file holds.
    pub(super) fn loose(
        &mut self,
        stream: &[u8],
        limit: u64,
        out: &mut Buffer,
    ) -> Result<Kind, Damage> {
        self.inflater.loose(stream, limit, out, &mut |_| ())
    }

    fn apply(
        &mut self,
        pack: &Pack,
        entry: &Entry,
        base: &[u8],
        limit: u64,
        wait: Wait<'_>,
    ) -> Result<Vec<u8>, Damage> {
        let mut out = Buffer::default();
        wait(entry.len);
        pack.inflate(entry, &mut self.inflater, &mut self.instructions)?;
        let (instructions, edits) = (self.instructions.as_slice(), &mut self.edits);
        wait(delta::target_len(instructions).unwrap_or(0));
        delta::apply(base, instructions, limit, &mut out, edits)?;
        Ok(out.into_vec())
    }
}

impl Recent {
    fn get(&mut self, key: &Key) -> Option<Whole> {
        let (used, whole) = self.held.get_mut(key)?;
        self.order.remove(used);
        self.clock += 1;
        *used = self.clock;
        self.order.insert(self.clock, *key);
        Some(whole.clone())
    }

    fn put(&mut self, key: Key, whole: Whole) {
        // Not its length: room is made in whole pages.
        let size = whole.1.capacity() + OVERHEAD;
        if size > MOST_BYTES / 2 || self.held.contains_key(&key) {
            return;
        }
        self.clock += 1;
        self.bytes += size;
        self.order.insert(self.clock, key);
        self.held.insert(key, (self.clock, whole));
        while self.bytes > MOST_BYTES
            && let Some((_, oldest)) = self.order.pop_first()
        {
            if let Some((_, (_, gone))) = self.held.remove(&oldest) {
                self.bytes -= gone.capacity() + OVERHEAD;
            }
        }
    }
}

/// Objects held, in bytes.
const MOST_BYTES: usize = 16 << 20;
/// What an object that is held takes beside its bytes, about.
const OVERHEAD: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let whole = |len: usize| (Kind::Blob, Arc::new(vec![0; len]));
        let mut recent = Recent::default();
        let third = MOST_BYTES / 3 - OVERHEAD;
        for at in 0..3 {
            recent.put((0, at), whole(third));
        }
        assert!(recent.get(&(0, 0)).is_some());
        recent.put((0, 3), whole(third));
        let held = |recent: &mut Recent, at| recent.get(&(0, at)).is_some();
        assert!(!held(&mut recent, 1), "the oldest");
        assert!(held(&mut recent, 0) && held(&mut recent, 2) && held(&mut recent, 3));
        recent.put((0, 4), whole(MOST_BYTES));
        assert!(
            !held(&mut recent, 4) && held(&mut recent, 0),
            "too large to hold"
        );
        assert!(recent.bytes <= MOST_BYTES && recent.order.len() == recent.held.len());
    }
}
