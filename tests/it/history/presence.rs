//! Which commit brought a leak in, and where it still stands.

use super::past::{Past, files};
use super::{authored, history, only, story};
use crate::harness::{Sandbox, leak};

fn owned(parts: [&str; 4]) -> (String, String, String, String) {
    let [a, b, c, d] = parts.map(str::to_owned);
    (a, b, c, d)
}

const DAY: i64 = 86_400;
const START: i64 = 1_700_000_000;

#[test]
fn topology_decides_which_commit_was_first_not_dates() {
    let sandbox = Sandbox::repo();
    let (clean, leaking) = (
        files(&[("a", "x\n")]),
        files(&[("a", "x\n"), ("b.env", &leak("backdated"))]),
    );
    let mut past = Past::default();
    let root = past.commit("main", &[], START + 10 * DAY, "root", &clean);
    let first = past.commit("main", &[&root], START + 9 * DAY, "leak", &leaking);
    // Its children say they are far older.
    let next = past.commit("main", &[&first], START, "keep", &leaking);
    past.commit("main", &[&next], START - DAY, "gone", &clean);
    let ids = past.import(&sandbox);
    let found = only(&history(&sandbox, &[]));
    assert_eq!(story(&found), owned([&ids[1], "b.env", "history", ""]));
    assert_eq!(found["location"]["commit"]["summary"], "leak");
}

#[test]
fn a_leak_of_a_merged_branch_came_with_the_branch() {
    let sandbox = Sandbox::repo();
    let token = leak("merged");
    let clean = files(&[("a", "x\n")]);
    let leaking = files(&[("a", "x\n"), ("b.env", &token)]);
    let mut past = Past::default();
    let root = past.commit("main", &[], START, "root", &clean);
    let side = past.commit("side", &[&root], START + 3 * DAY, "side leaks", &leaking);
    let own = past.commit(
        "main",
        &[&root],
        START + DAY,
        "own",
        &files(&[("a", "y\n")]),
    );
    past.commit("main", &[&own, &side], START + 2 * DAY, "merge", &leaking);
    let ids = past.import(&sandbox);
    let found = only(&history(&sandbox, &[]));
    assert_eq!(story(&found), owned([&ids[1], "b.env", "head", ""]));
}

#[test]
fn a_merge_can_bring_in_what_no_parent_has() {
    let sandbox = Sandbox::repo();
    let clean = files(&[("a", "x\n")]);
    let mut past = Past::default();
    let root = past.commit("main", &[], START, "root", &clean);
    let side = past.commit("side", &[&root], START, "side", &files(&[("a", "z\n")]));
    let own = past.commit("main", &[&root], START, "own", &files(&[("a", "y\n")]));
    let evil = files(&[("a", "y\n"), ("deep/er/b.env", &leak("evil"))]);
    let merge = past.commit("main", &[&own, &side], START, "merge", &evil);
    past.commit("main", &[&merge], START, "gone", &clean);
    let ids = past.import(&sandbox);
    let found = only(&history(&sandbox, &[]));
    assert_eq!(
        story(&found),
        owned([&ids[3], "deep/er/b.env", "history", ""])
    );
}

#[test]
fn a_branch_a_tag_or_only_the_past_still_has_it() {
    let sandbox = Sandbox::repo_of(&[("a", "x\n")]);
    sandbox.git(&["checkout", "-qb", "other"]);
    sandbox.write("b.env", leak("branch"));
    sandbox.commit("leak");
    let leaking = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.git(&["checkout", "-q", "main"]);
    let presence = |sandbox: &Sandbox| story(&only(&history(sandbox, &[])));
    assert_eq!(
        presence(&sandbox),
        owned([&leaking, "b.env", "ref", "refs/heads/other"])
    );
    sandbox.git(&["tag", "v1", "other"]);
    sandbox.git(&["branch", "-qD", "other"]);
    assert_eq!(
        presence(&sandbox),
        owned([&leaking, "b.env", "ref", "refs/tags/v1"])
    );
    sandbox.git(&["merge", "-q", "v1"]);
    assert_eq!(presence(&sandbox), owned([&leaking, "b.env", "head", ""]));
    sandbox.git(&["tag", "-d", "v1"]);
    sandbox.git(&["rm", "-q", "b.env"]);
    sandbox.commit("gone");
    assert_eq!(
        presence(&sandbox),
        owned([&leaking, "b.env", "history", ""])
    );
}

