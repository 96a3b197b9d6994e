//! What lies in a directory vault, whether or not the map knows it, and who else gets to see it.

use super::VaultDir;
use super::file::open_to;
use crate::credentials::{Failure, Remark};
use crate::source::Standing;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The whole vault, looked at without reading a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// Its files, from the top of the repository, sorted: `.env` and `.json`.
    pub files: Vec<String>,
    /// What is wrong with them, sorted: the same words as in the listings of the files.
    pub remarks: Vec<Remark>,
    /// What could not be looked at.
    pub gaps: Vec<Failure>,
}

impl VaultDir {
    /// Looks at all files of the vault: which there are, who may read them, and whether git takes them.
    #[must_use]
    pub fn survey(&self) -> Survey {
        let mut survey = Survey::default();
        let files = match &self.vault {
            Ok(vault) => self.walk(vault, &mut survey.gaps),
            Err(failure) => {
                survey.gaps.push(failure.clone());
                BTreeSet::new()
            }
        };
        survey.gaps.extend(self.git_fault.clone());
        let vault = self.vault.as_deref().ok();
        for below in &files {
            let metadata = vault.and_then(|vault| fs::symlink_metadata(vault.join(below)).ok());
            let open = metadata.and_then(|metadata| open_to(&metadata));
            let path = self.named(below);
            survey.remarks.extend(self.remarks(&path, below, open));
            if let Some(Err(why)) = self.standings.as_ref().map(|standings| standings.of(below)) {
                let why = format!("may not be ignored by git, which is not known: {why}");
                survey.gaps.push(self.gap(below, &why));
            }
        }
        // What git tracks and the work tree lacks was committed all the same.
        for below in self
            .standings
            .iter()
            .flat_map(|standings| standings.tracked())
        {
            if is_credentials(below) && !files.contains(below) {
                survey
                    .remarks
                    .extend(self.remarks(&self.named(below), below, None));
            }
        }
        survey.remarks.sort();
        survey.files = files.iter().map(|below| self.named(below)).collect();
        survey
    }

    /// What is to be said of one file; `path` is from the top of the repository, `below` from the vault.
    pub(super) fn remarks(&self, path: &str, below: &str, open: Option<String>) -> Vec<Remark> {
        let remark = |rule, message| Remark {
            rule,
            key: None,
            file: Some(path.to_owned()),
            message,
        };
        let mut remarks = Vec::new();
        if let Some(open) = open {
            remarks.push(remark(Some(FILE_PERMISSIONS), open));
        }
        let standing = self.standings.as_ref().map(|standings| standings.of(below));
        match standing {
            Some(Ok(Standing::Tracked)) => {
                remarks.push(remark(
                    Some(TRACKED),
                    "git tracks this file of the vault".to_owned(),
                ));
            }
            Some(Ok(Standing::Neither)) => remarks.push(remark(
                Some(NOT_IGNORED),
                "git does not ignore this file of the vault: the next `git add .` takes it"
                    .to_owned(),
            )),
            // What is not known of git is a gap of the survey.
            Some(Ok(Standing::Ignored) | Err(_)) | None => {}
        }
        remarks
    }

    /// The files below the vault's directory, from there; links are not followed.
    fn walk(&self, vault: &Path, gaps: &mut Vec<Failure>) -> BTreeSet<String> {
        let mut files = BTreeSet::new();
        let mut open = vec![String::new()];
        while let Some(below) = open.pop() {
            let entries = match fs::read_dir(vault.join(&below)) {
                Ok(entries) => entries,
                Err(error) => {
                    gaps.push(self.gap(&below, &format!("cannot be looked at: {}", error.kind())));
                    continue;
                }
            };
            for entry in entries {
                if files.len() + open.len() >= MOST {
                    gaps.push(self.gap("", "holds too many files to be looked at"));
                    return files;
                }
                let Ok((entry, kind)) =
                    entry.and_then(|entry| Ok((entry.file_name(), entry.file_type()?)))
                else {
                    gaps.push(self.gap(&below, "cannot be looked at whole"));
                    continue;
                };
                let name = entry.to_string_lossy();
                let path = match below.as_str() {
                    "" => name.into_owned(),
                    below => format!("{below}/{name}"),
                };
                if kind.is_dir() && entry != ".git" {
                    open.push(path);
                } else if kind.is_file() && is_credentials(&path) {
                    files.insert(path);
                }
            }
        }
        files
    }

    fn gap(&self, below: &str, why: &str) -> Failure {
        Failure {
            why: format!("{} {why}", self.named(below)),
            help: None,
        }
    }
}

/// Whether a file of this name holds credentials.
fn is_credentials(path: &str) -> bool {
    path.ends_with(".env") || path.ends_with(".json")
}

/// Others can read a file of the vault.
const FILE_PERMISSIONS: &str = "vault-file-permissions";

/// A file of the vault is in git.
const TRACKED: &str = "vault-tracked";

/// A file of the vault is not in git yet.
const NOT_IGNORED: &str = "vault-not-ignored";

/// Files and directories of one vault.
const MOST: usize = 20_000;
