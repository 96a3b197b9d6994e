//! What git says of the files in its care.

use super::*;
use crate::source::testing::by_sha256;

#[test]
fn what_git_tracks_is_looked_at_though_ignored() {
    let lab = Lab::new();
    lab.write(".gitignore", b"*.env\nsecret/\n");
    lab.write(".stackguardignore", b"vendored/\n");
    for path in [
        "tracked.env",
        "untracked.env",
        "secret/tracked",
        "secret/untracked",
        "vendored/a.env",
        "gone.env",
        "x/only.env",
    ] {
        lab.write(path, b"1\n");
    }
    lab.git(&[
        "add",
        "-f",
        "tracked.env",
        "secret/tracked",
        "vendored/a.env",
        "gone.env",
        "x/only.env",
    ]);
    std::fs::remove_file(lab.path("gone.env")).expect("it is there");
    let (seen, outcome) = run(&plain(&lab));
    assert_eq!(
        paths(&seen),
        [
            ".gitignore",
            ".stackguardignore",
            "secret/tracked",
            "tracked.env",
            "x/only.env"
        ]
    );
    assert_eq!(
        outcome.notes,
        ["3 files that .gitignore hides are tracked by git: looked at"]
    );
    // Below a directory where nothing else is.
    assert_eq!(
        paths(&run(&tree(&lab, &["x"], WorktreeOptions::default())).0),
        ["x/only.env"]
    );
    // What the configuration excludes stays out.
    let options = WorktreeOptions {
        exclude: Exclude::new(&["secret/**", "*.env"]).expect("they are globs"),
        ..WorktreeOptions::default()
    };
    assert_eq!(
        paths(&run(&tree(&lab, &["."], options)).0),
        [".gitignore", ".stackguardignore", "x/only.env"]
    );
}

#[test]
fn an_index_that_cannot_be_read_is_a_gap() {
    let lab = Lab::new();
    lab.write("a", b"1\n");
    lab.git(&["add", "."]);
    lab.git(&["update-index", "--split-index"]);
    let (seen, outcome) = run(&plain(&lab));
    assert_eq!(paths(&seen), ["a"]);
    assert_eq!(outcome.gaps[0].what, ".git/index");
    assert!(
        outcome.gaps[0].why.contains("--no-split-index"),
        "{}",
        outcome.gaps[0].why
    );
}

#[test]
fn nested_repositories_are_walked_and_their_git_directories_are_not() {
    let (lab, other) = (Lab::new(), Lab::new());
    other.write(".gitignore", b"*.key\n");
    other.write("tracked.key", b"1\n");
    other.write("untracked.key", b"1\n");
    other.git(&["add", "-f", "tracked.key", ".gitignore"]);
    other.git(&["commit", "-qm", "one"]);
    let url = other
        .root()
        .to_str()
        .expect("names in the laboratory are ASCII");
    lab.git(&["submodule", "--quiet", "add", url, "mod"]);
    lab.git(&["submodule", "--quiet", "add", url, "hidden/mod"]);
    lab.write(".gitignore", b"hidden/\n");
    let (seen, outcome) = run(&plain(&lab));
    let expected = [
        ".gitignore",
        ".gitmodules",
        "hidden/mod/.gitignore",
        "hidden/mod/tracked.key",
        "mod/.gitignore",
        "mod/tracked.key",
    ];
    assert_eq!(paths(&seen), expected);
    assert_eq!(outcome.gaps, []);
    let source = tree(&lab, &["mod"], WorktreeOptions::default());
    assert_eq!(
        paths(&run(&source).0),
        [".gitignore", "tracked.key"],
        "a submodule is a repository of its own"
    );
}

#[test]
fn a_linked_work_tree_knows_its_head() {
    let lab = Lab::new();
    lab.write("a", b"1\n");
    let head = lab.commit("one");
    assert_eq!(plain(&lab).scope().head.as_deref(), Some(head.as_str()));
    lab.git(&["worktree", "add", "-q", "../linked"]);
    let linked = lab.beside("linked");
    lab.git(&["pack-refs", "--all"]);
    for dir in [linked.as_path(), lab.root()] {
        let source = Worktree::new(vec![], &Environment::at(dir), WorktreeOptions::default())
            .expect("the directory is there");
        assert_eq!(
            source.scope(),
            Scope {
                kind: ScopeKind::Worktree,
                root: ".".to_owned(),
                head: Some(head.clone())
            }
        );
        assert_eq!(paths(&run(&source).0), ["a"]);
    }
}

#[test]
fn git_may_say_where_its_directory_is() {
    let (lab, home) = (Lab::new(), Lab::without_git());
    home.write(".gitignore", b"*\n");
    home.write("dotfile", b"1\n");
    home.write("other", b"1\n");
    let git_dir = lab.path(".git");
    let places = [
        format!("--git-dir={}", git_dir.display()),
        format!("--work-tree={}", home.root().display()),
        "add".to_owned(),
        "-f".to_owned(),
        "dotfile".to_owned(),
    ];
    assert!(lab.try_git(home.root(), &places).status.success());
    let environment = Environment {
        git_dir: Some(git_dir),
        work_tree: Some(home.root().to_path_buf()),
        ..home.environment()
    };
    let source = Worktree::new(vec![], &environment, WorktreeOptions::default())
        .expect("the directory is there");
    assert_eq!(paths(&run(&source).0), ["dotfile"]);
}

#[test]
fn several_repositories_at_once() {
    let around = Lab::without_git();
    for name in ["one", "two"] {
        around.git(&["init", "-q", name]);
        around.write(format!("{name}/.gitignore"), b"*.env\n");
        around.write(format!("{name}/src/tracked.env"), b"1\n");
        around.write(format!("{name}/src/not.env"), b"1\n");
        around.git_in(&around.path(name), &["add", "-f", "src/tracked.env"]);
    }
    let source = tree(&around, &["one/src", "two"], WorktreeOptions::default());
    let (seen, _) = run(&source);
    assert_eq!(
        paths(&seen),
        [
            "one/src/tracked.env",
            "two/.gitignore",
            "two/src/tracked.env"
        ]
    );
}

#[test]
fn the_same_by_sha256() {
    by_sha256(&[
        what_git_tracks_is_looked_at_though_ignored,
        an_index_that_cannot_be_read_is_a_gap,
        a_linked_work_tree_knows_its_head,
        git_may_say_where_its_directory_is,
    ]);
}
