//! From a wheel to a refused commit, on a machine that has git and Python and neither cargo nor a compiler. Opt-in, because it needs
//! a wheel and the pre-commit framework:
//!
//! ```text
//! STACKGUARD_WHEEL=$(.ci/wheel) PRE_COMMIT=/path/to/pre-commit cargo test --locked --features wheel-tests --test wheel
//! ```
//!
//! `.ci/run` makes both and runs this. No test needs the network.

use stackguard::policy::pack::expand;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

#[test]
fn a_wheel_brings_program_completions_and_man_page() {
    let machine = Machine::new();
    let venv = machine.with_stackguard();
    let version = machine.run(venv.join("bin/stackguard"), &["--version"]);
    assert_eq!(
        said(&version).trim(),
        concat!("stackguard ", env!("CARGO_PKG_VERSION"))
    );
    for (file, holds) in [
        ("man/man1/stackguard.1", ".TH stackguard"),
        ("bash-completion/completions/stackguard", "complete -F"),
        ("zsh/site-functions/_stackguard", "#compdef stackguard"),
        (
            "fish/vendor_completions.d/stackguard.fish",
            "complete -c stackguard",
        ),
    ] {
        let text = fs::read_to_string(venv.join("share").join(file)).expect(file);
        assert!(text.contains(holds), "{file}");
    }
}

/// The hook as `stackguard-system` has it: what pip installed is on the PATH.
#[test]
fn the_program_of_the_wheel_refuses_a_leak() {
    let mut machine = Machine::new();
    let venv = machine.with_stackguard();
    machine.path.insert(0, venv.join("bin"));
    machine.configure(
        "repos:\n- repo: local\n  hooks:\n  - id: stackguard-system\n    name: stackguard\n    language: system\n    \
         entry: stackguard check --staged\n    pass_filenames: false\n",
    );
    machine.refuses_a_leak_and_takes_what_is_clean();
}

/// A hook repository that carries the wheel: pre-commit itself clones it, makes an environment and installs it there.
#[test]
fn pre_commit_installs_the_wheel_and_refuses_a_leak() {
    let machine = Machine::new();
    let hooks = machine.root.path().join("hooks");
    fs::create_dir(&hooks).expect("made");
    let name = wheel().file_name().expect("a name").to_owned();
    fs::copy(wheel(), hooks.join(&name)).expect("copied");
    for (file, text) in [
        (
            ".pre-commit-hooks.yaml",
            "- id: stackguard\n  name: stackguard\n  language: python\n  entry: stackguard check --staged\n  pass_filenames: false\n",
        ),
        (
            "pyproject.toml",
            "[build-system]\nrequires = []\nbuild-backend = \"prebuilt\"\nbackend-path = [\".\"]\n",
        ),
        (
            "prebuilt.py",
            "import glob, os, shutil\n\ndef build_wheel(to, config_settings=None, metadata_directory=None):\n    \
             wheel = glob.glob('*.whl')[0]\n    shutil.copy(wheel, to)\n    return os.path.basename(wheel)\n",
        ),
    ] {
        fs::write(hooks.join(file), text).expect("written");
    }
    for arguments in [
        &["init", "-q", "-b", "main"][..],
        &["add", "."],
        &["commit", "-q", "-m", "hooks"],
        &["tag", "v1"],
    ] {
        machine.succeeds(machine.command("git").current_dir(&hooks).args(arguments));
    }
    machine.configure(&format!(
        "repos:\n- repo: '{}'\n  rev: v1\n  hooks:\n  - id: stackguard\n",
        hooks.display()
    ));
    machine.refuses_a_leak_and_takes_what_is_clean();
}

/// An empty home, an empty repository, and a PATH of the few programs that are not stackguard's to bring.
struct Machine {
    root: TempDir,
    path: Vec<PathBuf>,
}

