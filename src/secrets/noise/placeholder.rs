//! Values that stand for a secret instead of being one.

/// Whether the value is filled in later by a template, a shell or a program: `${VAR}`, `{{ x }}`, `<token>`, `%s`, `process.env.X`.
#[must_use]
pub fn is_reference(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let Ok(text) = std::str::from_utf8(value) else {
        return false;
    };
    let starts = |prefix: &str| text.starts_with(prefix);
    let wrapped = [
        ("${", "}"),
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
    ]
    .iter()
    .any(|(open, close)| {
        text.len() >= open.len() + close.len() && starts(open) && text.ends_with(close)
    });
    if wrapped {
        return true;
    }
    // A shell variable or a format directive alone.
    if let Some(name) = text
        .strip_prefix('$')
        .or_else(|| text.strip_prefix("!Ref "))
        .or_else(|| text.strip_prefix("!ImportValue "))
    {
        return !name.is_empty()
            && name.bytes().all(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'.' | b'-')
            });
    }
    if let Some(directive) = text.strip_prefix('%') {
        return directive.len() <= 2;
    }
    if text.contains("${")
        || text.contains("{{")
        || text.contains("$(")
        || text.contains("#{")
        || text.contains("<%")
        || text.contains("%{")
    {
        return true;
    }
    if has_template(value) {
        return true;
    }
    const LOOKUPS: &[&str] = &[
        "process.env",
        "import.meta.env",
        "os.environ",
        "os.getenv",
        "getenv",
        "System.getenv",
        "ENV[",
        "ENV.fetch",
        "env::var",
        "env(",
        "env.",
        "Env.",
        "secrets.",
        "vars.",
        "var.",
        "local.",
        "data.",
        "vault:",
        "vault(",
        "op://",
        "ssm:",
        "arn:aws:",
        "sm://",
        "file(",
        "config(",
        "config.",
        "Rails.application.credentials",
        "aws_ssm",
        "keyring:",
        "sops:",
        "ENC[",
        "ENC(",
        "AQICAH",
        "$ANSIBLE_VAULT",
        "secretKeyRef",
        "gcp-sm",
        "projects/",
        "ref+",
        "doppler",
    ];
    LOOKUPS.iter().any(|lookup| text.starts_with(lookup))
}

/// `{name}`, `{name:8}`, `{user.name}`: a place that a formatter fills in.
fn has_template(value: &[u8]) -> bool {
    let mut rest = value;
    while let Some(open) = memchr::memchr(b'{', rest) {
        rest = &rest[open + 1..];
        let length = rest
            .iter()
            .take_while(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'-')
            })
            .count();
        if length > 0 && rest[0].is_ascii_alphabetic() && rest.get(length) == Some(&b'}') {
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
    let lower = value.to_ascii_lowercase();
    let text = String::from_utf8_lossy(&lower);
    if WHOLE.contains(&text.as_ref()) {
        return true;
    }
    let squeezed: String = text
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric())
        .collect();
    if STEMS.iter().any(|stem| squeezed.contains(stem)) {
        return true;
    }
    let first = text.split(['-', '_', ' ', '.']).next().unwrap_or_default();
    FIRST_WORDS.contains(&first) && text.len() > first.len() || is_dummy_word(&text)
}

/// Whether a user name or password is one that documentation and local set-ups use.
#[must_use]
pub fn is_dummy_word(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let stem = lower.trim_end_matches(|letter: char| {
        letter.is_ascii_digit() || matches!(letter, '!' | '_' | '-' | '.' | '*')
    });
    DUMMY.contains(&stem) || DUMMY.contains(&lower.as_str())
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
        || value.ends_with(b"...")
        || value.ends_with("…".as_bytes())
        || value.windows(3).any(|three| three == b"***")
}

/// Values that are never a secret as a whole.
const WHOLE: &[&str] = &[
    "true",
    "false",
    "null",
    "nil",
    "none",
    "undefined",
    "string",
    "text",
    "value",
    "token",
    "secret",
    "password",
    "key",
    "empty",
    "unset",
    "unknown",
    "n/a",
    "todo",
    "tbd",
    "default",
    "required",
    "optional",
    "disabled",
    "enabled",
    "hidden",
    "anonymous",
    "public",
    "private",
];

