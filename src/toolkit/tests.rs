//! The guard as a whole.

use super::*;
use crate::finding::Veil;

fn conclusion(files: &[(&str, &[u8])]) -> Conclusion {
    let guard = ToolkitGuard::new(Canon::shipped(), View::Whole);
    let veil = Veil::default();
    let notes = files.iter().filter_map(|(path, text)| {
        let path = RepoPath::new(path);
        if !guard.wants(&path) {
            return None;
        }
        let notes = guard.inspect(&FileView::new(&path, text, &veil))?;
        Some((path, notes))
    });
    guard.conclude(notes.collect())
}

#[test]
fn what_a_search_for_words_would_report() {
    let files: &[(&str, &[u8])] = &[
        ("app/a.ts", b"// redis is slow; import Redis from 'ioredis'\nconst note = \"use redis\";"),
        ("app/b.py", b"\"\"\"import redis\"\"\"\n# pymongo\n"),
        ("app/c.rb", b"# require 'redis'\nname = 'sidekiq'\n"),
        ("README.md", b"Install `ioredis` and mysql2. `import redis from 'redis'`\n"),
        ("docs/redis.md", b"redis mysql mongodb\n"),
        ("package.json", b"{\"name\": \"redis\", \"keywords\": [\"ioredis\"], \"description\": \"not redis\", \"scripts\": {\"redis\": \"echo\"}}"),
        ("yarn.lock", b"# yarn lockfile v1\n\nredis@^4.0.0:\n  version \"4.7.0\"\n"),
        ("deploy/chatwoot/package.json", b"{\"dependencies\": {\"redis\": \"4\", \"bull\": \"4\"}}"),
        ("deploy/chatwoot/Gemfile", b"gem 'redis'\ngem 'sidekiq'\n"),
        ("deploy/chatwoot/worker.rb", b"require 'sidekiq'\n"),
        ("node_modules/x/package.json", b"{\"dependencies\": {\"redis\": \"4\"}}"),
        ("vendor/x/index.js", b"require('redis')"),
        ("packages/a/dist/index.js", b"require('redis')"),
    ];
    let conclusion = conclusion(files);
    assert_eq!(conclusion.drafts, []);
    assert_eq!(conclusion.gaps, []);
}

#[test]
fn one_place_is_told_once() {
    let compose = b"x-env: &env\n  REDIS_URL: redis://cache:6379\nservices:\n  a:\n    image: supabase/postgres\n    environment: *env\n  b:\n    image: supabase/postgres\n    environment: *env\n";
    let drafts = conclusion(&[("docker-compose.yml", compose)]).drafts;
    assert_eq!(drafts.len(), 1, "{drafts:?}");
}

