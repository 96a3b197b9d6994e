//! The failure table: what goes wrong between here and a server, what is said of it, and that the token and the
//! values stay where they belong.

use super::fake::errors;
use super::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wiremock::ResponseTemplate;

const PATH: &str = "secret/app";

/// The failure of a listing, with all of it as text.
async fn failed(store: &VaultKv) -> (Failure, String) {
    let answer = store.list(&place(PATH)).await;
    let shown = format!("{answer:?} {store:?}");
    match answer {
        Answer::Unknown(failure) => (failure, shown),
        other => panic!("{other:?}"),
    }
}

/// A server that reads a request and answers with these bytes; then it closes, or keeps quiet for ever.
async fn raw(answer: Vec<u8>, closes: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(&answer).await;
                if !closes {
                    std::future::pending::<()>().await;
                }
            });
        }
    });
    address
}

fn head(length: usize) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n")
        .into_bytes()
}

#[tokio::test]
async fn nobody_there() {
    let refused = {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        format!("http://{}", listener.local_addr().expect("an address"))
    };
    // RFC 6761: no name below `invalid` ever resolves.
    let unresolved = "https://stackguard-test.invalid:8200".to_owned();
    let plain = raw(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), true).await;
    for (address, want) in [
        (refused, "the server refused the connection"),
        (unresolved, "the server's name could not be resolved"),
        (
            plain.replace("http:", "https:"),
            "no secure connection: it does not speak TLS at this port",
        ),
        (
            raw(Vec::new(), true).await,
            "the connection broke before the answer was whole",
        ),
        (
            raw(b"SSH-2.0-x\r\n".to_vec(), true).await,
            "the connection broke before the answer was whole",
        ),
    ] {
        let token = token();
        let (failure, shown) = failed(&store(&address, &token)).await;
        assert_eq!(failure.why, want, "{address}");
        assert!(!shown.contains(&token), "{want}");
    }
}

