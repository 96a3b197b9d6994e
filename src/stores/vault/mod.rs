//! HashiCorp Vault and OpenBao: secrets of KV engines, version 1 and 2, read with as few rights as the server gives.
//!
//! The requests are vaultrs' own where it has them; they travel by [`transport`], because a token must not follow a
//! redirect and an answer must have an end. Nothing is asked before the first place is listed, and a sign-in that
//! failed is said of every place.

mod answers;
mod beside;
mod calls;
mod engine;
mod kv;
mod login;
mod session;
mod settings;
mod token;
mod transport;
mod trouble;

#[cfg(test)]
mod tests;

pub use kv::{OlderValues, OlderVersion};
pub use settings::Environment;

use super::{Asked, Besides, Store};
use crate::config::Author;
use crate::config::sections::VaultStore;
use crate::credentials::{Answer, Failure, StoreKind, StorePlace};
use engine::{Mounts, Spot};
use session::Session;
use settings::Settings;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;

/// A server of HashiCorp Vault or OpenBao.
#[derive(Debug)]
pub struct VaultKv {
    settings: Settings,
    session: OnceCell<Result<Session, Failure>>,
    mounts: Mounts,
    /// Where the places that were asked turned out to be.
    spots: Mutex<BTreeMap<StorePlace, Spot>>,
}

impl VaultKv {
    /// Reads the configuration and the environment; the server is asked for nothing yet.
    ///
    /// `root` is the directory of the configuration, which its paths are relative to; `author` is whose word it is;
    /// `env` gives variables of the environment; `timeout` is for one answer, to its last byte, and goes before the variable.
    ///
    /// # Errors
    /// What is missing or wrong: no address, a certificate that cannot be read, a token that is none; and an address,
    /// an authority or a file to be sent that only the repository's own configuration names.
    pub fn connect(
        config: &VaultStore,
        root: &Path,
        author: Author,
        env: &Environment<'_>,
        timeout: Option<Duration>,
    ) -> Result<Self, Failure> {
        Settings::read(config, root, author, env, timeout).map(Self::of)
    }

    fn of(settings: Settings) -> Self {
        Self {
            settings,
            session: OnceCell::new(),
            mounts: Mounts::default(),
            spots: Mutex::default(),
        }
    }

    /// Reads the values of all versions before the current one that are neither deleted nor destroyed, newest
    /// first, at most a hundred; how many there are besides is told. KV version 1 has none.
    ///
    /// # Errors
    /// The place cannot be asked, or values must not be read.
    pub async fn older_values(&self, place: &StorePlace) -> Result<OlderValues, Failure> {
        let work = async {
            let (session, spot) = self.find(place).await?;
            kv::older(session, &spot, self.settings.read_values).await
        };
        self.in_time(work).await?
    }

    async fn answer(&self, place: &StorePlace) -> Result<Answer, Failure> {
        let (session, spot) = self.find(place).await?;
        kv::list(session, &spot, self.settings.read_values).await
    }

    async fn find(&self, place: &StorePlace) -> Result<(&Session, Spot), Failure> {
        let StorePlace::Vault { path, kv } = place else {
            return Err(Failure {
                why: "this place is not in a vault".to_owned(),
                help: None,
            });
        };
        let opened = self
            .session
            .get_or_init(|| Session::open(&self.settings))
            .await;
        let session = opened.as_ref().map_err(Clone::clone)?;
        let mount = self.settings.mount.as_deref();
        let spot = self.mounts.locate(session, path, *kv, mount).await?;
        let mut spots = self.spots.lock().unwrap_or_else(PoisonError::into_inner);
        spots.insert(place.clone(), spot.clone());
        Ok((session, spot))
    }

    /// Where these places are, as far as that is known from asking them.
    fn known(&self, places: &[StorePlace]) -> Vec<Spot> {
        let spots = self.spots.lock().unwrap_or_else(PoisonError::into_inner);
        let known = places.iter().filter_map(|place| spots.get(place));
        known.cloned().collect()
    }

    /// A server that answers each request slowly enough must not hold up everything for the sum of them.
    async fn in_time<T>(&self, work: impl Future<Output = T>) -> Result<T, Failure> {
        tokio::time::timeout(self.settings.patience, work)
            .await
            .map_err(|_| Failure {
                why: format!(
                    "no answer within {} s, with all retries",
                    self.settings.patience.as_secs()
                ),
                help: None,
            })
    }
}

impl Store for VaultKv {
    fn kind(&self) -> StoreKind {
        StoreKind::Vault
    }

    fn list<'a>(&'a self, place: &'a StorePlace) -> Asked<'a> {
        Box::pin(async move {
            let answer = self.in_time(self.answer(place)).await;
            answer
                .and_then(|answer| answer)
                .unwrap_or_else(Answer::Unknown)
        })
    }

    fn beside<'a>(&'a self, places: &'a [StorePlace]) -> Besides<'a> {
        Box::pin(beside::beside(self, places))
    }
}
