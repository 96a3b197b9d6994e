//! What was not looked at never counts as clean: locks that tell nothing, stores the map does not have, files nobody maps.

use super::{ATTEST_KEY, MAP, Scene};
use crate::harness::{Run, secret};

impl Scene {
    /// Attests one value of API_KEY for a store; the `--attestation` argument for it.
    fn attested(&self, store: &str, value: usize, key: &str) -> String {
        let file = self.sandbox.outside(&format!("{store}-attestation.json"));
        let mut attest = self.sandbox.command(&[
            "attest",
            &format!("--store={store}"),
            "--environment=staging",
            "--name=API_KEY",
            &format!("--output={}", file.display()),
        ]);
        let made = Run::of(
            attest
                .env(ATTEST_KEY, key)
                .env("API_KEY", &self.values[value]),
        );
        assert_eq!(made.code, 0, "{}", made.all());
        format!("--attestation={}", file.display())
    }

    fn lock(&self) -> String {
        format!("--lock={}", self.sandbox.outside("parity.lock").display())
    }

    /// `what: why` of all gaps of a JSON report.
    fn gaps(run: &Run) -> Vec<String> {
        let report = run.json();
        let gaps = report["incomplete"].as_array().expect("a list");
        let text = |gap: &serde_json::Value, key: &str| gap[key].as_str().unwrap_or("-").to_owned();
        gaps.iter()
            .map(|gap| format!("{}: {}", text(gap, "what"), text(gap, "why")))
            .collect()
    }
}

