//! bun.lock (<https://bun.com/docs/pm/lockfile>).

use super::{Dependency, Of, named, sections, spec};
use crate::finding::RepoPath;
use crate::toolkit::document::{Node, Unreadable, json};
use crate::toolkit::manifests::text;
use std::collections::HashMap;

/// Reads what the workspaces ask for, by the name of what was installed.
pub(in crate::toolkit::manifests) fn bun_lock(
    source: &str,
    _path: &RepoPath,
) -> Result<Vec<Dependency>, Unreadable> {
    let root = json(source)?;
    let packages = root.get("packages").map(Node::entries).unwrap_or_default();
    let packages: HashMap<&str, &Node> = packages
        .iter()
        .map(|entry| (entry.key.as_str(), &entry.value))
        .collect();
    let mut found = Vec::new();
    for project in root
        .get("workspaces")
        .map(Node::entries)
        .unwrap_or_default()
    {
        let name = text(project.value.get("name"));
        for (entry, need) in sections(&project.value) {
            let asked = named(entry, need, Of::Lock(project.key.clone()));
            let own = packages.get(format!("{name}/{}", entry.key).as_str());
            let installed = own
                .or_else(|| packages.get(entry.key.as_str()))
                .and_then(|place| place.items().first())
                .and_then(Node::text);
            found.push(match installed {
                Some(installed) => {
                    let (real, version) = spec::split(installed);
                    asked_as(asked, &entry.key).really(real).version(version)
                }
                None => asked,
            });
        }
    }
    Ok(found)
}

/// The dependency under the name it was asked for.
fn asked_as(dependency: Dependency, name: &str) -> Dependency {
    Dependency {
        name: name.to_owned(),
        alias: None,
        ..dependency
    }
}
