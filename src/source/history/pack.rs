//! One pack: its index, and the entries the index points to.
//!
//! Format: <https://git-scm.com/docs/pack-format>.

use super::index::Index;
use super::inflate::{Buffer, Inflater};
use super::oid::{Damage, HashKind, Kind, Oid};
use memmap2::Mmap;
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use std::path::Path;
use std::time::UNIX_EPOCH;

/// A mapped pack and its index.
pub(super) struct Pack {
    pub(super) index: Index,
    map: Mmap,
    hash: HashKind,
    modified: Option<u64>,
}

/// Tells a pack from one that was changed in its place, without reading it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Stamp {
    /// The checksum of its index.
    index: Vec<u8>,
    bytes: u64,
    /// Nanoseconds since 1970; none where the system does not say.
    modified: Option<u64>,
}

impl Stamp {
    /// Whether only the times differ. git sets the time of a pack anew when it is told to write what the pack has.
    pub(super) fn is_touched(&self, other: &Self) -> bool {
        (&self.index, self.bytes) == (&other.index, other.bytes) && self.modified != other.modified
    }

    /// What a question about the pack depends on, its time left out.
    pub(super) fn parts(&self) -> (&[u8], u64) {
        (&self.index, self.bytes)
    }
}

/// The start of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) base: Base,
    /// Inflated length in bytes: of the object, or of the delta.
    pub(super) len: u64,
    /// Where the zlib stream starts in the pack.
    pub(super) body: usize,
}

/// What an entry is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// Nothing: it stands in full.
    None(Kind),
    /// The entry at this byte of the same pack.
    Offset(u64),
    /// The object with this id.
    Id(Oid),
}

impl Pack {
    /// Opens `x.pack`, given the path of `x.idx`.
    pub(super) fn open(index: &Path, hash: HashKind) -> Result<Self, Damage> {
        let pack = index.with_extension("pack");
        let index = Index::open(index, hash)?;
        let map = super::map::map(&pack)?;
        let header = map
            .get(..HEADER)
            .ok_or(Damage::Format("header of the pack"))?;
        let (magic, count) = header.split_at(8);
        if !matches!(magic, [b'P', b'A', b'C', b'K', 0, 0, 0, 2 | 3])
            || count != index.count().to_be_bytes()
        {
            return Err(Damage::Format("header of the pack"));
        }
        let trailer = map
            .len()
            .checked_sub(hash.len())
            .filter(|end| *end >= HEADER);
        if trailer.and_then(|end| map.get(end..)) != index.pack_checksum() {
            return Err(Damage::Format("end of the pack"));
        }
        let modified = std::fs::metadata(&pack).and_then(|meta| meta.modified());
        let since = modified
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        Ok(Self {
            index,
            map,
            hash,
            modified: since.and_then(|since| since.as_nanos().try_into().ok()),
        })
    }

    /// What tells it from one that was changed.
    pub(super) fn stamp(&self) -> Stamp {
        Stamp {
            index: self.index.checksum().to_vec(),
            bytes: self.len() as u64,
            modified: self.modified,
        }
    }

    /// Whether it has the bytes it was written with: reads all of them.
    pub(super) fn is_intact(&self) -> bool {
        let Some((body, trailer)) = self
            .map
            .len()
            .checked_sub(self.hash.len())
            .and_then(|end| self.map.split_at_checked(end))
        else {
            return false;
        };
        match self.hash {
            HashKind::Sha1 => Sha1::digest(body).as_slice() == trailer,
            HashKind::Sha256 => Sha256::digest(body).as_slice() == trailer,
        }
    }

    /// Bytes of the pack file.
    pub(super) fn len(&self) -> usize {
        self.map.len()
    }

    /// Reads the start of the entry at `offset`.
    pub(super) fn entry(&self, offset: u64) -> Result<Entry, Damage> {
        self.parse(offset)
            .ok_or(Damage::Format("header of the object"))
    }

    /// Inflates the body of an entry.
    pub(super) fn inflate(
        &self,
        entry: &Entry,
        inflater: &mut Inflater,
        out: &mut Buffer,
    ) -> Result<(), Damage> {
        let end = self.map.len() - self.hash.len();
        let body = self.map.get(entry.body..end).ok_or(Damage::Zlib)?;
        let len = usize::try_from(entry.len).map_err(|_| Damage::Zlib)?;
        inflater.exactly(body, len, out)
    }

    fn parse(&self, offset: u64) -> Option<Entry> {
        let start = usize::try_from(offset)
            .ok()
            .filter(|start| *start >= HEADER)?;
        let mut rest = self.map.get(start..self.map.len() - self.hash.len())?;
        let first = next(&mut rest)?;
        let mut len = u64::from(first & 0x0f);
        let mut byte = first;
        let mut shift = 4;
        while byte & 0x80 != 0 {
            byte = next(&mut rest)?;
            if shift > 53 {
                return None;
            }
            len |= u64::from(byte & 0x7f) << shift;
            shift += 7;
        }
        let base = match first >> 4 & 7 {
            1 => Base::None(Kind::Commit),
            2 => Base::None(Kind::Tree),
            3 => Base::None(Kind::Blob),
            4 => Base::None(Kind::Tag),
            6 => Base::Offset(
                offset
                    .checked_sub(distance(&mut rest)?)
                    .filter(|base| *base < offset)?,
            ),
            7 => {
                let (id, tail) = rest.split_at_checked(self.hash.len())?;
                rest = tail;
                Base::Id(Oid::new(self.hash, id)?)
            }
            _ => return None,
        };
        Some(Entry {
            base,
            len,
            body: self.map.len() - self.hash.len() - rest.len(),
        })
    }
}

/// How far back a base is: big-endian, seven bits a byte, each further byte adding one to what came before.
fn distance(rest: &mut &[u8]) -> Option<u64> {
    let mut byte = next(rest)?;
    let mut value = u64::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        byte = next(rest)?;
        value =
            value.checked_add(1).filter(|value| *value < 1 << 56)? << 7 | u64::from(byte & 0x7f);
    }
    Some(value)
}

fn next(rest: &mut &[u8]) -> Option<u8> {
    let (&byte, tail) = rest.split_first()?;
    *rest = tail;
    Some(byte)
}

/// `PACK`, version, number of objects.
const HEADER: usize = 12;
