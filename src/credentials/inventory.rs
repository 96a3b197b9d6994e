//! What the stores hold, as they were asked: names, times, digests, and values only where a store gives them.
//!
//! "Not there" and "could not be asked" are different answers everywhere: a listing that failed is never an
//! empty listing.

use crate::finding::Secret;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// The kinds of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StoreKind {
    /// A directory of files, or HashiCorp Vault or OpenBao: where the value is at home.
    Vault,
    /// GitHub Actions secrets.
    Github,
    /// Secrets of Fly apps.
    Fly,
}

impl StoreKind {
    /// The word used in reports and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vault => "vault",
            Self::Github => "github",
            Self::Fly => "fly",
        }
    }

    /// The kind of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Vault, Self::Github, Self::Fly]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

/// One thing a store can list: what is asked for with one chain of requests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StorePlace {
    /// A file of a directory vault (path from the repository root) or a secret of a KV engine (`mount/path`).
    Vault {
        /// The path, without a slash at either end.
        path: String,
        /// The engine's version where the map states it.
        kv: Option<u8>,
    },
    /// The secrets a job of an environment sees; without an environment, those of the repository.
    Github {
        /// `owner/name`.
        repository: String,
        /// The environment.
        environment: Option<String>,
    },
    /// The secrets of an app.
    Fly {
        /// The app.
        app: String,
    },
}

impl StorePlace {
    /// The kind of store it belongs to.
    #[must_use]
    pub fn kind(&self) -> StoreKind {
        match self {
            Self::Vault { .. } => StoreKind::Vault,
            Self::Github { .. } => StoreKind::Github,
            Self::Fly { .. } => StoreKind::Fly,
        }
    }

    /// Whether two are the same place: the version of an engine is no part of where a secret is, and GitHub takes its names
    /// in any letter case.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Vault { path, .. }, Self::Vault { path: other, .. }) => path == other,
            (
                Self::Github {
                    repository,
                    environment,
                },
                Self::Github {
                    repository: of,
                    environment: named,
                },
            ) => {
                let lower = |name: &Option<String>| name.as_ref().map(|name| name.to_lowercase());
                repository.eq_ignore_ascii_case(of) && lower(environment) == lower(named)
            }
            _ => self == other,
        }
    }
}

/// As findings name it: `vault:PATH`, `github:ENVIRONMENT`, `fly:APP`.
impl fmt::Display for StorePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vault { path, .. } => write!(f, "vault:{path}"),
            Self::Github {
                environment: Some(environment),
                ..
            } => write!(f, "github:{environment}"),
            Self::Github { repository, .. } => write!(f, "github:{repository}"),
            Self::Fly { app } => write!(f, "fly:{app}"),
        }
    }
}

/// What one place answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// It was listed whole.
    Listed(Listing),
    /// It certainly does not exist; so nothing is in it. Says how that is known, in a few words.
    Absent(String),
    /// It could not be asked, or not wholly: nothing follows about what is in it.
    Unknown(Failure),
}

/// What is in a place.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// By the name the store uses; GitHub's names are upper case, all others are as written.
    pub entries: BTreeMap<String, Entry>,
    /// What is worth saying of the place itself (no reviewers, a file others can read, a token that may write).
    pub remarks: Vec<Remark>,
}

/// Something a store noticed about a place or an entry while listing it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// The rule it breaks; none for a plain note.
    pub rule: Option<&'static str>,
    /// The entry it is about; none for the place.
    pub key: Option<String>,
    /// The file it is about, where there is one (a file of a directory vault), from the repository root.
    pub file: Option<String>,
    /// One sentence without a full stop; never a value.
    pub message: String,
}

/// One name in a place.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// The value, where the store gives it.
    pub value: Option<Secret>,
    /// When the value was last set.
    pub updated: Option<Timestamp>,
    /// Whether `updated` is only a hint (the mtime of a file), not a record of the store.
    pub weak_time: bool,
    /// The version of the value.
    pub version: Option<u64>,
    /// What the store gives in the value's place: it changes when the value does, and tells nothing else.
    pub digest: Option<String>,
    /// Whether what runs has this value already; none where that is not known or makes no sense.
    pub reach: Option<Reach>,
    /// When the store itself will drop the value.
    pub expires: Option<Timestamp>,
    /// Where a job sees it from, where it is not the place itself: `repository`, `organisation`.
    pub inherited_from: Option<String>,
    /// Whether it stands there as a plain variable, which everyone can read.
    pub plain: bool,
}

/// How far a new value got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Every machine runs with it.
    Deployed,
    /// Some machines run with it.
    Partial,
    /// No machine runs with it yet.
    Staged,
}

/// Why a place could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Failure {
    /// What happened, in words for people; never a token, a value or a body.
    pub why: String,
    /// What to do about it: the permission to grant, the variable to set.
    pub help: Option<String>,
}

/// What lies where the asked places are, by name only: a store that keeps each credential in a place of its own may
/// hold some that nobody asks for.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// The places there are, those that were asked included.
    pub places: BTreeSet<StorePlace>,
    /// One sentence each, without a full stop: what the store may not tell.
    pub notes: BTreeSet<String>,
    /// Directories that could not be looked into though they may be, and why.
    pub unlisted: Vec<(String, Failure)>,
}

/// All answers, by place.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// What was asked.
    pub answers: BTreeMap<StorePlace, Answer>,
    /// What else there is, of all stores.
    pub beside: Beside,
}
