//! Histories made to be too much: what is cut is said.

use crate::harness::{Sandbox, secret};

#[test]
fn a_history_that_is_a_bomb_ends_and_says_so() {
    let sandbox = Sandbox::repo();
    let token = format!("API_TOKEN={}\n", secret("bomb", "{base62:32}"));
    let blob = sandbox.git_with(&["hash-object", "-w", "--stdin"], token.as_bytes());
    let mut entry = format!("100644 blob {blob}");
    for _ in 0..10 {
        let lines: String = (0..10).map(|name| format!("{entry}\t{name}\n")).collect();
        let tree = sandbox.git_with(&["mktree"], lines.as_bytes());
        entry = format!("040000 tree {tree}");
    }
    let tree = entry.rsplit(' ').next().expect("an id");
    let commit = sandbox.git(&["commit-tree", "-m", "bomb", tree]);
    sandbox.git(&["update-ref", "refs/heads/main", &commit]);
    let run = sandbox.run(&["check", "--history", "--format", "json"]);
    assert_eq!(run.code, 2, "{}", run.err());
    let report = run.json();
    let whys = report["incomplete"].to_string();
    assert!(whys.contains("more than 10000 paths"), "{whys}");
    let found = &report["findings"][0];
    assert_eq!(found["location"]["path"], "0/0/0/0/0/0/0/0/0/0");
}

#[test]
fn more_leaks_in_one_object_than_can_be_held_are_not_clean() {
    let line = format!("API_TOKEN={}\n", secret("many", "{base62:32}"));
    let sandbox = Sandbox::repo_of(&[("a.env", &line.repeat(10_050)), ("b.txt", "x\n")]);
    for _ in 0..2 {
        let run = sandbox.run(&["check", "--history", "--format", "json"]);
        assert_eq!(run.code, 2, "{}", run.err());
        let report = run.json();
        assert_eq!(report["findings"][0]["occurrences"], 10_000);
        let whys = report["incomplete"].to_string();
        assert!(whys.contains("more than 10000 places"), "{whys}");
    }
}
