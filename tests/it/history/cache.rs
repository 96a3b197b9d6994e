//! What is remembered changes how long a run takes, never what it says.

use super::equality::timeless;
use super::history;
use super::past::{Past, files};
use crate::harness::{Run, Sandbox, secret};
use std::path::PathBuf;

fn leak(name: &str) -> String {
    format!("TOKEN={}\n", secret(name, "shpat_{hex:32}"))
}

/// A clean commit, a leak, and one that takes it back.
fn past() -> Sandbox {
    let sandbox = Sandbox::repo_of(&[("a.txt", &"nothing\n".repeat(200))]);
    sandbox.write("b.env", leak("gone"));
    sandbox.commit("leak");
    sandbox.write("b.env", "TOKEN=\n");
    sandbox.write("c.env", format!("# {}\n{}", "x".repeat(300), leak("stays")));
    sandbox.commit("forget");
    sandbox
}

/// The files in which runs remember.
pub(super) fn remembered(sandbox: &Sandbox) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(sandbox.path(".git/stackguard")) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("it is there").path())
        .collect();
    paths.sort();
    paths
}

/// Without a cache, with what is remembered so far, and once more: always the same.
pub(super) fn same(sandbox: &Sandbox, args: &[&str], what: &str) -> Run {
    let fresh = history(sandbox, &[&["--no-cache"], args].concat());
    for turn in 0..2 {
        let run = history(sandbox, args);
        assert_eq!(run.code, fresh.code, "{what}, {args:?}: {}", run.all());
        assert_eq!(
            timeless(&run),
            timeless(&fresh),
            "{what}, {args:?}, turn {turn}"
        );
        assert_eq!(run.err(), "", "{what}");
    }
    fresh
}

fn same_in_all_ways(sandbox: &Sandbox, what: &str) {
    for args in [
        &[][..],
        &["--unreachable"],
        &["--ref", "main"],
        &["--since", "2026-01-02T03:04:06Z"],
    ] {
        same(sandbox, args, what);
    }
}

#[test]
fn nothing_that_happens_to_a_repository_makes_a_difference() {
    let sandbox = past();
    same_in_all_ways(&sandbox, "loose");
    sandbox.write("d.env", leak("new"));
    sandbox.commit("new leak");
    same_in_all_ways(&sandbox, "new commit");
    sandbox.git(&["repack", "-dq"]);
    same_in_all_ways(&sandbox, "one pack");
    sandbox.write("d.env", format!("x\n{}", leak("new")));
    sandbox.write("a.txt", "nothing\n".repeat(199));
    sandbox.commit("moved");
    sandbox.git(&["tag", "-a", "v1", "-m", &leak("in a tag")]);
    same_in_all_ways(&sandbox, "loose beside a pack");
    sandbox.git(&["repack", "-dq"]);
    same_in_all_ways(&sandbox, "two packs");
    sandbox.write("e.env", leak("stashed"));
    sandbox.git(&["add", "e.env"]);
    sandbox.git(&["stash", "-q"]);
    same_in_all_ways(&sandbox, "stash");
    sandbox.git(&["repack", "-adfq"]);
    same_in_all_ways(&sandbox, "repacked");
    sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]);
    sandbox.git(&["reflog", "expire", "--expire=now", "--all"]);
    same_in_all_ways(&sandbox, "unreachable");
    sandbox.git(&["gc", "-q", "--prune=now"]);
    same_in_all_ways(&sandbox, "collected");
    sandbox.git(&["branch", "other", "HEAD~1"]);
    same_in_all_ways(&sandbox, "another branch");
}

/// A pack goes, another that shared objects with it stays: each is counted once all the same.
#[test]
fn packs_that_share_objects_may_go() {
    let sandbox = past();
    sandbox.git(&["repack", "-adq"]);
    let first = packs(&sandbox);
    sandbox.write("d.env", leak("new"));
    sandbox.commit("more");
    same(&sandbox, &[], "one pack and loose objects");
    // All objects again, beside the first pack.
    let all = sandbox.git(&["rev-list", "--objects", "--all", "--no-object-names"]);
    let base = ".git/objects/pack/pack";
    sandbox.git_with(&["pack-objects", "-q", base], all.as_bytes());
    same(&sandbox, &[], "two packs with the same objects");
    for pack in first {
        for end in ["pack", "idx", "rev"] {
            let _ = std::fs::remove_file(pack.with_extension(end));
        }
    }
    same(&sandbox, &["--unreachable"], "the first pack is gone");
    same(&sandbox, &[], "the first pack is gone");
}

pub(super) fn packs(sandbox: &Sandbox) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(sandbox.path(".git/objects/pack")).expect("it is there");
    let paths = entries.map(|entry| entry.expect("it is there").path());
    paths
        .filter(|path| path.extension().is_some_and(|end| end == "pack"))
        .collect()
}

