//! A JSON interface of one server: a token that leaves for one origin only, bounds on time, size and tries, and
//! errors that are words and never a body. Stands on [`super::http`].
//!
//! ```text
//! let api = Api::new(Origin::parse(text, "FLY_FLAPS_BASE_URL")?, Limits::default())?
//!     .with_header("authorization", &header)?;
//! let apps: Apps = api.get(&["v1", "apps", name], &[]).await?;
//! ```

mod limits;
mod origin;
mod refusal;

pub use limits::Limits;
pub use origin::Origin;
pub use refusal::{ApiError, Refusal};

use super::http::{self, Unreached};
use crate::credentials::Failure;
use crate::finding::Secret;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Request, StatusCode};
use serde::de::DeserializeOwned;
use std::fmt;
use std::time::Instant;
use zeroize::Zeroizing;

/// A client for one origin.
#[derive(Clone)]
pub struct Api {
    client: Client,
    origin: Origin,
    headers: HeaderMap,
    limits: Limits,
}

impl Api {
    /// A client without credentials.
    ///
    /// # Errors
    /// When the certificates of the system cannot be loaded.
    pub fn new(origin: Origin, limits: Limits) -> Result<Self, Failure> {
        Ok(Self {
            client: client(&origin, &limits)?,
            origin,
            headers: HeaderMap::new(),
            limits,
        })
    }

    /// Sends this header with every request; it shows in no log and no `Debug`.
    ///
    /// # Errors
    /// When the value holds bytes that a header cannot, such as a line break; the value is not shown.
    pub fn with_header(mut self, name: &'static str, value: &Secret) -> Result<Self, Failure> {
        let mut value = HeaderValue::from_bytes(value.expose()).map_err(|_| Failure {
            why: format!("the value for the {name} header holds bytes that no header can"),
            help: Some("a line break at the end of a pasted token is the usual reason".to_owned()),
        })?;
        value.set_sensitive(true);
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(self)
    }

    /// Where the requests go.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Gets JSON. The segments of the path are percent-encoded; those of the origin come before them.
    ///
    /// # Errors
    /// [`ApiError::Refused`] for a status other than 2xx, after the tries that are due;
    /// [`ApiError::Failed`] for everything else, in words that hold nothing of the body.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, ApiError> {
        let request = Request::new(Method::GET, self.origin.url(path, query));
        self.decode(&self.ask(request).await?)
    }

    /// Posts JSON and gets JSON, for interfaces that ask so (GraphQL). Nothing here changes anything: it is asked
    /// again after 429 and 5xx like [`Api::get`].
    ///
    /// # Errors
    /// As [`Api::get`].
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &serde_json::Value,
    ) -> Result<T, ApiError> {
        let mut request = Request::new(Method::POST, self.origin.url(path, &[]));
        request
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *request.body_mut() = Some(body.to_string().into());
        self.decode(&self.ask(request).await?)
    }

    /// Asks until there is an answer that is not worth asking again.
    async fn ask(&self, mut request: Request) -> Result<Answered, ApiError> {
        for (name, value) in &self.headers {
            request.headers_mut().insert(name, value.clone());
        }
        let start = Instant::now();
        let mut tried = 0;
        loop {
            let mut again = request
                .try_clone()
                .ok_or_else(|| self.failed("a request could not be repeated", None))?;
            let left = self.limits.total.saturating_sub(start.elapsed());
            *again.timeout_mut() = Some(self.limits.request.min(left));
            let answered = self.once(again).await?;
            tried += 1;
            if answered.status.is_success() {
                return Ok(answered);
            }
            let left = self.limits.total.saturating_sub(start.elapsed());
            match self
                .limits
                .pause(answered.status, &answered.headers, tried, left)
            {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(answered.refusal(&self.origin, tried).into()),
            }
        }
    }

    async fn once(&self, request: Request) -> Result<Answered, ApiError> {
        let sent = self.client.execute(request).await;
        let mut response = sent.map_err(|error| self.unreached(Unreached::of(&error)))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(self.redirected(http::redirected_to(&response)));
        }
        let headers = std::mem::take(response.headers_mut());
        let body = http::body(response, self.limits.body).await;
        Ok(Answered {
            status,
            headers,
            body: body.map_err(|error| self.unreached(error))?,
        })
    }

    /// Reads the body of a good answer.
    fn decode<T: DeserializeOwned>(&self, answered: &Answered) -> Result<T, ApiError> {
        let host = self.origin.host();
        if answered.is_page() {
            return Err(self.failed(
                &format!("{host} answered with a web page where JSON was expected"),
                Some("check the address; a proxy or a login page may stand in between"),
            ));
        }
        // What serde says may quote the body, so only the place is told.
        serde_json::from_slice(&answered.body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let why = if error.is_eof() {
                format!("the answer of {host} broke off")
            } else {
                format!("the answer of {host} is not in the form expected (line {line}, column {column})")
            };
            self.failed(&why, None)
        })
    }

    fn unreached(&self, error: Unreached) -> ApiError {
        self.failed(
            &format!("{}: {error}", self.origin.host()),
            error.store_help(),
        )
    }

    fn redirected(&self, target: Option<String>) -> ApiError {
        let host = self.origin.host();
        let target = target.unwrap_or_else(|| "another place".to_owned());
        self.failed(
            &format!("{host} redirects to {target}, which was not followed: credentials go to {host} only"),
            Some("configure the address it redirects to, if that is the right one"),
        )
    }

    fn failed(&self, why: &str, help: Option<&str>) -> ApiError {
        ApiError::Failed(Failure {
            why: why.to_owned(),
            help: help.map(str::to_owned),
        })
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Api({})", self.origin.host())
    }
}

/// A whole answer.
struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
}

impl Answered {
    fn is_page(&self) -> bool {
        let kind = self.headers.get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        kind.starts_with("text/html") || self.body.trim_ascii_start().starts_with(b"<")
    }

    fn refusal(self, origin: &Origin, tried: u32) -> Refusal {
        let page = self.is_page();
        Refusal::new(
            self.status,
            &self.headers,
            self.body,
            page,
            origin.host(),
            tried,
        )
    }
}

fn client(origin: &Origin, limits: &Limits) -> Result<Client, Failure> {
    let builder = http::client(limits.request, origin.as_url());
    builder.build().map_err(|_| Failure {
        why: "TLS could not be set up: the certificates of the system cannot be loaded".to_owned(),
        help: Some(
            "install the system's CA certificates, or name them with SSL_CERT_FILE".to_owned(),
        ),
    })
}

#[cfg(test)]
mod tests;
