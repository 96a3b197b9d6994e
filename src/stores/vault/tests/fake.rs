//! A server in memory: KV version 2 at `secret/` and `team/kv/`, version 1 at `old/`, tokens, AppRole and JWT. Its answers have the
//! shapes of a real Vault 1.21; what it cannot do, the tests of a real server do (`tests/vault_server`).

use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

/// The environment as a function.
pub(super) fn environment<'a>(
    variables: &'a [(&str, &str)],
) -> impl Fn(&str) -> Option<String> + 'a {
    move |name| {
        let found = variables.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    }
}

/// A running server.
pub(super) struct Fake {
    server: MockServer,
    state: Arc<Mutex<State>>,
    /// The token it takes.
    pub(super) token: String,
}

/// What it holds and does.
#[derive(Default)]
pub(super) struct State {
    token: String,
    secrets: BTreeMap<String, Vec<Version>>,
    /// Policies of the token.
    pub(super) policies: Vec<&'static str>,
    /// First parts of paths that are forbidden: `secret/data`.
    pub(super) forbidden: BTreeSet<&'static str>,
    /// What the token may do with values.
    pub(super) capabilities: Vec<&'static str>,
    /// Answers by path that come before any other, each once.
    pub(super) first: Vec<(&'static str, ResponseTemplate)>,
    /// Answers by path that always come instead.
    pub(super) instead: Vec<(&'static str, ResponseTemplate)>,
    /// Whether `sys/internal/ui/mounts` tells.
    pub(super) mounts_hidden: bool,
    /// Whether the token may list.
    pub(super) may_list: bool,
}

/// One version of a secret.
#[derive(Clone)]
pub(super) struct Version {
    pub(super) values: Value,
    pub(super) created: String,
    pub(super) deleted: String,
    pub(super) destroyed: bool,
}

impl Fake {
    pub(super) async fn start() -> Self {
        let token = super::token();
        let state = Arc::new(Mutex::new(State {
            token: token.clone(),
            policies: vec!["default", "stackguard"],
            capabilities: vec!["read"],
            ..State::default()
        }));
        let server = MockServer::start().await;
        let answering = Answering(Arc::clone(&state));
        Mock::given(any())
            .respond_with(answering)
            .mount(&server)
            .await;
        Self {
            server,
            state,
            token,
        }
    }

    pub(super) fn address(&self) -> String {
        self.server.uri()
    }

    /// Keeps it running to the end of the process, for a store that outlives the function that made it.
    pub(super) fn leak(self) {
        std::mem::forget(self.server);
    }

    pub(super) fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().expect("not poisoned"));
    }

    /// Writes a version.
    pub(super) fn put(&self, path: &str, entries: &[(&str, &str)]) {
        let values = entries
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)));
        self.put_version(
            path,
            Version {
                values: Value::Object(values.collect()),
                created: "2026-01-02T03:04:05.123456789Z".to_owned(),
                deleted: String::new(),
                destroyed: false,
            },
        );
    }

    pub(super) fn put_version(&self, path: &str, version: Version) {
        self.set(|state| {
            state
                .secrets
                .entry(path.to_owned())
                .or_default()
                .push(version)
        });
    }

    /// `METHOD path` of each request so far.
    pub(super) async fn asked(&self) -> Vec<String> {
        let requests = self.requests().await;
        let line = |request: &Request| format!("{} {}", request.method, request.url.path());
        requests.iter().map(line).collect()
    }

    pub(super) async fn requests(&self) -> Vec<Request> {
        self.server.received_requests().await.expect("recorded")
    }
}

struct Answering(Arc<Mutex<State>>);

impl Respond for Answering {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.0.lock().expect("not poisoned");
        let path = request
            .url
            .path()
            .strip_prefix("/v1/")
            .unwrap_or("")
            .to_owned();
        if let Some(at) = state.first.iter().position(|(at, _)| path.starts_with(at)) {
            return state.first.remove(at).1;
        }
        if let Some((_, answer)) = state.instead.iter().find(|(at, _)| path.starts_with(at)) {
            return answer.clone();
        }
        state.answer(&path, request)
    }
}

