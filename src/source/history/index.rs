//! Pack indexes (`.idx`, versions 1 and 2): which objects a pack holds, and where.
//!
//! Format: <https://git-scm.com/docs/pack-format>. Nothing in the file is trusted: every access is bounds-checked, and ids
//! out of order only make look-ups fail.

use super::both::both;
use super::fanout::Fanout;
use super::oid::{Damage, HashKind, Oid};
use super::order::Order;
use memmap2::Mmap;
use std::cmp::Ordering;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

/// A mapped pack index. Objects have numbers: their places in the order of the pack.
pub(super) struct Index {
    map: Mmap,
    hash: HashKind,
    count: u32,
    version: Version,
    fine: OnceLock<Fanout>,
    /// Made when the first number is asked for.
    order: OnceLock<Order>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl Index {
    pub(super) fn open(path: &Path, hash: HashKind) -> Result<Self, Damage> {
        let map = super::map::map(path)?;
        let damage = Damage::Format("pack index");
        let version = match map.get(..8) {
            Some([0xff, b't', b'O', b'c', 0, 0, 0, 2]) => Version::Two,
            Some([0xff, b't', b'O', b'c', ..]) => {
                return Err(Damage::Format("version of the pack index"));
            }
            Some(_) => Version::One,
            None => return Err(damage),
        };
        let mut index = Self {
            map,
            hash,
            count: 0,
            version,
            fine: OnceLock::new(),
            order: OnceLock::new(),
        };
        let fanout: Option<Vec<u32>> = (0..=255).map(|byte| index.fanout(byte)).collect();
        let fanout = fanout.ok_or(damage.clone())?;
        index.count = *fanout.last().ok_or(damage.clone())?;
        let tail = index.table(index.count).ok_or(damage.clone())?.end + 2 * hash.len();
        if !fanout.is_sorted() || index.map.len() < tail || !index.agrees_with(&fanout) {
            return Err(damage);
        }
        Ok(index)
    }

    /// Whether ids begin where the table of first bytes says: a table that lies hides objects from look-ups.
    fn agrees_with(&self, fanout: &[u32]) -> bool {
        let first = |position: u32| Some(usize::from(*self.raw_id(position)?.first()?));
        fanout.iter().enumerate().all(|(byte, end)| {
            let last = end.checked_sub(1).and_then(first);
            let next = first(*end).filter(|_| *end < self.count);
            last.is_none_or(|last| last <= byte) && next.is_none_or(|next| next > byte)
        })
    }

    /// How many objects there are.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// The id of an object.
    pub(super) fn id(&self, number: u32) -> Option<Oid> {
        Oid::new(self.hash, self.raw_id(self.order().position(number)?)?)
    }

    /// The first bytes of all ids, in their order, and the numbers of the objects.
    pub(super) fn prefixes(&self) -> impl Iterator<Item = (u64, u32)> {
        let prefix = |position| Some(u64::from_be_bytes(*self.raw_id(position)?.first_chunk()?));
        let order = self.order();
        (0..self.count).filter_map(move |at| Some((prefix(at)?, order.number(at)?)))
    }

    /// The byte of the pack at which an object starts.
    pub(super) fn offset(&self, number: u32) -> Option<u64> {
        self.order().offset(number)
    }

    /// The same by id, for a few objects.
    pub(super) fn offset_of(&self, id: &Oid) -> Option<u64> {
        self.offset_at(self.position(id)?)
    }

    /// Whether it has an object.
    pub(super) fn holds(&self, id: &Oid) -> bool {
        self.position(id).is_some()
    }

    /// The object that starts at this byte, one of those before `number`.
    pub(super) fn starting_at(&self, offset: u64, number: u32) -> Option<u32> {
        self.order().starting_at(offset, number)
    }

    fn order(&self) -> &Order {
        self.order.get_or_init(|| {
            let offset = |position| self.offset_at(position).unwrap_or(u64::MAX);
            let bytes = (0..self.count)
                .map(offset)
                .filter(|offset| *offset < u64::MAX);
            Order::new(bytes.max().unwrap_or(0), || (0..self.count).map(offset))
        })
    }

    fn offset_at(&self, position: u32) -> Option<u64> {
        if position >= self.count {
            return None;
        }
        let (count, hash) = (self.count as usize, self.hash.len());
        if self.version == Version::One {
            return self
                .u32_at(V1_IDS + position as usize * (hash + 4))
                .map(u64::from);
        }
        let offsets = V2_IDS + count * (hash + 4);
        let short = self.u32_at(offsets + position as usize * 4)?;
        if short & LONG == 0 {
            return Some(u64::from(short));
        }
        let at = offsets + count * 4 + (short & !LONG) as usize * 8;
        let bytes = self.map.get(at..at + 8)?.first_chunk()?;
        (at + 8 <= self.map.len() - 2 * hash).then(|| u64::from_be_bytes(*bytes))
    }

    /// The number of an object.
    pub(super) fn find(&self, id: &Oid) -> Option<u32> {
        self.order().number(self.position(id)?)
    }

    /// Where an id is in their order.
    fn position(&self, id: &Oid) -> Option<u32> {
        self.within(self.near(id)?, id)
    }

    /// The positions of ids that begin as this one.
    fn near(&self, id: &Oid) -> Option<Range<u32>> {
        match self.fine.get() {
            Some(fine) => Some(fine.range(id.prefix())),
            None => self.range(*id.as_bytes().first()?),
        }
    }

    fn within(&self, positions: Range<u32>, id: &Oid) -> Option<u32> {
        let key = id.prefix();
        let Range {
            start: mut low,
            end: mut high,
        } = positions;
        while low < high {
            let middle = low + (high - low) / 2;
            let raw = self.raw_id(middle)?;
            let value = u64::from_be_bytes(*raw.first_chunk()?);
            match value.cmp(&key).then_with(|| raw.cmp(id.as_bytes())) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The numbers of many objects, each with its place among `ids`. Every look-up waits for memory; here many wait together.
    pub(super) fn find_all(&self, ids: &[Oid], mut told: impl FnMut(usize, Option<u32>)) {
        let mut ranges = [const { None }; TOGETHER];
        let mut found = [None; TOGETHER];
        for (first, ids) in (0..).step_by(TOGETHER).zip(ids.chunks(TOGETHER)) {
            for (range, id) in ranges.iter_mut().zip(ids) {
                *range = self.near(id);
            }
            // Nothing depends on what is read here, so that one need not wait for the other.
            let reads = ranges.iter().take(ids.len()).flatten();
            let read = |range: &Range<u32>| self.raw_id(range.start)?.first().copied();
            std::hint::black_box(reads.filter_map(read).fold(0, |all, byte| all ^ byte));
            for ((found, range), id) in found.iter_mut().zip(&mut ranges).zip(ids) {
                *found = range.take().and_then(|range| self.within(range, id));
            }
            for (at, found) in (first..).zip(found).take(ids.len()) {
                told(at, found.and_then(|position| self.order().number(position)));
            }
        }
    }

    /// Makes ready for many look-ups. Costs about as much as reading the ids once.
    pub(super) fn quicken(&self, threads: usize) {
        let fine = || {
            let ids = (0..self.count).map_while(|position| self.raw_id(position)?.first_chunk());
            Fanout::new(self.count, ids.map(|first| u64::from_be_bytes(*first)))
        };
        let order = || {
            self.order();
        };
        both(threads, || self.fine.get_or_init(fine), order);
    }

    /// What the last bytes of the pack must be.
    pub(super) fn pack_checksum(&self) -> Option<&[u8]> {
        let end = self.map.len().checked_sub(self.hash.len())?;
        self.map.get(end.checked_sub(self.hash.len())?..end)
    }

    /// The last bytes of the index: the hash of what comes before them.
    pub(super) fn checksum(&self) -> &[u8] {
        let end = self.map.len().saturating_sub(self.hash.len());
        self.map.get(end..).unwrap_or_default()
    }

    fn raw_id(&self, position: u32) -> Option<&[u8]> {
        if position >= self.count {
            return None;
        }
        let (at, hash) = (position as usize, self.hash.len());
        let start = match self.version {
            Version::One => V1_IDS + at * (hash + 4) + 4,
            Version::Two => V2_IDS + at * hash,
        };
        self.map.get(start..start + hash)
    }

    /// The bytes the tables for `count` objects take, without the table of long offsets.
    fn table(&self, count: u32) -> Option<std::ops::Range<usize>> {
        let (start, each) = match self.version {
            Version::One => (V1_IDS, self.hash.len() + 4),
            Version::Two => (V2_IDS, self.hash.len() + 8),
        };
        Some(start..(count as usize).checked_mul(each)?.checked_add(start)?)
    }

    /// The positions of the ids that start with this byte.
    fn range(&self, byte: u8) -> Option<Range<u32>> {
        let start = match byte.checked_sub(1) {
            Some(before) => self.fanout(before)?,
            None => 0,
        };
        Some(start..self.fanout(byte)?)
    }

    /// How many ids start with this byte or a lower one.
    fn fanout(&self, byte: u8) -> Option<u32> {
        let start = if self.version == Version::One { 0 } else { 8 };
        self.u32_at(start + usize::from(byte) * 4)
    }

    fn u32_at(&self, at: usize) -> Option<u32> {
        self.map
            .get(at..)?
            .first_chunk()
            .map(|bytes| u32::from_be_bytes(*bytes))
    }
}

const V1_IDS: usize = 1024;
const V2_IDS: usize = 8 + 1024;
/// Marks an offset that stands in the table of 8-byte offsets.
const LONG: u32 = 1 << 31;
/// Look-ups that wait together.
const TOGETHER: usize = 64;
