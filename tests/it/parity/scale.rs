//! How much a large map takes: a hundred credentials in three environments and three stores that each take 50 ms to answer.

use super::server::{Reply, Server};
use crate::harness::{Sandbox, secret};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

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
        list if list.contains("/metadata") => {
            let keys = (0..CREDENTIALS).map(|number| format!("key_{number}"));
            json!({"data": {"keys": keys.collect::<Vec<_>>()}})
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

/// The repository and the three servers.
struct World {
    sandbox: Sandbox,
    servers: [Server; 3],
    token: String,
}

impl World {
    fn new() -> Self {
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
        Self {
            sandbox,
            servers,
            token: secret("token", "{base62:40}"),
        }
    }

    /// How long a run takes, and its peak of memory in KiB.
    fn measured(&self, arguments: &[&str]) -> (Duration, u64) {
        let all = ["parity", "--fail-on=never", "--format=json=report.json"];
        let started = Instant::now();
        let mut child = self
            .sandbox
            .plain(&[&all[..], arguments].concat())
            .env("VAULT_ADDR", &self.servers[0].origin)
            .env("GITHUB_API_URL", &self.servers[1].origin)
            .env("FLY_FLAPS_BASE_URL", &self.servers[2].origin)
            .env("VAULT_TOKEN", &self.token)
            .env("GH_TOKEN", &self.token)
            .env("FLY_API_TOKEN", &self.token)
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
        (started.elapsed(), most)
    }
}

#[cfg(target_os = "linux")]
#[test]
#[expect(
    clippy::print_stderr,
    reason = "with --nocapture these are figures of docs/performance.md"
)]
fn three_hundred_credentials_take_little_memory_and_hardly_longer_than_in_one_store() {
    let world = World::new();
    let slowest = ["vault", "github", "fly"]
        .map(|store| world.measured(&[&format!("--store={store}")]).0)
        .into_iter()
        .max()
        .expect("three");
    let (together, most) = world.measured(&[]);
    let text = std::fs::read(world.sandbox.path("report.json")).expect("written");
    let report: Value = serde_json::from_slice(&text).expect("JSON");
    let rows = report["credentials"].as_array().expect("a list");
    assert_eq!(rows.len(), ENVIRONMENTS.len() * CREDENTIALS);
    for row in rows {
        for store in ["vault", "github", "fly"] {
            assert_eq!(row["stores"][store]["state"], "present", "{row}");
        }
    }
    eprintln!("together {together:?}, the slowest store alone {slowest:?}, {most} KiB");
    assert!(most < 60 << 10, "{most} KiB");
    assert!(together < slowest * 3, "{together:?}, alone {slowest:?}");
    // One place after another it would be each of the vault's answers: what a secret may be used for, and the secret.
    let in_a_row = LATENCY * 2 * u32::try_from(rows.len()).expect("small");
    assert!(together * 2 < in_a_row, "{together:?} of {in_a_row:?}");
}
