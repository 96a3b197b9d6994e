//! What is wrong in a map, by what the configuration says of the vault.

use crate::harness::{Run, Sandbox};

/// Checks a map of these entries: name and more lines of each.
fn checked(config: &str, entries: &[(&str, &str)]) -> Run {
    let sandbox = Sandbox::repo();
    sandbox.write("stackguard.toml", config);
    let mut map = "version = 1\n".to_owned();
    for (name, more) in entries {
        map.push_str(&format!(
            "[[credential]]\nname = \"{name}\"\nenvironment = \"staging\"\nowner = \"ops\"\n{more}\n"
        ));
    }
    sandbox.write("map.toml", map);
    sandbox.run(&["map", "check", "map.toml", "--fail-on=low", "--format=json"])
}

#[test]
fn outside_of_the_vault_is_outside_of_the_configured_one() {
    let below = "[stores.vault]\npath = \"ops/vault\"\n";
    let server = "[stores.vault]\nkind = \"hashicorp\"\n";
    for (config, path, rules) in [
        (below, "ops/vault/a.env", &[][..]),
        (
            "[stores.vault]\npath = \"./ops/vault/\"\n",
            "ops/vault/a.env",
            &[],
        ),
        (below, "ops/notes/a.env", &["map-path-outside-vault"]),
        (below, "ops/vaults/a.env", &["map-path-outside-vault"]),
        (below, "vault/a.env", &["map-path-outside-vault"]),
        ("[stores.vault]\n", "ops/a.env", &["map-path-outside-vault"]),
        ("[stores.vault]\n", "vault/a.env", &[]),
        (server, "ops/a.env", &[]),
        // Where nothing is said it may be a directory or a server.
        ("", "ops/a.env", &[]),
        ("", "kv/a", &[]),
    ] {
        let entry = format!("vault = {{ path = \"{path}\" }}");
        let run = checked(config, &[("A_KEY", &entry)]);
        assert_eq!(run.rules(), rules, "{path} by {config}: {}", run.all());
    }
    let run = checked(
        "",
        &[
            ("A_KEY", "vault = { path = \"vault/a.env\" }"),
            ("B_KEY", "vault = { path = \"kv/app/b\" }"),
            ("C_KEY", "vault = { path = \"docs/c.env\" }"),
        ],
    );
    assert_eq!(run.rules(), ["map-path-outside-vault"], "{}", run.all());
    assert!(
        run.out().contains("`C_KEY` in staging is kept"),
        "{}",
        run.out()
    );
}

/// A secret that two apps have stands in two entries, as one has room for one app.
#[test]
fn a_further_copy_is_no_duplicate() {
    let of = |name: &str, more: &str| {
        format!("vault = {{ path = \"vault/a.env\", key = \"{name}\" }}\n{more}")
    };
    let fly = |app: &str| format!("fly = {{ app = \"{app}\", name = \"KEY\" }}");
    let github = |environment: &str| {
        format!("github = {{ environment = \"{environment}\", name = \"KEY\" }}")
    };
    for (first, second, rules) in [
        (fly("acme-web"), fly("acme-worker"), &[][..]),
        (github("staging"), github("staging-eu"), &[]),
        (fly("acme-web"), fly("acme-web"), &["map-duplicate"]),
        (fly("acme-web"), github("staging"), &["map-duplicate"]),
        (String::new(), fly("acme-web"), &["map-duplicate"]),
    ] {
        let run = checked(
            "",
            &[
                ("KEY", &of("KEY", &first)),
                ("KEY_TOO", &of("KEY", &second)),
            ],
        );
        assert_eq!(run.rules(), rules, "{first} {second}: {}", run.all());
    }
}