impl State {
    fn answer(&self, path: &str, request: &Request) -> ResponseTemplate {
        if path.starts_with("auth/") && path.ends_with("/login") {
            return self.login(request);
        }
        let given = request.headers.get("x-vault-token");
        if given.is_none_or(|given| given != self.token.as_str()) {
            return errors(
                403,
                &["2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"],
            );
        }
        if self.forbidden.iter().any(|at| path.starts_with(at)) {
            return errors(403, &["1 error occurred:\n\t* permission denied\n\n"]);
        }
        if path == "auth/token/lookup-self" {
            return data(json!({"policies": self.policies, "ttl": 3600}));
        }
        if path == "sys/capabilities-self" {
            return data(json!({"capabilities": self.capabilities}));
        }
        if let Some(path) = path.strip_prefix("sys/internal/ui/mounts/") {
            return self.mount(path);
        }
        if request.method.as_str() == "LIST" {
            return self.names(path);
        }
        for mount in ["secret", "team/kv"] {
            if let Some(rest) = path.strip_prefix(&format!("{mount}/")) {
                return self.versioned(mount, rest, request);
            }
        }
        match self.secrets.get(path).and_then(|versions| versions.last()) {
            Some(version) => data(version.values.clone()),
            None => errors(404, &[]),
        }
    }

    fn login(&self, request: &Request) -> ResponseTemplate {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let good = |key: &str| {
            body[key]
                .as_str()
                .is_some_and(|text| text.starts_with("good"))
        };
        if good("secret_id") || good("jwt") {
            let auth = json!({"client_token": self.token, "accessor": "a", "policies": []});
            return ResponseTemplate::new(200).set_body_json(json!({"auth": auth}));
        }
        errors(400, &["invalid role or secret ID"])
    }

    fn mount(&self, path: &str) -> ResponseTemplate {
        let mounts = [
            ("secret/", "2"),
            ("old/", "1"),
            ("team/kv/", "2"),
            ("db/", ""),
        ];
        let of = |mount: &str| path.starts_with(mount) || format!("{path}/") == mount;
        match mounts.iter().find(|(mount, _)| of(mount)) {
            Some((mount, version)) if !self.mounts_hidden => {
                let kind = if version.is_empty() { "database" } else { "kv" };
                let options = json!({"version": version});
                data(json!({"path": mount, "type": kind, "options": options, "uuid": "u"}))
            }
            _ => errors(
                403,
                &["preflight capability check returned 403, please ensure …"],
            ),
        }
    }

    /// What is below a directory: a name for each secret, one with a slash for each directory.
    fn names(&self, path: &str) -> ResponseTemplate {
        if !self.may_list {
            return errors(403, &["1 error occurred:\n\t* permission denied\n\n"]);
        }
        let directory = path.replacen("/metadata/", "/", 1);
        let below = self
            .secrets
            .keys()
            .filter_map(|path| path.strip_prefix(&directory));
        let names: BTreeSet<&str> = below
            .map(|rest| rest.find('/').map_or(rest, |at| &rest[..=at]))
            .collect();
        if names.is_empty() {
            return errors(404, &[]);
        }
        data(json!({"keys": names}))
    }

    fn versioned(&self, mount: &str, rest: &str, request: &Request) -> ResponseTemplate {
        let Some((call, path)) = rest.split_once('/') else {
            return errors(404, &[]);
        };
        let Some(versions) = self.secrets.get(&format!("{mount}/{path}")) else {
            return errors(404, &[]);
        };
        if call == "metadata" {
            let all: serde_json::Map<String, Value> = versions
                .iter()
                .enumerate()
                .map(|(at, version)| ((at + 1).to_string(), version.metadata(None)))
                .collect();
            return data(json!({"current_version": versions.len(), "versions": all}));
        }
        let asked = request.url.query_pairs().find(|(key, _)| key == "version");
        let number = asked.map_or(versions.len(), |(_, number)| {
            number.parse().expect("a number")
        });
        let Some(version) = versions.get(number.wrapping_sub(1)) else {
            return errors(404, &[]);
        };
        let deleted = version
            .deleted
            .parse::<Timestamp>()
            .is_ok_and(|at| at < Timestamp::now());
        let gone = version.destroyed || deleted;
        let held = match call {
            _ if gone => Value::Null,
            "subkeys" => {
                let names = version.values.as_object().expect("an object").keys();
                names.map(|name| (name.clone(), Value::Null)).collect()
            }
            _ => version.values.clone(),
        };
        let key = if call == "subkeys" { "subkeys" } else { "data" };
        let body = json!({"data": {key: held, "metadata": version.metadata(Some(number))}});
        ResponseTemplate::new(if gone { 404 } else { 200 }).set_body_json(body)
    }
}

impl Version {
    fn metadata(&self, number: Option<usize>) -> Value {
        let mut all = json!({
            "created_time": self.created, "deletion_time": self.deleted, "destroyed": self.destroyed,
        });
        if let Some(number) = number {
            all["version"] = json!(number);
        }
        all
    }
}

/// An answer with `data`.
fn data(data: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({"request_id": "r", "data": data}))
}

/// A refusal.
pub(super) fn errors(status: u16, errors: &[&str]) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_json(json!({"errors": errors}))
}
