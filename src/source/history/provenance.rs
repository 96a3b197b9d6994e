//! Where a blob comes from: which commit brought it in, under which path, and where it still stands.
//!
//! Meant for the few blobs that have findings. One walk over the trees, one over the commits; no blob is decoded.

use super::Repository;
use super::both::both;
use super::graph::{Graph, Node, Peeled, named};
use super::holders::{Holders, Wanted, Watch};
use super::oid::Oid;
use super::paths::{Paths, Placed};
use super::reduce::{NodeId, Reduced, bits};
use super::spread::CommitCount;
use crate::finding::{Gap, Presence, RepoPath};

/// What the history says of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The first selected commit that brought it in, parents before children: no ancestor has it, unless
    /// [`super::Selection::since`] left that ancestor out. `None` when no selected commit did.
    pub first: Option<Introduction>,
    /// In the trees of how many selected commits it stands, those older than [`super::Selection::since`] left out.
    pub commits: u64,
    /// The paths it has in these commits, where [`super::Selection::since`] makes them others than [`Self::paths`].
    pub recent: Option<Vec<RepoPath>>,
    /// The paths it has in them, sorted, [`MOST_PATHS`] at most, each with the first selected commit that has it there.
    /// Those that are older than [`super::Selection::since`] are left out.
    pub paths: Vec<(RepoPath, Oid)>,
    /// Where it still stands, whatever was selected.
    pub presence: Presence,
    /// Whether a selected name leads to it without a commit: a ref or tag of a blob or tree.
    pub is_named: bool,
}

/// A commit that brought in a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Introduction {
    /// Its id; [`Repository::describe`] tells more.
    pub commit: Oid,
    /// The blob's first path in it, in the order of git's trees.
    pub path: RepoPath,
}

impl Repository {
    /// Finds out where groups of blobs come from, each as if it were one blob that changes its bytes: the first commit
    /// is the one none of whose ancestors has any of them. Every group gets an answer, also one that is nowhere. With
    /// `watch`, which is told of names on the way, missing objects are gaps too, as are trees that could not be read, and
    /// paths beyond those that can be followed. `count` is told which commits have which group.
    #[must_use]
    pub fn provenance_of_groups(
        &self,
        graph: &Graph,
        groups: &[Vec<Oid>],
        count: &mut CommitCount,
        watch: Option<Watch<'_>>,
        threads: usize,
    ) -> (Vec<Provenance>, Vec<Gap>) {
        self.provenance_within(graph, groups, count, watch, MOST_ENTRIES, threads)
    }

    /// As [`Self::provenance_of_groups`], with at most `budget` entries of trees in memory.
    pub(super) fn provenance_within(
        &self,
        graph: &Graph,
        groups: &[Vec<Oid>],
        count: &mut CommitCount,
        watch: Option<Watch<'_>>,
        budget: usize,
        threads: usize,
    ) -> (Vec<Provenance>, Vec<Gap>) {
        count.start(self, graph);
        let mut all = Vec::with_capacity(groups.len());
        let mut gaps = Vec::new();
        if let (Some(watch), []) = (watch, groups) {
            gaps = self.missing(graph, watch, threads);
        }
        for (turn, groups) in groups.chunks(GROUP).enumerate() {
            let watch = watch.filter(|_| turn == 0);
            let numbered = (0..)
                .zip(groups)
                .flat_map(|(number, group)| group.iter().map(move |id| (number, id)));
            let wanted = Wanted::new(numbered);
            let told = Some((&mut *count, turn));
            let holders = self.holders(&wanted, watch, budget, threads);
            let (found, more) = self.provenance_of(graph, groups, holders, told, threads);
            all.extend(found);
            gaps.extend(more);
        }
        gaps.sort();
        gaps.dedup();
        (all, gaps)
    }

    /// Finds out where files and directories of these names come from, whatever is in them.
    #[must_use]
    pub fn provenance_of_names(
        &self,
        graph: &Graph,
        names: &[Vec<u8>],
        threads: usize,
    ) -> (Vec<Provenance>, Vec<Gap>) {
        let (mut all, mut gaps) = (Vec::with_capacity(names.len()), Vec::new());
        for names in names.chunks(GROUP) {
            let wanted = Wanted::names((0..).zip(names));
            let groups = vec![Vec::new(); names.len()];
            let holders = self.holders(&wanted, None, MOST_ENTRIES, threads);
            let (found, more) = self.provenance_of(graph, &groups, holders, None, threads);
            all.extend(found);
            gaps.extend(more);
        }
        (all, gaps)
    }

