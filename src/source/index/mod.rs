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
mod tests;
