//! The baseline of detect-secrets, of either format: SHA-1 of each secret, by file; and what else it was told.

use super::names::{shown, shown_path};
use super::{Accepted, Proof, Taken};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct File {
    /// Lists of entries by file, in the order of the text.
    results: Map<String, Value>,
    #[serde(default)]
    filters_used: Vec<Value>,
    #[serde(default)]
    plugins_used: Vec<Value>,
    /// Versions before 1.0 kept what they were told in keys of their own.
    #[serde(flatten)]
    more: Map<String, Value>,
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
    let mut lines = lines_of_hashes(text);
    for (path, results) in &file.results {
        let results: Vec<Entry> = Vec::deserialize(results).map_err(|_| {
            let path = shown_path(path);
            format!("it is no baseline of detect-secrets (the results of {path})")
        })?;
        for result in results {
            let entry = Accepted {
                line: lines.next().unwrap_or(1),
                rule: result.kind,
                path: Some(path.replace('\\', "/")),
                proof: Proof::Sha1(result.hashed_secret.to_ascii_lowercase()),
                ..Accepted::default()
            };
            if result.is_secret == Some(true) {
                let what = format!("`{}` in {}", shown(&entry.rule), shown_path(path));
                let why = "it was audited as a real secret, so it stays a finding";
                taken.left(entry.line, what, why);
                taken.real.push(entry);
            } else {
                taken.accepted.push(entry);
            }
        }
    }
    settings(text, &file, &mut taken);
    Ok(taken)
}

/// Lists what it was told besides; stackguard has filters and detectors of its own.
fn settings(text: &str, file: &File, taken: &mut Taken) {
    let line_with = |word: &str| {
        text.find(word)
            .map_or(1, |at| super::lines::line_of(text, at))
    };
    for filter in &file.filters_used {
        let settings = filter.as_object().map_or(0, Map::len);
        let path = filter["path"].as_str().unwrap_or_default();
        let always_there = ["is_baseline_file", "is_ignored_due_to_verification"];
        if settings > 1 && !always_there.iter().any(|name| path.contains(name)) {
            taken.left(
                line_with(path),
                format!("filter `{}`", shown(path)),
                "write it as `exclude` or [[allow]]",
            );
        }
    }
    for plugin in &file.plugins_used {
        let name = plugin["name"].as_str().unwrap_or_default();
        for (key, value) in plugin.as_object().into_iter().flatten() {
            // Its name would be masked: the line says which it is.
            let (what, why) = match key.as_str() {
                "name" => continue,
                "path" => (
                    "a plugin".to_owned(),
                    "a detector in Python: write a rule (docs/writing-rules.md)",
                ),
                _ if is_usual(key, value) => continue,
                _ => (
                    format!("`{}` of a plugin", shown(key)),
                    "a setting of a detector of detect-secrets",
                ),
            };
            taken.left(line_with(name), what, why);
        }
    }
    for (key, value) in &file.more {
        let inner: Vec<String> = match value {
            _ if ["version", "generated_at"].contains(&key.as_str()) || is_empty(value) => continue,
            Value::Object(inner) => {
                let told = inner.iter().filter(|(_, value)| !is_empty(value));
                told.map(|(name, _)| format!("{key}.{name}")).collect()
            }
            _ => vec![key.clone()],
        };
        for name in inner {
            taken.left(
                line_with(&format!("\"{key}\"")),
                format!("`{}`", shown(&name)),
                "write what it left out as `exclude` or [[allow]]",
            );
        }
    }
}

/// Whether a setting of a plugin is what everybody has.
fn is_usual(key: &str, value: &Value) -> bool {
    let limit = value.as_f64();
    match key {
        "limit" => limit == Some(4.5) || limit == Some(3.0),
        "base64_limit" => limit == Some(4.5),
        "hex_limit" => limit == Some(3.0),
        _ => is_empty(value),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(many) => many.is_empty(),
        Value::Object(many) => many.values().all(is_empty),
        _ => false,
    }
}

/// The line of each hash, in their order.
fn lines_of_hashes(text: &str) -> impl Iterator<Item = usize> {
    let (mut line, mut counted) = (1, 0);
    text.match_indices("\"hashed_secret\"").map(move |(at, _)| {
        let before = text.get(counted..at).unwrap_or_default();
        line += memchr::memchr_iter(b'\n', before.as_bytes()).count();
        counted = at;
        line
    })
}