    fn provenance_of(
        &self,
        graph: &Graph,
        groups: &[Vec<Oid>],
        holders: Holders,
        count: Option<(&mut CommitCount, usize)>,
        threads: usize,
    ) -> (Vec<Provenance>, Vec<Gap>) {
        let roots = graph
            .nodes
            .iter()
            .filter(|node| node.reach.any())
            .filter_map(|node| node.tree);
        let tips = graph.tips.iter().filter_map(|tip| match tip.peeled {
            Peeled::Tree(slot) => Some(slot),
            _ => None,
        });
        let mut gaps = holders.gaps.clone();
        let (reduced, unread) = both(
            threads,
            || Reduced::new(&holders, groups.len(), roots.chain(tips)),
            || self.unread(graph, &holders, threads),
        );
        gaps.extend(unread);
        drop(holders);
        let tracer = Tracer::new(self, graph, &reduced, groups);
        if let Some((count, turn)) = count {
            count.add(turn, graph, &reduced, &tracer.nodes);
        }
        let found = tracer.provenances(&mut gaps);
        (found, gaps)
    }
}

/// Follows blobs through the commits, by the reduced trees of these.
pub(super) struct Tracer<'t> {
    pub(super) repository: &'t Repository,
    pub(super) graph: &'t Graph,
    pub(super) reduced: &'t Reduced,
    pub(super) groups: &'t [Vec<Oid>],
    /// The node of each commit.
    pub(super) nodes: Vec<NodeId>,
}

/// What is known of one blob so far; commits by number.
#[derive(Debug, Clone, Default)]
struct Trace {
    first: Option<u32>,
    commits: u64,
    outside_stash: bool,
    in_stash: bool,
}

impl<'t> Tracer<'t> {
    fn new(
        repository: &'t Repository,
        graph: &'t Graph,
        reduced: &'t Reduced,
        groups: &'t [Vec<Oid>],
    ) -> Self {
        let node = |tree: Option<u32>| tree.map_or(0, |tree| reduced.node(tree));
        let nodes = graph.nodes.iter().map(|commit| node(commit.tree)).collect();
        Self {
            repository,
            graph,
            reduced,
            groups,
            nodes,
        }
    }

    fn provenances(&self, gaps: &mut Vec<Gap>) -> Vec<Provenance> {
        let mut traces = vec![Trace::default(); self.groups.len()];
        self.count(&mut traces);
        self.introductions(&mut traces);
        let standing = self.standing();
        let named = self.named();
        let placed = self.paths(|commit| commit.reach.selected);
        gaps.extend(self.cut(&placed));
        let mut paths = placed.paths.into_iter();
        let recent = self.graph.since.map(|_| {
            let is_recent = |commit: &Node| commit.reach.selected && self.graph.is_recent(commit);
            self.paths(is_recent).paths
        });
        let mut recent = recent.map(Vec::into_iter);
        let mut recent = || {
            let paths = recent.as_mut()?.next()?.into_iter();
            Some(paths.map(|(path, _)| path).collect())
        };
        let results = traces.iter().zip(standing).zip(named).zip(0..).map(
            |(((trace, standing), is_named), blob)| {
                let paths = paths.next().unwrap_or_default().into_iter();
                let young = paths.filter(|(_, number)| self.is_recent(*number));
                let history = match (trace.outside_stash, trace.in_stash) {
                    (true, _) => Presence::HistoryOnly,
                    (false, true) => Presence::StashOnly,
                    (false, false) => Presence::Unreachable,
                };
                Provenance {
                    first: trace
                        .first
                        .and_then(|number| self.introduction(number, blob)),
                    commits: trace.commits,
                    recent: recent(),
                    paths: young
                        .filter_map(|(path, number)| Some((path, self.commit_id(number)?)))
                        .collect(),
                    presence: standing.unwrap_or(history),
                    is_named,
                }
            },
        );
        results.collect()
    }

