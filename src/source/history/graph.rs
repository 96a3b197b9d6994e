//! The commits of a repository as a graph, parents before children.
//!
//! All commits and tags of the database are decoded in one walk, which is cheaper than following them one by one; what
//! the selected names reach is marked afterwards.

use super::Repository;
use super::commit::TagLinks;
use super::commits::{Builder, Collector, Found};
use super::oid::{Kind, Oid};
use super::refs::{Tip, TipKind};
use super::sparse::Sparse;
use super::store::Slot;
use super::walk::{Object, Plan};
use super::words::TagReach;
use crate::finding::Gap;
use std::collections::HashMap;

/// Which part of the history counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selection {
    /// Names of refs, in full or as git shortens them (`main`, `origin/main`, `v1.0`, `HEAD`). Empty means every ref,
    /// reflog and stash, of all work trees.
    pub refs: Vec<String>,
    /// Only what was committed at this time or later, in seconds since 1970.
    pub since: Option<i64>,
}

/// The commits, each after its parents, older ones first where that leaves a choice.
pub struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) parents: Vec<u32>,
    /// The number of each commit, by its slot; [`NO_COMMIT`] of one that has none yet.
    pub(super) numbers: Sparse<u32>,
    pub(super) tips: Vec<GraphTip>,
    /// Annotated tags that a name leads to.
    pub(super) tags: HashMap<Slot, TagReach>,
    pub(super) since: Option<i64>,
    pub(super) gaps: Vec<Gap>,
}

/// A commit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Node {
    pub(super) slot: Slot,
    /// `None` when the tree is missing.
    pub(super) tree: Option<Slot>,
    pub(super) time: i64,
    pub(super) first_parent: u32,
    pub(super) parents: u32,
    pub(super) reach: Reach,
    pub(super) is_boundary: bool,
}

/// What reaches a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Reach {
    /// Any name other than a stash.
    pub(super) names: bool,
    pub(super) stash: bool,
    /// A name that was asked for.
    pub(super) selected: bool,
}

/// A name, where it leads, and whether it was asked for.
pub(super) struct GraphTip {
    pub(super) tip: Tip,
    pub(super) peeled: Peeled,
    pub(super) selected: bool,
}

/// What a name leads to once annotated tags are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Peeled {
    Commit(u32),
    Tree(Slot),
    Blob(Slot),
    Nothing,
}

impl Repository {
    /// Reads the graph. `observe` is given every commit and annotated tag of the database as it is read, reachable or
    /// not, on several threads at once: [`Graph::standing`] tells them apart later.
    ///
    /// # Errors
    /// The name of a selected ref that does not exist.
    pub fn graph(
        &self,
        selection: &Selection,
        threads: usize,
        observe: impl Fn(Object<'_>) + Sync,
    ) -> Result<Graph, String> {
        let plan = Plan {
            kinds: &[Kind::Commit, Kind::Tag],
            threads,
            ..Plan::default()
        };
        let walked = self.walk(&plan, || Collector::new(self, &observe));
        let mut builder = Builder::new(self, walked.gaps);
        for collector in walked.visitors {
            builder.add(collector.finish());
        }
        let mut graph = builder.order();
        graph.since = selection.since;
        graph.tips = select(self.tips(&mut graph.gaps), selection)?;
        let found = builder.found;
        graph.peel(self, &found.tags);
        graph.mark();
        graph.note_missing(self, &found);
        Ok(graph)
    }
}

impl Graph {
    /// The selected commits, parents first.
    pub fn commits<'g>(&'g self, repository: &'g Repository) -> impl Iterator<Item = Oid> + 'g {
        self.nodes
            .iter()
            .filter(|node| node.is_selected())
            .filter_map(|node| repository.store().id(node.slot))
    }

    /// Where a selected commit stands among all of them, parents first; none of what is no such commit.
    #[must_use]
    pub fn rank(&self, repository: &Repository, commit: &Oid) -> Option<usize> {
        let number = self.number(repository.store().find(commit)?)? as usize;
        let node = self.nodes.get(number)?;
        node.is_selected().then_some(number)
    }

    /// The selected names.
    pub fn tips(&self) -> impl Iterator<Item = &Tip> {
        self.tips
            .iter()
            .filter(|tip| tip.selected)
            .map(|tip| &tip.tip)
    }

    /// All names, selected or not.
    pub fn names(&self) -> impl Iterator<Item = &Tip> {
        self.tips.iter().map(|tip| &tip.tip)
    }

    /// What of the history is missing or damaged.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Whether a commit is as young as was asked for.
    pub(super) fn is_recent(&self, commit: &Node) -> bool {
        self.since.is_none_or(|since| commit.time >= since)
    }

    pub(super) fn parents(&self, node: &Node) -> &[u32] {
        let start = node.first_parent as usize;
        self.parents
            .get(start..start + node.parents as usize)
            .unwrap_or_default()
    }

    pub(super) fn number(&self, slot: Slot) -> Option<u32> {
        self.numbers.get(slot).filter(|number| *number != NO_COMMIT)
    }

    fn peel(&mut self, repository: &Repository, tags: &HashMap<Slot, TagLinks>) {
        let mut missing = Vec::new();
        for at in 0..self.tips.len() {
            let Some(id) = self.tips.get(at).map(|tip| tip.tip.id) else {
                break;
            };
            let mut passed = Vec::new();
            let peeled = self.target(repository, tags, id, &mut passed);
            self.note_tags(at, &passed);
            if let Some(tip) = self.tips.get_mut(at) {
                tip.peeled = peeled.unwrap_or(Peeled::Nothing);
                // A reflog may well outlive the objects it names.
                if peeled.is_none() && tip.selected && tip.tip.kind < TipKind::Reflog {
                    missing.push((
                        tip.tip.name.clone(),
                        format!("it points to {id}, which is missing or damaged"),
                    ));
                }
            }
        }
        self.gaps.extend(named(missing));
    }

