//! The command line. Doc comments are the help text.

mod adopt;
mod global;

pub use adopt::{Foreign, Hook, Import, Init, Writing};
pub use global::{Color, FailOn, Global, Output};

use crate::credentials::StoreKind;
use crate::policy::Guard;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Keeps secrets out of repositories and infrastructure on the agreed stack
///
/// Exit codes: 0 clean, 1 findings at or above --fail-on, 2 bad usage or configuration, or something could not be
/// looked at. 2 outranks 1, and the findings are still reported. 130: interrupted by Ctrl-C; nothing was reported.
#[derive(Debug, Parser)]
#[command(name = "stackguard", version, max_term_width = 100)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command
    #[command(flatten)]
    pub global: Global,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look for leaked secrets and for what leaves the agreed stack
    ///
    /// Exit codes: 0 clean, 1 findings at or above --fail-on, 2 bad usage or configuration, or something could not be
    /// looked at. 2 outranks 1, and the findings are still reported. 130: interrupted by Ctrl-C; nothing was reported.
    Check(Check),
    /// Show, explain and prove the rules
    Policy(Policy),
    /// Compare every credential of the map with vault, GitHub environments and Fly apps
    ///
    /// Exit codes: 0 clean, 1 findings at or above --fail-on, 2 bad usage or configuration, or a store that could not be
    /// asked. 2 outranks 1, and the findings are still reported.
    Parity(Parity),
    /// What must be rotated, by whom and until when; whether a live credential is exposed; evidence for the log
    ///
    /// Exit codes: 0 clean, 1 findings at or above --fail-on, 2 bad usage or configuration, or something could not be
    /// looked at. 2 outranks 1, and the findings are still reported.
    Audit(Audit),
    /// Write keyed fingerprints of secrets, where they are visible as variables of the environment
    ///
    /// Run it in a workflow job of a GitHub environment or on a machine of a Fly app, with the same STACKGUARD_ATTEST_KEY
    /// everywhere, and give the file to `parity --attestation`. No value can be read from it.
    Attest(Attest),
    /// Read, convert and check the credential map
    ///
    /// Exit codes: 0 clean, 1 what `check` found at or above --fail-on, 2 bad usage or configuration, or a map that cannot
    /// be read.
    Map(Map),
    /// Accept what is there today, so that only new findings fail
    Baseline(Baseline),
    /// Set a repository up: configuration, hook, workflow and a first baseline
    ///
    /// Shows what it would write and asks. What is there already stays as it is. Exit codes: 0 written, declined or nothing
    /// to do; 2 nobody to ask and no --yes, or something could not be written.
    Init(Init),
    /// Take over the exceptions, baselines and rules of another scanner
    ///
    /// Reads .gitleaks.toml, .gitleaksignore, gitleaks' and detect-secrets' baselines, .secretsignore and
    /// .gitguardian.yaml. What cannot be carried over is listed. Exit codes as for init.
    Import(Import),
    /// Write completions, the man page, schemas and reference pages
    #[command(hide = true)]
    Generate(Generate),
}

