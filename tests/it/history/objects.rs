//! Object stores of every sort, and stores with something missing or broken.

use super::history;
use crate::harness::{Run, Sandbox, leak};
use std::path::PathBuf;

/// A clean commit, then a leak, then one that takes it back, and a second leak that stays.
fn past(options: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&[&["init", "-q", "-b", "main"], options, &["."]].concat());
    sandbox.write("a.txt", "nothing\n".repeat(200));
    sandbox.commit("first");
    sandbox.write("b.env", leak("gone"));
    sandbox.commit("leak");
    sandbox.write("b.env", "API_TOKEN=\n");
    sandbox.write("c.env", leak("stays"));
    sandbox.write("a.txt", "nothing\n".repeat(190));
    sandbox.commit("forget");
    sandbox
}

fn paths(run: &Run) -> Vec<String> {
    let mut paths: Vec<String> = run.hits().into_iter().map(|hit| hit.path).collect();
    paths.sort();
    paths
}

/// The run is incomplete, says so, and fails.
fn incomplete(run: &Run) {
    assert_eq!(run.code, 2, "{}", run.all());
    assert_ne!(
        run.json()["incomplete"],
        serde_json::json!([]),
        "{}",
        run.all()
    );
    assert_eq!(run.json()["verdict"], "incomplete");
}

/// The file of a loose object.
fn loose(sandbox: &Sandbox, id: &str) -> PathBuf {
    sandbox.path(".git/objects").join(&id[..2]).join(&id[2..])
}

#[test]
fn dangling_blobs_count_only_when_asked() {
    let sandbox = past(&[]);
    sandbox.write("d.env", leak("dangling"));
    let blob = sandbox.git(&["hash-object", "-w", "d.env"]);
    std::fs::remove_file(sandbox.path("d.env")).expect("it is there");
    assert_eq!(paths(&history(&sandbox, &[])), ["b.env", "c.env"]);
    let run = history(&sandbox, &["--unreachable"]);
    assert_eq!(
        paths(&run),
        [&format!("<object {blob}>"), "b.env", "c.env"].map(String::from)
    );
    // A leaking blob that no commit ever had does not become the origin of one that a commit has.
    let again = sandbox.git_with(
        &["hash-object", "-w", "--stdin"],
        format!("x\n{}", leak("stays")).as_bytes(),
    );
    assert!(!again.is_empty());
    assert_eq!(paths(&history(&sandbox, &[])), ["b.env", "c.env"]);
}

#[test]
fn sha256_repositories() {
    let sandbox = past(&["--object-format=sha256"]);
    assert_eq!(paths(&history(&sandbox, &[])), ["b.env", "c.env"]);
    sandbox.git(&["repack", "-adfq"]);
    let run = history(&sandbox, &[]);
    assert_eq!(paths(&run), ["b.env", "c.env"]);
    let id = run.json()["findings"][0]["location"]["commit"]["id"]
        .as_str()
        .map(str::len);
    assert_eq!(id, Some(64));
}

#[test]
fn alternates_and_bare_repositories() {
    let sandbox = past(&[]);
    sandbox.git(&["clone", "-q", "--shared", ".", "../borrower"]);
    sandbox.git(&["clone", "-q", "--bare", ".", "../bare.git"]);
    for name in ["borrower", "bare.git"] {
        let there = sandbox.outside(name).display().to_string();
        let run = history(&sandbox, &[&there]);
        assert_eq!(
            (run.code, paths(&run)),
            (1, vec!["b.env".into(), "c.env".into()]),
            "{name}"
        );
    }
    // What was shared goes away.
    std::fs::rename(sandbox.path(".git/objects"), sandbox.path(".git/gone")).expect("it is there");
    let there = sandbox.outside("borrower").display().to_string();
    incomplete(&history(&sandbox, &[&there]));
}

#[test]
fn gitlinks_are_no_objects_of_this_repository() {
    let sandbox = past(&[]);
    let gitlink = format!("160000,{},sub", "12".repeat(20));
    sandbox.git(&["update-index", "--add", "--cacheinfo", &gitlink]);
    sandbox.git(&["commit", "-qm", "a submodule"]);
    let run = history(&sandbox, &[]);
    assert_eq!(
        (run.code, paths(&run)),
        (1, vec!["b.env".into(), "c.env".into()]),
        "{}",
        run.all()
    );
}

