//! What is looked for, and what could not be.

use super::{Kind, World, findings, gaps};
use crate::harness::secret;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

#[test]
fn what_the_map_does_not_name_is_looked_for_too() {
    for kind in [Kind::Directory, Kind::Kv] {
        let world = World::new(kind);
        world.map(&[("API_KEY", "app", "")]);
        let extra = secret("extra", "{base62:30}");
        world.put(
            "app",
            1,
            &[
                ("API_KEY", &secret("key", "{base62:30}")),
                ("EXTRA", &extra),
            ],
        );
        world.commit(&[("a.txt", &format!("x {extra}\n"))]);
        let run = world.run(&["audit", "--exposure", "--format=json"]);
        assert_eq!(
            findings(&run, "credential-exposed"),
            [
                "critical a.txt: the value in use of `EXTRA` (not in the map) stands in the repository"
            ],
            "{}",
            run.all()
        );
    }
}

#[test]
fn long_values_and_a_value_in_another() {
    let world = World::new(Kind::Kv);
    world.map(&[
        ("SERVICE_JSON", "app", ""),
        ("DB_PASSWORD", "app", ""),
        ("DATABASE_URL", "app", ""),
        ("PIN", "app", ""),
    ]);
    let long = secret("long", &"{base62:70}-".repeat(220));
    let password = secret("password", "{base62:20}");
    let dsn = format!(
        concat!("postgres", "://app:{}@db.acmecorp.io:5432/main"),
        password
    );
    world.put(
        "app",
        1,
        &[
            ("SERVICE_JSON", &long),
            ("DB_PASSWORD", &password),
            ("DATABASE_URL", &dsn),
        ],
    );
    world.commit(&[
        ("long.txt", &format!("{long}\n")),
        ("app.env", &format!("DATABASE_URL={dsn}\n")),
    ]);
    let run = world.run(&["audit", "--exposure", "--format=json"]);
    let found = findings(&run, "credential-exposed");
    let named = |path: &str, name: &str| {
        found
            .iter()
            .any(|found| found.contains(&format!("{path}: the value in use of `{name}`")))
    };
    assert!(
        found.len() == 3
            && named("long.txt", "SERVICE_JSON")
            && named("app.env", "DB_PASSWORD")
            && named("app.env", "DATABASE_URL"),
        "{found:?}"
    );
    let notes = run.json()["notes"].to_string();
    assert!(
        notes.contains("looked for 3 different values of 3 entries; 0 too short"),
        "{notes}"
    );
}

