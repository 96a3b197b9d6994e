//! Links, pipes, strange names, what cannot be read.

use super::*;

#[cfg(unix)]
#[test]
fn links_are_never_followed_out_of_the_tree() {
    use std::os::unix::fs::symlink;
    let (lab, outside) = (Lab::new(), Lab::without_git());
    outside.write("secret/file", b"outside\n");
    lab.write("dir/file", b"inside\n");
    symlink(outside.path("secret"), lab.path("to-dir")).expect("links can be made");
    symlink(outside.path("secret/file"), lab.path("to-file")).expect("links can be made");
    symlink("dir/file", lab.path("within")).expect("links can be made");
    symlink("nowhere", lab.path("dangling")).expect("links can be made");
    symlink("..", lab.path("dir/loop")).expect("links can be made");
    let (seen, outcome) = run(&plain(&lab));
    assert_eq!(
        paths(&seen),
        [
            "dangling", "dir/file", "dir/loop", "to-dir", "to-file", "within"
        ]
    );
    assert!(
        seen.iter()
            .all(|one| one.1.starts_with("-> ") != (one.0 == "dir/file")),
        "{seen:?}"
    );
    assert_eq!(outcome.gaps, []);
    // Named, a link within the tree is its target; one that leads out or nowhere is a gap, whatever it leads to.
    let named = ["within", "to-file", "to-dir", "dangling"];
    let (seen, outcome) = run(&tree(&lab, &named, WorktreeOptions::default()));
    assert_eq!(paths(&seen), ["dir/file"]);
    let gaps: Vec<(&str, &str)> = outcome
        .gaps
        .iter()
        .map(|gap| (gap.what.as_str(), gap.why.as_str()))
        .collect();
    assert_eq!(
        gaps,
        [
            (
                "to-file",
                "`to-file` is a link out of the tree: name its target"
            ),
            (
                "to-dir",
                "`to-dir` is a link out of the tree: name its target"
            ),
            ("dangling", "`dangling` is a link that leads nowhere"),
        ]
    );
    // A tracked file whose directory became a link is not there any more.
    lab.write("was/file", b"1\n");
    lab.write(".gitignore", b"was\n");
    lab.git(&["add", "-f", "was/file"]);
    std::fs::remove_dir_all(lab.path("was")).expect("it is there");
    symlink(outside.path("secret"), lab.path("was")).expect("links can be made");
    assert!(!paths(&run(&plain(&lab)).0).contains(&"was/file"));
    // Outside of a repository a link is just a name.
    symlink(lab.root(), outside.path("door")).expect("links can be made");
    let source = Worktree::new(
        vec![outside.path("door")],
        &outside.environment(),
        WorktreeOptions::default(),
    )
    .expect("the directory is there");
    assert!(paths(&run(&source).0).contains(&"dir/file"));
}

#[cfg(unix)]
#[test]
fn pipes_and_sockets_do_not_hang() {
    let lab = Lab::new();
    lab.write("a", b"1\n");
    let made = std::process::Command::new("mkfifo")
        .arg(lab.path("pipe"))
        .status()
        .expect("mkfifo is installed");
    assert!(made.success());
    let _socket = std::os::unix::net::UnixListener::bind(lab.path("socket"))
        .expect("the path is short enough");
    let (seen, outcome) = run(&plain(&lab));
    assert_eq!((paths(&seen), outcome.gaps.len()), (vec!["a"], 0));
    assert!(
        try_tree(&lab, &["pipe"], everything())
            .err()
            .expect("it is refused")
            .help
            .expect("it says what to do")
            .contains("--stdin")
    );
}

