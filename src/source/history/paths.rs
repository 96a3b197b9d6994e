//! All paths under which wanted blobs stand in reduced trees.

use super::provenance::MOST_PATHS;
use super::reduce::{NodeId, Reduced, Target};
use crate::finding::RepoPath;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Collects paths, each directory at each path once.
pub(super) struct Paths<'r> {
    reduced: &'r Reduced,
    seen: HashSet<(u32, NodeId)>,
    /// A directory's path and a name give a path.
    numbers: HashMap<(u32, u32), u32>,
    /// The inverse: parent and name of each path; number 0 is the root.
    steps: Vec<(u32, u32)>,
    /// Per blob, its paths and the first commit that has it there.
    found: Vec<HashMap<u32, u32>>,
}

impl<'r> Paths<'r> {
    pub(super) fn new(reduced: &'r Reduced, blobs: usize) -> Self {
        let (seen, numbers, found) = (HashSet::new(), HashMap::new(), vec![HashMap::new(); blobs]);
        Self {
            reduced,
            seen,
            numbers,
            steps: vec![(0, 0)],
            found,
        }
    }

    /// Adds all paths below the root of a commit, given by number; earlier commits first.
    pub(super) fn add(&mut self, root: NodeId, commit: u32) {
        let mut next = vec![(0, root)];
        while let Some((path, node)) = next.pop() {
            // Trees that name each other again and again have more paths than atoms in the world.
            if self.seen.len() > MOST_STEPS || !self.seen.insert((path, node)) {
                continue;
            }
            for item in self.reduced.items(node) {
                let below = *self.numbers.entry((path, item.name)).or_insert_with(|| {
                    self.steps.push((path, item.name));
                    self.steps.len() as u32 - 1
                });
                match item.target {
                    Target::Node(child) => next.push((below, child)),
                    Target::Blob(blob) => {
                        if let Some(found) = self.found.get_mut(blob as usize) {
                            found.entry(below).or_insert(commit);
                        }
                    }
                }
            }
        }
    }

    /// For each blob its paths, sorted, each with the first commit that has it there, and how many there are.
    pub(super) fn finish(self) -> Vec<(Vec<(RepoPath, u32)>, u64)> {
        let sorted = |found: &HashMap<u32, u32>| {
            let paths: BTreeMap<Vec<u8>, u32> = found
                .iter()
                .map(|(path, commit)| (self.bytes(*path), *commit))
                .collect();
            paths
                .iter()
                .take(MOST_PATHS)
                .map(|(path, commit)| (RepoPath::from_bytes(path), *commit))
                .collect()
        };
        self.found
            .iter()
            .map(|found| (sorted(found), found.len() as u64))
            .collect()
    }

    fn bytes(&self, mut path: u32) -> Vec<u8> {
        let mut names = Vec::new();
        while path != 0
            && let Some((parent, name)) = self.steps.get(path as usize)
        {
            names.extend(self.reduced.names.get(*name as usize).map(Vec::as_slice));
            path = *parent;
        }
        names.reverse();
        names.join(&b'/')
    }
}

/// Directories looked into, counting each path of a directory.
const MOST_STEPS: usize = 4 << 20;
