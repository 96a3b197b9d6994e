//! What is written down can be read back, and nothing else can.

use super::super::fixture::{Random, Scratch};
use super::super::{HashKind, Kind, Repository, Selection, Tip};
use super::memory::PackMemory;
use super::*;
use std::path::Path;

fn id(number: u8) -> super::super::Oid {
    super::super::Oid::new(HashKind::Sha1, &[number; 20]).expect("20 bytes")
}

fn cache(directory: &Path) -> Cache {
    let name = format!("{PREFIX}{}", "0".repeat(32));
    Cache {
        directory: directory.to_owned(),
        path: directory.join(name),
    }
}

/// Something of everything; the keys are those of real questions.
fn memory(scratch: &Scratch) -> Memory {
    let place = |class: u32| Place {
        class,
        start: (class + 1, 3),
        end: (class + 1, 300),
        span: (2, 9_000),
        secret: (5, 70_000),
    };
    let again = |number: u8| Again {
        id: id(number),
        places: (number != 2).then(|| Places {
            kind: Kind::Blob,
            binary: number == 1,
            bytes: 80_000,
            spots: (0..u32::from(number)).map(place).collect(),
        }),
    };
    let view = |number: u8| View {
        left_out: u64::from(number),
        counts: Counts {
            blobs: 300,
            bytes: 1 << 40,
        },
        commits: 7,
        head: Some(id(number)),
        spread: vec![(Some(300), 1), (None, 0)],
        traced: vec![Traced {
            id: id(3),
            commit: None,
            path: "a/b.env".into(),
            standing: Standing::Tip(400),
        }],
    };
    let mut memory = Memory {
        packs: [(vec![1; 20], PackMemory::default())].into(),
        loose: [(id(8), Some(300)), (id(9), None)].into(),
        again: (1..5).map(again).collect(),
        ..Memory::default()
    };
    for (number, unreachable) in [(1, false), (2, true)] {
        memory.add_view(key(&scratch.open(), unreachable), view(number));
    }
    memory
}

fn key(repository: &Repository, unreachable: bool) -> ViewKey {
    let tips = repository.tips(&mut Vec::new());
    let tips: Vec<&Tip> = tips.iter().collect();
    ViewKey::new(repository, &tips, &Selection::default(), unreachable)
}

/// Puts these bytes where the cache is, with a true sum.
fn plant(cache: &Cache, body: &[u8]) {
    let sum = crc32fast::hash(body).to_le_bytes();
    fs::write(&cache.path, [FORMAT, &sum, body].concat()).expect("it can be written");
}

#[test]
fn what_is_saved_is_loaded() {
    let scratch = Scratch::new(&[]);
    let (memory, cache) = (memory(&scratch), cache(&scratch.root.join("kept")));
    assert_eq!(cache.load(), Memory::default(), "nothing yet");
    cache.save(&memory).expect("it can be written");
    assert_eq!(cache.load(), memory);
    let third = memory.places(&id(3)).expect("it is known");
    assert_eq!(third.spots.len(), 3);
    assert_eq!(memory.places(&id(2)), None);
    assert_eq!(memory.places(&id(7)), None);
}

#[test]
fn what_was_cut_or_changed_is_not_believed() {
    let scratch = Scratch::new(&[]);
    let (memory, cache) = (memory(&scratch), cache(&scratch.root.join("kept")));
    cache.save(&memory).expect("it can be written");
    let good = fs::read(&cache.path).expect("it is there");
    for at in 0..good.len() {
        fs::write(&cache.path, &good[..at]).expect("it can be written");
        assert_eq!(cache.load(), Memory::default(), "cut at {at}");
        let mut flipped = good.clone();
        flipped[at] ^= 1 << (at % 8);
        fs::write(&cache.path, &flipped).expect("it can be written");
        assert_eq!(cache.load(), Memory::default(), "changed at {at}");
    }
}

