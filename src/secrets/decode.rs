//! Secrets inside encodings: base64, hex, percent, JSON and Unicode escapes.
//!
//! Nothing is decoded on suspicion. The prefilter looks for what the rules' own literals become in each encoding; where one
//! is found the run round it is decoded, within bounds, and scanned again, and every byte knows where it came from.

use super::rules::Encoding;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::ops::Range;
use zeroize::{Zeroize as _, Zeroizing};

/// Decoded bytes and their places in the text they were decoded from.
#[derive(Debug)]
pub(super) struct Decoded {
    /// The bytes.
    pub text: Vec<u8>,
    /// For each byte, where what encodes it begins; one more for the end.
    origin: Vec<usize>,
    /// The whole encoded run.
    pub run: Range<usize>,
}

/// How far left of a literal an encoded run is followed, in bytes.
const BEFORE: usize = 1024;
/// How far right, in bytes.
const AFTER: usize = 6144;
/// Lines of encoded text are this long at least when a tool breaks them, in characters.
const BROKEN_AFTER: usize = 60;
/// What stands between two of its lines at most, in bytes.
const BREAK: usize = 48;
/// How far before and after a literal anything can matter to [`decode`], in bytes: on the left the last group that is still
/// in reach, and what may be looked at of the line before that.
pub(super) const SIGHT: (usize, usize) = (BEFORE + 2 * 4 + BREAK + BROKEN_AFTER, AFTER);
/// Encodings inside encodings are followed this deep.
pub(super) const DEPTH: usize = 2;

impl Decoded {
    /// Where decoded bytes stand in the text.
    pub(super) fn place(&self, range: &Range<usize>) -> Range<usize> {
        let last = self.origin.len().saturating_sub(1);
        let at = |index: usize| {
            self.origin
                .get(index.min(last))
                .copied()
                .unwrap_or(self.run.end)
        };
        at(range.start)..at(range.end).max(at(range.start))
    }
}

/// Decodes the run round a hit at `at`; `None` when there is too little of it.
pub(super) fn decode(text: &[u8], at: usize, encoding: Encoding) -> Option<Decoded> {
    let decoded = match encoding {
        Encoding::Base64(lead) => base64_run(text, at.checked_sub(usize::from(lead))?),
        Encoding::Hex => hex_run(text, at),
        Encoding::Escaped => escaped_run(text, at),
    }?;
    (decoded.text.len() >= 8).then_some(decoded)
}

/// What `text` looks like inside base64, for each of the three ways it can fall on a group, and how many characters
/// of the group come before the part that is certain.
pub(super) fn base64_forms(text: &[u8]) -> Vec<(Vec<u8>, u8)> {
    let mut out = Vec::new();
    // More of it is in no form. It may be a part of a value, so what it passes through is wiped.
    let text = &text[..text.len().min(13)];
    let (mut padded, mut encoded) = ([0; 2 + 13], [0; 20]);
    for lead in 0..3_usize {
        let length = lead + text.len();
        padded[lead..length].copy_from_slice(text);
        let written = STANDARD.encode_slice(&padded[..length], &mut encoded);
        let from = (lead * 8).div_ceil(6);
        let certain = encoded[..written.unwrap_or(0)]
            .get(from..(length * 8 / 6).min(from + 16))
            .filter(|part| part.len() >= 4);
        let Some(certain) = certain else {
            continue;
        };
        let lead = u8::try_from(from).unwrap_or(0);
        out.push((certain.to_vec(), lead));
        if certain.iter().any(|byte| matches!(byte, b'+' | b'/')) {
            let url = certain.iter().map(|byte| match byte {
                b'+' => b'-',
                b'/' => b'_',
                other => *other,
            });
            out.push((url.collect(), lead));
        }
    }
    padded.zeroize();
    encoded.zeroize();
    out
}

