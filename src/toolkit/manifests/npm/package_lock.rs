//! package-lock.json and npm-shrinkwrap.json, versions 1 to 3 (<https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json>).

use super::{Dependency, Need, Of, named, sections, spec};
use crate::finding::RepoPath;
use crate::toolkit::canon::Ecosystem;
use crate::toolkit::document::{Entry, Node, Unreadable, json};
use crate::toolkit::manifests::text;
use std::collections::{HashMap, HashSet};

/// Reads what the root and the workspaces ask for, by the name of what was installed.
pub(in crate::toolkit::manifests) fn package_lock(
    text: &str,
    _path: &RepoPath,
) -> Result<Vec<Dependency>, Unreadable> {
    let root = json(text)?;
    Ok(match root.get("packages") {
        Some(packages) => by_place(packages),
        None => root.get("dependencies").map(by_name).unwrap_or_default(),
    })
}

/// Versions 2 and 3: every place in the tree with what is there.
fn by_place(packages: &Node) -> Vec<Dependency> {
    let places: HashMap<&str, &Entry> = packages
        .entries()
        .iter()
        .map(|entry| (entry.key.as_str(), entry))
        .collect();
    let mut found = Vec::new();
    for project in packages
        .entries()
        .iter()
        .filter(|entry| !entry.key.contains("node_modules/"))
    {
        for (entry, need) in sections(&project.value) {
            let asked = named(entry, need, Of::Lock(project.key.clone()));
            let near = format!("{}/node_modules/{}", project.key, entry.key);
            let top = format!("node_modules/{}", entry.key);
            let installed = places
                .get(near.as_str())
                .or_else(|| places.get(top.as_str()));
            found.push(match installed {
                Some(place) => {
                    let real = place.value.get("name").and_then(Node::text);
                    let asked = Dependency {
                        span: place.key_span.clone(),
                        ..asked
                    };
                    let asked = real.into_iter().fold(asked, Dependency::really);
                    asked.version(place.value.get("version").and_then(Node::text))
                }
                None => asked,
            });
        }
    }
    found
}

/// Version 1: a tree of names. It does not say what the project asked for, but what nothing else asks for must be that.
fn by_name(dependencies: &Node) -> Vec<Dependency> {
    let mut required = HashSet::new();
    let mut open = vec![dependencies];
    while let Some(level) = open.pop() {
        for entry in level.entries() {
            required.extend(
                entry
                    .value
                    .get("requires")
                    .map(Node::entries)
                    .unwrap_or_default()
                    .iter()
                    .map(|entry| entry.key.as_str()),
            );
            open.extend(entry.value.get("dependencies"));
        }
    }
    let mut found = Vec::new();
    for entry in dependencies.entries() {
        let version = text(entry.value.get("version"));
        let need = if text(entry.value.get("dev")) == "true" {
            Need::Development
        } else if text(entry.value.get("optional")) == "true" {
            Need::Optional
        } else {
            Need::Runtime
        };
        let plain = Dependency::new(
            Ecosystem::Npm,
            &entry.key,
            need,
            entry.key_span.clone(),
            Of::Lock(String::new()),
        );
        match spec::alias(version) {
            Some((name, version)) => found.push(plain.really(name).version(version)),
            None if !required.contains(entry.key.as_str()) => {
                found.push(plain.version(Some(version)))
            }
            None => {}
        }
    }
    found
}