/// With a true sum, whatever the bytes say ends, and what is read is no more than what stands there.
#[test]
fn bytes_with_a_true_sum_end_well() {
    let scratch = Scratch::new(&[]);
    let (memory, cache) = (memory(&scratch), cache(&scratch.root.join("kept")));
    cache.save(&memory).expect("it can be written");
    let body = postcard::to_allocvec(&memory).expect("it is plain data");
    let mut believed = 0;
    for at in 0..body.len() {
        plant(&cache, &body[..at]);
        assert_eq!(cache.load(), Memory::default(), "cut at {at}");
        for byte in [0, 1, 0x7f, 0x80, 0xff] {
            let mut changed = body.clone();
            changed[at] = byte;
            plant(&cache, &changed);
            believed += usize::from(cache.load() != Memory::default());
            // The largest count there is.
            changed.splice(
                at..=at,
                [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            );
            plant(&cache, &changed);
            let loaded = cache.load();
            assert!(loaded.again.len() <= body.len() && loaded.views.len() <= body.len());
        }
    }
    assert!(believed > 100, "{believed}: most numbers may be any");
    let mut random = Random::new(3);
    for _ in 0..2_000 {
        let len = random.below(60);
        let bytes: Vec<u8> = (0..len).map(|_| random.below(256) as u8).collect();
        plant(&cache, &bytes);
        let _ = cache.load();
    }
}

#[test]
fn too_much_loses_old_answers_first() {
    let scratch = Scratch::new(&[]);
    let all = memory(&scratch);
    let size = |memory: &Memory| fitting(memory, MOST_BYTES).expect("it is small").len() as u64;
    let read = |bytes: &[u8]| postcard::from_bytes::<Memory>(bytes).expect("it was written so");
    let mut less = all.clone();
    less.views.truncate(1);
    let mut placeless = less.clone();
    placeless
        .again
        .iter_mut()
        .for_each(|again| again.places = None);
    let mut least = placeless.clone();
    least.views.clear();
    for (wanted, most) in [
        (&all, size(&all)),
        (&less, size(&all) - 1),
        (&less, size(&less)),
        (&placeless, size(&less) - 1),
        (&least, size(&placeless) - 1),
    ] {
        assert_eq!(
            read(&fitting(&all, most).expect("it fits")),
            *wanted,
            "{most}"
        );
    }
    assert!(fitting(&all, size(&least) - 1).is_err());
    assert_eq!(all.views[0].1.head, Some(id(2)), "the latest is first");
}

#[test]
fn only_two_answers_are_kept() {
    let scratch = Scratch::new(&[]);
    let mut memory = memory(&scratch);
    scratch.git(&["commit", "-q", "--allow-empty", "-m", "one"]);
    let key = key(&scratch.open(), false);
    memory.add_view(key, View::default());
    assert_eq!(memory.views.len(), 2);
    assert_eq!(memory.view(&key), Some(&View::default()));
}

#[test]
fn only_our_names_are_ours() {
    let digits = "0123456789abcdef".repeat(2);
    for (name, ours) in [
        (format!("clean-{digits}"), true),
        (format!("clean-{digits}.17.tmp"), true),
        (format!("clean-{digits}.tmp"), false),
        (format!("clean-{digits}."), false),
        (format!("clean-{digits}.x.tmp"), false),
        (format!("clean-{digits}.17.tmp.tmp"), false),
        (format!("clean-{digits}0"), false),
        (format!("clean-{}", digits.to_uppercase()), false),
        (digits, false),
        ("clean-up.sh".to_owned(), false),
        ("clean-".to_owned(), false),
    ] {
        assert_eq!(is_our_name(&name), ours, "{name}");
    }
}

#[test]
fn what_is_not_ours_stays() {
    let scratch = Scratch::new(&[]);
    let directory = scratch.root.join("kept");
    let (memory, cache) = (memory(&scratch), cache(&directory));
    fs::create_dir(&directory).expect("its place is free");
    let name = |number: usize| format!("{PREFIX}{number:032x}");
    let theirs = ["clean-up.sh", "clean-", "notes.txt"].map(str::to_owned);
    for file in theirs.iter().cloned().chain((1..9).map(name)) {
        fs::write(directory.join(file), "text").expect("it can be written");
    }
    cache.save(&memory).expect("it can be written");
    let left = (1..9).filter(|number| directory.join(name(*number)).exists());
    assert_eq!(left.count(), MOST_FILES - 1);
    assert!(theirs.iter().all(|file| directory.join(file).exists()));
}

#[cfg(unix)]
#[test]
fn a_link_is_not_followed() {
    let scratch = Scratch::new(&[]);
    let (directory, other) = (scratch.root.join("kept"), scratch.root.join("bin"));
    let (memory, cache) = (memory(&scratch), cache(&directory));
    fs::create_dir(&other).expect("its place is free");
    let names: Vec<String> = (1..9)
        .map(|number| format!("{PREFIX}{number:032x}"))
        .collect();
    for name in &names {
        fs::write(other.join(name), "text").expect("it can be written");
    }
    std::os::unix::fs::symlink(&other, &directory).expect("links can be made");
    let error = cache.save(&memory).expect_err("it is a link");
    assert!(error.to_string().contains("is a link or a file"), "{error}");
    assert!(names.iter().all(|name| other.join(name).exists()));
    assert_eq!(
        fs::read_dir(&other).expect("it is there").count(),
        names.len()
    );
    // Nor is what stands there read, or a file that is a link.
    fs::remove_file(&directory).expect("it is there");
    cache.save(&memory).expect("it can be written");
    fs::rename(&cache.path, other.join("real")).expect("both are there");
    std::os::unix::fs::symlink(other.join("real"), &cache.path).expect("links can be made");
    assert_eq!(cache.load(), Memory::default());
    cache.save(&memory).expect("it can be written");
    assert_eq!(cache.load(), memory);
    fs::rename(&directory, scratch.root.join("moved")).expect("it is there");
    std::os::unix::fs::symlink(scratch.root.join("moved"), &directory).expect("links can be made");
    assert_eq!(cache.load(), Memory::default());
}

/// What is known of a repository with one pack, all of which was looked at.
fn learned(repository: &Repository, memory: &Memory) -> Memory {
    repository.learn(
        memory,
        &repository.known(memory),
        &Tally::default(),
        Vec::new(),
    )
}

#[test]
fn a_pack_that_was_changed_is_unknown() {
    let mut scratch = Scratch::new(&[]);
    scratch.grow(6);
    scratch.git(&["repack", "-adfq"]);
    let mut known = learned(&scratch.open(), &Memory::default());
    assert!(scratch.open().has_same_packs(&known));
    assert!(
        !scratch.open().believe_touched(&mut known),
        "nothing happened"
    );
    let packs = scratch.root.join(".git/objects/pack");
    let entries = fs::read_dir(packs).expect("it is there");
    let mut paths = entries.map(|entry| entry.expect("it is there").path());
    let path = paths
        .find(|path| path.extension().is_some_and(|end| end == "pack"))
        .expect("it was packed");
    let touch = |seconds| {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let file = fs::File::open(&path).expect("it is there");
        file.set_modified(time).expect("it is ours");
    };

    // git sets the time anew; the bytes are what they were.
    touch(1_000_000);
    let repository = scratch.open();
    assert!(!repository.has_same_packs(&known));
    assert!(repository.believe_touched(&mut known));
    assert!(repository.has_same_packs(&known));
    assert!(!repository.believe_touched(&mut known), "believed already");

    // One byte in its middle is another.
    let mut bytes = fs::read(&path).expect("it is there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::remove_file(&path).expect("it is there");
    fs::write(&path, &bytes).expect("it can be written");
    touch(2_000_000);
    let repository = scratch.open();
    assert!(!repository.believe_touched(&mut known));
    assert!(!repository.has_same_packs(&known));
    assert!(
        repository
            .known(&known)
            .wanted()
            .expect("slots")
            .iter()
            .all(|wanted| *wanted)
    );

    // One byte more.
    bytes[middle] ^= 1;
    bytes.splice(middle..middle, [0]);
    fs::write(&path, &bytes).expect("it can be written");
    touch(1_000_000);
    assert!(!scratch.open().has_same_packs(&known));
}
