//! The graph and provenance, against a slow and simple reading of what git lists.

use super::super::fixture::{Proof, Random, Scratch, git_in};
use super::super::*;
use crate::finding::Presence;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A commit as git shows it.
struct Shown {
    parents: Vec<String>,
    /// Blob and path.
    files: BTreeSet<(String, String)>,
}

fn commits(scratch: &Scratch, which: &[&str]) -> BTreeMap<String, Shown> {
    let list = scratch.git(&[&["rev-list", "--parents"], which].concat());
    let show = |line: &str| {
        let mut ids = line.split(' ').map(str::to_owned);
        let id = ids.next().unwrap();
        (
            id.clone(),
            Shown {
                parents: ids.collect(),
                files: files(scratch, &id),
            },
        )
    };
    list.lines()
        .filter(|line| !line.is_empty())
        .map(show)
        .collect()
}

fn files(scratch: &Scratch, tree: &str) -> BTreeSet<(String, String)> {
    let list = scratch.git(&[
        "ls-tree",
        "-r",
        "--format=%(objecttype) %(objectname) %(path)",
        tree,
    ]);
    let lines = list
        .lines()
        .filter_map(|line| line.strip_prefix("blob ")?.split_once(' '));
    lines
        .map(|(id, path)| (id.to_owned(), path.to_owned()))
        .collect()
}

fn has(shown: &Shown, blob: &str) -> bool {
    shown.files.iter().any(|(id, _)| id == blob)
}

fn has_ancestor_with(commits: &BTreeMap<String, Shown>, start: &str, blob: &str) -> bool {
    let mut next = commits[start].parents.clone();
    let mut seen = BTreeSet::new();
    while let Some(id) = next.pop() {
        if seen.insert(id.clone()) {
            if has(&commits[&id], blob) {
                return true;
            }
            next.extend(commits[&id].parents.iter().cloned());
        }
    }
    false
}

/// All blobs of the database and where they come from.
fn provenances(
    repository: &Repository,
    selection: &Selection,
) -> (Graph, HashMap<Oid, Provenance>) {
    let graph = repository.graph(selection, 2, |_| ()).unwrap();
    assert_eq!(graph.gaps(), []);
    let (proof, _) = Proof::of(repository, &Plan::default());
    let blobs: Vec<Oid> = proof.seen.into_keys().collect();
    let found = repository.provenance(&graph, &blobs, 2);
    assert_eq!(found.gaps, []);
    assert_eq!(found.of.len(), blobs.len());
    // With hardly any memory the answers are the same.
    let groups: Vec<Vec<Oid>> = blobs.iter().map(|blob| vec![*blob]).collect();
    let (within, _) = repository.provenance_within(&graph, &groups, None, 10, 2);
    assert_eq!(
        blobs.iter().copied().zip(within).collect::<HashMap<_, _>>(),
        found.of
    );
    (graph, found.of)
}

fn check(commits: &BTreeMap<String, Shown>, blob: &str, found: &Provenance) {
    let holders: Vec<_> = commits
        .iter()
        .filter(|(_, shown)| has(shown, blob))
        .collect();
    let fresh = |shown: &Shown| {
        !shown
            .parents
            .iter()
            .any(|parent| has(&commits[parent], blob))
    };
    assert_eq!(found.commits, holders.len() as u64, "{blob}");
    assert_eq!(
        found.introductions,
        holders.iter().filter(|(_, shown)| fresh(shown)).count() as u64,
        "{blob}"
    );
    let paths: BTreeSet<&str> = holders
        .iter()
        .flat_map(|(_, shown)| &shown.files)
        .filter(|(id, _)| id == blob)
        .map(|(_, path)| &**path)
        .collect();
    assert_eq!(
        found
            .paths
            .iter()
            .map(|path| path.as_str())
            .collect::<Vec<_>>(),
        Vec::from_iter(paths)
    );
    assert_eq!(found.path_count, found.paths.len() as u64);
    assert_eq!(found.first.is_some(), !holders.is_empty());
    let Some(first) = &found.first else { return };
    let id = first.commit.to_string();
    assert!(
        commits[&id]
            .files
            .contains(&(blob.to_owned(), first.path.as_str().to_owned()))
    );
    assert!(!has_ancestor_with(commits, &id, blob));
    let last = found.last.unwrap().to_string();
    assert!(has(&commits[&last], blob));
    assert!(
        !holders
            .iter()
            .any(|(_, shown)| shown.parents.contains(&last))
    );
}

