//! The hook under the real pre-commit framework. Opt-in, because it needs that framework from PyPI:
//!
//! ```text
//! PRE_COMMIT=/path/to/pre-commit cargo test --locked --features pre-commit-tests --test pre_commit
//! ```
//!
//! `.ci/run` installs it and runs this. Without `PRE_COMMIT` the `pre-commit` of the `PATH` is used.

use stackguard::policy::pack::expand;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

#[test]
fn the_manifest_is_valid() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    let output = pre_commit()
        .arg("validate-manifest")
        .arg(&manifest)
        .output()
        .expect("pre-commit runs");
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn a_leak_is_not_committed() {
    let repository = Repository::new();
    let (line, secret) = leak();
    repository.write("deploy.sh", &line);
    repository.git(&["add", "deploy.sh"]).succeeds();

    let refused = repository.git(&["commit", "-m", "a leak"]);
    let said = text(&refused);
    assert!(!refused.status.success(), "{said}");
    assert!(said.contains("postgres-dsn"), "{said}");
    assert!(said.contains("deploy.sh:1"), "{said}");
    assert!(said.contains("****"), "{said}");
    assert!(!said.contains(&secret), "the secret is shown");
    assert_eq!(
        repository.commits(),
        1,
        "only the commit of the set-up stands"
    );

    repository.write("deploy.sh", "export DATABASE_URL=\"$VAULT_DATABASE_URL\"\n");
    repository.git(&["add", "deploy.sh"]).succeeds();
    repository.git(&["commit", "-m", "no leak"]).succeeds();
    assert_eq!(repository.commits(), 2);
}

#[test]
fn the_index_is_judged_and_not_the_work_tree() {
    let repository = Repository::new();
    let (line, secret) = leak();
    repository.write("notes.txt", "nothing\n");
    repository.git(&["add", "notes.txt"]).succeeds();
    repository.write("notes.txt", &line);
    repository
        .git(&["commit", "-m", "the leak is not staged"])
        .succeeds();
    assert_eq!(
        fs::read_to_string(repository.dir.path().join("notes.txt")).expect("it is there"),
        line,
        "the work tree is left as it was"
    );

    repository.git(&["add", "notes.txt"]).succeeds();
    repository.write("notes.txt", "removed again\n");
    let refused = repository.git(&["commit", "-m", "the leak is staged"]);
    let said = text(&refused);
    assert!(!refused.status.success(), "{said}");
    assert!(
        said.contains("postgres-dsn") && !said.contains(&secret),
        "{said}"
    );
}

#[test]
fn a_commit_of_named_files_is_judged_by_its_own_index() {
    let repository = Repository::new();
    let (line, _) = leak();
    repository.write("one.txt", "one\n");
    repository.write("two.txt", "two\n");
    repository.git(&["add", "."]).succeeds();
    repository.git(&["commit", "-m", "two files"]).succeeds();
    repository.write("one.txt", "one, changed\n");
    repository.write("two.txt", &line);
    repository
        .git(&["commit", "-m", "only the clean one", "one.txt"])
        .succeeds();
    let refused = repository.git(&["commit", "-m", "the other", "two.txt"]);
    assert!(!refused.status.success(), "{}", text(&refused));
    assert_eq!(repository.commits(), 3);
}

/// A repository with the hook installed and one commit.
struct Repository {
    dir: TempDir,
    home: TempDir,
}

impl Repository {
    fn new() -> Self {
        let repository = Self {
            dir: tempfile::tempdir().expect("a directory"),
            home: tempfile::tempdir().expect("a directory"),
        };
        repository.git(&["init", "-q", "-b", "main"]).succeeds();
        repository.write(".pre-commit-config.yaml", &documented());
        let installed = repository
            .command(pre_commit())
            .arg("install")
            .output()
            .expect("pre-commit runs");
        assert!(installed.status.success(), "{}", text(&installed));
        repository.git(&["add", "."]).succeeds();
        repository.git(&["commit", "-m", "set-up"]).succeeds();
        repository
    }

    fn write(&self, path: &str, content: &str) {
        fs::write(self.dir.path().join(path), content).expect("it can be written");
    }

    fn git(&self, arguments: &[&str]) -> Output {
        self.command(Command::new("git"))
            .args(arguments)
            .output()
            .expect("git runs")
    }

    fn commits(&self) -> usize {
        let log = self.git(&["rev-list", "--count", "HEAD"]);
        text(&log).trim().parse().expect("a number")
    }

    /// A command in this repository that knows nothing of the user's own set-up.
    fn command(&self, mut command: Command) -> Command {
        let named: Vec<OsString> = std::env::vars_os().map(|(name, _)| name).collect();
        for name in named {
            let text = name.to_string_lossy();
            if text.starts_with("GIT_") || text.starts_with("STACKGUARD_") {
                command.env_remove(&name);
            }
        }
        let bin = Path::new(env!("CARGO_BIN_EXE_stackguard")).parent();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let paths = bin
            .map(Path::to_owned)
            .into_iter()
            .chain(std::env::split_paths(&path));
        command
            .current_dir(self.dir.path())
            .env("PATH", std::env::join_paths(paths).expect("no colon in it"))
            .env("HOME", self.home.path())
            .env("PRE_COMMIT_HOME", self.home.path().join("cache"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "A")
            .env("GIT_AUTHOR_EMAIL", "a@example.com")
            .env("GIT_COMMITTER_NAME", "A")
            .env("GIT_COMMITTER_EMAIL", "a@example.com");
        command
    }
}

trait Succeeds {
    fn succeeds(self);
}

impl Succeeds for Output {
    #[track_caller]
    fn succeeds(self) {
        assert!(self.status.success(), "{}", text(&self));
    }
}

fn pre_commit() -> Command {
    Command::new(std::env::var_os("PRE_COMMIT").unwrap_or_else(|| "pre-commit".into()))
}

/// The configuration that the README shows, with the program on the `PATH`.
fn documented() -> String {
    let readme = include_str!("../../README.md");
    let part = readme
        .split_once("## Before each commit")
        .map(|(_, part)| part);
    let block = part.and_then(|part| Some(part.split_once("```yaml\n")?.1.split_once("```")?.0));
    block.expect("the README shows one").to_owned()
}

/// A line that leaks, and the password in it.
fn leak() -> (String, String) {
    let password = expand("{base62:20}");
    let host = expand("{lower:16}");
    let line = format!(
        "export DATABASE_URL=\"postgresql://app:{password}@db.{host}.supabase.co:5432/postgres\"\n"
    );
    (line, password)
}

/// Both streams.
fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|bytes| String::from_utf8_lossy(bytes))
        .concat()
}
