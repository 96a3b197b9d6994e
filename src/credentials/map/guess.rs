//! What reading a Markdown index had to guess, and what it left out: both are said, never silent.

use crate::finding::Gap;
use std::fmt;

/// Something an entry says that the index does not say outright.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guess {
    /// The entry, by its place in the map.
    pub entry: usize,
    /// What was guessed.
    pub kind: GuessKind,
}

/// The kinds of guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GuessKind {
    /// The name is made of the name of the vault file.
    NameFromFile,
    /// The row names several things; which name belongs to which file was told by their words.
    NamePaired,
    /// Several names are kept in one file.
    SharedFile,
    /// The environment is what the name of the file or of the secret ends in.
    EnvironmentFromName,
    /// The row is of several environments, and the file or the secret names none.
    EnvironmentOfRow,
    /// The environment is the one GitHub is said to mirror to.
    EnvironmentFromMirror,
    /// The environment is the one that the heading above the table names.
    EnvironmentFromHeading,
    /// No environment is named: production, so that nothing is left out where it matters most.
    EnvironmentAssumed,
    /// The owner is the team that is only said to mirror or to keep the credential.
    OwnerFromVerb,
    /// The interval was written in words.
    IntervalFromWords,
    /// It is said to be mirrored to GitHub, but not to which environment: the entry's own.
    GithubEnvironment,
    /// Only its name stands there: it is taken for one that a job of its environment sees.
    GithubAssumed,
    /// The path has no ending of a file: it is taken for a secret of a KV engine.
    PathOfEngine,
    /// It stands in the column of secrets without back-quotes.
    Unquoted,
    /// Another row adds a place to this entry; the 1-based line of that row.
    Merged(u32),
}

/// A part of an index that gave no entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// The 1-based line of the row.
    pub line: u32,
    /// Why.
    pub kind: SkippedKind,
}

/// Why a part gave no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkippedKind {
    /// It is said to be no secret.
    NonSecret,
    /// It is struck through.
    Struck,
    /// It is in a file where somebody works, such as `.env.local`, so in no store.
    Local,
    /// Neither a vault path nor a name of a secret stands in it.
    NothingNamed,
    /// It ends in `etc.`: what else there is, it does not say.
    EtCetera,
    /// Something in back-quotes is neither a path nor a name.
    NotUnderstood,
    /// What a column says of environments, stores or rotation is not understood.
    ColumnNotUnderstood,
    /// It is said to be a secret on Fly, without the name of the app.
    FlyUnnamed,
    /// It names more environments of GitHub or apps of Fly than its entries have room for.
    OtherPlaces,
    /// More stands behind a name, perhaps a value; only the name was read.
    BesideName,
    /// It names more than [`MOST_IN_ROW`] things; the rest was left out.
    TooMany,
    /// The table names vault files or secrets, but its header names no column of secrets beside one of capabilities.
    NoCredentialTable,
    /// A list or HTML names a vault file that stands in no credential table.
    OutsideTable,
}

/// Paths or names read from one row.
pub const MOST_IN_ROW: usize = 200;

impl Skipped {
    /// What this leaves unseen; none where leaving it out was right.
    #[must_use]
    pub fn gap(&self, file: &str) -> Option<Gap> {
        let seen = matches!(
            self.kind,
            SkippedKind::NonSecret
                | SkippedKind::Struck
                | SkippedKind::Local
                | SkippedKind::BesideName
        );
        (!seen).then(|| Gap {
            what: format!("{file}:{}", self.line),
            why: format!("{}; {}", self.kind, self.kind.advice()),
        })
    }
}

impl SkippedKind {
    /// What to do about it.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::NonSecret | Self::Struck | Self::Local => "nothing needs to be done",
            Self::NothingNamed => {
                "name the vault file or the secret in back-quotes, or say that the row is non-secret"
            }
            Self::EtCetera => "name the others, or write a glob such as `SHOPIFY_*`",
            Self::NotUnderstood => {
                "write a vault path such as `vault/acme/staging.env`, or a name such as `DATABASE_URL`"
            }
            Self::ColumnNotUnderstood => {
                "name the environments (`staging`), the app (`acme-staging`), the interval (`90d`)"
            }
            Self::FlyUnnamed => "name the app: Fly app `acme-staging`",
            Self::OtherPlaces => {
                "an entry has one of each: give a further copy a row, or in TOML an entry, under a name of its own"
            }
            Self::BesideName => "write the name alone",
            Self::TooMany => "divide the row",
            Self::NoCredentialTable => "name the columns `Capability` and `Secret Names / Paths`",
            Self::OutsideTable => "give it a row, or say there that it is non-secret",
        }
    }
}

impl fmt::Display for GuessKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NameFromFile => "the name is made of the file's name",
            Self::NamePaired => {
                "the row has several names: this one resembles the file's name most"
            }
            Self::SharedFile => "the file is taken to hold several names",
            Self::EnvironmentFromName => "the environment is told by the end of a name",
            Self::EnvironmentOfRow => "the row is of several environments: one entry for each",
            Self::EnvironmentFromMirror => "the environment is the one it is mirrored to",
            Self::EnvironmentFromHeading => "the environment is the one in the heading above",
            Self::EnvironmentAssumed => "no environment is named: production assumed",
            Self::OwnerFromVerb => "the owner is the team said to mirror or keep it",
            Self::IntervalFromWords => "the interval was written in words",
            Self::GithubEnvironment => {
                "mirrored to GitHub, environment not named: the entry's own assumed"
            }
            Self::GithubAssumed => {
                "no store is named: taken for a secret of the GitHub environment of that name"
            }
            Self::PathOfEngine => {
                "the path ends in neither .env nor .json: taken for a secret of a KV engine"
            }
            Self::Unquoted => "it is not in back-quotes",
            Self::Merged(line) => return write!(f, "joined with line {line}, which adds a place"),
        })
    }
}

impl fmt::Display for SkippedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NonSecret => "said to be no secret",
            Self::Struck => "struck through",
            Self::Local => "kept in a local file, for development alone",
            Self::NothingNamed => "names no vault path and no secret",
            Self::EtCetera => "says that there are more, without their names",
            Self::NotUnderstood => "something in back-quotes is neither a path nor a name",
            Self::ColumnNotUnderstood => {
                "what a column says of environments, stores or rotation could not be read"
            }
            Self::FlyUnnamed => "is said to be on Fly, without the name of the app",
            Self::OtherPlaces => {
                "names a GitHub environment or a Fly app that none of its entries has"
            }
            Self::BesideName => "something stands behind a name, and was not read",
            Self::TooMany => "names more than 200 things, and the rest was not read",
            Self::NoCredentialTable => {
                "a table names vault files or secrets, but its header is not one of a credential table"
            }
            Self::OutsideTable => "a list or HTML names a vault file that stands in no credential table",
        })
    }
}
