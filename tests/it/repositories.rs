//! Repositories in every state: linked work trees, submodules, bare, shallow, with an index elsewhere, in a hook.

use crate::harness::{Sandbox, leak};

const ASK: [&str; 5] = ["check", "--guard", "secrets", "--format", "json"];

/// Paths of what was found with these arguments more.
fn paths(sandbox: &Sandbox, args: &[&str]) -> Vec<String> {
    let run = sandbox.run(&[&ASK[..], args].concat());
    run.hits().into_iter().map(|hit| hit.path).collect()
}

/// A repository with a clean commit, then one that leaks, then one that takes the leak back.
fn past() -> Sandbox {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    sandbox.write("b.env", leak("past"));
    sandbox.commit("leak");
    sandbox.write("b.env", "API_TOKEN=\n");
    sandbox.commit("forget");
    sandbox
}

#[test]
pub(crate) fn linked_work_trees_have_an_index_of_their_own() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    sandbox.git(&["worktree", "add", "-q", "linked"]);
    sandbox.write("linked/b.env", leak("linked"));
    sandbox.git(&["-C", "linked", "add", "b.env"]);
    assert_eq!(paths(&sandbox, &["--staged"]), Vec::<String>::new());
    assert_eq!(paths(&sandbox, &["--staged", "linked"]), ["b.env"]);
    assert_eq!(paths(&sandbox, &["linked"]), ["b.env"]);
}

/// Another repository as the submodule `sub`.
fn add_submodule(sandbox: &Sandbox, inner: &Sandbox) {
    let url = inner.dir().display().to_string();
    let local = ["-c", "protocol.file.allow=always"];
    sandbox.git(&[&local[..], &["submodule", "-q", "add", &url, "sub"]].concat());
}

#[test]
pub(crate) fn submodules_are_a_pointer_in_the_index() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    let inner = Sandbox::repo_of(&[("c.env", &leak("inner"))]);
    add_submodule(&sandbox, &inner);
    let run = sandbox.run(&[&ASK[..], &["--staged"]].concat());
    assert_eq!(run.code, 0, "{}", run.all());
    sandbox.commit("with a submodule");
    let run = sandbox.run(&[&ASK[..], &["--range", "HEAD~1..HEAD"]].concat());
    assert_eq!(run.code, 0, "{}", run.all());
}

#[test]
pub(crate) fn bare_repositories_have_commits_but_no_index() {
    let sandbox = past();
    sandbox.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    let bare = sandbox.outside("bare.git").display().to_string();
    assert_eq!(
        paths(&sandbox, &[&bare, "--range", "HEAD~2..HEAD"]),
        ["b.env"]
    );
    assert_eq!(paths(&sandbox, &[&bare, "--history"]), ["b.env"]);
    let run = sandbox.run(&["check", "--staged", &bare]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(run.err().contains("bare"), "{}", run.err());
}

#[test]
pub(crate) fn what_a_shallow_clone_left_behind_is_said() {
    let sandbox = past();
    let url = format!("file://{}", sandbox.dir().display());
    sandbox.git(&["clone", "-q", "--depth", "1", &url, "../shallow"]);
    let shallow = sandbox.outside("shallow").display().to_string();
    assert_eq!(
        sandbox.run(&["check", &shallow]).code,
        0,
        "the files are there"
    );
    for args in [
        &["check", "--history", &shallow][..],
        &["check", "--range", "HEAD~2..HEAD", &shallow],
    ] {
        let run = sandbox.run(args);
        assert_eq!(run.code, 2, "{args:?}: {}", run.all());
        let said = run.all().to_lowercase();
        assert!(
            said.contains("shallow") || said.contains("fetch"),
            "{args:?}: {said}"
        );
    }
}

#[test]
pub(crate) fn alternates_are_read() {
    let sandbox = past();
    sandbox.git(&["clone", "-q", "--shared", ".", "../borrower"]);
    let borrower = sandbox.outside("borrower").display().to_string();
    assert_eq!(
        paths(&sandbox, &[&borrower, "--range", "HEAD~2..HEAD"]),
        ["b.env"]
    );
    assert_eq!(paths(&sandbox, &[&borrower, "--history"]), ["b.env"]);
}

#[test]
pub(crate) fn packed_history_is_the_same_history() {
    let sandbox = past();
    let loose = paths(&sandbox, &["--history"]);
    sandbox.git(&["gc", "-q", "--aggressive", "--prune=now"]);
    assert_eq!(loose, ["b.env"]);
    assert_eq!(paths(&sandbox, &["--history"]), loose);
}

#[test]
pub(crate) fn stashes_and_deleted_branches_are_history() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    sandbox.write("a.txt", leak("stash"));
    sandbox.git(&["stash", "-q"]);
    sandbox.git(&["checkout", "-q", "-b", "gone"]);
    sandbox.write("b.env", leak("branch"));
    sandbox.commit("on a branch");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.git(&["branch", "-q", "-D", "gone"]);
    assert_eq!(sandbox.run(&["check"]).code, 0);
    assert_eq!(paths(&sandbox, &["--history"]), ["a.txt", "b.env"]);
}

