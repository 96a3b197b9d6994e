//! Additions to `stackguard.toml`, the pack and the baseline; every byte that was there stays.

use super::{Exception, Taken};
use crate::cli::Global;
use crate::commands::changes::{Changes, read};
use crate::commands::init::quoted;
use crate::commands::setup::{Setup, default_baseline};
use crate::config::{FILE_NAME, SELECTABLE};
use crate::policy::baseline::Baseline;
use crate::policy::masking::mask_words;
use miette::miette;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// Plans what was taken.
///
/// # Errors
/// A configuration that would not be one afterwards; a file that cannot be read.
pub(super) fn plan(
    taken: &Taken,
    setup: &Setup,
    global: &Global,
    changes: &mut Changes,
) -> miette::Result<()> {
    let baseline = global
        .baseline
        .clone()
        .unwrap_or_else(|| default_baseline(Path::new(".")));
    let root = parent(&baseline);
    let config = setup
        .config
        .path
        .clone()
        .unwrap_or_else(|| root.join(FILE_NAME));
    let home = parent(&config);
    let old = read(&config)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let mut text = old.clone().unwrap_or_else(|| HEAD.to_owned());
    if !taken.rules.is_empty() {
        let old = read(&home.join(PACK))?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let mut pack = old.unwrap_or_else(|| PACK_HEAD.to_owned());
        for rule in &taken.rules {
            if !pack.contains(&format!("id = {}\n", quoted(&rule.id))) {
                let _ = write!(pack, "\n{}", rule.text);
            } else if !pack.contains(&rule.text) {
                changes.note(format!(
                    "{PACK} has another rule `{}` already, which stays as it is",
                    rule.id
                ));
            }
        }
        changes.file(&home, PACK, pack, false)?;
        text = with_pack(&text)?;
    }
    text = with_severities(&text, &taken.off)?;
    for exception in &taken.allows {
        let entry = entry(exception);
        if !text.contains(&entry) {
            let gap = if text.ends_with("\n\n") || text.is_empty() {
                ""
            } else {
                "\n"
            };
            let _ = write!(text, "{gap}{entry}");
        }
    }
    if text != old.as_deref().unwrap_or(HEAD) {
        crate::config::of_text(&config, &text)?;
        let name = config.file_name().unwrap_or_default().to_string_lossy();
        changes.file(&home, &name, text.clone(), false)?;
    }
    if !taken.known.is_empty() {
        let mut all = Baseline::read_if_present(&baseline)?.unwrap_or_default();
        let mut new = 0_u64;
        for known in &taken.known {
            new += u64::from(all.insert(&known.rule, &known.path, known.fingerprint.clone()));
        }
        if new > 0 {
            let name = baseline.file_name().unwrap_or_default().to_string_lossy();
            changes.file(&root, &name, all.to_bytes(), false)?;
        }
    }
    Ok(())
}

