//! A name for a finding that survives moved lines, squashes and rebases.

use sha2::{Digest as _, Sha256};

/// 24 hex digits: 20 of rule and path, 4 of the content.
///
/// Baselines are committed and reports are uploaded, so a fingerprint must not let anyone try
/// passwords against it. Only 16 bits depend on the secret: enough that a new secret in an old place gets a
/// new name (all but 1 in 65,536), too few to tell which of a million guesses was right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of `content` (a secret, or the text a check is about) found by `rule` in `path`.
    #[must_use]
    pub fn new(rule: &str, path: &str, content: &[u8]) -> Self {
        Self::from_tag(rule, path, Self::tag(content))
    }

    /// The 16 bits that stand for a content.
    #[must_use]
    pub fn tag(content: &[u8]) -> u16 {
        let mut hash = Sha256::new();
        hash.update(b"stackguard content 1\0");
        hash.update(content);
        let digest = hash.finalize();
        u16::from_be_bytes([digest[0], digest[1]])
    }

    /// The fingerprint from a content's tag, where the content itself is gone.
    #[must_use]
    pub fn from_tag(rule: &str, path: &str, tag: u16) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"stackguard place 1\0");
        hash.update(rule);
        hash.update(b"\0");
        hash.update(path);
        let digest = hash.finalize();
        let mut text = String::with_capacity(24);
        for byte in digest.iter().take(10) {
            use std::fmt::Write as _;
            let _ = write!(text, "{byte:02x}");
        }
        use std::fmt::Write as _;
        let _ = write!(text, "{tag:04x}");
        Self(text)
    }

    /// The fingerprint of the same content in another place.
    #[must_use]
    pub fn moved(&self, rule: &str, path: &str) -> Self {
        let tag = self.0.get(20..).unwrap_or_default();
        Self::from_tag(rule, path, u16::from_str_radix(tag, 16).unwrap_or(0))
    }

    /// Whether the 16 bits of the content are those of this one: a hint, no proof.
    #[must_use]
    pub fn is_of(&self, content: &[u8]) -> bool {
        let tag = self.0.get(20..).unwrap_or_default();
        u16::from_str_radix(tag, 16) == Ok(Self::tag(content))
    }

    /// Reads one back; `None` when it is not 24 lower-case hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (text.len() == 24 && text.bytes().all(hex)).then(|| Self(text.to_owned()))
    }

    /// The hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_with_rule_path_and_content_only() {
        let base = Fingerprint::new("a", "b", b"c");
        assert_eq!(base, Fingerprint::new("a", "b", b"c"));
        assert_ne!(base, Fingerprint::new("x", "b", b"c"));
        assert_ne!(base, Fingerprint::new("a", "x", b"c"));
        assert_ne!(base, Fingerprint::new("a", "b", b"x"));
        assert_eq!(Fingerprint::parse(base.as_str()), Some(base.clone()));
        assert_eq!(Fingerprint::parse("xyz"), None);
        assert_eq!(base.moved("a", "x"), Fingerprint::new("a", "x", b"c"));
        assert!(base.is_of(b"c") && !base.is_of(b"x"));
    }
}
