//! Where credentials are kept: vault, GitHub, Fly. The only room that opens sockets and knows tokio.
//!
//! A [`Store`] lists places; it never writes. To add one: a file here that implements the trait, a
//! [`crate::credentials::StoreKind`], a place in the map, and a line in the conformance tests.
//!
//! What every store owes its users: a token goes to the configured server only and to no URL, log or error; a
//! failed listing is [`crate::credentials::Answer::Unknown`], never an empty one; every answer is bounded in
//! time and size; only what passes is asked again: 429 and 5xx, and of Vault 412 (a replica that has not yet seen a
//! write) and the 400 of an engine that is being upgraded. Which server is the configured one, the user says, not the
//! repository ([`crate::config::Author`]).

pub mod api;
pub mod fly;
pub mod github;
pub(crate) mod github_rest;
pub mod http;
pub mod inventory_file;
pub mod vault;
pub mod vault_dir;

use crate::credentials::{Answer, Beside, Inventory, StoreKind, StorePlace};
use futures_util::stream::{self, StreamExt as _};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// An answer on its way.
pub type Asked<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// What lies beside some places, on its way.
pub type Besides<'a> = Pin<Box<dyn Future<Output = Beside> + Send + 'a>>;

/// Something that can say what it holds.
pub trait Store: Send + Sync {
    /// Which kind it is.
    fn kind(&self) -> StoreKind;

    /// Lists one place. Never panics, never takes longer than the store's own limits, and says of what went wrong
    /// nothing but words for people.
    fn list<'a>(&'a self, place: &'a StorePlace) -> Asked<'a>;

    /// Names what else lies where these places are, once they were listed. Nothing, unless each credential is a place of its own: then one that
    /// the map forgot shows only here. A store that may not tell says so in a note.
    fn beside<'a>(&'a self, _places: &'a [StorePlace]) -> Besides<'a> {
        Box::pin(std::future::ready(Beside::default()))
    }
}

/// How many places of one store are asked at a time.
pub const FAN_OUT: usize = 8;

/// Asks every place of the store that keeps it, all stores at once, [`FAN_OUT`] places of each at a time.
///
/// A place whose store was not given is left out of the inventory.
pub async fn take_stock(stores: &[Arc<dyn Store>], places: &[StorePlace]) -> Inventory {
    let of_store = stores.iter().map(|store| async move {
        let mine = places.iter().filter(|place| place.kind() == store.kind());
        let mine: Vec<StorePlace> = mine.cloned().collect();
        let answers = stream::iter(&mine)
            .map(|place| async move { (place.clone(), store.list(place).await) })
            .buffer_unordered(FAN_OUT)
            .collect::<Vec<_>>()
            .await;
        (answers, store.beside(&mine).await)
    });
    let mut inventory = Inventory::default();
    for (answers, beside) in futures_util::future::join_all(of_store).await {
        inventory.answers.extend(answers);
        inventory.beside.places.extend(beside.places);
        inventory.beside.notes.extend(beside.notes);
        inventory.beside.unlisted.extend(beside.unlisted);
    }
    inventory
}

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod timing;
