//! Credentials without a shape: judged by the name they are assigned to and the look of the value.

use super::noise::{self, Shape};

/// What the name promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A token, key or secret made by a machine.
    Secret,
    /// A password, perhaps made by a person.
    Password,
}

/// What the value is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// Drawn at random.
    Random,
    /// Thought of, but strong enough to be in use.
    Thought,
}

/// Judges `value` assigned to `name`; `None` when it is no credential.
#[must_use]
pub fn judge(kind: Kind, name: &[u8], value: &[u8], quoted: bool) -> Option<Worth> {
    if names_something_else(name) || value.len() > 1024 {
        return None;
    }
    let least = match (kind, quoted) {
        (Kind::Password, _) => 8,
        (Kind::Secret, true) => 12,
        (Kind::Secret, false) => 16,
    };
    if value.len() < least
        || noise::is_placeholder(value)
        || noise::is_repetitive(value)
        || repeats_name(name, value)
    {
        return None;
    }
    match noise::shape(value) {
        Shape::Opaque => {}
        Shape::Digest if !about_digests(name) => return Some(Worth::Random),
        Shape::Uuid if kind == Kind::Secret && !about_ids(name) => return Some(Worth::Thought),
        _ => return None,
    }
    if value.iter().any(|byte| *byte <= 0x20 || *byte >= 0x7f) || is_encoded_text(value) {
        return None;
    }
    if noise::is_random(value) {
        return Some(Worth::Random);
    }
    (kind == Kind::Password && classes(value) >= 3 && !value.contains(&b' '))
        .then_some(Worth::Thought)
}

/// How many of lower case, upper case, digits and signs there are.
fn classes(value: &[u8]) -> usize {
    let has = |test: fn(&u8) -> bool| usize::from(value.iter().any(test));
    has(u8::is_ascii_lowercase)
        + has(u8::is_ascii_uppercase)
        + has(u8::is_ascii_digit)
        + has(u8::is_ascii_punctuation)
}

/// The words of a name: `maxTokens_count` → max, tokens, count.
fn words(name: &[u8]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut last = b'_';
    for byte in name {
        let boundary =
            !byte.is_ascii_alphanumeric() || byte.is_ascii_uppercase() && last.is_ascii_lowercase();
        if boundary && !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        if byte.is_ascii_alphanumeric() {
            word.push(char::from(byte.to_ascii_lowercase()));
        }
        last = *byte;
    }
    if !word.is_empty() {
        out.push(word);
    }
    out
}

/// Whether the name says that the value is no credential: `token_type`, `password_field`, `public_key`, `tokens`.
fn names_something_else(name: &[u8]) -> bool {
    let words = words(name);
    let Some(last) = words.last() else {
        return false;
    };
    LAST_WORDS.contains(&last.as_str())
        || last.ends_with("hash")
        || words.iter().any(|word| ANY_WORD.contains(&word.as_str()))
        || words
            .windows(2)
            .any(|two| PAIRS.contains(&(two[0].as_str(), two[1].as_str())))
}

fn about_digests(name: &[u8]) -> bool {
    words(name).iter().any(|word| {
        matches!(
            word.as_str(),
            "hash"
                | "sha"
                | "sha1"
                | "sha256"
                | "sha512"
                | "md5"
                | "digest"
                | "checksum"
                | "commit"
                | "revision"
                | "rev"
                | "etag"
                | "fingerprint"
                | "integrity"
                | "id"
        )
    })
}

fn about_ids(name: &[u8]) -> bool {
    words(name).iter().any(|word| {
        matches!(
            word.as_str(),
            "id" | "uuid"
                | "guid"
                | "ids"
                | "idempotency"
                | "request"
                | "correlation"
                | "trace"
                | "session"
        )
    })
}

/// `token = "refresh_token"`, `apiKey: 'x-api-key'`: the value is another name of the same thing.
fn repeats_name(name: &[u8], value: &[u8]) -> bool {
    let squeeze = |text: &[u8]| -> Vec<u8> {
        text.iter()
            .filter(|byte| byte.is_ascii_alphanumeric())
            .map(u8::to_ascii_lowercase)
            .collect()
    };
    let (name, value) = (squeeze(name), squeeze(value));
    !name.is_empty()
        && !value.is_empty()
        && (memchr::memmem::find(&value, &name).is_some()
            || memchr::memmem::find(&name, &value).is_some())
}

/// Base64 of readable text is data, not a credential.
fn is_encoded_text(value: &[u8]) -> bool {
    use base64::Engine as _;
    if value.len() < 16 || !value.len().is_multiple_of(4) {
        return false;
    }
    base64::engine::general_purpose::STANDARD
        .decode(value)
        .is_ok_and(|bytes| {
            bytes.len() >= 12
                && bytes.iter().all(|byte| (0x20..0x7f).contains(byte))
                && !noise::is_random(&bytes)
                && noise::shape(&bytes) != Shape::Opaque
        })
}

