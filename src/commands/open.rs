//! Opens the stores of the configuration. One that cannot be opened still answers: that nothing is known of its places.

use super::setup::repository_root;
use crate::config::Config;
use crate::config::sections::{VaultKind, VaultStore};
use crate::credentials::{Answer, Chosen, Failure, StoreKind, StorePlace};
use crate::finding::printable;
use crate::source::Environment;
use crate::stores::api::Limits;
use crate::stores::fly::{FlyEnvironment, FlyStore};
use crate::stores::github::GithubSecrets;
use crate::stores::inventory_file::{InventoryFile, InventoryStore};
use crate::stores::vault::{OlderValues, VaultKv};
use crate::stores::vault_dir::{DEFAULT, Survey, VaultDir};
use crate::stores::{Asked, FAN_OUT, Store};
use futures_util::stream::{self, StreamExt as _};
use miette::miette;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// What opening a store takes.
#[derive(Clone, Copy)]
pub(super) struct Opening<'o> {
    pub(super) config: &'o Config,
    /// For one answer of a server, where the command line gives it.
    pub(super) timeout: Option<Duration>,
}

/// The stores a run asks. `files` are the `--inventory` arguments; `places` are all of the map, whatever part of it was chosen.
///
/// # Errors
/// An `--inventory` argument that makes no sense, or is for no place of the map.
pub(super) fn stores(
    opening: Opening<'_>,
    chosen: &Chosen,
    places: &[StorePlace],
    files: &[String],
) -> miette::Result<Vec<Arc<dyn Store>>> {
    let mut given = Vec::new();
    for text in files {
        given.push(text.parse::<InventoryFile>().map_err(|form| {
            miette!(
                help = form,
                "`--inventory {}` names no listing",
                printable(text)
            )
        })?);
    }
    let mut stores: Vec<Arc<dyn Store>> = Vec::new();
    for kind in [StoreKind::Vault, StoreKind::Github, StoreKind::Fly] {
        let asked: Arc<dyn Store> = match kind {
            StoreKind::Vault => vault(opening),
            StoreKind::Github => github(opening),
            StoreKind::Fly => Arc::new(fly(opening)),
        };
        let store = if given.iter().any(|file| file.kind == kind) {
            let listed = InventoryStore::new(kind, &given, Path::new("."), places, Some(asked));
            Arc::new(listed.map_err(|failure| {
                miette!(help = failure.help.unwrap_or_default(), "{}", failure.why)
            })?)
        } else {
            asked
        };
        if chosen.wants_store(kind) {
            stores.push(store);
        }
    }
    Ok(stores)
}

/// GitHub, as the environment and the configuration say.
fn github(Opening { config, timeout }: Opening<'_>) -> Arc<dyn Store> {
    let settings = config.stores.value.github.clone().unwrap_or_default();
    match GithubSecrets::new(&settings, config.author(), &variable, timeout) {
        Ok(github) => Arc::new(github),
        Err(failure) => silent(StoreKind::Github, failure),
    }
}

/// Fly, as the environment and the configuration say.
pub(super) fn fly(Opening { config, timeout }: Opening<'_>) -> FlyStore {
    let environment = FlyEnvironment {
        variable: &variable,
        home: std::env::home_dir(),
    };
    let settings = config.stores.value.fly.as_ref();
    let organization = settings.and_then(|fly| fly.organization.as_ref());
    FlyStore::open(
        &environment,
        organization.map(|slug| slug.as_str()),
        timeout.map_or_else(Limits::default, Limits::within),
    )
}

/// Whether anything says how to ask Fly: a token, in the environment or where flyctl keeps it.
pub(super) fn has_fly_token() -> bool {
    let environment = FlyEnvironment {
        variable: &variable,
        home: std::env::home_dir(),
    };
    environment.has_token()
}

/// A variable of the environment.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The vault of the configuration.
fn vault(Opening { config, timeout }: Opening<'_>) -> Arc<dyn Store> {
    let root = root(config);
    let settings = config.stores.value.vault.clone().unwrap_or_default();
    match settings.kind {
        VaultKind::Directory => Arc::new(directory(&root, &settings)),
        VaultKind::Hashicorp => {
            match VaultKv::connect(&settings, &root, config.author(), &variable, timeout) {
                Ok(vault) => Arc::new(vault),
                Err(failure) => silent(StoreKind::Vault, failure),
            }
        }
    }
}

/// The directory vault of the configuration.
fn directory(root: &Path, settings: &VaultStore) -> VaultDir {
    let directory = settings.path.as_ref().map_or(DEFAULT, |path| path.as_str());
    VaultDir::open(
        &repository_root(root),
        directory,
        &Environment::of_process(),
    )
}

/// All files of a directory vault, those the map lacks too. None where it is another vault, or the run is about none: the
/// configuration does not speak of one, and none of the places is in one.
pub(super) fn survey(config: &Config, chosen: &Chosen, places: &[StorePlace]) -> Option<Survey> {
    let configured = config.stores.value.vault.as_ref();
    let settings = configured.cloned().unwrap_or_default();
    let is_used = places.iter().any(|place| place.kind() == StoreKind::Vault);
    let is_asked = chosen.wants_store(StoreKind::Vault) && (is_used || configured.is_some());
    (is_asked && settings.kind == VaultKind::Directory)
        .then(|| directory(&root(config), &settings).survey())
}

/// Older values of each place, where the vault keeps versions: they were in use, and were rotated.
pub(super) async fn older(
    Opening { config, timeout }: Opening<'_>,
    places: &[StorePlace],
) -> Vec<(StorePlace, Result<OlderValues, Failure>)> {
    let settings = config.stores.value.vault.clone().unwrap_or_default();
    let places = places
        .iter()
        .filter(|place| place.kind() == StoreKind::Vault);
    if settings.kind != VaultKind::Hashicorp {
        return Vec::new();
    }
    match VaultKv::connect(
        &settings,
        &root(config),
        config.author(),
        &variable,
        timeout,
    ) {
        Err(failure) => places
            .map(|place| (place.clone(), Err(failure.clone())))
            .collect(),
        Ok(vault) => {
            let vault = &vault;
            stream::iter(places)
                .map(|place| async move { (place.clone(), vault.older_values(place).await) })
                .buffered(FAN_OUT)
                .collect()
                .await
        }
    }
}

/// What paths of the configuration are relative to.
fn root(config: &Config) -> PathBuf {
    let beside = config.path.as_deref().and_then(Path::parent);
    beside
        .filter(|dir| !dir.as_os_str().is_empty())
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

fn silent(kind: StoreKind, failure: Failure) -> Arc<dyn Store> {
    Arc::new(Silent { kind, failure })
}

/// A store that could not be opened.
struct Silent {
    kind: StoreKind,
    failure: Failure,
}

impl Store for Silent {
    fn kind(&self) -> StoreKind {
        self.kind
    }

    fn list<'a>(&'a self, _: &'a StorePlace) -> Asked<'a> {
        Box::pin(async { Answer::Unknown(self.failure.clone()) })
    }
}
