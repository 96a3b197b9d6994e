//! What the slots of the prefilter's table stand for.

use super::{FOLD, Needle, SLOTS, slot};

/// Four bytes of a literal, by which it is found.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Entry {
    /// The four bytes, folded.
    pub(super) word: u32,
    /// The number of the literal.
    pub(super) needle: u32,
    /// Where in the literal they stand.
    pub(super) offset: u32,
    /// Up to eight bytes of the literal round them, folded, and which of the eight count.
    near: u64,
    mask: u64,
    /// How far before the four the eight begin.
    back: u32,
}

/// What the slots of the hash stand for, in some 100 KiB where an index by slot would be half a megabyte.
#[derive(Debug)]
pub(super) struct Entries {
    /// One bit for each slot that is in use, and how many are before these 64.
    used: Box<[(u64, u32)]>,
    /// For the nth slot in use where its entries begin; one more for the end.
    starts: Vec<u32>,
    /// Ordered by slot.
    list: Vec<Entry>,
}

impl Entry {
    pub(super) fn new(number: u32, needle: &Needle, offset: usize, word: u32) -> Self {
        let from = offset.min(needle.text.len().saturating_sub(8));
        let (mut near, mut mask) = ([0; 8], [0; 8]);
        // Nothing wipes an entry: of a value it holds the four bytes and no more.
        let most = if needle.secret { 0 } else { 8 };
        for (at, byte) in needle.text[from..].iter().take(most).enumerate() {
            (near[at], mask[at]) = (byte | FOLD as u8, 0xFF);
        }
        Self {
            word: word | FOLD,
            needle: number,
            // No literal is longer than a file may be.
            offset: u32::try_from(offset).unwrap_or(u32::MAX),
            near: u64::from_le_bytes(near),
            mask: u64::from_le_bytes(mask),
            back: u32::try_from(offset - from).unwrap_or(u32::MAX),
        }
    }

    /// Whether the eight bytes are there, as far as that is quickly seen.
    #[inline]
    pub(super) fn may_stand(&self, text: &[u8], at: usize) -> bool {
        at.checked_sub(self.back as usize)
            .and_then(|from| text.get(from..)?.first_chunk::<8>())
            .is_none_or(|eight| {
                let folded = u64::from_le_bytes(*eight) | (u64::from(FOLD) << 32 | u64::from(FOLD));
                folded & self.mask == self.near
            })
    }
}

impl Entries {
    pub(super) fn new(entries: &[Entry]) -> Self {
        let mut used = vec![(0_u64, 0_u32); SLOTS / 64].into_boxed_slice();
        for entry in entries {
            let slot = slot(entry.word);
            used[slot as usize / 64].0 |= 1 << (slot % 64);
        }
        let mut before = 0;
        for (bits, rank) in &mut used {
            *rank = before;
            before += bits.count_ones();
        }
        // A counting sort: first how many entries each slot has, then where they begin.
        let mut all = Self {
            used,
            starts: vec![0; before as usize + 1],
            list: vec![Entry::default(); entries.len()],
        };
        let mut next = vec![0_u32; before as usize + 1];
        for entry in entries {
            if let Some(at) = all.position(slot(entry.word)) {
                next[at + 1] += 1;
            }
        }
        for at in 1..next.len() {
            next[at] += next[at - 1];
        }
        all.starts.copy_from_slice(&next);
        for entry in entries {
            if let Some(at) = all.position(slot(entry.word)) {
                all.list[next[at] as usize] = *entry;
                next[at] += 1;
            }
        }
        all
    }

    /// The entries of a slot.
    pub(super) fn of(&self, slot: u32) -> &[Entry] {
        self.position(slot).map_or(&[], |at| {
            &self.list[self.starts[at] as usize..self.starts[at + 1] as usize]
        })
    }

    /// How many slots in use are before this one; none if it is not in use.
    #[inline]
    fn position(&self, slot: u32) -> Option<usize> {
        let (bits, before) = self.used[slot as usize / 64];
        let bit = 1_u64 << (slot % 64);
        (bits & bit != 0).then(|| (before + (bits & (bit - 1)).count_ones()) as usize)
    }
}
