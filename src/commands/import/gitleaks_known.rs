//! What gitleaks was told to accept: `.gitleaksignore`, and a report used as its baseline.

use super::names::{shown, shown_path};
use super::{Accepted, Proof, Taken};
use crate::finding::Secret;
use serde::Deserialize;
use zeroize::Zeroize as _;

/// `commit:file:rule:line` or `file:rule:line`, one a line; a bare SHA-256 is that of a secret (betterleaks).
pub(super) fn ignore_file(text: &str) -> Taken {
    let mut taken = Taken::default();
    for (line, entry) in (1..).zip(text.lines()) {
        let entry = entry.trim();
        if entry.is_empty() || entry.starts_with('#') {
            continue;
        }
        if entry.len() == 64 && entry.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            taken.accepted.push(Accepted {
                line,
                proof: Proof::Sha256(entry.to_ascii_lowercase()),
                ..Accepted::default()
            });
            continue;
        }
        let parts: Vec<&str> = entry.split(':').collect();
        let (commit, path, rule, number) = match parts.as_slice() {
            [commit, path, rule, number] => (Some(*commit), *path, *rule, *number),
            [path, rule, number] => (None, *path, *rule, *number),
            _ => {
                taken.left(
                    line,
                    "an entry",
                    "it has not three or four parts; gitleaks warns of it as well",
                );
                continue;
            }
        };
        let Ok(number) = number.parse::<u32>() else {
            taken.left(line, "an entry", "its last part is no line");
            continue;
        };
        taken.accepted.push(Accepted {
            line,
            rule: rule.to_owned(),
            path: Some(path.replace('\\', "/")),
            commit: commit.map(str::to_ascii_lowercase),
            lines: Some((number, number)),
            proof: Proof::Place,
        });
    }
    taken
}

/// The fields of a report that matter; the others are not kept.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    #[serde(rename = "RuleID", default)]
    rule: String,
    #[serde(default)]
    start_line: u32,
    #[serde(default)]
    end_line: u32,
    #[serde(default)]
    secret: String,
    #[serde(default)]
    file: String,
    #[serde(default)]
    commit: String,
}

/// A JSON report.
pub(super) fn baseline(text: &str) -> Result<Taken, String> {
    let rows: Vec<Row> = serde_json::from_str(text).map_err(|error| {
        format!(
            "it is no report of gitleaks (line {}, column {})",
            error.line(),
            error.column()
        )
    })?;
    let mut taken = Taken::default();
    // One object a finding: its line is that of its `RuleID`.
    let mut lines = (1..)
        .zip(text.lines())
        .filter(|(_, line)| line.contains("\"RuleID\""))
        .map(|(number, _)| number);
    for mut row in rows {
        let line = lines.next().unwrap_or(1);
        if row.start_line == 0 {
            taken.left(
                line,
                format!("`{}` in {}", shown(&row.rule), shown_path(&row.file)),
                "a finding about a whole file has no counterpart",
            );
            continue;
        }
        let redacted = row.secret.is_empty()
            || row.secret.as_str() == "REDACTED"
            || row.secret.ends_with("...");
        let proof = if redacted {
            Proof::Place
        } else {
            Proof::Value(Secret::new(row.secret.as_bytes()))
        };
        row.secret.zeroize();
        taken.accepted.push(Accepted {
            line,
            rule: row.rule,
            path: Some(row.file.replace('\\', "/")),
            commit: (!row.commit.is_empty()).then(|| row.commit.to_ascii_lowercase()),
            lines: Some((row.start_line, row.end_line.max(row.start_line))),
            proof,
        });
    }
    Ok(taken)
}
