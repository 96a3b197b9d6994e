//! `stackguard map`: the credential map as TOML, what is wrong with it, and what it says.

use super::check::scanner;
use super::output::{Outputs, written};
use super::setup::Setup;
use crate::cli::{Global, Map, MapAction};
use crate::config::sections::VaultKind;
use crate::credentials::map::lint::{Judge, VALUE, Vault};
use crate::credentials::map::{self, Form, Reading, drift};
use crate::exit::ExitStatus;
use crate::finding::{Allowed, AllowedBy, Finding, LineIndex};
use crate::policy::inline::{self, InlineAllow};
use crate::report::Report;
use crate::secrets::Scanner;
use crate::source::Stats;
use crate::whole::{Unfinished, WholeFile};
use miette::{IntoDiagnostic as _, miette};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

mod show;

/// Runs the command.
///
/// # Errors
/// Bad configuration, a map that cannot be read, a file that cannot be written.
pub(super) fn run(args: &Map, global: &Global) -> miette::Result<ExitStatus> {
    let setup = Setup::read(Path::new("."), global)?;
    let scanner = scanner(&setup, false)?;
    match &args.action {
        MapAction::Import {
            file,
            output,
            force,
        } => {
            let reading = reading(file.as_deref(), &setup)?;
            import(
                &reading,
                &place(file.as_deref(), &setup),
                output.as_deref(),
                *force,
                &setup,
                &scanner,
                global,
            )
        }
        MapAction::Check { file, against } => check(
            file.as_deref(),
            against.as_deref(),
            &setup,
            &scanner,
            global,
        ),
        MapAction::Show { file } => {
            let reading = reading(file.as_deref(), &setup)?;
            show::show(&reading, &scanner, global)?;
            Ok(ExitStatus::Clean)
        }
    }
}

fn reading(file: Option<&Path>, setup: &Setup) -> miette::Result<Reading> {
    match file {
        Some(file) => Ok(map::open(file)?),
        None => map::configured(&setup.config)?.ok_or_else(|| {
            miette!(
                help = "name the file, or give `map` under `[credentials]` in stackguard.toml",
                "no credential map is configured"
            )
        }),
    }
}

/// Where the map is that [`reading`] reads.
fn place(file: Option<&Path>, setup: &Setup) -> PathBuf {
    let configured = setup.config.credentials.value.map.as_ref();
    file.map_or_else(
        || {
            setup
                .config
                .beside(configured.map_or("", |map| map.as_str()))
        },
        Path::to_path_buf,
    )
}

fn judge<'s>(setup: &'s Setup, scanner: &'s Scanner) -> Judge<'s> {
    let store = setup.config.stores.value.vault.as_ref();
    let vault = match store {
        None => Vault::Unsaid,
        Some(store) if store.kind == VaultKind::Hashicorp => Vault::Server,
        Some(store) => {
            let path = store.path.as_ref().map_or("vault", |path| path.as_str());
            Vault::Directory(path.trim_start_matches("./").trim_matches('/'))
        }
    };
    Judge {
        policy: &setup.policy,
        scanner,
        vault,
    }
}

fn import(
    reading: &Reading,
    source: &Path,
    output: Option<&Path>,
    force: bool,
    setup: &Setup,
    scanner: &Scanner,
    global: &Global,
) -> miette::Result<ExitStatus> {
    if reading.form == Form::Toml {
        return Err(miette!(
            help = "`import` reads a Markdown index; `stackguard map show` shows any map",
            "{} is TOML already",
            reading.map.file
        ));
    }
    let values: Vec<Finding> = judge(setup, scanner)
        .lint(reading)
        .into_iter()
        .filter(|finding| finding.rule.as_str() == VALUE)
        .collect();
    if !values.is_empty() {
        // A value in capitals could pass for a name, so nothing is written.
        let report = report(values, setup, &[reading]);
        return Outputs::open(&global.format)?.write(&report, &setup.policy, global);
    }
    let mut text = Vec::new();
    map::write::write(reading, &map::suggested_rule, &mut text).into_diagnostic()?;
    match output {
        None => written(io::stdout().lock().write_all(&text))?,
        Some(path) => {
            let same = |source: &Path| matches!((path.canonicalize(), source.canonicalize()), (Ok(path), Ok(source)) if path == source);
            if same(source) {
                return Err(miette!(
                    help = "give the TOML a name of its own",
                    "{} is the index itself",
                    path.display()
                ));
            }
            create(path, force, &text).map_err(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => miette!(
                    help = "`--force` replaces it; `stackguard map check` says how the two differ",
                    "{} exists already",
                    path.display()
                ),
                _ => miette!("could not write {}: {error}", path.display()),
            })?;
        }
    }
    Ok(ExitStatus::Clean)
}

