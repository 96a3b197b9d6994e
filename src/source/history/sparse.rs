//! Something for some of many slots, in little memory: a bit for each slot says which have it, and counts of bits where.
//!
//! Commits are few among objects, and trees that lead to something that matters often are.

use super::store::Slot;

/// Values of some slots.
pub(super) struct Sparse<T> {
    /// A bit for each slot.
    bits: Vec<u64>,
    /// Bits set before each word of them.
    before: Vec<u32>,
    /// One for each bit that is set.
    values: Vec<T>,
}

impl<T: Copy> Sparse<T> {
    /// Room for these slots of `count`, with `value` for each.
    pub(super) fn new(count: usize, slots: impl Iterator<Item = Slot>, value: T) -> Self {
        let mut bits = vec![0u64; count.div_ceil(64)];
        for slot in slots {
            if let Some(word) = bits.get_mut(slot as usize / 64) {
                *word |= 1 << (slot % 64);
            }
        }
        let mut all = 0;
        let counted = bits.iter().map(|word| {
            let before = all;
            all += word.count_ones();
            before
        });
        let before = counted.collect();
        Self {
            bits,
            before,
            values: vec![value; all as usize],
        }
    }

    /// The value of a slot; none of one without room.
    pub(super) fn get(&self, slot: Slot) -> Option<T> {
        self.values.get(self.at(slot)?).copied()
    }

    /// Gives a slot another value; one without room is passed over.
    pub(super) fn set(&mut self, slot: Slot, value: T) {
        let at = self.at(slot);
        if let Some(place) = at.and_then(|at| self.values.get_mut(at)) {
            *place = value;
        }
    }

    fn at(&self, slot: Slot) -> Option<usize> {
        let word = *self.bits.get(slot as usize / 64)?;
        let bit = 1u64 << (slot % 64);
        let before = *self.before.get(slot as usize / 64)?;
        let within = (word & (bit - 1)).count_ones();
        (word & bit != 0).then_some((before + within) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Random;
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn it_is_a_map() {
        for (count, share) in [(0, 1), (1, 1), (64, 1), (65, 2), (1000, 3), (4096, 50)] {
            let mut random = Random::new(count as u64);
            let slots: Vec<Slot> = (0..count as Slot)
                .filter(|_| random.below(share) == 0)
                .collect();
            let mut sparse = Sparse::new(count, slots.iter().rev().copied(), Slot::MAX);
            let mut map: BTreeMap<Slot, u32> =
                slots.iter().map(|slot| (*slot, Slot::MAX)).collect();
            for round in 0..3 {
                for slot in 0..count as Slot + 200 {
                    assert_eq!(sparse.get(slot), map.get(&slot).copied(), "{count} {slot}");
                    if random.below(2) == 0 {
                        sparse.set(slot, slot * 3 + round);
                        map.entry(slot).and_modify(|old| *old = slot * 3 + round);
                    }
                }
            }
        }
    }
}
