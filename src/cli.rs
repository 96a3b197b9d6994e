//! The command line. Doc comments are the help text.

mod map;

pub use map::{Map, MapAction};

use crate::policy::{Guard, Severity};
use crate::report::Format;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Keeps secrets out of repositories and infrastructure on the agreed stack
///
/// Exit codes: 0 clean, 1 findings at or above --fail-on, 2 bad usage or configuration, or something could not be
/// looked at. 2 outranks 1, and the findings are still reported.
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
    /// looked at. 2 outranks 1, and the findings are still reported.
    Check(Check),
    /// Show, explain and prove the rules
    Policy(Policy),
    /// Read, convert and check the credential map
    ///
    /// Exit codes: 0 clean, 1 what `check` found at or above --fail-on, 2 bad usage or configuration, or a map that cannot
    /// be read.
    Map(Map),
    /// Accept what is there today, so that only new findings fail
    Baseline(Baseline),
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

/// Options of every command.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent command line switches"
)]
pub struct Global {
    /// Read this configuration instead of the stackguard.toml above the current directory
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "STACKGUARD_CONFIG",
        conflicts_with = "no_config",
        help_heading = "Configuration"
    )]
    pub config: Option<PathBuf>,
    /// Read no configuration
    #[arg(
        long,
        global = true,
        env = "STACKGUARD_NO_CONFIG",
        help_heading = "Configuration"
    )]
    pub no_config: bool,
    /// Findings that were accepted before [default: .stackguard-baseline.json, if there is one]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "STACKGUARD_BASELINE",
        help_heading = "Configuration"
    )]
    pub baseline: Option<PathBuf>,
    /// How to report: human, json, jsonl, sarif, github, markdown, junit or html; with =PATH into a file. Can be given several times
    #[arg(long, global = true, value_name = "FORMAT[=PATH]", env = "STACKGUARD_FORMAT", value_delimiter = ',', value_parser = parse_format, help_heading = "Output")]
    pub format: Vec<Output>,
    /// The lowest severity that fails the run
    #[arg(long, global = true, value_name = "SEVERITY", env = "STACKGUARD_FAIL_ON", value_enum, default_value_t = FailOn::Medium, help_heading = "Output")]
    pub fail_on: FailOn,
    /// Do not fail because something could not be looked at; it is still reported
    #[arg(
        long,
        global = true,
        env = "STACKGUARD_ALLOW_INCOMPLETE",
        help_heading = "Output"
    )]
    pub allow_incomplete: bool,
    /// Threads to use [default: one for each processor]
    #[arg(long, global = true, value_name = "N", env = "STACKGUARD_THREADS", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
    /// When to use colour
    #[arg(long, global = true, value_enum, env = "STACKGUARD_COLOR", default_value_t = Color::Auto, help_heading = "Output")]
    pub color: Color,
    /// Show no progress
    #[arg(
        long,
        global = true,
        env = "STACKGUARD_NO_PROGRESS",
        help_heading = "Output"
    )]
    pub no_progress: bool,
    /// Say only what was found
    #[arg(
        short,
        long,
        global = true,
        env = "STACKGUARD_QUIET",
        conflicts_with = "verbose",
        help_heading = "Output"
    )]
    pub quiet: bool,
    /// Show every place, and what exceptions and the baseline cover
    #[arg(
        short,
        long,
        global = true,
        env = "STACKGUARD_VERBOSE",
        help_heading = "Output"
    )]
    pub verbose: bool,
}

/// A format and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// How to report.
    pub format: Format,
    /// Where to; none is standard output.
    pub path: Option<PathBuf>,
}

fn parse_format(text: &str) -> Result<Output, String> {
    let (name, path) = text
        .split_once('=')
        .map_or((text, None), |(name, path)| (name, Some(path)));
    let format = Format::from_str(name, true).map_err(|_| {
        let known: Vec<String> = Format::value_variants()
            .iter()
            .filter_map(ValueEnum::to_possible_value)
            .map(|value| value.get_name().to_owned())
            .collect();
        format!("unknown format `{name}`; there are {}", known.join(", "))
    })?;
    let path = path.filter(|path| *path != "-").map(PathBuf::from);
    if path
        .as_ref()
        .is_some_and(|path| path.as_os_str().is_empty())
    {
        return Err(format!(
            "`{name}=` names no file; write `{name}` for standard output"
        ));
    }
    Ok(Output { format, path })
}

/// `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Only critical findings
    Critical,
    /// High and critical ones
    High,
    /// All but low ones
    Medium,
    /// Every finding
    Low,
    /// No finding
    Never,
}

impl FailOn {
    /// The lowest severity that fails; none for never.
    #[must_use]
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Critical => Some(Severity::Critical),
            Self::High => Some(Severity::High),
            Self::Medium => Some(Severity::Medium),
            Self::Low => Some(Severity::Low),
            Self::Never => None,
        }
    }
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
