//! Ctrl-C and the like: how far it got, and nothing half written.

use crate::harness::Sandbox;
use crate::history::past::{Past, files};
use std::process::{Child, Output, Stdio};
use std::time::{Duration, Instant};

pub(super) fn send(signal: &str, child: &Child) {
    let status = std::process::Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(status.success());
}

/// Waits until a file is there.
fn wait_for(path: &std::path::Path) {
    let start = Instant::now();
    while !path.exists() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{}",
            path.display()
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn said(output: &Output) -> String {
    format!(
        "{} {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Adds a branch of `versions` commits, each with new text.
pub(super) fn grow(sandbox: &Sandbox, round: u32, versions: u32) {
    let mut past = Past::default();
    let mut last: Option<String> = None;
    let branch = format!("round-{round}");
    for version in 0..versions {
        let factor = (round + 1) * 1_000_003 + version;
        let words = (0..20_000).map(|word: u32| format!("{:x} ", word.wrapping_mul(factor)));
        let parents: Vec<&str> = last.as_deref().into_iter().collect();
        let files = files(&[("a.txt", &words.collect::<String>())]);
        last = Some(past.commit(&branch, &parents, 1_700_000_000, "edit", &files));
    }
    past.import(sandbox);
}

#[test]
fn a_history_is_left_as_it_was() {
    let sandbox = Sandbox::repo();
    grow(&sandbox, 0, 400);
    let old = sandbox.outside("old.json");
    // A fast machine may be done before the signal comes: then there is more to look at.
    for round in 1..10 {
        std::fs::write(&old, "old").expect("it can be written");
        let (new, scrub) = (sandbox.outside("new.json"), sandbox.outside("scrub.txt"));
        let _ = std::fs::remove_file(&new);
        let child = sandbox
            .plain(&[
                "check".to_owned(),
                "--history".to_owned(),
                format!("--format=sarif={},json={}", old.display(), new.display()),
                format!("--scrub-file={}", scrub.display()),
            ])
            .stderr(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        wait_for(&new);
        send("-TERM", &child);
        let output = child.wait_with_output().expect("it ends");
        if output.status.code() == Some(0) {
            let _ = std::fs::remove_dir_all(sandbox.path(".git/stackguard"));
            let _ = std::fs::remove_file(&scrub);
            grow(&sandbox, round, 400);
            continue;
        }
        assert_eq!(output.status.code(), Some(130), "{}", said(&output));
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(
            err.starts_with("interrupted after ") && err.contains("looked at"),
            "{err}"
        );
        assert!(output.stdout.is_empty());
        assert!(!new.exists() && !scrub.exists());
        assert_eq!(std::fs::read_to_string(&old).expect("it is there"), "old");
        let left = std::fs::read_dir(sandbox.path(".git/stackguard"));
        assert!(left.is_err() || left.is_ok_and(|mut files| files.next().is_none()));
        return;
    }
    panic!("it was always faster");
}

#[test]
fn waiting_for_a_document_can_be_interrupted() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        waiting(signal);
    }
}

fn waiting(signal: &str) {
    let sandbox = Sandbox::repo();
    let report = sandbox.outside("report.json");
    let mut child = sandbox
        .plain(&[
            "check",
            "--stdin",
            &format!("--format=json={}", report.display()),
        ])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let input = child.stdin.take();
    wait_for(&report);
    send(signal, &child);
    let output = child.wait_with_output().expect("it ends");
    drop(input);
    assert_eq!(output.status.code(), Some(130), "{}", said(&output));
    assert!(!report.exists());
}
