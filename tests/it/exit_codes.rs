//! 0, 1 and 2 mean the same for every format: clean, findings, bad usage or incomplete. 2 outranks 1, and what was
//! found is still reported.

use crate::harness::{FORMATS, Run, Sandbox, leak};
use std::process::Stdio;

/// A repository with this file, staged and committed on top of an empty commit.
pub(crate) fn with(path: &str, text: &str) -> Sandbox {
    let sandbox = Sandbox::repo();
    sandbox.commit("empty");
    sandbox.write("readme.md", "# Hello\n");
    sandbox.write(path, text);
    sandbox.git(&["add", "-A"]);
    sandbox
}

/// Makes the staged content of a file unreadable: its object is gone.
fn lose_object(sandbox: &Sandbox, path: &str) {
    let id = sandbox.git(&["rev-parse", &format!(":{path}")]);
    let (directory, file) = id.split_at(2);
    std::fs::remove_file(sandbox.path(format!(".git/objects/{directory}/{file}")))
        .expect("a loose object");
}

/// The run exits with `code` in every format, to standard output and to a file.
fn ends(sandbox: &Sandbox, args: &[&str], code: i32) {
    let file = sandbox.outside("report");
    for format in FORMATS {
        let run = sandbox.run(&[args, &["--format", format]].concat());
        assert_eq!(run.code, code, "{args:?} {format}: {}", run.all());
        let to_file = format!("{format}={}", file.display());
        let run = sandbox.run(&[args, &["--format", &to_file]].concat());
        assert_eq!(run.code, code, "{args:?} {to_file}: {}", run.all());
        assert!(run.stdout.is_empty(), "{to_file}: {}", run.out());
        let report = std::fs::read(&file).expect("the report is written");
        assert!(
            !report.is_empty() || (code == 0 && format == "github"),
            "{to_file} is empty"
        );
    }
}

#[test]
fn every_format_says_the_same() {
    let clean = with("a.txt", "nothing\n");
    let leaking = with("a.env", &leak("exit"));
    let incomplete = with("a.txt", "lost\n");
    lose_object(&incomplete, "a.txt");
    let both = with("a.txt", "lost\n");
    both.write("b.env", leak("exit"));
    both.git(&["add", "-A"]);
    lose_object(&both, "a.txt");
    for (sandbox, args, code) in [
        (&clean, &["check"][..], 0),
        (&clean, &["check", "--staged"], 0),
        (&leaking, &["check"], 1),
        (&leaking, &["check", "--staged"], 1),
        (&leaking, &["check", "--fail-on", "high"], 1),
        (&leaking, &["check", "--fail-on", "critical"], 0),
        (&leaking, &["check", "--fail-on", "never"], 0),
        (&incomplete, &["check", "--staged"], 2),
        (&incomplete, &["check", "--staged", "--fail-on", "never"], 2),
        (&incomplete, &["check", "--staged", "--allow-incomplete"], 0),
        (&both, &["check", "--staged"], 2),
        (&both, &["check", "--staged", "--allow-incomplete"], 1),
        (
            &both,
            &[
                "check",
                "--staged",
                "--allow-incomplete",
                "--fail-on",
                "never",
            ],
            0,
        ),
    ] {
        ends(sandbox, args, code);
    }
    let run = both.run(&["check", "--staged", "--format", "json"]);
    let report = run.json();
    assert_eq!(run.rules(), ["generic-secret"], "still reported");
    assert_eq!(report["verdict"], "incomplete");
    let gaps = report["incomplete"].to_string();
    assert!(gaps.contains("a.txt"), "{gaps}");
}

#[test]
fn environment_variables_are_options() {
    let leaking = with("a.env", &leak("exit"));
    for (name, value, code) in [
        ("STACKGUARD_FAIL_ON", "critical", 0),
        ("STACKGUARD_FAIL_ON", "sometimes", 2),
        ("STACKGUARD_FORMAT", "json", 1),
        ("STACKGUARD_FORMAT", "poem", 2),
        ("STACKGUARD_THREADS", "0", 2),
        ("STACKGUARD_CONFIG", "nowhere.toml", 2),
        ("STACKGUARD_BASELINE", "nowhere.json", 2),
    ] {
        let output = leaking
            .command(&["check"])
            .env(name, value)
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(code), "{name}={value}");
    }
}

