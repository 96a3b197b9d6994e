//! What goes wrong between here and a store, through the command: the run is incomplete and says why, the other stores' answers
//! are told, and no token goes elsewhere or is shown.
//!
//! A body that drips is tried with a vault only: it is the one store whose patience a variable sets. For the others that stands
//! beside the stores themselves, as do garbage, hang-ups and every status of a redirect.

use super::server::{BODY, Reply, Server};
use super::{cells, private};
use crate::harness::{Run, Sandbox, secret};
use serde_json::json;
use std::net::TcpListener;

const MAP: &str = r#"version = 1

[[credential]]
name = "API_KEY"
environment = "staging"
vault = { path = "secret/app" }
github = { environment = "staging" }
fly = { app = "acme-staging" }
"#;

const CONFIG: &str = r#"[credentials]
map = "map.toml"
[stores.vault]
kind = "hashicorp"
[stores.github]
repository = "acme/web"
[stores.fly]
organization = "acme"
"#;

/// The stores, in the order of all lists here.
const KINDS: [&str; 3] = ["vault", "github", "fly"];

/// A repository, a good server of each kind, and a token for each.
struct World {
    sandbox: Sandbox,
    servers: [Server; 3],
    tokens: [String; 3],
}

impl World {
    fn new() -> Self {
        let sandbox = Sandbox::repo();
        sandbox.write("map.toml", MAP);
        sandbox.write("stackguard.toml", CONFIG);
        let value = secret("value", "{base62:36}");
        Self {
            sandbox,
            servers: [
                Server::with(move |target| vault(target, &value)),
                Server::with(github),
                Server::with(fly),
            ],
            tokens: KINDS.map(|kind| secret(kind, "{base62:40}")),
        }
    }

    /// Runs `parity` with another address for one kind.
    fn run(&self, instead: Option<(usize, &str)>) -> Run {
        let address = |kind: usize| match instead {
            Some((other, origin)) if other == kind => origin.to_owned(),
            _ => self.servers[kind].origin.clone(),
        };
        let mut command = self.sandbox.command(&["parity", "--format=json"]);
        command
            .env("VAULT_ADDR", address(0))
            .env("VAULT_TOKEN", &self.tokens[0])
            .env("VAULT_CLIENT_TIMEOUT", "2s")
            .env("VAULT_MAX_RETRIES", "0")
            .env("GITHUB_API_URL", address(1))
            .env("GH_TOKEN", &self.tokens[1])
            .env("FLY_FLAPS_BASE_URL", address(2))
            .env("FLY_API_TOKEN", &self.tokens[2]);
        let run = Run::of(&mut command);
        for token in &self.tokens {
            assert!(!run.all().contains(token), "a token: {}", run.all());
        }
        assert!(!run.all().contains(BODY), "a body: {}", run.all());
        run
    }
}

fn ok(body: serde_json::Value) -> Reply {
    Reply::Json(200, body.to_string())
}

/// A refusal in the form of all three, with a word that must not be shown.
fn refusal(status: u16) -> Reply {
    let body = json!({"errors": [BODY], "error": BODY, "message": BODY});
    Reply::Json(status, body.to_string())
}

fn vault(target: &str, value: &str) -> Reply {
    let path = target.split('?').next().unwrap_or_default();
    let time = json!({"created_time": "2026-01-02T03:04:05Z", "deletion_time": "", "destroyed": false, "version": 1});
    match path {
        "/v1/auth/token/lookup-self" => ok(json!({"data": {"policies": ["audit"], "ttl": 3600}})),
        "/v1/sys/capabilities-self" => ok(json!({"data": {"capabilities": ["read"]}})),
        "/v1/sys/internal/ui/mounts/secret/app" => {
            ok(json!({"data": {"path": "secret/", "type": "kv", "options": {"version": "2"}}}))
        }
        "/v1/secret/data/app" => {
            ok(json!({"data": {"data": {"API_KEY": value}, "metadata": time}}))
        }
        _ => Reply::Json(404, json!({"errors": []}).to_string()),
    }
}

fn github(target: &str) -> Reply {
    let path = target.split('?').next().unwrap_or_default();
    let path = path.strip_prefix("/repos/acme/web").unwrap_or("none");
    let named = json!([{"name": "API_KEY", "updated_at": "2026-02-01T00:00:00Z"}]);
    match path {
        "" => ok(json!({"full_name": "acme/web", "owner": {"type": "User"}})),
        "/environments/staging" => ok(json!({"protection_rules": []})),
        "/environments/staging/secrets" => ok(json!({"total_count": 1, "secrets": named})),
        "/actions/secrets" => ok(json!({"total_count": 0, "secrets": []})),
        "/environments/staging/variables" | "/actions/variables" => {
            ok(json!({"total_count": 0, "variables": []}))
        }
        _ => Reply::Json(404, json!({"message": "Not Found"}).to_string()),
    }
}

fn fly(target: &str) -> Reply {
    match target {
        "/v1/apps/acme-staging/secrets" => ok(json!({"secrets": [
            {"name": "API_KEY", "digest": "d", "updated_at": "2026-02-01T00:00:00Z"}]})),
        "/v1/apps?org_slug=acme" => {
            ok(json!({"total_apps": 2, "apps": [{"name": "other"}, {"name": "another"}]}))
        }
        _ => Reply::Json(404, json!({"error": "not found"}).to_string()),
    }
}

/// The place itself is not there, and the store can tell.
fn without(kind: usize, target: &str, value: &str) -> Reply {
    let is_place = ["/secret/data/app", "/environments/", "/secrets"];
    if target.contains(is_place[kind]) {
        return Reply::Json(404, json!({"errors": []}).to_string());
    }
    match kind {
        0 => vault(target, value),
        1 => github(target),
        _ => fly(target),
    }
}

