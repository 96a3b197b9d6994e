//! `stackguard import` never accepts more than the other scanner did: what `check` reports as new afterwards.

use super::{import, token};
use crate::harness::{Sandbox, secret};
use sha1::Digest as _;

/// The findings that nothing accepts.
fn new_of(sandbox: &Sandbox) -> Vec<serde_json::Value> {
    let run = sandbox.run(&["check", "--guard", "secrets", "--format", "json"]);
    let report = run.json();
    let findings = report["findings"].as_array().expect("a list").iter();
    findings
        .filter(|found| found["baseline"] == "new" && found["guard"] == "secrets")
        .cloned()
        .collect()
}

/// The files with a secret that nothing accepts.
fn new_in(sandbox: &Sandbox) -> Vec<String> {
    let path = |found: &serde_json::Value| found["location"]["path"].as_str().map(str::to_owned);
    let paths: std::collections::BTreeSet<String> =
        new_of(sandbox).iter().filter_map(path).collect();
    paths.into_iter().collect()
}

/// A repository with a secret in each of these files.
fn secrets_in(paths: &[&str]) -> Sandbox {
    let sandbox = Sandbox::repo();
    for path in paths {
        sandbox.write(path, format!("TOKEN={}\n", token(path)));
    }
    sandbox.commit("first");
    sandbox
}

fn without<'p>(all: &[&'p str], spared: &[&str]) -> Vec<&'p str> {
    let left = all.iter().filter(|path| !spared.contains(path));
    left.copied().collect()
}

#[test]
fn a_path_never_becomes_every_path() {
    let all = ["a,b.txt", "a.txt", "src/b.env", "x/v", "y,v"];
    for (lines, spared) in [
        ("*,v", &["y,v"][..]),
        ("*\n!src/", &[]),
        ("a,b.txt", &["a,b.txt"]),
        ("{a.txt,src/b.env}", &[]),
        (r"\*", &[]),
        ("**", &[]),
        ("src/", &["src/b.env"]),
    ] {
        let sandbox = secrets_in(&all);
        sandbox.write("../.secretsignore", lines);
        import(&sandbox, &["../.secretsignore"]);
        assert_eq!(new_in(&sandbox), without(&all, spared), "{lines}");
    }
    for (pattern, spared) in [
        ("^.+$", &[][..]),
        (".", &[]),
        ("", &[]),
        ("^(x|.*)/v$", &["x/v"]),
        ("^src/", &["src/b.env"]),
    ] {
        let sandbox = secrets_in(&all);
        let list = format!("[allowlist]\npaths = ['{pattern}']\n");
        sandbox.write("../.gitleaks.toml", list);
        import(&sandbox, &["../.gitleaks.toml"]);
        assert_eq!(new_in(&sandbox), without(&all, spared), "{pattern}");
    }
}

/// Two secrets on one line, of which one was accepted.
#[test]
fn the_neighbour_of_an_accepted_secret_is_reported() {
    let (known, other) = (
        token("known neighbour"),
        secret("neighbour", "sk_live_{base62:24}"),
    );
    let line = format!("call({known}, {other})\n");
    let hex =
        |digest: &[u8]| -> String { digest.iter().map(|byte| format!("{byte:02x}")).collect() };
    let of = |value: &str, real: bool| serde_json::json!({"type": "Hex High Entropy String", "hashed_secret": hex(&sha1::Sha1::digest(value)), "is_secret": real});
    let detect = |entries: &[serde_json::Value]| {
        serde_json::json!({"plugins_used": [], "filters_used": [], "results": {"a.js": entries}})
            .to_string()
    };
    let row = serde_json::json!([{"RuleID": "generic-api-key", "StartLine": 1, "EndLine": 1, "Secret": known, "File": "a.js"}]);
    let sha256 = hex(&sha2::Sha256::digest(&known));
    let ggshield =
        format!("version: 2\nsecret:\n  ignored_matches:\n    - name: a\n      match: {sha256}\n");
    let call = line.trim();
    for (file, text, left) in [
        ("../report.json", row.to_string(), &other),
        ("../.gitguardian.yaml", ggshield, &other),
        ("../.secrets.baseline", detect(&[of(&known, false)]), &other),
        (
            "../.secrets.baseline",
            detect(&[of(&known, false), of(&other, true)]),
            &other,
        ),
        // The whole call was accepted, and one secret in it was audited as real.
        (
            "../.secrets.baseline",
            detect(&[of(call, false), of(&known, true)]),
            &known,
        ),
    ] {
        let sandbox = Sandbox::repo_of(&[("a.js", &line)]);
        sandbox.write(file, text);
        import(&sandbox, &[file]);
        let columns: Vec<u64> = new_of(&sandbox)
            .iter()
            .filter_map(|found| found["location"]["column"].as_u64())
            .collect();
        let at = line.find(left.as_str()).expect("it is there") as u64 + 1;
        assert_eq!(columns, [at], "{file}");
    }
}

