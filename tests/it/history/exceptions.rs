//! Exceptions and baselines over a history.

use super::past::{Past, files};
use super::{history, only, story};
use crate::harness::{Sandbox, token};
use serde_json::Value;

/// Two leaks that are gone from HEAD.
fn two(first: &str, second: &str) -> Sandbox {
    let sandbox = Sandbox::repo_of(&[("docs/a.md", &format!("token: {first}\n"))]);
    sandbox.write("src/b.env", format!("TOKEN={second}\n"));
    sandbox.commit("second");
    sandbox.git(&["rm", "-q", "src/b.env", "docs/a.md"]);
    sandbox.commit("gone");
    sandbox
}

fn allowed(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut all: Vec<_> = report["allowed"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| {
            (
                text(&entry["finding"]["location"]["path"]),
                text(&entry["by"]),
            )
        })
        .collect();
    all.sort();
    all
}

#[test]
fn the_configuration_allows_by_path_rule_and_value() {
    let (first, second) = (token("first"), token("second"));
    let start = &first[..12];
    for (entry, left) in [
        ("path = \"docs/**\"\n".to_owned(), vec!["src/b.env"]),
        ("rule = \"shopify-access-token\"\n".to_owned(), vec![]),
        (format!("value = '''^{start}'''\n"), vec!["src/b.env"]),
        (
            format!(
                "rule = \"shopify-access-token\"\npath = \"src/*\"\nvalue = '''^{}'''\n",
                &second[..12]
            ),
            vec!["docs/a.md"],
        ),
    ] {
        let sandbox = two(&first, &second);
        sandbox.write(
            "stackguard.toml",
            format!("[[allow]]\n{entry}reason = \"known\"\n"),
        );
        let run = history(&sandbox, &[]);
        let paths: Vec<String> = run.hits().into_iter().map(|hit| hit.path).collect();
        assert_eq!(paths, left, "{entry} {}", run.all());
        assert_eq!(run.code, i32::from(!left.is_empty()), "{}", run.all());
        assert_eq!(allowed(&run.json()).len(), 2 - left.len(), "{}", run.all());
    }
}

#[test]
fn a_comment_allows_the_versions_it_stands_in() {
    let bare = format!("a\ntoken: {}\n", token("inline"));
    let above = bare.replace(
        "a\n",
        "# stackguard:allow shopify-access-token a demo shop\n",
    );
    let beside = bare.replace("\ntoken", "\n\ntoken").trim_end().to_owned() + " # gitleaks:allow\n";
    let other = bare.replace("a\n", "# stackguard:allow private-key a demo shop\n");
    // Which version comes first does not matter, nor how they are packed.
    for texts in [
        [&bare, &above, &beside],
        [&above, &bare, &beside],
        [&above, &beside, &bare],
        [&above, &other, &above],
        [&other, &above, &beside],
    ] {
        let sandbox = Sandbox::repo();
        let mut past = Past::default();
        let mut parents: Vec<String> = Vec::new();
        for text in texts {
            let parent: Vec<&str> = parents.last().map(String::as_str).into_iter().collect();
            let mark = past.commit(
                "main",
                &parent,
                1_700_000_000,
                "x",
                &files(&[("a.md", text)]),
            );
            parents.push(mark);
        }
        let ids = past.import(&sandbox);
        let at = texts
            .iter()
            .position(|text| *text == &bare || *text == &other)
            .expect("one");
        for args in [
            &["repack", "-adfq"][..],
            &["repack", "-adfq", "--depth=1"],
            &["repack", "-adfq", "--depth=0"],
        ] {
            for threads in ["1", "4"] {
                let run = history(&sandbox, &["--threads", threads]);
                let (commit, ..) = story(&only(&run));
                assert_eq!(commit, ids[at], "{}", run.all());
                let marked = allowed(&run.json());
                assert!(
                    !marked.is_empty() && marked.iter().all(|(_, by)| by == "inline"),
                    "{}",
                    run.all()
                );
            }
            sandbox.git(args);
        }
    }
    let sandbox = Sandbox::repo_of(&[("a.md", &above)]);
    sandbox.write("a.md", &beside);
    sandbox.commit("still allowed");
    assert_eq!(history(&sandbox, &[]).code, 0);
}

#[test]
fn a_baseline_of_the_history_holds() {
    let (first, second) = (token("known"), token("new"));
    let sandbox = two(&first, &first);
    // The same secret in a third place, another in the message, one in a tag.
    sandbox.write("src/c.env", format!("x\n\nTOKEN={first}\n"));
    sandbox.commit(&format!("use {}", token("message")));
    sandbox.git(&["tag", "-a", "v1", "-m", &token("tag")]);
    assert_eq!(history(&sandbox, &[]).code, 1);
    let made = sandbox.run(&["baseline", "create", "--history"]);
    assert_eq!(made.code, 0, "{}", made.all());
    let run = history(&sandbox, &[]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(
        run.json()["findings"]
            .as_array()
            .expect("a list")
            .iter()
            .all(|finding| finding["baseline"] == "known")
    );
    sandbox.write("src/d.env", format!("TOKEN={second}\n"));
    sandbox.commit("another");
    let run = history(&sandbox, &[]);
    assert_eq!(run.code, 1, "{}", run.all());
    let new = run.json()["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|finding| finding["baseline"] == "new")
        .count();
    assert_eq!(new, 1, "{}", run.all());
}
