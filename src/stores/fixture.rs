//! A server on loopback that can do what real ones only do on a bad day, and the table of those days that every
//! store which opens sockets is held to.

use crate::credentials::{Answer, StorePlace};
use crate::stores::Store;
use crate::stores::api::Limits;
use crate::stores::http::Retries;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fmt, thread};

/// What the server does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Answers with a status, headers and a JSON body.
    Json(u16, Vec<(&'static str, String)>, String),
    /// A web page with this status.
    Page(u16),
    /// JSON that ends in the middle, and a length that agrees.
    Cut,
    /// A length that promises more than comes.
    ShortOfLength,
    /// Ten megabytes of valid JSON.
    Large,
    /// Ten megabytes without a length.
    LargeUnannounced,
    /// A body that drips and never ends.
    Drip,
    /// A redirect to this address.
    Redirect(u16, String),
    /// Bytes that are neither HTTP nor TLS.
    Garbage,
    /// The connection closed without a word.
    HangUp,
}

impl Reply {
    /// A good answer.
    pub(crate) fn ok(body: impl Into<String>) -> Self {
        Self::Json(200, Vec::new(), body.into())
    }

    /// A bad one, as JSON, with a word that must never be seen.
    pub(crate) fn status(status: u16) -> Self {
        let body = format!("{{\"error\":\"{BODY_WORD}\",\"message\":\"{BODY_WORD}\"}}");
        Self::Json(status, Vec::new(), body)
    }
}

/// Stands in bodies of errors; a message that shows it shows a body.
pub(crate) const BODY_WORD: &str = "word-of-the-body";

/// A request as it came in.
#[derive(Clone)]
pub(crate) struct Seen {
    /// `GET`.
    pub(crate) method: String,
    /// The path and the query.
    pub(crate) target: String,
    /// The request line and the headers, as sent.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: String,
}

impl Seen {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl fmt::Debug for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)
    }
}

/// The server; it ends with the test.
pub(crate) struct Server {
    /// `http://127.0.0.1:PORT`.
    pub(crate) origin: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    raw: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    /// Does the same with every request.
    pub(crate) fn always(reply: Reply) -> Self {
        Self::with(move |_| reply.clone())
    }

    /// Decides for each request.
    pub(crate) fn with(decide: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let origin = format!("http://{}", listener.local_addr().expect("it is bound"));
        let (seen, raw) = (Arc::default(), Arc::default());
        let server = Self {
            origin,
            seen: Arc::clone(&seen),
            raw: Arc::clone(&raw),
        };
        let decide = Arc::new(decide);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, raw) = (Arc::clone(&seen), Arc::clone(&raw));
                let decide = Arc::clone(&decide);
                thread::spawn(move || {
                    let _ = serve(stream, &*decide, &seen, &raw);
                });
            }
        });
        server
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("no test panicked in it").clone()
    }

    /// Whether these bytes came in, in a request or in what is none.
    pub(crate) fn received(&self, needle: &str) -> bool {
        let raw = self.raw.lock().expect("no test panicked in it");
        raw.windows(needle.len())
            .any(|window| window == needle.as_bytes())
    }

    /// The same address for TLS.
    pub(crate) fn https(&self) -> String {
        self.origin.replacen("http", "https", 1)
    }
}

