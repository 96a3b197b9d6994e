//! What every store must do, as one suite: a store's tests implement [`Fixture`] over a server or a directory of
//! their own and call [`every_store_does`].

use super::Store;
use crate::credentials::{Answer, StorePlace};
use std::sync::Arc;

/// A store under test, over something that can be filled and broken.
pub(crate) trait Fixture {
    /// A store in which one place holds these names and values.
    async fn holding(&self, entries: &[(&str, &str)]) -> (Arc<dyn Store>, StorePlace);

    /// A place that certainly is not there, in a store that answers.
    async fn without(&self) -> (Arc<dyn Store>, StorePlace);

    /// A place that cannot be asked: a server that refuses, a directory that cannot be read.
    async fn refusing(&self) -> (Arc<dyn Store>, StorePlace);
}

/// Runs the suite.
pub(crate) async fn every_store_does(fixture: &impl Fixture) {
    lists_what_is_there(fixture).await;
    lists_an_empty_place(fixture).await;
    tells_absent_from_unknown(fixture).await;
    shows_no_value(fixture).await;
}

/// A value like no other of another length.
fn value(length: usize) -> String {
    crate::policy::pack::expand(&format!("{{base62:{length}}}"))
}

async fn lists_what_is_there(fixture: &impl Fixture) {
    let (one, two) = (value(40), value(41));
    let entries = [("DATABASE_URL", one.as_str()), ("API_TOKEN", two.as_str())];
    let (store, place) = fixture.holding(&entries).await;
    assert_eq!(store.kind(), place.kind());
    let Answer::Listed(listing) = store.list(&place).await else {
        panic!("{place} was not listed");
    };
    let names: Vec<&str> = listing.entries.keys().map(String::as_str).collect();
    assert_eq!(names, ["API_TOKEN", "DATABASE_URL"]);
    for (name, value) in entries {
        let entry = &listing.entries[name];
        if let Some(secret) = &entry.value {
            assert_eq!(secret.expose(), value.as_bytes(), "{name}");
        }
        assert!(!entry.plain, "{name}");
    }
}

async fn lists_an_empty_place(fixture: &impl Fixture) {
    let (store, place) = fixture.holding(&[]).await;
    match store.list(&place).await {
        Answer::Listed(listing) => assert!(listing.entries.is_empty()),
        other => panic!("an empty place is listed, not {other:?}"),
    }
}

async fn tells_absent_from_unknown(fixture: &impl Fixture) {
    let (store, place) = fixture.without().await;
    let answer = store.list(&place).await;
    assert!(matches!(&answer, Answer::Absent(_)), "{answer:?}");
    let (store, place) = fixture.refusing().await;
    match store.list(&place).await {
        Answer::Unknown(failure) => assert!(!failure.why.is_empty()),
        other => panic!("a place that cannot be asked is unknown, not {other:?}"),
    }
}

async fn shows_no_value(fixture: &impl Fixture) {
    let secret = value(42);
    let (store, place) = fixture.holding(&[("API_TOKEN", &secret)]).await;
    let shown = format!("{:?}", store.list(&place).await);
    assert!(!shown.contains(&secret), "a value in Debug");
}
