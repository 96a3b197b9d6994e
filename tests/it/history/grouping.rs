//! One secret is one finding, however often it stands in a history.

use super::past::{Past, files};
use super::{history, only, story};
use crate::harness::{Sandbox, secret};

#[test]
fn fifty_versions_and_three_paths_are_one_finding() {
    let sandbox = Sandbox::repo();
    let line = format!("TOKEN={}\n", secret("one", "shpat_{hex:32}"));
    let mut past = Past::default();
    let mut last: Option<String> = None;
    for version in 0..50 {
        let path = ["a.env", "b/c.env", "d.env"][version / 17];
        let text = format!(
            "{}{line}{}",
            "# one more\n".repeat(version),
            "# below\n".repeat(version * 7 % 11)
        );
        let parents: Vec<&str> = last.as_deref().into_iter().collect();
        last = Some(past.commit(
            "main",
            &parents,
            1_700_000_000,
            "edit",
            &files(&[(path, &text)]),
        ));
    }
    let ids = past.import(&sandbox);
    for args in [None, Some(&["repack", "-adfq"]), Some(&["repack", "-adfq"])] {
        if let Some(args) = args {
            sandbox.git(args);
        }
        let run = history(&sandbox, &[]);
        let found = only(&run);
        assert_eq!(
            story(&found),
            (ids[0].clone(), "a.env".into(), "head".into(), String::new())
        );
        assert_eq!(found["location"]["line"], 1);
        let also: Vec<_> = found["also"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|place| place["path"].clone())
            .collect();
        assert_eq!(also, ["b/c.env", "d.env"], "{}", run.all());
        assert_eq!(found["occurrences"], 3);
    }
    let human = sandbox.run(&["check", "--history"]);
    assert_eq!(human.code, 1);
    assert_eq!(
        human
            .out()
            .matches("critical: shopify-access-token")
            .count(),
        1,
        "{}",
        human.all()
    );
}

#[test]
fn two_secrets_are_two_findings_and_each_has_its_own_commit() {
    let sandbox = Sandbox::repo();
    let (one, two) = (secret("a", "shpat_{hex:32}"), secret("b", "shpat_{hex:32}"));
    let mut past = Past::default();
    let first = past.commit(
        "main",
        &[],
        1_700_000_000,
        "one",
        &files(&[("a.env", &format!("A={one}\n"))]),
    );
    let both = format!("A={one}\nB={two}\n");
    let next = past.commit(
        "main",
        &[&first],
        1_700_000_000,
        "two",
        &files(&[("a.env", &both)]),
    );
    past.commit(
        "main",
        &[&next],
        1_700_000_000,
        "less",
        &files(&[("a.env", &format!("x\nB={two}\n"))]),
    );
    let ids = past.import(&sandbox);
    let run = history(&sandbox, &[]);
    let report = run.json();
    let mut stories: Vec<_> = report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .map(story)
        .collect();
    stories.sort_by_key(|(commit, ..)| ids.iter().position(|id| id == commit));
    let wanted = [(0, "history"), (1, "head")];
    for ((commit, path, presence, _), (at, standing)) in stories.iter().zip(wanted) {
        assert_eq!(
            (commit, path.as_str(), presence.as_str()),
            (&ids[at], "a.env", standing),
            "{}",
            run.all()
        );
    }
    assert_eq!(stories.len(), 2, "{}", run.all());
}

#[test]
fn every_place_of_a_secret_has_its_own_line_and_commit() {
    let sandbox = Sandbox::repo();
    let line = format!("TOKEN={}\n", secret("places", "shpat_{hex:32}"));
    let mut past = Past::default();
    let first = past.commit(
        "main",
        &[],
        1_700_000_000,
        "one",
        &files(&[("a.env", &line)]),
    );
    let lower = format!("x\ny\n{line}");
    past.commit(
        "main",
        &[&first],
        1_700_000_000,
        "two",
        &files(&[("a.env", &line), ("b.env", &lower)]),
    );
    let ids = past.import(&sandbox);
    let run = history(&sandbox, &[]);
    let places: Vec<_> = run
        .hits()
        .into_iter()
        .map(|hit| (hit.path, hit.line, hit.commit))
        .collect();
    let wanted = [("a.env", 1, &ids[0]), ("b.env", 3, &ids[1])]
        .map(|(path, line, id)| (path.to_owned(), line, Some(id.clone())));
    assert_eq!(places, wanted, "{}", run.all());
}
