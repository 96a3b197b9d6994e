//! Signing in, and what the token that comes of it is worth saying.

use super::answers::{Capabilities, Enveloped, JobToken, LoggedIn, TokenInfo};
use super::calls::CapabilitiesSelf;
use super::settings::{Settings, SignIn};
use super::token::{self, Token};
use super::transport::Transport;
use super::trouble::Trouble;
use crate::credentials::{Failure, Remark};
use crate::stores::http::{self as hygiene, Unreached};
use reqwest::Url;
use rustify::Endpoint;
use serde::de::DeserializeOwned;
use std::path::Path;
use vaultrs::api::auth::approle::requests::LoginWithApproleRequest;
use vaultrs::api::auth::kubernetes::requests::LoginWithKubernetesRequest;
use vaultrs::api::auth::oidc::requests::JWTLoginRequest;
use vaultrs::api::token::requests::LookupTokenSelfRequest;
use zeroize::Zeroize as _;

/// A server that knows who asks.
#[derive(Debug)]
pub(super) struct Session {
    transport: Transport,
    /// Of the token and the way to the server; said of every place.
    pub(super) remarks: Vec<Remark>,
    /// Whether the token may do everything.
    pub(super) root: bool,
}

/// What the token may do with the values of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rights {
    pub(super) read: bool,
    pub(super) write: bool,
}

impl Session {
    /// Signs in.
    pub(super) async fn open(settings: &Settings) -> Result<Self, Failure> {
        let bare = Transport::new(
            settings.client.clone(),
            settings.address.clone(),
            settings.namespace.clone(),
            settings.retries,
        );
        let token = match &settings.sign_in {
            SignIn::Token(token) => token.clone(),
            SignIn::TokenFile(path) => stored(path.as_deref())?,
            other => login(&bare, settings, other).await?,
        };
        let mut session = Self {
            transport: bare.with_token(token.header()?),
            remarks: Vec::new(),
            root: false,
        };
        session.look_at_itself(settings).await?;
        Ok(session)
    }

    /// Asks, and reads the answer as `T`; the bytes of it are wiped.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        endpoint: impl Endpoint,
    ) -> Result<T, Trouble> {
        ask(&self.transport, &endpoint).await
    }

    /// What the token may do with a path; nothing where it may not even ask that.
    ///
    /// # Errors
    /// The server could not be asked.
    pub(super) async fn rights(&self, path: String) -> Result<Rights, Trouble> {
        if self.root {
            return Ok(Rights {
                read: true,
                write: true,
            });
        }
        let asked = CapabilitiesSelf { paths: vec![path] };
        let answer: Result<Enveloped<Capabilities>, Trouble> = self.ask(asked).await;
        let all = match answer {
            Ok(answer) => answer.data.capabilities,
            Err(trouble) if matches!(trouble.status(), Some(400 | 403 | 404)) => Vec::new(),
            Err(trouble) => return Err(trouble),
        };
        let has = |wanted: &[&str]| all.iter().any(|one| wanted.contains(&one.as_str()));
        Ok(Rights {
            read: has(&["read", "root"]),
            write: has(&["create", "update", "patch", "delete", "root"]),
        })
    }

    /// Notes a token that may do everything, and a way on which others can read it. A policy that forbids the
    /// question is no fault.
    async fn look_at_itself(&mut self, settings: &Settings) -> Result<(), Failure> {
        let asked: Result<Enveloped<TokenInfo>, Trouble> =
            self.ask(LookupTokenSelfRequest {}).await;
        match asked {
            Ok(info) => self.root = info.data.is_root(),
            Err(trouble) if trouble.is_bad_token() => return Err(trouble.failure()),
            Err(trouble) if matches!(trouble.status(), Some(403 | 404)) => {}
            Err(trouble) => return Err(trouble.failure()),
        }
        if self.root {
            self.remarks.push(note(
                "the vault is read with a root token; a policy that may only read is enough",
            ));
        }
        if settings.address.scheme() == "http" && !is_loopback(&settings.address) {
            self.remarks.push(note(
                "the vault is asked without TLS; whoever is on the way can read the token",
            ));
        }
        Ok(())
    }
}

/// A sentence about a place that breaks no rule.
pub(super) fn note(message: impl Into<String>) -> Remark {
    Remark {
        rule: None,
        key: None,
        file: None,
        message: message.into(),
    }
}

async fn ask<T: DeserializeOwned>(
    transport: &Transport,
    endpoint: &impl Endpoint,
) -> Result<T, Trouble> {
    let mut answer = endpoint.exec(transport).await.map_err(Trouble::from)?;
    let status = answer.response.status().as_u16();
    let body = answer.response.body_mut();
    let parsed = serde_json::from_slice(body).map_err(|_| Trouble::foreign(status, body));
    body.zeroize();
    parsed
}

