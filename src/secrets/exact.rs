//! Compares one known value with a text in which it may stand as it is, percent-encoded, or escaped as in JSON.
//!
//! Byte by byte, with every place of the text a form may have led to: a value that itself holds `%` or `\` can be read in more
//! than one way. No expression is compiled, so there is no limit to the length of a value and no copy of it.

use std::ops::Range;

/// The first place in `text` where the value begins between the bytes `low` and `high`, and holds or follows byte `at`.
pub(super) fn find(value: &[u8], text: &[u8], low: usize, high: usize) -> Option<Range<usize>> {
    // An escape before the literal makes the start vary, and never by more than a few hundred bytes.
    (low..=high.min(text.len())).find_map(|start| {
        let end = end(value, text, start)?;
        Some(start..end)
    })
}

/// Where the value ends that begins at `start`. One that goes on behind the end of the text, a window or a decoded part of a
/// larger one, counts when so much of it is there that nothing else can be meant.
fn end(value: &[u8], text: &[u8], start: usize) -> Option<usize> {
    let mut places = vec![start];
    let mut next = Vec::new();
    for (index, byte) in value.iter().enumerate() {
        for place in &places {
            step(value, index, *byte, text, *place, &mut next);
        }
        next.sort_unstable();
        next.dedup();
        next.truncate(MOST_PLACES);
        if next.is_empty() {
            let cut = index >= PROOF && places.iter().any(|place| *place + 6 > text.len());
            return cut.then_some(text.len());
        }
        std::mem::swap(&mut places, &mut next);
        next.clear();
    }
    places.into_iter().max()
}

/// Every place just behind a form of the value's byte at `index` that stands at `place`. Bytes of a character that was
/// escaped as one were taken with its first, which leaves the place as it is.
fn step(value: &[u8], index: usize, byte: u8, text: &[u8], place: usize, out: &mut Vec<usize>) {
    let Some(rest) = text.get(place..) else {
        return;
    };
    if rest.first() == Some(&byte) {
        out.push(place + 1);
        if byte == b'\n' {
            // A block of YAML has its lines indented.
            let blanks = |text: &[u8]| {
                let head = text.iter().take(MOST_INDENT);
                head.take_while(|byte| matches!(byte, b' ' | b'\t')).count()
            };
            let own = blanks(&value[index + 1..]);
            out.push(place + 1 + blanks(&rest[1..]).saturating_sub(own));
        }
    }
    match (byte, rest) {
        (b'\n', [b'\r', b'\n', ..]) => out.push(place + 2),
        (b' ', [b'+', ..]) => out.push(place + 1),
        _ => {}
    }
    match rest {
        [b'%', ..] if hex(rest, 1, 2) == Some(u32::from(byte)) => out.push(place + 3),
        [b'\\', b'x', ..] if hex(rest, 2, 2) == Some(u32::from(byte)) => out.push(place + 4),
        [b'\\', b'u', ..] => {
            let unit = hex(rest, 2, 4);
            if let Some((letter, first)) = letter_at(value, index)
                && let Some(width) = escaped(rest, unit, letter)
            {
                // The last byte of the character moves on, those before stay.
                let last = first + letter.len_utf8() - 1;
                out.push(if index == last { place + width } else { place });
            }
        }
        [b'\\', sign, ..] if simple(*sign) == Some(byte) => out.push(place + 2),
        _ => {}
    }
}

/// The width of the escape at the start of `text` if it stands for this character; `unit` is what its first four digits say.
fn escaped(text: &[u8], unit: Option<u32>, letter: char) -> Option<usize> {
    let mut units = [0; 2];
    let units = letter.encode_utf16(&mut units);
    let (first, second) = (units.first()?, units.get(1));
    if unit != Some(u32::from(*first)) {
        return None;
    }
    match second {
        None => Some(6),
        Some(second) => (text.get(6..8) == Some(br"\u")
            && hex(text, 8, 4) == Some(u32::from(*second)))
        .then_some(12),
    }
}

