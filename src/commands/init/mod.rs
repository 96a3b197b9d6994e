//! `stackguard init`: a repository that was not protected, and is.
//!
//! It looks first (`survey`), plans four things (configuration, hook, workflow, baseline), shows them, and only then
//! writes. What is there stays, unless `--force` says otherwise; a second run finds nothing to do.

mod apps;
mod config;
mod hook;
mod old;
mod survey;
mod workflow;
mod yaml;

pub(super) use config::quoted;

use super::changes::{Changes, read};
use super::check::Extent;
use super::output::wants_color;
use super::setup::Setup;
use crate::cli::{Check, Global, Init as Args};
use crate::config::FILE_NAME;
use crate::exit::ExitStatus;
use crate::policy::Guard;
use crate::policy::baseline::{self, Baseline};
use crate::report::counted;
use miette::miette;
use std::io;
use std::path::Path;
use survey::Survey;

/// Runs the command.
///
/// # Errors
/// A path that is no directory, a tree that could not be looked at as a whole, a file that cannot be written.
pub(super) fn run(args: &Args, global: &Global) -> miette::Result<ExitStatus> {
    if !args.path.is_dir() {
        return Err(miette!(
            help = "name the root of a repository, or nothing for the current directory",
            "{} is no directory",
            args.path.display()
        ));
    }
    if git2::Repository::open(&args.path).is_ok_and(|repository| repository.is_bare()) {
        return Err(miette!(
            help = "run it in a clone: configuration and hook belong to a work tree",
            "{} is a bare repository, in which nobody commits",
            args.path.display()
        ));
    }
    let survey = Survey::of(&args.path)?;
    let mut changes = Changes::default();
    let text = plan_config(args, &survey, &mut changes)?;
    hook::plan(args.hook, &survey, &mut changes)?;
    if !args.no_workflow {
        plan_workflow(args, &survey, &mut changes)?;
    }
    plan_baseline(args, global, &survey, text.as_deref(), &mut changes)?;
    for found in &survey.foreign {
        changes.note(format!(
            "`stackguard import {found}` takes over what another scanner was told"
        ));
    }
    let mut out = io::stdout().lock();
    let color = wants_color(global.color, &io::stdout());
    changes.settle(&args.writing, global.allow_incomplete, color, &mut out)
}

/// Plans `stackguard.toml`; the text that will hold, if it is a new one.
fn plan_config(
    args: &Args,
    survey: &Survey,
    changes: &mut Changes,
) -> miette::Result<Option<String>> {
    let there = read(&survey.root.join(FILE_NAME))?;
    if there.is_some() && !args.force {
        return Ok(None);
    }
    let text = config::text(survey);
    // A file that the program would refuse must never be written.
    crate::config::of_text(&survey.root.join(FILE_NAME), &text)?.policy()?;
    changes.file(&survey.root, FILE_NAME, text.clone(), false)?;
    let schema_stays = !args.force && read(&survey.root.join(config::SCHEMA))?.is_some();
    if config::home().is_none() && !schema_stays {
        let schema = format!("{:#}\n", crate::config::schema());
        changes.long_file(&survey.root, config::SCHEMA, schema)?;
    }
    Ok(Some(text))
}

fn plan_workflow(args: &Args, survey: &Survey, changes: &mut Changes) -> miette::Result<()> {
    if read(&survey.root.join(workflow::PATH))?.is_some() && !args.force {
        return Ok(());
    }
    let Some(action) = args.action.clone().or_else(workflow::default_action) else {
        changes.note(format!(
            "no {}: `--action OWNER/stackguard@COMMIT` says where you take the action from, and `init` writes it",
            workflow::PATH
        ));
        return Ok(());
    };
    changes.file(&survey.root, workflow::PATH, workflow::text(&action), false)
}

/// Accepts what is old, so that the first day is not spent on the past. Only with a new configuration: what comes
/// after the first run is not old, and nobody asked to accept it.
fn plan_baseline(
    args: &Args,
    global: &Global,
    survey: &Survey,
    text: Option<&str>,
    changes: &mut Changes,
) -> miette::Result<()> {
    let Some(text) = text else {
        return Ok(());
    };
    let there = read(&survey.root.join(baseline::FILE_NAME))?;
    if !survey.has_files || there.is_some() && !args.force {
        return Ok(());
    }
    let root = &survey.root;
    let setup = Setup::of(crate::config::of_text(&root.join(FILE_NAME), text)?, global)?;
    let source = setup.worktree(root)?;
    let report = super::check::look(&Check::default(), &setup, &source, Extent::Whole)?;
    if let Some(gap) = report.incomplete.first() {
        changes.incomplete();
        changes.note(format!(
            "no baseline: {} could not be looked at ({}); `stackguard baseline create` makes one later",
            crate::finding::printable(&gap.what),
            crate::finding::printable(&gap.why)
        ));
        return Ok(());
    }
    let findings = report.findings.into_iter();
    let findings = findings.filter(|finding| finding.guard != Guard::Policy);
    let (old, fresh) = old::part(findings.collect(), survey, &setup)?;
    if fresh > 0 {
        changes.note(format!(
            "{} not accepted: in no commit yet; `stackguard check` says where",
            counted(fresh, "secret")
        ));
    }
    if old.is_empty() {
        return Ok(());
    }
    let secrets = old
        .iter()
        .filter(|finding| finding.guard == Guard::Secrets)
        .count();
    let known = Baseline::create(&old);
    changes.file(&survey.root, baseline::FILE_NAME, known.to_bytes(), false)?;
    changes.note(format!(
        "the baseline accepts {} of today, so that only new ones fail; `stackguard check -v` lists what it covers",
        counted(old.len() as u64, "finding")
    ));
    if secrets > 0 {
        changes.note(format!(
            "{} among them: what was committed is out, so rotate first (`stackguard policy explain RULE` says how), then \
             `stackguard baseline prune`",
            counted(secrets as u64, "secret")
        ));
    }
    Ok(())
}

/// `path` relative to `root` with `/`; none when it is elsewhere or not UTF-8.
fn relative(path: &Path, root: &Path) -> Option<String> {
    let inner = path.strip_prefix(root).ok()?;
    let parts: Option<Vec<&str>> = inner.iter().map(|part| part.to_str()).collect();
    Some(parts?.join("/"))
}
