//! Reads all commits and tags of a database and puts them in order, parents before children.

use super::Repository;
use super::commit::{CommitLinks, TagLinks};
use super::graph::{Graph, NO_COMMIT, Node, Reach};
use super::oid::{Kind, Oid};
use super::sparse::Sparse;
use super::store::{Slot, Store};
use super::walk::{Delta, Object, Visitor};
use crate::finding::Gap;
use std::collections::HashMap;

/// What one thread, or all of them, read.
#[derive(Default)]
pub(super) struct Found {
    commits: Vec<Raw>,
    /// Of all commits; those that are not there are [`MISSING`].
    parents: Vec<Slot>,
    pub(super) tags: HashMap<Slot, TagLinks>,
    /// Commit, the word for what is missing, its id.
    pub(super) missing: Vec<(Slot, &'static str, Oid)>,
    pub(super) damaged: Vec<Slot>,
}

struct Raw {
    slot: Slot,
    tree: Option<Slot>,
    time: i64,
    parents: std::ops::Range<usize>,
    is_boundary: bool,
}

pub(super) struct Collector<'c, O> {
    repository: &'c Repository,
    observe: &'c O,
    found: Found,
    /// Look-ups that are put off until there are many, which wait for memory together.
    ids: Vec<Oid>,
    /// By place in `ids`.
    asked: Vec<Asked>,
}

/// Whose look-up it is.
#[derive(Clone, Copy)]
enum Asked {
    /// The tree of the commit at this index.
    Tree(usize),
    /// The parent at this index, of the commit at that.
    Parent(usize, usize),
}

impl<'c, O> Collector<'c, O> {
    pub(super) fn new(repository: &'c Repository, observe: &'c O) -> Self {
        Self {
            repository,
            observe,
            found: Found::default(),
            ids: Vec::new(),
            asked: Vec::new(),
        }
    }

    /// What was read.
    pub(super) fn finish(mut self) -> Found {
        self.settle();
        self.found
    }

    /// Looks up what was put off.
    fn settle(&mut self) {
        let Self { ids, asked, .. } = self;
        let Found {
            commits,
            parents,
            missing,
            ..
        } = &mut self.found;
        self.repository.store().find_all(ids, |at, slot| {
            let Some((asked, id)) = asked.get(at).copied().zip(ids.get(at)) else {
                return;
            };
            let (Asked::Tree(number) | Asked::Parent(_, number)) = asked;
            let Some(commit) = commits.get_mut(number) else {
                return;
            };
            match (asked, slot) {
                (Asked::Tree(_), Some(_)) => commit.tree = slot,
                (Asked::Tree(_), None) => missing.push((commit.slot, "tree", *id)),
                (Asked::Parent(..), None) => missing.push((commit.slot, "parent", *id)),
                (Asked::Parent(at, _), Some(slot)) => {
                    if let Some(parent) = parents.get_mut(at) {
                        *parent = slot;
                    }
                }
            }
        });
        ids.clear();
        asked.clear();
    }
}

impl<O: Fn(Object<'_>) + Sync> Visitor for Collector<'_, O> {
    type State = ();

    fn full(&mut self, object: Object<'_>) {
        (self.observe)(object);
        let store = self.repository.store();
        // The first of several copies stands for all.
        let slot = store.first_copy(object.slot);
        if object.kind == Kind::Tag {
            match TagLinks::parse(store.hash(), object.bytes) {
                Some(links) => drop(self.found.tags.insert(slot, links)),
                None => self.found.damaged.push(slot),
            }
            return;
        }
        let Some(mut links) = CommitLinks::parse(store.hash(), object.bytes) else {
            self.found.damaged.push(slot);
            return;
        };
        let shallow = &self.repository.layout.shallow;
        let is_boundary = !shallow.is_empty() && shallow.contains(&object.id());
        if is_boundary {
            links.parents.clear();
        }
        let number = self.found.commits.len();
        let first = self.found.parents.len();
        let parents = first..first + links.parents.len();
        self.ids.push(links.tree);
        self.ids.extend(links.parents);
        self.asked.push(Asked::Tree(number));
        let ask = |parent| Asked::Parent(parent, number);
        self.asked.extend(parents.clone().map(ask));
        self.found.parents.resize(parents.end, MISSING);
        self.found.commits.push(Raw {
            slot,
            tree: None,
            time: links.time,
            parents,
            is_boundary,
        });
        if self.ids.len() >= TOGETHER {
            self.settle();
        }
    }

    fn delta(&mut self, object: Object<'_>, _: Delta<'_, ()>) {
        self.full(object);
    }
}

pub(super) struct Builder<'r> {
    repository: &'r Repository,
    pub(super) found: Found,
    gaps: Vec<Gap>,
}

