//! What becomes of a secret: written, rotated, deleted, destroyed; version 1; namespaces.

use super::*;
use jiff::Timestamp;
use serde_json::{Value, json};

#[tokio::test]
async fn written_and_rotated() {
    let server = Server::start().await;
    let before = Timestamp::now();
    server
        .put("kv/app/staging", json!({"KEY": "first", "PORT": 5432}))
        .await;
    let store = store(&server, &server.root);
    let first = listed(&store, "kv/app/staging").await;
    let entry = &first.entries["KEY"];
    assert_eq!(
        entry.value.as_ref().map(|value| value.expose().to_vec()),
        Some(b"first".to_vec())
    );
    assert_eq!(
        first.entries["PORT"]
            .value
            .as_ref()
            .map(|value| value.expose().to_vec()),
        Some(b"5432".to_vec())
    );
    assert_eq!(entry.version, Some(1));
    let written = entry.updated.expect("a time");
    assert!(written >= before && written <= Timestamp::now());

    server.put("kv/app/staging", json!({"KEY": "second"})).await;
    // Metadata alone is no rotation.
    server
        .ok(
            "POST",
            "kv/metadata/app/staging",
            json!({"custom_metadata": {"owner": "x"}}),
        )
        .await;
    let second = listed(&store, "kv/app/staging").await;
    let entry = &second.entries["KEY"];
    assert_eq!(entry.version, Some(2));
    assert!(entry.updated > Some(written));
    assert_eq!(second.entries.len(), 1);

    let older = store
        .older_values(&place("kv/app/staging"))
        .await
        .expect("older ones");
    assert_eq!(older.versions.len(), 1);
    assert_eq!(older.versions[0].version, 1);
    assert_eq!(older.versions[0].created, Some(written));
    assert_eq!(older.versions[0].values["KEY"].expose(), b"first");
}

#[tokio::test]
async fn deleted_undeleted_and_destroyed() {
    let server = Server::start().await;
    let store = store(&server, &server.root);
    for value in ["one", "two", "three"] {
        server.put("kv/app", json!({"KEY": value})).await;
    }
    server.ok("DELETE", "kv/data/app", Value::Null).await;
    let how = absent(&store, "kv/app").await;
    assert!(
        how.starts_with("version 3, the current one, was deleted on 20"),
        "{how}"
    );
    server
        .ok("POST", "kv/undelete/app", json!({"versions": [3]}))
        .await;
    assert_eq!(
        listed(&store, "kv/app").await.entries["KEY"].version,
        Some(3)
    );

    server
        .ok("POST", "kv/destroy/app", json!({"versions": [1]}))
        .await;
    server
        .ok("POST", "kv/delete/app", json!({"versions": [2]}))
        .await;
    let older = store
        .older_values(&place("kv/app"))
        .await
        .expect("older ones");
    assert!(older.versions.is_empty());
    assert_eq!(older.unread, [2]);

    server
        .ok("POST", "kv/destroy/app", json!({"versions": [3]}))
        .await;
    assert_eq!(
        absent(&store, "kv/app").await,
        "version 3, the current one, was destroyed"
    );
    server.ok("DELETE", "kv/metadata/app", Value::Null).await;
    assert_eq!(
        absent(&store, "kv/app").await,
        "the vault holds nothing at this path"
    );
    server
        .ok(
            "POST",
            "kv/metadata/only",
            json!({"custom_metadata": {"a": "b"}}),
        )
        .await;
    assert_eq!(
        absent(&store, "kv/only").await,
        "the vault holds nothing at this path"
    );
    // A folder is no secret.
    server.put("kv/folder/inside", json!({"KEY": "v"})).await;
    assert_eq!(
        absent(&store, "kv/folder").await,
        "the vault holds nothing at this path"
    );
    server.put("kv/empty", json!({})).await;
    assert!(listed(&store, "kv/empty").await.entries.is_empty());
}

