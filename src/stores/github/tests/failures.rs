//! What can go wrong between here and a whole answer: the words, how often it is asked, and that the token goes nowhere else.

use super::world::{World, limits, place, store_at};
use super::{listed, unknown};
use crate::config::sections::GithubStore;
use crate::credentials::Answer;
use crate::stores::Store as _;
use crate::stores::github::GithubSecrets;
use jiff::Timestamp;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A server that reads a request and writes what it is told to, whatever HTTP says of it.
struct Raw {
    port: u16,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Raw {
    /// `answer` is given the number of the request and its text, and yields parts and the pause before each.
    fn listen(answer: impl Fn(usize, &str) -> Vec<(u64, Vec<u8>)> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let Ok(mut stream) = stream else { break };
                let request = head(&mut stream);
                log.lock().expect("a log").push(request.clone());
                for (pause, part) in answer(number, &request) {
                    std::thread::sleep(Duration::from_millis(pause));
                    if stream.write_all(&part).is_err() {
                        break;
                    }
                }
            }
        });
        Self { port, requests }
    }

    /// The same answer to everything.
    fn always(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::listen(move |_, _| vec![(0, answer.clone())])
    }

    fn asked(&self) -> usize {
        self.requests.lock().expect("a log").len()
    }
}

fn head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut buffer = [0; 1024];
    while !read.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(some) => read.extend_from_slice(&buffer[..some]),
        }
    }
    String::from_utf8_lossy(&read).into_owned()
}

fn http(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn token() -> String {
    crate::policy::pack::expand("{base62:40}")
}

#[tokio::test]
async fn every_failure_is_told_and_bounded() {
    let message = |text: &str| {
        format!("{{\"message\":\"{text}\",\"body\":\"canary-of-the-body\"}}").into_bytes()
    };
    let html = b"<html>canary-of-the-body</html>".to_vec();
    let far = Timestamp::now().as_second() + 3600;
    let used_up = format!("x-ratelimit-remaining: 0\r\nx-ratelimit-reset: {far}\r\n");
    let big = vec![b' '; 10 << 20];
    let deep = b"[".repeat(100_000);
    for (name, answer, words, times) in [
        (
            "401",
            http("401 No", "", &message("Bad credentials")),
            "does not take the token in GH_TOKEN (401)",
            1,
        ),
        (
            "403",
            http("403 No", "", &message("Forbidden")),
            "may not read this (403)",
            1,
        ),
        (
            "404",
            http("404 No", "", &message("Not Found")),
            "may not see it (404)",
            1,
        ),
        (
            "429",
            http("429 No", "retry-after: 0\r\n", &message("slow")),
            "too many requests in a short time",
            3,
        ),
        (
            "429 far",
            http("429 No", "retry-after: 3600\r\n", b""),
            "again from 20",
            1,
        ),
        (
            "403 far",
            http("403 No", &used_up, &message("API rate limit exceeded")),
            "used up; again from 20",
            1,
        ),
        (
            "500",
            http("500 No", "", &html),
            "trouble of its own (500)",
            3,
        ),
        (
            "503 far",
            http("503 No", "retry-after: 3600\r\n", &html),
            "trouble of its own (503)",
            1,
        ),
        (
            "HTML",
            http("200 OK", "content-type: text/html\r\n", &html),
            "something else than GitHub's API",
            1,
        ),
        (
            "truncated JSON",
            http("200 OK", "", b"{\"full_name\":\"a/"),
            "something else than GitHub's API",
            1,
        ),
        (
            "wrong JSON",
            http("200 OK", "", b"{\"full_name\":7}"),
            "something else than GitHub's API",
            1,
        ),
        (
            "deep JSON",
            http("200 OK", "", &deep),
            "something else than GitHub's API",
            1,
        ),
        (
            "empty",
            http("200 OK", "", b""),
            "something else than GitHub's API",
            1,
        ),
        ("10 MB", http("200 OK", "", &big), "too large", 1),
        ("10 MB error", http("403 No", "", &big), "too large", 1),
        (
            "cut",
            b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{".to_vec(),
            "broke before the answer was whole",
            1,
        ),
        ("no HTTP", b"SSH-2.0-OpenSSH_9.6\r\n".to_vec(), "", 1),
        ("nothing", Vec::new(), "", 1),
    ] {
        let server = Raw::always(answer);
        let token = token();
        let store = store_at(&format!("http://127.0.0.1:{}", server.port), &token);
        let failure = unknown(&store, Some("staging")).await;
        let said = format!("{failure:?}");
        assert!(failure.why.contains(words), "{name}: {said}");
        assert!(
            failure.why.starts_with("repository acme/shop: "),
            "{name}: {said}"
        );
        assert!(
            !said.contains(&token) && !said.contains("canary"),
            "{name}: {said}"
        );
        assert_eq!(server.asked(), times, "{name}");
    }
}

#[tokio::test]
async fn a_body_without_length_has_an_end() {
    let server = Raw::listen(|_, _| {
        let mut parts = vec![(0, b"HTTP/1.1 200 OK\r\n\r\n".to_vec())];
        parts.extend(std::iter::repeat_n((0, vec![b' '; 1 << 20]), 10));
        parts
    });
    let store = store_at(&format!("http://127.0.0.1:{}", server.port), &token());
    let failure = unknown(&store, None).await;
    assert!(failure.why.contains("too large"), "{failure:?}");
}

#[tokio::test]
async fn no_connection_says_why() {
    let refused = TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("an address");
    // It does not wait for a request, which would never end: nobody speaks TLS there.
    let plain = TcpListener::bind("127.0.0.1:0").expect("a port");
    let no_tls = plain.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in plain.incoming().flatten() {
            let _ = (&stream).write_all(b"HTTP/1.1 400 No\r\n\r\n");
            let _ = (&stream).read(&mut [0; 1024]);
        }
    });
    for (address, words) in [
        (
            "https://github.invalid".to_owned(),
            "could not be resolved (github.invalid)",
        ),
        (format!("http://{refused}"), "refused the connection"),
        (
            format!("https://{no_tls}"),
            "no secure connection: it does not speak TLS at this port",
        ),
    ] {
        let token = token();
        let failure = unknown(&store_at(&address, &token), Some("staging")).await;
        assert!(failure.why.contains(words), "{address}: {failure:?}");
        assert!(
            failure.help.is_some() && !format!("{failure:?}").contains(&token),
            "{failure:?}"
        );
    }
}

