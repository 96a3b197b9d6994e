//! Which of our findings another scanner was told to accept.
//!
//! The finding must be there: a baseline entry of ours is bound to rule, path and secret. Where the other tool kept the
//! secret or a hash of it, that must stand where our finding is, and not merely on its line; where it kept only a line, the
//! entry is listed for a look.

mod evidence;

use super::names::{shown, shown_path};
use super::{Accepted, Left, Proof, alias};
use crate::cli::{Check, Global};
use crate::commands::check::{Extent, look};
use crate::commands::setup::{Setup, repository_root};
use crate::finding::{Finding, Fingerprint, Location};
use crate::policy::{Guard, Policy};
use crate::report::Report;
use evidence::{Evidence, Texts, Wanted};
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// A finding that goes into the baseline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Known {
    pub path: String,
    pub rule: String,
    pub fingerprint: Fingerprint,
}

/// What was found of what another scanner was told to accept.
#[derive(Default)]
pub(super) struct Found {
    pub known: BTreeSet<Known>,
    /// Something could not be looked at, so that more may belong here.
    pub incomplete: bool,
}

/// The findings of this repository that `accepted` speaks of, but for those that `real` does; what they say of anything else
/// goes to `left`.
///
/// # Errors
/// A tree or a history that cannot be looked at at all.
pub(super) fn accept(
    accepted: &[Accepted],
    real: &[Accepted],
    setup: &Setup,
    global: &Global,
    left: &mut Vec<Left>,
) -> miette::Result<Found> {
    let mut found = Found::default();
    if accepted.is_empty() {
        return Ok(found);
    }
    let reports = reports(accepted, setup, global)?;
    for gap in reports.iter().flat_map(|report| &report.incomplete) {
        found.incomplete = true;
        left.push(Left {
            line: 0,
            what: gap.what.clone(),
            why: format!("not looked at, so nothing there was accepted: {}", gap.why),
        });
    }
    let spots: Vec<Spot> = reports.iter().flat_map(spots).collect();
    let entries: Vec<Entry> = accepted
        .iter()
        .chain(real)
        .map(|entry| Entry::new(entry, &setup.policy))
        .collect();
    let agreements = agreements(&entries, &spots);
    let mut refused = BTreeSet::new();
    for (number, entry) in entries.iter().enumerate() {
        let agreed = agreements.get(&number).map(Vec::as_slice);
        let agreed = agreed.unwrap_or_default();
        let known = agreed
            .iter()
            .filter_map(|(spot, _)| spots.get(*spot).map(Spot::known));
        if number >= accepted.len() {
            refused.extend(known);
            continue;
        }
        found.known.extend(known);
        let why = if agreed.is_empty() {
            "stackguard finds nothing there that it could be for"
        } else if agreed.iter().any(|(_, proved)| !proved) {
            "accepted by its place alone: see that it is what you think"
        } else {
            continue;
        };
        left.push(Left {
            line: entry.accepted.line,
            what: entry_name(entry.accepted),
            why: why.to_owned(),
        });
    }
    found.known.retain(|known| !refused.contains(known));
    Ok(found)
}

/// Every finding of the work tree, and of the history where an entry names a commit.
fn reports(accepted: &[Accepted], setup: &Setup, global: &Global) -> miette::Result<Vec<Report>> {
    let args = Check {
        guard: vec![crate::cli::GuardName::Secrets],
        ..Check::default()
    };
    let source = setup.worktree(&repository_root(Path::new(".")))?;
    let mut reports = vec![look(&args, setup, &source, Extent::Part)?];
    if accepted.iter().any(|entry| entry.commit.is_some()) {
        let args = Check {
            history: true,
            ..Check::default()
        };
        reports.push(crate::commands::history::look(&args, setup, global)?);
    }
    Ok(reports)
}

fn entry_name(entry: &Accepted) -> String {
    let path = entry.path.as_deref();
    let path = path.map_or_else(|| "a secret".to_owned(), shown_path);
    match entry.rule.as_str() {
        "" => path,
        rule => format!("`{}` in {path}", shown(rule)),
    }
}

/// What was accepted, with our names for its rule.
struct Entry<'e> {
    accepted: &'e Accepted,
    path: Option<&'e str>,
    rules: Vec<String>,
}

