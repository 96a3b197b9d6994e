//! What is asked of GitHub, and what is made of its answers.

mod world;

use super::*;
use serde_json::{Value, json};
use std::collections::HashMap;
use world::Github;

fn finding(path: &str, line: Option<u32>) -> Value {
    json!({"rule": "postgres-dsn", "severity": "critical", "message": "a DSN with a password, @team", "occurrences": 1,
        "help": "rotate it", "baseline": "new", "location": {"path": path, "line": line, "column": 3, "end_line": line,
        "end_column": 9, "commit": null, "store": null, "key": null}})
}

fn posted(findings: Vec<Value>) -> Posted {
    let verdict = if findings.is_empty() {
        "clean"
    } else {
        "findings"
    };
    let report = json!({"version": 1, "findings": findings, "incomplete": [], "verdict": verdict, "more": {}});
    Posted::parse(report.to_string().as_bytes()).expect("a report")
}

fn leaks(count: u32) -> Posted {
    posted(
        (1..=count)
            .map(|line| finding("deploy.sh", Some(line)))
            .collect(),
    )
}

#[tokio::test]
async fn one_comment_is_made_and_then_changed() {
    let github = Github::start().await;
    let said = |text: &str| ("ada".to_owned(), "User".to_owned(), text.to_owned());
    // More than a page of others, one of whom writes what ours begins with.
    github.world(|world| {
        world.comments = vec![said("hello"); 150];
        world.comments[3] = said("<!-- stackguard: stackguard -->\nall is well");
    });
    assert!(
        github.publish(&posted(Vec::new()), true, false).await.done[0]
            .contains("nothing was found")
    );
    assert_eq!(github.world(|world| world.comments.len()), 150);
    assert!(
        github
            .publish(&leaks(2), true, false)
            .await
            .failed
            .is_empty()
    );
    let first = github.world(|world| world.comments[150].2.clone());
    assert!(
        first.contains("2 findings") && first.contains("`deploy.sh:1`"),
        "{first}"
    );
    assert!(!first.contains("@team"), "{first}");
    // The same again sends nothing; other findings change it; none left says so.
    github.world(|world| world.asked.clear());
    github.publish(&leaks(2), true, false).await;
    assert!(github.world(|world| world.asked.iter().all(|asked| asked.starts_with("GET "))));
    github.publish(&leaks(1), true, false).await;
    assert!(github.world(|world| world.comments[150].2.contains("1 finding\n")));
    github.publish(&posted(Vec::new()), true, false).await;
    assert!(github.world(|world| world.comments[150].2.contains("no findings")));
    github.world(|world| {
        assert_eq!(world.comments.len(), 151);
        assert_eq!(
            world.comments[3].2,
            "<!-- stackguard: stackguard -->\nall is well"
        );
    });
}

/// Two jobs at once each find no comment and make one. The older stays, with what the last job found.
#[tokio::test]
async fn two_jobs_leave_one_comment() {
    let theirs = "<!-- stackguard: stackguard -->\ntheirs".to_owned();
    for rival in [[Some(theirs.clone()), None], [None, Some(theirs)]] {
        let github = Github::start().await;
        github.world(|world| world.rival = rival);
        let outcome = github.publish(&leaks(2), true, false).await;
        assert!(outcome.failed.is_empty(), "{outcome:?}");
        github.world(|world| {
            let [(login, _, kept), (deleted, ..)] = &world.comments[..] else {
                panic!("two were made");
            };
            assert!(!login.is_empty() && deleted.is_empty());
            assert!(kept.contains("2 findings"), "{kept}");
        });
    }
}

#[tokio::test]
async fn a_persons_token_changes_that_persons_comment() {
    let github = Github::start().await;
    let mark = "<!-- stackguard: stackguard -->\nold";
    github.world(|world| {
        world.me = Some("Ada".into());
        for (login, kind) in [("some[bot]", "Bot"), ("eve", "User"), ("ada", "User")] {
            world
                .comments
                .push((login.into(), kind.into(), mark.into()));
        }
    });
    github.publish(&leaks(1), true, false).await;
    github.world(|world| {
        let changed: Vec<bool> = world
            .comments
            .iter()
            .map(|(.., text)| text != mark)
            .collect();
        assert_eq!(changed, [false, false, true]);
    });
}

