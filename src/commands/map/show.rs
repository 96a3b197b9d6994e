//! The effective map, for people and for programs.

use super::super::output::{self, Listing, written};
use crate::cli::Global;
use crate::credentials::Credential;
use crate::credentials::map::Reading;
use crate::finding::printable;
use crate::secrets::Scanner;
use serde_json::{Value, json};
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr as _;

/// Writes the map as `--format` says: a table, or one JSON document.
///
/// # Errors
/// A format a map cannot be shown in, and what the system says of the output.
pub(super) fn show(reading: &Reading, scanner: &Scanner, global: &Global) -> miette::Result<()> {
    let listing = output::listing(global, "a map is shown")?;
    // A value that was pasted in has no place of its own, but may stand in any.
    let clean = |text: &str| printable(&scanner.masked(text));
    let mut out = io::stdout().lock();
    match listing {
        Listing::Table => written(table(reading, &clean, &mut out)),
        Listing::Json => written(writeln!(out, "{:#}", document(reading, &clean))),
    }
}

fn table(reading: &Reading, clean: &dyn Fn(&str) -> String, out: &mut dyn Write) -> io::Result<()> {
    let mut rows = vec![
        [
            "NAME",
            "ENVIRONMENT",
            "OWNER",
            "EVERY",
            "VAULT",
            "GITHUB",
            "FLY",
        ]
        .map(str::to_owned),
    ];
    rows.extend(
        reading
            .map
            .credentials
            .iter()
            .map(|credential| row(credential, clean)),
    );
    let mut widths = [0; 7];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    for row in &rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(width - cell.width() + 2));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    let count = |count: usize, one: &str, many: &str| {
        format!("{count} {}", if count == 1 { one } else { many })
    };
    writeln!(
        out,
        "\n{} in {}; {}",
        count(reading.map.credentials.len(), "entry", "entries"),
        printable(&reading.map.file),
        count(reading.guesses.len(), "guess", "guesses"),
    )?;
    for skipped in &reading.skipped {
        writeln!(out, "line {}: {}", skipped.line, skipped.kind)?;
    }
    Ok(())
}

fn row(credential: &Credential, clean: &dyn Fn(&str) -> String) -> [String; 7] {
    let text = |text: Option<String>| text.map_or_else(|| "-".into(), |text| clean(&text));
    let optional = if credential.optional {
        " (optional)"
    } else {
        ""
    };
    [
        format!("{}{optional}", clean(credential.name.as_str())),
        clean(&credential.environment),
        text(credential.owner.clone()),
        text(credential.rotate_every.map(|every| every.to_string())),
        text(credential.vault.as_ref().map(|place| match &place.key {
            Some(key) => format!("{}#{key}", place.path),
            None => place.path.clone(),
        })),
        text(credential.github.as_ref().map(|place| {
            let environment = place.environment.as_deref().unwrap_or("(repository)");
            let parts = [
                place.repository.as_deref(),
                Some(environment),
                place.name.as_deref(),
            ];
            parts.into_iter().flatten().collect::<Vec<_>>().join(":")
        })),
        text(credential.fly.as_ref().map(|place| match &place.name {
            Some(name) => format!("{}:{name}", place.app),
            None => place.app.clone(),
        })),
    ]
}

fn document(reading: &Reading, clean: &dyn Fn(&str) -> String) -> Value {
    let text = |text: &Option<String>| text.as_deref().map(clean);
    let credentials: Vec<Value> = reading
        .map
        .credentials
        .iter()
        .enumerate()
        .map(|(at, credential)| {
            let guesses: Vec<String> = reading
                .guesses_of(at)
                .map(|guess| guess.to_string())
                .collect();
            json!({
                "name": clean(credential.name.as_str()),
                "environment": clean(&credential.environment),
                "system": text(&credential.system),
                "owner": text(&credential.owner),
                "rotate_every": credential.rotate_every.map(|every| every.to_string()),
                "expect": text(&credential.expect),
                "optional": credential.optional,
                "vault": credential.vault.as_ref().map(|place| json!({"path": clean(&place.path), "key": text(&place.key), "kv": place.kv})),
                "github": credential.github.as_ref().map(|place| json!({"environment": text(&place.environment), "repository": text(&place.repository), "name": text(&place.name)})),
                "fly": credential.fly.as_ref().map(|place| json!({"app": clean(&place.app), "name": text(&place.name)})),
                "line": credential.line,
                "guesses": guesses,
            })
        })
        .collect();
    let skipped: Vec<Value> = reading
        .skipped
        .iter()
        .map(|skipped| json!({"line": skipped.line, "why": skipped.kind.to_string()}))
        .collect();
    json!({"version": 1, "file": printable(&reading.map.file), "credentials": credentials, "skipped": skipped})
}
