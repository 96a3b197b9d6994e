//! `stackguard map` on real files: exit codes, what it writes, and that a value that was pasted in is never shown.

use crate::harness::{FORMATS, Sandbox};
use stackguard::policy::pack::expand;

mod linted;
mod replaced;

const INDEX: &str = include_str!("../../fixtures/credential_index.md");

fn team() -> Sandbox {
    let sandbox = Sandbox::repo();
    sandbox.write("docs/index.md", INDEX);
    sandbox.write(
        "stackguard.toml",
        "[credentials]\nmap = \"docs/index.md\"\n",
    );
    sandbox
}

#[test]
fn an_index_becomes_toml_that_agrees_with_it() {
    let team = team();
    let import = team.run(&["map", "import"]);
    assert_eq!(import.code, 0, "{}", import.err());
    insta::assert_snapshot!(import.out());
    assert_eq!(team.run(&["map", "import"]).stdout, import.stdout);

    // Wherever in the repository it is asked for.
    team.write("deep/er/x", "");
    let mut command = team.command(&["map", "import"]);
    let deep = command
        .current_dir(team.path("deep/er"))
        .output()
        .expect("it runs");
    assert_eq!(deep.stdout, import.stdout);

    let written = team.run(&["map", "import", "-o", "docs/index.toml"]);
    assert_eq!(
        (written.code, written.out()),
        (0, String::new()),
        "{}",
        written.err()
    );
    assert_eq!(
        std::fs::read(team.path("docs/index.toml")).expect("written"),
        import.stdout
    );
    let again = team.run(&["map", "import", "-o", "docs/index.toml"]);
    assert_eq!(again.code, 2);
    assert!(
        again.err().contains("exists already") && again.err().contains("--force"),
        "{}",
        again.err()
    );
    assert_eq!(
        team.run(&["map", "import", "-o", "docs/index.toml", "--force"])
            .code,
        0
    );

    let check = team.run(&["map", "check"]);
    assert_eq!(check.code, 0, "{}{}", check.out(), check.err());
    assert!(
        check.out().contains("map-unread"),
        "`etc.` is told: {}",
        check.out()
    );
    assert_eq!(team.run(&["map", "check", "--fail-on", "low"]).code, 1);
    assert_eq!(team.run(&["map", "check", "docs/index.toml"]).code, 0);
}

#[test]
fn what_drifts_apart_fails() {
    let team = team();
    assert_eq!(
        team.run(&["map", "import", "-o", "docs/index.toml"]).code,
        0
    );
    let toml = std::fs::read_to_string(team.path("docs/index.toml")).expect("written");
    for (from, to, said) in [
        (
            "owner = \"reliability\"",
            "owner = \"platform\"",
            "the index gives `reliability` as owner, the TOML `platform`",
        ),
        (
            "github = { environment = \"staging\" }\n",
            "",
            "gives `staging` as GitHub environment, the TOML gives none",
        ),
        (
            "name = \"PRODUCTION_APP_URL\"",
            "name = \"PRODUCTION_URL\"",
            "is in the index, and not in docs/index.toml",
        ),
        (
            "database_url_staging.env",
            "db_staging.env",
            "as vault path",
        ),
        (
            "name = \"SHOPIFY_*_PROD\"",
            "optional = true\nname = \"SHOPIFY_*_PROD\"",
            "optional by the TOML",
        ),
    ] {
        assert!(toml.contains(from), "{from}");
        team.write("docs/index.toml", toml.replacen(from, to, 1));
        for args in [
            &["map", "check"][..],
            &["map", "check", "docs/index.toml"],
            &[
                "map",
                "check",
                "docs/index.toml",
                "--against",
                "docs/index.md",
            ],
        ] {
            let run = team.run(&[args, &["--format", "json"]].concat());
            assert_eq!(run.code, 1, "{args:?} {to}\n{}", run.out());
            assert!(
                run.out().contains("map-drift") && run.out().contains(said),
                "{to}\n{}",
                run.out()
            );
        }
    }
    // The TOML may say more, and correct a guess.
    let more = toml
        .replacen("# rotate_every", "rotate_every", 1)
        .replacen("# expect", "expect", 1)
        .replacen("[[credential]]", "# mine\n[[credential]]", 1)
        .replacen(
            "name = \"SHOPIFY_*_PROD\"",
            "name = \"SHOPIFY_KEY_PROD\"",
            1,
        );
    team.write("docs/index.toml", more);
    let run = team.run(&["map", "check"]);
    assert_eq!(run.code, 0, "{}", run.out());
}

