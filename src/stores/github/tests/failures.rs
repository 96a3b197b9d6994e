//! What can go wrong between here and a whole answer: the words, how often it is asked, and that the token goes nowhere else.

use super::world::{World, limits, place, store_at, store_with, token};
use super::{listed, unknown};
use crate::credentials::Answer;
use crate::stores::Store as _;
use crate::stores::fixture::{BODY_WORD, Reply, Seen, Server, survives_bad_days};
use crate::stores::github::client::Limits;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A repository of a person.
const REPOSITORY: &str = r#"{"full_name":"acme/shop","owner":{"type":"User"}}"#;

/// Lists with nothing in them, of both kinds.
const NOTHING: &str = r#"{"total_count":0,"secrets":[],"variables":[]}"#;

fn is_repository(request: &Seen) -> bool {
    request.target == "/repos/acme/shop"
}

/// A status with headers, and a body that must not be seen but for its `message`.
fn refusal(status: u16, headers: &[(&'static str, &str)], message: &str) -> Reply {
    let headers = headers
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    let body = format!("{{\"message\":\"{message}\",\"body\":\"{BODY_WORD}\"}}");
    Reply::Json(status, headers.collect(), body)
}

#[tokio::test]
async fn survives_what_every_store_over_http_does() {
    let token = token();
    let limits = Limits {
        answer: Duration::from_millis(1500),
        body: 1 << 20,
        ..limits()
    };
    survives_bad_days(&token, &place(Some("staging")), |origin| {
        Arc::new(store_with(origin, &token, limits.clone()))
    })
    .await;
}

#[tokio::test]
async fn every_refusal_is_told_and_bounded() {
    let far = (Timestamp::now().as_second() + 3600).to_string();
    let used_up = [
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", far.as_str()),
    ];
    for (reply, words, times) in [
        (
            refusal(401, &[], "Bad credentials"),
            "does not take the token in GH_TOKEN (401)",
            1,
        ),
        (refusal(403, &[], "Forbidden"), "may not read this (403)", 1),
        (refusal(404, &[], "Not Found"), "may not see it (404)", 1),
        (refusal(410, &[], "Gone"), "refused the request (410)", 1),
        (
            refusal(429, &[("retry-after", "0")], "slow"),
            "limits how often it may be asked",
            3,
        ),
        (
            refusal(429, &[("retry-after", "3600")], ""),
            "again from 20",
            1,
        ),
        (
            refusal(403, &used_up, "API rate limit exceeded"),
            "used up; again from 20",
            1,
        ),
        (refusal(500, &[], "oops"), "an error of its own (500)", 3),
        (
            refusal(503, &[("retry-after", "3600")], ""),
            "an error of its own (503)",
            1,
        ),
        (Reply::ok(r#"{"full_name":7}"#), "not in the form", 1),
        (Reply::ok("[".repeat(100_000)), "not in the form", 1),
        (Reply::ok(""), "broke off", 1),
        (
            Reply::Json(403, Vec::new(), "x".repeat(10 << 20)),
            "too large",
            1,
        ),
    ] {
        let server = Server::always(reply);
        let token = token();
        let failure = unknown(&store_at(&server.origin, &token), Some("staging")).await;
        let said = format!("{failure:?}");
        assert!(failure.why.contains(words), "{words}: {said}");
        assert!(failure.why.starts_with("repository acme/shop: "), "{said}");
        assert!(
            !said.contains(&token) && !said.contains(BODY_WORD),
            "{said}"
        );
        assert_eq!(server.seen().len(), times, "{words}");
    }
}

#[tokio::test]
async fn slowness_has_an_end() {
    let millis = Duration::from_millis;
    for (answer, whole, words) in [
        (millis(300), millis(20_000), "took too long"),
        (millis(20_000), millis(300), "no whole answer within 300ms"),
    ] {
        let server = Server::always(Reply::Drip);
        let limits = Limits {
            answer,
            place: whole,
            ..limits()
        };
        // The server never ends: that there is an answer, and what it says, is the proof.
        let failure = unknown(&store_with(&server.origin, &token(), limits), None).await;
        assert!(failure.why.contains(words), "{failure:?}");
    }
}

#[tokio::test]
async fn a_renamed_repository_is_found_on_the_same_server() {
    let server = Server::with(|request| match request.target.as_str() {
        "/repos/acme/shop" => Reply::Redirect(301, "/repositories/7".into()),
        "/repositories/7" => Reply::ok(REPOSITORY.replace("shop", "store")),
        "/repos/acme/store/actions/secrets?per_page=100&page=1" => Reply::ok(
            r#"{"total_count":1,"secrets":[{"name":"A","updated_at":"2026-01-02T03:04:05Z"}]}"#,
        ),
        "/repos/acme/store/actions/variables?per_page=30&page=1" => Reply::ok(NOTHING),
        _ => Reply::status(404),
    });
    let token = token();
    let listing = listed(&store_at(&server.origin, &token), None).await;
    assert!(listing.entries.contains_key("A"));
    assert_eq!(
        listing.remarks[0].message,
        "the repository is called acme/store now"
    );
    for request in server.seen() {
        let wanted = format!("Bearer {token}");
        assert_eq!(
            request.header("authorization"),
            Some(wanted.as_str()),
            "{request:?}"
        );
    }
}

#[tokio::test]
async fn a_short_limit_is_waited_for() {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::with(move |request| {
        if asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 0 {
            refusal(
                403,
                &[("retry-after", "1")],
                "You have exceeded a secondary rate limit.",
            )
        } else if is_repository(request) {
            Reply::ok(REPOSITORY)
        } else {
            Reply::ok(NOTHING)
        }
    });
    let start = Instant::now();
    let listing = listed(&store_at(&server.origin, &token()), None).await;
    assert!(listing.entries.is_empty());
    assert!(start.elapsed() >= Duration::from_secs(1), "it did not wait");
}

#[tokio::test]
async fn a_long_limit_stops_all_questions() {
    let reset = (Timestamp::now().as_second() + 3600).to_string();
    let server = World::with(&["one", "two"])
        .refuse(
            "environments/one/secrets",
            403,
            &[
                ("x-ratelimit-remaining", "0".into()),
                ("x-ratelimit-reset", reset),
            ],
            "API rate limit exceeded for installation ID 7.",
        )
        .listen()
        .await;
    let store = server.store();
    let words = "the rate limit of the token is used up; again from 20";
    let failure = unknown(&store, Some("one")).await;
    assert!(failure.why.contains(words), "{failure:?}");
    let asked = server.asked().len();
    let failure = unknown(&store, Some("two")).await;
    assert!(failure.why.contains(words), "{failure:?}");
    assert_eq!(
        server.asked().len(),
        asked,
        "it was asked in spite of the limit"
    );
}

#[tokio::test]
async fn lists_that_lie_are_not_believed() {
    for (body, words) in [
        (
            r#"{"total_count":5,"secrets":[]}"#,
            "only 0 of 5 were listed",
        ),
        (
            r#"{"total_count":18446744073709551615,"secrets":[{"name":"A"}]}"#,
            "the list does not end",
        ),
        (r#"{"total_count":-1,"secrets":[]}"#, "not in the form"),
        (r#"{"total_count":1,"secrets":null}"#, "not in the form"),
        (
            r#"{"total_count":1,"secrets":[{"name":"A\u001b[2J"}]}"#,
            "not in the form",
        ),
        (r#"{"secrets":[{"name":"A"}]}"#, "not in the form"),
    ] {
        let server = Server::with(move |request| {
            if is_repository(request) {
                // A name that leads elsewhere is not taken.
                Reply::ok(REPOSITORY.replace("acme/shop", "../../evil"))
            } else if request.target.contains("variables") {
                Reply::ok(NOTHING)
            } else {
                Reply::ok(body)
            }
        });
        let limits = Limits {
            pages: 5,
            ..limits()
        };
        let store = store_with(&server.origin, &token(), limits);
        let failure = unknown(&store, None).await;
        assert!(failure.why.contains(words), "{body}: {failure:?}");
        assert!(server.seen().len() <= 7);
        assert!(
            server
                .seen()
                .iter()
                .all(|request| request.target.starts_with("/repos/acme/shop"))
        );
        assert!(
            !matches!(store.list(&place(None)).await, Answer::Listed(_)),
            "the failure is remembered"
        );
    }
}

/// One is deleted after the first page was read: the next moves to that page, and is on none that is read.
#[tokio::test]
async fn a_list_that_shrinks_while_it_is_read_is_not_whole() {
    let server = Server::with(|request| {
        let page = |from: u32, to: u32, total: u32| {
            let names: Vec<_> = (from..to)
                .map(|number| serde_json::json!({"name": format!("N_{number}")}))
                .collect();
            Reply::ok(serde_json::json!({"total_count": total, "secrets": names}).to_string())
        };
        match request.target.split('?').next() {
            _ if is_repository(request) => Reply::ok(REPOSITORY),
            Some("/repos/acme/shop/actions/secrets") if request.target.ends_with("&page=1") => {
                page(0, 100, 150)
            }
            Some("/repos/acme/shop/actions/secrets") => page(101, 150, 149),
            _ => Reply::ok(NOTHING),
        }
    });
    let failure = unknown(&store_at(&server.origin, &token()), None).await;
    assert_eq!(
        failure.why,
        "secrets of the repository: there are 149 by one page, and another number by the one before"
    );
}
