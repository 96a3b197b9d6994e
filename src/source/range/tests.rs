use super::*;
use crate::source::Lines;
use crate::source::delivery::MESSAGE;
use crate::source::testing::{Lab, Seen, by_sha256, paths, run, try_run};

fn range(lab: &Lab, spec: &str) -> Range {
    range_in(lab.root(), spec).expect("the range is there")
}

fn range_in(dir: &Path, spec: &str) -> Result<Range, SourceError> {
    Range::open(dir, spec, &Environment::at(dir), Exclude::default())
}

fn refused(lab: &Lab, spec: &str) -> SourceError {
    range_in(lab.root(), spec).err().expect("it is refused")
}

/// Path, commit and lines of files, without the messages and what was only moved.
fn files(seen: &Seen) -> Vec<(&str, &str, Lines)> {
    let files = seen
        .iter()
        .filter(|one| one.0 != MESSAGE && one.1 != "moved");
    files
        .map(|one| {
            (
                one.0.as_str(),
                one.3.as_deref().expect("what a range shows has a commit"),
                one.2.clone(),
            )
        })
        .collect()
}

fn only(ranges: &[(u32, u32)]) -> Lines {
    Lines::Only(ranges.to_vec())
}

#[test]
fn each_commit_adds_its_lines_and_its_message() {
    let lab = Lab::new();
    lab.write("a", b"1\n");
    lab.commit("one");
    lab.write("a", b"1\n2\n");
    lab.write("b/c", b"x\n");
    lab.commit("two\n\nwith a body");
    lab.write("a", b"1\n");
    let head = lab.commit("three takes it back");
    let source = range(&lab, "HEAD~2..HEAD");
    assert_eq!(
        source.scope(),
        Scope {
            kind: ScopeKind::Range,
            root: ".".to_owned(),
            head: Some(head)
        }
    );
    let (seen, outcome) = run(&source);
    assert_eq!(
        files(&seen),
        [("a", "two", only(&[(2, 2)])), ("b/c", "two", Lines::All)]
    );
    let messages: Vec<_> = seen
        .iter()
        .filter(|one| one.0 == MESSAGE)
        .map(|one| one.1.as_str())
        .collect();
    let told = ["HEAD", "HEAD~1"].map(|id| format!("{}\n", lab.git(&["cat-file", "commit", id])));
    assert_eq!(messages, told);
    assert!(told[1].contains("author A U Thor <") && told[1].ends_with("with a body\n"));
    assert_eq!(
        (
            outcome.stats.commits,
            outcome.stats.blobs,
            outcome.gaps.len()
        ),
        (2, 2, 0)
    );
}

#[test]
fn ends_left_out_are_head() {
    let lab = Lab::new();
    lab.write("a", b"1\n");
    lab.commit("one");
    lab.git(&["tag", "v1"]);
    lab.write("b", b"2\n");
    lab.commit("two");
    for spec in ["v1..", "v1...", "v1..HEAD", "HEAD^..main"] {
        assert_eq!(paths(&run(&range(&lab, spec)).0), [MESSAGE, "b"], "{spec}");
    }
    for spec in ["..v1", "HEAD..HEAD"] {
        let (seen, outcome) = run(&range(&lab, spec));
        assert_eq!(
            (seen.len(), outcome.notes),
            (0, vec![format!("no commits in {spec}")])
        );
    }
}

#[test]
fn two_dots_and_three() {
    let lab = Lab::new();
    lab.write("base", b"1\n");
    lab.commit("base");
    lab.git(&["checkout", "-qb", "side"]);
    lab.write("side", b"1\n");
    lab.commit("side");
    lab.git(&["checkout", "-q", "main"]);
    lab.write("main", b"1\n");
    lab.commit("main");
    for spec in ["main..side", "main...side"] {
        assert_eq!(
            files(&run(&range(&lab, spec)).0),
            [("side", "side", Lines::All)],
            "{spec}"
        );
    }
    lab.git(&["checkout", "-q", "--orphan", "island"]);
    lab.commit("island");
    assert!(
        refused(&lab, "main...island")
            .message
            .contains("merge base")
    );
    // A first commit adds everything.
    assert_eq!(
        paths(&run(&range(&lab, "main..island")).0),
        [MESSAGE, "base", "main"]
    );
}

