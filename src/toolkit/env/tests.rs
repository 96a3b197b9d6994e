use super::*;
use crate::policy::Severity;
use crate::toolkit::fixture::{lines, look};

fn run(path: &str, text: &str) -> Vec<Draft> {
    look(wants, inspect, path, text).drafts
}

fn shown(path: &str, text: &str) -> Vec<String> {
    lines(&run(path, text))
}

#[test]
fn files_are_told_by_name() {
    for (path, expected) in [
        (".env", true),
        ("a/.env.local", true),
        (".env.example", true),
        ("prod.env", true),
        (".envrc", true),
        ("fly.toml", true),
        ("fly.staging.toml", true),
        ("fly_prod.toml", true),
        ("web.fly.toml", true),
        ("fly.json", true),
        ("deploy/fly.yaml", true),
        ("fly.yml", false),
        ("butterfly.json", false),
        ("src/env.ts", false),
        (".env.d.ts", false),
        ("environment", false),
        ("butterfly.toml", false),
    ] {
        assert_eq!(
            wants(&RepoPath::new(path), &Canon::shipped()),
            expected,
            "{path}"
        );
    }
}

const SETTINGS: &[(&str, &[&str])] = &[
    (
        "A=1\nDATABASE_URL=postgres://u@ep-x.neon.tech/d",
        &["2 non-supabase-postgres DATABASE_URL ep-x.neon.tech"],
    ),
    (
        "DATABASE_URL=postgres://u@app-db.flycast:5432/d",
        &["1 fly-postgres DATABASE_URL app-db.flycast:5432"],
    ),
    (
        "DIRECT_URL=\"postgresql://u@top1.nearest.of.x.internal/d\"",
        &["1 fly-postgres DIRECT_URL top1.nearest.of.x.internal"],
    ),
    (
        "DATABASE_URL=postgres://u@db.corp.net/d",
        &["1 non-supabase-postgres DATABASE_URL db.corp.net"],
    ),
    (
        "DATABASE_URL=postgres://u@localhost:5432/d",
        &["1 non-supabase-postgres DATABASE_URL localhost:5432"],
    ),
    (
        "DATABASE_URL=mysql://u@h/d",
        &["1 alternate-database DATABASE_URL"],
    ),
    (
        "DATABASE_URL=file:./dev.db",
        &["1 alternate-database DATABASE_URL"],
    ),
    ("ANY=redis://h:6379", &["1 direct-redis ANY"]),
    (
        "PGHOST=x.rds.amazonaws.com",
        &["1 non-supabase-postgres PGHOST x.rds.amazonaws.com"],
    ),
    ("REDIS_HOST=cache.corp.net", &["1 direct-redis REDIS_HOST"]),
    (
        "UPSTASH_REDIS_REST_URL=https://x.upstash.io",
        &["1 direct-redis UPSTASH_REDIS_REST_URL"],
    ),
    (
        "MYSQL_DATABASE=shop",
        &["1 alternate-database MYSQL_DATABASE"],
    ),
    (
        "DATABASE_URL=postgres://u@db.a.supabase.co:5432/postgres",
        &[],
    ),
    (
        "DATABASE_URL=postgres://postgres.a@aws-0-eu-west-1.pooler.supabase.com:6543/postgres",
        &[],
    ),
    (
        "DATABASE_URL=postgresql://postgres@127.0.0.1:54322/postgres",
        &[],
    ),
    ("DATABASE_URL=postgresql://postgres@db:5432/postgres", &[]),
    (
        "DATABASE_URL=postgresql://postgres@[::1]:54322/postgres",
        &[],
    ),
    (
        "DATABASE_URL=${DATABASE_URL}\nREDIS_URL=\nMONGO_URI=$X\nMYSQL_HOST={{host}}\nREDIS_HOST=<host>",
        &[],
    ),
    ("# REDIS_URL=redis://h", &[]),
    ("MYSQL_CLIENT=mysql-client", &[]),
    ("REDIS_ENABLED=true\nMYSQL_URL=false", &[]),
    (
        "DB_CONNECTION=mysql",
        &["1 alternate-database DB_CONNECTION mysql"],
    ),
    (
        "DATABASE_ADAPTER='mysql2'",
        &["1 alternate-database DATABASE_ADAPTER mysql2"],
    ),
    (
        "DB_ENGINE=django.db.backends.sqlite3",
        &["1 alternate-database DB_ENGINE sqlite3"],
    ),
    (
        "QUEUE_CONNECTION=redis\nCACHE_STORE=redis",
        &[
            "1 direct-redis QUEUE_CONNECTION redis",
            "2 direct-redis CACHE_STORE redis",
        ],
    ),
    (
        "DB_CONNECTION=pgsql\nDB_TYPE=postgres\nDB_ENGINE=django.db.backends.postgresql\nSESSION_DRIVER=database\nCACHE_STORE=file\nNODE_TYPE=mysql",
        &[],
    ),
    ("UPLOADS=file:./uploads\nSITE=https://x.render.com", &[]),
];

