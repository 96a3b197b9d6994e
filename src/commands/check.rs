//! `stackguard check`: the guards that need no network, over one source.

use super::output::Outputs;
use super::progress::ProgressLine;
use super::setup::Setup;
use super::{history, interrupt};
use crate::cli::{Check, Global};
use crate::config::Config;
use crate::credentials::Credential;
use crate::engine::Engine;
use crate::exit::ExitStatus;
use crate::finding::{RepoPath, printable};
use crate::fly::{AppPolicy, FlyGuard};
use crate::policy::masking::mask_words;
use crate::policy::{Guard, Policy, SecretRule};
use crate::report::Report;
use crate::secrets::Scanner;
use crate::source::{
    CommitRange, Environment, Exclude, Source, Staged, Stdin, Worktree, WorktreeOptions,
};
use crate::toolkit::{Canon, ToolkitGuard, View};
use crate::tree::TreeGuard;
use miette::miette;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Runs the command.
///
/// Rules and settings are left to the end of the process: to take ten thousand small values apart is a tenth of a short
/// run. None of them is a value of a store, which would have to be wiped.
///
/// # Errors
/// Bad configuration, a source that has nothing to give, a report that cannot be written.
pub(super) fn run(args: &Check, global: &Global) -> miette::Result<ExitStatus> {
    whole_repository(args)?;
    let setup = ManuallyDrop::new(Setup::read(&start(args), global)?);
    interrupt::watch();
    let outputs = Outputs::open(&global.format)?;
    let line = ProgressLine::show(global);
    let report = if args.history {
        history::look(args, &setup, global)?
    } else {
        let chosen = choose(args, &setup)?;
        look(args, &setup, &*chosen.source, chosen.extent)?
    };
    drop(line);
    outputs.write(&report, &setup.policy, global)
}

/// Runs the guards over a source and adds what the policy has to say of itself.
pub(super) fn look(
    args: &Check,
    setup: &Setup,
    source: &dyn Source,
    extent: Extent,
) -> miette::Result<Report> {
    let guards = guards(args);
    let secrets = guards.contains(&Guard::Secrets);
    let scanner = ManuallyDrop::new(scanner(setup, secrets)?);
    let engine = ManuallyDrop::new(Engine {
        policy: &setup.policy,
        scanner: &scanner,
        secrets,
        trees: trees(&guards, setup, extent)?,
        allows: &setup.allows,
        baseline: setup.baseline.as_ref().map(|(baseline, _)| baseline),
        threads: setup.threads,
        progress: &interrupt::PROGRESS,
    });
    let mut report = engine.run(source)?;
    let complete = extent == Extent::Whole && report.incomplete.is_empty();
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

/// What knows secrets. Where the shipped rules are not in force they still tell what not to show.
pub(super) fn scanner(setup: &Setup, reports: bool) -> miette::Result<Scanner> {
    let scanner = scanner_of(setup, &setup.policy)?;
    if reports && scanner.rules().is_empty() {
        return Err(miette!(
            help = "add \"secrets\" to `packs`, or choose other guards with `--guard`",
            "the secrets guard has no rule to run"
        ));
    }
    Ok(scanner)
}

/// As [`scanner`], for another policy than the configuration's own.
pub(super) fn scanner_of(setup: &Setup, policy: &Policy) -> miette::Result<Scanner> {
    made(setup, policy, &[])
}

/// As [`scanner`], and what these rules find is shown nowhere either.
pub(super) fn veiling(setup: &Setup, rules: &[Arc<SecretRule>]) -> miette::Result<Scanner> {
    made(setup, &setup.policy, rules)
}

fn made(setup: &Setup, policy: &Policy, veiling: &[Arc<SecretRule>]) -> miette::Result<Scanner> {
    let mut veiling = veiling.to_vec();
    if !setup.config.packs().any(|pack| pack == "secrets") {
        let shipped = crate::policy::embedded().into_iter();
        veiling.extend(shipped.flat_map(|(_, pack)| pack.secrets).map(Arc::new));
    }
    Scanner::veiling(policy, &veiling).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        miette!(
            help = "prove the pack with `stackguard policy test FILE`",
            "rules that cannot be run: {}",
            mask_words(&lines.join("; "))
        )
    })
}

