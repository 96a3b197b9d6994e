//! Indexes as other teams write them: other columns, other words, several copies, a section for each environment.

use super::*;

/// What was left out of an index, by line.
fn left_out(text: &str) -> Vec<(u32, SkippedKind)> {
    let skipped = read("i.md", text).skipped;
    skipped.iter().map(|one| (one.line, one.kind)).collect()
}

#[test]
fn a_copy_no_entry_has_room_for_is_told() {
    use SkippedKind::OtherPlaces;
    for (row, entries, told) in [
        (
            "| A (production) | `vault/a/k.env` | Fly apps `acme-web` and `acme-worker` |",
            &["K@production vault=vault/a/k.env fly=acme-web"][..],
            true,
        ),
        (
            "| A (production) | `vault/a/k.env` | Fly `acme-web`; Fly `acme-cron` |",
            &["K@production vault=vault/a/k.env fly=acme-web"],
            true,
        ),
        (
            "| A (production) | `vault/a/k.env` | GitHub `production` and `release` |",
            &["K@production vault=vault/a/k.env github=production"],
            true,
        ),
        (
            "| A (production) | `vault/a/k.env` | Fly `acme-web-staging`; Fly `acme-web` |",
            &["K@production vault=vault/a/k.env fly=acme-web"],
            true,
        ),
        (
            "| A (staging/production) | `vault/a/k.env` | Fly `acme-web-staging`, `acme-web` |",
            &[
                "K@staging vault=vault/a/k.env fly=acme-web-staging",
                "K@production vault=vault/a/k.env fly=acme-web",
            ],
            false,
        ),
        (
            "| A (staging/prod) | `A_KEY_PROD` | GitHub `staging`, `prod` |",
            &["A_KEY_PROD@production github=prod"],
            false,
        ),
    ] {
        let text = table(row);
        assert_eq!(said(&text), entries, "{row}");
        let expected = if told { vec![(3, OtherPlaces)] } else { vec![] };
        assert_eq!(left_out(&text), expected, "{row}");
    }
}

#[test]
fn a_heading_names_the_environment_of_its_tables() {
    let header = "| Service | Secret | Vault path |\n|---|---|---|\n";
    let section = |title: &str, row: &str| format!("{title}\n\n{header}{row}\n\n");
    let text = [
        "# Secrets of production and staging\n\n",
        &section("## Staging", "| DB | `DATABASE_URL` | `vault/db.env` |"),
        &section("### Mail", "| Mail | `SMTP_PASSWORD` | `vault/mail.env` |"),
        &section("## Production", "| DB | `DATABASE_URL` | `vault/db.env` |"),
        &section("## Others", "| DB | `OTHER_KEY` | `vault/other.env` |"),
        &section("## Preview", "| DB | `MINE_STAGING` | `vault/mine.env` |"),
        &section(
            "## How we test what is in the vault",
            "| X | `X_KEY` | `vault/x.env` |",
        ),
    ]
    .concat();
    assert_eq!(
        said(&text),
        [
            "DATABASE_URL@staging vault=vault/db.env",
            "SMTP_PASSWORD@staging vault=vault/mail.env",
            "DATABASE_URL@production vault=vault/db.env",
            "OTHER_KEY@production vault=vault/other.env",
            "MINE_STAGING@staging vault=vault/mine.env",
            "X_KEY@production vault=vault/x.env",
        ]
    );
    let guesses = read("i.md", &text).guesses;
    let of = |entry: usize| {
        let kinds = guesses.iter().filter(move |guess| guess.entry == entry);
        kinds.map(|guess| guess.kind).collect::<Vec<_>>()
    };
    assert_eq!(of(1), [GuessKind::EnvironmentFromHeading]);
    assert_eq!(of(3), [GuessKind::EnvironmentAssumed]);
}

