//! The object database of a repository: packs, loose objects, and those of its alternates.

use super::alternates::with_alternates;
use super::files;
use super::inflate::{Buffer, Inflater, loose_id};
use super::merged::Merged;
use super::oid::{Damage, HashKind, Kind, Oid};
use super::pack::Pack;
use crate::finding::Gap;
use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Names an object of a [`Store`]: objects of the packs in their order, pack by pack, then loose ones.
pub(super) type Slot = u32;

/// Where an object is.
#[derive(Clone, Copy)]
pub(super) enum Place<'s> {
    /// In this pack, the one of this number, from this byte on.
    Pack(&'s Pack, usize, u64),
    /// This loose object.
    Loose(&'s Loose),
}

/// A loose object.
pub(super) struct Loose {
    pub(super) id: Oid,
    /// Index of its object directory.
    directory: u32,
}

/// All objects of a repository.
pub struct Store {
    hash: HashKind,
    packs: Vec<Pack>,
    /// The first slot of each pack, and one past the last pack's.
    starts: Vec<Slot>,
    /// Sorted by id, each once.
    loose: Vec<Loose>,
    directories: Vec<PathBuf>,
    /// With several packs, once it is asked for: a look-up does not ask each of them.
    merged: OnceLock<Merged>,
    promisor: bool,
    /// Whether a pack was gone before it could be opened.
    has_moved: bool,
    later: OnceLock<Option<Box<Self>>>,
    gaps: Vec<Gap>,
}

impl Store {
    /// Opens an object directory (`.git/objects`) and its alternates. What cannot be opened becomes a gap.
    #[must_use]
    pub fn open(objects: &Path, hash: HashKind) -> Self {
        let mut store = Self::list(objects, hash);
        // A repack that ends meanwhile puts new packs in place of those that were listed.
        for _ in 0..2 {
            if !store.has_moved {
                break;
            }
            store = Self::list(objects, hash);
        }
        store
    }

    /// Loose objects are listed first: one that is packed meanwhile is then found in its pack.
    fn list(objects: &Path, hash: HashKind) -> Self {
        let mut gaps = Vec::new();
        let directories = with_alternates(objects, &mut gaps);
        let mut store = Self {
            hash,
            packs: Vec::new(),
            starts: vec![0],
            loose: Vec::new(),
            directories,
            merged: OnceLock::new(),
            promisor: false,
            has_moved: false,
            later: OnceLock::new(),
            gaps,
        };
        store.list_loose();
        for directory in store.directories.clone() {
            store.open_packs(&directory.join("pack"));
        }
        let room = (MOST_SLOTS - store.packed()) as usize;
        store.loose.truncate(room);
        store
    }

    /// The database as it is now, for loose objects that were listed and have been packed since. Looked for once.
    pub(super) fn later(&self) -> Option<&Self> {
        let objects = self.directories.first()?;
        let later = self.later.get_or_init(|| {
            let later = Self::open(objects, self.hash);
            // It must not go looking for a later one.
            let _ = later.later.set(None);
            Some(Box::new(later))
        });
        later.as_deref()
    }

    /// The hash its ids are made with.
    #[must_use]
    pub fn hash(&self) -> HashKind {
        self.hash
    }

    /// Whether objects may be absent by design: a partial clone fetches them when asked for.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.promisor
    }

    /// What could not be opened.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Whether the object is there. Its bytes may still be damaged.
    #[must_use]
    pub fn contains(&self, id: &Oid) -> bool {
        self.locate(id).is_some()
    }

    /// How many slots there are; an object that is in several packs has several.
    pub(super) fn slots(&self) -> usize {
        self.packed() as usize + self.loose.len()
    }

    /// How many of them are packed.
    pub(super) fn packed(&self) -> Slot {
        self.starts.last().copied().unwrap_or(0)
    }

    pub(super) fn packs(&self) -> impl Iterator<Item = (&Pack, Slot)> {
        self.packs.iter().zip(self.starts.iter().copied())
    }

    /// The first slot that holds this object.
    pub(super) fn find(&self, id: &Oid) -> Option<Slot> {
        let packed = if self.has_several_packs() {
            self.merged().find(self, id)
        } else {
            self.packs.first().and_then(|pack| pack.index.find(id))
        };
        packed.or_else(|| Some(self.packed() + self.loose_at(id)? as Slot))
    }

    /// As [`Self::find`] for many objects: each slot is told with the object's place among `ids`.
    pub(super) fn find_all(&self, ids: &[Oid], mut told: impl FnMut(usize, Option<Slot>)) {
        match &*self.packs {
            [pack] => pack.index.find_all(ids, |at, number| {
                let loose = || Some(self.packed() + self.loose_at(ids.get(at)?)? as Slot);
                told(at, number.or_else(loose));
            }),
            _ => (0..).zip(ids).for_each(|(at, id)| told(at, self.find(id))),
        }
    }

    pub(super) fn place(&self, slot: Slot) -> Option<Place<'_>> {
        if let Some(at) = slot.checked_sub(self.packed()) {
            return self.loose.get(at as usize).map(Place::Loose);
        }
        let (number, pack, at) = self.pack_at(slot)?;
        Some(Place::Pack(pack, number, pack.index.offset(at)?))
    }

    /// The pack a slot is in, and the object's number there.
    fn pack_at(&self, slot: Slot) -> Option<(usize, &Pack, u32)> {
        let number = self.starts.partition_point(|start| *start <= slot) - 1;
        let at = slot - self.starts.get(number)?;
        Some((number, self.packs.get(number)?, at))
    }

    /// Where an object is. Asks each pack: for a few objects, slots are not worth making.
    pub(super) fn locate(&self, id: &Oid) -> Option<Place<'_>> {
        let packs = self.packs.iter().enumerate();
        let mut packed = packs.filter_map(|(number, pack)| {
            let offset = pack.index.offset_of(id)?;
            Some(Place::Pack(pack, number, offset))
        });
        let loose = || Some(Place::Loose(self.loose.get(self.loose_at(id)?)?));
        packed.next().or_else(loose)
    }

    fn loose_at(&self, id: &Oid) -> Option<usize> {
        self.loose.binary_search_by(|loose| loose.id.cmp(id)).ok()
    }

    pub(super) fn id(&self, slot: Slot) -> Option<Oid> {
        if let Some(at) = slot.checked_sub(self.packed()) {
            return self.loose.get(at as usize).map(|loose| loose.id);
        }
        let (_, pack, at) = self.pack_at(slot)?;
        pack.index.id(at)
    }

    /// Whether the same object may have several slots.
    pub(super) fn has_copies(&self) -> bool {
        self.has_several_packs() || !(self.packs.is_empty() || self.loose.is_empty())
    }

    fn has_several_packs(&self) -> bool {
        self.packs.len() > 1
    }

    /// The slots of the pack that a slot is in.
    pub(super) fn pack_range(&self, slot: Slot) -> std::ops::Range<Slot> {
        let next = self.starts.partition_point(|start| *start <= slot);
        let start = next.checked_sub(1).and_then(|at| self.starts.get(at));
        let end = self.starts.get(next).copied().unwrap_or(Slot::MAX);
        start.copied().unwrap_or(0)..end
    }

    /// Every slot that holds this object.
    pub(super) fn copies(&self, id: &Oid) -> impl Iterator<Item = Slot> {
        let packed = self
            .packs()
            .filter_map(|(pack, start)| Some(start + pack.index.find(id)?));
        let loose = self.loose_at(id).map(|at| self.packed() + at as Slot);
        packed.chain(loose)
    }

    /// Ids of the loose objects, in order.
    pub(super) fn loose_ids(&self) -> impl ExactSizeIterator<Item = &Oid> {
        self.loose.iter().map(|loose| &loose.id)
    }

    /// The slot that stands for all copies of an object, given one of them.
    pub(super) fn first_copy(&self, slot: Slot) -> Slot {
        // Within one pack, ids are unique.
        let is_first = !self.has_several_packs() && slot < self.packed();
        let first = || self.find(&self.id(slot)?);
        let first = if is_first { None } else { first() };
        first.unwrap_or(slot)
    }

    /// Whether another slot before this one holds the same object.
    pub(super) fn is_copy(&self, slot: Slot) -> bool {
        self.first_copy(slot) < slot
    }

    /// Reads a loose object.
    pub(super) fn read_loose(
        &self,
        loose: &Loose,
        limit: u64,
        inflater: &mut Inflater,
        out: &mut Buffer,
        wait: &mut dyn FnMut(u64),
    ) -> Result<Kind, Damage> {
        let hex = loose.id.to_string();
        let directory = self
            .directories
            .get(loose.directory as usize)
            .ok_or(Damage::Missing)?;
        let path = directory
            .join(hex.get(..2).unwrap_or_default())
            .join(hex.get(2..).unwrap_or_default());
        // What does not shrink when compressed grows a little.
        let meta = std::fs::metadata(&path).map_err(|error| match error.kind() {
            // Packed since it was listed.
            std::io::ErrorKind::NotFound => Damage::Missing,
            _ => files::failed(error),
        });
        let len = meta?.len();
        if len > limit.saturating_add(limit / 1024 + 64) {
            return Err(Damage::TooLarge(len, limit));
        }
        wait(len);
        let stream = files::read(&path)?.ok_or(Damage::Missing)?;
        inflater.loose(&stream, limit, out, wait)
    }

    fn open_packs(&mut self, directory: &Path) {
        let names = file_names(directory, &mut self.gaps);
        let known: HashSet<PathBuf> = names.iter().map(|name| directory.join(name)).collect();
        for name in &names {
            let path = directory.join(name);
            let has = |extension: &str| known.contains(&path.with_extension(extension));
            let failed = match path.extension().and_then(OsStr::to_str) {
                // Git is still writing a pack of another name.
                Some("pack") if name.as_encoded_bytes().starts_with(b"pack-") && !has("idx") => {
                    Err("the pack has no index; make one with `git index-pack`".to_owned())
                }
                // An index alone is left behind by an interrupted repack; git ignores it too.
                // Whatever its name, as git does.
                Some("idx") if has("pack") => {
                    let opened = self.open_pack(&path);
                    let gone = |path: &Path| path.symlink_metadata().is_err();
                    self.has_moved |=
                        opened.is_err() && (gone(&path) || gone(&path.with_extension("pack")));
                    opened
                }
                extension => {
                    self.promisor |= extension == Some("promisor");
                    Ok(())
                }
            };
            if let Err(why) = failed {
                self.gaps.push(Gap {
                    what: path.display().to_string(),
                    why,
                });
            }
        }
    }

    fn open_pack(&mut self, index: &Path) -> Result<(), String> {
        let pack = Pack::open(index, self.hash)
            .map_err(|damage| format!("{damage}; `git fsck` tells more"))?;
        let end = self
            .packed()
            .checked_add(pack.index.count())
            .filter(|end| *end < MOST_SLOTS);
        self.starts
            .push(end.ok_or("there are more objects than can be counted")?);
        self.packs.push(pack);
        Ok(())
    }

    fn list_loose(&mut self) {
        for (number, directory) in self.directories.iter().enumerate() {
            for byte in 0..=255u8 {
                let prefix = format!("{byte:02x}");
                let ids = file_names(&directory.join(&prefix), &mut self.gaps).into_iter();
                let ids = ids.filter_map(|name| loose_id(&prefix, name.to_str()?, self.hash));
                self.loose.extend(ids.map(|id| Loose {
                    id,
                    directory: number as u32,
                }));
            }
        }
        self.loose.sort_by_key(|loose| loose.id);
        self.loose.dedup_by(|a, b| a.id == b.id);
    }

    /// Makes ready for many look-ups.
    pub(super) fn quicken(&self, threads: usize) {
        if self.has_several_packs() {
            self.merged();
        } else if let Some(pack) = self.packs.first() {
            pack.index.quicken(threads);
        }
    }

    fn merged(&self) -> &Merged {
        self.merged.get_or_init(|| Merged::of(self))
    }
}

