//! Private keys: real ones, encrypted ones, and the stubs that documentation shows.

use super::{Candidate, Verdict, place};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::GeneralPurpose;

/// A private key that no other rule reports.
pub(super) fn private_key(candidate: &Candidate<'_>) -> Verdict {
    if place::in_service_account(candidate) {
        Verdict::Drop
    } else {
        pem(candidate)
    }
}

/// A private key in PEM, PGP armour or PuTTY's format, on several lines or on one with `\n` written out.
///
/// Dropped when the body is too short to be a key or is filler; one step lower when it is encrypted or does
/// not begin as its label says.
pub(super) fn pem(candidate: &Candidate<'_>) -> Verdict {
    let value = candidate.value();
    let body = body(value);
    let distinct = body.iter().fold([false; 256], |mut seen, byte| {
        seen[usize::from(*byte)] = true;
        seen
    });
    // What the key says it holds, beside what stands there: documentation shows the first line, or leaves out the middle.
    let stated = stated(&body).unwrap_or_default();
    let ellipsis = contains(value, b"...") || contains(value, "…".as_bytes());
    let elided = ellipsis && (body.len() < ELIDED || stated > body.len() + 4);
    let first_line = body.len() <= LINE && stated > body.len() * 2;
    if elided
        || first_line
        || body.len() < SHORTEST
        || distinct.iter().filter(|seen| **seen).count() < DISTINCT
    {
        return Verdict::Drop;
    }
    let encrypted = contains(value, b"ENCRYPTED")
        || (contains(value, b"PuTTY-User-Key") && !contains(value, b"Encryption: none"));
    let head = value.get(..value.len().min(64)).unwrap_or_default();
    let doubtful = if contains(head, b"OPENSSH PRIVATE KEY") {
        !openssh_unencrypted(&body)
    } else if contains(head, b"PGP PRIVATE KEY")
        || contains(head, b"PuTTY")
        || contains(head, b"SSH2 ENCRYPTED")
    {
        false
    } else {
        // DER: a sequence, tag 0x30.
        first_bytes(&body).first() != Some(&0x30)
    };
    if encrypted || doubtful {
        Verdict::Lower
    } else {
        Verdict::Keep
    }
}

/// The DER of a private key without its label: dropped when less of it stands there than it says itself it has, as where
/// documentation shows the first line.
pub(super) fn der(candidate: &Candidate<'_>) -> Verdict {
    // One with its label is judged as a whole.
    let before = candidate.before();
    let near = before
        .get(before.len().saturating_sub(LABEL)..)
        .unwrap_or_default();
    let label = memchr::memmem::rfind(near, b"-----BEGIN ").unwrap_or(near.len());
    if contains(&near[label..], b"PRIVATE KEY-----") && !contains(&near[label..], b"-----END ") {
        return Verdict::Drop;
    }
    let body = body(candidate.value());
    match stated(&body) {
        // The last group may be left out where a copy was cut short by a few characters.
        Some(stated) if body.len() + 4 >= stated => Verdict::Keep,
        _ => Verdict::Drop,
    }
}

/// How many base64 characters the DER that `body` begins has, by what it says itself.
fn stated(body: &[u8]) -> Option<usize> {
    let bytes = match *first_bytes(body).as_slice() {
        [0x30, 0x82, high, low, ..] => 4 + usize::from(u16::from_be_bytes([high, low])),
        [0x30, 0x81, length, ..] => 3 + usize::from(length),
        [0x30, length @ 0..=0x7f, ..] => 2 + usize::from(length),
        _ => return None,
    };
    Some((bytes * 4).div_ceil(3))
}

/// The base64 characters between the label lines, with line ends (real or written out) and headers left out.
fn body(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = value;
    while let Some((line, after)) = next_line(rest) {
        rest = after;
        let line = line.trim_ascii_start();
        // `-----BEGIN`, `Proc-Type:`, `Private-Lines:` and their like are no body.
        if contains(line, b"-----") || line.contains(&b':') {
            continue;
        }
        out.extend(
            line.iter()
                .filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')),
        );
        if out.len() > ENOUGH {
            break;
        }
    }
    out
}

