//! Of many objects with the same secrets few are read again; where the others have them is remembered. That changes
//! lines at most: what is shown of a secret never comes from what was remembered.

use super::cache::{object_file, remembered, same};
use super::equality::timeless;
use super::history;
use super::past::{Past, files};
use crate::harness::{Run, Sandbox, secret};
use stackguard::engine::{Engine, HistoryOptions, Progress};
use stackguard::finding::{Finding, Veil};
use stackguard::policy::allow::Allows;
use stackguard::policy::{Policy, embedded};
use stackguard::report::Report;
use stackguard::secrets::Scanner;
use stackguard::source::history::Repository;
use std::collections::BTreeSet;

const VERSIONS: usize = 12;

fn values() -> [String; 3] {
    let password = secret("password", "{base62:22}");
    [
        secret("shop", "shpat_{hex:32}"),
        secret("bot", "ghp_{base62:36}"),
        format!("postgres://app:{password}@db.acmecorp.io/main"),
    ]
}

/// A file that grows from version to version: its secrets stand at other lines in each.
fn text(version: usize) -> String {
    let [shop, bot, dsn] = values();
    let line = |number| format!("line {number} of {version}\n");
    let above: String = (0..version * 3).map(line).collect();
    let between: String = (0..version).map(line).collect();
    let mut text = format!("{above}SHOP={shop}\n{between}bot {bot}, DATABASE_URL={dsn}\n");
    if version % 4 == 1 {
        text.push_str(&format!("{between}# gitleaks:allow\ncopy = {shop}\n"));
    }
    text
}

fn past() -> Sandbox {
    let sandbox = Sandbox::repo();
    let mut past = Past::default();
    let mut last: Option<String> = None;
    for version in 0..VERSIONS {
        let parents: Vec<&str> = last.as_deref().into_iter().collect();
        let text = text(version);
        let name = format!("src/{}.env", version % 5);
        let files = files(&[("a.env", &text), (&name, &text), ("b.txt", "nothing\n")]);
        last = Some(past.commit("main", &parents, 1_700_000_000, "edit", &files));
    }
    past.import(&sandbox);
    sandbox
}

fn unpacked() -> Sandbox {
    let sandbox = past();
    let pack = sandbox.git(&["rev-parse", "--git-path", "objects/pack"]);
    let moved = sandbox.outside("pack");
    std::fs::rename(sandbox.path(pack), &moved).expect("it is there");
    for entry in std::fs::read_dir(moved).expect("it is there") {
        let path = entry.expect("it is there").path();
        if path.extension().is_some_and(|end| end == "pack") {
            let bytes = std::fs::read(path).expect("it can be read");
            sandbox.git_with(&["unpack-objects", "-q"], &bytes);
        }
    }
    sandbox
}

#[test]
fn of_the_same_secrets_few_objects_are_read() {
    let sandbox = unpacked();
    let first = history(&sandbox, &[]);
    assert!(first.hits().len() >= 3, "{}", first.all());
    // What is left whole holds each secret; it is the smallest that does.
    let kept: Vec<String> = [0, 1].map(|version| blob(&sandbox, version)).to_vec();
    for version in 2..VERSIONS {
        let id = blob(&sandbox, version);
        assert!(!kept.contains(&id));
        let path = object_file(&sandbox, &id);
        std::fs::remove_file(&path).expect("it is there");
        std::fs::write(&path, "rubbish").expect("it can be written");
    }
    let second = history(&sandbox, &[]);
    assert_eq!(timeless(&second), timeless(&first));
    // Of which one is rubbish, all are looked at, and what is missing is told.
    for id in kept {
        let path = object_file(&sandbox, &id);
        std::fs::remove_file(&path).expect("it is there");
        std::fs::write(&path, "rubbish").expect("it can be written");
    }
    let third = history(&sandbox, &[]);
    assert_eq!(third.code, 2, "{}", third.all());
}

fn blob(sandbox: &Sandbox, version: usize) -> String {
    sandbox.git(&[
        "rev-parse",
        &format!("main~{}:a.env", VERSIONS - 1 - version),
    ])
}

/// Exceptions and marks that come and go between the runs, and commits that move what is known.
#[test]
fn what_is_remembered_is_judged_anew() {
    let sandbox = past();
    same(&sandbox, &[], "packed");
    let [shop, ..] = values();
    let allowed = |run: &Run| run.json()["allowed"].as_array().map_or(0, Vec::len);
    let before = allowed(&history(&sandbox, &[]));
    let config = format!(
        "[[allow]]\nvalue = '''^{}'''\nreason = \"known\"\n",
        &shop[..14]
    );
    sandbox.write("stackguard.toml", config);
    let run = same(&sandbox, &[], "a value");
    assert!(allowed(&run) > before, "{}", run.all());
    sandbox.write("stackguard.toml", "");
    assert_eq!(allowed(&same(&sandbox, &[], "no value")), before);
    sandbox.run(&["baseline", "create", "--history"]);
    let known = same(&sandbox, &[], "a baseline");
    assert_eq!(known.code, 0, "{}", known.all());
    std::fs::remove_file(sandbox.path(".stackguard-baseline.json"))
        .or_else(|_| std::fs::remove_file(sandbox.path("stackguard-baseline.json")))
        .expect("it was made");

    sandbox.git(&["reset", "-q", "--hard", "main"]);
    let marked = text(3).replace(
        "SHOP",
        "# stackguard:allow shopify-access-token a demo\nSHOP",
    );
    sandbox.write("a.env", &marked);
    sandbox.commit("a mark");
    let run = same(&sandbox, &[], "a mark");
    assert!(allowed(&run) > before, "{}", run.all());
    sandbox.write("moved/z.env", text(5));
    sandbox.write("a.env", "");
    sandbox.commit("moved");
    same(&sandbox, &[], "moved");
    sandbox.git(&["repack", "-dq"]);
    same(&sandbox, &[], "a second pack");
    sandbox.git(&["repack", "-adfq"]);
    same(&sandbox, &["--unreachable"], "one pack");
}

