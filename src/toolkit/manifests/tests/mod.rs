macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("../../../../tests/fixtures/toolkit/", $path))
    };
}

mod hostile;
mod lockfiles;

use super::*;
use crate::finding::Veil;
use crate::toolkit::{Settings, ToolkitGuard, View};
use crate::tree::TreeGuard as _;

/// What the guard says of these files, one line each: rule, content, path, line, severity where it differs.
fn run(guard: &ToolkitGuard, files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let veil = Veil::default();
    let notes = files.iter().filter_map(|(path, text)| {
        let path = RepoPath::new(path);
        assert!(guard.wants(&path), "{path}");
        let notes = guard.inspect(&FileView::new(&path, text.as_bytes(), &veil))?;
        Some((path, notes))
    });
    let conclusion = guard.conclude(notes.collect());
    let shown = conclusion.drafts.iter().map(|draft| {
        let line = draft.mark.as_ref().map_or(0, |mark| mark.start.line);
        format!(
            "{} {} {}:{line} {}",
            draft.rule,
            draft.content,
            draft.path,
            draft.severity.map_or("", Severity::as_str)
        )
        .trim_end()
        .to_owned()
    });
    (
        shown.collect(),
        conclusion
            .gaps
            .into_iter()
            .map(|gap| format!("{}: {}", gap.what, gap.why))
            .collect(),
    )
}

fn found(files: &[(&str, &str)]) -> Vec<String> {
    let (found, gaps) = run(&ToolkitGuard::new(Canon::shipped(), View::Whole), files);
    assert_eq!(gaps, Vec::<String>::new());
    found
}

#[test]
fn package_json() {
    assert_eq!(
        found(&[("package.json", fixture!("npm/package.json"))]),
        [
            "direct-redis @upstash/redis package.json:7",
            "direct-redis ioredis package.json:8",
            "direct-redis redis-mock package.json:12 low",
            "alternate-database mongodb package.json:13 medium",
            "alternate-database mysql2 package.json:14 low",
            "unlisted-router react-router-dom package.json:14 low",
            "direct-redis bullmq package.json:16",
            "direct-redis bull package.json:17",
        ]
    );
}

#[test]
fn a_section_given_twice_hides_nothing() {
    assert_eq!(
        found(&[(
            "package.json",
            "{\"dependencies\": {\"redis\": \"4\"},\n\"dependencies\": {\"bull\": \"4\"}}"
        )]),
        [
            "direct-redis redis package.json:1",
            "direct-redis bull package.json:2"
        ]
    );
}

#[test]
fn an_alias_is_named_with_what_it_stands_for() {
    let canon = Canon::shipped();
    let path = RepoPath::new("package.json");
    let veil = Veil::default();
    let found = inspect(
        &FileView::new(
            &path,
            br#"{"dependencies": {"cache": "npm:ioredis@5"}}"#,
            &veil,
        ),
        &canon,
    );
    let draft = &found.drafts[0];
    assert!(
        draft
            .message
            .starts_with("`cache` stands for `ioredis`, a Redis client; "),
        "{}",
        draft.message
    );
    assert_eq!(
        draft.decided_by.as_deref(),
        Some("policies/toolkit.toml [category.redis]")
    );
}

const OTHERS: &[(&str, &str, &[&str])] = &[
    (
        "deno.json",
        fixture!("deno/deno.json"),
        &[
            "direct-redis ioredis deno.json:5",
            "direct-redis deno.land/x/redis deno.json:6",
            "alternate-database mysql2 deno.json:9",
        ],
    ),
    (
        "pyproject.toml",
        fixture!("python/pyproject.toml"),
        &[
            "direct-redis celery[redis] pyproject.toml:5",
            "alternate-database pymongo pyproject.toml:6",
            "direct-redis aioredis pyproject.toml:10 medium",
            "direct-redis fakeredis pyproject.toml:13 low",
            "direct-redis django-redis pyproject.toml:18",
            "alternate-database mysqlclient pyproject.toml:19 medium",
            "alternate-database mongomock pyproject.toml:22 low",
        ],
    ),
    (
        "requirements.txt",
        fixture!("python/requirements.txt"),
        &[
            "direct-redis redis requirements.txt:3",
            "alternate-database pymysql requirements.txt:6",
            "unlisted-ai-sdk langchain requirements.txt:8",
        ],
    ),
    (
        "docs/system-requirements.txt",
        "Redis is needed.\nredis, as well\nredis/lib\n\n* redis\nredis; python_version > '3'\n",
        &["direct-redis redis docs/system-requirements.txt:6"],
    ),
    (
        "requirements/dev.txt",
        "redis\n",
        &["direct-redis redis requirements/dev.txt:1 low"],
    ),
    (
        "Pipfile",
        fixture!("python/Pipfile"),
        &[
            "direct-redis redis Pipfile:2",
            "direct-redis celery[redis] Pipfile:3",
            "alternate-database mongomock Pipfile:6 low",
        ],
    ),
    (
        "Gemfile",
        fixture!("ruby/Gemfile"),
        &[
            "direct-redis sidekiq Gemfile:5",
            "alternate-database mysql2 Gemfile:6",
            "direct-redis fakeredis Gemfile:8 low",
            "alternate-database sqlite3 Gemfile:10 low",
            "alternate-database mongoid Gemfile:13 low",
            "direct-redis redis Gemfile:14",
        ],
    ),
    (
        "x.gemspec",
        "Gem::Specification.new do |s|\n  s.add_dependency \"redis\", \">= 4\"\n  s.add_development_dependency(\"mysql2\")\nend",
        &[
            "direct-redis redis x.gemspec:2",
            "alternate-database mysql2 x.gemspec:3 low",
        ],
    ),
    (
        "go.mod",
        fixture!("go/go.mod"),
        &[
            "direct-redis github.com/redis/go-redis/v9 go.mod:5",
            "alternate-database github.com/go-sql-driver/mysql go.mod:9",
            "direct-redis github.com/gomodule/redigo go.mod:14",
        ],
    ),
    (
        "Cargo.toml",
        fixture!("rust/Cargo.toml"),
        &[
            "direct-redis redis Cargo.toml:6",
            "alternate-database sqlx[mysql] Cargo.toml:7",
            "alternate-database mongodb Cargo.toml:8 medium",
            "alternate-database rusqlite Cargo.toml:11 low",
            "direct-redis fred Cargo.toml:14",
            "alternate-database scylla Cargo.toml:17",
        ],
    ),
    (
        "composer.json",
        fixture!("php/composer.json"),
        &[
            "direct-redis predis/predis composer.json:2",
            "alternate-database ext-pdo_mysql composer.json:2",
            "alternate-database mongodb/mongodb composer.json:3 low",
        ],
    ),
];

