//! What differs between two trees, or between a tree and the index: which paths hold another blob.
//!
//! Only directories that differ are looked into. Nothing is decided about lines here.

use super::index::{Cursor, Index, IndexError, Node, TreeCache};
use crate::finding::{Gap, RepoPath};
use git2::{ErrorCode, Oid, Tree};
use std::cmp::Ordering;

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Paths with a new blob.
    pub(super) changed: Vec<Change>,
    /// Files and directories that are gone.
    pub(super) deleted: Vec<Deleted>,
    /// Trees that could not be read; conflicts of the index.
    pub(super) gaps: Vec<Gap>,
    /// Paths announced with `git add -N`.
    pub(super) announced: usize,
}

/// A path with a new blob.
#[derive(Debug)]
pub(super) struct Change {
    /// From the top of the work tree.
    pub(super) path: Vec<u8>,
    /// The new blob.
    pub(super) id: Oid,
    /// Whether it is the text of a symbolic link.
    pub(super) is_link: bool,
    /// For each side compared with: the blob that was at this path, or at the path it was renamed from.
    pub(super) olds: Vec<Option<Oid>>,
}

impl Change {
    /// Whether nothing was at this path before.
    pub(super) fn is_addition(&self) -> bool {
        self.olds.iter().all(Option::is_none)
    }
}

/// A path that is gone.
#[derive(Debug, Clone)]
pub(super) struct Deleted {
    /// From the top of the work tree.
    pub(super) path: Vec<u8>,
    /// The blob, or the tree when it was a directory.
    pub(super) id: Oid,
    /// Whether it was a directory.
    pub(super) is_tree: bool,
}

impl Changes {
    /// What `new` has that none of `olds` has: one parent, several for a merge, none for a first commit.
    /// What is gone is told of the first parent only.
    pub(super) fn between(repository: &git2::Repository, olds: &[Oid], new: Oid) -> Self {
        let mut walk = Walk {
            repository,
            out: Self::default(),
        };
        let olds: Vec<Option<Oid>> = olds.iter().copied().map(Some).collect();
        walk.trees(&mut Vec::new(), &olds, new, 0);
        walk.out
    }

    /// What the index has that the tree `head` has not.
    pub(super) fn staged(
        repository: &git2::Repository,
        head: Option<Oid>,
        index: &Index,
    ) -> Result<Self, IndexError> {
        let cache = index.tree_cache()?;
        let mut entries = index.entries();
        entries.advance()?;
        let mut walk = Staging {
            walk: Walk {
                repository,
                out: Self::default(),
            },
            cache,
            entries,
        };
        let root = walk.cache.root();
        walk.directory(&mut Vec::new(), head, root, 0)?;
        Ok(walk.walk.out)
    }
}

/// Tree against trees.
struct Walk<'r> {
    repository: &'r git2::Repository,
    out: Changes,
}

/// An entry of a tree.
struct Item {
    name: Vec<u8>,
    id: Oid,
    kind: Kind,
}

/// The entries of an earlier tree, in step with those of the new one.
struct Before {
    items: std::iter::Peekable<std::vec::IntoIter<Item>>,
}

impl Before {
    fn new(items: Vec<Item>) -> Self {
        Self {
            items: items.into_iter().peekable(),
        }
    }

    /// The entry with the place of `item`; those before it are `gone`.
    fn step(&mut self, item: &Item, mut gone: impl FnMut(&Item)) -> Option<Item> {
        while let Some(passed) = self.items.next_if(|old| order(old, item) == Ordering::Less) {
            gone(&passed);
        }
        self.items
            .next_if(|old| order(old, item) == Ordering::Equal)
    }
}

/// What git's file modes come down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Tree,
    File,
    Link,
    /// A submodule: a commit of another repository.
    Module,
}

impl Kind {
    fn of(mode: u32) -> Self {
        match mode & 0o170_000 {
            0o040_000 => Self::Tree,
            0o120_000 => Self::Link,
            0o160_000 => Self::Module,
            _ => Self::File,
        }
    }
}