impl<'r> Builder<'r> {
    pub(super) fn new(repository: &'r Repository, gaps: Vec<Gap>) -> Self {
        Self {
            repository,
            found: Found::default(),
            gaps,
        }
    }

    pub(super) fn add(&mut self, found: Found) {
        let shift = self.found.parents.len();
        self.found.parents.extend(found.parents);
        self.found
            .commits
            .extend(found.commits.into_iter().map(|mut raw| {
                raw.parents = raw.parents.start + shift..raw.parents.end + shift;
                raw
            }));
        self.found.tags.extend(found.tags);
        self.found.missing.extend(found.missing);
        self.found.damaged.extend(found.damaged);
    }

    /// Puts parents before children, visiting commits from the oldest on.
    pub(super) fn order(&mut self) -> Graph {
        let store = self.repository.store();
        self.found.commits.sort_by(|a, b| {
            a.time
                .cmp(&b.time)
                .then_with(|| store.id(a.slot).cmp(&store.id(b.slot)))
        });
        self.found.commits.dedup_by_key(|raw| raw.slot);
        let found = &self.found;
        let none = || {
            Sparse::new(
                store.slots(),
                found.commits.iter().map(|raw| raw.slot),
                NO_COMMIT,
            )
        };
        let (mut places, numbers) = (none(), none());
        for (place, raw) in (0..).zip(&found.commits) {
            places.set(raw.slot, place);
        }
        self.found
            .missing
            .extend(no_commits(&places, &self.found, store));
        let found = &self.found;
        let mut graph = Graph {
            nodes: Vec::with_capacity(found.commits.len()),
            parents: Vec::with_capacity(found.parents.len()),
            numbers,
            tips: Vec::new(),
            tags: HashMap::new(),
            since: None,
            gaps: std::mem::take(&mut self.gaps),
        };
        let mut entered = vec![false; found.commits.len()];
        let mut path: Vec<(usize, std::ops::Range<usize>)> = Vec::new();
        for start in 0..found.commits.len() {
            let mut enter = Some(start);
            loop {
                if let Some(place) = enter.take()
                    && let Some(raw) = found.commits.get(place)
                    && let Some(entered) = entered.get_mut(place)
                    && !std::mem::replace(entered, true)
                {
                    path.push((place, raw.parents.clone()));
                }
                let Some((place, parents)) = path.last_mut() else {
                    break;
                };
                match parents.next() {
                    Some(parent) => {
                        let slot = found.parents.get(parent);
                        let place = slot.and_then(|slot| places.get(*slot));
                        enter = place.map(|place| place as usize);
                    }
                    None => {
                        graph.emit(found, *place);
                        path.pop();
                    }
                }
            }
        }
        graph
    }
}

/// Parents that are there, and are no commits.
fn no_commits(
    places: &Sparse<u32>,
    found: &Found,
    store: &Store,
) -> Vec<(Slot, &'static str, Oid)> {
    let is_none = |slot: &&Slot| places.get(**slot).is_none();
    let parents = found.commits.iter().flat_map(|raw| {
        let parents = found.parents.get(raw.parents.clone()).unwrap_or_default();
        let parents = parents.iter().filter(is_none);
        parents.filter_map(|parent| Some((raw.slot, "parent", store.id(*parent)?)))
    });
    parents.collect()
}

impl Graph {
    /// Adds a commit whose parents are all there.
    fn emit(&mut self, found: &Found, place: usize) {
        let Some(raw) = found.commits.get(place) else {
            return;
        };
        let first_parent = self.parents.len() as u32;
        for slot in found.parents.get(raw.parents.clone()).unwrap_or_default() {
            // A commit among its own ancestors cannot be made; where ids lie, that one link is left out.
            let number = self.number(*slot);
            self.parents.extend(number);
        }
        self.numbers.set(raw.slot, self.nodes.len() as u32);
        self.nodes.push(Node {
            slot: raw.slot,
            tree: raw.tree,
            time: raw.time,
            first_parent,
            parents: self.parents.len() as u32 - first_parent,
            reach: Reach::default(),
            is_boundary: raw.is_boundary,
        });
    }
}

/// In place of a parent that is not there.
const MISSING: Slot = Slot::MAX;
/// Look-ups that are put off.
const TOGETHER: usize = 1 << 10;
