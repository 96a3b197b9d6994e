//! The form of a value: what it is when it is no secret.

mod words;

pub use words::is_type_name;
use words::{is_identifier, word_like};

/// What a value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// None of the others.
    Opaque,
    /// `8-4-4-4-12` hex.
    Uuid,
    /// Only hex digits, of the length of a common digest (32, 40, 56, 64, 96, 128) or git's short forms.
    Digest,
    /// Only digits and separators: numbers, dates, versions, phone numbers, addresses.
    Number,
    /// `name`, `some.name`, `some_name`, `SomeName`, `a::b`, `a/b`: words of code.
    Identifier,
    /// A path or a URL without a password.
    Path,
    /// Words separated by spaces.
    Sentence,
    /// A call, an index or an expression of code.
    Expression,
    /// An e-mail address.
    Mail,
    /// `sha256-…`, `sha512-…`: an integrity hash.
    Integrity,
    /// `$2y$…`, `{SSHA}…`: what a password was hashed to.
    PasswordHash,
}

/// What `value` looks like; random words are never an [`Shape::Identifier`].
#[must_use]
pub fn shape(value: &[u8]) -> Shape {
    let value = value.trim_ascii();
    if is_uuid(value) {
        return Shape::Uuid;
    }
    if value.starts_with(b"sha1-")
        || value.starts_with(b"sha256-")
        || value.starts_with(b"sha384-")
        || value.starts_with(b"sha512-")
        || value.starts_with(b"sha256:")
        || value.starts_with(b"hash:")
        || value.starts_with(b"h1:")
    {
        return Shape::Integrity;
    }
    if is_password_hash(value) {
        return Shape::PasswordHash;
    }
    if value.iter().all(|byte| {
        byte.is_ascii_digit()
            || matches!(
                byte,
                b'.' | b'-' | b'+' | b':' | b'/' | b' ' | b',' | b'_' | b'T' | b'Z' | b'x' | b'%'
            )
    }) {
        return Shape::Number;
    }
    if is_number_literal(value) || is_date_pattern(value) {
        return Shape::Number;
    }
    if super::is_hex(value) && matches!(value.len(), 32 | 40 | 56 | 64 | 96 | 128) {
        return Shape::Digest;
    }
    if value
        .iter()
        .filter(|byte| byte.is_ascii_whitespace())
        .count()
        > 0
    {
        return if value
            .iter()
            .filter(|byte| byte.is_ascii_alphabetic() || byte.is_ascii_whitespace())
            .count()
            * 10
            >= value.len() * 8
            || value.contains(&b'(')
        {
            Shape::Sentence
        } else {
            Shape::Opaque
        };
    }
    if is_path(value) {
        return Shape::Path;
    }
    if is_mail(value) {
        return Shape::Mail;
    }
    if is_expression(value) || is_format(value) {
        return Shape::Expression;
    }
    if is_identifier(value) {
        Shape::Identifier
    } else {
        Shape::Opaque
    }
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// A number as code writes it, with its type: `-2146233087i32`, `0x8031006Bu32`, `0xC000006C_L`.
fn is_number_literal(value: &[u8]) -> bool {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    let (digits, is_digit): (&[u8], fn(&u8) -> bool) = match digits.strip_prefix(b"0x") {
        Some(hex) => (hex, u8::is_ascii_hexdigit),
        None => (digits, u8::is_ascii_digit),
    };
    let length = digits
        .iter()
        .take_while(|byte| is_digit(byte) || **byte == b'_')
        .count();
    (1..=20).contains(&length)
        && INTEGERS
            .iter()
            .any(|suffix| digits[length..].eq_ignore_ascii_case(suffix))
}

/// What may stand behind the digits: types, and nothing.
const INTEGERS: &[&[u8]] = &[
    b"", b"i8", b"u8", b"i16", b"u16", b"i32", b"u32", b"i64", b"u64", b"L", b"UL", b"U",
];

/// `YYYY-MM-DDTHH:MM:SSZ`: how a date is to be written.
fn is_date_pattern(value: &[u8]) -> bool {
    value
        .get(..4)
        .is_some_and(|year| year.eq_ignore_ascii_case(b"yyyy"))
        && value
            .iter()
            .all(|byte| b"YMDHSTZymdhstz-:./+ 0".contains(byte))
}

fn is_path(value: &[u8]) -> bool {
    let text = String::from_utf8_lossy(value);
    if let Some((scheme, rest)) = text.split_once("://") {
        return scheme.len() <= 12
            && !rest.split('/').next().unwrap_or_default().contains('@')
            && !rest
                .split(['?', '&', '#', ';'])
                .skip(1)
                .any(is_drawn_argument);
    }
    if text.starts_with("./")
        || text.starts_with("../")
        || text.starts_with(".\\")
        || text.starts_with("..\\")
        || text.starts_with("~/")
        || text.starts_with("@/")
        || text.starts_with("C:\\")
        || text.starts_with("data:")
        || text.starts_with("//")
    {
        return true;
    }
    // A path's parts are words; base64 with slashes has none.
    let parts: Vec<&str> = text
        .split(['/', '\\'])
        .filter(|part| !part.is_empty())
        .collect();
    parts.len() >= 2 && parts.iter().all(|part| word_like(part.as_bytes()))
        || text.starts_with('/')
            && parts
                .iter()
                .any(|part| word_like(part.as_bytes()) && part.len() >= 3)
            && parts
                .iter()
                .map(|part| part.trim_matches(['[', ']', '{', '}', ':']))
                .all(|part| part.len() <= 24 && !super::is_random(part.as_bytes()))
}

/// `key=x7Kq2mVxPd02…` of a URL's query.
fn is_drawn_argument(argument: &str) -> bool {
    let value = argument.split_once('=').map_or("", |(_, value)| value);
    value.len() >= 12 && super::is_random(value.as_bytes())
}

fn is_mail(value: &[u8]) -> bool {
    let Some(at) = value.iter().position(|byte| *byte == b'@') else {
        return false;
    };
    let (name, host) = (&value[..at], &value[at + 1..]);
    !name.is_empty()
        && host.contains(&b'.')
        && host
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        && host
            .rsplit(|byte| *byte == b'.')
            .next()
            .is_some_and(|tld| tld.len() >= 2 && tld.iter().all(u8::is_ascii_alphabetic))
}

fn is_expression(value: &[u8]) -> bool {
    let word = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'$' | b'?' | b'!')
    };
    let sign = value
        .iter()
        .take_while(|byte| matches!(byte, b'!' | b'%' | b'&' | b'*' | b'@' | b'\\'))
        .count();
    let head = value[sign..].iter().take_while(|byte| word(byte)).count();
    let brackets = |at: usize| {
        value[at..]
            .first()
            .is_some_and(|byte| matches!(byte, b'(' | b'[' | b'{' | b'<'))
    };
    let pairs = |all: &[&[u8]]| {
        value
            .windows(2)
            .filter(|two| all.contains(two))
            .take(3)
            .count()
    };
    // Each of these is likely in a strong password by chance, several in a long one are not.
    let code = pairs(&[
        b");", b")}", b"({", b"})", b"](", b"])", b"((", b"))", b")[", b").",
    ]);
    let negated = value.strip_prefix(b"!").is_some_and(|rest| {
        rest.contains(&b'.') && rest.iter().all(|byte| word(byte) && !byte.is_ascii_digit())
    });
    negated
        || head > 0 && brackets(sign + head)
        || value
            .first()
            .is_some_and(|byte| matches!(byte, b'(' | b'[' | b'{' | b'&' | b'|' | b'<' | b'"'))
        || value.starts_with(b"!!")
        || value.starts_with(b"/^")
        || pairs(&[
            b"()", b"->", b"&&", b"||", b"=>", b"::", b":=", b"??", b"?.",
        ]) > 0
        || code >= 2
        || matches!(value.last(), Some(b'(' | b';' | b'{'))
        || [
            &b"[a-z"[..],
            b"[a-f0-9",
            b"[A-Z",
            b"[0-9",
            b"[\\w",
            b"(?:",
            b"\\d{",
        ]
        .iter()
        .any(|class| memchr::memmem::find(value, class).is_some())
}

