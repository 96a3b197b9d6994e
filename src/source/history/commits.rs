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
    pub(super) repository: &'c Repository,
    pub(super) observe: &'c O,
    pub(super) found: Found,
}

impl<O: Fn(Object<'_>) + Sync> Visitor for Collector<'_, O> {
    type State = ();

    fn full(&mut self, object: Object<'_>) {
        (self.observe)(object);
        let store = self.repository.store();
        // The first of several copies stands for all.
        let slot = store.first_copy(object.slot, object.id);
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
        let is_boundary = self.repository.layout.shallow.contains(object.id);
        if is_boundary {
            links.parents.clear();
        }
        let tree = store.find(&links.tree);
        if tree.is_none() {
            self.found.missing.push((slot, "tree", links.tree));
        }
        let start = self.found.parents.len();
        for parent in links.parents {
            match store.find(&parent) {
                Some(parent) => self.found.parents.push(parent),
                None => self.found.missing.push((slot, "parent", parent)),
            }
        }
        let parents = start..self.found.parents.len();
        self.found.commits.push(Raw {
            slot,
            tree,
            time: links.time,
            parents,
            is_boundary,
        });
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
