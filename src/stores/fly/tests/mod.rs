//! Fly's interface as a fake on loopback, held to its OpenAPI description.

mod contract;
mod machines;
mod reach;

use super::*;
use crate::policy::pack::expand;
use crate::stores::conformance::{self, every_store_does};
use crate::stores::fixture::{BODY_WORD, Reply, Seen, Server, hurried, survives_bad_days};
use contract::Contract;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

fn place(app: &str) -> StorePlace {
    StorePlace::Fly {
        app: app.to_owned(),
    }
}

/// Its like is in no other test.
fn token() -> String {
    expand("fm2_{base62:60}")
}

/// A store that asks this server, with the variables given besides the token.
fn store(server: &str, others: &[&str], organization: Option<&str>) -> FlyStore {
    let token = token();
    let variable = |name: &str| match name {
        "FLY_API_TOKEN" => Some(token.clone()),
        "FLY_FLAPS_BASE_URL" => Some(server.to_owned()),
        name => others.contains(&name).then(|| server.to_owned()),
    };
    let environment = FlyEnvironment {
        variable: &variable,
        home: None,
    };
    FlyStore::open(&environment, organization, hurried())
}

/// The body of a listing, as the description has it. Fly would leave `value` out; that it is dropped is to be seen.
fn secrets(entries: &[(&str, &str)]) -> Value {
    let secrets: Vec<_> = entries
        .iter()
        .map(|(name, value)| {
            json!({
                "name": name, "digest": "2f0c1d", "value": value,
                "created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-02-03T04:05:06.789Z",
            })
        })
        .collect();
    json!({ "secrets": secrets })
}

/// Answers one path, and 404 for all others as Fly does.
fn only(path: &'static str, body: &Value) -> Server {
    let body = body.to_string();
    Server::with(move |seen: &Seen| {
        if seen.target == path {
            Reply::ok(body.clone())
        } else {
            Reply::Json(404, vec![], "{\"error\":\"app not found\"}".to_owned())
        }
    })
}

async fn listed(store: &FlyStore, app: &str) -> Listing {
    match store.list(&place(app)).await {
        Answer::Listed(listing) => listing,
        other => panic!("{app}: {other:?}"),
    }
}

async fn unknown(store: &FlyStore, app: &str) -> Failure {
    match store.list(&place(app)).await {
        Answer::Unknown(failure) => failure,
        other => panic!("{app}: {other:?}"),
    }
}

#[derive(Default)]
struct Suite(Mutex<Vec<Server>>);

impl Suite {
    fn over(&self, server: Server, organization: Option<&str>) -> (Arc<dyn Store>, StorePlace) {
        let store = store(&server.origin, &[], organization);
        self.0.lock().expect("no panic").push(server);
        (Arc::new(store), place("acme-staging"))
    }
}

impl conformance::Fixture for Suite {
    async fn holding(&self, entries: &[(&str, &str)]) -> (Arc<dyn Store>, StorePlace) {
        let body = secrets(entries);
        Contract::new().answers("/v1/apps/acme-staging/secrets", &body);
        self.over(only("/v1/apps/acme-staging/secrets", &body), None)
    }

    async fn without(&self) -> (Arc<dyn Store>, StorePlace) {
        let body = json!({"total_apps": 2, "apps": [{"name": "one"}, {"name": "two"}]});
        Contract::new().answers("/v1/apps", &body);
        self.over(only("/v1/apps?org_slug=acme", &body), Some("acme"))
    }

    async fn refusing(&self) -> (Arc<dyn Store>, StorePlace) {
        self.over(Server::always(Reply::status(403)), None)
    }
}

#[tokio::test]
async fn it_does_what_every_store_does() {
    let suite = Suite::default();
    every_store_does(&suite).await;
    let contract = Contract::new();
    let servers = suite.0.lock().expect("no panic");
    // Every place is asked for once; one that is not there a second time, among the apps; a refusal is not argued with.
    let asked: Vec<usize> = servers.iter().map(|server| server.seen().len()).collect();
    assert_eq!(asked, [1, 1, 2, 1, 1]);
    for server in servers.iter() {
        for seen in server.seen() {
            contract.knows(&seen);
            assert_eq!(seen.method, "GET");
            assert!(!seen.target.contains("show_secrets"), "{seen:?}");
            let header = seen.header("authorization").unwrap_or_default();
            assert_eq!(header, format!("FlyV1 {}", token()));
        }
    }
}

