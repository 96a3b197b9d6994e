//! `check --history` on repositories that git made.

mod cache;
mod choice;
mod equality;
mod exceptions;
mod grouping;
mod interrupt;
mod limits;
mod many;
mod names;
mod objects;
mod past;
mod places;
mod presence;
mod progress;
mod scrub;
mod spread;
mod texts;
mod unseen;

use crate::harness::{Run, Sandbox, token};
use serde_json::Value;

/// Runs `check --history` with these arguments more and the report as JSON.
fn history(sandbox: &Sandbox, args: &[&str]) -> Run {
    sandbox.run(&[&["check", "--history", "--format", "json"], args].concat())
}

/// Commits something whose author's name holds a token, which is given back.
fn authored(sandbox: &Sandbox) -> String {
    let token = token("author");
    let author = format!("--author=Ada {token} <ada@acme.dev>");
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "x", &author]);
    token
}

/// The only finding of a run.
fn only(run: &Run) -> Value {
    let report = run.json();
    let findings = report["findings"].as_array().expect("a list");
    assert_eq!(findings.len(), 1, "{}", run.all());
    findings[0].clone()
}

/// The first commit, path, presence and ref of a finding.
fn story(finding: &Value) -> (String, String, String, String) {
    let place = &finding["location"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (
        text(&place["commit"]["id"]),
        text(&place["path"]),
        text(&place["commit"]["presence"]),
        text(&place["commit"]["ref"]),
    )
}
