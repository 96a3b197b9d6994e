//! What the house keeps to, checked: rules, generated pages, the size of files, its own cleanliness.

use crate::harness::Sandbox;
use stackguard::policy::{Policy, embedded};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Lines of a file, its tests and those of tests alone included.
const LONGEST: usize = 400;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file below `directory` that ends so, relative to the root, sorted.
fn files(directory: &str, end: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![root().join(directory)];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).expect("it can be read") {
            let path: PathBuf = entry.expect("it can be read").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let relative = path.strip_prefix(root()).expect("it is below the root");
                found.push(relative.display().to_string());
            }
        }
    }
    found.retain(|path| path.ends_with(end));
    found.sort();
    assert!(!found.is_empty(), "{directory} holds no {end}");
    found
}

/// Whether one of the directories, or the file itself, is called so.
fn named(path: &str, names: &[&str]) -> bool {
    Path::new(path)
        .with_extension("")
        .iter()
        .any(|part| names.iter().any(|name| part == *name))
}

/// The files of `src` that are part of the program, without those that only tests read.
fn sources() -> Vec<String> {
    let mut all = files("src", ".rs");
    all.retain(|path| !named(path, &["tests", "testing", "fixture", "conformance"]));
    all
}

/// A source file up to its tests.
fn program(path: &str) -> String {
    let text = read(path);
    let tests = text.find("#[cfg(test)]\nmod tests {");
    text[..tests.unwrap_or(text.len())].to_owned()
}

#[test]
fn rule_ids_are_unique_and_kebab_case() {
    let mut seen = BTreeSet::new();
    for (path, pack) in embedded() {
        let secrets = pack.secrets.iter().map(|rule| rule.id.clone());
        let coded = pack.coded.iter().map(|rule| rule.id.clone());
        for id in secrets.chain(coded) {
            let kebab = id.split('-').all(|word| {
                !word.is_empty()
                    && word
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            });
            assert!(
                kebab && !id.starts_with(|c: char| c.is_ascii_digit()),
                "{id} in {path}"
            );
            assert!(
                seen.insert(id.clone()),
                "{id} is stated twice, again in {path}"
            );
        }
    }
    assert!(seen.len() > 200, "{} rules", seen.len());
    let policy = Policy::new(embedded()).expect("the shipped rules go together");
    assert_eq!(policy.metas().count(), seen.len());
}

/// The ids that the design promises, which configurations and baselines name.
#[test]
fn promised_rules_are_there() {
    let policy = Policy::new(embedded()).expect("the shipped rules go together");
    for id in [
        "postgres-dsn",
        "mysql-dsn",
        "mongodb-dsn",
        "redis-dsn",
        "amqp-dsn",
        "supabase-service-role-key",
        "supabase-anon-key",
        "supabase-secret-key",
        "supabase-access-token",
        "shopify-access-token",
        "shopify-shared-secret",
        "shopify-cli-token",
        "chatwoot-access-token",
        "fly-token",
        "github-token",
        "openai-api-key",
        "google-service-account-key",
        "zoho-oauth-token",
        "vault-token",
        "private-key",
        "jwt",
        "generic-secret",
        "generic-password",
        "credential-in-prose",
        "alternate-database",
        "direct-redis",
        "non-supabase-postgres",
        "fly-postgres",
        "remix-import",
        "unlisted-router",
        "unlisted-ai-sdk",
        "missing-required-package",
        "row-level-security-off",
        "unlisted-mcp-server",
        "fly-invalid",
        "fly-unknown-key",
        "fly-memory-below-minimum",
        "fly-memory-unset",
        "fly-too-few-machines",
        "fly-auto-stop",
        "fly-no-health-check",
        "fly-secret-in-env",
        "fly-env-missing",
        "allow-unused",
        "allow-expired",
        "baseline-unused",
    ] {
        assert!(policy.meta(id).is_some(), "{id}");
    }
}

/// A pack that nobody reads would be a guard that is not there.
#[test]
fn every_policy_file_is_in_the_program() {
    let packs: BTreeSet<String> = embedded().into_iter().map(|(path, _)| path).collect();
    let code: String = sources().iter().map(|path| read(path)).collect();
    for path in files("policies", ".toml") {
        let included = code.contains(&format!("{path}\""));
        assert!(packs.contains(&path) || included, "{path} is not embedded");
    }
}

#[test]
fn generated_pages_are_fresh() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["generate", "docs", "out"]);
    assert_eq!(run.code, 0, "{}", run.all());
    for page in ["rules.md", "cli.md"] {
        let made = std::fs::read_to_string(sandbox.path("out").join(page)).expect("it is written");
        let kept = root().join("docs").join(page);
        if std::env::var_os("STACKGUARD_BLESS").is_some() {
            std::fs::write(&kept, &made).expect("docs can be written");
        }
        let kept = std::fs::read_to_string(&kept).unwrap_or_default();
        let fresh = made == kept;
        assert!(
            fresh,
            "docs/{page} is out of date: STACKGUARD_BLESS=1 cargo test --test it generated"
        );
    }
}

#[test]
fn files_stay_short() {
    let all = ["src", "tests", "benches"].map(|directory| files(directory, ".rs"));
    let long: Vec<&String> = all
        .iter()
        .flatten()
        .filter(|path| read(path).lines().count() > LONGEST)
        .collect();
    assert!(long.is_empty(), "longer than {LONGEST} lines: {long:?}");
    assert!(read("src/main.rs").lines().count() <= 25);
}

#[test]
fn modules_say_what_they_are_for() {
    for path in sources().iter().chain(&files("tests/it", ".rs")) {
        assert!(read(path).starts_with("//! "), "{path}");
    }
}

/// Lines of code, without those that are comments alone.
fn holds(code: &str, word: &str) -> bool {
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .any(|line| line.contains(word))
}

#[test]
fn the_program_never_unwraps() {
    let found: Vec<String> = sources()
        .into_iter()
        // Where a signal ends the program there is nobody to return to.
        .filter(|path| path != "src/commands/interrupt.rs")
        .filter(|path| {
            let code = program(path);
            ["panic!(", "todo!(", "unimplemented!(", "process::exit"]
                .iter()
                .any(|word| holds(&code, word))
        })
        .collect();
    assert!(found.is_empty(), "{found:?}");
    // What tests share says why it holds, as the program does.
    let found: Vec<String> = files("src", ".rs")
        .into_iter()
        .filter(|path| !named(path, &["tests"]) && holds(&program(path), ".unwrap()"))
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

/// What it asks of others holds for itself: nothing in this repository looks like a secret, and nothing leaves the
/// agreed stack but the fixtures that show how that is found.
#[test]
fn this_repository_is_clean() {
    let sandbox = Sandbox::new();
    let here = root().display().to_string();
    let run = sandbox.run(&["check", &here, "--format", "json"]);
    let serious: Vec<_> = run
        .hits()
        .into_iter()
        .filter(|hit| hit.severity != "low")
        .collect();
    assert!(serious.is_empty(), "{serious:#?}");
    let incomplete = &run.json()["incomplete"];
    assert_eq!(run.code, 0, "{incomplete:#}");
}
