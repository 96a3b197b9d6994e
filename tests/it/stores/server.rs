//! A server on loopback that answers as Vault, GitHub and Fly do, plain or with TLS, and keeps what it was asked.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{io, thread};

/// It ends with the test.
pub(crate) struct Server {
    scheme: &'static str,
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Plain HTTP; `token` is what a sign-in gives.
    pub(super) fn plain(token: &str) -> Self {
        Self::start("http", token, None)
    }

    /// A proxy that leads every tunnel to HTTPS with this certificate, whoever the client asks for.
    pub(crate) fn proxied(token: &str, certificate: Arc<ServerConfig>) -> Self {
        Self::start("http", token, Some((certificate, true)))
    }

    /// HTTPS with this certificate.
    pub(super) fn tls(token: &str, certificate: Arc<ServerConfig>) -> Self {
        Self::start("https", token, Some((certificate, false)))
    }

    fn start(scheme: &'static str, token: &str, tls: Option<(Arc<ServerConfig>, bool)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let (kept, token) = (Arc::clone(&seen), token.to_owned());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, token, tls) = (Arc::clone(&kept), token.clone(), tls.clone());
                thread::spawn(move || {
                    let _ = match tls {
                        None => serve(stream, &token, &kept),
                        Some((tls, tunnel)) => if tunnel { lead_on(stream) } else { Ok(stream) }
                            .and_then(|stream| encrypted(stream, tls))
                            .and_then(|stream| serve(stream, &token, &kept)),
                    };
                });
            }
        });
        Self { scheme, port, seen }
    }

    /// Its address by a name.
    pub(crate) fn at(&self, host: &str) -> String {
        format!("{}://{host}:{}", self.scheme, self.port)
    }

    /// Request lines and headers so far.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("no panic in it").clone()
    }

    /// The request lines so far, with another's method and path.
    pub(crate) fn asked(&self, line: &str) -> bool {
        self.seen().iter().any(|head| head.starts_with(line))
    }
}

/// A private authority.
pub(crate) struct Authority {
    certificate: rcgen::Certificate,
    key: KeyPair,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::new(Vec::new()).expect("no names");
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = parameters.self_signed(&key).expect("signed");
        Self { certificate, key }
    }

    /// As a file that names it holds it.
    pub(crate) fn pem(&self) -> String {
        use base64::Engine as _;
        let text = base64::engine::general_purpose::STANDARD.encode(self.certificate.der());
        let (begin, end) = ("-----BEGIN", "-----END");
        format!("{begin} CERTIFICATE-----\n{text}\n{end} CERTIFICATE-----\n")
    }

    /// A certificate for a host, and its key; `until` is its last year.
    pub(crate) fn certify(&self, host: &str, until: i32) -> Arc<ServerConfig> {
        let key = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::new(vec![host.to_owned()]).expect("a name");
        parameters.not_after = rcgen::date_time_ymd(until, 1, 1);
        let certificate = parameters
            .signed_by(&key, &self.certificate, &self.key)
            .expect("signed");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let chain: Vec<CertificateDer<'static>> = vec![certificate.der().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_single_cert(chain, key);
        Arc::new(config.expect("they belong together"))
    }
}

/// Grants a tunnel; what follows in it is for the server.
fn lead_on(mut stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    Ok(stream)
}

fn encrypted(
    stream: TcpStream,
    config: Arc<ServerConfig>,
) -> io::Result<StreamOwned<ServerConnection, TcpStream>> {
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    Ok(StreamOwned::new(connection, stream))
}

/// One connection, one request.
fn serve(mut stream: impl Read + Write, token: &str, kept: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let head = loop {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        bytes.extend_from_slice(&buffer[..count]);
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break String::from_utf8_lossy(&bytes[..end]).into_owned();
        }
    };
    let target = head.split(' ').nth(1).unwrap_or_default();
    let path = target.split('?').next().unwrap_or_default();
    let (status, body) = match answer(head.starts_with("LIST"), path) {
        Some(body) => (200, body.replace("{token}", token)),
        None => (404, "{\"errors\":[]}".to_owned()),
    };
    kept.lock().expect("no panic in it").push(head);
    write!(
        stream,
        "HTTP/1.1 {status} Word\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )?;
    stream.flush()
}

/// What is answered to a path.
fn answer(list: bool, path: &str) -> Option<String> {
    let version = r#"{"created_time":"2026-01-02T03:04:05Z","deletion_time":"","destroyed":false,"version":1}"#;
    let secrets = r#"[{"name":"API_KEY","digest":"ab","updated_at":"2026-01-02T03:04:05Z"}]"#;
    Some(match path {
        "/v1/auth/token/lookup-self" => r#"{"data":{"policies":["ci"]}}"#.to_owned(),
        "/v1/sys/internal/ui/mounts/secret/app/staging" => {
            r#"{"data":{"path":"secret/","type":"kv","options":{"version":"2"}}}"#.to_owned()
        }
        "/v1/sys/capabilities-self" => r#"{"data":{"capabilities":[]}}"#.to_owned(),
        "/v1/secret/subkeys/app/staging" => {
            format!(r#"{{"data":{{"subkeys":{{"API_KEY":null}},"metadata":{version}}}}}"#)
        }
        "/v1/secret/metadata/app/" if list => {
            r#"{"data":{"keys":["staging","below/"]}}"#.to_owned()
        }
        "/v1/auth/jwt/login" => r#"{"auth":{"client_token":"{token}"}}"#.to_owned(),
        "/job-token" => r#"{"value":"head.body.signature"}"#.to_owned(),
        "/repos/acme/web" => r#"{"full_name":"acme/web","owner":{"type":"User"}}"#.to_owned(),
        "/repos/acme/web/environments/staging/secrets" => {
            format!(r#"{{"total_count":1,"secrets":{secrets}}}"#)
        }
        "/v1/apps/acme-staging/secrets" => format!(r#"{{"secrets":{secrets}}}"#),
        path if path.starts_with("/repos/acme/web/") => {
            r#"{"total_count":0,"secrets":[],"variables":[]}"#.to_owned()
        }
        _ => return None,
    })
}
