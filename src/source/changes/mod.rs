//! What differs between two trees, or between a tree and the index: which paths hold another blob.
//!
//! Only directories that differ are looked into. Nothing is decided about lines here.

mod staging;

use super::history::{self, Damage, Entries, EntryKind, Oid, Reader};
use crate::finding::{Gap, RepoPath};
use std::cmp::Ordering;

/// What was found so far.
#[derive(Debug, Default)]
pub(in crate::source) struct Changes {
    /// Paths with a new blob.
    pub(in crate::source) changed: Vec<Change>,
    /// Files and directories that are gone.
    pub(in crate::source) deleted: Vec<Deleted>,
    /// Trees that could not be read; conflicts of the index.
    pub(in crate::source) gaps: Vec<Gap>,
    /// Paths announced with `git add -N`.
    pub(in crate::source) announced: usize,
}

/// A path with a new blob.
#[derive(Debug)]
pub(in crate::source) struct Change {
    /// From the top of the work tree.
    pub(in crate::source) path: Vec<u8>,
    /// The new blob.
    pub(in crate::source) id: Oid,
    /// Whether it is the text of a symbolic link.
    pub(in crate::source) is_link: bool,
    /// For each side compared with: the blob that was at this path, or at the path it was renamed from.
    pub(in crate::source) olds: Vec<Option<Oid>>,
    /// The path it was renamed from: then its own is new, whatever of the blob is.
    pub(in crate::source) moved_from: Option<Vec<u8>>,
}

impl Change {
    /// Whether nothing was at this path before.
    pub(in crate::source) fn is_addition(&self) -> bool {
        self.olds.iter().all(Option::is_none)
    }

    /// Notes which file this was before.
    pub(in crate::source) fn was(&mut self, old: &Deleted) {
        self.olds = vec![Some(old.id)];
        self.moved_from = Some(old.path.clone());
    }
}

/// A path that is gone.
#[derive(Debug, Clone)]
pub(in crate::source) struct Deleted {
    /// From the top of the work tree.
    pub(in crate::source) path: Vec<u8>,
    /// The blob, or the tree when it was a directory.
    pub(in crate::source) id: Oid,
    /// Whether it was a directory.
    pub(in crate::source) is_tree: bool,
}

impl Changes {
    /// What `new` has that none of `olds` has: one parent, several for a merge, none for a first commit.
    /// What is gone is told of the first parent only.
    pub(in crate::source) fn between(reader: &Reader<'_>, olds: &[Oid], new: Oid) -> Self {
        let mut walk = Walk {
            reader,
            out: Self::default(),
        };
        let olds: Vec<Option<Oid>> = olds.iter().copied().map(Some).collect();
        walk.trees(&mut Vec::new(), &olds, new, 0);
        walk.out
    }
}

/// Tree against trees.
struct Walk<'r> {
    reader: &'r Reader<'r>,
    out: Changes,
}

/// An entry of a tree.
pub(in crate::source) struct Item {
    pub(in crate::source) name: Vec<u8>,
    pub(in crate::source) id: Oid,
    pub(in crate::source) kind: Kind,
}

/// A tree that is being gone through.
struct Level {
    items: std::vec::IntoIter<Item>,
    befores: Vec<Before>,
    /// Bytes of the path of the directory that it is in.
    start: usize,
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
pub(in crate::source) enum Kind {
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
    /// What the tree `new` has, below `prefix`, that none of `olds` has. Trees that are open are kept in a list, as calls
    /// within calls would be as deep as a hostile tree wants.
    fn trees(&mut self, prefix: &mut Vec<u8>, olds: &[Option<Oid>], new: Oid, depth: usize) {
        let start = prefix.len();
        let mut open: Vec<Level> = self
            .enter(prefix, start, olds, new, depth)
            .into_iter()
            .collect();
        while let Some(level) = open.last_mut() {
            let Some(item) = level.items.next() else {
                self.leave(prefix, level);
                open.pop();
                continue;
            };
            let mut same = Vec::with_capacity(level.befores.len());
            for (at, before) in level.befores.iter_mut().enumerate() {
                same.push(before.step(&item, |gone| self.delete(at, prefix, gone)));
            }
            let length = prefix.len();
            prefix.extend_from_slice(&item.name);
            if item.kind != Kind::Tree {
                self.file(prefix, &item, &same);
                prefix.truncate(length);
                continue;
            }
            prefix.push(b'/');
            let olds: Vec<Option<Oid>> = same.iter().map(|old| Some(old.as_ref()?.id)).collect();
            let below = depth + open.len();
            match self.enter(prefix, length, &olds, item.id, below) {
                Some(level) => open.push(level),
                None => prefix.truncate(length),
            }
        }
    }

