//! Names, places and states that are out of the ordinary.

use super::*;

#[cfg(unix)]
#[test]
fn links_are_text_and_submodules_are_elsewhere() {
    let lab = Lab::new();
    let other = Lab::new();
    other.write("inside", b"x\n");
    other.commit("one");
    std::os::unix::fs::symlink("/etc/passwd", lab.path("link")).expect("links can be made");
    lab.git(&[
        "submodule",
        "--quiet",
        "add",
        other
            .root()
            .to_str()
            .expect("names in the laboratory are ASCII"),
        "module",
    ]);
    lab.git(&["add", "-A"]);
    let (seen, outcome) = run(&staged(&lab));
    assert_eq!(paths(&seen), [".gitmodules", "link"]);
    assert_eq!(seen[1].1, "-> /etc/passwd");
    assert_eq!(outcome.gaps, []);
}

#[test]
fn a_conflict_is_a_gap() {
    let lab = Lab::new();
    lab.write("a", b"base\n");
    lab.write("z", b"base\n");
    lab.commit("base");
    lab.git(&["checkout", "-qb", "side"]);
    lab.write("a", b"side\n");
    lab.write("b", b"new\n");
    lab.commit("side");
    lab.git(&["checkout", "-q", "main"]);
    lab.write("a", b"main\n");
    lab.commit("main");
    assert!(
        !lab.try_git(lab.root(), &["merge", "-q", "side"])
            .status
            .success()
    );
    let (seen, outcome) = run(&staged(&lab));
    assert_eq!(paths(&seen), ["b"]);
    assert_eq!(outcome.gaps.len(), 1);
    assert_eq!(outcome.gaps[0].what, "a");
    assert!(
        outcome.gaps[0].why.contains("git add"),
        "{}",
        outcome.gaps[0].why
    );
}

#[test]
fn binary_files_and_attributes_hide_nothing() {
    let lab = Lab::new();
    lab.write(".gitattributes", b"*.dat binary\n*.x -diff filter=evil\n");
    lab.write("a.dat", b"\0\x01\nold\n");
    lab.write("b.x", b"old\n");
    lab.commit("one");
    lab.write("a.dat", b"\0\x01\nold\nnew\0\n");
    lab.write("b.x", b"new\n");
    lab.git(&["add", "-A"]);
    lab.git(&["config", "filter.evil.clean", "touch ran"]);
    lab.git(&["config", "filter.evil.smudge", "touch ran"]);
    lab.git(&["config", "core.fsmonitor", "touch ran"]);
    let (seen, _) = run(&staged(&lab));
    assert_eq!(
        (&seen[0].2, &seen[1].2),
        (&only(&[(3, 3)]), &only(&[(1, 1)]))
    );
    assert!(!lab.path("ran").exists());
}

#[cfg(unix)]
#[test]
fn strange_names_and_line_ends() {
    use std::os::unix::ffi::OsStrExt;
    let lab = Lab::new();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    lab.write(name, b"1\n");
    lab.write("new\nline", b"one\r\ntwo\r\n");
    lab.commit("one");
    lab.write(name, b"1\n2\n");
    lab.write("new\nline", b"one\r\nTWO\r\nthree\r\n");
    lab.git(&["add", "-A"]);
    let (seen, _) = run(&staged(&lab));
    assert_eq!(paths(&seen), ["caf\\xe9", "new\nline"]);
    assert_eq!(
        (&seen[0].2, &seen[1].2),
        (&only(&[(2, 2)]), &only(&[(2, 3)]))
    );
    assert_eq!(seen[1].1, "one\r\nTWO\r\nthree\r\n");
}

#[test]
fn a_linked_work_tree_has_an_index_of_its_own() {
    let lab = Lab::new();
    lab.write("a", b"1\n");
    lab.commit("one");
    lab.git(&["worktree", "add", "-q", "../linked"]);
    let linked = lab.beside("linked");
    std::fs::write(linked.join("only-here"), b"x\n").expect("the directory can be written");
    lab.git_in(&linked, &["add", "."]);
    let source = Staged::open(&linked, &Environment::at(&linked), Exclude::default())
        .expect("git made the repository");
    assert_eq!(paths(&run(&source).0), ["only-here"]);
    // As git calls a hook there.
    let git_dir = lab.path(".git/worktrees/linked");
    let environment = Environment {
        index: Some(git_dir.join("index")),
        git_dir: Some(git_dir),
        ..Environment::at(&linked)
    };
    let source =
        Staged::open(&linked, &environment, Exclude::default()).expect("git made the repository");
    assert_eq!(
        (paths(&run(&source).0), source.scope().root.as_str()),
        (vec!["only-here"], ".")
    );
    assert_eq!(run(&staged(&lab)).0, []);
}

