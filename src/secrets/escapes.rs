//! Escape sequences that end where a word begins: `\n`, `%3D`, `\u003d`, the colours of a terminal.
//!
//! Their last byte is often a letter or a digit, so that what follows does not look like the beginning of a word.

/// Whether an escape sequence ends right before `at`.
pub(super) fn ends_at(text: &[u8], at: usize) -> bool {
    let before = &text[at.saturating_sub(LONGEST)..at];
    let hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    match before {
        [.., b'\\', b'n' | b'r' | b't' | b'b' | b'f' | b'v' | b'0'] => true,
        [.., b'%', high, low] if hex(&[*high, *low]) => true,
        [.., b'\\', b'x', high, low] if hex(&[*high, *low]) => true,
        [.., b'\\', b'u', a, b, c, d] if hex(&[*a, *b, *c, *d]) => true,
        [rest @ .., b'm'] => is_colour(rest),
        _ => false,
    }
}

/// Where the last escape sequence ends that ends in `low..=high`.
pub(super) fn last_end(text: &[u8], low: usize, high: usize) -> Option<usize> {
    let from = low.saturating_sub(LONGEST);
    memchr::memrchr3(b'\\', b'%', ESCAPE, text.get(from..high)?)?;
    (low..=high).rev().find(|at| ends_at(text, *at))
}

/// The length of the colours that begin at the start of `text`, in bytes.
pub(super) fn colours(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&[ESCAPE, b'[', ref rest @ ..]) = text.get(at..) {
        let parameters = rest.iter().take_while(|byte| is_parameter(**byte)).count();
        if rest.get(parameters) != Some(&b'm') {
            break;
        }
        at += parameters + 3;
    }
    at
}

/// Whether `text` is the start of a colour without its final `m`: the escape as a byte, or written out.
fn is_colour(text: &[u8]) -> bool {
    let parameters = text
        .iter()
        .rev()
        .take_while(|byte| is_parameter(**byte))
        .count();
    let Some(head) = text[..text.len() - parameters].strip_suffix(b"[") else {
        return false;
    };
    [
        &[ESCAPE][..],
        b"\\e",
        b"\\033",
        b"\\x1b",
        b"\\x1B",
        b"\\u001b",
        b"\\u001B",
    ]
    .iter()
    .any(|escape| head.ends_with(escape))
}

fn is_parameter(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b';'
}

/// What begins a colour.
pub(super) const ESCAPE: u8 = 0x1b;
/// No escape sequence is longer, in bytes.
const LONGEST: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_after_escapes() {
        for text in [
            "a\\n",
            "a\\\\n",
            "\\t",
            "x%3D",
            "x%3d",
            "\\x22",
            "\\u003d",
            "\x1b[32m",
            "\x1b[1;31m",
            "\\033[0m",
            "\\u001b[33m",
        ] {
            assert!(ends_at(text.as_bytes(), text.len()), "{text:?}");
        }
        for text in [
            "", "n", "an", "%3", "3D", "[32m", "item[0m", "\\u00", "\\xg1", "\\w",
        ] {
            assert!(!ends_at(text.as_bytes(), text.len()), "{text:?}");
        }
    }

    #[test]
    fn ends_are_found() {
        assert_eq!(last_end(b"a\\nb%3Dcd", 0, 8), Some(7));
        assert_eq!(last_end(b"a\\nb%3Dcd", 0, 6), Some(3));
        assert_eq!(last_end(b"abcdefgh", 0, 8), None);
        assert_eq!(colours(b"\x1b[1m\x1b[32mx"), 9);
        assert_eq!(colours(b"\x1b[1x"), 0);
    }
}
