//! Finds every occurrence of a few hundred literals in one pass over raw bytes, ignoring ASCII case.
//!
//! Each literal is represented by its rarest four bytes, folded and hashed into a table of one byte per slot
//! that stays in the processor's cache. Eight positions are looked up and OR-ed; of those that pass, a slot's mark tells
//! most words that only share its hash, eight bytes round the four most words that only share these, and the rest is
//! compared in full. Literals of three bytes take part with every byte that may follow them.

mod entries;

use super::common::Frequencies;
use super::noise::pair_rarity;
use entries::{Entries, Entry};
use zeroize::Zeroize as _;

/// Searches for a fixed set of literals.
#[derive(Debug)]
pub struct Prefilter {
    /// Where some literal's rarest four bytes hash to their [`mark`], or [`SEVERAL`]; 0 elsewhere.
    table: Box<[u8; SLOTS]>,
    /// Looked at only where `table` says so.
    entries: Entries,
    needles: Vec<Needle>,
    /// The largest offset of hashed bytes in a literal.
    farthest: usize,
    /// Bytes of the longest literal.
    longest: usize,
}

/// A literal to look for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Needle {
    /// At least three bytes; lower case if `fold`.
    pub text: Vec<u8>,
    /// Whether ASCII case is ignored.
    pub fold: bool,
    /// For three bytes: the bytes that may follow; empty means any.
    pub next: Vec<u8>,
    /// Whether it is a part of a value, and wiped when dropped.
    pub secret: bool,
}

impl Drop for Needle {
    fn drop(&mut self) {
        if self.secret {
            self.text.zeroize();
        }
    }
}

/// The bits that differ between the cases of four letters.
const FOLD: u32 = 0x2020_2020;

const SLOT_BITS: u32 = 18;
const SLOTS: usize = 1 << SLOT_BITS;
/// Positions looked up together.
const BLOCK: usize = 8;
/// Bytes searched before what was found in them is compared: enough that lists pay, few enough that they are quickly
/// made for the few bytes that a delta changed.
const CHUNK: usize = 512;
/// Bytes read for a block: eight for each position, of which four count. One wide load is what compilers make of
/// that everywhere; of four bytes put together they make four loads.
const READ: usize = BLOCK + 8;

impl Prefilter {
    /// Builds the table; costs a fraction of a millisecond. Needles shorter than three bytes are never found.
    #[must_use]
    pub fn new(needles: Vec<Needle>) -> Self {
        let frequencies = Frequencies::new();
        let mut entries: Vec<Entry> = Vec::with_capacity(needles.len() * 2);
        for (index, needle) in needles.iter().enumerate() {
            let needle_id = u32::try_from(index).unwrap_or(u32::MAX);
            if needle.text.len() >= 4 {
                let offset = rarest(&needle.text, &frequencies);
                let word = window(&needle.text, offset);
                entries.push(Entry::new(needle_id, needle, offset, word));
            } else if let [a, b, c] = needle.text[..] {
                let mut follow: Vec<u8> = if needle.next.is_empty() {
                    (0..=u8::MAX).collect()
                } else {
                    needle.next.clone()
                };
                // The end of the text is padded with spaces.
                follow.push(b' ');
                for byte in &mut follow {
                    *byte |= 0x20;
                }
                follow.sort_unstable();
                follow.dedup();
                entries.extend(follow.into_iter().map(|d| {
                    let word = u32::from_le_bytes([a, b, c, d]);
                    Entry::new(needle_id, needle, 0, word)
                }));
            }
        }
        let farthest = entries
            .iter()
            .map(|entry| entry.offset as usize)
            .max()
            .unwrap_or(0);
        let mut table: Box<[u8; SLOTS]> = vec![0; SLOTS]
            .into_boxed_slice()
            .try_into()
            .expect("SLOTS bytes were asked for");
        for entry in &entries {
            let mark = mark(entry.word);
            let place = &mut table[slot(entry.word) as usize];
            *place = if *place == 0 || *place == mark {
                mark
            } else {
                SEVERAL
            };
        }
        Self {
            table,
            entries: Entries::new(&entries),
            longest: needles
                .iter()
                .map(|needle| needle.text.len())
                .max()
                .unwrap_or(0),
            needles,
            farthest,
        }
    }

    /// Calls `hit(needle, start)` for every occurrence that begins in `range`, in order of position.
    ///
    /// Occurrences may reach past `range`, never past `text`.
    pub fn find(
        &self,
        text: &[u8],
        range: std::ops::Range<usize>,
        mut hit: impl FnMut(u32, usize),
    ) {
        // An occurrence that begins in `range` has its hashed bytes so much further on at most.
        let from = range.start;
        let to = (range.end + self.farthest).min(text.len());
        let mut found: Vec<(usize, u32)> = Vec::new();
        let mut at = from;
        let mut places = [0_u16; CHUNK];
        // The last block may look past `to`: what begins there is left out by `range`.
        while at < to && text.len() - at >= READ {
            let whole = (text.len() - at - (READ - BLOCK)) / BLOCK;
            let blocks = whole.min((to - at).div_ceil(BLOCK)).min(CHUNK / BLOCK);
            let chunk = &text[at..at + blocks * BLOCK + (READ - BLOCK)];
            for place in self.places(chunk, blocks, &mut places) {
                let at = at + usize::from(*place);
                self.check(text, &range, at, window(text, at), &mut found);
            }
            at += blocks * BLOCK;
            if !found.is_empty() {
                // Later ones can still find occurrences that begin a little earlier.
                flush(&mut found, at.saturating_sub(self.farthest), &mut hit);
            }
        }
        while at < to {
            let mut last = [b' '; 4];
            let left = (text.len() - at).min(4);
            last[..left].copy_from_slice(&text[at..at + left]);
            self.check(text, &range, at, u32::from_le_bytes(last), &mut found);
            at += 1;
        }
        flush(&mut found, usize::MAX, &mut hit);
    }

