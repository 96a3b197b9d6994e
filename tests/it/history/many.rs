//! Thousands of histories of random edits, each packed by git in a way of its own: what the quick way over deltas says of
//! them is what a scan of every byte of every version says, to the byte.
//!
//! Git is told of many histories at once and packs each for itself; they are looked at in this process, which need not
//! start and compile its rules each time.

use super::equality::{PATHS, grow, same};
use super::past::Past;
use super::texts::{Random, Text};
use crate::harness::Sandbox;
use stackguard::engine::{Engine, HistoryOptions, Progress};
use stackguard::exit::ExitStatus;
use stackguard::policy::allow::Allows;
use stackguard::policy::{Policy, embedded};
use stackguard::report::{Format, View};
use stackguard::secrets::Scanner;
use stackguard::source::history::{Delta, Object, Plan, Repository, Visitor};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// One history: its commits, by mark until git has named them.
struct Story {
    seed: u64,
    random: Random,
    main: Vec<String>,
    side: Option<String>,
}

/// Histories told to git in one go.
struct Batch {
    sandbox: Sandbox,
    stories: Vec<Story>,
}

impl Batch {
    fn new(seeds: Range<u64>) -> Self {
        let sandbox = Sandbox::repo();
        let mut past = Past::default();
        let told = seeds.map(|seed| {
            let mut random = Random(seed.wrapping_mul(0x9ABC_1234_5678));
            let mut trunk: BTreeMap<String, Text> = BTreeMap::new();
            let most = [8, 20, 20, 60, 150][random.below(5)];
            for _ in 0..1 + random.below(2) {
                let path = PATHS[random.below(PATHS.len())].to_owned();
                trunk.insert(path, Text::of(&mut random, most));
            }
            let branches = [format!("main-{seed}"), format!("side-{seed}")];
            let branches = [branches[0].as_str(), branches[1].as_str()];
            let count = 3 + random.below(8);
            let [main, mut sides] = grow(&mut random, &mut past, branches, &mut trunk, count);
            Story {
                seed,
                random,
                main,
                side: sides.pop(),
            }
        });
        let mut stories: Vec<Story> = told.collect();
        let ids = past.import(&sandbox);
        let id = |mark: &mut String| {
            let number: usize = mark[1..].parse().expect("a mark is a number");
            mark.clone_from(&ids[number - 1]);
        };
        for story in &mut stories {
            story.main.iter_mut().chain(&mut story.side).for_each(id);
        }
        Self { sandbox, stories }
    }

    /// Makes a repository of one of the histories, in one pack or in two.
    fn pack(&self, at: usize) -> (PathBuf, Random) {
        let story = &self.stories[at];
        let mut random = Random(story.random.0);
        let dir = self.sandbox.outside(&format!("story-{}", story.seed));
        for name in ["objects/pack", "refs/heads"] {
            std::fs::create_dir_all(dir.join(name)).expect("it is new");
        }
        let write = |name: &str, text: &str| {
            std::fs::write(dir.join(name), format!("{text}\n")).expect("it can be written");
        };
        write("HEAD", "ref: refs/heads/main");
        let last = story.main.last().expect("there is one");
        write("refs/heads/main", last);
        let mut tips = vec![last.as_str()];
        if let Some(side) = &story.side {
            write("refs/heads/side", side);
            tips.push(side);
        }
        let wanted = tips.join("\n");
        if random.once_in(3) {
            let middle = &story.main[random.below(story.main.len())];
            self.pack_objects(&dir, middle, &mut random);
            self.pack_objects(&dir, &format!("{wanted}\n^{middle}"), &mut random);
        } else {
            self.pack_objects(&dir, &wanted, &mut random);
        }
        (dir, random)
    }

    fn pack_objects(&self, dir: &Path, wanted: &str, random: &mut Random) {
        let depth = format!("--depth={}", [1, 2, 3, 5, 10, 50, 250][random.below(7)]);
        let window = format!("--window={}", [2, 3, 4, 10, 60][random.below(5)]);
        let pack = dir.join("objects/pack/pack").display().to_string();
        let mut args = vec!["pack-objects", "--revs", "-q", "--threads=1"];
        args.extend(["--no-reuse-delta", &depth, &window, &pack]);
        if random.once_in(2) {
            args.push("--delta-base-offset");
        }
        self.sandbox
            .git_with(&args, format!("{wanted}\n").as_bytes());
    }
}