#[tokio::test]
async fn a_version_that_will_end_says_when() {
    let server = Server::start().await;
    server
        .ok(
            "POST",
            "kv/metadata/app",
            json!({"delete_version_after": "24h"}),
        )
        .await;
    server.put("kv/app", json!({"KEY": "v"})).await;
    let listing = listed(&store(&server, &server.root), "kv/app").await;
    let left = listing.entries["KEY"]
        .expires
        .expect("an end")
        .duration_since(Timestamp::now());
    assert!((23..=24).contains(&left.as_hours()), "{left}");
    assert!(remarks(&listing).contains("the vault deletes the current version on"));
}

#[tokio::test]
async fn the_first_version_of_the_engine_and_its_upgrade() {
    let server = Server::start().await;
    server
        .ok("POST", "old/app", json!({"KEY": "v", "ttl": "1h"}))
        .await;
    let asking = store(&server, &server.root);
    let listing = listed(&asking, "old/app").await;
    assert_eq!(listing.entries.len(), 2);
    let entry = &listing.entries["KEY"];
    assert_eq!(
        entry.value.as_ref().map(|value| value.expose().to_vec()),
        Some(b"v".to_vec())
    );
    assert_eq!((entry.updated, entry.version), (None, None));
    assert!(remarks(&listing).contains("keeps no times"));
    assert_eq!(
        absent(&asking, "old/none").await,
        "the vault holds nothing at this path"
    );

    server
        .ok(
            "POST",
            "sys/mounts/old/tune",
            json!({"options": {"version": "2"}}),
        )
        .await;
    // At once: the engine says that it is upgrading, and is asked again.
    let listing = listed(&store(&server, &server.root), "old/app").await;
    assert_eq!(listing.entries["KEY"].version, Some(1));
}

#[tokio::test]
async fn namespaces_are_worlds_of_their_own() {
    let server = Server::start().await;
    server.put("kv/app", json!({"KEY": "outside"})).await;
    let (status, _) = server
        .call("POST", "sys/namespaces/team-a", json!({}))
        .await;
    let env = [
        ("BAO_ADDR", server.address()),
        ("BAO_TOKEN", &server.root),
        ("BAO_NAMESPACE", "team-a"),
    ];
    let inside = connected(&VaultStore::default(), &env);
    if status >= 300 {
        // Vault without its enterprise edition has none, and takes no notice of the header.
        assert_eq!(status, 404);
        assert_eq!(listed(&inside, "kv/app").await.entries.len(), 1);
        return;
    }
    unknown(&inside, "kv/app").await;
    let kv = json!({"type": "kv", "options": {"version": "2"}});
    let (status, answer) = server.call_in("team-a", "POST", "sys/mounts/kv", kv).await;
    assert!(status < 300, "{answer}");
    let mut status = 400;
    for _ in 0..100 {
        let body = json!({"data": {"OTHER": "inside"}});
        status = server
            .call_in("team-a", "POST", "kv/data/app", body)
            .await
            .0;
        if status != 400 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(status < 300);
    let listing = listed(&inside, "kv/app").await;
    assert_eq!(listing.entries.keys().collect::<Vec<_>>(), ["OTHER"]);
    let outside = listed(&store(&server, &server.root), "kv/app").await;
    assert_eq!(outside.entries.keys().collect::<Vec<_>>(), ["KEY"]);
    let nowhere = connected(
        &config("namespace = \"nowhere\""),
        &[("BAO_ADDR", server.address()), ("BAO_TOKEN", &server.root)],
    );
    unknown(&nowhere, "kv/app").await;
}

#[tokio::test]
async fn a_sealed_server_says_so() {
    let server = Server::start().await;
    server.put("kv/app", json!({"KEY": "v"})).await;
    server.call("PUT", "sys/seal", Value::Null).await;
    let env = [
        ("VAULT_ADDR", server.address()),
        ("VAULT_TOKEN", &server.root),
        ("VAULT_MAX_RETRIES", "0"),
    ];
    let failure = unknown(&connected(&VaultStore::default(), &env), "kv/app").await;
    assert_eq!(failure.why, "the server is sealed");
}
