//! The answers of Fly, as far as they are read. Values of secrets and of `[env]`, headers of checks and their
//! output are left out here, so that they are never held.
//!
//! <https://docs.machines.dev>, <https://github.com/superfly/fly-go>.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// `GET /v1/apps/{app}/secrets`
#[derive(Deserialize)]
pub(super) struct Secrets {
    /// Go writes an empty list as `null`; an answer without the key is not one.
    #[serde(deserialize_with = "nullable")]
    pub(super) secrets: Vec<NamedSecret>,
}

/// One of them.
#[derive(Deserialize)]
pub(super) struct NamedSecret {
    pub(super) name: String,
    pub(super) digest: Option<String>,
    pub(super) created_at: Option<String>,
    pub(super) updated_at: Option<String>,
}

/// `GET /v1/apps?org_slug=ORG`
#[derive(Deserialize)]
pub(super) struct Apps {
    pub(super) total_apps: u64,
    #[serde(deserialize_with = "nullable")]
    pub(super) apps: Vec<App>,
}

/// One of them.
#[derive(Deserialize)]
pub(super) struct App {
    pub(super) name: String,
}

/// `GET /api/v1/apps/{app}/releases`
#[derive(Deserialize)]
pub(super) struct Releases {
    #[serde(deserialize_with = "nullable")]
    pub(super) releases: Vec<Release>,
}

/// One of them.
#[derive(Deserialize)]
pub(super) struct Release {
    pub(super) version: u64,
    pub(super) created_at: String,
}

/// What GraphQL answers, well or not.
#[derive(Deserialize)]
pub(super) struct Graph {
    pub(super) data: Option<GraphData>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) errors: Vec<IgnoredAny>,
}

/// What was asked for.
#[derive(Deserialize)]
pub(super) struct GraphData {
    pub(super) app: Option<GraphApp>,
}

/// An app.
#[derive(Deserialize)]
pub(super) struct GraphApp {
    #[serde(deserialize_with = "nullable")]
    pub(super) secrets: Vec<GraphSecret>,
}

/// One of its secrets.
#[derive(Deserialize)]
pub(super) struct GraphSecret {
    pub(super) name: String,
    pub(super) digest: Option<String>,
}

/// `GET /v1/apps/{app}/machines`, one of the list.
#[derive(Deserialize)]
pub(super) struct Machine {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) state: String,
    pub(super) region: Option<String>,
    pub(super) host_status: Option<String>,
    pub(super) config: Option<Config>,
    /// Given when the host cannot be reached, with what Fly remembers.
    pub(super) incomplete_config: Option<Config>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) checks: Vec<CheckStatus>,
}

/// How a check went last.
#[derive(Deserialize)]
pub(super) struct CheckStatus {
    pub(super) name: Option<String>,
    pub(super) status: Option<String>,
}

/// What a machine was made with.
#[derive(Deserialize)]
pub(super) struct Config {
    pub(super) guest: Option<Guest>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) services: Vec<Service>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) checks: BTreeMap<String, Check>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) env: BTreeMap<String, IgnoredAny>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) metadata: BTreeMap<String, String>,
}

/// Its size.
#[derive(Deserialize)]
pub(super) struct Guest {
    pub(super) cpu_kind: Option<String>,
    pub(super) cpus: Option<i64>,
    pub(super) memory_mb: Option<i64>,
}

/// What the proxy sends to it.
#[derive(Deserialize)]
pub(super) struct Service {
    pub(super) protocol: Option<String>,
    pub(super) internal_port: Option<i64>,
    pub(super) autostop: Option<Autostop>,
    pub(super) autostart: Option<bool>,
    pub(super) min_machines_running: Option<i64>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) ports: Vec<Port>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) checks: Vec<Check>,
}

/// Booleans from before suspending was possible; both forms still come.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Autostop {
    Old(bool),
    New(crate::fly::model::Stop),
}

/// A port, or a range of them.
#[derive(Deserialize)]
pub(super) struct Port {
    pub(super) port: Option<i64>,
    pub(super) start_port: Option<i64>,
    pub(super) end_port: Option<i64>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) handlers: Vec<String>,
    pub(super) force_https: Option<bool>,
}

/// A health check.
#[derive(Deserialize)]
pub(super) struct Check {
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) port: Option<i64>,
    pub(super) path: Option<String>,
    pub(super) interval: Option<String>,
    pub(super) timeout: Option<String>,
    pub(super) grace_period: Option<String>,
}

/// `null` as the empty form of what is meant.
fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    json: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(json)?.unwrap_or_default())
}
