//! Looks objects up one by one, for the few that a change or a range has: nothing is listed but the names of packs, and those
//! only once an object is not loose.

use super::alternates::with_alternates;
use super::commit::{CommitLinks, describe};
use super::files;
use super::inflate::Buffer;
use super::oid::{Damage, HashKind, Kind, Oid};
use super::pack::Pack;
use super::single::{Single, Whole};
use crate::finding::CommitRef;
use std::cell::RefCell;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// An object database that few objects are wanted of.
pub(in crate::source) struct Lone {
    hash: HashKind,
    /// The repository's own object directory and those it borrows from.
    directories: Vec<PathBuf>,
    packs: OnceLock<Vec<Pack>>,
    /// As they are when an object was found nowhere: a repack may have moved it.
    later: OnceLock<Vec<Pack>>,
}

/// A commit.
pub(in crate::source) struct Commit {
    /// As it is stored.
    pub(in crate::source) text: Arc<Vec<u8>>,
    /// What reports say of it.
    pub(in crate::source) shown: CommitRef,
    pub(in crate::source) tree: Oid,
    pub(in crate::source) parents: Vec<Oid>,
}

/// One thread's way to the objects.
pub(in crate::source) struct Reader<'l> {
    database: &'l Lone,
    single: RefCell<Single>,
}

impl Lone {
    /// The database in `objects` (`.git/objects`), in what it borrows from and in what `more` names
    /// (`GIT_ALTERNATE_OBJECT_DIRECTORIES`). Directories that are not there are passed over: an object that is then missing
    /// is noticed.
    pub(in crate::source) fn open(objects: &Path, more: &[PathBuf], hash: HashKind) -> Self {
        let mut directories = Vec::new();
        for start in std::iter::once(objects).chain(more.iter().map(PathBuf::as_path)) {
            for directory in with_alternates(start, &mut Vec::new()) {
                if !directories.contains(&directory) {
                    directories.push(directory);
                }
            }
        }
        Self {
            hash,
            directories,
            packs: OnceLock::new(),
            later: OnceLock::new(),
        }
    }

    /// A reader for one thread.
    pub(in crate::source) fn reader(&self) -> Reader<'_> {
        Reader {
            database: self,
            single: RefCell::default(),
        }
    }

    /// How its objects are named.
    pub(in crate::source) fn hash(&self) -> HashKind {
        self.hash
    }

    /// An object that has a file of its own.
    fn file(&self, single: &mut Single, id: &Oid, limit: u64) -> Result<Whole, Damage> {
        let hex = id.to_string();
        let mut why = Damage::Missing;
        for directory in &self.directories {
            match loose(single, directory, &hex, limit) {
                Err(damage) => why = telling(why, damage),
                whole => return whole,
            }
        }
        Err(why)
    }

    /// Packs that cannot be opened are passed over, as directories are.
    fn list(&self) -> Vec<Pack> {
        let mut packs = Vec::new();
        for directory in &self.directories {
            let directory = directory.join("pack");
            let names = files::names(&directory).unwrap_or_default();
            let indexes = names
                .iter()
                .map(|name| directory.join(name))
                .filter(|path| path.extension() == Some(OsStr::new("idx")));
            packs.extend(indexes.filter_map(|index| Pack::open(&index, self.hash).ok()));
        }
        packs
    }
}

impl Reader<'_> {
    /// How the objects are named.
    pub(in crate::source) fn hash(&self) -> HashKind {
        self.database.hash
    }

    /// The kind and the bytes of an object.
    ///
    /// # Errors
    /// When no copy of it can be read: it is missing, damaged, or has more bytes than `limit`.
    pub(in crate::source) fn read(&self, id: &Oid, limit: u64) -> Result<Whole, Damage> {
        let mut single = self.single.borrow_mut();
        let (single, database) = (&mut *single, self.database);
        // Packs are not opened for what is loose; once they are open, most objects are in them.
        let read = match database.packs.get() {
            Some(packs) => packed(single, packs, 0, id, limit).or_else(|why| {
                let file = database.file(single, id, limit);
                file.map_err(|other| telling(why, other))
            }),
            None => database.file(single, id, limit).or_else(|why| {
                let packs = database.packs.get_or_init(|| database.list());
                packed(single, packs, 0, id, limit).map_err(|other| telling(why, other))
            }),
        };
        if read != Err(Damage::Missing) {
            return read;
        }
        let first = database.packs.get().map_or(0, Vec::len);
        let later = database.later.get_or_init(|| database.list());
        packed(single, later, first, id, limit)
    }

    /// A commit.
    ///
    /// # Errors
    /// As [`Self::read`]; and when it is no commit.
    pub(in crate::source) fn commit(&self, id: &Oid) -> Result<Commit, Damage> {
        let (text, links) = self.links(id)?;
        Ok(Commit {
            shown: describe(id, &text),
            text,
            tree: links.tree,
            parents: links.parents,
        })
    }

    /// The tree of a commit.
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub(in crate::source) fn tree_of(&self, commit: &Oid) -> Result<Oid, Damage> {
        self.links(commit).map(|(_, links)| links.tree)
    }

    fn links(&self, id: &Oid) -> Result<(Arc<Vec<u8>>, CommitLinks), Damage> {
        let (kind, text) = self.read(id, LARGEST_COMMIT)?;
        let links = CommitLinks::parse(self.hash(), &text).filter(|_| kind == Kind::Commit);
        Ok((text, links.ok_or(Damage::Format("commit"))?))
    }
}

