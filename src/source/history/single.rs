//! Reads objects one by one, for a few of them, where a walk over all would cost more than it saves. What their deltas
//! were made from is kept for a while, as the next object is often made from the same.

use super::decode::Wait;
use super::delta::{self, Edits};
use super::inflate::{Buffer, Inflater};
use super::oid::{Damage, Kind, Oid};
use super::pack::{Base, Entry, Pack};
use super::share::HUGE;
use super::store::{Place, Store};
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

/// The number of a pack, and the byte of that pack at which the object starts.
type Key = (usize, u64);

/// A pack by its number among those that are read from, and the byte at which the object starts.
type Spot<'p> = (usize, &'p Pack, u64);

/// What deltas lead to.
enum Found {
    Whole(Whole),
    /// The object of this id, which is not in their pack.
    Elsewhere(Oid),
}

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
        let place = self.store.locate(id).ok_or(Damage::Missing)?;
        let mut single = self.single.lock().unwrap_or_else(PoisonError::into_inner);
        let (kind, bytes) = single.read(&self.store, place, &mut |_| ())?;
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
        let mut places = Vec::with_capacity(ids.len());
        for id in ids {
            places.push((self.store.locate(id).ok_or(Damage::Missing)?, id));
        }
        places.sort_by_key(|(place, id)| match place {
            Place::Pack(_, number, offset) => (*number, *offset, *id),
            Place::Loose(_) => (usize::MAX, 0, *id),
        });
        let read = |places: &[(Place<'_>, &Oid)]| {
            let (mut single, mut visitor) = (Single::default(), make());
            for (place, id) in places {
                let mut held = None;
                let mut wait = |len| {
                    if len > HUGE && held.is_none() {
                        held = Some(self.big.wait());
                    }
                };
                let (kind, bytes) = single.read(&self.store, *place, &mut wait)?;
                visit(&mut visitor, id, kind, &bytes);
            }
            Ok(visitor)
        };
        let read = &read;
        let each = places.len().div_ceil(threads.max(1)).max(1);
        std::thread::scope(|scope| {
            let others: Vec<_> = places
                .chunks(each)
                .map(|places| scope.spawn(move || read(places)))
                .collect();
            let join = |other: std::thread::ScopedJoinHandle<'_, _>| match other.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            };
            others.into_iter().map(join).collect()
        })
    }
}

impl Single {
    /// An object whatever way it is stored.
    pub(super) fn read<'s>(
        &mut self,
        store: &'s Store,
        mut place: Place<'s>,
        wait: Wait<'_>,
    ) -> Result<Whole, Damage> {
        let mut deltas = Vec::new();
        let whole = loop {
            let spot = match place {
                Place::Pack(pack, number, offset) => (number, pack, offset),
                Place::Loose(loose) => {
                    let mut out = Buffer::default();
                    let read = store.read_loose(loose, LARGEST, &mut self.inflater, &mut out, wait);
                    match read {
                        Err(Damage::Missing) => {
                            let later = store.later().ok_or(Damage::Missing)?;
                            let place = later.locate(&loose.id).ok_or(Damage::Missing)?;
                            break Self::default().read(later, place, wait)?;
                        }
                        read => break (read?, Arc::new(out.into_vec())),
                    }
                }
            };
            if deltas.len() > store.slots() {
                return Err(Damage::Base);
            }
            match self.down(spot, LARGEST, wait, &mut deltas)? {
                Found::Whole(whole) => break whole,
                Found::Elsewhere(id) => place = store.locate(&id).ok_or(Damage::Base)?,
            }
        };
        self.up(whole, deltas, LARGEST, wait)
    }

    /// An object of a pack that no other pack has a part of, as git completes the packs it takes in.
    pub(super) fn packed(&mut self, spot: Spot<'_>, limit: u64) -> Result<Whole, Damage> {
        let mut deltas = Vec::new();
        let wait = &mut |_| ();
        match self.down(spot, limit, wait, &mut deltas)? {
            Found::Whole(whole) => self.up(whole, deltas, limit, wait),
            Found::Elsewhere(_) => Err(Damage::Base),
        }
    }

    /// Follows deltas to what they are made from, as far as that is in the same pack.
    fn down<'p>(
        &mut self,
        (number, pack, mut offset): Spot<'p>,
        limit: u64,
        wait: Wait<'_>,
        deltas: &mut Vec<(Key, &'p Pack, Entry)>,
    ) -> Result<Found, Damage> {
        for _ in 0..=pack.index.count() {
            let key = (number, offset);
            if let Some(whole) = self.recent.get(&key) {
                return Ok(Found::Whole(whole));
            }
            let entry = pack.entry(offset)?;
            if entry.len > limit {
                return Err(Damage::TooLarge(entry.len, limit));
            }
            let base = match entry.base {
                Base::None(kind) => {
                    let mut out = Buffer::default();
                    wait(entry.len);
                    pack.inflate(&entry, &mut self.inflater, &mut out)?;
                    let bytes = Arc::new(out.into_vec());
                    self.recent.put(key, (kind, Arc::clone(&bytes)));
                    return Ok(Found::Whole((kind, bytes)));
                }
                Base::Offset(base) => Ok(base),
                Base::Id(id) => pack.index.offset_of(&id).ok_or(id),
            };
            deltas.push((key, pack, entry));
            match base {
                Ok(base) => offset = base,
                Err(id) => return Ok(Found::Elsewhere(id)),
            }
        }
        // They go round in a circle.
        Err(Damage::Base)
    }

    /// Applies deltas, the last one first.
    fn up(
        &mut self,
        (kind, mut bytes): Whole,
        deltas: Vec<(Key, &Pack, Entry)>,
        limit: u64,
        wait: Wait<'_>,
    ) -> Result<Whole, Damage> {
        for (key, pack, entry) in deltas.into_iter().rev() {
            bytes = Arc::new(self.apply(pack, &entry, &bytes, limit, wait)?);
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
