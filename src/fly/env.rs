//! Which values of `[env]` are secrets, by name and shape; careful rather than eager.
//!
//! The secrets guard knows the shapes of tokens. Here a second thing is known: these are the variables an app runs
//! with, so a name such as `SMTP_PASSWORD` with a literal value is a leak whatever the value looks like.

use super::document::Flaw;
use super::model::{Config, Variable};
use crate::tree::FileView;
use std::ops::Range;

/// Whether a value is one to keep out of the file: its name says so and it is no placeholder, or it is a URL with a password.
#[must_use]
pub fn is_secret(name: &str, value: &[u8]) -> bool {
    let value = String::from_utf8_lossy(value);
    let value = value.trim();
    if value.contains("-----BEGIN") && value.contains("PRIVATE KEY") {
        return true;
    }
    if let Some(password) = password_in_url(value) {
        return !is_placeholder(password);
    }
    match kind(name) {
        Some(Kind::Password) => {
            value.len() >= 4 && !is_placeholder(value) && !is_reference(value) && !is_switch(value)
        }
        Some(Kind::Token) => {
            value.len() >= 12
                && !value.contains(char::is_whitespace)
                && mixed(value)
                && !is_placeholder(value)
                && !is_reference(value)
        }
        None => false,
    }
}

/// Every range of the file that no snippet may show: secret values of `[env]`, build arguments and headers.
#[must_use]
pub fn hidden(config: &Config, file: &FileView<'_>) -> Vec<Range<usize>> {
    let all = config
        .env
        .iter()
        .chain(&config.build_args)
        .chain(&config.headers);
    all.filter(|variable| leaks(variable, file) || is_authorization(variable))
        .map(|variable| inside_quotes(file.text, &variable.value_span))
        .collect()
}

/// As [`hidden`], for a file that could not be parsed: by line, wherever `name = value` or `name: value` stands. A line longer than
/// people write is hidden as a whole: each of its names would be looked at with all that follows.
#[must_use]
pub fn hidden_by_line(text: &str, flaws: &[Flaw]) -> Vec<Range<usize>> {
    if flaws.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.len() > LONG_LINE {
            found.push(start..start + line.len());
        } else if let Some(from) = secret_in_line(line) {
            found.push(start + from..start + line.len());
        }
        start += line.len();
    }
    found
}

/// Where the first secret value of a line begins.
fn secret_in_line(line: &str) -> Option<usize> {
    // An inline table has several names on one line.
    line.match_indices(['=', ':']).find_map(|(at, _)| {
        let name = line[..at]
            .rsplit(['{', ',', ' ', '\t'])
            .map(|word| word.trim_matches(['"', '\'']))
            .find(|word| !word.is_empty());
        let value = line[at + 1..]
            .trim()
            .trim_matches(['"', '\'', ',', '}', ' ']);
        let secret = name.is_some_and(|name| is_secret(name, value.as_bytes()))
            || password_in_url(value).is_some();
        secret.then_some(at + 1)
    })
}

/// Whether this variable holds a secret, as far as its name, its shape or the secrets guard tell.
#[must_use]
pub fn leaks(variable: &Variable, file: &FileView<'_>) -> bool {
    is_secret(&variable.name.value, variable.value.expose())
        || file.holds_secret(&variable.value_span)
}

fn is_authorization(header: &Variable) -> bool {
    header.name.value.eq_ignore_ascii_case("authorization")
        || header.name.value.eq_ignore_ascii_case("x-api-key")
}

/// The value without its quotes, so that a snippet still looks like the line.
fn inside_quotes(text: &[u8], span: &Range<usize>) -> Range<usize> {
    let quoted = text
        .get(span.clone())
        .is_some_and(|raw| raw.len() >= 2 && matches!(raw, [b'"', .., b'"'] | [b'\'', .., b'\'']));
    if quoted {
        span.start + 1..span.end - 1
    } else {
        span.clone()
    }
}

