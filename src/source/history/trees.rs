//! Trees: directories as git stores them.

use super::Repository;
use super::commit::CommitLinks;
use super::oid::{HashKind, Oid};
use crate::finding::RepoPath;

impl Repository {
    /// The blob at a path of a commit, as reports write paths; `None` when it cannot be found.
    #[must_use]
    pub fn blob_at(&self, commit: &Oid, path: &RepoPath) -> Option<Oid> {
        let hash = self.store().hash();
        let (_, bytes) = self.read(commit).ok()?;
        let mut at = CommitLinks::parse(hash, &bytes)?.tree;
        for name in path.as_str().split('/') {
            let (_, tree) = self.read(&at).ok()?;
            let entry = Entries::new(hash, &tree)
                .find(|entry| RepoPath::from_bytes(entry.name).as_str() == name)?;
            at = Oid::new(hash, entry.id)?;
        }
        Some(at)
    }
}

/// One line of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) struct TreeEntry<'t> {
    pub(in crate::source) kind: EntryKind,
    /// Five or six octal digits.
    pub(in crate::source) mode: &'t [u8],
    pub(in crate::source) name: &'t [u8],
    /// As long as the hash.
    pub(in crate::source) id: &'t [u8],
}

/// What a line of a directory names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::source) enum EntryKind {
    Tree,
    /// A file or a symbolic link.
    Blob,
    /// A commit of another repository: a submodule.
    Link,
}

/// The entries of a tree. Ends early where the tree is damaged: [`Self::is_whole`] tells.
pub(in crate::source) struct Entries<'t> {
    rest: &'t [u8],
    hash: usize,
}

impl<'t> Entries<'t> {
    pub(in crate::source) fn new(hash: HashKind, bytes: &'t [u8]) -> Self {
        Self {
            rest: bytes,
            hash: hash.len(),
        }
    }

    /// Whether all bytes were read, once there are no more entries.
    pub(in crate::source) fn is_whole(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many bytes are not read yet.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }
}

impl<'t> Iterator for Entries<'t> {
    type Item = TreeEntry<'t>;

    fn next(&mut self) -> Option<Self::Item> {
        // Modes have five or six digits; very old trees have `040000` for directories.
        let space = if *self.rest.get(5)? == b' ' { 5 } else { 6 };
        let (mode, rest) = self.rest.split_at_checked(space)?;
        let kind = match mode {
            b"40000" | b"040000" => EntryKind::Tree,
            b"160000" => EntryKind::Link,
            [b'1', b'0' | b'2', ..] => EntryKind::Blob,
            _ => return None,
        };
        let rest = rest.strip_prefix(b" ")?;
        let (name, rest) = rest.split_at_checked(memchr::memchr(0, rest)?)?;
        let (id, rest) = rest.get(1..)?.split_at_checked(self.hash)?;
        self.rest = rest;
        Some(TreeEntry {
            kind,
            mode,
            name,
            id,
        })
    }
}

/// Which ids were asked for lately, and what came out: most entries of a tree stand in its neighbours too.
pub(super) struct Recent<T> {
    places: Vec<Option<(Oid, T)>>,
    hash: HashKind,
}

impl<T: Copy> Recent<T> {
    pub(super) fn new(hash: HashKind) -> Self {
        Self {
            places: vec![None; RECENT],
            hash,
        }
    }

    /// What `find` makes of the id, now or earlier.
    pub(super) fn get(&mut self, id: &[u8], find: impl FnOnce(&Oid) -> T) -> Option<T> {
        let place = usize::from_le_bytes(*id.first_chunk()?) % RECENT;
        let place = self.places.get_mut(place)?;
        match place {
            Some((known, value)) if known.as_bytes() == id => Some(*value),
            _ => {
                let id = Oid::new(self.hash, id)?;
                let value = find(&id);
                *place = Some((id, value));
                Some(value)
            }
        }
    }
}

/// Ids remembered; a power of two.
const RECENT: usize = 1 << 14;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_split() {
        let id = [9; 20];
        let tree = [
            &b"40000 dir\0"[..],
            &id,
            b"100644 a b\0",
            &id,
            b"160000 sub\0",
            &id,
            b"120000 link\0",
            &id,
        ]
        .concat();
        let mut entries = Entries::new(HashKind::Sha1, &tree);
        let names: Vec<_> = entries
            .by_ref()
            .map(|entry| (entry.kind, entry.name))
            .collect();
        use EntryKind::{Blob, Link, Tree};
        assert_eq!(
            names,
            [
                (Tree, &b"dir"[..]),
                (Blob, b"a b"),
                (Link, b"sub"),
                (Blob, b"link")
            ]
        );
        assert!(entries.is_whole());
    }

    #[test]
    fn damage_is_noticed() {
        for bad in [
            &b"1"[..],
            b"100644 a",
            b"100644 a\0short",
            b"999999 a\0xxxxxxxxxxxxxxxxxxxx",
            b"1006444 a\0",
        ] {
            let mut entries = Entries::new(HashKind::Sha1, bad);
            assert_eq!(entries.next(), None, "{bad:?}");
            assert!(!entries.is_whole());
        }
    }
}
