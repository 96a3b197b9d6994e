//! composer.json (<https://getcomposer.org/doc/04-schema.md>).

use super::{Dependency, Need, Of};
use crate::finding::RepoPath;
use crate::toolkit::canon::Ecosystem;
use crate::toolkit::document::{Node, Unreadable, json};

/// Reads `require` and `require-dev`.
pub(super) fn composer(source: &str, _path: &RepoPath) -> Result<Vec<Dependency>, Unreadable> {
    let root = json(source)?;
    let mut found = Vec::new();
    for (section, need) in [
        ("require", Need::Runtime),
        ("require-dev", Need::Development),
    ] {
        for entry in root.get(section).map(Node::entries).unwrap_or_default() {
            let span = entry.key_span.start..entry.value.span.end;
            found.push(
                Dependency::new(
                    Ecosystem::Php,
                    entry.key.to_ascii_lowercase(),
                    need,
                    span,
                    Of::Manifest,
                )
                .version(entry.value.text()),
            );
        }
    }
    Ok(found)
}
