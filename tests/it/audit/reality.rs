//! fly.toml files against what Fly runs.

use super::{Kind, World, fakes, findings, gaps};
use crate::harness::secret;
use serde_json::json;

const FILE: &str = "app = \"acme-web\"\nprimary_region = \"fra\"\n[[vm]]\nmemory = \"2gb\"\ncpus = 1\ncpu_kind = \"shared\"\n";

fn world() -> World {
    let world = World::new(Kind::Directory);
    world.map(&[("API_KEY", "app", "")]);
    world.put("app", 1, &[("API_KEY", &secret("key", "{base62:30}"))]);
    world
}

#[test]
fn without_a_token_an_app_of_nobody_is_a_note() {
    let world = world();
    world.commit(&[("fly.toml", FILE)]);
    let run = world.run(&["audit", "--format=json"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let notes = run.json()["notes"].to_string();
    assert!(
        notes.contains("1 fly.toml file of apps the map does not name: without a token for Fly"),
        "{notes}"
    );

    // An app of the map is to be looked at, token or not.
    world.map(&[("API_KEY", "app", "fly = { app = \"acme-web\" }")]);
    let run = world.run(&["audit", "--format=json"]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(gaps(&run).iter().any(|gap| {
        gap.starts_with("fly:acme-web: what it runs is not known: there is no token for Fly")
    }));
}

#[test]
fn files_that_cannot_be_read_are_gaps() {
    let mut world = world();
    world.fly = Some(fakes::fly(
        "acme-web",
        Some(json!([fakes::machine("m1", 2048)])),
        &[],
    ));
    world.commit(&[("fly.toml", FILE)]);
    assert_eq!(world.run(&["audit"]).code, 0);
    for (bytes, why) in [
        (
            &b"app = \"acme-web\n[[vm]\n"[..],
            "fly.toml: flyctl cannot read it, so what runs was not compared with it",
        ),
        (
            b"app = \"acme-\xff\"\n",
            "fly.toml: it is not UTF-8, so what runs was not compared with it",
        ),
    ] {
        world.sandbox.write("fly.toml", bytes);
        let run = world.run(&["audit", "--format=json"]);
        assert_eq!(
            (run.code, gaps(&run)),
            (2, vec![why.to_owned()]),
            "{}",
            run.all()
        );
    }
}

#[test]
fn a_machine_nobody_can_reach_is_unknown() {
    let mut world = world();
    world.commit(&[(
        "fly.toml",
        &format!("{FILE}[http_service]\ninternal_port = 80\nmin_machines_running = 1\n"),
    )]);
    world.fly = Some(fakes::fly(
        "acme-web",
        Some(json!([fakes::unreachable("m1")])),
        &[],
    ));
    let run = world.run(&["audit", "--format=json"]);
    assert_eq!(
        (run.code, findings(&run, "fly-drift")),
        (2, Vec::new()),
        "{}",
        run.all()
    );
    assert_eq!(
        gaps(&run),
        [
            "machine m1 of fly:acme-web: Fly does not tell its process group, so it was compared with nothing"
        ]
    );
    // No machine at all is something else.
    world.fly = Some(fakes::fly("acme-web", Some(json!([])), &[]));
    let run = world.run(&["audit", "--format=json"]);
    assert_eq!(findings(&run, "fly-drift").len(), 1, "{}", run.all());
}
