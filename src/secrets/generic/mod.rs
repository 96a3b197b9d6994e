//! Credentials without a shape: judged by the name they are assigned to and the look of the value.

mod names;

use super::noise::{self, Shape};
use super::words::Parts;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

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

/// Longest value that is still a credential and not a document, in bytes.
const LONGEST: usize = 256;
/// The same for a value in one alphabet, as opaque tokens are, in bytes.
const LONGEST_OPAQUE: usize = 1536;

/// The shortest value that can be one, in bytes.
fn least(kind: Kind, quoted: bool) -> usize {
    match (kind, quoted) {
        (Kind::Password, _) => 8,
        (Kind::Secret, true) => 12,
        (Kind::Secret, false) => 16,
    }
}

/// Whether a value is too short to be judged any further; most are.
#[must_use]
pub fn is_short(kind: Kind, value: &[u8], quoted: bool) -> bool {
    value.len() < least(kind, quoted)
}

/// Judges `value` assigned to `name`; `None` when it is no credential.
#[must_use]
pub fn judge(kind: Kind, name: &[u8], value: &[u8], quoted: bool) -> Option<Worth> {
    // What it says in base64 is shorter still.
    if is_short(kind, value, quoted)
        || names::names_something_else(name)
        || is_document(value)
        || belongs_to_others(value)
        || is_foreign_text(value)
    {
        return None;
    }
    // Kubernetes keeps what it calls data in base64: what counts is what it says.
    match encoded_text(value) {
        Some(text) => worth(kind, name, &text, true),
        None => worth(kind, name, value, quoted),
    }
}

/// Too long for a credential, unless nothing but a token is written so.
fn is_document(value: &[u8]) -> bool {
    let opaque = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_' | b'.' | b'~')
    };
    value.len() > LONGEST_OPAQUE || value.len() > LONGEST && !value.iter().all(opaque)
}

fn worth(kind: Kind, name: &[u8], value: &[u8], quoted: bool) -> Option<Worth> {
    if is_short(kind, value, quoted)
        || noise::is_placeholder(value)
        || noise::is_repetitive(value)
        || repeats_name(name, value)
    {
        return None;
    }
    let weak = kind == Kind::Password && is_weak_password(name, value, quoted);
    match noise::shape(value) {
        Shape::Uuid if kind == Kind::Password && names::ends_in_password(name) => {
            return Some(Worth::Thought);
        }
        _ if noise::is_grouped_hex(value) => return Some(Worth::Random),
        Shape::Opaque => {}
        Shape::Digest if !names::about_digests(name) => return Some(Worth::Random),
        Shape::Uuid if kind == Kind::Secret && !names::about_ids(name) => {
            return Some(Worth::Thought);
        }
        Shape::Identifier if weak || kind == Kind::Password && is_strong(value) => {
            return Some(Worth::Thought);
        }
        _ => return None,
    }
    if value.iter().any(|byte| *byte <= 0x20 || *byte == 0x7f)
        || kind == Kind::Secret && !quoted && is_code(name, value)
    {
        return None;
    }
    if !value.is_ascii() {
        let drawn = kind == Kind::Password && quoted && is_random_in_ascii(value);
        return drawn.then_some(Worth::Random);
    }
    if noise::is_random(value) {
        return Some(Worth::Random);
    }
    (weak || kind == Kind::Password && classes(value) >= 3).then_some(Worth::Thought)
}

/// Text of another script as JSON escapes it, in the catalogues of translations: `"Password": "\u092a\u093e…"`.
fn is_foreign_text(value: &[u8]) -> bool {
    let escapes = memchr::memmem::find_iter(value, b"\\u").count();
    escapes >= 3 && escapes * 12 >= value.len()
}

/// A password with a few letters or signs of another script among those drawn at random: what a generator of passwords for a
/// keyboard with `§` makes. Words of a language are none.
fn is_random_in_ascii(value: &[u8]) -> bool {
    let mut ascii = Zeroizing::new(Vec::with_capacity(value.len()));
    ascii.extend(value.iter().copied().filter(u8::is_ascii));
    ascii.len() >= 8
        && ascii.len() * 2 >= value.len()
        && classes(&ascii) >= 3
        && noise::is_random(&ascii)
}

/// Keys meant to be public, and tokens that other rules judge by what they hold.
fn belongs_to_others(value: &[u8]) -> bool {
    let dots = value.iter().filter(|byte| **byte == b'.').count();
    // What a controller in the cluster decrypts: the length of an RSA ciphertext, then that.
    let sealed = value.len() > LONGEST && matches!(value, [b'A', b'g', b'A'..=b'D', ..]);
    sealed
        // `AKIA…/20240625/eu-west-1/s3/aws4_request` says which key signed, when and for what.
        || memchr::memmem::find(value, b"aws4_request").is_some()
        || value.starts_with(b"eyJ") && (1..=2).contains(&dots)
        || PUBLIC.iter().any(|prefix| value.starts_with(prefix))
}