/// The object as the first pack has it in which it can be read. `first` is the number of the first of these packs.
fn packed(
    single: &mut Single,
    packs: &[Pack],
    first: usize,
    id: &Oid,
    limit: u64,
) -> Result<Whole, Damage> {
    let mut why = Damage::Missing;
    for (number, pack) in (first..).zip(packs) {
        let Some(offset) = pack.index.offset_of(id) else {
            continue;
        };
        match single.packed((number, pack, offset), limit) {
            Err(damage) => why = telling(why, damage),
            whole => return whole,
        }
    }
    Err(why)
}

/// Of two reasons why an object cannot be read, the first that says more than that it is not there.
fn telling(one: Damage, other: Damage) -> Damage {
    if one == Damage::Missing { other } else { one }
}

fn loose(single: &mut Single, directory: &Path, hex: &str, limit: u64) -> Result<Whole, Damage> {
    let (first, rest) = hex.split_at_checked(2).ok_or(Damage::Missing)?;
    let path = directory.join(first).join(rest);
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Damage::Missing,
        _ => files::failed(error),
    };
    // Before it is opened: a pipe would keep us waiting.
    let meta = std::fs::metadata(&path).map_err(failed)?;
    if !meta.is_file() {
        return Err(Damage::Format("file type"));
    }
    // What does not shrink when compressed grows a little.
    if meta.len() > limit.saturating_add(limit / 1024 + 64) {
        return Err(Damage::TooLarge(meta.len(), limit));
    }
    let stream = std::fs::read(&path).map_err(failed)?;
    let mut out = Buffer::default();
    let kind = single.loose(&stream, limit, &mut out)?;
    Ok((kind, Arc::new(out.into_vec())))
}

/// A commit of more bytes is none that a person made.
const LARGEST_COMMIT: u64 = 256 << 20;

#[cfg(test)]
mod tests {
    use super::super::fixture::Scratch;
    use super::*;

    #[test]
    fn what_was_packed_since_packs_were_listed_is_found() {
        let mut scratch = Scratch::new(&[]);
        scratch.grow(4);
        let history = scratch.open();
        let objects = history.directories()[1].join("objects");
        let database = Lone::open(&objects, &[], history.store().hash());
        let reader = database.reader();
        let ids: Vec<Oid> = history.store().loose_ids().copied().collect();
        let (last, others) = ids.split_last().expect("there are objects");
        let read = |id: &Oid| {
            let read = reader.read(id, 1 << 20);
            read.map(|(kind, bytes)| (kind, bytes.to_vec()))
        };
        for id in others {
            assert_eq!(read(id), history.read(id));
        }
        assert!(database.packs.get().is_none(), "none was wanted");
        let wanted = history.read(last);
        assert!(database.packs.get_or_init(|| database.list()).is_empty());
        scratch.git(&["repack", "-adq"]);
        assert!(wanted.is_ok() && read(last) == wanted);
        let none = Oid::of(database.hash(), Kind::Blob, b"no object");
        let none = none.expect("the hash is known");
        assert_eq!(read(&none), Err(Damage::Missing));
    }

    #[test]
    fn a_copy_that_can_be_read_is_read() {
        let mut scratch = Scratch::new(&[]);
        scratch.grow(2);
        let history = scratch.open();
        let objects = history.directories()[1].join("objects");
        let database = Lone::open(&objects, &[], history.store().hash());
        let ids: Vec<Oid> = history.store().loose_ids().copied().collect();
        scratch.git(&["repack", "-aq"]);
        let reader = database.reader();
        for id in &ids {
            let wanted = history.read(id).map(|(_, bytes)| bytes);
            let hex = id.to_string();
            let path = objects.join(&hex[..2]).join(&hex[2..]);
            std::fs::remove_file(&path)
                .and_then(|()| std::fs::write(&path, "no object"))
                .expect("it is ours");
            let read = |limit| reader.read(id, limit).map(|(_, bytes)| bytes.to_vec());
            assert_eq!(read(1 << 20), wanted, "{id}");
            let len = wanted.map_or(0, |bytes| bytes.len() as u64);
            assert!(
                len == 0 || matches!(read(len - 1), Err(Damage::TooLarge(..))),
                "{id}"
            );
        }
    }
}
