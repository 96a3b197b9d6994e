use super::*;
use crate::policy::pack::Pack;
use jiff::civil::date;

const TODAY: Date = date(2026, 6, 1);

fn entry(line: u32) -> Entry {
    Entry {
        rules: Vec::new(),
        path: None,
        value: None,
        fingerprint: None,
        reason: "a sample".into(),
        expires: None,
        file: "stackguard.toml".into(),
        start: Position { line, column: 1 },
        end: Position { line, column: 10 },
    }
}

fn for_rule(line: u32, rule: &str) -> Entry {
    Entry {
        rules: vec![rule.into()],
        ..entry(line)
    }
}

fn glob(text: &str) -> PathPattern {
    PathPattern::new(text).expect("a good glob")
}

fn policy() -> Policy {
    let text = r#"
            [[rule]]
            id = "allow-unused"
            guard = "policy"
            severity = "low"
            summary = "s"
            help = "h"
            [[rule]]
            id = "allow-expired"
            guard = "policy"
            severity = "medium"
            summary = "s"
            help = "h"
            [[rule]]
            id = "direct-redis"
            guard = "toolkit"
            severity = "high"
            summary = "s"
            help = "h"
            [[rule]]
            id = "jwt"
            guard = "secrets"
            severity = "high"
            summary = "s"
            help = "h"
        "#;
    let pack = Pack::parse(text).expect("a good pack");
    Policy::new(vec![("p.toml".into(), pack)]).expect("no duplicates")
}

const ALL: &[Guard] = &[Guard::Secrets, Guard::Toolkit, Guard::Fly];

#[test]
fn everything_named_must_hold() {
    let print = Fingerprint::new("jwt", "docs/a.md", b"x");
    let other = Fingerprint::new("jwt", "docs/a.md", b"y");
    let value = || Some(SecretPattern::new("^demo").expect("a good pattern"));
    let full = Entry {
        path: Some(glob("docs/**")),
        value: value(),
        fingerprint: Some(print.clone()),
        ..for_rule(3, "jwt")
    };
    type Case<'c> = (&'c Entry, &'c str, &'c str, &'c Fingerprint, &'c [u8], bool);
    let cases: &[Case<'_>] = &[
        (&full, "jwt", "docs/a.md", &print, b"demo-1", true),
        (&full, "jwt", "docs/a.md", &print, b"live-1", false),
        (&full, "jwt", "docs/a.md", &other, b"demo-1", false),
        (&full, "jwt", "src/a.md", &print, b"demo-1", false),
        (&full, "direct-redis", "docs/a.md", &print, b"demo-1", false),
        (&for_rule(1, "jwt"), "jwt", "anywhere", &other, b"", true),
        (&for_rule(1, "jwt"), "jw", "anywhere", &other, b"", false),
        (
            &Entry {
                path: Some(glob("docs/*")),
                ..entry(1)
            },
            "jwt",
            "docs/deep/a.md",
            &other,
            b"",
            false,
        ),
        (
            &Entry {
                path: Some(glob("docs/*")),
                ..entry(1)
            },
            "jwt",
            "Docs/a.md",
            &other,
            b"",
            false,
        ),
        (
            &Entry {
                path: Some(glob("./docs/*")),
                ..entry(1)
            },
            "jwt",
            "docs/a.md",
            &other,
            b"",
            true,
        ),
        (
            &Entry {
                path: Some(glob("**/*.md")),
                ..entry(1)
            },
            "jwt",
            "a.md",
            &other,
            b"",
            true,
        ),
        (
            &Entry {
                value: value(),
                ..entry(1)
            },
            "jwt",
            "a",
            &other,
            b"demo",
            true,
        ),
    ];
    for (number, (entry, rule, path, print, secret, allowed)) in cases.iter().enumerate() {
        let allows = Allows::new(vec![(*entry).clone()], TODAY);
        let hits = allows.matching_values(secret);
        assert_eq!(
            allows.judge(rule, path, print, &hits).is_some(),
            *allowed,
            "case {number}"
        );
        assert_eq!(
            allows.uses().sum::<u64>(),
            u64::from(*allowed),
            "case {number}"
        );
    }
}

#[test]
fn value_hits_name_entries_not_positions() {
    let pattern = |text| Some(SecretPattern::new(text).expect("a good pattern"));
    let entries = vec![
        for_rule(1, "jwt"),
        Entry {
            value: pattern("a"),
            ..entry(2)
        },
        Entry {
            value: pattern("b"),
            ..entry(3)
        },
    ];
    let allows = Allows::new(entries, TODAY);
    assert_eq!(allows.matching_values(b"xbx"), [2]);
    assert_eq!(allows.matching_values(b"ab"), [1, 2]);
    let print = Fingerprint::new("r", "p", b"c");
    let allowed = allows
        .judge("r", "p", &print, &[2])
        .expect("the third covers it");
    assert_eq!(
        (allowed.index, allowed.place.as_str()),
        (2, "stackguard.toml:3")
    );
    assert_eq!(allows.judge("r", "p", &print, &[]), None);
}

