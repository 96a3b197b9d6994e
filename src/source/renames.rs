//! Finds what was moved, so that a moved file's lines are not all new.
//!
//! A source is only looked for among files that the same change deletes, as `git diff` does. Guessing wrong is harmless: a
//! line is left out only when it stands in a file that was there before and was judged alike.

use super::Exclude;
use super::changes::{Change, Changes, Deleted, Kind, items};
use super::history::{Oid, Reader};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// Gives each added file that was moved here the blob it had before.
pub(super) fn find(reader: &Reader<'_>, changes: &mut Changes, exclude: &Exclude) {
    let may_be_moved = |change: &Change| !change.is_link && change.is_addition();
    if changes.deleted.is_empty() || !changes.changed.iter().any(may_be_moved) {
        return;
    }
    let mut gone = files(reader, &changes.deleted);
    // What was never looked at is new wherever it goes.
    gone.retain(|deleted| !exclude.covers_bytes(&deleted.path));
    let mut by_id: HashMap<Oid, Vec<Deleted>> = HashMap::new();
    for deleted in gone.iter().rev() {
        let same = by_id.entry(deleted.id).or_default();
        same.push(deleted.clone());
    }
    let mut unsure: Vec<&mut Change> = Vec::new();
    for change in changes
        .changed
        .iter_mut()
        .filter(|change| may_be_moved(change))
    {
        // One source for one target: a second copy is new.
        match by_id.get_mut(&change.id).and_then(Vec::pop) {
            Some(old) => change.was(&old),
            None => unsure.push(change),
        }
    }
    let mut left: Vec<Deleted> = by_id.into_values().flatten().collect();
    left.sort_by(|a, b| a.path.cmp(&b.path));
    if unsure.len().saturating_mul(left.len()) <= MOST_PAIRS {
        find_similar(reader, left, &mut unsure);
    }
}

/// The files among what is gone, those of directories included.
fn files(reader: &Reader<'_>, deleted: &[Deleted]) -> Vec<Deleted> {
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
        for item in items(reader, &next.id).unwrap_or_default() {
            if matches!(item.kind, Kind::Tree | Kind::File) {
                open.push(Deleted {
                    path: [&next.path, &b"/"[..], &item.name].concat(),
                    id: item.id,
                    is_tree: item.kind == Kind::Tree,
                });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Takes the deleted file with the most text in common, when that is half of it.
fn find_similar(reader: &Reader<'_>, gone: Vec<Deleted>, unsure: &mut [&mut Change]) {
    let state = RandomState::new();
    if unsure.is_empty() {
        return;
    }
    let print = |deleted: Deleted| {
        let print = Print::of(reader, deleted.id, &state)?;
        Some((deleted, print))
    };
    let mut sources: Vec<(Deleted, Print)> = gone.into_iter().filter_map(print).collect();
    for change in unsure {
        let Some(print) = Print::of(reader, change.id, &state).filter(|_| !sources.is_empty())
        else {
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
            change.was(&sources.swap_remove(at).0);
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
    fn of(reader: &Reader<'_>, id: Oid, state: &RandomState) -> Option<Self> {
        let (_, text) = reader.read(&id, LARGEST).ok()?;
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
const LARGEST: u64 = 1 << 20;

/// Deleted files looked at.
const MOST_FILES: usize = 20_000;
