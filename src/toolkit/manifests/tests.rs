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

macro_rules! fixture {
    ($path:literal) => {
        include_str!(concat!("../../../tests/fixtures/toolkit/", $path))
    };
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

const LOCKFILES: &[(&str, &str, &[&str])] = &[
    (
        "package-lock.json",
        fixture!("npm/package-lock.json"),
        &[
            "direct-redis @upstash/redis package-lock.json:13",
            "direct-redis ioredis package-lock.json:14",
            "direct-redis redis-mock package-lock.json:19 low",
            "direct-redis redis package-lock.json:26",
            "alternate-database mongoose package-lock.json:20",
        ],
    ),
    (
        "npm-shrinkwrap.json",
        fixture!("npm-v1/package-lock.json"),
        &[
            "direct-redis ioredis npm-shrinkwrap.json:6",
            "alternate-database mysql npm-shrinkwrap.json:7 low",
        ],
    ),
    (
        "pnpm-lock.yaml",
        fixture!("pnpm/pnpm-lock.yaml"),
        &[
            "direct-redis @upstash/redis pnpm-lock.yaml:20",
            "direct-redis ioredis pnpm-lock.yaml:23",
            "direct-redis redis-mock pnpm-lock.yaml:30 low",
            "unlisted-router next pnpm-lock.yaml:36",
            "unlisted-router react-router pnpm-lock.yaml:39",
        ],
    ),
    (
        "pnpm-lock.yaml",
        fixture!("pnpm-v5/pnpm-lock.yaml"),
        &[
            "direct-redis ioredis pnpm-lock.yaml:8",
            "alternate-database mysql2 pnpm-lock.yaml:9",
        ],
    ),
    (
        "pnpm-workspace.yaml",
        fixture!("pnpm/pnpm-workspace.yaml"),
        &[
            "direct-redis ioredis pnpm-workspace.yaml:5",
            "unlisted-router react-router pnpm-workspace.yaml:8",
            "direct-redis bull pnpm-workspace.yaml:11",
        ],
    ),
    (
        "yarn.lock",
        fixture!("yarn-berry/yarn.lock"),
        &[
            "direct-redis ioredis yarn.lock:26",
            "direct-redis redis yarn.lock:35",
        ],
    ),
    (
        "yarn.lock",
        fixture!("yarn-classic/yarn.lock"),
        &["direct-redis ioredis yarn.lock:8"],
    ),
    (
        "bun.lock",
        fixture!("bun/bun.lock"),
        &[
            "direct-redis ioredis bun.lock:7",
            "direct-redis redis-mock bun.lock:11 low",
            "alternate-database mongoose bun.lock:17",
        ],
    ),
    (
        "uv.lock",
        fixture!("python/uv.lock"),
        &[
            "direct-redis celery[redis] uv.lock:8",
            "direct-redis fakeredis uv.lock:14 low",
        ],
    ),
    (
        "Gemfile.lock",
        fixture!("ruby/Gemfile.lock"),
        &[
            "alternate-database dalli Gemfile.lock:12",
            "direct-redis sidekiq Gemfile.lock:14",
        ],
    ),
    (
        "Cargo.lock",
        fixture!("rust/Cargo.lock"),
        &[
            "direct-redis redis Cargo.lock:13",
            "alternate-database libsql Cargo.lock:14",
        ],
    ),
];

#[test]
fn lockfiles_alone_show_what_is_asked_for() {
    for (path, text, expected) in LOCKFILES {
        assert_eq!(found(&[(path, text)]), *expected, "{path}");
    }
}

#[test]
fn a_lockfile_adds_only_what_the_manifest_does_not_show() {
    let both = found(&[
        ("package-lock.json", fixture!("npm/package-lock.json")),
        ("package.json", fixture!("npm/package.json")),
    ]);
    let locked: Vec<&String> = both
        .iter()
        .filter(|line| line.contains("package-lock.json"))
        .collect();
    assert_eq!(
        locked,
        [
            "direct-redis redis package-lock.json:26",
            "alternate-database mongoose package-lock.json:20"
        ]
    );

    let worker = r#"{"dependencies": {"redis": "^4.7.0", "store": "catalog:"}}"#;
    let all = found(&[
        ("package-lock.json", fixture!("npm/package-lock.json")),
        ("packages/worker/package.json", worker),
        ("package.json", fixture!("npm/package.json")),
    ]);
    let locked: Vec<&String> = all
        .iter()
        .filter(|line| line.contains("package-lock.json"))
        .collect();
    assert_eq!(locked, ["alternate-database mongoose package-lock.json:20"]);

    // A catalog shows what an alias of a manifest stands for; an entry that a manifest names as well is told there.
    let catalog = "catalog:\n  cache: npm:ioredis@5\n  redis: ^4\n";
    assert_eq!(
        found(&[
            (
                "apps/a/package.json",
                r#"{"dependencies": {"redis": "catalog:", "cache": "catalog:"}}"#
            ),
            ("pnpm-workspace.yaml", catalog)
        ]),
        [
            "direct-redis redis apps/a/package.json:1",
            "direct-redis ioredis pnpm-workspace.yaml:2"
        ]
    );
    let cargo = found(&[
        ("Cargo.lock", fixture!("rust/Cargo.lock")),
        ("Cargo.toml", fixture!("rust/Cargo.toml")),
    ]);
    assert_eq!(
        cargo
            .iter()
            .filter(|line| line.contains("Cargo.lock"))
            .collect::<Vec<_>>(),
        ["alternate-database libsql Cargo.lock:14"]
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
fn a_lockfile_that_changed_alone_tells_only_what_is_hidden() {
    let part = ToolkitGuard::new(Canon::shipped(), View::Part);
    let lock = ("package-lock.json", fixture!("npm/package-lock.json"));
    assert_eq!(
        run(&part, &[lock]).0,
        [
            "direct-redis ioredis package-lock.json:14",
            "alternate-database mongoose package-lock.json:20"
        ]
    );
    let with = run(
        &part,
        &[
            lock,
            (
                "packages/worker/package.json",
                "{\"dependencies\": {\"pg\": \"8\"}}",
            ),
        ],
    );
    assert!(
        with.0
            .contains(&"direct-redis redis package-lock.json:26".to_owned()),
        "{with:?}"
    );
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
fn what_cannot_be_read_is_told() {
    let guard = ToolkitGuard::new(Canon::shipped(), View::Whole);
    for (path, text, line) in [
        (
            "package.json",
            "{\n\"a\": }",
            "package.json:2: it is no JSON",
        ),
        (
            "pnpm-lock.yaml",
            "a: [\n",
            "pnpm-lock.yaml:2: it is no YAML",
        ),
        ("Cargo.toml", "[a\n", "Cargo.toml:1: it is no TOML"),
        (
            "yarn.lock",
            "# yarn lockfile v1\nnonsense\n",
            "yarn.lock:2: it is no lockfile of yarn",
        ),
        ("bun.lockb", "\u{1}", "bun.lockb: it is binary"),
    ] {
        let gaps = run(&guard, &[(path, text)]).1;
        assert!(gaps.len() == 1 && gaps[0].starts_with(line), "{gaps:?}");
        assert!(!gaps[0].contains("nonsense"));
    }
    assert_eq!(
        run(&guard, &[("tests/broken/package.json", "{")]).1,
        Vec::<String>::new()
    );
    assert_eq!(
        found(&[(
            "package.json",
            "\u{feff}{\"dependencies\": {\"redis\": \"4\"}}"
        )]),
        ["direct-redis redis package.json:1"]
    );
}

#[test]
fn directories() {
    assert_eq!(join("a/b", "../c"), "a/c");
    assert_eq!(join("", "."), "");
    assert_eq!(join("a", "../../b"), "b");
    assert_eq!(named::parents("a/b").collect::<Vec<_>>(), ["a/b", "a", ""]);
}

#[test]
fn hostile_text_takes_no_longer() {
    let guard = ToolkitGuard::new(Canon::shipped(), View::Whole);
    let start = std::time::Instant::now();
    for (path, word) in [
        ("requirements.txt", " redis\n"),
        ("requirements.txt", " redis # via\n"),
        ("yarn.lock", "a@npm:b@1,"),
        ("yarn.lock", "a:\n"),
        ("Gemfile", "gem 'redis' do\n"),
        ("Gemfile.lock", "DEPENDENCIES\n  a\n"),
        ("go.mod", "require (\n"),
        ("package.json", "{\"dependencies\":"),
        ("package.json", "["),
        ("pnpm-lock.yaml", "\npackages:\n"),
        ("pnpm-lock.yaml", "- - "),
        ("Cargo.toml", "[[a]]\n"),
    ] {
        run(
            &guard,
            &[(
                path,
                &format!("# via\n{}", word.repeat(400_000 / word.len())),
            )],
        );
    }
    // Not how fast it is: whether it ends, on a machine however busy.
    assert!(start.elapsed().as_secs() < 600, "{:?}", start.elapsed());
}

proptest::proptest! {
    #[test]
    fn no_text_panics(index in 0..26_usize, cut in 0..2000_usize, junk in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40)) {
        const FILES: &[(&str, &str)] = &[
            ("package.json", fixture!("npm/package.json")),
            ("package-lock.json", fixture!("npm/package-lock.json")),
            ("package-lock.json", fixture!("npm-v1/package-lock.json")),
            ("pnpm-lock.yaml", fixture!("pnpm/pnpm-lock.yaml")),
            ("pnpm-lock.yaml", fixture!("pnpm-v5/pnpm-lock.yaml")),
            ("pnpm-workspace.yaml", fixture!("pnpm/pnpm-workspace.yaml")),
            ("yarn.lock", fixture!("yarn-berry/yarn.lock")),
            ("yarn.lock", fixture!("yarn-classic/yarn.lock")),
            ("bun.lock", fixture!("bun/bun.lock")),
            ("deno.json", fixture!("deno/deno.json")),
            ("pyproject.toml", fixture!("python/pyproject.toml")),
            ("requirements.txt", fixture!("python/requirements.txt")),
            ("uv.lock", fixture!("python/uv.lock")),
            ("Pipfile", fixture!("python/Pipfile")),
            ("Gemfile", fixture!("ruby/Gemfile")),
            ("Gemfile.lock", fixture!("ruby/Gemfile.lock")),
            ("go.mod", fixture!("go/go.mod")),
            ("Cargo.toml", fixture!("rust/Cargo.toml")),
            ("Cargo.lock", fixture!("rust/Cargo.lock")),
            ("composer.json", fixture!("php/composer.json")),
        ];
        let (path, text) = FILES[index % FILES.len()];
        let mut bytes = text.as_bytes().to_vec();
        let at = cut % (bytes.len() + 1);
        // Junk inside, or the rest cut off.
        if cut % 2 == 0 { bytes.truncate(at); }
        bytes.splice(at.min(bytes.len())..at.min(bytes.len()), junk);
        let canon = Canon::shipped();
        inspect(&FileView::new(&RepoPath::new(path), &bytes, &Veil::default()), &canon);
    }
}
