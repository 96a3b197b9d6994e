//! Every object, however it is stored, is decoded to the bytes its id promises.

mod elsewhere;

use super::super::fixture::{Proof, Random, Scratch, git_in};
use super::super::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

const ALL: &[Kind] = &[Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag];

fn all(threads: usize) -> Plan<'static> {
    Plan {
        kinds: ALL,
        threads,
        ..Plan::default()
    }
}

/// What git says is there, alternates included.
fn listed(scratch: &Scratch) -> BTreeMap<String, String> {
    let list = scratch.git(&[
        "cat-file",
        "--batch-all-objects",
        "--batch-check=%(objectname) %(objecttype)",
    ]);
    let pairs = list.lines().filter_map(|line| line.split_once(' '));
    pairs
        .map(|(id, kind)| (id.to_owned(), kind.to_owned()))
        .collect()
}

fn pack_file(scratch: &Scratch) -> PathBuf {
    let entries =
        std::fs::read_dir(scratch.root.join(".git/objects/pack")).expect("git makes the directory");
    let mut paths = entries.map(|entry| entry.expect("it can be listed").path());
    paths
        .find(|path| {
            path.extension()
                .is_some_and(|extension| extension == "pack")
        })
        .expect("everything was packed")
}

/// Writes a pack of blobs and deltas by id, and its index.
fn write_pack(scratch: &Scratch, name: &str, entries: &[(Oid, Option<Oid>, Vec<u8>)]) {
    let mut pack = [
        &b"PACK\0\0\0\x02"[..],
        &(entries.len() as u32).to_be_bytes(),
    ]
    .concat();
    let mut places = Vec::new();
    for (id, base, body) in entries {
        places.push((*id, pack.len() as u32));
        assert!(body.len() < 16);
        pack.push(body.len() as u8 | if base.is_some() { 0x70 } else { 0x30 });
        pack.extend(base.iter().flat_map(|base| base.as_bytes().to_vec()));
        let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
        let mut stream = vec![0; compressor.zlib_compress_bound(body.len())];
        let len = compressor
            .zlib_compress(body, &mut stream)
            .expect("the stream has room for it");
        pack.extend(&stream[..len]);
    }
    let checksum = [7; 20];
    pack.extend(checksum);
    places.sort();
    let mut index = b"\xfftOc\0\0\0\x02".to_vec();
    for byte in 0..=255 {
        let count = places
            .iter()
            .filter(|(id, _)| id.as_bytes()[0] <= byte)
            .count();
        index.extend((count as u32).to_be_bytes());
    }
    index.extend(places.iter().flat_map(|(id, _)| id.as_bytes().to_vec()));
    index.extend(places.iter().flat_map(|_| [0; 4]));
    index.extend(places.iter().flat_map(|(_, offset)| offset.to_be_bytes()));
    index.extend([checksum, [0; 20]].concat());
    scratch.write(&format!(".git/objects/pack/{name}.pack"), &pack);
    scratch.write(&format!(".git/objects/pack/{name}.idx"), &index);
}

fn assert_all_decoded(scratch: &Scratch, plan: &Plan<'_>) -> WalkStats {
    let repository = scratch.open();
    assert_eq!(repository.store().gaps(), []);
    let (proof, walked) = Proof::of(&repository, plan);
    assert_eq!(walked.gaps, []);
    assert_eq!(proof.wrong, []);
    let seen: BTreeMap<_, _> = proof
        .seen
        .iter()
        .map(|(id, kind)| (id.to_string(), kind.name().to_owned()))
        .collect();
    assert_eq!(seen, listed(scratch));
    for (id, kind) in proof.seen.iter().step_by(7) {
        let (found, bytes) = repository.read(id).expect("the walk has read it");
        assert_eq!(
            (found, Oid::of(repository.store().hash(), found, &bytes)),
            (*kind, Some(*id))
        );
    }
    assert_each_read(&repository, &proof);
    walked.stats
}

/// Read in groups, on any number of threads, objects are what they are.
fn assert_each_read(repository: &Repository, proof: &Proof) {
    let ids: Vec<Oid> = proof.seen.keys().rev().copied().collect();
    for threads in [1, 3] {
        let read = repository.read_each(&ids, threads, Vec::new, |seen, id, kind, bytes| {
            let hashed = Oid::of(repository.store().hash(), kind, bytes);
            assert_eq!(hashed, Some(*id));
            seen.push((*id, kind));
        });
        let read: BTreeMap<Oid, Kind> = read
            .expect("no thread panicked")
            .into_iter()
            .flatten()
            .collect();
        assert_eq!(read, proof.seen);
    }
    let absent = [
        &ids[..],
        &[Oid::new(
            repository.store().hash(),
            &vec![1; repository.store().hash().len()],
        )
        .expect("as many bytes as the hash has")],
    ]
    .concat();
    let nothing = repository.read_each(&absent, 2, || (), |(), _, _, _| ());
    assert_eq!(nothing.err(), Some(Damage::Missing));
}