#[test]
fn every_finding_names_its_rule_and_what_decided_it() {
    let files: &[(&str, &[u8])] = &[
        ("package.json", b"{\"dependencies\": {\"redis\": \"4\", \"next\": \"15\", \"react-router\": \"6\", \"@react-router/node\": \"7\"}}"),
        ("app/a.ts", b"import 'ioredis'"),
        ("docker-compose.yml", b"services:\n  a:\n    image: redis\n"),
    ];
    let drafts = conclusion(files).drafts;
    assert!(drafts.len() >= 5, "{drafts:?}");
    for draft in drafts {
        assert!(rules::known(draft.rule).is_some(), "{}", draft.rule);
        assert!(
            draft
                .decided_by
                .as_deref()
                .is_some_and(|place| place.starts_with("policies/toolkit.toml")),
            "{draft:?}"
        );
        assert!(
            !draft.content.is_empty() && !draft.message.ends_with('.'),
            "{draft:?}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
        path in proptest::sample::select(vec![
            "package.json", "package-lock.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "deno.json", "pyproject.toml", "requirements.txt", "uv.lock", "Pipfile",
            "Gemfile", "Gemfile.lock", "go.mod", "Cargo.toml", "Cargo.lock", "composer.json", "tsconfig.json", "a.ts", "a.vue", "a.py", "a.rb", "Dockerfile",
            "docker-compose.yml", ".github/workflows/a.yml", ".devcontainer/devcontainer.json", ".env", "a.sh", "schema.prisma", "supabase/migrations/1_a.sql",
            ".mcp.json", "config/database.yml", "config/cable.yml", "drizzle.config.ts",
        ]),
    ) {
        conclusion(&[(path, &bytes)]);
    }
}

/// A fly.toml that cannot be read is not clean, whichever guard looks at it.
#[test]
fn a_broken_fly_toml_is_told_by_one_guard() {
    // Neither TOML nor JSON nor YAML.
    let broken: &[u8] = b"app: {x\nenv: ]\n";
    let looked = |guard: &ToolkitGuard, path: &str| {
        let (path, veil) = (RepoPath::new(path), Veil::default());
        let view = FileView::new(&path, broken, &veil);
        let notes = guard.inspect(&view).expect("it says something");
        guard.conclude(vec![(path, notes)]).gaps
    };
    let alone = ToolkitGuard::new(Canon::shipped(), View::Whole);
    for path in ["fly.toml", "fly.staging.toml", "fly.json", "fly.yaml"] {
        let gaps = looked(&alone, path);
        assert_eq!(gaps.len(), 1, "{path}");
        assert!(gaps[0].why.contains("[env]"), "{}", gaps[0].why);
    }
    let beside = ToolkitGuard::new(Canon::shipped(), View::Whole).beside_fly(true);
    assert_eq!(looked(&beside, "fly.toml"), []);
}

/// What the page on this guard promises.
#[test]
fn what_cannot_be_read_is_a_gap_but_in_tests_and_archived_workflows() {
    let broken: &[(&str, &[u8])] = &[
        (".github/workflows/ci.yml", b"a: [b\n"),
        ("docker-compose.yml", b"a: [b\n"),
        ("package.json", b"{"),
        ("drizzle.config.ts", b"export default {"),
        ("app/a.ts", b"import 'redis' from (\n"),
    ];
    for (path, text) in broken {
        assert_eq!(conclusion(&[(path, text)]).gaps.len(), 1, "{path}");
        let test = format!("tests/fixtures/{path}");
        assert_eq!(conclusion(&[(&test, text)]).gaps, [], "{test}");
    }
    let archived = "docs/archive/.github/workflows/ci.yml";
    assert_eq!(conclusion(&[(archived, b"a: [b\n")]).gaps, []);
    // An application may be called so.
    let app = "apps/docs/docker-compose.yml";
    assert_eq!(conclusion(&[(app, b"a: [b\n")]).gaps.len(), 1);
}

/// Messages quote names of the file: what the secrets guard saw in it is not quoted.
#[test]
fn a_name_that_is_a_secret_is_not_said() {
    let token = crate::policy::pack::expand("sk_live_{base62:40}");
    let sql = format!("create table \"{token}\" (id int);");
    for (path, text) in [
        (
            "package.json",
            format!("{{\"dependencies\": {{\"{token}\": \"npm:ioredis@5\"}}}}"),
        ),
        (
            ".mcp.json",
            format!("{{\"mcpServers\": {{\"{token}\": {{\"command\": \"x\"}}}}}}"),
        ),
        ("supabase/migrations/20240101000000_a.sql", sql),
        (
            ".env",
            format!("DATABASE_URL=postgres://{token}.acme.net/d\n"),
        ),
    ] {
        let at = text.find(&token).expect("it is there");
        let (path, veil) = (
            RepoPath::new(path),
            Veil::new(std::iter::once(at..at + token.len()).collect()),
        );
        let guard = ToolkitGuard::new(Canon::shipped(), View::Whole);
        let notes = guard.inspect(&FileView::new(&path, text.as_bytes(), &veil));
        let drafts = guard
            .conclude(vec![(path.clone(), notes.expect("it says something"))])
            .drafts;
        assert!(!drafts.is_empty(), "{path}");
        for draft in drafts {
            let said = format!("{} {:?}", draft.message, draft.help);
            let said = said.to_lowercase();
            assert!(!said.contains(&token.to_lowercase()), "{path}: {said}");
        }
    }
}