#[test]
fn a_pack_damaged_in_its_place_is_noticed() {
    let sandbox = past();
    sandbox.git(&["repack", "-adfq"]);
    let clean = same(&sandbox, &[], "packed");
    assert_eq!(clean.code, 1, "{}", clean.all());
    let path = super::cache::packs(&sandbox).remove(0);
    let mut bytes = std::fs::read(&path).expect("it can be read");
    // All but its header and the checksum at its end.
    let end = bytes.len() - 20;
    bytes[40..end].fill(0x5a);
    std::fs::remove_file(&path).expect("it is there");
    std::fs::write(&path, &bytes).expect("it can be written");
    assert_eq!(same(&sandbox, &[], "damaged").code, 2);
}

/// The program's own parts, made once: thousands of runs are needed below.
struct Lab {
    sandbox: Sandbox,
    policy: Policy,
    scanner: Scanner,
}

impl Lab {
    fn new() -> Self {
        let policy = Policy::new(embedded()).expect("shipped packs agree");
        let scanner = Scanner::new(&policy).expect("shipped rules can be run");
        let sandbox = past();
        sandbox.git(&["repack", "-adfq"]);
        Self {
            sandbox,
            policy,
            scanner,
        }
    }

    fn report(&self) -> Report {
        let repository = Repository::open(&self.sandbox.dir(), 1).expect("git made it");
        let options = HistoryOptions {
            cache: Some(repository.cache(b"rules")),
            ..HistoryOptions::default()
        };
        let engine = Engine {
            policy: &self.policy,
            scanner: &self.scanner,
            secrets: true,
            trees: Vec::new(),
            allows: &Allows::default(),
            baseline: None,
            threads: 1,
            progress: &Progress::new(),
        };
        let run = engine.run_history(&repository, &options);
        run.expect("no ref is named").report
    }

    /// Every line of every version as it may be shown.
    fn lines(&self) -> BTreeSet<String> {
        let mut lines = BTreeSet::new();
        for version in 0..VERSIONS {
            let text = text(version);
            let (_, veil): (_, Veil) = self.scanner.scan(text.as_bytes(), None, &|_| Vec::new());
            lines.extend(veil.over(&text).lines().map(str::to_owned));
        }
        lines
    }
}

fn all(report: &Report) -> impl Iterator<Item = &Finding> {
    let allowed = report.allowed.iter().map(|allowed| &allowed.finding);
    report.findings.iter().chain(allowed)
}

/// Whoever can write the cache can move findings or hide them, but has nothing shown that is masked otherwise.
#[test]
fn a_forged_cache_shows_no_secret() {
    let lab = Lab::new();
    let fresh = lab.report();
    assert!(all(&fresh).count() >= 3);
    let path = remembered(&lab.sandbox).remove(0);
    let good = std::fs::read(&path).expect("it can be read");
    let again = lab.report();
    assert_eq!(
        (&again.findings, &again.allowed),
        (&fresh.findings, &fresh.allowed)
    );
    let head = good
        .iter()
        .position(|byte| *byte == b'\n')
        .expect("a first line")
        + 1;
    let body = &good[head + 4..];
    let (lines, mut different) = (lab.lines(), 0);
    for at in 0..body.len() {
        for change in [1u8, 0xff, 0x80, 7] {
            let mut forged = body.to_vec();
            forged[at] = forged[at].wrapping_add(change);
            let sum = crc32fast::hash(&forged).to_le_bytes();
            std::fs::write(&path, [&good[..head], &sum, &forged].concat()).expect("it is ours");
            let report = lab.report();
            let shown = format!("{report:?}");
            for value in values() {
                assert!(!shown.contains(&value), "byte {at} + {change}: {shown}");
            }
            for finding in all(&report) {
                let text = finding
                    .snippet
                    .as_ref()
                    .map_or("", |snippet| snippet.text());
                assert!(
                    lines.contains(text.trim_end_matches('\r')),
                    "byte {at} + {change}: {text}"
                );
                assert!(
                    all(&fresh).any(|known| known.rule == finding.rule),
                    "byte {at} + {change}: {}",
                    finding.rule
                );
            }
            different += usize::from(report.findings != fresh.findings);
        }
    }
    assert!(different > 10, "{different}: what is forged is read");
}