/// `%Y-%m-%dT%H`: two directives or more, which are no percent-encoding.
fn is_format(value: &[u8]) -> bool {
    let directive = |two: &[u8]| two[0] == b'%' && matches!(two[1], b'G'..=b'Z' | b'g'..=b'z');
    value.windows(2).filter(|two| directive(two)).count() >= 2
}

/// The forms of crypt(3), LDAP and Django.
fn is_password_hash(value: &[u8]) -> bool {
    let crypt = |part: &[u8]| {
        part.len() >= 20
            && part.first() == Some(&b'$')
            && part.iter().filter(|byte| **byte == b'$').count() >= 2
            && part[1..]
                .iter()
                .position(|byte| *byte == b'$')
                .is_some_and(|length| (1..=10).contains(&length))
    };
    let at = memchr::memchr(b'$', value).unwrap_or(0);
    // `user:$2y$…` is a line of an htpasswd file.
    let line = at > 0 && value[at - 1] == b':';
    (at == 0 || line) && crypt(&value[at..])
        || [
            &b"{SSHA"[..],
            b"{SHA}",
            b"{CRYPT}",
            b"pbkdf2_sha",
            b"bcrypt_sha",
            b"argon2",
            b"sha1:",
        ]
        .iter()
        .any(|prefix| value.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack::expand;

    #[test]
    fn shapes() {
        for (text, expected) in [
            ("123e4567-e89b-12d3-a456-426614174000", Shape::Uuid),
            ("sha512-abc", Shape::Integrity),
            ("2024-01-31T12:00:00Z", Shape::Number),
            ("1.2.3.4:5432", Shape::Number),
            ("-2146233087i32", Shape::Number),
            ("0x8031006Bu32", Shape::Number),
            ("DataBoxHeavy", Shape::Identifier),
            ("!cfg.DenyNullBind", Shape::Expression),
            (
                "/api/v3/projects/[ProjectId]/keys/[KeyId]/enable",
                Shape::Path,
            ),
            ("user.access_token", Shape::Identifier),
            ("getAccessToken", Shape::Identifier),
            ("app/lib/session.server", Shape::Path),
            ("https://example.com/a/b", Shape::Path),
            ("https://example.com/cb?code=hello&state=1", Shape::Path),
            ("/var/run/secrets/token", Shape::Path),
            ("please enter your password", Shape::Sentence),
            ("getToken()", Shape::Expression),
            ("2.5.13.18:=\\xx", Shape::Expression),
            ("tokens[0]", Shape::Expression),
            ("someone@example.com", Shape::Mail),
            ("%Schema{type:", Shape::Expression),
            ("+A)}s=makeRequest({urlList:[t]});n=", Shape::Expression),
            ("%Y-%m-%dT%H:%M", Shape::Expression),
            ("YYYY-MM-DDTHH:MM:SSZ", Shape::Number),
            (".\\scan-for-secrets.ps1", Shape::Path),
            ("#ansibrightgreen", Shape::Identifier),
            (
                "mysite.forms.MyCustomResetPasswordKeyForm",
                Shape::Identifier,
            ),
            ("required|between:6,100", Shape::Identifier),
            ("//host/.helper", Shape::Path),
            ("me:$2y$10$9L4Tc0DJbFFMB6RdSCunr", Shape::PasswordHash),
            ("{SSHA}9L4Tc0DJbFFMB6RdSCunr", Shape::PasswordHash),
            ("sha1:c6bbcba2d04b:f969e403db87", Shape::PasswordHash),
            ("hash:ed64b7695a606bc6ab4fcb41", Shape::Integrity),
            ("^sbp_(oauth_)?[a-f0-9]{40}$", Shape::Expression),
            ("Fido2CredentialNewView", Shape::Identifier),
        ] {
            assert_eq!(shape(text.as_bytes()), expected, "{text}");
        }
        let keyed = expand("https://example.com/cb?key={base62:24}");
        assert_eq!(shape(keyed.as_bytes()), Shape::Opaque);
        assert_eq!(shape(expand("{hex:40}").as_bytes()), Shape::Digest);
        for template in [
            "{base62:24}",
            "{base64:40}",
            "{base58:24}",
            "a{base64url:43}",
        ] {
            assert_eq!(
                shape(expand(template).as_bytes()),
                Shape::Opaque,
                "{template}"
            );
        }
    }
}
