use super::*;
use crate::credentials::map::{Form, Reading, parse, write};
use crate::policy::pack::expand;
use proptest::prelude::*;

const SAMPLE: &str = "# Credentials

| Capability | Secret Names / Paths | Notes & Owners |
| --- | --- | --- |
| Supabase (staging) | `vault/occ/supabase/database_url_staging.env`, `vault/occ/supabase/service_key_staging.env` | Reliability maintains; deployment mirrors to GitHub `staging` (`DATABASE_URL`, `SUPABASE_SERVICE_KEY`). |
| Chatwoot Redis (Fly Upstash) | `vault/occ/chatwoot/redis_staging.env` | Contains `REDIS_URL`; reliability keeps production equivalent when scheduled. |
| GitHub Actions (production env) | `SHOPIFY_*_PROD`, `PRODUCTION_APP_URL`, etc. | Deployment mirrors as go-live gating step. |
| Service context | `packages/memory/service_context.json` | Consumable artifact (non-secret). |
";

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
    }
    if let Some(place) = &credential.fly {
        out += &format!(" fly={}", place.app);
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

/// Rows of other teams, and what each says.
fn check(rows: &[(&str, &[&str])]) {
    for (row, expected) in rows {
        assert_eq!(said(&table(row)), *expected, "{row}");
    }
}

#[test]
fn names_and_files_are_paired() {
    check(&[
        (
            "| Stripe (production) | `STRIPE_SECRET_KEY` (if activated) | Platform owns. |",
            &["STRIPE_SECRET_KEY@production github=production owner=platform optional"],
        ),
        (
            "| Stripe (if activated) | `vault/acme/stripe_key_prod.env` | |",
            &["STRIPE_KEY@production vault=vault/acme/stripe_key_prod.env optional"],
        ),
        (
            "| Mail | `vault/acme/staging.env` | Holds `SMTP_USER`, `SMTP_PASSWORD`. |",
            &[
                "SMTP_USER@staging vault=vault/acme/staging.env",
                "SMTP_PASSWORD@staging vault=vault/acme/staging.env",
            ],
        ),
        (
            "| Mail | `vault/acme/mail/staging.env`, `vault/acme/mail/production.env` | `SMTP_PASSWORD` |",
            &[
                "SMTP_PASSWORD@staging vault=vault/acme/mail/staging.env",
                "SMTP_PASSWORD@production vault=vault/acme/mail/production.env",
            ],
        ),
        (
            "| Mail | `vault/acme/mail/{staging,production}.env` | |",
            &[
                "MAIL@staging vault=vault/acme/mail/staging.env",
                "MAIL@production vault=vault/acme/mail/production.env",
            ],
        ),
        (
            "| Google | `vault/acme/google/service_account.json` | |",
            &["SERVICE_ACCOUNT@production vault=vault/acme/google/service_account.json"],
        ),
        (
            "| Web (staging) | `vault/acme/.env.staging` | has `SESSION_SECRET` |",
            &["SESSION_SECRET@staging vault=vault/acme/.env.staging"],
        ),
        (
            "| KV (production) | `secret/acme/web#API_KEY` | |",
            &["API_KEY@production vault=secret/acme/web"],
        ),
        (
            "| Two (staging) | `vault/a/supabase.env`, `vault/a/chatwoot.env` | `CHATWOOT_TOKEN`, `SUPABASE_URL`, `SUPABASE_KEY` |",
            &[
                "SUPABASE_URL@staging vault=vault/a/supabase.env",
                "SUPABASE_KEY@staging vault=vault/a/supabase.env",
                "CHATWOOT_TOKEN@staging vault=vault/a/chatwoot.env",
            ],
        ),
        (
            "| Listed (staging) | `API_KEY, API_SECRET` | |",
            &[
                "API_KEY@staging github=staging",
                "API_SECRET@staging github=staging",
            ],
        ),
        (
            "| Reference (staging) | `${{ secrets.API_KEY }}` `secrets.API_SECRET` `$API_TOKEN` | |",
            &[
                "API_KEY@staging github=staging",
                "API_SECRET@staging github=staging",
                "API_TOKEN@staging github=staging",
            ],
        ),
        (
            "| Bare (staging) | DATABASE_URL and vault/acme/x_staging.env | |",
            &["DATABASE_URL@staging vault=vault/acme/x_staging.env"],
        ),
    ]);
}

#[test]
fn marks_of_markdown_are_read_over() {
    check(&[
        (
            "| **Search** (staging) | [`vault/a/search_staging.env`](../vault.md), **`SEARCH_KEY`** | _Data_ team **owns**. |",
            &["SEARCH_KEY@staging vault=vault/a/search_staging.env owner=data"],
        ),
        (
            "| A \\| B (staging) | `A_KEY\\|B_KEY` | x \\| y |",
            &[
                "A_KEY@staging github=staging",
                "B_KEY@staging github=staging",
            ],
        ),
        (
            "| Lines (staging) | `A_KEY`<br>`B_KEY` | |",
            &[
                "A_KEY@staging github=staging",
                "B_KEY@staging github=staging",
            ],
        ),
    ]);
}

#[test]
fn environments_are_told() {
    check(&[
        (
            "| Both (staging/production) | `vault/a/token.env` | |",
            &[
                "TOKEN@staging vault=vault/a/token.env",
                "TOKEN@production vault=vault/a/token.env",
            ],
        ),
        (
            "| Each | `A_KEY` (staging), `B_KEY` (production) | |",
            &[
                "A_KEY@staging github=staging",
                "B_KEY@production github=production",
            ],
        ),
        (
            "| None | `vault/a/token.env` | |",
            &["TOKEN@production vault=vault/a/token.env"],
        ),
        (
            "| Named | `TOKEN_STAGING` | |",
            &["TOKEN_STAGING@staging github=staging"],
        ),
        (
            "| Mirrored | `vault/a/token.env` | mirrored to GitHub `staging` |",
            &["TOKEN@staging vault=vault/a/token.env github=staging"],
        ),
        (
            "| Mirrored | `vault/a/token.env` | mirrored to GitHub environments `staging` and `production` as `API_TOKEN` |",
            &[
                "API_TOKEN@staging vault=vault/a/token.env github=staging",
                "API_TOKEN@production vault=vault/a/token.env github=production",
            ],
        ),
        (
            "| Own name (production) | `vault/a/token.env` | synced to GitHub `prod-eu` |",
            &["TOKEN@production vault=vault/a/token.env github=prod-eu"],
        ),
        (
            "| Words (staging) | `vault/a/token.env` | mirrored to GitHub staging |",
            &["TOKEN@staging vault=vault/a/token.env github=staging"],
        ),
        (
            "| Bare (staging) | `vault/a/token.env` | mirrored to GitHub. |",
            &["TOKEN@staging vault=vault/a/token.env github=staging"],
        ),
        (
            "| Made there (staging) | `vault/a/token.env` | Made in GitHub developer settings. |",
            &["TOKEN@staging vault=vault/a/token.env"],
        ),
        (
            "| Repository (production) | `vault/a/token.env` | copied to GitHub repository secrets |",
            &["TOKEN@production vault=vault/a/token.env github=-"],
        ),
        (
            "| Only some (staging) | `vault/a/one.env`, `vault/a/two.env` | GitHub `staging` (`ONE`) |",
            &[
                "ONE@staging vault=vault/a/one.env github=staging",
                "TWO@staging vault=vault/a/two.env",
            ],
        ),
    ]);
}

#[test]
fn apps_are_told() {
    check(&[
        (
            "| Chat (staging) | `vault/a/redis.env` | Fly app `acme-chat` gets `REDIS_URL` |",
            &["REDIS_URL@staging vault=vault/a/redis.env fly=acme-chat"],
        ),
        (
            "| Chat | `vault/a/redis_staging.env`, `vault/a/redis_production.env` | `REDIS_URL` on Fly (`acme-staging`, `acme-production`) |",
            &[
                "REDIS_URL@staging vault=vault/a/redis_staging.env fly=acme-staging",
                "REDIS_URL@production vault=vault/a/redis_production.env fly=acme-production",
            ],
        ),
    ]);
}

#[test]
fn owners_and_intervals_are_told() {
    check(&[
        (
            "| O (staging) | `A_KEY` | The platform team owns it, rotated every 90 days. |",
            &["A_KEY@staging github=staging owner=platform every=90d"],
        ),
        (
            "| O (staging) | `A_KEY` | Owner: site reliability; quarterly rotation |",
            &["A_KEY@staging github=staging owner=site reliability every=90d"],
        ),
        (
            "| O (staging) | `A_KEY` | maintained by @acme/ops and friends. Rotate every `12w`. |",
            &["A_KEY@staging github=staging owner=@acme/ops every=84d"],
        ),
        (
            "| O (staging) | `A_KEY` | It maintains the cache. |",
            &["A_KEY@staging github=staging"],
        ),
        (
            "| O (staging) | `A_KEY` | weekly standup |",
            &["A_KEY@staging github=staging"],
        ),
    ]);
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

#[test]
fn headers_of_other_teams() {
    for (header, row, expected) in [
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
        BesideName, EtCetera, NoCredentialTable, NonSecret, NotUnderstood, NothingNamed, Struck,
    };
    for (text, expected) in [
        (table("| A | | nothing |"), &[(3, NothingNamed)][..]),
        (table("| A | `vault/*/x.env` | |"), &[(3, NotUnderstood)]),
        (table("| A | `{{{{` | |"), &[(3, NotUnderstood)]),
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

fn round_trip(reading: &Reading) {
    let mut written = Vec::new();
    write::write(
        reading,
        &crate::credentials::map::suggested_rule,
        &mut written,
    )
    .expect("memory can be written");
    let back = parse("map.toml", Form::Toml, &written).expect("what we write is right");
    let bare = |reading: &Reading| -> Vec<Credential> {
        let of = |credential: &Credential| Credential {
            line: 0,
            ..credential.clone()
        };
        reading.map.credentials.iter().map(of).collect()
    };
    assert_eq!(bare(reading), bare(&back));
    assert_eq!(
        crate::credentials::map::drift::compare(reading, &back.map),
        []
    );
    let mut again = Vec::new();
    write::write(
        reading,
        &crate::credentials::map::suggested_rule,
        &mut again,
    )
    .expect("memory can be written");
    assert_eq!(written, again);
}

#[test]
fn what_import_writes_is_what_the_index_says() {
    round_trip(&parse("i.md", Form::Markdown, SAMPLE.as_bytes()).expect("a map"));
}

const PIECES: &[&str] = &[
    "|",
    "\n|",
    "`vault/occ/a_staging.env`",
    "`vault/b/c.json`",
    "`A_KEY`",
    "`B_*_PROD`",
    " (staging) ",
    " (production) ",
    "GitHub `staging`",
    "Fly `acme-web`",
    "Reliability maintains; ",
    "`",
    "**",
    "[x](y)",
    "\\|",
    "<br>",
    "etc.",
    "(if activated)",
    "non-secret",
    "every 90 days rotate ",
    "\u{202e}",
    "\r\n",
    "é",
    "~~",
    "`secret/x#KEY`",
    "{a,b}",
    "`X{A,B}_C`",
    "(",
    ")",
    ",",
    " and ",
    "owned by ops",
];

proptest! {
    #[test]
    fn any_index_is_read_and_written_back(picks in proptest::collection::vec(0..PIECES.len(), 0..60)) {
        let row: String = picks.iter().map(|at| PIECES[*at]).collect();
        let text = table(&format!("| A | {row} |"));
        if let Ok(reading) = parse("i.md", Form::Markdown, text.as_bytes()) {
            round_trip(&reading);
        }
    }

    #[test]
    fn any_text_is_read(text in "\\PC{0,300}") {
        let _ = read("i.md", &text);
        let _ = read("i.md", &table(&text));
    }
}

#[test]
fn a_huge_table_takes_no_more_than_its_size() {
    let mut row = String::from("| A | ");
    for number in 0..5_000 {
        row.push_str(&format!("`vault/a/{number}_key.env` `KEY_{number}` "));
    }
    let started = std::time::Instant::now();
    let index = read("i.md", &table(&format!("{row} | |")));
    assert!(
        index
            .skipped
            .iter()
            .any(|skipped| skipped.kind == SkippedKind::TooMany)
    );
    assert!(index.map.credentials.len() <= 400);
    let rows: String = (0..10_000)
        .map(|number| {
            format!("| S{number} (staging) | `vault/a/{number}.env` | `KEY_{number}` |\n")
        })
        .collect();
    assert_eq!(read("i.md", &table(&rows)).map.credentials.len(), 10_000);
    let deep = format!("| A | `{}` | {} |", "{a,b}".repeat(500), "(".repeat(20_000));
    let _ = read("i.md", &table(&deep));
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
