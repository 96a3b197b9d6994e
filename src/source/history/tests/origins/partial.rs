//! Histories that are not whole, and what is asked of a part.

use super::*;

#[test]
fn names_of_all_sorts_count() {
    let mut scratch = Scratch::new(&[]);
    scratch.write("base.txt", b"base\n");
    let base = scratch.commit("base");
    let blob = |name: &str, scratch: &mut Scratch| {
        scratch.write(name, format!("only {name}\n").as_bytes());
        Oid::from_hex(scratch.git(&["hash-object", "-w", name]).as_bytes())
            .expect("it is an id in hexadecimal")
    };
    let stashed = blob("base.txt", &mut scratch);
    scratch.git(&["stash", "-q"]);
    let older = blob("base.txt", &mut scratch);
    assert_eq!(older, stashed);
    scratch.write("base.txt", b"second stash\n");
    scratch.git(&["stash", "-q"]);
    let tagged = blob("tagged.txt", &mut scratch);
    scratch.git(&["tag", "blob-tag", &tagged.to_string()]);
    let treed = blob("dir/treed.txt", &mut scratch);
    scratch.git(&["add", "dir"]);
    let tree = scratch.git(&["write-tree"]);
    scratch.git(&["update-ref", "refs/odd/tree", &tree]);
    scratch.git(&["rm", "-rq", "--cached", "dir"]);
    let linked = blob("linked.txt", &mut scratch);
    scratch.git(&["worktree", "add", "-q", "--detach", "../linked"]);
    let other = scratch.root.with_file_name("linked");
    std::fs::write(other.join("linked.txt"), "only linked.txt\n")
        .expect("the directory can be written");
    git_in(&other, 1_700_000_000, &["add", "-A"], b"");
    git_in(
        &other,
        1_700_000_000,
        &["commit", "-q", "-m", "linked"],
        b"",
    );
    let noted = scratch.git(&["notes", "add", "-m", "a note", &base]);
    assert_eq!(noted, "");

    let repository = scratch.open();
    let (_, found) = provenances(&repository, &Selection::default());
    let presence = |id: &Oid| found[id].presence.clone();
    assert_eq!(presence(&stashed), Presence::StashOnly);
    assert_eq!(
        presence(&tagged),
        Presence::Ref("refs/tags/blob-tag".to_owned())
    );
    assert_eq!(presence(&treed), Presence::Ref("refs/odd/tree".to_owned()));
    assert_eq!(
        presence(&linked),
        Presence::Ref("worktrees/linked/HEAD".to_owned())
    );
    let notes = found
        .values()
        .filter(|found| found.presence == Presence::Ref("refs/notes/commits".to_owned()));
    assert_eq!(notes.count(), 1);
    assert_eq!(
        found[&stashed]
            .first
            .as_ref()
            .expect("a commit brought it in")
            .path
            .as_str(),
        "base.txt"
    );
}

#[test]
fn a_selection_narrows() {
    let mut scratch = Scratch::new(&[]);
    scratch.write("one", b"1\n");
    scratch.commit("one");
    scratch.git(&["branch", "old"]);
    scratch.write("two", b"2\n");
    scratch.commit("two");
    let repository = scratch.open();
    let id = |name: &str| {
        Oid::from_hex(scratch.git(&["hash-object", name]).as_bytes())
            .expect("it is an id in hexadecimal")
    };
    let (one, two) = (id("one"), id("two"));

    let old = Selection {
        refs: vec!["old".to_owned()],
        since: None,
    };
    let (graph, found) = provenances(&repository, &old);
    assert_eq!(graph.commits(&repository).count(), 1);
    assert_eq!((found[&one].commits, found[&two].commits), (1, 0));
    assert_eq!(
        (&found[&two].first, &found[&two].presence),
        (&None, &Presence::Head)
    );

    let since = Selection {
        refs: vec![],
        since: Some(1_700_000_120),
    };
    let (_, found) = provenances(&repository, &since);
    assert_eq!(
        (found[&one].first.is_some(), found[&two].first.is_some()),
        (false, true)
    );
    assert_eq!(found[&one].paths, []);

    let unknown = Selection {
        refs: vec!["nowhere".to_owned()],
        since: None,
    };
    assert_eq!(
        repository.graph(&unknown, 1, |_| ()).err().as_deref(),
        Some("nowhere")
    );
}

