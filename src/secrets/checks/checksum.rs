//! Tokens that carry a checksum: a right one proves the token, a wrong one makes it doubtful.
//!
//! A wrong checksum lowers the finding and does not silence it: documentation and half-masked
//! tokens fail, but so would a format that the issuer changed.

use super::{Candidate, Verdict};
use crate::policy::Severity;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// GitHub and npm: the last six characters are the base62 CRC-32 of the random ones.
///
/// <https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>
pub(super) fn crc32_base62(candidate: &Candidate<'_>) -> Verdict {
    let value = candidate.value();
    if value.contains(&b'.') {
        // `ghs_<id>_<JWT>` is signed instead.
        return Verdict::Keep;
    }
    let body = value
        .iter()
        .position(|byte| *byte == b'_')
        .and_then(|at| value.get(at + 1..))
        .unwrap_or(value);
    let Some((random, sum)) = body.split_last_chunk::<6>() else {
        return DOUBTFUL;
    };
    proved(!random.is_empty() && base62(crc32fast::hash(random)) == *sum)
}

/// Grafana: `glsa_`, 32 characters, `_`, and the CRC-32 of what precedes as eight hex digits, low byte first.
pub(super) fn grafana(candidate: &Candidate<'_>) -> Verdict {
    let Some((head, sum)) = candidate.value().split_last_chunk::<8>() else {
        return DOUBTFUL;
    };
    let Some(signed) = head.strip_suffix(b"_") else {
        return DOUBTFUL;
    };
    let crc = crc32fast::hash(signed).swap_bytes();
    proved(sum.eq_ignore_ascii_case(format!("{crc:08x}").as_bytes()))
}

/// Atlassian: the last eight hex digits are the CRC-32 of all before.
pub(super) fn atlassian(candidate: &Candidate<'_>) -> Verdict {
    let Some((head, sum)) = candidate.value().split_last_chunk::<8>() else {
        return DOUBTFUL;
    };
    let crc = crc32fast::hash(head);
    proved(sum.eq_ignore_ascii_case(format!("{crc:08x}").as_bytes()))
}

/// Data Center access tokens are base64 of an id, a colon and twenty random bytes.
pub(super) fn atlassian_data_center(candidate: &Candidate<'_>) -> Verdict {
    let value = candidate.value();
    let body = value.strip_prefix(b"BBDC-").unwrap_or(value);
    let Ok(bytes) = STANDARD_NO_PAD.decode(body) else {
        return Verdict::Drop;
    };
    match bytes.iter().position(|byte| *byte == b':') {
        Some(at) if at > 0 && bytes.iter().take(at).all(u8::is_ascii_digit) => Verdict::Keep,
        _ => Verdict::Drop,
    }
}

/// NATS seeds: base32 that ends with the CRC-16 (XMODEM) of what precedes, low byte first. Without the label of its file a word
/// that the sum does not prove is none.
///
/// <https://docs.nats.io/running-a-nats-service/nats_admin/security/jwt>
pub(super) fn nkey(candidate: &Candidate<'_>) -> Verdict {
    let Some(bytes) = base32(candidate.value()) else {
        return Verdict::Drop;
    };
    let Some((body, sum)) = bytes.split_last_chunk::<2>() else {
        return Verdict::Drop;
    };
    let right = crc16(body).to_le_bytes() == *sum;
    let before = candidate.before().trim_ascii_end();
    if right || before.ends_with(b"NKEY SEED-----") {
        proved(right)
    } else {
        Verdict::Drop
    }
}

fn proved(right: bool) -> Verdict {
    if right { Verdict::Keep } else { DOUBTFUL }
}

fn base62(mut crc: u32) -> [u8; 6] {
    let mut out = [b'0'; 6];
    for slot in out.iter_mut().rev() {
        *slot = match u8::try_from(crc % 62).unwrap_or(0) {
            digit @ 0..=9 => b'0' + digit,
            upper @ 10..=35 => b'A' + upper - 10,
            lower => b'a' + lower - 36,
        };
        crc /= 62;
    }
    out
}

