//! What looks like a secret and is none: placeholders, names, digests, examples.
//!
//! Everything here is a pure function of the value (and sometimes the name it is assigned to), so that the same
//! bytes are judged the same wherever they stand.

mod placeholder;
mod shape;
mod surprise;

pub use placeholder::{is_dummy_word, is_placeholder, is_reference};
pub use shape::{Shape, is_type_name, shape};
pub use surprise::{pair_rarity, surprise};

use zeroize::Zeroizing;

/// Shannon entropy in bits per byte; 0 when empty.
#[must_use]
pub fn entropy(text: &[u8]) -> f32 {
    if text.is_empty() {
        return 0.0;
    }
    let mut counts = [0_u32; 256];
    for byte in text {
        counts[usize::from(*byte)] += 1;
    }
    let length = text.len() as f64;
    let bits: f64 = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f64::from(*count) / length;
            -share * share.log2()
        })
        .sum();
    bits as f32
}

/// Whether a value looks drawn at random rather than thought of.
#[must_use]
pub fn is_random(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let letters = value
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic())
        .count();
    if is_repetitive(value) {
        return false;
    }
    if is_hex(value) {
        return value.len() >= 16
            && digits * 8 >= value.len()
            && letters * 8 >= value.len()
            && entropy(value) >= 2.8;
    }
    if letters == 0 {
        return false;
    }
    // `sk_` or `v1-` before hexadecimal digits, or `-v1` after them.
    if value
        .split(|byte| matches!(byte, b'_' | b'-' | b'.' | b':'))
        .any(|part| part.len() >= 24 && part.len() < value.len() && is_hex(part))
    {
        return true;
    }
    // Words joined by separators are cheap piece by piece; judge the costliest stretch between separators, and the whole.
    let whole = surprise(value);
    let least = match (digits, value.len()) {
        (0, ..=15) => 6.0,
        (0, LONG..) if is_of_one_case(value) => NAMES_OF_ONE_CASE,
        (0, _) => 5.6,
        (_, ..=11) => 5.6,
        _ => 5.3,
    };
    (whole >= least || is_random_round_digits(value)) && entropy(value) >= 2.7
}

/// Whether letters stand drawn at random round a block of digits, which are so cheap that they hide it from the mean.
fn is_random_round_digits(value: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic();
    let first = value.iter().position(is_letter).unwrap_or(0);
    let last = value.iter().rposition(is_letter).unwrap_or(0);
    let mut letters = Zeroizing::new(Vec::with_capacity(value.len()));
    letters.extend(value.iter().copied().filter(is_letter));
    let within = (last + 1).saturating_sub(first + letters.len());
    value.len() >= LONG
        && letters.len() >= 12
        && within >= 4
        && value.iter().all(u8::is_ascii_alphanumeric)
        && surprise(&letters) >= NAMES_WITHOUT_DIGITS
}

/// Whether a long run of letters is dearer than the names of code are, abbreviations and all (`SetupDiOpenDevRegKey`);
/// then it is a value even where a name is to be expected.
#[must_use]
pub fn is_no_name(value: &[u8]) -> bool {
    let least = match value.len() {
        ..LONG => return false,
        _ if is_of_one_case(value) => NAMES_OF_ONE_CASE,
        LONG..28 => NAMES_OF_BOTH_CASES,
        _ => LONG_NAMES_OF_BOTH_CASES,
    };
    surprise(value) >= least
}

fn is_of_one_case(value: &[u8]) -> bool {
    !value.iter().any(u8::is_ascii_lowercase) || !value.iter().any(u8::is_ascii_uppercase)
}

/// From this length on, in bytes, the mean surprise of a text says enough to tell letters drawn from names.
const LONG: usize = 20;
/// What names of at least so many letters of one case cost at most: of 2,700 in public sources three cost more, of random
/// ones 99 in 100.
const NAMES_OF_ONE_CASE: f32 = 5.4;
/// The same for both cases: of 27,000 names some 40 cost more, of random ones 99 in 100.
const NAMES_OF_BOTH_CASES: f32 = 6.1;
/// What the letters of names with digits in their midst cost at most: of 5,200 such words in public sources, some 50
/// cost more that were not random for the whole, most of them digests.
const NAMES_WITHOUT_DIGITS: f32 = 5.0;
/// What names of both cases cost at most from 28 letters on: of 10,000 names none cost more.
const LONG_NAMES_OF_BOTH_CASES: f32 = 6.0;