/// `://` as `%3A%2F%2F`, `:\/\/` and `:\u002f\u002f`; nothing for literals that no escape touches.
pub(super) fn escaped_forms(text: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    if text.iter().all(|byte| plain(*byte)) {
        return Vec::new();
    }
    // As large as they can get, so that none grows and leaves a copy behind.
    let [mut percent, mut slash, mut unicode] =
        [3, 2, 6].map(|times| Zeroizing::new(Vec::with_capacity(text.len() * times)));
    for byte in text {
        let [high, low] =
            [byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]);
        if plain(*byte) {
            percent.push(*byte);
            unicode.push(*byte);
        } else {
            percent.extend([b'%', high, low]);
            if *byte == b' ' {
                unicode.push(b' ');
            } else {
                unicode.extend([b'\\', b'u', b'0', b'0', high, low]);
            }
        }
        if *byte == b'/' {
            slash.push(b'\\');
        }
        slash.push(*byte);
    }
    let mut out = vec![percent, slash, unicode];
    out.retain(|form| form.as_slice() != text && form.len() >= 4);
    out.sort_by(|a, b| a.as_slice().cmp(b.as_slice()));
    out.dedup();
    out
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// `group` is where a group of four begins.
fn base64_run(text: &[u8], group: usize) -> Option<Decoded> {
    let start = base64_start(text, group);
    let high = (group + AFTER).min(text.len());
    let places = base64_places(text.get(..high)?, start);
    let end = places.last().map_or(start, |last| last + 1);
    let mut out = Vec::with_capacity(places.len() * 3 / 4);
    let mut origin = Vec::with_capacity(places.len() * 3 / 4 + 1);
    for four in places.chunks(4) {
        let mut bits = 0_u32;
        for place in four {
            bits = bits << 6 | u32::from(sextet(text[*place]));
        }
        bits <<= 6 * (4 - four.len());
        for (byte, place) in four.iter().take(four.len() * 6 / 8).enumerate() {
            out.push(u8::try_from(bits >> (16 - 8 * byte) & 0xFF).unwrap_or(0));
            origin.push(*place);
        }
    }
    // What fills the last group belongs to the value, though it stands for nothing.
    let room = (places.len().next_multiple_of(4) - places.len()).min(2);
    let padding = text[end..high]
        .iter()
        .take(room)
        .take_while(|byte| **byte == b'=')
        .count();
    origin.push(end + padding);
    Some(Decoded {
        text: out,
        origin,
        run: start..end + padding,
    })
}

/// Where the run begins that has a group at `group`: back over the ends of lines where a tool broke it.
fn base64_start(text: &[u8], group: usize) -> usize {
    let mut start = group;
    loop {
        while start >= 4
            && group - start < BEFORE
            && text[start - 4..start].iter().all(|byte| is_base64(*byte))
        {
            start -= 4;
        }
        match line_before(text, start) {
            Some(end) if group - end < BEFORE => start = end,
            _ => return start,
        }
    }
}

/// Where the line before ends, if a tool broke it off from what begins at `start`.
fn line_before(text: &[u8], start: usize) -> Option<usize> {
    let blank = text[start.saturating_sub(BREAK)..start].iter().rev();
    let end = start - blank.take_while(|byte| byte.is_ascii_whitespace()).count();
    let line = text[..end].iter().rev().take(BROKEN_AFTER);
    let is_broken = text[end..start].contains(&b'\n')
        && line.take_while(|byte| is_base64(**byte)).count() == BROKEN_AFTER;
    is_broken.then_some(end)
}

/// Where the characters of the run that begins at `start` stand. It goes on in the next line where a tool broke it, which
/// all do after 64 or 76 characters.
fn base64_places(text: &[u8], start: usize) -> Vec<usize> {
    let mut places = Vec::new();
    let (mut at, mut line) = (start, start);
    while let Some(byte) = text.get(at) {
        if is_base64(*byte) {
            places.push(at);
            at += 1;
            continue;
        }
        let gap = text[at..]
            .iter()
            .take(BREAK)
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        let broken = text[at..at + gap].contains(&b'\n')
            && text.get(at + gap).is_some_and(|byte| is_base64(*byte));
        if !broken || at - line < BROKEN_AFTER || !places.len().is_multiple_of(4) {
            break;
        }
        at += gap;
        line = at;
    }
    places
}

fn sextet(byte: u8) -> u8 {
    match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    }
}

fn hex_run(text: &[u8], at: usize) -> Option<Decoded> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let mut start = at;
    while start >= 2
        && at - start < BEFORE
        && text[start - 2..start].iter().all(u8::is_ascii_hexdigit)
    {
        start -= 2;
    }
    let high = (at + AFTER).min(text.len());
    let mut out = Vec::new();
    let mut origin = Vec::new();
    let mut cursor = start;
    while let Some([Some(first), Some(second)]) = text
        .get(cursor..(cursor + 2).min(high))
        .and_then(|two| Some([digit(*two.first()?), digit(*two.get(1)?)]))
    {
        out.push(first << 4 | second);
        origin.push(cursor);
        cursor += 2;
    }
    origin.push(cursor);
    Some(Decoded {
        text: out,
        origin,
        run: start..cursor,
    })
}

/// A word with escapes in it: `%XX`, `\/`, `\uXXXX`, `\xXX`, `\"`.
fn escaped_run(text: &[u8], at: usize) -> Option<Decoded> {
    let ends = |byte: u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>')
            || byte < 0x20
    };
    let low = at.saturating_sub(BEFORE);
    let start = text[low..at]
        .iter()
        .rposition(|byte| ends(*byte))
        .map_or(low, |stop| low + stop + 1);
    let high = (at + AFTER).min(text.len());
    let end = text[at..high]
        .iter()
        .position(|byte| ends(*byte))
        .map_or(high, |stop| at + stop);
    let mut out = Vec::new();
    let mut origin = Vec::new();
    let mut cursor = start;
    while cursor < end {
        let (byte, width) = escape(&text[cursor..end]).unwrap_or((text[cursor], 1));
        out.push(byte);
        origin.push(cursor);
        cursor += width;
    }
    origin.push(end);
    Some(Decoded {
        text: out,
        origin,
        run: start..end,
    })
}

