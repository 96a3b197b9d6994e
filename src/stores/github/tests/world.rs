//! A small GitHub on loopback: it knows one token, one repository, and how lists are cut into pages.

use crate::config::Author;
use crate::config::sections::GithubStore;
use crate::credentials::StorePlace;
use crate::stores::github::GithubSecrets;
use crate::stores::github::client::Limits;
use crate::stores::http::Retries;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// Names and values.
pub(super) type Pairs = Vec<(String, String)>;

/// What is where. Keys are paths below the repository.
#[derive(Debug, Clone, Default)]
pub(super) struct World {
    pub token: String,
    pub lists: BTreeMap<String, Pairs>,
    pub environments: BTreeMap<String, Value>,
    /// Answers for a path instead of what is there: all of them, or the first so many.
    pub refused: BTreeMap<String, (u16, HashMap<&'static str, String>, &'static str)>,
    pub owner: &'static str,
}

/// It, listening.
pub(super) struct Server {
    pub server: MockServer,
    pub token: String,
    pub seen: Arc<Mutex<Vec<String>>>,
}

/// The repository there.
pub(super) const REPOSITORY: &str = "acme/shop";

/// The limits of tests.
pub(super) fn limits() -> Limits {
    Limits {
        answer: Duration::from_secs(10),
        place: Duration::from_secs(20),
        retries: Retries {
            most: 2,
            first: Duration::from_millis(1),
            longest: Duration::from_secs(2),
        },
        ..Limits::default()
    }
}

/// An address of an environment, or of the repository itself.
pub(super) fn place(environment: Option<&str>) -> StorePlace {
    StorePlace::Github {
        repository: REPOSITORY.into(),
        environment: environment.map(str::to_owned),
    }
}

/// A token nobody else has.
pub(super) fn token() -> String {
    crate::policy::pack::expand("{base62:40}")
}

/// A store for a server on loopback, as a runner would be told of it.
pub(super) fn store_at(address: &str, token: &str) -> GithubSecrets {
    store_with(address, token, limits())
}

/// The same with other limits.
pub(super) fn store_with(address: &str, token: &str, limits: Limits) -> GithubSecrets {
    let env = |name: &str| match name {
        "GITHUB_API_URL" => Some(address.to_owned()),
        "GH_TOKEN" => Some(token.to_owned()),
        _ => None,
    };
    GithubSecrets::with(&GithubStore::default(), Author::Repository, &env, limits).expect("a store")
}

impl World {
    /// Environments with nothing in them; a token nobody else has.
    pub(super) fn with(environments: &[&str]) -> Self {
        let mut world = Self {
            token: token(),
            owner: "Organization",
            ..Self::default()
        };
        for name in environments {
            world
                .environments
                .insert((*name).into(), json!({"id": 1, "name": name}));
            for kind in ["secrets", "variables"] {
                world
                    .lists
                    .insert(format!("environments/{name}/{kind}"), Vec::new());
            }
        }
        for list in [
            "secrets",
            "variables",
            "organization-secrets",
            "organization-variables",
        ] {
            world.lists.insert(format!("actions/{list}"), Vec::new());
        }
        world
    }

    /// With these in a list.
    pub(super) fn put(mut self, list: &str, names: &[&str]) -> Self {
        let pairs = names
            .iter()
            .map(|name| ((*name).to_owned(), "unseen".to_owned()));
        self.lists.entry(list.into()).or_default().extend(pairs);
        self
    }

