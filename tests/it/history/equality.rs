//! The quick way over deltas finds what a scan of every byte of every version finds.

use super::history;
use super::past::{Files, Past};
use super::texts::{Random, Text};
use crate::harness::{Hit, Run, Sandbox};
use std::collections::{BTreeMap, BTreeSet};

const BRANCHES: [&str; 2] = ["main", "side"];
/// What files are called.
pub(super) const PATHS: [&str; 8] = [
    "a.env",
    "src/b.js",
    "src/deep/c.yml",
    "d.txt",
    "tests/e.py",
    "docs/f.md",
    "g.conf",
    "src/h.rs",
];

/// A history of random edits, renames, branches and merges, packed in a way of its own.
struct Story {
    sandbox: Sandbox,
    random: Random,
    commits: Vec<String>,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut story = Self {
            sandbox: Sandbox::repo(),
            random: Random(seed.wrapping_mul(0x1234_5678_9ABC)),
            commits: Vec::new(),
        };
        let mut trunk: BTreeMap<String, Text> = BTreeMap::new();
        for _ in 0..2 + story.random.below(3) {
            let path = PATHS[story.random.below(PATHS.len())].to_owned();
            trunk.insert(path, Text::new(&mut story.random));
        }
        let mut past = Past::default();
        grow(&mut story.random, &mut past, BRANCHES, &mut trunk, 48);
        story.commits = past.import(&story.sandbox);
        story.pack();
        if story.random.once_in(2) {
            let mut past = Past::after();
            grow(&mut story.random, &mut past, BRANCHES, &mut trunk, 4);
            story.commits.extend(past.import(&story.sandbox));
            if story.random.once_in(2) {
                story.sandbox.git(&["repack", "-dq", "--depth=7"]);
                story.sandbox.git(&["multi-pack-index", "write"]);
            }
        }
        story
    }

    fn pack(&mut self) {
        let depth = format!("--depth={}", [1, 3, 10, 50, 250][self.random.below(5)]);
        let window = format!("--window={}", [1, 4, 10, 60][self.random.below(4)]);
        let offsets = format!("repack.useDeltaBaseOffset={}", self.random.once_in(2));
        match self.random.below(8) {
            0 => {}
            1 => drop(self.sandbox.git(&["repack", "-adq"])),
            _ => drop(
                self.sandbox
                    .git(&["-c", &offsets, "repack", "-adfq", &depth, &window]),
            ),
        }
    }

    /// What `check` says of the files of a commit, checked out.
    fn checked_out(&self, commit: &str) -> Run {
        self.sandbox.git(&["checkout", "-qf", "--detach", commit]);
        self.sandbox.run(&[
            "check",
            "--guard",
            "secrets",
            "--no-cache",
            "--format",
            "json",
        ])
    }
}

/// Adds commits to two branches, the first of which takes up the other now and then; the marks on each.
pub(super) fn grow(
    random: &mut Random,
    past: &mut Past,
    branches: [&str; 2],
    trunk: &mut BTreeMap<String, Text>,
    count: usize,
) -> [Vec<String>; 2] {
    let [mut main, mut sides] = [Vec::<String>::new(), Vec::new()];
    let mut side: Option<(String, BTreeMap<String, Text>)> = None;
    for number in 0..count {
        // Dates go backwards now and then.
        let time = 1_700_000_000 + i64::try_from(number * 60 + random.below(500)).expect("small");
        change(random, trunk);
        let parents: Vec<&str> = main.last().map(String::as_str).into_iter().collect();
        let mark = past.commit(branches[0], &parents, time, "edit", &files(trunk));
        main.push(mark.clone());
        match side.take() {
            None if random.once_in(4) => {
                let mut other = trunk.clone();
                change(random, &mut other);
                let theirs = past.commit(branches[1], &[&mark], time, "side", &files(&other));
                sides.push(theirs.clone());
                side = Some((theirs, other));
            }
            Some((theirs, other)) if random.once_in(3) => {
                for (path, text) in other {
                    if random.once_in(2) {
                        trunk.insert(path, text);
                    }
                }
                let merged = files(trunk);
                main.push(past.commit(branches[0], &[&mark, &theirs], time, "merge", &merged));
            }
            kept => side = kept,
        }
    }
    [main, sides]
}

