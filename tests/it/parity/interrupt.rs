//! Ctrl-C while a store does not answer: the run ends at once, and nothing half written is left.

use super::server::{Reply, Server};
use crate::harness::{Sandbox, secret};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const MAP: &str = r#"version = 1
[[credential]]
name = "API_KEY"
environment = "staging"
owner = "ops"
vault = { path = "secret/app" }
"#;

#[test]
fn waiting_for_a_store_can_be_interrupted() {
    for (verb, signal) in [("parity", "-INT"), ("audit", "-TERM")] {
        let sandbox = Sandbox::repo();
        sandbox.write("map.toml", MAP);
        sandbox.write(
            "stackguard.toml",
            "[credentials]\nmap = \"map.toml\"\n[stores.vault]\nkind = \"hashicorp\"\n",
        );
        let server = Server::always(Reply::Silent);
        let token = secret("token", "{base62:40}");
        let report = sandbox.outside("report.json");
        let child = sandbox
            .plain(&[verb, &format!("--format=json={}", report.display())])
            .env("VAULT_ADDR", &server.origin)
            .env("VAULT_TOKEN", &token)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let started = Instant::now();
        while !server.received(&token) {
            assert!(started.elapsed() < Duration::from_secs(60), "it asks");
            thread::sleep(Duration::from_millis(2));
        }
        let asked = Instant::now();
        let sent = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(sent.expect("kill runs").success());
        let output = child.wait_with_output().expect("it ends");
        // Far sooner than the server would be given up.
        assert!(asked.elapsed() < Duration::from_secs(8), "{verb}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{verb}: {said}");
        assert!(
            said.starts_with("interrupted after ") && !said.contains(&token),
            "{said}"
        );
        assert!(output.stdout.is_empty() && !report.exists(), "{verb}");
    }
}
