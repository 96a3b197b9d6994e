//! Where the words of commits and annotated tags still stand.

use super::Repository;
use super::commit::TagLinks;
use super::graph::{Graph, Reach};
use super::oid::Oid;
use super::refs::TipKind;
use super::store::Slot;
use crate::finding::Presence;

/// What leads to an annotated tag.
#[derive(Debug, Clone, Default)]
pub(super) struct TagReach {
    /// A ref; none when only reflogs do.
    name: Option<String>,
    /// Whether a name that was asked for does, and the tag is as young as was asked for.
    selected: bool,
}

impl Graph {
    /// Where the words of a commit or annotated tag still stand, whatever was selected; and whether they were.
    #[must_use]
    pub fn standing(&self, repository: &Repository, id: &Oid) -> (Presence, bool) {
        let Some(slot) = repository.store().find(id) else {
            return (Presence::Unreachable, false);
        };
        if let Some(tag) = self.tags.get(&slot) {
            let name = tag.name.clone();
            let presence = name.map_or(Presence::HistoryOnly, Presence::Ref);
            return (presence, tag.selected);
        }
        let node = self.number(slot);
        let node = node.and_then(|number| self.nodes.get(number as usize));
        node.map_or((Presence::Unreachable, false), |node| {
            let presence = match node.reach {
                Reach { names: true, .. } => Presence::HistoryOnly,
                Reach { stash: true, .. } => Presence::StashOnly,
                _ => Presence::Unreachable,
            };
            (presence, node.is_selected() && self.is_recent(node))
        })
    }

    /// Notes that a name leads to tags; names come with the most telling first.
    pub(super) fn note_tags(&mut self, tip: usize, tags: &[(Slot, TagLinks)]) {
        let Some(tip) = self.tips.get(tip) else {
            return;
        };
        for (slot, links) in tags {
            let recent = self.since.zip(links.time);
            let recent = recent.is_none_or(|(since, time)| time >= since);
            let reach = self.tags.entry(*slot).or_default();
            reach.selected |= tip.selected && recent;
            if reach.name.is_none() && tip.tip.kind < TipKind::Reflog {
                reach.name = Some(tip.tip.name.clone());
            }
        }
    }
}
