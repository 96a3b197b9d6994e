mod parts;

use super::*;
use crate::policy::pack::expand;
use crate::secrets::Scanner;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

pub(super) fn known(name: &str, value: &str) -> Known {
    Known {
        name: name.into(),
        environment: "staging".into(),
        place: "vault:vault/a.env".into(),
        key: name.into(),
        value: Secret::new(value.as_bytes()),
        rotated: None,
        is_password: false,
    }
}

/// What is found of one value in a text.
fn found(watch: &Watch, text: &str) -> usize {
    let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
    let scanner = Scanner::new(&watch.policy(&policy)).expect("the rules can be run");
    let (sightings, _) = scanner.scan(text.as_bytes(), Some("a.txt"), &|_| Vec::new());
    for sighting in &sightings {
        assert!(
            !sighting.snippet.text().contains(text.trim()),
            "a snippet shows the value"
        );
    }
    let exact = |rule: u16| scanner.rules().rule(rule).is_exact();
    sightings.iter().filter(|one| exact(one.rule)).count()
}

#[test]
fn a_value_is_found_in_every_form() {
    let values = [
        expand("{base62:24}"),
        expand("{base62:9}/+{base62:9}=\"{base62:9}"),
        expand(concat!(
            "postgresql",
            "://postgres.abc:{base62:12}%40{base62:5}@db.abc.supabase.co:5432/postgres?x=1&y=2"
        )),
        expand("{hex:40}"),
        expand("-----BEGIN KEY-----\n{base64:64}\n{base64:30}\n-----END KEY-----"),
        expand("{base62:20} {base62:20}\u{e9}"),
    ];
    for value in &values {
        let watch = Watch::new(vec![known("API_KEY", value)]);
        let passwords = usize::from(value.contains("://"));
        assert_eq!((watch.len(), watch.skipped), (1 + passwords, 0));
        let json = serde_json::to_string(value).expect("text");
        let escaped = json.replace('/', "\\/");
        let percent: String = value
            .bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            })
            .collect();
        let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        let mut texts = vec![
            format!("x = {value}\n"),
            json,
            escaped,
            format!("url?k={percent}"),
            format!("url?k={}", percent_lower(value)),
            format!("h: {hex}"),
            format!("h: {}", hex.to_uppercase()),
        ];
        for lead in ["", "a", "ab"] {
            texts.push(format!(
                "k: {}",
                STANDARD.encode(format!("{lead}{value} more"))
            ));
            texts.push(format!(
                "k: {}",
                URL_SAFE_NO_PAD.encode(format!("{lead}{value}"))
            ));
        }
        for (number, text) in texts.iter().enumerate() {
            assert!(found(&watch, text) >= 1, "form {number} of {}", value.len());
        }
        assert_eq!(
            found(
                &watch,
                &format!(
                    "x = {}\n",
                    &value[..value.char_indices().next_back().map_or(0, |(at, _)| at)]
                )
            ),
            passwords,
            "a value cut short is none, but the password in an address is one"
        );
    }
}

#[test]
fn what_would_be_found_everywhere_is_skipped() {
    for (name, value, skipped) in [
        ("API_KEY", expand("{base62:7}"), true),
        ("API_KEY", "changeme123".into(), true),
        ("APP_URL", "https://app.acme.dev/login".into(), true),
        (
            "REDIS_URL",
            expand(concat!("redis", "://default:{base62:16}@x.upstash.io:6379")),
            false,
        ),
        ("REGION", "eu-central-1".into(), true),
        (
            "POSTGRES_PASSWORD",
            expand(concat!("correct", "{digit:2}horse")),
            false,
        ),
        (
            "HOOK_URL",
            expand("https://hooks.acme.dev/{base62:32}"),
            false,
        ),
    ] {
        let watch = Watch::new(vec![known(name, &value)]);
        assert_eq!(watch.skipped == 1, skipped, "{name}");
        assert_eq!(watch.is_empty(), skipped, "{name}");
    }
}

