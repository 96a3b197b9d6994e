//! What every store over HTTP owes its users, in one place: redirects stay on the server, a server on this machine is
//! asked without a proxy, bodies have an end, only answers that pass are asked again and not for ever, and an error is
//! told without an address, a body or a token.

use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{ClientBuilder, Response, StatusCode, Url};
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Once;
use std::time::Duration;
use zeroize::Zeroizing;

/// Why no whole answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreached {
    /// The host has no address.
    Dns,
    /// Nobody listens there.
    Refused,
    /// No secure connection; says what was wrong with it.
    Tls(&'static str),
    /// It took too long.
    TimedOut,
    /// The connection broke before the answer was whole.
    Cut,
    /// The answer is longer than any good one.
    TooLarge,
    /// Anything else between here and the server.
    Other,
}

impl Unreached {
    /// What a client's error means. Its own text is not used: it holds the address, and may hold what was sent.
    #[must_use]
    pub fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::TimedOut;
        }
        let mut cause: Option<&(dyn Error + 'static)> = error.source();
        while let Some(error) = cause {
            if let Some(tls) = tls_fault(error) {
                return Self::Tls(tls);
            }
            if let Some(io) = error.downcast_ref::<io::Error>() {
                match io.kind() {
                    io::ErrorKind::ConnectionRefused => return Self::Refused,
                    io::ErrorKind::TimedOut => return Self::TimedOut,
                    _ => {}
                }
            }
            // The connector's only mark of a failed look-up is its text.
            if error.to_string().starts_with("dns error") {
                return Self::Dns;
            }
            cause = made_from(error);
        }
        if error.is_connect() {
            Self::Other
        } else {
            Self::Cut
        }
    }

    /// What may help, where something general can be said.
    #[must_use]
    pub fn help(self) -> Option<&'static str> {
        match self {
            Self::Dns => Some("check the host of the address"),
            Self::Refused => Some("check the port, and whether the server runs"),
            Self::Tls(NO_TLS) => Some("check the port: something else may listen there"),
            Self::Tls(OTHER_NAME) => Some("ask it by a name that its certificate has"),
            Self::Tls(EXPIRED) => Some("renew it; checking cannot be switched off"),
            Self::Tls(_) => Some(
                "trust the authority that signed its certificate; checking cannot be switched off",
            ),
            Self::TimedOut | Self::Cut | Self::TooLarge | Self::Other => None,
        }
    }

    /// The same for a store, which can be given more time.
    #[must_use]
    pub fn store_help(self) -> Option<&'static str> {
        match self {
            Self::TimedOut => Some("`--timeout SECONDS` waits longer"),
            other => other.help(),
        }
    }
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "the server's name could not be resolved",
            Self::Refused => "the server refused the connection",
            Self::Tls(why) => return write!(f, "no secure connection: {why}"),
            Self::TimedOut => "the server took too long to answer",
            Self::Cut => "the connection broke before the answer was whole",
            Self::TooLarge => "the answer is too large to be a good one",
            Self::Other => "the server could not be reached",
        })
    }
}

impl Error for Unreached {}

/// Makes ring what TLS is done with, once in a process. Call it before a client is built; none of the clients here
/// brings a provider of its own.
pub fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // It fails where somebody was first, and then there is one.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// A client for one server: `timeout` is for a whole answer, the last byte included; a redirect to another server is
/// not followed, whatever headers it would have carried. A server on this machine is asked directly, whatever proxy
/// the environment names: on the way there a proxy could read everything.
pub fn client(timeout: Duration, server: &Url) -> ClientBuilder {
    install_tls();
    let mut builder = ClientBuilder::new();
    if is_loopback(server) {
        builder = builder.no_proxy();
    }
    if server.scheme() == "http" {
        // Without TLS the system's authorities need not even be read.
        builder = builder.tls_certs_only([]);
    }
    builder
        .tls_backend_rustls()
        .timeout(timeout)
        .connect_timeout(timeout.min(CONNECT))
        .redirect(Policy::custom(within_origin))
        .retry(reqwest::retry::never())
        .referer(false)
        .user_agent(concat!("stackguard/", env!("CARGO_PKG_VERSION")))
}

