//! Buffers that are used again and again, and zlib streams inflated into them.

use super::oid::{Damage, HashKind, Kind};
use libdeflater::{DecompressionError, Decompressor};

/// Bytes of known length in memory that is kept for the next object.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    /// Always initialised; only the first `len` bytes count.
    bytes: Vec<u8>,
    len: usize,
}

impl Buffer {
    /// Room for exactly `len` bytes, whose content is whatever was there before.
    pub(super) fn room(&mut self, len: usize) -> &mut [u8] {
        if self.bytes.len() < len {
            // A fresh zeroed allocation: growing in place would copy bytes nobody wants.
            self.bytes = Vec::new();
            self.bytes = vec![0; len.next_multiple_of(4096)];
        }
        self.len = len;
        self.bytes.get_mut(..len).unwrap_or_default()
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    pub(super) fn into_vec(mut self) -> Vec<u8> {
        self.bytes.truncate(self.len);
        self.bytes
    }

    /// Bytes of memory held.
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Self {
        let len = bytes.len();
        Self { bytes, len }
    }
}

/// Inflates; one a thread.
pub(super) struct Inflater(Decompressor);

impl Inflater {
    pub(super) fn new() -> Self {
        Self(Decompressor::new())
    }

    /// Inflates a stream of known length, and checks its sum. What follows the stream is left alone.
    pub(super) fn exactly(
        &mut self,
        stream: &[u8],
        len: usize,
        out: &mut Buffer,
    ) -> Result<(), Damage> {
        // No more than 1032 bytes come out of one (RFC 1951: 258 bytes for two bits): do not reserve for a lie.
        if len / 1032 > stream.len() {
            return Err(Damage::Zlib);
        }
        match self.0.zlib_decompress(stream, out.room(len)) {
            Ok(written) if written == len => Ok(()),
            _ => Err(Damage::Zlib),
        }
    }

    /// Inflates a loose object: a header that says kind and length, then the bytes.
    pub(super) fn loose(
        &mut self,
        stream: &[u8],
        limit: u64,
        out: &mut Buffer,
        wait: &mut dyn FnMut(u64),
    ) -> Result<Kind, Damage> {
        // The length stands inside, so room is guessed; the header needs some too.
        let most = usize::try_from(limit.saturating_add(64)).unwrap_or(usize::MAX);
        let mut room = stream.len().saturating_mul(4).max(4096).min(most);
        let mut whole = Buffer::default();
        let written = loop {
            wait(room as u64);
            match self.0.zlib_decompress(stream, whole.room(room)) {
                Ok(written) => break written,
                Err(DecompressionError::InsufficientSpace) if room >= most => {
                    return Err(Damage::TooLarge(most as u64, limit));
                }
                Err(DecompressionError::InsufficientSpace) if room / 1032 <= stream.len() => {
                    room = room.saturating_mul(4).min(most);
                }
                Err(_) => return Err(Damage::Zlib),
            }
        };
        let whole = whole.as_slice().get(..written).unwrap_or_default();
        let (kind, body) =
            split_header(whole).ok_or(Damage::Format("header of the loose object"))?;
        if body.len() as u64 > limit {
            return Err(Damage::TooLarge(body.len() as u64, limit));
        }
        out.room(body.len()).copy_from_slice(body);
        Ok(kind)
    }
}

/// `kind SP length NUL bytes`, where the length must be true.
fn split_header(whole: &[u8]) -> Option<(Kind, &[u8])> {
    let nul = memchr::memchr(0, whole.get(..whole.len().min(64))?)?;
    let (header, body) = (whole.get(..nul)?, whole.get(nul + 1..)?);
    let space = memchr::memchr(b' ', header)?;
    let kind = Kind::from_name(header.get(..space)?)?;
    let len: usize = std::str::from_utf8(header.get(space + 1..)?)
        .ok()?
        .parse()
        .ok()?;
    (len == body.len()).then_some((kind, body))
}

/// Whether a path of the object directory (`ab`, `cdef…`) names a loose object.
pub(super) fn loose_id(directory: &str, file: &str, hash: HashKind) -> Option<super::Oid> {
    if directory.len() != 2 || file.len() + 2 != hash.len() * 2 {
        return None;
    }
    super::Oid::from_hex(format!("{directory}{file}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_true_headers_are_loose_objects() {
        assert_eq!(
            split_header(b"blob 3\0abc"),
            Some((Kind::Blob, &b"abc"[..]))
        );
        for bad in [
            &b"blob 4\0abc"[..],
            b"blob \0",
            b"blob -1\0",
            b"bl",
            b"",
            b"glob 0\0",
            b"blob 3 abc",
        ] {
            assert_eq!(split_header(bad), None, "{bad:?}");
        }
    }
}
