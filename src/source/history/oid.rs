//! Object ids, object kinds, and what can be wrong with an object.

use std::fmt;
use std::hash::{Hash, Hasher};

/// The id of a git object: the hash of its kind, length and bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Oid {
    /// A SHA-1 fills the first 20 bytes only.
    bytes: [u8; 32],
    hash: HashKind,
}

impl Oid {
    /// From raw bytes; `None` unless there are exactly as many as `hash` has.
    #[must_use]
    pub fn new(hash: HashKind, raw: &[u8]) -> Option<Self> {
        if raw.len() != hash.len() {
            return None;
        }
        let mut bytes = [0; 32];
        bytes.get_mut(..raw.len())?.copy_from_slice(raw);
        Some(Self { bytes, hash })
    }

    /// From full-length hexadecimal, of either case.
    #[must_use]
    pub fn from_hex(hex: &[u8]) -> Option<Self> {
        let hash = HashKind::ALL
            .into_iter()
            .find(|hash| hash.len() * 2 == hex.len())?;
        let mut bytes = [0; 32];
        let mut seen = 0;
        // Asked once at the end whether all were digits: history reads millions of these.
        for (byte, pair) in bytes.iter_mut().zip(hex.as_chunks().0) {
            let [high, low] = pair.map(|digit| NIBBLES[usize::from(digit)]);
            *byte = high << 4 | low & 0xf;
            seen |= high | low;
        }
        (seen < 16).then_some(Self { bytes, hash })
    }

    /// The id an object of this kind with these bytes has.
    #[must_use]
    pub fn of(hash: HashKind, kind: Kind, bytes: &[u8]) -> Option<Self> {
        match hash {
            HashKind::Sha1 => {
                let id = git2::Oid::hash_object(kind.into(), bytes).ok()?;
                Self::new(hash, id.as_bytes())
            }
            HashKind::Sha256 => {
                use sha2::Digest as _;
                let mut digest = sha2::Sha256::new();
                digest.update(format!("{} {}\0", kind.name(), bytes.len()).as_bytes());
                digest.update(bytes);
                Self::new(hash, digest.finalize().as_slice())
            }
        }
    }

    /// The raw bytes, 20 or 32.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.hash.len()).unwrap_or(&self.bytes)
    }

    /// The first eight bytes as a number, in the order of ids.
    pub(super) fn prefix(&self) -> u64 {
        self.bytes
            .first_chunk()
            .map_or(0, |chunk| u64::from_be_bytes(*chunk))
    }
}

impl Hash for Oid {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Oid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.as_bytes())
    }
}

impl<'de> serde::Deserialize<'de> for Oid {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&[u8]>::deserialize(deserializer)?;
        HashKind::ALL
            .into_iter()
            .find_map(|hash| Self::new(hash, raw))
            .ok_or_else(|| serde::de::Error::invalid_length(raw.len(), &"20 or 32 bytes"))
    }
}

/// The hash function a repository names its objects with (`extensions.objectFormat`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HashKind {
    /// SHA-1, the default.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl HashKind {
    const ALL: [Self; 2] = [Self::Sha1, Self::Sha256];

    /// Length of an id in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "no hash is empty")]
    pub const fn len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }
}

/// The four kinds of object.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Kind {
    /// A commit.
    Commit,
    /// A directory.
    Tree,
    /// The bytes of a file.
    Blob,
    /// An annotated tag.
    Tag,
}

impl Kind {
    /// The word git uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    pub(super) fn from_name(name: &[u8]) -> Option<Self> {
        [Self::Commit, Self::Tree, Self::Blob, Self::Tag]
            .into_iter()
            .find(|kind| kind.name().as_bytes() == name)
    }
}

impl From<Kind> for git2::ObjectType {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Commit => Self::Commit,
            Kind::Tree => Self::Tree,
            Kind::Blob => Self::Blob,
            Kind::Tag => Self::Tag,
        }
    }
}

/// Why an object, or a file that holds objects, cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// No pack and no loose file has it.
    #[error("the object is missing")]
    Missing,
    /// The file could not be opened or read.
    #[error("cannot be read: {0}")]
    Io(String),
    /// The start of an entry, an index or a file is not what the format asks for.
    #[error("the {0} is damaged")]
    Format(&'static str),
    /// The compressed stream is broken, or is not as long as announced.
    #[error("the compressed data is damaged")]
    Zlib,
    /// A delta copies from outside its base, or its lengths are wrong.
    #[error("the delta is damaged")]
    Delta,
    /// A delta's base does not exist, or a chain of deltas leads back to itself.
    #[error("the object it is a delta of is missing or damaged")]
    Base,
    /// There is no repository, or what should lead to its parts does not.
    #[error("{what}")]
    NoRepository {
        /// Lower case, no full stop. May hold what a file says, with control characters escaped.
        what: String,
        /// What to do about it.
        advice: &'static str,
    },
    /// The repository is kept in a way that is not known here: which, and what to do about it.
    #[error("{what}")]
    Unsupported {
        /// Lower case, no full stop.
        what: String,
        /// What to do about it.
        advice: &'static str,
    },
    /// Larger than what is held in memory; both in bytes.
    #[error("it has {0} bytes or more; the limit is {1}")]
    TooLarge(u64, u64),
}

/// The value of each hexadecimal digit; more than 15 for other bytes.
const NIBBLES: [u8; 256] = {
    let mut nibbles = [0x10; 256];
    let mut value = 0;
    while value < 16 {
        nibbles[b"0123456789abcdef"[value] as usize] = value as u8;
        nibbles[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    nibbles
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_goes_both_ways() {
        for hex in ["e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", &"0f".repeat(32)] {
            assert_eq!(
                Oid::from_hex(hex.as_bytes())
                    .expect("it is an id in hexadecimal")
                    .to_string(),
                hex
            );
        }
        for bad in ["", "e69d", &"g".repeat(40), &"a".repeat(41)] {
            assert_eq!(Oid::from_hex(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn the_empty_blob_has_its_known_ids() {
        let id = |hash| {
            Oid::of(hash, Kind::Blob, b"")
                .expect("both hashes are known")
                .to_string()
        };
        assert_eq!(
            id(HashKind::Sha1),
            "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
        );
        assert_eq!(
            id(HashKind::Sha256),
            "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"
        );
    }
}
