//! go.mod (<https://go.dev/ref/mod#go-mod-file>).

use super::{Dependency, Need, Of, no_conflict};
use crate::finding::RepoPath;
use crate::toolkit::canon::Ecosystem;
use crate::toolkit::document::Unreadable;

/// Reads what is required directly, and what stands in place of another module.
pub(super) fn go_mod(text: &str, _path: &RepoPath) -> Result<Vec<Dependency>, Unreadable> {
    no_conflict(text)?;
    let mut found = Vec::new();
    let mut block = "";
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        let mut words = code
            .split_whitespace()
            .map(|word| word.trim_matches(['"', '`']));
        let first = words.next().unwrap_or_default();
        if first == ")" {
            block = "";
            continue;
        }
        let (verb, name) = if block.is_empty() {
            (first, words.next().unwrap_or_default())
        } else {
            (block, first)
        };
        if name == "(" || (block.is_empty() && code.trim_end().ends_with('(')) {
            block = verb.trim_end_matches('(');
            continue;
        }
        let place = |name: &str| {
            let from = at + line.rfind(name).unwrap_or_default();
            from..from + name.len()
        };
        match verb {
            "require" | "tool"
                if !name.is_empty() && !comment.trim_start().starts_with("indirect") =>
            {
                found.push(
                    Dependency::new(
                        Ecosystem::Go,
                        name,
                        Need::Runtime,
                        place(name),
                        Of::Manifest,
                    )
                    .version(words.next()),
                );
            }
            "replace" => {
                if let Some(real) = words
                    .skip_while(|word| *word != "=>")
                    .nth(1)
                    .filter(|real| !real.starts_with(['.', '/']))
                {
                    found.push(
                        Dependency::new(
                            Ecosystem::Go,
                            name,
                            Need::Runtime,
                            place(real),
                            Of::Manifest,
                        )
                        .really(real),
                    );
                }
            }
            _ => {}
        }
    }
    // Some modules are replaced by a fork of their own.
    found.retain(|dependency| !dependency.name.is_empty());
    Ok(found)
}
