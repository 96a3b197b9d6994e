//! A repository full of leaks among decoys: every leak is found by the right rule at the right line and column,
//! and no decoy is, wherever the bytes come from.

mod fixture;

use self::fixture::Planted;
use crate::harness::{Hit, Run, Sandbox, secret};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What every run of this room is asked.
const ASK: [&str; 5] = ["check", "--guard", "secrets", "--format", "json"];

#[test]
fn the_fixture_is_as_large_as_it_claims() {
    let files = fixture::all();
    let leaks: usize = files.iter().map(|file| file.leaks.len()).sum();
    let rules: BTreeSet<&str> = files
        .iter()
        .flat_map(|file| file.leaks.iter().map(|leak| leak.rule.as_str()))
        .collect();
    let decoys = files.iter().filter(|file| file.leaks.is_empty()).count();
    assert!(leaks >= 80, "{leaks} leaks");
    assert!(rules.len() >= 50, "{} rules", rules.len());
    assert!(decoys >= 19, "{decoys} files of decoys");
}

#[test]
fn work_tree() {
    let files = fixture::all();
    for sandbox in [Sandbox::new(), Sandbox::repo()] {
        plant(&sandbox, &files, Planted::leaking);
        expect("work tree", &sandbox.run(&ASK), &places(&files));
    }
}

#[test]
fn single_files() {
    let files = fixture::all();
    let sandbox = Sandbox::repo();
    plant(&sandbox, &files, Planted::leaking);
    for file in &files {
        let run = sandbox.run(&[&ASK[..], &[&file.path]].concat());
        expect("single file", &run, &places([file]));
    }
}

#[test]
fn standard_input() {
    let sandbox = Sandbox::new();
    for file in &fixture::all() {
        let args = [&ASK[..], &["--stdin", "--stdin-path", &file.path]].concat();
        let run = sandbox.run_with(&args, &file.leaking());
        expect("standard input", &run, &places([file]));
    }
}

#[test]
fn staged_before_the_first_commit() {
    let files = fixture::all();
    let sandbox = Sandbox::repo();
    plant(&sandbox, &files, Planted::leaking);
    sandbox.git(&["add", "-A", "-f", "."]);
    // What is to be committed counts, not what lies in the work tree.
    plant(&sandbox, &files, Planted::clean);
    let run = sandbox.run(&[&ASK[..], &["--staged"]].concat());
    expect("first commit", &run, &places(&files));
}

#[test]
fn staged_in_part() {
    let files = fixture::all();
    let sandbox = Sandbox::repo();
    plant(&sandbox, &files, Planted::clean);
    sandbox.commit("clean");
    plant(&sandbox, &files, Planted::leaking);
    let (staged, left): (Vec<_>, Vec<_>) = files
        .iter()
        .enumerate()
        .partition(|(index, _)| index % 2 == 0);
    assert!(!left.is_empty());
    for (_, file) in &staged {
        sandbox.git(&["add", "-f", &file.path]);
    }
    let expected = places(staged.into_iter().map(|(_, file)| file));
    let run = sandbox.run(&[&ASK[..], &["--staged"]].concat());
    expect("half of the files", &run, &expected);
}

#[test]
fn staged_line_by_line() {
    let files = fixture::all();
    let sandbox = Sandbox::repo();
    plant(&sandbox, &files, Planted::clean);
    sandbox.commit("clean");
    plant(&sandbox, &files, Planted::leaking);
    let mut expected = BTreeSet::new();
    // The index holds the first leak of each file only, as `git add -p` leaves it.
    for file in files.iter().filter(|file| !file.leaks.is_empty()) {
        sandbox.write("blob", file.with(|index| index == 0));
        let id = sandbox.git(&["hash-object", "-w", "--no-filters", "blob"]);
        sandbox.git(&[
            "update-index",
            "--cacheinfo",
            &format!("100644,{id},{}", file.path),
        ]);
        expected.insert(file.place(&file.leaks[0]));
    }
    let run = sandbox.run(&[&ASK[..], &["--staged"]].concat());
    expect("one leak of each file", &run, &expected);
}

#[test]
fn ranges() {
    let files = fixture::all();
    let sandbox = Sandbox::repo();
    plant(&sandbox, &files, Planted::clean);
    sandbox.commit("clean");
    sandbox.git(&["checkout", "-q", "-b", "topic"]);
    let mut expected = BTreeSet::new();
    for (number, part) in files.chunks(files.len().div_ceil(3)).enumerate() {
        plant(&sandbox, part, Planted::leaking);
        sandbox.commit(&format!("part {number}"));
        expected.extend(places(part));
    }
    // The tip holds no leak any more; the commits before it still do.
    plant(&sandbox, &files, Planted::clean);
    sandbox.commit("forget");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("meanwhile.txt", "on main\n");
    sandbox.commit("meanwhile");
    for range in ["main..topic", "main...topic"] {
        let run = sandbox.run(&[&ASK[..], &["--range", range]].concat());
        expect(range, &run, &expected);
        let ids: BTreeSet<_> = run.hits().into_iter().map(|hit| hit.commit).collect();
        assert_eq!(
            ids.len(),
            3,
            "{range}: each hit names the commit that added it"
        );
    }
    let run = sandbox.run(&[&ASK[..], &["--range", "topic..main"]].concat());
    expect("the other way", &run, &BTreeSet::new());
}