fn file_names(directory: &Path, gaps: &mut Vec<Gap>) -> Vec<OsString> {
    files::names(directory).unwrap_or_else(|damage| {
        gaps.push(Gap {
            what: directory.display().to_string(),
            why: damage.to_string(),
        });
        Vec::new()
    })
}

/// Slots stay below this; above it are marks.
const MOST_SLOTS: Slot = u32::MAX - 16;

#[cfg(test)]
mod tests {
    use super::super::Plan;
    use super::super::fixture::{Proof, Scratch};
    use super::*;

    #[test]
    fn what_was_packed_since_it_was_listed_is_found() {
        let mut scratch = Scratch::new(&[]);
        scratch.grow(4);
        let (before, here) = (scratch.open(), scratch.open());
        let plan = Plan {
            kinds: &[Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag],
            ..Plan::default()
        };
        let (wanted, _) = Proof::of(&before, &plan);
        assert!(!wanted.seen.is_empty());
        let looked_again = |store: &Store| store.later.get().is_some();
        assert!(!looked_again(before.store()), "nothing had moved");
        scratch.git(&["repack", "-adq"]);
        let (proof, walked) = Proof::of(&here, &plan);
        assert_eq!(walked.gaps, []);
        assert_eq!(proof.seen, wanted.seen);
        assert!(looked_again(here.store()));
        for (id, kind) in &wanted.seen {
            assert_eq!(here.read(id).map(|(found, _)| found), Ok(*kind));
        }
    }
}
