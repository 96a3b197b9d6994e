//! yarn.lock of Yarn 2 and later, which is YAML; the older form is told apart here (<https://yarnpkg.com/configuration/manifest>).

use super::{Dependency, Need, Of, SECTIONS, spec, yarn_classic};
use crate::finding::RepoPath;
use crate::toolkit::canon::Ecosystem;
use crate::toolkit::document::{Node, Unreadable, yaml};
use crate::toolkit::manifests::text;
use std::collections::HashMap;

/// Reads what the workspaces ask for, by the name of what was installed.
pub(in crate::toolkit::manifests) fn yarn_lock(
    source: &str,
    path: &RepoPath,
) -> Result<Vec<Dependency>, Unreadable> {
    if !source.lines().any(|line| line == "__metadata:") {
        return yarn_classic::read(source, path);
    }
    let mut found = Vec::new();
    for document in yaml(source)? {
        let installed: HashMap<&str, &Node> = document
            .entries()
            .iter()
            .flat_map(|entry| {
                entry
                    .key
                    .split(',')
                    .map(|asked| (asked.trim(), &entry.value))
            })
            .collect();
        for project in document.entries() {
            let Some((_, directory)) =
                text(project.value.get("resolution")).split_once("@workspace:")
            else {
                continue;
            };
            for (section, need) in SECTIONS {
                for entry in project
                    .value
                    .get(section)
                    .map(Node::entries)
                    .unwrap_or_default()
                {
                    let range = text(Some(&entry.value));
                    let span = entry.key_span.start..entry.value.span.end;
                    let plain = Dependency::new(
                        Ecosystem::Npm,
                        &entry.key,
                        known(&project.value, &entry.key, *need),
                        span,
                        Of::Lock(directory.to_owned()),
                    );
                    let place = installed.get(format!("{}@{range}", entry.key).as_str());
                    let resolution = text(place.and_then(|place| place.get("resolution")));
                    let version = place
                        .and_then(|place| place.get("version"))
                        .and_then(Node::text);
                    found.push(if resolution.is_empty() {
                        spec::alias(range)
                            .into_iter()
                            .fold(plain, |plain, (name, version)| {
                                plain.really(name).version(version)
                            })
                    } else {
                        plain.really(spec::split(resolution).0).version(version)
                    });
                }
            }
        }
    }
    Ok(found)
}

/// What a dependency is needed for: `dependenciesMeta` marks the optional ones.
fn known(project: &Node, name: &str, need: Need) -> Need {
    let optional = project
        .get("dependenciesMeta")
        .and_then(|meta| meta.get(name))
        .and_then(|meta| meta.get("optional"));
    if text(optional) == "true" {
        Need::Optional
    } else {
        need
    }
}
