//! Finds every occurrence of a few hundred literals in one pass over raw bytes, ignoring ASCII case.
//!
//! Each literal is represented by its rarest four bytes, folded and hashed into a table of one byte per slot
//! that stays in the processor's cache. Sixteen positions are looked up and OR-ed before the one branch,
//! which is almost never taken; what passes is compared in full. Literals of three bytes take part with every byte
//! that may follow them.

/// Searches for a fixed set of literals.
#[derive(Debug)]
pub struct Prefilter {
    /// 1 where some literal's rarest four bytes hash to.
    table: Box<[u8; SLOTS]>,
    /// For every slot that is set: its range of `entries`, ordered by slot.
    slots: Vec<(u32, u32, u32)>,
    /// Literal and offset of the hashed bytes in it.
    entries: Vec<Entry>,
    needles: Vec<Needle>,
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
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    needle: u32,
    offset: u32,
}

const SLOT_BITS: u32 = 17;
const SLOTS: usize = 1 << SLOT_BITS;
/// Positions looked up before a branch.
const BLOCK: usize = 16;

impl Prefilter {
    /// Builds the table; costs microseconds. Needles shorter than three bytes are never found.
    #[must_use]
    pub fn new(needles: Vec<Needle>) -> Self {
        let mut pairs: Vec<(u32, Entry)> = Vec::with_capacity(needles.len() * 2);
        for (index, needle) in needles.iter().enumerate() {
            let needle_id = u32::try_from(index).unwrap_or(u32::MAX);
            if needle.text.len() >= 4 {
                let offset = rarest(&needle.text);
                let entry = Entry { needle: needle_id, offset: u32::try_from(offset).unwrap_or(0) };
                pairs.push((slot(window(&needle.text, offset)), entry));
            } else if let [a, b, c] = needle.text[..] {
                let mut follow: Vec<u8> = if needle.next.is_empty() { (0..=u8::MAX).collect() } else { needle.next.clone() };
                // The end of the text is padded with spaces.
                follow.push(b' ');
                for byte in &mut follow {
                    *byte |= 0x20;
                }
                follow.sort_unstable();
                follow.dedup();
                pairs.extend(follow.into_iter().map(|d| (slot(u32::from_le_bytes([a, b, c, d])), Entry { needle: needle_id, offset: 0 })));
            }
        }
        pairs.sort_by_key(|(slot, entry)| (*slot, entry.needle));
        let mut table: Box<[u8; SLOTS]> = vec![0; SLOTS].into_boxed_slice().try_into().expect("SLOTS bytes were asked for");
        let mut slots: Vec<(u32, u32, u32)> = Vec::new();
        for (index, (slot, _)) in pairs.iter().enumerate() {
            let at = u32::try_from(index).unwrap_or(u32::MAX);
            table[*slot as usize] = 1;
            match slots.last_mut() {
                Some(last) if last.0 == *slot => last.2 = at + 1,
                _ => slots.push((*slot, at, at + 1)),
            }
        }
        Self { table, slots, entries: pairs.into_iter().map(|(_, entry)| entry).collect(), needles }
    }

    /// Calls `hit(needle, start)` for every occurrence that begins in `range`, in order of position.
    ///
    /// Occurrences may reach past `range`, never past `text`.
    pub fn find(&self, text: &[u8], range: std::ops::Range<usize>, mut hit: impl FnMut(u32, usize)) {
        // An occurrence that begins in `range` has its hashed bytes up to LONGEST further on.
        let from = range.start;
        let to = (range.end + LONGEST).min(text.len());
        let mut found: Vec<(usize, u32)> = Vec::new();
        let mut at = from;
        while at + BLOCK + 3 <= to {
            let block: &[u8; BLOCK + 3] = text[at..at + BLOCK + 3].try_into().expect("the slice has that length");
            let mut any = 0;
            for offset in 0..BLOCK {
                any |= self.table[slot(window(block, offset)) as usize];
            }
            if any != 0 {
                for offset in 0..BLOCK {
                    self.check(text, &range, at + offset, window(block, offset), &mut found);
                }
                // Later blocks can still find occurrences that begin up to LONGEST earlier.
                flush(&mut found, (at + BLOCK).saturating_sub(LONGEST), &mut hit);
            }
            at += BLOCK;
        }
        while at < to {
            let mut last = [b' '; 4];
            let left = (text.len() - at).min(4);
            last[..left].copy_from_slice(&text[at..at + left]);
            let word = u32::from_le_bytes(last);
            self.check(text, &range, at, word, &mut found);
            at += 1;
        }
        flush(&mut found, usize::MAX, &mut hit);
    }

    /// The literal of a needle, as given.
    #[must_use]
    pub fn needle(&self, index: u32) -> &Needle {
        &self.needles[index as usize]
    }

