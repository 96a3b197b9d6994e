//! One question to the API, and whole lists: octocrab over the transport all stores share, with an end to everything.
//!
//! octocrab's own ways of reading an answer have no limit of size, and its own retries no pause; so requests go
//! through its authentication and addressing, and the rest is here. Its client starts a task when it is made,
//! which needs the runtime: it is made at the first question.

use super::access::{Access, shown};
use super::answers::{Named, Page};
use super::verdict::{self, Fault, Subject, Verdict};
use crate::credentials::Failure;
use crate::stores::github_rest;
use crate::stores::http::{self, Retries, Unreached};
use jiff::Timestamp;
use octocrab::Octocrab;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore};
use zeroize::Zeroizing;

/// What everything ends at.
#[derive(Debug, Clone)]
pub(super) struct Limits {
    /// For one answer, the last byte included.
    pub answer: Duration,
    /// For everything about one place, waiting for rate limits included.
    pub place: Duration,
    /// Bytes of an answer.
    pub body: usize,
    /// Pages of a list.
    pub pages: u64,
    /// How often and when to ask again.
    pub retries: Retries,
}

impl Default for Limits {
    fn default() -> Self {
        Self::within(Duration::from_secs(30))
    }
}

impl Limits {
    /// With this time for one answer.
    pub(super) fn within(answer: Duration) -> Self {
        Self {
            answer,
            place: answer.saturating_mul(6),
            // 30 variables of 48 KB, the most of a page, in JSON.
            body: 4 << 20,
            pages: 100,
            retries: Retries {
                most: 3,
                first: Duration::from_millis(500),
                // A secondary limit is over after a minute.
                longest: Duration::from_secs(62),
            },
        }
    }
}

/// A question.
#[derive(Debug, Clone)]
pub(super) struct Question {
    /// The path after the address of the API, not encoded yet.
    pub path: Vec<String>,
    /// What is asked for: "secrets of environment `staging`".
    pub what: String,
    /// What a token needs for it.
    pub permission: &'static str,
}

/// The API with a token.
pub(super) struct Client {
    access: Access,
    host: String,
    http: reqwest::Client,
    octocrab: OnceCell<Octocrab>,
    slots: Semaphore,
    /// No request before then: a limit is the token's, not a question's.
    quiet_until: Mutex<Option<Timestamp>>,
    /// What everything ends at.
    pub limits: Limits,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// # Errors
    /// When there is no way to do TLS here: no authorities to trust.
    pub(super) fn new(access: Access, limits: Limits) -> Result<Self, Failure> {
        let http = http::client(limits.answer, &access.base)
            .build()
            .map_err(|_| Failure {
                why: "secure connections are not possible here".into(),
                help: Some(
                    "install the system's certificate authorities, or point SSL_CERT_FILE at them"
                        .into(),
                ),
            })?;
        Ok(Self {
            host: shown(&access.base),
            access,
            http,
            octocrab: OnceCell::new(),
            slots: Semaphore::new(AT_ONCE),
            quiet_until: Mutex::new(None),
            limits,
        })
    }

    /// Asks for all pages of a list, by count: the address of a next page that the server gives is never followed.
    ///
    /// # Errors
    /// [`Fault`]; also when fewer came than there are said to be.
    pub(super) async fn all<P: Page + DeserializeOwned>(
        &self,
        question: &Question,
        per_page: u32,
    ) -> Result<Vec<Named>, Fault> {
        let changed = |why: String| {
            Fault::Failed(Failure {
                why: format!("{}: {why}", question.what),
                help: Some("the list changed meanwhile: ask again".into()),
            })
        };
        let mut all: Vec<Named> = Vec::new();
        let mut first = None;
        for page in 1..=self.limits.pages {
            let query = format!("?per_page={per_page}&page={page}");
            let (total, some) = self.get::<P>(question, &query).await?.parts();
            // One that goes while pages are turned moves the next over the edge of its page, where nobody sees it.
            if *first.get_or_insert(total) != total {
                return Err(changed(format!(
                    "there are {total} by one page, and another number by the one before"
                )));
            }
            let last = some.is_empty();
            all.extend(some);
            if all.len() as u64 >= total {
                return Ok(all);
            }
            if last {
                return Err(changed(format!(
                    "only {} of {total} were listed",
                    all.len()
                )));
            }
        }
        Err(Fault::Failed(Failure {
            why: format!("{}: the list does not end", question.what),
            help: None,
        }))
    }

