//! Where a token comes from, and what makes one fit for a header.

use crate::credentials::Failure;
use ::http::HeaderValue;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use zeroize::Zeroizing;

/// A token: silent in `Debug`, wiped when dropped.
#[derive(Clone)]
pub(super) struct Token(Zeroizing<String>);

impl Token {
    /// Trims it, as the servers' own command line does.
    ///
    /// # Errors
    /// There is a character in it that no token has. What it is, is not said: the text may be another secret.
    pub(super) fn parse(text: &str, from: &str) -> Result<Self, Failure> {
        let text = text.trim();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Failure {
                why: format!("what stands in {from} is no token"),
                help: Some("a token is one word of printable ASCII characters".to_owned()),
            });
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The first line of defence against printing it: no other way to the text.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// As a header.
    pub(super) fn header(&self) -> Result<HeaderValue, Failure> {
        HeaderValue::from_str(&self.0).map_err(|_| Failure {
            why: "the token does not fit into a header".to_owned(),
            help: None,
        })
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Reads the token in a file; none where there is no such file.
///
/// # Errors
/// It cannot be read, or holds no token.
pub(super) fn in_file(path: &Path, name: &str) -> Result<Option<Token>, Failure> {
    let unreadable = |error: io::Error| Failure {
        why: format!("{name} could not be read: {}", error.kind()),
        help: None,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let mut text = Zeroizing::new(String::new());
    file.take(MOST_FILE)
        .read_to_string(&mut text)
        .map_err(unreadable)?;
    if text.trim().is_empty() {
        return Ok(None);
    }
    Token::parse(&text, name).map(Some)
}

/// Bytes of a file that may hold a token; JSON web tokens are the longest.
const MOST_FILE: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_printable_word() {
        let secret = crate::policy::pack::expand("hvs.{base62:40}");
        for good in [secret.clone(), format!(" {secret}\r\n")] {
            let token = Token::parse(&good, "`X`").expect("a token");
            assert_eq!(token.expose(), secret);
            assert!(token.header().is_ok());
            assert!(!format!("{token:?}").contains(&secret));
        }
        for bad in ["a\nb", "a b", "a\u{7f}", "ä", "a\0", "", " \n"] {
            let text = format!("{bad}{}", if bad.trim().is_empty() { "" } else { &secret });
            let failure = Token::parse(&text, "`X`").expect_err("no token");
            assert!(!format!("{failure:?}").contains(&secret));
        }
    }

    #[test]
    fn a_file_is_read_with_care() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("token");
        assert!(in_file(&path, "f").expect("no fault").is_none());
        std::fs::write(&path, " \n").expect("written");
        assert!(in_file(&path, "f").expect("no fault").is_none());
        std::fs::write(&path, "hvs.word\n").expect("written");
        let token = in_file(&path, "f").expect("no fault").expect("a token");
        assert_eq!(token.expose(), "hvs.word");
        std::fs::write(&path, [0xff, 0xfe]).expect("written");
        assert!(in_file(&path, "f").is_err());
        assert!(in_file(dir.path(), "f").is_err());
    }
}
