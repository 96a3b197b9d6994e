//! Everything the store needs to know, from the environment and then the configuration, read once and checked.
//!
//! Who signs in trusts the server with a secret. So which server that is, who vouches for its certificate and which
//! file is sent to it, only the user says: in the environment, or in a configuration named with `--config`.
//!
//! The variables are those of the two servers' own command lines. OpenBao's come first, and one that is there and
//! empty hides Vault's of the same name (<https://openbao.org/docs/commands/#environment-variables>).

mod server;
mod sign_in;

pub(super) use sign_in::{Login, SignIn};

use crate::config::Author;
use crate::config::sections::VaultStore;
use crate::credentials::Failure;
use crate::stores::api::Origin;
use crate::stores::http::Retries;
use ::http::HeaderValue;
use jiff::SignedDuration;
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// The environment, as a function so that tests need not change it.
pub type Environment<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// What was read.
pub(super) struct Settings {
    pub(super) address: Origin,
    pub(super) namespace: Option<HeaderValue>,
    pub(super) client: reqwest::Client,
    /// For one answer.
    pub(super) timeout: Duration,
    pub(super) retries: Retries,
    /// For all requests of one place together.
    pub(super) patience: Duration,
    pub(super) sign_in: SignIn,
    pub(super) mount: Option<String>,
    pub(super) read_values: Option<bool>,
}

/// Where the settings come from.
#[derive(Clone, Copy)]
struct Sources<'s> {
    config: &'s VaultStore,
    /// What its paths are relative to.
    root: &'s Path,
    author: Author,
    env: &'s Environment<'s>,
}

impl Settings {
    /// Reads everything; `root` is what relative files are relative to, `author` whose word the configuration is, `answer` the
    /// time for one answer where the command line gives it.
    ///
    /// # Errors
    /// What is missing, wrong, or not for this author to say, without quoting it: it may be a secret in the wrong
    /// place.
    pub(super) fn read(
        config: &VaultStore,
        root: &Path,
        author: Author,
        env: &Environment<'_>,
        answer: Option<Duration>,
    ) -> Result<Self, Failure> {
        let sources = Sources {
            config,
            root,
            author,
            env,
        };
        let address = server::address(sources)?;
        let timeout = answer.map_or_else(|| timeout(env), Ok)?;
        let retries = Retries {
            most: number(env, "MAX_RETRIES")?.unwrap_or(Retries::default().most),
            ..Retries::default()
        };
        let namespace = variable(env, "NAMESPACE").or_else(|| {
            config
                .namespace
                .as_ref()
                .map(|name| name.as_str().to_owned())
        });
        let namespace = namespace
            .map(|name| HeaderValue::from_str(name.trim_matches('/')))
            .transpose()
            .map_err(|_| failure("the namespace holds a character that no namespace has"))?;
        Ok(Self {
            client: server::client(sources, &address, timeout)?,
            timeout,
            namespace,
            retries,
            patience: timeout.saturating_mul(3),
            sign_in: sign_in::sign_in(sources)?,
            mount: config
                .mount
                .as_ref()
                .map(|mount| mount.as_str().trim_matches('/').to_owned()),
            read_values: config.read_values,
            address,
        })
    }
}

/// The host only: a proxy's address may hold a password, and what one signs in with is nobody's business.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("host", &self.address.host())
            .finish_non_exhaustive()
    }
}

/// A variable of OpenBao, or else of Vault; none where the one that counts is empty.
fn variable(env: &Environment<'_>, name: &str) -> Option<String> {
    let found = env(&format!("BAO_{name}")).or_else(|| env(&format!("VAULT_{name}")));
    found.filter(|value| !value.is_empty())
}

fn number(env: &Environment<'_>, name: &str) -> Result<Option<u32>, Failure> {
    let Some(text) = variable(env, name) else {
        return Ok(None);
    };
    match text.trim().parse::<u32>() {
        Ok(number) => Ok(Some(number.min(MOST_RETRIES))),
        Err(_) => Err(failure(&format!("`VAULT_{name}` is no number"))),
    }
}

/// Seconds, or a length such as `1m30s`, as the servers' own clients read it.
fn timeout(env: &Environment<'_>) -> Result<Duration, Failure> {
    let Some(text) = variable(env, "CLIENT_TIMEOUT") else {
        return Ok(TIMEOUT);
    };
    let text = text.trim();
    let length = match text.parse::<u64>() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => text
            .parse::<SignedDuration>()
            .ok()
            .and_then(|length| Duration::try_from(length).ok()),
    };
    match length {
        Some(length) if !length.is_zero() => Ok(length.min(MOST_TIMEOUT)),
        _ => Err(failure("`VAULT_CLIENT_TIMEOUT` is no length of time")),
    }
}

/// The repository's own file said what only the user may say.
fn not_its_say(why: String, variable: &str) -> Failure {
    Failure {
        why,
        help: Some(format!(
            "where credentials go must be said where they are: set {variable}, or name the configuration with `--config`"
        )),
    }
}

fn failure(why: &str) -> Failure {
    Failure {
        why: why.to_owned(),
        help: None,
    }
}

/// For one answer, by default and at most.
const TIMEOUT: Duration = Duration::from_secs(30);
const MOST_TIMEOUT: Duration = Duration::from_secs(300);

/// However many are asked for.
const MOST_RETRIES: u32 = 5;