/// `stackguard check`
#[derive(Debug, Args, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent command line switches"
)]
pub struct Check {
    /// Files and directories to look at; with --staged, --range and --history the repository
    #[arg(value_name = "PATH", default_value = ".", conflicts_with = "stdin")]
    pub paths: Vec<PathBuf>,
    /// What is in the index against HEAD: the bytes to be committed, not the work tree
    #[arg(long, group = "source", help_heading = "Source")]
    pub staged: bool,
    /// What the commits of a range add; with three dots since the merge base
    #[arg(long, value_name = "A..B", group = "source", help_heading = "Source")]
    pub range: Option<String>,
    /// Every blob reachable from any ref, reflog or stash
    #[arg(long, group = "source", help_heading = "Source")]
    pub history: bool,
    /// With --history: every object there is, reachable or not
    #[arg(long, requires = "history", help_heading = "Source")]
    pub unreachable: bool,
    /// With --history: only commits made at this time or later, or after this commit
    #[arg(
        long,
        value_name = "DATE|COMMIT",
        requires = "history",
        help_heading = "Source"
    )]
    pub since: Option<String>,
    /// With --history: only what this ref reaches; can be given several times
    #[arg(
        long = "ref",
        value_name = "REF",
        requires = "history",
        help_heading = "Source"
    )]
    pub refs: Vec<String>,
    /// With --history: scan every byte of every version, to prove that the quick way finds the same
    #[arg(long, hide = true, requires = "history")]
    pub plain: bool,
    /// With --history: write the secrets found into this new file, for `git filter-repo --replace-text`
    ///
    /// The file holds the values in the clear. It is readable by its owner only, is never written over another one, and must
    /// stand outside of every repository.
    #[arg(
        long,
        value_name = "FILE",
        requires = "history",
        help_heading = "Source"
    )]
    pub scrub_file: Option<PathBuf>,
    /// One document from standard input
    #[arg(long, group = "source", help_heading = "Source")]
    pub stdin: bool,
    /// The path that document has
    #[arg(long, value_name = "PATH", requires = "stdin", help_heading = "Source")]
    pub stdin_path: Option<String>,
    /// Which guards to run [default: all that apply to the source]
    #[arg(long, value_name = "GUARD", value_delimiter = ',', value_enum)]
    pub guard: Vec<GuardName>,
    /// Look at files that .gitignore and its like exclude
    #[arg(long, help_heading = "Source")]
    pub no_ignore: bool,
    /// Do not read or write the cache of clean objects
    #[arg(long)]
    pub no_cache: bool,
}

/// `stackguard policy`
#[derive(Debug, Args)]
pub struct Policy {
    /// What to do
    #[command(subcommand)]
    pub action: PolicyAction,
}

/// What can be done with rules.
#[derive(Debug, Subcommand)]
pub enum PolicyAction {
    /// List every rule in force
    List,
    /// Say what a rule finds, why it matters and what to do
    Explain {
        /// The rule's id
        rule: String,
    },
    /// Prove rules by their own examples
    Test {
        /// A pack; none means every pack in force
        file: Option<PathBuf>,
    },
}

/// What is asked of the stores.
#[derive(Debug, Args)]
pub struct Stock {
    /// The credential map, Markdown or TOML [default: the map of the configuration]
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// Only credentials of this environment; can be given several times
    #[arg(long, value_name = "ENVIRONMENT")]
    pub environment: Vec<String>,
    /// Only this store; can be given several times
    #[arg(long, value_name = "STORE", value_enum)]
    pub store: Vec<StoreName>,
    /// Read a place from a file instead of asking: `github:staging=FILE`, `fly:APP=FILE`. Can be given several times
    #[arg(long, value_name = "KIND:NAME=FILE")]
    pub inventory: Vec<String>,
    /// What `stackguard attest` wrote; can be given several times
    #[arg(long, value_name = "FILE")]
    pub attestation: Vec<PathBuf>,
    /// What was last seen together
    #[arg(long, value_name = "FILE")]
    pub lock: Option<PathBuf>,
}

/// `stackguard parity`
#[derive(Debug, Args)]
pub struct Parity {
    /// What is asked.
    #[command(flatten)]
    pub stock: Stock,
    /// Write what is in step now into the lock
    #[arg(long, requires = "lock")]
    pub update_lock: bool,
}

/// `stackguard audit`
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Audit {
    /// Something else than an audit
    #[command(subcommand)]
    pub action: Option<AuditAction>,
    /// What is asked.
    #[command(flatten)]
    pub stock: Stock,
    /// Look for the vault's own values in the work tree and the whole history
    #[arg(long)]
    pub exposure: bool,
    /// Write reports, the command and checksums into a directory of their own below this one, and a Markdown entry for a
    /// log to standard output
    #[arg(long, value_name = "DIR")]
    pub evidence: Option<PathBuf>,
    /// Write the due dates as a calendar (iCalendar)
    #[arg(long, value_name = "FILE")]
    pub calendar: Option<PathBuf>,
}

