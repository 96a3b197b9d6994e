//! The client against a server on loopback.

use super::*;
use crate::policy::pack::expand;
use crate::stores::fixture::{BODY_WORD, Reply, Server, bad_days, hurried};
use std::sync::atomic::{AtomicUsize, Ordering};

#[derive(Debug, serde::Deserialize)]
struct Shape {
    #[serde(rename = "secrets")]
    _secrets: Vec<u64>,
}

fn token() -> Secret {
    Secret::new(expand("Bearer {base62:43}").as_bytes())
}

fn api(origin: &str) -> Api {
    let origin = Origin::parse(origin, "the test").expect("an address");
    let api = Api::new(origin, hurried()).expect("TLS is there");
    api.with_header("authorization", &token())
        .expect("a header")
}

async fn asked(origin: &str) -> Result<Shape, ApiError> {
    api(origin).get(&["v1", "x"], &[]).await
}

#[tokio::test]
async fn every_bad_day_has_its_word() {
    let token = String::from_utf8(token().expose().to_vec()).expect("ASCII");
    for day in bad_days() {
        let error = asked(&day.origin).await.expect_err(day.what);
        let shown = format!("{error:?}");
        let failure = Failure::from(error);
        assert!(failure.why.contains(day.word), "{}: {failure:?}", day.what);
        assert!(
            !shown.contains(BODY_WORD) && !shown.contains(&token),
            "{}: {shown}",
            day.what
        );
        if let (Some(asked), Some(server)) = (day.asked, day.servers.first()) {
            assert_eq!(server.seen().len(), asked, "{}", day.what);
        }
        for elsewhere in day.servers.iter().skip(1) {
            assert!(
                !elsewhere.received("HTTP") && elsewhere.seen().is_empty(),
                "{}",
                day.what
            );
        }
    }
}

#[tokio::test]
async fn asks_again_after_429_and_5xx() {
    let count = AtomicUsize::new(0);
    let server = Server::with(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::Json(429, vec![("retry-after", "0".to_owned())], "{}".to_owned()),
        1 => Reply::status(503),
        _ => Reply::ok("{\"secrets\":[1]}"),
    });
    asked(&server.origin).await.expect("the third try");
    let seen = server.seen();
    assert_eq!(seen.len(), 3);
    for one in seen {
        let sent = one.header("authorization").map(str::as_bytes);
        assert_eq!(sent, Some(token().expose()));
        assert_eq!((one.method.as_str(), one.target.as_str()), ("GET", "/v1/x"));
    }
}

#[tokio::test]
async fn a_long_retry_after_ends_the_tries() {
    let server = Server::always(Reply::Json(
        429,
        vec![
            ("retry-after", "3600".to_owned()),
            ("fly-request-id", "01ABC-fra".to_owned()),
        ],
        "{}".to_owned(),
    ));
    let failure = Failure::from(asked(&server.origin).await.expect_err("429"));
    assert_eq!(server.seen().len(), 1);
    assert!(failure.why.contains("request 01ABC-fra"), "{failure:?}");
}

#[tokio::test]
async fn redirects_within_the_origin_are_followed() {
    let server = Server::with(|seen| match seen.target.as_str() {
        "/v1/x" => Reply::Redirect(307, "/v2/x".to_owned()),
        "/v2/x" => Reply::ok("{\"secrets\":[]}"),
        _ => Reply::status(404),
    });
    asked(&server.origin).await.expect("followed");
    assert_eq!(server.seen().len(), 2);
    let around = Server::always(Reply::Redirect(302, "/v1/x".to_owned()));
    let failure = Failure::from(asked(&around.origin).await.expect_err("a loop"));
    assert!(failure.why.contains("redirects"), "{failure:?}");
    assert!(around.seen().len() <= 4);
}

#[tokio::test]
async fn posts_once_and_shows_nothing() {
    let server = Server::always(Reply::ok("{\"secrets\":[]}"));
    let api = api(&server.origin);
    let body = serde_json::json!({"query": "{ app }"});
    let _: Shape = api.post(&["graphql"], &body).await.expect("an answer");
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].body, "{\"query\":\"{ app }\"}");
    assert_eq!(seen[0].header("content-type"), Some("application/json"));
    let shown = format!("{api:?}");
    assert!(!shown.contains("Bearer"), "{shown}");
}

#[test]
fn a_bad_token_is_not_shown() {
    let origin = Origin::parse("http://127.0.0.1:1", "X").expect("an address");
    let secret = format!("{}\n{}", expand("{base62:20}"), "tail");
    let failure = Api::new(origin, hurried())
        .expect("TLS is there")
        .with_header("authorization", &Secret::new(secret.as_bytes()))
        .expect_err("a line break");
    assert!(!format!("{failure:?}").contains("tail"));
}
