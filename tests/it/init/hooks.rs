//! The hook that `stackguard init` writes, beside whatever is there.

use super::{commit, is_settled};
use crate::harness::{Run, Sandbox, secret};

#[test]
fn a_shell_hook_is_chained() {
    let sandbox = Sandbox::repo_of(&[("README.md", "# shop\n")]);
    sandbox.write(".git/hooks/pre-commit", "#!/bin/sh\necho theirs\nexit 0\n");
    sandbox.set_executable(".git/hooks/pre-commit", true);
    let run = sandbox.run(&["init", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let output = commit(&sandbox);
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success() && said.contains("theirs"), "{said}");
    is_settled(&sandbox, &[]);
    sandbox.write(
        "a.env",
        format!("TOKEN={}\n", secret("chain", "ghp_{base62:30}{crc62}")),
    );
    assert!(!commit(&sandbox).status.success());
    // What is new is not accepted by a second run.
    let run = sandbox.run(&["init", "--yes"]);
    assert!(run.out().contains("Nothing to change."), "{}", run.all());
}

#[test]
fn hook_managers_get_an_entry() {
    for (file, text, args, has) in [
        (
            ".pre-commit-config.yaml",
            "repos:\n- repo: https://example.com/a\n  rev: v1\n  hooks:\n  - id: b # why\n",
            &[][..],
            "- id: b # why\n- repo: local\n",
        ),
        (
            "lefthook.yml",
            "pre-commit:\n  commands:\n    lint:\n      run: lint\n",
            &[],
            "    stackguard:\n",
        ),
        (
            ".husky/pre-commit",
            "npx lint-staged\n",
            &[],
            "|| exit $?\n# stackguard: end\nnpx lint-staged\n",
        ),
        (
            ".pre-commit-config.yaml",
            "",
            &["--hook", "pre-commit"],
            "repos:\n- repo: local\n",
        ),
    ] {
        let sandbox = Sandbox::repo_of(&[(file, text)]);
        let run = sandbox.run(&[&["init", "--yes"], args].concat());
        assert_eq!(run.code, 0, "{}", run.all());
        let new = sandbox.read(file);
        assert!(
            new.contains(has) && new.contains("stackguard check --staged"),
            "{new}"
        );
        assert!(!sandbox.path(".git/hooks/pre-commit").exists(), "{file}");
        is_settled(&sandbox, args);
        // None of the three runs in a clone before it was told to.
        for (manager, once) in [
            (".husky", "git does not run .husky"),
            (".pre-commit", "`pre-commit install` once"),
            ("lefthook", "`lefthook install` once"),
        ] {
            assert_eq!(
                run.out().contains(once),
                file.starts_with(manager),
                "{}",
                run.out()
            );
        }
    }
    let sandbox = Sandbox::repo_of(&[(".husky/pre-commit", "npx lint-staged\n")]);
    sandbox.git(&["config", "core.hooksPath", ".husky/_"]);
    let run = sandbox.run(&["init", "--yes"]);
    assert!(!run.out().contains("git does not run"), "{}", run.out());
    // What cannot be edited with certainty is left, and said.
    let sandbox = Sandbox::repo_of(&[(".pre-commit-config.yaml", "repos: []\n")]);
    let run = sandbox.run(&["init", "--yes"]);
    assert!(
        run.code == 0 && run.out().contains("by hand"),
        "{}",
        run.all()
    );
    assert_eq!(sandbox.read(".pre-commit-config.yaml"), "repos: []\n");
    // git's own would be overwritten by `lefthook install`.
    for name in ["lefthook.toml", ".config/lefthook.yml"] {
        let sandbox = Sandbox::repo_of(&[(name, "")]);
        let run = sandbox.run(&["init", "--yes"]);
        assert!(run.out().contains(&format!("{name}: add")), "{}", run.out());
        assert!(!sandbox.path(".git/hooks/pre-commit").exists(), "{name}");
    }
}

#[test]
fn hooks_go_where_git_looks_for_them() {
    let sandbox = Sandbox::repo_of(&[("README.md", "# shop\n")]);
    sandbox.git(&["config", "core.hooksPath", "tools/hooks"]);
    assert_eq!(sandbox.run(&["init", "--yes"]).code, 0);
    assert!(sandbox.path("tools/hooks/pre-commit").is_file());
    assert!(!sandbox.path(".git/hooks/pre-commit").exists());

    let shared = sandbox.outside("shared");
    std::fs::create_dir(&shared).expect("made");
    sandbox.git(&["config", "core.hooksPath", &shared.display().to_string()]);
    let run: Run = sandbox.run(&["init", "--yes"]);
    assert!(
        run.code == 2 && run.err().contains("other repositories"),
        "{}",
        run.all()
    );
    assert_eq!(std::fs::read_dir(&shared).expect("readable").count(), 0);
    assert_eq!(sandbox.run(&["init", "--yes", "--hook", "none"]).code, 0);

    // A linked worktree shares the hooks of its repository.
    let sandbox = Sandbox::repo_of(&[("README.md", "# shop\n")]);
    let tree = sandbox.outside("tree");
    sandbox.git(&["worktree", "add", "-q", &tree.display().to_string()]);
    let run = sandbox.run(&["init", "--yes", &tree.display().to_string()]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(sandbox.path(".git/hooks/pre-commit").is_file());
    assert!(tree.join("stackguard.toml").is_file() && !sandbox.path("stackguard.toml").exists());
}

#[cfg(unix)]
#[test]
fn a_hook_is_judged_by_what_it_runs() {
    let name = ".git/hooks/pre-commit";
    let ours = "stackguard check --staged || exit $?";
    for (text, runs, said, added) in [
        // A comment, and another program of a like name, run nothing.
        (
            "#!/bin/sh\n# once: stackguard check\nlint\n",
            true,
            "",
            true,
        ),
        ("#!/bin/sh\n../stackguard-fork/build\n", true, "", true),
        (
            "#!/bin/sh\n/opt/bin/stackguard -q check --staged\n",
            true,
            "runs the check already",
            false,
        ),
        // Somebody took the right to run from it, and it stays so.
        ("#!/bin/sh\nlint\n", false, "which is not executable", false),
        (
            "#!/usr/bin/env python3\nprint()\n",
            false,
            "which is not executable",
            false,
        ),
    ] {
        let sandbox = Sandbox::repo_of(&[("README.md", "# shop\n")]);
        sandbox.write(name, text);
        sandbox.set_executable(name, runs);
        let run = sandbox.run(&["init", "--yes"]);
        assert_eq!(run.code, 0, "{}", run.all());
        assert!(run.out().contains(said), "{text}\n{}", run.out());
        let new = sandbox.read(name);
        assert_eq!(new.contains(ours), added, "{new}");
        assert!(added || new == text, "{new}");
        is_settled(&sandbox, &[]);
        if !runs {
            assert!(!is_executable(&sandbox, name), "{text}");
            assert!(
                !sandbox
                    .path(".git/hooks/pre-commit.before-stackguard")
                    .exists()
            );
        }
    }
}

#[cfg(unix)]
fn is_executable(sandbox: &Sandbox, name: &str) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let meta = sandbox.path(name).metadata().expect("it is there");
    meta.permissions().mode() & 0o111 != 0
}

#[cfg(unix)]
#[test]
fn a_hook_of_ours_that_cannot_run_is_repaired() {
    let name = ".git/hooks/pre-commit";
    let sandbox = Sandbox::repo_of(&[("README.md", "# shop\n")]);
    assert_eq!(sandbox.run(&["init", "--yes"]).code, 0);
    sandbox.set_executable(name, false);
    let run = sandbox.run(&["init", "--yes"]);
    assert!(
        run.code == 0 && run.out().contains("pre-commit: made executable"),
        "{}",
        run.all()
    );
    assert!(is_executable(&sandbox, name));
    is_settled(&sandbox, &[]);
}

/// The last line of a file without a newline at its end is taken out and put in again by a diff.
#[test]
fn nothing_that_was_there_is_shown_as_new() {
    let token = secret("shown", "ghp_{base62:30}{crc62}");
    let text = format!("repos:\n- repo: a\n  hooks:\n  - id: b\n    entry: deploy --token {token}");
    let sandbox = Sandbox::repo_of(&[(".pre-commit-config.yaml", &text)]);
    let run = sandbox.run(&["init", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(run.out().contains("+- repo: local"), "{}", run.out());
    assert!(!run.all().contains(&token), "{}", run.all());
}
