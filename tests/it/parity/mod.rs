//! `parity`, `attest` and `audit` over a directory vault and listings in files: verdicts, exit codes, evidence, and no value anywhere.

mod audit;
pub(crate) mod bad_days;
mod interrupt;
mod scale;
mod server;
mod unseen;

use crate::harness::{FORMATS, Run, Sandbox, secret};
use serde_json::{Value, json};

const ATTEST_KEY: &str = "STACKGUARD_ATTEST_KEY";

/// A repository with a vault git ignores, a map, and listings of GitHub and Fly beside the tree.
struct Scene {
    sandbox: Sandbox,
    values: Vec<String>,
}

impl Scene {
    fn new() -> Self {
        let sandbox = Sandbox::repo();
        let values: Vec<String> = ["service", "token", "other"]
            .map(|name| secret(name, "{base62:36}"))
            .into();
        let scene = Self { sandbox, values };
        scene.sandbox.write(".gitignore", "vault/\n");
        scene.sandbox.write(
            "stackguard.toml",
            "[credentials]\nmap = \"ops/map.toml\"\n[stores.github]\nrepository = \"acme/web\"\n",
        );
        scene.sandbox.write("ops/map.toml", MAP);
        scene.vault(&[("API_KEY", 0), ("TOKEN", 1)]);
        scene.github("2099-01-01T00:00:00Z");
        scene.fly(&["API_KEY"]);
        scene.commit("first");
        scene
    }

    /// As people commit: what git ignores stays out.
    fn commit(&self, message: &str) {
        self.sandbox.git(&["add", "-A", "."]);
        self.sandbox.git(&["commit", "-q", "-m", message]);
    }

    fn vault(&self, entries: &[(&str, usize)]) {
        let lines: String = entries
            .iter()
            .map(|(name, value)| format!("{name}={}\n", self.values[*value]))
            .collect();
        self.sandbox.write("vault/a.env", lines);
        private(&self.sandbox.path("vault"), 0o700);
        private(&self.sandbox.path("vault/a.env"), 0o600);
    }

    fn github(&self, updated: &str) {
        let listing = json!([{"name": "API_KEY", "updatedAt": updated}]);
        std::fs::write(self.sandbox.outside("github.json"), listing.to_string()).expect("written");
    }

    fn fly(&self, names: &[&str]) {
        let listing: Vec<Value> = names
            .iter()
            .map(|name| json!({"name": name, "digest": "0123456789abcdef"}))
            .collect();
        std::fs::write(
            self.sandbox.outside("fly.json"),
            Value::from(listing).to_string(),
        )
        .expect("written");
    }

    fn arguments(&self, command: &[&str]) -> Vec<String> {
        let mut arguments: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        for (place, file) in [
            ("github:staging", "github.json"),
            ("fly:acme-staging", "fly.json"),
        ] {
            arguments.push(format!(
                "--inventory={place}={}",
                self.sandbox.outside(file).display()
            ));
        }
        arguments
    }

    fn run(&self, command: &[&str]) -> Run {
        let run = self.sandbox.run(&self.arguments(command));
        self.shows_nothing(&run);
        run
    }

    fn keyed(&self, command: &[&str], key: &str) -> Run {
        let mut process = self.sandbox.command(&self.arguments(command));
        let run = Run::of(process.env(ATTEST_KEY, key));
        self.shows_nothing(&run);
        run
    }

    fn shows_nothing(&self, run: &Run) {
        for value in &self.values {
            assert!(
                !run.all().contains(value),
                "a value is shown:\n{}",
                run.all()
            );
        }
    }
}

fn private(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("it is ours");
}

const MAP: &str = r#"version = 1

[[credential]]
name = "API_KEY"
environment = "staging"
owner = "reliability"
rotate_every = "90d"
vault = { path = "vault/a.env" }
github = { environment = "staging" }
fly = { app = "acme-staging" }

[[credential]]
name = "TOKEN"
environment = "staging"
owner = "reliability"
vault = { path = "vault/a.env" }
"#;

