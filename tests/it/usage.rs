//! What is asked for is done, or refused with advice.

use crate::exit_codes::{refused, with};
use crate::harness::Sandbox;

#[test]
fn bad_usage() {
    let sandbox = with("a.txt", "nothing\n");
    for (args, says) in [
        (&["check", "--nope"][..], "--nope"),
        (&["chekc"], "check"),
        (&[], "Usage"),
        (&["check", "--format", "poem"], "unknown format `poem`"),
        (&["check", "--format", "json="], "names no file"),
        (
            &["check", "--format", "json", "--format", "sarif"],
            "two reports cannot share standard output",
        ),
        (
            &["check", "--format", "json=no/such/dir/x"],
            "could not write the report",
        ),
        (&["check", "--fail-on", "urgent"], "urgent"),
        (&["check", "--threads", "0"], "--threads"),
        (&["check", "--guard", "spelling"], "spelling"),
        (&["check", "--staged", "--stdin"], "cannot be used with"),
        (
            &["check", "--staged", "--range", "a..b"],
            "cannot be used with",
        ),
        (&["check", "--stdin-path", "x"], "--stdin"),
        (&["check", "-q", "-v"], "cannot be used with"),
        (&["check", "no/such/file"], "does not exist"),
        (&["check", "a.txt", "no/such/file"], "does not exist"),
        (&["check", "--config", "nowhere.toml"], "nowhere.toml"),
        (&["check", "--baseline", "nowhere.json"], "nowhere.json"),
        (&["check", "--range", "HEAD"], "HEAD"),
        (&["check", "--range", "HEAD..nowhere"], "nowhere"),
        (
            &["policy", "explain", "postgres-dns"],
            "did you mean `postgres-dsn`?",
        ),
        (&["policy", "test", "nowhere.toml"], "nowhere.toml"),
        (&["baseline", "prune"], "no baseline"),
    ] {
        refused(&sandbox.run(args), says);
    }
}

#[test]
fn what_would_have_no_effect_is_refused() {
    let sandbox = with("a.txt", "nothing\n");
    for (args, says) in [
        (
            &["check", "--range", "A..B"][..],
            "`A` is no commit that is known here",
        ),
        (&["check", "-"], "`--stdin` reads standard input"),
        (
            &["check", "--staged", "a.txt"],
            "`--staged` looks at a whole repository; name its directory",
        ),
        (
            &["check", "--range", "HEAD~0..HEAD", "a.txt"],
            "`--range` looks at a whole repository",
        ),
        (
            &["check", "--history", "a.txt"],
            "`--history` looks at a whole repository",
        ),
        (&["check", "--history", ".", ".git"], "only one path"),
        (
            &["policy", "list", "--format", "sarif"],
            "`--format human` or `--format json`",
        ),
        (
            &["policy", "explain", "jwt", "--format", "json=x"],
            "without a path",
        ),
        (
            &["policy", "test", "--format", "json"],
            "`stackguard policy test` writes no report",
        ),
        (
            &["baseline", "create", "--format", "json"],
            "`stackguard baseline` writes no report",
        ),
        (
            &["init", "--dry-run", "--format", "json"],
            "`stackguard init` writes no report",
        ),
    ] {
        refused(&sandbox.run(args), says);
    }
}

#[test]
fn rules_are_listed_for_programs() {
    let sandbox = with("a.txt", "nothing\n");
    let list = sandbox.run(&["policy", "list", "--format", "json"]);
    assert_eq!(list.code, 0, "{}", list.all());
    let rules = list.json()["rules"].as_array().expect("a list").len();
    let table = sandbox.run(&["policy", "list"]).out();
    assert_eq!(rules, table.lines().count());
    let jwt = sandbox.run(&["policy", "explain", "jwt", "--format", "json"]);
    let jwt = jwt.json();
    for key in ["id", "severity", "guard", "summary", "why", "help", "pack"] {
        assert!(
            jwt[key].as_str().is_some_and(|text| !text.is_empty()),
            "{key}"
        );
    }
    for key in ["references", "leaks", "safe"] {
        assert!(
            jwt[key].as_array().is_some_and(|list| !list.is_empty()),
            "{key}"
        );
    }
    // A variable that is meant for reports says nothing to what writes none.
    for args in [&["policy", "list"][..], &["policy", "test"]] {
        let mut command = sandbox.command(args);
        let output = command
            .env("STACKGUARD_FORMAT", "sarif,human=x.txt")
            .output();
        let output = output.expect("it runs");
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert!(!output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn a_rule_is_explained_in_the_width_there_is() {
    let sandbox = Sandbox::new();
    for rule in ["fly-http-not-forced", "supabase-service-role-key"] {
        let text = sandbox.run(&["policy", "explain", rule]).out();
        let (words, more) = text.split_once("\nReported\n").unwrap_or((&text, ""));
        let (words, _) = words.split_once("\nReferences\n").unwrap_or((words, ""));
        let last = more.lines().last().unwrap_or_default();
        for line in words.lines().chain([last]) {
            assert!(line.chars().count() <= 80, "{line}");
        }
        assert!(words.lines().count() > 7, "{text}");
    }
}

#[test]
fn examples_are_shown_as_they_stand_in_the_pack() {
    let sandbox = Sandbox::new();
    let mut lines = String::new();
    for rule in ["generic-password", "postgres-dsn", "credential-in-prose"] {
        lines += &sandbox.run(&["policy", "explain", rule]).out();
    }
    assert!(lines.contains('"') && !lines.contains("\\\""), "{lines}");
}
