//! The store against a real server. Opt-in, because it needs one:
//!
//! ```text
//! VAULT_SERVER=$(.ci/vault-server) cargo test --locked --features vault-server-tests --test vault_server
//! ```
//!
//! `VAULT_SERVER` may be any `vault` or `bao` that knows `server -dev`; `.ci/vault-server` builds a small one.

#[path = "../../src/stores/vault/tests/asked.rs"]
mod asked;
mod audit;
mod rights;
mod secrets;
mod server;

use asked::{absent, listed, place, remarks, unknown};
use server::Server;
use stackguard::config::Author;
use stackguard::config::sections::VaultStore;
use stackguard::credentials::{Answer, Failure, Listing, StorePlace};
use stackguard::stores::vault::VaultKv;
use stackguard::stores::{Store, take_stock};
use std::path::Path;
use std::sync::Arc;

/// A section of the configuration.
fn config(text: &str) -> VaultStore {
    toml::from_str(text).expect("a section")
}

/// A store with this configuration and environment.
fn connected(config: &VaultStore, env: &[(&str, &str)]) -> VaultKv {
    let variable = |name: &str| {
        let found = env.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    VaultKv::connect(config, Path::new("."), Author::User, &variable, None)
        .expect("a good configuration")
}

/// A store that asks the server with a token.
fn store(server: &Server, token: &str) -> VaultKv {
    let env = [("VAULT_ADDR", server.address()), ("VAULT_TOKEN", token)];
    connected(&VaultStore::default(), &env)
}
