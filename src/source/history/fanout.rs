//! Where ids of a sorted list begin that have their first bits in common, so that a look-up compares a few instead of halving
//! the whole list: each halving waits for memory.
//!
//! Git's own table does so for the first byte, which leaves thousands of ids of a large repository.

use std::ops::Range;

/// The starts of the ids by their first bits.
pub(super) struct Fanout {
    starts: Vec<u32>,
    shift: u32,
}

impl Fanout {
    /// From the first eight bytes of each id, in order; those out of order may not be found.
    pub(super) fn new(count: u32, prefixes: impl Iterator<Item = u64>) -> Self {
        let bits = count.max(2).ilog2().saturating_sub(1).clamp(1, MOST_BITS);
        let mut fanout = Self {
            starts: Vec::with_capacity((1 << bits) + 1),
            shift: u64::BITS - bits,
        };
        for (position, prefix) in (0..count).zip(prefixes) {
            let bucket = (prefix >> fanout.shift) as usize;
            while fanout.starts.len() <= bucket {
                fanout.starts.push(position);
            }
        }
        fanout.starts.resize((1 << bits) + 1, count);
        fanout
    }

    /// The positions at which an id can stand that begins so.
    pub(super) fn range(&self, prefix: u64) -> Range<u32> {
        let bucket = (prefix >> self.shift) as usize;
        match self.starts.get(bucket..bucket + 2) {
            Some([start, end]) => *start..*end,
            _ => 0..0,
        }
    }
}

/// A table takes 64 MiB at most.
const MOST_BITS: u32 = 24;

#[cfg(test)]
mod tests {
    use super::super::fixture::Random;
    use super::*;

    #[test]
    fn every_prefix_stands_in_its_range() {
        for count in [0, 1, 2, 3, 7, 100, 5000] {
            let mut random = Random::new(u64::from(count) + 3);
            let mut prefixes: Vec<u64> = (0..count)
                .map(|_| random.below(usize::MAX) as u64 ^ (random.below(usize::MAX) as u64) << 20)
                .collect();
            prefixes.sort_unstable();
            let fanout = Fanout::new(count, prefixes.iter().copied());
            for (position, prefix) in (0..count).zip(&prefixes) {
                let range = fanout.range(*prefix);
                assert!(range.contains(&position), "{count}: {range:?}");
                let near = prefixes.get(range.start as usize..range.end as usize);
                assert!(near.is_some(), "{count}: {range:?}");
            }
            for prefix in [0, u64::MAX] {
                assert!(fanout.range(prefix).end <= count);
            }
        }
    }

    #[test]
    fn ids_out_of_order_stay_within_bounds() {
        let prefixes = [9u64 << 60, 1 << 60, 15 << 60, 2 << 60];
        let fanout = Fanout::new(4, prefixes.into_iter());
        for first in 0..16u64 {
            let range = fanout.range(first << 60);
            assert!(range.start <= range.end && range.end <= 4);
        }
    }
}
