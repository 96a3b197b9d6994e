//! Runs the guards over a source, on whatever threads it gives blobs.
//!
//! A blob is read once: the secrets guard reads its bytes, and the guards that look at whole trees
//! (toolkit, fly) take from the same bytes what they need to conclude at the end. Exceptions are applied
//! where the bytes are still at hand; what comes out is a sorted [`Report`].

mod exceptions;
mod history;
mod moved;
mod names;
mod progress;
mod restored;
mod sightings;
mod veiled;

pub use exceptions::{Exceptions, Judged};
pub use history::{HistoryOptions, HistoryRun, Replacement};
pub use progress::Progress;

use crate::finding::{Allowed, CommitRef, Finding, Fingerprint, Gap, Location, RepoPath, Veil};
use crate::policy::allow::Allows;
use crate::policy::baseline::Baseline;
use crate::policy::inline::InlineAllow;
use crate::policy::{Guard, Policy};
use crate::report::Report;
use crate::secrets::{Scanner, Sighting, utf16};
use crate::source::{Blob, Content, IN_MEMORY, Lines, Source, SourceError};
use crate::tree::{Draft, FileView, Notes, TreeGuard};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;
use veiled::veiled;

/// What to run, and what it may pass over.
pub struct Engine<'e> {
    /// Rules and their severities.
    pub policy: &'e Policy,
    /// Knows secrets. It looks at everything, whichever guards run, as no guard's snippet may show one.
    pub scanner: &'e Scanner,
    /// Whether the secrets guard reports.
    pub secrets: bool,
    /// The guards that look at whole trees.
    pub trees: Vec<Box<dyn TreeGuard + 'e>>,
    /// `[[allow]]` entries.
    pub allows: &'e Allows,
    /// What was accepted before.
    pub baseline: Option<&'e Baseline>,
    /// Threads to use, at least 1.
    pub threads: usize,
    /// Told of every file and object looked at.
    pub progress: &'e Progress,
}

/// What the threads bring together.
#[derive(Default)]
struct Gathered {
    findings: Vec<(u64, Finding)>,
    allowed: Vec<Allowed>,
    gaps: Vec<Gap>,
    notes: Vec<Vec<(RepoPath, Notes)>>,
}

