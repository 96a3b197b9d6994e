mod odd;

use super::*;
use crate::source::IN_MEMORY;
use crate::source::Lines;
use crate::source::testing::{Lab, Seen, by_sha256, paths, run, try_run};

fn staged(lab: &Lab) -> Staged {
    Staged::open(lab.root(), &lab.environment(), Exclude::default())
        .expect("git made the repository")
}

fn only(ranges: &[(u32, u32)]) -> Lines {
    Lines::Only(ranges.to_vec())
}

#[test]
fn before_the_first_commit_everything_is_new() {
    let lab = Lab::new();
    lab.write("a/b.txt", b"x\ny\n");
    lab.write("untracked", b"z\n");
    lab.git(&["add", "a"]);
    let source = staged(&lab);
    assert_eq!(
        source.scope(),
        Scope {
            kind: ScopeKind::Staged,
            root: ".".to_owned(),
            head: None
        }
    );
    assert_eq!(
        run(&source).0,
        [("a/b.txt".to_owned(), "x\ny\n".to_owned(), Lines::All, None)]
    );
    assert_eq!(run(&staged(&Lab::new())).0, []);
}

#[test]
fn the_index_counts_not_the_work_tree() {
    let lab = Lab::new();
    lab.write("a", b"1\n2\n3\n");
    lab.write("kept/b", b"same\n");
    let head = lab.commit("one");
    lab.write("a", b"1\nstaged\n3\n");
    lab.git(&["add", "a"]);
    lab.write("a", b"1\nstaged\n3\nnot staged\n");
    let source = staged(&lab);
    assert_eq!(source.scope().head, Some(head));
    let (seen, outcome) = run(&source);
    assert_eq!(
        seen,
        [(
            "a".to_owned(),
            "1\nstaged\n3\n".to_owned(),
            only(&[(2, 2)]),
            None
        )]
    );
    assert_eq!(
        (outcome.stats.blobs, outcome.gaps.len(), outcome.notes.len()),
        (1, 0, 0)
    );
}

#[test]
fn one_deep_change_is_found_among_many() {
    let lab = Lab::new();
    for at in 0..300 {
        lab.write(
            format!("d{}/e{}/f{at}", at % 7, at % 5),
            format!("{at}\n").as_bytes(),
        );
    }
    lab.commit("many");
    lab.write("d3/e1/new/x", b"x\n");
    lab.write("d3/e1/f31", b"31\nmore\n");
    lab.git(&["rm", "-q", "d0/e0/f0"]);
    lab.git(&["add", "."]);
    assert_eq!(paths(&run(&staged(&lab)).0), ["d3/e1/f31", "d3/e1/new/x"]);
    // Without its tree cache the index says the same.
    lab.git(&["read-tree", "HEAD"]);
    lab.git(&["add", "-A"]);
    assert_eq!(paths(&run(&staged(&lab)).0), ["d3/e1/f31", "d3/e1/new/x"]);
}

#[test]
fn many_changes_come_from_many_threads() {
    let lab = Lab::new();
    for at in 0..200 {
        lab.write(format!("f{at:03}"), format!("{at}\n").as_bytes());
    }
    lab.git(&["add", "."]);
    let one = try_run(&staged(&lab), 1).expect("the source can be read");
    let four = try_run(&staged(&lab), 4).expect("the source can be read");
    assert_eq!(one.0.len(), 200);
    assert_eq!((one.0, one.1.stats), (four.0, four.1.stats));
}

#[test]
fn a_file_that_becomes_a_directory_and_back() {
    let lab = Lab::new();
    lab.write("a", b"x\n");
    lab.write("b/c", b"y\n");
    lab.write("a.b", b"z\n");
    lab.commit("one");
    std::fs::remove_file(lab.path("a")).expect("it is there");
    std::fs::remove_dir_all(lab.path("b")).expect("it is there");
    lab.write("a/inside", b"new\n");
    lab.write("b", b"newer\n");
    lab.git(&["add", "-A"]);
    assert_eq!(paths(&run(&staged(&lab)).0), ["a/inside", "b"]);
}

