//! How surprising a string is, if it were a word, a name or an identifier.
//!
//! Shannon entropy counts letters and cannot tell `threadAttrOptions` from a token; the cost of each pair of
//! neighbours under the frequencies of real identifiers can: names cost 3 to 5 bits a character,
//! random base62 costs 6.3 and more at 16 characters (99 of 100 strings), random hex 4 to 6.

/// Mean surprise of `text` in bits per character under the pair frequencies of identifiers; 0 when empty.
///
/// A change of case inside a word costs two bits, a digit the bits to say which one.
#[must_use]
pub fn surprise(text: &[u8]) -> f32 {
    if text.is_empty() {
        return 0.0;
    }
    let mut tenths = 0.0_f32;
    let mut before = EDGE;
    let mut last: Option<u8> = None;
    for byte in text {
        let class = class(*byte);
        tenths += f32::from(PAIRS[before][class]);
        if class == DIGIT {
            tenths += 25.0;
        }
        if let Some(last) = last
            && last.is_ascii_alphabetic()
            && byte.is_ascii_alphabetic()
            && last.is_ascii_uppercase() != byte.is_ascii_uppercase()
        {
            tenths += 20.0;
        }
        before = class;
        last = Some(*byte);
    }
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    tenths / 10.0 / f32::from(length)
}

/// How rare two neighbouring bytes are in source text, in tenths of bits; for choosing what to look for.
#[must_use]
pub fn pair_rarity(first: u8, second: u8) -> u32 {
    let (first, second) = (class(first), class(second));
    // Signs are counted as one class; most are rarer than the end of a word.
    let signs = u32::from(first == EDGE) + u32::from(second == EDGE);
    u32::from(PAIRS[first][second]) + signs * 8
}

fn class(byte: u8) -> usize {
    usize::from(CLASSES[usize::from(byte)])
}

/// The row and column of each byte in [`PAIRS`].
static CLASSES: [u8; 256] = {
    let mut classes = [EDGE as u8; 256];
    let mut byte = 0;
    while byte < 256 {
        let lower = (byte as u8).to_ascii_lowercase();
        if lower.is_ascii_lowercase() {
            classes[byte] = lower - b'a';
        } else if lower.is_ascii_digit() {
            classes[byte] = DIGIT as u8;
        }
        byte += 1;
    }
    classes
};

const DIGIT: usize = 26;
const EDGE: usize = 27;