/// Last words of a name that say what else the value is.
const LAST_WORDS: &[&str] = &[
    "id",
    "ids",
    "type",
    "types",
    "name",
    "names",
    "url",
    "uri",
    "urls",
    "path",
    "paths",
    "file",
    "files",
    "filename",
    "dir",
    "folder",
    "length",
    "len",
    "size",
    "count",
    "limit",
    "max",
    "min",
    "expires",
    "expiry",
    "expiration",
    "ttl",
    "timeout",
    "lifetime",
    "age",
    "policy",
    "regex",
    "pattern",
    "format",
    "prefix",
    "suffix",
    "label",
    "labels",
    "placeholder",
    "hint",
    "help",
    "title",
    "message",
    "msg",
    "error",
    "errors",
    "description",
    "desc",
    "text",
    "field",
    "fields",
    "column",
    "columns",
    "header",
    "headers",
    "param",
    "params",
    "selector",
    "class",
    "classes",
    "version",
    "algorithm",
    "alg",
    "scheme",
    "endpoint",
    "host",
    "port",
    "store",
    "storage",
    "manager",
    "provider",
    "service",
    "handler",
    "callback",
    "function",
    "method",
    "strategy",
    "status",
    "state",
    "kind",
    "mode",
    "scope",
    "scopes",
    "audience",
    "issuer",
    "hash",
    "hashes",
    "digest",
    "checksum",
    "sha",
    "sha1",
    "sha256",
    "md5",
    "ref",
    "refs",
    "arn",
    "input",
    "button",
    "form",
    "page",
    "screen",
    "view",
    "link",
    "icon",
    "image",
    "template",
    "tokens",
    "tokenizer",
    "index",
    "offset",
    "position",
    "pos",
    "date",
    "time",
    "at",
    "required",
    "enabled",
    "env",
    "var",
    "variable",
    "alias",
    "example",
    "examples",
    "test",
    "tests",
    "rule",
    "rules",
    "model",
    "schema",
    "table",
    "mask",
    "words",
    "keyword",
    "keywords",
    "mnemonic",
    "nonce",
    "iv",
    "attribute",
    "attr",
    "property",
    "event",
    "action",
    "route",
    "filter",
    "sort",
    "group",
    "set",
    "list",
    "map",
    "cache",
    "query",
    "node",
    "tag",
    "symbol",
    "char",
    "chars",
    "charset",
    "separator",
    "delimiter",
];

/// Words that make any name harmless.
const ANY_WORD: &[&str] = &[
    "public",
    "authenticity",
    "pub",
    "publishable",
    "pubkey",
    "integrity",
    "csrf",
    "xsrf",
    "keyboard",
    "keyword",
    "keywords",
    "tokenizer",
    "tokenize",
    "tokenization",
    "translation",
    "i18n",
    "locale",
    "css",
    "html",
    "svg",
    "color",
    "colour",
    "hotkey",
    "shortcut",
    "sitekey",
    "site_key",
    "recaptcha",
    "analytics",
    "cacheable",
    "etag",
    "thumbprint",
    "commit",
    "revision",
    "snapshot",
    "website",
    "example",
    "dummy",
    "fake",
    "mock",
    "placeholder",
    "invalid",
    "wrong",
    "expected",
    "encrypted",
    "hashed",
    "digest",
    "hash",
    "checksum",
    "bcrypt",
    "argon2",
];

/// Pairs of words that make a name harmless.
const PAIRS: &[(&str, &str)] = &[
    ("primary", "key"),
    ("foreign", "key"),
    ("sort", "key"),
    ("partition", "key"),
    ("cache", "key"),
    ("row", "key"),
    ("group", "key"),
    ("object", "key"),
    ("s3", "key"),
    ("query", "key"),
    ("storage", "key"),
    ("item", "key"),
    ("page", "token"),
    ("next", "token"),
    ("continuation", "token"),
    ("sync", "token"),
    ("client", "token"),
    ("site", "key"),
    ("host", "key"),
    ("token", "address"),
    ("token", "contract"),
    ("key", "id"),
    ("message", "key"),
    ("translation", "key"),
    ("idempotency", "key"),
    ("distribution", "key"),
    ("map", "key"),
    ("react", "key"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack::expand;

    #[test]
    fn judged_by_name_and_look() {
        let random = expand("{base62:24}");
        let hex = expand("{hex:40}");
        for (kind, name, value, worth) in [
            (
                Kind::Secret,
                "API_TOKEN",
                random.as_str(),
                Some(Worth::Random),
            ),
            (Kind::Secret, "apiSecret", hex.as_str(), Some(Worth::Random)),
            (Kind::Secret, "token_hash", hex.as_str(), None),
            (Kind::Secret, "token", "sha512-abcdefghijkl", None),
            (Kind::Secret, "token_type", random.as_str(), None),
            (Kind::Secret, "public_key", random.as_str(), None),
            (Kind::Secret, "token", "refresh_token", None),
            (Kind::Secret, "secretName", "database-credentials", None),
            (Kind::Secret, "token", "getAccessTokenSilently", None),
            (
                Kind::Password,
                "password",
                concat!("Winter", "!2024x"),
                Some(Worth::Thought),
            ),
            (Kind::Password, "password", "password123", None),
            (Kind::Password, "password", "configuration", None),
            (
                Kind::Password,
                "db_password",
                random.as_str(),
                Some(Worth::Random),
            ),
        ] {
            assert_eq!(
                judge(kind, name.as_bytes(), value.as_bytes(), true),
                worth,
                "{name} = {value}"
            );
        }
    }
}
