//! The baseline: findings that were there when the team began, and are known.
//!
//! A file made to be committed and merged. One entry a line, sorted, with nothing in it that changes by itself (no
//! line numbers, no times) and no secret. Every entry line ends with a comma and the list with `null`, so that two
//! branches' lines put together are still JSON.

mod file;

use crate::finding::{Finding, Fingerprint, Location, Position, RepoPath};
use crate::policy::{Policy, RuleId};
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

    /// The entries that were seen again, for `baseline prune`. Only right after a scan of everything the baseline
    /// was made from.
    #[must_use]
    pub fn pruned(&self) -> Self {
        let used = self
            .entries
            .iter()
            .filter(|(_, known)| known.used.load(Ordering::Relaxed));
        let copy = |known: &Known| Known {
            rule: known.rule.clone(),
            path: known.path.clone(),
            line: 0,
            used: AtomicBool::new(true),
        };
        Self {
            entries: used
                .map(|(fingerprint, known)| (fingerprint.clone(), copy(known)))
                .collect(),
        }
    }

    /// `baseline-unused` for every entry that was not seen again; `file` is the baseline as reports name it.
    /// To be asked only after a complete scan with every guard.
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
            Finding {
                rule: RuleId::new(UNUSED),
                guard: meta.guard,
                severity,
                message: format!(
                    "the known `{}` in {} is not there any more",
                    crate::finding::printable(&known.rule),
                    RepoPath::new(&known.path)
                ),
                location: Location::file(RepoPath::new(file), start, start),
                snippet: None,
                fingerprint: Fingerprint::new(UNUSED, file, fingerprint.as_str().as_bytes()),
                occurrences: Vec::new(),
                help: None,
                decided_by: None,
                known: false,
            }
        };
        let unused = self
            .entries
            .iter()
            .filter(|(_, known)| !known.used.load(Ordering::Relaxed));
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

const UNUSED: &str = "baseline-unused";

#[cfg(test)]
mod tests {
    use super::file::parse;
    use super::*;
    use crate::policy::pack::Pack;
    use crate::policy::{Guard, Severity};
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use std::fs;

    fn finding(rule: &str, path: &str, content: &str) -> Finding {
        Finding {
            rule: RuleId::new(rule),
            guard: Guard::Secrets,
            severity: Severity::High,
            message: "m".into(),
            location: Location::whole(RepoPath::new(path)),
            snippet: None,
            fingerprint: Fingerprint::new(rule, path, content.as_bytes()),
            occurrences: Vec::new(),
            help: None,
            decided_by: None,
            known: false,
        }
    }

    fn prints(baseline: &Baseline) -> BTreeSet<Fingerprint> {
        baseline.entries.keys().cloned().collect()
    }

    fn read_text(text: &str) -> Result<Baseline, BaselineError> {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join(FILE_NAME);
        fs::write(&path, text).expect("written");
        Baseline::read(&path)
    }

    fn policy() -> Policy {
        let text = "[[rule]]\nid = \"baseline-unused\"\nguard = \"policy\"\nseverity = \"low\"\nsummary = \"s\"\nhelp = \"h\"\n";
        Policy::new(vec![("p".into(), Pack::parse(text).expect("good"))]).expect("no duplicates")
    }

