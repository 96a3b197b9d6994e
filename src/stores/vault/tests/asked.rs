//! What a vault says of a path, for the tests beside the store and for those of a real server, which take this file in by its path.

use super::{Answer, Failure, Listing, Store as _, StorePlace, VaultKv};

/// A place of the vault.
pub(super) fn place(path: &str) -> StorePlace {
    StorePlace::Vault {
        path: path.to_owned(),
        kv: None,
    }
}

/// The listing of a place that has one.
pub(super) async fn listed(store: &VaultKv, path: &str) -> Listing {
    match store.list(&place(path)).await {
        Answer::Listed(listing) => listing,
        other => panic!("{path}: {other:?}"),
    }
}

/// How it is known that a place is not there.
pub(super) async fn absent(store: &VaultKv, path: &str) -> String {
    match store.list(&place(path)).await {
        Answer::Absent(how) => how,
        other => panic!("{path}: {other:?}"),
    }
}

/// Why nothing is known of a place.
pub(super) async fn unknown(store: &VaultKv, path: &str) -> Failure {
    match store.list(&place(path)).await {
        Answer::Unknown(failure) => failure,
        other => panic!("{path}: {other:?}"),
    }
}

/// What a listing says besides.
pub(super) fn remarks(listing: &Listing) -> String {
    let messages: Vec<&str> = listing
        .remarks
        .iter()
        .map(|it| it.message.as_str())
        .collect();
    messages.join("\n")
}
