//! A place to run the program in: a temporary directory, an environment that says nothing, the real `git`.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;
use tempfile::TempDir;

/// Every way to write a report down.
pub(crate) const FORMATS: [&str; 10] = [
    "human",
    "json",
    "jsonl",
    "sarif",
    "github",
    "markdown",
    "junit",
    "html",
    "gitleaks-json",
    "gitleaks-csv",
];

/// A directory of its own, and a home beside it that holds nothing.
pub(crate) struct Sandbox {
    base: TempDir,
}

impl Sandbox {
    /// A directory that is in no repository.
    pub(crate) fn new() -> Self {
        let base = tempfile::Builder::new()
            .prefix("it")
            .tempdir()
            .expect("a temporary directory can be made");
        for name in ["home", "work"] {
            std::fs::create_dir(base.path().join(name)).expect("it is empty");
        }
        Self { base }
    }

    /// A directory with an empty git repository in it.
    pub(crate) fn repo() -> Self {
        let sandbox = Self::new();
        let hash = format!("--object-format={}", HASH.get());
        sandbox.git(&["init", "-q", &hash, "-b", "main", "."]);
        sandbox
    }

    /// A repository whose files are these, all committed.
    pub(crate) fn repo_of(files: &[(&str, &str)]) -> Self {
        let sandbox = Self::repo();
        for (path, text) in files {
            sandbox.write(path, text);
        }
        sandbox.commit("first");
        sandbox
    }

    /// Where the program runs.
    pub(crate) fn dir(&self) -> PathBuf {
        self.base.path().join("work")
    }

    /// A path below [`Self::dir`].
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.dir().join(relative)
    }

    /// A path beside [`Self::dir`], out of the tree.
    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.base.path().join(name)
    }

    /// Writes a file, and the directories it needs.
    pub(crate) fn write(&self, relative: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.path(relative);
        let parent = path.parent().expect("it is below the directory");
        std::fs::create_dir_all(parent).expect("directories can be made");
        std::fs::write(path, bytes).expect("files can be written");
    }

    /// The text of a file.
    pub(crate) fn read(&self, relative: impl AsRef<Path>) -> String {
        let path = self.path(relative);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Gives a file the right to be run, or takes it away.
    #[cfg(unix)]
    pub(crate) fn set_executable(&self, relative: impl AsRef<Path>, runs: bool) {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = if runs { 0o755 } else { 0o644 };
        std::fs::set_permissions(self.path(relative), std::fs::Permissions::from_mode(mode))
            .expect("it is ours");
    }

    /// Adds everything and commits it.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "-A", "-f", "."]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    /// Runs git; what it says on standard output, without the last newline.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = self.process("git", args).output().expect("git runs");
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }

    /// Runs git with something on standard input.
    pub(crate) fn git_with(&self, args: &[&str], input: &[u8]) -> String {
        let mut command = assert_cmd::Command::from_std(self.process("git", args));
        let output = command.write_stdin(input).output().expect("git runs");
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }

    /// The program, ready to run here; it is stopped when it takes too long.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::from_std(self.plain(args));
        command.timeout(Duration::from_secs(120));
        command
    }

    /// The program, ready to run here with streams of one's own.
    pub(crate) fn plain<S: AsRef<OsStr>>(&self, args: &[S]) -> std::process::Command {
        self.process(env!("CARGO_BIN_EXE_stackguard"), args)
    }

    /// Runs the program here.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Run {
        Run::of(&mut self.command(args))
    }

    /// Runs the program here with something on standard input.
    pub(crate) fn run_with<S: AsRef<OsStr>>(&self, args: &[S], input: &[u8]) -> Run {
        Run::of(self.command(args).write_stdin(input))
    }

    /// Runs a script as a shell would that has the program on its `PATH`; what both streams say, and the exit code.
    pub(crate) fn shell(&self, script: &str) -> (String, i32) {
        self.shell_with(script, &program_paths(), &[])
    }

    /// The same with a `PATH` of these directories, and with these variables.
    pub(crate) fn shell_with(
        &self,
        script: &str,
        paths: &[PathBuf],
        environment: &[(String, String)],
    ) -> (String, i32) {
        let path = std::env::join_paths(paths).expect("no colon in it");
        let both = format!("exec 2>&1\n{script}");
        let mut process = self.process("sh", &["-c", &both]);
        process.env("PATH", path).stdin(std::process::Stdio::null());
        process.envs(environment.iter().map(|(name, value)| (name, value)));
        let mut command = assert_cmd::Command::from_std(process);
        let output = command.timeout(Duration::from_secs(120)).output();
        let output = output.expect("the shell runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (said, output.status.code().unwrap_or(-1))
    }

    /// A process that knows nothing of the machine's or the user's settings.
    fn process<S: AsRef<OsStr>>(&self, program: &str, args: &[S]) -> std::process::Command {
        let mut command = std::process::Command::new(program);
        command.args(args).current_dir(self.dir());
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if SETTINGS.iter().any(|prefix| text.starts_with(prefix)) {
                command.env_remove(&name);
            }
        }
        let home = self.outside("home");
        command.env("HOME", &home).env("XDG_CONFIG_HOME", &home);
        command.envs(ENVIRONMENT);
        command
    }
}