#[test]
fn a_merge_answers_for_its_own_lines_only() {
    let lab = Lab::new();
    let text: String = (0..20).map(|line| format!("line {line}\n")).collect();
    lab.write("both", text.as_bytes());
    lab.commit("base");
    lab.git(&["checkout", "-qb", "side"]);
    lab.write("both", text.replace("line 2\n", "side 2\n").as_bytes());
    lab.write("from-side", b"s\n");
    lab.commit("side");
    lab.git(&["checkout", "-q", "main"]);
    lab.write("both", text.replace("line 17\n", "main 17\n").as_bytes());
    lab.commit("main");
    lab.git(&["tag", "before"]);
    lab.git(&["merge", "-q", "--no-commit", "side"]);
    let merged = text
        .replace("line 2\n", "side 2\n")
        .replace("line 17\n", "main 17\n");
    lab.write("both", merged.replace("line 9\n", "evil 9\n").as_bytes());
    lab.write("evil", b"slipped in\n");
    lab.commit("merge");
    let (seen, _) = run(&range(&lab, "HEAD^2..HEAD"));
    let merge: Vec<_> = files(&seen)
        .into_iter()
        .filter(|one| one.1 == "merge")
        .collect();
    assert_eq!(
        merge,
        [
            ("both", "merge", only(&[(10, 10)])),
            ("evil", "merge", Lines::All)
        ]
    );
    let (seen, _) = run(&range(&lab, "before..HEAD"));
    assert!(
        files(&seen).contains(&("from-side", "side", Lines::All)),
        "the merged commits are in the range"
    );
}

#[test]
fn a_clean_merge_adds_nothing() {
    let lab = Lab::new();
    lab.write("a", b"1\n");
    lab.commit("base");
    lab.git(&["checkout", "-qb", "side"]);
    lab.write("dir/s", b"s\n");
    lab.commit("side");
    lab.git(&["checkout", "-q", "main"]);
    lab.git(&["mv", "a", "moved"]);
    lab.commit("main");
    lab.git(&["merge", "-q", "-m", "merge", "side"]);
    let (seen, _) = run(&range(&lab, "main^1..main"));
    assert_eq!(files(&seen), [("dir/s", "side", Lines::All)]);
}

#[test]
fn a_move_with_one_changed_line() {
    let lab = Lab::new();
    let text: String = (0..30).map(|line| format!("line {line}\n")).collect();
    lab.write("old", text.as_bytes());
    lab.commit("one");
    lab.git(&["mv", "old", "new"]);
    lab.write("new", text.replace("line 4\n", "changed\n").as_bytes());
    lab.commit("two");
    assert_eq!(
        files(&run(&range(&lab, "HEAD^..")).0),
        [("new", "two", only(&[(5, 5)]))]
    );
}

#[test]
fn many_commits_from_many_threads() {
    let lab = Lab::new();
    lab.commit("zero");
    for at in 0..20 {
        lab.write(format!("f{at}"), format!("{at}\n").as_bytes());
        lab.commit(&format!("number {at}"));
    }
    let source = range(&lab, "HEAD~20..");
    let (one, many) = (
        try_run(&source, 1).expect("the source can be read"),
        try_run(&source, 4).expect("the source can be read"),
    );
    assert_eq!(one.0.len(), 40);
    assert_eq!((one.0, one.1.stats), (many.0, many.1.stats));
}

#[test]
fn a_shallow_clone_is_not_clean() {
    let lab = Lab::new();
    for at in 0..4 {
        lab.write("a", format!("{at}\n").as_bytes());
        lab.commit(&format!("number {at}"));
    }
    let url = format!("file://{}", lab.root().display());
    lab.git_in(
        lab.path("..").as_path(),
        &["clone", "-q", "--depth", "2", &url, "shallow"],
    );
    let clone = lab.beside("shallow");
    let open = |spec: &str| range_in(&clone, spec);
    // Within what is there, nothing is amiss.
    let (seen, outcome) = run(&open("HEAD~1..HEAD").expect("the range is there"));
    assert_eq!(
        (files(&seen), outcome.gaps),
        (vec![("a", "number 3", only(&[(1, 1)]))], vec![])
    );
    let error = open("HEAD~3..HEAD").err().expect("it is refused");
    assert!(
        error
            .help
            .expect("it says what to do")
            .contains("fetch-depth: 0")
    );
    // A branch that leaves history before the cut.
    lab.git(&["checkout", "-q", "-b", "old", "HEAD~3"]);
    lab.write("b", b"1\n");
    lab.commit("old");
    lab.git_in(
        &clone,
        &["fetch", "-q", "--depth", "1", "origin", "old:old"],
    );
    let (seen, outcome) = run(&open("old..HEAD").expect("the range is there"));
    assert_eq!(files(&seen), [("a", "number 3", only(&[(1, 1)]))]);
    assert_eq!(outcome.gaps.len(), 1);
    assert!(
        outcome.gaps[0].why.contains("fetch-depth: 0"),
        "{}",
        outcome.gaps[0].why
    );
    let error = open("old...HEAD").err().expect("it is refused");
    assert!(
        error
            .help
            .expect("it says what to do")
            .contains("fetch-depth: 0")
    );
}

