mod cells;
mod others;
mod round;

use super::*;
use crate::credentials::map::{Form, Reading, parse, write};
use crate::policy::pack::expand;
use proptest::prelude::*;

/// The index of a team.
const SAMPLE: &str = include_str!("../../../../../tests/fixtures/credential_index.md");

fn table(rows: &str) -> String {
    format!("| Capability | Secret Names / Paths | Notes & Owners |\n| --- | --- | --- |\n{rows}\n")
}

/// `NAME@environment vault=… github=… fly=… owner=… every=… optional`, in that order.
fn said(text: &str) -> Vec<String> {
    read("index.md", text)
        .map
        .credentials
        .iter()
        .map(told)
        .collect()
}

fn told(credential: &Credential) -> String {
    let mut out = format!("{}@{}", credential.name, credential.environment);
    if let Some(place) = &credential.vault {
        out += &format!(" vault={}", place.path);
        if let Some(key) = &place.key {
            out += &format!("#{key}");
        }
    }
    if let Some(place) = &credential.github {
        out += &format!(" github={}", place.environment.as_deref().unwrap_or("-"));
        out.extend(place.name.iter().map(|name| format!(":{name}")));
    }
    if let Some(place) = &credential.fly {
        out += &format!(" fly={}", place.app);
        out.extend(place.name.iter().map(|name| format!(":{name}")));
    }
    if let Some(owner) = &credential.owner {
        out += &format!(" owner={owner}");
    }
    if let Some(every) = credential.rotate_every {
        out += &format!(" every={every}");
    }
    if credential.optional {
        out += " optional";
    }
    out
}

/// Rows of other teams, and what each says.
fn check(rows: &[(&str, &[&str])]) {
    for (row, expected) in rows {
        assert_eq!(said(&table(row)), *expected, "{row}");
    }
}

#[test]
fn the_index_of_a_team() {
    let index = read("docs/index.md", SAMPLE);
    let entries: Vec<String> = index.map.credentials.iter().map(told).collect();
    assert_eq!(
        entries,
        [
            "DATABASE_URL@staging vault=vault/occ/supabase/database_url_staging.env github=staging owner=reliability",
            "SUPABASE_SERVICE_KEY@staging vault=vault/occ/supabase/service_key_staging.env github=staging owner=reliability",
            "REDIS_URL@staging vault=vault/occ/chatwoot/redis_staging.env owner=reliability",
            "SHOPIFY_*_PROD@production github=production owner=deployment",
            "PRODUCTION_APP_URL@production github=production owner=deployment",
        ]
    );
    let lines: Vec<u32> = index
        .map
        .credentials
        .iter()
        .map(|entry| entry.line)
        .collect();
    assert_eq!(lines, [5, 5, 6, 7, 7]);
    let systems: Vec<_> = index
        .map
        .credentials
        .iter()
        .filter_map(|entry| entry.system.as_deref())
        .collect();
    assert_eq!(
        systems,
        [
            "supabase",
            "supabase",
            "chatwoot redis",
            "github actions",
            "github actions"
        ]
    );
    let skipped: Vec<_> = index
        .skipped
        .iter()
        .map(|skipped| (skipped.line, skipped.kind))
        .collect();
    assert_eq!(
        skipped,
        [(7, SkippedKind::EtCetera), (8, SkippedKind::NonSecret)]
    );
}

#[test]
fn what_is_no_secret_is_left_out() {
    check(&[
        (
            "| N (staging) | `A_KEY`, `PUBLIC_URL` (non-secret) | |",
            &["A_KEY@staging github=staging"],
        ),
        (
            "| N (staging) | `A_KEY`, ~~`OLD_KEY`~~ | replaces `OLDER_KEY` |",
            &["A_KEY@staging github=staging"],
        ),
        (
            "| N (staging) | `A_KEY` | set by `NODE_ENV`-less CI via `HTTP` |",
            &[
                "A_KEY@staging github=staging",
                "NODE_ENV@staging github=staging",
            ],
        ),
    ]);
}

/// What only speaks of secrets, or denies that something is optional, must not make a credential go unseen.
#[test]
fn words_about_something_else_skip_nothing() {
    let row = |notes: &str| format!("| N (staging) | `A_KEY` | {notes} |");
    for (notes, expected) in [
        (
            "no secrets are kept in CI; ops owns",
            "A_KEY@staging github=staging owner=ops",
        ),
        (
            "this is not a secret-free zone",
            "A_KEY@staging github=staging",
        ),
        (
            "values are secret and non-secret",
            "A_KEY@staging github=staging",
        ),
        ("rotation is not optional", "A_KEY@staging github=staging"),
        ("non-optional", "A_KEY@staging github=staging"),
        ("optional", "A_KEY@staging github=staging optional"),
        (
            "needed once activated",
            "A_KEY@staging github=staging optional",
        ),
    ] {
        assert_eq!(said(&table(&row(notes))), [expected], "{notes}");
    }
    for notes in [
        "non-secret",
        "Consumable artifact (non-secret).",
        "publishable, not a secret",
        "This is no secret.",
        "it contains no secrets; ops owns",
        "Non-secret configuration",
    ] {
        assert_eq!(said(&table(&row(notes))), [""; 0], "{notes}");
    }
}

