//! What would go unseen is never clean: objects that are not what they are said to be, names that lead past commits,
//! stores that change or stand elsewhere.

use super::{history, only, story};
use crate::harness::{Run, Sandbox, leak};
use std::path::{Path, PathBuf};

/// A repository with a clean commit, and a blob with a leak that nothing leads to.
fn beside(name: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    let blob = sandbox.git_with(&["hash-object", "-w", "--stdin"], leak(name).as_bytes());
    (sandbox, blob)
}

/// Writes an object that git would refuse to make.
fn write(sandbox: &Sandbox, kind: &str, bytes: &[u8]) -> String {
    let args = ["hash-object", "-t", kind, "-w", "--literally", "--stdin"];
    sandbox.git_with(&args, bytes)
}

/// A tree of one entry, whatever the entry says.
fn tree(sandbox: &Sandbox, mode: &str, name: &str, id: &str) -> String {
    let digits = id.as_bytes().chunks(2);
    let raw = digits.map(|pair| u8::from_str_radix(&String::from_utf8_lossy(pair), 16));
    let raw: Vec<u8> = raw.collect::<Result<_, _>>().expect("hexadecimal");
    let entry = [format!("{mode} {name}\0").as_bytes(), &raw].concat();
    write(sandbox, "tree", &entry)
}

/// Packs these objects, though they do not fit together, and removes the loose ones.
fn pack(sandbox: &Sandbox) {
    let args = [
        "cat-file",
        "--batch-all-objects",
        "--batch-check=%(objectname)",
    ];
    let all = sandbox.git(&args);
    let base = ".git/objects/pack/pack";
    sandbox.git_with(&["pack-objects", "-q", base], all.as_bytes());
    sandbox.git(&["prune-packed", "-q"]);
}

fn gaps(run: &Run) -> Vec<(String, String)> {
    let report = run.json();
    let gaps = report["incomplete"].as_array().expect("a list").iter();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    gaps.map(|gap| (text(&gap["what"]), text(&gap["why"])))
        .collect()
}