/// One bad day of one store.
fn day(world: &World, kind: usize, what: &str, origin: &str, word: &str) {
    let run = world.run(Some((kind, origin)));
    let about = || format!("{} of {what}: {}", KINDS[kind], run.all());
    assert_eq!(run.code, 2, "{}", about());
    let report = run.json();
    let gaps: Vec<String> = report["incomplete"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|gap| gap["why"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert!(gaps.iter().any(|gap| gap.contains(word)), "{}", about());
    for (other, name) in KINDS.iter().enumerate() {
        let cell = cells(&run, "API_KEY")
            .into_iter()
            .find(|cell| cell.starts_with(name))
            .expect("a cell for each");
        assert_eq!(
            cell.contains(" error "),
            other == kind,
            "{cell}: {}",
            about()
        );
        let is_own = |token: &String| *token == world.tokens[other];
        for token in world.tokens.iter().filter(|token| !is_own(token)) {
            assert!(!world.servers[other].received(token), "{}", about());
        }
    }
}

fn bad_days(kind: usize) {
    let world = World::new();
    let good = world.run(None);
    assert_eq!(good.code, 0, "{}", good.all());
    unconnected(&world, kind);
    bad_answers(&world, kind);
    elsewhere(&world, kind);
    not_there(&world, kind);
}

/// No connection comes about.
fn unconnected(world: &World, kind: usize) {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let refused = format!("http://{}", closed.local_addr().expect("it is bound"));
    drop(closed);
    day(world, kind, "refused", &refused, "refused the connection");
    let plain = Server::always(Reply::Garbage);
    let secure = plain.origin.replacen("http", "https", 1);
    day(world, kind, "TLS", &secure, "does not speak TLS");
    assert!(!plain.received(&world.tokens[kind]));
    // RFC 6761: no name below `invalid` ever resolves.
    let nowhere = "https://stackguard-test.invalid";
    day(world, kind, "DNS", nowhere, "could not be resolved");
}

/// The server answers, but not what was asked.
fn bad_answers(world: &World, kind: usize) {
    // Each with a word of the vault's message, of GitHub's and of Fly's.
    for (what, reply, words) in [
        (
            "401",
            refusal(401),
            [
                "did not accept the sign-in (status 401)",
                "does not take the token",
                "does not accept the token",
            ],
        ),
        (
            "403",
            refusal(403),
            ["permission denied", "(403)", "has no right"],
        ),
        (
            "404",
            refusal(404),
            ["status 404", "(404)", "404 Not Found"],
        ),
        (
            "429",
            refusal(429),
            ["too many requests", "limits how often", "limits how often"],
        ),
        (
            "500",
            refusal(500),
            [
                "status 500",
                "an error of its own (500)",
                "an error of its own (500",
            ],
        ),
        (
            "a page",
            Reply::Page,
            ["a web page", "a web page", "a web page"],
        ),
        (
            "cut JSON",
            Reply::Cut,
            ["not whole", "broke off", "broke off"],
        ),
        (
            "10 MB",
            Reply::Large,
            ["too large", "too large", "too large"],
        ),
    ] {
        let server = Server::always(reply);
        day(world, kind, what, &server.origin, words[kind]);
        assert!(server.received(&world.tokens[kind]), "{what}: it was asked");
    }
    if KINDS[kind] == "vault" {
        let server = Server::always(Reply::Drip);
        day(world, kind, "a slow body", &server.origin, "too long");
    }
}

/// A redirect to another host.
fn elsewhere(world: &World, kind: usize) {
    let elsewhere = Server::always(ok(json!({})));
    let server = Server::always(Reply::Redirect(format!("{}/stolen", elsewhere.origin)));
    let words = ["does not go there", "not followed", "not followed"];
    day(world, kind, "a redirect", &server.origin, words[kind]);
    assert!(elsewhere.is_untouched(), "the redirect was followed");
}

/// What is certainly not there is missing: that is a finding, and nothing is left unknown.
fn not_there(world: &World, kind: usize) {
    let value = secret("value", "{base62:36}");
    let server = Server::with(move |target| without(kind, target, &value));
    let run = world.run(Some((kind, &server.origin)));
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(run.rules().contains(&"credential-missing".to_owned()));
    assert_eq!(run.json()["incomplete"], json!([]), "{}", run.all());
}

#[test]
fn bad_days_of_a_vault() {
    bad_days(0);
}

#[test]
fn bad_days_of_github() {
    bad_days(1);
}

#[test]
fn bad_days_of_fly() {
    bad_days(2);
}

/// The same for a vault in a directory: what the file system does on a bad day.
#[test]
fn bad_days_of_a_directory() {
    let scene = super::Scene::new();
    let vault = scene.sandbox.path("vault");
    let away = scene.sandbox.outside("away");
    std::fs::rename(&vault, &away).expect("ours");
    let run = scene.run(&["parity", "--format=json"]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(
        run.out()
            .contains("the vault directory `vault` cannot be opened: no such directory"),
        "{}",
        run.all()
    );
    assert_eq!(run.json()["incomplete"].as_array().map(Vec::len), Some(1));
    assert_eq!(cells(&run, "API_KEY")[2], "vault error -");
    assert!(cells(&run, "API_KEY")[0].starts_with("fly unverified"));
    std::fs::rename(&away, &vault).expect("ours");
    scene
        .sandbox
        .write("vault/a.env", "API_KEY=\"never closed\nTOKEN=x\n");
    private(&scene.sandbox.path("vault/a.env"), 0o600);
    let run = scene.run(&["parity", "--format=json"]);
    assert!(
        run.code == 2 && run.out().contains("vault/a.env:1 cannot be read"),
        "{}",
        run.all()
    );
}