/// Git does not follow it, so what it would hide may be committed.
#[cfg(unix)]
#[test]
fn a_gitignore_that_is_a_link_hides_nothing() {
    use std::os::unix::fs::symlink;

    let above = Lab::without_git();
    above.write("rules", b"x\n");
    symlink("rules", above.path(".gitignore")).expect("links can be made");
    let lab = Lab::new();
    lab.write("common/rules", b"x\n");
    lab.write("plain/.gitignore", b"x\n");
    for path in ["x", "linked/x", "linked/deep/x", "plain/x", "dead/x"] {
        lab.write(path, b"1\n");
    }
    symlink("../common/rules", lab.path("linked/.gitignore")).expect("links can be made");
    symlink("nowhere", lab.path("dead/.gitignore")).expect("links can be made");
    let (seen, outcome) = run(&plain(&lab));
    let looked_at = |path: &str| seen.iter().any(|one| one.0 == path);
    for (path, expected) in [
        ("x", true),
        ("linked/x", true),
        ("linked/deep/x", true),
        ("plain/x", false),
        ("dead/x", true),
    ] {
        assert_eq!(looked_at(path), expected, "{path}");
    }
    assert_eq!(
        outcome.notes,
        ["linked: its .gitignore is a link, which git does not follow; nothing in it is ignored"]
    );
    // At the top, and from below.
    symlink("common/rules", lab.path(".gitignore")).expect("links can be made");
    for directory in ["", "linked/deep"] {
        let source = tree(&lab, &[directory], WorktreeOptions::default());
        let seen = run(&source).0;
        assert!(paths(&seen).contains(&"linked/deep/x"), "{directory}");
    }
    // What lies above the repository is no affair of it.
    let inner = above.path("inner");
    std::fs::create_dir_all(inner.join(".git")).expect("nothing is there yet");
    assert!(!super::super::is_below_odd_rules(&inner));
}

#[cfg(unix)]
#[test]
fn an_ignore_file_that_never_ends_is_not_read() {
    let lab = Lab::new();
    lab.write(".gitignore", b"x\n");
    for path in ["odd/x", "odd/deep/x", "fine/x", "fine/y"] {
        lab.write(path, b"1\n");
    }
    std::os::unix::fs::symlink("/dev/zero", lab.path("odd/.gitignore")).expect("links can be made");
    let (seen, outcome) = run(&plain(&lab));
    assert_eq!(
        paths(&seen),
        [
            ".gitignore",
            "fine/y",
            "odd/.gitignore",
            "odd/deep/x",
            "odd/x"
        ]
    );
    assert_eq!(outcome.notes.len(), 1, "{:?}", outcome.notes);
    let source = tree(&lab, &["odd/deep"], WorktreeOptions::default());
    assert_eq!(paths(&run(&source).0), ["odd/deep/x"]);
    // Nor is a git directory made of devices taken for one.
    lab.write("evil/f", b"1\n");
    std::fs::create_dir_all(lab.path("evil/.git/objects")).expect("nothing is there yet");
    std::fs::create_dir_all(lab.path("evil/.git/refs")).expect("nothing is there yet");
    for name in ["HEAD", "config", "commondir", "index", "packed-refs"] {
        std::os::unix::fs::symlink("/dev/zero", lab.path("evil/.git").join(name))
            .expect("links can be made");
    }
    let source = tree(&lab, &["evil"], WorktreeOptions::default());
    let (seen, outcome) = run(&source);
    assert_eq!((paths(&seen), outcome.gaps.len()), (vec!["f"], 1));
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_a_gap() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::new();
    lab.write("a", b"1\n");
    lab.write("closed", b"1\n");
    lab.write("shut/x", b"1\n");
    for path in ["closed", "shut"] {
        std::fs::set_permissions(lab.path(path), PermissionsExt::from_mode(0o000))
            .expect("they are ours");
    }
    let is_privileged = std::fs::read(lab.path("closed")).is_ok();
    let (seen, outcome) = run(&plain(&lab));
    std::fs::set_permissions(lab.path("shut"), PermissionsExt::from_mode(0o700))
        .expect("they are ours");
    if is_privileged {
        // Root may read anything; a file that fails at reading stands in for it.
        assert_eq!(paths(&seen), ["a", "closed", "shut/x"]);
        let gaps = gaps_of(Path::new("/proc/self/mem"));
        assert!(
            gaps.first()
                .is_none_or(|gap| gap.why.starts_with("cannot be read")),
            "{gaps:?}"
        );
        assert_eq!(gaps.is_empty(), !Path::new("/proc/self/mem").exists());
    } else {
        assert_eq!(paths(&seen), ["a"]);
        let what: Vec<_> = outcome.gaps.iter().map(|gap| gap.what.as_str()).collect();
        assert_eq!(what.len(), 2);
        assert!(what.contains(&"closed") && what.contains(&"shut"));
    }
    assert_eq!(gaps_of(&lab.path("vanished")), []);
}

