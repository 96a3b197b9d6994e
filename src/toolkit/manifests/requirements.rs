//! requirements.txt and its kin (<https://pip.pypa.io/en/stable/reference/requirements-file-format/>), and names as PEP 508 writes them.

use super::{Dependency, Need, Of, no_conflict, parent};
use crate::finding::RepoPath;
use crate::toolkit::canon::Ecosystem;
use crate::toolkit::document::Unreadable;

/// Whether that is such a file: `requirements-dev.txt`, `requirements/base.in`.
pub(super) fn wants(path: &RepoPath) -> bool {
    matches!(path.extension(), "txt" | "in")
        && (path.file_name().contains("requirements")
            || parent(path.as_str()).ends_with("requirements"))
}

/// Reads one requirement a line. Files included with `-r` are files of the tree, and read as such.
pub(super) fn requirements(text: &str, path: &RepoPath) -> Result<Vec<Dependency>, Unreadable> {
    let name = path.file_name();
    let need = if ["dev", "test", "lint", "doc", "ci"].iter().any(|part| {
        name.split(['-', '_', '.'])
            .any(|word| word.starts_with(part))
    }) {
        Need::Development
    } else {
        Need::Runtime
    };
    // A file that a resolver wrote says which of its lines nobody asked for.
    let resolved = text.contains("# via");
    no_conflict(text)?;
    let mut found = Vec::new();
    let mut start = 0;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let at = start;
        start += line.len();
        let code = line.split(" #").next().unwrap_or_default().trim();
        if code.is_empty() || code.starts_with('#') {
            continue;
        }
        let code = match code
            .strip_prefix("-e ")
            .or_else(|| code.strip_prefix("--editable "))
        {
            Some(code) => code.split_once("#egg=").map_or("", |(_, egg)| egg),
            None if code.starts_with('-') => continue,
            None => code.split_once("#egg=").map_or(code, |(_, egg)| egg),
        };
        if resolved && brought_along(line, lines.clone()) {
            continue;
        }
        let Some((name, parts)) = named(code) else {
            continue;
        };
        let from = at + (line.len() - line.trim_start().len());
        let mut dependency = Dependency::new(
            Ecosystem::Python,
            name,
            need,
            from..at + line.trim_end().len(),
            Of::Manifest,
        );
        dependency.parts = parts;
        found.push(dependency);
    }
    Ok(found)
}

/// The normal name and the extras of a requirement: `Celery[Redis]>=5 ; python_version > "3"`.
pub(super) fn named(requirement: &str) -> Option<(String, Vec<String>)> {
    let text = requirement.trim_start();
    let end = text
        .find(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')))
        .unwrap_or(text.len());
    let name = text
        .get(..end)
        .filter(|name| name.starts_with(|letter: char| letter.is_ascii_alphanumeric()))?;
    let rest = text.get(end..).unwrap_or_default().trim_start();
    let (extras, rest) = rest
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .unwrap_or(("", rest));
    // What follows a name can only be a version, an address, a marker or an option; else it is a path or prose.
    let rest = rest.trim_start();
    if !(rest.is_empty()
        || rest.starts_with(['=', '<', '>', '!', '~', ';', '@', '(', '\\', '&'])
        || rest.starts_with("--"))
    {
        return None;
    }
    let parts = extras
        .split(',')
        .map(str::trim)
        .filter(|extra| !extra.is_empty())
        .map(normal);
    Some((normal(name), parts.collect()))
}

/// A name as they compare (<https://packaging.python.org/en/latest/specifications/name-normalization/>).
pub(super) fn normal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for letter in name.trim().chars() {
        match letter {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            letter => out.push(letter.to_ascii_lowercase()),
        }
    }
    out
}

/// Whether the comment behind a line, or on those below it, names only packages that brought it along, and no file that asks for it.
fn brought_along<'t>(line: &'t str, rest: impl Iterator<Item = &'t str>) -> bool {
    let mut sources = Vec::new();
    let mut open = false;
    for text in std::iter::once(line).chain(
        rest.take(SOURCES)
            .take_while(|line| line.starts_with([' ', '\t'])),
    ) {
        let Some((_, comment)) = text.split_once('#') else {
            continue;
        };
        let comment = comment.trim();
        let named = match comment.strip_prefix("via") {
            Some(named) => {
                open = true;
                named.trim()
            }
            None => comment,
        };
        if open && !named.is_empty() {
            sources.push(named);
        }
    }
    !sources.is_empty()
        && !sources
            .iter()
            .any(|source| source.contains("-r ") || source.contains('(') || source.contains(".in"))
}

/// Most lines behind a requirement that are read for who asked for it.
const SOURCES: usize = 200;
