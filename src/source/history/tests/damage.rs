//! Damaged repositories: nothing panics, what can be read is read, the rest is named.

use super::super::fixture::{Proof, Random, Scratch};
use super::super::*;
use crate::finding::RepoPath;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const ALL: &[Kind] = &[Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag];

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).expect("the scratch repository can be read") {
        let path = entry.expect("the scratch repository can be read").path();
        if path.is_dir() {
            files.extend(files_below(&path))
        } else {
            files.push(path)
        }
    }
    files.sort();
    files
}

/// Replaces a file: what git wrote is read-only, and may be mapped.
fn replace(path: &Path, bytes: &[u8]) {
    std::fs::remove_file(path).expect("it is there");
    std::fs::write(path, bytes).expect("its directory can be written");
}

/// Each blob that is in a commit, who brought it in, and its paths.
type Answer = BTreeMap<Oid, (Option<Introduction>, Vec<(RepoPath, Oid)>)>;

/// Reads everything there is to read; what came out, and how many gaps.
fn read_all(scratch: &Scratch) -> (Answer, usize) {
    let Ok(repository) = Repository::open(&scratch.root, 2) else {
        return (Answer::new(), 1);
    };
    let plan = Plan {
        kinds: ALL,
        threads: 2,
        largest: 1 << 20,
        ..Plan::default()
    };
    let walked = repository.walk(&plan, Seen::default);
    let mut gaps = walked.gaps.len() + repository.store().gaps().len();
    let blobs: Vec<Oid> = walked
        .visitors
        .into_iter()
        .flat_map(|seen| seen.0)
        .collect();
    let mut answer = Answer::new();
    if let Ok(graph) = repository.graph(&Selection::default(), 2, |_| ()) {
        let groups: Vec<Vec<Oid>> = blobs.iter().map(|blob| vec![*blob]).collect();
        let (found, more) = repository.provenance_of_groups(
            &graph,
            &groups,
            &mut CommitCount::default(),
            Some(&|_| {}),
            2,
        );
        gaps += graph.gaps().len() + more.len();
        let found = found.into_iter().map(|found| (found.first, found.paths));
        // What nothing leads to may change its name.
        let found = blobs.into_iter().zip(found);
        answer.extend(found.filter(|(_, (first, _))| first.is_some()));
    }
    (answer, gaps)
}

#[derive(Default)]
struct Seen(Vec<Oid>);

impl Visitor for Seen {
    type State = ();

    fn full(&mut self, object: Object<'_>) {
        self.0.push(object.id());
    }

    fn delta(&mut self, object: Object<'_>, _: Delta<'_, ()>) {
        self.full(object);
    }
}

#[test]
fn no_flipped_byte_makes_it_panic() {
    let mut scratch = Scratch::new(&[]);
    scratch.grow(15);
    // A reflog may name what is long gone, and then nothing is said.
    scratch.git(&["config", "core.logAllRefUpdates", "false"]);
    std::fs::remove_dir_all(scratch.root.join(".git/logs")).expect("git writes reflogs");
    scratch.git(&["repack", "-adfq"]);
    scratch.grow(2);
    let originals: Vec<(PathBuf, Vec<u8>)> = files_below(&scratch.root.join(".git"))
        .into_iter()
        .filter(|path| {
            !path
                .to_str()
                .expect("git names files in ASCII")
                .contains("hooks")
        })
        .map(|path| (path.clone(), std::fs::read(path).expect("git wrote it")))
        .filter(|(_, bytes)| !bytes.is_empty())
        .collect();
    let (all, none) = read_all(&scratch);
    assert_eq!(none, 0);
    let mut random = Random::new(42);
    let mut noticed = 0;
    for round in 0..300 {
        let packed = round % 3 != 0;
        let files: Vec<_> = originals
            .iter()
            .filter(|(path, _)| {
                path.to_str()
                    .expect("git names files in ASCII")
                    .contains("/pack/")
                    == packed
            })
            .collect();
        let (path, bytes) = files[random.below(files.len())];
        let mut bad = bytes.clone();
        for _ in 0..=random.below(4) {
            // Often near the start, where the headers and tables are.
            let limit = if random.below(2) == 0 {
                bad.len()
            } else {
                bad.len().min(1200)
            };
            bad[random.below(limit)] ^= 1 << random.below(8);
        }
        if random.below(10) == 0 {
            bad.truncate(random.below(bytes.len()));
        }
        replace(path, &bad);
        let (seen, gaps) = read_all(&scratch);
        noticed += usize::from(gaps > 0);
        if gaps == 0 {
            let place = path.display();
            assert_eq!(seen, all, "round {round}, {place}");
        }
        replace(path, bytes);
    }
    assert!(noticed > 100, "{noticed}");
}

#[test]
fn what_is_not_damaged_is_read() {
    let mut scratch = Scratch::new(&[]);
    scratch.grow(30);
    scratch.git(&["repack", "-adfq"]);
    let plan = Plan {
        kinds: ALL,
        ..Plan::default()
    };
    let (before, _) = Proof::of(&scratch.open(), &plan);
    let pack = files_below(&scratch.root.join(".git/objects/pack"));
    let pack = pack
        .iter()
        .find(|path| {
            path.extension()
                .is_some_and(|extension| extension == "pack")
        })
        .expect("everything was packed");
    let mut bytes = std::fs::read(pack).expect("git wrote it");
    let middle = bytes.len() / 2;
    for byte in &mut bytes[middle..middle + 8] {
        *byte = !*byte;
    }
    replace(pack, &bytes);
    let (after, walked) = Proof::of(&scratch.open(), &plan);
    assert_eq!(after.wrong, [], "a damaged object is not passed on");
    assert!(!walked.gaps.is_empty());
    assert_eq!(
        after.seen.len() as u64 + walked.stats.failed,
        before.seen.len() as u64
    );
    assert!(after.seen.len() > before.seen.len() / 2);
}