#[test]
fn a_git_dir_beside_its_work_tree() {
    let lab = Lab::new();
    let home = Lab::without_git();
    home.write("dotfile", b"x\n");
    let git_dir = lab.path(".git");
    let args = |args: &[&str]| {
        let mut all = vec![
            format!("--git-dir={}", git_dir.display()),
            format!("--work-tree={}", home.root().display()),
        ];
        all.extend(args.iter().map(|arg| (*arg).to_owned()));
        assert!(lab.try_git(home.root(), &all).status.success());
    };
    args(&["config", "core.bare", "true"]);
    args(&["add", "dotfile"]);
    for work_tree in [home.root().to_path_buf(), ".".into()] {
        let environment = Environment {
            git_dir: Some(git_dir.clone()),
            work_tree: Some(work_tree),
            ..home.environment()
        };
        let source = Staged::open(home.root(), &environment, Exclude::default())
            .expect("git made the repository");
        assert_eq!(paths(&run(&source).0), ["dotfile"]);
    }
}

#[test]
fn what_cannot_be_opened_says_what_to_do() {
    let lab = Lab::without_git();
    let open = |dir: &Path| {
        Staged::open(dir, &Environment::at(dir), Exclude::default())
            .err()
            .expect("it is refused")
    };
    assert!(open(lab.root()).message.contains("no git repository"));
    lab.git(&["init", "-q", "--bare", "bare.git"]);
    let error = open(&lab.path("bare.git"));
    assert!(
        error.message.contains("bare")
            && error.help.expect("it says what to do").contains("--range")
    );
    let environment = Environment {
        git_dir: Some("nowhere".into()),
        ..lab.environment()
    };
    let error = Staged::open(lab.root(), &environment, Exclude::default())
        .err()
        .expect("it is refused");
    assert!(error.message.contains("GIT_DIR"), "{}", error.message);
}

#[test]
fn another_owner_is_refused_with_advice() {
    let lab = Lab::new();
    // Only root can give a directory away; others see the same through the error code alone.
    #[cfg(unix)]
    if std::os::unix::fs::chown(lab.path(".git"), Some(12_345), None).is_ok() {
        std::os::unix::fs::chown(lab.root(), Some(12_345), None)
            .expect("it went well with the git directory");
        // Git wants the name as it is, without the `.` that stands for it.
        for dir in [lab.root(), Path::new("."), Path::new("./")] {
            let error = Staged::open(dir, &lab.environment(), Exclude::default())
                .err()
                .expect("it is refused");
            let help = error.help.expect("it says what to do");
            let command = format!("safe.directory {}", lab.root().display());
            assert!(help.ends_with(&command), "{help}");
        }
    }
    drop(lab);
}

#[test]
fn a_missing_object_is_a_gap_with_its_name() {
    let lab = Lab::new();
    lab.write("a", b"content\n");
    lab.write("b", b"other\n");
    lab.git(&["add", "."]);
    let id = lab.git(&["rev-parse", ":a"]);
    std::fs::remove_file(lab.path(format!(".git/objects/{}/{}", &id[..2], &id[2..])))
        .expect("it is there");
    let (seen, outcome) = run(&staged(&lab));
    assert_eq!(paths(&seen), ["b"]);
    assert_eq!(outcome.gaps[0].what, format!("blob {id} (a)"));
}

#[test]
fn a_sparse_index_hides_nothing_staged() {
    let lab = Lab::new();
    for path in ["in/a", "out/b", "out/deep/c", "top"] {
        lab.write(path, b"1\n");
    }
    lab.commit("one");
    lab.write("out/deep/c", b"1\n2\n");
    lab.commit("two");
    lab.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    lab.git(&["reset", "-q", "--soft", "HEAD~1"]);
    let (seen, outcome) = run(&staged(&lab));
    assert_eq!(paths(&seen), ["out/deep/c"]);
    assert_eq!((&seen[0].2, outcome.gaps.len()), (&only(&[(2, 2)]), 0));
}

#[test]
fn the_same_by_sha256() {
    by_sha256(&[
        a_conflict_is_a_gap,
        binary_files_and_attributes_hide_nothing,
        a_linked_work_tree_has_an_index_of_its_own,
        a_git_dir_beside_its_work_tree,
        a_missing_object_is_a_gap_with_its_name,
        a_sparse_index_hides_nothing_staged,
    ]);
    #[cfg(unix)]
    by_sha256(&[
        links_are_text_and_submodules_are_elsewhere,
        strange_names_and_line_ends,
    ]);
}