    /// Asks for one thing, and asks again while that may help. The query begins with `?`, if there is one.
    ///
    /// # Errors
    /// [`Fault`], after all the patience there is.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        question: &Question,
        query: &str,
    ) -> Result<T, Fault> {
        let token = self
            .access
            .token
            .as_ref()
            .map_err(|failure| Fault::Failed(failure.clone()))?;
        let subject = Subject {
            what: &question.what,
            permission: question.permission,
            variable: token.variable,
            host: &self.host,
        };
        let path = question.path.iter().map(String::as_str);
        let route = format!("{}{query}", github_rest::route(&self.access.base, path));
        let mut done = 0;
        loop {
            self.keep_quiet(subject).await?;
            done += 1;
            let reply = self.once(&route).await.map_err(|why| {
                Fault::Failed(Failure {
                    why: format!("{}: {} ({})", subject.what, why, self.host),
                    help: why.store_help().map(str::to_owned),
                })
            })?;
            if reply.status.is_success() {
                if let Some(end) = verdict::used_up_until(&reply.headers) {
                    self.be_quiet_until(end);
                }
                return serde_json::from_slice(&reply.body).map_err(|error| {
                    Fault::Failed(verdict::strange(subject, &reply.body, &error))
                });
            }
            let now = Timestamp::now();
            match verdict::of(subject, reply.status, &reply.headers, &reply.message(), now) {
                Verdict::Final(fault) => return Err(fault),
                Verdict::Passing {
                    wait,
                    limit,
                    failure,
                } => {
                    let pause = self.limits.retries.pause(done, wait);
                    let end = pause.or(wait).and_then(|pause| now.checked_add(pause).ok());
                    if let (true, Some(end)) = (limit, end) {
                        self.be_quiet_until(end);
                    }
                    let Some(pause) = pause else {
                        return Err(Fault::Failed(failure));
                    };
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    /// One request and its whole answer.
    async fn once(&self, route: &str) -> Result<Reply, Unreached> {
        let _slot = self.slots.acquire().await.map_err(|_| Unreached::Other)?;
        let octocrab = self
            .octocrab
            .get_or_try_init(|| async { self.connect() })
            .await?;
        let response = octocrab
            ._get(route)
            .await
            .map_err(|error| github_rest::unreached(&error))?;
        let (status, headers) = (response.status(), response.headers().clone());
        let whole = reqwest::Response::from(response.map(reqwest::Body::wrap));
        let body = http::body(whole, self.limits.body).await?;
        Ok(Reply {
            status,
            headers,
            body,
        })
    }

    fn connect(&self) -> Result<Octocrab, Unreached> {
        let token = self.access.token.as_ref().map_err(|_| Unreached::Other)?;
        github_rest::client(&self.access.base, &token.value, self.http.clone())
    }

    /// Waits while a limit is in force, if that is short enough.
    async fn keep_quiet(&self, subject: Subject<'_>) -> Result<(), Fault> {
        let quiet = *self.quiet();
        let Some(end) = quiet else {
            return Ok(());
        };
        let left = Duration::try_from(end.duration_since(Timestamp::now())).unwrap_or_default();
        if left > self.limits.retries.longest {
            return Err(Fault::Failed(verdict::used_up(subject, end)));
        }
        tokio::time::sleep(left).await;
        Ok(())
    }

    fn be_quiet_until(&self, end: Timestamp) {
        let mut quiet = self.quiet();
        *quiet = (*quiet).max(Some(end));
    }

    fn quiet(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.quiet_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A whole answer.
struct Reply {
    status: StatusCode,
    headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
}

impl Reply {
    /// The `message` of an error's body; empty where there is none.
    fn message(&self) -> String {
        #[derive(Deserialize)]
        struct Body {
            message: String,
        }
        serde_json::from_slice(&self.body).map_or(String::new(), |body: Body| body.message)
    }
}

/// Requests under way at a time. GitHub allows a hundred, to all that use the token
/// (<https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits>).
const AT_ONCE: usize = 16;
