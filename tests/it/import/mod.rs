//! `stackguard import`: what other scanners were told, on repositories that were set up for them.

use crate::harness::{Run, Sandbox, secret};

mod narrow;
mod unread;

/// Imports, and again: the second time there is nothing to do.
fn import(sandbox: &Sandbox, args: &[&str]) -> Run {
    let run = sandbox.run(&[&["import", "--yes"], args].concat());
    assert_eq!(run.code, 0, "{}", run.all());
    let again = sandbox.run(&[&["import", "--yes"], args].concat());
    assert!(
        again.code == 0 && again.out().contains("Nothing to change."),
        "{}",
        again.all()
    );
    run
}

fn token(name: &str) -> String {
    secret(name, "ghp_{base62:30}{crc62}")
}

#[test]
fn a_gitleaks_configuration() {
    let (one, two, three) = (token("one"), token("two"), token("three"));
    let config = format!(
        r#"title = "ours"
[extend]
useDefault = true
disabledRules = ["npm-access-token", "unheard-of"]

[[rules]]
id = "Acme_Token"
description = "Acme token"
regex = '''\b(acme_live_[A-Za-z0-9]{{32}})\b'''
entropy = 3.0
keywords = ["acme_live_"]
  [[rules.allowlists]]
  regexes = ['''^acme_live_0000''']

[[rules]]
id = "look-behind"
regex = '''(?<=x)secret[a-z]{{20}}'''

[[rules]]
id = "github-pat"
regex = '''ghp_[0-9a-zA-Z]{{36}}'''

[allowlist]
description = "samples"
paths = ['''^samples/''', '''[^a]+x''']
regexes = ['''{two}''']
stopwords = ["dummy"]
commits = ["0123456789012345678901234567890123456789"]
"#
    );
    let sandbox = Sandbox::repo_of(&[
        (".gitleaks.toml", &config),
        ("samples/a.env", &format!("TOKEN={one}\n")),
        ("b.env", &format!("TOKEN={two}\n")),
        ("c.env", &format!("TOKEN={three}\n")),
    ]);
    let run = import(&sandbox, &[".gitleaks.toml"]);
    for value in [&one, &two, &three] {
        assert!(!run.all().contains(value.as_str()), "{}", run.all());
        assert!(!sandbox.read("stackguard.toml").contains(value.as_str()));
    }
    for said in [
        "gitleaks.toml:4: disabledRules `unheard-of`",
        "rule `look-behind`: its pattern is none that Rust knows",
        "left out: `github-token` is there for that",
        "a path: ",
        "commits: an exception by commit has no counterpart",
    ] {
        assert!(run.out().contains(said), "{said}\n{}", run.out());
    }
    let text = sandbox.read("stackguard.toml");
    assert!(
        text.contains("path = \"samples/**\"") && text.contains("(?i)dummy"),
        "{text}"
    );
    assert!(text.contains("rule = \"acme-token\""), "{text}");
    // The pack holds its proof.
    assert_eq!(
        sandbox
            .run(&["policy", "test", "policies/imported.toml"])
            .code,
        0
    );
    // What was allowed is, what was not is found; the secret quoted in .gitleaks.toml itself is found, and rightly.
    let own = secret("own", "acme_live_{base62:32}");
    sandbox.write("d.txt", format!("key: {own}\n"));
    let run = sandbox.run(&[
        "check",
        "--guard",
        "secrets",
        "--format",
        "json",
        "--allow-incomplete",
    ]);
    let found: Vec<(String, String)> = run
        .hits()
        .into_iter()
        .filter(|hit| hit.severity != "low")
        .map(|hit| (hit.path, hit.rule))
        .collect();
    assert!(
        found.contains(&("c.env".into(), "github-token".into())),
        "{found:?}"
    );
    assert!(
        found.contains(&("d.txt".into(), "acme-token".into())),
        "{found:?}"
    );
    assert!(
        !found.iter().any(|(path, _)| path == "samples/a.env"),
        "{found:?}"
    );
}