/// What can be done with evidence.
#[derive(Debug, Subcommand)]
pub enum AuditAction {
    /// Check that evidence is as it was written
    Verify {
        /// The directory `--evidence` wrote
        directory: PathBuf,
    },
}

/// `stackguard attest`
#[derive(Debug, Args)]
pub struct Attest {
    /// The store whose values this process sees
    #[arg(long, value_name = "STORE", value_enum)]
    pub store: StoreName,
    /// The environment, as the map names it
    #[arg(long, value_name = "ENVIRONMENT")]
    pub environment: String,
    /// A credential as the map names it, and the variable it is in if that is called otherwise. Can be given several times
    /// [default: every credential the map has in that store and environment]
    #[arg(long, value_name = "NAME[=VARIABLE]")]
    pub name: Vec<String>,
    /// The credential map [default: the map of the configuration]
    #[arg(long, value_name = "FILE", conflicts_with = "name")]
    pub map: Option<PathBuf>,
    /// Write here instead of to standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// The kinds of store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StoreName {
    /// A vault directory, HashiCorp Vault or OpenBao
    Vault,
    /// GitHub environments
    Github,
    /// Fly apps
    Fly,
}

impl From<StoreName> for StoreKind {
    fn from(name: StoreName) -> Self {
        match name {
            StoreName::Vault => Self::Vault,
            StoreName::Github => Self::Github,
            StoreName::Fly => Self::Fly,
        }
    }
}

/// `stackguard map`
#[derive(Debug, Args)]
pub struct Map {
    /// What to do
    #[command(subcommand)]
    pub action: MapAction,
}

/// What can be done with the credential map.
#[derive(Debug, Subcommand)]
pub enum MapAction {
    /// Write a Markdown index of credentials as TOML, with every guess as a comment
    Import {
        /// The index [default: the map of the configuration]
        file: Option<PathBuf>,
        /// Write here instead of to standard output
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Replace the file if it exists
        #[arg(long, requires = "output")]
        force: bool,
    },
    /// Find what is wrong with the map in itself, and where Markdown and TOML disagree
    Check {
        /// The map [default: the map of the configuration]
        file: Option<PathBuf>,
        /// The other form of it [default: the file of the same name with the other ending, if there is one]
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
    },
    /// Show what the map says: every credential, and where it must be
    Show {
        /// The map [default: the map of the configuration]
        file: Option<PathBuf>,
    },
}

/// `stackguard baseline`
#[derive(Debug, Args)]
pub struct Baseline {
    /// What to do
    #[command(subcommand)]
    pub action: BaselineAction,
}

/// What can be done with the baseline.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum BaselineAction {
    /// Write every finding of the work tree into the baseline
    Create {
        /// Of the whole history instead
        #[arg(long)]
        history: bool,
    },
    /// Remove entries that match nothing any more
    Prune,
}

/// `stackguard generate`
#[derive(Debug, Args)]
pub struct Generate {
    /// What to write
    #[command(subcommand)]
    pub what: Generated,
}

/// What can be generated.
#[derive(Debug, Subcommand)]
pub enum Generated {
    /// Shell completions, to standard output
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// The man page, to standard output
    Man,
    /// A JSON schema, to standard output
    Schema {
        /// Of which file
        #[arg(value_enum)]
        of: SchemaOf,
    },
    /// Reference pages, into a directory
    Docs {
        /// The directory
        #[arg(default_value = "docs")]
        directory: PathBuf,
    },
}

/// Files that have a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// stackguard.toml
    Config,
    /// The JSON report
    Report,
    /// The credential map
    Map,
}

/// Guards that `check` can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GuardName {
    /// Leaked DSNs, tokens, keys and passwords
    Secrets,
    /// The canonical toolkit
    Toolkit,
    /// fly.toml
    Fly,
}

impl From<GuardName> for Guard {
    fn from(name: GuardName) -> Self {
        match name {
            GuardName::Secrets => Self::Secrets,
            GuardName::Toolkit => Self::Toolkit,
            GuardName::Fly => Self::Fly,
        }
    }
}
