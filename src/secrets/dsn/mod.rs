//! Connection strings judged by their parts.
//!
//! A host or a user alone is no leak, nor is a password that a template fills in, nor the accounts that
//! documentation and local set-ups use on hosts nobody else can reach. A password, however weak, on a public host is.

mod host;

use super::{generic, noise};
use host::{Reach, reach};
use std::borrow::Cow;
use std::ops::Range;
use zeroize::Zeroizing;

/// The parts of a connection string, as ranges of the text it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dsn {
    /// From the scheme to the end.
    pub span: Range<usize>,
    /// Empty when there is none.
    pub user: Range<usize>,
    /// Never empty.
    pub password: Range<usize>,
    /// Host and port, of the first host of several; empty for a path or a socket.
    pub host: Range<usize>,
}

/// What a connection string is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// A password on a host others can reach.
    Leak,
    /// Probably real, but the host or the account make it less useful.
    Doubtful,
    /// A made-up example, a template or a local default.
    Nothing,
}

/// Longest connection string, in bytes.
const LONGEST: usize = 2048;

/// Reads the connection string that begins at `start` (its scheme); `None` when it holds no password.
#[must_use]
pub fn read(text: &[u8], start: usize) -> Option<Dsn> {
    let high = (start + LONGEST).min(text.len());
    let scheme = memchr::memmem::find(&text[start..(start + 40).min(high)], b"://")?;
    let authority = start + scheme + 3;
    let end = end_of(text, start, authority, high);
    let body = &text[authority..end];
    if let Some(at) = split_at(body) {
        let colon = memchr::memchr(b':', &body[..at])?;
        let host = authority + at + 1;
        let host_end = host
            + body[at + 1..]
                .iter()
                .position(|byte| matches!(byte, b'/' | b'?' | b'#' | b',' | b'\\'))
                .unwrap_or(body.len() - at - 1);
        let dsn = Dsn {
            span: start..end,
            user: authority..authority + colon,
            password: authority + colon + 1..authority + at,
            host: host..host_end,
        };
        return (!dsn.password.is_empty()).then_some(dsn);
    }
    parameters(text, start, authority, end)
}

/// `jdbc:postgresql://host/db?user=u&password=p` and `sqlserver://host;user=u;password=p`.
fn parameters(text: &[u8], start: usize, authority: usize, end: usize) -> Option<Dsn> {
    let body = &text[authority..end];
    let host_end = authority
        + body
            .iter()
            .position(|byte| matches!(byte, b'/' | b'?' | b';'))
            .unwrap_or(body.len());
    let value_of = |names: &[&[u8]]| {
        let mut at = host_end - authority;
        loop {
            at += body[at..]
                .iter()
                .position(|byte| matches!(byte, b'?' | b'&' | b';'))?
                + 1;
            let pair_end = at
                + body[at..]
                    .iter()
                    .position(|byte| matches!(byte, b'&' | b';'))
                    .unwrap_or(body.len() - at);
            let pair = &body[at..pair_end];
            if let Some(equals) = memchr::memchr(b'=', pair)
                && names
                    .iter()
                    .any(|name| pair[..equals].eq_ignore_ascii_case(name))
            {
                return Some(authority + at + equals + 1..authority + pair_end);
            }
        }
    };
    let password = value_of(&[b"password", b"pwd", b"pass"]).filter(|range| !range.is_empty())?;
    let user =
        value_of(&[b"user", b"username", b"uid", b"user id"]).unwrap_or(authority..authority);
    Some(Dsn {
        span: start..end,
        user,
        password,
        host: authority..host_end,
    })
}