#[test]
fn an_ignore_file_is_matched_by_place() {
    let (one, two) = (token("ignored"), token("other"));
    let sandbox = Sandbox::repo_of(&[
        ("a.env", &format!("# x\nTOKEN={one}\n")),
        ("b.env", &format!("TOKEN={two}\n")),
    ]);
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.write(
        ".gitleaksignore",
        format!("# why\na.env:github-pat:2\n{head}:b.env:github-pat:1\nb.env:slack-bot-token:9\nodd\ngone.env:jwt:3\n"),
    );
    let run = import(&sandbox, &[".gitleaksignore"]);
    let out = run.out();
    for said in [
        ".gitleaksignore:2: `github-pat` in a.env: accepted by its place alone",
        ".gitleaksignore:3: `github-pat` in b.env: accepted by its place alone",
        ".gitleaksignore:4: `slack-bot-token` in b.env: stackguard finds nothing there",
        ".gitleaksignore:5: an entry: it has not three or four parts",
        ".gitleaksignore:6: `jwt` in gone.env: stackguard finds nothing there",
    ] {
        assert!(out.contains(said), "{said}\n{out}");
    }
    assert_eq!(sandbox.run(&["check"]).code, 0);
    assert_eq!(sandbox.run(&["check", "--history"]).code, 0);
    sandbox.write(
        "a.env",
        format!("# x\nTOKEN={}\n", token("a new one on the old line")),
    );
    assert_eq!(sandbox.run(&["check"]).code, 1);
}

