//! The words for the ends of a range: those that git knows lead to the same commits, whatever the hash.

use crate::harness::{Sandbox, by_sha256};

/// A clone with a branch of its own, of a repository with a merge that went on since.
fn cloned() -> Sandbox {
    let sandbox = Sandbox::repo_of(&[("f.txt", "1\n")]);
    for text in ["2\n", "3\n", "4\n"] {
        sandbox.write("f.txt", text);
        sandbox.commit(&format!("number {text}"));
    }
    sandbox.git(&["checkout", "-qb", "side", "HEAD~2"]);
    sandbox.write("g.txt", "side\n");
    sandbox.commit("side");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.git(&["merge", "-q", "--no-edit", "side"]);
    sandbox.git(&["clone", "-q", ".", "../clone"]);
    sandbox.commit("upstream");
    for step in [
        &["fetch", "-q"][..],
        &["checkout", "-qb", "topic"],
        &["commit", "-q", "--allow-empty", "-m", "topic"],
        &["branch", "-q", "-u", "origin/main"],
        &["update-ref", "ORIG_HEAD", "HEAD~2"],
    ] {
        sandbox.git(&[&["-C", "../clone"], step].concat());
    }
    sandbox
}

#[test]
fn words_that_git_knows() {
    let sandbox = cloned();
    let clone = sandbox.outside("clone").display().to_string();
    let length = sandbox.git(&["rev-parse", "HEAD"]).len();
    for range in [
        "HEAD@{1}..",
        "main@{0}..HEAD",
        "@{u}..",
        "@{upstream}..topic",
        "@{-1}..",
        "ORIG_HEAD..HEAD",
        "FETCH_HEAD..HEAD",
        "HEAD..FETCH_HEAD",
        ":/number.3..HEAD",
        "HEAD^{/number.4}..",
        "HEAD~1^2..HEAD",
        "HEAD^^1~1..HEAD",
        "HEAD^{commit}..",
        "origin..",
        "origin/HEAD..HEAD",
        "@..origin/main",
        "main..refs/remotes/origin/main",
    ] {
        let wanted = sandbox.git(&["-C", &clone, "rev-list", "--count", range]);
        let run = sandbox.run(&["check", "--range", range, "--format", "json", &clone]);
        assert_eq!(run.code, 0, "{range}: {}", run.all());
        let commits = run.json()["stats"]["commits"].to_string();
        assert_eq!(commits, wanted, "{range}, ids of {length} digits");
    }
    for range in ["HEAD^2..", "HEAD~9..", "v9..", "abc..", "HEAD@{9}.."] {
        let run = sandbox.run(&["check", "--range", range, &clone]);
        assert_eq!(run.code, 2, "{range}: {}", run.all());
        assert!(run.err().contains("no commit"), "{range}: {}", run.all());
    }
}

#[test]
fn the_same_by_sha256() {
    by_sha256(&[words_that_git_knows]);
}