#[test]
fn what_is_not_of_the_kind_that_is_said_is_a_gap() {
    // Nothing looks into a file that a tree calls a directory, nor into a directory that it calls a file.
    let as_directory = |sandbox: &Sandbox, blob: &str| tree(sandbox, "40000", "d", blob);
    let as_file = |sandbox: &Sandbox, blob: &str| {
        let inner = tree(sandbox, "100644", "k.env", blob);
        tree(sandbox, "100644", "d", &inner)
    };
    let commit_as_file = |sandbox: &Sandbox, blob: &str| {
        let inner = tree(sandbox, "100644", "k.env", blob);
        let commit = sandbox.git(&["commit-tree", "-m", "x", &inner]);
        tree(sandbox, "100644", "d", &commit)
    };
    let as_tree = |_: &Sandbox, blob: &str| blob.to_owned();
    type Make<'m> = &'m dyn Fn(&Sandbox, &str) -> String;
    let makes: [(&str, Make<'_>); 4] = [
        ("directory", &as_directory),
        ("file", &as_file),
        ("commit", &commit_as_file),
        ("tree", &as_tree),
    ];
    for (what, make) in makes {
        let (sandbox, blob) = beside(what);
        let root = make(&sandbox, &blob);
        let text = format!(
            "tree {root}\nauthor A <a@b> 1700000000 +0000\ncommitter A <a@b> 1700000000 +0000\n\nx\n"
        );
        let commit = write(&sandbox, "commit", text.as_bytes());
        sandbox.write(".git/refs/heads/odd", format!("{commit}\n"));
        for packed in [false, true] {
            if packed {
                pack(&sandbox);
            }
            for turn in 0..2 {
                let run = history(&sandbox, &[]);
                assert_eq!(run.code, 2, "{what}, {packed}, {turn}: {}", run.all());
                assert_eq!(gaps(&run).len(), 1, "{what}, {packed}: {}", run.all());
            }
        }
    }
}

#[test]
fn what_a_named_tree_lacks_is_a_gap() {
    let (sandbox, blob) = beside("named");
    let inner = tree(&sandbox, "100644", "k.env", &blob);
    let outer = tree(&sandbox, "40000", "d", &inner);
    sandbox.git(&["tag", "outer", &outer]);
    assert_eq!(history(&sandbox, &[]).code, 1);
    let path = sandbox
        .path(".git/objects")
        .join(&blob[..2])
        .join(&blob[2..]);
    std::fs::remove_file(path).expect("it is there");
    let run = history(&sandbox, &[]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert_eq!(gaps(&run)[0].0, format!("object {blob}"));
    assert_eq!(
        history(&sandbox, &["--ref", "main"]).code,
        0,
        "not asked for"
    );
}

#[test]
fn a_reflog_remembers_what_a_ref_without_commits_held() {
    let (sandbox, blob) = beside("past");
    let clean = sandbox.git_with(&["hash-object", "-w", "--stdin"], b"nothing\n");
    let inner = tree(&sandbox, "100644", "k.env", &blob);
    sandbox.git(&["config", "core.logAllRefUpdates", "always"]);
    for held in [&blob, &inner] {
        sandbox.git(&["update-ref", "refs/odd/it", held]);
        sandbox.git(&["update-ref", "refs/odd/it", &clean]);
        let run = history(&sandbox, &[]);
        assert_eq!(run.code, 1, "{}", run.all());
        let (commit, path, ..) = story(&only(&run));
        assert_eq!((commit, path), (String::new(), format!("<object {blob}>")));
        std::fs::remove_file(sandbox.path(".git/logs/refs/odd/it")).expect("it is there");
        assert_eq!(history(&sandbox, &[]).code, 0);
    }
}

#[cfg(unix)]
#[test]
fn packs_of_any_name_are_read() {
    use std::os::unix::ffi::OsStrExt as _;
    let names: [&[u8]; 4] = [b"pack-x.y", b"odd", b"pack-\xff", b"pack"];
    for name in names {
        let sandbox = Sandbox::repo_of(&[("b.env", &leak("packed"))]);
        sandbox.git(&["repack", "-adq"]);
        sandbox.git(&["update-ref", "-d", "refs/heads/main"]);
        std::fs::remove_dir_all(sandbox.path(".git/logs")).expect("it is there");
        for old in super::cache::packs(&sandbox) {
            for end in ["pack", "idx"] {
                let mut new = name.to_vec();
                new.extend([b".", end.as_bytes()].concat());
                let new = old.with_file_name(std::ffi::OsStr::from_bytes(&new));
                std::fs::rename(old.with_extension(end), &new).expect("it is there");
                for beside in ["keep", "promisor", "bitmap", "mtimes"] {
                    std::fs::write(new.with_extension(beside), "").expect("it can be written");
                }
            }
        }
        let run = history(&sandbox, &["--unreachable"]);
        assert_eq!(run.code, 1, "{name:?}: {}", run.all());
        assert_eq!(run.hits().len(), 1);
    }
}

#[test]
fn repacking_meanwhile_hides_nothing() {
    let sandbox = Sandbox::repo();
    for round in 0..20 {
        sandbox.write(format!("{round}.env"), leak(&round.to_string()));
        sandbox.commit("more");
    }
    let wanted = history(&sandbox, &["--no-cache"]).hits();
    assert_eq!(wanted.len(), 20);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // From packs to one pack, to loose objects, and back.
            let steps: [&[&str]; 4] = [
                &["repack", "-adfq"],
                &["commit", "-q", "--amend", "--allow-empty", "-m", "again"],
                &["repack", "-dq"],
                &["gc", "-q"],
            ];
            for step in steps.iter().cycle() {
                if done.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
                sandbox.git(step);
            }
        });
        for turn in 0..30 {
            let run = history(&sandbox, &[]);
            let found = run.hits();
            let all = |hit: &crate::harness::Hit| found.iter().any(|other| other.path == hit.path);
            // What was gone at the wrong moment is told of.
            assert!(
                run.code == 2 || run.code == 1 && wanted.iter().all(all),
                "turn {turn}: {}",
                run.all()
            );
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(history(&sandbox, &[]).hits().len(), 20);
}

/// Puts in a file's or directory's place a link to itself, which not even root can open.
#[cfg(unix)]
fn close(path: &Path) {
    if path.is_dir() {
        std::fs::remove_dir_all(path).expect("it is ours");
    } else if path.exists() {
        std::fs::remove_file(path).expect("it is ours");
    }
    let name = path.file_name().expect("a name");
    std::os::unix::fs::symlink(name, path).expect("it can be made");
}

/// A file of the one pack everything is put into.
#[cfg(unix)]
fn packed(sandbox: &Sandbox, end: &str) -> PathBuf {
    sandbox.git(&["repack", "-adq"]);
    super::cache::packs(sandbox).remove(0).with_extension(end)
}

#[cfg(unix)]
#[test]
fn what_cannot_be_opened_is_never_clean() {
    let loose = |sandbox: &Sandbox, upto: usize| {
        let id = sandbox.git(&["rev-parse", "HEAD~1:b.env"]);
        let path = format!(".git/objects/{}/{}", &id[..2], &id[2..]);
        sandbox.path(&path[..upto])
    };
    // Only what is broken leads to the leak.
    let only = |sandbox: &Sandbox, name: &str| {
        sandbox.git(&["update-ref", "refs/heads/leak", "HEAD~1"]);
        sandbox.git(&["reset", "-q", "--hard", "HEAD~2"]);
        if name == "packed-refs" {
            sandbox.git(&["pack-refs", "--all"]);
        }
        if name == "logs" {
            sandbox.git(&["update-ref", "-d", "refs/heads/leak"]);
        } else {
            std::fs::remove_dir_all(sandbox.path(".git/logs")).expect("it is there");
        }
        sandbox.path(".git").join(name)
    };
    let plain = |sandbox: &Sandbox, name: &str| sandbox.path(".git").join(name);
    type Break<'b> = (&'b str, &'b dyn Fn(&Sandbox) -> PathBuf);
    let breaks: [Break<'_>; 14] = [
        ("pack", &|sandbox| packed(sandbox, "pack")),
        ("index of a pack", &|sandbox| packed(sandbox, "idx")),
        ("packs", &|sandbox| {
            packed(sandbox, "pack")
                .parent()
                .expect("a directory")
                .to_owned()
        }),
        ("loose object", &|sandbox| loose(sandbox, 54)),
        ("loose objects", &|sandbox| loose(sandbox, 15)),
        ("ref", &|sandbox| only(sandbox, "refs/heads/leak")),
        ("refs", &|sandbox| only(sandbox, "refs/heads")),
        ("packed refs", &|sandbox| only(sandbox, "packed-refs")),
        ("reflogs", &|sandbox| only(sandbox, "logs")),
        ("HEAD", &|sandbox| plain(sandbox, "HEAD")),
        ("work trees", &|sandbox| plain(sandbox, "worktrees")),
        ("alternates", &|sandbox| {
            plain(sandbox, "objects/info/alternates")
        }),
        ("shallow", &|sandbox| plain(sandbox, "shallow")),
        ("configuration", &|sandbox| plain(sandbox, "config")),
    ];
    for (what, breaks) in breaks {
        let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
        sandbox.write("b.env", leak("broken"));
        sandbox.commit("leak");
        sandbox.git(&["rm", "-q", "b.env"]);
        sandbox.commit("gone");
        assert_eq!(history(&sandbox, &[]).code, 1, "{what}");
        let path = breaks(&sandbox);
        close(&path);
        for args in [&[][..], &["--no-cache"], &["--plain"]] {
            let run = history(&sandbox, args);
            assert_eq!(run.code, 2, "{what}, {args:?}: {}", run.all());
            // Nor does it say where that is on this machine.
            let place = sandbox.dir().display().to_string();
            let told = run.stdout.is_empty() || !run.out().contains(&place);
            assert!(told, "{what}: {}", run.all());
        }
    }
}

#[test]
fn objects_that_git_is_told_to_look_for_elsewhere_are_not_passed_over() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    let elsewhere = sandbox.outside("objects");
    for directory in ["pack", "info"] {
        std::fs::create_dir_all(elsewhere.join(directory)).expect("it can be made");
    }
    let own = sandbox.path(".git/objects");
    let run = |args: &[&str]| {
        let mut command = sandbox.command(args);
        command
            .env("GIT_OBJECT_DIRECTORY", &elsewhere)
            .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &own);
        Run::of(&mut command)
    };
    // As during a push: new objects stand apart until all is well.
    sandbox.write("b.env", leak("quarantined"));
    let script = format!(
        "export GIT_OBJECT_DIRECTORY='{}' GIT_ALTERNATE_OBJECT_DIRECTORIES='{}'; git add -A && git commit -qm leak",
        elsewhere.display(),
        own.display()
    );
    let (said, code) = sandbox.shell(&script);
    assert_eq!(code, 0, "{said}");
    let ranged = run(&["check", "--range", "HEAD~1..HEAD", "--format", "json"]);
    assert_eq!(ranged.hits().len(), 1, "{}", ranged.all());
    for run in [
        run(&["check", "--history", "--format", "json"]),
        history(&sandbox, &[]),
    ] {
        assert_eq!(run.code, 2, "{}", run.all());
        let told = gaps(&run).iter().any(|gap| gap.1.contains("missing"));
        assert!(told, "{}", run.all());
    }
}

