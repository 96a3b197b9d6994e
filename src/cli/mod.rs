//! The command line. Doc comments are the help text.

mod adopt;
mod global;
mod map;
mod publish;
mod stores;

pub use adopt::{Foreign, Hook, Import, Init, Writing};
pub use global::{Color, FailOn, Global, Output};
pub use map::{Map, MapAction};
pub use publish::Publish;
pub use stores::{Attest, Audit, AuditAction, Parity, Stock, StoreName};

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
    ///
    /// Exit codes: 0 done, and every example came out as written; 1 `test` found an example that did not; 2 bad usage or
    /// configuration, or a pack that cannot be read.
    Policy(Policy),
    /// Compare every credential of the map with vault, GitHub environments and Fly apps
    ///
    /// Exit codes: 0 clean, 1 findings at or above --fail-on, 2 bad usage or configuration, or a store that could not be
    /// asked. 2 outranks 1, and the findings are still reported.
    Parity(Parity),
    /// Report what must be rotated, by whom and by when, and whether a live credential is exposed
    ///
    /// Exit codes: 0 clean, 1 findings at or above --fail-on, 2 bad usage or configuration, or something could not be
    /// looked at. 2 outranks 1, and the findings are still reported.
    Audit(Audit),
    /// Write keyed fingerprints of secrets, where they are visible as variables of the environment
    ///
    /// Run it in a workflow job of a GitHub environment or on a machine of a Fly app, with the same STACKGUARD_ATTEST_KEY
    /// everywhere, and give the file to `parity --attestation`. No value can be read from it. Exit codes: 0 written; 2 bad
    /// usage or configuration, a variable that is missing, or a file that cannot be written.
    Attest(Attest),
    /// Read, convert and check the credential map
    ///
    /// Exit codes: 0 clean, 1 what `check` found at or above --fail-on, 2 bad usage or configuration, or a map that cannot
    /// be read.
    Map(Map),
    /// Accept what is there today, so that only new findings fail
    ///
    /// Exit codes: 0 written; 2 bad usage or configuration, or something could not be looked at, and so nothing was written.
    Baseline(Baseline),
    /// Set a repository up: configuration, hook, workflow and a first baseline
    ///
    /// Shows what it would write and asks. What is there already stays as it is. Exit codes: 0 written, declined or nothing
    /// to do; 2 nobody to ask and no --yes, or something could not be looked at or written.
    Init(Init),
    /// Take over the exceptions, baselines and rules of another scanner
    ///
    /// Reads .gitleaks.toml, .gitleaksignore, gitleaks' and detect-secrets' baselines, .secretsignore and
    /// .gitguardian.yaml. What cannot be carried over is listed. Exit codes as for init.
    Import(Import),
    /// Show a JSON report as a comment on a pull request and as a check run
    ///
    /// Made for the GitHub action. Sends to GITHUB_API_URL with GITHUB_TOKEN, and nothing anywhere else. Exit codes: 0 shown;
    /// 2 not, or not everywhere.
    #[command(hide = true)]
    Publish(Publish),
    /// Write completions, the man page, schemas and reference pages
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
        /// A pack [default: every pack in force]
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
        /// Take the findings of the whole history instead of the work tree
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
    /// What leaves the agreed stack
    Toolkit,
    /// Fly configuration: memory, machines, health checks, environment
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
