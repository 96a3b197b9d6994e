//! The baseline of detect-secrets: SHA-1 of each secret, by file; and its filters.

use super::{Accepted, Proof, Taken};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

#[derive(Deserialize)]
struct File {
    results: BTreeMap<String, Vec<Entry>>,
    #[serde(default)]
    filters_used: Vec<serde_json::Value>,
    #[serde(default)]
    plugins_used: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "type", default)]
    kind: String,
    hashed_secret: String,
    #[serde(default)]
    is_secret: Option<bool>,
}

/// Reads the file.
pub(super) fn take(text: &str) -> Result<Taken, String> {
    let file: File = serde_json::from_str(text).map_err(|error| {
        format!(
            "it is no baseline of detect-secrets (line {}, column {})",
            error.line(),
            error.column()
        )
    })?;
    let mut taken = Taken::default();
    let lines = lines_of_hashes(text);
    let line_with = |word: &str| {
        text.find(word)
            .map_or(1, |at| super::lines::line_of(text, at))
    };
    for (path, results) in file.results {
        for result in results {
            let entry = Accepted {
                line: lines
                    .get(result.hashed_secret.as_str())
                    .copied()
                    .unwrap_or(1),
                rule: result.kind,
                path: Some(path.replace('\\', "/")),
                proof: Proof::Sha1(result.hashed_secret.to_ascii_lowercase()),
                ..Accepted::default()
            };
            if result.is_secret == Some(true) {
                let what = format!("`{}` in {path}", entry.rule);
                let why = "it was audited as a real secret, so it stays a finding";
                taken.left(entry.line, what, why);
                taken.real.push(entry);
            } else {
                taken.accepted.push(entry);
            }
        }
    }
    for filter in &file.filters_used {
        // Those without settings are built in, and stackguard has its own.
        let settings = filter.as_object().map_or(0, serde_json::Map::len);
        let path = filter["path"].as_str().unwrap_or_default();
        if settings > 1
            && !path.contains("gibberish")
            && !path.contains("is_baseline_file")
            && !path.contains("is_ignored_due_to_verification")
        {
            taken.left(
                line_with(path),
                format!("filter `{path}`"),
                "write it as `exclude` or [[allow]]",
            );
        }
    }
    for plugin in &file.plugins_used {
        if plugin.get("path").is_some() {
            let name = plugin["name"].as_str().unwrap_or_default();
            taken.left(
                line_with(name),
                format!("plugin `{name}`"),
                "a detector in Python: write a rule (docs/writing-rules.md)",
            );
        }
    }
    Ok(taken)
}

/// The line of each hash, in one pass.
fn lines_of_hashes(text: &str) -> HashMap<&str, usize> {
    let mut lines = HashMap::new();
    let (mut line, mut counted) = (1, 0);
    for (at, key) in text.match_indices("\"hashed_secret\"") {
        let before = text.get(counted..at).unwrap_or_default();
        line += memchr::memchr_iter(b'\n', before.as_bytes()).count();
        counted = at;
        let after = text.get(at + key.len()..).unwrap_or_default();
        if let Some(hash) = after.split('"').nth(1) {
            lines.entry(hash).or_insert(line);
        }
    }
    lines
}
