//! Calendar and evidence: a place that cannot be written to costs no work, and takes no finding away.

use super::{Kind, World};
use crate::harness::secret;

fn world() -> World {
    let world = World::new(Kind::Directory);
    world.map(&[("API_KEY", "app", "rotate_every = \"90d\"")]);
    world.put("app", 1, &[("API_KEY", &secret("key", "{base62:30}"))]);
    world.commit(&[]);
    world
}

#[test]
fn bad_places_are_told_before_the_work() {
    let world = world();
    let file = world.sandbox.outside("file");
    std::fs::write(&file, "x").expect("written");
    let directory = world.sandbox.outside("home");
    for (argument, said) in [
        (
            format!(
                "--calendar={}",
                world.sandbox.outside("none/due.ics").display()
            ),
            "could not write the calendar to",
        ),
        (
            format!("--calendar={}", directory.display()),
            "could not write the calendar to",
        ),
        (
            format!("--evidence={}", file.display()),
            "cannot write the evidence to",
        ),
    ] {
        let run = world.run(&["audit", &argument]);
        assert!(
            run.code == 2 && run.err().contains(said) && run.stdout.is_empty(),
            "{}",
            run.all()
        );
    }
    let left: Vec<_> = std::fs::read_dir(world.sandbox.outside(""))
        .expect("there")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(left.len(), 3, "nothing is left: {left:?}");
}

/// What is there is written over by nothing, followed nowhere it does not lead, and left as it was.
#[test]
fn places_that_are_there_already() {
    let world = world();
    let outside = |name: &str| world.sandbox.outside(name);
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, outside(name)).expect("ours");
    let evidence = |name: &str| {
        let run = world.run(&["audit", &format!("--evidence={}", outside(name).display())]);
        (run.code, run.err())
    };
    std::fs::create_dir(outside("log")).expect("ours");
    std::fs::write(outside("log/old"), "kept").expect("ours");
    link("log", "to-log");
    link("nowhere", "to-nowhere");
    assert_eq!(evidence("to-log").0, 0, "a link to a directory is one");
    let (code, said) = evidence("to-nowhere");
    assert!(
        code == 2 && said.contains("cannot write the evidence to"),
        "{said}"
    );
    let mut names: Vec<_> = std::fs::read_dir(outside("log"))
        .expect("there")
        .map(|entry| entry.expect("readable").file_name())
        .collect();
    names.sort();
    assert!(names.len() == 2 && names[1] == "old", "{names:?}");
    assert_eq!(std::fs::read(outside("log/old")).expect("there"), b"kept");
    assert!(!outside("nowhere").exists());
}

/// A disk that gets full when all is written but the end: the findings are told, and nothing half-written is left.
#[test]
fn a_disk_that_gets_full() {
    let world = world();
    world.map(&[("API_KEY", "app", "rotate_every = \"90d\"")]);
    world.put("app", 100, &[("API_KEY", &secret("key", "{base62:30}"))]);
    let base = world.sandbox.outside("log");
    let limited = format!(
        "trap '' XFSZ; ulimit -f 16; exec stackguard audit --evidence {}",
        base.display()
    );
    let (said, code) = world.sandbox.shell(&limited);
    world.hides(&said);
    assert_eq!(code, 2, "{said}");
    assert!(
        said.contains("credential-overdue")
            && said.contains("cannot write the evidence to")
            && !said.contains("### "),
        "{said}"
    );
    assert_eq!(std::fs::read_dir(&base).expect("made").count(), 0);
}

/// Without leave to lock memory the audit goes on, and says so.
#[test]
#[cfg(target_os = "linux")]
fn memory_that_cannot_be_locked_is_told() {
    let world = world();
    // A capability goes beyond the limit; where it cannot be given up, nothing is refused.
    let (said, code) = world.sandbox.shell(
        "less='setpriv --bounding-set=-ipc_lock'; $less true || less=\n$less grep CapEff: /proc/self/status\nulimit -l 0\nexec $less stackguard audit --format=json",
    );
    world.hides(&said);
    assert_eq!(code, 0, "{said}");
    let rights = said.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let rights = u64::from_str_radix(rights.expect("told").trim(), 16).expect("a number");
    let may = rights >> 14 & 1 == 1;
    assert_eq!(said.contains("could be locked into memory"), !may, "{said}");
}

#[test]
fn verify_counts_what_holds() {
    let world = world();
    let base = world.sandbox.outside("log");
    assert_eq!(
        world
            .run(&["audit", &format!("--evidence={}", base.display())])
            .code,
        0
    );
    let directory = std::fs::read_dir(&base)
        .expect("made")
        .next()
        .expect("one")
        .expect("readable")
        .path();
    let verify = || world.run(&["audit", "verify", directory.to_str().expect("text")]);
    assert_eq!(verify().out(), "4 files as written, 0 not\n");
    std::fs::write(directory.join("more"), "").expect("written");
    assert_eq!(
        verify().out(),
        "more: it was added\n4 files as written, 1 not\n"
    );
    std::fs::remove_file(directory.join("report.md")).expect("there");
    let run = verify();
    assert_eq!(
        (run.code, run.out().as_str()),
        (
            1,
            "more: it was added\nreport.md: it is missing\n3 files as written, 2 not\n"
        )
    );
}
