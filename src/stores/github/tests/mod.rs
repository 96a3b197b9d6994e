//! The store over a small GitHub on loopback, and over servers that do everything wrong.

mod refusals;

mod failures;
mod world;

use super::*;
use crate::stores::conformance::{Fixture, every_store_does};
use crate::stores::take_stock;
use serde_json::json;
use world::{World, place, store_at};

struct Github;

impl Fixture for Github {
    async fn holding(&self, entries: &[(&str, &str)]) -> (Arc<dyn Store>, StorePlace) {
        let names: Vec<&str> = entries.iter().map(|(name, _)| *name).collect();
        let server = World::with(&["staging"])
            .put("environments/staging/secrets", &names)
            .listen()
            .await;
        let store = server.store();
        // It listens as long as the process does.
        std::mem::forget(server);
        (Arc::new(store), place(Some("staging")))
    }

    async fn without(&self) -> (Arc<dyn Store>, StorePlace) {
        let (store, _) = self.holding(&[]).await;
        (store, place(Some("absent")))
    }

    async fn refusing(&self) -> (Arc<dyn Store>, StorePlace) {
        let server = World::with(&["staging"])
            .refuse(
                "environments/staging/secrets",
                403,
                &[],
                "Resource not accessible by integration",
            )
            .listen()
            .await;
        let store = server.store();
        std::mem::forget(server);
        (Arc::new(store), place(Some("staging")))
    }
}

async fn listed(store: &GithubSecrets, environment: Option<&str>) -> crate::credentials::Listing {
    match store.list(&place(environment)).await {
        Answer::Listed(listing) => listing,
        other => panic!("a listing, not {other:?}"),
    }
}

async fn unknown(store: &GithubSecrets, environment: Option<&str>) -> Failure {
    match store.list(&place(environment)).await {
        Answer::Unknown(failure) => failure,
        other => panic!("a failure, not {other:?}"),
    }
}

#[tokio::test]
async fn does_what_every_store_does() {
    every_store_does(&Github).await;
}