/// The character of the value its byte at `index` belongs to, and where it begins; none in bytes that are no UTF-8.
fn letter_at(value: &[u8], index: usize) -> Option<(char, usize)> {
    let first = (index.saturating_sub(3)..=index)
        .rev()
        .find(|at| value[*at] & 0xC0 != 0x80)?;
    let width = match value[first] {
        0..0x80 => 1,
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    };
    let letter = std::str::from_utf8(value.get(first..first + width)?).ok()?;
    Some((letter.chars().next()?, first))
        .filter(|(letter, first)| first + letter.len_utf8() > index)
}

/// What `\n` and its like stand for.
fn simple(sign: u8) -> Option<u8> {
    match sign {
        b'n' => Some(b'\n'),
        b'r' => Some(b'\r'),
        b't' => Some(b'\t'),
        b'b' => Some(8),
        b'f' => Some(12),
        b'"' | b'\\' | b'/' | b'\'' | b'$' => Some(sign),
        _ => None,
    }
}

/// The number of `digits` hexadecimal digits at `from`.
fn hex(text: &[u8], from: usize, digits: usize) -> Option<u32> {
    let text = text.get(from..from + digits)?;
    text.iter().try_fold(0, |number, digit| {
        Some(number << 4 | char::from(*digit).to_digit(16)?)
    })
}

/// So many bytes of a value prove it where the text ends.
const PROOF: usize = 1024;
/// Places followed at once: each needs a sign of the value that is written in two ways.
const MOST_PLACES: usize = 8;
/// Blanks before a line of a value, at most.
const MOST_INDENT: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_value() {
        let value = "a%\\\"/\n é😀z".as_bytes();
        for text in [
            "a%\\\"/\n é😀z",
            "a%25%5C%22%2F%0A%20%C3%A9%F0%9F%98%80z",
            "a%25%5c%22/%0a+%c3%a9%f0%9f%98%80z",
            "a%\\\\\\\"/\\n é😀z",
            "a%\\\\\\\"\\/\\n \\u00e9\\ud83d\\uDE00z",
            "\\u0061\\u0025\\u005c\\u0022\\u002f\\u000a\\u0020é😀z",
            "a%\\\"/\r\n é😀z",
            "a%\\\"/\n    é😀z",
        ] {
            let padded = format!("<{text}>");
            assert_eq!(
                find(value, padded.as_bytes(), 0, 4),
                Some(1..padded.len() - 1),
                "{text}"
            );
        }
        for text in [
            "a%\\\"/\n é😀",
            "a%25%5C%22%2F%0A%20%C3%A9%F0%9F%98%81z",
            "A%\\\"/\n é😀z",
        ] {
            assert_eq!(find(value, text.as_bytes(), 0, 4), None, "{text}");
        }
    }

    #[test]
    fn what_is_cut_off_needs_enough_of_it() {
        let value: Vec<u8> = (0..3000_u32)
            .map(|at| b'a' + (at * at % 23) as u8)
            .collect();
        assert_eq!(find(&value, &value[..2000], 0, 0), Some(0..2000));
        assert_eq!(find(&value, &value[..1000], 0, 0), None);
        let other = [&value[..2000], b"#and so on"].concat();
        assert_eq!(find(&value, &other, 0, 0), None);
        assert_eq!(find(b"\xff\x00\xfe", b"%FF%00\xfe", 0, 0), Some(0..7));
    }

    proptest::proptest! {
        #[test]
        fn never_panics(value in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..40), text in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80)) {
            if let Some(found) = find(&value, &text, 0, 80) {
                proptest::prop_assert!(found.end <= text.len());
            }
        }

        #[test]
        fn finds_percent_encoded_bytes(value in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..40)) {
            let text: String = value.iter().map(|byte| format!("%{byte:02X}")).collect();
            proptest::prop_assert_eq!(find(&value, text.as_bytes(), 0, 0), Some(0..text.len()));
        }
    }
}