#[tokio::test]
async fn slowness_has_an_end() {
    let slow = || {
        Raw::listen(|_, _| {
            let mut parts = vec![(
                0,
                b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n".to_vec(),
            )];
            parts.extend(std::iter::repeat_n((50, b" ".to_vec()), 100));
            parts
        })
    };
    let store = |port: u16, answer: u64, place: u64| {
        let env = |name: &str| match name {
            "GITHUB_API_URL" => Some(format!("http://127.0.0.1:{port}")),
            "GH_TOKEN" => Some(token()),
            _ => None,
        };
        let mut limits = limits();
        limits.answer = Duration::from_millis(answer);
        limits.place = Duration::from_millis(place);
        GithubSecrets::with(&GithubStore::default(), &env, limits).expect("a store")
    };
    for (answer, whole, words) in [
        (300, 10_000, "took too long"),
        (10_000, 300, "no whole answer within 300ms"),
    ] {
        let server = slow();
        let start = Instant::now();
        let failure = unknown(&store(server.port, answer, whole), None).await;
        assert!(failure.why.contains(words), "{failure:?}");
        assert!(
            start.elapsed() < Duration::from_secs(4),
            "it waited for the server"
        );
        assert_eq!(server.asked(), 1);
    }
}

#[tokio::test]
async fn a_token_is_not_carried_to_another_server() {
    let other = Raw::always(http(
        "200 OK",
        "",
        b"{\"full_name\":\"acme/shop\",\"owner\":{\"type\":\"User\"}}",
    ));
    for (status, host) in [
        ("301 Moved", "127.0.0.1"),
        ("307 Moved", "localhost"),
        ("302 Found", "[::1]"),
    ] {
        let location = format!("location: http://{host}:{}/repositories/7\r\n", other.port);
        let server = Raw::always(http(status, &location, b""));
        let failure = unknown(
            &store_at(&format!("http://127.0.0.1:{}", server.port), &token()),
            None,
        )
        .await;
        assert!(
            failure
                .why
                .contains("another address, which is not followed"),
            "{failure:?}"
        );
    }
    assert_eq!(other.asked(), 0, "the other server was asked");
}