#[test]
fn a_partial_clone_is_not_clean() {
    let lab = Lab::new();
    lab.git(&["config", "uploadpack.allowFilter", "true"]);
    lab.write("a", b"one\n");
    lab.commit("one");
    lab.write("a", b"two\n");
    lab.commit("two");
    lab.write("a", b"three\n");
    lab.commit("three");
    let url = format!("file://{}", lab.root().display());
    lab.git_in(
        lab.path("..").as_path(),
        &["clone", "-q", "--filter=blob:none", &url, "partial"],
    );
    let clone = lab.beside("partial");
    let source = range_in(&clone, "HEAD~2..HEAD").expect("the range is there");
    let (seen, outcome) = run(&source);
    // The blob of `three` is checked out; the one before it is not here, so all lines count.
    assert_eq!(files(&seen), [("a", "three", Lines::All)]);
    assert_eq!(outcome.gaps.len(), 1);
    assert!(
        outcome.gaps[0].why.contains("--refetch"),
        "{}",
        outcome.gaps[0].why
    );
    // The advice is good.
    lab.git_in(&clone, &["fetch", "-q", "--refetch", "--no-filter"]);
    assert_eq!(run(&source).1.gaps, []);
}

#[test]
fn alternates_are_followed() {
    let lab = Lab::new();
    lab.write("a", b"1\n");
    lab.commit("one");
    lab.write("a", b"1\n2\n");
    lab.commit("two");
    lab.git_in(
        lab.path("..").as_path(),
        &["clone", "-q", "--shared", "lab", "borrower"],
    );
    let clone = lab.beside("borrower");
    let source = range_in(&clone, "HEAD^..").expect("the range is there");
    assert_eq!(files(&run(&source).0), [("a", "two", only(&[(2, 2)]))]);
}

#[test]
fn a_bare_repository_has_ranges() {
    let lab = Lab::new();
    lab.write("a", b"1\n");
    lab.commit("one");
    lab.write("b", b"2\n");
    lab.commit("two");
    lab.git_in(
        lab.path("..").as_path(),
        &["clone", "-q", "--bare", "lab", "bare.git"],
    );
    let bare = lab.beside("bare.git");
    let source = range_in(&bare, "HEAD^..").expect("the range is there");
    assert_eq!(files(&run(&source).0), [("b", "two", Lines::All)]);
}

#[test]
fn what_is_no_range_says_what_to_do() {
    let lab = Lab::new();
    lab.write("a", b"1\n");
    lab.commit("one");
    for (spec, message, help) in [
        ("HEAD", "no range", "HEAD..HEAD"),
        ("nowhere..HEAD", "`nowhere`", "fetched"),
        (
            &format!("HEAD..{}", "0".repeat(lab.id_length() * 2)),
            "no commit",
            "zeros",
        ),
        ("HEAD:a..HEAD", "no commit", "fetched"),
    ] {
        let error = refused(&lab, spec);
        assert!(error.message.contains(message), "{spec}: {}", error.message);
        assert!(
            error
                .help
                .as_ref()
                .expect("it says what to do")
                .contains(help),
            "{spec}: {:?}",
            error.help
        );
    }
}

#[test]
fn an_excluded_path_is_not_read_but_messages_are() {
    let lab = Lab::new();
    lab.commit("one");
    lab.write("docs/x", b"1\n");
    lab.commit("two");
    let exclude = Exclude::new(&["docs"]).expect("they are globs");
    let source = Range::open(lab.root(), "HEAD^..", &lab.environment(), exclude)
        .expect("the range is there");
    assert_eq!(paths(&run(&source).0), [MESSAGE]);
}

#[test]
fn the_same_by_sha256() {
    by_sha256(&[
        each_commit_adds_its_lines_and_its_message,
        ends_left_out_are_head,
        two_dots_and_three,
        a_merge_answers_for_its_own_lines_only,
        a_clean_merge_adds_nothing,
        a_move_with_one_changed_line,
        many_commits_from_many_threads,
        a_shallow_clone_is_not_clean,
        a_partial_clone_is_not_clean,
        alternates_are_followed,
        a_bare_repository_has_ranges,
        what_is_no_range_says_what_to_do,
        an_excluded_path_is_not_read_but_messages_are,
    ]);
}