/// Where the connection string ends: at the quote it was opened with, else at the first byte that cannot be in one.
fn end_of(text: &[u8], start: usize, authority: usize, high: usize) -> usize {
    let before = |back: usize| {
        start
            .checked_sub(back)
            .and_then(|at| text.get(at))
            .copied()
            .unwrap_or(b' ')
    };
    let opened = match before(1) {
        quote @ (b'"' | b'\'' | b'`') => Some(quote),
        _ => None,
    };
    let mut at = authority;
    while at < high {
        let byte = text[at];
        let ends = match byte {
            b'\n' | b'\r' => true,
            b'\\' => matches!(
                text.get(at + 1),
                None | Some(b'"' | b'\'' | b'n' | b'r' | b't' | b'\\' | b'\n')
            ),
            b'"' | b'\'' | b'`' => opened.is_none_or(|quote| quote == byte),
            b' ' | b'\t' => {
                opened.is_none() || !text[at..high].iter().take(64).any(|byte| *byte == b'@')
            }
            b'<' => !tag_like(&text[at..high.min(at + 40)]),
            b'>' => !text[authority..at].contains(&b'<'),
            b')' | b']' | b'}' => {
                opened.is_none()
                    && !balanced(&text[authority..at], byte)
                    && !at_follows(&text[at..high])
            }
            b',' | b';' => {
                opened.is_none()
                    && matches!(
                        text.get(at + 1),
                        None | Some(b' ' | b'\n' | b'\r' | b'"' | b'\'')
                    )
            }
            0..=0x1f => true,
            _ => false,
        };
        if ends {
            break;
        }
        at += 1;
    }
    while at > authority
        && opened.is_none()
        && matches!(text[at - 1], b'.' | b',' | b';' | b':' | b'!' | b'*' | b'|')
    {
        at -= 1;
    }
    at
}

/// `<password>` in a connection string is a placeholder, not the end of it.
fn tag_like(text: &[u8]) -> bool {
    let inner = text[1..]
        .iter()
        .take_while(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b' ' | b'.')
        })
        .count();
    inner > 0 && text.get(inner + 1) == Some(&b'>')
}

/// Whether a closing bracket closes one opened inside the connection string.
fn balanced(text: &[u8], close: u8) -> bool {
    let open = match close {
        b')' => b'(',
        b']' => b'[',
        _ => b'{',
    };
    let opened = text.iter().filter(|byte| **byte == open).count();
    opened > text.iter().filter(|byte| **byte == close).count()
}

/// Whether the userinfo goes on past this byte: an `@` comes before anything that ends a word.
fn at_follows(text: &[u8]) -> bool {
    text.iter()
        .take(64)
        .take_while(|byte| {
            !byte.is_ascii_whitespace() && !matches!(byte, b'"' | b'\'' | b'`' | b'/')
        })
        .any(|byte| *byte == b'@')
}

/// The `@` between userinfo and host: the last one before the query, so that passwords may hold `@`, `:`, `/` and `#`.
fn split_at(body: &[u8]) -> Option<usize> {
    let query = memchr::memchr(b'?', body).unwrap_or(body.len());
    let host_like = |at: usize| {
        let rest = &body[at + 1..];
        rest.is_empty()
            || rest.starts_with(b"#{")
            || rest.first().is_some_and(|byte| {
                byte.is_ascii_alphanumeric()
                    || matches!(
                        byte,
                        b'[' | b'$' | b'{' | b'<' | b'%' | b'/' | b'*' | b'_' | b':' | b'(' | b'.'
                    )
                    || *byte >= 0x80
            })
    };
    let last_in = |part: &[u8]| memchr::memrchr_iter(b'@', part).find(|at| host_like(*at));
    last_in(&body[..query]).or_else(|| last_in(body))
}

impl Dsn {
    /// The password as a server takes it.
    #[must_use]
    pub fn decoded_password(&self, text: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(percent_decoded(&text[self.password.clone()]).into_owned())
    }