    /// Where in so many blocks a word stands that has a literal's mark.
    ///
    /// None can foretell which blocks and which places these are, and a branch foretold wrongly costs as much as a
    /// block. So both lists are made without one: what is found is written down always, and the next overwrites it
    /// unless it counts.
    #[inline]
    fn places<'a>(&self, chunk: &[u8], blocks: usize, places: &'a mut [u16; CHUNK]) -> &'a [u16] {
        let block = |index: usize| chunk[index * BLOCK..].first_chunk::<READ>();
        let look = |word: u32| self.table[slot(word) as usize];
        let mut telling = [0_u16; CHUNK / BLOCK];
        let mut count = 0;
        for index in 0..blocks {
            let Some(block) = block(index) else { break };
            let mut any = 0;
            for offset in 0..BLOCK {
                any |= look(word(block, offset));
            }
            telling[count % telling.len()] = (index % telling.len()) as u16;
            count += usize::from(any != 0);
        }
        let telling = &telling[..count];
        let mut count = 0;
        for index in telling {
            let Some(block) = block(usize::from(*index)) else {
                break;
            };
            for offset in 0..BLOCK {
                let word = word(block, offset);
                let found = look(word);
                places[count % CHUNK] = *index * (BLOCK as u16) + offset as u16;
                count += usize::from((found == mark(word)) | (found == SEVERAL));
            }
        }
        &places[..count]
    }

    /// The literal of a needle, as given.
    #[must_use]
    pub fn needle(&self, index: u32) -> &Needle {
        &self.needles[index as usize]
    }

    /// How many bytes from its first one decide whether something is a literal: as many as the longest has, and the one
    /// after it.
    #[must_use]
    pub fn reach(&self) -> usize {
        self.longest + 1
    }

    fn check(
        &self,
        text: &[u8],
        range: &std::ops::Range<usize>,
        at: usize,
        word: u32,
        found: &mut Vec<(usize, u32)>,
    ) {
        let folded = word | FOLD;
        let entries = self.entries.of(slot(word));
        for entry in entries
            .iter()
            .filter(|entry| entry.word == folded && entry.may_stand(text, at))
        {
            let Some(start) = at
                .checked_sub(entry.offset as usize)
                .filter(|start| range.contains(start))
            else {
                continue;
            };
            let needle = &self.needles[entry.needle as usize];
            let Some(candidate) = text.get(start..start + needle.text.len()) else {
                continue;
            };
            let same = if needle.fold {
                candidate.eq_ignore_ascii_case(&needle.text)
            } else {
                candidate == needle.text
            };
            let follows = needle.next.is_empty()
                || text
                    .get(start + needle.text.len())
                    .is_none_or(|byte| needle.next.contains(byte));
            if same && follows {
                found.push((start, entry.needle));
            }
        }
    }
}

/// Hands out what begins before `until`, in order.
fn flush(found: &mut Vec<(usize, u32)>, until: usize, hit: &mut impl FnMut(u32, usize)) {
    found.sort_unstable();
    let ready = found.partition_point(|(start, _)| *start < until);
    for (start, needle) in found.drain(..ready) {
        hit(needle, start);
    }
}

/// Longest literal kept, in bytes; see `policy::pack::anchor`.
const LONGEST: usize = 32;

/// The four bytes at `offset`, which is less than [`BLOCK`].
#[inline]
fn word(block: &[u8; READ], offset: usize) -> u32 {
    let eight = block[offset..]
        .first_chunk::<8>()
        .map_or(0, |eight| u64::from_le_bytes(*eight));
    (eight & 0xFFFF_FFFF) as u32
}

fn window(bytes: &[u8], offset: usize) -> u32 {
    bytes[offset..]
        .first_chunk::<4>()
        .map_or(0, |four| u32::from_le_bytes(*four))
}

/// Multiplicative hash of four folded bytes.
#[inline]
fn slot(word: u32) -> u32 {
    (word | FOLD).wrapping_mul(MULTIPLIER) >> (32 - SLOT_BITS)
}

/// What a slot holds of a word that hashes to it: bits of the hash that its number leaves out, odd.
#[inline]
fn mark(word: u32) -> u8 {
    let hash = (word | FOLD).wrapping_mul(MULTIPLIER) >> (24 - SLOT_BITS);
    (hash & 0xFF) as u8 | 1
}

/// Any odd number would do. Of eight thousand this was the one with which the fewest words of 40 MB of source text in a dozen
/// languages shared a slot with a shipped literal that they are not; with other literals a better one may exist.
const MULTIPLIER: u32 = 1_897_282_447;

/// The mark of a slot that words of several marks share.
const SEVERAL: u8 = 2;

/// The offset of the four bytes that are least common in source text.
fn rarest(text: &[u8], frequencies: &Frequencies) -> usize {
    let text = &text[..text.len().min(LONGEST)];
    let mut pairs = [0_u32; LONGEST];
    for (cost, pair) in pairs.iter_mut().zip(text.windows(2)) {
        *cost = pair_rarity(pair[0], pair[1]);
    }
    let cost = |offset: &usize| {
        let rarity: u32 = pairs[*offset..*offset + 3].iter().sum();
        (
            frequencies.of(window(text, *offset) | FOLD),
            std::cmp::Reverse(rarity),
        )
    };
    (0..=text.len() - 4).min_by_key(cost).unwrap_or(0)
}

#[cfg(test)]
mod tests;