/// One connection, one request.
fn serve(
    mut stream: TcpStream,
    decide: &(dyn Fn(&Seen) -> Reply + Send + Sync),
    seen: &Mutex<Vec<Seen>>,
    raw: &Mutex<Vec<u8>>,
) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let (head, length) = loop {
        let count = stream.read(&mut buffer)?;
        raw.lock()
            .expect("no panic")
            .extend_from_slice(&buffer[..count]);
        bytes.extend_from_slice(&buffer[..count]);
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = header(&head, "content-length").and_then(|length| length.parse().ok());
            break (head, end + 4 + length.unwrap_or(0));
        }
        if count == 0 || bytes.first() == Some(&0x16) {
            // A TLS greeting, or nothing more to come.
            return send(&mut stream, &Reply::Garbage);
        }
    };
    while bytes.len() < length {
        let count = stream.read(&mut buffer)?;
        raw.lock()
            .expect("no panic")
            .extend_from_slice(&buffer[..count]);
        bytes.extend_from_slice(&buffer[..count]);
    }
    let mut words = head.split(' ');
    let request = Seen {
        method: words.next().unwrap_or_default().to_owned(),
        target: words.next().unwrap_or_default().to_owned(),
        body: String::from_utf8_lossy(&bytes[head.len() + 4..]).into_owned(),
        head,
    };
    let reply = decide(&request);
    seen.lock().expect("no panic").push(request);
    send(&mut stream, &reply)
}

fn header(head: &str, name: &str) -> Option<String> {
    let line = head.lines().find_map(|line| {
        line.split_once(':')
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
    })?;
    Some(line.1.trim().to_owned())
}

fn send(stream: &mut TcpStream, reply: &Reply) -> std::io::Result<()> {
    let json = "content-type: application/json";
    let large = || format!("{{\"filler\":\"{}\"}}", "x".repeat(10 << 20));
    match reply {
        Reply::Json(status, headers, body) => {
            let more: String = headers
                .iter()
                .map(|(name, value)| format!("{name}: {value}\r\n"))
                .collect();
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} Word\r\n{json}\r\n{more}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )?;
        }
        Reply::Page(status) => {
            let body = format!("<!DOCTYPE html><title>{BODY_WORD}</title>");
            let length = body.len();
            write!(
                stream,
                "HTTP/1.1 {status} Word\r\ncontent-type: text/html\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            )?;
        }
        Reply::Cut => {
            let body = format!("{{\"{BODY_WORD}\":1,\"secrets\":[");
            return send(stream, &Reply::ok(body));
        }
        Reply::ShortOfLength => {
            write!(
                stream,
                "HTTP/1.1 200 OK\r\n{json}\r\ncontent-length: 900\r\n\r\n{{\"secrets\":["
            )?;
        }
        Reply::Large => return send(stream, &Reply::ok(large())),
        Reply::LargeUnannounced => {
            write!(
                stream,
                "HTTP/1.1 200 OK\r\n{json}\r\nconnection: close\r\n\r\n{}",
                large()
            )?;
        }
        Reply::Drip => {
            write!(
                stream,
                "HTTP/1.1 200 OK\r\n{json}\r\nconnection: close\r\n\r\n["
            )?;
            // Bounded so that the thread ends; the client has gone long before.
            for _ in 0..600 {
                stream.write_all(b" ")?;
                thread::sleep(Duration::from_millis(50));
            }
        }
        Reply::Redirect(status, target) => {
            write!(
                stream,
                "HTTP/1.1 {status} Word\r\nlocation: {target}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            )?;
        }
        Reply::Garbage => stream.write_all(b"220 mail.example ESMTP\r\n")?,
        Reply::HangUp => {}
    }
    stream.flush()?;
    stream.shutdown(Shutdown::Write)
}

/// Limits that let a table of failures be tried in seconds.
pub(crate) fn hurried() -> Limits {
    Limits {
        request: Duration::from_millis(700),
        total: Duration::from_secs(4),
        body: 1 << 20,
        retries: Retries {
            most: 2,
            first: Duration::from_millis(5),
            longest: Duration::from_secs(1),
        },
    }
}

/// One bad day.
pub(crate) struct BadDay {
    /// What happens.
    pub(crate) what: &'static str,
    /// Where the store is told to ask.
    pub(crate) origin: String,
    /// A word the message must hold.
    pub(crate) word: &'static str,
    /// How often the server is asked, where that is known.
    pub(crate) asked: Option<usize>,
    /// Kept until the day is over: the server asked, and another that must not be.
    pub(crate) servers: Vec<Server>,
}

