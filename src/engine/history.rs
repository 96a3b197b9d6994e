//! The whole history through the secrets guard: every blob once, deltas round their seams, and provenance only for what
//! was found.

use super::sightings::{Found, Sightings};
use super::{Engine, grouped_in_order};
use crate::finding::{CommitRef, Finding, Gap, Location, Presence, RepoPath};
use crate::report::{Report, Scope, ScopeKind};
use crate::secrets::utf16::Utf16;
use crate::secrets::{Copied, Raw, Scanner};
use crate::source::SourceError;
use crate::source::history::{
    Delta, Edit, Graph, Kind, Object, Oid, Plan, Provenance, Repository, Selection, TipKind,
    Visitor, Walked,
};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What of a history to look at.
#[derive(Debug, Clone, Default)]
pub struct HistoryOptions {
    /// Which commits count.
    pub selection: Selection,
    /// Report what no ref, reflog or stash reaches as well.
    pub unreachable: bool,
    /// Scan every byte of every blob; for proving that the quick way finds the same.
    pub plain: bool,
    /// How reports call the repository.
    pub root: String,
}

/// How far a scan has come; read from another thread while it runs.
#[derive(Debug, Default)]
pub struct Progress {
    /// Objects looked at.
    pub objects: AtomicU64,
    /// Their bytes, inflated.
    pub bytes: AtomicU64,
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
        progress: &Progress,
    ) -> Result<Report, SourceError> {
        let started = Instant::now();
        let mut report = Report {
            scope: Scope {
                kind: ScopeKind::History,
                root: options.root.clone(),
                head: None,
            },
            ..Report::default()
        };
        let scanner = self.scanner;
        let messages = Mutex::new(Sightings::default());
        let commit_count = AtomicU64::new(0);
        let graph = repository
            .graph(&options.selection, self.threads, |object| {
                commit_count.fetch_add(u64::from(object.kind == Kind::Commit), Ordering::Relaxed);
                if let Some(raw) = whole(scanner, object.bytes) {
                    messages.lock().unwrap_or_else(PoisonError::into_inner).add(
                        self,
                        scanner,
                        object.id,
                        object.kind,
                        object.bytes,
                        &raw,
                    );
                }
            })
            .map_err(|name| {
                SourceError::new(
                    format!("there is no ref named `{name}`"),
                    "`git for-each-ref` lists what there is",
                )
            })?;
        report.scope.head = graph
            .tips()
            .find(|tip| tip.kind == TipKind::Head)
            .map(|tip| tip.id.to_string());
        let (mut found, walked) = self.blobs(scanner, repository, options, progress);
        found.merge(
            messages
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner),
        );
        report.stats.blobs = walked.stats.objects;
        report.stats.bytes = walked.stats.bytes;
        report.stats.commits = commit_count.into_inner();
        report
            .incomplete
            .extend(repository.store().gaps().iter().cloned());
        report.incomplete.extend(walked.gaps);
        report.incomplete.extend(graph.gaps().iter().cloned());
        let placed = Placer {
            engine: self,
            scanner,
            repository,
            graph: &graph,
            options,
        };
        placed.place(&found, &mut report);
        report.incomplete = bounded(std::mem::take(&mut report.incomplete));
        report.stats.milliseconds =
            u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        report.sort();
        Ok(report)
    }
}

impl Engine<'_> {
    /// Looks at every blob there is.
    fn blobs(
        &self,
        scanner: &Scanner,
        repository: &Repository,
        options: &HistoryOptions,
        progress: &Progress,
    ) -> (Sightings, Walked<()>) {
        let plan = Plan {
            threads: self.threads,
            ..Plan::default()
        };
        let walked = repository.walk(&plan, || Blobs {
            engine: self,
            scanner,
            found: Sightings::default(),
            plain: options.plain,
            progress,
        });
        let mut found = Sightings::default();
        for visitor in walked.visitors {
            found.merge(visitor.found);
        }
        let rest = Walked {
            visitors: Vec::new(),
            gaps: walked.gaps,
            stats: walked.stats,
        };
        (found, rest)
    }
}

/// Everything in one text; none when there is nothing.
fn whole(scanner: &Scanner, text: &[u8]) -> Option<Raw> {
    let mut raw = Raw::default();
    scanner.collect(text, 0..text.len(), &mut raw);
    (!raw.is_empty()).then_some(raw)
}

