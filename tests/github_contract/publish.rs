//! What `publish` sends, held against the description.

use super::Prism;
use serde_json::{Value, json};
use stackguard::publish::{Access, Places, Posted, publish};

#[test]
fn what_is_published_is_as_github_describes_it() {
    let prism = Prism::start();
    let findings: Vec<Value> = (1..=51)
        .map(|line| {
            json!({"rule": "postgres-dsn", "severity": "critical", "message": "a DSN", "occurrences": 1,
                "help": "rotate it", "baseline": "new", "location": {"path": "deploy.sh", "line": line, "column": 3,
                "end_line": line, "end_column": 9, "commit": null, "store": null, "key": null}})
        })
        .collect();
    let report =
        json!({"version": 1, "findings": findings, "incomplete": [], "verdict": "findings"});
    let dir = tempfile::TempDir::new().expect("a directory");
    let path = dir.path().join("report.json");
    std::fs::write(&path, report.to_string()).expect("written");
    let posted = Posted::read(&path).expect("a report");
    let access = Access::of(&|name| match name {
        "GITHUB_API_URL" => Some(format!("http://127.0.0.1:{}", prism.port)),
        "GITHUB_TOKEN" => Some("none".to_owned()),
        _ => None,
    })
    .expect("loopback");
    let places = Places {
        repository: "octocat/Hello-World".into(),
        name: "stackguard".into(),
        comment: Some(1347),
        check_run: Some("ce587453ced02b1526dfb4cb910479d431683101".into()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let outcome = runtime
        .block_on(publish(&posted, &places, &access))
        .expect("a client");
    let log = prism.stop();
    assert!(outcome.failed.is_empty(), "{outcome:?} {log:#?}");
    let count = |part: &str| log.iter().filter(|line| line.contains(part)).count();
    // The comments, a comment, the comments again, a check run of fifty annotations, and the one that is left.
    for (method, times) in [("get", 2), ("post", 2), ("patch", 1)] {
        assert_eq!(
            count(&format!("[HTTP SERVER] {method} ")),
            times,
            "{log:#?}"
        );
    }
    assert_eq!(
        count("The request passed the validation rules"),
        5,
        "{log:#?}"
    );
    assert_eq!(count("did not pass"), 0, "{log:#?}");
}
