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
