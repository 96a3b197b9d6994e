//! Pack indexes (`.idx`, versions 1 and 2): which objects a pack holds, and where.
//!
//! Format: <https://git-scm.com/docs/pack-format>. Nothing in the file is trusted: every access is bounds-checked, and ids
//! out of order only make look-ups fail.

use super::oid::{Damage, HashKind, Oid};
use memmap2::Mmap;
use std::cmp::Ordering;
use std::path::Path;

/// A mapped pack index.
pub(super) struct Index {
    map: Mmap,
    hash: HashKind,
    count: u32,
    version: Version,
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
        };
        let fanout: Option<Vec<u32>> = (0..=255).map(|byte| index.fanout(byte)).collect();
        let fanout = fanout.ok_or(damage.clone())?;
        index.count = *fanout.last().ok_or(damage.clone())?;
        let tail = index.table(index.count).ok_or(damage.clone())?.end + 2 * hash.len();
        if !fanout.is_sorted() || index.map.len() < tail {
            return Err(damage);
        }
        Ok(index)
    }

    /// How many objects there are.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// The id at a position in the order of ids.
    pub(super) fn id(&self, position: u32) -> Option<Oid> {
        Oid::new(self.hash, self.raw_id(position)?)
    }

    /// The byte of the pack at which the object starts.
    pub(super) fn offset(&self, position: u32) -> Option<u64> {
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

    /// The position of an id.
    pub(super) fn find(&self, id: &Oid) -> Option<u32> {
        let (first, key) = (*id.as_bytes().first()?, id.prefix());
        let mut low = first
            .checked_sub(1)
            .map_or(Some(0), |byte| self.fanout(byte))?;
        let mut high = self.fanout(first)?;
        // Ids are spread evenly, so that a guess by value lands close; where they are not, halving takes over.
        let (mut below, mut above) = (
            u64::from(first) << 56,
            u64::from(first) << 56 | u64::MAX >> 8,
        );
        let mut guesses = 0;
        while low < high {
            let probe = if guesses < GUESSES && above > below {
                let share = (key.clamp(below, above) - below) as f64 / (above - below) as f64;
                low + ((share * f64::from(high - low)) as u32).min(high - low - 1)
            } else {
                low + (high - low) / 2
            };
            guesses += 1;
            let raw = self.raw_id(probe)?;
            let value = u64::from_be_bytes(*raw.first_chunk()?);
            match value.cmp(&key).then_with(|| raw.cmp(id.as_bytes())) {
                Ordering::Less => (low, below) = (probe + 1, value),
                Ordering::Equal => return Some(probe),
                Ordering::Greater => (high, above) = (probe, value),
            }
        }
        None
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
/// Guesses by value before halving.
const GUESSES: u32 = 6;
