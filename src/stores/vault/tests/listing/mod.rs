//! What a listing says, and what it asks for.

mod versions;

use super::asked::{absent, listed, remarks, unknown};
use super::fake::{Version, errors};
use super::*;
use wiremock::ResponseTemplate;

const PATH: &str = "secret/app/staging";

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
