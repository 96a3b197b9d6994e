//! In how many commits and at how many paths a secret stands, against what git itself says of each commit.

use super::past::{Files, Past};
use super::texts::Random;
use super::{authored, history, only};
use crate::harness::{Run, Sandbox, leak, token};
use std::collections::{BTreeMap, BTreeSet};

const PATHS: [&str; 6] = ["a.env", "b/c.env", "b/d/e.env", "f.txt", "g/h.js", "i.yml"];

/// The commits and paths that have each of these values, by a look at every file of every commit.
fn walked(sandbox: &Sandbox, revisions: &[&str], values: &[String]) -> Vec<(u64, u64)> {
    let commits = sandbox.git(&[&["rev-list"], revisions].concat());
    let mut found: Vec<(BTreeSet<&str>, BTreeSet<String>)> = vec![Default::default(); values.len()];
    let mut known: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for commit in commits.lines() {
        let list = sandbox.git(&["ls-tree", "-r", commit]);
        for line in list.lines() {
            let (head, path) = line.split_once('\t').expect("a path");
            let blob = head.rsplit(' ').next().expect("an id");
            let held = known.entry(blob.to_owned()).or_insert_with(|| {
                let text = sandbox.git(&["cat-file", "blob", blob]);
                let holds = |at: &usize| text.contains(&values[*at]);
                (0..values.len()).filter(holds).collect()
            });
            for at in held {
                found[*at].0.insert(commit);
                found[*at].1.insert(path.to_owned());
            }
        }
        let text = sandbox.git(&["cat-file", "commit", commit]);
        for (value, found) in values.iter().zip(&mut found) {
            if text.contains(value) {
                found.0.insert(commit);
            }
        }
    }
    let counts = found.iter();
    counts
        .map(|(commits, paths)| (commits.len() as u64, paths.len() as u64))
        .collect()
}

/// The same, as reported.
fn reported(run: &Run) -> Vec<(u64, u64)> {
    let report = run.json();
    let findings = report["findings"].as_array().expect("a list").iter();
    let count = |value: &serde_json::Value| value.as_u64().expect("a number");
    findings
        .map(|finding| (count(&finding["commits"]), count(&finding["paths"])))
        .collect()
}

/// Branches that fork and merge, files that come, change, move and go.
fn grow(sandbox: &Sandbox, random: &mut Random, values: &[String]) {
    let mut past = Past::default();
    let mut tips: Vec<(String, Files)> = Vec::new();
    for number in 0..60_i64 {
        let at = random.below(tips.len().max(1));
        let (mut parents, mut files) = match tips.get(at) {
            Some((mark, files)) => (vec![mark.clone()], files.clone()),
            None => (Vec::new(), Files::new()),
        };
        if tips.len() > 1 && random.once_in(5) {
            for (mark, theirs) in &tips {
                if !parents.contains(mark) && random.once_in(2) {
                    parents.push(mark.clone());
                    let some = theirs.iter().filter(|_| random.once_in(2));
                    let some: Files = some.map(|(a, b)| (a.clone(), b.clone())).collect();
                    files.extend(some);
                }
            }
        }
        let path = PATHS[random.below(PATHS.len())].to_owned();
        let value = &values[random.below(values.len())];
        let more = &values[random.below(values.len())];
        match random.below(6) {
            0 => drop(files.insert(path, format!("TOKEN={value}\n").into_bytes())),
            1 => drop(files.insert(
                path,
                format!("# {number}\nA={value}\n\nB={more}\n").into_bytes(),
            )),
            2 => drop(files.insert(path, format!("nothing {number}\n").into_bytes())),
            3 => drop(files.remove(&path)),
            4 => {
                if let Some(moved) = files.remove(&path) {
                    files.insert(PATHS[random.below(PATHS.len())].to_owned(), moved);
                }
            }
            _ => {}
        }
        let message = if random.once_in(12) {
            format!("use {value}")
        } else {
            format!("{number}")
        };
        let branch = if tips.is_empty() || at == 0 {
            "main".to_owned()
        } else {
            format!("b{at}")
        };
        let refs: Vec<&str> = parents.iter().map(String::as_str).collect();
        let time = 1_700_000_000 + number * 60;
        let mark = past.commit(&branch, &refs, time, &message, &files);
        if tips.is_empty() || tips.len() < 4 && random.once_in(6) {
            tips.push((mark, files));
        } else {
            tips[at] = (mark, files);
        }
    }
    past.import(sandbox);
}

