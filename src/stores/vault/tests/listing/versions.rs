//! What a version tells: values, its number, its time.

use super::*;

#[tokio::test]
async fn a_version_tells_values_number_and_time() {
    let fake = Fake::start().await;
    fake.put(PATH, &[("KEY", "first")]);
    fake.put(PATH, &[("KEY", "second")]);
    let listing = listed(&store(&fake.address(), &fake.token), PATH).await;
    let entry = &listing.entries["KEY"];
    assert_eq!(entry.version, Some(2));
    assert_eq!(entry.updated, "2026-01-02T03:04:05.123456789Z".parse().ok());
    assert_eq!(
        entry.value.as_ref().map(crate::finding::Secret::expose),
        Some(&b"second"[..])
    );
    assert_eq!(remarks(&listing), "");
    let asked = fake.asked().await;
    let want = [
        "GET /v1/auth/token/lookup-self",
        "GET /v1/sys/internal/ui/mounts/secret/app/staging",
        "POST /v1/sys/capabilities-self",
        "GET /v1/secret/data/app/staging",
    ];
    assert_eq!(asked, want);
    for request in fake.requests().await {
        assert_eq!(request.headers["x-vault-request"], "true");
        assert!(!request.url.as_str().contains(&fake.token));
        assert!(!request.headers.contains_key("x-vault-namespace"));
    }
}

#[tokio::test]
async fn values_are_read_only_where_they_may_be() {
    // The configuration, what the policy allows; whether values are asked for, whether they are got, what is said.
    type Case<'a> = (Option<bool>, &'a [&'static str], bool, bool, &'a str);
    let cases: [Case<'_>; 7] = [
        (None, &["read"], true, true, ""),
        (None, &["deny"], false, false, ""),
        (
            None,
            &["update"],
            false,
            false,
            "the token may change or delete this secret; reading it is enough",
        ),
        (Some(false), &["deny"], false, false, ""),
        (
            Some(false),
            &["read"],
            false,
            false,
            "the token may read values, which `read_values = false` does not need",
        ),
        (Some(true), &["read"], true, true, ""),
        (
            Some(true),
            &["deny"],
            true,
            false,
            "values may not be read, though `read_values` asks for them",
        ),
    ];
    for (read_values, capabilities, asks, gets, says) in cases {
        let fake = Fake::start().await;
        fake.put(PATH, &[("KEY", "v"), ("OTHER", "w")]);
        fake.set(|state| {
            state.capabilities = capabilities.to_vec();
            if !capabilities.contains(&"read") {
                state.forbidden.insert("secret/data");
            }
        });
        let config = VaultStore {
            read_values,
            ..VaultStore::default()
        };
        let what = format!("{read_values:?} {capabilities:?}");
        let listing = listed(&configured(&config, &fake.address(), &fake.token), PATH).await;
        assert_eq!(listing.entries.len(), 2, "{what}");
        let entry = &listing.entries["KEY"];
        assert_eq!(entry.value.is_some(), gets, "{what}");
        assert!(
            entry.updated.is_some() && entry.version == Some(1),
            "{what}"
        );
        let asked = fake.asked().await;
        assert_eq!(
            asked.iter().any(|line| line.contains("/data/")),
            asks,
            "{what}"
        );
        assert_eq!(remarks(&listing), says, "{what}");
    }
}

#[tokio::test]
async fn a_value_the_server_takes_back_leaves_its_name() {
    let fake = Fake::start().await;
    fake.put(PATH, &[("KEY", "v")]);
    // It may be read by the word of the policy, and is not all the same.
    fake.set(|state| {
        state.forbidden.insert("secret/data");
    });
    let listing = listed(&store(&fake.address(), &fake.token), PATH).await;
    assert!(listing.entries["KEY"].value.is_none());
}