#[test]
fn headers_of_other_teams() {
    for (header, row, expected) in [
        (
            "Service | Secret | Secret owner | Fly",
            "Web (staging) | `API_KEY` | Platform team | acme-web",
            Some("API_KEY@staging fly=acme-web owner=platform"),
        ),
        (
            "Credential | Stored in | Mirrored to | Responsible | Rotation",
            "`API_KEY` (prod) | `vault/a/key.env` | GitHub/production, Fly app `acme-web` | Payments | 90d",
            Some(
                "API_KEY@production vault=vault/a/key.env github=production fly=acme-web owner=payments every=90d",
            ),
        ),
        (
            "Service | Secret | GitHub | Fly",
            "Web (staging) | `API_KEY` | `eu-live` | none",
            Some("API_KEY@staging github=eu-live"),
        ),
        (
            "Service | Secret | Environment | Owner | Rotation",
            "Web | `API_KEY` | production | Platform team | 90d",
            Some("API_KEY@production github=production owner=platform every=90d"),
        ),
        (
            "System | Vault path | Env | Owner | Rotate every",
            "Web | `vault/a/k.env` | `eu-west` | @acme/ops | 12 weeks",
            Some("K@eu-west vault=vault/a/k.env owner=@acme/ops every=84d"),
        ),
        (
            "Credential | Path | GitHub | Fly",
            "Web (staging) | `vault/a/k.env` | `staging` | `acme-web`",
            Some("K@staging vault=vault/a/k.env github=staging fly=acme-web"),
        ),
        (
            "CAPABILITY | SECRET NAMES/PATHS | NOTES & OWNERS",
            "Web (prod) | `K_KEY` | -",
            Some("K_KEY@production github=production"),
        ),
        (
            "Service | Secret | Env | GitHub",
            "Web | `API_KEY` | `non-prod` (EU) | ✓",
            Some("API_KEY@non-prod github=non-prod"),
        ),
        (
            "Service | Secret | Env",
            "Web | `API_KEY` | EU live",
            Some("API_KEY@eu live github=eu live"),
        ),
        ("Key | Value", "a | `vault/a/k.env`", None),
        ("Variable | Description", "`DATABASE_URL` | a", None),
        ("File path | Service", "`src/a.rs` | Web", None),
        ("Secret | Rotated on", "`A_KEY` | 2026-01-01", None),
    ] {
        let rule = header
            .split('|')
            .map(|_| "---")
            .collect::<Vec<_>>()
            .join("|");
        let text = format!("|{header}|\n|{rule}|\n|{row}|\n");
        assert_eq!(
            said(&text),
            expected.map(str::to_owned).into_iter().collect::<Vec<_>>(),
            "{header}"
        );
    }
}

