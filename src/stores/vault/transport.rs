//! How requests travel: rustify's client as this house needs it. vaultrs' own would follow a redirect with the
//! token in its headers, read a body without end and forget `Retry-After`.

use super::trouble::{Said, Trouble};
use crate::stores::http::{self as hygiene, Retries, Unreached};
use ::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use jiff::Timestamp;
use reqwest::Url;
use rustify::errors::ClientError;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// A server, and what every request to it carries.
#[derive(Clone)]
pub(super) struct Transport {
    client: reqwest::Client,
    /// Without a slash at the end; requests go below its `/v1`.
    address: Url,
    headers: HeaderMap,
    retries: Retries,
}

/// What an async method of rustify's trait returns.
type Sending<'a> =
    Pin<Box<dyn Future<Output = Result<Response<Vec<u8>>, ClientError>> + Send + 'a>>;

impl Transport {
    pub(super) fn new(
        client: reqwest::Client,
        address: Url,
        namespace: Option<HeaderValue>,
        retries: Retries,
    ) -> Self {
        let mut headers = HeaderMap::new();
        // An agent may be set up to refuse requests without it, against forged ones.
        headers.insert(REQUEST, HeaderValue::from_static("true"));
        if let Some(namespace) = namespace {
            headers.insert(NAMESPACE, namespace);
        }
        Self {
            client,
            address,
            headers,
            retries,
        }
    }

    /// The same with a token.
    pub(super) fn with_token(&self, mut token: HeaderValue) -> Self {
        token.set_sensitive(true);
        let mut with = self.clone();
        with.headers.insert(TOKEN, token);
        with
    }

    /// The request as it is sent: below the address's own path, with no slash twice (vaultrs writes some paths with
    /// one in front).
    fn prepared(&self, request: Request<Vec<u8>>) -> Result<reqwest::Request, Trouble> {
        let (parts, body) = request.into_parts();
        let mut url = self.address.clone();
        let base = self.address.path().trim_end_matches('/');
        let path = parts.uri.path().trim_start_matches('/');
        url.set_path(&format!("{base}/v1/{path}"));
        url.set_query(parts.uri.query());
        let mut request = reqwest::Request::new(parts.method, url);
        *request.headers_mut() = self.headers.clone();
        if !body.is_empty() {
            let json = HeaderValue::from_static("application/json");
            request
                .headers_mut()
                .insert(reqwest::header::CONTENT_TYPE, json);
            *request.body_mut() = Some(body.into());
        }
        Ok(request)
    }

    async fn asked(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, Trouble> {
        let request = self.prepared(request)?;
        let mut tries = 0;
        loop {
            let again = request.try_clone().ok_or(Trouble::Unasked)?;
            let trouble = match self.once(again).await {
                Ok(answer) => return Ok(answer),
                Err(trouble) => trouble,
            };
            tries += 1;
            let pause = if is_passing(&trouble) {
                self.retries.pause(tries, trouble.wait())
            } else {
                None
            };
            let Some(pause) = pause else {
                return Err(trouble);
            };
            tokio::time::sleep(pause).await;
        }
    }

    async fn once(&self, request: reqwest::Request) -> Result<Response<Vec<u8>>, Trouble> {
        let answer = self
            .client
            .execute(request)
            .await
            .map_err(|error| Unreached::of(&error))?;
        let status = answer.status();
        if status.is_redirection() {
            let host = hygiene::redirected_to(&answer).unwrap_or_else(|| "nowhere".to_owned());
            return Err(Trouble::Redirected { host });
        }
        let wait = hygiene::retry_after(answer.headers(), Timestamp::now());
        let body = hygiene::body(answer, MOST_BODY).await?;
        if !status.is_success() {
            return Err(Trouble::refused(status.as_u16(), &body, wait));
        }
        let mut whole = Response::new(body.to_vec());
        *whole.status_mut() = status;
        Ok(whole)
    }
}

impl rustify::client::Client for Transport {
    fn send<'life, 'wait>(&'life self, request: Request<Vec<u8>>) -> Sending<'wait>
    where
        'life: 'wait,
        Self: 'wait,
    {
        Box::pin(async move {
            self.asked(request)
                .await
                .map_err(|trouble| ClientError::GenericError {
                    source: trouble.into(),
                })
        })
    }

    fn base(&self) -> &str {
        // Only the path and the query of what is made from it are used.
        "http://vault.invalid"
    }
}

/// No token is in it.
impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("host", &self.address.host_str())
            .finish_non_exhaustive()
    }
}

/// Whether the same may be answered otherwise soon. 412 is a replica that has not yet seen what its leader wrote.
fn is_passing(trouble: &Trouble) -> bool {
    let upgrading = Said::Upgrading;
    match trouble {
        Trouble::Refused { said, .. } if *said == upgrading => true,
        _ => trouble
            .status()
            .and_then(|status| StatusCode::from_u16(status).ok())
            .is_some_and(|status| {
                hygiene::is_passing(status) || status == StatusCode::PRECONDITION_FAILED
            }),
    }
}

const REQUEST: HeaderName = HeaderName::from_static("x-vault-request");
const TOKEN: HeaderName = HeaderName::from_static("x-vault-token");
const NAMESPACE: HeaderName = HeaderName::from_static("x-vault-namespace");

/// Bytes of the longest answer taken: a secret is at most 1 MiB by the server's own limit, and JSON may write each
/// byte of it with six.
const MOST_BODY: usize = 8 << 20;
