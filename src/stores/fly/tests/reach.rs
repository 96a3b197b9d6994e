//! How far a value got, by the machines and the releases.

use super::*;
use crate::credentials::Reach;

#[tokio::test]
async fn staged_and_deployed() {
    let machine = |id: &str, release: &str| {
        let metadata = json!({"fly_platform_version": "v2", "fly_release_version": release});
        json!({"id": id, "state": "started", "config": {"metadata": metadata}})
    };
    let releases = json!({"releases": [
        {"version": 3, "created_at": "2026-03-03T00:00:00Z", "status": "complete"},
        {"version": 2, "created_at": "2026-02-02T00:00:00Z"},
    ]});
    let named = |name: &str, updated: &str| json!({"name": name, "updated_at": updated});
    let secrets = json!({"secrets": [
        named("OLD", "2026-01-01T00:00:00Z"),
        named("BETWEEN", "2026-02-20T00:00:00Z"),
        named("NEW", "2026-04-01T00:00:00Z"),
        {"name": "TIMELESS"},
    ]});
    let machines = json!([machine("a", "2"), machine("b", "3")]);
    Contract::new().answers("/v1/apps/acme/machines", &machines);
    let (secrets, machines, releases) = (
        secrets.to_string(),
        machines.to_string(),
        releases.to_string(),
    );
    let server = Server::with(move |seen: &Seen| match seen.target.as_str() {
        "/v1/apps/acme/secrets" => Reply::ok(secrets.clone()),
        "/v1/apps/acme/machines" => Reply::ok(machines.clone()),
        "/api/v1/apps/acme/releases?limit=100" => Reply::ok(releases.clone()),
        _ => Reply::status(404),
    });
    let with = store(&server.origin, &["FLY_UIEX_BASE_URL"], None);
    let entries = listed(&with, "acme").await.entries;
    let reach = |name: &str| entries[name].reach;
    assert_eq!(reach("OLD"), Some(Reach::Deployed));
    assert_eq!(reach("BETWEEN"), Some(Reach::Partial));
    assert_eq!(reach("NEW"), Some(Reach::Staged));
    assert_eq!(reach("TIMELESS"), None);
    let without = store(&server.origin, &[], None);
    let entries = listed(&without, "acme").await.entries;
    assert!(entries.values().all(|entry| entry.reach.is_none()));
}

#[tokio::test]
async fn a_listing_outlives_what_is_beside_it() {
    let body = secrets(&[("A", "v")]).to_string();
    let server = Server::with(move |seen: &Seen| {
        if seen.target.ends_with("/secrets") {
            Reply::ok(body.clone())
        } else {
            Reply::status(403)
        }
    });
    let store = store(&server.origin, &["FLY_UIEX_BASE_URL"], None);
    let entries = listed(&store, "acme").await.entries;
    assert_eq!(entries["A"].reach, None);
}