enum Kind {
    /// Chosen by people: any word will do.
    Password,
    /// Made by machines: long, and not a word.
    Token,
}

/// What a name promises, by its last words.
fn kind(name: &str) -> Option<Kind> {
    let mut words: Vec<String> = Vec::new();
    let mut lower_before = false;
    for letter in name.chars() {
        if !letter.is_ascii_alphanumeric() {
            words.push(String::new());
            lower_before = false;
            continue;
        }
        // camelCase
        if lower_before && letter.is_ascii_uppercase() || words.is_empty() {
            words.push(String::new());
        }
        lower_before = letter.is_ascii_lowercase();
        if let Some(word) = words.last_mut() {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words.retain(|word| {
        !word.is_empty()
            && !matches!(
                word.as_str(),
                "prod" | "production" | "staging" | "dev" | "v1" | "v2"
            )
    });
    let word = |back: usize| {
        words
            .len()
            .checked_sub(back)
            .and_then(|at| words.get(at))
            .map_or("", String::as_str)
    };
    let is_public = words
        .iter()
        .any(|word| matches!(word.as_str(), "public" | "publishable" | "anon" | "vite"));
    match (word(2), word(1)) {
        (_, "password" | "passwd" | "pass" | "passphrase" | "pwd") => Some(Kind::Password),
        _ if is_public => None,
        (_, "token" | "secret" | "apikey" | "credential" | "credentials" | "salt" | "pat")
        | (
            "api" | "secret" | "private" | "access" | "encryption" | "signing" | "master" | "role"
            | "service" | "auth" | "license",
            "key",
        )
        | ("key", "base") => Some(Kind::Token),
        _ => None,
    }
}

/// The password of `scheme://user:password@host`, when the host is not this machine.
fn password_in_url(value: &str) -> Option<&str> {
    let (scheme, rest) = value.split_once("://")?;
    if scheme.is_empty()
        || !scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    {
        return None;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    // A raw `/` in a password is an error of the URL, and a leak all the same.
    let (account, host) = authority
        .rsplit_once('@')
        .or_else(|| rest.rsplit_once('@'))?;
    let (_, password) = account.split_once(':')?;
    let local = ["localhost", "127.0.0.1", "[::1]", "host.docker.internal"]
        .iter()
        .any(|name| host.starts_with(name));
    (!password.is_empty() && !local).then_some(password)
}

/// A stand-in for a value.
fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let one_letter = value
        .chars()
        .next()
        .is_none_or(|first| value.chars().all(|letter| letter == first));
    let bracketed = ["<", "${", "{{", "$(", "%", "["]
        .iter()
        .any(|open| value.starts_with(open))
        || value.starts_with('$');
    const WORDS: &[&str] = &[
        "changeme",
        "change-me",
        "change_me",
        "placeholder",
        "example",
        "your-",
        "your_",
        "yourpass",
        "xxxx",
        "redacted",
        "replace",
        "todo",
        "dummy",
        "insert",
        "fake",
        "secret-here",
        "super-secret",
        "supersecret",
        "set-me",
        "set_me",
        "fly secrets",
        "via-secret",
        "managed",
    ];
    const WHOLE: &[&str] = &[
        "password", "pass", "passwd", "secret", "token", "none", "null", "nil", "empty", "unset",
        "postgres", "test", "***",
    ];
    one_letter
        || bracketed
        || WHOLE.contains(&lower.as_str())
        || WORDS.iter().any(|word| lower.contains(word))
}

/// Not the secret itself but where it is: a path, a URL, a name of another variable.
fn is_reference(value: &str) -> bool {
    let upper_name = value
        .bytes()
        .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && value.contains('_');
    let path = value.starts_with(['/', '.', '~'])
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"/._-~".contains(&byte));
    value.contains("://") || upper_name || path && value.contains('/')
}

/// A setting that happens to be called after a password.
fn is_switch(value: &str) -> bool {
    matches!(
        value.to_ascii_lowercase().as_str(),
        "true" | "false" | "enabled" | "disabled" | "required" | "optional" | "yes" | "no"
    )
}

/// Digits and letters: no word, no sentence, no number.
fn mixed(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    let letters = has(u8::is_ascii_alphabetic);
    letters
        && (has(u8::is_ascii_digit) || has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase))
}

