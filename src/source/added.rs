//! Which lines of a text are new.

use super::Lines;
use crate::secrets::utf16;
use git2::{DiffOptions, Patch};

/// The lines of `new` that were not in `old`, 1-based ranges; none where the texts cannot be compared.
///
/// Bytes are compared as text whatever they are: a NUL byte or a `.gitattributes` line must not hide anything. UTF-16 is
/// compared as what is scanned, whose lines do not end wherever a byte is that of a line end.
pub(super) fn added_lines(old: &[u8], new: &[u8]) -> Option<Vec<(u32, u32)>> {
    let (old, new) = (&*utf16::as_utf8(old), &*utf16::as_utf8(new));
    // Most changes are small: what is before and after them need not be compared line by line.
    let before = common_start(old, new);
    let (old, rest) = (&old[before..], &new[before..]);
    let after = common_end(old, rest);
    let (old, middle) = (&old[..old.len() - after], &rest[..rest.len() - after]);
    let skipped = u32::try_from(memchr::memchr_iter(b'\n', &new[..before]).count()).ok()?;
    if middle.is_empty() {
        return Some(Vec::new());
    }
    if old.is_empty() {
        let lines = u32::try_from(middle.split_inclusive(|byte| *byte == b'\n').count()).ok()?;
        return Some(vec![(skipped + 1, skipped.checked_add(lines)?)]);
    }
    let mut ranges = compare(old, middle)?;
    for (first, last) in &mut ranges {
        *first = first.checked_add(skipped)?;
        *last = last.checked_add(skipped)?;
    }
    Some(ranges)
}

/// The added lines by git's own algorithm.
fn compare(old: &[u8], new: &[u8]) -> Option<Vec<(u32, u32)>> {
    let mut options = DiffOptions::new();
    options
        .context_lines(0)
        .interhunk_lines(0)
        .force_text(true)
        .skip_binary_check(true)
        .indent_heuristic(false);
    let patch = Patch::from_buffers(old, None, new, None, Some(&mut options)).ok()?;
    let mut ranges = Vec::with_capacity(patch.num_hunks());
    for at in 0..patch.num_hunks() {
        let (hunk, _) = patch.hunk(at).ok()?;
        // Without context, the new side of a hunk is exactly its added lines.
        if hunk.new_lines() > 0 {
            let last = hunk.new_start().saturating_add(hunk.new_lines() - 1);
            ranges.push((hunk.new_start(), last));
        }
    }
    Some(ranges)
}

/// Bytes of the whole lines that both begin with.
fn common_start(a: &[u8], b: &[u8]) -> usize {
    let blocks = a
        .chunks_exact(BLOCK)
        .zip(b.chunks_exact(BLOCK))
        .take_while(|(a, b)| a == b);
    let start = blocks.count() * BLOCK;
    let same = a[start..]
        .iter()
        .zip(&b[start..])
        .take_while(|(a, b)| a == b)
        .count();
    memchr::memrchr(b'\n', &a[..start + same]).map_or(0, |end| end + 1)
}

/// Bytes of the whole lines that both end with.
fn common_end(a: &[u8], b: &[u8]) -> usize {
    let blocks = a
        .rchunks_exact(BLOCK)
        .zip(b.rchunks_exact(BLOCK))
        .take_while(|(a, b)| a == b);
    let end = blocks.count() * BLOCK;
    let (left, right) = (&a[..a.len() - end], &b[..b.len() - end]);
    let same = left
        .iter()
        .rev()
        .zip(right.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let start = a.len() - end - same;
    // A line that began before the common part is not common.
    match memchr::memchr(b'\n', &a[start..]) {
        Some(at) => a.len() - (start + at + 1),
        None => 0,
    }
}

/// Compared at once, in bytes.
const BLOCK: usize = 256;

/// The lines that are in both.
pub(super) fn both(a: Lines, b: Lines) -> Lines {
    let (left, right) = match (a, b) {
        (Lines::All, other) | (other, Lines::All) => return other,
        (Lines::Only(left), Lines::Only(right)) => (left, right),
    };
    let mut shared = Vec::new();
    let (mut at, mut other) = (0, 0);
    while let (Some(one), Some(two)) = (left.get(at), right.get(other)) {
        let (first, last) = (one.0.max(two.0), one.1.min(two.1));
        if first <= last {
            shared.push((first, last));
        }
        if one.1 < two.1 {
            at += 1;
        } else {
            other += 1;
        }
    }
    Lines::Only(shared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_lines_count() {
        type Case<'c> = (&'c [u8], &'c [u8], &'c [(u32, u32)]);
        let cases: [Case<'_>; 10] = [
            (b"a\nb\nc\n", b"a\nB\nc\n", &[(2, 2)]),
            (b"a\nb\nc\n", b"a\nc\n", &[]),
            (b"", b"a\nb\n", &[(1, 2)]),
            (b"a\n", b"", &[]),
            (b"a\nb", b"a\nb\n", &[(2, 2)]),
            (b"a\r\nb\r\n", b"a\r\nx\r\nb\r\n", &[(2, 2)]),
            (b"a\nb\n", b"a\r\nb\r\n", &[(1, 2)]),
            (b"\0\0\n1\n", b"\0\0\n1\n\0secret\0\n", &[(3, 3)]),
            (
                b"a\nb\nc\nd\ne\n",
                b"0\na\nb\nc\nX\ne\nY\nZ\n",
                &[(1, 1), (5, 5), (7, 8)],
            ),
            (b"same\n", b"same\n", &[]),
        ];
        for (old, new, ranges) in cases {
            assert_eq!(
                added_lines(old, new).expect("short texts can be compared"),
                ranges,
                "{:?}",
                String::from_utf8_lossy(new)
            );
        }
    }

    proptest::proptest! {
        /// Lines that do not count are in the old text, in the same order.
        #[test]
        fn what_does_not_count_was_there(old in "[ab\\n]{0,30}", new in "[ab\\n]{0,30}", pad in 0_usize..300) {
            // Padding on both sides makes the common parts longer than a block.
            let pad = "pad\n".repeat(pad);
            let (old, new) = (format!("{pad}{old}{pad}"), format!("{pad}{new}{pad}"));
            let ranges = Lines::Only(added_lines(old.as_bytes(), new.as_bytes()).expect("short texts can be compared"));
            let mut left = old.split_inclusive('\n');
            for (line, number) in new.split_inclusive('\n').zip(1..) {
                proptest::prop_assert!(ranges.touches(number, number) || left.any(|old| old == line));
            }
            if old == new {
                proptest::prop_assert_eq!(ranges, Lines::Only(Vec::new()));
            }
        }
    }

    #[test]
    fn ranges_are_cut() {
        let only = |ranges: &[(u32, u32)]| Lines::Only(ranges.to_vec());
        assert_eq!(both(Lines::All, only(&[(1, 2)])), only(&[(1, 2)]));
        assert_eq!(both(Lines::All, Lines::All), Lines::All);
        assert_eq!(
            both(only(&[(1, 5), (8, 9)]), only(&[(2, 3), (5, 8)])),
            only(&[(2, 3), (5, 5), (8, 8)])
        );
        assert_eq!(both(only(&[(1, 1)]), only(&[(2, 2)])), only(&[]));
    }
}
