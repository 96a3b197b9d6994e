//! What is wrong with a map in itself: no store need be asked to know.

use super::markdown::same_environment;
use super::{Credential, Reading, drift::Drift};
use crate::finding::{Finding, Fingerprint, LineIndex, Location, Position, RepoPath};
use crate::policy::Policy;
use crate::secrets::Scanner;
use std::collections::BTreeMap;

/// What a map is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Judge<'a> {
    /// The rules in force.
    pub policy: &'a Policy,
    /// What knows a value when it sees one.
    pub scanner: &'a Scanner,
    /// What kind of vault it is.
    pub vault: Vault<'a>,
}

/// The vault, as far as the configuration tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vault<'a> {
    /// A server: a path begins with the mount of an engine.
    Server,
    /// This directory of files.
    Directory(&'a str),
    /// Nothing is said: a directory of files, which the paths themselves tell.
    Unsaid,
}

impl Judge<'_> {
    /// Every finding, by line. A rule that is off finds nothing.
    #[must_use]
    pub fn lint(&self, reading: &Reading) -> Vec<Finding> {
        let mut found = self.values(reading);
        let map = &reading.map;
        let index = LineIndex::new(reading.text.as_bytes());
        let mut say = |rule: &str, line: u32, subject: &str, message: String| {
            found.extend(self.finding(rule, &map.file, &index, line, subject, message));
        };
        duplicates(&map.credentials, &mut say);
        let vault = match self.vault {
            Vault::Server => None,
            Vault::Directory(path) => Some(path),
            Vault::Unsaid => vault_directory(&map.credentials),
        };
        for credential in &map.credentials {
            self.entry(credential, vault, &mut say);
        }
        for skipped in &reading.skipped {
            if skipped.gap(&map.file).is_some() {
                say(
                    "map-unread",
                    skipped.line,
                    "",
                    format!("{}; {}", skipped.kind, skipped.kind.advice()),
                );
            }
        }
        sorted(found)
    }

    /// A finding for each disagreement between an index and its TOML, which are `files`.
    #[must_use]
    pub fn drifts(&self, drifts: &[Drift], files: &[&Reading]) -> Vec<Finding> {
        let mut found = Vec::new();
        for file in files {
            let index = LineIndex::new(file.text.as_bytes());
            let mine = drifts.iter().filter(|drift| drift.file == file.map.file);
            found.extend(mine.filter_map(|drift| {
                self.finding(
                    "map-drift",
                    &drift.file,
                    &index,
                    drift.line,
                    &drift.message,
                    drift.message.clone(),
                )
            }));
        }
        sorted(found)
    }

    fn entry(
        &self,
        credential: &Credential,
        vault: Option<&str>,
        say: &mut impl FnMut(&str, u32, &str, String),
    ) {
        let subject = subject(credential);
        let mut say = |rule: &str, message: String| say(rule, credential.line, &subject, message);
        if credential.owner.is_none() {
            say(
                "map-no-owner",
                format!("{subject} has no owner: nobody is asked to rotate it"),
            );
        }
        if let Some(place) = &credential.vault {
            let leaves = place
                .path
                .split('/')
                .any(|part| part == ".." || part == ".");
            let below = |vault: &str| {
                let rest = place.path.strip_prefix(vault);
                rest.is_some_and(|rest| rest.starts_with('/'))
            };
            // Where nothing is said, what is no file may be a secret of an engine.
            let judged = self.vault != Vault::Unsaid || is_file(&place.path);
            if leaves || judged && vault.is_some_and(|vault| !below(vault)) {
                say(
                    "map-path-outside-vault",
                    format!("{subject} is kept in a path outside the vault"),
                );
            }
        }
        if let Some(rule) = &credential.expect
            && !self
                .policy
                .all_secrets()
                .any(|(known, _)| known.id == *rule)
        {
            let ids = self
                .policy
                .all_secrets()
                .map(|(known, _)| known.id.as_str());
            let advice = crate::config::faults::nearest(rule, ids)
                .map(|meant| format!("; did you mean `{meant}`?"))
                .unwrap_or_default();
            say(
                "map-unknown-rule",
                format!(
                    "{subject} expects a value of rule `{rule}`, and no secret rule is called so{advice}"
                ),
            );
        }
        if let Some(every) = credential.rotate_every
            && !(SHORTEST..=LONGEST).contains(&every.days)
        {
            say(
                "map-interval",
                format!(
                    "{subject} is to be rotated every {every}: less than {SHORTEST} days nobody keeps up, and more than {LONGEST} is no rotation"
                ),
            );
        }
        let named = credential
            .github
            .as_ref()
            .and_then(|place| place.environment.as_deref());
        if let Some(named) = named
            && !same_environment(named, &credential.environment)
            && super::markdown::is_environment(named)
        {
            say(
                "map-environment",
                format!(
                    "{subject} is mirrored to the GitHub environment `{named}`, which is another"
                ),
            );
        }
    }

    /// Values that stand in the map. Only the rule's name and the masked line are told.
    fn values(&self, reading: &Reading) -> Vec<Finding> {
        let (sightings, _) =
            self.scanner
                .scan(reading.text.as_bytes(), Some(&reading.map.file), &|_| {
                    Vec::new()
                });
        let mut found = Vec::new();
        for sighting in sightings {
            let rule = self.scanner.rules().rule(sighting.rule);
            let (id, on, rule) = (rule.spec.id.as_str(), rule.on, &rule.spec);
            if !on
                || sighting
                    .inline
                    .iter()
                    .any(|mark| mark.allows(id) || mark.allows(VALUE))
            {
                continue;
            }
            let Some((meta, severity)) = self
                .policy
                .meta(VALUE)
                .and_then(|meta| Some((meta, meta.severity?)))
            else {
                continue;
            };
            found.push(Finding {
                rule: meta.id.clone(),
                guard: meta.guard,
                severity,
                message: format!(
                    "A value stands in the credential map: {} (`{id}`)",
                    rule.summary
                ),
                location: Location::file(
                    RepoPath::new(&reading.map.file),
                    sighting.start,
                    sighting.end,
                ),
                snippet: Some(sighting.snippet),
                fingerprint: Fingerprint::from_tag(VALUE, &reading.map.file, sighting.tag),
                occurrences: Vec::new(),
                spread: None,
                help: Some(rule.rotate.clone()),
                decided_by: None,
                known: false,
            });
        }
        found
    }

    fn finding(
        &self,
        rule: &str,
        file: &str,
        index: &LineIndex<'_>,
        line: u32,
        subject: &str,
        message: String,
    ) -> Option<Finding> {
        let meta = self.policy.meta(rule)?;
        let bytes = index.line(line);
        let start = Position { line, column: 1 };
        let end = index.position(bytes.end).max(start);
        Some(Finding::new(
            rule,
            meta.guard,
            meta.severity?,
            self.scanner.masked(&message),
            Location::file(RepoPath::new(file), start, end),
            Fingerprint::new(rule, file, subject.as_bytes()),
        ))
    }
}

