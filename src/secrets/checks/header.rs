//! Credentials in HTTP: `Authorization` headers, user and password in a URL, registry logins.

use super::shape::{has_known_prefix, is_placeholder};
use super::{Candidate, Verdict};
use crate::secrets::{generic, noise};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::GeneralPurpose;

/// `Basic <base64>`: must decode to a user, a colon and a password that is no stand-in.
pub(super) fn basic_auth(candidate: &Candidate<'_>) -> Verdict {
    let Some((user, password)) = decoded(candidate.value()) else {
        return Verdict::Drop;
    };
    // Without the header's name it is a value that a test compares with more often than not: then only what could be in use.
    let before = candidate.before();
    let near = &before[before.len().saturating_sub(NAME)..];
    let named = memchr::memmem::find(&near.to_ascii_lowercase(), b"authorization").is_some();
    if !named && generic::judge(generic::Kind::Password, b"password", &password, true).is_none() {
        return Verdict::Drop;
    }
    judge(&user, &password)
}

/// The `auth` of a registry in Docker's configuration, in the same form.
pub(super) fn docker_auth(candidate: &Candidate<'_>) -> Verdict {
    match decoded(candidate.value()) {
        // `<token>` and the like log in with a token as password; that token's own rule sees only the encoded form.
        Some((_, password)) if is_placeholder(&password) || password.len() < 4 => Verdict::Drop,
        Some((_, password)) if names_something(&password) => Verdict::Lower,
        Some(_) => Verdict::Keep,
        None => Verdict::Drop,
    }
}

/// `Bearer <token>`: what no rule of its own knows.
pub(super) fn bearer(candidate: &Candidate<'_>) -> Verdict {
    let value = candidate.value();
    let varied = value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic);
    if !varied || has_known_prefix(value) || is_placeholder(value) {
        Verdict::Drop
    } else {
        Verdict::Keep
    }
}

/// `scheme://user:password@host`, or `user:password` on a command line: the secret is the password.
pub(super) fn url_userinfo(candidate: &Candidate<'_>) -> Verdict {
    let before = candidate.before();
    let user = before.strip_suffix(b":").unwrap_or(before);
    let start = user
        .iter()
        .rposition(|byte| {
            byte.is_ascii_whitespace() || matches!(byte, b'/' | b'"' | b'\'' | b'=' | b'`' | b'@')
        })
        .map_or(0, |at| at + 1);
    let password = percent_decoded(candidate.value());
    let user = user.get(start..).unwrap_or_default();
    let host = host(candidate.after()).unwrap_or_default();
    let loopback = LOOPBACK.contains(&host);
    // A Sentry DSN of the older kind has a rule of its own.
    if user.len() == 32
        && user.iter().all(u8::is_ascii_hexdigit)
        && memchr::memmem::find(host, b"sentry").is_some()
    {
        return Verdict::Drop;
    }
    if is_reserved(host) {
        return Verdict::Drop;
    }
    match judge(user, &password) {
        Verdict::Keep if loopback => Verdict::Lower,
        verdict => verdict,
    }
}

/// Drops stand-ins and tokens that a rule of their own reports; a password as weak as its user's name is doubtful.
fn judge(user: &[u8], password: &[u8]) -> Verdict {
    let template =
        |byte: &u8| matches!(byte, b'{' | b'}' | b'<' | b'>' | b'$' | b'(' | b')' | b'%');
    let plain = password.to_ascii_lowercase();
    if password.len() < 3
        // The quote after nothing, as HTML writes it: `-u &quot;key:&quot;`.
        || password.starts_with(b"&quot;")
        || user.iter().any(template)
        || password.first().is_some_and(template)
        || is_masked(password)
        || has_known_prefix(password)
        || COMMON
            .split_ascii_whitespace()
            .any(|word| plain == word.as_bytes())
        || is_stand_in(password)
        || is_description(password)
    {
        return Verdict::Drop;
    }
    let sample = noise::is_dummy_word(&String::from_utf8_lossy(user));
    if user.eq_ignore_ascii_case(password) || sample && names_something(password) {
        Verdict::Lower
    } else {
        Verdict::Keep
    }
}

fn is_stand_in(password: &[u8]) -> bool {
    // Short passwords have few different characters and are passwords all the same.
    if password.len() >= 8 {
        return is_placeholder(password);
    }
    password.windows(2).all(|pair| pair.first() == pair.last())
}

/// Words without a digit: a name for a password more likely than one.
fn names_something(password: &[u8]) -> bool {
    noise::shape(password) == noise::Shape::Identifier && !password.iter().any(u8::is_ascii_digit)
}

/// A value in words that says what it is instead of being one: `home-pass`, `secret-token`.
fn is_description(password: &[u8]) -> bool {
    password
        .iter()
        .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_'))
        && DESCRIPTIONS
            .iter()
            .any(|word| memchr::memmem::find(password, word).is_some())
}

/// Hosts that no one can own (RFC 2606, RFC 6761).
fn is_reserved(host: &[u8]) -> bool {
    let host = host.to_ascii_lowercase();
    [
        &b"example.com"[..],
        b"example.org",
        b"example.net",
        b".example",
        b".test",
        b".invalid",
    ]
    .iter()
    .any(|name| host.ends_with(name))
}

fn is_masked(password: &[u8]) -> bool {
    password
        .iter()
        .all(|byte| matches!(byte, b'*' | b'.' | b'x' | b'X' | b'#' | b'-' | b'_'))
}

/// User and password out of base64, if that is what it holds.
fn decoded(value: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut bytes = LENIENT.decode(value).ok()?;
    // `echo user:password | base64` encodes the end of the line as well.
    bytes.truncate(bytes.trim_ascii_end().len());
    if !bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    Some((
        bytes.get(..colon)?.to_vec(),
        bytes.get(colon + 1..)?.to_vec(),
    ))
}