#[test]
fn a_map_is_linted() {
    let sandbox = Sandbox::repo();
    let entry = |rest: &str| {
        format!("[[credential]]\nname = \"A_KEY\"\nenvironment = \"staging\"\n{rest}\n")
    };
    for (text, rule) in [
        (
            entry("github = { environment = \"staging\" }"),
            "map-no-owner",
        ),
        (
            format!(
                "{0}{0}",
                entry("owner = \"ops\"\nvault = { path = \"vault/a.env\" }")
            ),
            "map-duplicate",
        ),
        (
            entry("owner = \"ops\"\nvault = { path = \"vault/../a.env\" }"),
            "map-path-outside-vault",
        ),
        (
            format!(
                "{}{}",
                entry("owner = \"ops\"\nvault = { path = \"vault/a.env\" }"),
                entry("owner = \"ops\"\nvault = { path = \"packages/a.env\" }")
                    .replace("A_KEY", "B_KEY")
            ),
            "map-path-outside-vault",
        ),
        (
            entry("owner = \"ops\"\nexpect = \"postgres-dns\"\nvault = { path = \"vault/a.env\" }"),
            "did you mean `postgres-dsn`?",
        ),
        (
            entry("owner = \"ops\"\nrotate_every = \"1d\"\nvault = { path = \"vault/a.env\" }"),
            "map-interval",
        ),
        (
            entry("owner = \"ops\"\ngithub = { environment = \"production\" }"),
            "map-environment",
        ),
    ] {
        sandbox.write("map.toml", format!("version = 1\n{text}"));
        let run = sandbox.run(&["map", "check", "map.toml", "--fail-on", "low"]);
        assert_eq!(run.code, 1, "{rule}\n{}{}", run.out(), run.err());
        let out = run.out().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(out.contains(rule), "{rule}\n{out}");
    }
    // An exception beside the entry holds, as everywhere.
    let allowed = entry("github = { environment = \"staging\" }");
    sandbox.write(
        "map.toml",
        format!("version = 1\n# stackguard:allow map-no-owner shared by all\n{allowed}"),
    );
    let run = sandbox.run(&["map", "check", "map.toml", "--fail-on", "low"]);
    assert_eq!(run.code, 0, "{}", run.out());
    // A mount of an engine may be called anything, and severities are those of the configuration.
    sandbox.write(
        "stackguard.toml",
        "[stores.vault]\nkind = \"hashicorp\"\n[severity]\nmap-no-owner = \"off\"\n",
    );
    sandbox.write(
        "map.toml",
        format!(
            "version = 1\n{}{}",
            entry("vault = { path = \"vault/a\" }"),
            entry("vault = { path = \"kv/a\" }").replace("A_KEY", "B_KEY")
        ),
    );
    let run = sandbox.run(&["map", "check", "map.toml", "--fail-on", "low"]);
    assert_eq!(run.code, 0, "{}", run.out());
}

