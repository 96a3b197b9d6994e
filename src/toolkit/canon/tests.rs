use super::*;

#[test]
fn the_shipped_data_is_whole() {
    let canon = Canon::shipped();
    assert!(canon.categories().count() > 10);
    for category in canon.categories() {
        assert!(
            !category.what.is_empty() && !category.instead.is_empty(),
            "{}",
            category.name
        );
    }
    for version in &canon.versions {
        assert!(rules::known(&version.rule).is_some(), "{}", version.rule);
    }
    let pack =
        crate::policy::pack::Pack::parse(include_str!("../../../policies/toolkit-rules.toml"))
            .expect("a pack");
    let mut stated: Vec<&str> = pack.coded.iter().map(|rule| rule.id.as_str()).collect();
    let mut named = rules::RULES.to_vec();
    stated.sort_unstable();
    named.sort_unstable();
    assert_eq!(stated, named);
}

#[test]
fn names_have_categories() {
    let canon = Canon::shipped();
    for (ecosystem, name, expected) in [
        (Ecosystem::Npm, "ioredis", Some("redis")),
        (Ecosystem::Npm, "@redis/client", Some("redis")),
        (Ecosystem::Npm, "drizzle-orm", None),
        (Ecosystem::Npm, "drizzle-orm/mysql2", Some("mysql")),
        (Ecosystem::Npm, "@supabase/supabase-js", None),
        (Ecosystem::Npm, "@llamaindex/openai", None),
        (Ecosystem::Npm, "@llamaindex/anthropic", Some("ai-sdk")),
        (Ecosystem::Npm, "pg", None),
        (Ecosystem::Npm, "next/link", Some("router")),
        (Ecosystem::Npm, "next-auth", None),
        (Ecosystem::Python, "celery[redis]", Some("redis-queue")),
        (Ecosystem::Python, "celery", None),
        (Ecosystem::Go, "github.com/redis/go-redis/v9", Some("redis")),
        (Ecosystem::Rust, "sqlx[mysql]", Some("mysql")),
        (Ecosystem::Ruby, "sidekiq", Some("redis-queue")),
        (Ecosystem::Php, "predis/predis", Some("redis")),
    ] {
        assert_eq!(
            canon
                .package(ecosystem, name)
                .map(|category| category.name.as_str()),
            expected,
            "{name}"
        );
    }
    assert_eq!(
        canon.env_name("MYSQL_HOST").map(|found| found.rule),
        Some(rules::ALTERNATE_DATABASE)
    );
    assert_eq!(
        canon.scheme("REDISS").map(|found| found.rule),
        Some(rules::DIRECT_REDIS)
    );
    assert_eq!(
        canon
            .dialect("planetscale")
            .map(|found| found.name.as_str()),
        Some("mysql")
    );
    assert_eq!(
        canon
            .host("top2.nearest.of.app-db.internal")
            .map(|found| found.rule),
        Some(rules::FLY_POSTGRES)
    );
}

#[test]
fn hosts_of_supabase() {
    let canon = Canon::shipped();
    for (host, port, expected) in [
        ("db.abc.supabase.co", None, true),
        ("aws-0-eu-west-1.pooler.SUPABASE.com", Some(6543), true),
        ("127.0.0.1", Some(54322), true),
        ("127.0.0.1", None, false),
        ("localhost", Some(5432), false),
        ("db.supabase.co.evil.io", None, false),
    ] {
        assert_eq!(canon.is_supabase(host, port), expected, "{host}");
    }
}

#[test]
fn a_team_changes_the_canon() {
    let settings: Settings = toml::from_str(
        "redis_allowed = ['chat/**']\nallowed_packages = ['ioredis', '@ai-sdk/*']\nsupabase_hosts = ['db.corp']\n[forbidden_packages]\ndirect-redis = ['our-cache']",
    )
    .expect("settings");
    let canon = Canon::new(&settings, &|key| {
        Some(format!("stackguard.toml:{}", key.len()))
    })
    .expect("right");
    assert_eq!(canon.package(Ecosystem::Npm, "ioredis"), None);
    assert_eq!(canon.package(Ecosystem::Npm, "@ai-sdk/openai"), None);
    let ours = canon
        .package(Ecosystem::Npm, "our-cache")
        .expect("forbidden");
    assert_eq!(
        (ours.rule, ours.place.as_str()),
        (rules::DIRECT_REDIS, "stackguard.toml:18")
    );
    assert!(canon.excuses(ours, &RepoPath::new("chat/a/package.json")));
    assert!(!canon.excuses(ours, &RepoPath::new("deploy/chatwoot/package.json")));
    assert!(canon.is_supabase("db.corp", None) && canon.is_supabase("x.supabase.co", None));
    let wrong: Settings =
        toml::from_str("docs = ['[']\n[forbidden_packages]\nnope = ['x']").expect("settings");
    let keys: Vec<&str> = Canon::new(&wrong, &|_| None)
        .expect_err("wrong")
        .iter()
        .map(|error| error.key)
        .collect();
    assert_eq!(keys, ["docs", "forbidden_packages"]);
    assert!(toml::from_str::<Settings>("redis_alowed = []").is_err());
}