/// An interval that is read longer than it is lets what is overdue pass.
#[test]
fn intervals_are_never_longer_than_what_is_said() {
    for (words, days) in [
        ("90 days", Some(90)),
        ("every six months", Some(180)),
        ("semi-annually", Some(182)),
        ("bi-annually", Some(182)),
        ("half-yearly", Some(182)),
        ("twice a year", Some(182)),
        ("twice per year", Some(182)),
        ("4 times a year", Some(91)),
        ("once a year", Some(365)),
        ("half a year", Some(182)),
        ("every other month", Some(60)),
        ("fortnightly", Some(14)),
        ("a month", Some(30)),
        ("quarterly", Some(90)),
        ("bi-weekly", None),
        ("many times a year", None),
        ("twice yearly", None),
        ("last rotated 90 days ago", None),
        ("every 24 hours", None),
    ] {
        let text =
            format!("| System | Secret | Rotation |\n|---|---|---|\n| A | `A_KEY` | {words} |\n");
        let index = read("i.md", &text);
        let every = index.map.credentials[0].rotate_every;
        assert_eq!(every.map(|every| every.days), days, "{words}");
        let told: Vec<_> = index.skipped.iter().map(|one| one.kind).collect();
        let expected = match days {
            Some(_) => vec![],
            None => vec![SkippedKind::ColumnNotUnderstood],
        };
        assert_eq!(told, expected, "{words}");
    }
    check(&[
        (
            "| A (staging) | `A_KEY` | ops owns; rotated twice a year |",
            &["A_KEY@staging github=staging owner=ops every=182d"],
        ),
        (
            "| A (staging) | `A_KEY` | ops rotates; costs 20 EUR a year |",
            &["A_KEY@staging github=staging owner=ops"],
        ),
    ]);
}

#[test]
fn columns_by_other_names() {
    for (header, row, expected) in [
        (
            "Integration | Credentials | Stores | DRI | Cadence",
            "Twilio (staging) | `TWILIO_TOKEN` | Vault `secret/twilio/staging`; GitHub environment `staging`; Fly.io app `acme-sms` | Jane Doe | every six months",
            "TWILIO_TOKEN@staging vault=secret/twilio/staging github=staging fly=acme-sms owner=jane doe every=180d",
        ),
        (
            "System | Credentials | Kept where | Who",
            "A (staging) | `A_KEY` | `kv/acme/a` | ops",
            "A_KEY@staging vault=kv/acme/a owner=ops",
        ),
        (
            "Service | Vault path | GitHub secret | Fly secret | Environment",
            "DB | `vault/a/db.env` | `DATABASE_URL` | `DATABASE_URL` (`acme-web`) | staging",
            "DATABASE_URL@staging vault=vault/a/db.env github=staging fly=acme-web",
        ),
        (
            "Service | Secret | GitHub secret | Fly secret",
            "DB (staging) | `DATABASE_URL` | `DATABASE_URL_STAGING` | `DB_URL` on `acme-web`",
            "DATABASE_URL@staging github=staging:DATABASE_URL_STAGING fly=acme-web:DB_URL",
        ),
        (
            "Service | Secret | Mirrors",
            "AI (prod) | `kv/prod/ai#AI_KEY` | GH Actions env \"production\"; Fly: acme-web",
            "AI_KEY@production vault=kv/prod/ai github=production fly=acme-web",
        ),
        (
            "Service | GitHub secret | Environment",
            "DB | `DATABASE_URL` | staging",
            "DATABASE_URL@staging github=staging",
        ),
        (
            "Secret Name | Type | Envs | Vault | GH | Fly",
            "`A_KEY` | api key | stg | `secret/a` | y | acme-a",
            "A_KEY@staging vault=secret/a github=staging fly=acme-a",
        ),
        (
            "App | Secrets | Tier",
            "web | `vault/web/mail.env` | staging",
            "MAIL@staging vault=vault/web/mail.env",
        ),
        (
            "Key | Vault | GitHub Actions | Fly.io | Rotates",
            "`PAY_KEY` | `vault/pay/key.env` | ✅ production | acme-pay | 90d",
            "PAY_KEY@production vault=vault/pay/key.env github=production fly=acme-pay every=90d",
        ),
        (
            "What | Where it lives | Mirrors | Owned by",
            "Stripe (prod) `PAY_KEY` | `vault/pay/key.env` | Fly app `acme-pay` | Payments",
            "PAY_KEY@production vault=vault/pay/key.env fly=acme-pay owner=payments",
        ),
        (
            "System | Secrets | Where | Where used",
            "A (staging) | `A_KEY` | vault/acme/a.env | `src/app.ts`",
            "A_KEY@staging vault=vault/acme/a.env",
        ),
        (
            "System | Secrets | More",
            "A (staging) | `A_KEY` | it is in vault/acme/a.env, responsible: ops",
            "A_KEY@staging vault=vault/acme/a.env owner=ops",
        ),
        (
            "System | Secrets | More",
            "A (staging) | `A_KEY` | read from `kv/acme/a` by `secret/*`, see `vault/README.md` and `secrets/runbook`, owner = ops",
            "A_KEY@staging vault=kv/acme/a owner=ops",
        ),
        (
            "System | Secrets | More",
            "A (staging) | `vault/a/key.env` | also in `kv/acme/a`; the search team is responsible",
            "KEY@staging vault=vault/a/key.env owner=search",
        ),
    ] {
        let columns = header.split('|').count();
        let text = format!("| {header} |\n|{}\n| {row} |\n", "---|".repeat(columns));
        assert_eq!(said(&text), [expected], "{header}");
        assert!(left_out(&text).is_empty(), "{header}");
    }
}

