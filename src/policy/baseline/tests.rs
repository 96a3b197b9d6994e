use super::file::parse;
use super::*;
use crate::policy::pack::Pack;
use crate::policy::{Guard, Severity};
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::fs;

fn finding(rule: &str, path: &str, content: &str) -> Finding {
    Finding::new(
        rule,
        Guard::Secrets,
        Severity::High,
        "m".into(),
        Location::whole(RepoPath::new(path)),
        Fingerprint::new(rule, path, content.as_bytes()),
    )
}

fn prints(baseline: &Baseline) -> BTreeSet<Fingerprint> {
    baseline.entries.keys().cloned().collect()
}

fn read_text(text: &str) -> Result<Baseline, BaselineError> {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join(FILE_NAME);
    fs::write(&path, text).expect("written");
    Baseline::read(&path)
}

/// A policy in which these rules are in force.
fn policy(rules: &[&str]) -> Policy {
    let rule = |id: &&str| {
        format!(
            "[[rule]]\nid = \"{id}\"\nguard = \"policy\"\nseverity = \"low\"\nsummary = \"s\"\nhelp = \"h\"\n"
        )
    };
    let text: String = [UNUSED].iter().chain(rules).map(rule).collect();
    Policy::new(vec![("p".into(), Pack::parse(&text).expect("good"))]).expect("no duplicates")
}

#[test]
fn the_file_is_sorted_stable_and_a_line_an_entry() {
    let findings = [
        finding("jwt", "b.ts", "1"),
        finding("jwt", "a \"quoted\"\n.ts", "1"),
        finding("jwt", "b.ts", "2"),
        finding("dsn", "b.ts", "1"),
    ];
    let forward = Baseline::create(&findings).to_bytes();
    let backward = Baseline::create(findings.iter().rev()).to_bytes();
    assert_eq!(forward, backward);
    let text = String::from_utf8(forward).expect("UTF-8");
    let entries: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("{\"f"))
        .collect();
    assert_eq!(entries.len(), 4);
    assert!(
        entries[0].ends_with("\"path\": \"a \\\"quoted\\\"\\n.ts\"},")
            && entries[1].contains("dsn"),
        "{text}"
    );
    assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
}

#[test]
fn what_is_written_is_read() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join(FILE_NAME);
    assert!(
        Baseline::read_if_present(&path)
            .expect("nothing to fail")
            .is_none()
    );
    assert!(matches!(
        Baseline::read(&path),
        Err(BaselineError::Read { .. })
    ));
    let known = finding("jwt", "a.ts", "1");
    Baseline::create([&known]).write(&path).expect("written");
    Baseline::create([&known, &finding("jwt", "b.ts", "1")])
        .write(&path)
        .expect("written over");
    let baseline = Baseline::read_if_present(&path)
        .expect("readable")
        .expect("there");
    assert_eq!((baseline.len(), baseline.used()), (2, 0));
    assert!(
        baseline.knows(&known.fingerprint)
            && !baseline.knows(&finding("jwt", "a.ts", "2").fingerprint)
    );
    assert_eq!(baseline.used(), 1);
    assert_eq!(
        fs::read_dir(dir.path()).expect("readable").count(),
        1,
        "no temporary file is left"
    );
}

#[test]
fn unused_entries_are_findings_at_their_line() {
    let (gone, known) = (finding("jwt", "a.ts", "1"), finding("jwt", "b.ts", "1"));
    // Rules that did not run: one is off, the pack of the other is not read.
    let (off, elsewhere) = (finding("dsn", "c.ts", "1"), finding("ours", "c.ts", "1"));
    let all = Baseline::create([&gone, &known, &off, &elsewhere]);
    let baseline = read_text(&String::from_utf8(all.to_bytes()).expect("UTF-8")).expect("readable");
    let _ = baseline.knows(&known.fingerprint);
    let mut policy = policy(&["jwt", "dsn"]);
    policy.set_severity("dsn", None);
    let found = baseline.unused_findings(&policy, FILE_NAME);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].rule.as_str(), found[0].location.start.line),
        (UNUSED, 4)
    );
    assert_eq!(
        found[0].message,
        "the known `jwt` in a.ts is not there any more"
    );
    assert_eq!(
        prints(&baseline.pruned(&policy)),
        BTreeSet::from([known, off, elsewhere].map(|finding| finding.fingerprint))
    );
    policy.set_severity(UNUSED, None);
    assert!(baseline.unused_findings(&policy, FILE_NAME).is_empty());
}