#[test]
fn the_same_value_is_one_rule_and_the_live_one_counts() {
    let value = expand("{base62:24}");
    let old = Known {
        rotated: Some(None),
        ..known("OLD", &value)
    };
    let watch = Watch::new(vec![
        old.clone(),
        known("NEW", &value),
        known("ALSO", &value),
    ]);
    assert_eq!(watch.len(), 1);
    let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
    let finding = |watch: &Watch| {
        let rule = "credential-exposed#0";
        let found = Finding::new(
            rule,
            Guard::Secrets,
            Severity::Critical,
            String::new(),
            Location::whole(crate::finding::RepoPath::new("a")),
            Fingerprint::new(rule, "a", value.as_bytes()),
        );
        watch.finding(found, &policy).expect("its own rule")
    };
    let live = finding(&watch);
    assert_eq!(
        (live.severity, live.message.as_str()),
        (
            Severity::Critical,
            "the value in use of `NEW` (staging), `ALSO` (staging) stands in the repository"
        )
    );
    assert_eq!(
        live.fingerprint,
        Fingerprint::new(RULE, "a", value.as_bytes())
    );
    let rotated = finding(&Watch::new(vec![old]));
    assert_eq!(rotated.severity, Severity::Low);
    assert!(rotated.message.contains("rotated since"));
    for shown in [
        format!("{watch:?}"),
        format!("{:?}", watch.policy(&policy)),
        format!("{live:?}"),
    ] {
        // Nor any part a literal could be.
        assert!(value.as_bytes().windows(6).all(|part| {
            !shown.contains(std::str::from_utf8(part).expect("letters and digits"))
        }));
    }
}

/// Everything but letters and digits percent-encoded, with small digits.
fn percent_lower(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte.is_ascii_alphanumeric() {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02x}"),
        })
        .collect()
}

/// What is found of values that are no text, in a text that is none.
fn found_bytes(watch: &Watch, text: &[u8]) -> usize {
    let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
    let scanner = Scanner::new(&watch.policy(&policy)).expect("the rules can be run");
    let (sightings, _) = scanner.scan(text, Some("a.txt"), &|_| Vec::new());
    let exact = |rule: u16| scanner.rules().rule(rule).is_exact();
    sightings.iter().filter(|one| exact(one.rule)).count()
}

#[test]
fn long_values_and_values_of_signs_are_found() {
    let lines: String = (0..400).map(|at| format!("{at}:{{base64:60}}\n")).collect();
    let long = expand(&lines);
    let longer = expand(&"{base62:64}.".repeat(1200));
    assert!(long.len() > 20_000 && longer.len() > 70_000);
    let signs = "aB!9x#2Q$7z@".to_owned();
    let only_signs = "!%#$&@*(^)?=~+".to_owned();
    for value in [&long, &longer, &signs, &only_signs] {
        let watch = Watch::new(vec![known("API_KEY", value)]);
        assert_eq!((watch.len(), watch.skipped, watch.left_out), (1, 0, 0));
        let value = value.trim();
        let percent = percent_lower(value);
        let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        for (form, text) in [
            format!("a\nx = {value}\nb\n"),
            serde_json::to_string(value).expect("text"),
            format!("u={percent}"),
            format!("h {hex}"),
            format!("k: {}", STANDARD.encode(format!("a{value}"))),
        ]
        .iter()
        .enumerate()
        {
            // Of the longest, what an encoding makes larger than the window is told by its beginning.
            assert_eq!(
                found_bytes(&watch, text.as_bytes()),
                1,
                "form {form} of {}",
                value.len()
            );
        }
        let mut other = value.as_bytes().to_vec();
        let middle = other.len() / 3;
        other[middle] ^= 1;
        assert_eq!(
            found_bytes(&watch, &[b"x = ", &other[..], b"\n"].concat()),
            0
        );
    }
}

#[test]
fn values_that_are_no_text_are_found() {
    let value = [
        &b"\xff\xfe\x00\x81"[..],
        expand("{base62:3}").as_bytes(),
        b"\x92\xa0\xff",
    ]
    .concat();
    let watch = Watch::new(vec![Known {
        value: Secret::new(&value),
        ..known("API_KEY", "")
    }]);
    assert_eq!((watch.len(), watch.skipped), (1, 0));
    let percent: String = value.iter().map(|byte| format!("%{byte:02X}")).collect();
    let hex: String = value.iter().map(|byte| format!("{byte:02x}")).collect();
    for text in [
        value.clone(),
        percent.into_bytes(),
        hex.into_bytes(),
        STANDARD.encode(&value).into_bytes(),
    ] {
        let found = found_bytes(&watch, &[b"x: ", &text[..], b"\n"].concat());
        assert_eq!(found, 1, "{}", text.escape_ascii());
    }
}

#[test]
fn a_value_in_another_is_found_as_well() {
    let password = expand("{base62:20}");
    let dsn = format!(
        concat!("postgres", "://app:{}@db.acmecorp.io:5432/main"),
        password
    );
    let watch = Watch::new(vec![
        known("DB_PASSWORD", &password),
        known("DATABASE_URL", &dsn),
    ]);
    assert_eq!(watch.len(), 2);
    assert_eq!(found_bytes(&watch, format!("u: {dsn}\n").as_bytes()), 2);
    assert_eq!(
        found_bytes(&watch, format!("p: {password}\n").as_bytes()),
        1
    );
    assert_eq!(
        found_bytes(&watch, format!("b: {}\n", STANDARD.encode(&dsn)).as_bytes()),
        2
    );
}
