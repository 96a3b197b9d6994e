//! The whole audit through the program: what leaked and is live, what leaked and was rotated.

use super::*;
use serde_json::{Value, json};
use stackguard::policy::pack::expand;
use std::path::Path;
use std::process::{Command, Output};

/// Runs a program in a directory with nothing of the user's settings.
fn run(program: &str, directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(directory)
        .env("HOME", directory.join(".home"));
    for name in [
        "BAO_ADDR",
        "BAO_TOKEN",
        "VAULT_NAMESPACE",
        "FLY_API_TOKEN",
        "GITHUB_REPOSITORY",
    ] {
        command.env_remove(name);
    }
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_AUTHOR_NAME", "Ada"),
        ("GIT_AUTHOR_EMAIL", "ada@acme.dev"),
        ("GIT_COMMITTER_NAME", "Ada"),
        ("GIT_COMMITTER_EMAIL", "ada@acme.dev"),
    ] {
        command.env(name, value);
    }
    command
        .envs(variables.iter().copied())
        .output()
        .expect("it runs")
}

/// A repository whose history holds both values, with a map of the vault.
fn leaked(live: &str, old: &str) -> tempfile::TempDir {
    let repository = tempfile::tempdir().expect("a directory");
    let path = repository.path();
    let git = |arguments: &[&str]| {
        let ended = run("git", path, arguments, &[]);
        assert!(
            ended.status.success(),
            "{}",
            String::from_utf8_lossy(&ended.stderr)
        );
    };
    let write = |name: &str, text: String| std::fs::write(path.join(name), text).expect("written");
    write(
        "stackguard.toml",
        "[credentials]\nmap = \"map.toml\"\n[stores.vault]\nkind = \"hashicorp\"\n".into(),
    );
    let entry = |name: &str| {
        format!(
            "[[credential]]\nname = \"{name}\"\nenvironment = \"staging\"\nrotate_every = \"90d\"\nvault = {{ path = \"kv/app\" }}\n"
        )
    };
    write(
        "map.toml",
        format!("version = 1\n{}{}", entry("LIVE_KEY"), entry("ROTATED_KEY")),
    );
    write("a.sh", format!("export ROTATED_KEY={old}\n# {live}\n"));
    git(&["init", "-q", "-b", "main", "."]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "first"]);
    write("a.sh", "true\n".into());
    git(&["commit", "-q", "-a", "-m", "second"]);
    repository
}

#[tokio::test]
async fn a_live_and_a_rotated_leak() {
    let server = Server::start().await;
    let [live, old, new] = ["live", "old", "new"].map(|name| {
        let made = expand(&format!("{name}-{{base62:36}}"));
        made.split_once('-')
            .map(|(_, value)| value.to_owned())
            .expect("the mark is kept")
    });
    server
        .put("kv/app", json!({"LIVE_KEY": live, "ROTATED_KEY": old}))
        .await;
    server
        .put("kv/app", json!({"LIVE_KEY": live, "ROTATED_KEY": new}))
        .await;
    let repository = leaked(&live, &old);
    let path = repository.path();

    let audit = |arguments: &[&str]| {
        let variables = [
            ("VAULT_ADDR", server.address()),
            ("VAULT_TOKEN", &server.root),
        ];
        let ended = run(
            env!("CARGO_BIN_EXE_stackguard"),
            path,
            arguments,
            &variables,
        );
        let text =
            String::from_utf8_lossy(&[ended.stdout.clone(), ended.stderr].concat()).into_owned();
        assert!(
            [&live, &old, &new]
                .iter()
                .all(|value| !text.contains(value.as_str())),
            "{text}"
        );
        (ended.status.code(), ended.stdout, text)
    };
    let (code, report, text) = audit(&["audit", "--exposure", "--format=json"]);
    assert_eq!(code, Some(1), "{text}");
    verdicts(&report);

    // A version that is deleted may be one that leaked.
    server
        .ok("POST", "kv/delete/app", json!({"versions": [1]}))
        .await;
    let (code, _, text) = audit(&["audit", "--exposure"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(
        text.contains("its older versions `1` are deleted"),
        "{text}"
    );
}

/// The report calls the one live and the other rotated.
fn verdicts(report: &[u8]) {
    let report: Value = serde_json::from_slice(report).expect("a report");
    let found: Vec<_> = report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|finding| finding["rule"] == "credential-exposed")
        .map(|finding| {
            (
                finding["severity"].as_str(),
                finding["location"]["key"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            (Some("low"), Some("ROTATED_KEY")),
            (Some("critical"), Some("LIVE_KEY"))
        ]
    );
    assert_eq!(
        (
            &report["leaks"][0]["verdict"],
            report["leaks"].as_array().map(Vec::len)
        ),
        (&json!("rotated"), Some(1))
    );
}