/// The words that messages begin with.
fn subject(credential: &Credential) -> String {
    format!("`{}` in {}", credential.name, credential.environment)
}

/// Two entries for one credential, or for one key of one file.
fn duplicates(credentials: &[Credential], say: &mut impl FnMut(&str, u32, &str, String)) {
    let mut by_name: BTreeMap<(String, String), u32> = BTreeMap::new();
    let mut by_key: BTreeMap<(String, String), &Credential> = BTreeMap::new();
    for credential in credentials {
        let subject = subject(credential);
        let environment = super::markdown::usual_environment(&credential.environment);
        let name = (credential.name.as_str().to_owned(), environment);
        if let Some(first) = by_name.get(&name) {
            say(
                "map-duplicate",
                credential.line,
                &subject,
                format!("{subject} is in the map twice: line {first} has it already"),
            );
            continue;
        }
        if let Some(place) = credential
            .vault
            .as_ref()
            .filter(|_| !credential.name.is_glob())
        {
            let key = place
                .key
                .as_deref()
                .unwrap_or(credential.name.as_str())
                .to_owned();
            let known = by_key.get(&(place.path.clone(), key.clone()));
            if let Some(other) = known.filter(|other| {
                other.name != credential.name && !is_copied_further(other, credential)
            }) {
                say(
                    "map-duplicate",
                    credential.line,
                    &subject,
                    format!(
                        "{subject} is the same key of the same file as `{}` on line {}",
                        other.name, other.line
                    ),
                );
            }
            by_key
                .entry((place.path.clone(), key))
                .or_insert(credential);
        }
        by_name.insert(name, credential.line);
    }
}

/// Whether the second is a further copy of the first's secret: an entry has room for one of each store.
fn is_copied_further(first: &Credential, second: &Credential) -> bool {
    let app = |credential: &Credential| credential.fly.as_ref().map(|place| place.app.clone());
    let github = |credential: &Credential| {
        let place = credential.github.as_ref()?;
        Some((place.repository.clone(), place.environment.clone()))
    };
    let fly = app(first).zip(app(second));
    let github = github(first).zip(github(second));
    fly.is_some_and(|(one, other)| one != other) || github.is_some_and(|(one, other)| one != other)
}

/// Whether a path is that of a file of values.
fn is_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.ends_with(".env") || name.ends_with(".json") || name.starts_with(".env")
}

/// The directory that is the vault: the first part of most paths of files, `vault` where any begins with it.
fn vault_directory(credentials: &[Credential]) -> Option<&str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for place in credentials
        .iter()
        .filter_map(|credential| credential.vault.as_ref())
        .filter(|place| is_file(&place.path))
    {
        *counts
            .entry(place.path.split('/').next().unwrap_or_default())
            .or_default() += 1;
    }
    if counts.contains_key("vault") {
        return Some("vault");
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map(|(first, _)| first)
}

fn sorted(mut found: Vec<Finding>) -> Vec<Finding> {
    found.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    // One message may come of several entries of a row.
    found.dedup_by(|a, b| a.rule == b.rule && a.location == b.location && a.message == b.message);
    found
}

/// The rule about values.
pub const VALUE: &str = "map-secret-value";
/// Days of the shortest interval that makes sense.
const SHORTEST: u32 = 7;
/// Days of the longest one.
const LONGEST: u32 = 1095;