#[test]
pub(crate) fn staged_reads_the_index_that_git_names() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    let elsewhere = sandbox.outside("index");
    std::fs::copy(sandbox.path(".git/index"), &elsewhere).expect("copied");
    sandbox.write("b.env", leak("elsewhere"));
    let mut add = std::process::Command::new("git");
    add.args(["add", "b.env"]).current_dir(sandbox.dir());
    let added = add.env("GIT_INDEX_FILE", &elsewhere).status();
    assert!(added.expect("git runs").success());
    assert_eq!(sandbox.run(&["check", "--staged"]).code, 0);
    let output = sandbox
        .command(&["check", "--staged"])
        .env("GIT_INDEX_FILE", &elsewhere)
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
pub(crate) fn what_is_only_announced_is_not_staged() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    sandbox.write("b.env", leak("announced"));
    sandbox.git(&["add", "-N", "b.env"]);
    let run = sandbox.run(&["check", "--staged"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(run.out().contains("git add -N"), "{}", run.out());
}

#[test]
pub(crate) fn a_renamed_file_is_checked_where_it_changed() {
    let old = format!("{}{}", leak("old"), "line\n".repeat(40));
    let sandbox = Sandbox::repo_of(&[("a.env", &old)]);
    sandbox.git(&["mv", "a.env", "b.env"]);
    assert_eq!(paths(&sandbox, &["--staged"]), Vec::<String>::new());
    sandbox.write("b.env", format!("{old}{}", leak("new")));
    sandbox.git(&["add", "-A"]);
    let run = sandbox.run(&[&ASK[..], &["--staged"]].concat());
    let lines: Vec<u64> = run.hits().iter().map(|hit| hit.line).collect();
    assert_eq!(lines, [42]);
}

/// The hook as a team has it: `git commit` runs it, in each of the ways there are to commit.
#[test]
pub(crate) fn as_a_hook() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n"), ("c.txt", "c\n")]);
    let hook = format!(
        "#!/bin/sh\nexec {} check --staged\n",
        env!("CARGO_BIN_EXE_stackguard")
    );
    sandbox.write("hooks/pre-commit", hook);
    let made = std::process::Command::new("chmod")
        .args(["+x", "hooks/pre-commit"])
        .current_dir(sandbox.dir())
        .status();
    assert!(made.expect("chmod runs").success());
    sandbox.git(&["config", "core.hooksPath", "hooks"]);
    let commit = |args: &[&str]| {
        let mut git = std::process::Command::new("git");
        git.arg("commit").args(["-q", "-m", "x"]).args(args);
        git.current_dir(sandbox.dir());
        git.envs([("GIT_AUTHOR_NAME", "A"), ("GIT_AUTHOR_EMAIL", "a@b.c")]);
        git.envs([
            ("GIT_COMMITTER_NAME", "A"),
            ("GIT_COMMITTER_EMAIL", "a@b.c"),
        ]);
        git.output().expect("git runs").status.success()
    };
    sandbox.write("a.txt", leak("hook"));
    assert!(!commit(&["-a"]), "commit -a");
    assert!(!commit(&["a.txt"]), "commit PATH");
    assert!(commit(&["--allow-empty"]), "nothing staged");
    sandbox.git(&["add", "a.txt"]);
    assert!(!commit(&[]), "staged");
    sandbox.write("c.txt", "changed\n");
    assert!(
        commit(&["--only", "c.txt"]),
        "the leak is not part of this commit"
    );
    sandbox.write("a.txt", "nothing again\n");
    assert!(!commit(&[]), "the index still holds it");
    assert!(commit(&["-a"]), "now it does not");
}

