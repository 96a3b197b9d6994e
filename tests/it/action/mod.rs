//! The script of the action on events of every kind, with a program that only notes how it was called, and with the real one.

mod download;
mod publish;
mod workflows;

use crate::harness::{Sandbox, secret};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const ZEROS: &str = "0000000000000000000000000000000000000000";

/// A repository with a branch, and a place for what a runner has.
struct Runner {
    sandbox: Sandbox,
    /// The commits of `main`, oldest first.
    main: Vec<String>,
    /// The tip of the branch.
    branch: String,
}

struct Ended {
    code: i32,
    out: String,
    outputs: String,
    /// One line for each call of the fake program.
    calls: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Runner {
    fn new() -> Self {
        let sandbox = Sandbox::repo_of(&[("a.txt", "one\n")]);
        let mut main = vec![sandbox.git(&["rev-parse", "HEAD"])];
        sandbox.git(&["checkout", "-q", "-b", "topic"]);
        sandbox.write("b.txt", "two\n");
        sandbox.commit("on the branch");
        let branch = sandbox.git(&["rev-parse", "HEAD"]);
        sandbox.git(&["checkout", "-q", "main"]);
        sandbox.write("c.txt", "three\n");
        sandbox.commit("on main");
        main.push(sandbox.git(&["rev-parse", "HEAD"]));
        sandbox.git(&["update-ref", "refs/remotes/origin/main", &main[1]]);
        Self {
            sandbox,
            main,
            branch,
        }
    }

    /// A directory with a `stackguard` that notes its arguments and ends with `code`.
    fn fake(&self, code: i32) -> PathBuf {
        let bin = self.sandbox.outside("bin");
        std::fs::create_dir_all(&bin).expect("made");
        let log = self.sandbox.outside("calls");
        let text = format!(
            "#!/bin/sh\nprintf '%s ' \"$@\" >> '{0}'\necho >> '{0}'\nexit {code}\n",
            log.display()
        );
        executable(&bin.join("stackguard"), &text);
        bin
    }

    fn run(&self, bin: &Path, name: &str, event: &Value, more: &[(&str, &str)]) -> Ended {
        let event_path = self.sandbox.outside("event.json");
        std::fs::write(&event_path, event.to_string()).expect("written");
        let outputs = self.sandbox.outside("outputs");
        let calls = self.sandbox.outside("calls");
        for path in [&outputs, &calls] {
            std::fs::write(path, "").expect("written");
        }
        let rest = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(
            std::iter::once(bin.to_owned()).chain(std::env::split_paths(&rest)),
        )
        .expect("no separator");
        let mut command = Command::new("bash");
        command
            .arg(root().join(".github/action/run"))
            .current_dir(self.sandbox.dir())
            .env_clear();
        command
            .env("PATH", path)
            .env("HOME", self.sandbox.outside("home"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        command
            .env("GITHUB_EVENT_NAME", name)
            .env("GITHUB_EVENT_PATH", &event_path)
            .env("GITHUB_OUTPUT", &outputs);
        command
            .env("RUNNER_TEMP", self.sandbox.outside("home"))
            .env("ACTION_PATH", root());
        for (name, value) in [
            ("VERSION", ""),
            ("REPOSITORY", ""),
            ("CHECKSUM", ""),
            ("INSTALL", "none"),
            ("SCOPE", "auto"),
            ("PATH", "."),
            ("GUARD", ""),
            ("FAIL_ON", "medium"),
            ("NEW_ONLY", "true"),
            ("ALLOW_INCOMPLETE", "false"),
            ("CONFIG", ""),
            ("SARIF", ""),
            ("JSON", ""),
            ("COMMENT", "false"),
            ("CHECK_RUN", "false"),
            ("NAME", "stackguard"),
        ] {
            command.env(format!("INPUT_{name}"), value);
        }
        command.envs(more.iter().copied());
        let output = command.output().expect("bash runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ended {
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout) + &text(&output.stderr),
            outputs: std::fs::read_to_string(outputs).expect("readable"),
            calls: std::fs::read_to_string(calls)
                .expect("readable")
                .lines()
                .map(str::to_owned)
                .collect(),
        }
    }

    /// The range that is looked at after an event.
    fn scope(&self, name: &str, event: &Value) -> Result<String, String> {
        let ended = self.run(&self.fake(0), name, event, &[]);
        if ended.code != 0 {
            assert!(
                ended.code == 2 && ended.outputs.contains("exit-code=2") && ended.calls.is_empty(),
                "{}",
                ended.out
            );
            return Err(ended.out);
        }
        let call = ended.calls.first().cloned().unwrap_or_default();
        let words: Vec<&str> = call.split(' ').collect();
        Ok(match words.as_slice() {
            [] | [""] => "nothing".to_owned(),
            ["check", "--range", range, ..] => (*range).to_owned(),
            ["check", "--history", ..] => "history".to_owned(),
            _ => "worktree".to_owned(),
        })
    }
}

fn executable(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("set");
}

fn push(before: &str, after: &str) -> Value {
    json!({"before": before, "after": after, "ref": "refs/heads/x", "deleted": after == ZEROS, "repository": {"default_branch": "main"}})
}

fn pull_request(base: &str, head: &str, fork: bool) -> Value {
    json!({"pull_request": {"base": {"sha": base, "ref": "main"}, "head": {"sha": head, "ref": "x\"; echo pwned #", "repo": {"fork": fork}}}})
}

#[test]
fn every_event_has_its_range() {
    let runner = Runner::new();
    let (first, main, branch) = (
        runner.main[0].as_str(),
        runner.main[1].as_str(),
        runner.branch.as_str(),
    );
    let group = json!({"merge_group": {"base_sha": first, "head_sha": main}});
    for (name, event, expected) in [
        ("push", push(first, main), format!("{first}..{main}")),
        // A new branch: what it has beyond the default branch; the default branch itself: all of it.
        ("push", push(ZEROS, branch), format!("{main}...{branch}")),
        ("push", push(ZEROS, main), "history".to_owned()),
        // Forced: the old state is there, or is gone.
        ("push", push(main, branch), format!("{main}...{branch}")),
        (
            "push",
            push(&"1".repeat(40), branch),
            format!("{main}...{branch}"),
        ),
        ("push", push(branch, ZEROS), "nothing".to_owned()),
        (
            "pull_request",
            pull_request(main, branch, false),
            format!("{main}...{branch}"),
        ),
        (
            "pull_request",
            pull_request(main, branch, true),
            format!("{main}...{branch}"),
        ),
        ("merge_group", group, format!("{first}...{main}")),
        ("schedule", json!({}), "history".to_owned()),
        ("workflow_dispatch", json!({}), "worktree".to_owned()),
    ] {
        assert_eq!(runner.scope(name, &event), Ok(expected), "{name} {event}");
    }
    let forced = runner.run(&runner.fake(0), "push", &push(&"1".repeat(40), branch), &[]);
    assert!(
        forced.out.contains("::warning") && forced.out.contains("is gone"),
        "{}",
        forced.out
    );
    for (name, event, said) in [
        (
            "pull_request",
            pull_request(&"2".repeat(40), branch, false),
            "fetch-depth: 0",
        ),
        ("pull_request", json!({}), "names no commit"),
        (
            "pull_request",
            pull_request("$(touch pwned)", branch, false),
            "names no commit",
        ),
        (
            "pull_request_target",
            pull_request(main, branch, true),
            "use pull_request",
        ),
        (
            "merge_group",
            json!({"merge_group": {"base_sha": [], "head_sha": 7}}),
            "names no commit",
        ),
    ] {
        let why = runner.scope(name, &event).expect_err("refused");
        assert!(
            why.contains(said) && why.contains("::error title=stackguard::"),
            "{why}"
        );
    }
    assert!(!runner.sandbox.path("pwned").exists());
}

#[test]
fn a_shallow_clone_says_what_to_change() {
    let mut runner = Runner::new();
    let here = runner.sandbox.dir().display().to_string();
    let shallow = Sandbox::new();
    shallow.git(&[
        "clone",
        "-q",
        "--depth",
        "1",
        &format!("file://{here}"),
        ".",
    ]);
    runner.sandbox = shallow;
    let (first, main) = (runner.main[0].clone(), runner.main[1].clone());
    for (name, event) in [
        ("push", push(&first, &main)),
        ("push", push(ZEROS, &main)),
        ("pull_request", pull_request(&first, &main, false)),
        ("schedule", json!({})),
    ] {
        let why = runner.scope(name, &event).expect_err("refused");
        assert!(why.contains("fetch-depth: 0"), "{why}");
    }
}

#[test]
fn inputs_become_arguments() {
    let runner = Runner::new();
    let event = push(&runner.main[0], &runner.main[1]);
    let ended = runner.run(
        &runner.fake(1),
        "push",
        &event,
        &[
            ("INPUT_GUARD", "secrets"),
            ("INPUT_FAIL_ON", "high"),
            ("INPUT_NEW_ONLY", "false"),
            ("INPUT_ALLOW_INCOMPLETE", "true"),
            ("INPUT_SARIF", "out.sarif"),
            ("INPUT_CONFIG", "a b.toml"),
        ],
    );
    assert_eq!(ended.code, 1, "{}", ended.out);
    assert!(ended.outputs.contains("exit-code=1\n"), "{}", ended.outputs);
    assert_eq!(ended.calls.len(), 2);
    for part in [
        "--fail-on high",
        "--guard secrets",
        "--allow-incomplete",
        "--config a b.toml",
        "/stackguard.sarif ",
        "--format github=",
    ] {
        assert!(ended.calls[0].contains(part), "{part}: {}", ended.calls[0]);
    }
    assert!(
        ended.calls[1].starts_with("check . ") && !ended.calls[1].contains("sarif"),
        "{}",
        ended.calls[1]
    );
    let ended = runner.run(&runner.fake(2), "push", &event, &[]);
    assert_eq!(
        (ended.code, ended.outputs.contains("exit-code=2\n")),
        (2, true)
    );
    for bad in [
        ("INPUT_SCOPE", "x"),
        ("INPUT_PATH", "-x"),
        ("INPUT_INSTALL", "x"),
    ] {
        let ended = runner.run(
            &runner.fake(0),
            "push",
            &event,
            &[bad, ("INPUT_REPOSITORY", "acme/stackguard")],
        );
        assert!(
            ended.code == 2 && ended.calls.is_empty(),
            "{bad:?} {}",
            ended.out
        );
    }
}

#[test]
fn the_real_program_finds_what_a_push_adds() {
    let runner = Runner::new();
    let token = secret("action", "ghp_{base62:30}{crc62}");
    runner.sandbox.write("d.env", format!("TOKEN={token}\n"));
    runner.sandbox.commit("a leak");
    let head = runner.sandbox.git(&["rev-parse", "HEAD"]);
    let bin = Path::new(env!("CARGO_BIN_EXE_stackguard"))
        .parent()
        .expect("a directory");
    let summary = runner.sandbox.outside("summary.md");
    let summary_name = summary.display().to_string();
    let ended = runner.run(
        bin,
        "push",
        &push(&runner.main[1], &head),
        &[
            ("INPUT_SARIF", "out.sarif"),
            ("GITHUB_STEP_SUMMARY", &summary_name),
            ("GITHUB_ACTIONS", "true"),
        ],
    );
    assert_eq!(ended.code, 1, "{}", ended.out);
    assert!(
        ended
            .out
            .lines()
            .any(|line| line.starts_with("::error file=d.env,line=1")),
        "{}",
        ended.out
    );
    assert!(!ended.out.contains(&token));
    assert!(
        std::fs::read_to_string(summary)
            .expect("written")
            .contains("github-token")
    );
    assert!(
        ended.outputs.contains("sarif=out.sarif"),
        "{}",
        ended.outputs
    );
    let before = runner.run(bin, "push", &push(&runner.main[0], &runner.main[1]), &[]);
    assert_eq!(before.code, 0, "{}", before.out);
}

/// Inputs go through the environment, and every input that is promised is read.
#[test]
fn no_input_is_part_of_a_script() {
    let action = std::fs::read_to_string(root().join("action.yml")).expect("readable");
    let script = std::fs::read_to_string(root().join(".github/action/run")).expect("readable");
    let run: Vec<&str> = action
        .lines()
        .filter(|line| line.trim_start().starts_with("run:"))
        .collect();
    assert_eq!(run, ["    run: bash \"$ACTION_PATH/.github/action/run\""]);
    let inputs = action.split("outputs:").next().expect("a part");
    for line in inputs
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':'))
    {
        let name = line.trim().trim_end_matches(':');
        let variable = format!("INPUT_{}", name.to_uppercase().replace('-', "_"));
        assert!(
            action.contains(&format!("{variable}: ${{{{ inputs.{name} }}}}")),
            "{name}"
        );
        assert!(script.contains(&variable), "{variable}");
    }
}
