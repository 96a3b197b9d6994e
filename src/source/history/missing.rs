//! Objects that the history leads to and that are not there.

use super::Repository;
use super::graph::{Graph, Peeled, named};
use super::holders::{Holders, Wanted, Watch};
use super::lists::Child;
use super::oid::{Kind, Oid};
use super::provenance::MOST_ENTRIES;
use crate::finding::Gap;
use std::collections::BTreeSet;

impl Repository {
    /// Looks for objects that selected commits lead to and that are not there, as in a partial clone, telling of names
    /// on the way. Takes about as long as reading all trees.
    pub(super) fn missing(&self, graph: &Graph, watch: Watch<'_>, threads: usize) -> Vec<Gap> {
        let holders = self.holders(&Wanted::new([]), Some(watch), MOST_ENTRIES, threads);
        let mut gaps = holders.gaps.clone();
        gaps.extend(self.unread(graph, &holders, threads));
        gaps
    }

    /// Gaps for missing and damaged entries of trees, as far as selected commits lead there.
    pub(super) fn unread(&self, graph: &Graph, holders: &Holders, threads: usize) -> Vec<Gap> {
        let mut gaps = self.odd(graph, holders);
        if holders.missing.is_empty() && holders.damaged.is_empty() {
            return gaps;
        }
        let reached = reached_trees(self.store().slots(), graph, holders);
        let is_reached = |slot: &u32| reached.get(*slot as usize).copied().unwrap_or(true);
        let reaching = holders.missing.iter().filter(|(tree, _)| is_reached(tree));
        let missing: BTreeSet<Oid> = reaching.map(|(_, id)| *id).collect();
        if holders.is_brief && !holders.missing.iter().all(|(_, id)| missing.contains(id)) {
            // Trees that are not known may lead to the others.
            return self.unread(graph, &self.holders_of_missing(threads), threads);
        }
        let damaged = holders
            .damaged
            .iter()
            .filter(|tree| is_reached(tree))
            .filter_map(|tree| self.store().id(*tree));
        let damaged = damaged.map(|id| (format!("tree {id}"), "the tree is damaged".to_owned()));
        gaps.extend(named(damaged));
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

    /// Gaps for objects that are of another kind than commits and trees say: what is in them has no path, and nobody
    /// would look at it. Trees that say so of packed objects are damaged already.
    fn odd(&self, graph: &Graph, holders: &Holders) -> Vec<Gap> {
        let (store, forest) = (self.store(), self.forest());
        let is_tree = |slot: u32| match forest.kind(slot) {
            Some(kind) => kind == Kind::Tree,
            // Of what is broken another gap tells.
            None => slot < store.packed() || holders.loose_trees.contains(&slot),
        };
        let commits = graph.nodes.iter().filter(|node| node.reach.selected);
        let commits = commits.filter(|node| node.tree.is_some_and(|tree| !is_tree(tree)));
        let commits = commits.filter_map(|node| store.id(node.slot));
        let mut odd: Vec<(String, String)> = commits
            .map(|id| (format!("commit {id}"), "its tree is none".to_owned()))
            .collect();
        let is_blob = |slot: u32| !is_tree(slot) && graph.number(slot).is_none();
        for (slot, kind) in &holders.loose_named {
            let (right, word) = match kind {
                Kind::Tree => (is_tree(*slot), "directory"),
                _ => (is_blob(*slot), "file"),
            };
            if let Some(id) = store.id(*slot).filter(|_| !right) {
                let why = format!("a tree names it as a {word}, which it is not");
                odd.push((format!("object {id}"), why));
            }
        }
        odd.sort();
        named(odd)
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

/// Per slot, whether it is a tree that a selected commit or name leads to.
fn reached_trees(slots: usize, graph: &Graph, holders: &Holders) -> Vec<bool> {
    if holders.is_partial {
        return vec![true; slots];
    }
    let places = holders.places(|_| true);
    let mut reached = vec![false; slots];
    let commits = graph.nodes.iter().filter(|node| node.reach.selected);
    let names = graph.tips.iter().filter(|tip| tip.selected);
    let direct = names.filter_map(|tip| match tip.peeled {
        Peeled::Tree(slot) => Some(slot),
        _ => None,
    });
    let mut next: Vec<u32> = commits.filter_map(|node| node.tree).chain(direct).collect();
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
