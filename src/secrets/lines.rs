//! The lines round a place.

use std::ops::Range;

/// The line of `at` and `lines` lines either side of it.
pub(super) fn lines_round(text: &[u8], at: usize, lines: u32) -> Range<usize> {
    let mut start = at;
    for _ in 0..=lines {
        match memchr::memrchr(b'\n', &text[..start]) {
            Some(newline) => start = newline,
            None => {
                start = 0;
                break;
            }
        }
    }
    if start > 0 {
        start += 1;
    }
    let mut end = at;
    for _ in 0..=lines {
        match memchr::memchr(b'\n', &text[end..]) {
            Some(newline) => end += newline + 1,
            None => {
                end = text.len();
                break;
            }
        }
    }
    start..end
}
