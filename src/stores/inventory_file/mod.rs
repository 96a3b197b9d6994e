//! Listings given as files, for those who have no token for the API: the output of `fly secrets list --json` and of
//! `gh secret list --json name,updatedAt`.
//!
//! `--inventory fly:APP=FILE`, `--inventory github:ENVIRONMENT=FILE` or, where the map names several repositories,
//! `--inventory github:OWNER/NAME:ENVIRONMENT=FILE`; `--inventory github:OWNER/NAME=FILE` for the secrets of the repository
//! itself. Places without a file are asked of the store behind, where there is one.

mod format;

use super::{Asked, Store};
use crate::credentials::{Answer, Entry, Failure, Listing, Remark, StoreKind, StorePlace};
use crate::finding::printable;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// One `--inventory`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InventoryFile {
    /// GitHub or Fly.
    pub kind: StoreKind,
    /// The app, the environment (with or without its repository), or the repository.
    pub name: String,
    /// The file.
    pub file: PathBuf,
}

impl FromStr for InventoryFile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let form = "write it as fly:APP=FILE, github:ENVIRONMENT=FILE or github:OWNER/NAME:ENVIRONMENT=FILE";
        let (place, file) = text.split_once('=').ok_or(form)?;
        let (kind, name) = place.split_once(':').ok_or(form)?;
        let kind = match kind {
            "fly" => StoreKind::Fly,
            "github" => StoreKind::Github,
            _ => return Err(form.to_owned()),
        };
        if name.is_empty() || file.is_empty() {
            return Err(form.to_owned());
        }
        Ok(Self {
            kind,
            name: name.to_owned(),
            file: PathBuf::from(file),
        })
    }
}

/// A store of files, before another store of its kind.
pub struct InventoryStore {
    kind: StoreKind,
    /// By name as [`InventoryStore::key`] writes it: the file as given, and where it is.
    files: BTreeMap<String, (PathBuf, PathBuf)>,
    rest: Option<Arc<dyn Store>>,
}

impl InventoryStore {
    /// The files of one kind, relative to `directory`; `rest` is asked for all places that have none. `places` are all of the
    /// map, those that will be asked for and others.
    ///
    /// # Errors
    /// Two files are given for one place; one for environments of several repositories, as it is the listing of one of them;
    /// or one for no place of the map, which would not be read at all.
    pub fn new(
        kind: StoreKind,
        given: &[InventoryFile],
        directory: &Path,
        places: &[StorePlace],
        rest: Option<Arc<dyn Store>>,
    ) -> Result<Self, Failure> {
        let mut files = BTreeMap::new();
        for one in given.iter().filter(|one| one.kind == kind) {
            let paths = (one.file.clone(), directory.join(&one.file));
            if files.insert(Self::key(kind, &one.name), paths).is_some() {
                return Err(Failure {
                    why: format!("two files are given for {}:{}", kind.as_str(), one.name),
                    help: Some("give one listing of each place".to_owned()),
                });
            }
        }
        let store = Self { kind, files, rest };
        store.tells_apart(places)?;
        for one in given.iter().filter(|one| one.kind == kind) {
            store.is_read(&one.name, places)?;
        }
        Ok(store)
    }

    /// Whether the file of a name is read for one of the places at all.
    fn is_read(&self, name: &str, places: &[StorePlace]) -> Result<(), Failure> {
        let key = Self::key(self.kind, name);
        let places = || places.iter().filter(|place| place.kind() == self.kind);
        if places().any(|place| self.keys(place).contains(&key)) {
            return Ok(());
        }
        let named = format!("{}:{}", self.kind.as_str(), printable(name));
        let is_of = |place: &StorePlace| matches!(place, StorePlace::Github { repository, .. } if Self::key(self.kind, repository) == key);
        if places().any(is_of) {
            return Err(Failure {
                why: format!("nothing is read from --inventory {named}"),
                help: Some(
                    "a repository's listing counts beside that of an environment: give --inventory github:ENVIRONMENT=FILE as well"
                        .to_owned(),
                ),
            });
        }
        let mut known: Vec<String> = places()
            .map(|place| printable(&place.to_string()))
            .collect();
        known.dedup();
        let more = known.len().saturating_sub(MOST_NAMED);
        known.truncate(MOST_NAMED);
        Err(Failure {
            why: format!("the map has no place for --inventory {named}"),
            help: Some(match (known.is_empty(), more) {
                (true, _) => format!("it has nothing in {}", self.kind.as_str()),
                (false, 0) => format!("it has {}", known.join(", ")),
                (false, more) => format!("it has {} and {more} more", known.join(", ")),
            }),
        })
    }

