//! Objects that stand in another pack, store or work tree.

use super::*;

/// Bases after their deltas, in another pack, loose, missing, and in a circle: written by hand, as git never does.
#[test]
fn bases_anywhere() {
    let scratch = Scratch::new(&[]);
    let base = b"one line\n".as_slice();
    scratch.write("base", base);
    let loose = scratch.git(&["hash-object", "-w", "base"]);
    let loose = Oid::from_hex(loose.as_bytes()).expect("git prints an id");
    let id = |bytes: &[u8]| Oid::of(HashKind::Sha1, Kind::Blob, bytes).expect("SHA-1 is known");
    let longer = |bytes: &[u8]| [bytes, b"+\n"].concat();
    // Copies all of the base and adds a line.
    let delta = |base: &[u8]| {
        let len = base.len() as u8;
        [&[len, len + 2, 0x90, len, 2][..], b"+\n"].concat()
    };
    let (second, third) = (longer(base), longer(&longer(base)));
    let fourth = longer(&third);
    let made_up = |digit: u8| Oid::from_hex(&[digit; 40]).expect("forty digits");
    let (nowhere, left, right) = (made_up(b'1'), made_up(b'2'), made_up(b'3'));
    write_pack(
        &scratch,
        "pack-1",
        &[
            (id(&third), Some(id(&second)), delta(&second)),
            (id(&second), Some(loose), delta(base)),
            (made_up(b'4'), Some(nowhere), delta(base)),
            (left, Some(right), delta(base)),
            (right, Some(left), delta(base)),
        ],
    );
    write_pack(
        &scratch,
        "pack-2",
        &[(id(&fourth), Some(id(&third)), delta(&third))],
    );
    let (proof, walked) = Proof::of(&scratch.open(), &all(2));
    let seen: Vec<Oid> = proof.seen.into_keys().collect();
    let mut expected = vec![loose, id(&second), id(&third), id(&fourth)];
    expected.sort();
    assert_eq!(seen, expected);
    assert_eq!(proof.wrong, []);
    assert_eq!(walked.gaps.len(), 3, "{:?}", walked.gaps);
}

#[test]
fn many_packs_with_copies_and_loose_objects() {
    let mut scratch = Scratch::new(&[]);
    for round in 0..5 {
        scratch.grow(6);
        scratch.git(&["repack", "-dq"]);
        scratch.write(&format!("loose{round}"), &Random::new(round).text(3));
        scratch.commit("loose");
    }
    // The same objects once more, in a pack of all.
    scratch.git(&["repack", "-afq", "--depth=20"]);
    scratch.git(&["multi-pack-index", "write"]);
    scratch.grow(3);
    let first = assert_all_decoded(&scratch, &all(2));
    let count = listed(&scratch).len() as u64;
    assert!(first.objects < count * 2, "{first:?} of {count}");
}

#[cfg(unix)]
#[test]
fn alternates_of_alternates() {
    let mut first = Scratch::new(&[]);
    first.grow(10);
    first.git(&["repack", "-adfq"]);
    let mut second = Scratch::new(&[]);
    let mut third = Scratch::new(&[]);
    std::fs::write(
        second.root.join(".git/objects/info/alternates"),
        format!(
            "# borrowed\n{}\n",
            first.root.join(".git/objects").display()
        ),
    )
    .expect("it can be written");
    second.random = Random::new(99);
    second.grow(5);
    // A relative path, and one that leads back.
    std::os::unix::fs::symlink(
        second.root.join(".git/objects"),
        third.root.join(".git/next"),
    )
    .expect("links can be made");
    std::fs::write(
        third.root.join(".git/objects/info/alternates"),
        "../next\n.\n",
    )
    .expect("it can be written");
    third.random = Random::new(5);
    third.grow(3);
    assert_all_decoded(&third, &all(2));
    assert!(listed(&third).len() > listed(&first).len() + 10);

    std::fs::write(
        third.root.join(".git/objects/info/alternates"),
        "/nowhere\n",
    )
    .expect("it can be written");
    assert_eq!(third.open().store().gaps().len(), 1);
}

#[test]
fn linked_work_trees_and_bare_clones() {
    let mut scratch = Scratch::new(&[]);
    scratch.grow(5);
    scratch.git(&["worktree", "add", "-q", "../linked", "-b", "linked"]);
    let linked = scratch.root.with_file_name("linked");
    let repository = Repository::open(&linked, 1).expect("git made it");
    let (proof, _) = Proof::of(&repository, &all(1));
    assert_eq!(proof.seen.len(), listed(&scratch).len());
    let bare = scratch.root.with_file_name("bare.git");
    git_in(
        &scratch.root,
        0,
        &[
            "clone",
            "-q",
            "--bare",
            "--no-local",
            ".",
            bare.to_str().expect("the directory's name is ASCII"),
        ],
        b"",
    );
    let (proof, _) = Proof::of(&Repository::open(&bare, 1).expect("git made it"), &all(1));
    assert!(proof.wrong.is_empty() && proof.seen.len() > 10);
    let above = scratch.root.parent().expect("it is below another");
    assert!(Repository::open(above, 1).is_err());
}
