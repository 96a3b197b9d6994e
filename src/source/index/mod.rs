//! Reads git's index file: which paths git tracks, which blobs the next commit will hold.
//!
//! libgit2 reads it too, but does not give out the tree cache, without which comparing the index with HEAD means
//! inflating every tree of HEAD; and it wants the repository opened, which it refuses to directories of other
//! owners. Format: <https://git-scm.com/docs/index-format>. The bytes may be hostile: every read is checked,
//! and a file that is cut short or unknown is an error, never a shorter list.

mod cursor;
mod tree_cache;

pub(super) use cursor::Cursor;
pub(super) use tree_cache::{Node, TreeCache};

use std::path::Path;
use std::{fs, io};

/// An index file, read and recognised.
pub(super) struct Index {
    bytes: Vec<u8>,
    version: u32,
    count: u32,
    /// Bytes of an object id.
    id_length: usize,
}

/// Why an index cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum IndexError {
    /// The file system says no.
    #[error("the index cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It ends early, or holds what cannot be.
    #[error("the index is damaged")]
    Damaged,
    /// A version that is not 2, 3 or 4.
    #[error("the index has version {0}, which is not known here")]
    Version(u32),
    /// `link`.
    #[error("the index is split over two files")]
    Split,
    /// Some other extension one must understand.
    #[error("the index holds an extension (`{0}`) that is not known here")]
    Extension(String),
}

impl IndexError {
    /// What to do about it.
    pub(super) fn advice(&self) -> Option<&'static str> {
        match self {
            Self::Io(_) => None,
            Self::Damaged => Some("`rm .git/index && git reset` writes it anew from HEAD"),
            Self::Version(_) | Self::Extension(_) => {
                Some("`git update-index --index-version 4` may rewrite it")
            }
            Self::Split => Some("`git update-index --no-split-index` joins them"),
        }
    }
}

impl Index {
    /// Reads the file; none when there is none, as in a new repository.
    pub(super) fn read(path: &Path, id_length: usize) -> Result<Option<Self>, IndexError> {
        if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            return Err(io::Error::other("it is no file").into());
        }
        match fs::read(path) {
            Ok(bytes) => Self::parse(bytes, id_length).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes the bytes of an index file.
    pub(super) fn parse(bytes: Vec<u8>, id_length: usize) -> Result<Self, IndexError> {
        if bytes.get(..4) != Some(SIGNATURE) || bytes.len() < HEADER + id_length {
            return Err(IndexError::Damaged);
        }
        let version = number(&bytes, 4).ok_or(IndexError::Damaged)?;
        let count = number(&bytes, 8).ok_or(IndexError::Damaged)?;
        if !(2..=4).contains(&version) {
            return Err(IndexError::Version(version));
        }
        let index = Self {
            bytes,
            version,
            count,
            id_length,
        };
        Ok(index)
    }

    /// Walks the entries, in path order.
    pub(super) fn entries(&self) -> Cursor<'_> {
        Cursor::new(self)
    }

    /// The tree cache, empty when there is none.
    ///
    /// Walks all entries, since extensions follow them; refuses extensions that change what the entries mean, and
    /// entries that cannot be.
    pub(super) fn tree_cache(&self) -> Result<TreeCache<'_>, IndexError> {
        let mut entries = self.entries();
        while entries.advance()?.is_some() {}
        let mut cache = TreeCache::default();
        let mut at = entries.offset();
        let end = self.end();
        while at < end {
            let name = self.bytes.get(at..at + 4).ok_or(IndexError::Damaged)?;
            let length = number(&self.bytes, at + 4).ok_or(IndexError::Damaged)? as usize;
            let start = at + 8;
            let stop = start
                .checked_add(length)
                .filter(|stop| *stop <= end)
                .ok_or(IndexError::Damaged)?;
            match name {
                b"TREE" => {
                    cache = TreeCache::parse(&self.bytes[start..stop], self.id_length)
                        .ok_or(IndexError::Damaged)?
                }
                b"link" => return Err(IndexError::Split),
                // Sparse index: entries may be whole directories, which the cursor's callers know.
                b"sdir" => {}
                _ if name[0].is_ascii_uppercase() => {}
                _ => {
                    return Err(IndexError::Extension(
                        String::from_utf8_lossy(name).escape_default().to_string(),
                    ));
                }
            }
            at = stop;
        }
        if entries.is_odd() {
            return Err(IndexError::Damaged);
        }
        Ok(cache)
    }

    /// Where the checksum starts that ends the file.
    fn end(&self) -> usize {
        self.bytes.len() - self.id_length
    }
}

/// A big-endian number.
fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}

const SIGNATURE: &[u8] = b"DIRC";

