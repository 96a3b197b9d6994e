//! Throw-away repositories for the tests of this room, made by git itself.

use super::{Delta, Edit, Kind, Object, Oid, Plan, Repository, Visitor};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A repository in a temporary directory.
pub(super) struct Scratch {
    _directory: tempfile::TempDir,
    pub(super) root: PathBuf,
    clock: u64,
    pub(super) random: Random,
}

impl Scratch {
    pub(super) fn new(options: &[&str]) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let root = directory.path().join("repo");
        std::fs::create_dir(&root).expect("it is empty");
        let scratch = Self {
            _directory: directory,
            root,
            clock: 1_700_000_000,
            random: Random(7),
        };
        let mut arguments = vec!["init", "-q", "-b", "main"];
        arguments.extend(options);
        scratch.git(&arguments);
        scratch
    }

    pub(super) fn git(&self, arguments: &[&str]) -> String {
        git_in(&self.root, self.clock, arguments, b"")
    }

    pub(super) fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().expect("it is below the root"))
            .expect("directories can be made");
        std::fs::write(path, bytes).expect("files can be written");
    }

    /// Commits all of the work tree.
    pub(super) fn commit(&mut self, message: &str) -> String {
        self.clock += 60;
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// A history of `commits` random edits of a few files, with branches and merges.
    pub(super) fn grow(&mut self, commits: usize) {
        let names = [
            "a.txt",
            "src/b.txt",
            "src/deep/c.txt",
            "src/deep/d.txt",
            "e.txt",
        ];
        let mut texts: Vec<Vec<u8>> = names.iter().map(|_| self.random.text(40)).collect();
        for round in 0..commits {
            let at = self.random.below(names.len());
            let text = &mut texts[at];
            let from = self.random.below(text.len());
            let to = (from + self.random.below(60)).min(text.len());
            let more = self.random.text(2);
            text.splice(from..to, more);
            self.write(names[at], &text.clone());
            self.commit(&format!("round {round}"));
            let side = format!("side{}", self.random.below(2));
            match round % 6 {
                1 | 2 => {
                    self.git(&["checkout", "-q", "-B", &side, "HEAD~1"]);
                    let name = format!("side/{}.txt", self.random.below(4));
                    let text = self.random.text(5);
                    self.write(&name, &text);
                    self.commit("on the side");
                    self.git(&["checkout", "-q", "main"]);
                }
                4 | 5 => drop(self.try_git(&["merge", "-q", "-X", "theirs", "-m", "merge", &side])),
                3 => drop(self.git(&["tag", "-f", "-a", "-m", "a tag", &format!("v{round}")])),
                _ => {}
            }
            if self.root.join(".git/MERGE_HEAD").exists() {
                self.git(&["reset", "-q", "--hard"]);
            }
            for (name, text) in names.iter().zip(&mut texts) {
                *text = std::fs::read(self.root.join(name)).unwrap_or_else(|_| text.clone());
            }
        }
    }

    pub(super) fn open(&self) -> Repository {
        Repository::open(&self.root, 2).expect("git made it")
    }

    fn try_git(&mut self, arguments: &[&str]) -> bool {
        self.clock += 60;
        command(&self.root, self.clock, arguments)
            .stdout(Stdio::null())
            .status()
            .expect("git runs")
            .success()
    }
}

/// Runs git, apart from the settings of whoever runs the tests.
pub(super) fn git_in(directory: &Path, clock: u64, arguments: &[&str], input: &[u8]) -> String {
    use std::io::Write as _;
    let mut child = command(directory, clock, arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git runs");
    child
        .stdin
        .take()
        .expect("it is a pipe")
        .write_all(input)
        .expect("git reads it");
    let output = child.wait_with_output().expect("git ends");
    assert!(output.status.success(), "git {arguments:?}");
    String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned()
}

fn command(directory: &Path, clock: u64, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    let date = format!("{} +0000", clock.max(1_700_000_000));
    command
        .arg("-C")
        .arg(directory)
        .args(["-c", "protocol.file.allow=always"])
        .args(arguments)
        .env_clear();
    command
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", directory);
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_NO_REPLACE_OBJECTS", "1");
    command
        .env("GIT_AUTHOR_DATE", &date)
        .env("GIT_COMMITTER_DATE", &date);
    for role in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{role}_NAME"), "Ann")
            .env(format!("GIT_{role}_EMAIL"), "ann@example.org");
    }
    command.stderr(Stdio::null());
    command
}

/// The same numbers in every run.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % limit.max(1) as u64) as usize
    }

    pub(super) fn text(&mut self, lines: usize) -> Vec<u8> {
        let line = |random: &mut Self| {
            format!("{} {:x} line\n", random.below(1000), random.below(1 << 40))
        };
        (0..lines).flat_map(|_| line(self).into_bytes()).collect()
    }
}

/// Decodes everything twice over: each object's id and each delta's edits must be true.
#[derive(Default)]
pub(super) struct Proof {
    pub(super) seen: BTreeMap<Oid, Kind>,
    pub(super) wrong: Vec<Oid>,
    hash: Option<super::HashKind>,
}

impl Proof {
    pub(super) fn new(hash: Option<super::HashKind>) -> Self {
        Self {
            hash,
            ..Self::default()
        }
    }

    pub(super) fn of(repository: &Repository, plan: &Plan<'_>) -> (Self, super::Walked<()>) {
        let hash = Some(repository.store().hash());
        let walked = repository.walk(plan, || Self::new(hash));
        let mut all = Self::default();
        for proof in walked.visitors {
            all.seen.extend(proof.seen);
            all.wrong.extend(proof.wrong);
        }
        (
            all,
            super::Walked {
                visitors: vec![],
                gaps: walked.gaps,
                failed: walked.failed,
                stats: walked.stats,
            },
        )
    }
}

impl Visitor for Proof {
    type State = Oid;

    fn full(&mut self, object: Object<'_>) -> Oid {
        self.seen.insert(object.id(), object.kind);
        if Oid::of(
            self.hash.expect("set when it was made"),
            object.kind,
            object.bytes,
        )
        .as_ref()
            != Some(&object.id())
        {
            self.wrong.push(object.id());
        }
        object.id()
    }

    fn delta(&mut self, object: Object<'_>, delta: Delta<'_, Oid>) -> Oid {
        let mut end = 0;
        for edit in delta.edits.as_slice() {
            let (start, len) = match *edit {
                Edit::Insert { target, len } => (target as usize, len as usize),
                Edit::Copy { base, target, len } => {
                    let (base, target, len) = (base as usize, target as usize, len as usize);
                    assert_eq!(
                        delta.base_bytes[base..base + len],
                        object.bytes[target..target + len]
                    );
                    (target, len)
                }
            };
            assert_eq!(start, end);
            end += len;
        }
        assert_eq!(end, object.bytes.len());
        if Oid::of(
            self.hash.expect("set when it was made"),
            object.kind,
            delta.base_bytes,
        )
        .as_ref()
            != Some(delta.base)
        {
            self.wrong.push(*delta.base);
        }
        self.full(object)
    }
}
