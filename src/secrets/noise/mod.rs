//! What looks like a secret and is none: placeholders, names, digests, examples.
//!
//! Everything here is a pure function of the value (and sometimes the name it is assigned to), so that the same
//! bytes are judged the same wherever they stand.

mod placeholder;
mod shape;
mod surprise;

pub use placeholder::{is_dummy_word, is_placeholder, is_reference};
pub use shape::{Shape, shape};
pub use surprise::{rarity, surprise};

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
    // Words joined by separators are cheap piece by piece; judge the costliest stretch between separators, and the whole.
    let whole = surprise(value);
    let least = match (digits, value.len()) {
        (0, ..=15) => 6.0,
        (0, _) => 5.6,
        (_, ..=11) => 5.6,
        _ => 5.3,
    };
    whole >= least && entropy(value) >= 2.7
}

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

/// Few different bytes, a short period, or mostly runs that count up or down: `aaaa`, `abcabc`, `12345678`, `abcdefgh`.
#[must_use]
pub fn is_repetitive(value: &[u8]) -> bool {
    if value.len() < 4 {
        return true;
    }
    let mut seen = [false; 256];
    value
        .iter()
        .for_each(|byte| seen[usize::from(*byte)] = true);
    let distinct = seen.iter().filter(|seen| **seen).count();
    if distinct <= 3 || (value.len() >= 20 && distinct <= 5) {
        return true;
    }
    let periodic = |period: usize| {
        value.len() >= period * 2 && value.iter().skip(period).zip(value).all(|(a, b)| a == b)
    };
    if (1..=value.len() / 2).take(16).any(periodic) {
        return true;
    }
    let steps = value.windows(2).filter(|pair| {
        let step =
            i16::from(pair[1].to_ascii_lowercase()) - i16::from(pair[0].to_ascii_lowercase());
        (-1..=1).contains(&step) || keyboard_neighbours(pair[0], pair[1])
    });
    // A run through an alphabet may jump once or twice: `abcdefghijklmnopqrstuvwxyz0123456789`.
    steps.count() * 4 >= (value.len() - 1) * 3
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
        ] {
            assert!(!is_random(text.as_bytes()), "{text}");
        }
    }
}
