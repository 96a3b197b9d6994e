//! `stackguard generate`: what follows from the program itself, so that it is never out of date.

use super::output::written;
use crate::cli::{Cli, Generate, Generated, SchemaOf};
use crate::exit::ExitStatus;
use clap::CommandFactory as _;
use miette::{IntoDiagnostic as _, WrapErr as _};
use std::io::{self, Write as _};

mod docs;

pub(crate) use docs::pages;

/// Runs the command.
///
/// # Errors
/// What the system says of the output.
pub(super) fn run(args: &Generate) -> miette::Result<ExitStatus> {
    let mut out = io::stdout().lock();
    match &args.what {
        Generated::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "stackguard", &mut text);
            written(out.write_all(&text))?;
        }
        Generated::Man => {
            let mut text = Vec::new();
            clap_mangen::Man::new(Cli::command())
                .render(&mut text)
                .into_diagnostic()?;
            written(out.write_all(&text))?;
        }
        Generated::Schema { of } => {
            let schema = match of {
                SchemaOf::Config => crate::config::schema(),
                SchemaOf::Report => crate::report::schema(),
                SchemaOf::Map => crate::credentials::map::schema(),
            };
            written(writeln!(out, "{schema:#}"))?;
        }
        Generated::Docs { directory } => {
            std::fs::create_dir_all(directory)
                .into_diagnostic()
                .wrap_err_with(|| format!("could not make {}", directory.display()))?;
            for (name, text) in pages() {
                let path = directory.join(name);
                std::fs::write(&path, text)
                    .into_diagnostic()
                    .wrap_err_with(|| format!("could not write {}", path.display()))?;
            }
        }
    }
    Ok(ExitStatus::Clean)
}
