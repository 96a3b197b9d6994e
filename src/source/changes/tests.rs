use super::*;
use crate::source::Repository;
use crate::source::testing::{Lab, by_sha256};

/// A tree that holds `child` under each of `names`.
fn tree(git: &git2::Repository, child: git2::Oid, mode: i32, names: &[&str]) -> git2::Oid {
    let mut builder = git.treebuilder(None).expect("no object is needed");
    for name in names {
        builder
            .insert(name, child, mode)
            .expect("the names are those of files");
    }
    builder.write().expect("the laboratory can be written")
}

#[test]
fn trees_that_are_bombs_end_in_a_gap() {
    let lab = Lab::new();
    let repository = Repository::open(lab.root(), &lab.environment()).expect("git made it");
    let (git, reader) = (repository.git(), repository.reader());
    let blob = git.blob(b"x\n").expect("the laboratory can be written");
    let names = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let mut wide = tree(git, blob, 0o100_644, &names);
    let mut deep = tree(git, blob, 0o100_644, &["file"]);
    for _ in 0..20 {
        wide = tree(git, wide, 0o040_000, &names);
    }
    for _ in 0..DEEPEST + 100 {
        deep = tree(git, deep, 0o040_000, &["d"]);
    }
    let [wide, deep] =
        [wide, deep].map(|id| repository.id(id).expect("it is one of the repository"));
    let changes = Changes::between(&reader, &[], wide);
    assert!(changes.changed.len() < MOST_CHANGES + 10);
    assert!(
        changes.gaps[0].why.contains("more than"),
        "{:?}",
        changes.gaps
    );
    let changes = Changes::between(&reader, &[wide], deep);
    assert_eq!(changes.changed.len(), 0);
    assert!(changes.gaps[0].why.contains("deep"), "{:?}", changes.gaps);
}

#[test]
fn a_missing_tree_is_a_gap() {
    let lab = Lab::new();
    let repository = Repository::open(lab.root(), &lab.environment()).expect("git made it");
    let id = Oid::from_hex("12".repeat(lab.id_length()).as_bytes()).expect("they are digits");
    let changes = Changes::between(&repository.reader(), &[], id);
    assert_eq!(changes.gaps[0].what, format!("tree {id}"));
}

#[test]
fn the_order_is_that_of_git() {
    let item = |name: &str, kind| Item {
        name: name.into(),
        id: Oid::from_hex(&[b'0'; 40]).expect("they are digits"),
        kind,
    };
    let sorted = [
        item("a", Kind::File),
        item("a.b", Kind::File),
        item("a", Kind::Tree),
        item("a0", Kind::Module),
        item("ab", Kind::Link),
    ];
    for (at, one) in sorted.iter().enumerate() {
        for (beside, two) in sorted.iter().enumerate() {
            assert_eq!(order(one, two), at.cmp(&beside));
        }
    }
}

#[test]
fn a_damaged_tree_is_a_gap() {
    let lab = Lab::new();
    lab.write("a", b"1\n");
    lab.git(&["add", "."]);
    let blob = lab.git(&["rev-parse", ":a"]);
    let repository = Repository::open(lab.root(), &lab.environment()).expect("git made it");
    let raw = Oid::from_hex(blob.as_bytes()).expect("git names it");
    let odb = repository.git().odb().expect("git made it");
    let good = [b"100644 a\0", raw.as_bytes()].concat();
    for (bytes, entries) in [
        (good.clone(), Some(1)),
        ([&good[..], &good[..good.len() - 1]].concat(), None),
        ([b"100644 \0", raw.as_bytes()].concat(), None),
        ([b"999 a\0", raw.as_bytes()].concat(), None),
        ([b"100644a\0", raw.as_bytes()].concat(), None),
        (Vec::new(), Some(0)),
    ] {
        let id = odb
            .write(git2::ObjectType::Tree, &bytes)
            .expect("the laboratory can be written");
        let id = repository.id(id).expect("it is one of the repository");
        let changes = Changes::between(&repository.reader(), &[], id);
        let found = changes.gaps.is_empty().then_some(changes.changed.len());
        assert_eq!(found, entries, "{:?}", String::from_utf8_lossy(&bytes));
    }
    let changes = Changes::between(&repository.reader(), &[], raw);
    assert_eq!(changes.gaps.len(), 1, "a blob is no tree");
}

#[test]
fn the_same_by_sha256() {
    by_sha256(&[
        trees_that_are_bombs_end_in_a_gap,
        a_missing_tree_is_a_gap,
        a_damaged_tree_is_a_gap,
    ]);
}
