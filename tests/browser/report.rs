//! A report of everything, with names as an attacker would choose them.

use stackguard::finding::{
    Allowed, AllowedBy, CommitRef, Finding, Fingerprint, Gap, Location, Position, Presence,
    RepoPath, Snippet, Veil,
};
use stackguard::policy::{Guard, Severity};
use stackguard::report::{
    Basis, CredentialRow, Evidence, LeakRow, LeakTie, LeakVerdict, Report, Rotated, ScopeKind,
    State, StoreState,
};

/// What each part of a report may hold of others' text.
const NAMES: &[&str] = &[
    "app/<script>alert(1)</script>.ts",
    "\"><img src=x onerror=alert(1)>.env",
    "' autofocus onfocus=alert(1) x='.sh",
    "</title><script>alert(1)</script>",
    "</style><style>body{display:none}</style>",
    "<!--",
    "]]>",
    "javascript:alert(1)",
    "{{7*7}}",
    "&lt;b&gt;&#60;i&#62;",
    "a\nb\u{1b}[2J\u{202e}gnp.exe",
];

pub(crate) fn hostile() -> Report {
    let mut report = Report::default();
    report.scope.kind = ScopeKind::Stores;
    report.scope.root = ".".into();
    report.scope.head = Some("0123456789".repeat(4));
    report.stats.files = 1_234;
    report.stats.bytes = 12_345_678;
    report.stats.milliseconds = 4_321;
    for (name, line) in NAMES.iter().zip(1..) {
        report.findings.push(toolkit(name, line));
    }
    report.findings.extend(usual());
    for name in NAMES {
        report.incomplete.push(Gap {
            what: (*name).into(),
            why: format!("the store answered 403: {name}"),
        });
        report.notes.push(format!("a note about {name}"));
        report.allowed.push(Allowed {
            finding: dsn(name, 5, None),
            by: AllowedBy::Config,
            place: format!("{name}:12"),
            reason: Some(format!("known {name}")),
        });
    }
    report.credentials = credentials();
    report.today = Some(jiff::civil::date(2026, 11, 10));
    let verdicts = [
        LeakVerdict::Live,
        LeakVerdict::Unknown,
        LeakVerdict::Rotated,
    ];
    for (name, verdict) in NAMES.iter().zip(verdicts.into_iter().cycle()) {
        let finding = dsn(name, 9, Some(commit("e", Presence::HistoryOnly)));
        report.leaks.push(LeakRow {
            verdict,
            tie: LeakTie::Value,
            credentials: vec![((*name).into(), "staging".into())],
            rule: finding.rule,
            severity: finding.severity,
            location: finding.location,
            more: 0,
            fingerprint: finding.fingerprint,
        });
    }
    report.sort();
    report
}

/// Findings as there are in any repository.
fn usual() -> Vec<Finding> {
    vec![
        dsn("deploy/production.sh", 33, None),
        dsn(
            "config/old.yml",
            7,
            Some(commit("c", Presence::HistoryOnly)),
        ),
        Finding {
            known: true,
            ..dsn("legacy/.env", 3, None)
        },
        exposed(
            "DATABASE_URL",
            Severity::Critical,
            Some(commit("d", Presence::Head)),
            "The vault's current value of `DATABASE_URL` stands in the repository",
        ),
        exposed(
            "OPENAI_API_KEY",
            Severity::Low,
            Some(commit("e", Presence::HistoryOnly)),
            "An older value of `OPENAI_API_KEY`, rotated since, stands in the history",
        ),
        exposed(
            "<script>alert(1)</script>",
            Severity::Critical,
            None,
            "The vault's current value stands in the work tree",
        ),
        store(
            "credential-missing",
            Severity::High,
            "`SUPABASE_SERVICE_KEY` is in the vault, and not in the GitHub environment `staging`",
        ),
        store(
            "credential-overdue",
            Severity::Medium,
            "`DATABASE_URL` was to be rotated 12 days ago",
        ),
        store(
            "credential-due-soon",
            Severity::Low,
            "`REDIS_URL` is to be rotated in 9 days",
        ),
    ]
}