fn parent(path: &Path) -> PathBuf {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    parent.map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// An `[[allow]]` entry.
fn entry(exception: &Exception) -> String {
    let mut out = String::from("[[allow]]\n");
    match exception.rules.as_slice() {
        [] => {}
        [rule] => {
            let _ = writeln!(out, "rule = {}", quoted(rule));
        }
        many => {
            let many: Vec<String> = many.iter().map(|rule| quoted(rule)).collect();
            let _ = writeln!(out, "rules = [{}]", many.join(", "));
        }
    }
    if let Some(path) = &exception.path {
        let _ = writeln!(out, "path = {}", quoted(path));
    }
    if let Some(value) = &exception.value {
        let _ = writeln!(out, "value = {}", quoted(value));
    }
    let _ = writeln!(out, "reason = {}", quoted(&mask_words(&exception.reason)));
    out
}

/// The text with our pack among `packs`.
fn with_pack(text: &str) -> miette::Result<String> {
    let table = table(text)?;
    let list = table
        .get("packs")
        .map(|packs| (packs.span(), packs.get_ref()));
    let Some((span, DeValue::Array(packs))) = list else {
        let names: Vec<String> = SELECTABLE
            .iter()
            .chain([&PACK])
            .map(|name| quoted(name))
            .collect();
        let line = format!("packs = [{}]\n", names.join(", "));
        let at = first_key(text, &table);
        return Ok(inserted(text, at, &line));
    };
    if packs
        .iter()
        .any(|pack| matches!(pack.get_ref(), DeValue::String(name) if name == PACK))
    {
        return Ok(text.to_owned());
    }
    let at = packs
        .iter()
        .last()
        .map_or(span.start + 1, |last| last.span().end);
    let comma = if packs.is_empty() { "" } else { ", " };
    Ok(inserted(text, at, &format!("{comma}{}", quoted(PACK))))
}

/// The text with rules switched off that it does not speak of yet.
fn with_severities(text: &str, off: &[String]) -> miette::Result<String> {
    let mut text = text.to_owned();
    for id in off {
        let table = table(&text)?;
        let line = format!("{} = \"off\"\n", quoted(id));
        text = match table
            .get("severity")
            .map(|severity| (severity.span(), severity.get_ref()))
        {
            Some((_, DeValue::Table(given)))
                if given.iter().any(|(name, _)| name.get_ref() == id) =>
            {
                continue;
            }
            Some((span, DeValue::Table(_))) => {
                let header = text
                    .get(..span.end)
                    .and_then(|head| head.rfind("[severity]"));
                let Some(at) = header.and_then(|at| Some(at + text.get(at..)?.find('\n')? + 1))
                else {
                    return Err(miette!(
                        "`{id}` is to be off: write that under [severity] by hand"
                    ));
                };
                inserted(&text, at, &line)
            }
            _ => {
                let at = text.len();
                inserted(&text, at, &format!("\n[severity]\n{line}"))
            }
        };
    }
    Ok(text)
}

fn table(text: &str) -> miette::Result<DeTable<'_>> {
    let table = DeTable::parse(text)
        .map_err(|error| miette!("stackguard.toml is no TOML: {}", error.message()))?;
    Ok(table.into_inner())
}

/// Where the first key or header stands, so that a new key is no key of a table.
fn first_key(text: &str, table: &DeTable<'_>) -> usize {
    let first = table.iter().map(|(key, _)| key.span().start).min();
    let at = first.unwrap_or(text.len());
    text.get(..at)
        .and_then(|head| head.rfind('\n'))
        .map_or(0, |end| end + 1)
}

fn inserted(text: &str, at: usize, new: &str) -> String {
    let (head, rest) = text.split_at(at.min(text.len()));
    let gap = if new.ends_with('\n') && !head.is_empty() && !head.ends_with('\n') {
        "\n"
    } else {
        ""
    };
    format!("{head}{gap}{new}{rest}")
}

/// The pack of what was imported, relative to the configuration.
pub(super) const PACK: &str = "policies/imported.toml";
const HEAD: &str = "# What stackguard asks of this repository: `stackguard generate schema config` prints every key.\n";
const PACK_HEAD: &str =
    "# Rules carried over from another scanner. `stackguard policy test` proves them.\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_stays() {
        for (old, new) in [
            (
                "",
                "packs = [\"secrets\", \"toolkit\", \"fly\", \"policies/imported.toml\"]\n",
            ),
            (
                "# a\n[toolkit]\n",
                "# a\npacks = [\"secrets\", \"toolkit\", \"fly\", \"policies/imported.toml\"]\n[toolkit]\n",
            ),
            (
                "packs = [\"secrets\"] # b\n",
                "packs = [\"secrets\", \"policies/imported.toml\"] # b\n",
            ),
            (
                "packs = [\n  \"secrets\",\n]\n",
                "packs = [\n  \"secrets\", \"policies/imported.toml\",\n]\n",
            ),
        ] {
            let made = with_pack(old).expect("good");
            assert_eq!(made, new);
            assert_eq!(with_pack(&made).expect("good"), made);
        }
        let off = ["jwt".to_owned()];
        for (old, new) in [
            (
                "exclude = []",
                "exclude = []\n\n[severity]\n\"jwt\" = \"off\"\n",
            ),
            (
                "[severity] # c\n\"x\" = \"low\"\n",
                "[severity] # c\n\"jwt\" = \"off\"\n\"x\" = \"low\"\n",
            ),
            ("[severity]\njwt = \"low\"\n", "[severity]\njwt = \"low\"\n"),
        ] {
            assert_eq!(with_severities(old, &off).expect("good"), new);
        }
    }
}