/// The byte an escape at the start of `text` stands for, and its width.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    let hex = |from: usize, to: usize| {
        let digits = std::str::from_utf8(text.get(from..to)?).ok()?;
        u8::from_str_radix(digits, 16).ok()
    };
    match text {
        [b'%', ..] => hex(1, 3).map(|byte| (byte, 3)),
        [b'\\', b'/', ..] => Some((b'/', 2)),
        [b'\\', b'u', b'0', b'0', ..] => hex(4, 6).map(|byte| (byte, 6)),
        [b'\\', b'x', ..] => hex(2, 4).map(|byte| (byte, 4)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_its_way_back() {
        let inner = concat!("xyz postgres", "://u:pw@host.io/db").as_bytes();
        for pad in 0..3 {
            let plain = [vec![b'-'; pad], inner.to_vec()].concat();
            let text = format!("k: {}", STANDARD.encode(&plain));
            let found = base64_forms(b"postgres://")
                .iter()
                .find_map(|(form, lead)| {
                    let at = memchr::memmem::find(text.as_bytes(), form)?;
                    decode(text.as_bytes(), at, Encoding::Base64(*lead))
                });
            let decoded = found.expect("one of the three alignments");
            assert_eq!(&decoded.text[..plain.len()], plain.as_slice());
            assert_eq!(decoded.run, 3..text.len(), "with what fills the last group");
            assert_eq!(decoded.place(&(0..plain.len())).end, text.len());
        }
    }

    #[test]
    fn goes_on_where_a_tool_broke_the_line() {
        let plain = concat!("postgres", "://app:", "pw@h.io/db?application_name=").to_owned()
            + &"x".repeat(60);
        let encoded = STANDARD.encode(&plain);
        let text = format!("  {}\n  {}\n  key: v\n", &encoded[..76], &encoded[76..]);
        let decoded = decode(text.as_bytes(), 2, Encoding::Base64(0)).expect("a run");
        assert_eq!(&decoded.text[..plain.len()], plain.as_bytes());
        assert!(text[decoded.run.clone()].ends_with(&encoded[encoded.len() - 4..]));
        let short = decode(b"QUJDREVGR0hJSktM\nTU5P", 0, Encoding::Base64(0)).expect("a run");
        assert_eq!(short.text, b"ABCDEFGHIJKL");
        // From any group of a later line back to the beginning, whatever stands before it.
        let second = text.rfind(&encoded[76..]).expect("it is there");
        for group in (second..text.len() - encoded.len() % 4 - 12).step_by(4) {
            let again = decode(text.as_bytes(), group, Encoding::Base64(0)).expect("a run");
            assert_eq!(
                (again.text, again.run),
                (decoded.text.clone(), decoded.run.clone())
            );
        }
        let short = decode(
            b"QUJDREVGR0hJSktM\nTU5PUFFSU1RVVldY",
            17,
            Encoding::Base64(0),
        );
        assert_eq!(short.expect("a run").text, b"MNOPQRSTUVWX");
    }

    #[test]
    fn escapes_and_hex() {
        let text = concat!("q=\"postgres%3A", "%2F%2Fu%3Apw%40h.io\" \\u002f").as_bytes();
        let decoded = decode(text, 11, Encoding::Escaped).expect("a word");
        assert_eq!(decoded.text, concat!("postgres", "://u:pw@h.io").as_bytes());
        assert_eq!(decoded.place(&(0..8)), 3..11);
        let text = b"0x61626364656667686970 ";
        let decoded = decode(text, 4, Encoding::Hex).expect("a run");
        assert!(decoded.text.ends_with(b"bcdefghip"));
        assert_eq!(
            escaped_forms(b"pg://"),
            [
                &b"pg%3a%2f%2f"[..],
                b"pg:\\/\\/",
                b"pg\\u003a\\u002f\\u002f"
            ]
            .map(|form| Zeroizing::new(form.to_vec()))
        );
        assert!(escaped_forms(b"sk-proj-").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80), at in 0usize..80, lead in 0u8..4) {
            let at = at.min(text.len());
            for encoding in [Encoding::Base64(lead), Encoding::Hex, Encoding::Escaped] {
                if let Some(decoded) = decode(&text, at, encoding) {
                    let place = decoded.place(&(0..decoded.text.len()));
                    proptest::prop_assert!(place.end <= text.len());
                }
            }
        }
    }
}
