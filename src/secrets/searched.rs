//! Bytes that were searched before: versions of a file are made from one base, and bring in the same lines.

use super::prefilter::Prefilter;
use foldhash::quality::RandomState;
use std::hash::BuildHasher as _;
use std::ops::Range;

/// Which literals stood in ranges searched of late. What a rule makes of them is not remembered: that depends on the text
/// round the range as well.
///
/// Ranges are known by their length and 64 bits of a hash whose seed no one can foresee, and only the last of each slot is
/// remembered: of two million ranges, one is taken for another once in a thousand million runs.
#[derive(Debug)]
pub struct Searched {
    slots: Box<[Stood]>,
    hasher: RandomState,
}

/// What stood in one range.
#[derive(Debug, Clone, Default)]
struct Stood {
    /// Its hash; 0 for none.
    key: u64,
    /// Literals, by needle and by how far from its start they begin, in order.
    literals: Vec<(u32, u32)>,
}

impl Default for Searched {
    fn default() -> Self {
        Self {
            slots: vec![Stood::default(); SLOTS].into_boxed_slice(),
            hasher: RandomState::default(),
        }
    }
}

impl Searched {
    /// As [`Prefilter::find`], whose answer is always the same for the same bytes.
    pub(super) fn find(
        &mut self,
        prefilter: &Prefilter,
        text: &[u8],
        range: Range<usize>,
        mut hit: impl FnMut(u32, usize),
    ) {
        if range.len() < LEAST {
            prefilter.find(text, range, hit);
            return;
        }
        let (start, end) = (range.start, range.end.saturating_add(prefilter.reach()));
        let bytes = &text[start..end.min(text.len())];
        let key = self.hasher.hash_one((range.len(), bytes)) | 1;
        let slot = &mut self.slots[(key >> 1) as usize % SLOTS];
        if slot.key == key {
            for (needle, at) in &slot.literals {
                hit(*needle, start + *at as usize);
            }
            return;
        }
        slot.literals.clear();
        slot.key = key;
        prefilter.find(text, range, |needle, at| {
            match u32::try_from(at - start) {
                Ok(at) if slot.literals.len() < MOST => slot.literals.push((needle, at)),
                // More than is remembered: searched anew each time.
                _ => slot.key = 0,
            }
            hit(needle, at);
        });
    }
}

/// Fewer bytes are sooner searched than looked up.
const LEAST: usize = 96;
/// Ranges remembered: enough for a base and what is made from it, few enough to stay in the processor's cache.
const SLOTS: usize = 1 << 13;
/// Literals remembered of one range.
const MOST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::prefilter::Needle;

    fn filter() -> Prefilter {
        let needle = |text: &str| Needle {
            text: text.as_bytes().to_vec(),
            fold: true,
            next: Vec::new(),
            secret: false,
        };
        Prefilter::new(["token", "password"].map(needle).into())
    }

    fn found(
        searched: Option<&mut Searched>,
        text: &str,
        range: Range<usize>,
    ) -> Vec<(u32, usize)> {
        let (filter, mut all) = (filter(), Vec::new());
        let hit = |needle, at| all.push((needle, at));
        match searched {
            Some(searched) => searched.find(&filter, text.as_bytes(), range, hit),
            None => filter.find(text.as_bytes(), range, hit),
        }
        all
    }

    #[test]
    fn what_was_searched_is_found_wherever_it_stands() {
        let mut searched = Searched::default();
        let line = format!("a token and {} a password\n", "x ".repeat(LEAST));
        let more = format!("{}\n", "token ".repeat(MOST + 1));
        // The last one begins in the range and ends after it.
        let cut = format!("{}pass", "y ".repeat(LEAST));
        for before in ["", "a few bytes\n", "token"] {
            for after in ["", "word", "ed"] {
                for new in [&line, &more, &cut] {
                    let text = format!("{before}{new}{after}");
                    let range = before.len()..before.len() + new.len();
                    let right = found(None, &text, range.clone());
                    assert!(new != &line || right.len() == 2);
                    assert!(new != &cut || right.len() == usize::from(after == "word"));
                    for _ in 0..2 {
                        assert_eq!(found(Some(&mut searched), &text, range.clone()), right);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_remembered_is_not_searched() {
        let mut searched = Searched::default();
        let text = format!("a token {}", "x ".repeat(LEAST));
        assert_eq!(found(Some(&mut searched), &text, 0..text.len()), [(0, 2)]);
        for slot in &mut searched.slots {
            slot.literals.iter_mut().for_each(|literal| literal.1 += 1);
        }
        assert_eq!(found(Some(&mut searched), &text, 0..text.len()), [(0, 3)]);
    }
}
