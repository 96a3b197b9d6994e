//! Finds files that git tracks and the walk left out.

use super::IGNORE_FILE;
use super::read::Shared;
use super::roots::Roots;
use crate::finding::Gap;
use crate::source::index::{Index, IndexError};
use crate::source::{Exclude, Place};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// What the indexes say, compared with what was visited.
pub(super) struct Tracked<'t> {
    roots: &'t Roots,
    exclude: &'t Exclude,
    /// Repositories already asked.
    done: HashSet<PathBuf>,
    /// Tops of repositories the walk has come by.
    pub(super) met: HashSet<PathBuf>,
    /// Our own ignore files, by directory; those do hide what git tracks.
    ours: HashMap<PathBuf, Option<Gitignore>>,
    /// Tracked files not visited.
    pub(super) files: Vec<PathBuf>,
    /// Checked-out submodules the walk did not come by.
    pub(super) modules: Vec<PathBuf>,
    /// Indexes that could not be read.
    pub(super) gaps: Vec<Gap>,
}

impl<'t> Tracked<'t> {
    pub(super) fn new(roots: &'t Roots, exclude: &'t Exclude) -> Self {
        let (done, met, ours) = (HashSet::new(), HashSet::new(), HashMap::new());
        Self {
            roots,
            exclude,
            done,
            met,
            ours,
            files: Vec::new(),
            modules: Vec::new(),
            gaps: Vec::new(),
        }
    }

    /// Compares the index of one repository.
    pub(super) fn repository(&mut self, place: &Place, shared: &Shared<'_>) {
        if !self.done.insert(place.root.clone()) {
            return;
        }
        if let Err(error) = self.compare(place, shared) {
            let advice = error
                .advice()
                .map(|advice| format!("; {advice}"))
                .unwrap_or_default();
            self.gaps.push(Gap {
                what: shared
                    .relative(&place.root.join(".git/index"))
                    .as_str()
                    .to_owned(),
                why: format!("ignored files that git tracks are not known: {error}{advice}"),
            });
        }
    }

    fn compare(&mut self, place: &Place, shared: &Shared<'_>) -> Result<(), IndexError> {
        let Some(index) = Index::read(&place.git_dir.join("index"), place.id_length())? else {
            return Ok(());
        };
        // Refuses what would make the list of entries incomplete.
        index.tree_cache()?;
        let mut entries = index.entries();
        let is_below_base = place.root.starts_with(&self.roots.base);
        let mut name = shared.prefix(&place.root);
        let prefix = name.len();
        while let Some(entry) = entries.advance()? {
            name.truncate(prefix);
            name.extend_from_slice(entry.path);
            // Directories of a sparse index are not checked out.
            let kind = entry.mode & 0o170_000;
            if kind == 0o040_000 || is_below_base && shared.has_seen_name(&name) {
                continue;
            }
            let Some(path) = system_path(entry.path).map(|path| place.root.join(path)) else {
                continue;
            };
            if !self.is_asked_for(&path) || !is_below_base && shared.has_seen(&path) {
                continue;
            }
            if kind != 0o160_000 && self.is_wanted(&path, shared) {
                self.files.push(path);
            } else if kind == 0o160_000
                && !self.met.contains(&path)
                && Place::at(&path).is_some()
                && self.is_wanted(&path, shared)
            {
                self.modules.push(path);
            }
        }
        Ok(())
    }

    /// Whether the path is below a directory given by the user.
    fn is_asked_for(&self, path: &Path) -> bool {
        self.roots
            .given
            .iter()
            .any(|(directory, _)| path.starts_with(directory))
    }

    /// Whether only git's ignore rules hid it, and it is really there: not behind a link that took a directory's place.
    fn is_wanted(&mut self, path: &Path, shared: &Shared<'_>) -> bool {
        let Some(parent) = path.parent() else {
            return false;
        };
        path.symlink_metadata().is_ok()
            && std::fs::canonicalize(parent).is_ok_and(|real| real == parent)
            && !self.exclude.covers(shared.relative(path).as_str())
            && !self.is_ours_ignored(path)
    }

    /// Whether a `.stackguardignore` hides it; the nearest that has an opinion decides, as with git.
    fn is_ours_ignored(&mut self, path: &Path) -> bool {
        for directory in path.ancestors().skip(1) {
            if !directory.starts_with(&self.roots.base) {
                break;
            }
            let rules = self.ours.entry(directory.to_path_buf()).or_insert_with(|| {
                let file = directory.join(IGNORE_FILE);
                let mut builder = GitignoreBuilder::new(directory);
                // A bad line hides nothing.
                let _ = if file.is_file() {
                    builder.add(file)
                } else {
                    return None;
                };
                builder.build().ok()
            });
            let Some(rules) = rules else { continue };
            let decision = rules.matched_path_or_any_parents(path, false);
            if !decision.is_none() {
                return decision.is_ignore();
            }
        }
        false
    }
}

/// A path of an index as this system writes it.
#[cfg(unix)]
fn system_path(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
}

/// A path of an index as this system writes it.
#[cfg(not(unix))]
fn system_path(bytes: &[u8]) -> Option<PathBuf> {
    Some(std::str::from_utf8(bytes).ok()?.split('/').collect())
}