/// The table; the words are those of [`crate::stores::api`]. A store says more of 401, 403 and 404 itself.
pub(crate) fn bad_days() -> Vec<BadDay> {
    let day = |what, word, asked, reply: Reply| {
        let server = Server::always(reply);
        BadDay {
            what,
            origin: server.origin.clone(),
            word,
            asked: Some(asked),
            servers: vec![server],
        }
    };
    let mut days = vec![
        day("401", "401", 1, Reply::status(401)),
        day("403", "403", 1, Reply::status(403)),
        day("429", "limits how often", 3, Reply::status(429)),
        day("500", "an error of its own", 3, Reply::status(500)),
        day("HTML body", "a web page", 1, Reply::Page(200)),
        day("truncated JSON", "broke off", 1, Reply::Cut),
        day("short of its length", "broke", 1, Reply::ShortOfLength),
        day("10 MB body", "too large", 1, Reply::Large),
        day(
            "10 MB body, unannounced",
            "too large",
            1,
            Reply::LargeUnannounced,
        ),
        day("slow body", "too long", 1, Reply::Drip),
        day(
            "another form",
            "not in the form",
            1,
            Reply::ok(format!("[\"{BODY_WORD}\"]")),
        ),
        day("garbage", "127.0.0.1", 1, Reply::Garbage),
        day("hang-up", "127.0.0.1", 1, Reply::HangUp),
    ];
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Server::always(Reply::ok("{}"));
        let target = format!("{}/stolen", elsewhere.origin);
        let mut redirected = day(
            "redirect to another host",
            "not followed",
            1,
            Reply::Redirect(status, target),
        );
        redirected.servers.push(elsewhere);
        days.push(redirected);
    }
    days.extend(unconnected_days());
    days
}

/// The days on which no connection comes about.
fn unconnected_days() -> [BadDay; 3] {
    let closed = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let refused = format!("http://{}", closed.local_addr().expect("it is bound"));
    drop(closed);
    let plain = Server::always(Reply::ok("{}"));
    [
        BadDay {
            what: "refused",
            origin: refused,
            word: "refused",
            asked: None,
            servers: Vec::new(),
        },
        BadDay {
            what: "TLS error",
            origin: plain.https(),
            word: "not speak TLS",
            asked: Some(0),
            servers: vec![plain],
        },
        BadDay {
            what: "DNS failure",
            // RFC 6761: no name below `invalid` ever resolves.
            origin: "https://stackguard-test.invalid".to_owned(),
            word: "resolved",
            asked: None,
            servers: Vec::new(),
        },
    ]
}

/// Holds a store to the table: the place is unknown, the word is said, nothing of body or token is shown, and the
/// token arrives nowhere but at the server configured.
pub(crate) async fn survives_bad_days(
    token: &str,
    place: &StorePlace,
    make: impl Fn(&str) -> Arc<dyn Store>,
) {
    for day in bad_days() {
        let answer = make(&day.origin).list(place).await;
        let shown = format!("{answer:?}");
        let Answer::Unknown(failure) = answer else {
            panic!("{}: {shown}", day.what);
        };
        assert!(failure.why.contains(day.word), "{}: {failure:?}", day.what);
        assert!(
            !shown.contains(BODY_WORD),
            "{}: a body in {shown}",
            day.what
        );
        assert!(!shown.contains(token), "{}: a token in {shown}", day.what);
        if let (Some(asked), Some(server)) = (day.asked, day.servers.first()) {
            assert_eq!(server.seen().len(), asked, "{}", day.what);
        }
        for server in &day.servers {
            for seen in server.seen() {
                assert!(
                    !seen.target.contains(token),
                    "{}: a token in the URL",
                    day.what
                );
            }
        }
        for elsewhere in day.servers.iter().skip(1) {
            assert!(elsewhere.seen().is_empty(), "{}: asked elsewhere", day.what);
            assert!(
                !elsewhere.received(token),
                "{}: the token went elsewhere",
                day.what
            );
        }
    }
}
