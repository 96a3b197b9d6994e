//! Everything the store needs to know, from the environment and then the configuration, read once and checked.
//!
//! The variables are those of the two servers' own command lines. OpenBao's come first, and one that is there and
//! empty hides Vault's of the same name (<https://openbao.org/docs/commands/#environment-variables>).

use super::token::Token;
use crate::config::sections::{VaultAuth, VaultStore};
use crate::credentials::Failure;
use crate::stores::http::{self as hygiene, Retries};
use ::http::HeaderValue;
use jiff::SignedDuration;
use reqwest::Url;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use zeroize::Zeroizing;

/// The environment, as a function so that tests need not change it.
pub type Environment<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// What was read.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) address: Url,
    pub(super) namespace: Option<HeaderValue>,
    pub(super) client: reqwest::Client,
    pub(super) retries: Retries,
    /// For all requests of one place together.
    pub(super) patience: Duration,
    pub(super) sign_in: SignIn,
    pub(super) mount: Option<String>,
    pub(super) read_values: Option<bool>,
}

/// How to get a token. No secret of it shows in `Debug`.
#[derive(Debug)]
pub(super) enum SignIn {
    /// It was given.
    Token(Token),
    /// It stands in a file, or else nowhere.
    TokenFile(Option<PathBuf>),
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

impl Settings {
    /// Reads everything; `root` is what relative files are relative to.
    ///
    /// # Errors
    /// What is missing or wrong, without quoting it: it may be a secret in the wrong place.
    pub(super) fn read(
        config: &VaultStore,
        root: &Path,
        env: &Environment<'_>,
    ) -> Result<Self, Failure> {
        let address = address(config, env)?;
        let timeout = timeout(env)?;
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
            client: client(config, root, env, &address, timeout)?,
            namespace,
            retries,
            patience: timeout.saturating_mul(3),
            sign_in: sign_in(config, root, env)?,
            mount: config
                .mount
                .as_ref()
                .map(|mount| mount.as_str().trim_matches('/').to_owned()),
            read_values: config.read_values,
            address,
        })
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

fn address(config: &VaultStore, env: &Environment<'_>) -> Result<Url, Failure> {
    let configured = || {
        config
            .address
            .as_ref()
            .map(|address| address.as_str().to_owned())
    };
    let Some(text) = variable(env, "ADDR").or_else(configured) else {
        return Err(Failure {
            why: "the address of the server is not set".to_owned(),
            help: Some("set `address` of [stores.vault], or VAULT_ADDR".to_owned()),
        });
    };
    let good = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    };
    let mut url = Url::parse(text.trim())
        .ok()
        .filter(good)
        .ok_or_else(|| Failure {
            why: "the address of the server is not one of HTTP".to_owned(),
            help: Some(
                "it looks like https://vault.example.com:8200, without user or password".to_owned(),
            ),
        })?;
    url.set_query(None);
    url.set_fragment(None);
    Ok(url)
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

fn client(
    config: &VaultStore,
    root: &Path,
    env: &Environment<'_>,
    address: &Url,
    timeout: Duration,
) -> Result<reqwest::Client, Failure> {
    let mut builder = hygiene::client(timeout);
    if address.scheme() == "http" {
        // Without TLS the system's authorities need not even be read.
        builder = builder.tls_certs_only([]);
    } else if let Some(authorities) = authorities(config, root, env)? {
        builder = builder.tls_certs_only(authorities);
    }
    let pair = (variable(env, "CLIENT_CERT"), variable(env, "CLIENT_KEY"));
    if let (Some(certificate), Some(key)) = pair {
        let mut pem = Zeroizing::new(read_pem(Path::new(&certificate), "`VAULT_CLIENT_CERT`")?);
        pem.push(b'\n');
        pem.extend_from_slice(&Zeroizing::new(read_pem(
            Path::new(&key),
            "`VAULT_CLIENT_KEY`",
        )?));
        let identity = reqwest::Identity::from_pem(&pem)
            .map_err(|_| failure("the client certificate or its key is not good PEM"))?;
        builder = builder.identity(identity);
    }
    let proxy = variable(env, "PROXY_ADDR").or_else(|| variable(env, "HTTP_PROXY"));
    if let Some(proxy) = proxy {
        let proxy = reqwest::Proxy::all(proxy)
            .map_err(|_| failure("`VAULT_PROXY_ADDR` is no address of a proxy"))?;
        builder = builder.proxy(proxy);
    }
    builder
        .build()
        .map_err(|_| failure("no TLS client could be made of the certificates given"))
}

/// The authorities to trust in place of the system's: a file, the PEM itself, or a directory of files.
fn authorities(
    config: &VaultStore,
    root: &Path,
    env: &Environment<'_>,
) -> Result<Option<Vec<reqwest::Certificate>>, Failure> {
    let configured = || config.ca_cert.as_ref().map(|path| root.join(path.as_str()));
    let mut pem = Vec::new();
    if let Some(path) = variable(env, "CACERT") {
        pem.push(read_pem(Path::new(&path), "`VAULT_CACERT`")?);
    } else if let Some(bytes) = variable(env, "CACERT_BYTES") {
        pem.push(bytes.into_bytes());
    } else if let Some(directory) = variable(env, "CAPATH") {
        let unreadable = |_| failure("the directory in `VAULT_CAPATH` could not be read");
        let entries = fs::read_dir(directory).map_err(unreadable)?;
        for entry in entries.take(MOST_AUTHORITIES) {
            let path = entry.map_err(unreadable)?.path();
            if path.is_file() {
                pem.push(read_pem(&path, "a file in `VAULT_CAPATH`")?);
            }
        }
    } else if let Some(path) = configured() {
        pem.push(read_pem(&path, "the file in `ca_cert`")?);
    } else {
        return Ok(None);
    }
    let mut all = Vec::new();
    for pem in pem {
        let some = reqwest::Certificate::from_pem_bundle(&pem)
            .map_err(|_| failure("the authorities to trust are not good PEM"))?;
        all.extend(some);
    }
    if all.is_empty() {
        return Err(failure(
            "there is no certificate among the authorities to trust",
        ));
    }
    Ok(Some(all))
}

fn read_pem(path: &Path, name: &str) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MOST_PEM).read_to_end(&mut bytes))
        .map_err(|error| failure(&format!("{name} could not be read: {}", error.kind())))?;
    Ok(bytes)
}