/// RFC 4648 base32 without padding; spare bits are ignored.
fn base32(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 5 / 8);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5 | u32::from(digit)) & 0xFFFF;
        held += 5;
        if held >= 8 {
            held -= 8;
            out.push(bits.checked_shr(held)?.to_le_bytes()[0]);
        }
    }
    Some(out)
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte) << 8, |crc: u16, _| {
            if crc & 0x8000 == 0 {
                crc << 1
            } else {
                crc << 1 ^ 0x1021
            }
        })
    })
}

const DOUBTFUL: Verdict = Verdict::Severity(Severity::Low);

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;
    use crate::policy::pack::expand;

    #[test]
    fn base62_checksums() {
        for (template, right) in [
            ("ghp_{base62:30}{crc62}", true),
            ("npm_{base62:30}{crc62}", true),
            ("ghr_{base62:70}{crc62}", true),
            ("ghp_{base62:36}", false),
            ("ghp_abc", false),
        ] {
            let token = expand(template);
            let expected = if right { Verdict::Keep } else { DOUBTFUL };
            assert_eq!(
                run("checksum:crc32-base62", &token, &token),
                expected,
                "{template}"
            );
        }
    }

    #[test]
    fn grafana_and_atlassian_checksums() {
        let head = expand("glsa_{base62:32}");
        let crc = crc32fast::hash(head.as_bytes());
        let right = format!(
            "{head}_{}",
            crc.to_le_bytes()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        );
        let wrong = format!("{head}_{:08x}", !crc);
        assert_eq!(run("checksum:grafana", &right, &right), Verdict::Keep);
        assert_eq!(run("checksum:grafana", &wrong, &wrong), DOUBTFUL);

        let head = expand("ATBB{base62:24}");
        let right = format!("{head}{:08X}", crc32fast::hash(head.as_bytes()));
        let wrong = format!("{head}{:08X}", !crc32fast::hash(head.as_bytes()));
        assert_eq!(run("checksum:atlassian", &right, &right), Verdict::Keep);
        assert_eq!(run("checksum:atlassian", &wrong, &wrong), DOUBTFUL);
    }

    #[test]
    fn data_center_tokens_name_an_id() {
        let right = expand("BBDC-{b64|{digit:12}:{alnum:20}|}");
        let wrong = expand("BBDC-{b64|{alnum:12}-{alnum:20}|}");
        assert_eq!(run("atlassian-data-center", &right, &right), Verdict::Keep);
        assert_eq!(run("atlassian-data-center", &wrong, &wrong), Verdict::Drop);
    }

    #[test]
    fn nkey_seeds() {
        // The standard check value of CRC-16/XMODEM.
        assert_eq!(crc16(b"123456789"), 0x31C3);
        assert_eq!(base32(b"MZXW6YTBOI").as_deref(), Some(&b"foobar"[..]));
        assert_eq!(base32(b"abc"), None);
        let mut bytes = vec![0x95, 0x00];
        bytes.extend(expand("{base62:32}").into_bytes());
        bytes.extend(crc16(&bytes).to_le_bytes());
        let seed = encode32(&bytes);
        assert_eq!(seed.len(), 58);
        assert_eq!(run("checksum:nkey", &seed, &seed), Verdict::Keep);
        let wrong = seed.replace(&seed[20..24], "AAAA");
        let labelled = format!("-----BEGIN USER NKEY SEED-----\n{wrong}");
        assert_eq!(run("checksum:nkey", &labelled, &wrong), DOUBTFUL);
        assert_eq!(run("checksum:nkey", &wrong, &wrong), Verdict::Drop);
    }

    fn encode32(bytes: &[u8]) -> String {
        let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
        bits.as_bytes()
            .chunks(5)
            .map(|five| {
                let five = format!("{:0<5}", String::from_utf8_lossy(five));
                let digit = u8::from_str_radix(&five, 2).expect("binary");
                char::from(if digit < 26 {
                    b'A' + digit
                } else {
                    b'2' + digit - 26
                })
            })
            .collect()
    }
}