#[test]
fn a_copy_that_is_behind_is_behind_on_the_next_run_too() {
    let scene = Scene::new();
    let key = secret("key", "{hex:64}");
    let lock = scene.lock();
    scene.github("2020-01-01T00:00:00Z");
    let both = ["github", "fly"].map(|store| scene.attested(store, 0, &key));
    let first = scene.keyed(
        &["parity", &both[0], &both[1], &lock, "--update-lock"],
        &key,
    );
    assert_eq!(first.code, 0, "{}", first.all());

    // The vault and GitHub have a new value, and Fly was forgotten.
    scene.vault(&[("API_KEY", 2), ("TOKEN", 1)]);
    scene.github("2020-02-01T00:00:00Z");
    let github = scene.attested("github", 2, &key);
    for more in ["--update-lock", "--verbose"] {
        let run = scene.keyed(&["parity", &github, &lock, "--format=json", more], &key);
        assert_eq!(
            (run.code, &super::cells(&run, "API_KEY")[..2]),
            (
                1,
                &[
                    "fly stale digest".to_owned(),
                    "github present attested".to_owned()
                ][..]
            ),
            "{more}: {}",
            run.all()
        );
    }

    // Without the key the lock tells nothing of the vault's value, and that is said.
    let run = scene.run(&["parity", &lock, "--format=json"]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(
        Scene::gaps(&run)
            .iter()
            .any(|gap| gap.contains("it was written with a key")),
        "{}",
        run.all()
    );
}

#[test]
fn a_store_the_map_does_not_have_is_not_clean() {
    let scene = Scene::new();
    scene.sandbox.write(
        "ops/map.toml",
        MAP.replace("fly = { app = \"acme-staging\" }\n", ""),
    );
    for command in ["parity", "audit"] {
        let run = scene
            .sandbox
            .run(&[command, "--store=fly", "--format=json"]);
        assert_eq!(run.code, 2, "{}", run.all());
        assert_eq!(
            Scene::gaps(&run),
            ["ops/map.toml: no credential of the map is in what was chosen"]
        );
        assert_eq!(run.json()["credentials"], serde_json::json!([]));
    }
    // What is in the vault alone is no business of GitHub's.
    let listing = scene.sandbox.outside("github.json");
    let listing = format!("--inventory=github:staging={}", listing.display());
    let run = scene
        .sandbox
        .run(&["audit", "--store=github", "--format=json", &listing]);
    assert_eq!(run.json()["credentials"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_lock_that_is_not_there_is_not_clean() {
    let scene = Scene::new();
    let lock = scene.lock();
    for command in ["parity", "audit"] {
        let run = scene.run(&[command, &lock, "--format=json"]);
        assert_eq!(run.code, 2, "{}", run.all());
        assert!(
            Scene::gaps(&run)[0].contains("there is no such parity lock"),
            "{}",
            run.all()
        );
        // What is no file is no absent one.
        let run = scene.run(&[command, "--lock=ops/map.toml/parity.lock"]);
        assert!(
            run.code == 2 && run.err().contains("cannot read the parity lock"),
            "{}",
            run.all()
        );
    }
}

#[test]
fn a_lock_that_cannot_be_written_takes_no_finding_with_it() {
    let scene = Scene::new();
    scene.fly(&[]);
    let lock = scene.sandbox.outside("none/parity.lock");
    let run = scene.run(&[
        "parity",
        &format!("--lock={}", lock.display()),
        "--update-lock",
        "--format=json",
    ]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(run.rules().contains(&"credential-missing".to_owned()));
    assert!(
        run.err().contains("cannot write the parity lock"),
        "{}",
        run.err()
    );
}

#[test]
fn the_whole_vault_is_looked_at() {
    let scene = Scene::new();
    for (file, mode) in [("tracked.env", 0o600), ("open.env", 0o644)] {
        let path = format!("vault/{file}");
        scene.sandbox.write(&path, "A=1\n");
        super::private(&scene.sandbox.path(&path), mode);
    }
    scene
        .sandbox
        .git(&["add", "-f", "vault/tracked.env", "vault/a.env"]);
    std::fs::remove_file(scene.sandbox.path("vault/tracked.env")).expect("it is there");
    for command in ["parity", "audit"] {
        let run = scene.run(&[command, "--store=vault", "--format=json"]);
        assert_eq!(run.code, 1, "{}", run.all());
        let found: Vec<_> = run
            .hits()
            .into_iter()
            .filter(|hit| hit.rule.starts_with("vault-"))
            .map(|hit| format!("{} {} {}", hit.path, hit.rule, hit.severity))
            .collect();
        assert_eq!(
            found,
            [
                "vault/a.env vault-tracked critical",
                "vault/open.env vault-file-permissions high",
                "vault/tracked.env vault-tracked critical"
            ],
            "{}",
            run.all()
        );
        // A run about GitHub alone has no business there.
        assert!(
            scene
                .run(&[command, "--store=github", "--format=json"])
                .rules()
                .iter()
                .all(|rule| !rule.starts_with("vault-"))
        );
    }
    scene.sandbox.write(".git/index", "damaged");
    let run = scene.run(&["parity", "--store=vault", "--format=json"]);
    assert!(
        run.code == 2 && Scene::gaps(&run)[0].contains("whether git tracks the vault"),
        "{}",
        run.all()
    );
}

#[test]
fn one_listing_is_of_one_repository() {
    let scene = Scene::new();
    let second = "\n[[credential]]\nname = \"API_KEY\"\nenvironment = \"api\"\ngithub = { repository = \"acme/api\", environment = \"staging\" }\n";
    scene.sandbox.write("ops/map.toml", [MAP, second].concat());
    let run = scene.run(&["parity"]);
    assert!(
        run.code == 2 && run.err().contains("may be of acme/api or of acme/web"),
        "{}",
        run.all()
    );
    let other = scene.sandbox.outside("api.json");
    std::fs::write(&other, "[{\"name\":\"OTHER\"}]").expect("written");
    let run = scene.run(&[
        "parity",
        "--format=json",
        &format!("--inventory=github:acme/api:staging={}", other.display()),
    ]);
    let report = run.json();
    let stores: Vec<_> = report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|finding| finding["severity"] != "low")
        .map(|finding| {
            let said = [
                &finding["rule"],
                &finding["location"]["store"],
                &finding["location"]["key"],
            ];
            said.map(|value| value.as_str().unwrap_or("-")).join(" ")
        })
        .collect();
    assert_eq!(
        stores,
        [
            "credential-unmapped github:acme/api:staging OTHER",
            "credential-missing github:acme/api:staging API_KEY"
        ],
        "{}",
        run.all()
    );
}

#[test]
fn a_listing_of_no_place_of_the_map_is_refused() {
    let scene = Scene::new();
    let production = "\n[[credential]]\nname = \"LIVE\"\nenvironment = \"production\"\nfly = { app = \"acme-live\" }\n";
    scene
        .sandbox
        .write("ops/map.toml", [MAP, production].concat());
    let file = scene.sandbox.outside("fly.json");
    for (place, more, why) in [
        (
            "fly:acme-stagign",
            "--quiet",
            Some("it has fly:acme-live, fly:acme-staging"),
        ),
        ("github:stagign", "--quiet", Some("it has github:staging")),
        // Nor where that store is not asked.
        (
            "fly:acme-stagign",
            "--store=vault",
            Some("the map has no place for --inventory fly:acme-stagign"),
        ),
        // One of an environment that was not chosen does no harm.
        ("fly:acme-live", "--environment=staging", None),
    ] {
        for command in ["parity", "audit"] {
            let listing = format!("--inventory={place}={}", file.display());
            let run = scene.run(&[command, &listing, more]);
            match why {
                Some(why) => {
                    let said = run.err().split_whitespace().collect::<Vec<_>>().join(" ");
                    assert!(run.code == 2 && said.contains(why), "{}", run.all());
                    assert_eq!(run.out(), "", "nothing was compared");
                }
                None => assert_eq!(run.code, 0, "{}", run.all()),
            }
        }
    }
}

#[test]
fn an_attestation_is_of_what_was_named() {
    let scene = Scene::new();
    let key = secret("key", "{hex:64}");
    let attest = |more: &[&str]| {
        let mut arguments = vec!["attest", "--store=fly", "--environment=staging"];
        arguments.extend(more);
        Run::of(
            scene
                .sandbox
                .command(&arguments)
                .env(ATTEST_KEY, &key)
                .env("API_KEY", &scene.values[0]),
        )
    };
    // The variable that was named is not set; the one of the credential's own name holds something else.
    let run = attest(&["--name=API_KEY=SHADOW_KEY"]);
    assert!(
        run.code == 2 && run.err().contains("not set here") && run.stdout.is_empty(),
        "{}",
        run.all()
    );
    // What may be absent is no hole when it is.
    for (optional, code) in [("", 2), ("optional = true\n", 0)] {
        let more = format!(
            "\n[[credential]]\nname = \"EXTRA\"\nenvironment = \"staging\"\n{optional}fly = {{ app = \"acme-staging\" }}\n"
        );
        scene.sandbox.write("ops/map.toml", [MAP, &more].concat());
        let run = attest(&[]);
        assert_eq!(run.code, code, "{}", run.all());
        assert!(run.json()["fingerprints"]["API_KEY"].is_string());
    }
}