#[test]
fn lost_objects_are_named() {
    let mut scratch = Scratch::new(&[]);
    scratch.write("dir/file", b"bytes\n");
    scratch.commit("one");
    let blob = scratch.git(&["rev-parse", "HEAD:dir/file"]);
    std::fs::remove_file(
        scratch
            .root
            .join(format!(".git/objects/{}/{}", &blob[..2], &blob[2..])),
    )
    .expect("it is a loose object");
    let repository = scratch.open();
    let graph = repository
        .graph(&Selection::default(), 1, |_| ())
        .expect("no ref is asked for");
    assert_eq!(graph.gaps(), []);
    assert_eq!(
        repository.missing(&graph, &|_| {}, 1)[0].what,
        format!("object {blob}")
    );

    let tree = scratch.git(&["rev-parse", "HEAD^{tree}"]);
    std::fs::remove_file(
        scratch
            .root
            .join(format!(".git/objects/{}/{}", &tree[..2], &tree[2..])),
    )
    .expect("it is a loose object");
    let graph = scratch
        .open()
        .graph(&Selection::default(), 1, |_| ())
        .expect("no ref is asked for");
    assert!(graph.gaps()[0].why.contains(&tree), "{:?}", graph.gaps());
}

#[test]
fn a_pack_without_index_and_a_foreign_index_are_gaps() {
    let mut scratch = Scratch::new(&[]);
    scratch.grow(3);
    scratch.git(&["repack", "-adfq"]);
    let packs = scratch.root.join(".git/objects/pack");
    std::fs::write(packs.join("pack-lost.pack"), b"PACK")
        .expect("the directory of packs can be written");
    std::fs::write(packs.join("pack-stale.idx"), b"x")
        .expect("the directory of packs can be written");
    std::fs::write(packs.join("tmp_pack_1"), b"x").expect("the directory of packs can be written");
    let repository = scratch.open();
    let gaps = repository.store().gaps();
    assert_eq!(gaps.len(), 1, "{gaps:?}");
    assert!(gaps[0].what.ends_with("pack-lost.pack"));
}

#[test]
fn objects_over_the_limit_are_gaps() {
    let mut scratch = Scratch::new(&[]);
    scratch.write("large", &Random::new(3).text(9000));
    scratch.write("small", b"x\n");
    scratch.commit("one");
    for _ in 0..2 {
        let plan = Plan {
            largest: 10_000,
            ..Plan::default()
        };
        let (proof, walked) = Proof::of(&scratch.open(), &plan);
        assert_eq!(proof.seen.len(), 1);
        assert!(walked.gaps[0].why.contains("limit"), "{:?}", walked.gaps);
        scratch.git(&["repack", "-adfq"]);
    }
}

#[cfg(unix)]
#[test]
fn pipes_and_unreadable_places_are_gaps() {
    let mut scratch = Scratch::new(&[]);
    scratch.grow(2);
    scratch.git(&["repack", "-adfq"]);
    let pipe = |path: &str| {
        let path = scratch.root.join(".git").join(path);
        assert!(
            std::process::Command::new("mkfifo")
                .arg(path)
                .status()
                .expect("mkfifo is installed")
                .success()
        );
    };
    pipe("objects/pack/pack-1.pack");
    pipe("objects/pack/pack-1.idx");
    pipe("objects/info/alternates");
    pipe("refs/heads/pipe");
    pipe("logs/pipe");
    pipe("packed-refs");
    let repository = scratch.open();
    assert_eq!(
        repository.store().gaps().len(),
        2,
        "{:?}",
        repository.store().gaps()
    );
    let mut gaps = Vec::new();
    assert!(!repository.tips(&mut gaps).is_empty());
    assert_eq!(gaps.len(), 3, "{gaps:?}");
}

#[test]
fn other_formats_are_refused() {
    let scratch = Scratch::new(&[]);
    for (version, setting, is_known) in [
        (0, "noop = true", true),
        (0, "objectFormat = md5", false),
        (0, "refStorage = reftable", false),
        // Of version 0 git passes over what it does not know.
        (0, "later = true", true),
        (1, "later = true", false),
        (1, "Later", false),
        (1, "; later", true),
        (1, "refStorage = files", true),
        (1, "relativeWorktrees = true", true),
        (2, "noop = true", false),
        (99, "noop = true", false),
    ] {
        let config = format!(
            "[core]\n\tbare = false\n\trepositoryFormatVersion = {version}\n[extensions]\n\t{setting}\n"
        );
        scratch.write(".git/config", config.as_bytes());
        let opened = Repository::open(&scratch.root, 1);
        match opened {
            Ok(_) => assert!(is_known, "{version} {setting}"),
            Err(damage) => assert!(
                !is_known && matches!(damage, Damage::Unsupported { .. }),
                "{version} {setting}: {damage}"
            ),
        }
    }
    std::fs::remove_dir_all(scratch.root.join(".git/objects")).expect("it is there");
    scratch.write(".git/config", b"");
    assert!(Repository::open(&scratch.root, 1).is_err());
}
