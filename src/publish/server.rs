//! The API of GitHub, with a token that may write: octocrab over the transport of the stores, without any redirect.

use crate::credentials::Failure;
use crate::stores::github_rest;
use crate::stores::http::{self, Retries, Unreached};
use octocrab::Octocrab;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{StatusCode, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;
use std::time::Duration;
use zeroize::Zeroizing;

/// A server and a token for it.
pub struct Access {
    base: Url,
    token: Zeroizing<String>,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Access({})", self.base.host_str().unwrap_or("?"))
    }
}

impl Access {
    /// From `GITHUB_TOKEN` and `GITHUB_API_URL`, and nothing else: no file of a repository has a say.
    ///
    /// # Errors
    /// No token, one with characters that no token has, or an address to which none may be sent.
    pub fn of(env: &dyn Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let fault = |why: &str, help: &str| Failure {
            why: why.to_owned(),
            help: Some(help.to_owned()),
        };
        let env = |name: &str| env(name).filter(|value| !value.trim().is_empty());
        let address = env("GITHUB_API_URL").unwrap_or_else(|| GITHUB.to_owned());
        let base = Url::parse(address.trim().trim_end_matches('/'))
            .ok()
            .filter(|url| url.has_host() && url.username().is_empty() && url.password().is_none())
            .filter(|url| url.query().is_none() && url.fragment().is_none());
        let Some(base) = base else {
            return Err(fault(
                "GITHUB_API_URL is no address",
                "it is \"https://api.github.com\", or \"https://HOST/api/v3\"",
            ));
        };
        if base.scheme() != "https" && !(base.scheme() == "http" && http::is_loopback(&base)) {
            return Err(fault(
                "GITHUB_API_URL would be sent the token in the clear",
                "give an address that begins with `https://`",
            ));
        }
        let Some(token) = env("GITHUB_TOKEN").map(Zeroizing::new) else {
            return Err(fault(
                "there is no GITHUB_TOKEN",
                "in a workflow, set it to `${{ github.token }}`",
            ));
        };
        let token = Zeroizing::new(token.trim().to_owned());
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(fault(
                "GITHUB_TOKEN holds characters that no token has",
                "set it to the token alone",
            ));
        }
        Ok(Self { base, token })
    }
}

/// Something asked for, of the repository.
#[derive(Debug)]
pub(super) struct Request<'a> {
    /// In an error: "the comment".
    pub what: &'static str,
    /// The path below the repository, not encoded yet.
    pub path: Vec<&'a str>,
    /// What the job must be granted.
    pub permission: &'static str,
}

/// Why there is no good answer.
#[derive(Debug)]
pub(super) struct Refused {
    /// What the server said, where it did.
    pub status: Option<StatusCode>,
    /// The same in words; nothing of a body is in them.
    pub failure: Failure,
}

/// The server, for one repository.
pub(super) struct Server {
    base: Url,
    repository: [String; 2],
    octocrab: Octocrab,
    retries: Retries,
}

impl Server {
    /// # Errors
    /// When no secure connection is possible here.
    pub(super) fn new(access: &Access, owner: &str, name: &str) -> Result<Self, Failure> {
        let none = || Failure {
            why: "secure connections are not possible here".into(),
            help: Some("install the system's certificate authorities".into()),
        };
        // A request that writes must not be made again elsewhere, nor turn into one that reads.
        let client = http::client(PATIENCE, &access.base)
            .redirect(Policy::none())
            .build()
            .map_err(|_| none())?;
        let octocrab =
            github_rest::client(&access.base, &access.token, client).map_err(|_| none())?;
        Ok(Self {
            base: access.base.clone(),
            repository: [owner.to_owned(), name.to_owned()],
            octocrab,
            retries: Retries::default(),
        })
    }

    /// Reads, and asks again while that may help. The query begins with `?`.
    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
        query: &str,
    ) -> Result<T, Refused> {
        let route = format!("{}{query}", self.route(request));
        self.read(request, &route).await
    }

    /// Whose the token is.
    pub(super) async fn user<T: DeserializeOwned>(&self) -> Result<T, Refused> {
        let request = Request {
            what: "the owner of the token",
            path: Vec::new(),
            permission: "metadata: read",
        };
        self.read(&request, &github_rest::route(&self.base, ["user"]))
            .await
    }

    /// Makes something; never tried again, as it may have been made.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
        body: &Value,
    ) -> Result<T, Refused> {
        self.once(request, &self.route(request), Method::Post(body))
            .await
    }

    /// Changes something; never tried again, as what is added would be added twice.
    pub(super) async fn patch<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
        body: &Value,
    ) -> Result<T, Refused> {
        self.once(request, &self.route(request), Method::Patch(body))
            .await
    }

    /// Takes something away.
    pub(super) async fn delete(&self, request: &Request<'_>) -> Result<(), Refused> {
        let route = self.route(request);
        self.answer(request, &route, Method::Delete).await?;
        Ok(())
    }

    async fn read<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
        route: &str,
    ) -> Result<T, Refused> {
        let mut done = 0;
        loop {
            done += 1;
            let result = self.once(request, route, Method::Get).await;
            let passing = |refused: &Refused| refused.status.is_some_and(http::is_passing);
            match (result, self.retries.pause(done, None)) {
                (Err(refused), Some(pause)) if passing(&refused) => tokio::time::sleep(pause).await,
                (result, _) => return result,
            }
        }
    }

    /// One request and what its answer says.
    async fn once<T: DeserializeOwned>(
        &self,
        request: &Request<'_>,
        route: &str,
        method: Method<'_>,
    ) -> Result<T, Refused> {
        let (status, body) = self.answer(request, route, method).await?;
        let host = self.base.host_str().unwrap_or("?");
        serde_json::from_slice(&body).map_err(|_| Refused {
            status: Some(status),
            failure: Failure {
                why: format!("{}: {host} answered with what is none", request.what),
                help: Some("does GITHUB_API_URL lead to the REST API?".into()),
            },
        })
    }

    /// One request and its whole answer, which is a good one.
    async fn answer(
        &self,
        request: &Request<'_>,
        route: &str,
        method: Method<'_>,
    ) -> Result<(StatusCode, Zeroizing<Vec<u8>>), Refused> {
        let host = self.base.host_str().unwrap_or("?");
        let cut = |why: Unreached| Refused {
            status: None,
            failure: Failure {
                why: format!("{}: {why} ({host})", request.what),
                help: why.help().map(str::to_owned),
            },
        };
        let response = match method {
            Method::Get => self.octocrab._get(route).await,
            Method::Post(body) => self.octocrab._post(route, Some(body)).await,
            Method::Patch(body) => self.octocrab._patch(route, Some(body)).await,
            Method::Delete => self.octocrab._delete(route, None::<&()>).await,
        }
        .map_err(|error| cut(github_rest::unreached(&error)))?;
        let status = response.status();
        if !status.is_success() {
            return Err(refused(request, status, response.headers()));
        }
        let whole = reqwest::Response::from(response.map(reqwest::Body::wrap));
        let body = http::body(whole, LARGEST).await.map_err(cut)?;
        Ok((status, body))
    }

    /// Path below the repository, with the prefix of the API's address.
    fn route(&self, request: &Request<'_>) -> String {
        let [owner, name] = &self.repository;
        let mut path = vec!["repos", owner, name];
        path.extend(&request.path);
        github_rest::route(&self.base, path)
    }
}