#[test]
fn what_only_a_merge_adds() {
    let files = fixture::all();
    let sandbox = Sandbox::repo();
    sandbox.write("base.txt", "base\n");
    sandbox.commit("base");
    sandbox.git(&["checkout", "-q", "-b", "topic"]);
    plant(&sandbox, &files, Planted::clean);
    sandbox.commit("clean");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("base.txt", "changed\n");
    sandbox.commit("main goes on");
    sandbox.git(&["merge", "-q", "--no-commit", "--no-ff", "topic"]);
    plant(&sandbox, &files, Planted::leaking);
    sandbox.commit("merge with more than it merges");
    let run = sandbox.run(&[&ASK[..], &["--range", "HEAD^..HEAD"]].concat());
    expect("merge", &run, &places(&files));
    let merge = sandbox.git(&["rev-parse", "HEAD"]);
    let elsewhere: Vec<_> = run
        .hits()
        .into_iter()
        .filter(|hit| hit.severity != "low" && hit.commit.as_deref() != Some(&merge))
        .collect();
    assert!(elsewhere.is_empty(), "{elsewhere:#?}");
}

#[test]
fn history() {
    let files = fixture::all();
    let sandbox = Sandbox::repo();
    plant(&sandbox, &files, Planted::leaking);
    sandbox.commit("leaks");
    plant(&sandbox, &files, Planted::clean);
    sandbox.commit("forget");
    let run = sandbox.run(&[&ASK[..], &["--history"]].concat());
    expect("history", &run, &places(&files));
}

/// A document too large to hold is read in chunks: wherever their borders fall, the findings are those of the
/// same lines in a document that is held.
#[test]
fn streamed_in_chunks() {
    let sandbox = Sandbox::new();
    let one: Vec<u8> = fixture::all()
        .iter()
        .filter(|file| file.is_plain())
        .flat_map(Planted::leaking)
        .collect();
    let find = |text: &[u8]| -> BTreeSet<(u64, u64, String)> {
        let run = sandbox.run_with(&[&ASK[..], &["--stdin"]].concat(), text);
        let place = |hit: Hit| (hit.line, hit.column, hit.rule);
        run.hits().into_iter().map(place).collect()
    };
    let alone = find(&one);
    assert!(alone.len() > 80, "{}", alone.len());
    let filler = b"    let value = compute(first, second);\n";
    let mut text = Vec::new();
    let mut expected = BTreeSet::new();
    for copy in 0_usize.. {
        if text.len() > 20 << 20 {
            break;
        }
        let before = memchr::memchr_iter(b'\n', &text).count() as u64;
        expected.extend(
            alone
                .iter()
                .map(|(line, column, rule)| (line + before, *column, rule.clone())),
        );
        text.extend_from_slice(&one);
        text.extend(filler.repeat(5_000 + copy * 37));
        // Odd lengths, so that borders fall everywhere.
        text.extend_from_slice(&b"// x\n"[copy % 3..]);
    }
    let found = find(&text);
    let missed: Vec<_> = expected.difference(&found).collect();
    let more: Vec<_> = found.difference(&expected).collect();
    assert!(
        missed.is_empty() && more.is_empty(),
        "missed {missed:?}, more {more:?}"
    );
}

/// What a machine made is found whatever it happens to look like; one in a hundred of the shortest may pass for a word.
#[test]
fn random_values_of_every_alphabet() {
    let sandbox = Sandbox::new();
    for shape in [
        "{base62:20}",
        "{base62:24}",
        "{base62:32}",
        "{base62:64}",
        "{base58:24}",
        "{alnum:32}",
        "{letters:20}",
        "{letters:32}",
        "{lower:24}",
        "{upper:24}",
        "{upper:8}{digit:8}{upper:8}",
        "{hex:32}",
        "{hex:64}",
        "{base64:44}",
        "{base64url:43}",
    ] {
        for name in ["API_TOKEN", "clientSecret", "db_password"] {
            let lines = 300;
            let text: String = (0..lines)
                .map(|number| format!("{name}={}\n", secret(&format!("{name} {number}"), shape)))
                .collect();
            let run = sandbox.run_with(&[&ASK[..], &["--stdin"]].concat(), text.as_bytes());
            let found: BTreeSet<u64> = run.hits().into_iter().map(|hit| hit.line).collect();
            let missed = lines - found.len();
            assert!(missed * 100 <= lines, "{missed} of {lines} {name}={shape}");
        }
    }
}

fn plant(sandbox: &Sandbox, files: &[Planted], bytes: fn(&Planted) -> Vec<u8>) {
    for file in files {
        sandbox.write(&file.path, bytes(file));
    }
}

/// Where something is expected: path, line, column, rule.
type Place = (String, u64, u64, String);

fn places<'f>(files: impl IntoIterator<Item = &'f Planted>) -> BTreeSet<Place> {
    files
        .into_iter()
        .flat_map(|file| file.leaks.iter().map(|leak| file.place(leak)))
        .collect()
}

/// All of `expected` was found, and nothing else of medium severity or above.
fn expect(what: &str, run: &Run, expected: &BTreeSet<Place>) {
    let hits = run.hits();
    let place = |hit: &Hit| (hit.path.clone(), hit.line, hit.column, hit.rule.clone());
    let found: BTreeSet<Place> = hits.iter().map(place).collect();
    let serious: BTreeSet<Place> = hits
        .iter()
        .filter(|hit| hit.severity != "low")
        .map(place)
        .collect();
    let mut wrong = String::new();
    for (path, line, column, rule) in expected.difference(&found) {
        let _ = writeln!(wrong, "missed  {path}:{line}:{column} {rule}");
    }
    for (path, line, column, rule) in serious.difference(expected) {
        let _ = writeln!(wrong, "no leak {path}:{line}:{column} {rule}");
    }
    let code = i32::from(!expected.is_empty());
    assert!(wrong.is_empty(), "{what}:\n{wrong}");
    assert_eq!(run.code, code, "{what}: {}", run.err());
}