/// Tenths of bits for each pair (a-z, digit, anything else), counted over the identifiers and words of some
/// six thousand source files.
#[rustfmt::skip]
static PAIRS: [[u8; 28]; 28] = [
    [86, 50, 40, 42, 93, 69, 49, 96, 53, 109, 70, 32, 46, 36, 108, 44, 120, 31, 36, 26, 57, 72, 69, 62, 61, 96, 66, 43],
    [35, 68, 57, 64, 37, 77, 81, 84, 33, 51, 109, 30, 70, 92, 37, 69, 117, 44, 50, 45, 33, 79, 108, 113, 37, 108, 46, 35],
    [34, 77, 59, 75, 36, 75, 78, 32, 51, 119, 38, 44, 64, 80, 26, 61, 96, 45, 58, 33, 54, 73, 102, 106, 73, 120, 58, 32],
    [41, 70, 71, 49, 21, 68, 73, 94, 33, 97, 104, 57, 75, 86, 51, 71, 100, 50, 51, 65, 59, 71, 86, 82, 67, 120, 56, 15],
    [48, 75, 44, 41, 59, 55, 64, 95, 76, 110, 83, 42, 51, 34, 79, 58, 68, 28, 36, 40, 86, 58, 71, 47, 70, 112, 69, 22],
    [44, 79, 71, 59, 44, 34, 74, 103, 28, 139, 117, 35, 72, 71, 38, 78, 114, 42, 38, 56, 57, 109, 86, 103, 74, 158, 48, 20],
    [54, 82, 75, 87, 22, 82, 68, 53, 28, 144, 94, 57, 62, 42, 61, 77, 103, 41, 42, 61, 55, 88, 97, 105, 84, 81, 74, 18],
    [26, 86, 83, 66, 24, 73, 95, 88, 37, 125, 90, 73, 61, 78, 36, 77, 117, 48, 60, 44, 50, 97, 78, 123, 73, 114, 73, 18],
    [51, 66, 43, 43, 52, 47, 46, 127, 84, 113, 89, 45, 46, 22, 35, 54, 106, 56, 39, 27, 103, 57, 114, 66, 147, 49, 76, 55],
    [43, 84, 74, 109, 14, 84, 85, 96, 41, 106, 61, 91, 80, 96, 31, 91, 106, 85, 23, 75, 44, 103, 87, 118, 113, 122, 74, 36],
    [54, 69, 70, 60, 17, 65, 72, 81, 36, 130, 111, 71, 77, 59, 64, 75, 113, 68, 43, 56, 60, 82, 77, 153, 88, 105, 70, 15],
    [32, 76, 78, 47, 25, 37, 92, 95, 28, 140, 73, 40, 78, 92, 32, 75, 111, 84, 59, 49, 47, 77, 99, 137, 55, 114, 81, 29],
    [23, 51, 70, 63, 24, 86, 89, 104, 36, 142, 93, 58, 48, 75, 41, 33, 99, 77, 50, 66, 45, 93, 95, 107, 76, 119, 74, 29],
    [41, 85, 43, 34, 34, 51, 35, 82, 47, 105, 60, 66, 76, 60, 43, 69, 109, 76, 39, 27, 53, 64, 86, 113, 78, 99, 80, 26],
    [66, 60, 38, 45, 85, 54, 66, 102, 62, 87, 58, 45, 39, 25, 53, 42, 142, 28, 49, 46, 41, 60, 50, 81, 94, 125, 84, 36],
    [26, 88, 64, 72, 30, 73, 82, 61, 48, 139, 77, 40, 79, 98, 36, 48, 108, 30, 56, 36, 47, 68, 94, 105, 70, 137, 72, 27],
    [70, 74, 63, 62, 57, 93, 55, 116, 69, 127, 98, 49, 82, 72, 69, 78, 93, 61, 63, 85, 8, 94, 83, 118, 127, 95, 62, 21],
    [35, 83, 54, 57, 23, 62, 57, 102, 34, 142, 69, 69, 58, 60, 35, 70, 108, 49, 42, 43, 58, 74, 83, 95, 52, 111, 79, 24],
    [59, 81, 50, 86, 25, 88, 77, 47, 37, 116, 69, 64, 73, 77, 51, 51, 90, 76, 46, 27, 50, 88, 83, 91, 53, 97, 77, 19],
    [37, 87, 56, 78, 27, 71, 98, 45, 34, 143, 97, 65, 68, 87, 40, 67, 122, 35, 48, 56, 58, 88, 89, 77, 49, 98, 70, 18],
    [55, 48, 51, 52, 38, 49, 63, 119, 46, 130, 112, 38, 41, 27, 71, 40, 134, 35, 33, 30, 91, 108, 126, 72, 128, 107, 51, 57],
    [21, 83, 55, 72, 16, 61, 76, 78, 29, 132, 119, 61, 60, 74, 58, 80, 105, 78, 63, 76, 97, 100, 89, 64, 111, 102, 41, 33],
    [32, 82, 69, 64, 37, 75, 100, 49, 25, 81, 92, 59, 84, 39, 37, 76, 98, 30, 51, 64, 85, 95, 70, 97, 104, 126, 75, 22],
    [50, 62, 45, 51, 41, 52, 97, 76, 54, 144, 108, 65, 73, 86, 68, 33, 106, 81, 66, 29, 85, 85, 92, 75, 77, 112, 24, 18],
    [60, 65, 71, 80, 63, 76, 91, 92, 66, 124, 96, 54, 46, 46, 63, 31, 137, 71, 32, 36, 98, 79, 68, 129, 93, 87, 81, 11],
    [46, 89, 69, 69, 5, 78, 85, 86, 48, 132, 88, 66, 69, 76, 49, 90, 99, 97, 67, 93, 79, 66, 70, 109, 64, 66, 81, 36],
    [69, 67, 69, 68, 69, 66, 119, 112, 99, 139, 103, 119, 100, 108, 90, 110, 121, 106, 100, 96, 80, 108, 130, 46, 134, 137, 6, 20],
    [42, 46, 39, 46, 46, 45, 51, 57, 38, 83, 70, 48, 45, 49, 50, 40, 84, 43, 31, 42, 53, 53, 58, 78, 91, 77, 39, 219],
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack::expand;

    #[test]
    fn names_are_cheap_and_tokens_are_not() {
        for name in [
            "threadAttrOptions",
            "delegate_dfa_size_limit",
            "SocketAddrWithSharedMemory",
            "access_token_expires_at",
        ] {
            assert!(
                surprise(name.as_bytes()) < 5.3,
                "{name} {}",
                surprise(name.as_bytes())
            );
        }
        for shape in [
            "{base62:20}",
            "a{base62:24}",
            "b{alnum:24}",
            "{base64url:40}",
            "{lower:32}",
        ] {
            let token = expand(shape);
            assert!(
                surprise(token.as_bytes()) > 5.3,
                "{shape} {}",
                surprise(token.as_bytes())
            );
        }
    }
}
