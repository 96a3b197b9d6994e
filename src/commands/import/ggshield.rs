//! `.gitguardian.yaml` of ggshield: matches by hash or value, and paths.

use super::gitleaks_config::ANY_SECRET;
use super::names::shown;
use super::{Accepted, Exception, Proof, Taken, path_glob};
use crate::finding::Secret;
use saphyr_parser::{Event, Parser};

/// A value of the document: its keys from the top, list positions left out, and its line.
struct Leaf {
    keys: Vec<String>,
    text: String,
    line: usize,
}

/// Reads the file.
pub(super) fn take(text: &str, reason: &str) -> Result<Taken, String> {
    let mut taken = Taken::default();
    for leaf in leaves(text)? {
        let keys: Vec<&str> = leaf.keys.iter().map(String::as_str).collect();
        match keys.as_slice() {
            ["secret", "ignored_matches", "match"]
            | ["matches_ignore", "match"]
            | ["matches_ignore"]
            | ["secret", "ignored_matches"] => {
                let hash =
                    leaf.text.len() == 64 && leaf.text.bytes().all(|byte| byte.is_ascii_hexdigit());
                let proof = if hash {
                    Proof::Sha256(leaf.text.to_ascii_lowercase())
                } else {
                    Proof::Value(Secret::new(leaf.text.as_bytes()))
                };
                taken.accepted.push(Accepted {
                    line: leaf.line,
                    proof,
                    ..Accepted::default()
                });
            }
            ["secret", "ignored_paths"] | ["paths_ignore"] => {
                match path_glob::of_gitignore(&leaf.text) {
                    Ok(glob) => taken.allows.push(Exception {
                        path: Some(glob),
                        value: Some(ANY_SECRET.to_owned()),
                        reason: reason.to_owned(),
                        ..Exception::default()
                    }),
                    Err(why) => taken.left(leaf.line, "a path", why),
                }
            }
            ["secret", "ignored_detectors"]
            | ["banlisted_detectors"]
            | ["secret", "ignored_detectors", ..] => {
                taken.left(
                    leaf.line,
                    "a detector",
                    "switch a rule off under [severity] (`stackguard policy list`)",
                );
            }
            ["version"] | [.., "name"] => {}
            [first, ..] => taken.left(
                leaf.line,
                format!("`{}`", shown(&keys.join("."))),
                if *first == "secret" || keys.len() == 1 {
                    "a setting of ggshield itself"
                } else {
                    "it is about another kind of scan"
                },
            ),
            [] => {}
        }
    }
    Ok(taken)
}

/// All scalars below keys, in order.
fn leaves(text: &str) -> Result<Vec<Leaf>, String> {
    let mut leaves = Vec::new();
    // The open collections: a map with the key that waits for its value, or a list.
    let mut open: Vec<Option<Option<String>>> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| format!("it is no YAML (line {})", error.marker().line()))?;
        match event {
            Event::MappingStart(..) => open.push(Some(None)),
            Event::SequenceStart(..) => open.push(None),
            Event::MappingEnd | Event::SequenceEnd => {
                open.pop();
                if let Some(Some(key)) = open.last_mut() {
                    *key = None;
                }
            }
            Event::Scalar(word, ..) => match open.last_mut() {
                Some(Some(key @ None)) => *key = Some(word.replace('-', "_")),
                _ => {
                    let keys = open.iter().flatten().flatten().cloned().collect();
                    leaves.push(Leaf {
                        keys,
                        text: word.into_owned(),
                        line: span.start.line(),
                    });
                    if let Some(Some(key)) = open.last_mut() {
                        *key = None;
                    }
                }
            },
            Event::Alias(..) => return Err("it uses an alias".to_owned()),
            _ => {}
        }
        if open.len() > 64 {
            return Err("it is nested too deeply".to_owned());
        }
    }
    Ok(leaves)
}
