//! The program against servers on this machine: where credentials go, by which way, and whom it believes to be who.

mod proxy;
pub(crate) mod server;
mod tls;
mod trust;

use crate::harness::{Run, Sandbox, secret};
use server::Server;

/// A repository with a map, and secrets that no other test has.
struct Scene {
    sandbox: Sandbox,
    /// For every store.
    token: String,
}

impl Scene {
    /// With more in the section of the vault.
    fn new(vault: &str) -> Self {
        let sandbox = Sandbox::repo_of(&[
            ("map.toml", MAP),
            (
                "stackguard.toml",
                &format!(
                    "[credentials]\nmap = \"map.toml\"\n[stores.github]\nrepository = \"acme/web\"\n\
                     [stores.vault]\nkind = \"hashicorp\"\n{vault}"
                ),
            ),
        ]);
        Self {
            sandbox,
            token: secret("token", "{base62:40}"),
        }
    }

    /// Compares one store with the map.
    fn parity(&self, store: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Run {
        let mut all = vec!["parity", "--format=json", "--store", store];
        all.extend(arguments);
        let mut command = self.sandbox.command(&all);
        // The machine's own settings must not decide.
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
            command
                .env_remove(name)
                .env_remove(name.to_ascii_lowercase());
        }
        command
            .env_remove("SSL_CERT_FILE")
            .env_remove("SSL_CERT_DIR");
        let run = Run::of(command.envs(environment.iter().copied()));
        assert!(!run.all().contains(&self.token), "{}", run.all());
        run
    }
}

/// Why something could not be looked at; empty where all could.
fn gaps(run: &Run) -> String {
    run.json()["incomplete"].to_string()
}

/// All is well, and the server was asked with the token.
fn good(run: &Run, server: &Server, scene: &Scene) {
    assert_eq!(run.code, 0, "{}", run.all());
    let seen = server.seen();
    assert!(
        seen.iter().any(|head| head.contains(&scene.token)),
        "{seen:?}"
    );
}

/// The store could not be asked, for this reason.
fn refused(run: &Run, why: &str) {
    assert!(run.code == 2 && gaps(run).contains(why), "{}", run.all());
}

const MAP: &str = r#"version = 1

[[credential]]
name = "API_KEY"
environment = "staging"
owner = "reliability"
vault = { path = "secret/app/staging" }
github = { environment = "staging" }
fly = { app = "acme-staging" }
"#;
