//! How git stands to files that it must not have: tracked, ignored, or neither.

use super::index::Index;
use super::{Environment, Place, Repository, SourceError};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What git does with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is in the index: in a commit, or in the next one.
    Tracked,
    /// `git add` passes it by.
    Ignored,
    /// The next `git add .` takes it.
    Neither,
}

/// The standing of the files below one directory.
pub struct Standings {
    /// The directory, from the top of the work tree.
    prefix: PathBuf,
    tracked: BTreeSet<String>,
    /// Libgit2 knows all places where ignore rules are written; what it says when it will not open the repository.
    repository: Result<Mutex<Repository>, String>,
}

impl Standings {
    /// Reads the index of the repository that `directory` (links resolved) is in; none when it is in none.
    ///
    /// # Errors
    /// The index cannot be read: nothing is known of what git tracks.
    pub fn below(directory: &Path, environment: &Environment) -> Result<Option<Self>, SourceError> {
        let Some(place) = Place::of(directory, environment) else {
            return Ok(None);
        };
        let Ok(prefix) = directory.strip_prefix(&place.root) else {
            return Ok(None);
        };
        // The repository found, even where variables name another one that has nothing to do with the directory.
        let environment = if Place::at(&place.root).as_ref() == Some(&place) {
            Environment::at(&place.root)
        } else {
            environment.clone()
        };
        let repository = Repository::open(&place.root, &environment)
            .map(Mutex::new)
            .map_err(|error| error.message);
        Ok(Some(Self {
            tracked: tracked(&place, prefix)?,
            prefix: prefix.to_path_buf(),
            repository,
        }))
    }

    /// The tracked files below the directory, with `/`, sorted; also those that are not in the work tree.
    pub fn tracked(&self) -> impl Iterator<Item = &str> {
        self.tracked.iter().map(String::as_str)
    }

    /// The standing of a file, given by its path below the directory, with `/`.
    ///
    /// # Errors
    /// It is not tracked, and the ignore rules cannot be read. The message says why.
    pub fn of(&self, path: &str) -> Result<Standing, String> {
        if self.tracked.contains(path) {
            return Ok(Standing::Tracked);
        }
        let repository = self.repository.as_ref().map_err(Clone::clone)?;
        let repository = repository.lock().unwrap_or_else(PoisonError::into_inner);
        let ignored = repository.git().is_path_ignored(self.prefix.join(path));
        match ignored {
            Ok(true) => Ok(Standing::Ignored),
            Ok(false) => Ok(Standing::Neither),
            Err(_) => Err("git's ignore rules cannot be read".to_owned()),
        }
    }
}

/// The entries of the index below `prefix`, without it. Links and submodules are no files.
fn tracked(place: &Place, prefix: &Path) -> Result<BTreeSet<String>, SourceError> {
    let failed = |error: super::index::IndexError| SourceError {
        message: error.to_string(),
        help: error.advice().map(str::to_owned),
    };
    let mut found = BTreeSet::new();
    let index = Index::read(&place.git_dir.join("index"), place.id_length()).map_err(failed)?;
    let Some(index) = index else {
        return Ok(found);
    };
    // Refuses what would make the list of entries incomplete.
    index.tree_cache().map_err(failed)?;
    let mut entries = index.entries();
    while let Some(entry) = entries.advance().map_err(failed)? {
        if matches!(entry.mode & 0o170_000, 0o120_000 | 0o160_000) {
            continue;
        }
        let path = String::from_utf8_lossy(entry.path);
        if let Ok(below) = Path::new(path.as_ref()).strip_prefix(prefix) {
            let below: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
            found.insert(below.join("/"));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::testing::{Lab, by_sha256};

    #[test]
    fn tracked_ignored_and_neither() {
        let lab = Lab::new();
        for file in [
            "vault/a.env",
            "vault/deep/b.env",
            "vault/c.env",
            "vault/d.env",
            "other",
        ] {
            lab.write(file, b"x\n");
        }
        lab.write(".gitignore", b"/vault/c.env\nb.env\n");
        lab.git(&["add", "vault/a.env", "other"]);
        lab.git(&["add", "-f", "vault/deep/b.env"]);
        let standings = Standings::below(&lab.path("vault"), &lab.environment())
            .expect("the index can be read")
            .expect("it is in a repository");
        assert_eq!(
            standings.tracked().collect::<Vec<_>>(),
            ["a.env", "deep/b.env"]
        );
        for (path, want) in [
            ("a.env", Standing::Tracked),
            ("deep/b.env", Standing::Tracked),
            ("c.env", Standing::Ignored),
            ("d.env", Standing::Neither),
        ] {
            assert_eq!(standings.of(path), Ok(want), "{path}");
        }
    }

    #[test]
    fn without_a_repository_there_is_nothing_to_say() {
        let lab = Lab::without_git();
        lab.write("vault/a.env", b"x\n");
        let standings = Standings::below(&lab.path("vault"), &lab.environment());
        assert!(standings.expect("nothing to read").is_none());
    }

    #[test]
    fn an_index_that_cannot_be_read_is_an_error() {
        let lab = Lab::new();
        lab.write("vault/a.env", b"x\n");
        lab.git(&["add", "."]);
        lab.write(".git/index", b"DIRC");
        assert!(Standings::below(&lab.path("vault"), &lab.environment()).is_err());
    }

    #[test]
    fn the_same_by_sha256() {
        by_sha256(&[
            tracked_ignored_and_neither,
            an_index_that_cannot_be_read_is_an_error,
        ]);
    }
}