    /// The names of the files that are read for a place: its own, and behind that of an environment the repository's.
    fn keys(&self, place: &StorePlace) -> Vec<String> {
        let given = |name: &str| {
            let key = Self::key(self.kind, name);
            self.files.contains_key(&key).then_some(key)
        };
        match place {
            StorePlace::Fly { app } => given(app).into_iter().collect(),
            StorePlace::Github {
                repository,
                environment: None,
            } => given(repository).into_iter().collect(),
            StorePlace::Github {
                repository,
                environment: Some(environment),
            } => {
                let whole = format!("{repository}:{environment}");
                let Some(own) = given(&whole).or_else(|| given(environment)) else {
                    return Vec::new();
                };
                std::iter::once(own).chain(given(repository)).collect()
            }
            StorePlace::Vault { .. } => Vec::new(),
        }
    }

    /// Whether each file is of one place.
    fn tells_apart(&self, places: &[StorePlace]) -> Result<(), Failure> {
        let mut owners = BTreeMap::new();
        for place in places {
            let StorePlace::Github {
                repository,
                environment: Some(environment),
            } = place
            else {
                continue;
            };
            let key = Self::key(self.kind, environment);
            // One with its repository's name before it goes first.
            if !self.keys(place).contains(&key) {
                continue;
            }
            if let Some(other) = owners.insert(key, repository)
                && !other.eq_ignore_ascii_case(repository)
            {
                return Err(Failure {
                    why: format!(
                        "github:{environment} may be of {other} or of {repository}: the map has that environment in both"
                    ),
                    help: Some(format!("write github:{repository}:{environment}=FILE")),
                });
            }
        }
        Ok(())
    }

    /// GitHub takes the names of environments and repositories in any letter case.
    fn key(kind: StoreKind, name: &str) -> String {
        match kind {
            StoreKind::Github => name.to_lowercase(),
            StoreKind::Fly | StoreKind::Vault => name.to_owned(),
        }
    }

    /// The listing in a file; none without one of that key.
    fn read(&self, key: &str) -> Option<Result<Listing, Failure>> {
        let (shown, path) = self.files.get(key)?;
        let shown = shown.display().to_string();
        Some(self.listing(&shown, path))
    }

    fn listing(&self, shown: &str, path: &Path) -> Result<Listing, Failure> {
        let failed = |why: &str| Failure {
            why: format!("{shown} {why}"),
            help: None,
        };
        let unreadable =
            |error: std::io::Error| failed(&format!("cannot be read: {}", error.kind()));
        // What is no file may never end, and opening a pipe may never return.
        let metadata = path.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(failed("is no file"));
        }
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).map_err(unreadable)?;
        file.take(LARGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if bytes.len() as u64 > LARGEST {
            return Err(failed("is too large for a listing of secrets"));
        }
        let entries = format::entries(self.kind, &bytes).map_err(|fault| Failure {
            why: format!("{shown} {}", fault.what),
            help: Some(fault.help.to_owned()),
        })?;
        let written = metadata
            .modified()
            .ok()
            .and_then(|time| Timestamp::try_from(time).ok());
        let written = written.map(|time| time.strftime(", written %Y-%m-%d").to_string());
        let remark = Remark {
            rule: None,
            key: None,
            file: None,
            message: format!(
                "listed from the file {shown}{}",
                written.unwrap_or_default()
            ),
        };
        Ok(Listing {
            entries,
            remarks: vec![remark],
        })
    }

    /// What is in the files for a place; none where there is no file for it.
    fn answer(&self, place: &StorePlace) -> Option<Result<Listing, Failure>> {
        let keys = self.keys(place);
        let mut listings = keys.iter().filter_map(|key| self.read(key));
        let own = listings.next()?;
        Some(own.and_then(|own| listings.try_fold(own, |own, shared| Ok(beside(own, shared?)))))
    }
}

impl Store for InventoryStore {
    fn kind(&self) -> StoreKind {
        self.kind
    }

    fn list<'a>(&'a self, place: &'a StorePlace) -> Asked<'a> {
        Box::pin(async move {
            match (self.answer(place), &self.rest) {
                (Some(Ok(listing)), _) => Answer::Listed(listing),
                (Some(Err(failure)), _) => Answer::Unknown(failure),
                (None, Some(rest)) => rest.list(place).await,
                (None, None) => Answer::Unknown(Failure {
                    why: format!("no file is given for {place}"),
                    help: Some(format!("give one with --inventory {place}=FILE")),
                }),
            }
        })
    }
}

/// What a job of an environment sees: its own secrets, and those of the repository that they do not hide.
fn beside(mut own: Listing, shared: Listing) -> Listing {
    for (name, entry) in shared.entries {
        own.entries.entry(name).or_insert(Entry {
            inherited_from: Some("repository".to_owned()),
            ..entry
        });
    }
    own.remarks.extend(shared.remarks);
    own
}

/// Places named in an error.
const MOST_NAMED: usize = 8;

/// Bytes of a listing.
const LARGEST: u64 = 8 << 20;

#[cfg(test)]
mod tests;