fn percent_decoded(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((first, after)) = rest.split_first() {
        let digits = after
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|hex| std::str::from_utf8(hex).ok());
        if let Some(byte) = digits.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            out.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            out.push(*first);
            rest = after;
        }
    }
    out
}

/// The host that follows `@`.
fn host(after: &[u8]) -> Option<&[u8]> {
    let host = after.strip_prefix(b"@")?;
    let host = host.strip_prefix(b"tcp(").unwrap_or(host);
    let end = host
        .iter()
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')))
        .unwrap_or(host.len());
    host.get(..end)
}

/// How far before its value the name of a header may stand, in bytes.
const NAME: usize = 64;

const LOOPBACK: [&[u8]; 4] = [
    b"localhost",
    b"127.0.0.1",
    b"0.0.0.0",
    b"host.docker.internal",
];

const DESCRIPTIONS: [&[u8]; 6] = [b"pass", b"pwd", b"secret", b"token", b"key", b"cred"];

/// What documentation writes for a password.
const COMMON: &str = "
    pass passwd password pwd pw secret token user username key apikey api_key test foo bar baz host port example pat none null hunter2 passw0rd
";

const LENIENT: GeneralPurpose = super::lenient(&alphabet::STANDARD);

#[cfg(test)]
mod tests {
    use super::super::tests::run;
    use super::*;
    use crate::policy::pack::expand;

    #[test]
    fn basic() {
        for (template, verdict) in [
            ("{b64|deploy:{base62:16}|}", Verdict::Keep),
            ("{b64|deploy:x4Kq9|}", Verdict::Keep),
            ("{b64|user:password|}", Verdict::Drop),
            ("{b64|user:${TOKEN}|}", Verdict::Drop),
            ("{b64|nocolonhere|}", Verdict::Drop),
            ("{b64|admin:adminadmin1|}", Verdict::Keep),
            ("{b64|grafana:grafana|}", Verdict::Lower),
            ("{b64|ci:ghp_{base62:36}|}", Verdict::Drop),
            ("authentication", Verdict::Drop),
        ] {
            let value = expand(template);
            assert_eq!(
                run(
                    "basic-auth",
                    &format!("Authorization: Basic {value}"),
                    &value
                ),
                verdict,
                "{template}"
            );
        }
    }

    #[test]
    fn without_the_name_of_the_header_only_what_could_be_in_use() {
        for (template, verdict) in [
            ("{b64|svc:{base62:16}|}", Verdict::Keep),
            ("{b64|Aladdin:open sesame|}", Verdict::Drop),
            ("{b64|CLIENT_ID:CLIENT_SECRET|}", Verdict::Drop),
        ] {
            let value = expand(template);
            let text = format!("if auth != \"Basic {value}\"");
            assert_eq!(run("basic-auth", &text, &value), verdict, "{template}");
        }
    }

    #[test]
    fn docker() {
        for (template, verdict) in [
            ("{b64|acme:dckr_pat_{base62:27}|}", Verdict::Keep),
            ("{b64|acme:{base62:12}|}", Verdict::Keep),
            ("{b64|acme:{base62:12}\n|}", Verdict::Keep),
            ("{b64|user:changeme|}", Verdict::Drop),
            ("{base62:9}", Verdict::Drop),
        ] {
            let value = expand(template);
            assert_eq!(
                run("docker-auth", &format!(r#"{{"auth":"{value}"}}"#), &value),
                verdict,
                "{template}"
            );
        }
    }

    #[test]
    fn bearers() {
        for (template, verdict) in [
            ("{base62:40}", Verdict::Keep),
            ("{lower:40}", Verdict::Drop),
            ("eyJ{base62:40}", Verdict::Drop),
            ("your_access_token_1", Verdict::Drop),
        ] {
            let value = expand(template);
            assert_eq!(
                run("bearer", &format!("Bearer {value}"), &value),
                verdict,
                "{template}"
            );
        }
    }

    #[test]
    fn urls() {
        for (user, password, host, verdict) in [
            ("deploy", "{base62:14}", "git.acme.dev", Verdict::Keep),
            (
                "deploy",
                "{base62:10}%40{base62:4}",
                "git.acme.dev",
                Verdict::Keep,
            ),
            ("deploy", "{base62:14}", "localhost:8080", Verdict::Lower),
            ("Elastic", "elastic", "es.acme.dev", Verdict::Lower),
            ("deploy", "{base62:14}", "git.example.com", Verdict::Drop),
            ("home-user", "home-pass", "git.acme.dev", Verdict::Drop),
            ("deploy", "&quot;", "git.acme.dev", Verdict::Drop),
            ("user", "pass", "example.com", Verdict::Drop),
            ("${USER}", "{base62:14}", "acme.dev", Verdict::Drop),
            ("user", "${TOKEN}", "acme.dev", Verdict::Drop),
            ("user", "%s", "acme.dev", Verdict::Drop),
            ("user", "****", "acme.dev", Verdict::Drop),
            (
                "x-access-token",
                "ghs_{base62:36}",
                "github.com",
                Verdict::Drop,
            ),
        ] {
            let (user, value) = (expand(user), expand(password));
            let url = format!("clone https://{user}:{value}@{host}/x");
            assert_eq!(
                run("url-userinfo", &url, &value),
                verdict,
                "{user} {password} {host}"
            );
        }
    }

    #[test]
    fn percent() {
        assert_eq!(percent_decoded(b"a%40b%4"), b"a@b%4");
    }
}