/// What is wrong is said on standard error, with advice, and nothing is written to standard output.
pub(crate) fn refused(run: &Run, says: &str) {
    assert_eq!(run.code, 2, "{says}: {}", run.all());
    assert!(run.stdout.is_empty(), "{says}: {}", run.out());
    assert!(run.err().contains(says), "{says}: {}", run.err());
}

#[test]
fn bad_configuration() {
    for (text, says) in [
        ("pakcs = []\n", "did you mean `packs`?"),
        ("packs = []\n", "no rule"),
        ("packs = [\"secrets\"\n", "stackguard.toml"),
        (
            "[severity]\npostgres-dns = \"off\"\n",
            "did you mean `postgres-dsn`?",
        ),
        ("[severity]\njwt = \"urgent\"\n", "urgent"),
        ("[[allow]]\nrule = \"jwt\"\n", "reason"),
        ("packs = [\"secrets\", \"no/such.toml\"]\n", "no/such.toml"),
        ("exclude = [\"a[\"]\n", "a["),
    ] {
        let sandbox = with("a.txt", "nothing\n");
        sandbox.write("stackguard.toml", text);
        for args in [&["check"][..], &["check", "--staged"], &["policy", "list"]] {
            // An empty policy can still be listed.
            if says != "no rule" || args[0] == "check" {
                refused(&sandbox.run(args), says);
            }
        }
        assert_eq!(sandbox.run(&["check", "--no-config"]).code, 0, "{text}");
    }
    let sandbox = with("a.txt", "nothing\n");
    sandbox.write("stackguard.toml", "pakcs = 1\nexlude = 2\n");
    let all = sandbox.run(&["check"]).err();
    assert!(all.contains("pakcs") && all.contains("exlude"), "{all}");
}

#[test]
fn where_there_is_no_repository() {
    let sandbox = Sandbox::new();
    sandbox.write("a.txt", "nothing\n");
    for args in [
        &["check", "--staged"][..],
        &["check", "--range", "a..b"],
        &["check", "--history"],
    ] {
        let run = sandbox.run(args);
        assert_eq!(run.code, 2, "{args:?}: {}", run.all());
        assert!(run.err().contains("repository"), "{args:?}: {}", run.err());
    }
    assert_eq!(sandbox.run(&["check"]).code, 0);
}

#[test]
fn nothing_to_look_at_is_not_clean() {
    let sandbox = Sandbox::repo();
    assert_eq!(sandbox.run(&["check"]).code, 2, "an empty directory");
    sandbox.write(".gitignore", "*\n");
    sandbox.write("ignored/a.env", leak("exit"));
    assert_eq!(sandbox.run(&["check", "ignored"]).code, 2);
    assert_eq!(sandbox.run(&["check", "ignored", "--no-ignore"]).code, 1);
    assert_eq!(
        sandbox.run(&["check", "--staged"]).code,
        0,
        "nothing staged"
    );
}

#[test]
fn damaged_repositories() {
    let sandbox = with("a.txt", "nothing\n");
    sandbox.write(".git/index", "DIRC and then junk");
    refused(&sandbox.run(&["check", "--staged"]), "index");
    let sandbox = with("a.txt", "nothing\n");
    sandbox.commit("second");
    let tree = sandbox.git(&["rev-parse", "HEAD^{tree}"]);
    let (directory, file) = tree.split_at(2);
    std::fs::remove_file(sandbox.path(format!(".git/objects/{directory}/{file}")))
        .expect("a loose object");
    sandbox.write("b.txt", "staged on top\n");
    sandbox.git(&["add", "b.txt"]);
    for args in [
        &["check", "--staged"][..],
        &["check", "--range", "HEAD~1..HEAD"],
        &["check", "--history"],
    ] {
        let run = sandbox.run(args);
        assert_eq!(run.code, 2, "{args:?}: {}", run.all());
    }
}