#[test]
fn provenance_is_what_a_slow_reading_finds() {
    for seed in 1..4 {
        let mut scratch = Scratch::new(&[]);
        scratch.random = Random::new(seed * 977);
        scratch.grow(25);
        if seed == 2 {
            scratch.git(&["repack", "-adfq"]);
        }
        scratch.write("unborn", b"in no commit\n");
        scratch.git(&["hash-object", "-w", "unborn"]);
        let repository = scratch.open();
        let (graph, found) = provenances(&repository, &Selection::default());
        let expected = commits(&scratch, &["--all", "--reflog"]);
        let reached: BTreeSet<String> = graph
            .commits(&repository)
            .map(|id| id.to_string())
            .collect();
        assert!(reached.iter().eq(expected.keys()), "the same commits");
        assert!(
            expected.values().any(|shown| shown.parents.len() > 1),
            "the history has merges"
        );
        let head = files(&scratch, "HEAD");
        let refs = scratch.git(&["for-each-ref", "--format=%(refname)"]);
        let tips: BTreeMap<&str, _> = refs
            .lines()
            .map(|name| (name, files(&scratch, name)))
            .collect();
        for (blob, found) in &found {
            let blob = blob.to_string();
            check(&expected, &blob, found);
            let is_in =
                |files: &BTreeSet<(String, String)>| files.iter().any(|(id, _)| *id == blob);
            match &found.presence {
                Presence::Head => assert!(is_in(&head)),
                Presence::Ref(name) => assert!(!is_in(&head) && is_in(&tips[&**name]), "{name}"),
                Presence::HistoryOnly => {
                    assert!(found.commits > 0 && !is_in(&head) && !tips.values().any(is_in));
                }
                Presence::Unreachable => assert_eq!(found.commits, 0),
                Presence::StashOnly => panic!("there is no stash"),
            }
        }
        assert_eq!(
            found
                .values()
                .filter(|found| found.presence == Presence::Unreachable)
                .count(),
            1
        );
    }
}

#[test]
fn parents_come_first() {
    let mut scratch = Scratch::new(&[]);
    scratch.grow(30);
    let repository = scratch.open();
    let graph = repository.graph(&Selection::default(), 3, |_| ()).unwrap();
    let order: Vec<String> = graph
        .commits(&repository)
        .map(|id| id.to_string())
        .collect();
    let place: HashMap<&String, usize> = order.iter().zip(0..).collect();
    for (id, shown) in commits(&scratch, &["--all", "--reflog"]) {
        assert!(
            shown
                .parents
                .iter()
                .all(|parent| place[parent] < place[&id])
        );
    }
    let again = repository.graph(&Selection::default(), 1, |_| ()).unwrap();
    assert_eq!(
        again
            .commits(&repository)
            .map(|id| id.to_string())
            .collect::<Vec<_>>(),
        order
    );
}

#[test]
fn reachable_objects_are_those_git_lists() {
    let mut scratch = Scratch::new(&[]);
    scratch.grow(20);
    // Reachable from the reflog only, then from nothing.
    scratch.write("lost.txt", b"only in the reflog\n");
    scratch.commit("lost");
    scratch.git(&["reset", "-q", "--hard", "HEAD~1"]);
    let listed = |scratch: &Scratch| -> BTreeSet<String> {
        let list = scratch.git(&[
            "rev-list",
            "--objects",
            "--all",
            "--reflog",
            "--filter=object:type=blob",
            "--filter-provided-objects",
        ]);
        list.lines()
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect()
    };
    let reached = |scratch: &Scratch| -> BTreeSet<String> {
        let (_, found) = provenances(&scratch.open(), &Selection::default());
        found
            .iter()
            .filter(|(_, found)| found.presence != Presence::Unreachable)
            .map(|(id, _)| id.to_string())
            .collect()
    };
    let with_reflog = reached(&scratch);
    assert_eq!(with_reflog, listed(&scratch));
    scratch.git(&["reflog", "expire", "--expire=now", "--all"]);
    assert_eq!(reached(&scratch), listed(&scratch));
    assert!(with_reflog.len() > listed(&scratch).len());
}