    /// With this answer to a path.
    pub(super) fn refuse(
        mut self,
        path: &str,
        status: u16,
        headers: &[(&'static str, String)],
        message: &'static str,
    ) -> Self {
        let headers = headers.iter().cloned().collect();
        self.refused.insert(path.into(), (status, headers, message));
        self
    }

    /// Starts to listen, below `/api/v3` as an enterprise server does.
    pub(super) async fn listen(self) -> Server {
        let server = MockServer::start().await;
        let (token, seen) = (self.token.clone(), Arc::new(Mutex::new(Vec::new())));
        let log = Arc::clone(&seen);
        let respond = move |request: &Request| {
            let query = request
                .url
                .query()
                .map_or(String::new(), |query| format!("?{query}"));
            log.lock()
                .expect("a log")
                .push(format!("{}{query}", request.url.path()));
            self.respond(request)
        };
        Mock::given(any())
            .respond_with(respond)
            .mount(&server)
            .await;
        Server {
            server,
            token,
            seen,
        }
    }

    fn respond(&self, request: &Request) -> ResponseTemplate {
        let headers = |name: &str| {
            let all: Vec<_> = request
                .headers
                .get_all(name)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .collect();
            all.join("|")
        };
        assert_eq!(headers("x-github-api-version"), "2022-11-28");
        assert_eq!(
            headers("accept"),
            "application/vnd.github+json, application/json"
        );
        assert!(!headers("user-agent").is_empty());
        if headers("authorization") != format!("Bearer {}", self.token) {
            return problem(401, "Bad credentials");
        }
        let path = percent_decoded(request.url.path());
        let Some(path) = path.strip_prefix("/api/v3/repos/") else {
            return problem(404, "Not Found");
        };
        let path = match path.strip_prefix(REPOSITORY) {
            Some(rest) => rest.trim_start_matches('/'),
            None => return problem(404, "Not Found"),
        };
        if let Some((status, headers, message)) = self.refused.get(path) {
            let mut answer = problem(*status, message);
            for (name, value) in headers {
                answer = answer.insert_header(*name, value.as_str());
            }
            return answer;
        }
        if path.is_empty() {
            let body = json!({"id": 7, "full_name": REPOSITORY, "owner": {"login": "acme", "type": self.owner}});
            return ResponseTemplate::new(200).set_body_json(body);
        }
        if let Some(pairs) = self.lists.get(path) {
            return page(path, pairs, request);
        }
        match path
            .strip_prefix("environments/")
            .and_then(|name| self.environments.get(name))
        {
            Some(environment) => ResponseTemplate::new(200).set_body_json(environment),
            None => problem(404, "Not Found"),
        }
    }
}

impl Server {
    /// A store with the right token.
    pub(super) fn store(&self) -> GithubSecrets {
        store_at(&self.address(), &self.token)
    }

    /// The address of its API.
    pub(super) fn address(&self) -> String {
        format!("{}/api/v3", self.server.uri())
    }

    /// What was asked for, sorted.
    pub(super) fn asked(&self) -> Vec<String> {
        let mut all = self.seen.lock().expect("a log").clone();
        all.sort();
        all
    }
}

fn problem(status: u16, message: &str) -> ResponseTemplate {
    let body = json!({"message": message, "documentation_url": "https://docs.github.com/rest", "status": status.to_string()});
    ResponseTemplate::new(status).set_body_json(body)
}

/// As GitHub cuts: secrets by at most 100, variables by at most 30.
fn page(path: &str, pairs: &Pairs, request: &Request) -> ResponseTemplate {
    let number = |name: &str, default: usize| {
        let found = request.url.query_pairs().find(|(key, _)| key == name);
        found
            .and_then(|(_, value)| value.parse().ok())
            .unwrap_or(default)
    };
    let kind = if path.ends_with("secrets") {
        "secrets"
    } else {
        "variables"
    };
    let most = if kind == "secrets" { 100 } else { 30 };
    let size = number("per_page", 10).min(most);
    let some: Vec<Value> = pairs
        .iter()
        .skip((number("page", 1) - 1) * size)
        .take(size)
        .map(|(name, value)| {
            let mut one = json!({"name": name, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-02T03:04:05Z"});
            if kind == "variables" {
                one["value"] = json!(value);
            }
            one
        })
        .collect();
    ResponseTemplate::new(200)
        .set_body_json(json!({"total_count": pairs.len(), kind: some}))
        .insert_header("link", "<https://evil.example/next>; rel=\"next\"")
        .insert_header("x-ratelimit-remaining", "4999")
}

fn percent_decoded(path: &str) -> String {
    let mut bytes = path.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let hex: String = bytes.by_ref().take(2).map(char::from).collect();
        decoded.push(u8::from_str_radix(&hex, 16).expect("an escape"));
    }
    String::from_utf8(decoded).expect("UTF-8")
}