impl Walk<'_> {
    fn trees(&mut self, prefix: &mut Vec<u8>, olds: &[Option<Oid>], new: Oid, depth: usize) {
        if olds.contains(&Some(new)) || self.is_too_deep(prefix, depth) {
            return;
        }
        let mut befores: Vec<Before> = olds.iter().map(|old| self.before(prefix, *old)).collect();
        for item in self.items(prefix, new) {
            let mut same = Vec::with_capacity(befores.len());
            for (at, before) in befores.iter_mut().enumerate() {
                same.push(before.step(&item, |gone| self.delete(at, prefix, gone)));
            }
            let length = prefix.len();
            prefix.extend_from_slice(&item.name);
            if item.kind == Kind::Tree {
                prefix.push(b'/');
                let olds: Vec<Option<Oid>> = same
                    .iter()
                    .map(|old| old.as_ref().map(|old| old.id))
                    .collect();
                self.trees(prefix, &olds, item.id, depth + 1);
            } else {
                self.file(prefix, &item, &same);
            }
            prefix.truncate(length);
        }
        for gone in befores
            .into_iter()
            .next()
            .into_iter()
            .flat_map(|first| first.items)
        {
            self.delete(0, prefix, &gone);
        }
    }

    /// A path that is there now, and what was there before.
    fn file(&mut self, path: &[u8], new: &Item, olds: &[Option<Item>]) {
        let is_same = |old: &Item| old.id == new.id && old.kind == new.kind;
        if new.kind == Kind::Module || olds.iter().flatten().any(is_same) {
            return;
        }
        let comparable = |old: &Option<Item>| {
            old.as_ref()
                .filter(|old| old.kind == new.kind)
                .map(|old| old.id)
        };
        self.out.changed.push(Change {
            path: path.to_vec(),
            id: new.id,
            is_link: new.kind == Kind::Link,
            olds: olds.iter().map(comparable).collect(),
        });
    }

    /// A path that is gone, when it is the first parent's.
    fn delete(&mut self, parent: usize, prefix: &[u8], gone: &Item) {
        if parent == 0 && matches!(gone.kind, Kind::Tree | Kind::File) {
            let path = [prefix, &gone.name].concat();
            self.out.deleted.push(Deleted {
                path,
                id: gone.id,
                is_tree: gone.kind == Kind::Tree,
            });
        }
    }

    fn before(&mut self, prefix: &[u8], tree: Option<Oid>) -> Before {
        Before::new(tree.map_or_else(Vec::new, |id| self.items(prefix, id)))
    }

    /// What a tree holds; a gap when it cannot be read.
    fn items(&mut self, prefix: &[u8], id: Oid) -> Vec<Item> {
        match self.repository.find_tree(id) {
            Ok(tree) => items_of(&tree),
            Err(error) => {
                self.out.gaps.push(missing("tree", id, prefix, &error));
                Vec::new()
            }
        }
    }

    /// Recursion must end, whatever a hostile tree holds.
    fn is_too_deep(&mut self, prefix: &[u8], depth: usize) -> bool {
        if depth < DEEPEST {
            return false;
        }
        let what = RepoPath::from_bytes(prefix)
            .as_str()
            .chars()
            .take(200)
            .collect();
        self.out.gaps.push(Gap {
            what,
            why: format!("directories lie more than {DEEPEST} deep"),
        });
        true
    }
}

/// Tree against index.
struct Staging<'r, 'i> {
    walk: Walk<'r>,
    cache: TreeCache<'i>,
    entries: Cursor<'i>,
}

