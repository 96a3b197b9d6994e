//! What can go wrong with a request, and what to tell people of it.
//!
//! The server's own sentences are read to know what it means, and never repeated: a proxy that answers with what
//! it was sent would put the token into a report.

use super::answers::{Refusal, VersionInfo};
use crate::credentials::Failure;
use crate::stores::http::Unreached;
use std::fmt;
use std::time::Duration;

/// Why a request brought nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// No whole answer came.
    Unreached(Unreached),
    /// The server said no.
    Refused {
        status: u16,
        said: Said,
        wait: Option<Duration>,
    },
    /// The answer points to another server, where the token must not go.
    Redirected { host: String },
    /// The answer is not Vault's.
    Foreign { status: u16, page: bool },
    /// The request could not even be made.
    Unasked,
}

/// What the server meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// An empty list of errors: with 404, that nothing is there.
    Nothing,
    /// The version asked for is deleted or destroyed.
    Version(VersionInfo),
    /// The token is not good.
    BadToken,
    /// Nothing is mounted there.
    NoEngine,
    /// Nothing is mounted there, or nothing the token may use.
    NoEngineSeen,
    /// A mount that is being made into version 2.
    Upgrading,
    /// It is sealed.
    Sealed,
    /// The path is one of the other version of KV.
    OtherVersion,
    /// The engine has no such call.
    NoSuchCall,
    /// The namespace is not there.
    NoNamespace,
    /// Anything else.
    Other,
}

impl Trouble {
    /// What an answer that is no success means.
    pub(super) fn refused(status: u16, body: &[u8], wait: Option<Duration>) -> Self {
        match serde_json::from_slice::<Refusal>(body) {
            Ok(refusal) => match Said::of(&refusal) {
                Some(said) => Self::Refused { status, said, wait },
                None => Self::foreign(status, body),
            },
            // An agent or a load balancer may send no body at all.
            Err(_) if body.is_empty() => Self::Refused {
                status,
                said: Said::Other,
                wait,
            },
            Err(_) => Self::foreign(status, body),
        }
    }

    /// An answer that is not Vault's.
    pub(super) fn foreign(status: u16, body: &[u8]) -> Self {
        let start = body.trim_ascii_start();
        Self::Foreign {
            status,
            page: start.first() == Some(&b'<'),
        }
    }

    /// The status, where the server gave one.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } | Self::Foreign { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the server knows the question and will not answer it for this token.
    pub(super) fn is_denied(&self) -> bool {
        matches!(self, Self::Refused { status: 403, .. })
    }

    /// Whether the token will open nothing at all.
    pub(super) fn is_bad_token(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                said: Said::BadToken,
                ..
            }
        )
    }

    /// Whether the server says that nothing is there, rather than that it did not understand.
    pub(super) fn is_nothing(&self) -> bool {
        matches!(
            self,
            Self::Refused {
                status: 404,
                said: Said::Nothing,
                ..
            }
        )
    }

    /// How long the server asks to be left alone.
    pub(super) fn wait(&self) -> Option<Duration> {
        match self {
            Self::Refused { wait, .. } => *wait,
            _ => None,
        }
    }

    /// In words for people.
    pub(super) fn failure(&self) -> Failure {
        Failure {
            why: self.to_string(),
            help: self.help(),
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Unreached(unreached) => unreached.store_help()?,
            Self::Refused { status, said, .. } => match said {
                Said::BadToken => BAD_TOKEN,
                Said::NoEngine | Said::NoEngineSeen => {
                    "check the first part of the path, and the namespace"
                }
                Said::OtherVersion => "correct `kv` of this entry in the credential map",
                Said::Sealed => "unseal it, then ask again",
                Said::NoNamespace => "check `namespace` of [stores.vault]",
                Said::NoSuchCall => {
                    "subkeys need Vault 1.10 or OpenBao; for an older server set `read_values = true`"
                }
                _ if *status == 401 => BAD_TOKEN,
                _ if *status == 403 => DENIED,
                _ if *status == 429 => "ask later, or raise the quota",
                _ => return None,
            },
            Self::Redirected { .. } => {
                "set VAULT_ADDR, or `address` of [stores.vault], to the server itself"
            }
            Self::Foreign { .. } => "check the address; a proxy in between may have answered",
            Self::Unasked => return None,
        };
        Some(help.to_owned())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreached(unreached) => unreached.fmt(f),
            Self::Refused { status, said, wait } => refused(f, *status, said, *wait),
            Self::Redirected { host } => {
                write!(
                    f,
                    "the server sends elsewhere, to `{host}`, and the token does not go there"
                )
            }
            Self::Foreign { status, page: true } => {
                write!(
                    f,
                    "a web page came with status {status}, not an answer of Vault"
                )
            }
            Self::Foreign { status, .. } => {
                write!(
                    f,
                    "the answer with status {status} is not one of Vault, or not whole"
                )
            }
            Self::Unasked => f.write_str("the request could not be put together"),
        }
    }
}

