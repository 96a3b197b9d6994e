//! pyproject.toml, Pipfile and uv.lock (<https://packaging.python.org/en/latest/specifications/pyproject-toml/>,
//! <https://python-poetry.org/docs/pyproject/>).

use super::requirements::{named, normal};
use super::{Dependency, Need, Of, text};
use crate::finding::RepoPath;
use crate::toolkit::canon::Ecosystem;
use crate::toolkit::document::{Entry, Node, Unreadable, toml};

/// Reads the tables of PEP 621 and PEP 735, and those of Poetry, uv and PDM.
pub(super) fn pyproject(source: &str, _path: &RepoPath) -> Result<Vec<Dependency>, Unreadable> {
    let root = toml(source)?;
    let mut found = Vec::new();
    if let Some(project) = root.get("project") {
        listed(project.get("dependencies"), Need::Runtime, &mut found);
        for extra in entries(project.get("optional-dependencies")) {
            listed(
                Some(&extra.value),
                if development(&extra.key) {
                    Need::Development
                } else {
                    Need::Optional
                },
                &mut found,
            );
        }
    }
    for group in entries(root.get("dependency-groups")) {
        listed(Some(&group.value), Need::Development, &mut found);
    }
    let tool = root.get("tool");
    listed(
        tool.and_then(|tool| tool.get("uv"))
            .and_then(|uv| uv.get("dev-dependencies")),
        Need::Development,
        &mut found,
    );
    for group in entries(
        tool.and_then(|tool| tool.get("pdm"))
            .and_then(|pdm| pdm.get("dev-dependencies")),
    ) {
        listed(Some(&group.value), Need::Development, &mut found);
    }
    if let Some(poetry) = tool.and_then(|tool| tool.get("poetry")) {
        table(poetry.get("dependencies"), Need::Runtime, &mut found);
        table(
            poetry.get("dev-dependencies"),
            Need::Development,
            &mut found,
        );
        for group in entries(poetry.get("group")) {
            table(
                group.value.get("dependencies"),
                if development(&group.key) {
                    Need::Development
                } else {
                    Need::Runtime
                },
                &mut found,
            );
        }
    }
    Ok(found)
}

/// Reads `[packages]` and `[dev-packages]`.
pub(super) fn pipfile(source: &str, _path: &RepoPath) -> Result<Vec<Dependency>, Unreadable> {
    let root = toml(source)?;
    let mut found = Vec::new();
    table(root.get("packages"), Need::Runtime, &mut found);
    table(root.get("dev-packages"), Need::Development, &mut found);
    Ok(found)
}

/// Reads what the projects of the workspace ask for.
pub(super) fn uv_lock(source: &str, _path: &RepoPath) -> Result<Vec<Dependency>, Unreadable> {
    let root = toml(source)?;
    let mut found = Vec::new();
    for package in root.get("package").map(Node::items).unwrap_or_default() {
        let Some(directory) = package.get("source").and_then(|source| {
            ["virtual", "editable", "directory"]
                .iter()
                .find_map(|kind| source.get(kind))
        }) else {
            continue;
        };
        let directory = text(Some(directory));
        let mut take = |node: Option<&Node>, need: Need| {
            for item in node.map(Node::items).unwrap_or_default() {
                let name = item.get("name").map_or(item, |name| name);
                let mut dependency = Dependency::new(
                    Ecosystem::Python,
                    normal(text(Some(name))),
                    need,
                    name.span.clone(),
                    Of::Lock(directory.to_owned()),
                );
                let extras = item.get("extra").map(Node::items).unwrap_or_default();
                dependency.parts = extras.iter().filter_map(Node::text).map(normal).collect();
                found.push(dependency);
            }
        };
        take(package.get("dependencies"), Need::Runtime);
        for extra in entries(package.get("optional-dependencies")) {
            take(Some(&extra.value), Need::Optional);
        }
        for group in entries(package.get("dev-dependencies")) {
            take(Some(&group.value), Need::Development);
        }
    }
    Ok(found)
}

/// A list of requirements as PEP 508 writes them.
fn listed(list: Option<&Node>, need: Need, found: &mut Vec<Dependency>) {
    for item in list.map(Node::items).unwrap_or_default() {
        if let Some((name, parts)) = item.text().and_then(named) {
            let mut dependency = Dependency::new(
                Ecosystem::Python,
                name,
                need,
                item.span.clone(),
                Of::Manifest,
            );
            dependency.parts = parts;
            found.push(dependency);
        }
    }
}

/// `name = "^1"` or `name = { version = "^1", extras = ["x"], optional = true }`.
fn table(table: Option<&Node>, need: Need, found: &mut Vec<Dependency>) {
    for entry in entries(table).iter().filter(|entry| entry.key != "python") {
        let optional = text(entry.value.get("optional")) == "true";
        let need = if optional && need == Need::Runtime {
            Need::Optional
        } else {
            need
        };
        let mut dependency = Dependency::new(
            Ecosystem::Python,
            normal(&entry.key),
            need,
            entry.key_span.clone(),
            Of::Manifest,
        );
        dependency.parts = entry
            .value
            .get("extras")
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .filter_map(Node::text)
            .map(normal)
            .collect();
        found.push(dependency);
    }
}

fn entries(node: Option<&Node>) -> &[Entry] {
    node.map(Node::entries).unwrap_or_default()
}

/// Whether a group of that name is only for those who work on the project.
fn development(group: &str) -> bool {
    ["dev", "test", "doc", "lint", "typ", "ci"]
        .iter()
        .any(|start| group.starts_with(start))
}