fn sign_in(config: &VaultStore, root: &Path, env: &Environment<'_>) -> Result<SignIn, Failure> {
    let word = |words: &Option<crate::config::values::Words>| {
        words.as_ref().map(|words| words.as_str().to_owned())
    };
    let role = word(&config.role);
    let mount = |usual: &str| {
        let mount = word(&config.auth_mount).unwrap_or_else(|| usual.to_owned());
        // It may be written as the servers' lists show it.
        let mount = mount.trim_matches('/');
        mount.strip_prefix("auth/").unwrap_or(mount).to_owned()
    };
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
        VaultAuth::Approle => SignIn::AppRole {
            mount: mount("approle"),
            role_id: variable(env, "ROLE_ID").or(role).ok_or_else(|| Failure {
                why: "the role ID to sign in with is not set".to_owned(),
                help: Some("set `role` of [stores.vault], or VAULT_ROLE_ID".to_owned()),
            })?,
            secret_id: token("SECRET_ID")?,
        },
        VaultAuth::Kubernetes => SignIn::Kubernetes {
            mount: mount("kubernetes"),
            role: role.ok_or_else(|| Failure {
                why: "the role to sign in as is not set".to_owned(),
                help: Some("set `role` of [stores.vault]".to_owned()),
            })?,
            jwt_file: word(&config.jwt_file)
                .map_or_else(|| POD_TOKEN.into(), |path| root.join(path)),
        },
        VaultAuth::Github => SignIn::Github {
            mount: mount("jwt"),
            role,
            audience: word(&config.audience),
            request_url: env("ACTIONS_ID_TOKEN_REQUEST_URL").filter(|url| !url.is_empty()),
            request_token: env("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
                .filter(|token| !token.is_empty())
                .map(Zeroizing::new)
                .map(|token| Token::parse(&token, "`ACTIONS_ID_TOKEN_REQUEST_TOKEN`"))
                .transpose()?,
        },
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

/// Files of a directory of authorities, and bytes of one.
const MOST_AUTHORITIES: usize = 1000;
const MOST_PEM: u64 = 4 << 20;

/// Where Kubernetes puts the token of a pod's service account.
const POD_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";
