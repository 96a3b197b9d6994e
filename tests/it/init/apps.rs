//! A first configuration finds no fault with the files it was made from.

use crate::harness::{Sandbox, secret};

const STAGING: &str = "app = \"acme\"
primary_region = \"iad\"
[processes]
web = \"serve\"
worker = \"work\"
beat = \"tick\"
[http_service]
internal_port = 8080
force_https = true
auto_stop_machines = \"stop\"
auto_start_machines = true
min_machines_running = 0
processes = [\"web\"]
[[http_service.checks]]
path = \"/up\"
interval = \"15s\"
timeout = \"5s\"
[[vm]]
memory = \"4gb\"
cpu_kind = \"performance\"
cpus = 1
processes = [\"worker\"]
[[vm]]
memory = \"1gb\"
memory_mb = 512
processes = [\"web\", \"beat\"]
";

/// Those the guard looks at, and no others.
#[test]
fn files_for_flyctl_are_told_as_the_guard_tells_them() {
    let app = |name: &str| {
        format!("app = \"{name}\"\nprimary_region = \"iad\"\n[[vm]]\nmemory = \"1gb\"\n")
    };
    let sandbox = Sandbox::repo_of(&[
        (
            "api/fly.json",
            "{\"app\": \"json\", \"vm\": [{\"memory\": \"1gb\"}]}\n",
        ),
        ("fly_staging.toml", &app("staging")),
        ("tests/fixtures/fly.toml", &app("fixture")),
        ("web/fly.json", "{\"frames\": []}\n"),
    ]);
    let run = sandbox.run(&["init", "--dry-run"]);
    for (name, there) in [("json", true), ("staging", true), ("fixture", false)] {
        let line = format!("+app = \"{name}\"\n+memory_min = \"1gb\"");
        assert_eq!(run.out().contains(&line), there, "{name}: {}", run.out());
    }
    assert!(!run.out().contains("web/fly.json"), "{}", run.out());
}

#[test]
fn no_secret_is_copied_into_the_configuration() {
    let token = secret("path", "ghp_{base62:30}{crc62}");
    let text = STAGING.replace("/up", &format!("/up/{token}"));
    let sandbox = Sandbox::repo_of(&[("fly.toml", &text)]);
    let run = sandbox.run(&["init", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let written = sandbox.read("stackguard.toml");
    assert!(written.contains("app = \"acme\""), "{written}");
    assert!(!run.all().contains(&token) && !written.contains(&token));
}

#[test]
fn what_an_app_has_today_is_enough() {
    let production = STAGING
        .replace("running = 0", "running = 2")
        .replace("memory = \"1gb\"\nmemory_mb = 512", "memory = \"2gb\"");
    let sandbox = Sandbox::repo_of(&[("fly.production.toml", &production), ("fly.toml", STAGING)]);
    let run = sandbox.run(&["init", "--yes"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let text = sandbox.read("stackguard.toml");
    assert!(
        text.contains("memory_min = \"512mb\"\n# machines_min = 1\nhealth_path = \"/up\""),
        "{text}"
    );
    assert_eq!(text.matches("\n[[fly]]").count(), 1, "{text}");
    let report = sandbox.run(&["check", "--format", "json"]).json();
    let found: Vec<&str> = report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|found| found["decided_by"].as_str())
        .filter(|line| line.starts_with("stackguard.toml"))
        .collect();
    assert_eq!(found, [""; 0], "{report}");
    // And it is a floor: less is found.
    sandbox.write("fly.toml", STAGING.replace("= 512", "= 256"));
    let run = sandbox.run(&["check"]);
    assert!(
        run.code == 1 && run.out().contains("fly-memory-below-minimum"),
        "{}",
        run.all()
    );
}