#[test]
fn a_repository_of_another_make_is_refused_with_advice() {
    let refused = |sandbox: &Sandbox, args: &[&str], what: &str, advice: &str| {
        let run = sandbox.run(&[&["check"], args].concat());
        assert_eq!(run.code, 2, "{args:?}: {}", run.all());
        let said = run.err().replace("\n  │", "").replace("\n        ", " ");
        assert!(said.contains(what) && said.contains(advice), "{said}");
    };
    let made = |settings: &[&str]| {
        let sandbox = Sandbox::repo_of(&[("b.env", &leak("unseen"))]);
        sandbox.git(&["config", "core.repositoryFormatVersion", "1"]);
        for setting in settings {
            let (name, value) = setting.split_once('=').expect("a setting");
            sandbox.git(&["config", name, value]);
        }
        sandbox
    };
    let sandbox = made(&["extensions.refStorage=reftable"]);
    for args in [&["--history"][..], &["--staged"], &["--range", "HEAD~1.."]] {
        refused(&sandbox, args, "refs", "git refs migrate");
    }
    let sandbox = made(&["extensions.new=true"]);
    refused(&sandbox, &["--history"], "\"new\"", "newer version");
    for args in [&["--staged"][..], &["--range", "HEAD~1.."]] {
        refused(&sandbox, args, "`new`", "newer version");
    }
    let sandbox = made(&["extensions.objectFormat=sha3"]);
    for args in [&["--history"][..], &["--staged"], &["--range", "HEAD~1.."]] {
        refused(&sandbox, args, "sha3", "newer version");
    }
    let sandbox = made(&["core.repositoryFormatVersion=2"]);
    refused(&sandbox, &["--history"], "newer", "newer version");
    for args in [&["--staged"][..], &["--range", "HEAD~1.."]] {
        refused(&sandbox, args, "newer", "newer version");
    }
}

