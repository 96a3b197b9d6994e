//! Values that stand for a secret instead of being one.

use crate::secrets::words::{Parts, Words};
use zeroize::Zeroizing;

/// What templates put round a name.
const BRACKETS: &[(&str, &str)] = &[
    ("${", "}"),
    ("\\${", "}"),
    ("\\$\\{", "\\}"),
    ("$(", ")"),
    ("{{", "}}"),
    ("{%", "%}"),
    ("<%", "%>"),
    ("#{", "}"),
    ("@{", "}"),
    ("[[", "]]"),
    ("<", ">"),
    ("{", "}"),
    ("[", "]"),
    ("%", "%"),
    ("__", "__"),
    ("`", "`"),
    ("%(", ")s"),
    ("$[", "]"),
    ("(", ")"),
];

/// Whether the value is filled in later by a template, a shell or a program: `${VAR}`, `{{ x }}`, `<token>`, `%s`, `process.env.X`.
#[must_use]
pub fn is_reference(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let Ok(text) = std::str::from_utf8(value) else {
        return false;
    };
    let starts = |prefix: &str| text.starts_with(prefix);
    let wrapped = BRACKETS.iter().any(|(open, close)| {
        text.len() >= open.len() + close.len() && starts(open) && text.ends_with(close)
    });
    if wrapped {
        return true;
    }
    // A shell variable or a format directive alone.
    let names = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.' | b'-')
            })
    };
    if ["$", "\\$", "\\@", "!Ref ", "!ImportValue "]
        .iter()
        .any(|sign| text.strip_prefix(sign).is_some_and(names))
    {
        return true;
    }
    if text
        .strip_prefix('%')
        .is_some_and(|directive| directive.len() <= 2)
    {
        return true;
    }
    is_template(text)
        || is_parameter(text)
        || LOOKUPS
            .split_ascii_whitespace()
            .any(|lookup| text.starts_with(lookup))
}

/// `%kernel.project_dir%/config/jwt/private.pem`: a parameter of Symfony's container.
fn is_parameter(text: &str) -> bool {
    let name = text
        .strip_prefix('%')
        .and_then(|rest| rest.split_once('%'))
        .map_or("", |(name, _)| name);
    let word = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'.');
    name.contains(['.', '_']) && name.len() >= 6 && name.bytes().all(word)
}

/// Whether a part of the value is filled in later.
fn is_template(text: &str) -> bool {
    let value = text.as_bytes();
    if !value
        .iter()
        .any(|byte| matches!(byte, b'$' | b'{' | b'#' | b'<' | b'%'))
    {
        return false;
    }
    // An opening that is never closed is chance in a long random value.
    let holds = |open: &str, close: char| {
        text.find(open)
            .is_some_and(|at| text[at + open.len()..].contains(close))
            || text.ends_with(open)
    };
    [
        ("${", '}'),
        ("{{", '}'),
        ("$(", ')'),
        ("#{", '}'),
        ("<%", '>'),
        ("%{", '}'),
    ]
    .iter()
    .any(|(open, close)| holds(open, *close))
        || has_template(value, b'{', b'}')
        || has_template(value, b'<', b'>')
        || has_variable(value)
}

/// `$NAME` anywhere, `$name` before something else: a place that a shell fills in.
fn has_variable(value: &[u8]) -> bool {
    memchr::memchr_iter(b'$', value).any(|at| {
        let rest = &value[at + 1..];
        let length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
            .count();
        let upper = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'_';
        let lower = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'_';
        let (name, ends) = (&rest[..length], length == rest.len());
        length >= 4 && name.iter().all(upper)
            || at == 0 && length >= 3 && !ends && name.iter().all(lower)
    })
}

/// `{name}`, `{name:8}`, `{user.name}`, `<name>`: a place that a formatter or a reader fills in.
fn has_template(value: &[u8], open: u8, close: u8) -> bool {
    let mut rest = value;
    while let Some(open) = memchr::memchr(open, rest) {
        rest = &rest[open + 1..];
        let length = rest
            .iter()
            .take_while(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'-')
            })
            .count();
        if length > 0 && rest[0].is_ascii_alphabetic() && rest.get(length) == Some(&close) {
            return true;
        }
    }
    false
}

