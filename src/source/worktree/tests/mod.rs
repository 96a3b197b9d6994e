mod odd;
mod repositories;

use super::*;
use crate::source::IN_MEMORY;
use crate::source::testing::{Lab, paths, run, try_run};

/// What these paths name, each of which is there.
fn tree(lab: &Lab, arguments: &[&str], options: WorktreeOptions) -> Worktree {
    try_tree(lab, arguments, options).expect("the paths are there")
}

fn try_tree(
    lab: &Lab,
    arguments: &[&str],
    options: WorktreeOptions,
) -> Result<Worktree, SourceError> {
    Worktree::new(
        arguments.iter().map(PathBuf::from).collect(),
        &lab.environment(),
        options,
    )
}

fn plain(lab: &Lab) -> Worktree {
    tree(lab, &[], WorktreeOptions::default())
}

fn everything() -> WorktreeOptions {
    WorktreeOptions {
        no_ignore: true,
        ..WorktreeOptions::default()
    }
}

#[test]
fn ignored_files_are_skipped_and_hidden_ones_are_not() {
    let lab = Lab::new();
    lab.write(".gitignore", b"*.log\nbuild/\n");
    lab.write("sub/.gitignore", b"!keep.log\n");
    lab.write(".stackguardignore", b"fixtures/\n");
    lab.write(".git/info/exclude", b"private\n");
    for path in [
        "a.log",
        "build/x",
        "sub/keep.log",
        "fixtures/f",
        "private",
        ".env",
        ".github/w.yml",
        ".ignored-by-others",
    ] {
        lab.write(path, b"x\n");
    }
    lab.write(".ignore", b"*\n");
    let kept = [
        ".env",
        ".github/w.yml",
        ".gitignore",
        ".ignore",
        ".ignored-by-others",
        ".stackguardignore",
        "sub/.gitignore",
        "sub/keep.log",
    ];
    let (seen, outcome) = run(&plain(&lab));
    assert_eq!(paths(&seen), kept);
    assert_eq!((outcome.stats.files, outcome.gaps.len()), (8, 0));
    let all = run(&tree(&lab, &["."], everything())).0;
    assert_eq!(all.len(), 12, "{:?}", paths(&all));
    assert!(paths(&all).iter().all(|path| !path.starts_with(".git/")));
}

#[test]
fn outside_a_repository_ignore_files_count_too() {
    let lab = Lab::without_git();
    lab.write(".gitignore", b"x\n");
    lab.write("a/x", b"1\n");
    lab.write("a/y", b"1\n");
    let source = plain(&lab);
    assert_eq!((source.scope().head, source.root()), (None, lab.root()));
    assert_eq!(paths(&run(&source).0), [".gitignore", "a/y"]);
}

#[test]
fn paths_are_relative_to_the_root() {
    let lab = Lab::new();
    lab.write("app/src/x", b"1\n");
    lab.write("app/y", b"1\n");
    lab.write("other/z", b"1\n");
    let environment = Environment::at(&lab.path("app"));
    let source = Worktree::new(vec![".".into()], &environment, WorktreeOptions::default())
        .expect("the directory is there");
    assert_eq!(source.scope().root, "..");
    assert_eq!(paths(&run(&source).0), ["app/src/x", "app/y"]);
    let source = tree(
        &lab,
        &["app/src", "other/z", "app/src/x", "app"],
        WorktreeOptions::default(),
    );
    assert_eq!(
        paths(&run(&source).0),
        ["app/src/x", "app/y", "other/z"],
        "each file once"
    );
    // Not in a repository: relative to where one stands, or to what is named when that is elsewhere.
    let outside = Lab::without_git();
    outside.write("d/e/f", b"1\n");
    let at = |cwd: &Path, path: &Path| {
        let source = Worktree::new(
            vec![path.into()],
            &Environment::at(cwd),
            WorktreeOptions::default(),
        )
        .expect("the directory is there");
        run(&source).0.remove(0).0
    };
    assert_eq!(at(outside.root(), &outside.path("d")), "d/e/f");
    assert_eq!(at(lab.root(), &outside.path("d")), "e/f");
    assert_eq!(at(lab.root(), &outside.path("d/e/f")), "f");
}

#[test]
fn a_file_named_is_read_though_ignored() {
    let lab = Lab::new();
    lab.write(".gitignore", b"build/\n");
    lab.write("build/a", b"1\n");
    lab.write("build/b", b"1\n");
    assert_eq!(
        paths(&run(&tree(&lab, &["build/a"], WorktreeOptions::default())).0),
        ["build/a"]
    );
    let source = tree(&lab, &[".", "build/b"], WorktreeOptions::default());
    assert_eq!(paths(&run(&source).0), [".gitignore", "build/b"]);
    let source = tree(&lab, &[".", "build"], WorktreeOptions::default());
    assert_eq!(
        paths(&run(&source).0),
        [".gitignore", "build/a", "build/b"],
        "so is a directory"
    );
    let options = WorktreeOptions {
        exclude: Exclude::new(&["build"]).expect("they are globs"),
        ..WorktreeOptions::default()
    };
    let (seen, outcome) = run(&tree(&lab, &["build/a"], options));
    assert_eq!(
        (seen.len(), outcome.notes),
        (
            0,
            vec!["build/a is excluded by the configuration".to_owned()]
        )
    );
}

#[test]
fn a_path_that_matches_nothing_is_an_error() {
    let lab = Lab::new();
    lab.write("a", b"1\n");
    lab.write(".gitignore", b"ignored/\n*.tmp\n");
    lab.write("only/x.tmp", b"1\n");
    std::fs::create_dir(lab.path("empty")).expect("nothing is there yet");
    assert!(
        try_tree(&lab, &["a", "nowhere"], everything())
            .err()
            .expect("it is refused")
            .message
            .contains("`nowhere`")
    );
    for (arguments, named) in [
        (vec!["empty"], "`empty`"),
        (vec![".", "only"], "`only`"),
        (vec!["a", "empty"], "`empty`"),
    ] {
        let source = tree(&lab, &arguments, WorktreeOptions::default());
        let error = try_run(&source, 2).expect_err("it is refused");
        assert!(error.message.contains(named), "{}", error.message);
    }
    assert_eq!(
        paths(&run(&tree(&lab, &["only"], everything())).0),
        ["only/x.tmp"]
    );
    let error = try_tree(&lab, &[".git"], everything())
        .err()
        .expect("it is refused");
    assert!(
        error
            .help
            .expect("it says what to do")
            .contains("--history")
    );
}