#[tokio::test]
async fn it_survives_bad_days() {
    let make = |origin: &str| Arc::new(store(origin, &[], Some("acme"))) as Arc<dyn Store>;
    survives_bad_days(&token(), &place("acme-staging"), make).await;
}

#[tokio::test]
async fn values_are_never_held() {
    let value = expand("{base62:44}");
    let server = Server::always(Reply::ok(secrets(&[("API_TOKEN", &value)]).to_string()));
    let listing = listed(&store(&server.origin, &[], None), "acme").await;
    let entry = &listing.entries["API_TOKEN"];
    assert!(entry.value.is_none());
    assert_eq!(entry.digest.as_deref(), Some("2f0c1d"));
    let updated = entry.updated.map(|time| time.to_string());
    assert_eq!(updated.as_deref(), Some("2026-02-03T04:05:06.789Z"));
    assert!(!entry.weak_time && entry.reach.is_none());
    assert!(!format!("{listing:?}").contains(&value));
}

#[tokio::test]
async fn times_that_are_not_told_are_not_made_up() {
    let body = json!({"secrets": [
        {"name": "CREATED", "digest": "a", "created_at": "2026-01-02T03:04:05Z"},
        {"name": "NONE", "digest": "b"},
        {"name": "BAD", "digest": "c", "created_at": "yesterday", "updated_at": "soon"},
    ]});
    let server = Server::always(Reply::ok(body.to_string()));
    let listing = listed(&store(&server.origin, &[], None), "acme").await;
    let times: Vec<_> = listing
        .entries
        .values()
        .map(|entry| (entry.updated.is_some(), entry.weak_time))
        .collect();
    assert_eq!(times, [(false, false), (true, true), (false, false)]);
}