/// The host a redirect that was not followed points to, for people; none where the answer is no redirect or its
/// target cannot be read.
#[must_use]
pub fn redirected_to(response: &Response) -> Option<String> {
    let location = response.headers().get(reqwest::header::LOCATION)?;
    let target = response.url().join(location.to_str().ok()?).ok()?;
    Some(target.host_str()?.to_owned())
}

/// Reads a body of at most `most` bytes.
///
/// # Errors
/// [`Unreached::TooLarge`] for a longer one, and what broke or took too long.
pub async fn body(mut response: Response, most: usize) -> Result<Zeroizing<Vec<u8>>, Unreached> {
    let told = response.content_length().unwrap_or(0);
    if told > most as u64 {
        return Err(Unreached::TooLarge);
    }
    let mut read = Zeroizing::new(Vec::with_capacity(told as usize));
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| Unreached::of(&error))?
    {
        if read.len() + chunk.len() > most {
            return Err(Unreached::TooLarge);
        }
        read.extend_from_slice(&chunk);
    }
    Ok(read)
}

/// How often and after what time a request is made again.
#[derive(Debug, Clone, Copy)]
pub struct Retries {
    /// Times after the first.
    pub most: u32,
    /// The first pause; each further one is twice as long.
    pub first: Duration,
    /// The longest pause. A server that asks for a longer one is not asked again.
    pub longest: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            most: 2,
            first: Duration::from_millis(250),
            longest: Duration::from_secs(20),
        }
    }
}

impl Retries {
    /// How long to wait before asking again after `done` tries, the first included; none for "give up".
    #[must_use]
    pub fn pause(&self, done: u32, asked_for: Option<Duration>) -> Option<Duration> {
        if done > self.most {
            return None;
        }
        let doubled = 2u32.saturating_pow(done.saturating_sub(1));
        let own = self.first.saturating_mul(doubled).min(self.longest);
        match asked_for {
            Some(wait) if wait > self.longest => None,
            Some(wait) => Some(wait.max(own)),
            None => Some(own),
        }
    }
}

/// Whether the same request may get another answer soon, whatever the server: 429 and 5xx, but for "not implemented".
/// What else passes, the store of that server knows.
#[must_use]
pub fn is_passing(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || (status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED)
}

/// `Retry-After` as a time from now: seconds, or a date
/// (<https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3>).
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

/// Whether two addresses are of one server: scheme, host and port.
#[must_use]
pub fn same_origin(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port_or_known_default() == other.port_or_known_default()
}

/// Whether a server is on this machine. `localhost` alone among names: what is below it, a resolver may send elsewhere.
#[must_use]
pub fn is_loopback(server: &Url) -> bool {
    match server.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A header such as a store's own token header is not among those the client drops at another host, so it must
/// not go there at all.
fn within_origin(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let home = attempt
        .previous()
        .first()
        .is_some_and(|first| same_origin(first, attempt.url()));
    if home && attempt.previous().len() <= REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// What an error was made from. `source` of an I/O error leaves out the very error it wraps, and they come nested.
fn made_from<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// What rustls says, in words of ours: its own may quote names out of the certificate.
fn tls_fault(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let fault = error.downcast_ref::<rustls::Error>()?;
    use rustls::CertificateError as Bad;
    Some(match fault {
        rustls::Error::InvalidCertificate(Bad::UnknownIssuer) => {
            "nobody trusted signed its certificate"
        }
        rustls::Error::InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => EXPIRED,
        rustls::Error::InvalidCertificate(
            Bad::NotValidForName | Bad::NotValidForNameContext { .. },
        ) => OTHER_NAME,
        rustls::Error::InvalidCertificate(_) => "its certificate is not good",
        rustls::Error::InvalidMessage(_) => NO_TLS,
        _ => "the handshake failed",
    })
}

const NO_TLS: &str = "it does not speak TLS at this port";
const OTHER_NAME: &str = "its certificate is for another name";
const EXPIRED: &str = "its certificate has expired";

/// For a connection alone, so that a dead host does not cost the time of a slow answer.
const CONNECT: Duration = Duration::from_secs(10);

/// Followed in a row, on the same server.
const REDIRECTS: usize = 3;

#[cfg(test)]
mod tests;
