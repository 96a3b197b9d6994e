//! What the action downloads is proved before it runs.

use super::{Runner, executable};
use serde_json::json;
use std::process::Command;

#[test]
#[expect(clippy::too_many_lines, reason = "one story from beginning to end")]
fn nothing_unproved_is_run() {
    let runner = Runner::new();
    let releases = runner.sandbox.outside("releases");
    let at = releases.join("v9.9.9");
    let stage = runner.sandbox.outside("stackguard-9.9.9");
    for directory in [&at, &stage] {
        std::fs::create_dir_all(directory).expect("made");
    }
    let log = runner.sandbox.outside("calls");
    executable(
        &stage.join("stackguard"),
        &format!("#!/bin/sh\necho ran >> '{}'\n", log.display()),
    );
    let archive = at.join("stackguard-9.9.9-x86_64-unknown-linux-musl.tar.gz");
    let packed = Command::new("tar")
        .arg("-czf")
        .arg(&archive)
        .arg("-C")
        .arg(runner.sandbox.outside(""))
        .arg("stackguard-9.9.9")
        .status();
    assert!(packed.expect("tar runs").success());
    let sums = Command::new("sha256sum")
        .arg(&archive)
        .output()
        .expect("it runs")
        .stdout;
    let sum = String::from_utf8_lossy(&sums)
        .split(' ')
        .next()
        .expect("a sum")
        .to_owned();
    let name = archive
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    let address = format!("file://{}", releases.display());
    let none = runner.sandbox.outside("none");
    std::fs::create_dir(&none).expect("made");
    let run = |install: &str| {
        let more = [
            ("INPUT_INSTALL", install),
            ("INPUT_VERSION", "v9.9.9"),
            ("INPUT_REPOSITORY", "acme/stackguard"),
            ("STACKGUARD_RELEASES", address.as_str()),
            ("RUNNER_OS", "Linux"),
            ("RUNNER_ARCH", "X64"),
        ];
        runner.run(&none, "workflow_dispatch", &json!({}), &more)
    };
    std::fs::write(at.join("SHA256SUMS"), format!("{sum}  {name}\n")).expect("written");
    let ended = run("download");
    assert_eq!((ended.code, ended.calls.len()), (0, 1), "{}", ended.out);
    // Another archive than the sums say, and an archive the sums do not speak of: never run, and never built around.
    for sums in [
        format!("{}  {name}\n", "0".repeat(64)),
        format!("{sum}  other.tar.gz\n"),
    ] {
        std::fs::write(at.join("SHA256SUMS"), sums).expect("written");
        let ended = run("auto");
        assert!(
            ended.code == 2
                && ended.calls.is_empty()
                && ended.out.contains("not what its checksum says"),
            "{}",
            ended.out
        );
    }
    std::fs::remove_file(&archive).expect("removed");
    let ended = run("download");
    assert!(
        ended.code == 2 && ended.out.contains("could not be downloaded"),
        "{}",
        ended.out
    );
}
