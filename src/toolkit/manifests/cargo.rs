//! Cargo.toml and Cargo.lock (<https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html>).

use super::{Dependency, Need, Of, text};
use crate::finding::RepoPath;
use crate::toolkit::canon::Ecosystem;
use crate::toolkit::document::{Entry, Node, Unreadable, toml};

/// Reads every table of dependencies, by the real name of renamed ones.
pub(super) fn manifest(source: &str, _path: &RepoPath) -> Result<Vec<Dependency>, Unreadable> {
    let root = toml(source)?;
    let mut found = Vec::new();
    tables(&root, &mut found);
    for target in root.get("target").map(Node::entries).unwrap_or_default() {
        tables(&target.value, &mut found);
    }
    for entry in root
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"))
        .map(Node::entries)
        .unwrap_or_default()
    {
        found.push(dependency(entry, Need::Runtime, Of::Shared));
    }
    Ok(found)
}

/// Reads what packages without a source, which are one's own, depend on.
pub(super) fn lock(source: &str, _path: &RepoPath) -> Result<Vec<Dependency>, Unreadable> {
    let root = toml(source)?;
    let mut found = Vec::new();
    for package in root
        .get("package")
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .filter(|package| package.get("source").is_none())
    {
        for node in package
            .get("dependencies")
            .map(Node::items)
            .unwrap_or_default()
        {
            // `redis`, or `redis 0.25.0` where there are several.
            let name = text(Some(node)).split(' ').next().unwrap_or_default();
            found.push(Dependency::new(
                Ecosystem::Rust,
                name,
                Need::Runtime,
                node.span.clone(),
                Of::Shared,
            ));
        }
    }
    Ok(found)
}

fn tables(node: &Node, found: &mut Vec<Dependency>) {
    for (names, need) in [
        (["dependencies", "dependencies"], Need::Runtime),
        (["dev-dependencies", "dev_dependencies"], Need::Development),
        (
            ["build-dependencies", "build_dependencies"],
            Need::Development,
        ),
    ] {
        let Some(table) = names.iter().find_map(|name| node.get(name)) else {
            continue;
        };
        found.extend(
            table
                .entries()
                .iter()
                .map(|entry| dependency(entry, need, Of::Manifest)),
        );
    }
}

fn dependency(entry: &Entry, need: Need, of: Of) -> Dependency {
    let optional = text(entry.value.get("optional")) == "true";
    let need = if optional && need == Need::Runtime {
        Need::Optional
    } else {
        need
    };
    let version = entry
        .value
        .text()
        .or_else(|| entry.value.get("version").and_then(Node::text));
    let mut dependency = Dependency::new(
        Ecosystem::Rust,
        &entry.key,
        need,
        entry.key_span.clone(),
        of,
    )
    .version(version);
    if let Some(real) = entry.value.get("package").and_then(Node::text) {
        dependency = dependency.really(real);
    }
    let features = entry
        .value
        .get("features")
        .map(Node::items)
        .unwrap_or_default();
    dependency.parts = features
        .iter()
        .filter_map(Node::text)
        .map(str::to_owned)
        .collect();
    dependency
}
