//! The Markdown form of the map: the index of credentials that a team already has.
//!
//! Real indexes vary, so this is generous, and says of every guess that it is one. It never takes more of a cell than names, paths, words for
//! environments and teams: a value that was pasted in goes nowhere.

mod columns;
mod environment;
mod item;
mod list;
mod mirror;
mod pairing;
mod prose;
mod row;
mod said;
mod table;

use super::guess::{Guess, GuessKind, Skipped, SkippedKind};
use super::{Credential, CredentialMap};
use columns::Columns;
use item::What;
use std::collections::{BTreeMap, BTreeSet};

pub(super) use environment::{
    is_usual as is_environment, same as same_environment, usual as usual_environment,
};

/// An index, read.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    pub map: CredentialMap,
    pub guesses: Vec<Guess>,
    pub skipped: Vec<Skipped>,
    /// Whether there is a credential table at all.
    pub any_table: bool,
}

/// Reads an index; `file` is its name in reports.
pub(super) fn read(file: &str, text: &str) -> Index {
    let mut index = Index {
        map: CredentialMap {
            file: file.to_owned(),
            credentials: Vec::new(),
        },
        ..Index::default()
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut joined = Joined::default();
    // What stands outside of the credential tables.
    let mut besides = Vec::new();
    for table in table::tables(text) {
        let Some(columns) = Columns::of(&table) else {
            besides.push((
                table.line,
                SkippedKind::NoCredentialTable,
                columns::names_besides(&table),
            ));
            continue;
        };
        index.any_table = true;
        for row in &table.rows {
            let read = row::read(row, &columns);
            index
                .skipped
                .extend(read.skipped.into_iter().map(|kind| Skipped {
                    line: row.line,
                    kind,
                }));
            for (credential, guesses) in read.entries {
                joined.add(credential, guesses, &mut index);
            }
        }
    }
    besides.extend(
        list::items(text)
            .iter()
            .filter(|(_, item)| !item::is_non_secret(&item.tokens))
            .map(|(line, item)| {
                let files = columns::vault_files(item);
                (*line, SkippedKind::OutsideTable, files)
            }),
    );
    for (line, kind, names) in besides {
        // What a row has as well is read.
        if !names.iter().all(|what| joined.knows(what, &index.map)) {
            index.skipped.push(Skipped { line, kind });
        }
    }
    index.guesses.sort_by_key(|guess| (guess.entry, guess.kind));
    index.guesses.dedup();
    index
        .skipped
        .sort_by_key(|skipped| (skipped.line, skipped.kind));
    index.skipped.dedup();
    index
}

/// Entries by name and environment: one row may tell of the vault, and another of GitHub.
#[derive(Default)]
struct Joined {
    by_name: BTreeMap<(String, String), usize>,
    paths: BTreeSet<String>,
}

impl Joined {
    /// Whether an entry is about it, in whatever environment.
    fn knows(&self, what: &What, map: &CredentialMap) -> bool {
        match what {
            What::Path { path, .. } => self.paths.contains(path),
            What::Name(name) => map
                .credentials
                .iter()
                .any(|credential| credential.name.matches(name)),
        }
    }

    fn add(&mut self, credential: Credential, guesses: Vec<GuessKind>, index: &mut Index) {
        let key = (
            credential.name.as_str().to_owned(),
            credential.environment.to_lowercase(),
        );
        self.paths
            .extend(credential.vault.iter().map(|place| place.path.clone()));
        let known = self.by_name.get(&key).copied();
        if let Some(entry) = known
            && let Some(first) = index.map.credentials.get_mut(entry)
            && complements(
                first,
                &credential,
                guesses.contains(&GuessKind::OwnerFromVerb),
            )
        {
            first.owner = first.owner.take().or(credential.owner);
            first.rotate_every = first.rotate_every.or(credential.rotate_every);
            first.optional &= credential.optional;
            first.vault = first.vault.take().or(credential.vault);
            first.github = first.github.take().or(credential.github);
            first.fly = first.fly.take().or(credential.fly);
            index.guesses.push(Guess {
                entry,
                kind: GuessKind::Merged(credential.line),
            });
            return;
        }
        let entry = index.map.credentials.len();
        self.by_name.entry(key).or_insert(entry);
        index.map.credentials.push(credential);
        index
            .guesses
            .extend(guesses.into_iter().map(|kind| Guess { entry, kind }));
    }
}

/// Whether the second only adds places that the first has not. A team that only mirrors does not contradict the owner.
fn complements(first: &Credential, second: &Credential, mirrors: bool) -> bool {
    let both = first.vault.is_some() && second.vault.is_some()
        || first.github.is_some() && second.github.is_some()
        || first.fly.is_some() && second.fly.is_some();
    let owners =
        mirrors || first.owner.is_none() || second.owner.is_none() || first.owner == second.owner;
    !both && owners
}

#[cfg(test)]
mod tests;
