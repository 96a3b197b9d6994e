//! In how many commits a secret stands that several groups of blobs hold: each commit counts once, however many of them
//! it has.

use super::Repository;
use super::graph::{Graph, Node};
use super::oid::Oid;
use super::provenance::GROUP;
use super::reduce::{NodeId, Reduced, bits};
use std::collections::HashMap;

/// Counts commits for secrets, which are numbered.
#[derive(Debug, Default)]
pub struct CommitCount {
    /// The secrets of each group of blobs.
    groups: Vec<Vec<u32>>,
    /// Commits that say a secret themselves.
    words: Vec<(Oid, u32)>,
    /// For each secret.
    commits: Vec<u64>,
    /// For secrets that are not counted in one go, a bit for each commit; none where these would take too much memory.
    wide: HashMap<u32, Option<Vec<u64>>>,
}

impl CommitCount {
    /// For so many secrets, given those of each group and the commits whose own words hold one.
    #[must_use]
    pub fn new(secrets: usize, groups: Vec<Vec<u32>>, words: Vec<(Oid, u32)>) -> Self {
        Self {
            groups,
            words,
            commits: vec![0; secrets],
            wide: HashMap::new(),
        }
    }

    /// How many of the commits asked for have a secret, once all were counted; none where that took too much memory.
    #[must_use]
    pub fn of(&self, secret: u32) -> Option<u64> {
        match self.wide.get(&secret) {
            None => self.commits.get(secret as usize).copied(),
            Some(bits) => {
                let bits = bits.as_ref()?.iter();
                Some(bits.map(|word| u64::from(word.count_ones())).sum())
            }
        }
    }

    /// Prepares for the commits of a graph.
    pub(super) fn start(&mut self, repository: &Repository, graph: &Graph) {
        let words = graph.nodes.len().div_ceil(64);
        let mut room = MOST_BYTES / (words * 8).max(1);
        let mut turns: HashMap<u32, usize> = HashMap::new();
        let apart = self.groups.iter().enumerate().flat_map(|(at, secrets)| {
            let turn = at / GROUP;
            secrets.iter().map(move |secret| (*secret, turn))
        });
        let apart = apart.filter(|(secret, turn)| *turns.entry(*secret).or_insert(*turn) != *turn);
        let wide = apart.map(|(secret, _)| secret);
        for secret in wide.chain(self.words.iter().map(|(_, secret)| *secret)) {
            self.wide.entry(secret).or_insert_with(|| {
                let left = room.checked_sub(1)?;
                room = left;
                Some(vec![0; words])
            });
        }
        for (commit, secret) in &self.words {
            let number = repository.store().find(commit);
            let number = number.and_then(|slot| graph.number(slot));
            let node = number.and_then(|number| graph.nodes.get(number as usize));
            if let (Some(number), Some(node)) = (number, node)
                && is_counted(graph, node)
            {
                set(&mut self.wide, *secret, number);
            }
        }
    }

    /// Counts the commits of one turn, which has [`GROUP`] groups at most, by the reduced trees of all commits.
    pub(super) fn add(&mut self, turn: usize, graph: &Graph, reduced: &Reduced, nodes: &[NodeId]) {
        let mut counts = vec![0; reduced.len()];
        let counted = || {
            let commits = (0..).zip(&graph.nodes).zip(nodes);
            commits.filter(|((_, commit), _)| is_counted(graph, commit))
        };
        for (_, node) in counted() {
            if let Some(count) = counts.get_mut(*node as usize) {
                *count += 1;
            }
        }
        // Number 0 holds nothing.
        let mut last: Vec<NodeId> = vec![0; self.commits.len()];
        let mut apart: HashMap<NodeId, Vec<u32>> = HashMap::new();
        for (node, count) in (0..).zip(counts).filter(|(_, count)| *count > 0) {
            for blob in bits(reduced.set(node).iter().copied()) {
                let secrets = self.groups.get(turn * GROUP + blob as usize);
                for secret in secrets.into_iter().flatten() {
                    let Some(last) = last.get_mut(*secret as usize) else {
                        continue;
                    };
                    if std::mem::replace(last, node) == node {
                        continue;
                    }
                    if self.wide.contains_key(secret) {
                        apart.entry(node).or_default().push(*secret);
                    } else if let Some(commits) = self.commits.get_mut(*secret as usize) {
                        *commits += count;
                    }
                }
            }
        }
        if apart.is_empty() {
            return;
        }
        for ((number, _), node) in counted() {
            for secret in apart.get(node).into_iter().flatten() {
                set(&mut self.wide, *secret, number);
            }
        }
    }
}

/// Whether a commit is one of those asked for.
fn is_counted(graph: &Graph, commit: &Node) -> bool {
    commit.reach.selected && graph.is_recent(commit)
}

fn set(wide: &mut HashMap<u32, Option<Vec<u64>>>, secret: u32, commit: u32) {
    let bits = wide.get_mut(&secret).and_then(Option::as_mut);
    if let Some(word) = bits.and_then(|bits| bits.get_mut(commit as usize / 64)) {
        *word |= 1 << (commit % 64);
    }
}

/// Bytes of memory for bits of commits.
const MOST_BYTES: usize = 32 << 20;
