//! Objects that the history leads to and that are not there.

use super::Repository;
use super::entries::Child;
use super::graph::{Graph, named};
use super::holders::{Holders, Wanted, Watch};
use super::oid::Oid;
use super::provenance::MOST_ENTRIES;
use crate::finding::Gap;

impl Repository {
    /// Looks for objects that selected commits lead to and that are not there, as in a partial clone, telling of names
    /// on the way. Takes about as long as reading all trees.
    pub(super) fn missing(&self, graph: &Graph, watch: Watch<'_>, threads: usize) -> Vec<Gap> {
        let holders = self.holders(&Wanted::new([]), Some(watch), MOST_ENTRIES, threads);
        let mut gaps = holders.gaps.clone();
        gaps.extend(self.unread(graph, &holders));
        gaps
    }

    /// Gaps for missing and damaged entries of trees, as far as selected commits lead there.
    pub(super) fn unread(&self, graph: &Graph, holders: &Holders) -> Vec<Gap> {
        if holders.missing.is_empty() && holders.damaged.is_empty() {
            return Vec::new();
        }
        let reached = reached_trees(self.store().slots(), graph, holders);
        let is_reached = |slot: &u32| reached.get(*slot as usize).copied().unwrap_or(true);
        let mut missing: Vec<Oid> = holders
            .missing
            .iter()
            .filter(|(tree, _)| is_reached(tree))
            .map(|(_, id)| *id)
            .collect();
        missing.sort_unstable();
        missing.dedup();
        let damaged = holders
            .damaged
            .iter()
            .filter(|tree| is_reached(tree))
            .filter_map(|tree| self.store().id(*tree));
        let mut gaps =
            named(damaged.map(|id| (format!("tree {id}"), "the tree is damaged".to_owned())));
        if self.is_partial() && !missing.is_empty() {
            gaps.push(left_out(missing.len() as u64));
        } else {
            let why = |id: &Oid| {
                (
                    format!("object {id}"),
                    "it is missing; `git fsck` tells more".to_owned(),
                )
            };
            gaps.extend(named(missing.iter().map(why)));
        }
        gaps
    }
}

/// What is said of objects that a partial clone does not have by design.
#[must_use]
pub fn left_out(objects: u64) -> Gap {
    Gap {
        what: match objects {
            1 => "1 object".to_owned(),
            _ => format!("{objects} objects"),
        },
        why: "a partial clone left them out; clone without --filter to look at them".to_owned(),
    }
}

/// Of how many objects [`left_out`] speaks, if these gaps are that one or none.
#[must_use]
pub fn objects_left_out(gaps: &[Gap]) -> Option<u64> {
    match gaps {
        [] => Some(0),
        [gap] => {
            let objects = gap.what.split(' ').next()?.parse().ok()?;
            (*gap == left_out(objects)).then_some(objects)
        }
        _ => None,
    }
}

/// Per slot, whether it is a tree that a selected commit leads to.
fn reached_trees(slots: usize, graph: &Graph, holders: &Holders) -> Vec<bool> {
    if holders.is_partial {
        return vec![true; slots];
    }
    let places = holders.places(|_| true);
    let mut reached = vec![false; slots];
    let mut next: Vec<u32> = graph
        .nodes
        .iter()
        .filter(|node| node.reach.selected)
        .filter_map(|node| node.tree)
        .collect();
    while let Some(slot) = next.pop() {
        if let Some(reached) = reached.get_mut(slot as usize)
            && !std::mem::replace(reached, true)
        {
            let entries = places.get(slot);
            let subtrees = entries
                .into_iter()
                .flat_map(|(_, entries)| entries)
                .filter_map(|(_, child)| match child {
                    Child::Tree(slot) => Some(slot),
                    Child::Blob(_) => None,
                });
            next.extend(subtrees);
        }
    }
    reached
}
