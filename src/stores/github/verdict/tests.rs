use super::*;
use reqwest::header::{HeaderName, HeaderValue};

const SUBJECT: Subject<'_> = Subject {
    what: "secrets of environment `staging`",
    permission: "Environments: read",
    variable: "GH_TOKEN",
    host: "api.github.com",
};

fn now() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().expect("a time")
}

fn judged(status: u16, headers: &[(&'static str, &str)], message: &str) -> Verdict {
    let headers = headers
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).expect("a header"),
            )
        })
        .collect();
    of(
        SUBJECT,
        StatusCode::from_u16(status).expect("a status"),
        &headers,
        message,
        now(),
    )
}

fn refused(status: u16, headers: &[(&'static str, &str)], message: &str) -> String {
    match judged(status, headers, message) {
        Verdict::Final(Fault::Failed(failure)) => {
            format!("{} / {}", failure.why, failure.help.unwrap_or_default())
        }
        other => panic!("{status} is final, not {other:?}"),
    }
}

type Row<'a> = (u16, &'a [(&'static str, &'a str)], &'a str, &'a [&'a str]);

fn tell(rows: &[Row<'_>]) {
    for (status, headers, message, wanted) in rows {
        let text = refused(*status, headers, message);
        assert!(
            text.starts_with("secrets of environment `staging`: "),
            "{text}"
        );
        for part in *wanted {
            assert!(text.contains(part), "{status} {message}: {text}");
        }
        assert!(
            !text.contains("1.2.3.4") && !text.contains("evil"),
            "quoted: {text}"
        );
    }
}

#[test]
fn a_refusal_says_which_permission_would_do() {
    tell(&[
        (
            401,
            &[],
            "Bad credentials",
            &["does not take the token in GH_TOKEN (401)", "set a new one"],
        ),
        (
            403,
            &[],
            "Resource not accessible by personal access token",
            &[
                "may not read this (403)",
                "\"Environments: read\"",
                "scope `repo`",
            ],
        ),
        (
            403,
            &[(
                "x-accepted-github-permissions",
                "actions_variables=read,metadata=read; organization_administration=write",
            )],
            "Resource not accessible by personal access token",
            &[
                "\"Variables: read\" and \"Metadata: read\" or \"Organization administration: write\"",
            ],
        ),
        (
            403,
            &[],
            "Resource not accessible by integration",
            &[
                "GITHUB_TOKEN of a workflow can never",
                "create-github-app-token",
                "\"Environments: read\"",
            ],
        ),
    ]);
}

#[test]
fn a_refusal_says_what_else_would_do() {
    tell(&[
        (
            403,
            &[("x-github-sso", "required; url=https://x")],
            "Resource protected by organization SAML",
            &["single sign-on"],
        ),
        (
            403,
            &[],
            "`acme` has an IP allow list enabled, and 1.2.3.4 is not permitted",
            &["certain networks"],
        ),
        (
            301,
            &[("location", "https://evil.example/")],
            "",
            &["another address, which is not followed (301)"],
        ),
        (
            422,
            &[],
            "Validation Failed",
            &["refused the request (422)"],
        ),
        (501, &[], "", &["refused the request (501)"]),
    ]);
    assert_eq!(
        judged(404, &[], "Not Found"),
        Verdict::Final(Fault::NotFound)
    );
}

#[test]
fn a_strange_permissions_header_is_not_repeated() {
    for strange in [
        "",
        "x",
        "a=b=c",
        "\t::error::x=read",
        "A=read",
        "environments=",
        &"a=b,".repeat(100),
    ] {
        let text = refused(
            403,
            &[("x-accepted-github-permissions", strange)],
            "Forbidden",
        );
        assert!(
            text.contains("\"Environments: read\" on the repository"),
            "{strange:?}: {text}"
        );
    }
}

#[test]
fn limits_are_403_and_429_and_say_when() {
    let in_a_minute = (now().as_second() + 60).to_string();
    let ago = (now().as_second() - 60).to_string();
    let used: &[(&'static str, &str)] = &[
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", &in_a_minute),
    ];
    let stale: &[(&'static str, &str)] =
        &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &ago)];
    let mixed: &[(&'static str, &str)] = &[
        ("retry-after", "7"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", &in_a_minute),
    ];
    for (status, headers, message, seconds, words) in [
        (
            403,
            used,
            "API rate limit exceeded for user ID 1.",
            61,
            "used up; again from 2026-01-02T03:05:06Z (403)",
        ),
        (429, used, "", 61, "used up"),
        (429, stale, "", 1, "used up"),
        (
            403,
            mixed,
            "",
            7,
            "GitHub limits how often it may be asked; again from 2026-01-02T03:04:12Z (403)",
        ),
        (
            403,
            &[("retry-after", "30")][..],
            "",
            30,
            "limits how often",
        ),
        (
            403,
            &[],
            "You have exceeded a secondary rate limit.",
            60,
            "limits how often",
        ),
        (429, &[], "API rate limit exceeded", 60, "limits how often"),
        (
            429,
            &[("retry-after", "99999999999999")],
            "",
            99_999_999_999_999,
            "GitHub limits how often it may be asked (429)",
        ),
    ] {
        match judged(status, headers, message) {
            Verdict::Passing {
                wait,
                limit,
                failure,
            } => {
                assert_eq!(
                    wait.map(|wait| wait.as_secs()),
                    Some(seconds),
                    "{headers:?}"
                );
                assert!(limit);
                assert!(failure.why.contains(words), "{}", failure.why);
            }
            other => panic!("a limit, not {other:?}"),
        }
    }
}

#[test]
fn not_every_429_and_403_is_a_limit_of_githubs() {
    let in_a_minute = (now().as_second() + 60).to_string();
    match judged(429, &[], "") {
        Verdict::Passing { wait, failure, .. } => {
            assert_eq!(wait, None);
            assert!(failure.why.ends_with("asked (429)"), "{failure:?}");
        }
        other => panic!("a limit, not {other:?}"),
    }
    // A 403 that only reports how much is left is a refusal.
    let left: &[(&'static str, &str)] = &[
        ("x-ratelimit-remaining", "4999"),
        ("x-ratelimit-reset", &in_a_minute),
    ];
    assert!(refused(403, left, "Forbidden").contains("may not read"));
}

#[test]
fn trouble_of_the_server_passes() {
    for status in [500, 502, 503, 504] {
        match judged(status, &[("retry-after", "2")], "") {
            Verdict::Passing {
                wait,
                limit,
                failure,
            } => {
                assert_eq!(wait, Some(Duration::from_secs(2)));
                assert!(!limit);
                assert!(
                    failure
                        .why
                        .ends_with(&format!("an error of its own ({status})"))
                );
            }
            other => panic!("{other:?}"),
        }
    }
}