#[test]
fn a_map_is_shown() {
    let team = team();
    let shown = team.run(&["map", "show"]);
    assert_eq!(shown.code, 0, "{}", shown.err());
    insta::assert_snapshot!(shown.out());
    let json = team.run(&["map", "show", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(value["credentials"].as_array().map(Vec::len), Some(5));
    assert_eq!(
        value["credentials"][0]["vault"]["path"],
        "vault/occ/supabase/database_url_staging.env"
    );
    assert_eq!(value["file"], "docs/index.md");
    assert_eq!(team.run(&["map", "show", "--format", "sarif"]).code, 2);
}

#[test]
fn what_cannot_be_read_is_exit_code_two() {
    let sandbox = Sandbox::repo();
    let none = sandbox.run(&["map", "check"]);
    assert_eq!(none.code, 2);
    assert!(
        none.err().contains("no credential map is configured"),
        "{}",
        none.err()
    );
    sandbox.write("empty.md", "# Nothing\n");
    sandbox.write("empty.toml", "");
    sandbox.write("bytes.md", b"\xff\xfe|".as_slice());
    sandbox.write("bad.toml", "version = 1\n[[credential]]\nnam = 1\n");
    sandbox.write("large.md", "x".repeat((1 << 20) + 1));
    for (file, said) in [
        ("absent.md", "cannot read the credential map"),
        (".", "not a regular file"),
        ("empty.md", "no credential table"),
        ("empty.toml", "version"),
        ("bytes.md", "not UTF-8"),
        ("bad.toml", "did you mean `name`?"),
        ("large.md", "larger than 1 MiB"),
    ] {
        for verb in ["import", "check", "show"] {
            let run = sandbox.run(&["map", verb, file]);
            assert_eq!((run.code, run.out().as_str()), (2, ""), "{verb} {file}");
            assert!(run.err().contains(said), "{verb} {file}\n{}", run.err());
        }
    }
    sandbox.write("index.md", INDEX);
    assert_eq!(
        sandbox
            .run(&["map", "check", "index.md", "--against", "index.md"])
            .code,
        2
    );
    sandbox.write(
        "map.toml",
        "version = 1\n[[credential]]\nname='A'\nenvironment='e'\ngithub={}\n",
    );
    assert_eq!(sandbox.run(&["map", "import", "map.toml"]).code, 2);
}

#[cfg(unix)]
#[test]
fn a_repository_names_no_map_outside_of_it() {
    let sandbox = Sandbox::repo();
    std::fs::write(sandbox.outside("index.md"), INDEX).expect("written");
    sandbox.write("stackguard.toml", "[credentials]\nmap = \"../index.md\"\n");
    let run = sandbox.run(&["map", "show"]);
    assert_eq!(run.code, 2);
    assert!(
        run.err().contains("leads out of the repository"),
        "{}",
        run.err()
    );
    std::os::unix::fs::symlink(sandbox.outside("index.md"), sandbox.path("link.md"))
        .expect("linked");
    sandbox.write("stackguard.toml", "[credentials]\nmap = \"link.md\"\n");
    assert_eq!(sandbox.run(&["map", "show"]).code, 2);
}

/// Maps with values in many places, and the values.
fn pasted() -> (Sandbox, [String; 3]) {
    let secrets = [
        expand("{base62:20}"),
        expand("sk_live_{base62:24}").replace("sk_live_", ""),
        expand("AKIA{upper:16}"),
    ];
    let [password, key, upper] = &secrets;
    let markdown = INDEX.replace(
        "| Service context",
        &format!("| Pasted (staging) | `DATABASE_URL=postgres://app:{password}@db.acme-prod.io/main` `sk_live_{key}` `{upper}` | key sk_live_{key} |\n| Service context"),
    );
    let entry = |rest: &str| {
        format!(
            "version = 1\n[[credential]]\nname = \"A_KEY\"\nenvironment = \"staging\"\nowner = \"ops\"\n{rest}\n"
        )
    };
    let sandbox = Sandbox::repo();
    sandbox.write("index.md", markdown);
    sandbox.write(
        "comment.toml",
        entry(&format!(
            "# postgres://app:{password}@db.acme-prod.io/main\nvault = {{ path = \"vault/a.env\" }}"
        )),
    );
    sandbox.write(
        "name.toml",
        entry(&format!(
            "vault = {{ path = \"vault/a.env\", key = \"sk_live_{key}\" }}"
        )),
    );
    sandbox.write("broken.toml", entry(&format!("vault = {{ path = \"postgres://app:{password}@db.acme-prod.io/main\" }}\nvalue = \"sk_live_{key}\"")));
    sandbox.write(
        "owner.toml",
        entry("").replace("\"ops\"", &format!("\"sk_live_{key}\"")),
    );
    (sandbox, secrets)
}

#[test]
fn a_value_that_was_pasted_in_is_found_and_never_shown() {
    let (sandbox, secrets) = pasted();
    for file in [
        "index.md",
        "comment.toml",
        "name.toml",
        "broken.toml",
        "owner.toml",
    ] {
        let broken = ["broken.toml", "owner.toml"].contains(&file);
        for format in FORMATS {
            for verb in ["check", "show", "import"] {
                let run = sandbox.run(&["map", verb, file, "--format", format, "-v"]);
                for told in [run.out(), run.err()] {
                    assert!(
                        !secrets.iter().any(|secret| told.contains(secret.as_str())),
                        "{verb} {file} {format} shows a value"
                    );
                }
                if verb == "check" {
                    assert_eq!(
                        run.code,
                        if broken { 2 } else { 1 },
                        "{verb} {file} {format}\n{}",
                        run.err()
                    );
                }
            }
        }
        if !broken {
            assert!(
                sandbox
                    .run(&["map", "check", file])
                    .out()
                    .contains("map-secret-value"),
                "{file}"
            );
        }
    }
    // Nothing is written beside a value.
    assert_eq!(
        sandbox
            .run(&["map", "import", "index.md", "-o", "out.toml"])
            .code,
        1
    );
    assert!(!sandbox.path("out.toml").exists());
}
