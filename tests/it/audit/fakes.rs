//! Vault and Fly in memory, on loopback, as the program's own stores ask them.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// A server that answers a request by its path, without the `/v1/` it begins with.
pub(crate) struct Fake(MockServer);

impl Fake {
    fn of(answer: impl Respond + 'static) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        // The server has a thread of its own.
        let server = runtime.block_on(async {
            let server = MockServer::start().await;
            Mock::given(any()).respond_with(answer).mount(&server).await;
            server
        });
        Self(server)
    }

    pub(crate) fn address(&self) -> String {
        self.0.uri()
    }
}

/// One version of a secret: when it was written, whether it was deleted since, what is in it.
#[derive(Clone)]
pub(crate) struct Version {
    pub(crate) created: String,
    pub(crate) deleted: bool,
    pub(crate) values: BTreeMap<String, String>,
}

/// Secrets of a KV engine of version 2 at `kv/`, by path, the oldest version first.
pub(crate) type Secrets = BTreeMap<String, Vec<Version>>;

struct Vault(Arc<Mutex<Secrets>>);

/// A Vault that any token may read.
pub(crate) fn vault(secrets: Arc<Mutex<Secrets>>) -> Fake {
    Fake::of(Vault(secrets))
}

impl Respond for Vault {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let path = request.url.path().trim_start_matches("/v1/");
        let secrets = self.0.lock().expect("not poisoned");
        match path {
            "auth/token/lookup-self" => data(json!({"policies": ["audit"], "ttl": 3600})),
            "sys/capabilities-self" => data(json!({"capabilities": ["read"]})),
            _ if path.starts_with("sys/internal/ui/mounts/") => {
                data(json!({"path": "kv/", "type": "kv", "options": {"version": "2"}, "uuid": "u"}))
            }
            _ => {
                let (call, name) = path
                    .strip_prefix("kv/")
                    .and_then(|rest| rest.split_once('/'))
                    .unwrap_or_default();
                let asked = request.url.query_pairs().find(|(key, _)| key == "version");
                let asked = asked.and_then(|(_, number)| number.parse().ok());
                secrets.get(name).map_or_else(
                    || ResponseTemplate::new(404).set_body_json(json!({"errors": []})),
                    |versions| secret(call, versions, asked),
                )
            }
        }
    }
}

fn secret(call: &str, versions: &[Version], asked: Option<usize>) -> ResponseTemplate {
    if call == "metadata" {
        let numbered = versions.iter().zip(1..);
        let all: Map<String, Value> = numbered
            .map(|(version, number)| (number.to_string(), version.metadata(number)))
            .collect();
        return data(json!({"current_version": versions.len(), "versions": all}));
    }
    let number = asked.unwrap_or(versions.len());
    let version = &versions[number - 1];
    let values = match call {
        _ if version.deleted => Value::Null,
        "subkeys" => version
            .values
            .keys()
            .map(|name| (name.clone(), Value::Null))
            .collect(),
        _ => json!(version.values),
    };
    let key = if call == "subkeys" { "subkeys" } else { "data" };
    ResponseTemplate::new(if version.deleted { 404 } else { 200 })
        .set_body_json(json!({"data": {key: values, "metadata": version.metadata(number)}}))
}

impl Version {
    fn metadata(&self, number: usize) -> Value {
        let deleted = if self.deleted {
            "2026-01-05T00:00:00Z"
        } else {
            ""
        };
        json!({"version": number, "created_time": self.created, "deletion_time": deleted, "destroyed": false})
    }
}

fn data(data: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"request_id": "r", "data": data}))
}

/// A Fly with one app whose machines and names of secrets are these; it fails where there are none.
pub(crate) fn fly(app: &str, machines: Option<Value>, secrets: &[&str]) -> Fake {
    let now = jiff::Timestamp::now().to_string();
    let secrets: Vec<Value> = secrets
        .iter()
        .map(|name| json!({"name": name, "digest": "2f0c1d", "created_at": "2026-01-02T03:04:05Z", "updated_at": now}))
        .collect();
    let (app, secrets) = (format!("/v1/apps/{app}"), json!({"secrets": secrets}));
    Fake::of(move |request: &Request| {
        match (request.url.path().strip_prefix(app.as_str()), &machines) {
            (Some("/secrets"), _) => ResponseTemplate::new(200).set_body_json(&secrets),
            (Some("/machines"), Some(machines)) => {
                ResponseTemplate::new(200).set_body_json(machines)
            }
            (Some("/machines"), None) => ResponseTemplate::new(500),
            _ => ResponseTemplate::new(404).set_body_json(json!({"error": "app not found"})),
        }
    })
}

/// A machine of the group `app` with so much memory, in MB.
pub(crate) fn machine(id: &str, memory: u32) -> Value {
    json!({
        "id": id, "name": id, "state": "started", "region": "fra", "host_status": "ok",
        "config": {
            "guest": {"cpu_kind": "shared", "cpus": 1, "memory_mb": memory},
            "env": {"FLY_PROCESS_GROUP": "app", "PRIMARY_REGION": "fra"},
            "metadata": {"fly_platform_version": "v2", "fly_process_group": "app", "fly_release_version": "3"},
            "services": [], "checks": {},
        },
        "checks": [],
    })
}

/// One whose host does not answer: Fly tells neither group nor configuration.
pub(crate) fn unreachable(id: &str) -> Value {
    json!({"id": id, "name": id, "state": "started", "region": "fra", "host_status": "unreachable", "config": null})
}
