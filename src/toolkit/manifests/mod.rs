//! Manifests and lockfiles: which packages a project names, by their real names.
//!
//! Each reader gives [`Dependency`]s; here they are judged. What a manifest names is a finding there. A lockfile repeats it, so what
//! only the lockfile of the same directory shows (an alias resolved elsewhere, a manifest that was not part of the scan) is a finding
//! there. Packages that other packages bring along are none: nobody here chose them.

mod cargo;
mod composer;
mod go;
mod named;
mod npm;
mod python;
mod required;
mod requirements;
mod ruby;
mod version;

pub(super) use named::{Named, conclude};

use super::canon::{Canon, Ecosystem};
use super::document::{Node, Unreadable};
use super::imports::shown;
use super::rules::{against, lesser};
use super::{Fact, Found, gap, text_of};
use crate::finding::{RepoPath, printable};
use crate::policy::Severity;
use crate::tree::{Draft, FileView};
use required::wanting;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use version::{newest_major, too_old};

/// A package as one file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependency {
    /// Whose package it is.
    ecosystem: Ecosystem,
    /// Its real name.
    name: String,
    /// Parts of it that are asked for: extras, features.
    parts: Vec<String>,
    /// The name it goes by here, where that is another.
    alias: Option<String>,
    /// What it is needed for.
    need: Need,
    /// The version asked for, as written.
    version: Option<String>,
    /// Where it stands.
    span: Range<usize>,
    /// What kind of statement it is.
    of: Of,
}

/// What a package is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Runtime,
    Development,
    Optional,
    Peer,
}

/// What kind of statement names a package.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Of {
    /// A manifest asks for it.
    Manifest,
    /// A lockfile repeats what the manifest of this directory (relative to the file) asks for.
    Lock(String),
    /// A catalog or a lockfile repeats what some manifest asks for.
    Shared,
}

/// Reads one kind of file.
type Reader = fn(&str, &RepoPath) -> Result<Vec<Dependency>, Unreadable>;

/// Whether the file at that path names packages.
pub(super) fn wants(path: &RepoPath, _canon: &Canon) -> bool {
    reader(path).is_some() || path.file_name() == BUN_BINARY
}

/// Judges what the file names.
pub(super) fn inspect(file: &FileView<'_>, canon: &Canon) -> Found {
    let mut found = Found::default();
    let unread = |found: &mut Found, line, why: &str| {
        found.gaps.push(gap(
            file,
            line,
            &format!("{why}, so the packages it names are not known"),
        ));
    };
    if file.path.file_name() == BUN_BINARY {
        unread(
            &mut found,
            None,
            "it is binary (run `bun install --save-text-lockfile`)",
        );
        return found;
    }
    let Some(reader) = reader(file.path) else {
        return found;
    };
    let text = match text_of(file, LIMIT) {
        Ok(text) => text,
        Err(why) => {
            unread(&mut found, None, why);
            return found;
        }
    };
    // Editors of one system begin files with a byte order mark; spans count it.
    let mark = if text.starts_with('\u{feff}') {
        '\u{feff}'.len_utf8()
    } else {
        0
    };
    match reader(text.get(mark..).unwrap_or_default(), file.path) {
        Ok(mut dependencies) => {
            for dependency in &mut dependencies {
                dependency.span = dependency.span.start + mark..dependency.span.end + mark;
            }
            judge(&dependencies, file, canon, &mut found);
        }
        Err(error) => unread(&mut found, Some(error.line), error.why),
    }
    found
}

impl Dependency {
    /// A dependency that goes by its own name.
    fn new(
        ecosystem: Ecosystem,
        name: impl Into<String>,
        need: Need,
        span: Range<usize>,
        of: Of,
    ) -> Self {
        Self {
            ecosystem,
            name: name.into(),
            parts: Vec::new(),
            alias: None,
            need,
            version: None,
            span,
            of,
        }
    }

    /// Takes `name` for the real one where it is another.
    fn really(mut self, name: &str) -> Self {
        if name != self.name {
            self.alias = Some(std::mem::replace(&mut self.name, name.to_owned()));
        }
        self
    }

    fn version(mut self, version: Option<&str>) -> Self {
        self.version = version.map(str::to_owned);
        self
    }
}

/// The reader for a file of that name.
fn reader(path: &RepoPath) -> Option<Reader> {
    Some(match path.file_name() {
        "package.json" => npm::package_json,
        "package-lock.json" | "npm-shrinkwrap.json" => npm::package_lock,
        "pnpm-lock.yaml" => npm::pnpm_lock,
        "pnpm-workspace.yaml" | ".yarnrc.yml" => npm::catalogs,
        "yarn.lock" => npm::yarn_lock,
        "bun.lock" => npm::bun_lock,
        "deno.json" | "deno.jsonc" | "import_map.json" | "import-map.json" => npm::deno,
        "pyproject.toml" => python::pyproject,
        "Pipfile" => python::pipfile,
        "uv.lock" => python::uv_lock,
        "Gemfile" | "gems.rb" => ruby::gemfile,
        "Gemfile.lock" | "gems.locked" => ruby::gemfile_lock,
        "go.mod" => go::go_mod,
        "Cargo.toml" => cargo::manifest,
        "Cargo.lock" => cargo::lock,
        "composer.json" => composer::composer,
        _ if requirements::wants(path) => requirements::requirements,
        _ if path.extension() == "gemspec" => ruby::gemfile,
        _ => return None,
    })
}