#[tokio::test]
async fn bodies_that_have_no_good_end() {
    let huge = [head(10 << 20), vec![b' '; 10 << 20]].concat();
    let endless = [
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec(),
        [
            b"100000\r\n".to_vec(),
            vec![b' '; 1 << 20],
            b"\r\n".to_vec(),
        ]
        .concat()
        .repeat(12),
    ]
    .concat();
    let cut = [head(500), br#"{"data":{"data":{"KEY":"va"#.to_vec()].concat();
    let truncated = [head(26), br#"{"data":{"data":{"KEY":"va"#.to_vec()].concat();
    let page = [head(13), b"<html></html>".to_vec()].concat();
    for (answer, closes, want) in [
        (huge, true, "the answer is too large to be a good one"),
        (endless, false, "the answer is too large to be a good one"),
        (
            cut,
            true,
            "the connection broke before the answer was whole",
        ),
        (
            truncated,
            true,
            "the answer with status 200 is not one of Vault, or not whole",
        ),
        (
            page,
            true,
            "a web page came with status 200, not an answer of Vault",
        ),
    ] {
        let token = token();
        let (failure, shown) = failed(&store(&raw(answer, closes).await, &token)).await;
        assert_eq!(failure.why, want);
        assert!(!shown.contains(&token) && !shown.contains("KEY"), "{want}");
    }
}

#[tokio::test]
async fn a_slow_server_is_not_waited_for() {
    for answer in [Vec::new(), [head(500), b"{".to_vec()].concat()] {
        let address = raw(answer, false).await;
        let env = [
            ("VAULT_ADDR", address.as_str()),
            ("VAULT_TOKEN", "t"),
            ("VAULT_CLIENT_TIMEOUT", "200ms"),
        ];
        let store = quick(&VaultStore::default(), &env).expect("a store");
        let (failure, _) = failed(&store).await;
        assert_eq!(failure.why, "the server took too long to answer");
    }
}

/// Every reading of a secret is answered so; `want` is what is said of it.
async fn says(answer: ResponseTemplate, want: &str) {
    let fake = Fake::start().await;
    fake.set(|state| state.instead = vec![("secret/data", answer)]);
    let (failure, shown) = failed(&store(&fake.address(), &fake.token)).await;
    assert_eq!(failure.why, want);
    assert!(!shown.contains(&fake.token), "{want}");
    let asked = fake.asked().await;
    let tries = asked.iter().filter(|line| line.contains("/data/")).count();
    assert!(tries <= 3, "{want}: {tries}");
    if want.contains("3600") {
        assert_eq!(tries, 1);
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let route = "no handler for route \"x\". route entry not found.";
    let unsupported = "1 error occurred:\n\t* unsupported path\n\n";
    let upgrading = "Upgrading from non-versioned to versioned data.";
    for (status, error, want) in [
        (
            401,
            "x",
            "the server did not accept the sign-in (status 401)",
        ),
        (404, route, "no secrets engine is mounted there"),
        (404, unsupported, "the server does not know this call"),
        (404, "else", "the server answered with status 404"),
        (
            400,
            upgrading,
            "the engine is being upgraded to version 2 and does not answer yet",
        ),
        (429, "x", "too many requests"),
        (500, "x", "the server answered with status 500"),
        (503, "Vault is sealed", "the server is sealed"),
    ] {
        says(errors(status, &[error]), want).await;
    }
    let later = errors(429, &["x"]).insert_header("retry-after", "3600");
    says(later, "too many requests; the server asks to wait 3600 s").await;
    let other = "{\"warnings\":[\"Invalid path for a versioned K/V secrets engine.\"]}";
    let want = "the engine is KV version 2, and was asked as version 1";
    says(ResponseTemplate::new(404).set_body_string(other), want).await;
}

#[tokio::test]
async fn an_answer_that_is_not_vaults_is_no_answer() {
    for status in [200, 403, 404, 502] {
        let page = ResponseTemplate::new(status).set_body_string(" <html>x</html>");
        says(
            page,
            &format!("a web page came with status {status}, not an answer of Vault"),
        )
        .await;
    }
    let odd = |status| format!("the answer with status {status} is not one of Vault, or not whole");
    for (status, body) in [
        (200, ""),
        (204, ""),
        (404, "{}"),
        (404, "{\"message\":\"Not Found\"}"),
        (200, "{\"data\":null}"),
        (200, "{\"data\":{\"data\":[],\"metadata\":{}}}"),
        (200, "{\"data\":{\"data\":{}}}"),
    ] {
        let answer = ResponseTemplate::new(status).set_body_string(body);
        says(answer, &odd(status)).await;
    }
    says(
        ResponseTemplate::new(404),
        "the server answered with status 404",
    )
    .await;
    let nothing = "{\"data\":{\"data\":null,\"metadata\":{}}}";
    let answer = ResponseTemplate::new(200).set_body_string(nothing);
    says(answer, "the vault gives neither the secret nor a reason").await;
}

#[tokio::test]
async fn a_token_that_is_not_good_is_said_at_once() {
    let fake = Fake::start().await;
    let other = crate::policy::pack::expand("hvs.{base62:50}");
    let (failure, shown) = failed(&store(&fake.address(), &other)).await;
    assert_eq!(failure.why, "the token is not valid any more, or never was");
    assert!(!shown.contains(&other));
    assert_eq!(fake.asked().await.len(), 1);
}

#[tokio::test]
async fn what_a_server_echoes_is_not_repeated() {
    let fake = Fake::start().await;
    let echo = format!("you sent {} and KEY=canary", fake.token);
    for status in [400, 403, 404, 500] {
        for answer in [
            errors(status, &[&echo]),
            ResponseTemplate::new(status).set_body_string(echo.clone()),
        ] {
            fake.set(|state| state.instead = vec![("secret/", answer)]);
            let (_, shown) = failed(&store(&fake.address(), &fake.token)).await;
            assert!(
                !shown.contains(&fake.token) && !shown.contains("canary"),
                "{shown}"
            );
        }
    }
}

#[tokio::test]
async fn the_token_goes_to_no_other_server() {
    let other = wiremock::MockServer::start().await;
    for status in [301, 302, 303, 307, 308] {
        for at in ["secret/data", "auth/token", "sys/capabilities-self"] {
            let fake = Fake::start().await;
            fake.put(PATH, &[("KEY", "v")]);
            let away = format!("{}/v1/secret/data/app", other.uri());
            let answer = ResponseTemplate::new(status).insert_header("location", away.as_str());
            fake.set(|state| state.instead = vec![(at, answer)]);
            let (failure, shown) = failed(&store(&fake.address(), &fake.token)).await;
            assert_eq!(
                failure.why,
                "the server sends elsewhere, to `127.0.0.1`, and the token does not go there"
            );
            assert!(!shown.contains(&fake.token));
        }
    }
    assert!(
        other
            .received_requests()
            .await
            .expect("recorded")
            .is_empty()
    );
}

#[tokio::test]
async fn a_redirect_on_the_same_server_is_followed_but_not_for_ever() {
    let fake = Fake::start().await;
    fake.put(PATH, &[("KEY", "v")]);
    let to = |path: &str| ResponseTemplate::new(307).insert_header("location", path);
    fake.set(|state| state.first = vec![("secret/data", to("/v1/secret/data/app"))]);
    let answer = store(&fake.address(), &fake.token).list(&place(PATH)).await;
    assert!(matches!(answer, Answer::Listed(_)), "{answer:?}");
    fake.set(|state| state.instead = vec![("secret/data", to("/v1/secret/data/app"))]);
    let (failure, _) = failed(&store(&fake.address(), &fake.token)).await;
    assert!(failure.why.contains("sends elsewhere"), "{failure:?}");
    assert!(fake.asked().await.len() < 20);
}