#[test]
fn replacements_and_grafts_are_ignored() {
    let mut scratch = Scratch::new(&[]);
    scratch.write("a", b"secret\n");
    let first = scratch.commit("first");
    scratch.write("a", b"clean\n");
    let second = scratch.commit("second");
    scratch.git(&["replace", &first, &second]);
    scratch.write(".git/info/grafts", format!("{second}\n").as_bytes());
    let repository = scratch.open();
    let (graph, found) = provenances(&repository, &Selection::default());
    assert_eq!(graph.commits(&repository).count(), 2);
    assert!(found.values().all(|found| found.first.is_some()));
    let old = found
        .values()
        .filter(|found| found.presence == Presence::HistoryOnly);
    assert_eq!(old.count(), 1, "the first commit still has its own tree");
}

#[test]
fn a_shallow_clone_says_so() {
    let mut scratch = Scratch::new(&[]);
    scratch.grow(10);
    scratch.git(&["checkout", "-q", "--orphan", "straight"]);
    scratch.git(&["rm", "-rfq", "."]);
    for round in 0..4 {
        scratch.write("line", format!("{round}\n").as_bytes());
        scratch.commit("straight");
    }
    let clone = scratch.root.with_file_name("clone");
    let url = format!("file://{}", scratch.root.display());
    git_in(
        &scratch.root,
        0,
        &[
            "clone",
            "-q",
            "--depth=2",
            "-b",
            "straight",
            &url,
            clone.to_str().expect("names in the laboratory are ASCII"),
        ],
        b"",
    );
    let repository = Repository::open(&clone, 1).expect("git made it");
    let graph = repository
        .graph(&Selection::default(), 1, |_| ())
        .expect("no ref is asked for");
    let count = graph.commits(&repository).count();
    assert_eq!((count, graph.gaps().len()), (2, 1));
    assert!(
        graph.gaps()[0].why.contains("shallow"),
        "{:?}",
        graph.gaps()
    );
    let (proof, _) = Proof::of(&repository, &Plan::default());
    let blobs: Vec<Oid> = proof.seen.into_keys().collect();
    let groups: Vec<Vec<Oid>> = blobs.iter().map(|blob| vec![*blob]).collect();
    let (found, _) =
        repository.provenance_of_groups(&graph, &groups, &mut CommitCount::default(), None, 1);
    // The boundary, whose parents were not fetched, passes for the one that brought in all but the last.
    let boundary = graph.commits(&repository).next();
    let first = |found: &&Provenance| found.first.as_ref().map(|first| first.commit) == boundary;
    assert_eq!(found.iter().filter(first).count(), blobs.len() - 1);
    assert_eq!(repository.missing(&graph, &|_| {}, 1), []);
}

#[test]
fn a_partial_clone_counts_what_it_lacks() {
    let mut scratch = Scratch::new(&[]);
    scratch.grow(8);
    scratch.git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = scratch.root.with_file_name("clone");
    let url = format!("file://{}", scratch.root.display());
    let arguments = [
        "clone",
        "-q",
        "--bare",
        "--filter=blob:none",
        &url,
        clone.to_str().expect("names in the laboratory are ASCII"),
    ];
    git_in(&scratch.root, 0, &arguments, b"");
    let repository = Repository::open(&clone, 1).expect("git made it");
    assert!(repository.is_partial());
    let graph = repository
        .graph(&Selection::default(), 1, |_| ())
        .expect("no ref is asked for");
    let listed = git_in(
        &clone,
        0,
        &["rev-list", "--objects", "--all", "--missing=print"],
        b"",
    );
    let missing = listed.lines().filter(|line| line.starts_with('?')).count();
    assert!(missing > 5);
    assert_eq!(
        repository.missing(&graph, &|_| {}, 2)[0].what,
        format!("{missing} objects")
    );
}

