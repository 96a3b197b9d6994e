//! The whole history through the secrets guard: every blob once, deltas round their seams, and provenance only for what
//! was found. What an earlier run knows to be clean is not looked at again.

mod blobs;
mod place;
mod recall;
mod scrub;
mod spread;

pub use scrub::Replacement;

use super::sightings::Sightings;
use super::{Engine, Progress};
use crate::finding::Gap;
use crate::report::{Report, Scope, ScopeKind};
use crate::secrets::{Scanner, Searched};
use crate::source::history::cache::{Again, Cache, Counts, Known, Memory, Tally, ViewKey};
use crate::source::history::{Graph, Kind, Oid, Plan, Repository, Selection, TipKind, after_links};
use crate::source::{Exclude, SourceError};
use blobs::{Blobs, whole};
use place::Placer;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What of a history to look at.
#[derive(Debug, Default)]
pub struct HistoryOptions {
    /// Which commits count.
    pub selection: Selection,
    /// Report what no ref, reflog or stash reaches as well.
    pub unreachable: bool,
    /// Scan every byte of every blob; for proving that the quick way finds the same.
    pub plain: bool,
    /// Paths of which nothing is said.
    pub exclude: Exclude,
    /// How reports call the repository.
    pub root: String,
    /// What earlier runs know, and where to tell later ones.
    pub cache: Option<Cache>,
    /// Collect what to replace when the history is rewritten.
    pub scrub: bool,
}

/// What came out.
#[derive(Debug, Default)]
pub struct HistoryRun {
    /// The report.
    pub report: Report,
    /// What to replace, if that was asked for.
    pub replacements: Vec<Replacement>,
    /// How many places these do not reach: names of files and people, UTF-16, short values without
    /// anything round them.
    pub left_out: usize,
    /// Why nothing was remembered for the next run.
    pub forgotten: Option<String>,
}

impl Engine<'_> {
    /// Looks at every object of a repository.
    ///
    /// # Errors
    /// The name of a selected ref that does not exist.
    pub fn run_history(
        &self,
        repository: &Repository,
        options: &HistoryOptions,
    ) -> Result<HistoryRun, SourceError> {
        let started = Instant::now();
        let search = Search {
            engine: self,
            scanner: self.scanner,
            repository,
            options,
            held: AtomicUsize::new(0),
            left_out: Mutex::default(),
        };
        // Proving anything takes looking at everything.
        let cache = options.cache.as_ref().filter(|_| !options.plain);
        let mut memory = cache.map(Cache::load).unwrap_or_default();
        let is_touched = repository.believe_touched(&mut memory);
        let mut run = match search.recall(&memory) {
            Some(mut run) => {
                if let Some(cache) = cache.filter(|_| is_touched) {
                    run.forgotten = cache.save(&memory).err().map(|error| error.to_string());
                }
                run
            }
            None => search.all(cache, &memory)?,
        };
        self.mask(&mut run.report);
        run.report.stats.milliseconds =
            u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        run.report.sort();
        Ok(run)
    }
}

/// One run over one repository.
struct Search<'s> {
    engine: &'s Engine<'s>,
    scanner: &'s Scanner,
    repository: &'s Repository,
    options: &'s HistoryOptions,
    /// How many places were found so far.
    held: AtomicUsize,
    /// Objects with more than can be held, and why.
    left_out: Mutex<Vec<(Oid, String)>>,
}

/// What a walk over blobs brought.
struct Seen {
    found: Sightings,
    tally: Tally,
    /// Could not be read.
    failed: Vec<Oid>,
    gaps: Vec<Gap>,
}

