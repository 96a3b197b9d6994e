//! package.json (<https://docs.npmjs.com/cli/v11/configuring-npm/package-json>).

use super::{Dependency, Need, Of, named, sections, spec};
use crate::finding::RepoPath;
use crate::toolkit::canon::Ecosystem;
use crate::toolkit::document::{Node, Unreadable, Value, json};

/// Reads the sections, and the places where a name can hide: overrides, resolutions, catalogs and subpath imports.
pub(in crate::toolkit::manifests) fn package_json(
    text: &str,
    _path: &RepoPath,
) -> Result<Vec<Dependency>, Unreadable> {
    let root = json(text)?;
    let mut found: Vec<Dependency> = sections(&root)
        .map(|(entry, need)| named(entry, need, Of::Manifest))
        .collect();
    for path in [&["overrides"][..], &["resolutions"], &["pnpm", "overrides"]] {
        if let Some(node) = descend(&root, path) {
            overrides(node, &mut found);
        }
    }
    let catalogs = [&["catalog"][..], &["workspaces", "catalog"]]
        .into_iter()
        .filter_map(|path| descend(&root, path));
    let lists = [&["catalogs"][..], &["workspaces", "catalogs"]]
        .into_iter()
        .filter_map(|path| descend(&root, path));
    for catalog in
        catalogs.chain(lists.flat_map(|list| list.entries().iter().map(|entry| &entry.value)))
    {
        found.extend(
            catalog
                .entries()
                .iter()
                .map(|entry| named(entry, Need::Runtime, Of::Shared)),
        );
    }
    if let Some(node) = root.get("imports") {
        imports(node, "", &mut found);
    }
    Ok(found)
}

fn descend<'n>(root: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(root, |node, key| node.get(key))
}

/// Overrides pin what others bring along, which is nobody's choice; but one that puts another package in place is.
fn overrides(node: &Node, found: &mut Vec<Dependency>) {
    for entry in node.entries() {
        if matches!(entry.value.value, Value::Map(_)) {
            overrides(&entry.value, found);
        } else if entry.value.text().and_then(spec::alias).is_some() {
            let dependency = named(entry, Need::Runtime, Of::Manifest);
            if dependency.alias.is_some() {
                found.push(dependency);
            }
        }
    }
}

/// `"#cache": "ioredis"`, or by condition.
fn imports(node: &Node, alias: &str, found: &mut Vec<Dependency>) {
    for entry in node.entries() {
        let alias = if alias.is_empty() { &entry.key } else { alias };
        match entry.value.text() {
            Some(target) if !target.starts_with(['.', '/', '#']) => {
                let span = entry.key_span.start..entry.value.span.end;
                found.push(
                    Dependency::new(Ecosystem::Npm, alias, Need::Runtime, span, Of::Manifest)
                        .really(target),
                );
            }
            Some(_) => {}
            None => imports(&entry.value, alias, found),
        }
    }
}