#[test]
pub(crate) fn a_submodule_has_a_history_of_its_own() {
    let inner = past();
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    add_submodule(&sandbox, &inner);
    sandbox.commit("with a submodule");
    assert_eq!(paths(&sandbox, &["--history"]), Vec::<String>::new());
    assert_eq!(paths(&sandbox, &["--history", "sub"]), ["b.env"]);
    assert_eq!(
        paths(&sandbox, &["--range", "HEAD~2..HEAD", "sub"]),
        ["b.env"]
    );
    sandbox.write("sub/c.env", leak("staged"));
    sandbox.git(&["-C", "sub", "add", "c.env"]);
    assert_eq!(paths(&sandbox, &["--staged", "sub"]), ["c.env"]);
}

#[test]
pub(crate) fn a_linked_work_tree_has_refs_of_its_own() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    sandbox.git(&["worktree", "add", "-q", "--detach", "../linked"]);
    let linked = sandbox.outside("linked");
    std::fs::write(linked.join("b.env"), leak("own")).expect("it can be written");
    let there = linked.display().to_string();
    sandbox.git(&["-C", &there, "add", "b.env"]);
    sandbox.git(&["-C", &there, "commit", "-qm", "leak"]);
    sandbox.git(&["-C", &there, "update-ref", "refs/worktree/mine", "HEAD"]);
    sandbox.git(&["-C", &there, "reset", "-q", "--hard", "HEAD~1"]);
    std::fs::remove_dir_all(sandbox.path(".git/worktrees/linked/logs")).expect("it is there");
    // git shows that ref in its own work tree only.
    assert!(
        !sandbox
            .git(&["log", "--all", "--format=%s"])
            .contains("leak")
    );
    assert_eq!(paths(&sandbox, &["--history"]), ["b.env"]);
    assert_eq!(paths(&sandbox, &["--history", &there]), ["b.env"]);
}

#[cfg(unix)]
#[test]
pub(crate) fn a_link_to_a_file_of_another_name_is_not_clean() {
    let sandbox = Sandbox::repo_of(&[
        ("conf/app.toml", "app = \"acme\"\n"),
        ("shared/package.json", "{\"dependencies\": {}}\n"),
    ]);
    let check = |args: &[&str]| {
        let run =
            sandbox.run(&[&["check", "--fail-on", "never", "--format", "json"], args].concat());
        let gaps = run.json()["incomplete"].as_array().map_or(0, Vec::len);
        (run.code, gaps)
    };
    // Where it leads to is looked at under the same name, or is no part of the tree.
    for (target, link) in [
        ("shared/package.json", "package.json"),
        ("/run/app.toml", "fly.toml"),
        ("conf/app.toml", "settings.toml"),
    ] {
        std::os::unix::fs::symlink(target, sandbox.path(link)).expect("it can be made");
    }
    sandbox.git(&["add", "-A"]);
    assert_eq!((check(&[]), check(&["--staged"])), ((0, 0), (0, 0)));
    std::fs::remove_file(sandbox.path("fly.toml")).expect("it was made");
    std::os::unix::fs::symlink("conf/app.toml", sandbox.path("fly.toml")).expect("it can be made");
    sandbox.git(&["add", "-A"]);
    assert_eq!((check(&[]), check(&["--staged"])), ((2, 1), (2, 1)));
    assert_eq!(check(&["--guard", "secrets"]), (0, 0));
}

#[cfg(unix)]
#[test]
pub(crate) fn the_text_of_a_link_is_looked_at() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    let target = format!("/run/{}", crate::harness::token("link"));
    std::os::unix::fs::symlink(&target, sandbox.path("link")).expect("it can be made");
    assert_eq!(paths(&sandbox, &[]), ["link"]);
    sandbox.git(&["add", "link"]);
    assert_eq!(paths(&sandbox, &["--staged"]), ["link"]);
    sandbox.commit("a link");
    assert_eq!(paths(&sandbox, &["--range", "HEAD~1..HEAD"]), ["link"]);
    assert_eq!(paths(&sandbox, &["--history"]), ["link"]);
}
