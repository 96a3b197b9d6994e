//! `stackguard check --history`: the secrets guard over everything a repository ever held.

use super::check::scanner;
use super::interrupt::PROGRESS;
use super::scrub::ScrubFile;
use super::setup::Setup;
use crate::cli::{Check, Global};
use crate::engine::{Engine, HistoryOptions};
use crate::finding::Gap;
use crate::policy::{Guard, masking::mask_words};
use crate::report::Report;
use crate::source::history::{Damage, Kind, Oid, Repository, Selection};
use crate::source::{Environment, Exclude, Place, is_git_dir};
use miette::miette;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Runs the guard over the history of the repository of the first path.
///
/// # Errors
/// No repository, a ref or date that does not exist, guards that know no history.
pub(super) fn look(args: &Check, setup: &Setup, global: &Global) -> miette::Result<Report> {
    if args
        .guard
        .iter()
        .any(|name| Guard::from(*name) != Guard::Secrets)
    {
        return Err(miette!(
            help = "toolkit and fly judge one state of a tree; run `stackguard check` for them",
            "only the secrets guard can look at a history"
        ));
    }
    let environment = Environment::of_process();
    let (dir, root) = place(args, &environment)?;
    let repository = Repository::open(&dir, setup.threads).map_err(|damage| {
        let help = match damage {
            Damage::NoRepository { advice, .. } | Damage::Unsupported { advice, .. } => advice,
            _ => "run it inside a git repository, or name one: `stackguard check --history PATH`",
        };
        // Some of it is what a file says.
        let why = mask_words(&damage.to_string());
        miette!(
            help = help,
            "could not open the repository at {}: {why}",
            dir.display()
        )
    })?;
    let scrub = args.scrub_file.as_deref();
    let scrub = scrub
        .map(|path| ScrubFile::create(path, &repository))
        .transpose()?;
    let scanner = scanner(setup, true)?;
    let engine = Engine {
        policy: &setup.policy,
        scanner: &scanner,
        secrets: true,
        trees: Vec::new(),
        allows: &setup.allows,
        baseline: setup.baseline.as_ref().map(|(baseline, _)| baseline),
        threads: setup.threads,
        progress: &PROGRESS,
    };
    let options = HistoryOptions {
        selection: Selection {
            refs: args.refs.clone(),
            since: since(args, &repository)?,
        },
        unreachable: args.unreachable,
        plain: args.plain,
        exclude: Exclude::new(&setup.config.exclude)?,
        root: environment.name_of(&root),
        // How far encodings are followed is part of the program, and that part of the cache's name.
        cache: (!args.no_cache).then(|| repository.cache(&setup.policy.digest())),
        scrub: scrub.is_some(),
    };
    let run = engine.run_history(&repository, &options)?;
    if let Some(why) = run.forgotten.filter(|_| global.verbose) {
        let note = format!("note: nothing was remembered for the next run: {why}");
        let _ = writeln!(std::io::stderr(), "{note}");
    }
    if let Some(file) = scrub {
        file.write(&run.replacements, run.left_out)?;
    }
    let mut report = run.report;
    report.findings.extend(
        setup
            .allows
            .findings(&setup.policy, false, &[Guard::Secrets]),
    );
    report
        .incomplete
        .extend(elsewhere(&environment, &repository));
    report.sort();
    Ok(report)
}

/// Until a push is accepted, what it brings stands in a directory of its own, which git names to its hooks
/// (<https://git-scm.com/docs/git-receive-pack#_quarantine_environment>).
fn elsewhere(environment: &Environment, repository: &Repository) -> Option<Gap> {
    let named = environment.resolve(environment.objects.as_deref()?);
    let [_, common] = repository.directories();
    let [named, own] = [named, common.join("objects")].map(std::fs::canonicalize);
    let is_own = named.is_ok_and(|named| own.is_ok_and(|own| named == own));
    (!is_own).then(|| Gap {
        what: "GIT_OBJECT_DIRECTORY".to_owned(),
        why: "objects of a push that is not accepted yet are not looked at; `stackguard check --range OLD..NEW` looks \
              at them"
            .to_owned(),
    })
}

/// What to open, and the directory that reports name: the work tree that the given path or the current directory is in,
/// or a bare repository. `GIT_DIR` speaks of the latter; a path that is given is not
/// left for it.
fn place(args: &Check, environment: &Environment) -> miette::Result<(PathBuf, PathBuf)> {
    let path = args.paths.first().map_or(Path::new("."), PathBuf::as_path);
    if let Some(git_dir) = &environment.git_dir
        && path == "."
    {
        let git_dir = environment.resolve(git_dir);
        let root = Place::of(&environment.cwd, environment).map(|place| place.root);
        return Ok((git_dir.clone(), root.unwrap_or(git_dir)));
    }
    let dir = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    // A repository that is damaged is told of, not passed over for one around it.
    let is_one = |dir: &&Path| dir.join(".git").symlink_metadata().is_ok() || is_git_dir(dir);
    let (open, root) = match dir.ancestors().find(is_one) {
        Some(found) => (found.to_owned(), found.to_owned()),
        None => match Place::of(&dir, environment) {
            Some(place) => (place.git_dir, place.root),
            None => (dir.clone(), dir),
        },
    };
    Ok((open, root))
}

/// `--since` as seconds since 1970: a date, a time, or the time of a commit.
fn since(args: &Check, repository: &Repository) -> miette::Result<Option<i64>> {
    let Some(text) = &args.since else {
        return Ok(None);
    };
    if let Ok(time) = text.parse::<jiff::Timestamp>() {
        return Ok(Some(time.as_second()));
    }
    if let Ok(date) = text.parse::<jiff::civil::Date>() {
        let start = date
            .to_zoned(jiff::tz::TimeZone::system())
            .map_err(|error| miette!("`--since {text}` is no day of this time zone: {error}"))?;
        return Ok(Some(start.timestamp().as_second()));
    }
    commit_time(text, repository).map(Some).ok_or_else(|| {
        miette!(
            help = "write a date (2026-01-31), a time (2026-01-31T12:00:00Z) or a commit's full id",
            "`--since {text}` is neither a date nor a commit"
        )
    })
}

fn commit_time(text: &str, repository: &Repository) -> Option<i64> {
    let id = Oid::from_hex(text.as_bytes()).or_else(|| {
        let tip = repository
            .tips(&mut Vec::new())
            .into_iter()
            .find(|tip| tip.name == text || tip.name.ends_with(&format!("/{text}")))?;
        Some(tip.id)
    })?;
    let (kind, bytes) = repository.read(&id).ok()?;
    if kind != Kind::Commit {
        return None;
    }
    let text = String::from_utf8_lossy(&bytes);
    let line = text
        .lines()
        .take_while(|line| !line.is_empty())
        .find_map(|line| line.strip_prefix("committer "))?;
    line.rsplit(' ').nth(1)?.parse().ok()
}
