//! What a listing says, and what it asks for.

use super::fake::{Version, errors};
use super::*;
use crate::credentials::Listing;
use wiremock::ResponseTemplate;

const PATH: &str = "secret/app/staging";

async fn listed(store: &VaultKv, path: &str) -> Listing {
    match store.list(&place(path)).await {
        Answer::Listed(listing) => listing,
        other => panic!("{path}: {other:?}"),
    }
}

async fn absent(store: &VaultKv, path: &str) -> String {
    match store.list(&place(path)).await {
        Answer::Absent(how) => how,
        other => panic!("{path}: {other:?}"),
    }
}

async fn unknown(store: &VaultKv, path: &str) -> Failure {
    match store.list(&place(path)).await {
        Answer::Unknown(failure) => failure,
        other => panic!("{path}: {other:?}"),
    }
}

fn remarks(listing: &Listing) -> String {
    let messages: Vec<&str> = listing
        .remarks
        .iter()
        .map(|it| it.message.as_str())
        .collect();
    messages.join("\n")
}

fn reading(read_values: bool) -> VaultStore {
    VaultStore {
        read_values: Some(read_values),
        ..VaultStore::default()
    }
}

fn version(created: &str, deleted: &str, destroyed: bool) -> Version {
    Version {
        values: serde_json::json!({"KEY": "v"}),
        created: created.to_owned(),
        deleted: deleted.to_owned(),
        destroyed,
    }
}

const GOOD: &str = "2026-01-02T03:04:05Z";

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
async fn the_first_version_of_the_engine_gives_values_and_no_times() {
    let fake = Fake::start().await;
    fake.put("old/app", &[("KEY", "v")]);
    let listing = listed(&store(&fake.address(), &fake.token), "old/app").await;
    let entry = &listing.entries["KEY"];
    assert_eq!(
        entry.value.as_ref().map(crate::finding::Secret::expose),
        Some(&b"v"[..])
    );
    assert_eq!((entry.updated, entry.version), (None, None));
    assert!(remarks(&listing).contains("keeps no times"));
    absent(&store(&fake.address(), &fake.token), "old/none").await;
    let closed = configured(&reading(false), &fake.address(), &fake.token);
    let failure = unknown(&closed, "old/app").await;
    assert!(
        failure.why.contains("names only with values"),
        "{failure:?}"
    );
    assert!(
        !fake
            .asked()
            .await
            .iter()
            .skip(5)
            .any(|line| line.ends_with("/v1/old/app"))
    );
}

#[tokio::test]
async fn engines_are_found_or_stated() {
    let fake = Fake::start().await;
    fake.put("team/kv/app", &[("KEY", "v")]);
    fake.put("secret/app", &[("KEY", "v")]);
    let found = store(&fake.address(), &fake.token);
    assert_eq!(listed(&found, "team/kv/app").await.entries.len(), 1);
    let failure = unknown(&found, "db/creds/x").await;
    assert!(failure.why.contains("another kind"), "{failure:?}");
    let failure = unknown(&found, "secret").await;
    assert!(failure.why.contains("whole engine"), "{failure:?}");
    let failure = unknown(&found, "nowhere/app").await;
    assert!(
        failure.why.contains("no secrets engine is mounted there"),
        "{failure:?}"
    );

    fake.set(|state| state.mounts_hidden = true);
    let hidden = store(&fake.address(), &fake.token);
    unknown(&hidden, "secret/app").await;
    let stated = |path: &str| StorePlace::Vault {
        path: path.to_owned(),
        kv: Some(2),
    };
    let answer = hidden.list(&stated("secret/app")).await;
    assert!(matches!(answer, Answer::Listed(_)), "{answer:?}");
    let config: VaultStore = toml::from_str("mount = \"team/kv/\"").expect("a section");
    let answer = configured(&config, &fake.address(), &fake.token)
        .list(&stated("team/kv/app"))
        .await;
    assert!(matches!(answer, Answer::Listed(_)), "{answer:?}");
}