#[test]
fn a_stash_is_looked_at() {
    let sandbox = Sandbox::repo_of(&[("a.env", "API_TOKEN=\n")]);
    sandbox.write("a.env", leak("stash"));
    sandbox.git(&["stash", "-q"]);
    let found = only(&history(&sandbox, &[]));
    assert_eq!(found["location"]["path"], "a.env");
    assert_eq!(found["location"]["commit"]["presence"], "stash");
    // An earlier stash, and its untracked files.
    sandbox.write("a.env", "API_TOKEN=nothing\n");
    sandbox.write("new.env", leak("untracked"));
    sandbox.git(&["stash", "-q", "-u"]);
    let mut paths: Vec<String> = history(&sandbox, &[])
        .hits()
        .into_iter()
        .map(|hit| hit.path)
        .collect();
    paths.sort();
    assert_eq!(paths, ["a.env", "new.env"]);
}

#[test]
fn a_reflog_remembers_what_was_reset_away() {
    let sandbox = Sandbox::repo_of(&[("a", "x\n")]);
    sandbox.write("b.env", leak("reflog"));
    sandbox.commit("leak");
    let leaking = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let run = history(&sandbox, &[]);
    assert_eq!(
        story(&only(&run)),
        owned([&leaking, "b.env", "history", ""])
    );
    // Named refs alone leave the reflog out.
    assert_eq!(history(&sandbox, &["--ref", "main"]).code, 0);
    sandbox.git(&["reflog", "expire", "--expire=now", "--all"]);
    assert_eq!(history(&sandbox, &[]).code, 0, "unreachable now");
    let run = history(&sandbox, &["--unreachable"]);
    assert_eq!(
        only(&run)["location"]["commit"]["presence"]
            .as_str()
            .unwrap_or("unreachable"),
        "unreachable",
        "{}",
        run.all()
    );
}