impl<'i> Staging<'_, 'i> {
    /// The entries from here on that start with `prefix`, against the tree that HEAD has there. In a sparse index
    /// one entry may stand for the whole directory.
    fn directory(
        &mut self,
        prefix: &mut Vec<u8>,
        head: Option<Oid>,
        node: Option<Node<'i>>,
        depth: usize,
    ) -> Result<(), IndexError> {
        if let (Some(head), Some((tree, count))) = (head, node.and_then(|node| node.tree))
            && head.as_bytes() == tree
        {
            for _ in 0..count {
                self.entries.advance()?;
            }
            return Ok(());
        }
        if let Some(entry) = self.entries.current()
            && entry.path == prefix.as_slice()
            && Kind::of(entry.mode) == Kind::Tree
        {
            let tree = Oid::from_bytes(entry.id).unwrap_or(Oid::ZERO_SHA1);
            self.walk.trees(prefix, &[head], tree, depth);
            self.entries.advance()?;
            return Ok(());
        }
        let too_deep = self.walk.is_too_deep(prefix, depth);
        let mut before = self.walk.before(prefix, head.filter(|_| !too_deep));
        while let Some(next) = self.next_below(prefix) {
            let same = before.step(&next, |gone| self.walk.delete(0, prefix, gone));
            if too_deep {
                self.entries.advance()?;
            } else if next.kind == Kind::Tree {
                let length = prefix.len();
                let node = self.cache.child(node, &next.name);
                prefix.extend_from_slice(&next.name);
                prefix.push(b'/');
                self.directory(prefix, same.map(|old| old.id), node, depth + 1)?;
                prefix.truncate(length);
            } else {
                self.entry(&next, same)?;
            }
        }
        for gone in before.items {
            self.walk.delete(0, prefix, &gone);
        }
        Ok(())
    }

    /// The next name in the directory `prefix`: a file of it, or a directory that some entries are in.
    fn next_below(&self, prefix: &[u8]) -> Option<Item> {
        let entry = self.entries.current()?;
        let rest = entry.path.strip_prefix(prefix)?;
        let kind = Kind::of(entry.mode);
        Some(match memchr::memchr(b'/', rest) {
            Some(end) => Item {
                name: rest[..end].to_vec(),
                id: Oid::ZERO_SHA1,
                kind: Kind::Tree,
            },
            None => Item {
                name: rest.to_vec(),
                id: Oid::from_bytes(entry.id).unwrap_or(Oid::ZERO_SHA1),
                kind,
            },
        })
    }

    /// One file, with all its stages.
    fn entry(&mut self, item: &Item, old: Option<Item>) -> Result<(), IndexError> {
        let Some(entry) = self.entries.current() else {
            return Ok(());
        };
        let path = entry.path.to_vec();
        if entry.stage > 0 {
            let what = RepoPath::from_bytes(&path).as_str().to_owned();
            let why = "the index holds a merge conflict here; resolve it and `git add` the file"
                .to_owned();
            self.walk.out.gaps.push(Gap { what, why });
            while self
                .entries
                .advance()?
                .is_some_and(|next| next.stage > 0 && next.path == path)
            {}
            return Ok(());
        }
        if entry.intent_to_add {
            self.walk.out.announced += 1;
        } else {
            self.walk.file(&path, item, &[old]);
        }
        self.entries.advance()?;
        Ok(())
    }
}

/// Reads a tree into a list.
fn items_of(tree: &Tree<'_>) -> Vec<Item> {
    let item = |entry: git2::TreeEntry<'_>| Item {
        name: entry.name_bytes().to_vec(),
        id: entry.id(),
        kind: Kind::of(u32::try_from(entry.filemode_raw()).unwrap_or_default()),
    };
    tree.iter().map(item).collect()
}

/// Git's order: as if the names of directories ended with `/`.
fn order(a: &Item, b: &Item) -> Ordering {
    let shared = a.name.len().min(b.name.len());
    let next = |item: &Item| match item.name.get(shared) {
        Some(byte) => *byte,
        None if item.kind == Kind::Tree => b'/',
        None => 0,
    };
    a.name[..shared]
        .cmp(&b.name[..shared])
        .then_with(|| next(a).cmp(&next(b)))
        .then_with(|| {
            // Both names ended, or one goes on with the byte that stands for the other's end.
            a.name.len().cmp(&b.name.len())
        })
}

/// The gap for an object that should be there.
pub(super) fn missing(kind: &str, id: Oid, path: &[u8], error: &git2::Error) -> Gap {
    let path = RepoPath::from_bytes(path.strip_suffix(b"/").unwrap_or(path));
    let place = if path.as_str().is_empty() {
        String::new()
    } else {
        format!(" ({})", path.as_str())
    };
    let why = if error.code() == ErrorCode::NotFound {
        "not in the object database; in a partial clone `git fetch --refetch --no-filter` brings it"
            .to_owned()
    } else {
        format!("cannot be read: {}", error.message())
    };
    Gap {
        what: format!("{kind} {id}{place}"),
        why,
    }
}

/// Directories may lie this deep: more than any system's paths allow.
const DEEPEST: usize = 1024;
