//! pnpm-lock.yaml, versions 5 to 9, and the catalogs of pnpm-workspace.yaml and .yarnrc.yml
//! (<https://github.com/pnpm/spec/blob/master/lockfile/9.0.md>, <https://pnpm.io/catalogs>).

use super::{Dependency, Need, Of, SECTIONS, named, spec};
use crate::finding::RepoPath;
use crate::toolkit::canon::Ecosystem;
use crate::toolkit::document::{Entry, Node, Unreadable, yaml};

/// Reads what every project asks for. There may be two documents, of which one is about pnpm itself.
pub(in crate::toolkit::manifests) fn pnpm_lock(
    text: &str,
    _path: &RepoPath,
) -> Result<Vec<Dependency>, Unreadable> {
    let mut found = Vec::new();
    for document in yaml(asked(text))? {
        match document.get("importers") {
            Some(importers) => {
                for importer in importers.entries() {
                    project(&importer.value, &importer.key, &mut found);
                }
            }
            None => project(&document, ".", &mut found),
        }
    }
    Ok(found)
}

/// The text up to the list of everything that was installed, which is most of it and not needed, where that comes last.
fn asked(text: &str) -> &str {
    match text.rfind("\npackages:\n") {
        Some(end)
            if !text
                .get(end + 1..)
                .unwrap_or_default()
                .lines()
                .any(|line| SOUGHT.iter().any(|key| line.starts_with(key))) =>
        {
            text.get(..=end).unwrap_or(text)
        }
        _ => text,
    }
}

/// Reads `catalog`, `catalogs` and `overrides`.
pub(in crate::toolkit::manifests) fn catalogs(
    text: &str,
    _path: &RepoPath,
) -> Result<Vec<Dependency>, Unreadable> {
    let mut found = Vec::new();
    for document in yaml(text)? {
        let named_ones = document
            .get("catalogs")
            .map(Node::entries)
            .unwrap_or_default()
            .iter()
            .map(|entry| &entry.value);
        for catalog in document.get("catalog").into_iter().chain(named_ones) {
            found.extend(
                catalog
                    .entries()
                    .iter()
                    .map(|entry| named(entry, Need::Runtime, Of::Shared)),
            );
        }
        let overrides = document
            .get("overrides")
            .map(Node::entries)
            .unwrap_or_default();
        found.extend(
            overrides
                .iter()
                .map(|entry| named(entry, Need::Runtime, Of::Shared))
                .filter(|dependency| dependency.alias.is_some()),
        );
    }
    Ok(found)
}

fn project(project: &Node, directory: &str, found: &mut Vec<Dependency>) {
    for (section, need) in SECTIONS {
        for entry in project.get(section).map(Node::entries).unwrap_or_default() {
            found.extend(locked(entry, *need, directory));
        }
    }
}

/// `cache: {specifier: …, version: ioredis@5.4.1}`, or `cache: /ioredis/5.4.1` before version 6.
fn locked(entry: &Entry, need: Need, directory: &str) -> Option<Dependency> {
    let version = entry
        .value
        .get("version")
        .and_then(Node::text)
        .or_else(|| entry.value.text())?;
    let span = entry.key_span.start
        ..entry
            .value
            .get("version")
            .map_or(entry.value.span.end, |node| node.span.end);
    let dependency = Dependency::new(
        Ecosystem::Npm,
        &entry.key,
        need,
        span,
        Of::Lock(directory.to_owned()),
    );
    let (name, version) = installed(version);
    Some(
        name.into_iter()
            .fold(dependency, |dependency, name| dependency.really(&name))
            .version(Some(version)),
    )
}

/// The name, where one is told, and the version of what was installed.
fn installed(version: &str) -> (Option<String>, &str) {
    // Which peers it was installed with is not asked.
    let version = version.split(['(', '_']).next().unwrap_or_default();
    let digits = |text: &str| text.starts_with(|letter: char| letter.is_ascii_digit());
    if digits(version) || version.contains(':') {
        return (None, version);
    }
    // A registry may stand in front: `registry.example/ioredis@5`.
    let path = version.trim_start_matches('/');
    let mut parts: Vec<&str> = path.split('/').collect();
    let number = match parts.last().map(|last| spec::split(last)) {
        // `/ioredis/5.4.1`
        Some((last, None)) if digits(last) && parts.len() > 1 => {
            parts.pop();
            last
        }
        Some((last, number)) => {
            parts.pop();
            parts.push(last);
            number.unwrap_or_default()
        }
        None => return (None, version),
    };
    let from = parts.len().saturating_sub(
        if parts
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|scope| scope.starts_with('@'))
        {
            2
        } else {
            1
        },
    );
    let name = parts
        .get(from..)
        .map(|name| name.join("/"))
        .filter(|name| !name.is_empty());
    (name, number)
}

/// How lines begin that say what a project asks for, or that a new document does.
const SOUGHT: &[&str] = &[
    "importers",
    "dependencies",
    "devDependencies",
    "optionalDependencies",
    "\"",
    "'",
    "?",
    "{",
    "---",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_needed_is_parsed() {
        assert_eq!(asked("a:\n\npackages:\n\n  x: 1\nsnapshots:\n"), "a:\n\n");
        for whole in [
            "a: 1\n",
            "packages:\n",
            "a:\npackages:\n  x: 1\nimporters:\n",
            "a:\npackages:\n  x: 1\n---\nb: 1\n",
            "a:\npackages:\n'importers': 1\n",
        ] {
            assert_eq!(asked(whole), whole);
        }
        // Of two documents only the last is cut.
        assert_eq!(
            asked("a:\npackages:\n  x: 1\n---\nb: 1\npackages:\n"),
            "a:\npackages:\n  x: 1\n---\nb: 1\n"
        );
    }

    #[test]
    fn what_was_installed() {
        for (version, name, number) in [
            ("5.4.1", None, "5.4.1"),
            ("3.24.5(@types/node@26.6.6)", None, "3.24.5"),
            ("ioredis@5.4.1", Some("ioredis"), "5.4.1"),
            ("ioredis@5.4.1(x@1)", Some("ioredis"), "5.4.1"),
            ("@redis/client@1.0.0", Some("@redis/client"), "1.0.0"),
            ("/ioredis@5.4.1", Some("ioredis"), "5.4.1"),
            ("/ioredis/5.4.1", Some("ioredis"), "5.4.1"),
            ("/@redis/client/1.0.0", Some("@redis/client"), "1.0.0"),
            (
                "/@redis/client/1.0.0_peer@2",
                Some("@redis/client"),
                "1.0.0",
            ),
            (
                "registry.example.com/ioredis@5.4.1",
                Some("ioredis"),
                "5.4.1",
            ),
            ("link:../x", None, "link:../x"),
            ("file:x(y)", None, "file:x"),
            ("", None, ""),
        ] {
            assert_eq!(
                installed(version),
                (name.map(str::to_owned), number),
                "{version}"
            );
        }
    }
}
