//! What lockfiles show.

use super::*;

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

/// A manifest that leaves the version to others is judged by what they say.
#[test]
fn versions_that_a_manifest_leaves_to_others() {
    let catalog = "packages: [p]\ncatalog:\n  react-router: ^6.4.0\n";
    let lock = "lockfileVersion: '9.0'\nimporters:\n  p:\n    dependencies:\n      react-router:\n        specifier: x\n        version: 6.30.0(react@18.0.0)\n";
    let asks = |range: &str| format!("{{\"dependencies\": {{\"react-router\": \"{range}\"}}}}");
    let (by_catalog, latest, seven, six) =
        (asks("catalog:"), asks("latest"), asks("^7"), asks("^6.4.0"));
    let manifest = "p/package.json";
    let in_catalog = "unlisted-router react-router pnpm-workspace.yaml:3";
    let in_lock = "unlisted-router react-router pnpm-lock.yaml:5";
    let in_manifest = "unlisted-router react-router p/package.json:1";
    for (files, expected) in [
        (
            vec![
                (manifest, &by_catalog),
                ("pnpm-workspace.yaml", &catalog.to_owned()),
            ],
            vec![in_catalog],
        ),
        (
            vec![
                (manifest, &by_catalog),
                ("pnpm-workspace.yaml", &catalog.to_owned()),
                ("pnpm-lock.yaml", &lock.to_owned()),
            ],
            vec![in_catalog],
        ),
        (
            vec![(manifest, &latest), ("pnpm-lock.yaml", &lock.to_owned())],
            vec![in_lock],
        ),
        // Who says the version is believed, and told once.
        (
            vec![(manifest, &six), ("pnpm-lock.yaml", &lock.to_owned())],
            vec![in_manifest],
        ),
        (
            vec![
                (manifest, &seven),
                ("pnpm-workspace.yaml", &catalog.to_owned()),
            ],
            vec![],
        ),
        (
            vec![("pnpm-workspace.yaml", &catalog.to_owned())],
            vec![in_catalog],
        ),
    ] {
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (*path, text.as_str()))
            .collect();
        assert_eq!(found(&files), expected, "{files:?}");
    }
}