/// The guards over whole trees. Standard input is one document, of which nothing can be said as a tree.
fn trees(
    guards: &[Guard],
    setup: &Setup,
    extent: Extent,
) -> miette::Result<Vec<Box<dyn TreeGuard>>> {
    let mut trees: Vec<Box<dyn TreeGuard>> = Vec::new();
    let config = &setup.config;
    if guards.contains(&Guard::Toolkit) {
        let canon = canon(setup)?;
        let view = match extent {
            Extent::Whole => View::Whole,
            Extent::Part => View::Part,
        };
        let beside_fly = guards.contains(&Guard::Fly);
        trees.push(Box::new(
            ToolkitGuard::new(canon, view).beside_fly(beside_fly),
        ));
    }
    if guards.contains(&Guard::Fly) {
        let name = config.name.as_deref().unwrap_or_default();
        let policies = config
            .fly
            .iter()
            .map(|entry| AppPolicy::configured(entry, name))
            .collect::<Result<_, _>>()
            .map_err(|error| miette!("{error}"))?;
        trees.push(Box::new(
            FlyGuard::new(policies).with_secrets(fly_secrets(config)),
        ));
    }
    Ok(trees)
}

/// The canon as the configuration changes it.
pub(super) fn canon(setup: &Setup) -> miette::Result<Canon> {
    let config = &setup.config;
    let place = |key: &str| config.place(config.toolkit.line_of(key));
    Canon::new(&config.toolkit.value, &place).map_err(|errors| {
        let lines: Vec<String> = errors
            .iter()
            .map(|error| {
                format!(
                    "{}: `{}`: {error}",
                    place(error.key).unwrap_or_default(),
                    error.key
                )
            })
            .collect();
        miette!(
            help = "see docs/configuration.md",
            "`[toolkit]` cannot hold: {}",
            lines.join("; ")
        )
    })
}

/// App and name of every Fly secret that the credential map names outright. A map that cannot be read is for `map check` and
/// `parity` to tell of: without it nothing counts as a secret, which hides nothing.
fn fly_secrets(config: &Config) -> Vec<(String, String)> {
    let Ok(Some(reading)) = crate::credentials::map::configured(config) else {
        return Vec::new();
    };
    let of = |credential: &Credential| {
        let place = credential.fly.as_ref()?;
        let name = match &place.name {
            Some(name) => name.clone(),
            None if credential.name.is_glob() => return None,
            None => credential.name.to_string(),
        };
        Some((place.app.clone(), name))
    };
    reading.map.credentials.iter().filter_map(of).collect()
}

/// The index, a range and the history are judged whole: a path beside them names the repository and narrows nothing.
fn whole_repository(args: &Check) -> miette::Result<()> {
    let option = if args.staged {
        "--staged"
    } else if args.range.is_some() {
        "--range"
    } else if args.history {
        "--history"
    } else {
        return Ok(());
    };
    if args.paths.len() > 1 {
        return Err(miette!(
            help = "name the repository, or nothing for the current directory",
            "only one path can be given with {option}"
        ));
    }
    match args.paths.first().filter(|path| !path.is_dir()) {
        None => Ok(()),
        Some(path) => Err(miette!(
            help = format!("`{option}` looks at a whole repository; name its directory"),
            "`{}` is no directory",
            printable(&path.display().to_string())
        )),
    }
}

/// Where the configuration is looked for: the directory of the first path.
pub(super) fn start(args: &Check) -> PathBuf {
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

/// How much of a tree a source shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// All of it: what is not met is not there.
    Whole,
    /// Some files, or what changed in them.
    Part,
}

/// A source, and how much of the tree it shows.
struct Chosen {
    source: Box<dyn Source>,
    extent: Extent,
}

fn choose(args: &Check, setup: &Setup) -> miette::Result<Chosen> {
    let environment = Environment::of_process();
    let exclude = Exclude::new(&setup.config.exclude)?;
    let part = |source: Box<dyn Source>| Chosen {
        source,
        extent: Extent::Part,
    };
    if args.stdin {
        return Ok(part(Box::new(Stdin::new(
            args.stdin_path.as_deref().map(RepoPath::new),
        ))));
    }
    let dir = args
        .paths
        .first()
        .cloned()
        .unwrap_or_else(|| PathBuf::from("."));
    if let Some(range) = &args.range {
        return Ok(part(Box::new(CommitRange::open(
            &dir,
            range,
            &environment,
            exclude,
        )?)));
    }
    if args.staged {
        return Ok(part(Box::new(Staged::open(&dir, &environment, exclude)?)));
    }
    let options = WorktreeOptions {
        no_ignore: args.no_ignore,
        exclude,
    };
    let tree = Worktree::new(args.paths.clone(), &environment, options)?;
    let same = |path: &Path| {
        std::fs::canonicalize(path)
            .is_ok_and(|path| std::fs::canonicalize(tree.root()).is_ok_and(|root| root == path))
    };
    let extent = if args.paths.len() == 1 && same(&args.paths[0]) {
        Extent::Whole
    } else {
        Extent::Part
    };
    Ok(Chosen {
        source: Box::new(tree),
        extent,
    })
}
