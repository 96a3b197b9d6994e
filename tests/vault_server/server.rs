//! A server of one test, in memory and on loopback, and the calls that fill it.

use serde_json::{Value, json};
use stackguard::stores::http;
use std::env;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// It ends with the test.
pub(crate) struct Server {
    process: Child,
    address: String,
    client: reqwest::Client,
    /// May do everything.
    pub(crate) root: String,
}

impl Server {
    /// Starts one and waits until it answers; KV version 2 is at `kv/`, version 1 at `old/`.
    pub(crate) async fn start() -> Self {
        let program =
            env::var_os("VAULT_SERVER").expect("VAULT_SERVER names a server: .ci/vault-server");
        let port = {
            let free = TcpListener::bind("127.0.0.1:0").expect("a port");
            free.local_addr().expect("an address").port()
        };
        let root = stackguard::policy::pack::expand("root-{base62:24}");
        let process = Command::new(program)
            .args(["server", "-dev", "-dev-no-store-token"])
            .arg(format!("-dev-root-token-id={root}"))
            .arg(format!("-dev-listen-address=127.0.0.1:{port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let address = format!("http://127.0.0.1:{port}");
        let url = address.parse().expect("an address");
        let client = http::client(Duration::from_secs(20), &url);
        let server = Self {
            process,
            address,
            client: client.build().expect("a client"),
            root,
        };
        server.is_up().await;
        server
            .ok(
                "POST",
                "sys/mounts/kv",
                json!({"type": "kv", "options": {"version": "2"}}),
            )
            .await;
        server
            .ok(
                "POST",
                "sys/mounts/old",
                json!({"type": "kv", "options": {"version": "1"}}),
            )
            .await;
        // The engine makes itself ready after it is mounted, and says 400 until then.
        server
            .ok("POST", "kv/data/ready", json!({"data": {}}))
            .await;
        server
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Calls it with the root token; the status and the answer.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.call_in("", method, path, body).await
    }

    /// The same in a namespace.
    pub(crate) async fn call_in(
        &self,
        namespace: &str,
        method: &str,
        path: &str,
        body: Value,
    ) -> (u16, Value) {
        let method = method.parse().expect("a method");
        let mut request = self
            .client
            .request(method, format!("{}/v1/{path}", self.address))
            .header("x-vault-token", &self.root);
        if !namespace.is_empty() {
            request = request.header("x-vault-namespace", namespace);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("the server answers");
        let status = answer.status().as_u16();
        let text = answer.text().await.expect("a body");
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// Calls it, again while it is not ready, and gives the answer of the call that worked.
    pub(crate) async fn ok(&self, method: &str, path: &str, body: Value) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            let (status, answer) = self.call(method, path, body.clone()).await;
            if status < 300 {
                return answer;
            }
            let waits = status == 400 && answer.to_string().contains("Upgrading");
            assert!(
                waits && Instant::now() < until,
                "{method} {path}: {status} {answer}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Writes a version of a secret.
    pub(crate) async fn put(&self, path: &str, values: Value) {
        let (mount, rest) = path.split_once('/').expect("mount/path");
        self.ok(
            "POST",
            &format!("{mount}/data/{rest}"),
            json!({"data": values}),
        )
        .await;
    }

    /// A token with one policy.
    pub(crate) async fn token(&self, policy: &str) -> String {
        self.ok("PUT", "sys/policies/acl/test", json!({"policy": policy}))
            .await;
        let made = self
            .ok("POST", "auth/token/create", json!({"policies": ["test"]}))
            .await;
        made["auth"]["client_token"]
            .as_str()
            .expect("a token")
            .to_owned()
    }

    async fn is_up(&self) {
        let until = Instant::now() + PATIENCE;
        loop {
            let health = self
                .client
                .get(format!("{}/v1/sys/health", self.address))
                .send()
                .await;
            if health.is_ok_and(|health| health.status().is_success()) {
                return;
            }
            assert!(Instant::now() < until, "the server does not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// For a server to start, or an engine to be ready, on a machine that has other work.
const PATIENCE: Duration = Duration::from_secs(60);
