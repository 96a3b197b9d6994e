//! A map as TOML: what `map import` writes. Every guess stands above its entry as a comment.

use super::{Credential, Guess, Reading, SkippedKind};
use crate::finding::printable;
use std::io::{self, Write};

/// Writes the TOML form of an index, with its guesses and what it leaves out. `expect` says which secret rule a name suggests; it
/// is a suggestion, so it is written as a comment.
///
/// The same index gives the same bytes.
///
/// # Errors
/// What the writer says.
pub fn write(
    reading: &Reading,
    expect: &dyn Fn(&str) -> Option<&'static str>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let file = printable(&reading.map.file);
    writeln!(
        out,
        "# The credential map, made from {file} by `stackguard map import`."
    )?;
    writeln!(
        out,
        "# `guess:` says what the index does not say outright: check it, then remove the remark."
    )?;
    writeln!(
        out,
        "# `stackguard map check` tells when the two no longer agree."
    )?;
    writeln!(out, "version = 1")?;
    let mut guesses = reading.guesses.as_slice();
    for (at, credential) in reading.map.credentials.iter().enumerate() {
        let count = guesses.iter().take_while(|guess| guess.entry <= at).count();
        let (mine, rest) = guesses.split_at(count);
        guesses = rest;
        entry(credential, mine, expect, out)?;
    }
    let mut left = reading
        .skipped
        .iter()
        .filter(|skipped| !matches!(skipped.kind, SkippedKind::BesideName))
        .peekable();
    if left.peek().is_some() {
        writeln!(out, "\n# Left out:")?;
    }
    for skipped in left {
        writeln!(
            out,
            "# - line {}: {}; {}",
            skipped.line,
            skipped.kind,
            skipped.kind.advice()
        )?;
    }
    Ok(())
}

fn entry(
    credential: &Credential,
    guesses: &[Guess],
    expect: &dyn Fn(&str) -> Option<&'static str>,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out)?;
    for guess in guesses {
        writeln!(out, "# guess: {}", guess.kind)?;
    }
    writeln!(out, "[[credential]]")?;
    writeln!(out, "name = {}", quoted(credential.name.as_str()))?;
    writeln!(out, "environment = {}", quoted(&credential.environment))?;
    for (key, text) in [("system", &credential.system), ("owner", &credential.owner)] {
        if let Some(text) = text {
            writeln!(out, "{key} = {}", quoted(text))?;
        }
    }
    match credential.rotate_every {
        Some(every) => writeln!(out, "rotate_every = \"{every}\"")?,
        None => writeln!(out, "# rotate_every = \"90d\"")?,
    }
    match (&credential.expect, expect(credential.name.as_str())) {
        (Some(rule), _) => writeln!(out, "expect = {}", quoted(rule))?,
        (None, Some(rule)) => writeln!(out, "# expect = {}", quoted(rule))?,
        (None, None) => {}
    }
    if credential.optional {
        writeln!(out, "optional = true")?;
    }
    if let Some(place) = &credential.vault {
        let kv = place.kv.map(|version| version.to_string());
        table(
            out,
            "vault",
            &[
                ("path", Some(quoted(&place.path))),
                ("key", place.key.as_deref().map(quoted)),
                ("kv", kv),
            ],
        )?;
    }
    if let Some(place) = &credential.github {
        let text = |text: &Option<String>| text.as_deref().map(quoted);
        let keys = [
            ("environment", text(&place.environment)),
            ("repository", text(&place.repository)),
            ("name", text(&place.name)),
        ];
        table(out, "github", &keys)?;
    }
    if let Some(place) = &credential.fly {
        table(
            out,
            "fly",
            &[
                ("app", Some(quoted(&place.app))),
                ("name", place.name.as_deref().map(quoted)),
            ],
        )?;
    }
    Ok(())
}

fn table(out: &mut dyn Write, name: &str, keys: &[(&str, Option<String>)]) -> io::Result<()> {
    let given: Vec<String> = keys
        .iter()
        .filter_map(|(key, value)| Some(format!("{key} = {}", value.as_ref()?)))
        .collect();
    if given.is_empty() {
        writeln!(out, "{name} = {{}}")
    } else {
        writeln!(out, "{name} = {{ {} }}", given.join(", "))
    }
}

/// A TOML string: JSON's escapes are among TOML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
