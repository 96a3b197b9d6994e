use super::*;
use reqwest::header::HeaderValue;

#[test]
fn pauses_double_and_end() {
    let retries = Retries {
        most: 2,
        first: Duration::from_millis(100),
        longest: Duration::from_secs(2),
    };
    let millis = |done, asked: Option<u64>| {
        retries
            .pause(done, asked.map(Duration::from_millis))
            .map(|pause| pause.as_millis())
    };
    assert_eq!(millis(1, None), Some(100));
    assert_eq!(millis(2, None), Some(200));
    assert_eq!(millis(3, None), None);
    assert_eq!(millis(1, Some(1500)), Some(1500));
    assert_eq!(millis(1, Some(1)), Some(100));
    assert_eq!(millis(1, Some(2001)), None);
    let many = Retries {
        most: u32::MAX,
        ..retries
    };
    assert_eq!(many.pause(u32::MAX, None), Some(Duration::from_secs(2)));
}

#[test]
fn retry_after_is_seconds_or_a_date() {
    let now: Timestamp = "2026-01-02T03:04:05Z".parse().expect("a time");
    for (text, seconds) in [
        ("7", Some(7)),
        (" 7 ", Some(7)),
        ("Fri, 02 Jan 2026 03:04:25 GMT", Some(20)),
        ("Fri, 02 Jan 2026 03:00:00 GMT", Some(0)),
        ("soon", None),
        ("-1", None),
        ("99999999999999999999", None),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
        let got = retry_after(&headers, now).map(|wait| wait.as_secs());
        assert_eq!(got, seconds, "{text}");
    }
    assert_eq!(retry_after(&HeaderMap::new(), now), None);
}

#[test]
fn only_some_answers_pass() {
    for (code, passing) in [
        (429, true),
        (500, true),
        (502, true),
        (503, true),
        (501, false),
        (400, false),
        (403, false),
        (404, false),
        (200, false),
    ] {
        let status = StatusCode::from_u16(code).expect("a status");
        assert_eq!(is_passing(status), passing, "{code}");
    }
}

#[test]
fn loopback_is_this_machine_alone() {
    for (text, here) in [
        ("http://localhost:1", true),
        ("http://127.0.0.1", true),
        ("http://127.9.9.9", true),
        ("http://[::1]:8200", true),
        ("http://0.0.0.0", false),
        ("http://vault.localhost", false),
        ("http://localhost.example", false),
        ("http://127.0.0.1.example", false),
        ("http://[::2]", false),
        ("data:x", false),
    ] {
        let url = Url::parse(text).expect("an address");
        assert_eq!(is_loopback(&url), here, "{text}");
    }
}

#[test]
fn an_origin_is_scheme_host_and_port() {
    let url = |text: &str| Url::parse(text).expect("an address");
    let home = url("https://a.example/x");
    assert!(same_origin(&home, &url("https://a.example:443/y?z")));
    for other in [
        "http://a.example/x",
        "https://b.example/x",
        "https://a.example:8443/x",
        "https://a.example.evil.test/x",
    ] {
        assert!(!same_origin(&home, &url(other)), "{other}");
    }
}
