//! How to sign in, and what with.

use super::{Environment, Sources, failure, not_its_say, variable};
use crate::config::Author;
use crate::config::discover::within;
use crate::config::sections::VaultAuth;
use crate::config::values::Words;
use crate::credentials::Failure;
use crate::stores::vault::token::Token;
use std::io;
use std::path::{Component, Path, PathBuf};
use zeroize::Zeroizing;

/// How to get a token.
pub(in super::super) enum SignIn {
    /// It was given.
    Token(Token),
    /// It stands in a file, or else nowhere.
    TokenFile(Option<PathBuf>),
    /// The server gives one.
    Login(Login),
}

/// What the server gives a token for.
pub(in super::super) enum Login {
    /// AppRole.
    AppRole {
        mount: String,
        role_id: String,
        secret_id: Option<Token>,
    },
    /// A file with a pod's token.
    Kubernetes {
        mount: String,
        role: String,
        jwt_file: PathBuf,
    },
    /// A GitHub Actions job asks GitHub for a token first.
    Github {
        mount: String,
        role: Option<String>,
        audience: Option<String>,
        request_url: Option<String>,
        request_token: Option<Token>,
    },
}

/// How the configuration and the environment say to sign in.
pub(super) fn sign_in(sources: Sources<'_>) -> Result<SignIn, Failure> {
    let Sources { config, env, .. } = sources;
    let word = |words: &Option<Words>| words.as_ref().map(|words| words.as_str().to_owned());
    let role = word(&config.role);
    let mount = |usual: &str| auth_mount(config.auth_mount.as_ref().map_or(usual, Words::as_str));
    let token = |name: &str| {
        let text = variable(env, name).map(Zeroizing::new);
        text.map(|text| Token::parse(&text, &format!("`VAULT_{name}`")))
            .transpose()
    };
    Ok(match config.auth {
        VaultAuth::Token => match token("TOKEN")? {
            Some(token) => SignIn::Token(token),
            None => SignIn::TokenFile(token_file(env)),
        },
        VaultAuth::Approle => SignIn::Login(Login::AppRole {
            mount: mount("approle")?,
            role_id: variable(env, "ROLE_ID").or(role).ok_or_else(|| Failure {
                why: "the role ID to sign in with is not set".to_owned(),
                help: Some("set `role` of [stores.vault], or VAULT_ROLE_ID".to_owned()),
            })?,
            secret_id: token("SECRET_ID")?,
        }),
        VaultAuth::Kubernetes => SignIn::Login(Login::Kubernetes {
            mount: mount("kubernetes")?,
            role: role.ok_or_else(|| Failure {
                why: "the role to sign in as is not set".to_owned(),
                help: Some("set `role` of [stores.vault]".to_owned()),
            })?,
            jwt_file: jwt_file(sources)?,
        }),
        VaultAuth::Github => SignIn::Login(Login::Github {
            mount: mount("jwt")?,
            role,
            audience: word(&config.audience),
            request_url: env("ACTIONS_ID_TOKEN_REQUEST_URL").filter(|url| !url.is_empty()),
            request_token: env("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
                .filter(|token| !token.is_empty())
                .map(Zeroizing::new)
                .map(|token| Token::parse(&token, "`ACTIONS_ID_TOKEN_REQUEST_TOKEN`"))
                .transpose()?,
        }),
    })
}

/// Where `vault login` and `bao login` leave the token.
fn token_file(env: &Environment<'_>) -> Option<PathBuf> {
    if let Some(path) = variable(env, "TOKEN_PATH") {
        return Some(path.into());
    }
    let home = env("HOME").or_else(|| env("USERPROFILE"))?;
    (!home.is_empty()).then(|| Path::new(&home).join(".vault-token"))
}

/// The mount as it stands in a path; it may be written as the servers' lists show it.
fn auth_mount(text: &str) -> Result<String, Failure> {
    let mount = text.trim_matches('/');
    let mount = mount.strip_prefix("auth/").unwrap_or(mount);
    // An address loses such parts, and a secret would go to another path.
    let plain =
        |part: &str| !matches!(part, "" | "." | "..") && !part.chars().any(char::is_control);
    if mount.split('/').all(plain) {
        Ok(mount.to_owned())
    } else {
        Err(failure("`auth_mount` is no path of a sign-in method"))
    }
}

/// The file whose content is sent to the server. A repository may name its own files only.
fn jwt_file(sources: Sources<'_>) -> Result<PathBuf, Failure> {
    if let Some(path) = variable(sources.env, "JWT_FILE") {
        return Ok(path.into());
    }
    let Some(named) = &sources.config.jwt_file else {
        return Ok(POD_TOKEN.into());
    };
    let path = sources.root.join(named.as_str());
    if sources.author == Author::User {
        return Ok(path);
    }
    let plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    match within(&path, sources.root) {
        Ok(()) => Ok(path),
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                && Path::new(named.as_str()).components().all(plain) =>
        {
            Ok(path)
        }
        Err(_) => Err(not_its_say(
            "`jwt_file` of the repository's configuration leads out of its directory, and is not sent to the server"
                .to_owned(),
            "VAULT_JWT_FILE to the file",
        )),
    }
}

/// Where Kubernetes puts the token of a pod's service account.
const POD_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";