impl std::error::Error for Trouble {}

impl From<Unreached> for Trouble {
    fn from(unreached: Unreached) -> Self {
        Self::Unreached(unreached)
    }
}

/// Takes back what the transport put in, and drops everything else: rustify's errors hold bodies.
impl From<rustify::errors::ClientError> for Trouble {
    fn from(error: rustify::errors::ClientError) -> Self {
        match error {
            rustify::errors::ClientError::GenericError { source } => {
                source.downcast().unwrap_or(Self::Unasked)
            }
            _ => Self::Unasked,
        }
    }
}

impl Said {
    /// None for what is no answer of Vault: `{}` from a gateway must not pass for "nothing there".
    fn of(refusal: &Refusal) -> Option<Self> {
        if let Some(info) = refusal.data.as_ref().and_then(|data| data.metadata.clone()) {
            return Some(Self::Version(info));
        }
        let errors = refusal.errors.as_deref();
        let mut texts = errors.unwrap_or_default().iter().chain(&refusal.warnings);
        let known = texts.find_map(|text| KNOWN.iter().find(|(needle, _)| text.contains(needle)));
        match known {
            Some((_, said)) => Some(said.clone()),
            None if errors?.is_empty() => Some(Self::Nothing),
            None => Some(Self::Other),
        }
    }
}

fn refused(
    f: &mut fmt::Formatter<'_>,
    status: u16,
    said: &Said,
    wait: Option<Duration>,
) -> fmt::Result {
    match said {
        Said::BadToken => f.write_str("the token is not valid any more, or never was"),
        Said::NoEngine => f.write_str("no secrets engine is mounted there"),
        Said::NoEngineSeen => {
            f.write_str("no secrets engine is mounted there, or none that the token may use")
        }
        Said::Upgrading => {
            f.write_str("the engine is being upgraded to version 2 and does not answer yet")
        }
        Said::Sealed => f.write_str("the server is sealed"),
        Said::OtherVersion => f.write_str("the engine is KV version 2, and was asked as version 1"),
        Said::NoSuchCall => f.write_str("the server does not know this call"),
        Said::NoNamespace => f.write_str("the namespace does not exist"),
        Said::Nothing | Said::Version(_) | Said::Other => match (status, wait) {
            (403, _) => f.write_str("permission denied"),
            (401, _) => f.write_str("the server did not accept the sign-in (status 401)"),
            (429, Some(wait)) => write!(
                f,
                "too many requests; the server asks to wait {} s",
                wait.as_secs()
            ),
            (429, None) => f.write_str("too many requests"),
            _ => write!(f, "the server answered with status {status}"),
        },
    }
}

/// What is searched for in the server's sentences, and what it means.
const KNOWN: &[(&str, Said)] = &[
    ("Invalid path for a versioned K/V", Said::OtherVersion),
    ("invalid token", Said::BadToken),
    ("bad token", Said::BadToken),
    ("no handler for route", Said::NoEngine),
    ("preflight capability check", Said::NoEngineSeen),
    ("Upgrading from non-versioned", Said::Upgrading),
    ("is sealed", Said::Sealed),
    ("unsupported path", Said::NoSuchCall),
    ("unsupported operation", Said::NoSuchCall),
    ("namespace not found", Said::NoNamespace),
    ("no such namespace", Said::NoNamespace),
];

const BAD_TOKEN: &str = "get a new token: `vault login`, or the sign-in of [stores.vault]";
const DENIED: &str = "the token is no longer valid, or its policy does not allow this";