#[test]
fn settings_are_judged_by_their_value() {
    for (text, expected) in SETTINGS {
        assert_eq!(shown(".env", text), *expected, "{text}");
    }
    assert_eq!(
        shown(
            "fly.toml",
            "[build]\nimage = 'flyio/postgres-flex:16'\n[env]\nREDIS_URL = 'redis://h'\n"
        ),
        [
            "2 fly-postgres flyio/postgres-flex",
            "4 direct-redis REDIS_URL"
        ]
    );
}

#[test]
fn templates_weigh_less_and_names_alone_say_nothing() {
    let found = run(
        ".env.example",
        "REDIS_URL=redis://localhost:6379\nREDIS_HOST=localhost\nMONGO_URI=",
    );
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].content.as_str(), found[0].severity),
        ("REDIS_URL", Some(Severity::Low))
    );
}

/// What a template says of the kind is what is meant.
#[test]
fn templates_tell_the_kind() {
    let found = run(
        ".env.example",
        "DB_CONNECTION=sqlite\nQUEUE_CONNECTION=sync",
    );
    let found: Vec<_> = found
        .iter()
        .map(|draft| (draft.content.as_str(), draft.severity))
        .collect();
    assert_eq!(found, [("DB_CONNECTION sqlite", Some(Severity::Low))]);
}

#[test]
fn redis_is_fine_where_it_is_allowed() {
    assert_eq!(
        shown(
            "deploy/chatwoot/.env",
            "REDIS_URL=redis://r:6379\nREDIS_PASSWORD=a"
        ),
        Vec::<String>::new()
    );
}

#[test]
fn no_password_is_shown() {
    let word = ["hun", "ter", "22x"].concat();
    let text = format!(
        "DATABASE_URL='postgres://me:{word}@db.corp.net/d'\nREDIS_PASSWORD={word}\nDB=mysql://a:{word}@h/d\nDIRECT_URL=postgres://u:{word}?{word}@h.net/d\nX=redis://:{word}@h"
    );
    let found = run(".env", &text);
    assert!(found.len() >= 4, "{found:?}");
    assert!(!format!("{found:?}").contains(&word), "{found:?}");
}

proptest::proptest! {
    #[test]
    fn nothing_panics(name in proptest::sample::select(vec![".env", "fly.toml", ".env.example"]), text in "(REDIS_URL|PGHOST|\\[env\\])?[a-z=:@/\\[\\]'\"${}\n?.é]{0,60}") {
        run(name, &text);
    }
}

#[test]
fn every_form_of_fly_is_read() {
    let expected = ["direct-redis REDIS_URL"];
    for (path, text) in [
        ("fly.toml", "[env]\nREDIS_URL = 'redis://x'\n"),
        (
            "fly.toml",
            "[[env]]\nA = 1\n[[env]]\nREDIS_URL = 'redis://x'\n",
        ),
        ("fly.toml", "env.REDIS_URL = 'redis://x'\n"),
        (
            "fly.json",
            "{\"app\": \"x\", \"env\": {\"REDIS_URL\": \"redis://x\"}}",
        ),
        ("fly.yaml", "app: x\nenv:\n  REDIS_URL: redis://x\n"),
    ] {
        let found: Vec<String> = shown(path, text)
            .iter()
            .map(|line| line.split_once(' ').map_or("", |(_, rest)| rest).to_owned())
            .collect();
        assert_eq!(found, expected, "{path} {text}");
    }
}
