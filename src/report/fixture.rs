//! One report for the tests of every format, full of what hostile repositories put into names, lines and messages.

use super::{
    CredentialRow, Evidence, Format, Report, Scope, ScopeKind, State, Stats, StoreState, View,
};
use crate::finding::{
    Allowed, AllowedBy, CommitRef, Finding, Fingerprint, Gap, Location, Position, Presence,
    RepoPath, Snippet, Veil,
};
use crate::policy::pack::{Pack, expand};
use crate::policy::{Guard, Policy, RuleId, Severity};

/// Paths as an attacker would choose them.
pub(super) const PATHS: [&str; 8] = [
    "a\nb/<script>alert(1)</script>.ts",
    "::error::x,y:z%0A.env",
    "esc\u{1b}[31mred\u{9b}2J\u{202e}txt.sh",
    "pipe|`tick`.md",
    "dir with space/a#b?c%d.ts",
    "=cmd|' /C calc'!A0",
    "x##[error]y/@everyone]]>&\u{7f}.json",
    "trailing\\",
];

/// The secret every snippet hides.
pub(super) fn secret() -> String {
    expand("fixture {base62:24}").replace("fixture ", "")
}

/// The rules the fixture's findings break.
pub(super) fn policy() -> Policy {
    let pack = Pack::parse(RULES).unwrap_or_else(|problems| panic!("{problems:?}"));
    Policy::new(vec![("policies/fixture.toml".to_owned(), pack)]).expect("ids are unique")
}

/// A run that found nothing.
pub(super) fn clean() -> Report {
    Report {
        scope: Scope {
            kind: ScopeKind::Worktree,
            root: ".".into(),
            head: Some("ab".repeat(20)),
        },
        stats: Stats {
            files: 1234,
            blobs: 0,
            commits: 0,
            bytes: 12_900_000,
            milliseconds: 412,
        },
        ..Report::default()
    }
}

/// A run that found everything there is to find.
pub(super) fn hostile() -> Report {
    let mut findings = vec![
        deploy(),
        whole_file(),
        whole_tree(),
        in_history(),
        in_store(),
        known(),
        range(),
    ];
    for (path, line) in PATHS.iter().zip(1..) {
        findings.push(redis(RepoPath::new(path), line));
    }
    findings.push(redis(RepoPath::from_bytes(b"caf\xe9/\xff.rb"), 9));
    let mut report = Report {
        scope: Scope {
            kind: ScopeKind::History,
            root: ".".into(),
            head: Some("0123456789".repeat(4)),
        },
        findings,
        allowed: allowed(),
        incomplete: vec![
            Gap {
                what: "big\u{1b}]0;x\u{7}.bin".into(),
                why: "larger than the limit of 64 MiB; raise it with `--max-size`".into(),
            },
            Gap {
                what: "commit 0123456789ab | <img>".into(),
                why: "the object is missing\n::error::not a line of its own".into(),
            },
        ],
        notes: vec![
            "fly.toml of acme-web matches no [[fly]] entry: defaults apply".into(),
            "::warning::note @everyone".into(),
        ],
        credentials: credentials(),
        leaks: super::leak::hostile(dsn(RepoPath::new("old | <i>.sh"), 3), range()),
        stats: Stats {
            files: 12,
            blobs: 3456,
            commits: 78,
            bytes: 123_456_789,
            milliseconds: 2345,
        },
    };
    report.sort();
    report
}

fn deploy() -> Finding {
    let mut finding = dsn(RepoPath::new("deploy.sh"), 33);
    for (number, line) in (1..=7).zip([4, 9, 33, 2, 1, 77, 12]) {
        finding.occurrences.push(spot(
            RepoPath::new(&format!("services/worker-{number}/.env")),
            line,
        ));
    }
    finding
}

