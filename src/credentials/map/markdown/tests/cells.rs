//! What single cells of a row say.

use super::*;

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
fn a_place_of_another_repository_is_told() {
    let places = |row: &str| -> Vec<_> {
        let credentials = read("i.md", &table(row)).map.credentials;
        let github = |credential: Credential| {
            let place = credential.github.expect("it has one");
            (place.repository, place.environment)
        };
        credentials.into_iter().map(github).collect()
    };
    let of = |repository: &str, environment: Option<&str>| {
        vec![(Some(repository.to_owned()), environment.map(str::to_owned))]
    };
    for (notes, wanted) in [
        (
            "GitHub `acme/api` repo, environment `production`",
            of("acme/api", Some("production")),
        ),
        (
            "mirrored to GitHub `acme/api` (`production`)",
            of("acme/api", Some("production")),
        ),
        ("GitHub `acme/api` secrets", of("acme/api", None)),
        (
            "GitHub `production`",
            vec![(None, Some("production".to_owned()))],
        ),
    ] {
        let row = format!("| A (production) | `vault/a/key.env` | {notes} |");
        assert_eq!(places(&row), wanted, "{notes}");
    }
}

#[test]
fn apps_are_told() {
    check(&[
        (
            "| Chat (staging) | `vault/a/redis.env` | Only on Fly app acme-chat. |",
            &["REDIS@staging vault=vault/a/redis.env fly=acme-chat"],
        ),
        (
            "| Chat (staging) | `vault/a/redis.env` | GitHub/staging, Fly/acme-chat |",
            &["REDIS@staging vault=vault/a/redis.env github=staging fly=acme-chat"],
        ),
        (
            "| Chat (staging) | `vault/a/redis.env` | Fly app secrets are set by hand. |",
            &["REDIS@staging vault=vault/a/redis.env"],
        ),
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
