//! The graph and provenance, against a slow and simple reading of what git lists.

mod partial;

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
        let id = ids.next().expect("a line begins with an id");
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
    let graph = repository
        .graph(selection, 2, |_| ())
        .expect("no ref is asked for");
    assert_eq!(graph.gaps(), []);
    let (proof, _) = Proof::of(repository, &Plan::default());
    let blobs: Vec<Oid> = proof.seen.into_keys().collect();
    let groups: Vec<Vec<Oid>> = blobs.iter().map(|blob| vec![*blob]).collect();
    let (found, gaps) =
        repository.provenance_of_groups(&graph, &groups, &mut CommitCount::default(), None, 2);
    assert_eq!(gaps, []);
    assert_eq!(found.len(), blobs.len());
    // With hardly any memory the answers are the same.
    let (within, _) =
        repository.provenance_within(&graph, &groups, &mut CommitCount::default(), None, 10, 2);
    assert_eq!(within, found);
    (graph, blobs.into_iter().zip(found).collect())
}

fn check(commits: &BTreeMap<String, Shown>, blob: &str, found: &Provenance) {
    let holders: Vec<_> = commits
        .iter()
        .filter(|(_, shown)| has(shown, blob))
        .collect();
    assert_eq!(found.commits, holders.len() as u64, "{blob}");
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
            .map(|(path, _)| path.as_str())
            .collect::<Vec<_>>(),
        Vec::from_iter(paths)
    );
    assert_eq!(found.first.is_some(), !holders.is_empty());
    let Some(first) = &found.first else { return };
    let id = first.commit.to_string();
    assert!(
        commits[&id]
            .files
            .contains(&(blob.to_owned(), first.path.as_str().to_owned()))
    );
    assert!(!has_ancestor_with(commits, &id, blob));
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
    let graph = repository
        .graph(&Selection::default(), 3, |_| ())
        .expect("no ref is asked for");
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
    let again = repository
        .graph(&Selection::default(), 1, |_| ())
        .expect("no ref is asked for");
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
            .map(|line| {
                line.split(' ')
                    .next()
                    .expect("a line begins with an id")
                    .to_owned()
            })
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
                .expect("no ref is asked for")
                .push((object.kind, object.bytes.to_vec()))
        })
        .expect("no ref is asked for");
    let mut texts = texts.into_inner().expect("no thread panicked");
    texts.sort();
    assert!(
        texts[0]
            .1
            .ends_with(b"\n\nSay more\n\nbody of the message\n")
    );
    assert_eq!(texts[1].0, Kind::Tag);
    assert!(texts[1].1.ends_with(b"\n\nwords of a tag\n"));
    let id = Oid::from_hex(commit.as_bytes()).expect("it is an id in hexadecimal");
    assert_eq!(
        graph.standing(&repository, &id),
        (Presence::HistoryOnly, true)
    );
    let shown = repository.describe(&id);
    assert_eq!((shown.id, shown.summary), (commit, "Say more".to_owned()));
    assert_eq!(
        (&*shown.author, &*shown.date),
        ("Ann <ann@example.org>", "2023-11-14T22:14:20+00:00")
    );
}