fn dsn(path: RepoPath, line: u32) -> Finding {
    let secret = secret();
    let text = format!(
        "    PROD_DB_URL=\"postgres://app:{secret}@db.abcdefghijkl.supabase.co:5432/postgres?sslmode=require\" ./deploy"
    );
    let start = text.find("postgres:").expect("in the text");
    let end = text.rfind('"').expect("in the text");
    let hidden = text.find(&secret).expect("in the text");
    let hidden = hidden..hidden + secret.len();
    let veil = Veil::new(vec![hidden]);
    let column = |at: usize| u32::try_from(at).expect("short") + 1;
    let location = Location::file(
        path,
        Position {
            line,
            column: column(start),
        },
        Position {
            line,
            column: column(end),
        },
    );
    Finding {
        snippet: Some(Snippet::cut(text.as_bytes(), &(start..end), &veil)),
        ..finding(
            "postgres-dsn",
            Guard::Secrets,
            Severity::Critical,
            location,
            "Postgres connection string with a password for a host that is not local",
        )
    }
}

fn redis(path: RepoPath, line: u32) -> Finding {
    let text = "\timport Redis from '@evil/ioredis'; // <b>|`x`** ::error::hi ##[error]hi \u{202e}esrever\u{1b}[2J";
    let location = Location::file(
        path,
        Position { line, column: 2 },
        Position { line, column: 35 },
    );
    Finding {
        snippet: Some(Snippet::cut(text.as_bytes(), &(1..34), &Veil::default())),
        decided_by: Some("stackguard.toml:14".into()),
        help: (line == 1).then(|| {
            "Use the queue of `packages/queue`, which <i>hides</i> Redis.\n::error::second line"
                .into()
        }),
        ..finding(
            "direct-redis",
            Guard::Toolkit,
            Severity::High,
            location,
            "Package `@evil/ioredis` talks to Redis from <b>app code</b> | ##[error]x\n::error::y",
        )
    }
}

fn whole_file() -> Finding {
    let location = Location::whole(RepoPath::new("apps/web/fly.toml"));
    finding(
        "fly-no-health-check",
        Guard::Fly,
        Severity::Medium,
        location,
        "App `acme-web` has no health check",
    )
}

fn whole_tree() -> Finding {
    let location = Location::whole(RepoPath::new("."));
    finding(
        "missing-required-package",
        Guard::Toolkit,
        Severity::Low,
        location,
        "No manifest requires `react-router`",
    )
}

fn in_history() -> Finding {
    let mut finding = dsn(RepoPath::new("old/config.yml"), 7);
    finding.location.commit = Some(commit('c', Presence::HistoryOnly));
    let mut elsewhere = spot(RepoPath::new("old/config.bak"), 8);
    elsewhere.commit = Some(commit('d', Presence::Ref("refs/heads/x\u{1b}[0m".into())));
    finding.occurrences.push(elsewhere);
    finding
}

fn range() -> Finding {
    let mut finding = dsn(RepoPath::new("app/db.ts"), 41);
    finding.location.commit = Some(commit('e', Presence::Head));
    finding
}

fn commit(letter: char, presence: Presence) -> CommitRef {
    CommitRef {
        id: letter.to_string().repeat(40),
        author: "Eve \u{202e}\n::error::<eve@example.com>".into(),
        date: "2024-05-01T10:11:12+02:00".into(),
        summary: "Add \u{1b}[31mconfig | `x` @everyone <script>".into(),
        presence: Some(presence),
    }
}

fn in_store() -> Finding {
    let mut location = Location::whole(RepoPath::new("docs/ops/credentials.toml"));
    location.store = Some("github:staging".into());
    location.key = Some("SUPABASE_SERVICE_KEY".into());
    finding(
        "credential-missing",
        Guard::Parity,
        Severity::High,
        location,
        "`SUPABASE_SERVICE_KEY` is in the vault but not in GitHub environment `staging`",
    )
}

fn known() -> Finding {
    Finding {
        known: true,
        ..dsn(RepoPath::new("legacy/.env"), 3)
    }
}

