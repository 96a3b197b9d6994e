//! A check run with a summary and an annotation at each finding.
//!
//! Every run makes a new one: GitHub shows the latest of a name, and annotations can only be added to one, not taken away
//! (<https://docs.github.com/en/rest/checks/runs#update-a-check-run>), so changing that of an earlier run would show what it
//! found beside what this one did.

use super::markdown;
use super::posted::{Found, Posted, Severity, Verdict};
use super::server::{Request, Server};
use crate::credentials::Failure;
use crate::finding::printable;
use crate::report::counted;
use serde::Deserialize;
use serde_json::{Value, json};

/// Makes the check run, and adds the annotations that one request cannot hold.
///
/// # Errors
/// What the server refused, in words. It has its conclusion from the first request on, so that none is ever left waiting.
pub(super) async fn create(
    server: &Server,
    posted: &Posted,
    name: &str,
    commit: &str,
) -> Result<String, Failure> {
    let new = posted.new();
    let all: Vec<Value> = new.iter().filter_map(|found| annotation(found)).collect();
    let most = all.len().min(MOST);
    let mut batches = all.get(..most).unwrap_or_default().chunks(BATCH);
    let output = |annotations: &[Value]| {
        json!({
            "title": printable(&markdown::headline(posted)),
            "summary": summary(posted, all.len() - most),
            "annotations": annotations,
        })
    };
    let made = json!({
        "name": name,
        "head_sha": commit,
        "external_id": "stackguard",
        "status": "completed",
        "conclusion": match posted.verdict {
            Verdict::Clean => "success",
            Verdict::Findings | Verdict::Incomplete => "failure",
        },
        "output": output(batches.next().unwrap_or_default()),
    });
    let run: Run = server
        .post(&asked(&["check-runs"]), &made)
        .await
        .map_err(|refused| refused.failure)?;
    let id = run.id.to_string();
    for batch in batches {
        let more = json!({ "output": output(batch) });
        let _: Run = server
            .patch(&asked(&["check-runs", &id]), &more)
            .await
            .map_err(|refused| refused.failure)?;
    }
    Ok(format!(
        "check run {id} was made, with {}",
        counted(most as u64, "annotation")
    ))
}

/// What the API tells of one.
#[derive(Debug, Deserialize)]
struct Run {
    id: u64,
}

fn asked<'a>(path: &[&'a str]) -> Request<'a> {
    Request {
        what: "the check run",
        path: path.to_vec(),
        permission: "checks: write",
    }
}

fn summary(posted: &Posted, left_out: usize) -> String {
    let mut summary = markdown::body(posted);
    if summary.is_empty() {
        summary.push_str("Nothing was found.");
    }
    if left_out > 0 {
        summary.push_str(&format!(
            "\n{} have no annotation: there are too many.",
            counted(left_out as u64, "more finding")
        ));
    }
    summary
}

/// At the file's line; a whole file is shown at its first. Nothing for what is in no file.
fn annotation(found: &Found) -> Option<Value> {
    let at = &found.location;
    let path = at.file()?;
    let line = at.line.unwrap_or(1).max(1);
    let end = at.end_line.unwrap_or(line).max(line);
    let mut message = printable(&found.message);
    if let Some(help) = &found.help {
        message.push('\n');
        message.push_str(&printable(help));
    }
    let mut annotation = json!({
        "path": path,
        "start_line": line,
        "end_line": end,
        "annotation_level": match found.severity {
            Severity::Critical | Severity::High => "failure",
            Severity::Medium => "warning",
            Severity::Low => "notice",
        },
        "title": clipped(&format!("{}: {}", found.severity.as_str(), printable(&found.rule)), 255),
        "message": clipped(&message, 16 << 10),
    });
    // GitHub refuses columns where a span ends on another line.
    if let (Some(column), Some(end_column), true) = (at.column, at.end_column, end == line) {
        annotation["start_column"] = column.into();
        annotation["end_column"] = end_column.max(column).into();
    }
    Some(annotation)
}

/// At most so many bytes.
fn clipped(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

/// The most of one request (<https://docs.github.com/en/rest/checks/runs#create-a-check-run>).
const BATCH: usize = 50;

/// Twenty requests. More annotations than that nobody reads, and the limit on writing requests is soon reached.
const MOST: usize = 1000;
