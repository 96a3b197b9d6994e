//! Makes the bytes of an object: inflated, or inflated as a delta and applied to a base.

use super::delta::{self, Edits};
use super::forest::Forest;
use super::inflate::{Buffer, Inflater};
use super::oid::{Damage, Kind};
use super::pack::Base;
use super::store::{Place, Slot, Store};

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
    pub(super) fn full(&mut self, slot: Slot, out: &mut Buffer) -> Result<Kind, Damage> {
        match self.store.place(slot).ok_or(Damage::Missing)? {
            Place::Loose(loose) => {
                self.store
                    .read_loose(loose, self.limit, &mut self.inflater, out)
            }
            Place::Pack(pack, position) => {
                let offset = pack
                    .index
                    .offset(position)
                    .ok_or(Damage::Format("pack index"))?;
                let entry = pack.entry(offset)?;
                let Base::None(kind) = entry.base else {
                    return Err(Damage::Base);
                };
                if entry.len > self.limit {
                    return Err(Damage::TooLarge(entry.len, self.limit));
                }
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
    ) -> Result<(), Damage> {
        let Some(Place::Pack(pack, position)) = self.store.place(slot) else {
            return Err(Damage::Missing);
        };
        let offset = pack
            .index
            .offset(position)
            .ok_or(Damage::Format("pack index"))?;
        let entry = pack.entry(offset)?;
        if entry.len > self.limit {
            return Err(Damage::TooLarge(entry.len, self.limit));
        }
        pack.inflate(&entry, &mut self.inflater, &mut self.instructions)?;
        delta::apply(
            base,
            self.instructions.as_slice(),
            self.limit,
            out,
            &mut self.edits,
        )
    }

    /// An object whatever way it is stored, from the nearest base that `held` has the bytes of.
    pub(super) fn chain<'h>(
        &mut self,
        forest: &Forest,
        slot: Slot,
        held: impl Fn(Slot) -> Option<&'h [u8]>,
    ) -> Result<(Option<Kind>, Buffer), Damage> {
        let mut chain = vec![slot];
        let mut source = held(slot);
        let mut at = slot;
        while source.is_none()
            && let Some(base) = forest.base(at)
        {
            source = held(base);
            at = base;
            chain.push(base);
            if chain.len() > self.store.slots() {
                return Err(Damage::Base);
            }
        }
        chain.pop();
        let (mut bytes, mut next) = (Buffer::default(), Buffer::default());
        let mut kind = None;
        match source {
            Some(source) => bytes.room(source.len()).copy_from_slice(source),
            None => kind = Some(self.full(at, &mut bytes)?),
        }
        for slot in chain.into_iter().rev() {
            self.delta(slot, bytes.as_slice(), &mut next)?;
            std::mem::swap(&mut bytes, &mut next);
        }
        Ok((kind, bytes))
    }
}