fn allowed() -> Vec<Allowed> {
    let entry = |path: &str, line: u32, by: AllowedBy, place: &str, reason: Option<&str>| Allowed {
        finding: dsn(RepoPath::new(path), line),
        by,
        place: place.into(),
        reason: reason.map(str::to_owned),
    };
    vec![
        entry(
            "docs/runbook.md",
            3,
            AllowedBy::Config,
            "stackguard.toml:12",
            Some("canonical local DSN | <b>@everyone</b>\n::error::x"),
        ),
        entry(
            "docs/setup.md",
            5,
            AllowedBy::Config,
            "stackguard.toml:12",
            Some("canonical local DSN"),
        ),
        entry(
            "app/x.ts",
            41,
            AllowedBy::Inline("stackguard:allow"),
            "app/x.ts:40",
            Some("sample"),
        ),
        entry(
            "app/y.ts",
            2,
            AllowedBy::Inline("gitleaks:allow"),
            "app/\u{1b}[1my.ts:2",
            None,
        ),
        entry(
            "legacy/b.env",
            1,
            AllowedBy::Baseline,
            ".stackguard-baseline.json",
            None,
        ),
    ]
}

fn credentials() -> Vec<CredentialRow> {
    let store = |state, evidence| StoreState {
        state,
        evidence,
        updated: Some("2026-08-01T00:00:00Z".into()),
    };
    vec![CredentialRow {
        name: "SUPABASE_SERVICE_KEY".into(),
        environment: "staging".into(),
        owner: Some("reliability | <b>".into()),
        rotate_every: Some("90d".into()),
        age_days: Some(41),
        due: Some("2026-12-01".into()),
        stores: [
            (
                "vault".to_owned(),
                store(State::Present, Some(Evidence::Value)),
            ),
            ("github".to_owned(), store(State::Missing, None)),
        ]
        .into(),
    }]
}

/// A report in a format, with the threshold there is when nobody says another.
pub(super) fn rendered(format: Format, report: &Report) -> String {
    let policy = policy();
    let view = View::new(&policy, report.verdict(Some(Severity::Medium), false));
    let mut out = Vec::new();
    format
        .render(report, &view, &mut out)
        .expect("a vector takes everything");
    String::from_utf8(out).expect("text")
}

fn finding(
    rule: &str,
    guard: Guard,
    severity: Severity,
    location: Location,
    message: &str,
) -> Finding {
    Finding {
        rule: RuleId::new(rule),
        guard,
        severity,
        message: message.into(),
        fingerprint: Fingerprint::new(rule, location.path.as_str(), message.as_bytes()),
        location,
        snippet: None,
        occurrences: Vec::new(),
        help: None,
        decided_by: None,
        known: false,
    }
}

fn spot(path: RepoPath, line: u32) -> Location {
    Location::file(
        path,
        Position { line, column: 5 },
        Position { line, column: 60 },
    )
}

const RULES: &str = r#"
[[secret]]
id = "postgres-dsn"
summary = "Postgres connection string with a password"
severity = "critical"
pattern = '''postgres://[a-z]+:([^@\s]+)@'''
why = "Whoever reads it can read and change the whole database, from anywhere the database can be reached."
rotate = "Supabase dashboard, Project settings, Database: reset the password, mirror it to the vault, GitHub and Fly, then remove it here."
references = ["https://supabase.com/docs/guides/database/connecting-to-postgres"]
leaks = ["postgres://app:{base62:20}@db"]
safe = ["postgres://localhost/db"]

[[rule]]
id = "direct-redis"
guard = "toolkit"
severity = "high"
summary = "Redis used directly in app code"
why = "App code goes through the queue | the <cache> package, so that Redis can be replaced."
help = "Import the queue package instead."
references = ["https://example.com/toolkit#redis", "docs/toolkit.md"]

[[rule]]
id = "missing-required-package"
guard = "toolkit"
severity = "low"
summary = "A package of the canonical toolkit is not required"
help = "Add it to the manifest."

[[rule]]
id = "fly-no-health-check"
guard = "fly"
severity = "medium"
summary = "Fly app without a health check"
why = "Fly sends traffic to a machine that does not answer."
help = "Add `[[http_service.checks]]` with a path."
references = ["https://fly.io/docs/reference/configuration/"]

[[rule]]
id = "credential-missing"
guard = "parity"
severity = "high"
summary = "A credential is missing from a store"
help = "Write it to the store."

[[rule]]
id = "allow-unused"
guard = "policy"
severity = "low"
summary = "An exception that allows nothing"
help = "Remove the entry."
"#;
