//! What went wrong on the way, in words that hold no address, header or body.

use crate::credentials::Failure;
use std::error::Error;
use std::io;

/// Puts an error of an HTTP client into words: the name that does not resolve, the connection refused, TLS, time.
///
/// Looks through all causes, so that it works for `reqwest` and for what is built on it or on `hyper`. `host` is the
/// server as messages name it.
#[must_use]
pub fn transport_failure(error: &(dyn Error + 'static), host: &str) -> Failure {
    let (why, help) = match Kind::of(error) {
        Kind::Name => (
            format!("the name {host} cannot be resolved"),
            Some("check the address and the network"),
        ),
        Kind::Refused => (
            format!("{host} refuses connections"),
            Some("check the address and that the server runs"),
        ),
        Kind::Tls(what) => (format!("no secure connection to {host}: {what}"), None),
        Kind::Time => (
            format!("{host} did not answer in time"),
            Some("check the network; nothing follows about what it holds"),
        ),
        Kind::Connection => (
            format!("no connection to {host}"),
            Some("check the network and the proxy settings"),
        ),
        Kind::BrokeOff => (format!("the answer of {host} broke off"), None),
        Kind::Other => (format!("the answer of {host} cannot be read as HTTP"), None),
    };
    Failure {
        why,
        help: help.map(str::to_owned),
    }
}

/// The kinds of failure people do different things about.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Name,
    Refused,
    Tls(&'static str),
    Time,
    Connection,
    BrokeOff,
    Other,
}

impl Kind {
    fn of(error: &(dyn Error + 'static)) -> Self {
        let mut kind = Self::Other;
        let mut next = Some(error);
        // Causes do not go in circles, but nothing promises that.
        for _ in 0..16 {
            let Some(error) = next else { break };
            match Self::of_cause(error) {
                Some(sure @ (Self::Name | Self::Refused | Self::Tls(_) | Self::Time)) => {
                    return sure;
                }
                // Of the rest the deepest cause tells most.
                Some(vague) => kind = vague,
                None => {}
            }
            next = cause(error);
        }
        kind
    }

    fn of_cause(error: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(error) = error.downcast_ref::<reqwest::Error>() {
            return if error.is_timeout() {
                Some(Self::Time)
            } else if error.is_dns() {
                Some(Self::Name)
            } else if error.is_connect() {
                Some(Self::Connection)
            } else {
                (error.is_body() || error.is_decode()).then_some(Self::BrokeOff)
            };
        }
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Some(Self::Tls(tls_words(error)));
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return match error.kind() {
                io::ErrorKind::ConnectionRefused => Some(Self::Refused),
                io::ErrorKind::TimedOut => Some(Self::Time),
                io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::BrokenPipe => Some(Self::BrokeOff),
                _ => None,
            };
        }
        // hyper-util's error type for this is private.
        match error.to_string().as_str() {
            "dns error" => Some(Self::Name),
            "connection closed before message completed"
            | "error reading a body from connection"
            | "end of file before message length reached" => Some(Self::BrokeOff),
            _ => None,
        }
    }
}

/// What an error was made from. `source` of an I/O error that wraps another leaves the wrapped one out.
fn cause<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    match error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// What rustls says, in fixed words: what it quotes comes from the other side.
fn tls_words(error: &rustls::Error) -> &'static str {
    use rustls::CertificateError as Bad;
    use rustls::Error::{AlertReceived, InvalidCertificate, InvalidMessage};
    match error {
        InvalidCertificate(Bad::UnknownIssuer) => {
            "its certificate comes from an authority this machine does not trust"
        }
        InvalidCertificate(Bad::Expired | Bad::ExpiredContext { .. }) => {
            "its certificate has expired"
        }
        InvalidCertificate(Bad::NotValidYet | Bad::NotValidYetContext { .. }) => {
            "its certificate is not valid yet; is the clock right?"
        }
        InvalidCertificate(Bad::NotValidForName | Bad::NotValidForNameContext { .. }) => {
            "its certificate is for another name"
        }
        InvalidCertificate(_) => "its certificate is not valid",
        InvalidMessage(_) => "what answers does not speak TLS",
        AlertReceived(_) => "it refused the handshake",
        _ => "TLS failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_found_through_wrappers() {
        let refused = io::Error::other(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert_eq!(
            Kind::of(&io::Error::from(io::ErrorKind::ConnectionRefused)),
            Kind::Refused
        );
        assert_eq!(Kind::of(&refused), Kind::Refused);
        let bad = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        let wrapped = io::Error::new(io::ErrorKind::InvalidData, bad);
        let failure = transport_failure(&wrapped, "h");
        assert!(failure.why.contains("expired"), "{failure:?}");
    }
}