    #[inline]
    fn check(&self, text: &[u8], range: &std::ops::Range<usize>, at: usize, word: u32, found: &mut Vec<(usize, u32)>) {
        let slot = slot(word);
        if self.table[slot as usize] == 0 {
            return;
        }
        let Ok(index) = self.slots.binary_search_by_key(&slot, |entry| entry.0) else {
            return;
        };
        let (_, first, last) = self.slots[index];
        for entry in &self.entries[first as usize..last as usize] {
            let Some(start) = at.checked_sub(entry.offset as usize).filter(|start| range.contains(start)) else {
                continue;
            };
            let needle = &self.needles[entry.needle as usize];
            let Some(candidate) = text.get(start..start + needle.text.len()) else {
                continue;
            };
            let same = if needle.fold { candidate.eq_ignore_ascii_case(&needle.text) } else { candidate == needle.text };
            let follows = needle.next.is_empty()
                || text.get(start + needle.text.len()).is_none_or(|byte| needle.next.contains(byte));
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

#[inline]
fn window(bytes: &[u8], offset: usize) -> u32 {
    u32::from_le_bytes([bytes[offset], bytes[offset + 1], bytes[offset + 2], bytes[offset + 3]])
}

/// Multiplicative hash of four folded bytes; the multiplier is a prime near 2^32 divided by the golden ratio.
#[inline]
fn slot(word: u32) -> u32 {
    (word | 0x2020_2020).wrapping_mul(0x9E37_79B1) >> (32 - SLOT_BITS)
}

/// The offset of the four bytes that are least common in source text.
fn rarest(text: &[u8]) -> usize {
    (0..=text.len().min(LONGEST) - 4)
        .min_by_key(|offset| text[*offset..*offset + 4].iter().map(|byte| commonness(*byte)).sum::<u32>())
        .unwrap_or(0)
}

/// How common a folded byte is in source text: letters in the order of their frequency, then the rest.
fn commonness(byte: u8) -> u32 {
    const ORDER: &[u8] = b"zqjkxvwybgfhmpudclsnoairte";
    match byte.to_ascii_lowercase() {
        b' ' => 90,
        letter @ b'a'..=b'z' => {
            let rank = ORDER.iter().position(|other| *other == letter).unwrap_or(0);
            10 + u32::try_from(rank).unwrap_or(0) * 3
        }
        b'_' | b'.' | b'-' | b'=' | b'/' | b':' => 45,
        b'0'..=b'9' => 25,
        0x80.. => 15,
        _ => 30,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn needle(text: &str, fold: bool) -> Needle {
        Needle { text: text.as_bytes().to_vec(), fold, next: Vec::new() }
    }

    fn naive(needles: &[Needle], text: &[u8], range: std::ops::Range<usize>) -> Vec<(usize, u32)> {
        let mut out = Vec::new();
        for start in range {
            for (index, needle) in needles.iter().enumerate() {
                if let Some(part) = text.get(start..start + needle.text.len())
                    && (part == needle.text || needle.fold && part.eq_ignore_ascii_case(&needle.text))
                {
                    out.push((start, u32::try_from(index).expect("few")));
                }
            }
        }
        out
    }

    fn run(filter: &Prefilter, text: &[u8], range: std::ops::Range<usize>) -> Vec<(usize, u32)> {
        let mut out = Vec::new();
        filter.find(text, range, |needle, start| out.push((start, needle)));
        out
    }

    #[test]
    fn three_bytes_use_what_follows() {
        let filter = Prefilter::new(vec![Needle { text: b"sk-".to_vec(), fold: false, next: b"ab".to_vec() }]);
        assert_eq!(run(&filter, b"sk-a sk-b sk-c SK-a", 0..19), [(0, 0), (5, 0)]);
        assert_eq!(run(&filter, b"x sk-", 0..5), [(2, 0)], "the end of the text decides nothing");
    }

    proptest! {
        #[test]
        fn finds_what_a_naive_search_finds(
            text in proptest::collection::vec(proptest::sample::select(b"abAB_- x".to_vec()), 0..200),
            words in proptest::collection::vec("[ab_]{3,9}", 1..12),
            cut in 0usize..200,
        ) {
            let mut needles: Vec<Needle> = words.iter().enumerate().map(|(index, word)| needle(word, index % 2 == 0)).collect();
            needles.sort_by(|a, b| a.text.cmp(&b.text));
            needles.dedup_by(|a, b| a.text == b.text);
            let filter = Prefilter::new(needles.clone());
            let cut = cut.min(text.len());
            for range in [0..text.len(), 0..cut, cut..text.len()] {
                prop_assert_eq!(run(&filter, &text, range.clone()), naive(&needles, &text, range));
            }
        }
    }
}
