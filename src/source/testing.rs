//! Throw-away repositories for the tests of this room, made with the real git.

use super::{Content, Environment, Lines, Outcome, Source, SourceError};
use std::cell::Cell;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use tempfile::TempDir;

/// A repository of its own; nothing of the machine's or the user's configuration reaches it.
pub(super) struct Lab {
    temporary: TempDir,
    root: PathBuf,
}

/// What a source yielded: path, text, lines, summary of the commit; sorted.
pub(super) type Seen = Vec<(String, String, Lines, Option<String>)>;

impl Lab {
    /// An empty repository.
    pub(super) fn new() -> Self {
        let lab = Self::without_git();
        let hash = format!("--object-format={}", HASH.get());
        lab.git(&["init", "-q", &hash, "-b", "main", "."]);
        lab
    }

    /// A directory that is no repository.
    pub(super) fn without_git() -> Self {
        let temporary = TempDir::new().expect("the machine has room for tests");
        // Below a directory, so that neighbours can be made.
        let root = temporary
            .path()
            .canonicalize()
            .expect("it was just made")
            .join("lab");
        std::fs::create_dir(&root).expect("nothing is there yet");
        Self { temporary, root }
    }

    /// Bytes of the ids of its objects.
    pub(super) fn id_length(&self) -> usize {
        if HASH.get() == "sha1" { 20 } else { 32 }
    }

    /// A path in it.
    pub(super) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }

    /// A directory that git has just made beside the top.
    pub(super) fn beside(&self, name: &str) -> PathBuf {
        self.path("..")
            .join(name)
            .canonicalize()
            .expect("git has just made it")
    }

    /// The top.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Standing at the top, nothing set.
    pub(super) fn environment(&self) -> Environment {
        Environment::at(&self.root)
    }

    /// Writes a file and the directories above it.
    pub(super) fn write(&self, path: impl AsRef<Path>, text: &[u8]) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("it is below the top"))
            .expect("the laboratory can be written");
        std::fs::write(path, text).expect("the laboratory can be written");
    }

    /// Runs git at the top; it must succeed. The output, trimmed.
    pub(super) fn git(&self, args: &[&str]) -> String {
        self.git_in(&self.root, args)
    }

    /// As [`Self::git`], elsewhere.
    pub(super) fn git_in(&self, dir: &Path, args: &[&str]) -> String {
        let output = self.try_git(dir, args);
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Runs git, whatever comes of it.
    pub(super) fn try_git<S: AsRef<OsStr>>(&self, dir: &Path, args: &[S]) -> Output {
        let mut command = Command::new("git");
        for (name, _) in
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("GIT_"))
        {
            command.env_remove(name);
        }
        command
            .env("HOME", self.temporary.path())
            .env("XDG_CONFIG_HOME", self.temporary.path().join("none"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .args([
                "-c",
                "user.name=A U Thor",
                "-c",
                "user.email=author@example.com",
            ])
            .args([
                "-c",
                "protocol.file.allow=always",
                "-c",
                "core.autocrlf=false",
                "-c",
                "gc.auto=0",
            ])
            .args(args)
            .current_dir(dir)
            .output()
            .expect("git is installed")
    }

    /// Stages everything and commits it.
    pub(super) fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }
}

/// Runs tests once more, in repositories that name their objects by SHA-256.
pub(super) fn by_sha256(tests: &[fn()]) {
    HASH.set("sha256");
    for test in tests {
        test();
    }
}

thread_local! {
    /// The hash of the repositories that this test makes.
    static HASH: Cell<&'static str> = const { Cell::new("sha1") };
}

/// Everything a source yields, and what it says at the end.
pub(super) fn run(source: &dyn Source) -> (Seen, Outcome) {
    try_run(source, 2).expect("the source can be read")
}

/// As [`run`], with its error.
pub(super) fn try_run(source: &dyn Source, threads: usize) -> Result<(Seen, Outcome), SourceError> {
    let seen = Mutex::new(Vec::new());
    let outcome = source.each(threads, &|blob| {
        let text = match blob.content {
            Content::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Content::Moved => "moved".to_owned(),
            Content::Link(target) => format!("-> {}", String::from_utf8_lossy(target)),
            Content::Stream(mut stream, length) => {
                let read = std::io::copy(&mut stream, &mut std::io::sink())
                    .expect("a stream of the source ends well");
                format!("stream of {read} ({length})")
            }
        };
        let summary = blob.commit.map(|commit| commit.summary.clone());
        seen.lock().expect("no thread panicked").push((
            blob.path.as_str().to_owned(),
            text,
            blob.lines,
            summary,
        ));
    })?;
    let mut seen = seen.into_inner().expect("no thread panicked");
    seen.sort_by(|a, b| (&a.0, &a.3, &a.1).cmp(&(&b.0, &b.3, &b.1)));
    Ok((seen, outcome))
}

/// The paths only.
pub(super) fn paths(seen: &Seen) -> Vec<&str> {
    seen.iter().map(|one| one.0.as_str()).collect()
}