fn credentials() -> Vec<CredentialRow> {
    let mut rows = Vec::new();
    let states = [
        State::Present,
        State::Missing,
        State::Placeholder,
        State::Malformed,
        State::Stale,
        State::Mismatch,
        State::Unverified,
        State::Error,
    ];
    let names = [
        "DATABASE_URL",
        "SUPABASE_SERVICE_KEY",
        "REDIS_URL",
        "OPENAI_API_KEY",
        "SHOPIFY_ADMIN_ACCESS_TOKEN_FOR_THE_WAREHOUSE",
        "CHATWOOT_ACCESS_TOKEN",
        "SMTP_PASSWORD",
        "ZOHO_CLIENT_SECRET",
    ];
    for (at, name) in names.iter().enumerate() {
        for environment in ["staging", "production"] {
            let said = |shift: usize, updated: &str| StoreState {
                state: states[(at + shift) % states.len()],
                evidence: [
                    Some(Evidence::Value),
                    Some(Evidence::Digest),
                    Some(Evidence::Time),
                    None,
                ][(at + shift) % 4],
                updated: (at != 7).then(|| updated.to_owned()),
            };
            let month = at % 6 + 4;
            let tenth = format!("2026-{month:02}-10T08:00:00Z");
            let mut row = CredentialRow {
                name: (*name).into(),
                environment: environment.into(),
                owner: (at % 3 != 2).then(|| "reliability".into()),
                rotate_every: Some("90d".into()),
                rotated: (at != 7).then(|| Rotated {
                    at: tenth.clone(),
                    by: Basis::Vault,
                }),
                // The tenth of November, as each of them tells.
                age_days: (at != 7).then(|| days(month)),
                due: (at != 7).then(|| format!("2026-{:02}-{:02}", month + 3, 8 + at * 2)),
                stores: [
                    (
                        "vault".to_owned(),
                        said(if environment == "staging" { 0 } else { 8 }, &tenth),
                    ),
                    (
                        "github".to_owned(),
                        said(1, &format!("2026-{month:02}-28T09:00:00Z")),
                    ),
                ]
                .into(),
            };
            if at % 2 == 0 {
                row.stores.insert(
                    "fly".into(),
                    said(2, &format!("2026-{month:02}-20T10:00:00Z")),
                );
            }
            rows.push(row);
        }
    }
    rows.push(hostile_credential());
    rows
}

fn hostile_credential() -> CredentialRow {
    CredentialRow {
        name: "<script>alert(1)</script>".into(),
        environment: "\" onmouseover=alert(1)".into(),
        owner: Some("<img src=x onerror=alert(1)>".into()),
        rotate_every: None,
        rotated: Some(Rotated {
            at: "</svg><script>alert(1)</script>".into(),
            by: Basis::File,
        }),
        age_days: Some(3),
        due: Some("<b>never</b>".into()),
        stores: [(
            "<i>store</i>".to_owned(),
            StoreState {
                state: State::Present,
                evidence: None,
                updated: Some("</text><script>alert(1)</script>".into()),
            },
        )]
        .into(),
    }
}

/// Days from the tenth of a month to the tenth of November 2026.
fn days(month: usize) -> u32 {
    const DAYS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    DAYS[month - 1..10].iter().sum()
}

fn toolkit(name: &str, line: u32) -> Finding {
    let text = format!("import Redis from '{name}'; // <b>|`x`** {name}");
    let end = text.find(';').unwrap_or(text.len());
    Finding {
        snippet: Some(Snippet::cut(text.as_bytes(), &(0..end), &Veil::default())),
        decided_by: Some(format!("{name}:14")),
        help: Some(format!("Use the queue instead of {name}.")),
        ..finding(
            "direct-redis",
            Guard::Toolkit,
            Severity::High,
            place(name, line),
            &format!("Package `{name}` talks to Redis from app code"),
        )
    }
}

fn dsn(path: &str, line: u32, commit: Option<CommitRef>) -> Finding {
    let (before, secret, after) = (
        "PROD_DB_URL=\"postgres://app:",
        "hidden-by-the-veil",
        "@db.abcdefghijkl.supabase.co:5432/postgres\" ./deploy",
    );
    let text = format!("{before}{secret}{after}");
    let hidden = before.len()..before.len() + secret.len();
    let veil = Veil::new(Vec::from([hidden]));
    let mut location = place(path, line);
    location.commit = commit;
    Finding {
        snippet: Some(Snippet::cut(text.as_bytes(), &(13..text.len() - 10), &veil)),
        occurrences: (1..=4)
            .map(|number| place(&format!("services/worker-{number}/.env"), number))
            .collect(),
        ..finding(
            "postgres-dsn",
            Guard::Secrets,
            Severity::Critical,
            location,
            "Postgres connection string with a password for a host that is not local",
        )
    }
}

fn exposed(key: &str, severity: Severity, commit: Option<CommitRef>, message: &str) -> Finding {
    let mut location = place("scripts/seed.ts", 12);
    location.key = Some(key.into());
    location.commit = commit;
    finding(
        "credential-exposed",
        Guard::Audit,
        severity,
        location,
        message,
    )
}

fn store(rule: &str, severity: Severity, message: &str) -> Finding {
    let mut location = place("docs/ops/credential_index.md", 5);
    location.store = Some("github:staging".into());
    location.key = Some("SUPABASE_SERVICE_KEY".into());
    finding(rule, Guard::Parity, severity, location, message)
}

fn commit(digit: &str, presence: Presence) -> CommitRef {
    CommitRef {
        id: digit.repeat(40),
        author: "Eve </script> <eve@example.com>".into(),
        date: "2025-05-01T10:11:12+02:00".into(),
        summary: "Add config <script>alert(1)</script>".into(),
        presence: Some(presence),
    }
}

fn place(path: &str, line: u32) -> Location {
    Location::file(
        RepoPath::new(path),
        Position { line, column: 2 },
        Position { line, column: 30 },
    )
}

fn finding(
    rule: &str,
    guard: Guard,
    severity: Severity,
    location: Location,
    message: &str,
) -> Finding {
    let tag = Fingerprint::new(rule, location.path.as_str(), message.as_bytes());
    Finding::new(rule, guard, severity, message.into(), location, tag)
}
