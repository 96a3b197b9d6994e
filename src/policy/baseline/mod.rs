//! The baseline: findings that were there when the team began, and are known.
//!
//! A file made to be committed and merged. One entry a line, sorted, with nothing in it that changes by itself (no
//! line numbers, no times) and no secret. Every entry line ends with a comma and the list with `null`, so that two
//! branches' lines put together are still JSON.

mod file;

use crate::finding::{Finding, Fingerprint, Location, Position, RepoPath};
use crate::policy::Policy;
use file::Fault;
pub(crate) use file::replace;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// The findings that are known, and whether each was seen again.
#[derive(Debug, Default)]
pub struct Baseline {
    entries: BTreeMap<Fingerprint, Known>,
}

/// Where the baseline is unless the user says otherwise, in the root of the repository.
pub const FILE_NAME: &str = ".stackguard-baseline.json";

#[derive(Debug)]
struct Known {
    rule: String,
    path: String,
    /// 1-based line in the file; 0 for one not read from a file.
    line: u32,
    used: AtomicBool,
}

/// Why a baseline cannot be read or written.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum BaselineError {
    /// The file cannot be read.
    #[error("cannot read the baseline {}", path.display())]
    #[diagnostic(help("`stackguard baseline create` writes one"))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A merge was left half done.
    #[error("the baseline {} holds merge conflict markers (line {line})", path.display())]
    #[diagnostic(help(
        "delete the marker lines and keep the entries of both sides; their order does not matter"
    ))]
    Conflict {
        /// The file.
        path: PathBuf,
        /// The first marker, 1-based.
        line: u32,
    },
    /// It is no baseline.
    #[error("{} is no baseline: {why}", path.display())]
    #[diagnostic(help(
        "`stackguard baseline create` writes one; a report or another tool's baseline is something else"
    ))]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong and where; quotes nothing of the file.
        why: String,
    },
    /// A newer program wrote it.
    #[error("the baseline {} has version {version}; this program reads version 1", path.display())]
    #[diagnostic(help("update stackguard"))]
    Version {
        /// The file.
        path: PathBuf,
        /// The version it says.
        version: u64,
    },
    /// The file cannot be written.
    #[error("cannot write the baseline {}", path.display())]
    #[diagnostic(help("what was there is still there"))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Baseline {
    /// A baseline that knows exactly these findings.
    #[must_use]
    pub fn create<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Self {
        let known = |finding: &Finding, path: &RepoPath| Known {
            rule: finding.rule.to_string(),
            path: path.as_str().to_owned(),
            line: 0,
            used: AtomicBool::new(true),
        };
        let mut entries = BTreeMap::new();
        for finding in findings {
            let path = &finding.location.path;
            entries.insert(finding.fingerprint.clone(), known(finding, path));
            // Over a history one finding stands for every path its secret ever had.
            for other in finding.occurrences.iter().map(|place| &place.path) {
                if other != path {
                    let there = finding
                        .fingerprint
                        .moved(finding.rule.as_str(), other.as_str());
                    entries.insert(there, known(finding, other));
                }
            }
        }
        Self { entries }
    }

    /// Knows one finding more; whether it was new.
    pub fn insert(&mut self, rule: &str, path: &str, fingerprint: Fingerprint) -> bool {
        let known = Known {
            rule: rule.to_owned(),
            path: path.to_owned(),
            line: 0,
            used: AtomicBool::new(true),
        };
        match self.entries.entry(fingerprint) {
            Entry::Occupied(_) => false,
            Entry::Vacant(free) => {
                free.insert(known);
                true
            }
        }
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// A file that is not there, cannot be read or is no baseline: nothing of it is skipped.
    pub fn read(path: &Path) -> Result<Self, BaselineError> {
        let unreadable = |source| BaselineError::Read {
            path: path.to_owned(),
            source,
        };
        let bytes = file::read(path).map_err(unreadable)?;
        file::parse(&bytes).map_err(|fault| match fault {
            Fault::Conflict(line) => BaselineError::Conflict {
                path: path.to_owned(),
                line,
            },
            Fault::Format(why) => BaselineError::Format {
                path: path.to_owned(),
                why,
            },
            Fault::Version(version) => BaselineError::Version {
                path: path.to_owned(),
                version,
            },
        })
    }

    /// Reads a baseline that need not be there.
    ///
    /// # Errors
    /// As [`Self::read`], but for a file that is not there.
    pub fn read_if_present(path: &Path) -> Result<Option<Self>, BaselineError> {
        match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            _ => Self::read(path).map(Some),
        }
    }

    /// Whether the finding is known; marks its entry as used. May be asked from many threads.
    #[must_use]
    pub fn knows(&self, fingerprint: &Fingerprint) -> bool {
        let known = self.entries.get(fingerprint);
        if let Some(known) = known {
            known.used.store(true, Ordering::Relaxed);
        }
        known.is_some()
    }

    /// As [`Self::knows`], of what is not there any more: marks nothing.
    #[must_use]
    pub fn contains(&self, fingerprint: &Fingerprint) -> bool {
        self.entries.contains_key(fingerprint)
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Number of entries that were seen again.
    #[must_use]
    pub fn used(&self) -> usize {
        self.entries
            .values()
            .filter(|known| known.used.load(Ordering::Relaxed))
            .count()
    }

    /// The entries that were seen again, or whose rule did not run, for `baseline prune`. Only right after a scan of
    /// everything the baseline was made from.
    #[must_use]
    pub fn pruned(&self, policy: &Policy) -> Self {
        let kept = self
            .entries
            .iter()
            .filter(|(_, known)| !known.is_gone(policy));
        let copy = |known: &Known| Known {
            rule: known.rule.clone(),
            path: known.path.clone(),
            line: 0,
            used: AtomicBool::new(true),
        };
        Self {
            entries: kept
                .map(|(fingerprint, known)| (fingerprint.clone(), copy(known)))
                .collect(),
        }
    }

    /// `baseline-unused` for every entry that was not seen again though its rule ran; `file` is the baseline as reports
    /// name it. To be asked only after a complete scan with every guard.
    #[must_use]
    pub fn unused_findings(&self, policy: &Policy, file: &str) -> Vec<Finding> {
        let Some((meta, severity)) = policy
            .meta(UNUSED)
            .and_then(|meta| Some((meta, meta.severity?)))
        else {
            return Vec::new();
        };
        let finding = |(fingerprint, known): (&Fingerprint, &Known)| {
            let start = Position {
                line: known.line,
                column: u32::from(known.line > 0),
            };
            let message = format!(
                "the known `{}` in {} is not there any more",
                crate::finding::printable(&known.rule),
                RepoPath::new(&known.path)
            );
            Finding::new(
                UNUSED,
                meta.guard,
                severity,
                message,
                Location::file(RepoPath::new(file), start, start),
                Fingerprint::new(UNUSED, file, fingerprint.as_str().as_bytes()),
            )
        };
        let unused = self
            .entries
            .iter()
            .filter(|(_, known)| known.is_gone(policy));
        unused.map(finding).collect()
    }

    /// The bytes of the file: by path, rule and fingerprint, one entry a line.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut entries: Vec<(&str, &str, &Fingerprint)> = self
            .entries
            .iter()
            .map(|(fingerprint, known)| (known.path.as_str(), known.rule.as_str(), fingerprint))
            .collect();
        entries.sort_unstable();
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let mut out = String::from("{\n\"version\": 1,\n\"entries\": [\n");
        for (path, rule, fingerprint) in entries {
            out.push_str(&format!(
                "{{\"fingerprint\": \"{fingerprint}\", \"rule\": {}, \"path\": {}}},\n",
                quoted(rule),
                quoted(path)
            ));
        }
        out.push_str("null\n]\n}\n");
        out.into_bytes()
    }

    /// Writes the file in one step: whoever reads it meanwhile sees the old one or the new one. A link is replaced,
    /// not followed.
    ///
    /// # Errors
    /// What the system says; the old file is then untouched.
    pub fn write(&self, path: &Path) -> Result<(), BaselineError> {
        file::replace(path, &self.to_bytes()).map_err(|source| BaselineError::Write {
            path: path.to_owned(),
            source,
        })
    }
}

impl Known {
    /// Whether what it stands for is not there any more. Of a rule that is off, or whose pack is not read, nobody can say.
    fn is_gone(&self, policy: &Policy) -> bool {
        let in_force = policy
            .meta(&self.rule)
            .is_some_and(|meta| meta.severity.is_some());
        in_force && !self.used.load(Ordering::Relaxed)
    }
}

const UNUSED: &str = "baseline-unused";

#[cfg(test)]
mod tests;