impl<'e> Entry<'e> {
    fn new(accepted: &'e Accepted, policy: &Policy) -> Self {
        let path = accepted.path.as_deref();
        Self {
            path: path.map(|path| path.trim_start_matches("./")),
            rules: match accepted.proof {
                Proof::Place => alias::ours(&accepted.rule, policy),
                _ => Vec::new(),
            },
            accepted,
        }
    }

    fn wants_evidence(&self) -> bool {
        !matches!(self.accepted.proof, Proof::Place)
    }
}

/// One place of one finding.
struct Spot<'f> {
    finding: &'f Finding,
    place: &'f Location,
}

fn spots(report: &Report) -> impl Iterator<Item = Spot<'_>> {
    let allowed = report.allowed.iter().map(|allowed| &allowed.finding);
    let findings = report.findings.iter().chain(allowed);
    findings
        .filter(|finding| finding.guard == Guard::Secrets)
        .flat_map(|finding| {
            let places = std::iter::once(&finding.location).chain(&finding.occurrences);
            places.map(move |place| Spot { finding, place })
        })
}

/// By entry, the spots it is for, and whether that is proved.
type Agreements = HashMap<usize, Vec<(usize, bool)>>;

fn agreements(entries: &[Entry<'_>], spots: &[Spot<'_>]) -> Agreements {
    let mut by_path: HashMap<Option<&str>, Vec<usize>> = HashMap::new();
    for (number, entry) in entries.iter().enumerate() {
        by_path.entry(entry.path).or_default().push(number);
    }
    let wanted = Wanted::new(entries.iter().map(|entry| &entry.accepted.proof));
    let mut texts = Texts::new();
    let mut all = Agreements::new();
    for (at, spot) in spots.iter().enumerate() {
        let path = spot.place.path.as_str();
        let here: Vec<(usize, &Entry)> = [Some(path), None]
            .iter()
            .filter_map(|key| by_path.get(key))
            .flatten()
            .filter_map(|number| Some((*number, entries.get(*number)?)))
            .filter(|(_, entry)| spot.is_of(entry.accepted.commit.as_deref()))
            .collect();
        // Read and hashed once, however many entries there are.
        let evidence = if here.iter().any(|(_, entry)| entry.wants_evidence()) {
            texts.evidence(spot.finding, spot.place, &wanted)
        } else {
            Evidence::default()
        };
        for (number, entry) in here {
            let proved = match &entry.accepted.proof {
                Proof::Place if spot.is_at(entry) => false,
                Proof::Place => continue,
                proof if evidence.holds(number, proof) => true,
                Proof::Value(secret) if spot.is_encoded(entry, secret.expose()) => true,
                _ => continue,
            };
            all.entry(number).or_default().push((at, proved));
        }
    }
    all
}

impl Spot<'_> {
    fn known(&self) -> Known {
        let rule = self.finding.rule.as_str();
        let path = self.place.path.as_str();
        Known {
            path: path.to_owned(),
            rule: rule.to_owned(),
            fingerprint: self.finding.fingerprint.moved(rule, path),
        }
    }

    fn is_of(&self, commit: Option<&str>) -> bool {
        let own = self.place.commit.as_ref().map(|commit| commit.id.as_str());
        commit.is_none() || commit == own
    }

    fn is_on(&self, lines: Option<(u32, u32)>) -> bool {
        let (first, last) = (self.place.start.line, self.place.end.line);
        lines.is_none_or(|(from, to)| from <= last && first <= to)
    }

    /// Whether nothing speaks against it: the line, and the kind of rule.
    fn is_at(&self, entry: &Entry<'_>) -> bool {
        let rule = self.finding.rule.as_str();
        let fits = entry.rules.is_empty() || entry.rules.iter().any(|id| id == rule);
        fits && self.is_on(entry.accepted.lines)
    }

    /// Whether the value is that of the finding without standing there as it is. A fingerprint says little of a secret, so the
    /// file and the line must agree as well.
    fn is_encoded(&self, entry: &Entry<'_>, value: &[u8]) -> bool {
        entry.path.is_some()
            && entry.accepted.lines.is_some()
            && self.is_on(entry.accepted.lines)
            && self.finding.fingerprint.is_of(value)
    }
}
