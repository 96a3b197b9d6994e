//! A server on loopback that answers as it is told, well or badly, and keeps what it was sent.

use std::io::{Read as _, Result, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What is done with a request.
#[derive(Clone)]
pub(super) enum Reply {
    /// A status and a JSON body.
    Json(u16, String),
    /// A web page in place of an answer.
    Page,
    /// JSON that ends in the middle.
    Cut,
    /// Ten megabytes.
    Large,
    /// A body that never ends.
    Drip,
    /// Not even a status.
    Silent,
    /// A redirect to this address.
    Redirect(String),
    /// What is neither HTTP nor TLS.
    Garbage,
}

/// It, to the end of the test.
pub(super) struct Server {
    /// `http://127.0.0.1:PORT`
    pub(super) origin: String,
    received: Arc<Mutex<Vec<u8>>>,
}

/// Stands in the bodies of bad answers, which no message may show.
pub(super) const BODY: &str = "word-of-the-body";

impl Server {
    /// Answers by the path and the query of a request.
    pub(super) fn with(decide: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let origin = format!("http://{}", listener.local_addr().expect("it is bound"));
        let (received, decide) = (Arc::<Mutex<Vec<u8>>>::default(), Arc::new(decide));
        let log = Arc::clone(&received);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, decide) = (Arc::clone(&log), Arc::clone(&decide));
                thread::spawn(move || serve(stream, &*decide, &log));
            }
        });
        Self { origin, received }
    }

    /// Answers everything in one way.
    pub(super) fn always(reply: Reply) -> Self {
        Self::with(move |_| reply.clone())
    }

    /// Whether these bytes came in.
    pub(super) fn received(&self, needle: &str) -> bool {
        let bytes = self.received.lock().expect("no panic in it");
        bytes
            .windows(needle.len())
            .any(|window| window == needle.as_bytes())
    }

    /// Whether nothing came in at all.
    pub(super) fn is_untouched(&self) -> bool {
        self.received.lock().expect("no panic in it").is_empty()
    }
}

/// One connection, one request.
fn serve(
    mut stream: TcpStream,
    decide: &(dyn Fn(&str) -> Reply + Send + Sync),
    log: &Mutex<Vec<u8>>,
) -> Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    let target = loop {
        let count = stream.read(&mut buffer)?;
        log.lock()
            .expect("no panic in it")
            .extend_from_slice(&buffer[..count]);
        bytes.extend_from_slice(&buffer[..count]);
        if count == 0 || bytes.first() == Some(&0x16) {
            return send(&mut stream, &Reply::Garbage);
        }
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.to_ascii_lowercase();
        let length = length.split_once("content-length:").map_or(0, |(_, rest)| {
            let digits = rest.lines().next().unwrap_or_default();
            digits.trim().parse().unwrap_or(0)
        });
        if body.len() >= length {
            break head.split(' ').nth(1).unwrap_or_default().to_owned();
        }
    };
    send(&mut stream, &decide(&target))
}

fn send(stream: &mut TcpStream, reply: &Reply) -> Result<()> {
    let head = |status: u16, kind: &str| {
        // A server that asks to be left alone for an hour is not asked again.
        let later = match status {
            429 | 500.. => "retry-after: 3600\r\n",
            _ => "",
        };
        format!("HTTP/1.1 {status} Word\r\ncontent-type: {kind}\r\n{later}connection: close\r\n")
    };
    let whole = |status: u16, kind: &str, body: &str| {
        let length = body.len();
        format!(
            "{}content-length: {length}\r\n\r\n{body}",
            head(status, kind)
        )
    };
    let json = "application/json";
    let text = match reply {
        Reply::Json(status, body) => whole(*status, json, body),
        Reply::Page => whole(
            200,
            "text/html",
            &format!("<!DOCTYPE html><title>{BODY}</title>"),
        ),
        Reply::Cut => whole(200, json, &format!("{{\"{BODY}\":[")),
        Reply::Large => whole(200, json, &format!("{{\"{}\":1}}", "x".repeat(10 << 20))),
        Reply::Drip => format!("{}\r\n[", head(200, json)),
        Reply::Silent => String::new(),
        Reply::Redirect(to) => format!(
            "HTTP/1.1 307 Word\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        ),
        Reply::Garbage => "220 mail.example ESMTP\r\n".to_owned(),
    };
    stream.write_all(text.as_bytes())?;
    // Bounded, so that the thread ends; the client has gone long before.
    for _ in 0..200 {
        match reply {
            Reply::Drip => stream.write_all(b" ")?,
            Reply::Silent => {}
            _ => break,
        }
        thread::sleep(Duration::from_millis(50));
    }
    stream.flush()?;
    stream.shutdown(Shutdown::Write)
}
