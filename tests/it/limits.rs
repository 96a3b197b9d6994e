//! Encodings, sizes, hostile names and odd files: defined, bounded, and the same whatever the thread count.

use crate::harness::{FORMATS, Run, Sandbox, secret};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

const ASK: [&str; 5] = ["check", "--guard", "secrets", "--format", "json"];

/// Lines and columns.
type Places = Vec<(u64, u64)>;

/// Where each finding is.
fn places(run: &Run) -> Places {
    run.hits()
        .iter()
        .map(|hit| (hit.line, hit.column))
        .collect()
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let bom = std::iter::once(0xFEFF);
    bom.chain(text.encode_utf16()).flat_map(bytes).collect()
}

/// A name, a text, and where its secrets stand.
type Case<'a> = (&'a str, Vec<u8>, Places);

#[test]
fn encodings_and_line_ends() {
    let token = secret("encodings", "{base62:32}");
    let shaped = secret("encodings", "ghp_{base62:30}{crc62}");
    let plain = format!("é\nAPI_TOKEN={token}\nend\n");
    let mut latin1 = b"caf\xe9 \xff\xfe API_TOKEN=".to_vec();
    latin1.extend(token.bytes());
    let cases: Vec<Case<'_>> = vec![
        ("lf", plain.clone().into_bytes(), vec![(2, 11)]),
        (
            "crlf",
            plain.replace('\n', "\r\n").into_bytes(),
            vec![(2, 11)],
        ),
        ("utf-16le", utf16(&plain, u16::to_le_bytes), vec![(2, 11)]),
        ("utf-16be", utf16(&plain, u16::to_be_bytes), vec![(2, 11)]),
        (
            "bom",
            format!("\u{feff}A=1\nAPI_TOKEN={token}").into_bytes(),
            vec![(2, 11)],
        ),
        ("not utf-8", latin1, vec![(1, 19)]),
        (
            "nul bytes",
            // Names beside values say nothing in a binary; a token with a shape of its own does.
            format!("\0\0\x01ELF\0API_TOKEN={token}\0{shaped}\0\0").into_bytes(),
            vec![(1, 51)],
        ),
        (
            "only it",
            format!("API_TOKEN={token}").into_bytes(),
            vec![(1, 11)],
        ),
        (
            "wide letters",
            format!("/* 日本語 🦀 */ API_TOKEN={token}").into_bytes(),
            vec![(1, 23)],
        ),
        ("empty", Vec::new(), vec![]),
        ("newline", b"\n".to_vec(), vec![]),
        ("odd utf-16", b"\xff\xfeA\0B".to_vec(), vec![]),
        ("lone surrogate", b"\xff\xfe\0\xd8A\0".to_vec(), vec![]),
    ];
    let sandbox = Sandbox::repo();
    for (name, bytes, expected) in &cases {
        let run = sandbox.run_with(&[&ASK[..], &["--stdin"]].concat(), bytes);
        assert_eq!(&places(&run), expected, "stdin, {name}");
        sandbox.write("file", bytes);
        let run = sandbox.run(&[&ASK[..], &["file"]].concat());
        assert_eq!(&places(&run), expected, "file, {name}");
        sandbox.git(&["add", "file"]);
        let run = sandbox.run(&[&ASK[..], &["--staged"]].concat());
        assert_eq!(&places(&run), expected, "staged, {name}");
        assert_eq!(run.code, i32::from(!expected.is_empty()), "{name}");
    }
}

/// A text of `size` bytes with a different token at about every `step`; and where the tokens begin.
fn large(size: usize, step: usize, line: &str) -> (Vec<u8>, Vec<usize>) {
    let mut text = Vec::with_capacity(size + 64);
    let mut starts = Vec::new();
    let mut next = step;
    while text.len() < size {
        text.extend(line.bytes());
        if text.len() >= next {
            let token = secret(&format!("large {next}"), "{base62:30}{crc62}");
            text.extend(b"ghp_");
            starts.push(text.len() - 4);
            text.extend(token.bytes());
            text.extend(line.bytes().last());
            // An odd step, so that tokens fall on every kind of chunk border.
            next += step + 7;
        }
    }
    (text, starts)
}

#[test]
fn one_line_of_a_hundred_megabytes() {
    let (text, starts) = large(100 << 20, 9 << 20, "x = call(abc, 12345); ");
    assert!(starts.len() >= 10);
    let sandbox = Sandbox::new();
    let run = sandbox.run_with(&[&ASK[..], &["--stdin"]].concat(), &text);
    let expected: Places = starts.iter().map(|start| (1, *start as u64 + 1)).collect();
    assert_eq!(places(&run), expected);
    // Masks, not megabytes.
    assert!(run.stdout.len() < 64 << 10, "{}", run.stdout.len());
}