impl Machine {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a directory");
        for name in ["home", "bin", "work"] {
            fs::create_dir(root.path().join(name)).expect("made");
        }
        let bin = root.path().join("bin");
        for directory in ["/usr/bin", "/bin"] {
            for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
                let name = entry.file_name();
                let tool = name.to_string_lossy();
                if !COMPILERS.iter().any(|compiler| tool.contains(compiler)) {
                    // What is in both stands already.
                    let _ = symlink(entry.path(), bin.join(&name));
                }
            }
        }
        let machine = Self {
            path: vec![bin.clone()],
            root,
        };
        for absent in ["cargo", "rustc", "cc", "gcc", "stackguard"] {
            assert!(!bin.join(absent).exists(), "{absent}");
        }
        for there in ["git", "bash"] {
            assert!(bin.join(there).exists(), "{there}");
        }
        machine.succeeds(machine.git(&["init", "-q", "-b", "main"]));
        machine
    }

    /// An environment of Python with the wheel in it.
    fn with_stackguard(&self) -> PathBuf {
        let venv = self.root.path().join("venv");
        let mut make = self.command(python());
        self.succeeds(make.args(["-m", "venv"]).arg(&venv));
        let mut install = self.command(venv.join("bin/python"));
        install
            .args(["-m", "pip", "install", "--quiet", "--no-index", "--no-deps"])
            .arg(wheel());
        self.succeeds(&mut install);
        venv
    }

    /// Writes the configuration of pre-commit, installs its hook and makes the first commit.
    fn configure(&self, text: &str) {
        self.write(".pre-commit-config.yaml", text);
        let program = std::env::var_os("PRE_COMMIT").unwrap_or_else(|| "pre-commit".into());
        self.succeeds(self.command(program).arg("install"));
        self.succeeds(self.git(&["add", "."]));
        self.succeeds(self.git(&["commit", "-m", "set-up"]));
    }

    fn refuses_a_leak_and_takes_what_is_clean(&self) {
        let token = expand("ghp_{base62:30}{crc62}");
        self.write("deploy.sh", &format!("export GITHUB_TOKEN={token}\n"));
        self.succeeds(self.git(&["add", "."]));
        let refused = self
            .git(&["commit", "-m", "a leak"])
            .output()
            .expect("git runs");
        let all = said(&refused);
        assert!(!refused.status.success(), "{all}");
        assert!(
            all.contains("github-token") && all.contains("deploy.sh:1"),
            "{all}"
        );
        assert!(!all.contains(&token), "the secret is shown");
        assert_eq!(self.commits(), 1);
        self.write("deploy.sh", "export GITHUB_TOKEN=\"$VAULT_GITHUB_TOKEN\"\n");
        self.succeeds(self.git(&["add", "."]));
        self.succeeds(self.git(&["commit", "-m", "no leak"]));
        assert_eq!(self.commits(), 2);
    }

    fn commits(&self) -> usize {
        let mut git = self.git(&["rev-list", "--count", "HEAD"]);
        said(&git.output().expect("git runs"))
            .trim()
            .parse()
            .expect("a number")
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.root.path().join("work").join(path), text).expect("written");
    }

    fn git(&self, arguments: &[&str]) -> Command {
        let mut git = self.command("git");
        git.args(arguments);
        git
    }

    fn run(&self, program: PathBuf, arguments: &[&str]) -> Output {
        self.command(program)
            .args(arguments)
            .output()
            .expect("it runs")
    }

    /// A command that knows nothing but this machine, and where pre-commit's own modules are.
    fn command(&self, program: impl Into<OsString>) -> Command {
        let home = self.root.path().join("home");
        let program = program.into();
        let here = self.path.iter().map(|directory| directory.join(&program));
        let program = here
            .into_iter()
            .find(|path| path.is_file())
            .map_or(program, PathBuf::into_os_string);
        let mut command = Command::new(program);
        command
            .current_dir(self.root.path().join("work"))
            .env_clear()
            .env(
                "PATH",
                std::env::join_paths(&self.path).expect("no separator"),
            )
            .env("HOME", &home)
            .env("PRE_COMMIT_HOME", home.join("cache"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LANG", "C.UTF-8");
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "A");
            command.env(format!("GIT_{role}_EMAIL"), "a@example.com");
        }
        if let Some(path) = std::env::var_os("PYTHONPATH") {
            command.env("PYTHONPATH", path);
        }
        command
    }

    #[track_caller]
    fn succeeds<C: std::borrow::BorrowMut<Command>>(&self, mut command: C) {
        let output = command.borrow_mut().output().expect("it runs");
        assert!(output.status.success(), "{}", said(&output));
    }
}

fn wheel() -> PathBuf {
    let path = std::env::var_os("STACKGUARD_WHEEL")
        .expect("STACKGUARD_WHEEL is set: `.ci/wheel` prints it");
    fs::canonicalize(path).expect("the wheel is there")
}

/// The interpreter itself: what is on the PATH may be a script that chooses one by settings in the home.
fn python() -> PathBuf {
    let output = Command::new("python3")
        .args(["-c", "import sys; print(sys.executable)"])
        .output()
        .expect("python3 runs");
    said(&output).trim().into()
}

/// Both streams.
fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|bytes| String::from_utf8_lossy(bytes))
        .concat()
}

/// No program whose name holds one of these is on the machine.
const COMPILERS: [&str; 9] = [
    "cargo",
    "rust",
    "cc",
    "c++",
    "g++",
    "clang",
    "c89",
    "c99",
    "stackguard",
];