/// Only hexadecimal digits of one case.
#[must_use]
pub fn is_hex(value: &[u8]) -> bool {
    let lower = value
        .iter()
        .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte));
    let upper = value
        .iter()
        .all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(byte));
    lower || upper
}

/// Hexadecimal digits in other groups than those of a UUID, as the keys of Bunny's storage are written.
#[must_use]
pub fn is_grouped_hex(value: &[u8]) -> bool {
    let mut groups = value.split(|byte| *byte == b'-');
    let even = |group: &[u8]| matches!(group.len(), 4 | 8 | 12 | 16) && is_hex(group);
    let digits: Zeroizing<Vec<u8>> =
        Zeroizing::new(value.iter().copied().filter(|byte| *byte != b'-').collect());
    groups.clone().count() >= 3
        && groups.all(even)
        && shape(value) != Shape::Uuid
        && digits.len() >= 32
        && is_random(&digits)
}

/// Few different bytes, a short period, or mostly runs that count up or down: `aaaa`, `abcabc`, `12345678`, `abc123def456`,
/// `1a2b3c4d`.
#[must_use]
pub fn is_repetitive(value: &[u8]) -> bool {
    if value.len() < 4 {
        return true;
    }
    let mut seen = [false; 256];
    for byte in value {
        seen[usize::from(byte.to_ascii_lowercase())] = true;
    }
    let distinct = seen.iter().filter(|seen| **seen).count();
    let least = match value.len() {
        ..=19 => 3,
        20..=27 => 5,
        _ => 7,
    };
    if distinct <= least {
        return true;
    }
    let periodic = |period: usize| {
        value.len() >= period * 2 && value.iter().skip(period).zip(value).all(|(a, b)| a == b)
    };
    if (1..=value.len() / 2).take(16).any(periodic) {
        return true;
    }
    // A run through an alphabet may jump at times: `abcdefghijklmnopqrstuvwxyz0123456789`.
    let counts = |stride: usize| {
        let steps = value
            .iter()
            .zip(value.iter().skip(stride))
            .filter(|(a, b)| {
                let step = i16::from(b.to_ascii_lowercase()) - i16::from(a.to_ascii_lowercase());
                (-1..=1).contains(&step) || keyboard_neighbours(**a, **b)
            });
        steps.count() * 10 >= (value.len() - stride) * 7
    };
    counts(1) || value.len() >= 8 && counts(2)
}

fn keyboard_neighbours(a: u8, b: u8) -> bool {
    const ROWS: [&[u8]; 3] = [b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    ROWS.iter()
        .any(|row| row.windows(2).any(|pair| pair == [a, b]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack::expand;

    #[test]
    fn random_and_not() {
        for shape in [
            "{hex:32}",
            "{base62:20}",
            "{base58:24}",
            "{base64:44}",
            "{alnum:40}",
            "{base64url:43}",
            "sk_{hex:48}",
            "api:{hex:32}-{hex:8}-{hex:8}",
        ] {
            assert!(is_random(expand(shape).as_bytes()), "{shape}");
        }
        for text in [
            "user_access_token",
            "aaaaaaaaaaaaaaaa",
            "0123456789abcdef0123456789abcdef",
            "abcdefghijklmnopqrstuvwxyz",
            "deadbeefdeadbeefdeadbeef",
            "qwertyuiopasdfgh",
            "configuration-value",
            "20240131123456",
            "my-company-name-production",
            "abc123def456",
            "1a2b3c4d5e6f7g8h9i0j1k2l",
            "1a2s3d4f5g",
            "re_blAh_blaHBlaHblahBLAhBlAh",
        ] {
            assert!(!is_random(text.as_bytes()), "{text}");
        }
    }
}