/// Stems that say "not the real one" anywhere in the value, letters and digits only.
const STEMS: &[&str] = &[
    "changeme",
    "changethis",
    "changeit",
    "replaceme",
    "replacethis",
    "replacewith",
    "yourpassword",
    "yoursecret",
    "yourtoken",
    "yourkey",
    "yourapi",
    "youraccess",
    "yourclient",
    "insertyour",
    "enteryour",
    "putyour",
    "addyour",
    "placeholder",
    "redacted",
    "removed",
    "examplekey",
    "example",
    "notasecret",
    "notreal",
    "notarealsecret",
    "dummy",
    "fakekey",
    "faketoken",
    "fakesecret",
    "fakepassword",
    "fillmein",
    "fixme",
    "goeshere",
    "hereyour",
    "yoursupersecret",
    "supersecret",
    "topsecret",
    "xxxxx",
    "foobar",
    "loremipsum",
    "mysecret",
    "mytoken",
    "mypassword",
    "myapikey",
    "sometoken",
    "somesecret",
    "somepassword",
    "testtoken",
    "testsecret",
    "testkey",
    "testpassword",
    "secretkey",
    "secrettoken",
    "sampletoken",
    "samplekey",
    "invalidtoken",
    "wrongpassword",
    "correcthorse",
    "atleast32char",
    "withatleast",
];

/// First words that make the rest a description: `your-…`, `my-…`, `insert …`.
const FIRST_WORDS: &[&str] = &[
    "your", "my", "insert", "enter", "put", "replace", "change", "fake", "dummy", "sample",
    "example", "test", "mock", "some", "the", "a", "an",
];

/// Accounts and passwords of documentation and local set-ups.
const DUMMY: &[&str] = &[
    "user",
    "username",
    "usr",
    "login",
    "admin",
    "administrator",
    "root",
    "password",
    "passwd",
    "pass",
    "pwd",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "pa$$word",
    "passphrase",
    "secret",
    "s3cret",
    "s3cr3t",
    "token",
    "apikey",
    "key",
    "test",
    "tests",
    "testing",
    "tester",
    "testuser",
    "testpass",
    "testpassword",
    "guest",
    "demo",
    "example",
    "sample",
    "dummy",
    "fake",
    "mock",
    "foo",
    "bar",
    "baz",
    "qux",
    "foobar",
    "hunter2",
    "changeme",
    "letmein",
    "welcome",
    "qwerty",
    "abc",
    "abcd",
    "abcdef",
    "xxx",
    "xyz",
    "me",
    "you",
    "name",
    "myuser",
    "mypass",
    "mypassword",
    "mysecret",
    "secretpassword",
    "supersecret",
    "topsecret",
    "postgres",
    "postgresql",
    "pg",
    "mysql",
    "mariadb",
    "mongo",
    "mongodb",
    "redis",
    "rabbit",
    "rabbitmq",
    "clickhouse",
    "sa",
    "docker",
    "dev",
    "develop",
    "development",
    "local",
    "localhost",
    "default",
    "db",
    "dbuser",
    "dbpass",
    "dbpassword",
    "database",
    "app",
    "appuser",
    "service",
    "client",
    "server",
    "scott",
    "tiger",
    "alice",
    "bob",
    "joe",
    "john",
    "jane",
    "someone",
    "nobody",
    "anonymous",
    "u",
    "p",
    "pw",
    "usernames",
    "yourpassword",
    "your-password",
    "your_password",
    "your-user",
    "youruser",
    "redacted",
    "masked",
    "hidden",
    "ci",
    "runner",
    "travis",
    "github",
    "superuser",
    "superman",
    "monkey",
    "dragon",
    "iloveyou",
    "1234",
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "111111",
    "000000",
    "123123",
    "1",
    "123",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders() {
        for text in [
            "${DB_PASSWORD}",
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
            "op://vault/item/field",
        ] {
            assert!(is_placeholder(text.as_bytes()), "{text}");
        }
        for text in ["tr0ub4dor&3x", "Kx9-vLq2.Zt", "correct-battery"] {
            assert!(!is_placeholder(text.as_bytes()), "{text}");
        }
    }
}