#[tokio::test]
async fn deleted_and_destroyed_are_absent() {
    for read_values in [true, false] {
        let fake = Fake::start().await;
        fake.put_version(
            "secret/deleted",
            version(GOOD, "2026-01-03T00:00:00Z", false),
        );
        fake.put_version("secret/destroyed", version(GOOD, "", true));
        let store = configured(&reading(read_values), &fake.address(), &fake.token);
        let how = absent(&store, "secret/deleted").await;
        assert_eq!(
            how,
            "version 1, the current one, was deleted on 2026-01-03T00:00:00Z"
        );
        let how = absent(&store, "secret/destroyed").await;
        assert_eq!(how, "version 1, the current one, was destroyed");
        let how = absent(&store, "secret/never").await;
        assert_eq!(how, "the vault holds nothing at this path");
        // As the API writes a path, and as a secret may be called all the same.
        let how = absent(&store, "secret/data/never").await;
        assert_eq!(
            how,
            "the vault holds nothing at this path; the map's path is the one without `data/` behind the mount"
        );
        fake.put_version("secret/data/there", version(GOOD, "", false));
        assert_eq!(listed(&store, "secret/data/there").await.entries.len(), 1);
    }
}

#[tokio::test]
async fn times_that_are_odd_are_said() {
    for (created, deleted, dated, expires, says) in [
        (
            GOOD,
            "2999-01-01T00:00:00Z",
            true,
            true,
            "deletes the current version on 2999",
        ),
        (
            "2999-01-01T00:00:00Z",
            "",
            true,
            false,
            "written in the future",
        ),
        (
            "yesterday",
            "",
            false,
            false,
            "cannot be read, so its age is not known",
        ),
        (
            "",
            "",
            false,
            false,
            "cannot be read, so its age is not known",
        ),
        (
            GOOD,
            "sometime",
            true,
            false,
            "when the vault deletes the current version cannot be read",
        ),
    ] {
        let fake = Fake::start().await;
        fake.put_version(PATH, version(created, deleted, false));
        let listing = listed(&store(&fake.address(), &fake.token), PATH).await;
        let entry = &listing.entries["KEY"];
        assert_eq!(entry.updated.is_some(), dated, "{created} {deleted}");
        assert_eq!(entry.expires.is_some(), expires, "{created} {deleted}");
        assert!(
            remarks(&listing).contains(says),
            "{created} {deleted}: {}",
            remarks(&listing)
        );
    }
}

#[tokio::test]
async fn older_values_beyond_the_hundredth_are_counted() {
    let fake = Fake::start().await;
    for number in 1..=103 {
        let mut one = version(GOOD, "", false);
        one.values = serde_json::json!({"KEY": format!("value {number}")});
        fake.put_version(PATH, one);
    }
    let found = store(&fake.address(), &fake.token);
    let older = found.older_values(&place(PATH)).await.expect("older ones");
    assert_eq!((older.versions.len(), older.left_out), (100, 2));
    assert_eq!(older.versions[0].version, 102);
}

#[tokio::test]
async fn older_values_are_those_that_are_left() {
    let fake = Fake::start().await;
    for (number, destroyed) in [(1, true), (2, false), (3, false), (4, false)] {
        let mut one = version(
            GOOD,
            if number == 3 {
                "2026-01-03T00:00:00Z"
            } else {
                ""
            },
            destroyed,
        );
        one.values = serde_json::json!({"KEY": format!("value {number}")});
        fake.put_version(PATH, one);
    }
    let found = store(&fake.address(), &fake.token);
    let older = found.older_values(&place(PATH)).await.expect("older ones");
    let numbers: Vec<u64> = older
        .versions
        .iter()
        .map(|version| version.version)
        .collect();
    assert_eq!(numbers, [2]);
    assert_eq!(older.versions[0].values["KEY"].expose(), b"value 2");
    assert!(older.versions[0].created.is_some());
    assert_eq!((older.unread.as_slice(), older.left_out), (&[3][..], 0));
    assert!(!format!("{older:?}").contains("value 2"));

    let none = found.older_values(&place("old/app")).await.expect("none");
    assert!(none.versions.is_empty());
    let none = found
        .older_values(&place("secret/none"))
        .await
        .expect("none");
    assert!(none.versions.is_empty());
    let closed = configured(&reading(false), &fake.address(), &fake.token);
    closed
        .older_values(&place(PATH))
        .await
        .expect_err("not allowed");
    fake.set(|state| {
        state.forbidden.insert("secret/metadata");
    });
    let failure = found.older_values(&place(PATH)).await.expect_err("refused");
    assert!(
        failure
            .help
            .expect("help")
            .contains("secret/metadata/app/staging")
    );
}
