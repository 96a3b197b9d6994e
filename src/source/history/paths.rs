//! All paths under which wanted blobs stand in reduced trees.
//!
//! Trees that name each other again and again have more paths than atoms in the world: what is kept is bounded, and
//! whoever asks is told when that cut something off.

use super::provenance::MOST_PATHS;
use super::reduce::{NodeId, Reduced, Target};
use crate::finding::RepoPath;
use std::collections::{HashMap, HashSet};

/// Collects paths, each directory at each path once.
pub(super) struct Paths<'r> {
    reduced: &'r Reduced,
    seen: HashSet<(u32, NodeId)>,
    /// A directory's path and a name give a path.
    numbers: HashMap<(u32, u32), u32>,
    /// The inverse; number 0 is the root.
    steps: Vec<Step>,
    found: Vec<Places>,
    /// A bit for each blob that has as many paths as are kept; none as long as no blob has.
    full: Option<Vec<u64>>,
    /// Entries that may still be looked at.
    left: u64,
    /// Bytes of memory that may still be used.
    memory: usize,
    /// Whether either was too little.
    is_cut: bool,
}

/// The last name of a path.
struct Step {
    parent: u32,
    name: u32,
    /// Bytes of the whole path.
    len: usize,
}

/// The paths of one blob.
#[derive(Default)]
struct Places {
    /// Each with the first commit that has it there.
    commits: HashMap<u32, u32>,
    is_cut: bool,
}

/// What was collected.
pub(super) struct Placed {
    /// For each blob its paths, sorted, each with the first commit that has it there.
    pub(super) paths: Vec<Vec<(RepoPath, u32)>>,
    /// Blobs with more than [`MOST_PATHS`].
    pub(super) cut: Vec<u32>,
    /// Whether there was more to look at than is reasonable.
    pub(super) is_cut: bool,
}

impl<'r> Paths<'r> {
    pub(super) fn new(reduced: &'r Reduced, blobs: usize) -> Self {
        let root = Step {
            parent: 0,
            name: 0,
            len: 0,
        };
        Self {
            reduced,
            seen: HashSet::new(),
            numbers: HashMap::new(),
            steps: vec![root],
            found: std::iter::repeat_with(Places::default)
                .take(blobs)
                .collect(),
            full: None,
            left: MOST_STEPS,
            memory: MOST_MEMORY,
            is_cut: false,
        }
    }

    /// Adds all paths below the root of a commit, given by number; earlier commits first.
    pub(super) fn add(&mut self, root: NodeId, commit: u32) {
        let mut next = Vec::new();
        self.enter(0, root, &mut next);
        while let Some((path, node)) = next.pop() {
            for item in self.reduced.items(node) {
                let Some(below) = self.below(path, item.name) else {
                    continue;
                };
                match item.target {
                    Target::Node(child) => self.enter(below, child, &mut next),
                    Target::Blob(blob) => self.place(blob, below, commit),
                }
            }
        }
    }

    pub(super) fn finish(self) -> Placed {
        let paths = |found: &Places| {
            let paths = found.commits.iter();
            let mut paths: Vec<(RepoPath, u32)> = paths
                .map(|(path, commit)| (RepoPath::from_bytes(&self.bytes(*path)), *commit))
                .collect();
            paths.sort_unstable();
            paths
        };
        let cut = (0..).zip(&self.found).filter(|(_, found)| found.is_cut);
        Placed {
            paths: self.found.iter().map(paths).collect(),
            cut: cut.map(|(blob, _)| blob).collect(),
            is_cut: self.is_cut,
        }
    }

    /// A directory at a path, to be looked into unless it was.
    fn enter(&mut self, path: u32, node: NodeId, next: &mut Vec<(u32, NodeId)>) {
        if self.seen.contains(&(path, node)) || self.is_all_full(node) {
            return;
        }
        if self.spend(SEEN) {
            self.seen.insert((path, node));
            next.push((path, node));
        }
    }

    /// Whether every blob that a directory holds has as many paths as are kept. Then it has more.
    fn is_all_full(&mut self, node: NodeId) -> bool {
        let Some(full) = &self.full else {
            return false;
        };
        let set = self.reduced.set(node);
        if set.iter().zip(full).any(|(word, full)| word & !full != 0) {
            return false;
        }
        for (found, blob) in self.found.iter_mut().zip(0..) {
            found.is_cut |= self.reduced.holds(node, blob);
        }
        true
    }

    /// The number of a name in a directory; none when there is no more room.
    fn below(&mut self, parent: u32, name: u32) -> Option<u32> {
        match self.left.checked_sub(1) {
            Some(left) => self.left = left,
            None => {
                self.is_cut = true;
                return None;
            }
        }
        if let Some(known) = self.numbers.get(&(parent, name)) {
            return Some(*known);
        }
        let own = self.reduced.names.get(name as usize).map_or(0, Vec::len);
        let len = self.steps.get(parent as usize)?.len + own + 1;
        if len > LONGEST {
            self.is_cut = true;
        }
        if len > LONGEST || !self.spend(NUMBERED) {
            return None;
        }
        let number = u32::try_from(self.steps.len()).ok()?;
        self.steps.push(Step { parent, name, len });
        self.numbers.insert((parent, name), number);
        Some(number)
    }

    fn place(&mut self, blob: u32, path: u32, commit: u32) {
        let len = self.steps.get(path as usize).map_or(0, |step| step.len);
        let Some(found) = self.found.get(blob as usize) else {
            return;
        };
        if found.commits.contains_key(&path) {
            return;
        }
        let is_cut = found.commits.len() >= MOST_PATHS;
        let room = !is_cut && self.spend(PLACED + len);
        if let Some(found) = self.found.get_mut(blob as usize) {
            found.is_cut |= is_cut;
            if room {
                found.commits.insert(path, commit);
            }
            if found.commits.len() >= MOST_PATHS {
                let words = self.found.len().div_ceil(64);
                let full = self.full.get_or_insert_with(|| vec![0; words]);
                if let Some(word) = full.get_mut(blob as usize / 64) {
                    *word |= 1 << (blob % 64);
                }
            }
        }
    }

    /// Whether there is memory for so many bytes more.
    fn spend(&mut self, bytes: usize) -> bool {
        let left = self.memory.checked_sub(bytes);
        self.memory = left.unwrap_or(0);
        self.is_cut |= left.is_none();
        left.is_some()
    }

    fn bytes(&self, mut path: u32) -> Vec<u8> {
        let mut names = Vec::new();
        while path != 0
            && let Some(step) = self.steps.get(path as usize)
        {
            names.extend(
                self.reduced
                    .names
                    .get(step.name as usize)
                    .map(Vec::as_slice),
            );
            path = step.parent;
        }
        names.reverse();
        names.join(&b'/')
    }
}

/// Entries of directories looked at, counting each path of a directory: a minute's work at most.
const MOST_STEPS: u64 = 64 << 20;
/// Bytes of memory for paths, roughly.
const MOST_MEMORY: usize = 256 << 20;
/// Bytes of a path; no system's own are longer.
const LONGEST: usize = 16 << 10;
/// Bytes that one entry of each table takes, roughly.
const SEEN: usize = 32;
const NUMBERED: usize = 64;
const PLACED: usize = 80;