/// Looks at blobs on one thread.
struct Blobs<'e> {
    engine: &'e Engine<'e>,
    scanner: &'e Scanner,
    found: Sightings,
    plain: bool,
    progress: &'e Progress,
}

/// What is kept of a blob while those made from it are looked at.
enum Known {
    /// Its raw hits.
    Raw(Raw),
    /// UTF-16: its deltas say nothing of the text it stands for.
    Opaque,
}

impl Blobs<'_> {
    fn scan(&mut self, object: Object<'_>) -> Known {
        let raw = match Utf16::of(object.bytes) {
            Some(encoding) => {
                let text = encoding.decode(object.bytes);
                if let Some(raw) = whole(self.scanner, &text) {
                    self.found.add(
                        self.engine,
                        self.scanner,
                        object.id,
                        object.kind,
                        &text,
                        &raw,
                    );
                }
                return Known::Opaque;
            }
            None => whole(self.scanner, object.bytes).unwrap_or_default(),
        };
        self.note(object, &raw);
        Known::Raw(raw)
    }

    fn note(&mut self, object: Object<'_>, raw: &Raw) {
        if !raw.is_empty() {
            self.found.add(
                self.engine,
                self.scanner,
                object.id,
                object.kind,
                object.bytes,
                raw,
            );
        }
    }

    fn count(&self, object: Object<'_>) {
        self.progress.objects.fetch_add(1, Ordering::Relaxed);
        self.progress
            .bytes
            .fetch_add(object.bytes.len() as u64, Ordering::Relaxed);
    }
}

impl Visitor for Blobs<'_> {
    type State = Known;

    fn full(&mut self, object: Object<'_>) -> Known {
        self.count(object);
        self.scan(object)
    }

    fn delta(&mut self, object: Object<'_>, delta: Delta<'_, Known>) -> Known {
        self.count(object);
        let (Known::Raw(base), false, None) = (delta.base, self.plain, Utf16::of(object.bytes))
        else {
            return self.scan(object);
        };
        let copies = delta
            .edits
            .as_slice()
            .iter()
            .filter_map(|edit| match *edit {
                Edit::Copy { base, target, len } => Some(Copied {
                    base: base as usize,
                    target: target as usize,
                    len: len as usize,
                }),
                Edit::Insert { .. } => None,
            });
        let raw = self
            .scanner
            .collect_changed(object.bytes, delta.base_bytes.len(), base, copies);
        self.note(object, &raw);
        Known::Raw(raw)
    }
}

/// Turns what was found in objects into findings with commits and paths.
struct Placer<'p> {
    engine: &'p Engine<'p>,
    scanner: &'p Scanner,
    repository: &'p Repository,
    graph: &'p Graph,
    options: &'p HistoryOptions,
}

/// A path at which objects hold the same secrets, and where they come from.
struct Origin<'f> {
    /// Where it stands among the commits, parents first.
    rank: usize,
    id: Oid,
    object: &'f Found,
    commit: Option<Oid>,
    presence: Presence,
    path: RepoPath,
}

