//! `audit --exposure`: the vault's own values, looked for in the work tree and in the whole history.

mod values;

use super::check;
use super::interrupt::PROGRESS;
use super::setup::{Setup, repository_root};
use super::stock::{self, Stock};
use crate::credentials::compare::Comparison;
use crate::credentials::exposure::{Leaks, Watch};
use crate::engine::{Engine, Exceptions, HistoryOptions, Judged};
use crate::finding::{Allowed, AllowedBy, Finding, Gap, Presence};
use crate::policy::inline::OURS;
use crate::report::{Report, counted};
use crate::source::Environment;
use crate::source::history::Repository;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Every value the run knows, older ones too.
pub(super) struct Sought {
    pub(super) watch: Watch,
    entries: u64,
    gaps: Vec<Gap>,
}

impl Sought {
    /// Reads what the comparison had no use for.
    ///
    /// # Errors
    /// The runtime cannot be started.
    pub(super) fn new(
        setup: &Setup,
        stock: &Stock,
        comparison: &Comparison,
    ) -> miette::Result<Self> {
        let (known, gaps) = values::known(setup, stock, comparison)?;
        Ok(Self {
            entries: known.len() as u64,
            watch: Watch::new(known),
            gaps,
        })
    }

    /// Looks for all of them, and adds what it finds to the report.
    ///
    /// # Errors
    /// Rules that cannot be run, a source that has nothing to give.
    pub(super) fn look(
        self,
        setup: &Setup,
        stock: &Stock,
        comparison: &Comparison,
        report: &mut Report,
    ) -> miette::Result<()> {
        let Self {
            watch,
            entries,
            gaps,
        } = self;
        report.incomplete.extend(gaps);
        report.notes.extend(stock::unlocked());
        let values = (watch.len() as u64).saturating_sub(watch.passwords);
        let within = match watch.passwords {
            0 => String::new(),
            some => format!(" and {} in them", counted(some, "password")),
        };
        report.notes.push(format!(
            "exposure: looked for {} of {}{within}; {} too short or too common to say anything",
            counted(values, "different value"),
            counted(entries, "entry"),
            watch.skipped
        ));
        if entries == 0 {
            report.incomplete.push(Gap {
                what: "exposure".into(),
                why: "no value of the vault could be read, so none was looked for".into(),
            });
        }
        if watch.left_out > 0 {
            report.incomplete.push(Gap {
                what: "exposure".into(),
                why: format!("{} cannot be looked for", counted(watch.left_out, "value")),
            });
        }
        let past = Search::new(setup, stock, &watch)?.run(report)?;
        let leaks = Leaks::new(&past, &watch, &values::wanted(stock, comparison));
        report.notes.push(format!(
        "leaks: the secrets guard found {} in the history; {} of no credential of the map (`stackguard check --history` shows them)",
        counted(leaks.rows.len() as u64 + leaks.unmatched, "secret"),
        leaks.unmatched
    ));
        report.leaks = leaks.rows;
        Ok(())
    }
}

/// One search for values, and what finds them.
struct Search<'s> {
    setup: &'s Setup,
    stock: &'s Stock,
    watch: &'s Watch,
    top: PathBuf,
}

/// What one pass found.
#[derive(Default)]
struct Pass {
    /// Also what a comment meant for another tool would cover.
    findings: Vec<Finding>,
    /// Covered by a comment that names the rule of exposures.
    allowed: Vec<Allowed>,
}

impl<'s> Search<'s> {
    fn new(setup: &'s Setup, stock: &'s Stock, watch: &'s Watch) -> miette::Result<Self> {
        Ok(Self {
            setup,
            stock,
            watch,
            top: repository_root(Path::new(".")),
        })
    }