#[test]
fn what_is_left_out_is_told() {
    use SkippedKind::{
        BesideName, ColumnNotUnderstood, EtCetera, FlyUnnamed, Local, NoCredentialTable, NonSecret,
        NotUnderstood, NothingNamed, OutsideTable, Struck,
    };
    let known = table("| A | `vault/a/b.env` | |");
    let app = "| App | Variable | Environment |\n|---|---|---|\n| web | `API_TOKEN` | staging |\n| web | `LOG_LEVEL` | staging |\n";
    for (text, expected) in [
        // Lists and other tables that name what no row does.
        (format!("{known}\n- see `vault/a/b.env`\n- Mail: `vault/a/mail.env`\n  - `vault/a/<name>.env`\n"), &[(6, OutsideTable)][..]),
        (format!("{known}\n1. old: ~~`vault/a/old.env`~~\n2. `vault/a/public.json` (non-secret)\n"), &[]),
        (format!("{known}\n{app}"), &[(5, NoCredentialTable)]),
        (format!("{known}{}\n{app}", "| B | `API_TOKEN` | |\n"), &[]),
        (table("| A | `MAIL_USER` / `_PASSWORD` | |"), &[(3, NotUnderstood)]),
        ("| System | Secret | Env |\n|---|---|---|\n| A | `A_KEY` | all |\n".into(), &[(3, ColumnNotUnderstood)]),
        ("| System | Secret | Fly |\n|---|---|---|\n| A | `A_KEY` | `a.b/c` |\n".into(), &[(3, ColumnNotUnderstood)]),
        ("| System | Secret | Fly |\n|---|---|---|\n| A | `A_KEY` | yes |\n| B | `B_KEY` | none |\n".into(), &[(3, ColumnNotUnderstood)]),
        (
            "| System | Secret | Rotation |\n|---|---|---|\n| A | `A_KEY` | now and then |\n| B | `B_KEY` | on demand |\n| C | `C_KEY` | every quarter |\n| D | `D_KEY` | - |\n".into(),
            &[(3, ColumnNotUnderstood)],
        ),
        (
            "| App | Variable | Environment |\n|---|---|---|\n| web | API_TOKEN | staging |\n".into(),
            &[(1, NoCredentialTable)],
        ),
        (table("| A | | nothing |"), &[(3, NothingNamed)]),
        (table("| A | `vault/*/x.env` | |"), &[(3, NotUnderstood)]),
        (table("| A | `{{{{` | |"), &[(3, NotUnderstood)]),
        // GitHub has it as little as one knows which app has.
        (table("| A | `A_KEY` | set on the Fly.io app |"), &[(3, FlyUnnamed)]),
        (table("| A | `A_KEY` | Fly secrets; ops owns |"), &[(3, FlyUnnamed)]),
        (table("| A | `A_KEY` | Fly app `acme-web` |"), &[]),
        (table("| A | `A_KEY` | source it before Fly commands |"), &[]),
        (table("| A | `A_KEY` | Fly secrets; GitHub `staging` |"), &[]),
        // Where somebody works there is no store; a file of production is somewhere.
        (table("| A (local dev) | `.env` (`A_KEY`, `B_KEY`) | |"), &[(3, Local)]),
        (table("| A | `.env.local` (`A_KEY`) | |"), &[(3, Local)]),
        (table("| A (dev) | `.env` (`A_KEY`) | Ops mirrors to GitHub `dev` |"), &[]),
        (table("| A (production) | `.env.local` (`A_KEY`) | |"), &[(3, NotUnderstood)]),
        (table("| A | `.env` (`A_KEY`) | |"), &[(3, NotUnderstood)]),
        (
            table("| A | `A_KEY`, … | |\n| B | `B_KEY` and others | |"),
            &[(3, EtCetera), (4, EtCetera)],
        ),
        (table("| A | `A_KEY=x` | |"), &[(3, BesideName)]),
        (table("| A | ~~`A_KEY`~~ `B_KEY` | |"), &[(3, Struck)]),
        (table("| A | `A_KEY` | not a secret |"), &[(3, NonSecret)]),
        (
            "| File | What |\n|---|---|\n| `vault/a/b.env` | x |\n".into(),
            &[(1, NoCredentialTable)],
        ),
        (
            table("| A | `A_KEY` | see `docs/x.md` and `npm run build` |"),
            &[],
        ),
    ] {
        let skipped: Vec<_> = read("i.md", &text)
            .skipped
            .iter()
            .map(|skipped| (skipped.line, skipped.kind))
            .collect();
        assert_eq!(skipped, expected, "{text}");
    }
}

#[test]
fn rows_that_complement_each_other_are_one_entry_and_others_are_two() {
    let joined = table(
        "| Web (staging) | `vault/a/api_key.env` | Platform owns |\n| GitHub Actions (staging env) | `API_KEY` | Deployment mirrors |",
    );
    assert_eq!(
        said(&joined),
        ["API_KEY@staging vault=vault/a/api_key.env github=staging owner=platform"]
    );
    assert!(read("i", &joined).guesses.contains(&Guess {
        entry: 0,
        kind: GuessKind::Merged(4)
    }));
    let apart = table(
        "| Web (staging) | `vault/a/api_key.env` | Platform owns |\n| Web (staging) | `vault/b/api_key.env` | Platform owns |",
    );
    assert_eq!(said(&apart).len(), 2);
}

#[test]
fn every_line_end_and_mark_of_order_reads_the_same() {
    let plain = said(SAMPLE);
    assert_eq!(said(&SAMPLE.replace('\n', "\r\n")), plain);
    assert_eq!(said(&format!("\u{feff}{SAMPLE}")), plain);
    let several = format!(
        "{SAMPLE}\n\n## More\n\n{}",
        table("| Web (staging) | `WEB_KEY` | |")
    );
    assert_eq!(said(&several).len(), plain.len() + 1);
    let fenced = format!("```\n{SAMPLE}```\n<!--\n{SAMPLE}-->\n");
    assert_eq!(said(&fenced), [""; 0]);
}

#[test]
fn a_value_that_was_pasted_in_goes_nowhere() {
    let dsn = expand("postgres://app:{base62:20}@db.acme-prod.io/main");
    let token = expand("{base62:40}");
    let text = table(&format!(
        "| {token} (staging) | `DATABASE_URL={dsn}`, `{token}`, `vault/a/x_staging.env` | {token} owns; GitHub `{token}` (`X_KEY`); Fly `{token}`; Owner: {token} |"
    ));
    let index = read("i.md", &text);
    let mut written = Vec::new();
    let reading = parse("i.md", Form::Markdown, text.as_bytes()).expect("it has entries");
    write::write(&reading, &|_| None, &mut written).expect("memory can be written");
    let told = format!(
        "{index:?} {reading:?} {}",
        String::from_utf8_lossy(&written)
    );
    assert!(
        !told.contains(&token) && !told.contains(&dsn),
        "a value is told"
    );
    assert_eq!(index.map.credentials.len(), 2);
}
