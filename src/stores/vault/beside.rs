//! What else lies in the directories of the secrets that were asked for, by name: a token that may list finds what the
//! map forgot. Only those directories are listed, none below or above them.

use super::VaultKv;
use super::answers::{Enveloped, Names};
use super::engine::Spot;
use super::session::Session;
use super::trouble::Trouble;
use crate::credentials::{Beside, Failure, StorePlace};
use futures_util::stream::{self, StreamExt as _};
use std::collections::BTreeSet;
use vaultrs::api::kv1::requests::ListSecretRequest;
use vaultrs::api::kv2::requests::ListSecretsRequest;

/// Where some of the secrets are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Directory {
    mount: String,
    /// Below the mount, with a slash at the end; empty for the mount itself.
    path: String,
    /// Of the engine.
    version: u8,
}

impl Directory {
    fn of(spot: &Spot) -> Self {
        let end = spot.path.rfind('/').map_or(0, |at| at + 1);
        Self {
            mount: spot.mount.clone(),
            path: spot.path.get(..end).unwrap_or_default().to_owned(),
            version: spot.version,
        }
    }

    /// The names in it: of secrets, and with a slash at the end of directories.
    async fn names(&self, session: &Session) -> Result<Vec<String>, Trouble> {
        let (mount, path) = (self.mount.clone(), self.path.clone());
        let answer: Result<Enveloped<Names>, Trouble> = match self.version {
            2 => session.ask(ListSecretsRequest { mount, path }).await,
            _ => session.ask(ListSecretRequest { mount, path }).await,
        };
        match answer {
            Ok(names) => Ok(names.data.keys),
            Err(trouble) if trouble.is_nothing() => Ok(Vec::new()),
            Err(trouble) => Err(trouble),
        }
    }

    fn place(&self, name: &str) -> StorePlace {
        StorePlace::Vault {
            path: format!("{}/{}{name}", self.mount, self.path),
            kv: None,
        }
    }
}

/// Lists the directories of these places, which were asked before: of one that could not be found, that was said then.
pub(super) async fn beside(vault: &VaultKv, places: &[StorePlace]) -> Beside {
    let mut beside = Beside::default();
    let Some(Ok(session)) = vault.session.get() else {
        return beside;
    };
    let spots = vault.known(places);
    let directories: BTreeSet<Directory> = spots.iter().map(Directory::of).collect();
    let answers: Vec<_> = stream::iter(directories)
        .map(|directory| async move {
            let names = vault.in_time(directory.names(session)).await;
            (directory, names)
        })
        .buffered(AT_A_TIME)
        .collect()
        .await;
    for (directory, names) in answers {
        match names {
            Ok(Ok(names)) => add(&mut beside, &directory, &names),
            // The right to list is one that parity does without.
            Ok(Err(trouble)) if matches!(trouble.status(), Some(400 | 403 | 404 | 405)) => {
                beside.notes.insert(MAY_NOT.to_owned());
            }
            Ok(Err(trouble)) => unlisted(&mut beside, &directory, trouble.failure()),
            Err(failure) => unlisted(&mut beside, &directory, failure),
        }
    }
    beside
}

fn add(beside: &mut Beside, directory: &Directory, names: &[String]) {
    let secrets = names.iter().filter(|name| !name.ends_with('/'));
    let places = secrets.take(MOST_NAMES).map(|name| directory.place(name));
    beside.places.extend(places);
    if names.len() > MOST_NAMES {
        let why = format!("it holds more than {MOST_NAMES} names: the rest was not looked at");
        unlisted(beside, directory, Failure { why, help: None });
    }
}

fn unlisted(beside: &mut Beside, directory: &Directory, failure: Failure) {
    let what = format!("vault:{}/{}", directory.mount, directory.path);
    beside.unlisted.push((what, failure));
}

const MAY_NOT: &str = "the vault's policy does not allow `list`, so secrets that the map does not know are not looked for there";

/// Directories listed at a time, and names taken of one.
const AT_A_TIME: usize = 4;
const MOST_NAMES: usize = 10_000;