#[test]
fn loose_objects() {
    let mut scratch = Scratch::new(&[]);
    scratch.grow(12);
    scratch.write("empty", b"");
    scratch.write(
        "large",
        &scratch.root.as_os_str().as_encoded_bytes().repeat(40_000),
    );
    scratch.commit("more");
    assert_eq!(assert_all_decoded(&scratch, &all(2)).deltas, 0);
}

#[test]
fn packs_of_any_shape() {
    let mut scratch = Scratch::new(&[]);
    scratch.grow(40);
    let shapes: [&[&str]; 4] = [
        &["repack", "-adfq", "--depth=50", "--window=20"],
        &[
            "-c",
            "repack.useDeltaBaseOffset=false",
            "repack",
            "-adfq",
            "--depth=50",
            "--window=50",
        ],
        &["repack", "-adfq", "--depth=4000", "--window=4"],
        &[
            "-c",
            "pack.compression=0",
            "-c",
            "pack.indexVersion=1",
            "repack",
            "-adfq",
            "--depth=3",
        ],
    ];
    for shape in shapes {
        scratch.git(shape);
        for threads in [1, 3] {
            let stats = assert_all_decoded(&scratch, &all(threads));
            assert!(stats.deltas > 20, "{shape:?}: {stats:?}");
        }
    }
    // So little memory that bases are decoded again and again.
    assert_all_decoded(
        &scratch,
        &Plan {
            memory: 1,
            ..all(1)
        },
    );
    assert_all_decoded(
        &scratch,
        &Plan {
            memory: 1,
            ..all(4)
        },
    );
}

#[test]
fn offsets_of_eight_bytes() {
    let mut scratch = Scratch::new(&[]);
    scratch.grow(10);
    scratch.git(&["repack", "-adfq"]);
    let pack = pack_file(&scratch);
    let index = pack.with_extension("idx");
    let before = std::fs::metadata(&index).expect("it is there").len();
    std::fs::remove_file(&index).expect("it is there");
    // Everything past the first bytes goes into the table of long offsets.
    scratch.git(&[
        "index-pack",
        "--index-version=2,0x20",
        pack.to_str().expect("names in the laboratory are ASCII"),
    ]);
    assert!(std::fs::metadata(&index).expect("it is there").len() > before);
    assert_all_decoded(&scratch, &all(2));
}

#[test]
fn sha256() {
    let mut scratch = Scratch::new(&["--object-format=sha256"]);
    scratch.grow(20);
    assert_all_decoded(&scratch, &all(2));
    scratch.git(&["-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq"]);
    assert_all_decoded(&scratch, &all(2));
}

#[test]
fn only_wanted_objects_and_their_bases_are_visited() {
    let mut scratch = Scratch::new(&[]);
    scratch.grow(20);
    scratch.git(&["repack", "-adfq"]);
    let repository = scratch.open();
    let hash = Some(repository.store().hash());
    let visited = |only: &[bool]| {
        let walked = repository.walk_only(&all(1), Some(only), || Proof::new(hash));
        let seen = walked.visitors.into_iter().flat_map(|proof| proof.seen);
        (seen.collect::<BTreeMap<_, _>>(), walked.stats.objects)
    };
    let mut only = vec![false; repository.store().slots()];
    assert_eq!(visited(&only).1, 0);
    let (every, _) = Proof::of(&repository, &all(1));
    let wanted = *every.seen.keys().nth(10).expect("there are more");
    only[repository.store().find(&wanted).expect("it was seen") as usize] = true;
    let (seen, objects) = visited(&only);
    assert!(seen.contains_key(&wanted));
    assert!(objects < every.seen.len() as u64 / 2);
}