#[test]
fn a_gitleaks_baseline_is_matched_by_value() {
    let (one, other) = (token("known"), token("changed"));
    let sandbox = Sandbox::repo_of(&[
        ("a.env", &format!("\n\nTOKEN={one}\n")),
        ("b.env", &format!("TOKEN={other}\n")),
    ]);
    let row = |file: &str, line: u32, secret: &str| {
        serde_json::json!({"RuleID": "github-pat", "Description": "d", "StartLine": line, "EndLine": line, "StartColumn": 7, "EndColumn": 46,
            "Match": secret, "Secret": secret, "File": file, "SymlinkFile": "", "Commit": "", "Entropy": 5.1, "Author": "", "Email": "",
            "Date": "", "Message": "", "Tags": [], "Fingerprint": format!("{file}:github-pat:{line}")})
    };
    // The line moved since; in b.env the line is the same, and the secret is another.
    let rows = serde_json::json!([
        row("a.env", 1, &one),
        row("b.env", 1, &token("what it was"))
    ]);
    sandbox.write(
        "../outside-report.json",
        serde_json::to_string_pretty(&rows).expect("JSON"),
    );
    let run = import(&sandbox, &["../outside-report.json"]);
    assert!(!run.all().contains(&one), "{}", run.all());
    assert!(
        run.out()
            .contains("2 accepted before, 1 entry for the baseline"),
        "{}",
        run.out()
    );
    let run = sandbox.run(&["check", "--guard", "secrets", "--format", "json"]);
    let new: Vec<_> = run.json()["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|found| found["baseline"] == "new")
        .map(|found| found["location"]["path"].clone())
        .collect();
    assert_eq!(new, ["b.env"]);
    // Redacted, only the place is left.
    sandbox.write(
        "redacted.json",
        serde_json::to_string_pretty(&serde_json::json!([row("b.env", 1, "REDACTED")]))
            .expect("JSON"),
    );
    let run = import(&sandbox, &["redacted.json"]);
    assert!(run.out().contains("by its place alone"), "{}", run.out());
}

#[test]
fn hashes_of_detect_secrets_and_ggshield() {
    use sha2::Digest as _;
    let hex = |digest: &[u8]| {
        digest
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let (one, two, three) = (token("sha1"), token("sha256"), token("typed"));
    let sandbox = Sandbox::repo_of(&[
        ("a.env", &format!("TOKEN=\"{one}\"\n")),
        ("b.env", &format!("TOKEN={two}\n")),
        ("c.env", &format!("TOKEN={three}\n")),
    ]);
    let baseline = serde_json::json!({"version": "1.5.0", "plugins_used": [], "filters_used": [{"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": ["x"]}],
        "results": {"a.env": [
            {"type": "Secret Keyword", "filename": "a.env", "hashed_secret": hex(&sha1::Sha1::digest(one.as_bytes())), "is_verified": false, "line_number": 99},
            {"type": "Secret Keyword", "filename": "a.env", "hashed_secret": "0".repeat(40), "is_verified": false, "line_number": 1},
            {"type": "Secret Keyword", "filename": "a.env", "hashed_secret": "1".repeat(40), "is_verified": false, "is_secret": true, "line_number": 1}]},
        "generated_at": "2026-01-01T00:00:00Z"});
    sandbox.write(
        ".secrets.baseline",
        serde_json::to_string_pretty(&baseline).expect("JSON"),
    );
    let run = import(&sandbox, &[".secrets.baseline"]);
    assert!(
        run.out()
            .contains("2 accepted before, 1 entry for the baseline"),
        "{}",
        run.out()
    );
    assert!(
        run.out().contains("audited as a real secret") && run.out().contains("should_exclude_file"),
        "{}",
        run.out()
    );
    let plain = hex(&sha2::Sha256::digest(two.as_bytes()));
    let typed = hex(&sha2::Sha256::digest(format!("{three},apikey").as_bytes()));
    sandbox.write(
        ".gitguardian.yaml",
        format!("version: 2\nsecret:\n  ignored_matches:\n    - name: one\n      match: {plain}\n    - name: two\n      match: {typed}\n  ignored_paths:\n    - \"**/fixtures/**\"\n  ignored_detectors:\n    - Generic Password\nexit_zero: false\n"),
    );
    let run = import(&sandbox, &[".gitguardian.yaml"]);
    assert!(
        run.out().contains(
            "1 exception for [[allow]], 0 rules for a pack; 2 accepted before, 2 entries"
        ),
        "{}",
        run.out()
    );
    assert!(run.out().contains("yaml:11: a detector"), "{}", run.out());
    assert_eq!(sandbox.run(&["check", "--fail-on", "medium"]).code, 0);
}

#[test]
fn ripsecrets_lines() {
    let one = token("rip");
    let sandbox = Sandbox::repo_of(&[("keys/a.env", &format!("TOKEN={one}\n"))]);
    sandbox.write(
        ".secretsignore",
        "# c\nkeys/\n!keep\n[secrets]\n^dummy-.*\n",
    );
    let run = import(&sandbox, &[".secretsignore"]);
    assert!(
        run.out()
            .contains(".secretsignore:3: a path: an exception from an exclusion"),
        "{}",
        run.out()
    );
    let text = sandbox.read("stackguard.toml");
    assert!(
        text.contains("path = \"**/keys/**\"") && text.contains("value = \"^dummy-.*\""),
        "{text}"
    );
    assert_eq!(sandbox.run(&["check"]).code, 0);
}

#[test]
fn what_is_of_no_kind_is_refused() {
    let sandbox = Sandbox::repo_of(&[
        ("notes.txt", "x\n"),
        ("bad.json", "[{]\n"),
        (".gitleaks.toml", "a = \n"),
        ("stackguard.toml", "[toolkit]\n"),
    ]);
    for args in [
        &["import", "notes.txt"][..],
        &["import", "bad.json"],
        &["import", ".gitleaks.toml"],
        &["import", "absent"],
        &["import"],
    ] {
        let run = sandbox.run(args);
        assert_eq!(run.code, 2, "{}", run.all());
    }
    assert_eq!(sandbox.read("stackguard.toml"), "[toolkit]\n");
    sandbox.write(".secretsignore", "a/\n");
    let run = sandbox.run(&["import", ".secretsignore"]);
    assert!(
        run.code == 2 && run.err().contains("--yes"),
        "{}",
        run.all()
    );
    assert_eq!(
        sandbox.run(&["import", "--dry-run", ".secretsignore"]).code,
        0
    );
    assert_eq!(sandbox.read("stackguard.toml"), "[toolkit]\n");
}
