//! The store against a server on loopback that answers as Vault and OpenBao do, and against ones that do not.

mod asked;
mod beside;
mod failures;
mod fake;
mod github_job;
mod listing;
mod signing_in;
mod trust;

use super::*;
use crate::credentials::Listing;
use asked::place;
use fake::{Fake, environment};
use std::sync::Arc;

/// A token; the same each time.
fn token() -> String {
    crate::policy::pack::expand("hvs.{base62:43}")
}

/// A store that asks `address` with a token, and is quick about it.
fn store(address: &str, token: &str) -> VaultKv {
    configured(&VaultStore::default(), address, token)
}

fn configured(config: &VaultStore, address: &str, token: &str) -> VaultKv {
    quick(config, &[("VAULT_ADDR", address), ("VAULT_TOKEN", token)]).expect("a store")
}

/// With a configuration that came with the repository and an environment, and pauses that a test has time for.
fn quick(config: &VaultStore, env: &[(&str, &str)]) -> Result<VaultKv, Failure> {
    by(Author::Repository, config, env)
}

/// The same with a configuration of this author's.
fn by(author: Author, config: &VaultStore, env: &[(&str, &str)]) -> Result<VaultKv, Failure> {
    let mut settings = Settings::read(config, Path::new("."), author, &environment(env), None)?;
    settings.retries.first = std::time::Duration::from_millis(1);
    Ok(VaultKv::of(settings))
}

/// The fixture of the conformance suite.
struct Conforming;

impl crate::stores::conformance::Fixture for Conforming {
    async fn holding(&self, entries: &[(&str, &str)]) -> (Arc<dyn Store>, StorePlace) {
        let fake = Fake::start().await;
        fake.put("secret/app/staging", entries);
        let store = store(&fake.address(), &fake.token);
        fake.leak();
        (Arc::new(store), place("secret/app/staging"))
    }

    async fn without(&self) -> (Arc<dyn Store>, StorePlace) {
        let (store, _) = self.holding(&[]).await;
        (store, place("secret/app/none"))
    }

    async fn refusing(&self) -> (Arc<dyn Store>, StorePlace) {
        let fake = Fake::start().await;
        let store = store(&fake.address(), "another");
        fake.leak();
        (Arc::new(store), place("secret/app/staging"))
    }
}

#[tokio::test]
async fn it_conforms() {
    crate::stores::conformance::every_store_does(&Conforming).await;
}