/// Makes the file as a whole; with `force` in place of one that is there, links followed.
fn create(path: &Path, force: bool, text: &[u8]) -> io::Result<()> {
    if !force {
        let (mut file, made) = Unfinished::create(path, &mut File::options())?;
        file.write_all(text)?;
        file.sync_all()?;
        made.keep();
        return Ok(());
    }
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if target.exists() && !target.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let mut file = WholeFile::create(&target)?;
    file.write_all(text)?;
    file.finish()
}

fn check(
    file: Option<&Path>,
    against: Option<&Path>,
    setup: &Setup,
    scanner: &Scanner,
    global: &Global,
) -> miette::Result<ExitStatus> {
    let first = reading(file, setup)?;
    let path = place(file, setup);
    let other = against
        .map(Path::to_owned)
        .or_else(|| sibling(&path, first.form));
    let outputs = Outputs::open(&global.format)?;
    let judge = judge(setup, scanner);
    let mut findings = judge.lint(&first);
    let mut files = vec![&first];
    let second;
    let mut notes = Vec::new();
    match other {
        None => notes.push(format!(
            "there is no other form of {}: nothing was compared with it",
            first.map.file
        )),
        Some(other) => {
            second = map::open(&other)?;
            let (index, toml) = match (first.form, second.form) {
                (Form::Markdown, Form::Toml) => (&first, &second),
                (Form::Toml, Form::Markdown) => (&second, &first),
                _ => {
                    return Err(miette!(
                        help = "a Markdown index and a TOML map are compared",
                        "{} and {} are of one form",
                        first.map.file,
                        second.map.file
                    ));
                }
            };
            let drifts = drift::compare(index, &toml.map);
            findings.extend(judge.drifts(&drifts, &[index, toml]));
            findings.extend(judge.lint(&second));
            files.push(&second);
        }
    }
    let mut report = report(findings, setup, &files);
    report.notes = notes;
    outputs.write(&report, &setup.policy, global)
}

/// The file of the same name with the other ending, if there is one.
fn sibling(path: &Path, form: Form) -> Option<PathBuf> {
    let endings: &[&str] = match form {
        Form::Toml => &["md", "markdown"],
        Form::Markdown => &["toml"],
    };
    endings
        .iter()
        .map(|ending| path.with_extension(ending))
        .find(|path| path.is_file())
}

/// A report of findings about these files, less what exceptions cover.
fn report(findings: Vec<Finding>, setup: &Setup, files: &[&Reading]) -> Report {
    let mut report = Report {
        stats: Stats {
            files: files.len() as u64,
            ..Stats::default()
        },
        ..Report::default()
    };
    report.scope.root = ".".into();
    for mut finding in findings {
        let rule = finding.rule.as_str();
        let path = finding.location.path.as_str();
        let text = files.iter().find(|file| file.map.file == path);
        if let Some(mark) = text.and_then(|file| beside(&file.text, &finding)) {
            report.allowed.push(Allowed {
                by: AllowedBy::Inline(mark.mark),
                place: format!("{}:{}", finding.location.path, mark.line),
                reason: mark.reason,
                finding,
            });
            continue;
        }
        match setup.allows.judge(rule, path, &finding.fingerprint, &[]) {
            Some(entry) => report.allowed.push(Allowed {
                finding,
                by: AllowedBy::Config,
                place: entry.place,
                reason: Some(entry.reason),
            }),
            None => {
                let baseline = setup.baseline.as_ref();
                finding.known =
                    baseline.is_some_and(|(known, _)| known.knows(&finding.fingerprint));
                report.findings.push(finding);
            }
        }
    }
    report.sort();
    report
}

/// An exception on the line of a finding or above it that names its rule.
fn beside(text: &str, finding: &Finding) -> Option<InlineAllow> {
    let line = finding.location.start.line;
    let span = LineIndex::new(text.as_bytes()).line(line);
    let named = |mark: &InlineAllow| mark.rule.as_deref() == Some(finding.rule.as_str());
    inline::around(text.as_bytes(), &span, line)
        .into_iter()
        .find(named)
}
