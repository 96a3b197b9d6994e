use super::*;
use crate::source::Repository;
use crate::source::changes::Changes;
use crate::source::history::Oid;
use crate::source::testing::{Lab, by_sha256};

fn paths(index: &Index) -> Vec<(String, u8, bool)> {
    let mut entries = index.entries();
    let mut all = Vec::new();
    while let Some(entry) = entries.advance().expect("git wrote the entries") {
        all.push((
            String::from_utf8_lossy(entry.path).into_owned(),
            entry.stage,
            entry.intent_to_add,
        ));
    }
    all
}

#[test]
fn every_version_lists_the_same() {
    let lab = Lab::new();
    let long = format!("d/{}", "n".repeat(250));
    for path in [
        "a",
        "b/c",
        "b/cd/e",
        "b/cd/f",
        "sp ace",
        "line\nbreak",
        &long,
    ] {
        lab.write(path, b"x\n");
    }
    lab.git(&["add", "."]);
    lab.write("later", b"y\n");
    let mut lists = Vec::new();
    for version in ["2", "4"] {
        lab.git(&["update-index", "--index-version", version]);
        let index = Index::read(&lab.path(".git/index"), lab.id_length())
            .expect("it can be read")
            .expect("git wrote one");
        assert_eq!(index.version.to_string(), version);
        lists.push(paths(&index));
    }
    assert_eq!(lists[0], lists[1]);
    assert_eq!(lists[0].len(), 7);
    lab.git(&["add", "-N", "later"]);
    for version in ["3", "4"] {
        lab.git(&["update-index", "--index-version", version]);
        let index = Index::read(&lab.path(".git/index"), lab.id_length())
            .expect("it can be read")
            .expect("git wrote one");
        assert!(
            paths(&index).contains(&("later".to_owned(), 0, true)),
            "version {version}"
        );
    }
}

#[test]
fn no_index_is_none_and_a_damaged_one_is_an_error() {
    let lab = Lab::new();
    assert!(
        Index::read(&lab.path(".git/index"), lab.id_length())
            .expect("it can be read")
            .is_none()
    );
    for path in ["a/b", "a/c", "d"] {
        lab.write(path, b"x\n");
    }
    lab.git(&["add", "."]);
    lab.git(&["commit", "-qm", "one"]);
    let bytes = fs::read(lab.path(".git/index")).expect("git wrote it");
    // Whatever is cut off or flipped: an answer or an error, no panic.
    for end in 0..bytes.len() {
        let result = Index::parse(bytes[..end].to_vec(), lab.id_length())
            .and_then(|index| index.tree_cache().map(|_| ()));
        assert!(
            result.is_err() || end > bytes.len() - 30 - 2 * lab.id_length(),
            "cut at {end}"
        );
    }
    let repository = Repository::open(lab.root(), &lab.environment()).expect("git made it");
    let reader = repository.reader();
    let head = id_of(&lab, "HEAD^{tree}");
    for at in 0..bytes.len() {
        for bits in [0xff, 1, 0x40] {
            let mut flipped = bytes.clone();
            flipped[at] ^= bits;
            let index = Index::parse(flipped, lab.id_length());
            let _ = index.and_then(|index| Changes::staged(&reader, Some(head), &index));
        }
    }
}

/// The object that git finds by a name.
fn id_of(lab: &Lab, name: &str) -> Oid {
    Oid::from_hex(lab.git(&["rev-parse", name]).as_bytes()).expect("git says its id")
}

/// An index of version 2 with these entries (mode, path, object) and this tree cache.
fn made(entries: &[(u32, &str, Oid)], cache: &[u8], id_length: usize) -> Vec<u8> {
    let mut bytes = b"DIRC\0\0\0\x02".to_vec();
    bytes.extend((entries.len() as u32).to_be_bytes());
    for (mode, path, id) in entries {
        let start = bytes.len();
        bytes.extend([0; 24]);
        bytes.extend(mode.to_be_bytes());
        bytes.extend([0; 12]);
        bytes.extend(id.as_bytes());
        bytes.extend((path.len() as u16).to_be_bytes());
        bytes.extend(path.as_bytes());
        bytes.resize(start + (bytes.len() - start + 8) / 8 * 8, 0);
    }
    if !cache.is_empty() {
        bytes.extend(b"TREE");
        bytes.extend((cache.len() as u32).to_be_bytes());
        bytes.extend(cache);
    }
    bytes.extend(vec![0; id_length]);
    bytes
}

#[test]
fn entries_that_would_hide_others_are_refused() {
    let lab = Lab::new();
    for (path, text) in [("a/b", b"x\n"), ("a/c", b"x\n"), ("d", b"y\n")] {
        lab.write(path, text);
    }
    lab.git(&["add", "."]);
    lab.git(&["commit", "-qm", "one"]);
    let repository = Repository::open(lab.root(), &lab.environment()).expect("git made it");
    let reader = repository.reader();
    let [tree, below] = ["HEAD^{tree}", "HEAD:a"].map(|name| id_of(&lab, name));
    let new = id_of(&lab, "HEAD:d");
    let staged = |entries: &[(u32, &str, Oid)], cache: &[u8]| {
        let index = Index::parse(made(entries, cache, lab.id_length()), lab.id_length())
            .expect("it is an index");
        Changes::staged(&reader, Some(tree), &index)
    };
    let node = |count: &str| [b"\0-1 1\na\0", count.as_bytes(), b" 0\n", below.as_bytes()].concat();
    let (file, directory) = (0o100_644, 0o040_000);
    let files = [(file, "a/b", new), (file, "a/c", new), (file, "e", new)];
    assert_eq!(
        staged(&files, b"")
            .expect("the entries are sound")
            .changed
            .len(),
        3
    );
    // The cached tree is what a commit would hold.
    assert_eq!(
        staged(&files, &node("2"))
            .expect("the entries are sound")
            .changed
            .len(),
        1
    );
    for (entries, cache) in [
        // Of the root, all of it; then nothing was left to look at.
        (&[(directory, "", tree), (file, "e", new)][..], &b""[..]),
        (&[(directory, "x", tree)], b""),
        (&[(file, "x/", new)], b""),
        (&[(file, "", new)], b""),
        (&files, &node("0")),
        (&files, &node("1")),
        (&files, &node("3")),
    ] {
        let result = staged(entries, cache);
        assert!(matches!(result, Err(IndexError::Damaged)), "{entries:?}");
    }
}

#[test]
fn a_split_index_is_refused_with_advice() {
    let lab = Lab::new();
    lab.write("a", b"x\n");
    lab.git(&["add", "."]);
    lab.git(&["update-index", "--split-index"]);
    let index = Index::read(&lab.path(".git/index"), lab.id_length())
        .expect("it can be read")
        .expect("git wrote one");
    let error = index.tree_cache().expect_err("it is refused");
    assert!(
        error
            .advice()
            .expect("it says what to do")
            .contains("--no-split-index"),
        "{error}"
    );
}

#[test]
fn the_same_by_sha256() {
    by_sha256(&[
        every_version_lists_the_same,
        no_index_is_none_and_a_damaged_one_is_an_error,
        entries_that_would_hide_others_are_refused,
        a_split_index_is_refused_with_advice,
    ]);
}
