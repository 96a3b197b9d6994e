//! Exceptions: `[[allow]]`, comments, severities, excludes, baselines. None makes a finding disappear in silence.

use crate::harness::{Run, Sandbox, secret};

mod baseline;

fn token(name: &str) -> String {
    // Digits in any case: a letter-only value can look like a name.
    secret(name, "{base62:30}{digit:2}")
}

/// A repository with a leak in `a.env` and this configuration.
fn with(config: &str) -> Sandbox {
    let sandbox = Sandbox::repo();
    sandbox.write("a.env", format!("A=1\nAPI_TOKEN={}\n", token("a")));
    sandbox.write("stackguard.toml", config);
    sandbox
}

fn json(sandbox: &Sandbox) -> Run {
    sandbox.run(&["check", "--format", "json"])
}

#[test]
fn allow_entries() {
    let fingerprint = {
        let report = json(&with("")).json();
        let text = report["findings"][0]["fingerprint"].as_str();
        text.expect("it is reported").to_owned()
    };
    let by_fingerprint = format!("fingerprint = \"{fingerprint}\"");
    let by_value = format!("value = '''^{}''", &token("a")[..6]) + "'";
    let other_fingerprint = format!("fingerprint = \"{}\"", "0".repeat(24));
    for (entry, rules) in [
        ("rule = \"generic-secret\"", &[][..]),
        ("rules = [\"jwt\", \"generic-secret\"]", &[]),
        ("path = \"*.env\"", &[]),
        ("path = \"a.env\"\nrule = \"generic-secret\"", &[]),
        (by_value.as_str(), &[]),
        (by_fingerprint.as_str(), &[]),
        ("rule = \"generic-secret\"\nexpires = 2999-12-31", &[]),
        (
            "rule = \"generic-secret\"\nexpires = 2020-12-31",
            &["generic-secret", "allow-expired"],
        ),
        ("rule = \"jwt\"", &["generic-secret", "allow-unused"]),
        ("path = \"b.env\"", &["generic-secret", "allow-unused"]),
        (
            "rule = \"generic-secret\"\npath = \"b/**\"",
            &["generic-secret", "allow-unused"],
        ),
        (
            "value = '''^nothing$'''",
            &["generic-secret", "allow-unused"],
        ),
        (
            other_fingerprint.as_str(),
            &["generic-secret", "allow-unused"],
        ),
    ] {
        let sandbox = with(&format!("[[allow]]\n{entry}\nreason = \"known to all\"\n"));
        let run = json(&sandbox);
        assert_eq!(run.rules(), rules, "{entry}");
        assert_eq!(run.code, i32::from(!rules.is_empty()), "{entry}");
        let report = run.json();
        let allowed = report["allowed"].as_array().expect("a list");
        if rules.is_empty() {
            assert_eq!(allowed.len(), 1, "{entry}");
            assert_eq!(allowed[0]["by"], "config");
            assert_eq!(allowed[0]["place"], "stackguard.toml:1");
            assert_eq!(allowed[0]["reason"], "known to all");
            let human = sandbox.run(&["check"]).out();
            assert!(human.contains("1 allowed"), "{entry}: {human}");
        } else {
            assert!(allowed.is_empty(), "{entry}");
        }
    }
}

#[test]
fn part_of_a_tree_says_nothing_of_unused_entries() {
    let sandbox = with("[[allow]]\nrule = \"jwt\"\nreason = \"x\"\n");
    sandbox.write("b.txt", "nothing\n");
    sandbox.git(&["add", "b.txt"]);
    for args in [
        &["check", "b.txt"][..],
        &["check", "--staged"],
        &["check", "--guard", "fly"],
    ] {
        let run = sandbox.run(&[args, &["--format", "json"]].concat());
        assert_eq!(run.rules(), Vec::<String>::new(), "{args:?}");
    }
}