#[test]
fn names_behind_an_arrow_are_of_that_store() {
    check(&[(
        "| Chat (prod) | `vault/a/redis.env` | GitHub `production` → `REDIS_URL`; Fly app `acme-chat` -> `CHAT_REDIS_URL` |",
        &[
            "REDIS_URL@production vault=vault/a/redis.env github=production",
            "CHAT_REDIS_URL@production vault=vault/a/redis.env fly=acme-chat",
        ],
    )]);
}

/// An app has the environment that is said behind it, whatever it is called.
#[test]
fn apps_are_of_the_environments_behind_them() {
    let column = |cell: &str| {
        format!(
            "| System | Secret | Env | Fly |\n|---|---|---|---|\n| AI | `AI_KEY` | staging, production | {cell} |\n"
        )
    };
    let notes = |words: &str| table(&format!("| AI (staging/production) | `AI_KEY` | {words} |"));
    for text in [
        column("acme-a (prod), acme-b (staging)"),
        column("`acme-a` (production), `acme-b` (stg)"),
        notes("Fly: `acme-a` (prod), `acme-b` (staging)"),
        notes("Fly apps acme-a (prod) and acme-b (staging)"),
    ] {
        let expected = ["AI_KEY@staging fly=acme-b", "AI_KEY@production fly=acme-a"];
        assert_eq!(said(&text), expected, "{text}");
        assert!(left_out(&text).is_empty(), "{text}");
    }
}

/// The one credential of a row may have another name in a store.
#[test]
fn what_a_store_calls_it_is_no_credential_of_its_own() {
    check(&[
        (
            "| Mail (prod) | `vault/a/mail.env` | Holds `POST_TOKEN`; mirrored to GitHub `production`, and to Fly app `acme-mail` as `MAIL_TOKEN`. |",
            &[
                "POST_TOKEN@production vault=vault/a/mail.env github=production fly=acme-mail:MAIL_TOKEN",
            ],
        ),
        (
            "| Mail (prod) | `POST_TOKEN` | GitHub `production` → `APP_TOKEN`; Fly `acme-mail` → `POST_TOKEN` |",
            &["POST_TOKEN@production github=production:APP_TOKEN fly=acme-mail"],
        ),
    ]);
}

#[test]
fn what_stands_for_something_else_is_told_and_a_reference_is_one() {
    for (cell, entries, told) in [
        ("`vault/a/{env}.env`", &[][..], 1),
        ("`vault/{env}/{a,b}.env`", &[], 1),
        (
            "`vault/a/{staging,production}.env`",
            &[
                "A@staging vault=vault/a/staging.env",
                "A@production vault=vault/a/production.env",
            ],
            0,
        ),
        (
            "`${{ secrets.API_KEY }}`",
            &["API_KEY@production github=production"],
            0,
        ),
        ("`${API_KEY}`", &["API_KEY@production github=production"], 0),
    ] {
        let text = table(&format!("| A | {cell} | |"));
        assert_eq!(said(&text), entries, "{cell}");
        let told = vec![(3, SkippedKind::NotUnderstood); told];
        assert_eq!(left_out(&text), told, "{cell}");
    }
}

#[test]
fn a_table_in_html_is_not_read_and_told() {
    let known = table("| A | `vault/a/a.env` | |");
    let html = |rows: &str| {
        format!("{known}\n<table>\n<tr><th>Secret</th></tr>\n{rows}\n</table>\n\nMore.\n")
    };
    let row = |text: &str| format!("<tr><td><code>{text}</code></td></tr>");
    for (text, told) in [
        (html(&row("vault/a/b.env")), true),
        (
            html(&[row("vault/a/b.env"), row("X (non-secret)")].join("\n")),
            true,
        ),
        (html(&row("vault/a/a.env")), false),
        (html(&row("vault/a/b.env, non-secret")), false),
        (format!("{known}\n<!-- once vault/a/b.env -->\n"), false),
    ] {
        let expected = if told {
            vec![(5, SkippedKind::OutsideTable)]
        } else {
            vec![]
        };
        assert_eq!(left_out(&text), expected, "{text}");
    }
}