#[test]
fn words_of_commits_tags_notes_and_names_are_texts_too() {
    let token = leak("words");
    let said = |sandbox: &Sandbox| {
        let run = history(sandbox, &[]);
        assert_eq!(run.code, 1, "{}", run.all());
        assert!(
            !run.all()
                .contains(token.trim().split('=').nth(1).expect("a value")),
            "shown"
        );
        only(&run)["location"]["path"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let sandbox = Sandbox::repo_of(&[("a", "x\n")]);
    sandbox.git(&[
        "commit",
        "-q",
        "--allow-empty",
        "-m",
        "set up",
        "-m",
        &token,
    ]);
    assert_eq!(said(&sandbox), "<commit message>");
    let sandbox = Sandbox::repo_of(&[("a", "x\n")]);
    sandbox.git(&["tag", "-a", "v1", "-m", &token]);
    assert_eq!(said(&sandbox), "<tag message>");
    let sandbox = Sandbox::repo_of(&[("a", "x\n")]);
    sandbox.git(&["notes", "add", "-m", &token]);
    assert_eq!(
        said(&sandbox).len(),
        40,
        "a note is a blob named for its commit"
    );
    let sandbox = Sandbox::repo_of(&[("a", "x\n")]);
    authored(&sandbox);
    assert_eq!(said(&sandbox), "<commit message>");
}

#[test]
fn the_head_of_a_linked_work_tree_counts() {
    let sandbox = Sandbox::repo_of(&[("a", "x\n")]);
    sandbox.git(&["worktree", "add", "-q", "--detach", "../linked"]);
    let linked = sandbox.outside("linked");
    std::fs::write(linked.join("b.env"), leak("linked")).expect("written");
    let there = linked.display().to_string();
    sandbox.git(&["-C", &there, "add", "b.env"]);
    sandbox.git(&["-C", &there, "commit", "-qm", "leak"]);
    let leaking = sandbox.git(&["-C", &there, "rev-parse", "HEAD"]);
    let (commit, path, ..) = story(&only(&history(&sandbox, &[])));
    assert_eq!(
        (commit.as_str(), path.as_str()),
        (leaking.as_str(), "b.env")
    );
    // From there it is what is checked out.
    let found = only(&history(&sandbox, &[&there]));
    assert_eq!(story(&found), owned([&leaking, "b.env", "head", ""]));
}

#[test]
fn since_and_ref_choose_commits() {
    let sandbox = Sandbox::repo();
    let old = leak("old");
    let new = leak("new");
    let mut past = Past::default();
    let root = past.commit("main", &[], START, "old", &files(&[("old.env", &old)]));
    let next = past.commit(
        "main",
        &[&root],
        START + 9 * DAY,
        "new",
        &files(&[("new.env", &new)]),
    );
    past.commit(
        "side",
        &[&root],
        START + 9 * DAY,
        "side",
        &files(&[("old.env", "x\n")]),
    );
    past.commit(
        "main",
        &[&next],
        START + 10 * DAY,
        "clean",
        &files(&[("a", "x\n")]),
    );
    let ids = past.import(&sandbox);
    let paths = |args: &[&str]| -> Vec<String> {
        let run = history(&sandbox, args);
        assert!(run.code < 2, "{args:?} {}", run.all());
        let mut paths: Vec<String> = run.hits().into_iter().map(|hit| hit.path).collect();
        paths.sort();
        paths
    };
    assert_eq!(paths(&[]), ["new.env", "old.env"]);
    assert_eq!(paths(&["--since", "2023-11-20"]), ["new.env"]);
    assert_eq!(paths(&["--since", "2023-11-20T00:00:00Z"]), ["new.env"]);
    assert_eq!(paths(&["--since", &ids[1]]), ["new.env"]);
    assert_eq!(paths(&["--since", &ids[3]]), Vec::<String>::new());
    assert_eq!(paths(&["--ref", "side"]), ["old.env"]);
    assert_eq!(paths(&["--ref", "refs/heads/side"]), ["old.env"]);
    assert_eq!(
        paths(&["--ref", "side", "--ref", "main"]),
        ["new.env", "old.env"]
    );
    for args in [
        &["--ref", "nowhere"][..],
        &["--since", "nonsense"],
        &["--ref", "side", "--ref", "nowhere"],
    ] {
        let run = history(&sandbox, args);
        assert_eq!(run.code, 2, "{args:?} {}", run.all());
        assert!(run.err().contains(args[args.len() - 1]), "{}", run.err());
    }
}

#[test]
fn a_blob_that_only_a_ref_names_is_reachable() {
    let sandbox = Sandbox::repo_of(&[("a", "x\n")]);
    let blob = sandbox.git_with(&["hash-object", "-w", "--stdin"], leak("ref").as_bytes());
    assert_eq!(history(&sandbox, &[]).code, 0);
    sandbox.git(&["update-ref", "refs/odd/blob", &blob]);
    let run = history(&sandbox, &[]);
    assert_eq!(run.code, 1, "a ref reaches it: {}", run.all());
    sandbox.git(&["update-ref", "-d", "refs/odd/blob"]);
    // A tag of a blob does as well.
    sandbox.git(&["tag", "-a", "-m", "a key", "key", &blob]);
    let run = history(&sandbox, &[]);
    assert_eq!(run.code, 1, "a tag reaches it: {}", run.all());
    sandbox.git(&["tag", "-d", "key"]);
    // And so does a tree that only a ref names.
    let entry = format!("100644 blob {blob}\tb.env\n");
    let tree = sandbox.git_with(&["mktree"], entry.as_bytes());
    sandbox.git(&["update-ref", "refs/odd/tree", &tree]);
    let run = history(&sandbox, &[]);
    assert_eq!(run.code, 1, "a tree of a ref reaches it: {}", run.all());
}

#[test]
fn what_stands_where_no_rule_looks_stands_all_the_same() {
    let sandbox = Sandbox::repo_of(&[("b.env", &leak("locked"))]);
    sandbox.git(&["mv", "b.env", "yarn.lock"]);
    sandbox.commit("moved");
    let now = sandbox.run(&["check", "--guard", "secrets"]);
    assert_eq!(
        now.code,
        0,
        "a name beside a value is chance: {}",
        now.all()
    );
    let found = only(&history(&sandbox, &[]));
    assert_eq!(found["location"]["path"], "b.env");
    assert_eq!(found["location"]["commit"]["presence"], "head");
}