fn stored(path: Option<&Path>) -> Result<Token, Failure> {
    let found = path.map(|path| token::in_file(path, "the token file"));
    found.transpose()?.flatten().ok_or_else(|| Failure {
        why: "there is no token to ask the vault with".to_owned(),
        help: Some(
            "set VAULT_TOKEN, run `vault login`, or set `auth` of [stores.vault]".to_owned(),
        ),
    })
}

async fn login(
    transport: &Transport,
    settings: &Settings,
    sign_in: &SignIn,
) -> Result<Token, Failure> {
    match sign_in {
        SignIn::AppRole {
            mount,
            role_id,
            secret_id,
        } => {
            let mut request = LoginWithApproleRequest {
                mount: mount.clone(),
                role_id: role_id.clone(),
                // A role may do without one (`bind_secret_id = false`).
                secret_id: secret_id
                    .as_ref()
                    .map_or_else(String::new, |id| id.expose().to_owned()),
            };
            let answer = ask(transport, &request).await;
            request.secret_id.zeroize();
            signed_in(answer)
        }
        SignIn::Kubernetes {
            mount,
            role,
            jwt_file,
        } => {
            let jwt = token::in_file(jwt_file, "the service account's token")?;
            let jwt = jwt.ok_or_else(|| Failure {
                why: "there is no token of a service account".to_owned(),
                help: Some(
                    "this runs in no pod, or the pod mounts none; see `jwt_file`".to_owned(),
                ),
            })?;
            let mut request = LoginWithKubernetesRequest {
                mount: mount.clone(),
                role: role.clone(),
                jwt: jwt.expose().to_owned(),
            };
            let answer = ask(transport, &request).await;
            request.jwt.zeroize();
            signed_in(answer)
        }
        SignIn::Github {
            mount,
            role,
            audience,
            request_url,
            request_token,
        } => {
            let asked_at = request_url.as_deref().zip(request_token.as_ref());
            let jwt = job_token(&settings.client, asked_at, audience.as_deref()).await?;
            let mut request = JWTLoginRequest {
                mount: mount.clone(),
                jwt: jwt.expose().to_owned(),
                role: role.clone(),
            };
            let answer = ask(transport, &request).await;
            request.jwt.zeroize();
            signed_in(answer)
        }
        SignIn::Token(token) => Ok(token.clone()),
        SignIn::TokenFile(path) => stored(path.as_deref()),
    }
}

fn signed_in(answer: Result<LoggedIn, Trouble>) -> Result<Token, Failure> {
    match answer {
        Ok(answer) => Token::parse(answer.auth.client_token.text(), "the answer to the sign-in"),
        Err(trouble) if matches!(trouble.status(), Some(400 | 401 | 403 | 404)) => Err(Failure {
            why: format!(
                "the server did not accept the sign-in (status {})",
                trouble.status().unwrap_or_default()
            ),
            help: Some(
                "check `auth`, `auth_mount` and `role`, and the secret they go with".to_owned(),
            ),
        }),
        Err(trouble) => {
            let failure = trouble.failure();
            Err(Failure {
                why: format!("signing in failed: {}", failure.why),
                help: failure.help,
            })
        }
    }
}

/// Asks GitHub for the job's own token
/// (<https://docs.github.com/actions/reference/security/oidc>). The vault's client is used, and none of its headers.
async fn job_token(
    client: &reqwest::Client,
    asked_at: Option<(&str, &Token)>,
    audience: Option<&str>,
) -> Result<Token, Failure> {
    let (url, bearer) = asked_at.ok_or_else(|| Failure {
        why: "GitHub offers this job no OIDC token".to_owned(),
        help: Some(
            "give the job `permissions: id-token: write`; jobs of a fork's pull request get none"
                .to_owned(),
        ),
    })?;
    let failed = |why: String| Failure {
        why: format!("GitHub gave no OIDC token: {why}"),
        help: None,
    };
    let mut url = Url::parse(url)
        .ok()
        .filter(|url| url.scheme() == "https" || is_loopback(url))
        .ok_or_else(|| failed("the address to ask at is not one of HTTPS".to_owned()))?;
    if let Some(audience) = audience {
        url.query_pairs_mut().append_pair("audience", audience);
    }
    let answer = client
        .get(url)
        .bearer_auth(bearer.expose())
        .send()
        .await
        .map_err(|error| failed(Unreached::of(&error).to_string()))?;
    let status = answer.status();
    if !status.is_success() {
        return Err(failed(format!(
            "it answered with status {}",
            status.as_u16()
        )));
    }
    let body = hygiene::body(answer, MOST_JOB_TOKEN)
        .await
        .map_err(|unreached| failed(unreached.to_string()))?;
    let token: JobToken = serde_json::from_slice(&body)
        .map_err(|_| failed("its answer could not be read".to_owned()))?;
    Token::parse(token.value.text(), "GitHub's answer")
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Bytes of an answer with a token in it.
const MOST_JOB_TOKEN: usize = 64 << 10;