#[test]
fn what_is_moved_is_not_new() {
    let lab = Lab::new();
    let text: String = (0..40).map(|line| format!("line {line}\n")).collect();
    lab.write("old/exact", text.as_bytes());
    lab.write("old/edited", text.replace("line", "row").as_bytes());
    lab.write("old/other", b"nothing like it\n");
    lab.commit("one");
    lab.git(&["mv", "old", "new"]);
    lab.write(
        "new/edited",
        text.replace("line", "row")
            .replace("row 7\n", "row seven\n")
            .as_bytes(),
    );
    lab.write("new/other", b"quite different\n");
    lab.git(&["add", "-A"]);
    let (seen, _) = run(&staged(&lab));
    let (moved, new): (Seen, Seen) = seen.into_iter().partition(|one| one.1 == "moved");
    let lines: Vec<_> = new.iter().map(|one| (one.0.as_str(), &one.2)).collect();
    assert_eq!(
        lines,
        [
            ("new/edited", &only(&[(8, 8)])),
            ("new/exact", &only(&[])),
            ("new/other", &Lines::All)
        ]
    );
    // Their names are.
    assert_eq!(paths(&moved), ["new/edited", "new/exact"]);
}

#[test]
fn a_second_copy_is_new() {
    let lab = Lab::new();
    lab.write("a", b"one\ntwo\n");
    lab.commit("one");
    lab.write("copy", b"one\ntwo\n");
    lab.git(&["add", "-A"]);
    assert_eq!(run(&staged(&lab)).0[0].2, Lines::All);
    lab.git(&["mv", "a", "moved"]);
    let (seen, _) = run(&staged(&lab));
    let texts: Vec<_> = seen
        .iter()
        .map(|one| (one.0.as_str(), one.1.as_str()))
        .collect();
    assert_eq!(
        texts,
        [
            ("copy", "moved"),
            ("copy", "one\ntwo\n"),
            ("moved", "one\ntwo\n")
        ],
        "one source stands for one target"
    );
    assert_eq!((&seen[1].2, &seen[2].2), (&only(&[]), &Lines::All));
}

#[test]
fn announced_files_have_no_content_yet() {
    let lab = Lab::new();
    lab.write("a", b"1\n");
    lab.commit("one");
    lab.write("later", b"x\n");
    lab.git(&["add", "-N", "later"]);
    let (seen, outcome) = run(&staged(&lab));
    assert_eq!(seen, []);
    assert_eq!(
        outcome.notes,
        ["1 file added with `git add -N`: no content is staged yet"]
    );
}

#[test]
fn the_index_git_names_is_read() {
    let lab = Lab::new();
    lab.write("a", b"1\n");
    lab.commit("one");
    lab.write("usual", b"u\n");
    lab.git(&["add", "usual"]);
    // As `git commit a` does: another index, given relative to the top.
    std::fs::copy(lab.path(".git/index"), lab.path(".git/next-index.lock"))
        .expect("there is an index");
    lab.git(&["rm", "-q", "--cached", "usual"]);
    let environment = Environment {
        index: Some(".git/next-index.lock".into()),
        git_dir: Some(".git".into()),
        ..lab.environment()
    };
    let source = Staged::open(Path::new("."), &environment, Exclude::default())
        .expect("git made the repository");
    assert_eq!(paths(&run(&source).0), ["usual"]);
    assert_eq!(run(&staged(&lab)).0, []);
}

#[test]
fn what_the_configuration_excludes_is_not_read() {
    let lab = Lab::new();
    lab.write("docs/x", b"1\n");
    lab.write("app/x", b"1\n");
    lab.git(&["add", "."]);
    let exclude = Exclude::new(&["docs/**"]).expect("they are globs");
    let source =
        Staged::open(lab.root(), &lab.environment(), exclude).expect("git made the repository");
    assert_eq!(paths(&run(&source).0), ["app/x"]);
}

#[test]
fn a_large_blob_is_streamed() {
    let lab = Lab::new();
    lab.commit("one");
    let length = usize::try_from(IN_MEMORY).expect("it fits in memory") + 10;
    lab.write("large", &vec![b'x'; length]);
    lab.git(&["add", "."]);
    assert_eq!(
        run(&staged(&lab)).0[0].1,
        format!("stream of {length} ({length})")
    );
    lab.git(&["commit", "-qm", "two"]);
    lab.git(&["gc", "-q"]);
    lab.git(&["reset", "-q", "--soft", "HEAD~1"]);
    assert_eq!(
        run(&staged(&lab)).0[0].1.len(),
        length,
        "a packed one is held"
    );
}

#[test]
fn the_same_by_sha256() {
    by_sha256(&[
        before_the_first_commit_everything_is_new,
        the_index_counts_not_the_work_tree,
        one_deep_change_is_found_among_many,
        many_changes_come_from_many_threads,
        a_file_that_becomes_a_directory_and_back,
        what_is_moved_is_not_new,
        a_second_copy_is_new,
        announced_files_have_no_content_yet,
        the_index_git_names_is_read,
        a_large_blob_is_streamed,
    ]);
}
