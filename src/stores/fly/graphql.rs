//! Fly's older interface, for tokens the Machines API refuses. It tells no time at which a secret was last set.

use super::wire::Graph;
use crate::credentials::{Entry, Listing, Remark};
use crate::stores::api::Api;

/// The secrets of an app; none where this interface does not give them either.
pub(super) async fn listing(api: &Api, app: &str) -> Option<Listing> {
    let body = serde_json::json!({ "query": QUERY, "variables": { "appName": app } });
    let answer: Graph = api.post(&["graphql"], &body).await.ok()?;
    // Errors come with status 200, and with data that is not whole.
    if !answer.errors.is_empty() {
        return None;
    }
    let secrets = answer.data?.app?.secrets;
    let entries = secrets.into_iter().map(|secret| {
        let entry = Entry {
            digest: secret.digest,
            ..Entry::default()
        };
        (secret.name, entry)
    });
    Some(Listing {
        entries: entries.collect(),
        remarks: vec![Remark {
            rule: None,
            key: None,
            file: None,
            message: "the Machines API refused the token; the older interface listed the names, without times"
                .to_owned(),
        }],
    })
}

/// Names and digests; there are no values to be had.
const QUERY: &str = "query($appName: String!) { app(name: $appName) { secrets { name digest } } }";
