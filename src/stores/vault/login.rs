//! Getting a token from the server for something else that shows who asks.

use super::answers::{JobToken, LoggedIn};
use super::session::ask;
use super::settings::Login;
use super::token::{self, Token};
use super::transport::Transport;
use super::trouble::Trouble;
use crate::credentials::Failure;
use crate::stores::http::{self as hygiene, Unreached};
use reqwest::Url;
use std::time::Duration;
use vaultrs::api::auth::approle::requests::LoginWithApproleRequest;
use vaultrs::api::auth::kubernetes::requests::LoginWithKubernetesRequest;
use vaultrs::api::auth::oidc::requests::JWTLoginRequest;
use zeroize::Zeroize as _;

/// Signs in.
pub(super) async fn log_in(
    transport: &Transport,
    login: &Login,
    timeout: Duration,
) -> Result<Token, Failure> {
    match login {
        Login::AppRole {
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
        Login::Kubernetes {
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
        Login::Github {
            mount,
            role,
            audience,
            request_url,
            request_token,
        } => {
            let asked_at = request_url.as_deref().zip(request_token.as_ref());
            let jwt = job_token(timeout, asked_at, audience.as_deref()).await?;
            let mut request = JWTLoginRequest {
                mount: mount.clone(),
                jwt: jwt.expose().to_owned(),
                role: role.clone(),
            };
            let answer = ask(transport, &request).await;
            request.jwt.zeroize();
            signed_in(answer)
        }
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
/// (<https://docs.github.com/actions/reference/security/oidc>). GitHub is not the vault: nothing that was
/// set for the way there (authorities, client certificate, proxy) holds for it.
async fn job_token(
    timeout: Duration,
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
        .filter(|url| url.scheme() == "https" || hygiene::is_loopback(url))
        .ok_or_else(|| failed("the address to ask at is not one of HTTPS".to_owned()))?;
    if let Some(audience) = audience {
        url.query_pairs_mut().append_pair("audience", audience);
    }
    let client = hygiene::client(timeout, &url)
        .build()
        .map_err(|_| failed("the certificates of the system cannot be loaded".to_owned()))?;
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

/// Bytes of an answer with a token in it.
const MOST_JOB_TOKEN: usize = 64 << 10;
