//! A value of the vault that stands in a file: no finding about that file shows it, whatever the value looks like.

use super::{Kind, World, fakes, findings};
use crate::harness::{FORMATS, secret};
use serde_json::json;

/// What no rule of the secrets guard finds.
const PLAIN: &str = "correct{digit:2}horse-{lower:4}-battery";

/// A map with values on the lines findings are about, and a fly.toml whose variables the app lacks.
fn world(kind: Kind, values: &[&str]) -> World {
    let mut world = World::new(kind);
    world.fly = Some(fakes::fly(
        "acme-web",
        Some(json!([fakes::machine("m1", 2048)])),
        &[],
    ));
    let mut map = "version = 1\n".to_owned();
    let mut file = "app = \"acme-web\"\n[env]\n".to_owned();
    for (number, value) in values.iter().enumerate() {
        map.push_str(&format!(
            "[[credential]] # it was {value}\nname = \"GONE_{number}\"\nenvironment = \"staging\"\nvault = {{ path = \"{}\" }}\n",
            world.place("app")
        ));
        file.push_str(&format!("MODE_{number} = \"{value}\"\n"));
        world.put("app", 10, &[("SESSION_PEPPER", value)]);
    }
    world.sandbox.write("ops/map.toml", map);
    world.commit(&[("fly.toml", &file)]);
    world
}

/// Runs a verb with every format, and looks at all it wrote.
fn shows_none(world: &World, verb: &[&str], lines: usize) {
    let file = |format: &str| world.sandbox.outside(format);
    let mut arguments: Vec<String> = verb.iter().map(|word| (*word).to_owned()).collect();
    arguments.extend(
        FORMATS
            .iter()
            .map(|format| format!("--format={format}={}", file(format).display())),
    );
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let run = world.run(&arguments);
    assert_eq!(run.code, 1, "{}", run.all());
    for format in FORMATS {
        world.hides(&std::fs::read_to_string(file(format)).expect("written"));
    }
    let report = std::fs::read_to_string(file("markdown")).expect("written");
    assert_eq!(
        report.matches("credential-missing").count(),
        lines,
        "{report}"
    );
    let report = std::fs::read_to_string(file("json")).expect("written");
    assert!(
        report.contains("[[credential]] # it was ****************"),
        "{report}"
    );
}

#[test]
fn lines_of_the_map_and_of_fly_toml_show_no_value() {
    for kind in [Kind::Directory, Kind::Kv] {
        let value = secret("pepper", PLAIN);
        let world = world(kind, &[&value]);
        for verb in [&["parity"][..], &["audit"], &["audit", "--exposure"]] {
            shows_none(&world, verb, 1);
        }
        let run = world.run(&["audit", "--format=json"]);
        assert_eq!(findings(&run, "fly-drift").len(), 1, "{}", run.all());
        assert!(
            run.out().contains("MODE_0 = \\\"****************\\\""),
            "{}",
            run.out()
        );
    }
}

#[test]
fn nor_an_older_one_where_it_is_known() {
    let [old, new] = ["old", "new"].map(|name| secret(name, PLAIN));
    let world = world(Kind::Kv, &[&old, &new]);
    shows_none(&world, &["audit", "--exposure"], 2);
}

#[test]
fn nor_the_command_line_in_evidence() {
    let value = secret("pepper", PLAIN);
    let world = world(Kind::Directory, &[&value]);
    let base = world.sandbox.outside(&format!("log-{value}"));
    let run = world
        .sandbox
        .run(&["audit", &format!("--evidence={}", base.display())]);
    assert_eq!(run.code, 1, "{}", run.all());
    let made = std::fs::read_dir(&base).expect("made").next().expect("one");
    let directory = made.expect("readable").path();
    let command = std::fs::read_to_string(directory.join("command.json")).expect("written");
    assert!(command.contains("log-****************"), "{command}");
    world.hides(&command);
}
