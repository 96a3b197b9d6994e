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

    /// An object whatever way it is stored, from the start of its chain of deltas.
    pub(super) fn chain(&mut self, forest: &Forest, slot: Slot) -> Result<(Kind, Buffer), Damage> {
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
        let kind = self.full(root, &mut bytes)?;
        for slot in chain.into_iter().rev() {
            self.delta(slot, bytes.as_slice(), &mut next)?;
            std::mem::swap(&mut bytes, &mut next);
        }
        Ok((kind, bytes))
    }
}