/// What is done, with what is sent.
#[derive(Debug, Clone, Copy)]
enum Method<'a> {
    Get,
    Post(&'a Value),
    Patch(&'a Value),
    Delete,
}

/// An answer that is no success, in words of ours: a body may say anything.
fn refused(request: &Request<'_>, status: StatusCode, headers: &HeaderMap) -> Refused {
    let what = request.what;
    let limited = status == StatusCode::TOO_MANY_REQUESTS
        || headers.contains_key(reqwest::header::RETRY_AFTER)
        || headers
            .get("x-ratelimit-remaining")
            .is_some_and(|left| left == "0");
    let (why, help) = match status {
        _ if limited && status.is_client_error() => (
            "GitHub's limit of requests is used up".to_owned(),
            Some("run it again later".to_owned()),
        ),
        StatusCode::UNAUTHORIZED => (
            "GITHUB_TOKEN is not accepted".to_owned(),
            Some("in a workflow, set it to `${{ github.token }}`".to_owned()),
        ),
        StatusCode::FORBIDDEN => (
            "GITHUB_TOKEN has no permission for it".to_owned(),
            Some(format!(
                "grant the job `{}`; a pull request from a fork never has it",
                request.permission
            )),
        ),
        StatusCode::NOT_FOUND | StatusCode::GONE => (
            "it is not there, or GITHUB_TOKEN cannot see it".to_owned(),
            Some(format!(
                "check the repository and the number or commit; the job needs `{}`",
                request.permission
            )),
        ),
        StatusCode::UNPROCESSABLE_ENTITY => (
            "GitHub does not take it (422)".to_owned(),
            Some("is the commit one of this repository, and pushed?".to_owned()),
        ),
        _ if status.is_redirection() => (
            "GitHub answers with a redirect, which is not followed".to_owned(),
            Some("was the repository renamed? set GITHUB_REPOSITORY to its name".to_owned()),
        ),
        _ => (
            format!("GitHub answers with status {}", status.as_u16()),
            None,
        ),
    };
    Refused {
        status: Some(status),
        failure: Failure {
            why: format!("{what}: {why}"),
            help,
        },
    }
}

const GITHUB: &str = "https://api.github.com";

/// For one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Bytes of an answer: a hundred comments of 64 KiB, with what is said about each.
const LARGEST: usize = 32 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn access(set: &[(&str, &str)]) -> Result<Access, Failure> {
        Access::of(&|name| {
            let found = set.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn only_two_variables_have_a_say() {
        let of = |set: &[(&str, &str)]| access(set).map(|access| access.base.to_string());
        assert_eq!(
            of(&[("GITHUB_TOKEN", "t")]).as_deref(),
            Ok("https://api.github.com/")
        );
        let own = [
            ("GITHUB_TOKEN", " t\n"),
            ("GITHUB_API_URL", "https://h.example/api/v3/"),
        ];
        assert_eq!(of(&own).as_deref(), Ok("https://h.example/api/v3"));
        assert!(
            access(&[
                ("GITHUB_TOKEN", "t"),
                ("GITHUB_API_URL", "http://127.0.0.1:1")
            ])
            .is_ok()
        );
        for bad in [
            &[("GH_TOKEN", "t")][..],
            &[("GITHUB_TOKEN", " ")],
            &[("GITHUB_TOKEN", "a b")],
            &[
                ("GITHUB_TOKEN", "t"),
                ("GITHUB_API_URL", "http://h.example"),
            ],
            &[("GITHUB_TOKEN", "t"), ("GITHUB_API_URL", "ftp://127.0.0.1")],
            &[
                ("GITHUB_TOKEN", "t"),
                ("GITHUB_API_URL", "https://u:p@h.example"),
            ],
            &[("GITHUB_TOKEN", "t"), ("GITHUB_API_URL", "h.example")],
        ] {
            assert!(access(bad).is_err(), "{bad:?}");
        }
        let silent = access(&own).expect("a token");
        assert_eq!(format!("{silent:?}"), "Access(h.example)");
    }
}