#[test]
fn what_is_no_baseline_is_refused_with_a_reason() {
    let secret = crate::policy::pack::expand("{base62:30}");
    for (text, said) in [
        ("", "it is not JSON (line 1, column 0)"),
        ("[]", "wrong kind"),
        ("{\"version\": 2, \"other\": 1}", "has version 2"),
        ("{\"version\": 1}", "missing"),
        (
            "{\"version\": 1, \"entries\": [], \"more\": 1}",
            "wrong kind",
        ),
        (
            "{\"version\": 1, \"entries\": [{\"fingerprint\": \"SECRET\", \"rule\": \"r\", \"path\": \"p\"}]}",
            "fingerprint of entry 1",
        ),
        ("{\"version\": \"SECRET\"}", "wrong kind"),
        (
            "{\"version\": 1, \"entries\": [{\"SECRET\": 1}]}",
            "wrong kind",
        ),
        (
            "{\n<<<<<<< HEAD\n\"version\": 1",
            "conflict markers (line 2)",
        ),
    ] {
        let error = read_text(&text.replace("SECRET", &secret)).expect_err(text);
        let shown = format!("{error} {error:?}");
        assert!(
            shown.contains(said) && !shown.contains(&secret),
            "{text}: {shown}"
        );
    }
    let dir = tempfile::tempdir().expect("a directory");
    assert!(
        Baseline::read_if_present(dir.path()).is_err(),
        "a directory is no absence"
    );
    assert!(
        Baseline::default()
            .write(&dir.path().join("absent/x.json"))
            .is_err()
    );
}

#[cfg(unix)]
#[test]
fn writing_keeps_permissions_and_replaces_links() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let dir = tempfile::tempdir().expect("a directory");
    let (path, target) = (dir.path().join(FILE_NAME), dir.path().join("target"));
    fs::write(&target, "keep").expect("written");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).expect("set");
    symlink(&target, &path).expect("linked");
    Baseline::default().write(&path).expect("written");
    assert_eq!(fs::read_to_string(&target).expect("readable"), "keep");
    let meta = path.symlink_metadata().expect("there");
    assert!(meta.is_file());
    assert_eq!(meta.permissions().mode() & 0o777, 0o640);
}

#[test]
fn uses_are_marked_from_many_threads() {
    let findings: Vec<Finding> = (0..200)
        .map(|number| finding("jwt", "a.ts", &number.to_string()))
        .collect();
    let text = String::from_utf8(Baseline::create(&findings).to_bytes()).expect("UTF-8");
    let baseline = read_text(&text).expect("readable");
    std::thread::scope(|scope| {
        for start in 0..4 {
            let (baseline, findings) = (&baseline, &findings);
            scope.spawn(move || {
                findings
                    .iter()
                    .skip(start)
                    .step_by(2)
                    .filter(|finding| baseline.knows(&finding.fingerprint))
                    .count()
            });
        }
    });
    assert_eq!(baseline.used(), baseline.len());
}

fn some() -> impl Strategy<Value = Vec<Finding>> {
    let one = ("[a-c]", "[a-e\"\\\\]{1,3}", "[0-9]")
        .prop_map(|(rule, path, content)| finding(&rule, &path, &content));
    proptest::collection::vec(one, 0..12)
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn round_trip(findings in some()) {
        let baseline = Baseline::create(&findings);
        let again = parse(&baseline.to_bytes()).expect("our own file");
        prop_assert_eq!(prints(&again), prints(&baseline));
        prop_assert_eq!(again.to_bytes(), baseline.to_bytes());
        prop_assert_eq!(again.pruned(&policy(&["a", "b", "c"])).len(), 0);
    }

    // What git does with `merge=union`, or a person who keeps both sides of a conflict.
    #[test]
    fn the_lines_of_two_branches_are_the_union(left in some(), right in some()) {
        let (left, right) = (Baseline::create(&left), Baseline::create(&right));
        let lines = |baseline: &Baseline| String::from_utf8(baseline.to_bytes()).expect("UTF-8");
        let of = |text: &str| text.lines().filter(|line| line.starts_with("{\"f")).map(str::to_owned).collect::<Vec<_>>();
        let both = [of(&lines(&left)), of(&lines(&right))].concat().join("\n");
        let merged = lines(&Baseline::default()).replace("null", &format!("{both}\nnull"));
        let merged = parse(merged.as_bytes()).expect("still a baseline");
        let union: BTreeSet<_> = prints(&left).union(&prints(&right)).cloned().collect();
        prop_assert_eq!(prints(&merged), union);
    }
}
