//! Makes the bytes of an object: inflated, or inflated as a delta and applied to a base.

use super::delta::{self, Edits};
use super::forest::Forest;
use super::inflate::{Buffer, Inflater};
use super::oid::{Damage, Kind};
use super::pack::{Base, Entry, Pack};
use super::single::Single;
use super::store::{Place, Slot, Store};
use std::sync::Arc;

/// Told how many bytes are about to be held.
pub(super) type Wait<'w> = &'w mut dyn FnMut(u64);

/// Decodes; one a thread.
pub(super) struct Decoder<'s> {
    store: &'s Store,
    inflater: Inflater,
    instructions: Buffer,
    pub(super) edits: Edits,
    /// Largest object held in memory, in bytes.
    limit: u64,
}

impl<'s> Decoder<'s> {
    pub(super) fn new(store: &'s Store, limit: u64) -> Self {
        let (inflater, instructions, edits) =
            (Inflater::new(), Buffer::default(), Edits::default());
        Self {
            store,
            inflater,
            instructions,
            edits,
            limit,
        }
    }

    /// An object stored in full.
    pub(super) fn full(
        &mut self,
        slot: Slot,
        out: &mut Buffer,
        wait: Wait<'_>,
    ) -> Result<Kind, Damage> {
        match self.store.place(slot).ok_or(Damage::Missing)? {
            Place::Loose(loose) => {
                let read = self
                    .store
                    .read_loose(loose, self.limit, &mut self.inflater, out, wait);
                match read {
                    Err(Damage::Missing) => {
                        let later = self.store.later().ok_or(Damage::Missing)?;
                        let place = later.locate(&loose.id).ok_or(Damage::Missing)?;
                        let (kind, bytes) = Single::default().read(later, place, wait)?;
                        *out = Arc::unwrap_or_clone(bytes).into();
                        Ok(kind)
                    }
                    read => read,
                }
            }
            Place::Pack(pack, _, offset) => {
                let entry = pack.entry(offset)?;
                let Base::None(kind) = entry.base else {
                    return Err(Damage::Base);
                };
                if entry.len > self.limit {
                    return Err(Damage::TooLarge(entry.len, self.limit));
                }
                wait(entry.len);
                pack.inflate(&entry, &mut self.inflater, out)?;
                Ok(kind)
            }
        }
    }

    /// An object stored as a delta of `base`; [`Self::edits`] then tells how it was made.
    pub(super) fn delta(
        &mut self,
        slot: Slot,
        base: &[u8],
        out: &mut Buffer,
        wait: Wait<'_>,
    ) -> Result<(), Damage> {
        let Some(Place::Pack(pack, _, offset)) = self.store.place(slot) else {
            return Err(Damage::Missing);
        };
        let entry = pack.entry(offset)?;
        if entry.len > self.limit {
            return Err(Damage::TooLarge(entry.len, self.limit));
        }
        self.apply(pack, &entry, base, out, wait)
    }

    fn apply(
        &mut self,
        pack: &Pack,
        entry: &Entry,
        base: &[u8],
        out: &mut Buffer,
        wait: Wait<'_>,
    ) -> Result<(), Damage> {
        wait(entry.len);
        pack.inflate(entry, &mut self.inflater, &mut self.instructions)?;
        wait(delta::target_len(self.instructions.as_slice()).unwrap_or(0));
        delta::apply(
            base,
            self.instructions.as_slice(),
            self.limit,
            out,
            &mut self.edits,
        )
    }

    /// An object whatever way it is stored, from the start of its chain of deltas.
    pub(super) fn chain(
        &mut self,
        forest: &Forest,
        slot: Slot,
        wait: Wait<'_>,
    ) -> Result<(Kind, Buffer), Damage> {
        let mut chain = Vec::new();
        let mut root = slot;
        while let Some(base) = forest.base(root) {
            chain.push(root);
            root = base;
            if chain.len() > self.store.slots() {
                return Err(Damage::Base);
            }
        }
        let (mut bytes, mut next) = (Buffer::default(), Buffer::default());
        let kind = self.full(root, &mut bytes, wait)?;
        for slot in chain.into_iter().rev() {
            self.delta(slot, bytes.as_slice(), &mut next, wait)?;
            std::mem::swap(&mut bytes, &mut next);
        }
        Ok((kind, bytes))
    }
}