/// Whether the value is an example, a mask or a request to fill something in.
#[must_use]
pub fn is_placeholder(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    if value.is_empty() || is_reference(value) || masked(value) {
        return true;
    }
    // It may be a value of the vault: copies are wiped.
    let lower = Zeroizing::new(value.to_ascii_lowercase());
    let text = String::from_utf8_lossy(&lower);
    if WHOLE.contains(&text) || is_called(value) {
        return true;
    }
    let mut squeezed = Zeroizing::new(String::with_capacity(text.len()));
    squeezed.extend(text.chars().filter(char::is_ascii_alphanumeric));
    if STEMS.any_in(squeezed.as_bytes()) {
        return true;
    }
    let first = text.split(['-', '_', ' ', '.']).next().unwrap_or_default();
    let described = FIRST_WORDS.contains(first) && text.len() > first.len();
    let rest = value.get(first.len() + 1..).unwrap_or_default();
    described && !super::is_random(rest) || is_dummy_word(&text)
}

/// `BROKER_PASSWORD`: what the variable is called.
fn is_called(value: &[u8]) -> bool {
    let ends = [&b"_PASSWORD"[..], b"_SECRET", b"_TOKEN", b"_KEY"];
    let capital = |byte: &u8| byte.is_ascii_uppercase() || *byte == b'_';
    value.iter().all(capital) && ends.iter().any(|end| value.ends_with(end))
}

/// Whether a user name or password is one that documentation and local set-ups use.
#[must_use]
pub fn is_dummy_word(text: &str) -> bool {
    let lower = Zeroizing::new(text.to_ascii_lowercase());
    let stem = lower.trim_end_matches(|letter: char| {
        letter.is_ascii_digit() || matches!(letter, '!' | '_' | '-' | '.' | '*' | '=')
    });
    DUMMY.contains(stem) || DUMMY.contains(&lower) || DUMMY.contains(&plain(stem))
}

/// With letters for the signs and digits that people write for them: `p4$$w0rd` → password.
fn plain(text: &str) -> Zeroizing<String> {
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    plain.extend(text.chars().map(|letter| match letter {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }));
    plain
}

/// `****`, `xxxx`, `....`, `<redacted>`-like: one letter repeated makes up the end or most of it.
fn masked(value: &[u8]) -> bool {
    let mask = |byte: u8| {
        matches!(
            byte,
            b'*' | b'x' | b'X' | b'.' | b'#' | b'_' | b'-' | b'?' | b'0'
        )
    };
    let mut run = 0;
    let mut longest = 0;
    let mut last = 0;
    for byte in value {
        run = if *byte == last && mask(*byte) {
            run + 1
        } else {
            1
        };
        longest = longest.max(run);
        last = *byte;
    }
    longest >= 5 && longest * 3 >= value.len()
        || longest >= 8
        || value.ends_with("…".as_bytes())
        || value
            .windows(3)
            .any(|three| three == b"***" || three == b"...")
}