    /// One pass over the history and one over the files as they are. Adds what is exposed to the report; gives everything the
    /// history has.
    fn run(&self, report: &mut Report) -> miette::Result<Vec<Finding>> {
        let policy = self.watch.policy(&self.setup.policy);
        let scanner = check::scanner_of(self.setup, &policy)?;
        let engine = Engine {
            policy: &policy,
            scanner: &scanner,
            secrets: true,
            trees: Vec::new(),
            allows: &self.setup.allows,
            baseline: None,
            threads: self.setup.threads,
            progress: &PROGRESS,
        };
        let past = self.past(&engine, report)?;
        // What the history has at HEAD is not told again for the file.
        let seen: BTreeSet<(String, String)> = past
            .findings
            .iter()
            .flat_map(|found| {
                std::iter::once(&found.location)
                    .chain(&found.occurrences)
                    .filter(|place| {
                        let commit = place.commit.as_ref();
                        commit.is_some_and(|commit| commit.presence == Some(Presence::Head))
                    })
                    .map(|place| (found.rule.to_string(), place.path.as_str().to_owned()))
            })
            .collect();
        let mut standing = self.standing(&engine, report)?;
        let again = |found: &Finding| {
            let path = found.location.path.as_str();
            self.is_vault(path) || seen.contains(&(found.rule.to_string(), path.to_owned()))
        };
        standing.findings.retain(|found| !again(found));
        standing.allowed.retain(|allowed| !again(&allowed.finding));
        for found in past.findings.iter().chain(&standing.findings) {
            self.judge(found.clone(), report);
        }
        for allowed in past.allowed.into_iter().chain(standing.allowed) {
            if let Some(finding) = self.watch.finding(allowed.finding, &self.setup.policy) {
                report.allowed.push(Allowed { finding, ..allowed });
            }
        }
        Ok(past.findings)
    }

    fn past(&self, engine: &Engine<'_>, report: &mut Report) -> miette::Result<Pass> {
        let repository = match Repository::open(&self.top, self.setup.threads) {
            Ok(repository) => repository,
            Err(damage) => {
                report.incomplete.push(Gap {
                    what: "history".into(),
                    why: format!("it could not be searched for the vault's values: {damage}"),
                });
                return Ok(Pass::default());
            }
        };
        let options = HistoryOptions {
            root: Environment::of_process().name_of(&self.top),
            // Nothing is remembered of values: no cache.
            ..HistoryOptions::default()
        };
        Ok(taken(
            engine.run_history(&repository, &options)?.report,
            report,
        ))
    }

    fn standing(&self, engine: &Engine<'_>, report: &mut Report) -> miette::Result<Pass> {
        let tree = self.setup.worktree(&self.top)?;
        Ok(taken(engine.run(&tree)?, report))
    }

    /// The vault's own files are no exposure, unless they are in the history.
    fn is_vault(&self, path: &str) -> bool {
        let credentials = &self.stock.reading.map.credentials;
        // Of a server the map gives paths that are none of files.
        self.stock.has_vault_files()
            && credentials
                .iter()
                .filter_map(|credential| credential.vault.as_ref())
                .any(|vault| vault.path == path)
    }

    fn judge(&self, found: Finding, report: &mut Report) {
        let exceptions = Exceptions {
            policy: &self.setup.policy,
            allows: &self.setup.allows,
            baseline: self.setup.baseline.as_ref().map(|(baseline, _)| baseline),
        };
        let Some(finding) = self.watch.finding(found, &self.setup.policy) else {
            return;
        };
        match exceptions.judge(finding, &[], &[]) {
            Judged::Reported(finding) => report.findings.push(finding),
            Judged::Allowed(allowed) => report.allowed.push(allowed),
        }
    }
}

/// What a pass found; what it could not read is added to the report. Of what exceptions cover, values of the vault stay, unless
/// a comment names the rule of exposures: no other tool's comment knew what it excuses.
fn taken(pass: Report, report: &mut Report) -> Pass {
    report.incomplete.extend(pass.incomplete);
    report.stats.files += pass.stats.files;
    report.stats.blobs += pass.stats.blobs;
    report.stats.commits += pass.stats.commits;
    report.stats.bytes += pass.stats.bytes;
    let mut taken = Pass {
        findings: pass.findings,
        allowed: Vec::new(),
    };
    for allowed in pass.allowed {
        let value = allowed.finding.rule.as_str().starts_with(VALUE);
        if allowed.by == AllowedBy::Inline(OURS) {
            taken.allowed.push(allowed);
        } else if value {
            taken.findings.push(allowed.finding);
        }
    }
    taken
}

/// What rules of values begin with.
const VALUE: &str = concat!("credential-exposed", "#");