    /// Opens the tree that is at `prefix`; none when there is nothing to see in it. The path is cut to `start` after it.
    fn enter(
        &mut self,
        prefix: &[u8],
        start: usize,
        olds: &[Option<Oid>],
        new: Oid,
        depth: usize,
    ) -> Option<Level> {
        if olds.contains(&Some(new)) || self.is_full() || self.is_too_deep(prefix, depth) {
            return None;
        }
        let befores = olds.iter().map(|old| self.before(prefix, *old)).collect();
        Some(Level {
            items: self.items(prefix, new).into_iter(),
            befores,
            start,
        })
    }

    /// What is left of the first parent's tree at the end of the new one is gone.
    fn leave(&mut self, prefix: &mut Vec<u8>, level: &mut Level) {
        let first = level.befores.first_mut().map(|first| &mut first.items);
        for gone in first.into_iter().flatten() {
            self.delete(0, prefix, &gone);
        }
        prefix.truncate(level.start);
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
            moved_from: None,
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
        items(self.reader, &id).unwrap_or_else(|damage| {
            self.out.gaps.push(missing("tree", &id, prefix, &damage));
            Vec::new()
        })
    }

    /// A few small trees that hold each other can stand for billions of paths.
    fn is_full(&mut self) -> bool {
        if self.out.changed.len() < MOST_CHANGES {
            return false;
        }
        let gap = Gap {
            what: "changed files".to_owned(),
            why: format!("there are more than {MOST_CHANGES} at once"),
        };
        if !self.out.gaps.contains(&gap) {
            self.out.gaps.push(gap);
        }
        true
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

/// Reads a tree into a list.
///
/// # Errors
/// It is missing, or no tree, or damaged: then none of it is known.
pub(in crate::source) fn items(reader: &Reader<'_>, id: &Oid) -> Result<Vec<Item>, Damage> {
    let (kind, bytes) = reader.read(id, LARGEST_TREE)?;
    let damage = Damage::Format("tree");
    if kind != history::Kind::Tree {
        return Err(damage);
    }
    let mut entries = Entries::new(reader.hash(), &bytes);
    let mut items = Vec::new();
    for entry in entries.by_ref() {
        let id = Oid::new(reader.hash(), entry.id).filter(|_| !entry.name.is_empty());
        items.push(Item {
            name: entry.name.to_vec(),
            id: id.ok_or_else(|| damage.clone())?,
            kind: match entry.kind {
                EntryKind::Tree => Kind::Tree,
                EntryKind::Blob if entry.mode.starts_with(LINK) => Kind::Link,
                EntryKind::Blob => Kind::File,
                EntryKind::Link => Kind::Module,
            },
        });
    }
    if entries.is_whole() {
        Ok(items)
    } else {
        Err(damage)
    }
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
pub(in crate::source) fn missing(kind: &str, id: &Oid, path: &[u8], damage: &Damage) -> Gap {
    let path = RepoPath::from_bytes(path.strip_suffix(b"/").unwrap_or(path));
    let place = if path.as_str().is_empty() {
        String::new()
    } else {
        format!(" ({})", path.as_str())
    };
    let why = match damage {
        Damage::Missing => {
            "not in the object database; in a partial clone `git fetch --refetch --no-filter` brings it"
                .to_owned()
        }
        Damage::TooLarge(..) => "a packed object this large does not fit in memory; check the file itself".to_owned(),
        Damage::Io(_) => damage.to_string(),
        _ => format!("cannot be read: {damage}"),
    };
    Gap {
        what: format!("{kind} {id}{place}"),
        why,
    }
}

/// So many changes are followed, of one commit or in the index.
const MOST_CHANGES: usize = if cfg!(test) { 10_000 } else { 1_000_000 };

/// Trees of more bytes are none that a person made.
const LARGEST_TREE: u64 = 256 << 20;

/// How the mode of a symbolic link begins.
const LINK: &[u8] = b"12";

/// Directories may lie this deep: more than any system's paths allow.
const DEEPEST: usize = 1024;

#[cfg(test)]
mod tests;
