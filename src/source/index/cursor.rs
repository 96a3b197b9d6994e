//! Walks the entries of an index.

use super::{HEADER, Index, IndexError};

/// A place between entries. Paths of version 4 are written as differences, so one entry is held at a time.
pub(in crate::source) struct Cursor<'i> {
    index: &'i Index,
    at: usize,
    left: u32,
    path: Vec<u8>,
    now: Option<Now>,
    is_odd: bool,
}

/// What is known of the current entry besides its path.
struct Now {
    id_at: usize,
    mode: u32,
    stage: u8,
    intent_to_add: bool,
}

/// One tracked path.
#[derive(Debug)]
pub(in crate::source) struct Entry<'c> {
    /// From the top of the work tree; ends with `/` for a directory of a sparse index.
    pub(in crate::source) path: &'c [u8],
    /// The object.
    pub(in crate::source) id: &'c [u8],
    /// Git's file mode (<https://git-scm.com/docs/index-format>): 0o100644, 0o120000 for links, 0o160000 for submodules.
    pub(in crate::source) mode: u32,
    /// 0, or 1 to 3 during a conflict.
    pub(in crate::source) stage: u8,
    /// Announced by `git add -N`, without content yet.
    pub(in crate::source) intent_to_add: bool,
}

impl<'i> Cursor<'i> {
    pub(super) fn new(index: &'i Index) -> Self {
        Self {
            index,
            at: HEADER,
            left: index.count,
            path: Vec::new(),
            now: None,
            is_odd: false,
        }
    }

    /// Goes to the next entry; none at the end.
    pub(in crate::source) fn advance(&mut self) -> Result<Option<Entry<'_>>, IndexError> {
        self.now = None;
        if self.left > 0 {
            self.left -= 1;
            self.now = Some(self.read().ok_or(IndexError::Damaged)?);
        }
        Ok(self.current())
    }

    /// The entry [`Self::advance`] went to last.
    pub(in crate::source) fn current(&self) -> Option<Entry<'_>> {
        let now = self.now.as_ref()?;
        Some(Entry {
            path: &self.path,
            id: self
                .index
                .bytes
                .get(now.id_at..now.id_at + self.index.id_length)?,
            mode: now.mode,
            stage: now.stage,
            intent_to_add: now.intent_to_add,
        })
    }

    /// Where the next entry, or what follows the entries, starts.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// Whether an entry so far cannot be: a path without a name would pass for the root, and a directory without its
    /// slash, or a file with one, would never be passed. (Half of a split index has the former.)
    pub(super) fn is_odd(&self) -> bool {
        self.is_odd
    }

    fn read(&mut self) -> Option<Now> {
        let id_at = self.at + STAT;
        let flags_at = id_at + self.index.id_length;
        let bytes = self.index.bytes.get(..self.index.end())?;
        let mode = super::number(bytes, self.at + MODE)?;
        let flags = half(bytes, flags_at)?;
        let is_extended = flags & EXTENDED != 0 && self.index.version > 2;
        let more = if is_extended {
            half(bytes, flags_at + 2)?
        } else {
            0
        };
        let name_at = flags_at + if is_extended { 4 } else { 2 };
        let end = if self.index.version == 4 {
            let (keep, start) = self.shared(bytes, name_at)?;
            let stop = start + memchr::memchr(0, bytes.get(start..)?)?;
            self.path.truncate(keep);
            self.path.extend_from_slice(&bytes[start..stop]);
            stop + 1
        } else {
            let stop = name_at + memchr::memchr(0, bytes.get(name_at..)?)?;
            self.path.clear();
            self.path.extend_from_slice(&bytes[name_at..stop]);
            // One to eight zero bytes, so that the entry's length is a multiple of eight.
            self.at + (stop - self.at + 8) / 8 * 8
        };
        self.at = end;
        let is_tree = mode & TYPE == TREE;
        self.is_odd |= self.path.is_empty() || is_tree != self.path.ends_with(b"/");
        let stage = u8::try_from((flags >> 12) & 3).ok()?;
        Some(Now {
            id_at,
            mode,
            stage,
            intent_to_add: more & INTENT_TO_ADD != 0,
        })
    }

    /// Version 4: how much of the last path stays, and where the new part starts. The number is written as offsets in packs are.
    fn shared(&self, bytes: &[u8], mut at: usize) -> Option<(usize, usize)> {
        let mut byte = *bytes.get(at)?;
        let mut drop = usize::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            at += 1;
            byte = *bytes.get(at)?;
            drop = drop
                .checked_add(1)?
                .checked_mul(128)?
                .checked_add(usize::from(byte & 0x7f))?;
        }
        Some((self.path.len().checked_sub(drop)?, at + 1))
    }
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// Times, device, inode, mode, owner and size, four bytes each but the times.
const STAT: usize = 40;
const MODE: usize = 24;
/// What sort of file the mode says, and the sort of a directory.
const TYPE: u32 = 0o170_000;
const TREE: u32 = 0o040_000;
const EXTENDED: u16 = 1 << 14;
const INTENT_TO_ADD: u16 = 1 << 13;