    #[test]
    fn the_file_is_sorted_stable_and_a_line_an_entry() {
        let findings = [
            finding("jwt", "b.ts", "1"),
            finding("jwt", "a \"quoted\"\n.ts", "1"),
            finding("jwt", "b.ts", "2"),
            finding("dsn", "b.ts", "1"),
        ];
        let forward = Baseline::create(&findings).to_bytes();
        let backward = Baseline::create(findings.iter().rev()).to_bytes();
        assert_eq!(forward, backward);
        let text = String::from_utf8(forward).expect("UTF-8");
        let entries: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("{\"f"))
            .collect();
        assert_eq!(entries.len(), 4);
        assert!(
            entries[0].ends_with("\"path\": \"a \\\"quoted\\\"\\n.ts\"},")
                && entries[1].contains("dsn"),
            "{text}"
        );
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }

    #[test]
    fn what_is_written_is_read() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join(FILE_NAME);
        assert!(
            Baseline::read_if_present(&path)
                .expect("nothing to fail")
                .is_none()
        );
        assert!(matches!(
            Baseline::read(&path),
            Err(BaselineError::Read { .. })
        ));
        let known = finding("jwt", "a.ts", "1");
        Baseline::create([&known]).write(&path).expect("written");
        Baseline::create([&known, &finding("jwt", "b.ts", "1")])
            .write(&path)
            .expect("written over");
        let baseline = Baseline::read_if_present(&path)
            .expect("readable")
            .expect("there");
        assert_eq!((baseline.len(), baseline.used()), (2, 0));
        assert!(
            baseline.knows(&known.fingerprint)
                && !baseline.knows(&finding("jwt", "a.ts", "2").fingerprint)
        );
        assert_eq!(baseline.used(), 1);
        assert_eq!(
            fs::read_dir(dir.path()).expect("readable").count(),
            1,
            "no temporary file is left"
        );
    }

    #[test]
    fn unused_entries_are_findings_at_their_line() {
        let (gone, known) = (finding("jwt", "a.ts", "1"), finding("jwt", "b.ts", "1"));
        let text = String::from_utf8(Baseline::create([&gone, &known]).to_bytes()).expect("UTF-8");
        let baseline = read_text(&text).expect("readable");
        let _ = baseline.knows(&known.fingerprint);
        let found = baseline.unused_findings(&policy(), FILE_NAME);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].rule.as_str(), found[0].location.start.line),
            (UNUSED, 4)
        );
        assert_eq!(
            found[0].message,
            "the known `jwt` in a.ts is not there any more"
        );
        assert_eq!(
            prints(&baseline.pruned()),
            BTreeSet::from([known.fingerprint])
        );
        let mut off = policy();
        off.set_severity(UNUSED, None);
        assert!(baseline.unused_findings(&off, FILE_NAME).is_empty());
    }

    #[test]
    fn what_is_no_baseline_is_refused_with_a_reason() {
        let secret = crate::policy::pack::expand("{base62:30}");
        for (text, said) in [
            ("", "it is not JSON (line 1, column 0)"),
            ("[]", "wrong kind"),
            ("{\"version\": 2, \"other\": 1}", "has version 2"),
            ("{\"version\": 1}", "missing"),
            (
                "{\"version\": 1, \"entries\": [], \"more\": 1}",
                "wrong kind",
            ),
            (
                "{\"version\": 1, \"entries\": [{\"fingerprint\": \"SECRET\", \"rule\": \"r\", \"path\": \"p\"}]}",
                "fingerprint of entry 1",
            ),
            ("{\"version\": \"SECRET\"}", "wrong kind"),
            (
                "{\"version\": 1, \"entries\": [{\"SECRET\": 1}]}",
                "wrong kind",
            ),
            (
                "{\n<<<<<<< HEAD\n\"version\": 1",
                "conflict markers (line 2)",
            ),
        ] {
            let error = read_text(&text.replace("SECRET", &secret)).expect_err(text);
            let shown = format!("{error} {error:?}");
            assert!(
                shown.contains(said) && !shown.contains(&secret),
                "{text}: {shown}"
            );
        }
        let dir = tempfile::tempdir().expect("a directory");
        assert!(
            Baseline::read_if_present(dir.path()).is_err(),
            "a directory is no absence"
        );
        assert!(
            Baseline::default()
                .write(&dir.path().join("absent/x.json"))
                .is_err()
        );
    }

    #[cfg(unix)]
    #[test]
    fn writing_keeps_permissions_and_replaces_links() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let dir = tempfile::tempdir().expect("a directory");
        let (path, target) = (dir.path().join(FILE_NAME), dir.path().join("target"));
        fs::write(&target, "keep").expect("written");
        fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).expect("set");
        symlink(&target, &path).expect("linked");
        Baseline::default().write(&path).expect("written");
        assert_eq!(fs::read_to_string(&target).expect("readable"), "keep");
        let meta = path.symlink_metadata().expect("there");
        assert!(meta.is_file());
        assert_eq!(meta.permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn uses_are_marked_from_many_threads() {
        let findings: Vec<Finding> = (0..200)
            .map(|number| finding("jwt", "a.ts", &number.to_string()))
            .collect();
        let text = String::from_utf8(Baseline::create(&findings).to_bytes()).expect("UTF-8");
        let baseline = read_text(&text).expect("readable");
        std::thread::scope(|scope| {
            for start in 0..4 {
                let (baseline, findings) = (&baseline, &findings);
                scope.spawn(move || {
                    findings
                        .iter()
                        .skip(start)
                        .step_by(2)
                        .filter(|finding| baseline.knows(&finding.fingerprint))
                        .count()
                });
            }
        });
        assert_eq!(baseline.used(), baseline.len());
    }

    fn some() -> impl Strategy<Value = Vec<Finding>> {
        let one = ("[a-c]", "[a-e\"\\\\]{1,3}", "[0-9]")
            .prop_map(|(rule, path, content)| finding(&rule, &path, &content));
        proptest::collection::vec(one, 0..12)
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn round_trip(findings in some()) {
            let baseline = Baseline::create(&findings);
            let again = parse(&baseline.to_bytes()).expect("our own file");
            prop_assert_eq!(prints(&again), prints(&baseline));
            prop_assert_eq!(again.to_bytes(), baseline.to_bytes());
            prop_assert_eq!(again.pruned().len(), 0);
        }

        // What git does with `merge=union`, or a person who keeps both sides of a conflict.
        #[test]
        fn the_lines_of_two_branches_are_the_union(left in some(), right in some()) {
            let (left, right) = (Baseline::create(&left), Baseline::create(&right));
            let lines = |baseline: &Baseline| String::from_utf8(baseline.to_bytes()).expect("UTF-8");
            let of = |text: &str| text.lines().filter(|line| line.starts_with("{\"f")).map(str::to_owned).collect::<Vec<_>>();
            let both = [of(&lines(&left)), of(&lines(&right))].concat().join("\n");
            let merged = lines(&Baseline::default()).replace("null", &format!("{both}\nnull"));
            let merged = parse(merged.as_bytes()).expect("still a baseline");
            let union: BTreeSet<_> = prints(&left).union(&prints(&right)).cloned().collect();
            prop_assert_eq!(prints(&merged), union);
        }
    }
}