#[tokio::test]
async fn a_path_that_would_become_another_is_not_asked_for() {
    let fake = Fake::start().await;
    let store = store(&fake.address(), &fake.token);
    for path in [
        "secret/../sys/mounts",
        "secret//x",
        "/secret/x",
        "secret/x/",
        "secret/./x",
        "",
        "secret/a\nb",
    ] {
        unknown(&store, path).await;
    }
    fake.put("secret/a b/%2e%2e?x#y", &[("KEY", "v")]);
    let answer = store.list(&place("secret/a b/%2e%2e?x#y")).await;
    assert!(
        !matches!(answer, Answer::Listed(_)),
        "the fake does not decode: {answer:?}"
    );
    let last = fake.asked().await.pop().expect("a request");
    assert!(
        last.ends_with("/secret/data/a%20b/%252e%252e%3Fx%23y"),
        "{last}"
    );
}

#[tokio::test]
async fn a_refusal_names_the_policy() {
    let fake = Fake::start().await;
    fake.put(PATH, &[("KEY", "v")]);
    fake.set(|state| {
        state.capabilities = vec!["deny"];
        state.forbidden.insert("secret/");
    });
    let failure = unknown(&store(&fake.address(), &fake.token), PATH).await;
    assert_eq!(failure.why, "permission denied");
    let help = failure.help.expect("help");
    assert!(
        help.contains("path \"secret/subkeys/app/staging\" { capabilities = [\"read\"] }"),
        "{help}"
    );
}

#[tokio::test]
async fn a_root_token_is_worth_a_word() {
    let fake = Fake::start().await;
    fake.put(PATH, &[("KEY", "v")]);
    fake.set(|state| state.policies = vec!["root"]);
    let listing = listed(&store(&fake.address(), &fake.token), PATH).await;
    assert!(
        remarks(&listing).contains("root token"),
        "{}",
        remarks(&listing)
    );
    assert!(listing.entries["KEY"].value.is_some());
    assert!(
        !fake
            .asked()
            .await
            .iter()
            .any(|line| line.contains("capabilities"))
    );
}

#[tokio::test]
async fn what_passes_is_asked_again() {
    let upgrading = "Upgrading from non-versioned to versioned data. This backend will be unavailable for a brief period";
    let page = ResponseTemplate::new(502).set_body_string("<html>");
    for answer in [
        errors(400, &[upgrading]),
        errors(429, &["quota"]).insert_header("retry-after", "0"),
        errors(500, &["internal error"]),
        errors(503, &["Vault is sealed"]),
        errors(412, &["required index state not present"]),
        page,
    ] {
        let fake = Fake::start().await;
        fake.put(PATH, &[("KEY", "v")]);
        fake.set(|state| {
            state.first = vec![("secret/data", answer.clone()), ("secret/data", answer)]
        });
        let listing = listed(&store(&fake.address(), &fake.token), PATH).await;
        assert!(listing.entries["KEY"].value.is_some());
        let asked = fake.asked().await;
        assert_eq!(
            asked.iter().filter(|line| line.contains("/data/")).count(),
            3
        );
    }
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
    assert_eq!(older.unread, [3]);
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

#[tokio::test]
async fn many_places_ask_who_they_are_once() {
    let fake = Fake::start().await;
    let places: Vec<StorePlace> = (0..30)
        .map(|at| place(&format!("secret/app/{at}")))
        .collect();
    for at in 0..30 {
        fake.put(&format!("secret/app/{at}"), &[("KEY", "v")]);
    }
    let store: Arc<dyn Store> = Arc::new(store(&fake.address(), &fake.token));
    let inventory = crate::stores::take_stock(&[store], &places).await;
    assert_eq!(inventory.answers.len(), 30);
    let all = inventory.answers.values();
    assert!(
        all.into_iter()
            .all(|answer| matches!(answer, Answer::Listed(_)))
    );
    let asked = fake.asked().await;
    assert_eq!(
        asked
            .iter()
            .filter(|line| line.contains("lookup-self"))
            .count(),
        1
    );
    assert!(
        asked
            .iter()
            .filter(|line| line.contains("ui/mounts"))
            .count()
            <= crate::stores::FAN_OUT
    );
}
