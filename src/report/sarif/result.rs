//! One finding as a result.

use super::rule::{Rules, level};
use super::{Entry, uri};
use crate::finding::{AllowedBy, Finding, Location, hex, printable};
use crate::report::{counted, wording};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

/// The result, the `number`th with its fingerprint; what is allowed or known is there as suppressed.
pub(super) fn result(entry: Entry<'_>, rules: &Rules<'_>, number: u32) -> Value {
    let finding = entry.finding();
    let mut out = Map::new();
    out.insert("ruleId".into(), json!(finding.rule.as_str()));
    if let Some(index) = rules.index(finding.rule.as_str()) {
        out.insert("ruleIndex".into(), json!(index));
    }
    out.insert("level".into(), json!(level(finding.severity)));
    out.insert("message".into(), json!({"text": message(finding)}));
    out.insert("locations".into(), json!([location(finding)]));
    let related: Vec<Value> = finding
        .occurrences
        .iter()
        .take(RELATED)
        .zip(1..)
        .map(|(place, id)| related(place, id))
        .collect();
    if !related.is_empty() {
        out.insert("relatedLocations".into(), Value::Array(related));
        out.insert(
            "occurrenceCount".into(),
            json!(finding.occurrences.len() + 1),
        );
    }
    out.insert(
        "partialFingerprints".into(),
        json!({
            "stackguard/v1": finding.fingerprint.as_str(),
            "primaryLocationLineHash": line_hash(finding, number),
        }),
    );
    if let Some(suppression) = suppression(entry) {
        out.insert("suppressions".into(), json!([suppression]));
    }
    out.insert("properties".into(), properties(finding));
    Value::Object(out)
}

/// The only fingerprint that code scanning looks at. Its own upload action computes one from the line where there is none, its
/// API does not, and every upload would open each alert again
/// (<https://docs.github.com/en/code-security/reference/code-scanning/sarif-files/sarif-support>).
fn line_hash(finding: &Finding, number: u32) -> String {
    let digest = Sha256::digest(finding.fingerprint.as_str());
    let half = digest.get(..8).unwrap_or_default();
    format!("{}:{number}", hex(half))
}

/// The message, with what the location cannot say. A viewer makes links of `[text](target)`, so none may form.
fn message(finding: &Finding) -> String {
    let mut text = finding.message.clone();
    if let Some(commit) = &finding.location.commit {
        text.push_str(&format!(" ({})", wording::commit(commit)));
    }
    if !finding.occurrences.is_empty() {
        text.push_str(&format!(
            "; {}",
            counted(finding.occurrences.len() as u64, "more place")
        ));
    }
    printable(&text).replace("](", "] (")
}

fn location(finding: &Finding) -> Value {
    let place = &finding.location;
    let mut out = Map::new();
    let mut physical = physical(place);
    if let (Some(snippet), false) = (&finding.snippet, wording::is_gone(place)) {
        let marked = snippet.text().get(snippet.mark()).unwrap_or_default();
        physical["region"]["snippet"] = json!({"text": marked});
        physical["contextRegion"] = json!({
            "startLine": place.start.line.max(1),
            "endLine": place.end.line.max(place.start.line).max(1),
            "snippet": {"text": snippet.text()},
        });
    }
    out.insert("physicalLocation".into(), physical);
    if let Some(store) = &place.store {
        let name = place
            .key
            .as_ref()
            .map_or_else(|| store.clone(), |key| format!("{store}/{key}"));
        out.insert(
            "logicalLocations".into(),
            json!([{"fullyQualifiedName": printable(&name), "kind": "resource"}]),
        );
    }
    Value::Object(out)
}

fn related(place: &Location, id: usize) -> Value {
    let mut out = json!({"id": id, "physicalLocation": physical(place)});
    let text = match &place.commit {
        Some(commit) => format!("the same in {}", wording::commit(commit)),
        None => "the same here".into(),
    };
    out["message"] = json!({"text": printable(&text).replace("](", "] (")});
    out
}

/// File and region. Code scanning wants a line, so a whole file is its first one, and so is a line of a commit that no branch tip has.
fn physical(place: &Location) -> Value {
    let region = if place.start.line == 0 || wording::is_gone(place) {
        json!({"startLine": 1})
    } else {
        let end = place.end.max(place.start);
        json!({
            "startLine": place.start.line,
            "startColumn": place.start.column.max(1),
            "endLine": end.line,
            "endColumn": end.column.max(1),
        })
    };
    let uri = uri::relative(place.path.as_str());
    json!({"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}, "region": region})
}

fn suppression(entry: Entry<'_>) -> Option<Value> {
    let (kind, why) = match entry {
        Entry::Finding(finding) => {
            (finding.known).then(|| ("external", "in the baseline".to_owned()))?
        }
        Entry::Allowed(allowed) => {
            let inline = matches!(allowed.by, AllowedBy::Inline(_));
            (
                if inline { "inSource" } else { "external" },
                wording::exception(allowed),
            )
        }
    };
    Some(json!({"kind": kind, "status": "accepted", "justification": printable(&why)}))
}

fn properties(finding: &Finding) -> Value {
    let mut out = Map::new();
    out.insert("severity".into(), json!(finding.severity.as_str()));
    out.insert("guard".into(), json!(finding.guard.as_str()));
    if let Some(line) = &finding.decided_by {
        out.insert("decidedBy".into(), json!(printable(line)));
    }
    if let Some(help) = &finding.help {
        out.insert("help".into(), json!(printable(help)));
    }
    if let Some(spread) = finding.spread {
        out.insert("commits".into(), json!(spread.commits));
        out.insert("paths".into(), json!(spread.paths));
    }
    let place = &finding.location;
    if let Some(commit) = &place.commit {
        out.insert(
            "commit".into(),
            json!({
                "id": commit.id,
                "author": printable(&commit.author),
                "date": printable(&commit.date),
                "summary": printable(&commit.summary),
                "line": place.start.line,
                "column": place.start.column,
            }),
        );
        if let (Some(snippet), true) = (&finding.snippet, wording::is_gone(place)) {
            out.insert("snippet".into(), json!(snippet.text()));
        }
    }
    Value::Object(out)
}

/// Places named besides a result's own; code scanning shows 100.
pub(super) const RELATED: usize = 100;
