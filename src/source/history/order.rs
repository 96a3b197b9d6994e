//! The objects of a pack in the order of the pack, by which everything else numbers them.
//!
//! What is made from each other, and what one commit brought in, stands together there. By their ids, as the index has
//! them, neighbours have nothing to do with each other, and a walk would wait for memory at every step.

/// The order of one pack's objects. A number is a place in that order, a position one in the order of ids.
pub(super) struct Order {
    /// The low half of each offset.
    low: Vec<u32>,
    /// From which numbers on the high half is another than 0.
    high: Vec<(u32, u32)>,
    /// By number.
    positions: Vec<u32>,
    /// By position.
    numbers: Vec<u32>,
}

impl Order {
    /// Of a pack of `bytes` bytes whose index tells these offsets, in the order of ids.
    pub(super) fn new<I>(bytes: u64, offsets: impl Fn() -> I) -> Self
    where
        I: ExactSizeIterator<Item = u64>,
    {
        let count = offsets().len();
        let mut shift = 4;
        while bytes >> shift > count as u64 / 2 + 1 {
            shift += 1;
        }
        let last = (bytes >> shift) as usize;
        // A false offset past the end of the pack goes in the last bucket.
        let bucket = |offset: u64| usize::try_from(offset >> shift).unwrap_or(last).min(last);
        let mut buckets = vec![0u32; last + 2];
        for offset in offsets() {
            buckets[bucket(offset) + 1] += 1;
        }
        for at in 1..buckets.len() {
            buckets[at] += buckets[at - 1];
        }
        let mut ends = buckets.clone();
        let mut sorted = vec![(0, 0); count];
        for (offset, position) in offsets().zip(0u32..) {
            let end = &mut ends[bucket(offset)];
            sorted[*end as usize] = (offset, position);
            *end += 1;
        }
        for pair in buckets.windows(2) {
            sorted[pair[0] as usize..pair[1] as usize].sort_unstable();
        }
        drop((buckets, ends));
        Self::of(&sorted)
    }

    /// Of offsets and positions, sorted.
    fn of(sorted: &[(u64, u32)]) -> Self {
        let mut high = Vec::new();
        let mut last = 0;
        for (number, (offset, _)) in (0..).zip(sorted) {
            let half = (offset >> 32) as u32;
            if half != last {
                high.push((number, half));
                last = half;
            }
        }
        let mut numbers = vec![0; sorted.len()];
        for (number, (_, position)) in (0..).zip(sorted) {
            numbers[*position as usize] = number;
        }
        Self {
            low: sorted.iter().map(|(offset, _)| *offset as u32).collect(),
            high,
            positions: sorted.iter().map(|(_, position)| *position).collect(),
            numbers,
        }
    }

    /// The byte of the pack at which an object starts.
    pub(super) fn offset(&self, number: u32) -> Option<u64> {
        let low = u64::from(*self.low.get(number as usize)?);
        if self.high.is_empty() {
            return Some(low);
        }
        let before = self.high.partition_point(|(first, _)| *first <= number);
        let high = before.checked_sub(1).and_then(|at| self.high.get(at));
        Some(high.map_or(0, |(_, half)| u64::from(*half)) << 32 | low)
    }

    /// The object that starts at this byte, one of those before `number`: near to it, as git writes packs.
    pub(super) fn starting_at(&self, offset: u64, number: u32) -> Option<u32> {
        let mut end = number.min(self.low.len() as u32);
        let mut step = 1;
        let mut start = end;
        while start > 0 {
            start = end.saturating_sub(step);
            if self.offset(start)? <= offset {
                break;
            }
            (end, step) = (start, step.saturating_mul(2));
        }
        while start < end {
            let middle = start + (end - start) / 2;
            match self.offset(middle)?.cmp(&offset) {
                std::cmp::Ordering::Less => start = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => end = middle,
            }
        }
        None
    }

    /// Where the object is in the order of ids.
    pub(super) fn position(&self, number: u32) -> Option<u32> {
        self.positions.get(number as usize).copied()
    }

    /// The number of the object at a position in the order of ids.
    pub(super) fn number(&self, position: u32) -> Option<u32> {
        self.numbers.get(position as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Random;
    use super::*;

    #[test]
    fn objects_are_found_by_where_they_start() {
        let long = 5 << 32;
        for (count, apart) in [(0, 1), (1, 1), (2, 9), (700, 90), (700, long / 100)] {
            let mut random = Random::new(count as u64 + apart);
            let mut offsets: Vec<u64> = (0..count).map(|at| 12 + at as u64 * apart).collect();
            // In the order of ids they stand anyhow.
            for at in 1..offsets.len() {
                offsets.swap(at, random.below(at + 1));
            }
            let bytes = offsets.iter().max().unwrap_or(&0) + 30;
            let order = Order::new(bytes, || offsets.iter().copied());
            let mut sorted = offsets.clone();
            sorted.sort_unstable();
            for (number, offset) in (0..).zip(&sorted) {
                assert_eq!(order.offset(number), Some(*offset));
                let position = order.position(number).expect("it has one");
                assert_eq!(offsets[position as usize], *offset);
                assert_eq!(order.number(position), Some(number));
                for after in [number + 1, number + 7, count as u32, u32::MAX] {
                    assert_eq!(order.starting_at(*offset, after), Some(number));
                }
                for not in [*offset + 1, offset.wrapping_sub(1)] {
                    let is_one = apart == 1 && sorted.contains(&not);
                    assert_eq!(order.starting_at(not, count as u32).is_some(), is_one);
                }
                assert_eq!(order.starting_at(*offset, number), None);
            }
            assert_eq!(order.offset(count as u32), None);
            assert_eq!(order.position(count as u32), None);
        }
    }

    #[test]
    fn false_offsets_are_only_false() {
        let offsets = [u64::MAX, 12, 12, 1 << 40, 7];
        let order = Order::new(100, || offsets.iter().copied());
        let all: Vec<_> = (0..5).map_while(|number| order.offset(number)).collect();
        assert_eq!(all, [7, 12, 12, 1 << 40, u64::MAX]);
        assert!(order.starting_at(12, 5).is_some());
    }
}