    /// The paths in some of the commits.
    fn paths(&self, is_wanted: impl Fn(&Node) -> bool) -> Placed {
        let mut paths = Paths::new(self.reduced, self.groups.len());
        (0..)
            .zip(&self.graph.nodes)
            .zip(&self.nodes)
            .filter(|((_, commit), _)| is_wanted(commit))
            .for_each(|((number, _), node)| paths.add(*node, number));
        paths.finish()
    }

    /// What of the paths was not followed.
    fn cut(&self, placed: &Placed) -> Vec<Gap> {
        let mut gaps = named(placed.cut.iter().map(|blob| {
            let group = self.groups.get(*blob as usize);
            let what = group.and_then(|group| group.first()).map_or_else(
                || "a name with a secret in it".to_owned(),
                |id| format!("object {id}"),
            );
            (what, format!("it stands at more than {MOST_PATHS} paths"))
        }));
        if placed.is_cut {
            gaps.push(Gap {
                what: "paths of the history".to_owned(),
                why: "there are too many, or too long ones, to follow all of them".to_owned(),
            });
        }
        gaps
    }

    /// Whether a commit is as young as was asked for.
    fn is_recent(&self, number: u32) -> bool {
        let commit = self.graph.nodes.get(number as usize);
        commit.is_some_and(|commit| self.graph.is_recent(commit))
    }

    /// In how many commits, and whether a stash has them all.
    fn count(&self, traces: &mut [Trace]) {
        let mut tallies = vec![Trace::default(); self.reduced.len()];
        for (commit, node) in self.graph.nodes.iter().zip(&self.nodes) {
            let Some(tally) = tallies.get_mut(*node as usize) else {
                continue;
            };
            tally.outside_stash |= commit.reach.names;
            tally.in_stash |= commit.reach.stash;
            if commit.reach.selected && self.graph.is_recent(commit) {
                tally.commits += 1;
            }
        }
        for (node, tally) in (0..)
            .zip(&tallies)
            .filter(|(_, tally)| tally.outside_stash || tally.in_stash)
        {
            for blob in bits(self.reduced.set(node).iter().copied()) {
                let Some(trace) = traces.get_mut(blob as usize) else {
                    continue;
                };
                trace.commits += tally.commits;
                trace.outside_stash |= tally.outside_stash;
                trace.in_stash |= tally.in_stash;
            }
        }
    }

    fn introductions(&self, traces: &mut [Trace]) {
        for ((number, commit), node) in (0..).zip(&self.graph.nodes).zip(&self.nodes) {
            if *node == 0 || !commit.reach.selected || !self.graph.is_recent(commit) {
                continue;
            }
            let parents = self.graph.parents(commit);
            let parents = || {
                parents
                    .iter()
                    .filter_map(|parent| self.nodes.get(*parent as usize))
            };
            if parents().any(|parent| parent == node) {
                continue;
            }
            let new = self
                .reduced
                .set(*node)
                .iter()
                .enumerate()
                .map(|(at, word)| {
                    let old = parents()
                        .filter_map(|parent| self.reduced.set(*parent).get(at))
                        .fold(0, |all, set| all | set);
                    word & !old
                });
            for blob in bits(new) {
                if let Some(trace) = traces.get_mut(blob as usize) {
                    trace.first = trace.first.or(Some(number));
                }
            }
        }
    }

    fn introduction(&self, number: u32, blob: u32) -> Option<Introduction> {
        let node = self.nodes.get(number as usize).copied()?;
        let names = self.reduced.first_path(node, blob);
        let names = names
            .iter()
            .filter_map(|name| self.reduced.names.get(*name as usize));
        Some(Introduction {
            commit: self.commit_id(number)?,
            path: RepoPath::from_bytes(&names.map(Vec::as_slice).collect::<Vec<_>>().join(&b'/')),
        })
    }

    fn commit_id(&self, number: u32) -> Option<Oid> {
        self.repository
            .store()
            .id(self.graph.nodes.get(number as usize)?.slot)
    }
}

/// Paths kept for one blob.
pub(super) const MOST_PATHS: usize = 10_000;
/// Blobs followed at once: a reduced tree holds a bit for each.
pub(super) const GROUP: usize = 2048;
/// Entries of trees kept in memory, 4 bytes each.
pub(super) const MOST_ENTRIES: usize = 24 << 20;
