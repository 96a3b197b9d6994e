//! For every rule of the toolkit and the fly guard: files that break it, files that do not, and what the human
//! report says of them.

use super::scene::{Scene, found};
use crate::harness::Sandbox;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const GUARDS: [&str; 4] = ["check", "--guard", "toolkit,fly", "--no-progress"];

fn fixtures(room: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(room)
}

fn sorted(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.expect("readable").path())
        .collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> String {
    path.file_name()
        .expect("it has a name")
        .to_string_lossy()
        .into_owned()
}

fn is_bad(path: &Path) -> bool {
    name(path).starts_with("bad-")
}

/// Rules of a shipped pack.
fn rules(guard: stackguard::policy::Guard) -> BTreeSet<String> {
    stackguard::policy::embedded()
        .into_iter()
        .flat_map(|(_, pack)| pack.coded)
        .filter(|rule| rule.guard == guard)
        .map(|rule| rule.id)
        .collect()
}

#[test]
fn toolkit_rules_find_what_breaks_them_and_nothing_else() {
    let mut covered = BTreeSet::new();
    for directory in sorted(&fixtures("stack")) {
        let rule = name(&directory);
        let mut shown = String::new();
        let (mut bad, mut good) = (0, 0);
        for file in sorted(&directory) {
            let scene = Scene::read(&file);
            let sandbox = scene.lay_out();
            let run = sandbox.run(&[&GUARDS[..], &["--format", "json"]].concat());
            assert_eq!(found(&run), scene.expected, "{}", file.display());
            let breaks = scene.expected.iter().any(|line| line.starts_with(&rule));
            assert_eq!(breaks, is_bad(&file), "{}", file.display());
            if is_bad(&file) {
                bad += 1;
                let human = sandbox.run(&GUARDS);
                let _ = writeln!(shown, "==> {}\n{}", name(&file), human.out());
            } else {
                good += 1;
                assert_eq!(run.code, 0, "{}: {}", file.display(), run.all());
            }
        }
        assert!(bad > 0 && good > 0, "{rule} has no bad or no good example");
        shot("toolkit", &rule, &shown);
        covered.insert(rule);
    }
    assert_eq!(covered, rules(stackguard::policy::Guard::Toolkit));
}

#[test]
fn fly_rules_are_told_as_the_page_says() {
    let mut covered = BTreeSet::new();
    for directory in sorted(&fixtures("fly")) {
        let mut shown = String::new();
        for file in sorted(&directory).iter().filter(|file| is_bad(file)) {
            let text = std::fs::read_to_string(file).expect("text");
            let sandbox = fly_app(file, &text);
            let run = sandbox.run(&GUARDS);
            let _ = writeln!(shown, "==> {}\n{}", name(file), run.out());
            assert_ne!(run.out(), "", "{}", file.display());
        }
        if !shown.is_empty() {
            shot("fly", &name(&directory), &shown);
            covered.insert(name(&directory));
        }
    }
    let missing: Vec<String> = rules(stackguard::policy::Guard::Fly)
        .difference(&covered)
        .cloned()
        .collect();
    // What runs is asked of Fly: tests/it/parity plays that.
    assert_eq!(missing, ["fly-drift"], "rules without a bad example");
}

/// A repository with that file and the policy its header states.
fn fly_app(file: &Path, text: &str) -> Sandbox {
    let header = |key: &str| {
        let lines = text.lines().filter_map(|line| line.strip_prefix("# "));
        let values = lines.filter_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        values.map(str::to_owned).collect::<Vec<_>>()
    };
    let policy = header("policy");
    let extension = file.extension().expect("one").to_string_lossy();
    let name = header("as")
        .first()
        .cloned()
        .unwrap_or_else(|| format!("fly.{extension}"));
    let sandbox = Sandbox::repo();
    if !policy.is_empty() {
        let entry = format!("[[fly]]\napp = \"*\"\n{}\n", policy.join("\n"));
        sandbox.write("stackguard.toml", entry);
    }
    sandbox.write(name, stackguard::policy::pack::expand(text));
    sandbox.commit("first");
    sandbox
}

/// Compares with what a person looked at. Nothing in a report may depend on where or when it was made.
fn shot(guard: &str, rule: &str, shown: &str) {
    insta::with_settings!({
        snapshot_path => "../../snapshots/stack",
        prepend_module_to_snapshot => false,
        omit_expression => true,
        filters => [(r"\d+(\.\d+)? (ms|s)\b", "[time]")],
    }, {
        insta::assert_snapshot!(format!("{guard}-{rule}"), shown);
    });
}
