//! What names lead to: in which of them a blob still stands, and to which they lead without a commit.

use super::graph::{GraphTip, Peeled};
use super::oid::Oid;
use super::provenance::Tracer;
use super::reduce::bits;
use super::refs::TipKind;
use crate::finding::Presence;

impl Tracer<'_> {
    /// For each blob the best tip that has it.
    pub(super) fn standing(&self) -> Vec<Option<Presence>> {
        let mut standing = vec![None; self.groups.len()];
        for tip in &self.graph.tips {
            let presence = match tip.tip.kind {
                TipKind::Head => Presence::Head,
                // What it held once without a commit is in no commit's past.
                TipKind::Reflog if is_direct(tip) => Presence::HistoryOnly,
                TipKind::Reflog | TipKind::Stash => continue,
                _ => Presence::Ref(tip.tip.name.clone()),
            };
            for blob in self.held(tip) {
                if let Some(place @ None) = standing.get_mut(blob as usize) {
                    *place = Some(presence.clone());
                }
            }
        }
        standing
    }

    /// For each blob whether a selected name leads to it without a commit.
    pub(super) fn named(&self) -> Vec<bool> {
        let mut named = vec![false; self.groups.len()];
        let direct = |tip: &&GraphTip| tip.selected && is_direct(tip);
        for tip in self.graph.tips.iter().filter(direct) {
            for blob in self.held(tip) {
                if let Some(place) = named.get_mut(blob as usize) {
                    *place = true;
                }
            }
        }
        named
    }

    /// The blobs a name leads to.
    fn held(&self, tip: &GraphTip) -> Vec<u32> {
        let node = match tip.peeled {
            Peeled::Commit(number) => self.nodes.get(number as usize).copied().unwrap_or(0),
            Peeled::Tree(slot) => self.reduced.node(slot),
            Peeled::Blob(slot) => {
                let id = self.repository.store().id(slot);
                let holds = |group: &Vec<Oid>| id.is_some_and(|id| group.contains(&id));
                let groups = (0..).zip(self.groups);
                return groups
                    .filter(|(_, group)| holds(group))
                    .map(|(number, _)| number)
                    .collect();
            }
            Peeled::Nothing => return Vec::new(),
        };
        bits(self.reduced.set(node).iter().copied()).collect()
    }
}

/// Whether no commit is between the name and what it leads to.
fn is_direct(tip: &GraphTip) -> bool {
    matches!(tip.peeled, Peeled::Tree(_) | Peeled::Blob(_))
}
