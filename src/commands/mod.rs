//! One verb each: put the pieces together, run, write down, say how it ended.

mod asking;
mod attest;
mod audit;
mod baseline;
mod changes;
mod check;
mod compared;
mod evidence;
mod exposure;
mod generate;
mod history;
mod import;
mod init;
mod interrupt;
mod map;
mod open;
mod output;
mod parity;
mod policy;
mod progress;
mod publish;
mod reality;
mod scrub;
mod setup;
mod stock;

use crate::cli::{Cli, Command, PolicyAction};
use crate::exit::ExitStatus;
use std::io::{self, Write as _};

/// Runs the command line and says how it ended. Errors go to standard error, with advice.
#[must_use]
pub fn run(cli: Cli) -> ExitStatus {
    let color = output::wants_color(cli.global.color, &io::stderr());
    let format =
        unreported(&cli.command).map_or(Ok(()), |command| output::no_report(&cli.global, command));
    let result = format.and_then(|()| match cli.command {
        Command::Check(args) => check::run(&args, &cli.global),
        Command::Policy(args) => policy::run(&args, &cli.global),
        Command::Map(args) => map::run(&args, &cli.global),
        Command::Parity(args) => parity::run(&args, &cli.global),
        Command::Audit(args) => audit::run(&args, &cli.global),
        Command::Attest(args) => attest::run(&args, &cli.global),
        Command::Baseline(args) => baseline::run(&args, &cli.global),
        Command::Init(args) => init::run(&args, &cli.global),
        Command::Import(args) => import::run(&args, &cli.global),
        Command::Publish(args) => publish::run(&args),
        Command::Generate(args) => generate::run(&args),
    });
    match result {
        Ok(status) => status,
        Err(report) if output::is_closed_pipe(&report) => ExitStatus::Clean,
        Err(report) => {
            let _ = writeln!(io::stderr(), "{}", output::error_text(&report, color));
            ExitStatus::Incomplete
        }
    }
}

/// The name of a command that has nothing to report in a format.
fn unreported(command: &Command) -> Option<&'static str> {
    match command {
        Command::Audit(args) if args.action.is_some() => Some("audit verify"),
        Command::Policy(args) if matches!(args.action, PolicyAction::Test { .. }) => {
            Some("policy test")
        }
        Command::Attest(_) => Some("attest"),
        Command::Baseline(_) => Some("baseline"),
        Command::Init(_) => Some("init"),
        Command::Import(_) => Some("import"),
        Command::Generate(_) => Some("generate"),
        _ => None,
    }
}