#[test]
fn with_a_date_a_new_path_of_an_old_blob_is_kept() {
    let mut scratch = Scratch::new(&[]);
    scratch.write("one", b"1\n");
    scratch.commit("one");
    let moved = scratch.git(&["hash-object", "one"]);
    std::fs::rename(scratch.root.join("one"), scratch.root.join("two")).expect("it is there");
    let second = scratch.commit("two");
    let since = Selection {
        refs: vec![],
        since: Some(1_700_000_120),
    };
    let (_, found) = provenances(&scratch.open(), &since);
    let found = &found[&Oid::from_hex(moved.as_bytes()).expect("it is an id in hexadecimal")];
    assert_eq!(found.first, None);
    let second = Oid::from_hex(second.as_bytes()).expect("it is an id in hexadecimal");
    assert_eq!(
        found.paths,
        [(crate::finding::RepoPath::new("two"), second)]
    );
}

#[test]
fn more_paths_than_can_be_kept_are_a_gap() {
    let scratch = Scratch::new(&[]);
    let blob = scratch.git(&["hash-object", "-w", "--stdin"]);
    let mut text = String::new();
    for number in 0..10_001 {
        text.push_str(&format!("100644 blob {blob}\t{number}\n"));
    }
    let tree = git_in(&scratch.root, 0, &["mktree"], text.as_bytes());
    let commit = scratch.git(&["commit-tree", "-m", "many", &tree]);
    scratch.git(&["update-ref", "refs/heads/main", &commit]);
    let repository = scratch.open();
    let graph = repository
        .graph(&Selection::default(), 1, |_| ())
        .expect("no ref is asked for");
    let id = Oid::from_hex(blob.as_bytes()).expect("it is an id in hexadecimal");
    let (found, gaps) =
        repository.provenance_of_groups(&graph, &[vec![id]], &mut CommitCount::default(), None, 1);
    assert_eq!(found[0].paths.len(), 10_000);
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert_eq!(gaps[0].what, format!("object {blob}"));
}

#[test]
fn what_is_missing_counts_where_a_commit_leads_to_it() {
    let mut scratch = Scratch::new(&[]);
    scratch.write("base", b"base\n");
    let base = scratch.commit("base");
    // Listed by trees that are reached and by some that are not; which are read first depends on their ids.
    let mut both = Vec::new();
    for number in 0..8 {
        scratch.write(
            &format!("d{number}/reached"),
            format!("both {number}\n").as_bytes(),
        );
        scratch.write(
            &format!("e{number}/gone"),
            format!("gone {number}\n").as_bytes(),
        );
        both.push(scratch.git(&["hash-object", &format!("d{number}/reached")]));
    }
    for number in 0..8 {
        let (from, to) = (format!("d{number}/reached"), format!("e{number}/copy"));
        std::fs::copy(scratch.root.join(from), scratch.root.join(to)).expect("it can be copied");
    }
    scratch.commit("left behind");
    let gone: Vec<String> = (0..8)
        .map(|number| scratch.git(&["hash-object", &format!("e{number}/gone")]))
        .collect();
    scratch.git(&["reset", "-q", "--soft", &base]);
    scratch.git(&["rm", "-rqf", "--cached", "."]);
    (0..8).for_each(|number| drop(scratch.git(&["add", &format!("d{number}")])));
    scratch.git(&["commit", "-q", "-m", "kept"]);
    scratch.git(&["reflog", "expire", "--expire=now", "--all"]);
    scratch.git(&["update-ref", "-d", "ORIG_HEAD"]);
    for id in both.iter().chain(&gone) {
        let (directory, name) = id.split_at(2);
        let file = scratch.root.join(".git/objects").join(directory).join(name);
        std::fs::remove_file(file).expect("it is there, loose");
    }
    let repository = scratch.open();
    let graph = repository
        .graph(&Selection::default(), 1, |_| ())
        .expect("no ref is asked for");
    let mut gaps: Vec<String> = repository
        .missing(&graph, &|_| (), 2)
        .into_iter()
        .map(|gap| gap.what)
        .collect();
    gaps.sort();
    both.sort();
    let both: Vec<String> = both.iter().map(|id| format!("object {id}")).collect();
    assert_eq!(gaps, both);
}
