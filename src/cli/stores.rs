//! `stackguard parity`, `audit` and `attest`: what asks the stores, or stands where values can be seen.

use crate::credentials::StoreKind;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

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
    /// Read a place from a file instead of asking: `github:staging=FILE`, `github:OWNER/NAME:staging=FILE` where the map has
    /// several repositories, `fly:APP=FILE`. Can be given several times
    #[arg(long, value_name = "KIND:NAME=FILE")]
    pub inventory: Vec<String>,
    /// Seconds that one answer of a server may take, to its last byte [default: 30 for Vault and GitHub, 15 for Fly]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..=300))]
    pub timeout: Option<u16>,
    /// What `stackguard attest` wrote; can be given several times
    #[arg(long, value_name = "FILE")]
    pub attestation: Vec<PathBuf>,
    /// The parity lock: what was in step when it was written
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
