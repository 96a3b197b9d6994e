//! Parses the command line, runs it, exits.

use clap::Parser as _;
use stackguard::cli::Cli;
use stackguard::exit::ExitStatus;

fn main() -> ExitStatus {
    stackguard::run(Cli::parse())
}