#[tokio::test]
async fn an_answer_that_is_no_list_is_not_an_empty_one() {
    for (body, is_list) in [
        ("{\"secrets\":null}", true),
        ("{\"secrets\":[]}", true),
        ("{}", false),
        ("[]", false),
        ("null", false),
        ("{\"error\":\"x\"}", false),
        ("{\"secrets\":[{\"Name\":\"A\"}]}", false),
        ("{\"secrets\":[{\"name\":null}]}", false),
        ("", false),
    ] {
        let server = Server::always(Reply::ok(body));
        let answer = store(&server.origin, &[], None).list(&place("acme")).await;
        assert_eq!(
            matches!(answer, Answer::Listed(_)),
            is_list,
            "{body}: {answer:?}"
        );
        assert_eq!(
            matches!(answer, Answer::Unknown(_)),
            !is_list,
            "{body}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    for (status, words, help) in [
        (
            401,
            "does not accept the token",
            "fly tokens create readonly",
        ),
        (403, "no right to read acme", "organisation"),
        (404, "is not there, or", "organization"),
        (429, "limits how often", "later"),
    ] {
        let headers = vec![("fly-request-id", "01K-fra".to_owned())];
        let error = json!({"error": BODY_WORD});
        Contract::new().is_error(&error);
        let server = Server::always(Reply::Json(status, headers, error.to_string()));
        let failure = unknown(&store(&server.origin, &[], None), "acme").await;
        assert!(failure.why.contains(words), "{status}: {failure:?}");
        assert!(
            failure.why.contains("request 01K-fra"),
            "{status}: {failure:?}"
        );
        assert!(
            failure
                .help
                .as_deref()
                .is_some_and(|text| text.contains(help)),
            "{failure:?}"
        );
        assert!(!format!("{failure:?}").contains(BODY_WORD));
    }
    let hostile = vec![("fly-request-id", "a\u{7f}b::error::".to_owned())];
    let server = Server::always(Reply::Json(401, hostile, "{}".to_owned()));
    let failure = unknown(&store(&server.origin, &[], None), "acme").await;
    assert!(!failure.why.contains("::error"), "{failure:?}");
}

#[tokio::test]
async fn absent_needs_proof() {
    let apps = |names: &[&str], total: u64| {
        let apps: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
        json!({"total_apps": total, "apps": apps})
    };
    for (body, organization, absent) in [
        (apps(&["one", "two"], 2), Some("acme"), true),
        (apps(&["one", "two"], 2), None, false),
        // The token sees one app only, or the list is cut, or it is there after all.
        (apps(&["one"], 1), Some("acme"), false),
        (apps(&["one", "two"], 3), Some("acme"), false),
        (apps(&["one", "gone"], 2), Some("acme"), false),
        (json!({"apps": []}), Some("acme"), false),
    ] {
        let server = only("/v1/apps?org_slug=acme", &body);
        let answer = store(&server.origin, &[], organization)
            .list(&place("gone"))
            .await;
        assert_eq!(
            matches!(answer, Answer::Absent(_)),
            absent,
            "{body}: {answer:?}"
        );
        assert_eq!(
            matches!(answer, Answer::Unknown(_)),
            !absent,
            "{body}: {answer:?}"
        );
    }
    let page = Server::always(Reply::Page(404));
    let failure = unknown(&store(&page.origin, &[], Some("acme")), "gone").await;
    assert!(failure.help.is_some_and(|help| help.contains("web page")));
}

#[tokio::test]
async fn graphql_only_when_refused() {
    let good = json!({"data": {"app": {"secrets": [{"name": "A", "digest": "d"}]}}});
    let errors = json!({"data": {"app": null}, "errors": [{"message": BODY_WORD, "extensions": {"code": "NOT_FOUND"}}]});
    let partly = json!({"data": {"app": {"secrets": []}}, "errors": [{"message": "x"}]});
    for (first, second, is_list) in [
        (403, good.clone(), true),
        (401, good.clone(), true),
        (403, errors, false),
        (403, partly, false),
        (403, json!({"data": null}), false),
        (403, json!({"data": {"app": {}}}), false),
        (403, json!([]), false),
        (500, good.clone(), false),
        (404, good, false),
    ] {
        let body = second.to_string();
        let server = Server::with(move |seen: &Seen| match seen.target.as_str() {
            "/graphql" => Reply::ok(body.clone()),
            _ => Reply::status(first),
        });
        let store = store(&server.origin, &["FLY_API_BASE_URL"], None);
        let answer = store.list(&place("acme")).await;
        let Answer::Listed(listing) = answer else {
            assert!(!is_list, "{first} {second}: {answer:?}");
            assert!(!format!("{answer:?}").contains(BODY_WORD));
            continue;
        };
        assert!(is_list, "{first} {second}");
        assert_eq!(listing.entries["A"].updated, None);
        assert_eq!(listing.remarks.len(), 1);
        let asked = server.seen();
        let last = asked.last().expect("it was asked");
        assert_eq!(
            (last.method.as_str(), last.target.as_str()),
            ("POST", "/graphql")
        );
        assert!(last.body.contains("\"appName\":\"acme\"") && !last.body.contains("mutation"));
    }
}

#[tokio::test]
async fn names_that_can_be_no_app_are_not_asked_for() {
    let server = Server::always(Reply::ok("{\"secrets\":[]}"));
    let store = store(&server.origin, &[], None);
    let long = "a".repeat(64);
    for app in [
        "",
        "..",
        "a/b",
        "a b",
        "a?show_secrets=true",
        "a%2fb",
        "é",
        long.as_str(),
    ] {
        let failure = unknown(&store, app).await;
        assert!(failure.why.contains("none of Fly's"), "{app}: {failure:?}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn without_a_token_nothing_is_known() {
    let environment = FlyEnvironment {
        variable: &|_| None,
        home: None,
    };
    let store = FlyStore::open(&environment, None, hurried());
    let failure = unknown(&store, "acme").await;
    assert!(failure.why.contains("no token for Fly"), "{failure:?}");
    assert!(
        failure
            .help
            .is_some_and(|help| help.contains("--inventory"))
    );
    assert!(store.machines("acme").await.is_err());
}