fn change(random: &mut Random, files: &mut BTreeMap<String, Text>) {
    for _ in 0..1 + random.below(2) {
        let path = files
            .keys()
            .nth(random.below(files.len()))
            .cloned()
            .expect("below");
        let text = files.get_mut(&path).expect("it is one of them");
        for _ in 0..1 + random.below(4) {
            text.edit(random);
        }
        if random.once_in(8) {
            let moved = files.remove(&path).expect("it is one of them");
            files.insert(PATHS[random.below(PATHS.len())].to_owned(), moved);
        }
    }
}

fn files(texts: &BTreeMap<String, Text>) -> Files {
    texts
        .iter()
        .map(|(path, text)| (path.clone(), text.bytes()))
        .collect()
}

/// The report without what the clock adds.
pub(super) fn timeless(run: &Run) -> String {
    let out = run.out();
    let kept = out
        .lines()
        .filter(|line| !line.contains("\"milliseconds\""));
    kept.collect::<Vec<_>>().join("\n")
}

/// Fails at the first line that differs, and names the story.
pub(super) fn same(seed: u64, what: &str, quick: &str, plain: &str) {
    if quick != plain {
        let at = quick
            .lines()
            .zip(plain.lines())
            .take_while(|(a, b)| a == b)
            .count();
        let part = |text: &str| {
            text.lines()
                .skip(at.saturating_sub(12))
                .take(24)
                .collect::<Vec<_>>()
                .join("\n")
        };
        panic!(
            "seed {seed}, {what}:\n{}\nagainst\n{}",
            part(quick),
            part(plain)
        );
    }
}

/// Rule, path and place of what was found and of what was allowed.
fn seen(run: &Run) -> BTreeSet<(String, String, u64, u64)> {
    let short = |hit: Hit| (hit.rule, hit.path, hit.line, hit.column);
    let mut seen: BTreeSet<_> = run.hits().into_iter().map(short).collect();
    for allowed in run.json()["allowed"].as_array().expect("a list") {
        let finding = &allowed["finding"];
        let place = &finding["location"];
        seen.insert((
            finding["rule"].as_str().unwrap_or_default().to_owned(),
            place["path"].as_str().unwrap_or_default().to_owned(),
            place["line"].as_u64().unwrap_or(0),
            place["column"].as_u64().unwrap_or(0),
        ));
    }
    seen
}

fn prove(seeds: std::ops::Range<u64>) {
    let (mut blobs, mut findings) = (0, 0);
    for seed in seeds {
        let story = Story::new(seed);
        let plain = history(&story.sandbox, &["--plain", "--threads", "1"]);
        let wanted = timeless(&plain);
        // The last two read what the one before them remembered.
        for (threads, cache) in [("1", Some("--no-cache")), ("4", None), ("1", None)] {
            let mut args = vec!["--threads", threads];
            args.extend(cache);
            let quick = history(&story.sandbox, &args);
            assert!(
                quick.json()["incomplete"] == serde_json::json!([]),
                "{}",
                quick.all()
            );
            same(seed, threads, &timeless(&quick), &wanted);
        }
        let report = plain.json();
        blobs += report["stats"]["blobs"].as_u64().unwrap_or(0);
        findings += plain.hits().len();
        let mut random = Random(seed);
        let commit = &story.commits[random.below(story.commits.len())];
        let tree = story.checked_out(commit);
        // As a history of one commit.
        let root = story
            .sandbox
            .git(&["commit-tree", "-m", "one", &format!("{commit}^{{tree}}")]);
        story.sandbox.git(&["branch", "-f", "one", &root]);
        let one = history(&story.sandbox, &["--ref", "one"]);
        let plain_one = history(&story.sandbox, &["--ref", "one", "--plain"]);
        same(seed, "one", &timeless(&one), &timeless(&plain_one));
        assert_eq!(seen(&one), seen(&tree), "seed {seed}, commit {commit}");
        // And in the whole history every secret of it has its path.
        let all: BTreeSet<_> = seen(&plain)
            .into_iter()
            .map(|(rule, path, ..)| (rule, path))
            .collect();
        for (rule, path, ..) in seen(&tree) {
            assert!(
                all.contains(&(rule.clone(), path.clone())),
                "seed {seed}: {rule} {path}"
            );
        }
    }
    assert!(
        blobs > 800 && findings > 1000,
        "{blobs} blobs, {findings} findings: too few to prove much"
    );
}

#[test]
fn random_histories_one() {
    prove(0..13);
}

#[test]
fn random_histories_two() {
    prove(100..113);
}
