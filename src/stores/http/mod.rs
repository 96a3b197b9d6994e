//! HTTP as every store that speaks it through `reqwest` does it: TLS by rustls with ring, a token that leaves for
//! one origin only, bounds on time, size and tries, and errors that are words and never a body.
//!
//! ```text
//! let http = Http::new(Origin::parse(text, "FLY_FLAPS_BASE_URL")?, Limits::default())?
//!     .with_header("authorization", &header)?;
//! let apps: Apps = http.get(&["v1", "apps", name], &[]).await?;
//! ```

mod failure;
mod limits;
mod origin;
mod refusal;

pub use failure::transport_failure;
pub use limits::Limits;
pub use origin::Origin;
pub use refusal::{HttpError, Refusal};

use crate::credentials::Failure;
use crate::finding::Secret;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, Method, Request, Response, redirect};
use serde::de::DeserializeOwned;
use std::fmt;
use std::time::Instant;
use zeroize::Zeroizing;

/// A client for one origin.
#[derive(Clone)]
pub struct Http {
    client: Client,
    origin: Origin,
    headers: HeaderMap,
    limits: Limits,
}

impl Http {
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
    /// [`HttpError::Refused`] for a status other than 2xx, after the tries that are due;
    /// [`HttpError::Failed`] for everything else, in words that hold nothing of the body.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, HttpError> {
        let request = Request::new(Method::GET, self.origin.url(path, query));
        self.decode(&self.ask(request).await?)
    }

    /// Posts JSON and gets JSON, for interfaces that ask so (GraphQL). Nothing here changes anything: it is asked
    /// again after 429 and 5xx like [`Http::get`].
    ///
    /// # Errors
    /// As [`Http::get`].
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &serde_json::Value,
    ) -> Result<T, HttpError> {
        let mut request = Request::new(Method::POST, self.origin.url(path, &[]));
        request
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *request.body_mut() = Some(body.to_string().into());
        self.decode(&self.ask(request).await?)
    }

    /// Asks until there is an answer that is not worth asking again.
    async fn ask(&self, mut request: Request) -> Result<Answered, HttpError> {
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
            if (200..300).contains(&answered.status) {
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

    async fn once(&self, request: Request) -> Result<Answered, HttpError> {
        let words = |error| self.transport(&error);
        let mut response = self.client.execute(request).await.map_err(words)?;
        let status = response.status().as_u16();
        if (300..400).contains(&status) {
            return Err(self.redirected(&response));
        }
        let known = response.content_length().unwrap_or(0);
        if known > self.limits.body as u64 {
            return Err(self.too_large());
        }
        // Room for the whole body at once: what grows leaves copies behind that nobody wipes.
        let room = usize::try_from(known).unwrap_or(0).max(4096);
        let mut body = Zeroizing::new(Vec::with_capacity(room));
        while let Some(chunk) = response.chunk().await.map_err(words)? {
            if body.len() + chunk.len() > self.limits.body {
                return Err(self.too_large());
            }
            body.extend_from_slice(&chunk);
        }
        let headers = std::mem::take(response.headers_mut());
        Ok(Answered {
            status,
            headers,
            body,
        })
    }

    /// Reads the body of a good answer.
    fn decode<T: DeserializeOwned>(&self, answered: &Answered) -> Result<T, HttpError> {
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

    fn transport(&self, error: &reqwest::Error) -> HttpError {
        HttpError::Failed(transport_failure(error, &self.origin.host()))
    }

    fn redirected(&self, response: &Response) -> HttpError {
        let host = self.origin.host();
        let target = response
            .headers()
            .get(LOCATION)
            .and_then(|target| target.to_str().ok())
            .and_then(|target| response.url().join(target).ok())
            .and_then(|target| target.host_str().map(str::to_owned))
            .unwrap_or_else(|| "another place".to_owned());
        self.failed(
            &format!("{host} redirects to {target}, which was not followed: credentials go to {host} only"),
            Some("configure the address it redirects to, if that is the right one"),
        )
    }

    fn too_large(&self) -> HttpError {
        let (host, limit) = (self.origin.host(), self.limits.body >> 20);
        self.failed(
            &format!("the answer of {host} is larger than {limit} MiB"),
            None,
        )
    }

    fn failed(&self, why: &str, help: Option<&str>) -> HttpError {
        HttpError::Failed(Failure {
            why: why.to_owned(),
            help: help.map(str::to_owned),
        })
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Http({})", self.origin.host())
    }
}

/// A whole answer.
struct Answered {
    status: u16,
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

/// A `reqwest` client with the manners of this room, for clients of stores that bring their own requests.
///
/// It follows redirects within the origin only, keeps no cookies, repeats nothing by itself, and asks a server on
/// loopback directly whatever proxy the environment names.
///
/// # Errors
/// When the certificates of the system cannot be loaded.
pub fn client(origin: &Origin, limits: &Limits) -> Result<Client, Failure> {
    install_tls();
    let stays = redirect::Policy::custom(|attempt| {
        let hops = attempt.previous();
        let same = hops
            .first()
            .is_some_and(|first| first.origin() == attempt.url().origin());
        if same && hops.len() <= REDIRECTS {
            attempt.follow()
        } else {
            attempt.stop()
        }
    });
    let mut builder = Client::builder()
        .user_agent(concat!("stackguard/", env!("CARGO_PKG_VERSION")))
        .redirect(stays)
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(limits.connect)
        .timeout(limits.request);
    if origin.is_loopback() {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|_| Failure {
        why: "TLS could not be set up: the certificates of the system cannot be loaded".to_owned(),
        help: Some(
            "install the system's CA certificates, or name them with SSL_CERT_FILE".to_owned(),
        ),
    })
}

/// Makes ring the cryptography of rustls for this process; clients built without it panic. Repeated calls do nothing.
pub fn install_tls() {
    // An error says that one is installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Redirects within one origin that are followed.
const REDIRECTS: usize = 3;

#[cfg(test)]
mod tests;