#[test]
fn what_may_not_be_read_is_a_gap() {
    let world = World::new(Kind::Kv);
    world.map(&[("API_KEY", "app", ""), ("OTHER", "app", "")]);
    world.put(
        "app",
        1,
        &[
            ("API_KEY", &secret("key", "{base62:30}")),
            ("OTHER", &secret("other", "{base62:30}")),
        ],
    );
    world.configure("read_values = false\n");
    world.commit(&[]);
    let run = world.run(&["audit", "--exposure", "--format=json"]);
    assert_eq!(run.code, 2, "{}", run.all());
    let found = gaps(&run);
    assert!(found.contains(&"vault:kv/app: the values of `API_KEY`, `OTHER` may not be read, so they were not looked for".to_owned()), "{found:?}");

    // A version that was deleted may be the one that leaked.
    let world = World::new(Kind::Kv);
    world.map(&[("API_KEY", "app", "")]);
    for (name, age) in [("one", 30), ("two", 20), ("three", 1)] {
        world.put("app", age, &[("API_KEY", &secret(name, "{base62:30}"))]);
    }
    world.commit(&[]);
    assert_eq!(world.run(&["audit", "--exposure"]).code, 0);
    world.delete("app", 1);
    let run = world.run(&["audit", "--exposure", "--format=json"]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(
        gaps(&run)[0]
            .starts_with("vault:kv/app: its older versions `1` are deleted and could not be read"),
        "{:?}",
        gaps(&run)
    );
}

#[test]
fn versions_beyond_those_that_are_read_are_a_gap() {
    let world = World::new(Kind::Kv);
    world.map(&[("API_KEY", "app", "")]);
    let first = secret("version 0", "{base62:30}");
    for number in 0..103 {
        let value = secret(&format!("version {number}"), "{base62:30}");
        world.put("app", 200 - number, &[("API_KEY", &value)]);
    }
    world.commit(&[("a.txt", &format!("x {first}\n"))]);
    let run = world.run(&["audit", "--exposure", "--format=json"]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert_eq!(
        gaps(&run),
        [
            "vault:kv/app: 2 older versions before those that are read were not looked for; `max_versions` of the secret keeps fewer"
        ]
    );
}

/// A comment excuses an exposure only when it names the rule; one for another tool knew nothing of the vault.
#[test]
fn comments_and_exceptions() {
    let world = World::new(Kind::Directory);
    world.map(&[("API_KEY", "app", "")]);
    let key = secret("key", "{base62:30}");
    world.put("app", 1, &[("API_KEY", &key)]);
    for (comment, allowed, exposed) in [
        ("", 0, 1),
        ("# gitleaks:allow", 0, 1),
        ("# stackguard:allow generic-secret known", 0, 1),
        (
            "# stackguard:allow credential-exposed a key of the sandbox",
            1,
            0,
        ),
    ] {
        world.sandbox.write("a.txt", format!("x {key} {comment}\n"));
        let run = world.run(&["audit", "--exposure", "--allow-incomplete", "--format=json"]);
        let covered = run.json()["allowed"].as_array().expect("a list").len();
        assert_eq!(
            (covered, findings(&run, "credential-exposed").len()),
            (allowed, exposed),
            "{comment}: {}",
            run.all()
        );
    }
    world.sandbox.write("a.txt", format!("x {key}\n"));
    world.configure("[[allow]]\nrule = \"credential-exposed\"\npath = \"a.txt\"\nreason = \"a key of the sandbox\"\n");
    let run = world.run(&["audit", "--exposure", "--allow-incomplete", "--format=json"]);
    assert_eq!(
        findings(&run, "credential-exposed").len(),
        0,
        "{}",
        run.all()
    );
}

/// Of a server the map gives paths too, and they are none of the work tree's.
#[test]
fn a_file_called_as_a_secret_of_the_server_is_looked_at() {
    let world = World::new(Kind::Kv);
    world.map(&[("API_KEY", "app", "")]);
    let key = secret("key", "{base62:30}");
    world.put("app", 1, &[("API_KEY", &key)]);
    world.commit(&[]);
    world.sandbox.write("kv/app", format!("x {key}\n"));
    let run = world.run(&["audit", "--exposure", "--format=json"]);
    let found = findings(&run, "credential-exposed");
    assert!(
        found.len() == 1 && found[0].starts_with("critical kv/app: "),
        "{found:?}"
    );
}

/// Removed from the file, committed, and pasted again: the history's "no more" must not hide that it stands there now.
#[test]
fn what_stands_again_is_told() {
    let world = World::new(Kind::Directory);
    world.map(&[("API_KEY", "app", "")]);
    let key = secret("key", "{base62:30}");
    world.put("app", 1, &[("API_KEY", &key)]);
    world.commit(&[("a.txt", &format!("x {key}\n"))]);
    world.commit(&[("a.txt", "x\n")]);
    assert_eq!(
        findings(
            &world.run(&["audit", "--exposure", "--format=json"]),
            "credential-exposed"
        )
        .len(),
        1
    );
    world.sandbox.write("a.txt", format!("x {key}\n"));
    assert_eq!(
        findings(
            &world.run(&["audit", "--exposure", "--format=json"]),
            "credential-exposed"
        )
        .len(),
        2
    );
    world.commit(&[]);
    assert_eq!(
        findings(
            &world.run(&["audit", "--exposure", "--format=json"]),
            "credential-exposed"
        )
        .len(),
        1
    );
}

/// A password that stands without its address opens the same door; and base64 is folded by whoever prints it.
#[test]
fn passwords_alone_and_folded_base64() {
    let world = World::new(Kind::Kv);
    world.map(&[("DATABASE_URL", "app", ""), ("API_KEY", "app", "")]);
    let [password, old, key] = ["password", "old", "key"].map(|name| secret(name, "{base62:30}"));
    let dsn = |password: &str| {
        format!(
            concat!("postgres", "://app:{}@db.acmecorp.io:5432/main"),
            password
        )
    };
    world.put(
        "app",
        30,
        &[("DATABASE_URL", &dsn(&old)), ("API_KEY", &key)],
    );
    world.put(
        "app",
        1,
        &[("DATABASE_URL", &dsn(&password)), ("API_KEY", &key)],
    );
    let mut values = world.values.lock().expect("not poisoned");
    values.extend([&password, &old].map(String::clone));
    drop(values);
    // The key goes over the end of the first line, just where the literal would be that it is found by.
    let encoded = STANDARD.encode(format!("{}{key}", "x".repeat(52)));
    let (first, second) = encoded.split_at(76);
    world.commit(&[
        ("now.sh", &format!("export PGPASSWORD={password}\n")),
        ("then.sh", &format!("export PGPASSWORD={old}\n")),
        ("key.b64", &format!("{first}\n{second}\n")),
        ("dsn.txt", &format!("{}\n", dsn(&password))),
    ]);
    let run = world.run(&["audit", "--exposure", "--format=json"]);
    let found: Vec<String> = findings(&run, "credential-exposed")
        .iter()
        .map(|found| {
            found
                .split(", set on")
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    assert_eq!(
        found,
        [
            "critical dsn.txt: the value in use of `DATABASE_URL` (staging) stands in the repository",
            "critical key.b64: the value in use of `API_KEY` (staging) stands in the repository",
            "critical now.sh: the password in the value in use of `DATABASE_URL` (staging) stands in the repository",
            "low then.sh: the password in an older value of `DATABASE_URL` (staging)",
        ],
        "{}",
        run.all()
    );
    let notes = run.json()["notes"].to_string();
    let said = "looked for 3 different values of 4 entries and 2 passwords in them; 0 too short";
    assert!(notes.contains(said), "{notes}");
}

/// Whoever rotates it must know of all that use it.
#[test]
fn a_value_of_two_environments_is_told_of_both() {
    let world = World::new(Kind::Directory);
    let entry = |environment: &str| {
        format!(
            "[[credential]]\nname = \"API_KEY\"\nenvironment = \"{environment}\"\nowner = \"ops\"\nvault = {{ path = \"vault/app.env\" }}\n"
        )
    };
    let map = format!("version = 1\n{}{}", entry("staging"), entry("production"));
    world.sandbox.write("ops/map.toml", map);
    let key = secret("key", "{base62:30}");
    world.put("app", 1, &[("API_KEY", &key)]);
    world.commit(&[("a.txt", &format!("x {key}\n"))]);
    let run = world.run(&["audit", "--exposure", "--format=json"]);
    assert_eq!(
        findings(&run, "credential-exposed"),
        [
            "critical a.txt: the value in use of `API_KEY` (production), `API_KEY` (staging) stands in the repository"
        ]
    );
}
