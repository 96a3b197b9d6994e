//! Paths as relative URI references (RFC 3986).

use std::fmt::Write as _;

/// The path with everything but unreserved characters and `/` percent-encoded, so that neither `#`, `?`, `%` nor a colon
/// in a first segment changes its meaning.
pub(super) fn relative(path: &str) -> String {
    if path.is_empty() {
        return ".".into();
    }
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodes() {
        let cases = [
            ("a/b-c.ts", "a/b-c.ts"),
            (
                "dir with space/a#b?c%d.ts",
                "dir%20with%20space/a%23b%3Fc%25d.ts",
            ),
            ("::error::x", "%3A%3Aerror%3A%3Ax"),
            ("a\nb", "a%0Ab"),
            ("é\\xff", "%C3%A9%5Cxff"),
            ("", "."),
        ];
        for (path, want) in cases {
            assert_eq!(relative(path), want);
        }
    }
}
