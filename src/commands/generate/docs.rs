//! Reference pages made from the rules and the command line.

use crate::cli::Cli;
use crate::policy::{Guard, Policy, RuleMeta};
use clap::CommandFactory as _;
use std::fmt::Write as _;

/// Every generated page: its file name in `docs/` and its text.
pub(crate) fn pages() -> Vec<(&'static str, String)> {
    vec![("rules.md", rules()), ("cli.md", command_line())]
}

/// Every shipped rule, by guard.
fn rules() -> String {
    let mut out = String::from(
        "# Rules\n\nMade by `stackguard generate docs` from `policies/`. An id names the bad thing and does not change.\n",
    );
    let Ok(policy) = Policy::new(crate::policy::embedded()) else {
        return out;
    };
    for guard in [
        Guard::Secrets,
        Guard::Toolkit,
        Guard::Fly,
        Guard::Parity,
        Guard::Audit,
        Guard::Policy,
    ] {
        let metas: Vec<&RuleMeta> = policy.metas().filter(|meta| meta.guard == guard).collect();
        if metas.is_empty() {
            continue;
        }
        let _ = write!(out, "\n## {guard}\n");
        for meta in metas {
            let severity = meta.severity.map_or("off", |severity| severity.as_str());
            let _ = write!(
                out,
                "\n### {}\n\n{}. Severity: {severity}. Stated in `{}`.\n",
                meta.id, meta.summary, meta.pack
            );
            if !meta.why.is_empty() {
                let _ = write!(out, "\n{}\n", meta.why);
            }
            let heading = if guard == Guard::Secrets {
                "Rotate"
            } else {
                "Instead"
            };
            let _ = write!(out, "\n{heading}: {}\n", meta.help);
            for reference in &meta.references {
                let _ = write!(out, "\n<{reference}>\n");
            }
        }
    }
    out
}

/// The help of every command; the options that all have only once.
fn command_line() -> String {
    let mut out = String::from(
        "# Command line\n\nMade by `stackguard generate docs` from the program's own help.\n",
    );
    let command = || Cli::command().term_width(100);
    // Hidden before anything is built: each command takes them over as they are then.
    let global: Vec<String> = command()
        .get_arguments()
        .filter(|argument| argument.is_global_set())
        .map(|argument| argument.get_id().to_string())
        .collect();
    let mut all = command();
    all.build();
    help(&mut all, "stackguard", "", &mut out);
    let mut rest = command();
    for id in global {
        rest = rest.mut_arg(id, |argument| argument.hide(true));
    }
    rest.build();
    below(&mut rest, "stackguard", &mut out);
    out
}

/// The help of everything below a command.
fn below(command: &mut clap::Command, name: &str, out: &mut String) {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .filter(|sub| sub != "help")
        .collect();
    for sub in names {
        if let Some(found) = command.find_subcommand_mut(&sub) {
            let name = format!("{name} {sub}");
            help(
                found,
                &name,
                "\nGlobal options: see [above](#stackguard).\n",
                out,
            );
            below(found, &name, out);
        }
    }
}

fn help(command: &mut clap::Command, name: &str, more: &str, out: &mut String) {
    let help = command.render_long_help().to_string();
    let _ = write!(
        out,
        "\n## {name}\n\n```text\n{}\n```\n{more}",
        help.trim_end()
    );
}