impl Engine<'_> {
    /// Looks at everything the source yields.
    ///
    /// # Errors
    /// When the source has nothing to give at all.
    pub fn run(&self, source: &dyn Source) -> Result<Report, SourceError> {
        let started = Instant::now();
        let gathered = Mutex::new(Gathered {
            notes: self.trees.iter().map(|_| Vec::new()).collect(),
            ..Gathered::default()
        });
        let bytes = AtomicU64::new(0);
        let outcome = source.each(self.threads.max(1), &|blob| {
            let mut here = Gathered::default();
            let length = self.look(blob, &mut here);
            bytes.fetch_add(length, Ordering::Relaxed);
            self.progress.add(length);
            if !(here.findings.is_empty()
                && here.allowed.is_empty()
                && here.gaps.is_empty()
                && here.notes.iter().all(Vec::is_empty))
            {
                gathered
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .merge(here);
            }
        });
        let outcome = outcome.map_err(|error| self.veiled_error(error))?;
        let mut gathered = gathered
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let mut remarks = outcome.notes;
        self.conclude(&mut gathered, &mut remarks);
        let mut report = Report {
            scope: source.scope(),
            allowed: gathered.allowed,
            incomplete: gathered.gaps,
            notes: remarks,
            stats: outcome.stats,
            ..Report::default()
        };
        report.incomplete.extend(outcome.gaps);
        self.mask(&mut report);
        report.findings = grouped(gathered.findings);
        report.stats.bytes = bytes.into_inner();
        report.stats.milliseconds =
            u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        report.sort();
        Ok(report)
    }

    /// Looks at one blob; returns its length in bytes.
    fn look(&self, mut blob: Blob<'_>, out: &mut Gathered) -> u64 {
        self.look_at_path(&mut blob, out);
        match std::mem::replace(&mut blob.content, Content::Bytes(&[])) {
            content @ (Content::Bytes(raw) | Content::Link(raw)) => {
                let is_link = matches!(content, Content::Link(_));
                let text = utf16::as_utf8(raw);
                let (sightings, veil) =
                    self.scanner
                        .scan(&text, Some(blob.path.as_str()), &|secret| {
                            self.allows.matching_values(secret)
                        });
                let sightings = self.news(&blob, &text, sightings);
                self.sightings(&blob, sightings, out);
                if is_link {
                    self.link(&blob.path, raw, out);
                } else {
                    // A file that only moved is judged by another name now.
                    self.inspect(&blob.path, &text, &veil, out);
                }
                raw.len() as u64
            }
            Content::Moved => 0,
            Content::Stream(mut reader, length) => {
                // No other guard reads files of this size, which is no reason to call them clean.
                if self.trees.iter().any(|tree| tree.wants(&blob.path)) {
                    out.gaps.push(Gap {
                        what: blob.path.to_string(),
                        why: format!(
                            "it is larger than {} MiB: only the secrets guard reads files of this size",
                            IN_MEMORY >> 20
                        ),
                    });
                }
                if !self.secrets {
                    return 0;
                }
                match self
                    .scanner
                    .scan_stream(&mut reader, Some(blob.path.as_str()), &|secret| {
                        self.allows.matching_values(secret)
                    }) {
                    Ok((sightings, _)) => self.sightings(&blob, sightings, out),
                    Err(error) => out.gaps.push(Gap {
                        what: blob.path.to_string(),
                        why: format!("could not be read to its end: {error}"),
                    }),
                }
                length
            }
        }
    }

    fn inspect(&self, path: &RepoPath, text: &[u8], veil: &Veil, out: &mut Gathered) {
        for (index, tree) in self.trees.iter().enumerate() {
            if tree.wants(path)
                && let Some(notes) = tree.inspect(&FileView::new(path, text, veil))
            {
                out.notes.resize_with(self.trees.len(), Vec::new);
                out.notes[index].push((path.clone(), notes));
            }
        }
    }

    /// What a link in the tree leads to is looked at under its own name. Where that is no name a guard knows, no guard judges
    /// what is used by the name of the link.
    fn link(&self, path: &RepoPath, target: &[u8], out: &mut Gathered) {
        let target = RepoPath::from_bytes(target);
        let place = path.as_str().strip_suffix(path.file_name());
        let called = RepoPath::new(&[place.unwrap_or_default(), target.file_name()].concat());
        let goes_unread = |tree: &dyn TreeGuard| tree.wants(path) && !tree.wants(&called);
        if !target.as_str().starts_with('/') && self.trees.iter().any(|tree| goes_unread(&**tree)) {
            out.gaps.push(Gap {
                what: path.to_string(),
                why: "it is a link to a file of another name, which is not judged as this one"
                    .to_owned(),
            });
        }
    }

    /// Makes findings of what was seen in a blob.
    fn sightings(&self, blob: &Blob<'_>, sightings: Vec<Sighting>, out: &mut Gathered) {
        if sightings.is_empty() {
            return;
        }
        let commit = blob.commit.as_deref();
        let commit = commit.map(|commit| veiled(self.scanner, commit));
        let lines = match blob.moved_from {
            // What is no news is left out already.
            Some(_) => &Lines::All,
            None => &blob.lines,
        };
        for sighting in sightings {
            self.secret(&blob.path, lines, commit.as_ref(), sighting, out);
        }
    }

    /// Makes a finding of a sighting, now that its path is known. The commit is shown as it is given: [`veiled`].
    fn secret(
        &self,
        path: &RepoPath,
        lines: &Lines,
        commit: Option<&CommitRef>,
        sighting: Sighting,
        out: &mut Gathered,
    ) {
        let rule = self.scanner.rules().rule(sighting.rule);
        if !self.secrets || !lines.touches(sighting.start.line, sighting.end.line) {
            return;
        }
        let id = rule.spec.id.as_str();
        // What has no line stands in the path.
        let in_name = sighting.start.line == 0;
        let mut message = rule.spec.summary.clone();
        if in_name {
            message.push_str(" in the name of a file");
        }
        let location = Location {
            commit: commit.cloned(),
            ..Location::file(path.clone(), sighting.start, sighting.end)
        };
        let fingerprint = Fingerprint::from_tag(id, path.as_str(), sighting.tag);
        let severity = self.severity(path, &sighting);
        let finding = Finding {
            snippet: (!in_name).then_some(sighting.snippet),
            ..Finding::new(id, Guard::Secrets, severity, message, location, fingerprint)
        };
        self.place(
            finding,
            sighting.identity,
            &sighting.inline,
            &sighting.value_allows,
            out,
        );
    }

    /// Reports a finding, or says which exception covers it.
    fn place(
        &self,
        finding: Finding,
        identity: u64,
        inline: &[InlineAllow],
        values: &[u16],
        out: &mut Gathered,
    ) {
        match self.exceptions().judge(finding, inline, values) {
            Judged::Reported(finding) => out.findings.push((identity, finding)),
            Judged::Allowed(allowed) => out.allowed.push(allowed),
        }
    }

    fn exceptions(&self) -> Exceptions<'_> {
        Exceptions {
            policy: self.policy,
            allows: self.allows,
            baseline: self.baseline,
        }
    }

    /// Lets the tree guards conclude and makes findings of their drafts.
    fn conclude(&self, gathered: &mut Gathered, remarks: &mut Vec<String>) {
        for (tree, mut notes) in self.trees.iter().zip(std::mem::take(&mut gathered.notes)) {
            notes.sort_by(|a, b| a.0.cmp(&b.0));
            let conclusion = tree.conclude(notes);
            gathered.gaps.extend(conclusion.gaps);
            remarks.extend(conclusion.remarks);
            for draft in conclusion.drafts {
                self.draft(draft, gathered);
            }
        }
    }

    fn draft(&self, draft: Draft, out: &mut Gathered) {
        if let Some((finding, inline)) = self.exceptions().finding(draft) {
            self.place(finding, 0, &inline, &[], out);
        }
    }
}

