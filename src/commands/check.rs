//! `stackguard check`: the guards that need no network, over one source.

use super::output::Outputs;
use super::setup::Setup;
use crate::cli::{Check, Global};
use crate::engine::Engine;
use crate::exit::ExitStatus;
use crate::finding::RepoPath;
use crate::policy::Guard;
use crate::report::{Report, ScopeKind};
use crate::secrets::Scanner;
use crate::source::{
    CommitRange, Environment, Exclude, Source, Staged, Stdin, Worktree, WorktreeOptions,
};
use crate::tree::TreeGuard;
use miette::miette;
use std::path::{Path, PathBuf};

/// Runs the command.
///
/// # Errors
/// Bad configuration, a source that has nothing to give, a report that cannot be written.
pub(super) fn run(args: &Check, global: &Global) -> miette::Result<ExitStatus> {
    let setup = Setup::read(&start(args), global)?;
    let outputs = Outputs::open(&global.format)?;
    let source = source(args, &setup)?;
    let report = look(args, &setup, &*source)?;
    outputs.write(&report, &setup.policy, global)
}

/// Runs the guards over a source and adds what the policy has to say of itself.
pub(super) fn look(args: &Check, setup: &Setup, source: &dyn Source) -> miette::Result<Report> {
    let guards = guards(args);
    let scanner = if guards.contains(&Guard::Secrets) {
        Some(scanner(setup)?)
    } else {
        None
    };
    let engine = Engine {
        policy: &setup.policy,
        scanner: scanner.as_ref(),
        trees: trees(&guards, setup)?,
        allows: &setup.allows,
        baseline: setup.baseline.as_ref().map(|(baseline, _)| baseline),
        threads: setup.threads,
    };
    let mut report = engine.run(source)?;
    let complete = is_complete(args, &report);
    report
        .findings
        .extend(setup.allows.findings(&setup.policy, complete, &guards));
    if let Some((baseline, file)) = &setup.baseline
        && complete
        && guards.len() == ALL.len()
    {
        report
            .findings
            .extend(baseline.unused_findings(&setup.policy, file));
    }
    report.sort();
    Ok(report)
}

/// Guards without a network.
const ALL: [Guard; 3] = [Guard::Secrets, Guard::Toolkit, Guard::Fly];

fn guards(args: &Check) -> Vec<Guard> {
    if args.guard.is_empty() {
        ALL.to_vec()
    } else {
        args.guard.iter().map(|name| Guard::from(*name)).collect()
    }
}

fn scanner(setup: &Setup) -> miette::Result<Scanner> {
    let scanner = Scanner::new(&setup.policy).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        miette!(
            help = "prove the pack with `stackguard policy test FILE`",
            "rules that cannot be run: {}",
            lines.join("; ")
        )
    })?;
    if scanner.rules().is_empty() {
        return Err(miette!(
            help = "add \"secrets\" to `packs`, or choose other guards with `--guard`",
            "the secrets guard has no rule to run"
        ));
    }
    Ok(scanner)
}

fn trees(_guards: &[Guard], _setup: &Setup) -> miette::Result<Vec<Box<dyn TreeGuard>>> {
    Ok(Vec::new())
}

/// Whether everything was looked at, so that what was not met can be called unused.
fn is_complete(args: &Check, report: &Report) -> bool {
    let whole = args.paths.len() == 1
        && args.paths[0].is_dir()
        && report.scope.kind == ScopeKind::Worktree
        && Path::new(&report.scope.root) == normal(&args.paths[0]);
    whole && report.incomplete.is_empty()
}

fn normal(path: &Path) -> PathBuf {
    let parts: PathBuf = path
        .components()
        .filter(|part| !matches!(part, std::path::Component::CurDir))
        .collect();
    if parts.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        parts
    }
}

/// Where the configuration is looked for: the directory of the first path.
fn start(args: &Check) -> PathBuf {
    let first = args
        .paths
        .first()
        .filter(|_| !args.stdin)
        .cloned()
        .unwrap_or_else(|| PathBuf::from("."));
    if first.is_dir() {
        first
    } else {
        first
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
    }
}

fn source(args: &Check, setup: &Setup) -> miette::Result<Box<dyn Source>> {
    let environment = Environment::of_process();
    let exclude = Exclude::new(&setup.config.exclude)?;
    if args.stdin {
        return Ok(Box::new(Stdin::new(
            args.stdin_path.as_deref().map(RepoPath::new),
        )));
    }
    let in_repository = args.staged || args.range.is_some() || args.history;
    if in_repository && args.paths.len() > 1 {
        return Err(miette!(
            help = "name the repository, or nothing for the current directory",
            "only one path can be given with --staged, --range and --history"
        ));
    }
    let dir = args
        .paths
        .first()
        .cloned()
        .unwrap_or_else(|| PathBuf::from("."));
    Ok(match &args.range {
        Some(range) => Box::new(CommitRange::open(&dir, range, &environment, exclude)?),
        None if args.staged => Box::new(Staged::open(&dir, &environment, exclude)?),
        None => Box::new(Worktree::new(
            args.paths.clone(),
            &environment,
            WorktreeOptions {
                no_ignore: args.no_ignore,
                exclude,
            },
        )?),
    })
}