#[test]
fn lists_of_which_all_parts_must_hold_are_not_made_wider() {
    // More than one expression can be: each becomes an exception of its own.
    let many: Vec<String> = (0..60)
        .map(|at| format!("'x{at}[acegik]{{400}}'"))
        .collect();
    let many = many.join(", ");
    let both = "condition = 'AND'\n";
    for (list, spared, said) in [
        (
            format!("{both}regexes = ['^ghp_']\nstopwords = ['dummy']\n"),
            &[][..],
            "all parts of it would have to hold",
        ),
        (
            format!("{both}paths = ['^a/']\nregexes = ['^ghp_']\nstopwords = ['dummy']\n"),
            &[],
            "all parts of it would have to hold",
        ),
        (
            format!("{both}paths = ['^a/']\nregexes = ['^ghp_']\n"),
            &["a/x.env"],
            "",
        ),
        (
            format!("{both}paths = ['^a/']\nregexes = [{many}]\n"),
            &[],
            "60 exceptions",
        ),
        (
            format!("regexes = [{many}, '^ghp_']\n"),
            &["a/x.env", "b/y.env"],
            "61 exceptions",
        ),
        (
            "condition = 'XOR'\npaths = ['^a/']\n".to_owned(),
            &[],
            "its condition is none",
        ),
        ("paths = ['^a/']\n".to_owned(), &["a/x.env"], ""),
    ] {
        let all = ["a/x.env", "b/y.env"];
        let sandbox = secrets_in(&all);
        sandbox.write("../.gitleaks.toml", format!("[[allowlists]]\n{list}"));
        let run = import(&sandbox, &["../.gitleaks.toml"]);
        assert!(run.out().contains(said), "{list}\n{}", run.out());
        assert_eq!(new_in(&sandbox), without(&all, spared), "{list}");
    }
}

#[test]
fn an_allowlist_finds_the_rule_that_stands_below_it() {
    let sandbox = Sandbox::repo();
    for path in ["a/x.txt", "b/x.txt"] {
        let own = secret(path, "acme_live_{base62:32}");
        sandbox.write(path, format!("key: {own}\nTOKEN={}\n", token(path)));
    }
    sandbox.commit("first");
    sandbox.write(
        "../.gitleaks.toml",
        "[[allowlists]]\ntargetRules = [\"Acme_Token\"]\npaths = ['^a/']\n[[rules]]\nid = \"Acme_Token\"\nregex = '\\b(acme_live_[A-Za-z0-9]{32})\\b'\n",
    );
    let run = import(&sandbox, &["../.gitleaks.toml"]);
    assert!(!run.out().contains("targetRules"), "{}", run.out());
    let found: Vec<(String, String)> = new_of(&sandbox)
        .iter()
        .map(|found| {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
            (text(&found["location"]["path"]), text(&found["rule"]))
        })
        .collect();
    for (path, rule, there) in [
        ("a/x.txt", "acme-token", false),
        ("a/x.txt", "github-token", true),
        ("b/x.txt", "acme-token", true),
        ("b/x.txt", "github-token", true),
    ] {
        let is_there = found.contains(&(path.into(), rule.into()));
        assert_eq!(is_there, there, "{path} {rule}: {found:?}");
    }
}

#[test]
fn of_rules_with_one_id_the_last_counts_and_the_others_are_told() {
    let sandbox = Sandbox::repo_of(&[("README.md", "x\n")]);
    let rule = |id: &str, letter: &str| {
        format!("[[rules]]\nid = \"{id}\"\nregex = '\\b(acme{letter}_[a-z]{{32}})\\b'\n")
    };
    let text = format!(
        "{}[[rules.allowlists]]\npaths = ['^k/']\n{}",
        rule("Acme_Key", "x"),
        rule("Acme_Key", "y")
    );
    sandbox.write("../.gitleaks.toml", text);
    let run = import(&sandbox, &["../.gitleaks.toml"]);
    assert!(
        run.out().contains("another of that id comes after it"),
        "{}",
        run.out()
    );
    let pack = sandbox.read("policies/imported.toml");
    assert!(
        pack.contains("acmey_") && !pack.contains("acmex_"),
        "{pack}"
    );
    // What was allowed for the first was allowed for nothing.
    assert!(!sandbox.read("stackguard.toml").contains("[[allow]]"));
    // Another file says something else of it.
    sandbox.write("../other.gitleaks.toml", rule("Acme_Key", "z"));
    let run = sandbox.run(&["import", "--yes", "../other.gitleaks.toml"]);
    assert!(
        run.code == 0 && run.out().contains("has another rule `acme-key` already"),
        "{}",
        run.all()
    );
    assert_eq!(sandbox.read("policies/imported.toml"), pack);
}

#[test]
fn no_secret_of_a_rule_is_copied_or_shown() {
    let value = secret("quoted", "{base62:30}");
    let sandbox = Sandbox::repo_of(&[("README.md", "x\n")]);
    for rule in [
        format!("id = \"a\"\nregex = 'key=({value})'\n"),
        format!("id = \"b\"\nregex = '(x|{value})-[0-9]{{20}}'\n"),
        format!("id = \"c\"\nregex = 'acme_[a-z]{{32}}'\nkeywords = [\"{value}\"]\n"),
        format!("id = \"d\"\nregex = 'acmd_[a-z]{{32}}'\ndescription = \"for {value}\"\n"),
        format!("id = \"{value}\"\nregex = 'acmf_[a-z]{{32}}'\n"),
    ] {
        sandbox.write("../.gitleaks.toml", format!("[[rules]]\n{rule}"));
        let run = import(&sandbox, &["../.gitleaks.toml"]);
        let said = run.all().to_lowercase();
        assert!(!said.contains(&value.to_lowercase()), "{said}");
    }
    let pack = sandbox.read("policies/imported.toml").to_lowercase();
    assert!(
        pack.contains("acmd_") && !pack.contains(&value.to_lowercase()),
        "{pack}"
    );
}

#[test]
fn half_a_look_ends_with_two() {
    let sandbox = secrets_in(&["a.env"]);
    sandbox.write(".gitleaksignore", "a.env:github-pat:1\n");
    sandbox.write(".git/index", "DIRC and then junk");
    let run = sandbox.run(&["import", "--yes", ".gitleaksignore"]);
    assert!(
        run.code == 2 && run.out().contains("not looked at"),
        "{}",
        run.all()
    );
    let args = ["import", "--yes", "--allow-incomplete", ".gitleaksignore"];
    assert_eq!(sandbox.run(&args).code, 0);
}