/// Findings and facts of one file.
fn judge(dependencies: &[Dependency], file: &FileView<'_>, canon: &Canon, found: &mut Found) {
    let here = parent(file.path.as_str());
    let mut drafts: BTreeMap<(&str, String), (usize, Verdict)> = BTreeMap::new();
    for (index, dependency) in dependencies.iter().enumerate() {
        for verdict in verdicts(dependency, file, canon) {
            let key = (verdict.draft.rule, verdict.draft.content.clone());
            // Of one package named twice in a file, the place where it weighs most is told.
            match drafts.get(&key) {
                Some((_, old)) if weight(&old.draft) >= weight(&verdict.draft) => {}
                _ => {
                    drafts.insert(key, (index, verdict));
                }
            }
        }
    }
    let mut in_order: Vec<(usize, Verdict)> = drafts.into_values().collect();
    in_order.sort_by_key(|(index, _)| *index);
    for (index, Verdict { draft, by_version }) in in_order {
        let Some(dependency) = dependencies.get(index) else {
            continue;
        };
        let package = (dependency.ecosystem, dependency.name.clone());
        let directory = match &dependency.of {
            Of::Manifest => {
                found.drafts.push(draft);
                continue;
            }
            Of::Lock(directory) => Some(join(here, directory)),
            Of::Shared => None,
        };
        found.facts.push(Fact::Named(Named::Repeated {
            directory,
            package,
            hidden: dependency.alias.is_some(),
            by_version,
            draft: Box::new(draft),
        }));
    }
    let asked = || {
        dependencies
            .iter()
            .filter(|dependency| dependency.of == Of::Manifest)
    };
    let package = |dependency: &Dependency| (dependency.ecosystem, dependency.name.clone());
    let names: BTreeSet<(Ecosystem, String)> = asked().map(package).collect();
    if !names.is_empty() {
        let wanting = wanting(dependencies, &names, file, canon);
        let versioned = asked().filter(|dependency| {
            let version = dependency.version.as_deref();
            version.and_then(newest_major).is_some()
        });
        found.facts.push(Fact::Named(Named::Manifest {
            directory: here.to_owned(),
            versioned: versioned.map(package).collect(),
            names,
            wanting,
        }));
    }
}

/// Refuses a file in which a merge was left half done, where words alone are read and nothing else would stumble on it.
fn no_conflict(text: &str) -> Result<(), Unreadable> {
    let conflict = text.lines().position(|line| line.starts_with("<<<<<<< "));
    conflict.map_or(Ok(()), |index| {
        Err(Unreadable {
            line: index + 1,
            why: "it has a merge conflict",
        })
    })
}

/// A finding about a package, and whether its version alone is what is wrong.
struct Verdict {
    draft: Draft,
    by_version: bool,
}

/// What the canon says of one package.
fn verdicts(dependency: &Dependency, file: &FileView<'_>, canon: &Canon) -> Vec<Verdict> {
    let weights = canon.weights();
    let weight = match dependency.need {
        Need::Runtime => None,
        Need::Development => weights.development,
        Need::Optional => weights.optional,
        Need::Peer => weights.peer,
    };
    let mut drafts = Vec::new();
    let whole = std::iter::once(dependency.name.clone());
    let parts = dependency
        .parts
        .iter()
        .map(|part| format!("{}[{part}]", dependency.name));
    for name in whole.chain(parts) {
        let Some(category) = canon.package(dependency.ecosystem, &name) else {
            continue;
        };
        let name = match dependency.ecosystem {
            Ecosystem::Npm | Ecosystem::Deno => shown(dependency.ecosystem, &name, canon),
            _ => &name,
        };
        let Some(mut draft) = against(canon, category, file, dependency.span.clone(), name) else {
            continue;
        };
        if let Some(alias) = &dependency.alias {
            draft.message = format!(
                "`{}` stands for {}",
                printable(alias),
                draft.message.replacen("` is ", "`, ", 1)
            );
        }
        drafts.push(Verdict {
            draft,
            by_version: false,
        });
    }
    drafts.extend(too_old(dependency, file, canon).map(|draft| Verdict {
        draft,
        by_version: true,
    }));
    for Verdict { draft, .. } in &mut drafts {
        draft.severity = lesser(draft.severity, weight);
    }
    drafts
}

fn weight(draft: &Draft) -> Severity {
    draft.severity.unwrap_or(Severity::Critical)
}

/// The directory of a path; empty for the root.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// `relative` as seen from `directory`, with `.` and `..` resolved.
fn join(directory: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = directory
        .split('/')
        .filter(|part| !part.is_empty())
        .collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The text of `node` when it has one, else nothing.
fn text(node: Option<&Node>) -> &str {
    node.and_then(Node::text).unwrap_or_default()
}

/// Most bytes of a manifest or lockfile that are read; the largest lockfiles seen have some ten million.
const LIMIT: usize = 32 << 20;

/// Bun's lockfile before version 1.2.
const BUN_BINARY: &str = "bun.lockb";

#[cfg(test)]
mod tests;
