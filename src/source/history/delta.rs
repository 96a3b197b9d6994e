//! Deltas: an object written as copies from another object and bytes of its own.
//!
//! Format: <https://git-scm.com/docs/pack-format#_deltified_representation>.

use super::inflate::Buffer;
use super::oid::Damage;

/// One step of making a target from its base. All numbers are bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// `len` bytes of the base from `base` on stand in the target from `target` on.
    Copy {
        /// Where they start in the base.
        base: u32,
        /// Where they start in the target.
        target: u32,
        /// How many.
        len: u32,
    },
    /// The target's bytes from `target` on, `len` of them, are not taken from the base.
    Insert {
        /// Where they start in the target.
        target: u32,
        /// How many.
        len: u32,
    },
}

/// How a target is made from its base: edits in the order of the target, without gaps. Steps that continue each other
/// (git cuts copies at 64 KiB and inserts at 127 bytes) are joined, so that two neighbours always meet at a true seam.
#[derive(Debug, Default)]
pub struct Edits {
    list: Vec<Edit>,
}

impl Edits {
    /// The steps.
    #[must_use]
    pub fn as_slice(&self) -> &[Edit] {
        &self.list
    }

    fn copy(&mut self, from: u32, at: u32, more: u32) {
        if let Some(Edit::Copy { base, target, len }) = self.list.last_mut()
            && base.wrapping_add(*len) == from
            && target.wrapping_add(*len) == at
        {
            *len += more;
            return;
        }
        self.list.push(Edit::Copy {
            base: from,
            target: at,
            len: more,
        });
    }

    fn insert(&mut self, at: u32, more: u32) {
        if let Some(Edit::Insert { len, .. }) = self.list.last_mut() {
            *len += more;
            return;
        }
        self.list.push(Edit::Insert {
            target: at,
            len: more,
        });
    }
}

/// Makes the target; `limit` is the most bytes it may have.
pub(super) fn apply(
    base: &[u8],
    delta: &[u8],
    limit: u64,
    out: &mut Buffer,
    edits: &mut Edits,
) -> Result<(), Damage> {
    edits.list.clear();
    let mut rest = delta;
    let base_len = varint(&mut rest).ok_or(Damage::Delta)?;
    let target_len = varint(&mut rest).ok_or(Damage::Delta)?;
    if base_len != base.len() as u64 {
        return Err(Damage::Delta);
    }
    let limit = limit.min(u64::from(u32::MAX));
    if target_len > limit {
        return Err(Damage::TooLarge(target_len, limit));
    }
    let target_len = usize::try_from(target_len).map_err(|_| Damage::Delta)?;
    // One instruction of at most 8 bytes copies at most 16 MiB: do not reserve for a lie.
    if target_len >> 24 > rest.len() {
        return Err(Damage::Delta);
    }
    let mut room = out.room(target_len);
    let mut at = 0u32;
    while let Some((&code, tail)) = rest.split_first() {
        rest = tail;
        let (source, from) = if code & 0x80 != 0 {
            let (from, len) = copy_operands(code, &mut rest).ok_or(Damage::Delta)?;
            let source = base
                .get(from as usize..)
                .and_then(|tail| tail.get(..len as usize));
            (source.ok_or(Damage::Delta)?, Some(from))
        } else if code != 0 {
            let (source, tail) = rest
                .split_at_checked(usize::from(code))
                .ok_or(Damage::Delta)?;
            rest = tail;
            (source, None)
        } else {
            return Err(Damage::Delta);
        };
        let (target, tail) = room
            .split_at_mut_checked(source.len())
            .ok_or(Damage::Delta)?;
        target.copy_from_slice(source);
        room = tail;
        // No sum here can overflow: the target's length was checked against u32::MAX.
        let len = source.len() as u32;
        match from {
            Some(from) => edits.copy(from, at, len),
            None => edits.insert(at, len),
        }
        at += len;
    }
    if room.is_empty() {
        Ok(())
    } else {
        Err(Damage::Delta)
    }
}

/// Bytes of the target that a delta makes.
pub(super) fn target_len(delta: &[u8]) -> Option<u64> {
    let mut rest = delta;
    varint(&mut rest)?;
    varint(&mut rest)
}

/// Offset and length of a copy; each of the seven low bits says whether that byte is given.
fn copy_operands(code: u8, rest: &mut &[u8]) -> Option<(u32, u32)> {
    let mut value = 0u64;
    for bit in 0..7 {
        if code & 1 << bit != 0 {
            let (&byte, tail) = rest.split_first()?;
            *rest = tail;
            value |= u64::from(byte) << (bit * 8);
        }
    }
    let len = (value >> 32) as u32;
    Some((value as u32, if len == 0 { 0x1_0000 } else { len }))
}

/// A length, seven bits a byte, lowest first.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..63).step_by(7) {
        let (&byte, tail) = rest.split_first()?;
        *rest = tail;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(base: &[u8], delta: &[u8]) -> Result<(Vec<u8>, Vec<Edit>), Damage> {
        let (mut out, mut edits) = (Buffer::default(), Edits::default());
        apply(base, delta, 1 << 20, &mut out, &mut edits)?;
        Ok((out.as_slice().to_vec(), edits.list))
    }

    #[test]
    fn copies_and_inserts_are_joined() {
        // Copy 0..2, copy 2..4, insert "x", insert "y", copy 1..3.
        let delta = [6, 8, 0x90, 2, 0x91, 2, 2, 1, b'x', 1, b'y', 0x91, 1, 2];
        let (bytes, edits) = run(b"abcdef", &delta).expect("the delta fits its base");
        assert_eq!(bytes, b"abcdxybc");
        assert_eq!(
            edits,
            [
                Edit::Copy {
                    base: 0,
                    target: 0,
                    len: 4
                },
                Edit::Insert { target: 4, len: 2 },
                Edit::Copy {
                    base: 1,
                    target: 6,
                    len: 2
                },
            ]
        );
    }

    #[test]
    fn a_bad_delta_is_an_error() {
        let bad: [&[u8]; 9] = [
            &[],
            &[6],
            &[5, 1, 0x90, 1],             // wrong base length
            &[6, 2, 0x90, 1],             // target too short
            &[6, 1, 0x90, 2],             // target too long
            &[6, 2, 0x91, 5, 2],          // copies past the base
            &[6, 1, 0],                   // reserved
            &[6, 2, 2, b'x'],             // insert cut short
            &[6, 0xff, 0xff, 0xff, 0x7f], // too large
        ];
        for delta in bad {
            assert!(run(b"abcdef", delta).is_err(), "{delta:?}");
        }
    }
}
