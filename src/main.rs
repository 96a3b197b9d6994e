//! Parses the command line, runs it, exits.

use clap::Parser as _;
use stackguard::cli::Cli;
use stackguard::exit::ExitStatus;

/// Most of a short run is small values made and dropped, and in a long one threads do that at the same time.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitStatus {
    stackguard::run(Cli::parse())
}