impl Placer<'_> {
    fn place(&self, found: &Sightings, report: &mut Report) {
        let order: HashMap<Oid, usize> = self
            .graph
            .commits(self.repository)
            .enumerate()
            .map(|(rank, id)| (id, rank))
            .collect();
        let mut origins = self.blobs(found, &order, report);
        origins.extend(
            found
                .objects
                .iter()
                .filter_map(|(id, object)| self.message(id, object, &order)),
        );
        // First introduced first, so that the first place of a secret is the one that brought it in.
        origins.sort_by(|a, b| {
            (a.rank, &a.commit, &a.path, a.id).cmp(&(b.rank, &b.commit, &b.path, b.id))
        });
        let mut commits: HashMap<Oid, CommitRef> = HashMap::new();
        let mut out = super::Gathered::default();
        for origin in origins {
            let commit = origin.commit.map(|commit| {
                let known = commits
                    .entry(commit)
                    .or_insert_with(|| self.repository.describe(&commit));
                CommitRef {
                    presence: Some(origin.presence.clone()),
                    ..known.clone()
                }
            });
            for sighting in found.at(self.scanner, origin.object, &origin.path) {
                self.engine.secret(
                    &origin.path,
                    &crate::source::Lines::All,
                    commit.as_ref(),
                    sighting,
                    &mut out,
                );
            }
        }
        report.findings = joined(grouped_in_order(out.findings));
        report.allowed = out.allowed;
        report.incomplete.extend(out.gaps);
    }

    /// The origins of blobs, and everything that is missing on the way to any.
    fn blobs<'f>(
        &self,
        found: &'f Sightings,
        order: &HashMap<Oid, usize>,
        report: &mut Report,
    ) -> Vec<Origin<'f>> {
        let groups = found.groups();
        if groups.is_empty() {
            report
                .incomplete
                .extend(self.repository.missing(self.graph, self.engine.threads));
            return Vec::new();
        }
        let (provenances, gaps) =
            self.repository
                .provenance_of_groups(self.graph, &groups, true, self.engine.threads);
        report.incomplete.extend(gaps);
        groups
            .iter()
            .zip(provenances)
            .flat_map(|(group, known)| self.origins(found, group, known, order))
            .collect()
    }

    /// Where blobs that hold the same secrets come from, for each of their paths.
    fn origins<'f>(
        &self,
        found: &'f Sightings,
        group: &[Oid],
        known: Provenance,
        order: &HashMap<Oid, usize>,
    ) -> Vec<Origin<'f>> {
        let Some(any) = group.first() else {
            return Vec::new();
        };
        let hidden = !self.options.unreachable;
        if hidden && (known.presence == Presence::Unreachable || known.first.is_none()) {
            return Vec::new();
        }
        let presence = known.presence;
        let origin = |commit: Option<Oid>, path: RepoPath| {
            let id = commit
                .and_then(|commit| self.repository.blob_at(&commit, &path))
                .filter(|blob| group.contains(blob))
                .unwrap_or(*any);
            Some(Origin {
                rank: commit
                    .and_then(|commit| order.get(&commit).copied())
                    .unwrap_or(usize::MAX),
                id,
                object: found.objects.get(&id)?,
                commit,
                presence: presence.clone(),
                path,
            })
        };
        let Some(first) = known.first else {
            let path = RepoPath::new(&format!("<object {any}>"));
            return origin(None, path).into_iter().collect();
        };
        // The other paths came later, with commits of their own.
        let others = known
            .paths
            .into_iter()
            .zip(known.path_commits)
            .filter(|(path, _)| *path != first.path)
            .filter_map(|(path, commit)| origin(commit.or(Some(first.commit)), path));
        origin(Some(first.commit), first.path.clone())
            .into_iter()
            .chain(others)
            .collect()
    }

    /// The origin of a commit's or tag's own words.
    fn message<'f>(
        &self,
        id: &Oid,
        object: &'f Found,
        order: &HashMap<Oid, usize>,
    ) -> Option<Origin<'f>> {
        let (commit, path) = match object.kind {
            Kind::Commit => (Some(*id), "<commit message>"),
            Kind::Tag => (None, "<tag message>"),
            Kind::Blob | Kind::Tree => return None,
        };
        let reached = commit.is_none_or(|commit| self.graph.contains(self.repository, &commit));
        if !reached && !self.options.unreachable {
            return None;
        }
        let presence = if reached {
            Presence::HistoryOnly
        } else {
            Presence::Unreachable
        };
        let rank = order.get(id).copied().unwrap_or(usize::MAX);
        Some(Origin {
            rank,
            id: *id,
            object,
            commit,
            presence,
            path: RepoPath::new(path),
        })
    }
}

/// Of all places of a secret, the one that says most about where it still stands speaks for it.
fn joined(mut findings: Vec<Finding>) -> Vec<Finding> {
    let standing = |location: &Location| match location
        .commit
        .as_ref()
        .and_then(|commit| commit.presence.as_ref())
    {
        Some(Presence::Head) => 0,
        Some(Presence::Ref(_)) => 1,
        Some(Presence::StashOnly) => 2,
        Some(Presence::HistoryOnly) | None => 3,
        Some(Presence::Unreachable) => 4,
    };
    for finding in &mut findings {
        let best = finding
            .occurrences
            .iter()
            .min_by_key(|location| standing(location))
            .and_then(|location| {
                location
                    .commit
                    .as_ref()?
                    .presence
                    .clone()
                    .map(|presence| (standing(location), presence))
            });
        let own = standing(&finding.location);
        if let (Some((rank, presence)), Some(commit)) = (best, &mut finding.location.commit)
            && rank < own
        {
            commit.presence = Some(presence);
        }
    }
    findings
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
