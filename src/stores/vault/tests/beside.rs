//! Secrets that nobody asked for: found where the token may list, and only beside those that were asked for.

use super::fake::errors;
use super::*;
use crate::credentials::{Beside, Inventory};
use crate::stores::take_stock;

async fn stock(fake: &Fake, paths: &[&str]) -> Inventory {
    let store: Arc<dyn Store> = Arc::new(store(&fake.address(), &fake.token));
    let places: Vec<StorePlace> = paths.iter().map(|path| place(path)).collect();
    take_stock(&[store], &places).await
}

fn shown(beside: &Beside) -> Vec<String> {
    beside.places.iter().map(ToString::to_string).collect()
}

async fn filled() -> Fake {
    let fake = Fake::start().await;
    for path in [
        "secret/app/staging",
        "secret/app/forgotten",
        "secret/app/below/deep",
        "secret/other/x",
        "secret/top",
        "team/kv/a/b",
        "old/app/one",
        "old/app/two",
    ] {
        fake.put(path, &[("KEY", "v")]);
    }
    fake.set(|state| state.may_list = true);
    fake
}

#[tokio::test]
async fn the_directories_of_the_map_are_listed_once_each() {
    let fake = filled().await;
    let paths = [
        "secret/app/staging",
        "secret/app/none",
        "team/kv/a/b",
        "old/app/one",
    ];
    let stock = stock(&fake, &paths).await;
    assert_eq!(
        shown(&stock.beside),
        [
            "vault:old/app/one",
            "vault:old/app/two",
            "vault:secret/app/forgotten",
            "vault:secret/app/staging",
            "vault:team/kv/a/b",
        ]
    );
    assert!(stock.beside.notes.is_empty() && stock.beside.unlisted.is_empty());
    let mut lists = fake.asked().await;
    let mounts = lists.iter().filter(|line| line.contains("/mounts/"));
    assert!(mounts.count() <= paths.len(), "{lists:?}");
    lists.retain(|line| line.starts_with("LIST"));
    lists.sort();
    assert_eq!(
        lists,
        [
            "LIST /v1/old/app/",
            "LIST /v1/secret/metadata/app/",
            "LIST /v1/team/kv/metadata/a/"
        ]
    );
}

#[tokio::test]
async fn a_secret_of_the_mount_itself_lies_beside_its_secrets() {
    let fake = filled().await;
    let stock = stock(&fake, &["secret/top"]).await;
    assert_eq!(shown(&stock.beside), ["vault:secret/top"]);
}

#[tokio::test]
async fn a_policy_without_list_is_noted_once_and_hides_nothing_else() {
    let fake = filled().await;
    fake.set(|state| state.may_list = false);
    let stock = stock(&fake, &["secret/app/staging", "team/kv/a/b"]).await;
    assert!(stock.beside.places.is_empty() && stock.beside.unlisted.is_empty());
    assert_eq!(stock.beside.notes.len(), 1);
    let listed = |answer| matches!(answer, &Answer::Listed(_));
    assert!(stock.answers.values().all(listed));
}

#[tokio::test]
async fn a_directory_that_could_not_be_looked_into_is_told() {
    let fake = filled().await;
    fake.set(|state| state.instead = vec![("secret/metadata/app/", errors(500, &["no"]))]);
    let stock = stock(&fake, &["secret/app/staging", "team/kv/a/b"]).await;
    assert_eq!(shown(&stock.beside), ["vault:team/kv/a/b"]);
    assert_eq!(stock.beside.unlisted[0].0, "vault:secret/app/");
    assert!(stock.beside.notes.is_empty());
}

#[tokio::test]
async fn a_directory_without_end_is_cut_and_that_is_told() {
    let fake = filled().await;
    let keys: Vec<String> = (0..10_001).map(|number| format!("k{number}")).collect();
    let answer = wiremock::ResponseTemplate::new(200)
        .set_body_json(serde_json::json!({"data": {"keys": keys}}));
    fake.set(|state| state.instead = vec![("secret/metadata/app/", answer)]);
    let stock = stock(&fake, &["secret/app/staging"]).await;
    assert_eq!(stock.beside.places.len(), 10_000);
    assert!(stock.beside.unlisted[0].1.why.contains("10000"));
}

#[tokio::test]
async fn nothing_is_listed_where_nothing_could_be_asked() {
    let fake = filled().await;
    let store: Arc<dyn Store> = Arc::new(store(&fake.address(), "another"));
    let stock = take_stock(&[store], &[place("secret/app/staging")]).await;
    assert!(stock.beside.places.is_empty() && stock.beside.notes.is_empty());
    assert!(
        !fake
            .asked()
            .await
            .iter()
            .any(|line| line.starts_with("LIST"))
    );
}