    /// Follows annotated tags, and tells which.
    fn target(
        &self,
        repository: &Repository,
        tags: &HashMap<Slot, TagLinks>,
        mut id: Oid,
        passed: &mut Vec<(Slot, TagLinks)>,
    ) -> Option<Peeled> {
        for _ in 0..LONGEST_TAG_CHAIN {
            let slot = repository.store().find(&id)?;
            match (tags.get(&slot), self.number(slot)) {
                (Some(links), _) => {
                    passed.push((slot, *links));
                    id = links.target;
                }
                (None, Some(number)) => return Some(Peeled::Commit(number)),
                (None, None) => {
                    return match repository.read(&id).ok()?.0 {
                        Kind::Tree => Some(Peeled::Tree(slot)),
                        Kind::Blob => Some(Peeled::Blob(slot)),
                        Kind::Commit | Kind::Tag => None,
                    };
                }
            }
        }
        None
    }

    /// Marks what the tips reach.
    fn mark(&mut self) {
        let starts = self.tips.iter().filter_map(|tip| {
            let Peeled::Commit(number) = tip.peeled else {
                return None;
            };
            let stash = tip.tip.kind == TipKind::Stash;
            Some((
                number,
                Reach {
                    names: !stash,
                    stash,
                    selected: tip.selected,
                },
            ))
        });
        let mut next: Vec<(u32, Reach)> = starts.collect();
        while let Some((number, reach)) = next.pop() {
            let Some(node) = self.nodes.get_mut(number as usize) else {
                continue;
            };
            let before = node.reach;
            node.reach = before.or(reach);
            if node.reach != before {
                let node = *node;
                next.extend(self.parents(&node).iter().map(|parent| (*parent, reach)));
            }
        }
    }

    fn note_missing(&mut self, repository: &Repository, found: &Found) {
        let reached = |slot: &Slot| {
            self.number(*slot)
                .and_then(|number| self.nodes.get(number as usize))
                .is_some_and(Node::is_selected)
        };
        let name = |slot: &Slot| {
            repository
                .store()
                .id(*slot)
                .map_or(String::new(), |id| format!("commit {id}"))
        };
        let missing = found.missing.iter().filter(|(slot, _, _)| reached(slot));
        let mut gaps: Vec<_> = missing
            .map(|(slot, what, id)| (name(slot), format!("its {what} {id} is missing")))
            .collect();
        gaps.extend(
            found
                .damaged
                .iter()
                .map(|slot| (name(slot), "its headers are damaged".to_owned())),
        );
        gaps.sort();
        gaps.dedup();
        let boundaries = self
            .nodes
            .iter()
            .filter(|node| node.is_boundary && node.is_selected())
            .count();
        self.gaps.extend(named(gaps));
        if boundaries > 0 {
            let commits = if boundaries == 1 {
                "a commit".to_owned()
            } else {
                format!("{boundaries} commits")
            };
            self.gaps.push(Gap {
                what: "history".to_owned(),
                why: format!(
                    "the clone is shallow: the parents of {commits} were not fetched; `git fetch --unshallow` \
                     brings them (in GitHub Actions: fetch-depth: 0)"
                ),
            });
        }
    }
}

impl Node {
    pub(super) fn is_selected(&self) -> bool {
        self.reach.selected
    }
}

impl Reach {
    pub(super) fn any(self) -> bool {
        self.names || self.stash
    }

    fn or(self, other: Self) -> Self {
        Self {
            names: self.names || other.names,
            stash: self.stash || other.stash,
            selected: self.selected || other.selected,
        }
    }
}

/// All tips, those marked that were asked for.
fn select(tips: Vec<Tip>, selection: &Selection) -> Result<Vec<GraphTip>, String> {
    let every = selection.refs.is_empty();
    let mut tips: Vec<_> = tips
        .into_iter()
        .map(|tip| GraphTip {
            tip,
            peeled: Peeled::Nothing,
            selected: every,
        })
        .collect();
    for name in &selection.refs {
        let full = ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"]
            .map(|prefix| format!("{prefix}{name}"));
        let find = |full: &String| {
            tips.iter()
                .position(|tip| tip.tip.name == *full && tip.tip.kind != TipKind::Reflog)
        };
        let at = full.iter().find_map(find).ok_or_else(|| name.clone())?;
        if let Some(tip) = tips.get_mut(at) {
            tip.selected = true;
        }
    }
    Ok(tips)
}

/// Gaps with names, until there are too many to read.
pub(super) fn named(all: impl IntoIterator<Item = (String, String)>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut more = 0;
    for (what, why) in all {
        if gaps.len() < NAMED_GAPS {
            gaps.push(Gap { what, why });
        } else {
            more += 1;
        }
    }
    if more > 0 {
        let why = "they could not be read either; `git fsck` names them".to_owned();
        gaps.push(Gap {
            what: format!("{more} more objects"),
            why,
        });
    }
    gaps
}

pub(super) const NO_COMMIT: u32 = u32::MAX;
const LONGEST_TAG_CHAIN: usize = 100;
/// Gaps for single objects, before the rest is only counted.
const NAMED_GAPS: usize = 50;
