//! Finds what was moved, so that a moved file's lines are not all new.
//!
//! A source is only looked for among files that the same change deletes, as `git diff` does. Guessing wrong is harmless: a
//! line is left out only when it stands in a file that was there before.

use super::changes::{Change, Changes, Deleted};
use git2::{Odb, Oid};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// Gives each added file that was moved here the blob it had before.
pub(super) fn find(repository: &git2::Repository, changes: &mut Changes) {
    let may_be_moved = |change: &Change| !change.is_link && change.is_addition();
    if changes.deleted.is_empty() || !changes.changed.iter().any(may_be_moved) {
        return;
    }
    let Ok(odb) = repository.odb() else { return };
    let gone = files(repository, &changes.deleted);
    let mut by_id: HashMap<Oid, usize> = HashMap::new();
    for deleted in &gone {
        *by_id.entry(deleted.id).or_default() += 1;
    }
    let mut unsure: Vec<&mut Change> = Vec::new();
    for change in changes
        .changed
        .iter_mut()
        .filter(|change| may_be_moved(change))
    {
        // One source for one target: a second copy is new.
        if let Some(left) = by_id.get_mut(&change.id).filter(|left| **left > 0) {
            *left -= 1;
            change.was(change.id);
        } else {
            unsure.push(change);
        }
    }
    let left: Vec<Oid> = gone
        .iter()
        .map(|deleted| deleted.id)
        .filter(|id| {
            by_id
                .get_mut(id)
                .filter(|left| **left > 0)
                .map(|left| *left -= 1)
                .is_some()
        })
        .collect();
    if unsure.len().saturating_mul(left.len()) <= MOST_PAIRS {
        find_similar(&odb, &left, &mut unsure);
    }
}

/// The files among what is gone, those of directories included.
fn files(repository: &git2::Repository, deleted: &[Deleted]) -> Vec<Deleted> {
    let mut files = Vec::new();
    let mut open: Vec<Deleted> = deleted.to_vec();
    while let Some(next) = open.pop() {
        if files.len() + open.len() > MOST_FILES {
            break;
        }
        if !next.is_tree {
            files.push(next);
            continue;
        }
        let Ok(tree) = repository.find_tree(next.id) else {
            continue;
        };
        for entry in &tree {
            let is_tree = entry.filemode_raw() & 0o170_000 == 0o040_000;
            if is_tree || entry.filemode_raw() & 0o170_000 == 0o100_000 {
                let path = [&next.path, &b"/"[..], entry.name_bytes()].concat();
                open.push(Deleted {
                    path,
                    id: entry.id(),
                    is_tree,
                });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Takes the deleted file with the most text in common, when that is half of it.
fn find_similar(odb: &Odb<'_>, gone: &[Oid], unsure: &mut [&mut Change]) {
    let state = RandomState::new();
    if unsure.is_empty() {
        return;
    }
    let mut sources: Vec<(Oid, Print)> = gone
        .iter()
        .filter_map(|id| Some((*id, Print::of(odb, *id, &state)?)))
        .collect();
    for change in unsure {
        let Some(print) = Print::of(odb, change.id, &state).filter(|_| !sources.is_empty()) else {
            continue;
        };
        let scores = sources
            .iter()
            .map(|(_, source)| (print.shared(source), source.bytes));
        let best = scores
            .enumerate()
            .max_by_key(|(at, (shared, _))| (*shared, Reverse(*at)));
        if let Some((at, (shared, bytes))) = best
            && shared > 0
            && shared * 2 >= print.bytes.max(bytes)
        {
            change.was(sources.swap_remove(at).0);
        }
    }
}

/// The lines of a blob, hashed.
struct Print {
    bytes: u64,
    /// Hash and length, sorted.
    lines: Vec<(u64, u64)>,
}

impl Print {
    fn of(odb: &Odb<'_>, id: Oid, state: &RandomState) -> Option<Self> {
        let (size, _) = odb.read_header(id).ok()?;
        if size > LARGEST {
            return None;
        }
        let object = odb.read(id).ok()?;
        let text = object.data();
        let mut lines: Vec<(u64, u64)> = text
            .split_inclusive(|byte| *byte == b'\n')
            .map(|line| (state.hash_one(line), line.len() as u64))
            .collect();
        lines.sort_unstable();
        Some(Self {
            bytes: text.len() as u64,
            lines,
        })
    }

    /// Bytes in lines that both have.
    fn shared(&self, other: &Self) -> u64 {
        if self.bytes.min(other.bytes) * 2 < self.bytes.max(other.bytes) {
            return 0;
        }
        let (mut at, mut beside, mut bytes) = (0, 0, 0);
        while let (Some(one), Some(two)) = (self.lines.get(at), other.lines.get(beside)) {
            match one.cmp(two) {
                std::cmp::Ordering::Less => at += 1,
                std::cmp::Ordering::Greater => beside += 1,
                std::cmp::Ordering::Equal => {
                    bytes += one.1;
                    at += 1;
                    beside += 1;
                }
            }
        }
        bytes
    }
}

/// Comparing more pairs than this costs more than it saves; the lines then all count.
const MOST_PAIRS: usize = 10_000;

/// Larger files are not compared, in bytes.
const LARGEST: usize = 1 << 20;

/// Deleted files looked at.
const MOST_FILES: usize = 20_000;