impl Gathered {
    fn merge(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.allowed.extend(other.allowed);
        self.gaps.extend(other.gaps);
        for (all, more) in self.notes.iter_mut().zip(other.notes) {
            all.extend(more);
        }
    }
}

/// The same secret found by the same rule in the same file is one finding with several places; over commits,
/// in several files too.
fn grouped(mut findings: Vec<(u64, Finding)>) -> Vec<Finding> {
    findings.sort_by(|a, b| a.1.sort_key().cmp(&b.1.sort_key()));
    grouped_in_order(findings, false)
}

/// As [`grouped`]; the first of each group speaks for it. Over a history, what has no commit (the words of a tag) is
/// one with what has.
fn grouped_in_order(findings: Vec<(u64, Finding)>, over_history: bool) -> Vec<Finding> {
    let mut out: Vec<Finding> = Vec::with_capacity(findings.len());
    let mut seen: HashMap<(u64, String, bool), usize> = HashMap::new();
    for (identity, finding) in findings {
        let over_commits = over_history || finding.location.commit.is_some();
        let name = if over_commits {
            finding.rule.to_string()
        } else {
            finding.fingerprint.to_string()
        };
        if finding.guard != Guard::Secrets {
            out.push(finding);
            continue;
        }
        match seen.get(&(identity, name.clone(), finding.known)) {
            Some(first) => out[*first].occurrences.push(finding.location),
            None => {
                seen.insert((identity, name, finding.known), out.len());
                out.push(finding);
            }
        }
    }
    out
}