/// Runs a script that ends in the program, with no room for what is written to files.
#[cfg(unix)]
fn without_room(sandbox: &Sandbox, args: &str) -> (String, i32) {
    // A write beyond the limit then fails as on a full disk, instead of ending the process.
    sandbox.shell(&format!(
        "trap '' XFSZ; ulimit -f 0; stackguard check --history {args}"
    ))
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_nothing_half_written_and_changes_no_verdict() {
    let sandbox = Sandbox::repo_of(&[("b.env", &leak("full"))]);
    let left = |directory: &Path| std::fs::read_dir(directory).map_or(0, Iterator::count);
    let (said, code) = without_room(&sandbox, "-v --format jsonl");
    assert_eq!(code, 1, "{said}");
    assert!(
        said.contains("nothing was remembered for the next run"),
        "{said}"
    );
    assert_eq!(left(&sandbox.path(".git/stackguard")), 0, "{said}");
    let place = sandbox.outside("place");
    std::fs::create_dir(&place).expect("it is new");
    let file = place.join("file").display().to_string();
    for args in [
        format!("--no-cache --scrub-file {file} --format jsonl"),
        format!("--no-cache --format json={file}"),
    ] {
        let (said, code) = without_room(&sandbox, &args);
        assert_eq!(code, 2, "{args}: {said}");
        assert!(said.contains("could not write"), "{args}: {said}");
        assert_eq!(left(&place), 0, "{args}");
        let token = leak("full");
        assert!(!said.contains(token.trim_end().trim_start_matches("API_TOKEN=")));
    }
}