/// Hands a panic on instead of waiting for the thread that had it.
#[test]
fn a_visitor_that_panics_ends_the_walk() {
    struct Fuse;
    impl Visitor for Fuse {
        type State = ();
        fn full(&mut self, _: Object<'_>) {
            panic!("on purpose");
        }
        fn delta(&mut self, _: Object<'_>, _: Delta<'_, ()>) {}
    }
    let mut scratch = Scratch::new(&[]);
    scratch.grow(3);
    let repository = scratch.open();
    let walk = std::panic::AssertUnwindSafe(|| repository.walk(&all(4), || Fuse));
    assert!(std::panic::catch_unwind(walk).is_err());
}

/// An id that says which number it has.
fn numbered(number: u32) -> Oid {
    let mut raw = [0; 20];
    raw[..4].copy_from_slice(&number.to_be_bytes());
    Oid::new(HashKind::Sha1, &raw).expect("as many bytes as the hash has")
}

/// A chain far deeper than git makes, and far wider: neither recursion nor memory gives way.
#[test]
fn a_chain_of_ten_thousand_deltas() {
    let scratch = Scratch::new(&[]);
    let mut entries = vec![(numbered(0), None, b"same".to_vec())];
    for number in 1..10_000 {
        // Every third hangs from the one before the last, so that branches wait all the way down.
        let base = if number % 3 == 0 {
            number - 2
        } else {
            number - 1
        };
        entries.push((numbered(number), Some(numbered(base)), vec![4, 4, 0x90, 4]));
    }
    write_pack(&scratch, "pack-deep", &entries);
    for plan in [
        Plan::default(),
        Plan {
            threads: 4,
            ..Plan::default()
        },
        Plan {
            memory: 1 << 20,
            ..Plan::default()
        },
    ] {
        let walked = scratch.open().walk(&plan, Same::default);
        assert_eq!(
            walked.stats,
            WalkStats {
                objects: 10_000,
                deltas: 9_999,
                bytes: 40_000,
                remade: 0,
                failed: 0
            }
        );
        assert!(walked.visitors.iter().all(|same| !same.0));
    }
    assert_eq!(
        scratch
            .open()
            .read(&numbered(9_999))
            .expect("the chain can be followed")
            .1,
        b"same"
    );
}

/// Every link of a deep chain has another branch to be visited after the rest of the chain: memory runs short, and the
/// chain is made again in halves, not each time from its root.
#[test]
fn a_deep_chain_with_branches_is_not_made_again_for_each() {
    const DEPTH: u32 = 2_000;
    let scratch = Scratch::new(&[]);
    let made =
        |number: u32, base: u32| (numbered(number), Some(numbered(base)), vec![4, 4, 0x90, 4]);
    let mut entries = vec![(numbered(0), None, b"same".to_vec())];
    entries.extend((1..DEPTH).map(|number| made(number, number - 1)));
    for link in 0..DEPTH {
        // One that has a delta of its own comes after the others, and so last.
        let branch = DEPTH + link * 2;
        entries.extend([made(branch, link), made(branch + 1, branch)]);
    }
    write_pack(&scratch, "pack-branches", &entries);
    for (memory, weight) in [(1 << 20, 0), (1 << 20, 8 << 10), (64 << 20, 0)] {
        let plan = Plan {
            memory,
            ..Plan::default()
        };
        let walked = scratch.open().walk(&plan, || Weighty {
            same: Same::default(),
            weight,
        });
        let stats = walked.stats;
        assert_eq!((stats.objects, stats.failed), (u64::from(DEPTH) * 3, 0));
        assert!(walked.visitors.iter().all(|visitor| !visitor.same.0));
        assert_eq!(stats.remade > 0, memory < 2 << 20, "{stats:?}");
        assert!(stats.remade < u64::from(DEPTH) * 12, "{stats:?}");
    }
}

/// Learns something of each object that takes so many bytes.
struct Weighty {
    same: Same,
    weight: usize,
}

impl Visitor for Weighty {
    type State = Vec<u8>;

    fn full(&mut self, object: Object<'_>) -> Vec<u8> {
        self.same.full(object);
        object.bytes.repeat(self.weight / 4)
    }

    fn delta(&mut self, object: Object<'_>, delta: Delta<'_, Vec<u8>>) -> Vec<u8> {
        assert_eq!(delta.base.len(), self.weight);
        self.full(object)
    }

    fn weight(state: &Vec<u8>) -> usize {
        state.capacity()
    }
}

/// Whether any object was not `same`.
#[derive(Default)]
struct Same(bool);

impl Visitor for Same {
    type State = ();

    fn full(&mut self, object: Object<'_>) {
        self.0 |= object.bytes != b"same";
    }

    fn delta(&mut self, object: Object<'_>, _: Delta<'_, ()>) {
        self.full(object);
    }
}