#[test]
fn nothing_to_look_at() {
    let run = history(&Sandbox::repo(), &[]);
    assert_eq!(run.code, 0, "an empty repository is clean: {}", run.all());
    let run = history(&Sandbox::new(), &[]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(run.err().contains("repository"), "{}", run.err());
}

#[test]
fn shallow_and_partial_clones_say_what_they_lack() {
    let sandbox = past(&[]);
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", sandbox.dir().display());
    sandbox.git(&["clone", "-q", "--depth=1", &url, "../shallow"]);
    sandbox.git(&["clone", "-q", "--filter=blob:none", &url, "../partial"]);
    for (name, word) in [("shallow", "unshallow"), ("partial", "--filter")] {
        let there = sandbox.outside(name).display().to_string();
        let run = history(&sandbox, &[&there]);
        incomplete(&run);
        assert_eq!(paths(&run), ["c.env"], "{name}: what is there is scanned");
        let human = sandbox.run(&["check", "--history", &there]);
        assert_eq!(human.code, 2);
        assert!(human.all().contains(word), "{name}: {}", human.all());
        let told = history(&sandbox, &["--allow-incomplete", &there]);
        assert_eq!(told.code, 1, "{name}: {}", told.all());
    }
}

#[test]
fn a_missing_object_is_named_and_the_rest_is_scanned() {
    for (what, left) in [
        ("HEAD~1:b.env", vec!["c.env"]),
        ("HEAD:a.txt", vec!["b.env", "c.env"]),
        ("HEAD~1^{tree}", vec!["c.env"]),
        ("HEAD~1", vec!["c.env"]),
    ] {
        let sandbox = past(&[]);
        let id = sandbox.git(&["rev-parse", what]);
        std::fs::remove_file(loose(&sandbox, &id)).expect("it is loose");
        let run = history(&sandbox, &[]);
        incomplete(&run);
        assert_eq!(paths(&run), left, "{what}: {}", run.all());
        assert!(run.out().contains(&id), "{what}: {}", run.all());
    }
}

#[test]
fn broken_packs_are_named_and_never_panic() {
    let sandbox = past(&[]);
    sandbox.git(&["repack", "-adfq"]);
    let mut packs = std::fs::read_dir(sandbox.path(".git/objects/pack")).expect("it is there");
    let pack = packs
        .find_map(|entry| {
            entry
                .ok()
                .map(|entry| entry.path())
                .filter(|path| path.extension().is_some_and(|end| end == "pack"))
        })
        .expect("one pack");
    let index = pack.with_extension("idx");
    let intact = history(&sandbox, &["--no-cache"]).json()["findings"].clone();
    for (file, must) in [(&pack, true), (&index, false)] {
        let good = std::fs::read(file).expect("it can be read");
        std::fs::remove_file(file).expect("it is read-only");
        for at in (0..good.len()).step_by(good.len() / 24) {
            let mut bad = good.clone();
            let end = (at + 12).min(bad.len());
            bad[at..end].iter_mut().for_each(|byte| *byte = !*byte);
            std::fs::write(file, &bad).expect("it can be written");
            // A cache knows a pack by its checksum, and git never writes to a pack.
            let run = history(&sandbox, &["--no-cache"]);
            // The trailing checksum is all that may be broken without harm.
            // Of an index, the checksums of entries too; then nothing is missing from the report.
            if must && end < good.len() - 20 || run.json()["findings"] != intact {
                incomplete(&run);
            }
        }
        for kept in [0, 3, 12, good.len() / 2] {
            std::fs::write(file, &good[..kept]).expect("it can be written");
            incomplete(&history(&sandbox, &["--no-cache"]));
        }
        std::fs::write(file, &good).expect("it can be written");
    }
    assert_eq!(paths(&history(&sandbox, &[])), ["b.env", "c.env"]);
}

#[test]
fn a_broken_loose_object_is_named() {
    let sandbox = past(&[]);
    let id = sandbox.git(&["rev-parse", "HEAD~1:b.env"]);
    let file = loose(&sandbox, &id);
    let good = std::fs::read(&file).expect("it is loose");
    std::fs::remove_file(&file).expect("it is read-only");
    for bad in [&good[..good.len() / 2], b"", b"not zlib at all", &good[..2]] {
        std::fs::write(&file, bad).expect("it can be written");
        let run = history(&sandbox, &[]);
        incomplete(&run);
        assert!(run.out().contains(&id), "{}", run.all());
    }
    std::fs::write(&file, &good).expect("it can be written");
    assert_eq!(paths(&history(&sandbox, &[])), ["b.env", "c.env"]);
}

#[test]
fn deep_chains_and_odd_refs() {
    let sandbox = Sandbox::repo();
    let mut past = super::past::Past::default();
    let mut last: Option<String> = None;
    let base = "line of nothing\n".repeat(300);
    for version in 0..120 {
        let text = format!(
            "{base}{version}\n{}",
            if version == 60 {
                leak("deep")
            } else {
                String::new()
            }
        );
        let parents: Vec<&str> = last.as_deref().into_iter().collect();
        let files = super::past::files(&[("deep.env", &text)]);
        last = Some(past.commit("main", &parents, 1_700_000_000, "x", &files));
    }
    let ids = past.import(&sandbox);
    sandbox.git(&["repack", "-adfq", "--depth=4000", "--window=2"]);
    let found = super::only(&history(&sandbox, &[]));
    assert_eq!(super::story(&found).0, ids[60]);
    // References to what is no commit, and to nothing.
    let blob = sandbox.git(&["rev-parse", "HEAD:deep.env"]);
    let tree = sandbox.git(&["rev-parse", "HEAD^{tree}"]);
    sandbox.git(&["update-ref", "refs/odd/blob", &blob]);
    sandbox.git(&["update-ref", "refs/odd/tree", &tree]);
    let run = history(&sandbox, &[]);
    assert_eq!(run.code, 1, "{}", run.all());
    std::fs::write(
        sandbox.path(".git/refs/heads/broken"),
        format!("{}\n", "12".repeat(20)),
    )
    .expect("written");
    incomplete(&history(&sandbox, &[]));
    std::fs::write(sandbox.path(".git/refs/heads/broken"), "nonsense\n").expect("written");
    incomplete(&history(&sandbox, &[]));
}