#[test]
fn names_of_all_sorts_count() {
    let mut scratch = Scratch::new(&[]);
    scratch.write("base.txt", b"base\n");
    let base = scratch.commit("base");
    let blob = |name: &str, scratch: &mut Scratch| {
        scratch.write(name, format!("only {name}\n").as_bytes());
        Oid::from_hex(scratch.git(&["hash-object", "-w", name]).as_bytes()).unwrap()
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
    std::fs::write(other.join("linked.txt"), "only linked.txt\n").unwrap();
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
        found[&stashed].first.as_ref().unwrap().path.as_str(),
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
    let id = |name: &str| Oid::from_hex(scratch.git(&["hash-object", name]).as_bytes()).unwrap();
    let (one, two) = (id("one"), id("two"));

    let old = Selection {
        refs: vec!["old".to_owned()],
        since: None,
    };
    let (graph, found) = provenances(&repository, &old);
    assert_eq!(graph.len(), 1);
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
        (found[&one].introductions, found[&two].introductions),
        (0, 1)
    );
    assert!(found[&one].first.is_none());

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
    let (graph, found) = provenances(&scratch.open(), &Selection::default());
    assert_eq!(graph.len(), 2);
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
            clone.to_str().unwrap(),
        ],
        b"",
    );
    let repository = Repository::open(&clone, 1).unwrap();
    let graph = repository.graph(&Selection::default(), 1, |_| ()).unwrap();
    assert_eq!((graph.len(), graph.gaps().len()), (2, 1));
    assert!(
        graph.gaps()[0].why.contains("shallow"),
        "{:?}",
        graph.gaps()
    );
    let (proof, _) = Proof::of(&repository, &Plan::default());
    let blobs: Vec<Oid> = proof.seen.into_keys().collect();
    let found = repository.provenance(&graph, &blobs, 1);
    let boundary =
        |found: &&Provenance| found.first.as_ref().is_some_and(|first| first.is_boundary);
    assert_eq!(found.of.values().filter(boundary).count(), blobs.len() - 1);
    assert_eq!(repository.missing(&graph, 1), []);
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
        clone.to_str().unwrap(),
    ];
    git_in(&scratch.root, 0, &arguments, b"");
    let repository = Repository::open(&clone, 1).unwrap();
    assert!(repository.is_partial());
    let graph = repository.graph(&Selection::default(), 1, |_| ()).unwrap();
    let listed = git_in(
        &clone,
        0,
        &["rev-list", "--objects", "--all", "--missing=print"],
        b"",
    );
    let missing = listed.lines().filter(|line| line.starts_with('?')).count();
    assert!(missing > 5);
    assert_eq!(
        repository.missing(&graph, 2)[0].what,
        format!("{missing} objects")
    );
}

#[test]
fn commits_and_tags_are_observed_and_described() {
    let mut scratch = Scratch::new(&[]);
    scratch.write("a", b"a\n");
    let commit = scratch.commit("Say more\n\nbody of the message");
    scratch.git(&["tag", "-a", "-m", "words of a tag", "v1"]);
    let repository = scratch.open();
    let texts = std::sync::Mutex::new(Vec::new());
    let graph = repository
        .graph(&Selection::default(), 2, |object| {
            texts
                .lock()
                .unwrap()
                .push((object.kind, object.bytes.to_vec()))
        })
        .unwrap();
    let mut texts = texts.into_inner().unwrap();
    texts.sort();
    assert_eq!(message(&texts[0].1), b"Say more\n\nbody of the message\n");
    assert_eq!(
        (texts[1].0, message(&texts[1].1)),
        (Kind::Tag, &b"words of a tag\n"[..])
    );
    let id = Oid::from_hex(commit.as_bytes()).unwrap();
    assert!(graph.contains(&repository, &id));
    let shown = repository.describe(&id);
    assert_eq!((shown.id, shown.summary), (commit, "Say more".to_owned()));
    assert_eq!(
        (&*shown.author, &*shown.date),
        ("Ann <ann@example.org>", "2023-11-14T22:14:20+00:00")
    );
}