#[test]
fn a_file_too_large_to_hold_gives_what_its_parts_give() {
    let line = "let value = compute(first, second);\n";
    let (text, starts) = large(20 << 20, 300_007, line);
    let sandbox = Sandbox::new();
    sandbox.write("big.rs", &text);
    let expected: Places = starts
        .iter()
        .map(|start| {
            let before = &text[..*start];
            let line = memchr::memchr_iter(b'\n', before).count() as u64 + 1;
            (line, 1)
        })
        .collect();
    let mut outputs = Vec::new();
    for threads in ["1", "8"] {
        let run = sandbox.run(&[&ASK[..], &["--threads", threads]].concat());
        assert_eq!(places(&run), expected, "{threads} threads");
        outputs.push(timeless(&run));
    }
    assert_eq!(outputs[0], outputs[1]);
    let run = sandbox.run_with(&[&ASK[..], &["--stdin"]].concat(), &text);
    assert_eq!(places(&run), expected, "stdin");
}

#[test]
#[ignore = "writes and reads a gigabyte: cargo test --test it -- --ignored"]
fn a_gigabyte_in_bounded_memory() {
    let (text, starts) = large(1 << 30, 99 << 20, "let value = compute(first, second);\n");
    let sandbox = Sandbox::new();
    sandbox.write("huge.rs", &text);
    drop(text);
    let script = format!(
        "ulimit -v 1000000; exec {} check --guard secrets --format json --threads 2",
        env!("CARGO_BIN_EXE_stackguard")
    );
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(sandbox.dir())
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let found = report["findings"].as_array().expect("a list").len();
    assert_eq!(found, starts.len());
}

