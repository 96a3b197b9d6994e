//! The HTML report in a real browser. Opt-in, because it needs Chromium, node and two npm packages:
//!
//! ```text
//! eval "$(.ci/browser)"
//! cargo test --locked --features browser-tests --test browser
//! ```
//!
//! `STACKGUARD_BROWSER_MODULES` names the `node_modules` directory that holds playwright-core and axe-core, `STACKGUARD_CHROMIUM` the
//! browser's binary, and `STACKGUARD_BROWSER_PICTURES`, where given, a directory for screenshots. `.ci/run` runs this.

mod report;

use serde_json::Value;
use stackguard::exit::ExitStatus;
use stackguard::report::{Format, View};
use std::path::Path;
use std::process::Command;

#[test]
fn the_page_works_and_obeys_nobody() {
    let policy = stackguard::config::Config::default()
        .policy()
        .expect("the shipped rules hold");
    let report = report::hostile();
    let view = View::new(&policy, ExitStatus::Incomplete);
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("report.html");
    let mut page = Vec::new();
    Format::Html
        .render(&report, &view, &mut page)
        .expect("memory takes everything");
    std::fs::write(&file, page).expect("written");

    let seen = drive(&file);
    let list = |key: &str| seen[key].as_array().cloned().unwrap_or_default();
    assert_eq!(list("console"), [] as [Value; 0], "the console is silent");
    assert_eq!(list("requests"), [] as [Value; 0], "nothing is loaded");
    assert_eq!(seen["dialogs"], 0, "no name is run");
    assert_eq!(list("violations"), [] as [Value; 0], "everyone can use it");
    let checks = seen["checks"].as_object().expect("checks were made");
    assert!(checks.len() > 15, "{checks:?}");
    let failed: Vec<&String> = checks
        .iter()
        .filter(|(_, held)| **held != Value::Bool(true))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(failed, [] as [&String; 0]);
}

fn drive(file: &Path) -> Value {
    let variable = |name: &str| std::env::var_os(name).unwrap_or_default();
    let modules = variable("STACKGUARD_BROWSER_MODULES");
    assert!(
        !modules.is_empty(),
        "STACKGUARD_BROWSER_MODULES is not set: eval \"$(.ci/browser)\""
    );
    let output = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser/drive.mjs"))
        .arg(file)
        .arg(modules)
        .arg(variable("STACKGUARD_CHROMIUM"))
        .arg(variable("STACKGUARD_BROWSER_PICTURES"))
        .output()
        .expect("node runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}