#[tokio::test]
async fn annotations_go_fifty_at_a_time() {
    let github = Github::start().await;
    let mut findings: Vec<Value> = (1..=119)
        .map(|line| finding("deploy.sh", Some(line)))
        .collect();
    findings.push(finding("fly.toml", None));
    // No file, no longer in the file, known: no annotation.
    findings.push(finding("<commit message>", Some(1)));
    let mut gone = finding("old.sh", Some(1));
    gone["location"]["commit"] = json!({"id": "2".repeat(40), "presence": "history"});
    let mut known = finding("known.sh", Some(1));
    known["baseline"] = json!("known");
    findings.extend([gone, known]);
    let outcome = github.publish(&posted(findings), false, true).await;
    assert_eq!(
        outcome.done,
        ["check run 9 was made, with 120 annotations"],
        "{outcome:?}"
    );
    github.world(|world| {
        let counts: Vec<usize> = world
            .runs
            .iter()
            .map(|run| run["output"]["annotations"].as_array().map_or(0, Vec::len))
            .collect();
        assert_eq!(counts, [50, 50, 20]);
        let first = &world.runs[0];
        assert_eq!(
            (&first["conclusion"], &first["head_sha"]),
            (&json!("failure"), &json!("1".repeat(40)))
        );
        let annotation = &first["output"]["annotations"][0];
        assert_eq!(
            (
                &annotation["start_line"],
                &annotation["start_column"],
                &annotation["annotation_level"]
            ),
            (&json!(1), &json!(3), &json!("failure"))
        );
        let last = world.runs[2]["output"]["annotations"][19].clone();
        assert_eq!(
            (&last["path"], &last["start_line"]),
            (&json!("fly.toml"), &json!(1))
        );
    });
    github.world(|world| world.runs.clear());
    github.publish(&posted(Vec::new()), false, true).await;
    github.world(|world| {
        assert_eq!(
            (world.runs.len(), &world.runs[0]["conclusion"]),
            (1, &json!("success"))
        );
    });
}

#[tokio::test]
async fn a_refusal_is_told_in_words_and_only_reading_is_tried_again() {
    let github = Github::start().await;
    let elsewhere = Github::start().await;
    let away = format!("{}/x", elsewhere.server.uri());
    for (method, status, header, times, said) in [
        ("POST", 403, None, 9, "grant the job `pull-requests: write`"),
        (
            "POST",
            403,
            Some(("x-ratelimit-remaining", "0".to_owned())),
            9,
            "limit of requests",
        ),
        ("POST", 401, None, 9, "not accepted"),
        ("POST", 422, None, 9, "422"),
        ("POST", 502, None, 9, "status 502"),
        (
            "POST",
            307,
            Some(("location", away.clone())),
            9,
            "not followed",
        ),
        ("GET", 302, Some(("location", away)), 9, "not followed"),
        ("GET", 404, None, 9, "cannot see it"),
        ("GET", 502, None, 9, "status 502"),
    ] {
        github.world(|world| {
            world.asked.clear();
            world.refuse = HashMap::from([(method, (status, header, times))]);
        });
        let outcome = github.publish(&leaks(1), true, false).await;
        let failure = outcome.failed.first().expect("refused");
        let all = format!(
            "{} {}",
            failure.why,
            failure.help.as_deref().unwrap_or_default()
        );
        assert!(all.contains(said) && !all.contains("@everyone"), "{all}");
        let tries = github.world(|world| {
            world
                .asked
                .iter()
                .filter(|asked| asked.starts_with(method))
                .count()
        });
        let wanted = if (method, status) == ("GET", 502) {
            3
        } else {
            1
        };
        assert_eq!(tries, wanted, "{method} {status}");
    }
    assert!(elsewhere.world(|world| world.asked.is_empty()));
    // Something that passes does pass, and one refusal does not keep the other place from being served.
    github.world(|world| world.refuse = HashMap::from([("GET", (503, None, 1))]));
    assert!(
        github
            .publish(&leaks(1), true, false)
            .await
            .failed
            .is_empty()
    );
    github.world(|world| world.refuse = HashMap::from([("GET", (403, None, 9))]));
    let outcome = github.publish(&leaks(1), true, true).await;
    assert_eq!((outcome.done.len(), outcome.failed.len()), (1, 1));
}

#[test]
fn only_a_report_is_a_report() {
    for bad in [
        "",
        "[]",
        "{}",
        r#"{"version":2,"findings":[],"incomplete":[],"verdict":"clean"}"#,
        "\u{0}",
    ] {
        assert!(Posted::parse(bad.as_bytes()).is_err(), "{bad}");
    }
    assert!(Posted::read(std::path::Path::new("no such file")).is_err());
}

#[test]
fn what_does_not_fit_is_counted() {
    let long = posted(
        (1..=5000)
            .map(|line| finding(&"x".repeat(300), Some(line)))
            .collect(),
    );
    let body = markdown::body(&long);
    assert!(
        body.len() < 65_000 && body.contains("rows did not fit here"),
        "{}",
        body.len()
    );
}

#[test]
fn a_repository_is_two_names() {
    for bad in [
        "",
        "acme",
        "acme/",
        "/shop",
        "a/b/c",
        "acme/..",
        "a b/c",
        "acme/sh%2fop",
    ] {
        assert!(repository(bad).is_err(), "{bad}");
    }
    assert_eq!(repository("acme/my.shop").ok(), Some(("acme", "my.shop")));
}