#[test]
fn comments() {
    for (comment, above, covers) in [
        ("stackguard:allow generic-secret known", true, true),
        ("stackguard:allow jwt known", true, false),
        ("stackguard:allow", false, false),
        ("gitleaks:allow", false, true),
        ("betterleaks:allow", false, true),
        ("pragma: allowlist secret", false, true),
        ("trufflehog:ignore", false, true),
        ("kingfisher:ignore", false, true),
        ("ggignore", false, true),
        ("nosecret", false, true),
        ("nosecrets", false, false),
        ("allow", false, false),
    ] {
        let value = token(comment);
        let same = format!("API_TOKEN={value} # {comment}\n");
        let before = format!("# {comment}\nAPI_TOKEN={value}\n");
        let after = format!("API_TOKEN={value}\n# {comment}\n");
        let beyond = format!("# {comment}\n\nAPI_TOKEN={value}\n");
        for (text, covered) in [
            (same, covers),
            (before, covers && above),
            (after, false),
            (beyond, false),
        ] {
            let sandbox = Sandbox::new();
            sandbox.write("a.env", &text);
            let run = json(&sandbox);
            assert_eq!(run.code, i32::from(!covered), "{comment}: {}", run.all());
            let report = run.json();
            let allowed = report["allowed"].as_array().expect("a list");
            assert_eq!(allowed.len(), usize::from(covered), "{comment}");
            if covered {
                assert_eq!(allowed[0]["by"], "inline", "{comment}");
                assert_eq!(allowed[0]["place"], "a.env:1", "{comment}");
                assert!(comment.starts_with(allowed[0]["mark"].as_str().expect("a mark")));
            }
        }
    }
}

#[test]
fn severities() {
    for (severity, code, found) in [
        ("off", 0, false),
        ("low", 0, true),
        ("medium", 1, true),
        ("critical", 1, true),
    ] {
        let sandbox = with(&format!("[severity]\ngeneric-secret = \"{severity}\"\n"));
        let run = json(&sandbox);
        assert_eq!(run.code, code, "{severity}");
        let hits = run.hits();
        assert_eq!(hits.len(), usize::from(found), "{severity}");
        assert!(hits.iter().all(|hit| hit.severity == severity));
    }
}

#[test]
fn excludes() {
    let sandbox = with("exclude = [\"vendored/**\", \"*.snap\"]\n");
    sandbox.write("vendored/x/b.env", format!("API_TOKEN={}\n", token("b")));
    sandbox.write("c.snap", format!("API_TOKEN={}\n", token("c")));
    sandbox.write("vendored.env", format!("API_TOKEN={}\n", token("d")));
    sandbox.git(&["add", "-A"]);
    for args in [
        &["check"][..],
        &["check", "--staged"],
        &["check", "a.env", "vendored", "c.snap", "vendored.env"],
    ] {
        let run = sandbox.run(&[args, &["--format", "json"]].concat());
        let paths: Vec<String> = run.hits().into_iter().map(|hit| hit.path).collect();
        assert_eq!(paths, ["a.env", "vendored.env"], "{args:?}");
    }
}

#[test]
fn fingerprints_do_not_depend_on_the_source() {
    let sandbox = Sandbox::repo();
    sandbox.commit("empty");
    sandbox.write("a.env", format!("A=1\nAPI_TOKEN={}\n", token("same")));
    sandbox.git(&["add", "-A"]);
    let fingerprint = |args: &[&str]| {
        let args = [args, &["--guard", "secrets", "--format", "json"]].concat();
        let report = sandbox.run(&args).json();
        let text = report["findings"][0]["fingerprint"].as_str();
        text.unwrap_or_else(|| panic!("{args:?} finds it"))
            .to_owned()
    };
    let first = fingerprint(&["check"]);
    assert_eq!(fingerprint(&["check", "a.env"]), first);
    assert_eq!(fingerprint(&["check", "--staged"]), first);
    sandbox.commit("leak");
    assert_eq!(fingerprint(&["check", "--range", "HEAD~1..HEAD"]), first);
    assert_eq!(fingerprint(&["check", "--history"]), first);
    let text = std::fs::read(sandbox.path("a.env")).expect("it is there");
    let args = [
        "check",
        "--stdin",
        "--stdin-path",
        "a.env",
        "--format",
        "json",
    ];
    let report = sandbox.run_with(&args, &text).json();
    assert_eq!(report["findings"][0]["fingerprint"], first);
}

