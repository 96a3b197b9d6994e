//! Which credentials there are, where each must be, and what the stores say of them.
//!
//! Nothing here opens a socket: [`map`] is read from a file, an [`Inventory`] is taken by `stores/`, and what
//! follows from the two is pure. A value is only ever held as a [`crate::finding::Secret`].

pub mod attest;
pub mod calendar;
pub mod compare;
pub mod evidence;
pub mod exposure;
#[cfg(test)]
pub(crate) mod fixture;
pub mod inventory;
mod issue;
pub mod lock;
pub mod map;
mod places;
pub mod rotation;
mod value;

pub use inventory::{
    Answer, Beside, Entry, Failure, Inventory, Listing, Reach, Remark, StoreKind, StorePlace,
};
pub use issue::{Issue, MapText};
pub use map::{
    Credential, CredentialMap, FlyPlace, GithubPlace, Interval, NamePattern, VaultPlace,
};
pub use places::{Chosen, Site};
pub use value::{Fault, Values};