/// Standard output without the one number that differs between two equal runs.
fn timeless(run: &Run) -> String {
    let text = run.out();
    let time = regex::Regex::new(r#""milliseconds": ?\d+|in [\d.]+ ?m?s|time="[\d.]+"|[\d.]+ ms"#)
        .expect("a pattern");
    time.replace_all(&text, "[time]").into_owned()
}

#[test]
fn every_format_is_the_same_whatever_the_thread_count() {
    let sandbox = Sandbox::repo();
    for number in 0..150 {
        let one = secret(&format!("threads {number}"), "{base62:32}");
        let two = secret(&format!("other {number}"), "{base62:20}");
        let text = format!("A=1\nAPI_TOKEN={one}\nDB=postgres://app:{two}@db.acme-prod.io/main\n");
        sandbox.write(format!("d{}/f{number}.env", number % 7), text);
    }
    sandbox.write("fly.toml", "app = \"acme\"\n");
    sandbox.write("app/a.ts", "import Redis from 'ioredis';\n");
    sandbox.git(&["add", "-A"]);
    for source in [&["check"][..], &["check", "--staged"]] {
        for format in FORMATS {
            let run = |threads: &str| {
                let args = [source, &["--format", format, "-v", "--threads", threads]].concat();
                let run = sandbox.run(&args);
                assert_eq!(run.code, 1, "{args:?}");
                timeless(&run)
            };
            let one = run("1");
            assert!(one.len() > 1000, "{format}");
            assert_eq!(one, run("8"), "{source:?} {format}");
        }
    }
}

#[test]
fn hostile_names_are_shown_not_obeyed() {
    let sandbox = Sandbox::repo();
    let names: [&[u8]; 7] = [
        b"new\nline.env",
        b"esc\x1b[2J\x1b]0;owned\x07.env",
        b"\n::error::owned.env",
        b"not-utf8-\xff\xfe.env",
        b"-v.env",
        "rtl-\u{202e}vne.env".as_bytes(),
        b"quote\"'`<&>|,%0A.env",
    ];
    for (index, name) in names.iter().enumerate() {
        let token = secret(&format!("name {index}"), "{base62:32}");
        sandbox.write(OsStr::from_bytes(name), format!("API_TOKEN={token}\n"));
    }
    sandbox.git(&["add", "-A"]);
    sandbox.git(&["commit", "-q", "-m", "title\n\n\x1b[2Jbody"]);
    sandbox.git(&["commit", "-q", "--allow-empty", "-m", "empty"]);
    for source in [&["check"][..], &["check", "--history"]] {
        let hits = sandbox
            .run(&[source, &["--guard", "secrets", "--format", "json"]].concat())
            .hits();
        assert_eq!(hits.len(), names.len(), "{source:?}");
        for format in FORMATS {
            let args = [source, &["--format", format, "-v", "--color", "never"]].concat();
            let run = sandbox.run(&args);
            assert_eq!(run.code, 1, "{args:?}: {}", run.err());
            for bad in ["\x1b", "\x07", "\u{202e}"] {
                assert!(!run.out().contains(bad), "{args:?} writes {bad:?}");
            }
            let obeyed = run.out().lines().any(|line| line == "::error::owned.env");
            assert!(!obeyed, "{args:?} starts a workflow command");
        }
    }
}

#[test]
fn links_and_pipes_are_not_followed() {
    let sandbox = Sandbox::repo();
    let token = format!("API_TOKEN={}\n", secret("links", "{base62:32}"));
    std::fs::create_dir(sandbox.outside("secret")).expect("it is new");
    std::fs::write(sandbox.outside("secret/a.env"), &token).expect("written");
    sandbox.write("inside.txt", "nothing\n");
    for (target, link) in [
        (sandbox.outside("secret/a.env"), "file"),
        (sandbox.outside("secret"), "directory"),
        (sandbox.path("gone"), "dangling"),
        (sandbox.path("loop"), "loop"),
        (sandbox.dir(), "self"),
    ] {
        symlink(target, sandbox.path(link)).expect("made");
    }
    let made = std::process::Command::new("mkfifo")
        .arg(sandbox.path("pipe"))
        .status()
        .expect("mkfifo runs");
    assert!(made.success());
    let run = sandbox.run(&["check"]);
    assert_eq!(run.code, 0, "{}", run.all());
    // Named, a link out of the tree is a gap: whoever names it wants what it leads to looked at.
    for named in ["file", "directory"] {
        let run = sandbox.run(&["check", named]);
        assert_eq!(run.code, 2, "{named}: {}", run.all());
        let why = format!("`{named}` is a link out of the tree: name its target");
        assert!(
            run.out().replace("\n           ", " ").contains(&why),
            "{}",
            run.out()
        );
    }
    for named in ["dangling", "loop"] {
        assert_eq!(sandbox.run(&["check", named]).code, 2, "{named}");
    }
    assert_eq!(sandbox.run(&["check", "self"]).code, 0);
    let run = sandbox.run(&["check", "pipe"]);
    assert_eq!(run.code, 2, "{}", run.all());
    let outside = sandbox.outside("secret").display().to_string();
    assert_eq!(sandbox.run(&["check", &outside]).code, 1, "its target");
}

#[test]
fn ignored_files_are_skipped_and_hidden_ones_are_not() {
    let sandbox = Sandbox::repo();
    let leak = |name: &str| format!("API_TOKEN={}\n", secret(name, "{base62:32}"));
    sandbox.write(".gitignore", "ignored/\n*.local\ntracked.env\n");
    sandbox.write(".stackguardignore", "generated/\n");
    for path in [
        "ignored/a.env",
        "b.local",
        "generated/c.env",
        ".hidden/d.env",
        ".env",
        "tracked.env",
        ".git/e.env",
        "sub/.gitignore",
    ] {
        sandbox.write(path, leak(path));
    }
    sandbox.write("sub/.gitignore", "f.env\n");
    sandbox.write("sub/f.env", leak("f"));
    sandbox.git(&["add", "-f", "tracked.env"]);
    let paths = |args: &[&str]| -> Vec<String> {
        let run = sandbox.run(&[&ASK[..], args].concat());
        run.hits().into_iter().map(|hit| hit.path).collect()
    };
    assert_eq!(paths(&[]), [".env", ".hidden/d.env", "tracked.env"]);
    let all = paths(&["--no-ignore"]);
    for path in ["ignored/a.env", "b.local", "sub/f.env", ".env"] {
        assert!(all.iter().any(|found| found == path), "{path}: {all:?}");
    }
    assert!(all.iter().all(|path| !path.starts_with(".git/")), "{all:?}");
    // A file that is named is looked at.
    assert_eq!(paths(&["b.local"]), ["b.local"]);
}

#[test]
fn a_history_that_is_a_bomb_ends_and_says_so() {
    let sandbox = Sandbox::repo();
    let token = format!("API_TOKEN={}\n", secret("bomb", "{base62:32}"));
    let blob = sandbox.git_with(&["hash-object", "-w", "--stdin"], token.as_bytes());
    let mut entry = format!("100644 blob {blob}");
    for _ in 0..10 {
        let lines: String = (0..10).map(|name| format!("{entry}\t{name}\n")).collect();
        let tree = sandbox.git_with(&["mktree"], lines.as_bytes());
        entry = format!("040000 tree {tree}");
    }
    let tree = entry.rsplit(' ').next().expect("an id");
    let commit = sandbox.git(&["commit-tree", "-m", "bomb", tree]);
    sandbox.git(&["update-ref", "refs/heads/main", &commit]);
    let run = sandbox.run(&["check", "--history", "--format", "json"]);
    assert_eq!(run.code, 2, "{}", run.err());
    let report = run.json();
    let whys = report["incomplete"].to_string();
    assert!(whys.contains("more than 10000 paths"), "{whys}");
    let found = &report["findings"][0];
    assert_eq!(found["location"]["path"], "0/0/0/0/0/0/0/0/0/0");
}

#[test]
fn a_manifest_too_large_to_hold_is_not_clean() {
    let sandbox = Sandbox::new();
    let mut text = b"app = \"acme\"\n".to_vec();
    text.resize(17 << 20, b'#');
    sandbox.write("fly.toml", &text);
    sandbox.write("notes.txt", &text);
    for guards in ["fly", "secrets,fly", "toolkit,fly"] {
        let run = sandbox.run(&["check", "--guard", guards, "--format", "json"]);
        assert_eq!(run.code, 2, "{guards}: {}", run.all());
        let gaps = run.json()["incomplete"].clone();
        assert_eq!(gaps.as_array().map(Vec::len), Some(1), "{gaps}");
        assert_eq!(gaps[0]["what"], "fly.toml");
    }
    assert_eq!(sandbox.run(&["check", "--guard", "secrets"]).code, 0);
}
