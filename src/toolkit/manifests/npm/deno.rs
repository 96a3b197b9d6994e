//! deno.json and import maps (<https://docs.deno.com/runtime/fundamentals/configuration/>).

use super::{Dependency, Need, Of};
use crate::finding::RepoPath;
use crate::toolkit::document::{Entry, Node, Unreadable, json};
use crate::toolkit::imports::specifier;

/// Reads `imports` and `scopes`.
pub(in crate::toolkit::manifests) fn deno(
    source: &str,
    _path: &RepoPath,
) -> Result<Vec<Dependency>, Unreadable> {
    let root = json(source)?;
    let scopes = root.get("scopes").map(Node::entries).unwrap_or_default();
    let maps = root
        .get("imports")
        .into_iter()
        .chain(scopes.iter().map(|scope| &scope.value));
    Ok(maps.flat_map(Node::entries).filter_map(mapped).collect())
}

/// `"cache": "npm:ioredis@5"`
fn mapped(entry: &Entry) -> Option<Dependency> {
    let target = specifier(entry.value.text()?)?;
    let span = entry.key_span.start..entry.value.span.end;
    let named = Dependency::new(
        target.ecosystem,
        entry.key.trim_end_matches('/'),
        Need::Runtime,
        span,
        Of::Manifest,
    );
    // That an address stands behind a short name is the rule in an import map, and no disguise.
    let shown = Dependency {
        alias: None,
        ..named.really(&target.name)
    };
    Some(shown.version(target.version.as_deref()))
}