impl Search<'_> {
    /// Looks at everything that is not known yet.
    fn all(&self, cache: Option<&Cache>, memory: &Memory) -> Result<HistoryRun, SourceError> {
        let (repository, options) = (self.repository, self.options);
        let mut known = match cache {
            Some(_) => repository.known(memory),
            None => Known::default(),
        };
        let known_found = self.bring_back(memory, &mut known);
        let (graph, messages, commits) = self.graph(&known)?;
        let mut seen = self.blobs(&known);
        seen.found.merge(messages);
        seen.found.merge(known_found);
        let mut counts = known.counts;
        counts.add(seen.tally.counts());
        let head = graph.tips().find(|tip| tip.kind == TipKind::Head);
        let head = head.map(|tip| tip.id);
        let mut report = self.report(counts, commits, head);
        let store = repository.store();
        report.incomplete.extend(store.gaps().iter().cloned());
        let mut left_out = self.left_out.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, why) in left_out.drain(..) {
            let what = format!("object {id}");
            report.incomplete.push(Gap { what, why });
            // As little is known of it as of what cannot be read.
            seen.failed.push(id);
        }
        drop(left_out);
        report.incomplete.append(&mut seen.gaps);
        report.incomplete.extend(graph.gaps().iter().cloned());
        let placer = Placer {
            search: self,
            graph: &graph,
        };
        let (origins, spreads) = placer.origins(&seen.found, &mut report);
        let reported = self.findings(&origins, &spreads, &seen.found, &mut report);
        report.incomplete = bounded(std::mem::take(&mut report.incomplete));
        self.shorten(&mut report.incomplete);
        let mut run = HistoryRun {
            report,
            ..HistoryRun::default()
        };
        if options.scrub {
            (run.replacements, run.left_out) = self.replacements(&seen.found, &reported, &origins);
        }
        if let Some(cache) = cache {
            let failed = |id: &Oid| Again {
                id: *id,
                places: None,
            };
            // What could not be read is read anew, whatever is known of it.
            let mut again: Vec<Again> = seen.failed.iter().map(failed).collect();
            again.extend(seen.found.places());
            let mut learned = repository.learn(memory, &known, &seen.tally, again);
            let told = (&origins[..], &seen.found, &spreads);
            if let Some(view) = self.view(&run.report, counts, commits, head, told, &graph) {
                let tips: Vec<_> = graph.names().collect();
                let key = ViewKey::new(repository, &tips, &options.selection, options.unreachable);
                learned.add_view(key, view);
            }
            if learned != *memory {
                run.forgotten = cache.save(&learned).err().map(|error| error.to_string());
            }
        }
        Ok(run)
    }

    /// Names files of the repository from its top, as everywhere in a report: where that is on the machine is nobody's business.
    fn shorten(&self, gaps: &mut [Gap]) {
        let [_, common] = self.repository.directories();
        let top = if common.ends_with(".git") {
            common.parent()
        } else {
            None
        };
        let top = top.unwrap_or(common);
        for gap in gaps {
            if let Ok(below) = Path::new(&gap.what).strip_prefix(top) {
                gap.what = below.display().to_string();
            }
        }
    }

    /// An empty report of what was looked at.
    fn report(&self, counts: Counts, commits: u64, head: Option<Oid>) -> Report {
        let mut report = Report {
            scope: Scope {
                kind: ScopeKind::History,
                root: self.options.root.clone(),
                head: head.map(|id| id.to_string()),
            },
            ..Report::default()
        };
        report.stats.blobs = counts.blobs;
        report.stats.bytes = counts.bytes;
        report.stats.commits = commits;
        report
    }

    /// Reads the commits, looks at their messages and those of tags, and counts commits.
    fn graph(&self, known: &Known) -> Result<(Graph, Sightings, u64), SourceError> {
        let messages = Mutex::new(Sightings::default());
        let commits = AtomicU64::new(0);
        let selection = &self.options.selection;
        let observe = |object: crate::source::history::Object<'_>| {
            commits.fetch_add(u64::from(object.kind == Kind::Commit), Ordering::Relaxed);
            if !known.wants(&object) {
                return;
            }
            let (raw, end) = whole(self.scanner, object.bytes, after_links(object.bytes));
            if !raw.is_empty() || end < object.bytes.len() {
                let mut messages = messages.lock().unwrap_or_else(PoisonError::into_inner);
                let kind = object.kind;
                let id = || object.id();
                self.note(&id, kind, object.bytes, (raw, end), &mut messages);
            }
        };
        let graph = self
            .repository
            .graph(selection, self.engine.threads, observe)
            .map_err(|name| {
                SourceError::new(
                    format!("there is no ref named `{name}`"),
                    "`git for-each-ref` lists what there is",
                )
            })?;
        let messages = messages
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        Ok((graph, messages, commits.into_inner()))
    }

    /// Looks at every blob that is not known to be clean.
    fn blobs(&self, known: &Known) -> Seen {
        let plan = Plan {
            threads: self.engine.threads,
            ..Plan::default()
        };
        let walked = self.repository.walk_unknown(&plan, known, || Blobs {
            search: self,
            known,
            found: Sightings::default(),
            tally: Tally::default(),
            searched: Searched::default(),
        });
        let mut seen = Seen {
            found: Sightings::default(),
            tally: Tally::default(),
            failed: walked.failed,
            gaps: walked.gaps,
        };
        for visitor in walked.visitors {
            seen.found.merge(visitor.found);
            seen.tally.merge(visitor.tally);
        }
        seen
    }

    fn progress(&self) -> &Progress {
        self.engine.progress
    }
}

/// What could not be read names objects; more than this many are counted.
const MOST_GAPS: usize = 100;

/// A long list of gaps, cut and counted, so that a partial clone does not fill the screen.
fn bounded(mut gaps: Vec<Gap>) -> Vec<Gap> {
    gaps.sort();
    gaps.dedup();
    if gaps.len() > MOST_GAPS {
        let more = gaps.len() - MOST_GAPS;
        gaps.truncate(MOST_GAPS);
        gaps.push(Gap {
            what: format!("{more} more objects"),
            why: "could not be read either".into(),
        });
    }
    gaps
}
