//! `leaks` and `safe` examples: `{alphabet:n}` becomes n characters from a fixed seed, so that no
//! secret-shaped string ever stands in a pack, and every run tests the same strings.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// Replaces every `{alphabet:n}` in `template`; other braces are left alone.
///
/// Alphabets: `digit`, `hex`, `HEX`, `lower`, `upper`, `letters` (both cases), `alnum` (lower and digits), `base32`, `base58`,
/// `base62`, `base64` (standard), `base64url`; `crc62` is the six-character base62 CRC-32 of the
/// run that stands directly before it, as GitHub and npm tokens end with. `{b64|text|}`,
/// `{b64url|text|}` and `{hexed|text|}` encode their text, itself expanded first.
#[must_use]
pub fn expand(template: &str) -> String {
    let mut out = String::with_capacity(template.len() * 2);
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for byte in template.bytes() {
        state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    }
    let mut rest = template;
    let mut last_run = String::new();
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        rest = &rest[open..];
        if let Some((encoded, len)) = encoded(rest) {
            out.push_str(&encoded);
            rest = &rest[len..];
            continue;
        }
        let Some((alphabet, count, len)) = placeholder(rest) else {
            out.push('{');
            rest = &rest[1..];
            continue;
        };
        if alphabet == "crc62" {
            out.push_str(&crc62(last_run.as_bytes()));
        } else if let Some(letters) = letters(alphabet) {
            last_run.clear();
            for _ in 0..count {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                let pick = usize::try_from(state >> 33).unwrap_or(0) % letters.len();
                last_run.push(char::from(letters[pick]));
            }
            out.push_str(&last_run);
        }
        rest = &rest[len..];
    }
    out.push_str(rest);
    out
}

/// `{b64|text|}` and its like at the start of `text`: what it becomes, bytes taken.
fn encoded(text: &str) -> Option<(String, usize)> {
    let (name, inner) = text[1..].split_once('|')?;
    let encode: fn(&[u8]) -> String = match name {
        "b64" => |bytes| STANDARD.encode(bytes),
        "b64url" => |bytes| URL_SAFE_NO_PAD.encode(bytes),
        "hexed" => |bytes| {
            bytes
                .iter()
                .fold(String::new(), |out, byte| out + &format!("{byte:02x}"))
        },
        _ => return None,
    };
    let end = inner.find("|}")?;
    Some((
        encode(expand(&inner[..end]).as_bytes()),
        1 + name.len() + 1 + end + 2,
    ))
}

/// `{name:n}` or `{crc62}` at the start of `text`: name, n, bytes taken; `None` for braces of the example's own.
fn placeholder(text: &str) -> Option<(&str, usize, usize)> {
    let close = text.find('}')?;
    let inner = &text[1..close];
    // A brace of the text's own, as in code, with a placeholder somewhere after it.
    if inner.contains('{') {
        return None;
    }
    match inner.split_once(':') {
        Some((name, count)) => {
            letters(name)?;
            Some((name, count.parse().ok().filter(|n| *n <= 4096)?, close + 1))
        }
        None if inner == "crc62" => Some((inner, 0, close + 1)),
        None => None,
    }
}

fn letters(alphabet: &str) -> Option<&'static [u8]> {
    Some(match alphabet {
        "digit" => b"0123456789",
        "hex" => b"0123456789abcdef",
        "HEX" => b"0123456789ABCDEF",
        "lower" => b"abcdefghijklmnopqrstuvwxyz",
        "upper" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "letters" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "alnum" => b"abcdefghijklmnopqrstuvwxyz0123456789",
        "base32" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "base58" => b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz",
        "base62" => b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        "base64" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        "base64url" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        _ => return None,
    })
}

/// Six base62 digits (0-9A-Za-z, left-padded with 0) of the CRC-32 (IEEE) of `bytes`.
fn crc62(bytes: &[u8]) -> String {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xEDB8_8320
            } else {
                crc >> 1
            };
        }
    }
    let mut rest = !crc;
    let digits = letters("base62").unwrap_or_default();
    let mut out = [b'0'; 6];
    for slot in out.iter_mut().rev() {
        *slot = digits[(rest % 62) as usize];
        rest /= 62;
    }
    out.iter().map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands_the_same_way_each_time() {
        let once = expand("a{hex:8}b{nope:3}{");
        assert_eq!(once, expand("a{hex:8}b{nope:3}{"));
        assert_eq!(once.len(), 1 + 8 + 1 + "{nope:3}{".len());
        assert!(once.ends_with("b{nope:3}{"));
        let code = expand("{ token = \"{hex:4}\" }");
        assert_eq!((code.len(), code.contains("hex")), (18, false));
    }

    #[test]
    fn encodes() {
        assert_eq!(expand("x{b64|{\"a\":1}|}y"), "xeyJhIjoxfQ==y");
        assert_eq!(expand("{hexed|az|}"), "617a");
    }

    #[test]
    fn checksum_is_the_one_github_publishes() {
        // CRC-32 of "123456789" is 0xCBF43926 (the standard check value) = base62 "3jYjVa".
        let mut value = 0xCBF4_3926_u32;
        let mut digits = Vec::new();
        while value > 0 {
            digits.push(letters("base62").expect("known")[(value % 62) as usize]);
            value /= 62;
        }
        digits.reverse();
        assert_eq!(crc62(b"123456789").as_bytes(), digits.as_slice());
    }
}
