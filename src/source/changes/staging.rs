//! A tree against the index. Directories whose cached tree is the one in HEAD are passed over without a look.

use super::{Changes, Item, Kind, Walk};
use crate::finding::{Gap, RepoPath};
use crate::source::history::{Oid, Reader};
use crate::source::index::{Cursor, Index, IndexError, Node, TreeCache};

impl Changes {
    /// What the index has that the tree `head` has not.
    pub(in crate::source) fn staged(
        reader: &Reader<'_>,
        head: Option<Oid>,
        index: &Index,
    ) -> Result<Self, IndexError> {
        let cache = index.tree_cache()?;
        let mut entries = index.entries();
        entries.advance()?;
        let mut walk = Staging {
            walk: Walk {
                reader,
                out: Self::default(),
            },
            cache,
            entries,
        };
        let root = walk.cache.root();
        walk.directory(&mut Vec::new(), head, root, 0)?;
        // Whatever was not met would go unseen.
        if walk.entries.current().is_some() {
            return Err(IndexError::Damaged);
        }
        Ok(walk.walk.out)
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
            return self.pass(prefix, count);
        }
        if let Some(entry) = self.entries.current()
            && entry.path == prefix.as_slice()
            && Kind::of(entry.mode) == Kind::Tree
        {
            let tree = Oid::new(self.walk.reader.hash(), entry.id).ok_or(IndexError::Damaged)?;
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

    /// Passes over the entries of a directory: so many as its cached tree claims, and no others.
    fn pass(&mut self, prefix: &[u8], count: u32) -> Result<(), IndexError> {
        let is_below = |entries: &Cursor<'_>| {
            let entry = entries.current();
            entry.is_some_and(|entry| entry.path.starts_with(prefix))
        };
        for _ in 0..count {
            if !is_below(&self.entries) {
                return Err(IndexError::Damaged);
            }
            self.entries.advance()?;
        }
        if is_below(&self.entries) {
            return Err(IndexError::Damaged);
        }
        Ok(())
    }

    /// The next name in the directory `prefix`: a file of it, or a directory that some entries are in.
    fn next_below(&self, prefix: &[u8]) -> Option<Item> {
        let entry = self.entries.current()?;
        let rest = entry.path.strip_prefix(prefix)?;
        let id = Oid::new(self.walk.reader.hash(), entry.id)?;
        Some(match memchr::memchr(b'/', rest) {
            // The id is that of the first file in it, and means nothing.
            Some(end) => Item {
                name: rest[..end].to_vec(),
                id,
                kind: Kind::Tree,
            },
            None => Item {
                name: rest.to_vec(),
                id,
                kind: Kind::of(entry.mode),
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