/// The next line, ended by a line feed, by `\n` written out (also `\\n`), or by a label's dashes.
fn next_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.is_empty() {
        return None;
    }
    let dashes = text.strip_prefix(b"-----").map_or(0, |_| 5);
    let mut at = dashes;
    while let Some(byte) = text.get(at) {
        let rest = text.get(at..).unwrap_or_default();
        match byte {
            b'\n' | b'\r' => return Some((text.get(..at)?, text.get(at + 1..)?)),
            b'\\' => {
                let run = rest.iter().take_while(|byte| **byte == b'\\').count();
                let escape = usize::from(matches!(rest.get(run), Some(b'n' | b'r' | b't')));
                return Some((text.get(..at)?, text.get(at + run + escape..)?));
            }
            b'-' if rest.starts_with(b"-----") => {
                // The end of the opening label, or the start of the closing one.
                let end = if dashes > 0 { at + 5 } else { at };
                return Some((text.get(..end)?, text.get(end..)?));
            }
            _ => at += 1,
        }
    }
    Some((text, &[]))
}

fn openssh_unencrypted(body: &[u8]) -> bool {
    let bytes = first_bytes(body);
    let Some(rest) = bytes.strip_prefix(b"openssh-key-v1\0") else {
        return false;
    };
    // A length of four bytes, then the cipher's name.
    rest.get(4..8) == Some(b"none")
}

fn first_bytes(body: &[u8]) -> Vec<u8> {
    LENIENT
        .decode(body.get(..body.len().min(64)).unwrap_or_default())
        .unwrap_or_default()
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(text, word).is_some()
}

/// How far before a body its label may stand, with headers between, in bytes.
const LABEL: usize = 160;
/// Ed25519 in PKCS #8 is 48 bytes, the smallest key there is: 64 base64 characters.
const SHORTEST: usize = 64;
/// The longest line that PEM is broken into.
const LINE: usize = 76;
/// Fewer different characters than this in a body are filler.
const DISTINCT: usize = 16;
/// A body shorter than this with an ellipsis in it shows its first and last line only.
const ELIDED: usize = 320;
/// More of the body than this is not looked at.
const ENOUGH: usize = 16_384;