/// Runs tests once more, in repositories that name their objects by SHA-256.
pub(crate) fn by_sha256(tests: &[fn()]) {
    HASH.set("sha256");
    for test in tests {
        test();
    }
    HASH.set("sha1");
}

thread_local! {
    /// The hash of the repositories that a test makes.
    static HASH: Cell<&'static str> = const { Cell::new("sha1") };
}

/// The directory of the program, and those of the machine's `PATH`.
pub(crate) fn program_paths() -> Vec<PathBuf> {
    let bin = Path::new(env!("CARGO_BIN_EXE_stackguard"));
    let bin = bin.parent().expect("it is in a directory").to_owned();
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::iter::once(bin)
        .chain(std::env::split_paths(&path))
        .collect()
}

/// Variables whose names begin with these are taken away.
const SETTINGS: [&str; 12] = [
    "VAULT_",
    "BAO_",
    "FLY_",
    "GH_",
    "GIT_",
    "STACKGUARD_",
    "GITHUB_",
    "CI",
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
    "RUST_BACKTRACE",
];

/// And these are set.
const ENVIRONMENT: [(&str, &str); 12] = [
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_AUTHOR_NAME", "Ada"),
    ("GIT_AUTHOR_EMAIL", "ada@acme.dev"),
    ("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z"),
    ("GIT_COMMITTER_NAME", "Ada"),
    ("GIT_COMMITTER_EMAIL", "ada@acme.dev"),
    ("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z"),
    ("COLUMNS", "80"),
    ("TERM", "xterm-256color"),
    ("LANG", "C.UTF-8"),
    ("TZ", "UTC"),
];

/// How a run ended, and what it said.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Run {
    pub(crate) fn of(command: &mut assert_cmd::Command) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().expect("the program runs to its end");
        let code = status.code().unwrap_or(-1);
        let run = Self {
            code,
            stdout,
            stderr,
        };
        assert!(
            (0..=2).contains(&code) && !run.err().contains("panicked"),
            "{} {}",
            status,
            run.err()
        );
        run
    }

    /// Standard output as text.
    pub(crate) fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    pub(crate) fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// The JSON report on standard output.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}\n{}", self.out(), self.err()))
    }

    /// What was found, in the order reported; every place of it.
    pub(crate) fn hits(&self) -> Vec<Hit> {
        let report = self.json();
        let mut hits = Vec::new();
        for finding in report["findings"].as_array().expect("a list") {
            hits.push(Hit::of(finding, &finding["location"]));
            for place in finding["also"].as_array().expect("a list") {
                hits.push(Hit::of(finding, place));
            }
        }
        hits
    }

    /// The rule of each finding, in the order reported.
    pub(crate) fn rules(&self) -> Vec<String> {
        self.hits().into_iter().map(|hit| hit.rule).collect()
    }

    /// Both outputs, for messages.
    pub(crate) fn all(&self) -> String {
        let mut text = String::new();
        let _ = write!(text, "exit {}\n{}\n{}", self.code, self.out(), self.err());
        text
    }
}

/// One place of one finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    pub(crate) path: String,
    pub(crate) line: u64,
    pub(crate) column: u64,
    pub(crate) rule: String,
    pub(crate) severity: String,
    pub(crate) commit: Option<String>,
}

impl Hit {
    fn of(finding: &serde_json::Value, place: &serde_json::Value) -> Self {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            path: text(&place["path"]),
            line: place["line"].as_u64().unwrap_or(0),
            column: place["column"].as_u64().unwrap_or(0),
            rule: text(&finding["rule"]),
            severity: text(&finding["severity"]),
            commit: place["commit"]["id"].as_str().map(str::to_owned),
        }
    }
}

/// A line with a finding of high severity.
pub(crate) fn leak(name: &str) -> String {
    format!("API_TOKEN={}\n", secret(name, "{base62:32}"))
}

/// A token with a shape of its own.
pub(crate) fn token(name: &str) -> String {
    secret(name, "shpat_{hex:32}")
}

/// A secret made for one test: random characters that differ from name to name and stand nowhere in the source.
pub(crate) fn secret(name: &str, template: &str) -> String {
    let both = format!("{name}\u{1}{template}");
    let made = stackguard::policy::pack::expand(&both);
    made.split_once('\u{1}')
        .map(|(_, made)| made.to_owned())
        .expect("the mark is kept")
}