/// What looks at them.
struct Judge {
    policy: Policy,
    scanner: Scanner,
    tally: Tally,
}

/// What they amounted to.
#[derive(Default)]
struct Tally {
    stories: AtomicU64,
    deltas: AtomicU64,
    findings: AtomicU64,
    allowed: AtomicU64,
}

/// Only to count what a walk visits.
struct Nobody;

impl Visitor for Nobody {
    type State = ();

    fn full(&mut self, _: Object<'_>) {}

    fn delta(&mut self, _: Object<'_>, _: Delta<'_, ()>) {}
}

impl Judge {
    fn new() -> Self {
        let policy = Policy::new(embedded()).expect("shipped packs agree");
        let scanner = Scanner::new(&policy).expect("shipped rules can be run");
        Self {
            policy,
            scanner,
            tally: Tally::default(),
        }
    }

    /// The whole report on a repository.
    fn report(&self, dir: &Path, plain: bool, threads: usize, cached: bool) -> String {
        let repository = Repository::open(dir, threads).expect("git made it");
        let options = HistoryOptions {
            plain,
            cache: cached.then(|| repository.cache(b"rules")),
            ..HistoryOptions::default()
        };
        let engine = Engine {
            policy: &self.policy,
            scanner: &self.scanner,
            secrets: true,
            trees: Vec::new(),
            allows: &Allows::default(),
            baseline: None,
            threads,
            progress: &Progress::new(),
        };
        let run = engine.run_history(&repository, &options);
        let mut report = run.expect("no ref is named").report;
        assert_eq!(report.incomplete, [], "{}", dir.display());
        report.stats.milliseconds = 0;
        if plain {
            let Tally {
                findings, allowed, ..
            } = &self.tally;
            findings.fetch_add(report.findings.len() as u64, Ordering::Relaxed);
            allowed.fetch_add(report.allowed.len() as u64, Ordering::Relaxed);
            let walked = repository.walk(&Plan::default(), || Nobody);
            let deltas = &self.tally.deltas;
            deltas.fetch_add(walked.stats.deltas, Ordering::Relaxed);
        }
        let mut out = Vec::new();
        let view = View::new(&self.policy, ExitStatus::Findings);
        Format::Json
            .render(&report, &view, &mut out)
            .expect("memory takes it");
        String::from_utf8(out).expect("JSON is text")
    }

    fn batch(&self, seeds: Range<u64>) {
        let batch = Batch::new(seeds);
        for at in 0..batch.stories.len() {
            let (dir, mut random) = batch.pack(at);
            let plain = self.report(&dir, true, 1, false);
            let seed = batch.stories[at].seed;
            same(seed, "alone", &self.report(&dir, false, 1, false), &plain);
            // Remembering takes turns with threads; what is remembered is read back.
            let threads = 1 + random.below(3);
            for turn in ["remembering", "remembered"] {
                same(seed, turn, &self.report(&dir, false, threads, true), &plain);
            }
            self.tally.stories.fetch_add(1, Ordering::Relaxed);
            std::fs::remove_dir_all(dir).expect("it is there");
        }
    }
}

/// Proves so many batches, and that they had enough in them.
fn prove(batches: Range<u64>) {
    let judge = Judge::new();
    let next = AtomicU64::new(batches.start);
    let work = || {
        loop {
            let batch = next.fetch_add(1, Ordering::Relaxed);
            if batch >= batches.end {
                return;
            }
            judge.batch(batch * BATCH..(batch + 1) * BATCH);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let count = |number: &AtomicU64| number.load(Ordering::Relaxed);
    let stories = count(&judge.tally.stories);
    assert_eq!(stories, (batches.end - batches.start) * BATCH);
    let told = [
        count(&judge.tally.deltas),
        count(&judge.tally.findings),
        count(&judge.tally.allowed),
    ];
    assert!(
        told[0] > stories * 2 && told[1] > stories * 2 && told[2] > stories / 5,
        "{stories} histories with {told:?} deltas, findings and exceptions: too few to prove much"
    );
}

#[test]
fn a_hundred_histories() {
    prove(0..2);
}

#[test]
#[ignore = "takes a minute or two; `.ci/run` runs it"]
fn thousands_of_histories() {
    prove(100..160);
}

/// Histories told to git at once.
const BATCH: u64 = 50;
