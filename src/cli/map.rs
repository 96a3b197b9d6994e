//! `stackguard map` on the command line.

use clap::{Args, Subcommand};
use std::path::PathBuf;

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