/// What looks a value up instead of being one.
const LOOKUPS: &str = "
    process.env import.meta.env os.environ os.getenv getenv System.getenv ENV[ ENV.fetch env::var env( env. Env. secrets. vars.
    var. local. data. vault: vault( op:// urn: ssm: arn:aws: sm:// file( config( config. Rails.application.credentials aws_ssm
    this. self. keyring: sops: ENC[ ENC( AQICAH $ANSIBLE_VAULT secretKeyRef gcp-sm projects/ ref+ doppler
";

/// Values that are never a secret as a whole.
static WHOLE: Words = Words::new(
    "
    true false null nil none undefined string text value token secret password key empty unset unknown n/a todo tbd default
    required optional disabled enabled hidden anonymous public private
",
);

/// Stems that say "not the real one" anywhere in the value, letters and digits only. At the end what everybody copies: bytes
/// that count up, seeds of one-time passwords that say "Hello" and "1234567890" in base32 (RFC 6238), AWS's and Slack's documentation, RFC 7617.
static STEMS: Parts = Parts::words(
    "
    changeme changethis changeit replaceme replacethis replacewith yourpassword yoursecret yourtoken yourkey yourapi youraccess
    yourclient insertyour enteryour putyour addyour placeholder redacted removed examplekey example notasecret notreal
    notarealsecret dummy fakekey faketoken fakesecret fakepassword fillmein fixme goeshere hereyour yoursupersecret supersecret
    topsecret xxxxx foobar loremipsum mysecret mytoken mypassword myapikey sometoken somesecret somepassword testtoken testsecret
    testkey testpassword secretkey secrettoken sampletoken samplekey invalidtoken wrongpassword correcthorse atleast mustbeat
    withatleast mustbechanged aaecawqfbgcicqolda0odw jbswy3dp gezdgnbvgy3tqojq wjalrxutnfemi jhj5dzrvak7zwhhjryzwjbdl gikuvanzqihg97atvdxqgjto opensesame
",
);

/// First words that make the rest a description: `your-…`, `my-…`, `insert …`.
static FIRST_WORDS: Words = Words::new(
    "
    your my insert enter put replace change fake dummy sample example test mock some the a an
",
);

/// Accounts and passwords of documentation and local set-ups.
static DUMMY: Words = Words::new(
    "
    user username usr login admin administrator root password passwd pass pwd passw0rd p@ssw0rd p@ssword pa$$word passphrase
    secret s3cret s3cr3t token apikey key test tests testing tester testuser testpass testpassword guest demo example sample
    dummy fake mock foo bar baz qux foobar hunter2 changeme letmein welcome qwerty abc abcd abcdef xxx xyz me you name myuser
    mypass mypassword mysecret secretpassword supersecret topsecret postgres postgresql pg mysql mariadb mongo mongodb redis
    rabbit rabbitmq clickhouse sa docker dev develop development local localhost default db dbuser dbpass dbpassword database app
    appuser service client server scott tiger alice bob joe john jane someone nobody anonymous u p pw usernames yourpassword
    your-password your_password your-user youruser redacted masked hidden wrong unused nopass nouser ci runner travis github superuser superman monkey
    dragon iloveyou 1234 12345 123456 1234567 12345678 123456789 1234567890 111111 000000 123123 1 123
",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders() {
        for text in [
            "${DB_PASSWORD}",
            "\\$\\{idToken\\}",
            "$DB_PASSWORD",
            "{{ secret }}",
            "<your-token>",
            "[YOUR-PASSWORD]",
            "%s",
            "process.env.TOKEN",
            "os.environ['X']",
            "your-api-key",
            "YOUR_API_KEY_HERE",
            "xxxxxxxxxxxx",
            "sk-xxxxxxxxxxxxxxxxxxxx",
            "****",
            "changeme",
            "CHANGE_ME",
            "ChangeMe123",
            "REDACTED",
            "my-secret-token",
            "password123",
            "P@ssw0rd",
            "example-token",
            "abc...",
            "secrets.API_KEY",
            "this.cache!.token4",
            "%kernel.project_dir%/config/jwt/private.pem",
            "%{encrypted_log_key}",
            "BROKER_ADMIN_PASSWORD",
            concat!("JBSWY", "3DPEHPK3PXP"),
            concat!("wJalrXUtn", "FEMI/K7MDENG/bPxRfiCY"),
            "unused",
            concat!("AAECAwQF", "BgcICQoLDA0ODw=="),
            "!ThisMustBeChanged!",
            "op://vault/item/field",
            "$HOST_PROTO://user:x@$HOST",
            "\\$smtp_authpass",
            "kafka-<role>-<pod-number>",
            "T0pS3cr3t",
        ] {
            assert!(is_placeholder(text.as_bytes()), "{text}");
        }
        for text in [
            "tr0ub4dor&3x",
            "Kx9-vLq2.Zt",
            "correct-battery",
            "a-9fK2xLq7Zt",
            "Gr3n$TEA-Pot5",
            "%a4k_x%Tr0ub4dor",
        ] {
            assert!(!is_placeholder(text.as_bytes()), "{text}");
        }
    }
}