#[test]
fn manifests_that_do_not_parse() {
    for (path, text, code) in [
        ("fly.toml", "app = \"a\n", 1),
        (".mcp.json", "{\"mcpServers\": {\n", 2),
        ("compose.yaml", "services: [\n", 2),
        ("package.json", "{\"dependencies\": {\n", 2),
    ] {
        let sandbox = with(path, text);
        let run = sandbox.run(&["check"]);
        assert_eq!(run.code, code, "{path}: {}", run.all());
        assert!(run.out().contains(path), "{path}: {}", run.out());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_unreadable_device_is_a_gap() {
    // Root reads everything, so the kernel has to refuse: a process's own memory cannot be read from address 0.
    let sandbox = Sandbox::new();
    let mut args = vec!["check", "/proc/self/mem", "--guard", "secrets"];
    args.extend(["--format", "json"]);
    let run = sandbox.run(&args);
    assert_eq!(run.code, 2, "{}", run.all());
    let report = run.json();
    let gaps = report["incomplete"].as_array().expect("a list");
    let what: Vec<&str> = gaps.iter().filter_map(|gap| gap["what"].as_str()).collect();
    assert!(
        matches!(what[..], [one] if one.ends_with("mem")),
        "{what:?}"
    );
}

/// A reader of one report that leaves early takes no other report along.
#[cfg(unix)]
#[test]
fn a_reader_that_left_a_named_pipe_is_no_error() {
    let sandbox = with("a.env", &leak("pipe"));
    let made = std::process::Command::new("mkfifo")
        .arg(sandbox.path("pipe"))
        .status();
    assert!(made.is_ok_and(|status| status.success()));
    let path = sandbox.path("pipe");
    let reader = std::thread::spawn(move || drop(std::fs::File::open(path)));
    let formats = ["--format", "json=pipe", "--format", "sarif=whole.sarif"];
    let run = sandbox.run(&[&["check", "a.env"][..], &formats].concat());
    reader.join().expect("it left");
    assert_eq!((run.code, run.err().as_str()), (1, ""));
    assert!(
        sandbox
            .read("whole.sarif")
            .contains("primaryLocationLineHash")
    );
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let sandbox = with("a.env", &leak("exit"));
    let runs = FORMATS
        .iter()
        .map(|format| vec!["check", "--format", format])
        .chain([
            vec!["policy", "list"],
            vec!["policy", "explain", "jwt"],
            vec!["policy", "test"],
            vec!["generate", "man"],
            vec!["generate", "schema", "report"],
            vec!["generate", "completions", "bash"],
            vec!["--help"],
            vec!["init", "--dry-run"],
            vec!["baseline", "create"],
        ]);
    for args in runs {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut plain = sandbox.plain(&args);
        plain.stdout(writer).stderr(Stdio::piped());
        let output = plain.output().expect("it runs to its end");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.is_empty(), "{args:?}: {said}");
        let code = output.status.code();
        let expected = i32::from(args[0] == "check");
        assert_eq!(code, Some(expected), "{args:?}");
    }
}

#[test]
fn a_full_disk_is_an_error() {
    let sandbox = with("a.txt", "nothing\n");
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .expect("it exists on Linux");
    let output = sandbox
        .plain(&["check", "--format", "json"])
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .expect("it runs to its end");
    assert_eq!(output.status.code(), Some(2));
    assert!(!output.stderr.is_empty());
    let run = sandbox.run(&["check", "--format", "json=/dev/full"]);
    assert_eq!(run.code, 2, "{}", run.all());
}

#[test]
fn help_and_version_are_no_errors() {
    let sandbox = Sandbox::new();
    for args in [&["--help"][..], &["check", "-h"], &["--version"], &["help"]] {
        let run = sandbox.run(args);
        assert_eq!(run.code, 0, "{args:?}");
        assert!(!run.stdout.is_empty() && run.stderr.is_empty(), "{args:?}");
    }
}