/// Longest line of a broken file that is read name by name, in bytes.
const LONG_LINE: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack::expand;

    #[test]
    fn names_and_shapes() {
        let token = expand("{base62:32}");
        let password = expand("{base62:9}");
        let secret = [
            ("SMTP_PASSWORD", password.clone()),
            ("smtpPassword", password.clone()),
            ("SECRET_KEY_BASE", token.clone()),
            ("STRIPE_API_KEY", token.clone()),
            ("SUPABASE_SERVICE_ROLE_KEY", token.clone()),
            ("SESSION_SECRET_PROD", token.clone()),
            (
                "DATABASE_URL",
                format!("postgres://app:{password}@db.example.net:5432/x"),
            ),
            ("REDIS", format!("rediss://:{token}@cache.example.net")),
            ("ANYTHING", ["-----BEGIN RSA ", "PRIVATE KEY-----"].concat()),
        ];
        for (name, value) in secret {
            assert!(is_secret(name, value.as_bytes()), "{name}");
        }
        let fine = [
            ("LOG_LEVEL", token.as_str()),
            ("SMTP_PASSWORD", "${SMTP_PASSWORD}"),
            ("SMTP_PASSWORD", "changeme"),
            ("SMTP_PASSWORD_FILE", "/run/secrets/smtp"),
            ("DB_PASSWORD", "/run/secrets/db"),
            ("TOKEN_URL", "https://auth.example.net/token"),
            ("AUTH_TOKEN", "https://auth.example.net/token1"),
            ("MAX_TOKENS", "123456789012"),
            ("ACCESS_TOKEN", "900"),
            ("NEXT_PUBLIC_API_KEY", token.as_str()),
            ("SUPABASE_ANON_KEY", token.as_str()),
            ("AWS_ACCESS_KEY_ID", token.as_str()),
            ("CACHE_KEY", "user-profile-2"),
            ("SECRET_KEY_BASE", "SECRET_KEY_BASE_STAGING"),
            ("DATABASE_URL", "postgres://app:password@db.example.net/x"),
            ("DATABASE_URL", "postgres://localhost/x"),
            ("SITE", "https://example.net/a@b"),
            ("REQUIRE_PASSWORD", "true"),
        ];
        for (name, value) in fine {
            assert!(!is_secret(name, value.as_bytes()), "{name}");
        }
    }

    #[test]
    fn broken_files_are_masked_by_line() {
        let token = expand("{base62:32}");
        let text = format!(
            "app = 'x'\n[env]\nA = 1\nAPI_TOKEN = {token}\nX = {{B = 2, MY_SECRET = '{token}'}}\n"
        );
        let flaws = [Flaw {
            span: 0..1,
            message: String::new(),
        }];
        let hidden = hidden_by_line(&text, &flaws);
        assert_eq!(hidden.len(), 2);
        for range in hidden {
            assert!(text[range].contains(&token));
        }
        assert!(hidden_by_line(&text, &[]).is_empty());
    }

    #[test]
    fn a_long_line_of_a_broken_file_is_hidden_whole_and_at_once() {
        let flaws = [Flaw {
            span: 0..1,
            message: String::new(),
        }];
        let token = expand("{base62:32}");
        let line = format!(
            "a = {}API_TOKEN = {token}{}\n",
            "{a=".repeat(400),
            "}".repeat(400)
        );
        let text = format!("b = 1\n{line}c = 2\n");
        assert_eq!(hidden_by_line(&text, &flaws), vec![6..6 + line.len()]);
        let start = std::time::Instant::now();
        let _ = hidden_by_line(&"a=:".repeat(300_000), &flaws);
        assert!(
            start.elapsed().as_secs() < 5,
            "each sign read all that follows"
        );
    }
}