    /// What it is worth; see [`Worth`].
    #[must_use]
    pub fn worth(&self, text: &[u8]) -> Worth {
        let raw = &text[self.password.clone()];
        let password = percent_decoded(raw);
        let user = percent_decoded(&text[self.user.clone()]);
        let host = String::from_utf8_lossy(&text[self.host.clone()]).to_ascii_lowercase();
        // Go's driver for MySQL names the protocol: `tcp(host:3306)`.
        let host = host
            .strip_prefix("tcp(")
            .map_or(host.as_str(), |rest| rest.trim_end_matches(')'));
        if noise::is_reference(raw)
            || noise::is_reference(&password)
            || asks_for_one(&password)
            || is_usage(&user, raw, host)
        {
            return Worth::Nothing;
        }
        let words = String::from_utf8_lossy(&password);
        let dummy =
            noise::is_dummy_word(&words) || noise::is_placeholder(&password) || password.len() < 3;
        let dummy_user = user.is_empty()
            || noise::is_dummy_word(&String::from_utf8_lossy(&user))
            || user == password;
        match reach(host) {
            Reach::Nowhere if dummy => Worth::Nothing,
            Reach::Nowhere if noise::is_random(&password) => Worth::Doubtful,
            Reach::Nowhere => {
                if dummy_user && !(password.len() >= 10 && generic::is_strong(&password)) {
                    Worth::Nothing
                } else {
                    Worth::Doubtful
                }
            }
            Reach::Private if dummy && dummy_user => Worth::Doubtful,
            Reach::Private => Worth::Leak,
            Reach::Example => {
                if noise::is_random(&password) && !dummy {
                    Worth::Doubtful
                } else {
                    Worth::Nothing
                }
            }
            Reach::Unknown => {
                if dummy || user == password {
                    Worth::Nothing
                } else {
                    Worth::Leak
                }
            }
            // `user:password@db.company.com`: documentation, most likely, but nobody can know.
            Reach::Public if documentation(&words, &String::from_utf8_lossy(&user)) => {
                Worth::Doubtful
            }
            Reach::Public => Worth::Leak,
        }
    }
}

/// `user[:password]@host[:port]` and `user:password@server:port`: how one is written.
fn is_usage(user: &[u8], password: &[u8], host: &str) -> bool {
    let optional = user.ends_with(b"[") && password.ends_with(b"]");
    optional || host.ends_with(":port") && !noise::is_random(password)
}

/// `[YOUR-PASSWORD]`, `YOUR_PASSWORD`, `xxxx`, `***`, `PASSWORD`: a request to fill one in.
fn asks_for_one(password: &[u8]) -> bool {
    let text = String::from_utf8_lossy(password);
    let lower = text.to_ascii_lowercase();
    let squeezed: String = lower.chars().filter(char::is_ascii_alphanumeric).collect();
    squeezed.is_empty()
        || squeezed.starts_with("your")
        || squeezed.contains("replace")
        || squeezed.contains("redacted")
        || squeezed.contains("placeholder")
        || squeezed.contains("insert") && squeezed.contains("here")
        || is_a_name(&text)
        || matches!(
            text.as_ref(),
            "PASSWORD" | "PASS" | "PWD" | "DB_PASSWORD" | "DB_PASS" | "SECRET" | "USER"
        )
        || lower
            .bytes()
            .all(|byte| matches!(byte, b'x' | b'*' | b'.' | b'?' | b'#' | b'-' | b'_'))
        || lower.contains("***")
        || lower.ends_with("...")
        || lower.contains('…')
        || lower.contains("xxxx")
}

/// `OWNER_PASSWORD`, `REDIS_PASS`: what the variable is called.
fn is_a_name(text: &str) -> bool {
    let ends = ["_PASSWORD", "_PASS", "_PWD", "_SECRET", "_TOKEN", "_KEY"];
    let capital = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    text.bytes().all(capital) && ends.iter().any(|end| text.ends_with(end))
}

/// The account of a manual: `user:password`, `username:pass`.
fn documentation(password: &str, user: &str) -> bool {
    let manual = [
        "user", "username", "usr", "login", "myuser", "dbuser", "db_user", "youruser", "name", "u",
        "foo", "someuser", "my_user",
    ];
    let words = [
        "password",
        "pass",
        "passwd",
        "pwd",
        "secret",
        "pw",
        "p",
        "mypassword",
        "mypass",
        "dbpass",
        "bar",
        "my_password",
        "somepassword",
        "changeme",
    ];
    let lower = password.to_ascii_lowercase();
    // Mail servers take the whole address as user.
    let user = user.split('@').next().unwrap_or_default();
    manual.contains(&user.to_ascii_lowercase().as_str()) && words.contains(&lower.as_str())
}

/// `%XX` decoded; anything else is left as it is.
fn percent_decoded(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'%') {
        return Cow::Borrowed(text);
    }
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        if text[at] == b'%'
            && let (Some(high), Some(low)) = (
                text.get(at + 1).and_then(|b| digit(*b)),
                text.get(at + 2).and_then(|b| digit(*b)),
            )
        {
            out.push(high << 4 | low);
            at += 3;
        } else {
            out.push(text[at]);
            at += 1;
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests;