#[tokio::test]
async fn three_pages_are_read_by_count() {
    let names: Vec<String> = (0..250).map(|number| format!("NAME_{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let server = World::with(&["staging"])
        .put("environments/staging/secrets", &names)
        .put("environments/staging/variables", &["V"; 1])
        .put("actions/variables", &names[..31])
        .listen()
        .await;
    let listing = listed(&server.store(), Some("staging")).await;
    assert_eq!(
        listing
            .entries
            .values()
            .filter(|entry| !entry.plain)
            .count(),
        250
    );
    assert_eq!(
        listing.entries["NAME_249"]
            .updated
            .map(|time| time.to_string())
            .as_deref(),
        Some("2026-01-02T03:04:05Z")
    );
    let asked = server.asked();
    for (path, pages) in [
        ("environments/staging/secrets?per_page=100", 3),
        ("environments/staging/variables?per_page=30", 1),
        ("actions/variables?per_page=30", 2),
        ("actions/organization-secrets?per_page=100", 1),
    ] {
        let wanted: Vec<String> = (1..=pages)
            .map(|page| format!("/api/v3/repos/acme/shop/{path}&page={page}"))
            .collect();
        let got: Vec<&String> = asked.iter().filter(|line| line.contains(path)).collect();
        assert_eq!(got, wanted.iter().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_job_sees_three_levels() {
    let server = World::with(&["staging"])
        .put("environments/staging/secrets", &["DATABASE_URL"])
        .put("actions/secrets", &["DATABASE_URL", "REPO_KEY"])
        .put("actions/organization-secrets", &["ORG_KEY"])
        .put("environments/staging/variables", &["API_TOKEN"])
        .listen()
        .await;
    let store = server.store();
    let seen = |listing: &crate::credentials::Listing| -> Vec<_> {
        let one = |(name, entry): (&String, &crate::credentials::Entry)| {
            (
                name.clone(),
                entry.inherited_from.clone().unwrap_or_default(),
                entry.plain,
            )
        };
        listing.entries.iter().map(one).collect()
    };
    let entry = |name: &str, from: &str, plain| (name.to_owned(), from.to_owned(), plain);
    let listing = listed(&store, Some("staging")).await;
    assert_eq!(
        seen(&listing),
        [
            entry("API_TOKEN", "", true),
            entry("DATABASE_URL", "", false),
            entry("ORG_KEY", "organisation", false),
            entry("REPO_KEY", "repository", false),
        ]
    );
    assert_eq!(listing.remarks.len(), 1);
    let listing = listed(&store, None).await;
    assert_eq!(
        seen(&listing),
        [
            entry("DATABASE_URL", "", false),
            entry("ORG_KEY", "organisation", false),
            entry("REPO_KEY", "", false),
        ]
    );
}

#[tokio::test]
async fn what_environments_share_is_asked_once() {
    let names = ["one", "two", "three", "four", "five"];
    let server = World::with(&names)
        .put("actions/secrets", &["SHARED"])
        .listen()
        .await;
    let stores: Vec<Arc<dyn Store>> = vec![Arc::new(server.store())];
    let mut places: Vec<StorePlace> = names.iter().map(|name| place(Some(name))).collect();
    places.push(place(None));
    places.push(StorePlace::Github {
        repository: "Acme/Shop".into(),
        environment: None,
    });
    let inventory = take_stock(&stores, &places).await;
    assert_eq!(inventory.answers.len(), 7);
    for (place, answer) in &inventory.answers {
        match answer {
            Answer::Listed(listing) => assert!(listing.entries.contains_key("SHARED"), "{place}"),
            other => panic!("{place}: {other:?}"),
        }
    }
    // The repository, four shared lists, and two lists of each environment.
    assert_eq!(
        server.asked().len(),
        1 + 4 + 2 * names.len(),
        "{:#?}",
        server.asked()
    );
}

#[tokio::test]
async fn a_person_has_no_organisation() {
    let mut world =
        World::with(&["staging"]).refuse("actions/organization-secrets", 404, &[], "Not Found");
    world.owner = "User";
    let server = world.listen().await;
    listed(&server.store(), Some("staging")).await;
    assert!(
        !server
            .asked()
            .iter()
            .any(|line| line.contains("organization"))
    );
}

#[tokio::test]
async fn names_of_environments_are_encoded() {
    for (name, path) in [
        ("preview/eu west", "preview%2Feu%20west"),
        ("50%", "50%25"),
        ("a?b#c", "a%3Fb%23c"),
        ("Zürich", "Z%C3%BCrich"),
        ("..%2f", "..%252f"),
    ] {
        let server = World::with(&[name])
            .put(&format!("environments/{name}/secrets"), &["A"])
            .listen()
            .await;
        let listing = listed(&server.store(), Some(name)).await;
        assert!(listing.entries.contains_key("A"), "{name}");
        let wanted =
            format!("/api/v3/repos/acme/shop/environments/{path}/secrets?per_page=100&page=1");
        assert!(
            server.asked().contains(&wanted),
            "{wanted}: {:?}",
            server.asked()
        );
    }
    let server = World::with(&[]).listen().await;
    for name in ["..", ".", "", "a\tb"] {
        let answer = server.store().list(&place(Some(name))).await;
        assert!(matches!(answer, Answer::Absent(_)), "{name:?}");
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_repository_is_owner_and_name() {
    let server = World::with(&[]).listen().await;
    let store = server.store();
    for name in [
        "",
        "acme",
        "acme/../../user",
        "../user",
        "acme/..",
        "acme/a b",
        "acme/shop?x",
    ] {
        let place = StorePlace::Github {
            repository: name.into(),
            environment: None,
        };
        match store.list(&place).await {
            Answer::Unknown(failure) => assert!(failure.why.contains("owner/name"), "{failure:?}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn production_must_be_protected() {
    let mut world = World::with(&["production", "staging", "prod-eu"]);
    world.environments.insert(
        "prod-eu".into(),
        json!({"name": "prod-eu",
            "protection_rules": [{"id": 1, "type": "required_reviewers", "reviewers": [{"type": "User", "reviewer": {"login": "x"}}]},
                                 {"id": 2, "type": "branch_policy"}],
            "deployment_branch_policy": {"protected_branches": true, "custom_branch_policies": false}}),
    );
    let mut open = world.environments["prod-eu"].clone();
    open["deployment_branch_policy"] =
        json!({"protected_branches": false, "custom_branch_policies": true});
    world.environments.insert("live".into(), open);
    for kind in ["secrets", "variables"] {
        world
            .lists
            .insert(format!("environments/live/{kind}"), Vec::new());
    }
    let every =
        json!({"total_count": 1, "branch_policies": [{"id": 1, "name": "*", "type": "branch"}]});
    world
        .environments
        .insert("live/deployment-branch-policies".into(), every);
    let server = world.listen().await;
    let store = server.store();
    assert_eq!(
        listed(&store, Some("live")).await.remarks[0].message,
        "every branch may deploy"
    );
    let listing = listed(&store, Some("production")).await;
    assert_eq!(listing.remarks.len(), 1);
    assert_eq!(
        listing.remarks[0].rule,
        Some("github-environment-unprotected")
    );
    assert!(listed(&store, Some("prod-eu")).await.remarks.is_empty());
    assert!(listed(&store, Some("staging")).await.remarks.is_empty());
    assert!(
        !server
            .asked()
            .iter()
            .any(|line| line.ends_with("environments/staging")),
        "not needed, so not asked"
    );
}