#[test]
fn other_ecosystems() {
    for (path, text, expected) in OTHERS {
        assert_eq!(found(&[(path, text)]), *expected, "{path}");
    }
}

#[test]
fn a_product_that_is_only_deployed_may_have_redis() {
    let manifest = r#"{"dependencies": {"redis": "4", "mysql": "2"}}"#;
    assert_eq!(
        found(&[("deploy/chatwoot/package.json", manifest)]),
        ["alternate-database mysql deploy/chatwoot/package.json:1"]
    );
}

#[test]
fn versions_of_the_router() {
    for (range, expected) in [
        ("^6.4.0", Some(6)),
        ("6", Some(6)),
        ("v6.0.0", Some(6)),
        ("~5.3 || ^6", Some(6)),
        ("^6 || ^7", Some(7)),
        (">=5 <7", Some(6)),
        (">=5 <7.1.0", Some(7)),
        ("<=7", Some(7)),
        ("6.x", Some(6)),
        ("6.28.0(react@19.0.0)", Some(6)),
        (">=6", None),
        ("*", None),
        ("latest", None),
        ("workspace:*", None),
        ("catalog:", None),
        ("", None),
        ("7.0.0-pre.1", Some(7)),
        ("99999999999999999999999", None),
    ] {
        assert_eq!(version::newest_major(range), expected, "{range}");
    }
}

#[test]
fn tests_weigh_less() {
    let manifest = r#"{"dependencies": {"redis": "4", "react-router": "6"}}"#;
    assert_eq!(
        found(&[("test/app/package.json", manifest)]),
        [
            "direct-redis redis test/app/package.json:1 low",
            "unlisted-router react-router test/app/package.json:1 low"
        ]
    );
}

#[test]
fn what_must_be_there() {
    let web = r#"{"dependencies": {"@react-router/node": "^7"}}"#;
    let root = r#"{"dependencies": {"react-router": "^7"}}"#;
    assert_eq!(
        found(&[("apps/web/package.json", web)]),
        ["missing-required-package react-router apps/web/package.json:1"]
    );
    assert_eq!(
        found(&[("apps/web/package.json", web), ("package.json", root)]),
        Vec::<String>::new()
    );
    assert_eq!(
        found(&[
            ("apps/api/package.json", root),
            ("apps/web/package.json", web)
        ]),
        ["missing-required-package react-router apps/web/package.json:1"]
    );
    let part = ToolkitGuard::new(Canon::shipped(), View::Part);
    assert_eq!(
        run(&part, &[("apps/web/package.json", web)]).0,
        Vec::<String>::new()
    );

    let settings = Settings {
        required_packages: vec!["openai".into(), "react-router".into()],
        ..Settings::default()
    };
    let canon = Canon::new(&settings, &|_| Some("stackguard.toml:4".into())).expect("right");
    let guard = ToolkitGuard::new(canon, View::Whole);
    assert_eq!(
        run(&guard, &[("package.json", root)]).0,
        ["missing-required-package openai .:0"]
    );
}

#[test]
fn directories() {
    assert_eq!(join("a/b", "../c"), "a/c");
    assert_eq!(join("", "."), "");
    assert_eq!(join("a", "../../b"), "b");
    assert_eq!(named::parents("a/b").collect::<Vec<_>>(), ["a/b", "a", ""]);
}

/// Formats without a syntax of their own can hide what is broken.
#[test]
fn half_done_merges_and_open_texts_are_told() {
    let conflict = "<<<<<<< HEAD\na==1\n=======\nb==2\n>>>>>>> other\n";
    for (path, text, line) in [
        ("requirements.txt", conflict, 1),
        ("Gemfile", conflict, 1),
        ("Gemfile.lock", conflict, 1),
        ("go.mod", conflict, 1),
        ("Gemfile", "gem 'rails'\ngem 'puma\ngem \"redis\"\n", 2),
        ("Gemfile", "gem 'rails'\n=begin\ngem 'redis'\n", 2),
        ("a.gemspec", "x = <<~TEXT\ngem 'redis'\n", 1),
        ("a.gemspec", "x = %w[a\nb", 1),
    ] {
        let (found, gaps) = run(
            &ToolkitGuard::new(Canon::shipped(), View::Whole),
            &[(path, text)],
        );
        assert_eq!(found, [""; 0], "{path}: {text}");
        assert_eq!(gaps.len(), 1, "{path}: {text}");
        assert!(gaps[0].starts_with(&format!("{path}:{line}: ")), "{gaps:?}");
    }
    let whole = "# it's\n=begin\n'\n=end\ngem 'a', \"it's\"\nx = <<~T\n'\nT\ny = %q{'}\n";
    assert_eq!(found(&[("Gemfile", whole)]), [""; 0]);
}