#[tokio::test]
async fn a_renamed_repository_is_found_on_the_same_server() {
    let server = Raw::listen(|_, request| {
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        let answer = match path.as_str() {
            "/repos/acme/shop" => http("301 Moved", "location: /repositories/7\r\n", b"{}"),
            "/repositories/7" => http("200 OK", "", br#"{"full_name":"acme/store","owner":{"type":"User"}}"#),
            "/repos/acme/store/actions/secrets?per_page=100&page=1" => {
                http("200 OK", "", br#"{"total_count":1,"secrets":[{"name":"A","updated_at":"2026-01-02T03:04:05Z"}]}"#)
            }
            _ => http("200 OK", "", br#"{"total_count":0,"variables":[]}"#),
        };
        vec![(0, answer)]
    });
    let store = store_at(&format!("http://127.0.0.1:{}", server.port), &token());
    let listing = listed(&store, None).await;
    assert!(listing.entries.contains_key("A"));
    assert_eq!(
        listing.remarks[0].message,
        "the repository is called acme/store now"
    );
    let requests = server.requests.lock().expect("a log");
    assert!(
        requests.iter().all(|request| request
            .to_ascii_lowercase()
            .contains("authorization: bearer")),
        "{requests:?}"
    );
}

#[tokio::test]
async fn a_short_limit_is_waited_for() {
    let server = Raw::listen(|number, request| {
        let answer = if number == 0 {
            http(
                "403 No",
                "retry-after: 1\r\n",
                br#"{"message":"You have exceeded a secondary rate limit."}"#,
            )
        } else if request.starts_with("GET /repos/acme/shop HTTP") {
            http(
                "200 OK",
                "",
                br#"{"full_name":"acme/shop","owner":{"type":"User"}}"#,
            )
        } else {
            http(
                "200 OK",
                "",
                br#"{"total_count":0,"secrets":[],"variables":[]}"#,
            )
        };
        vec![(0, answer)]
    });
    let store = store_at(&format!("http://127.0.0.1:{}", server.port), &token());
    let start = Instant::now();
    assert!(listed(&store, None).await.entries.is_empty());
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
    let failure = unknown(&store, Some("one")).await;
    assert!(
        failure
            .why
            .contains("rate limit of the token is used up; again from 20"),
        "{failure:?}"
    );
    let asked = server.asked().len();
    let failure = unknown(&store, Some("two")).await;
    assert!(
        failure
            .why
            .contains("rate limit of the token is used up; again from 20"),
        "{failure:?}"
    );
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
        (
            r#"{"total_count":-1,"secrets":[]}"#,
            "something else than GitHub's API",
        ),
        (
            r#"{"total_count":1,"secrets":null}"#,
            "something else than GitHub's API",
        ),
        (
            r#"{"total_count":1,"secrets":[{"name":"A\u001b[2J"}]}"#,
            "something else than GitHub's API",
        ),
        (
            r#"{"secrets":[{"name":"A"}]}"#,
            "something else than GitHub's API",
        ),
    ] {
        let server = Raw::listen(move |_, request| {
            let answer = if request.starts_with("GET /repos/acme/shop HTTP") {
                http(
                    "200 OK",
                    "",
                    br#"{"full_name":"../../evil","owner":{"type":"User"}}"#,
                )
            } else if request.contains("variables") {
                http("200 OK", "", br#"{"total_count":0,"variables":[]}"#)
            } else {
                http("200 OK", "", body.as_bytes())
            };
            vec![(0, answer)]
        });
        let store = store_at(&format!("http://127.0.0.1:{}", server.port), &token());
        let failure = unknown(&store, None).await;
        assert!(failure.why.contains(words), "{body}: {failure:?}");
        assert!(server.asked() <= 110);
        assert!(!matches!(store.list(&place(None)).await, Answer::Listed(_)));
    }
}
