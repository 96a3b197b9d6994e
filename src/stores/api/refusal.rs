//! A server that answered, and said no.

use crate::credentials::Failure;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use std::fmt;
use zeroize::Zeroizing;

/// Why there is no answer.
#[derive(Debug)]
pub enum ApiError {
    /// The server said no.
    Refused(Refusal),
    /// There was no answer, or none that can be read.
    Failed(Failure),
}

/// A status other than 2xx; what it means, the store knows.
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// The number the server gave the request, to be quoted to its makers; only letters, digits and `-_.:`.
    pub request: Option<String>,
    /// Whether the body is a web page: then it is not the server that was meant.
    pub page: bool,
    host: String,
    tried: u32,
    body: Zeroizing<Vec<u8>>,
}

impl Refusal {
    pub(super) fn new(
        status: StatusCode,
        headers: &HeaderMap,
        body: Zeroizing<Vec<u8>>,
        page: bool,
        host: String,
        tried: u32,
    ) -> Self {
        Self {
            status,
            request: request_id(headers),
            page,
            host,
            tried,
            body,
        }
    }

    /// The body, where it has this form. Nothing of it belongs into a message.
    #[must_use]
    pub fn body<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.body).ok()
    }

    /// It in words, with the number of the request.
    #[must_use]
    pub fn words(&self) -> String {
        let Self {
            host,
            tried,
            status,
            ..
        } = self;
        let mut words = match status.as_u16() {
            429 => format!("{host} limits how often it may be asked ({status})"),
            500.. => format!("{host} has an error of its own ({status})"),
            _ => format!("{host} answered {status}"),
        };
        if *tried > 1 {
            words.push_str(&format!(", {tried} times"));
        }
        if let Some(request) = &self.request {
            words.push_str(&format!(", request {request}"));
        }
        words
    }

    /// It as a failure, for a status the store has nothing to add to.
    #[must_use]
    pub fn failure(&self) -> Failure {
        let help = match self.status.as_u16() {
            429 => Some("try again later, or with fewer requests at a time".to_owned()),
            _ if self.page => {
                Some("it is a web page: a proxy or a login page may stand in between".to_owned())
            }
            _ => None,
        };
        Failure {
            why: self.words(),
            help,
        }
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Refusal({})", self.words())
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Refused(refusal) => refusal.failure(),
            ApiError::Failed(failure) => failure,
        }
    }
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    let value = REQUEST_IDS.iter().find_map(|name| headers.get(*name))?;
    let value = value.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    (!value.is_empty() && value.len() <= 80 && value.bytes().all(plain)).then(|| value.to_owned())
}

/// Headers that number a request.
const REQUEST_IDS: &[&str] = &["fly-request-id", "x-github-request-id", "x-request-id"];