/// What a reader says of one path.
fn gaps_of(path: &Path) -> Vec<crate::finding::Gap> {
    let roots = Roots::resolve(vec![PathBuf::from("/")], &Environment::at(Path::new("/")))
        .expect("there is a root");
    let visit = |_: Blob<'_>| {};
    let shared = Shared::new(&roots, &visit);
    let gathered = Mutex::new(Gathered::default());
    Reader::new(&shared, &gathered).path(path);
    gathered
        .into_inner()
        .expect("no thread panicked")
        .outcome
        .gaps
}

#[cfg(unix)]
#[test]
fn strange_names_come_through() {
    use std::os::unix::ffi::OsStrExt;
    let lab = Lab::new();
    lab.write(std::ffi::OsStr::from_bytes(b"caf\xe9"), b"1\n");
    lab.write("new\nline", b"2\n");
    lab.write("-", b"3\n");
    lab.git(&["add", "-A"]);
    let (seen, outcome) = run(&plain(&lab));
    assert_eq!(paths(&seen), ["-", "caf\\xe9", "new\nline"]);
    assert_eq!(
        outcome.notes, [""; 0],
        "tracked files are recognised by their bytes"
    );
}

#[test]
fn large_files_are_streamed() {
    let lab = Lab::new();
    let limit = usize::try_from(IN_MEMORY).expect("it fits in memory");
    for (name, length) in [
        ("0", 0),
        ("1", 128 << 10),
        ("2", (128 << 10) + 1),
        ("3", limit),
        ("4", limit + 1),
    ] {
        lab.write(name, &vec![b'x'; length]);
    }
    let seen = run(&plain(&lab)).0;
    let lengths: Vec<_> = seen
        .iter()
        .map(|one| {
            if one.1.len() < 50 {
                one.1.clone()
            } else {
                one.1.len().to_string()
            }
        })
        .collect();
    assert_eq!(
        lengths,
        [
            "",
            "131072",
            "131073",
            &limit.to_string(),
            &format!("stream of {0} ({0})", limit + 1)
        ]
    );
}

#[test]
fn the_thread_count_changes_nothing() {
    let lab = Lab::new();
    for at in 0..300 {
        lab.write(format!("d{}/f{at}", at % 9), format!("{at}\n").as_bytes());
    }
    lab.write(".gitignore", b"d3\nd4\n");
    lab.git(&["add", "-f", "d3"]);
    let source = plain(&lab);
    let (one, many) = (
        try_run(&source, 1).expect("the source can be read"),
        try_run(&source, 5).expect("the source can be read"),
    );
    assert_eq!((&one.0, one.1.stats), (&many.0, many.1.stats));
    assert_eq!(one.0.len(), 268);
}

#[test]
fn the_owner_does_not_matter_for_files() {
    let lab = Lab::new();
    lab.write("a", b"1\n");
    lab.git(&["add", "."]);
    #[cfg(unix)]
    let _ = std::os::unix::fs::chown(lab.path(".git"), Some(12_345), None);
    let (seen, outcome) = run(&plain(&lab));
    assert_eq!((paths(&seen), outcome.gaps.len()), (vec!["a"], 0));
}
