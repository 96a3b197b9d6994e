//! `stackguard import`: what another scanner was told, told to this one.
//!
//! Each reader (`gitleaks_config`, `gitleaks_known`, `detect_secrets`, `ripsecrets`, `ggshield`) turns a file into a
//! [`Taken`]: exceptions, rules, severities, and findings that were accepted. The accepted ones are looked for among
//! what stackguard finds here (`place`), because its baseline is bound to the secret and not to a line. What cannot be
//! carried over is listed with its line. No value of a secret is written or shown.

mod alias;
mod detect_secrets;
mod dialect;
mod example;
mod ggshield;
mod gitleaks_config;
mod gitleaks_known;
mod gitleaks_rule;
mod lines;
mod names;
mod path_glob;
mod place;
mod read;
mod ripsecrets;
mod tables;
mod value;
mod write;

use super::changes::Changes;
use super::output::{wants_color, written};
use super::setup::Setup;
use crate::cli::{Foreign, Global, Import as Args};
use crate::exit::ExitStatus;
use crate::finding::{Secret, printable};
use crate::policy::Policy;
use crate::report::without_commands;
use miette::miette;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

/// Everything taken from one or more files.
#[derive(Default)]
struct Taken {
    allows: Vec<Exception>,
    rules: Vec<OwnRule>,
    /// Rules of ours that are to be switched off.
    off: Vec<String>,
    accepted: Vec<Accepted>,
    /// Findings that the other scanner was told are real: none of them is accepted by something else.
    real: Vec<Accepted>,
    /// What cannot be carried over, and what differs.
    left: Vec<Left>,
    /// Findings of ours that are to be in the baseline.
    known: BTreeSet<place::Known>,
}

/// An `[[allow]]` entry to be written.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Exception {
    rules: Vec<String>,
    path: Option<String>,
    value: Option<String>,
    reason: String,
}

/// A `[[secret]]` rule to be written.
#[derive(Debug)]
struct OwnRule {
    id: String,
    /// The entry as a pack holds it.
    text: String,
}

/// A finding that the other scanner was told to accept.
#[derive(Debug, Default)]
struct Accepted {
    /// Of the file it came from, 1-based.
    line: usize,
    /// The rule as the other scanner calls it.
    rule: String,
    /// Where it is; none is anywhere.
    path: Option<String>,
    commit: Option<String>,
    /// First and last line there.
    lines: Option<(u32, u32)>,
    proof: Proof,
}

/// What shows that a finding is the one that was accepted.
#[derive(Debug, Default)]
enum Proof {
    /// Nothing but the place.
    #[default]
    Place,
    /// The secret itself.
    Value(Secret),
    /// SHA-1 of the secret, lower-case hex.
    Sha1(String),
    /// SHA-256 of the secret, lower-case hex.
    Sha256(String),
}

/// Something that was not carried over as it was.
#[derive(Debug, PartialEq, Eq)]
struct Left {
    line: usize,
    what: String,
    why: String,
}

impl Taken {
    fn left(&mut self, line: usize, what: impl Into<String>, why: impl Into<String>) {
        self.left.push(Left {
            line,
            what: what.into(),
            why: why.into(),
        });
    }
}

/// Runs the command over the repository of the current directory.
///
/// # Errors
/// A file that cannot be read or is of no known kind, a configuration of ours that is wrong, a file that cannot be written.
pub(super) fn run(args: &Args, global: &Global) -> miette::Result<ExitStatus> {
    let setup = Setup::read(Path::new("."), global)?;
    let mut out = io::stdout().lock();
    let mut all = Taken::default();
    let mut incomplete = false;
    for path in &args.files {
        let text = read::text(path)?;
        let kind = match args.from {
            Some(kind) => kind,
            None => read::kind(path, &text)?,
        };
        let mut taken = take(kind, path, &text, &setup.policy)?;
        let found = place::accept(
            &taken.accepted,
            &taken.real,
            &setup,
            global,
            &mut taken.left,
        )?;
        incomplete |= found.incomplete;
        let name = printable(&path.display().to_string());
        written(tell(&name, &mut taken, found.known.len(), &mut out))?;
        all.allows.append(&mut taken.allows);
        all.rules.append(&mut taken.rules);
        all.off.append(&mut taken.off);
        all.known.extend(found.known);
    }
    let mut changes = Changes::default();
    write::plan(&all, &setup, global, &mut changes)?;
    if incomplete {
        changes.incomplete();
    }
    let color = wants_color(global.color, &io::stdout());
    changes.settle(&args.writing, global.allow_incomplete, color, &mut out)
}

fn take(kind: Foreign, path: &Path, text: &str, policy: &Policy) -> miette::Result<Taken> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let reason = format!("carried over from {}", printable(&name));
    let taken = match kind {
        Foreign::GitleaksConfig => gitleaks_config::take(text, policy, &reason),
        Foreign::GitleaksIgnore => Ok(gitleaks_known::ignore_file(text)),
        Foreign::GitleaksBaseline => gitleaks_known::baseline(text),
        Foreign::DetectSecrets => detect_secrets::take(text),
        Foreign::Ripsecrets => Ok(ripsecrets::take(text, &reason)),
        Foreign::Ggshield => ggshield::take(text, &reason),
    };
    taken.map_err(|why| {
        miette!(
            help = "`--from` says what kind of file it is, if that was mistaken",
            "could not read {}: {why}",
            path.display()
        )
    })
}

/// Says what became of one file.
fn tell(name: &str, taken: &mut Taken, known: usize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{name}: {} for [[allow]], {} for a pack; {} accepted before, {} for the baseline",
        crate::report::counted(taken.allows.len() as u64, "exception"),
        crate::report::counted(taken.rules.len() as u64, "rule"),
        taken.accepted.len(),
        crate::report::counted(known as u64, "entry"),
    )?;
    taken
        .left
        .sort_by(|a, b| (a.line, &a.what).cmp(&(b.line, &b.what)));
    if !taken.left.is_empty() {
        writeln!(out, "To look at yourself:")?;
    }
    for left in &taken.left {
        let (what, why) = (printable(&left.what), printable(&left.why));
        let line = format!("  {name}:{}: {what}: {why}", left.line);
        writeln!(out, "{}", without_commands(&line))?;
    }
    writeln!(out)
}