#[test]
fn a_second_run_reads_what_was_found_and_nothing_else() {
    let sandbox = past();
    let first = history(&sandbox, &[]);
    let files = remembered(&sandbox);
    assert_eq!(files.len(), 1);
    let bytes = std::fs::read(&files[0]).expect("it can be read");
    assert!(bytes.len() < 2000, "{} bytes", bytes.len());
    for word in ["nothing", "shpat", "TOKEN", "Ada"] {
        assert_eq!(
            memchr::memmem::find(&bytes, word.as_bytes()),
            None,
            "{word}"
        );
    }
    let time = std::fs::metadata(&files[0])
        .and_then(|meta| meta.modified())
        .expect("a time");
    // The clean file is not opened any more: rubbish in its place is not missed.
    let clean = object_file(&sandbox, &sandbox.git(&["rev-parse", "HEAD:a.txt"]));
    std::fs::remove_file(&clean).expect("it is there");
    std::fs::write(&clean, "rubbish").expect("it can be written");
    assert_eq!(history(&sandbox, &["--no-cache"]).code, 2);
    let again = history(&sandbox, &[]);
    assert_eq!(timeless(&first), timeless(&again));
    let after = std::fs::metadata(&files[0])
        .and_then(|meta| meta.modified())
        .expect("a time");
    assert_eq!(time, after, "nothing was written");
    assert!(first.json()["stats"]["bytes"].as_u64() > Some(1000));
}

/// The file of a loose object.
pub(super) fn object_file(sandbox: &Sandbox, id: &str) -> PathBuf {
    sandbox.path(".git/objects").join(&id[..2]).join(&id[2..])
}

/// A damaged cache counts as none.
#[test]
fn a_damaged_cache_is_no_cache() {
    let sandbox = past();
    let fresh = timeless(&history(&sandbox, &[]));
    let path = remembered(&sandbox).remove(0);
    let good = std::fs::read(&path).expect("it can be read");
    let mut bad: Vec<Vec<u8>> = (0..good.len())
        .step_by(97)
        .map(|len| good[..len].to_vec())
        .collect();
    for at in (0..good.len()).step_by(61) {
        let mut flipped = good.clone();
        flipped[at] ^= 0x55;
        bad.push(flipped);
    }
    // A length of many billions behind a true checksum.
    let head = good
        .iter()
        .position(|byte| *byte == b'\n')
        .expect("a first line")
        + 1;
    let body = [0xff; 9];
    let sum = crc32fast::hash(&body).to_le_bytes();
    bad.push([&good[..head], &sum, &body].concat());
    bad.push([&good[..], b"more"].concat());
    for bytes in bad {
        std::fs::write(&path, &bytes).expect("it can be written");
        let run = history(&sandbox, &[]);
        assert_eq!(timeless(&run), fresh);
        assert_eq!(run.err(), "");
    }
    assert_eq!(
        std::fs::read(&path).expect("it can be read"),
        good,
        "made anew"
    );
    std::fs::remove_file(&path).expect("it is there");
    std::fs::create_dir(&path).expect("its place is free");
    assert_eq!(timeless(&history(&sandbox, &[])), fresh);
}

#[test]
fn rules_that_change_look_at_everything_again() {
    let sandbox = past();
    let word = secret("word", "acme_{lower:24}");
    sandbox.write("word.txt", format!("{word} is no secret yet\n"));
    sandbox.commit("word");
    assert_eq!(same(&sandbox, &[], "shipped rules").hits().len(), 2);
    let pack = "[[secret]]\nid = \"our-word\"\nsummary = \"Ours\"\nseverity = \"high\"\npattern = '''(acme_[a-z]{24})'''\nrotate = \"Ask.\"\nreferences = []\nleaks = [\"acme_{lower:24}\"]\nsafe = [\"x\"]\n";
    sandbox.write("acme.toml", pack);
    sandbox.write("stackguard.toml", "packs = [\"secrets\", \"acme.toml\"]\n");
    let run = same(&sandbox, &[], "a rule more");
    assert!(
        run.rules().contains(&"our-word".to_owned()),
        "{}",
        run.all()
    );
    for rule in [
        "jwt",
        "private-key",
        "github-token",
        "postgres-dsn",
        "shopify-access-token",
    ] {
        let text = format!("[severity]\n\"{rule}\" = \"off\"\n");
        sandbox.write("stackguard.toml", text);
        same(&sandbox, &[], rule);
    }
    assert!(
        remembered(&sandbox).len() <= 4,
        "{:?}",
        remembered(&sandbox)
    );
}

/// Exceptions are judged anew each time.
#[test]
fn exceptions_hold_for_what_is_remembered() {
    let sandbox = past();
    same(&sandbox, &[], "none");
    sandbox.write(
        "stackguard.toml",
        "[[allow]]\npath = \"c.env\"\nreason = \"known\"\n",
    );
    let run = same(&sandbox, &[], "an exception");
    assert_eq!(run.json()["allowed"].as_array().map(Vec::len), Some(1));
    sandbox.run(&["baseline", "create", "--history"]);
    same(&sandbox, &[], "a baseline");
}

