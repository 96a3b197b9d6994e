//! The GitHub store against GitHub's own description of its API. Opt-in, because it needs packages from npm:
//!
//! ```text
//! { read -r PRISM; read -r GITHUB_OPENAPI; } < <(.ci/github-contract)
//! PRISM=$PRISM GITHUB_OPENAPI=$GITHUB_OPENAPI cargo test --locked --features github-contract-tests --test github_contract
//! ```
//!
//! `.ci/run` does both. Prism answers with the examples of the description and holds every request against it; what it
//! cannot do (refusals, limits, pages, redirects) is tested beside the store, with fakes.

mod publish;

use serde_json::{Value, json};
use stackguard::config::Author;
use stackguard::config::sections::GithubStore;
use stackguard::credentials::{Answer, Listing, StorePlace};
use stackguard::stores::Store;
use stackguard::stores::github::GithubSecrets;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

#[test]
fn every_request_is_as_github_describes_it() {
    let prism = Prism::start();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let (repository, production, preview) = runtime.block_on(async {
        let store = prism.store();
        (
            list(&store, None).await,
            list(&store, Some("production")).await,
            list(&store, Some("preview/eu west")).await,
        )
    });
    let log = prism.stop();

    // What the examples hold.
    for listing in [&repository, &production, &preview] {
        let entry = &listing.entries["GH_TOKEN"];
        assert!(!entry.plain && entry.updated.is_some(), "{listing:?}");
        assert!(listing.entries["USERNAME"].plain, "{listing:?}");
        assert!(
            !format!("{listing:?}").contains("octocat@github.com"),
            "the value of a variable"
        );
    }
    assert_eq!(production.entries["GH_TOKEN"].inherited_from, None);

    let asked: Vec<&str> = log.iter().filter_map(|line| path_of(line)).collect();
    for end in [
        "",
        "/actions/secrets",
        "/actions/organization-secrets",
        "/actions/variables",
        "/actions/organization-variables",
        "/environments/production",
        "/environments/production/deployment-branch-policies",
        "/environments/production/secrets",
        "/environments/production/variables",
        "/environments/preview%2Feu%20west/secrets",
        "/environments/preview%2Feu%20west/variables",
    ] {
        let path = format!("/repos/octocat/Hello-World{end}");
        assert_eq!(
            asked.iter().filter(|asked| **asked == path).count(),
            1,
            "{path}: {asked:?}"
        );
    }
    let count = |part: &str| log.iter().filter(|line| line.contains(part)).count();
    assert_eq!(asked.len(), 11, "{asked:?}");
    assert_eq!(
        count("The request passed the validation rules"),
        11,
        "{log:#?}"
    );
    assert_eq!(count("did not pass"), 0, "{log:#?}");
}

async fn list(store: &GithubSecrets, environment: Option<&str>) -> Listing {
    let place = StorePlace::Github {
        repository: "octocat/Hello-World".into(),
        environment: environment.map(str::to_owned),
    };
    match store.list(&place).await {
        Answer::Listed(listing) => listing,
        other => panic!("{place}: {other:?}"),
    }
}

/// The path of a line such as `[HTTP SERVER] get /repos/x/y ℹ  info      Request received`.
fn path_of(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("[HTTP SERVER] get ")?;
    rest.contains("Request received")
        .then(|| rest.split(' ').next())?
}

/// The server with the description, until it is dropped.
struct Prism {
    process: Child,
    port: u16,
    lines: Receiver<String>,
    _dir: TempDir,
}

impl Prism {
    /// Starts it and waits until it listens.
    fn start() -> Self {
        let path = |variable: &str| {
            std::env::var_os(variable)
                .unwrap_or_else(|| panic!("{variable}: run `.ci/github-contract`"))
        };
        let dir = TempDir::new().expect("a directory");
        let description = dir.path().join("api.json");
        of_an_organisation(Path::new(&path("GITHUB_OPENAPI")), &description);
        let free = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = free.local_addr().expect("an address").port();
        drop(free);
        let mut process = Command::new("node")
            .arg(path("PRISM"))
            .arg("mock")
            .arg(&description)
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node runs");
        let (tell, lines) = channel();
        let output = BufReader::new(process.stdout.take().expect("a pipe"));
        std::thread::spawn(move || {
            for line in output.lines() {
                let Ok(line) = line else { break };
                if tell.send(line).is_err() {
                    break;
                }
            }
        });
        let prism = Self {
            process,
            port,
            lines,
            _dir: dir,
        };
        prism.wait_for("Prism is listening");
        prism
    }

    /// A store that asks it.
    fn store(&self) -> GithubSecrets {
        let env = |name: &str| match name {
            "GITHUB_API_URL" => Some(format!("http://127.0.0.1:{}", self.port)),
            "GH_TOKEN" => Some("none".to_owned()),
            _ => None,
        };
        GithubSecrets::new(&GithubStore::default(), Author::Repository, &env, None)
            .expect("a store")
    }

    /// Ends it, and gives what it said since it listens.
    fn stop(mut self) -> Vec<String> {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it ends");
        self.lines.iter().collect()
    }

    fn wait_for(&self, words: &str) {
        let end = Instant::now() + START;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left).expect("Prism starts in time");
            if line.contains(words) {
                return;
            }
        }
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        // After `stop` there is nothing left to end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The description, but for the owner of the example repository: of a person's, nothing of an organisation is asked.
fn of_an_organisation(from: &Path, to: &Path) {
    let file = File::open(from).expect("the description");
    let mut description: Value = serde_json::from_reader(BufReader::new(file)).expect("JSON");
    let owner = description
        .pointer_mut("/components/examples/full-repository-default-response/value/owner/type")
        .expect("the example of a repository");
    *owner = json!("Organization");
    let to = BufWriter::new(File::create(to).expect("a file"));
    serde_json::to_writer(to, &description).expect("it is written");
}

/// To read a description of 13 MB on a busy machine.
const START: Duration = Duration::from_secs(120);