/// `store state evidence` of every cell of a credential.
fn cells(run: &Run, name: &str) -> Vec<String> {
    let report = run.json();
    let rows = report["credentials"].as_array().expect("a list");
    let row = rows
        .iter()
        .find(|row| row["name"] == name)
        .expect("it is there");
    let stores = row["stores"].as_object().expect("a table");
    stores
        .iter()
        .map(|(store, said)| {
            format!(
                "{store} {} {}",
                said["state"].as_str().unwrap_or("-"),
                said["evidence"].as_str().unwrap_or("-")
            )
        })
        .collect()
}

#[test]
fn a_name_is_no_proof_and_an_attestation_is() {
    let scene = Scene::new();
    let run = scene.run(&["parity", "--format=json"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(
        cells(&run, "API_KEY"),
        [
            "fly unverified name",
            "github unverified name",
            "vault present value"
        ]
    );
    assert_eq!(
        run.rules(),
        ["credential-unverified", "credential-unverified"]
    );

    let key = secret("key", "{hex:64}");
    let file = scene.sandbox.outside("attestation.json");
    for (value, state, code) in [(0, "present", 0), (2, "mismatch", 1)] {
        let mut attest = scene.sandbox.command(&[
            "attest",
            "--store=fly",
            "--environment=staging",
            &format!("--output={}", file.display()),
        ]);
        let made = Run::of(
            attest
                .env(ATTEST_KEY, &key)
                .env("API_KEY", &scene.values[value]),
        );
        assert_eq!(made.code, 0, "{}", made.all());
        scene.shows_nothing(&made);
        let text = std::fs::read_to_string(&file).expect("it was written");
        assert!(
            !text.contains(&scene.values[value]) && !text.contains(&key),
            "{text}"
        );
        let attestation = format!("--attestation={}", file.display());
        let run = scene.keyed(&["parity", "--format=json", &attestation], &key);
        assert_eq!(
            (run.code, &cells(&run, "API_KEY")[0]),
            (code, &format!("fly {state} attested")),
            "{}",
            run.all()
        );
        // With another key it proves nothing, and that is not clean.
        let run = scene.keyed(
            &["parity", "--format=json", &attestation],
            &secret("other key", "{hex:64}"),
        );
        assert_eq!(
            (run.code, &cells(&run, "API_KEY")[0][..]),
            (2, "fly unverified name"),
            "{}",
            run.all()
        );
    }
}

#[test]
fn weak_keys_and_unset_names_attest_nothing() {
    let scene = Scene::new();
    let attest = |key: &str, more: &[&str]| {
        let mut arguments = vec!["attest", "--store=github", "--environment=staging"];
        arguments.extend(more);
        Run::of(
            scene
                .sandbox
                .command(&arguments)
                .env(ATTEST_KEY, key)
                .env("API_KEY", &scene.values[0]),
        )
    };
    for (key, more, why) in [
        ("", &[][..], "is not set"),
        ("short", &[], "is no key"),
        (&"a".repeat(64), &[], "is no key"),
        (
            &secret("key", "{hex:64}"),
            &["--name=NOT_THERE"],
            "not set here",
        ),
        (
            &secret("key", "{hex:64}"),
            &["--environment=nowhere"],
            "the argument",
        ),
    ] {
        let run = attest(key, more);
        assert!(
            run.code == 2 && run.err().contains(why),
            "{why}: {}",
            run.all()
        );
        assert!(run.stdout.is_empty());
    }
    let run = attest(&secret("key", "{hex:64}"), &["--name=SERVICE=API_KEY"]);
    assert!(
        run.code == 0 && run.json()["fingerprints"]["SERVICE"].is_string(),
        "{}",
        run.all()
    );
}

#[test]
fn missing_stale_unmapped_and_unknown() {
    let scene = Scene::new();
    scene.github("2020-01-01T00:00:00Z");
    scene.fly(&["api_key", "EXTRA"]);
    let run = scene.run(&["parity", "--format=json"]);
    assert_eq!(run.code, 1);
    let mut rules = run.rules();
    rules.sort();
    rules.dedup();
    assert_eq!(
        rules,
        [
            "credential-missing",
            "credential-stale",
            "credential-unmapped"
        ],
        "{}",
        run.all()
    );
    let report = run.json();
    let missing = report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|finding| finding["rule"] == "credential-missing")
        .expect("there");
    assert_eq!(
        (&missing["location"]["path"], &missing["location"]["line"]),
        (&json!("ops/map.toml"), &json!(3))
    );
    assert_eq!(
        (&missing["location"]["store"], &missing["location"]["key"]),
        (&json!("fly:acme-staging"), &json!("API_KEY"))
    );

    // A listing that cannot be read is unknown: not missing, and not clean.
    std::fs::write(scene.sandbox.outside("fly.json"), "<html>").expect("written");
    let run = scene.run(&["parity", "--format=json"]);
    assert_eq!(
        (run.code, &cells(&run, "API_KEY")[0][..]),
        (2, "fly error -"),
        "{}",
        run.all()
    );
    assert!(!run.rules().contains(&"credential-missing".to_owned()));
    assert_eq!(
        scene
            .run(&["parity", "--allow-incomplete", "--fail-on=critical"])
            .code,
        0
    );
    // Only what is asked for counts.
    assert_eq!(scene.run(&["parity", "--store=vault"]).code, 0);
    assert_eq!(scene.run(&["parity", "--environment=nowhere"]).code, 2);
}

#[test]
fn a_lock_finds_a_change_in_one_store() {
    let scene = Scene::new();
    let lock = format!("--lock={}", scene.sandbox.outside("parity.lock").display());
    assert_eq!(
        scene.run(&["parity", &lock]).code,
        2,
        "a lock that is not there is not clean"
    );
    assert_eq!(scene.run(&["parity", &lock, "--update-lock"]).code, 0);
    let text =
        std::fs::read_to_string(scene.sandbox.outside("parity.lock")).expect("it was written");
    assert!(
        text.contains("[[seen]]") && scene.values.iter().all(|value| !text.contains(value)),
        "{text}"
    );
    assert_eq!(scene.run(&["parity", &lock, "--update-lock"]).code, 0);
    let again =
        std::fs::read_to_string(scene.sandbox.outside("parity.lock")).expect("it was written");
    assert_eq!(text, again);
    scene.vault(&[("API_KEY", 2), ("TOKEN", 1)]);
    let run = scene.run(&["parity", &lock, "--format=json"]);
    assert_eq!(
        (run.code, &cells(&run, "API_KEY")[0][..]),
        (1, "fly stale digest"),
        "{}",
        run.all()
    );
}

#[test]
fn exceptions_hold_for_stores_too() {
    let scene = Scene::new();
    scene.fly(&[]);
    assert_eq!(scene.run(&["parity"]).code, 1);
    scene.sandbox.write(
        "ops/map.toml",
        MAP.replacen(
            "[[credential]]",
            "# stackguard:allow credential-missing until the app is there\n[[credential]]",
            1,
        ),
    );
    let run = scene.run(&["parity", "--format=json"]);
    assert_eq!(
        (run.code, run.json()["allowed"].as_array().map(Vec::len)),
        (0, Some(1)),
        "{}",
        run.all()
    );
}

#[test]
fn no_format_shows_a_value() {
    let scene = Scene::new();
    scene
        .sandbox
        .write("leak.txt", format!("key = {}\n", scene.values[0]));
    scene.commit("leak");
    for command in ["parity", "audit"] {
        for format in FORMATS {
            for more in ["-v", "--fail-on=low"] {
                // A table of gitleaks' has no room for a message.
                let known = match format {
                    "gitleaks-csv" => "ops/map.toml",
                    _ => "API_KEY",
                };
                let format = format!("--format={format}");
                let mut arguments = vec![command, &format, more];
                if command == "audit" {
                    arguments.push("--exposure");
                }
                let run = scene.run(&arguments);
                // The value in the tree is what the audit finds; of `parity` `--fail-on=low` counts what nothing proves.
                let code = i32::from(command == "audit" || more == "--fail-on=low");
                assert_eq!(run.code, code, "{arguments:?}: {}", run.all());
                assert!(run.out().contains(known), "{arguments:?}: {}", run.all());
            }
        }
    }
}