#[test]
fn where_nothing_can_be_written_nothing_is_said() {
    let sandbox = past();
    sandbox.write(".git/stackguard", "in the way");
    same(&sandbox, &[], "no directory");
    let run = sandbox.run(&["check", "--history", "-v"]);
    assert!(
        run.err().contains("nothing was remembered"),
        "{}",
        run.all()
    );
    assert_eq!(
        std::fs::read(sandbox.path(".git/stackguard"))
            .ok()
            .as_deref(),
        Some(&b"in the way"[..])
    );
}

/// A repository may bring a link of this name, to a directory of ours.
#[cfg(unix)]
#[test]
fn a_link_out_of_the_git_directory_is_not_followed() {
    let sandbox = past();
    let other = sandbox.outside("bin");
    std::fs::create_dir(&other).expect("its place is free");
    let names: Vec<String> = (0..9)
        .map(|number| format!("clean-{number:032x}"))
        .collect();
    for name in names.iter().map(String::as_str).chain(["clean-up"]) {
        std::fs::write(other.join(name), "text").expect("it can be written");
    }
    std::os::unix::fs::symlink(&other, sandbox.path(".git/stackguard")).expect("links can be made");
    same(&sandbox, &[], "a link");
    let run = sandbox.run(&["check", "--history", "-v"]);
    let told = run
        .err()
        .matches("is a link or a file, not a directory")
        .count();
    assert_eq!(told, 1, "{}", run.all());
    assert_eq!(std::fs::read_dir(&other).expect("it is there").count(), 10);
}

#[test]
fn no_cache_neither_reads_nor_writes() {
    let sandbox = past();
    history(&sandbox, &["--no-cache"]);
    history(&sandbox, &["--plain"]);
    assert_eq!(remembered(&sandbox), Vec::<PathBuf>::new());
}

#[test]
fn runs_at_once_do_not_disturb_each_other() {
    let sandbox = Sandbox::repo();
    let mut past = Past::default();
    let mut last: Option<String> = None;
    for version in 0..60 {
        let text = format!("{}{}", "line\n".repeat(version), leak("one"));
        let parents: Vec<&str> = last.as_deref().into_iter().collect();
        let files = files(&[("a.env", &text), ("b.txt", &"x\n".repeat(version))]);
        last = Some(past.commit("main", &parents, 1_700_000_000, "edit", &files));
    }
    past.import(&sandbox);
    let fresh = timeless(&history(&sandbox, &["--no-cache"]));
    for round in 0..3 {
        let args = ["check", "--history", "--format", "json"];
        let start = |_| {
            let mut command = sandbox.plain(&args);
            command.stdout(std::process::Stdio::piped());
            command.spawn().expect("it starts")
        };
        let running: Vec<_> = (0..5).map(start).collect();
        for child in running {
            let output = child.wait_with_output().expect("it ends");
            let run = Run {
                code: output.status.code().unwrap_or(-1),
                stdout: output.stdout,
                stderr: output.stderr,
            };
            assert_eq!(timeless(&run), fresh, "round {round}");
        }
        assert_eq!(remembered(&sandbox).len(), 1, "{:?}", remembered(&sandbox));
        sandbox.git(&["repack", "-adfq"]);
        if round == 1 {
            std::fs::remove_dir_all(sandbox.path(".git/stackguard")).expect("it is there");
        }
    }
}

/// What cannot be read is looked at again, each time.
#[test]
fn a_damaged_object_stays_a_gap() {
    let sandbox = past();
    let id = sandbox.git(&["rev-parse", "HEAD:a.txt"]);
    let path = object_file(&sandbox, &id);
    std::fs::remove_file(&path).expect("it is there");
    std::fs::write(&path, "not an object").expect("it can be written");
    let run = same(&sandbox, &[], "damaged");
    assert_eq!(run.code, 2, "{}", run.all());
}

/// What a partial clone leaves out by design is told by each run, the remembered ones included.
#[test]
fn a_partial_clone_is_remembered_with_what_it_lacks() {
    let sandbox = past();
    sandbox.write("large.bin", "x\n".repeat(20_000));
    sandbox.commit("large");
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", sandbox.path("").display());
    sandbox.git(&[
        "clone",
        "-q",
        "--bare",
        "--filter=blob:limit=10k",
        &url,
        "../partial.git",
    ]);
    let run = same(&sandbox, &["../partial.git"], "partial");
    assert_eq!(run.code, 2, "{}", run.all());
    assert_eq!(run.json()["incomplete"][0]["what"], "1 object");
    assert_eq!(run.hits().len(), 2, "{}", run.out());
}