const LENIENT: GeneralPurpose = super::lenient(&alphabet::STANDARD);

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;
    use crate::policy::pack::expand;

    fn key(label: &str, lines: &[&str], end: &str) -> String {
        let lines: Vec<String> = lines.iter().map(|line| expand(line)).collect();
        let dashes = "-----";
        format!(
            "{dashes}BEGIN {label}{dashes}{end}{}{end}{dashes}END {label}{dashes}",
            lines.join(end)
        )
    }

    #[test]
    fn der_is_as_long_as_it_says() {
        for (template, verdict) in [
            ("MC4CAQAwBQYDK2VwBCIEI{base64:43}", Verdict::Keep),
            ("MIIEpAIBAAKCAQEA{base64:1574}", Verdict::Keep),
            ("MIIEpAIBAAKCAQEA{base64:48}", Verdict::Drop),
            ("AAAA{base64:60}", Verdict::Drop),
        ] {
            let value = expand(template);
            assert_eq!(run("der", &value, &value), verdict, "{template}");
        }
        // After its own label it is judged with that, after another key's end by itself.
        let value = expand("MIIEpAIBAAKCAQEA{base64:1574}");
        let other = key("PRIVATE KEY", &["{base64:64}"], "\n");
        let (begin, _) = other.split_once('\n').expect("the label is a line");
        for (before, verdict) in [(begin, Verdict::Drop), (other.as_str(), Verdict::Keep)] {
            let text = format!("{before}\n{value}");
            assert_eq!(run("der", &text, &value), verdict, "{verdict:?}");
        }
    }

    #[test]
    fn judges_bodies() {
        let der = [
            "MIIEvQIBADANBgkq{base64:48}",
            "{base64:64}",
            "{base64:30}==",
        ];
        let ssh = [
            "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtz",
            "{base64:70}",
        ];
        let locked = [
            "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABA",
            "{base64:70}",
        ];
        let headers = [
            "Proc-Type: 4,ENCRYPTED",
            "DEK-Info: AES-128-CBC,{HEX:32}",
            "",
            "{base64:64}",
            "{base64:64}",
        ];
        let cases: [(&str, &[&str], Verdict); 8] = [
            ("PRIVATE KEY", &der, Verdict::Keep),
            ("RSA PRIVATE KEY", &der, Verdict::Keep),
            ("ENCRYPTED PRIVATE KEY", &der, Verdict::Lower),
            ("RSA PRIVATE KEY", &headers, Verdict::Lower),
            ("OPENSSH PRIVATE KEY", &ssh, Verdict::Keep),
            ("OPENSSH PRIVATE KEY", &locked, Verdict::Lower),
            (
                "PGP PRIVATE KEY BLOCK",
                &[
                    "Version: 1",
                    "",
                    "lQOYBF{base64:58}",
                    "{base64:64}",
                    "=abcd",
                ],
                Verdict::Keep,
            ),
            (
                "EC PRIVATE KEY",
                &["xyz{base64:61}", "{base64:64}"],
                Verdict::Lower,
            ),
        ];
        judge(&cases);
    }

    #[test]
    fn what_is_cut_off_or_filler_is_no_key() {
        let elided = [
            "MIIEvQIBADANBgkq{base64:60}",
            "{base64:76}",
            "{base64:76}",
            "{base64:76}",
            "{base64:76}",
            "...",
            "{base64:76}",
        ];
        let filler = "x".repeat(72);
        let cases: [(&str, &[&str]); 5] = [
            ("RSA PRIVATE KEY", &["MIIEpQIBAAKCAQEA{base64:48}."]),
            ("PRIVATE KEY", &elided),
            (
                "RSA PRIVATE KEY",
                &["MIIEogIBAAKCAQEA{base64:48}", "...", "{base64:60}"],
            ),
            ("PRIVATE KEY", &["MIIEvQIBADANBgkq{base64:20}"]),
            ("PRIVATE KEY", &[&filler]),
        ];
        judge(&cases.map(|(label, lines)| (label, lines, Verdict::Drop)));
    }

    /// Each, whatever its lines are joined by.
    fn judge(cases: &[(&str, &[&str], Verdict)]) {
        for (label, lines, verdict) in cases {
            for end in ["\n", "\r\n", "\\n", "\\\\n", "\\r\\n", "\n    "] {
                let key = key(label, lines, end);
                assert_eq!(
                    run("pem", &key, &key),
                    *verdict,
                    "{label} joined by {end:?}"
                );
            }
        }
    }

    #[test]
    fn stubs_are_none() {
        let middle = "{base64:76}";
        let cases: [&[&str]; 2] = [
            &["MIIEpQIBAAKCAQEA{base64:48}."],
            &[
                "MIIEvQIBADANBgkq{base64:60}",
                middle,
                middle,
                middle,
                middle,
                "...",
                middle,
            ],
        ];
        for lines in cases {
            let key = key("RSA PRIVATE KEY", lines, "\n");
            assert_eq!(run("pem", &key, &key), Verdict::Drop, "{lines:?}");
        }
    }

    #[test]
    fn putty() {
        let body = expand("Private-Lines: 2\n{base64:64}\n{base64:64}\n");
        for (how, verdict) in [("none", Verdict::Keep), ("aes256-cbc", Verdict::Lower)] {
            let key =
                format!("PuTTY-User-Key-File-2: ssh-rsa\nEncryption: {how}\nComment: x\n{body}");
            assert_eq!(run("pem", &key, &key), verdict);
        }
    }

    #[test]
    fn service_accounts_are_reported_once() {
        let key = key(
            "PRIVATE KEY",
            &["MIIEvQIBADANBgkq{base64:48}", "{base64:64}"],
            "\\n",
        );
        let account = format!(r#"{{"type":"service_account","private_key":"{key}"}}"#);
        let plain = format!(r#"{{"tls":"{key}"}}"#);
        let expected = [
            (account, Verdict::Drop, Verdict::Keep),
            (plain, Verdict::Keep, Verdict::Drop),
        ];
        for (text, private, google) in expected {
            assert_eq!(run("private-key", &text, &key), private);
            assert_eq!(run("google-service-account", &text, &key), google);
        }
    }
}