/// A password that a person made up: letters with a digit or a sign among them, and none of the words of examples.
fn is_weak_password(name: &[u8], value: &[u8], quoted: bool) -> bool {
    let plain = |byte: &u8| {
        byte.is_ascii_alphanumeric()
            || b"-_!#@$+".contains(byte)
            || quoted && b".%^&*?=~".contains(byte)
    };
    let lower = value.to_ascii_lowercase();
    value
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic())
        .count()
        >= 4
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_lowercase)
        && value.len() <= 32
        && value.iter().all(plain)
        && names::ends_in_password(name)
        && !EXAMPLES.any_in(&lower)
}

/// All four kinds of characters, with a sign that no name has.
pub(super) fn is_strong(value: &[u8]) -> bool {
    classes(value) == 4 && value.iter().any(|byte| b"!@#$%^&*+?~".contains(byte))
}

/// A reference to a value in code: `config.apiKey`, `JwksConfigKey`, or its type.
fn is_code(name: &[u8], value: &[u8]) -> bool {
    let part = |part: &[u8]| {
        part.first()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
            && part
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    let wordy = |part: &[u8]| part.len() >= 4 && !part.iter().any(u8::is_ascii_digit);
    let mut parts = value.split(|byte| *byte == b'.');
    // Variables of the environment are set to values only.
    let variable = !name.iter().any(u8::is_ascii_lowercase);
    !variable && !value.iter().any(u8::is_ascii_digit) && !noise::is_no_name(value)
        || !variable && noise::is_type_name(value)
        || value.contains(&b'.') && parts.clone().all(part) && parts.any(wordy)
}

/// How many of lower case, upper case, digits and signs there are.
fn classes(value: &[u8]) -> usize {
    let has = |test: fn(&u8) -> bool| usize::from(value.iter().any(test));
    has(u8::is_ascii_lowercase)
        + has(u8::is_ascii_uppercase)
        + has(u8::is_ascii_digit)
        + has(u8::is_ascii_punctuation)
}

/// `token = "refresh_token"`, `apiKey: 'x-api-key'`: the value is another name of the same thing.
fn repeats_name(name: &[u8], value: &[u8]) -> bool {
    let squeeze = |text: &[u8]| -> Vec<u8> {
        text.iter()
            .filter(|byte| byte.is_ascii_alphanumeric())
            .map(u8::to_ascii_lowercase)
            .collect()
    };
    let last = name.rsplit(|byte| *byte == b'.').next().unwrap_or(name);
    let (name, last, value) = (squeeze(name), squeeze(last), squeeze(value));
    !last.is_empty()
        && !value.is_empty()
        && (memchr::memmem::find(&value, &last).is_some()
            || memchr::memmem::find(&name, &value).is_some())
}

/// The text that base64 stands for, if it is printable.
fn encoded_text(value: &[u8]) -> Option<Vec<u8>> {
    if value.len() < 8 || !value.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = STANDARD.decode(value).ok()?;
    bytes.truncate(bytes.trim_ascii_end().len());
    (bytes.len() >= 5 && bytes.iter().all(|byte| (0x20..0x7f).contains(byte))).then_some(bytes)
}

/// What keys begin with that are published on purpose.
const PUBLIC: &[&[u8]] = &[
    b"pk_",
    b"pk.",
    b"phc_",
    b"sb_publishable_",
    b"pub-c-",
    b"sub-c-",
    b"GTM-",
    // Azurite and the Cosmos DB emulator have the same account key on every machine.
    b"Eby8vdM0",
    b"C2y6yDjf",
];

/// Words that no password in use has, and names of algorithms.
static EXAMPLES: Parts = Parts::words(
    "
    pass pwd secret token user admin test example login demo dummy sample valid value field input change current mock fake stub dev local
    utf8 base64 sha1 sha256 sha512 md5 oauth2 i18n x509 argon2 pbkdf2 bcrypt http version
",
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack::expand;

    fn all(kind: Kind, rows: &[(&str, &str, Option<Worth>)]) {
        for (name, value, worth) in rows {
            assert_eq!(
                judge(kind, name.as_bytes(), value.as_bytes(), true),
                *worth,
                "{name} = {value}"
            );
        }
    }

    #[test]
    fn secrets_by_name_and_look() {
        let random = expand("{base62:24}");
        let hex = expand("{hex:40}");
        let sealed = expand("AgB{base64:300}");
        let opaque = expand("0.{base62:900}");
        let scope = expand("{hex:32}%2F20240625%2Fauto%2Fs3%2Faws4_request");
        let grouped = expand("{hex:8}-{hex:4}-{hex:4}-{hex:12}-{hex:4}-{hex:4}");
        all(
            Kind::Secret,
            &[
                ("API_TOKEN", random.as_str(), Some(Worth::Random)),
                ("apiSecret", hex.as_str(), Some(Worth::Random)),
                ("token_hash", hex.as_str(), None),
                ("token", "sha512-abcdefghijkl", None),
                ("token_type", random.as_str(), None),
                ("public_key", random.as_str(), None),
                ("token", "refresh_token", None),
                ("secretName", "database-credentials", None),
                ("token", "getAccessTokenSilently", None),
                ("token", "^arn:[a-z0-9-]+:[A-Za-z/_+=.@-]{1,512}$", None),
                ("token", "ACEGmnoq#1rstu2...BDFH3vxwy!4hlm!#5", None),
                ("token", "eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.abc", None),
                ("token", "pk_live_4q7Zr81mVxPd02Lk", None),
                ("credential", "events!connection/AmazonThing-*", None),
                ("token", "#ansibrightgreen", None),
                ("token", "//a%20b%20c/.helper", None),
                ("token", "%Y-%m-%dT%H:%M:%SZ", None),
                ("l.withCredentials", "!!t.withCredentials", None),
                (
                    "secret",
                    "$2y$05$D4SPFxzfWKcx1OXfVhRbvOTH/QB0Lm6AXTk8",
                    None,
                ),
                ("token", "re_blAh_blaHBlaHblahBLAhBlAh", None),
                ("token", sealed.as_str(), None),
                ("X-Amz-Credential", scope.as_str(), None),
                ("token", opaque.as_str(), Some(Worth::Random)),
                ("apiKey", grouped.as_str(), Some(Worth::Random)),
            ],
        );
    }

    #[test]
    fn passwords_by_name_and_look() {
        let random = expand("{base62:24}");
        let foreign = expand("{base62:12}§9x!{base62:8}");
        let uuid = expand("{hex:8}-{hex:4}-4{hex:3}-a{hex:3}-{hex:12}");
        all(
            Kind::Password,
            &[
                (
                    "password",
                    concat!("Winter", "!2024x"),
                    Some(Worth::Thought),
                ),
                ("password", "password123", None),
                (
                    "db.password",
                    concat!("rose", "bud77"),
                    Some(Worth::Thought),
                ),
                (
                    "DB_PASS",
                    concat!("zebra-", "lamp-4711"),
                    Some(Worth::Thought),
                ),
                ("password", "old_password2", None),
                ("passwordField", concat!("rose", "bud77"), None),
                ("password", "cGFzc3dvcmQ=", None),
                ("password", "required|between:6,100", None),
                ("password", "P@55w0rd!", None),
                (
                    "password",
                    concat!("TROGu!", "MquA@okeO"),
                    Some(Worth::Thought),
                ),
                (
                    "REDIS_PASSWORD",
                    concat!("Redis", "Pass1!"),
                    Some(Worth::Thought),
                ),
                ("WEAK_PASSWORD", "AUTH_003", None),
                ("password", "configuration", None),
                ("password", "Passwörter1!", None),
                ("Password", "\\u092a\\u093e\\u0938\\u0935", None),
                ("password", "пароль-Secret1", None),
                ("db_password", random.as_str(), Some(Worth::Random)),
                ("db_password", foreign.as_str(), Some(Worth::Random)),
                ("spring.password", uuid.as_str(), Some(Worth::Thought)),
                ("password_id", uuid.as_str(), None),
            ],
        );
    }

    #[test]
    fn unquoted_words_of_code_are_none() {
        let token = expand("{base62:20}1");
        let letters = expand("{letters:20}");
        let lower = expand("{lower:24}");
        for (value, worth) in [
            (token.as_str(), Some(Worth::Random)),
            (letters.as_str(), Some(Worth::Random)),
            (lower.as_str(), Some(Worth::Random)),
            ("SetupDiOpenDevRegKey", None),
            ("kCFURLVolumeIsRootFileSystemKey", None),
            ("JwksConfigKeyOCTxQ", None),
            ("Secp256k1Keypair", None),
            ("_win32typing.PyCredHandle", None),
        ] {
            assert_eq!(
                judge(Kind::Secret, b"signingKey", value.as_bytes(), false),
                worth,
                "{value}"
            );
        }
    }

    #[test]
    fn what_base64_says_counts() {
        let encode = |text: &str| STANDARD.encode(expand(text));
        for (text, worth) in [
            ("{base62:20}", Some(Worth::Random)),
            (
                "{hex:8}-{hex:4}-4{hex:3}-a{hex:3}-{hex:12}",
                Some(Worth::Thought),
            ),
            ("a-git-token-value", None),
            ("{\"bot_truncate\": 10, \"x\": null}", None),
        ] {
            assert_eq!(
                judge(Kind::Secret, b"API_KEY", encode(text).as_bytes(), false),
                worth,
                "{text}"
            );
        }
    }
}