#[test]
fn commits_and_paths_are_those_that_git_counts() {
    for seed in 1..7 {
        let sandbox = Sandbox::repo();
        let mut random = Random(seed * 7919);
        let values: Vec<String> = (0..4).map(|at| token(&format!("{seed} {at}"))).collect();
        grow(&sandbox, &mut random, &values);
        if random.once_in(2) {
            sandbox.git(&["repack", "-adfq"]);
        }
        let since = "2023-11-14T22:43:20Z";
        let after = format!("--since={since}");
        let ways: [(&[&str], &[&str]); 3] = [
            (&[], &["--all"]),
            (&["--ref", "main"], &["main"]),
            (&["--since", since], &["--all", &after]),
        ];
        for (args, revisions) in ways {
            let mut wanted = walked(&sandbox, revisions, &values);
            wanted.retain(|(commits, _)| *commits > 0);
            wanted.sort_unstable();
            for way in [&["--no-cache"][..], &["--no-cache", "--plain"], &[], &[]] {
                let run = history(&sandbox, &[args, way].concat());
                let mut counts = reported(&run);
                counts.sort_unstable();
                if args.contains(&"--since") {
                    // What was there before is not told of, so that some are left out.
                    assert!(
                        counts.iter().all(|count| wanted.contains(count)),
                        "seed {seed}: {counts:?} of {wanted:?}"
                    );
                } else {
                    assert_eq!(counts, wanted, "seed {seed}, {args:?}, {way:?}");
                }
            }
        }
    }
}

#[test]
fn a_secret_counts_once_a_commit_however_it_stands_there() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    let token = token("once");
    sandbox.write("a.env", format!("TOKEN={token}\n"));
    sandbox.write("b.env", format!("# another\nTOKEN={token}\n"));
    sandbox.commit(&format!("use {token}"));
    sandbox.git(&["rm", "-q", "b.env"]);
    sandbox.commit("gone from b");
    sandbox.git(&["rm", "-q", "a.env"]);
    sandbox.commit(&format!("no longer {token}"));
    let run = history(&sandbox, &[]);
    assert_eq!(reported(&run), [(3, 2)], "{}", run.all());
    let shown = sandbox.run(&["check", "--history"]);
    assert!(
        shown.out().contains("stands: in 3 commits at 2 paths"),
        "{}",
        shown.all()
    );
    // Allowed in one place, it stands there all the same.
    sandbox.write(
        "stackguard.toml",
        "[[allow]]\nrule = \"shopify-access-token\"\npath = \"b.env\"\nreason = \"for this test\"\n",
    );
    assert_eq!(reported(&history(&sandbox, &[])), [(3, 2)]);
}

#[test]
fn words_and_names_count_commits_too() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    authored(&sandbox);
    let run = history(&sandbox, &[]);
    assert_eq!(reported(&run), [(1, 0)], "{}", run.all());
    let sandbox = Sandbox::repo_of(&[(&format!("keys/{}", token("name")), "nothing\n")]);
    sandbox.write("a.txt", "more\n");
    sandbox.commit("more");
    let run = history(&sandbox, &[]);
    assert_eq!(reported(&run), [(2, 1)], "{}", run.all());
    // Where there is no history, nothing is counted.
    let sandbox = Sandbox::repo_of(&[("a.env", &leak("tree"))]);
    let found = only(&sandbox.run(&["check", "--guard", "secrets", "--format", "json"]));
    assert!(found["commits"].is_null() && found["paths"].is_null());
}
