//! Attestations: keyed fingerprints of values, made where the values can be read and compared where they cannot.
//!
//! GitHub and Fly never give a value back. A job of the environment, or a machine of the app, sees it: there
//! `stackguard attest` writes `HMAC-SHA256(key, environment, name, value)` for each name, and `parity` compares that with the
//! vault's value under the same key. Names are the map's, so that a value can be compared that is called otherwise elsewhere;
//! environment and name are part of what is signed, so that a file does not show which credentials share a value.

mod document;

pub use document::AttestationError;

use crate::credentials::StoreKind;
use crate::finding::hex;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroizing;

/// The key of all fingerprints; the same wherever they are made.
#[derive(Clone)]
pub struct Key(Zeroizing<Vec<u8>>);

/// What one place attested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    /// The store whose values were read.
    pub store: StoreKind,
    /// The environment of the map.
    pub environment: String,
    /// When.
    pub created: Timestamp,
    /// Which key; see [`Key::id`].
    pub key_id: String,
    /// By the name in the map.
    pub fingerprints: BTreeMap<String, Fingerprint>,
    /// The file it was read from, as reports name it; empty for one just made.
    pub file: String,
}

/// The keyed fingerprint of a value.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum KeyError {
    /// It is not there.
    #[error("{KEY_VARIABLE} is not set")]
    #[diagnostic(help(
        "make a key once (`openssl rand -hex 32`), keep it in the vault, and give every place that attests the same one"
    ))]
    Missing,
    /// It could be guessed.
    #[error(
        "{KEY_VARIABLE} is no key: it must have at least {LEAST} bytes, and not a few repeated ones"
    )]
    #[diagnostic(help(
        "with a short key anyone who has the attestation can try values against it; make one with `openssl rand -hex 32`"
    ))]
    Weak,
}

/// The variable that holds the key.
pub const KEY_VARIABLE: &str = "STACKGUARD_ATTEST_KEY";
/// Bytes a key has at least.
pub const LEAST: usize = 32;
/// Different bytes a key has at least; random hexadecimal has nearly always more.
const LEAST_DIFFERENT: usize = 8;

impl Key {
    /// A key from its bytes; blanks at the ends, which files and shells add, do not count.
    ///
    /// # Errors
    /// Fewer than [`LEAST`] bytes, or few different ones.
    pub fn new(bytes: &[u8]) -> Result<Self, KeyError> {
        let bytes = bytes.trim_ascii();
        let different: std::collections::BTreeSet<u8> = bytes.iter().copied().collect();
        if bytes.len() < LEAST || different.len() < LEAST_DIFFERENT {
            return Err(KeyError::Weak);
        }
        Ok(Self(Zeroizing::new(bytes.to_vec())))
    }

    /// The key of this process's environment; none where the variable is not set.
    ///
    /// # Errors
    /// A key that is too weak.
    pub fn of_environment() -> Result<Option<Self>, KeyError> {
        match std::env::var_os(KEY_VARIABLE) {
            None => Ok(None),
            Some(text) if text.is_empty() => Ok(None),
            Some(text) => {
                let text = Zeroizing::new(text.into_encoded_bytes());
                Self::new(&text).map(Some)
            }
        }
    }

    /// A name for the key that does not tell it: fingerprints of different keys cannot be compared.
    #[must_use]
    pub fn id(&self) -> String {
        hex(&self.sign(&[b"stackguard key id 1"])[..8])
    }

    /// The fingerprint of the value a name of the map has in an environment.
    #[must_use]
    pub fn fingerprint(&self, environment: &str, name: &str, value: &[u8]) -> Fingerprint {
        Fingerprint(self.sign(&[
            b"stackguard attestation 1",
            environment.as_bytes(),
            name.as_bytes(),
            value,
        ]))
    }

    /// Signs parts, each with its length before it, so that none runs into the next.
    fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Fingerprint {
    /// Whether both are the same; takes the same time wherever they differ.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        same(&self.0, &other.0)
    }

    /// Reads `hmac-sha256:` and 64 hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        if digits.len() != 64 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", hex(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// Whether two values are the same; the time it takes depends on their length alone.
#[must_use]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len()
        && a.iter()
            .zip(b)
            .fold(0, |differing, (a, b)| differing | (a ^ b))
            == 0
}

/// What every fingerprint begins with.
const PREFIX: &str = "hmac-sha256:";

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::policy::pack::expand;

    /// A key for tests.
    pub(crate) fn key(seed: &str) -> Key {
        Key::new(expand(&format!("{{hex:64}}{seed}")).as_bytes()).expect("long enough")
    }

    #[test]
    fn a_fingerprint_depends_on_all_its_parts() {
        let key = key("a");
        let base = key.fingerprint("staging", "NAME", b"value");
        assert!(base.equals(&key.fingerprint("staging", "NAME", b"value")));
        for other in [
            key.fingerprint("production", "NAME", b"value"),
            key.fingerprint("staging", "OTHER", b"value"),
            key.fingerprint("staging", "NAME", b"value "),
            key.fingerprint("staging", "NAMEv", b"alue"),
            key.fingerprint("stagingN", "AME", b"value"),
            super::tests::key("b").fingerprint("staging", "NAME", b"value"),
        ] {
            assert!(!base.equals(&other));
        }
        assert_eq!(Fingerprint::parse(&base.to_string()), Some(base));
    }

    #[test]
    fn weak_keys_are_refused() {
        for (bytes, fine) in [
            (expand("{hex:64}"), true),
            (expand("{base62:32}"), true),
            (format!("{}\n", expand("{base62:32}")), true),
            (expand("{base62:31}"), false),
            (format!("{} ", expand("{base62:31}")), false),
            ("a".repeat(64), false),
            ("ab".repeat(32), false),
            (String::new(), false),
        ] {
            assert_eq!(Key::new(bytes.as_bytes()).is_ok(), fine, "{}", bytes.len());
        }
    }

    #[test]
    fn a_key_shows_nothing_of_itself() {
        let bytes = expand("{base62:40}");
        let key = Key::new(bytes.as_bytes()).expect("long enough");
        assert_eq!(format!("{key:?}"), "Key(…)");
        assert_eq!(key.id().len(), 16);
        assert!(!bytes.contains(&key.id()));
        assert_ne!(key.id(), super::tests::key("other").id());
    }

    #[test]
    fn fingerprints_are_read_strictly() {
        for bad in [
            "",
            "hmac-sha256:",
            "sha256:00",
            "hmac-sha256:zz",
            &format!("hmac-sha256:{}", "0".repeat(63)),
            &format!("hmac-sha256:+{}", "0".repeat(63)),
        ] {
            assert_eq!(Fingerprint::parse(bad), None, "{bad}");
        }
        assert!(same(b"", b"") && same(b"a", b"a") && !same(b"a", b"b") && !same(b"a", b"ab"));
    }
}