#[test]
fn the_report_people_read() {
    let sandbox = Sandbox::repo();
    let (api, old) = (token("api"), token("old"));
    let password = secret("password", "{base62:20}");
    sandbox.write(
        "deploy.sh",
        format!(
            "#!/bin/sh\nDB=\"postgres://app:{password}@db.acme-prod.io/main\"\nAPI_TOKEN={api}\nOLD_TOKEN={old} # nosecret\n"
        ),
    );
    let run = sandbox.run(&["check"]);
    let time = regex::Regex::new(r"in \d+ ms").expect("a pattern");
    let text = time.replace_all(&run.out(), "in N ms").into_owned();
    insta::assert_snapshot!(text, @r#"
    critical: postgres-dsn
      × Postgres connection string with a password
       ╭─[deploy.sh:2:5]
     2 │ DB="postgres://app:****************@db.acme-prod.io/main"
       ·     ────────────────────────────────────────────────────
       ╰────
        why: Whoever has it can read and change the whole database, past row level
             security.
       help: Reset the database password (Supabase: Project settings, Database,
             Reset database password), store the new one in the vault, mirror it to
             GitHub and Fly, and restart what uses it.
      allow: a comment `stackguard:allow postgres-dsn REASON` on the line or above
             it, or an [[allow]] entry in stackguard.toml, or `stackguard baseline
             create`
        see: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
             https://supabase.com/docs/guides/database/connecting-to-postgres

    high: generic-secret
      × Token, key or secret assigned in clear text
       ╭─[deploy.sh:3:11]
     3 │ API_TOKEN=****************
       ·           ────────────────
       ╰────
        why: Whoever can read the repository, or any copy of it, can act as its
             owner.
       help: Revoke it where it was issued, make a new one, keep it in the vault,
             and read it from the environment.
      allow: a comment `stackguard:allow generic-secret REASON` on the line or above
             it, or an [[allow]] entry in stackguard.toml, or `stackguard baseline
             create`

    allowed: 1 finding: inline deploy.sh:4 (nosecret)
    2 findings: 1 critical, 1 high; 1 allowed (1 file, 169 bytes in N ms)
    "#);
    assert!(run.stderr.is_empty(), "{}", run.err());
    fits(&text);
}

#[test]
fn the_error_people_read() {
    let sandbox = with("pakcs = []\n\n[[allow]]\nrule = \"jtw\"\n");
    let run = sandbox.run(&["check"]);
    assert_eq!((run.code, run.out().as_str()), (2, ""));
    insta::assert_snapshot!(run.err(), @r#"
      × 3 problems in stackguard.toml

    Error: 
      × unknown key `pakcs` at the top level
       ╭─[stackguard.toml:1:1]
     1 │ pakcs = []
       · ─────
     2 │ 
       ╰────
      help: did you mean `packs`?

    Error: 
      × an exception needs a `reason`
       ╭─[stackguard.toml:3:1]
     2 │ 
     3 │ [[allow]]
       · ─────────
     4 │ rule = "jtw"
       ╰────
      help: say why this is no problem, for those who read it next year

    Error: 
      × there is no rule `jtw`
       ╭─[stackguard.toml:4:8]
     3 │ [[allow]]
     4 │ rule = "jtw"
       ·        ─────
       ╰────
      help: did you mean `jwt`?
    "#);
    fits(&run.err());
}

/// No line is wider than the terminal; addresses are never cut.
fn fits(text: &str) {
    for line in text.lines().filter(|line| !line.contains("https://")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
}
