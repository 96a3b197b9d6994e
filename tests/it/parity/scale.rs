//! How much a large map takes: a hundred credentials in three environments and three stores that each take 50 ms to answer.

use super::server::{Reply, Server};
use crate::harness::{Sandbox, secret};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

const ENVIRONMENTS: [&str; 3] = ["preview", "staging", "production"];
const CREDENTIALS: usize = 100;
/// A real API's pace.
const LATENCY: Duration = Duration::from_millis(50);

/// Each credential is a secret of its own in the vault, as most teams keep them.
fn map() -> String {
    let mut text = String::from("version = 1\n");
    for environment in ENVIRONMENTS {
        for number in 0..CREDENTIALS {
            let _ = write!(
                text,
                "\n[[credential]]\nname = \"KEY_{number}\"\nenvironment = \"{environment}\"\nrotate_every = \"90d\"\nvault = {{ path = \"secret/{environment}/key_{number}\" }}\ngithub = {{ environment = \"{environment}\" }}\nfly = {{ app = \"acme-{environment}\" }}\n"
            );
        }
    }
    text
}

fn slow(body: &Value) -> Reply {
    thread::sleep(LATENCY);
    Reply::Json(200, body.to_string())
}

fn names() -> Vec<Value> {
    (0..CREDENTIALS)
        .map(|number| json!({"name": format!("KEY_{number}"), "digest": "d", "updated_at": "2026-11-01T00:00:00Z"}))
        .collect()
}

fn vault(target: &str, value: &str) -> Reply {
    let path = target.split('?').next().unwrap_or_default();
    slow(&match path.strip_prefix("/v1/").unwrap_or_default() {
        "auth/token/lookup-self" => json!({"data": {"policies": ["audit"], "ttl": 3600}}),
        "sys/capabilities-self" => json!({"data": {"capabilities": ["read"]}}),
        mount if mount.starts_with("sys/internal") => {
            json!({"data": {"path": "secret/", "type": "kv", "options": {"version": "2"}}})
        }
        data => {
            let key = data.rsplit('/').next().unwrap_or_default().to_uppercase();
            let time = json!({"created_time": "2026-10-01T00:00:00Z", "deletion_time": "", "destroyed": false, "version": 1});
            json!({"data": {"data": {key: value}, "metadata": time}})
        }
    })
}

fn github(target: &str) -> Reply {
    let path = target.split('?').next().unwrap_or_default();
    slow(
        &match path.strip_prefix("/repos/acme/web").unwrap_or("none") {
            "" => json!({"full_name": "acme/web", "owner": {"type": "User"}}),
            "/actions/secrets" => json!({"total_count": 0, "secrets": []}),
            list if list.ends_with("/secrets") => {
                json!({"total_count": CREDENTIALS, "secrets": names()})
            }
            list if list.ends_with("/variables") => json!({"total_count": 0, "variables": []}),
            _ => json!({"protection_rules": []}),
        },
    )
}

/// Peak of the memory in use so far, in KiB.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().split(' ').next()?.parse().ok()
}

#[cfg(target_os = "linux")]
#[test]
fn three_hundred_credentials_take_little_memory() {
    let sandbox = Sandbox::repo();
    sandbox.write("map.toml", map());
    sandbox.write(
        "stackguard.toml",
        "[credentials]\nmap = \"map.toml\"\n[stores.vault]\nkind = \"hashicorp\"\n[stores.github]\nrepository = \"acme/web\"\n",
    );
    let value = secret("value", "{base62:36}");
    let servers = [
        Server::with(move |target| vault(target, &value)),
        Server::with(github),
        Server::with(|_| slow(&json!({"secrets": names()}))),
    ];
    let token = secret("token", "{base62:40}");
    let mut child = sandbox
        .plain(&["parity", "--fail-on=never", "--format=json=report.json"])
        .env("VAULT_ADDR", &servers[0].origin)
        .env("GITHUB_API_URL", &servers[1].origin)
        .env("FLY_FLAPS_BASE_URL", &servers[2].origin)
        .env("VAULT_TOKEN", &token)
        .env("GH_TOKEN", &token)
        .env("FLY_API_TOKEN", &token)
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut most = 0;
    let status = loop {
        most = peak(child.id()).unwrap_or(0).max(most);
        if let Some(status) = child.try_wait().expect("it is ours") {
            break status;
        }
        thread::sleep(Duration::from_millis(5));
    };
    assert_eq!(status.code(), Some(0));
    let report: Value =
        serde_json::from_slice(&std::fs::read(sandbox.path("report.json")).expect("written"))
            .expect("JSON");
    let rows = report["credentials"].as_array().expect("a list");
    assert_eq!(rows.len(), ENVIRONMENTS.len() * CREDENTIALS);
    for row in rows {
        for store in ["vault", "github", "fly"] {
            assert_eq!(row["stores"][store]["state"], "present", "{row}");
        }
    }
    assert!(most < 60 << 10, "{most} KiB");
}