#[test]
fn the_last_day_still_holds() {
    let print = Fingerprint::new("jwt", "p", b"c");
    for (expires, allowed) in [(date(2026, 6, 1), true), (date(2026, 5, 31), false)] {
        let allows = Allows::new(
            vec![Entry {
                expires: Some(expires),
                ..for_rule(4, "jwt")
            }],
            TODAY,
        );
        assert_eq!(
            allows.judge("jwt", "p", &print, &[]).is_some(),
            allowed,
            "{expires}"
        );
    }
}

#[test]
fn unused_and_expired_are_findings_where_it_can_be_known() {
    let old = Some(date(2026, 1, 31));
    let entries = || {
        vec![
            for_rule(1, "jwt"),
            for_rule(2, "jwt"),
            for_rule(3, "direct-redis"),
            Entry {
                expires: old,
                ..for_rule(4, "jwt")
            },
            Entry {
                expires: old,
                path: Some(glob("nowhere")),
                ..entry(5)
            },
            Entry {
                value: Some(SecretPattern::new("zzz").expect("good")),
                ..entry(6)
            },
        ]
    };
    let run = |complete, guards: &[Guard]| {
        let allows = Allows::new(entries(), TODAY);
        for _ in 0..2 {
            let _ = allows.judge("jwt", "p", &Fingerprint::new("jwt", "p", b"c"), &[]);
        }
        let found = allows.findings(&policy(), complete, guards);
        found
            .iter()
            .map(|f| {
                (
                    f.rule.as_str().to_owned(),
                    f.location.start.line,
                    f.message.clone(),
                )
            })
            .collect::<Vec<_>>()
    };
    let said = |rule: &str, line, message: &str| (rule.to_owned(), line, message.to_owned());
    let missed = said(
        EXPIRED,
        4,
        "this exception for `jwt` ended on 2026-01-31; the 2 findings it covered are reported again",
    );
    let shadowed = said(
        UNUSED,
        2,
        "this exception for `jwt` allows nothing that an entry above it does not allow",
    );
    let value = said(UNUSED, 6, "this exception allows nothing");
    let complete = [
        shadowed.clone(),
        said(
            UNUSED,
            3,
            "this exception for `direct-redis` allows nothing",
        ),
        missed.clone(),
        said(
            EXPIRED,
            5,
            "this exception ended on 2026-01-31, and nothing needs it any more",
        ),
        value.clone(),
    ];
    assert_eq!(run(true, ALL), complete);
    assert_eq!(run(false, ALL), std::slice::from_ref(&missed));
    assert_eq!(run(true, &[Guard::Secrets]), [shadowed, missed, value]);
}

#[test]
fn switched_off_says_nothing() {
    let mut policy = policy();
    assert!(policy.set_severity(UNUSED, None));
    assert!(
        Allows::new(vec![for_rule(1, "jwt")], TODAY)
            .findings(&policy, true, ALL)
            .is_empty()
    );
}

#[test]
fn nothing_shows_the_pattern_or_a_token_in_the_reason() {
    let token = crate::policy::pack::expand("{base62:20}");
    let entry = Entry {
        value: Some(SecretPattern::new(&token).expect("good")),
        reason: format!("the old one was {token}"),
        ..entry(1)
    };
    let allows = Allows::new(vec![entry.clone()], TODAY);
    let print = Fingerprint::new("r", "p", b"c");
    let allowed = allows
        .judge("r", "p", &print, &allows.matching_values(token.as_bytes()))
        .expect("allowed");
    assert!(!allowed.reason.contains(&token) && allowed.reason.starts_with("the old one was"));
    assert!(!format!("{:?}", entry.value).contains(&token));
    let unused = Allows::new(vec![entry], TODAY).findings(&policy(), true, ALL);
    assert_eq!(unused.len(), 1);
    assert!(!format!("{unused:?}").contains(&token));
}

#[test]
fn counts_are_right_from_many_threads() {
    let allows = Allows::new(
        vec![
            for_rule(1, "jwt"),
            Entry {
                expires: Some(date(2020, 1, 1)),
                ..entry(2)
            },
        ],
        TODAY,
    );
    let print = Fingerprint::new("jwt", "p", b"c");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for turn in 0..1000 {
                    let rule = if turn % 2 == 0 { "jwt" } else { "other" };
                    assert_eq!(
                        allows.judge(rule, "p", &print, &[]).is_some(),
                        turn % 2 == 0
                    );
                }
            });
        }
    });
    assert_eq!(allows.uses().collect::<Vec<_>>(), [4000, 0]);
    assert!(
        allows.findings(&policy(), false, ALL)[0]
            .message
            .contains("the 8000 findings")
    );
}