/// Signature, version, number of entries.
const HEADER: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::changes::Changes;
    use crate::source::testing::Lab;

    fn paths(index: &Index) -> Vec<(String, u8, bool)> {
        let mut entries = index.entries();
        let mut all = Vec::new();
        while let Some(entry) = entries.advance().expect("git wrote the entries") {
            all.push((
                String::from_utf8_lossy(entry.path).into_owned(),
                entry.stage,
                entry.intent_to_add,
            ));
        }
        all
    }

    #[test]
    fn every_version_lists_the_same() {
        let lab = Lab::new();
        let long = format!("d/{}", "n".repeat(250));
        for path in [
            "a",
            "b/c",
            "b/cd/e",
            "b/cd/f",
            "sp ace",
            "line\nbreak",
            &long,
        ] {
            lab.write(path, b"x\n");
        }
        lab.git(&["add", "."]);
        lab.write("later", b"y\n");
        let mut lists = Vec::new();
        for version in ["2", "4"] {
            lab.git(&["update-index", "--index-version", version]);
            let index = Index::read(&lab.path(".git/index"), 20)
                .expect("it can be read")
                .expect("git wrote one");
            assert_eq!(index.version.to_string(), version);
            lists.push(paths(&index));
        }
        assert_eq!(lists[0], lists[1]);
        assert_eq!(lists[0].len(), 7);
        lab.git(&["add", "-N", "later"]);
        for version in ["3", "4"] {
            lab.git(&["update-index", "--index-version", version]);
            let index = Index::read(&lab.path(".git/index"), 20)
                .expect("it can be read")
                .expect("git wrote one");
            assert!(
                paths(&index).contains(&("later".to_owned(), 0, true)),
                "version {version}"
            );
        }
    }

    #[test]
    fn no_index_is_none_and_a_damaged_one_is_an_error() {
        let lab = Lab::new();
        assert!(
            Index::read(&lab.path(".git/index"), 20)
                .expect("it can be read")
                .is_none()
        );
        for path in ["a/b", "a/c", "d"] {
            lab.write(path, b"x\n");
        }
        lab.git(&["add", "."]);
        lab.git(&["commit", "-qm", "one"]);
        let bytes = fs::read(lab.path(".git/index")).expect("git wrote it");
        // Whatever is cut off or flipped: an answer or an error, no panic.
        for end in 0..bytes.len() {
            let result = Index::parse(bytes[..end].to_vec(), 20)
                .and_then(|index| index.tree_cache().map(|_| ()));
            assert!(result.is_err() || end > bytes.len() - 70, "cut at {end}");
        }
        let git = git2::Repository::open(lab.root()).expect("git made it");
        let head = git
            .head()
            .expect("there is a commit")
            .peel_to_commit()
            .expect("HEAD names a commit")
            .tree_id();
        for at in 0..bytes.len() {
            for bits in [0xff, 1, 0x40] {
                let mut flipped = bytes.clone();
                flipped[at] ^= bits;
                let index = Index::parse(flipped, 20);
                let _ = index.and_then(|index| Changes::staged(&git, Some(head), &index));
            }
        }
    }

    /// An index of version 2 with these entries (mode, path, object) and this tree cache.
    fn made(entries: &[(u32, &str, git2::Oid)], cache: &[u8]) -> Vec<u8> {
        let mut bytes = b"DIRC\0\0\0\x02".to_vec();
        bytes.extend((entries.len() as u32).to_be_bytes());
        for (mode, path, id) in entries {
            let start = bytes.len();
            bytes.extend([0; 24]);
            bytes.extend(mode.to_be_bytes());
            bytes.extend([0; 12]);
            bytes.extend(id.as_bytes());
            bytes.extend((path.len() as u16).to_be_bytes());
            bytes.extend(path.as_bytes());
            bytes.resize(start + (bytes.len() - start + 8) / 8 * 8, 0);
        }
        if !cache.is_empty() {
            bytes.extend(b"TREE");
            bytes.extend((cache.len() as u32).to_be_bytes());
            bytes.extend(cache);
        }
        bytes.extend([0; 20]);
        bytes
    }

    #[test]
    fn entries_that_would_hide_others_are_refused() {
        let lab = Lab::new();
        for path in ["a/b", "a/c", "d"] {
            lab.write(path, b"x\n");
        }
        lab.git(&["add", "."]);
        lab.git(&["commit", "-qm", "one"]);
        let git = git2::Repository::open(lab.root()).expect("git made it");
        let tree = git
            .head()
            .expect("there is a commit")
            .peel_to_tree()
            .expect("HEAD names a commit");
        let below = tree.get_name("a").expect("it was committed").id();
        let new = git.blob(b"new\n").expect("the laboratory can be written");
        let staged = |entries: &[(u32, &str, git2::Oid)], cache: &[u8]| {
            let index = Index::parse(made(entries, cache), 20).expect("it is an index");
            Changes::staged(&git, Some(tree.id()), &index)
        };
        let node =
            |count: &str| [b"\0-1 1\na\0", count.as_bytes(), b" 0\n", below.as_bytes()].concat();
        let (file, directory) = (0o100_644, 0o040_000);
        let files = [(file, "a/b", new), (file, "a/c", new), (file, "e", new)];
        assert_eq!(
            staged(&files, b"")
                .expect("the entries are sound")
                .changed
                .len(),
            3
        );
        // The cached tree is what a commit would hold.
        assert_eq!(
            staged(&files, &node("2"))
                .expect("the entries are sound")
                .changed
                .len(),
            1
        );
        for (entries, cache) in [
            // Of the root, all of it; then nothing was left to look at.
            (
                &[(directory, "", tree.id()), (file, "e", new)][..],
                &b""[..],
            ),
            (&[(directory, "x", tree.id())], b""),
            (&[(file, "x/", new)], b""),
            (&[(file, "", new)], b""),
            (&files, &node("0")),
            (&files, &node("1")),
            (&files, &node("3")),
        ] {
            let result = staged(entries, cache);
            assert!(matches!(result, Err(IndexError::Damaged)), "{entries:?}");
        }
    }

    #[test]
    fn a_split_index_is_refused_with_advice() {
        let lab = Lab::new();
        lab.write("a", b"x\n");
        lab.git(&["add", "."]);
        lab.git(&["update-index", "--split-index"]);
        let index = Index::read(&lab.path(".git/index"), 20)
            .expect("it can be read")
            .expect("git wrote one");
        let error = index.tree_cache().expect_err("it is refused");
        assert!(
            error
                .advice()
                .expect("it says what to do")
                .contains("--no-split-index"),
            "{error}"
        );
    }
}
