//! `stackguard init` on repositories of every kind, up to a commit that is blocked.

use crate::harness::{Sandbox, secret};
use std::collections::BTreeMap;
use std::path::Path;

mod apps;
mod hooks;

/// Every file below a directory but git's objects, with its bytes.
fn snapshot(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).expect("readable") {
            let path = entry.expect("readable").path();
            let name = path
                .strip_prefix(root)
                .expect("below")
                .display()
                .to_string();
            let in_git = name.starts_with(".git/") && !name.starts_with(".git/hooks");
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else if !in_git {
                files.insert(name, std::fs::read(&path).unwrap_or_default());
            }
        }
    }
    files
}

/// A second run changes nothing, whatever the first one met.
fn is_settled(sandbox: &Sandbox, args: &[&str]) {
    let before = snapshot(&sandbox.dir());
    let run = sandbox.run(&[&["init", "--yes"], args].concat());
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(run.out().contains("Nothing to change."), "{}", run.all());
    assert_eq!(snapshot(&sandbox.dir()), before);
    let run = sandbox.run(&[&["init", "--yes", "--force"], args].concat());
    assert!(run.out().contains("Nothing to change."), "{}", run.all());
}

/// Commits with the program on the PATH, as a user would.
fn commit(sandbox: &Sandbox) -> std::process::Output {
    let bin = Path::new(env!("CARGO_BIN_EXE_stackguard"));
    let dirs = [bin.parent().expect("it is in a directory").to_owned()];
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(dirs.into_iter().chain(std::env::split_paths(&rest)));
    sandbox.git(&["add", "-A"]);
    let mut command = std::process::Command::new("git");
    command
        .args(["commit", "-qm", "a commit", "--allow-empty"])
        .current_dir(sandbox.dir())
        .env("PATH", path.expect("no separator in a path"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_NAME", "Ada")
        .env("GIT_AUTHOR_EMAIL", "ada@acme.dev")
        .env("GIT_COMMITTER_NAME", "Ada")
        .env("GIT_COMMITTER_EMAIL", "ada@acme.dev");
    command.output().expect("git runs")
}

#[test]
fn from_nothing_to_a_blocked_commit() {
    let sandbox = Sandbox::repo_of(&[("README.md", "# shop\n")]);
    let run = sandbox.run(&["init", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.all());
    for name in [
        "stackguard.toml",
        "stackguard.schema.json",
        ".git/hooks/pre-commit",
    ] {
        assert!(sandbox.path(name).is_file(), "{name}");
    }
    // Nothing in it refers to what is not there.
    let text = sandbox.read("stackguard.toml");
    assert!(
        text.starts_with("#:schema stackguard.schema.json\n")
            && !text.contains("docs/configuration"),
        "{text}"
    );
    let schema: serde_json::Value =
        serde_json::from_str(&sandbox.read("stackguard.schema.json")).expect("JSON");
    assert!(schema["properties"]["packs"].is_object());
    // Nobody said where the action comes from.
    assert!(!sandbox.path(".github").exists());
    assert!(
        run.out().contains("--action OWNER/stackguard@COMMIT"),
        "{}",
        run.out()
    );
    assert!(!sandbox.path(".stackguard-baseline.json").exists());
    is_settled(&sandbox, &[]);
    let output = commit(&sandbox);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let token = secret("init", "ghp_{base62:30}{crc62}");
    sandbox.write("app.env", format!("TOKEN={token}\n"));
    let output = commit(&sandbox);
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(
        !output.status.success() && said.contains("github-token"),
        "{said}"
    );
    assert!(!said.contains(&token));
}

#[test]
fn shows_before_it_writes() {
    let sandbox = Sandbox::repo_of(&[("README.md", "# shop\n")]);
    let before = snapshot(&sandbox.dir());
    for (args, code) in [(&["init", "--dry-run"][..], 0), (&["init"], 2)] {
        let run = sandbox.run(args);
        assert_eq!(run.code, code, "{}", run.all());
        let out = run.out();
        assert!(
            out.contains("+++ b/stackguard.toml") && out.contains("+++ b/.git/hooks/pre-commit"),
            "{out}"
        );
        assert_eq!(snapshot(&sandbox.dir()), before);
    }
    let run = sandbox.run(&["init"]);
    assert!(run.err().contains("--yes"), "{}", run.err());
    assert_eq!(sandbox.run(&["init", "nowhere"]).code, 2);
}

#[test]
fn the_configuration_fits_what_is_there() {
    let sandbox = Sandbox::repo_of(&[
        (
            "package.json",
            "{\"name\": \"shop\", \"dependencies\": {\"react-router\": \"7.1.0\"}}\n",
        ),
        ("app/root.tsx", "export default 1;\n"),
        ("supabase/config.toml", "project_id = \"shop\"\n"),
        ("deploy/chatwoot/README.md", "chatwoot\n"),
        (
            "fly.toml",
            "app = \"acme-web\"\n[[vm]]\nmemory = \"1gb\"\n[http_service]\ninternal_port = 8080\nforce_https = true\nmin_machines_running = 1\n[[http_service.checks]]\npath = \"/up\"\n",
        ),
        (
            "docs/ops/credential_index.md",
            "| Capability | Secret |\n|---|---|\n| db | `SUPABASE_KEY` |\n",
        ),
        (".gitleaks.toml", "title = \"x\"\n"),
        (".gitignore", "vault/\n"),
    ]);
    std::fs::create_dir(sandbox.path("vault")).expect("made");
    sandbox.git(&["remote", "add", "origin", "git@github.com:acme/shop.git"]);
    let run = sandbox.run(&["init", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(
        run.out().contains("stackguard import .gitleaks.toml"),
        "{}",
        run.out()
    );
    let text = sandbox.read("stackguard.toml");
    assert!(text.starts_with("#:schema "), "{text}");
    for line in [
        "app_code = [\"app/**\"]",
        "app = \"acme-web\"",
        "memory_min = \"1gb\"",
        "machines_min = 1",
        "health_path = \"/up\"",
        "map = \"docs/ops/credential_index.md\"",
        "kind = \"directory\"",
        "repository = \"acme/shop\"",
        "[stores.fly]",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let check = sandbox.run(&["check", "--format", "json"]);
    assert!(
        check.json()["incomplete"]
            .as_array()
            .is_some_and(Vec::is_empty),
        "{}",
        check.all()
    );
    is_settled(&sandbox, &[]);
}

#[test]
fn what_is_old_goes_into_a_baseline() {
    let token = secret("old", "ghp_{base62:30}{crc62}");
    let sandbox = Sandbox::repo_of(&[("old.env", &format!("TOKEN={token}\n"))]);
    let run = sandbox.run(&["init", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(run.out().contains("rotate first"), "{}", run.out());
    assert!(!run.all().contains(&token));
    assert!(!sandbox.read(".stackguard-baseline.json").contains(&token));
    assert_eq!(sandbox.run(&["check"]).code, 0);
    is_settled(&sandbox, &[]);
    let other = secret("new", "ghp_{base62:30}{crc62}");
    sandbox.write("new.env", format!("TOKEN={other}\n"));
    assert_eq!(sandbox.run(&["check"]).code, 1);
}

/// What stands in the work tree alone has not leaked: a baseline that accepted it would let the next commit leak it.
#[test]
fn what_no_commit_has_is_not_accepted() {
    let [old, changed, new] =
        ["old", "changed", "new"].map(|name| secret(name, "ghp_{base62:30}{crc62}"));
    let sandbox = Sandbox::repo_of(&[
        ("old.env", &format!("TOKEN={old}\n")),
        ("both.env", &format!("TOKEN={old}\n")),
    ]);
    sandbox.write(
        "both.env",
        format!("MORE=1\nTOKEN={old}\nOTHER={changed}\n"),
    );
    sandbox.write("new.env", format!("TOKEN={new}\n"));
    let run = sandbox.run(&["init", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(
        run.out().contains("2 secrets not accepted") && run.out().contains("accepts 2 findings"),
        "{}",
        run.out()
    );
    let report = sandbox.run(&["check", "--format", "json"]).json();
    let found: Vec<(&str, &str)> = report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|found| {
            let path = found["location"]["path"].as_str()?;
            Some((path, found["baseline"].as_str()?))
        })
        .collect();
    assert_eq!(
        found,
        [
            ("both.env", "known"),
            ("both.env", "new"),
            ("new.env", "new"),
            ("old.env", "known")
        ]
    );
    let output = commit(&sandbox);
    assert!(!output.status.success());
    // Before the first commit nothing is old.
    let sandbox = Sandbox::repo();
    sandbox.write("new.env", format!("TOKEN={new}\n"));
    let run = sandbox.run(&["init", "--yes"]);
    assert!(
        run.code == 0 && run.out().contains("1 secret not accepted"),
        "{}",
        run.all()
    );
    assert!(!commit(&sandbox).status.success());
    is_settled(&sandbox, &[]);
}

#[test]
fn a_bare_repository_is_told_so() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "-q", "--bare", "."]);
    let run = sandbox.run(&["init", "--yes"]);
    assert!(
        run.code == 2 && run.err().contains("bare repository"),
        "{}",
        run.all()
    );
    assert!(run.out().is_empty() && !sandbox.path("stackguard.toml").exists());
}

#[test]
fn nothing_of_others_is_overwritten() {
    let mine = "# mine\nexclude = [\"docs/_archive/**\"]\n";
    let sandbox = Sandbox::repo_of(&[
        ("stackguard.toml", mine),
        (".github/workflows/stackguard.yml", "name: mine\n"),
    ]);
    let hook = "#!/usr/bin/env python3\nprint('theirs')\n";
    sandbox.write(".git/hooks/pre-commit", hook);
    sandbox.set_executable(".git/hooks/pre-commit", true);
    let run = sandbox.run(&["init", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(sandbox.read("stackguard.toml"), mine);
    assert_eq!(
        sandbox.read(".github/workflows/stackguard.yml"),
        "name: mine\n"
    );
    assert_eq!(
        sandbox.read(".git/hooks/pre-commit.before-stackguard"),
        hook
    );
    let output = commit(&sandbox);
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success() && said.contains("theirs"), "{said}");
    let action = ["--action", "acme/stackguard@v1"];
    let run = sandbox.run(&[&["init", "--yes", "--force"][..], &action].concat());
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(sandbox.read("stackguard.toml").starts_with("#:schema"));
    is_settled(&sandbox, &action);
}

#[test]
fn outside_of_git_there_is_no_hook() {
    let sandbox = Sandbox::new();
    let run = sandbox.run(&["init", "--yes"]);
    assert!(
        run.code == 0 && run.out().contains("no git repository"),
        "{}",
        run.all()
    );
    assert!(sandbox.path("stackguard.toml").is_file());
}

#[test]
fn the_action_is_never_guessed() {
    let sandbox = Sandbox::repo();
    let action = "acme/stackguard@0123456789012345678901234567890123456789";
    assert_eq!(sandbox.run(&["init", "--yes", "--action", action]).code, 0);
    assert!(
        sandbox
            .read(".github/workflows/stackguard.yml")
            .contains(&format!("uses: {action}\n"))
    );
    for bad in ["acme", "acme/x@y\nrun: z", "a b/c@d"] {
        assert_eq!(
            sandbox.run(&["init", "--dry-run", "--action", bad]).code,
            2,
            "{bad}"
        );
    }
}

/// What could not be looked at is not accepted, and the run says so in its exit code.
#[test]
fn a_baseline_of_half_the_tree_is_none() {
    let token = secret("half", "ghp_{base62:30}{crc62}");
    let broken = ("package.json", "{\"dependencies\": {\n");
    let old = ("old.env", &*format!("TOKEN={token}\n"));
    let sandbox = Sandbox::repo_of(&[old, broken]);
    let run = sandbox.run(&["init", "--yes"]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(run.out().contains("no baseline: "), "{}", run.out());
    assert!(sandbox.path("stackguard.toml").is_file());
    assert!(!sandbox.path(".stackguard-baseline.json").exists());
    let sandbox = Sandbox::repo_of(&[old, broken]);
    let run = sandbox.run(&["init", "--yes", "--allow-incomplete"]);
    assert_eq!(run.code, 0, "{}", run.all());
    // No secret that was not there is accepted later.
    let run = sandbox.run(&["check", "--allow-incomplete"]);
    assert_eq!(run.code, 1, "{}", run.all());
}

#[cfg(unix)]
#[test]
fn links_out_of_the_repository_are_not_followed() {
    let sandbox = Sandbox::repo();
    let away = sandbox.outside("away");
    std::fs::create_dir(&away).expect("made");
    std::os::unix::fs::symlink(&away, sandbox.path(".github")).expect("linked");
    let action = "acme/stackguard@0123456789012345678901234567890123456789";
    let run = sandbox.run(&["init", "--yes", "--action", action]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert_eq!(std::fs::read_dir(&away).expect("readable").count(), 0);
}

/// Thousands of files are looked at as a few are: all of them, and nothing is left out to be quick.
#[test]
fn a_large_repository_is_looked_at_as_a_whole() {
    let sandbox = Sandbox::repo();
    for number in 0..5000 {
        let text = format!("export const value{number} = compute({number});\n").repeat(20);
        sandbox.write(format!("src/{}/file{number}.ts", number % 50), text);
    }
    let token = secret("large", "ghp_{base62:30}{crc62}");
    sandbox.write("src/49/last.ts", format!("const token = \"{token}\";\n"));
    sandbox.commit("all of them");
    assert_eq!(sandbox.run(&["init", "--yes"]).code, 0);
    let run = sandbox.run(&["check", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err());
    let report = run.json();
    assert!(
        report["stats"]["files"].as_u64() >= Some(5000),
        "{}",
        report["stats"]
    );
    assert_eq!(report["findings"][0]["baseline"], "known");
}
