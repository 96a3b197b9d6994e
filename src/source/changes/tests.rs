use super::*;
use crate::source::testing::Lab;

/// A tree that holds `child` under each of `names`.
fn tree(git: &git2::Repository, child: Oid, mode: i32, names: &[&str]) -> Oid {
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
    let git = git2::Repository::open(lab.root()).expect("git made it");
    // Thousands of objects are quicker kept in memory than written.
    let odb = git.odb().expect("git made the repository");
    let _memory = odb.add_new_mempack_backend(1_000).expect("there is memory");
    let blob = git.blob(b"x\n").expect("the laboratory can be written");
    let names = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let mut wide = tree(&git, blob, 0o100_644, &names);
    let mut deep = tree(&git, blob, 0o100_644, &["file"]);
    for _ in 0..20 {
        wide = tree(&git, wide, 0o040_000, &names);
    }
    for _ in 0..3_000 {
        deep = tree(&git, deep, 0o040_000, &["d"]);
    }
    let changes = Changes::between(&git, &[], wide);
    assert!(changes.changed.len() < MOST_CHANGES + 10);
    assert!(
        changes.gaps[0].why.contains("more than"),
        "{:?}",
        changes.gaps
    );
    let changes = Changes::between(&git, &[wide], deep);
    assert_eq!(changes.changed.len(), 0);
    assert!(changes.gaps[0].why.contains("deep"), "{:?}", changes.gaps);
}

#[test]
fn a_missing_tree_is_a_gap() {
    let lab = Lab::new();
    let git = git2::Repository::open(lab.root()).expect("git made it");
    let id = Oid::from_str("1234567890123456789012345678901234567890").expect("forty digits");
    let changes = Changes::between(&git, &[], id);
    assert_eq!(changes.gaps[0].what, format!("tree {id}"));
}

#[test]
fn the_order_is_that_of_git() {
    let item = |name: &str, kind| Item {
        name: name.into(),
        id: Oid::ZERO_SHA1,
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
