//! Reads trees as deltas: an entry that was copied whole from the base was read there already.
//!
//! Trees change by an entry or two from one commit to the next, so that nearly nothing is parsed twice.

use super::delta::Edit;
use super::oid::HashKind;
use super::trees::{Entries, TreeEntry};
use super::walk::{Delta, Object};

/// What was read of a tree: where its entries start, and what the reader made of some of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Carried<T> {
    /// Where each entry starts, and then where the last one ends.
    starts: Vec<u32>,
    /// Start of an entry and what was made of it, in their order.
    pub(super) items: Vec<(u32, T)>,
    /// Whether the tree could be read to its end.
    pub(super) is_whole: bool,
}

impl<T: Copy> Carried<T> {
    /// Reads every entry.
    pub(super) fn full(
        hash: HashKind,
        object: &Object<'_>,
        read: impl FnMut(&TreeEntry<'_>) -> Option<T>,
    ) -> Self {
        let mut reader = Reader::new(hash, object.bytes, read);
        reader.parse_to(u32::MAX);
        reader.finish()
    }

    /// Reads the entries that are not in the base, and takes over what was made of the others.
    pub(super) fn delta(
        hash: HashKind,
        object: &Object<'_>,
        delta: &Delta<'_, Self>,
        read: impl FnMut(&TreeEntry<'_>) -> Option<T>,
    ) -> Self {
        let mut reader = Reader::new(hash, object.bytes, read);
        reader.carried.starts.reserve(delta.base.starts.len() + 8);
        reader.carried.items.reserve(delta.base.items.len() + 8);
        for edit in delta.edits.as_slice() {
            match *edit {
                Edit::Insert { target, len } => reader.parse_to(target.saturating_add(len)),
                Edit::Copy { base, target, len } => {
                    let end = target.saturating_add(len);
                    if let Some(skip) = reader.at.checked_sub(target).filter(|skip| *skip < len) {
                        reader.take_over(
                            delta.base,
                            base.saturating_add(skip),
                            base.saturating_add(len),
                        );
                    }
                    reader.parse_to(end);
                }
            }
        }
        reader.parse_to(u32::MAX);
        reader.finish()
    }
}

struct Reader<'t, T, R> {
    hash: HashKind,
    bytes: &'t [u8],
    read: R,
    /// Where the next entry starts.
    at: u32,
    is_broken: bool,
    carried: Carried<T>,
}

impl<'t, T: Copy, R: FnMut(&TreeEntry<'t>) -> Option<T>> Reader<'t, T, R> {
    fn new(hash: HashKind, bytes: &'t [u8], read: R) -> Self {
        let carried = Carried {
            starts: Vec::new(),
            items: Vec::new(),
            is_whole: false,
        };
        Self {
            hash,
            bytes,
            read,
            at: 0,
            is_broken: false,
            carried,
        }
    }

    /// Parses entries as long as they start before `end`.
    fn parse_to(&mut self, end: u32) {
        let mut entries = Entries::new(
            self.hash,
            self.bytes.get(self.at as usize..).unwrap_or_default(),
        );
        while self.at < end && !entries.is_whole() && !self.is_broken {
            let Some(entry) = entries.next() else {
                self.is_broken = true;
                return;
            };
            self.carried.starts.push(self.at);
            self.carried
                .items
                .extend((self.read)(&entry).map(|item| (self.at, item)));
            // The bytes of an object held in memory, below the limit of 4 GiB.
            self.at = (self.bytes.len() - entries.left()) as u32;
        }
    }

    /// Takes over the entries of the base from byte `from`, if one starts there, that end before `to`.
    fn take_over(&mut self, base: &Carried<T>, from: u32, to: u32) {
        let Ok(first) = base.starts.binary_search(&from) else {
            return;
        };
        let last = base
            .starts
            .partition_point(|start| *start <= to)
            .saturating_sub(1);
        let (Some(starts), Some(end)) = (base.starts.get(first..last), base.starts.get(last))
        else {
            return;
        };
        if self.is_broken {
            return;
        }
        let shift = self.at.wrapping_sub(from);
        self.carried
            .starts
            .extend(starts.iter().map(|start| start.wrapping_add(shift)));
        let items = base.items.partition_point(|(start, _)| *start < from)
            ..base.items.partition_point(|(start, _)| start < end);
        let items = base.items.get(items).unwrap_or_default().iter();
        self.carried
            .items
            .extend(items.map(|(start, item)| (start.wrapping_add(shift), *item)));
        self.at = end.wrapping_add(shift);
    }

    fn finish(mut self) -> Carried<T> {
        self.carried.starts.push(self.at);
        self.carried.is_whole = self.at as usize == self.bytes.len();
        self.carried
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Random, Scratch};
    use super::super::{Kind, Plan, Visitor};
    use super::*;

    /// Reads each tree both ways.
    #[derive(Default)]
    struct Both {
        deltas: usize,
    }

    fn read(entry: &TreeEntry<'_>) -> Option<(u8, u8)> {
        // Only some entries are of interest.
        let first = *entry.name.first()?;
        (first % 3 == 0).then_some((first, *entry.id.first()?))
    }

    impl Visitor for Both {
        type State = Carried<(u8, u8)>;

        fn full(&mut self, object: Object<'_>) -> Self::State {
            Carried::full(HashKind::Sha1, &object, read)
        }

        fn delta(&mut self, object: Object<'_>, delta: Delta<'_, Self::State>) -> Self::State {
            let carried = Carried::delta(HashKind::Sha1, &object, &delta, read);
            assert_eq!(carried, self.full(object));
            assert!(carried.is_whole);
            self.deltas += 1;
            carried
        }
    }

    #[test]
    fn carrying_over_changes_nothing() {
        let mut scratch = Scratch::new(&[]);
        let mut random = Random::new(11);
        for _ in 0..12 {
            for _ in 0..8 {
                let letter = char::from(b'a' + random.below(26) as u8);
                scratch.write(&format!("{letter}{}", random.below(9)), &random.text(1));
            }
            scratch.commit("many files");
        }
        scratch.git(&["repack", "-adfq", "--depth=50"]);
        let walked = scratch.open().walk(
            &Plan {
                kinds: &[Kind::Tree],
                ..Plan::default()
            },
            Both::default,
        );
        assert!(walked.visitors[0].deltas > 5);
    }
}
