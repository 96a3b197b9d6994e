//! The directory vault: `.env` and `.json` files below one directory that git ignores.
//!
//! Each file is a place; its path is from the top of the repository (`vault/occ/supabase/staging.env`). The time of
//! an entry is the file's, which copying moves, so it is weak. Blocking reads of small local files: there is
//! nothing to wait for.

mod dotenv;
mod file;
mod json;
mod survey;

pub use survey::Survey;

use super::{Asked, Store};
use crate::credentials::{Answer, Entry, Failure, Listing, Remark, StoreKind, StorePlace};
use crate::source::{Environment, Standings};
use file::{Found, Unread};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// The directory used where the configuration names none.
pub const DEFAULT: &str = "vault";

/// A directory vault.
pub struct VaultDir {
    /// The top of the repository.
    root: PathBuf,
    /// The directory from there, with `/`.
    directory: String,
    /// The directory with links resolved, or why there is none.
    vault: Result<PathBuf, Failure>,
    /// What git does with its files; none outside a repository, and where that cannot be read.
    standings: Option<Standings>,
    /// Why that cannot be read.
    git_fault: Option<Failure>,
}

impl VaultDir {
    /// The vault `directory`, relative to `root`, the top of the repository (or the directory of the configuration
    /// where there is none).
    ///
    /// Never fails: a vault that is not there answers every question with why.
    #[must_use]
    pub fn open(root: &Path, directory: &str, environment: &Environment) -> Self {
        let mut parts = Path::new(directory)
            .components()
            .filter(|part| *part != Component::CurDir);
        let plain = parts
            .clone()
            .all(|part| matches!(part, Component::Normal(_)));
        let named: Vec<_> = parts
            .by_ref()
            .map(|part| part.as_os_str().to_string_lossy())
            .collect();
        let named = named.join("/");
        let vault = if plain && !named.is_empty() {
            resolve(root, &named)
        } else {
            Err(Failure {
                why: "the vault's directory is not below the top of the repository".to_owned(),
                help: Some("give `path` in [stores.vault] from there, as in \"vault\"".to_owned()),
            })
        };
        // Git may track files of a vault that is not there.
        let place = match &vault {
            Ok(vault) => Some(vault.clone()),
            Err(_) if plain && !named.is_empty() => {
                root.canonicalize().ok().map(|root| root.join(&named))
            }
            Err(_) => None,
        };
        let standings = place.map(|place| Standings::below(&place, environment));
        let (standings, git_fault) = match standings {
            Some(Ok(standings)) => (standings, None),
            Some(Err(error)) => (
                None,
                Some(Failure {
                    why: format!(
                        "whether git tracks the vault is not known: {}",
                        error.message
                    ),
                    help: error.help,
                }),
            ),
            None => (None, None),
        };
        Self {
            root: root.to_path_buf(),
            directory: named,
            vault,
            standings,
            git_fault,
        }
    }

    /// A file's path from the top of the repository, given that from the vault.
    fn named(&self, below: &str) -> String {
        match below {
            "" => self.directory.clone(),
            below => format!("{}/{below}", self.directory),
        }
    }

    fn answer(&self, path: &str) -> Answer {
        let vault = match &self.vault {
            Ok(vault) => vault,
            Err(failure) => return Answer::Unknown(failure.clone()),
        };
        match file::read(&self.root, vault, path) {
            Ok(found) => self
                .listing(path, &found)
                .map_or_else(Answer::Unknown, Answer::Listed),
            Err(Unread::Absent) => Answer::Absent("the vault has no such file".to_owned()),
            Err(Unread::Unknown(failure)) => Answer::Unknown(failure),
        }
    }

    fn listing(&self, path: &str, found: &Found) -> Result<Listing, Failure> {
        let pairs = pairs(path, &found.bytes)?;
        let below = path
            .strip_prefix(&self.directory)
            .unwrap_or(path)
            .trim_start_matches('/');
        let mut remarks = self.remarks(path, below, found.open_to.clone());
        let mut entries = BTreeMap::new();
        for (name, value) in pairs {
            let entry = Entry {
                value: Some(value),
                updated: found.modified,
                weak_time: true,
                ..Entry::default()
            };
            match entries.entry(name) {
                Slot::Vacant(slot) => {
                    slot.insert(entry);
                }
                // Most loaders take the last one; some take the first.
                Slot::Occupied(mut slot) => {
                    remarks.push(Remark {
                        rule: None,
                        key: Some(slot.key().clone()),
                        file: Some(path.to_owned()),
                        message: "it is given more than once; the last one is taken".to_owned(),
                    });
                    slot.insert(entry);
                }
            }
        }
        remarks.sort();
        remarks.dedup();
        Ok(Listing { entries, remarks })
    }
}

impl Store for VaultDir {
    fn kind(&self) -> StoreKind {
        StoreKind::Vault
    }

    fn list<'a>(&'a self, place: &'a StorePlace) -> Asked<'a> {
        Box::pin(async move {
            match place {
                StorePlace::Vault { path, .. } => self.answer(path),
                other => Answer::Unknown(Failure {
                    why: format!("{other} is no place of a vault"),
                    help: None,
                }),
            }
        })
    }
}

/// The names and values of a file, by its kind.
fn pairs(path: &str, bytes: &[u8]) -> Result<Vec<(String, crate::finding::Secret)>, Failure> {
    let fault = |line: usize, what: &str| Failure {
        why: format!("{path}:{line} cannot be read: {what}"),
        help: Some("nothing of the file counts until it is corrected".to_owned()),
    };
    if path.ends_with(".json") {
        return json::read(bytes).map_err(|error| fault(error.line, error.what));
    }
    let all = dotenv::read(bytes).map_err(|error| fault(error.line, error.what))?;
    Ok(all.into_iter().map(|one| (one.name, one.value)).collect())
}

/// The directory itself, links resolved: the whole vault may be kept elsewhere and linked to.
fn resolve(root: &Path, directory: &str) -> Result<PathBuf, Failure> {
    match fs::canonicalize(root.join(directory)) {
        Ok(vault) if vault.is_dir() => Ok(vault),
        Ok(_) => Err(Failure {
            why: format!("the vault directory `{directory}` is no directory"),
            help: None,
        }),
        Err(error) => Err(Failure {
            why: format!("the vault directory `{directory}` cannot be opened: {}", said(&error)),
            help: Some(
                "git ignores it, so a fresh clone has none: run where the vault is, or name it in [stores.vault]"
                    .to_owned(),
            ),
        }),
    }
}

/// The system's word for it, but where that speaks of entities.
fn said(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such directory".to_owned(),
        kind => kind.to_string(),
    }
}

#[cfg(test)]
mod tests;
