//! What goes wrong between here and a store, through the command: the run is incomplete and says why, the other stores' answers
//! are told, and no token or value goes elsewhere or is shown.
//!
//! What is said is a snapshot for each store. Garbage, hang-ups and every status of a redirect are tried beside the stores
//! themselves; certificates that are not believed, in `stores::tls`.

use super::server::{BODY, Reply, Server};
use super::{cells, private};
use crate::harness::{FORMATS, Run, Sandbox, secret};
use regex::Regex;
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

/// A repository, a good server of each kind, a token for each, and a value that each of them sends.
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    servers: [Server; 3],
    tokens: [String; 3],
    pub(crate) value: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::repo();
        sandbox.write("map.toml", MAP);
        sandbox.write("stackguard.toml", CONFIG);
        let value = secret("value", "{base62:36}");
        let serving = |serve: fn(&str, &str) -> Reply| {
            let value = value.clone();
            Server::with(move |target| serve(target, &value))
        };
        Self {
            sandbox,
            servers: [serving(vault), serving(github), serving(fly)],
            tokens: KINDS.map(|kind| secret(kind, "{base62:40}")),
            value,
        }
    }

    /// Addresses and tokens, with another address for one kind.
    pub(crate) fn environment(&self, instead: Option<(usize, &str)>) -> Vec<(String, String)> {
        let address = |kind: usize| match instead {
            Some((other, origin)) if other == kind => origin.to_owned(),
            _ => self.servers[kind].origin.clone(),
        };
        let variables = [
            ("VAULT_ADDR", address(0)),
            ("VAULT_TOKEN", self.tokens[0].clone()),
            ("GITHUB_API_URL", address(1)),
            ("GH_TOKEN", self.tokens[1].clone()),
            ("FLY_FLAPS_BASE_URL", address(2)),
            ("FLY_API_TOKEN", self.tokens[2].clone()),
        ];
        variables
            .map(|(name, value)| (name.to_owned(), value))
            .into()
    }

    /// Runs `parity` with another address for one kind.
    fn run(&self, instead: Option<(usize, &str)>, arguments: &[&str]) -> Run {
        let mut command = self.sandbox.command(&[&["parity"][..], arguments].concat());
        let run = Run::of(command.envs(self.environment(instead)));
        let hidden = self.tokens.iter().chain([&self.value]);
        for word in hidden.map(String::as_str).chain([BODY]) {
            assert!(!run.all().contains(word), "{word}: {}", run.all());
        }
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

fn github(target: &str, value: &str) -> Reply {
    let path = target.split('?').next().unwrap_or_default();
    let path = path.strip_prefix("/repos/acme/web").unwrap_or("none");
    let named = json!([{"name": "API_KEY", "updated_at": "2026-02-01T00:00:00Z"}]);
    match path {
        "" => ok(json!({"full_name": "acme/web", "owner": {"type": "User"}})),
        "/environments/staging" => ok(json!({"protection_rules": []})),
        "/environments/staging/secrets" => ok(json!({"total_count": 1, "secrets": named})),
        "/actions/secrets" => ok(json!({"total_count": 0, "secrets": []})),
        "/environments/staging/variables" | "/actions/variables" => {
            let plain =
                json!([{"name": "PLAIN", "value": value, "updated_at": "2026-02-01T00:00:00Z"}]);
            ok(json!({"total_count": 1, "variables": plain}))
        }
        _ => Reply::Json(404, json!({"message": "Not Found"}).to_string()),
    }
}

fn fly(target: &str, value: &str) -> Reply {
    match target {
        "/v1/apps/acme-staging/secrets" => ok(json!({"secrets": [
            {"name": "API_KEY", "digest": "d", "value": value, "updated_at": "2026-02-01T00:00:00Z"}]})),
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
        1 => github(target, value),
        _ => fly(target, value),
    }
}

/// One bad day.
struct Day {
    what: &'static str,
    /// Where the store is told to ask.
    origin: String,
    /// Who listens there, and whether the token is to arrive.
    server: Option<(Server, bool)>,
}

impl Day {
    fn with(what: &'static str, reply: Reply) -> Self {
        let server = Server::always(reply);
        Self {
            what,
            origin: server.origin.clone(),
            server: Some((server, true)),
        }
    }

    /// What one store says of it; the others are as on any day.
    fn said(&self, world: &World, kind: usize) -> String {
        // Only slowness takes the time; no other day may depend on it.
        let timeout: &[&str] = if self.what.starts_with("slow") {
            &["--timeout=2"]
        } else {
            &[]
        };
        let arguments = [&["--format=json"][..], timeout].concat();
        let run = world.run(Some((kind, &self.origin)), &arguments);
        let about = || format!("{} of {}: {}", KINDS[kind], self.what, run.all());
        assert_eq!(run.code, 2, "{}", about());
        for (other, name) in KINDS.iter().enumerate() {
            let cell = cells(&run, "API_KEY")
                .into_iter()
                .find(|cell| cell.starts_with(name))
                .expect("a cell for each");
            let unknown = cell.contains(" error ");
            assert_eq!(unknown, other == kind, "{cell}: {}", about());
        }
        for (owner, token) in world.tokens.iter().enumerate() {
            for (other, server) in world.servers.iter().enumerate() {
                assert!(other == owner || !server.received(token), "{}", about());
            }
            if let Some((server, arrives)) = &self.server {
                let wanted = *arrives && owner == kind;
                assert_eq!(server.received(token), wanted, "{}", about());
            }
        }
        let report = run.json();
        let gaps = report["incomplete"].as_array().expect("a list");
        let mut said = format!("{}: exit code {}\n", self.what, run.code);
        for gap in gaps {
            let text = |key: &str| gap[key].as_str().unwrap_or("-");
            said += &format!("  {}: {}\n", text("what"), text("why"));
        }
        let changing = Regex::new(r"127\.0\.0\.1:\d+|20\d\d-\S+Z").expect("good");
        changing.replace_all(&said, "…").into_owned()
    }
}

fn days() -> Vec<Day> {
    let mut days = unconnected();
    days.extend([
        Day::with("401", refusal(401)),
        Day::with("403", refusal(403)),
        Day::with("404", refusal(404)),
        Day::with("429", refusal(429)),
        Day::with("500", refusal(500)),
        Day::with("HTML body", Reply::Page),
        Day::with("truncated JSON", Reply::Cut),
        Day::with("10 MB body", Reply::Large),
        Day::with("slow body", Reply::Drip),
        Day::with("slow headers", Reply::Silent),
    ]);
    days
}

/// No connection comes about.
fn unconnected() -> Vec<Day> {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let refused = format!("http://{}", closed.local_addr().expect("it is bound"));
    drop(closed);
    let plain = Server::always(Reply::Garbage);
    vec![
        Day {
            what: "DNS failure",
            // RFC 6761: no name below `invalid` ever resolves.
            origin: "https://stackguard-test.invalid".into(),
            server: None,
        },
        Day {
            what: "refused",
            origin: refused,
            server: None,
        },
        Day {
            what: "TLS error",
            origin: plain.origin.replacen("http", "https", 1),
            server: Some((plain, false)),
        },
    ]
}

/// The whole table of one store: what is said is to be reviewed as one piece.
fn bad_days(kind: usize) -> String {
    let world = World::new();
    let good = world.run(None, &["--format=json"]);
    assert_eq!(good.code, 0, "{}", good.all());
    let mut said: String = days().iter().map(|day| day.said(&world, kind)).collect();
    let elsewhere = Server::always(ok(json!({})));
    let target = elsewhere.origin.replace("127.0.0.1", "localhost");
    let redirect = Reply::Redirect(format!("{target}/stolen"));
    said += &Day::with("redirect to another host", redirect).said(&world, kind);
    assert!(elsewhere.is_untouched(), "the redirect was followed");
    not_there(&world, kind);
    said
}

/// What is certainly not there is missing: that is a finding, and nothing is left unknown.
fn not_there(world: &World, kind: usize) {
    let value = world.value.clone();
    let server = Server::with(move |target| without(kind, target, &value));
    let run = world.run(Some((kind, &server.origin)), &["--format=json"]);
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(run.rules().contains(&"credential-missing".to_owned()));
    assert_eq!(run.json()["incomplete"], json!([]), "{}", run.all());
}

#[test]
fn bad_days_of_a_vault() {
    insta::assert_snapshot!(bad_days(0));
}

#[test]
fn bad_days_of_github() {
    insta::assert_snapshot!(bad_days(1));
}

#[test]
fn bad_days_of_fly() {
    insta::assert_snapshot!(bad_days(2));
}

/// Vault sends values because they are asked for, the others send some that nobody asked for.
#[test]
fn no_value_of_any_server_is_shown() {
    let world = World::new();
    for format in FORMATS {
        let format = format!("--format={format}");
        for more in ["--quiet", "--verbose"] {
            let run = world.run(None, &[&format, more]);
            assert_eq!(run.code, 0, "{}", run.all());
        }
    }
    let run = world.run(None, &["--format=json"]);
    assert!(
        run.out().contains("\"value\""),
        "it was read: {}",
        run.out()
    );
}

#[test]
fn patience_is_from_a_second_to_five_minutes() {
    let world = World::new();
    for seconds in ["0", "301", "soon", "1.5"] {
        let run = world.run(None, &[&format!("--timeout={seconds}")]);
        assert_eq!((run.code, run.out().as_str()), (2, ""), "{seconds}");
    }
    assert_eq!(world.run(None, &["--timeout=300"]).code, 0);
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
