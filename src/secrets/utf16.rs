//! UTF-16 with a byte order mark, read as the UTF-8 it stands for.
//!
//! Lines and columns are counted in characters, so they are the same in both forms.

use std::borrow::Cow;
use std::io::{self, Read};

/// A text as the rules see it: UTF-16 as the UTF-8 it stands for, anything else as it is.
#[must_use]
pub fn as_utf8(text: &[u8]) -> Cow<'_, [u8]> {
    Utf16::of(text).map_or(Cow::Borrowed(text), |encoding| {
        Cow::Owned(encoding.decode(text))
    })
}

/// Which UTF-16 a text says it is; none for anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Utf16 {
    /// `FF FE`.
    LittleEndian,
    /// `FE FF`.
    BigEndian,
}

impl Utf16 {
    /// Looks at the byte order mark. `FF FE 00 00` is UTF-32, which nobody writes to repositories; it is left alone.
    #[must_use]
    pub fn of(text: &[u8]) -> Option<Self> {
        match text {
            [0xFF, 0xFE, 0, 0, ..] => None,
            [0xFF, 0xFE, ..] => Some(Self::LittleEndian),
            [0xFE, 0xFF, ..] => Some(Self::BigEndian),
            _ => None,
        }
    }

    /// The whole text as UTF-8, without the mark; lone surrogates become U+FFFD.
    #[must_use]
    pub fn decode(self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        self.append(text.get(2..).unwrap_or_default(), &mut out);
        out
    }

    fn append(self, text: &[u8], out: &mut Vec<u8>) {
        let (pairs, rest) = text.as_chunks::<2>();
        let units = pairs.iter().map(|pair| match self {
            Self::LittleEndian => u16::from_le_bytes(*pair),
            Self::BigEndian => u16::from_be_bytes(*pair),
        });
        let mut buffer = [0; 4];
        for letter in char::decode_utf16(units) {
            out.extend_from_slice(
                letter
                    .unwrap_or(char::REPLACEMENT_CHARACTER)
                    .encode_utf8(&mut buffer)
                    .as_bytes(),
            );
        }
        if !rest.is_empty() {
            out.extend_from_slice("\u{FFFD}".as_bytes());
        }
    }
}

/// Reads UTF-16 as UTF-8, in bounded memory; anything without a mark passes through.
pub struct Utf8Reader<'r> {
    inner: &'r mut dyn Read,
    encoding: Option<Utf16>,
    /// Bytes read and not yet decoded.
    pending: Vec<u8>,
    /// Bytes decoded and not yet handed out.
    ready: Vec<u8>,
    at: usize,
}

impl<'r> Utf8Reader<'r> {
    /// Looks at the first bytes.
    ///
    /// # Errors
    /// What the reader says.
    pub fn new(inner: &'r mut dyn Read) -> io::Result<Self> {
        let mut head = Vec::with_capacity(4);
        Read::take(&mut *inner, 4).read_to_end(&mut head)?;
        let encoding = Utf16::of(&head);
        let (pending, ready) = match encoding {
            Some(_) => (head[2..].to_vec(), Vec::new()),
            None => (Vec::new(), head),
        };
        Ok(Self {
            inner,
            encoding,
            pending,
            ready,
            at: 0,
        })
    }

    fn refill(&mut self, encoding: Utf16) -> io::Result<()> {
        let mut chunk = [0; 1 << 14];
        let read = self.inner.read(&mut chunk)?;
        self.pending.extend_from_slice(&chunk[..read]);
        self.ready.clear();
        self.at = 0;
        let mut whole = if read == 0 {
            self.pending.len()
        } else {
            self.pending.len() & !1
        };
        if read > 0 && whole >= 2 {
            // A high surrogate waits for its other half.
            let last = [self.pending[whole - 2], self.pending[whole - 1]];
            let unit = if encoding == Utf16::LittleEndian {
                u16::from_le_bytes(last)
            } else {
                u16::from_be_bytes(last)
            };
            if (0xD800..0xDC00).contains(&unit) {
                whole -= 2;
            }
        }
        let ready: Vec<u8> = self.pending.drain(..whole).collect();
        encoding.append(&ready, &mut self.ready);
        Ok(())
    }
}

impl Read for Utf8Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.ready.len() {
            let Some(encoding) = self.encoding else {
                return self.inner.read(buffer);
            };
            // Odd chunks may decode to nothing yet.
            for _ in 0..4 {
                self.refill(encoding)?;
                if !self.ready.is_empty() {
                    break;
                }
            }
        }
        let count = buffer.len().min(self.ready.len() - self.at);
        buffer[..count].copy_from_slice(&self.ready[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_and_streams() {
        let text = "naïve 🔑 token\r\nend";
        for (encoding, mark) in [
            (Utf16::LittleEndian, [0xFF, 0xFE]),
            (Utf16::BigEndian, [0xFE, 0xFF]),
        ] {
            let mut bytes = mark.to_vec();
            for unit in text.encode_utf16() {
                bytes.extend(if encoding == Utf16::LittleEndian {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                });
            }
            assert_eq!(Utf16::of(&bytes), Some(encoding));
            assert_eq!(encoding.decode(&bytes), text.as_bytes());
            let mut out = Vec::new();
            let mut source: &[u8] = &bytes;
            Utf8Reader::new(&mut source)
                .expect("memory")
                .read_to_end(&mut out)
                .expect("memory");
            assert_eq!(out, text.as_bytes());
        }
        let mut out = Vec::new();
        let mut source: &[u8] = b"plain";
        Utf8Reader::new(&mut source)
            .expect("memory")
            .read_to_end(&mut out)
            .expect("memory");
        assert_eq!(out, b"plain");
    }
}
