//! Secrets in the names of files and directories.
//!
//! Only what has a shape of its own counts: to what a name beside a value says, paths are full of chance. A path with a
//! secret in it is shown with the mask in the secret's place, everywhere and by whatever guard.

use super::{Engine, Gathered, veiled};
use crate::finding::{LineIndex, Position, RepoPath, Veil};
use crate::secrets::{Hit, Raw, Scanner, Sighting};
use crate::source::{Blob, Lines};
use std::borrow::Cow;

impl Engine<'_> {
    /// Looks for secrets in the path, and hides them from all that follows. A file that was there before, of which some
    /// lines changed, has its name from before; of one that moved it was looked at already (`Content::Moved`).
    pub(super) fn look_at_path(&self, blob: &mut Blob<'_>, out: &mut Gathered) {
        let shown = shown(self.scanner, &blob.path);
        if shown == blob.path {
            return;
        }
        let values = |secret: &[u8]| self.allows.matching_values(secret);
        if blob.lines == Lines::All && blob.moved_from.is_none() {
            let commit = blob.commit.as_deref();
            let commit = commit.map(|commit| veiled(self.scanner, commit));
            for (upto, sighting) in sightings(self.scanner, blob.path.as_str(), &values) {
                self.secret(&upto, &blob.lines, commit.as_ref(), sighting, out);
            }
        }
        blob.path = shown;
    }
}

/// The secrets in one name of a path.
fn hits(scanner: &Scanner, name: &[u8]) -> Vec<Hit> {
    if name.len() < SHORTEST {
        return Vec::new();
    }
    let mut raw = Raw::default();
    scanner.collect(name, 0..name.len(), &mut raw);
    // Rules that look over lines have none to look at.
    scanner.settle(scanner.fit(raw.hits, true, None))
}

/// Whether a name holds a secret.
pub(super) fn is_secret(scanner: &Scanner, name: &[u8]) -> bool {
    !hits(scanner, name).is_empty()
}

/// The path as reports may show it.
pub(super) fn shown(scanner: &Scanner, path: &RepoPath) -> RepoPath {
    match masked(scanner, path.as_str()) {
        Cow::Borrowed(_) => path.clone(),
        Cow::Owned(masked) => RepoPath::new(&masked),
    }
}

/// As [`shown`], of the text of a path.
pub(super) fn masked<'p>(scanner: &Scanner, path: &'p str) -> Cow<'p, str> {
    let mut out = String::new();
    let mut clean = true;
    for name in path.split_inclusive('/') {
        let hits = hits(scanner, name.trim_end_matches('/').as_bytes());
        if hits.is_empty() {
            out.push_str(name);
        } else {
            clean = false;
            let veil = Veil::new(hits.into_iter().map(|hit| hit.hide).collect());
            out.push_str(&veil.over(name));
        }
    }
    if clean {
        Cow::Borrowed(path)
    } else {
        Cow::Owned(out)
    }
}

/// What stands in the names of a path: up to which name, masked, and what; without a line.
pub(super) fn sightings(
    scanner: &Scanner,
    path: &str,
    values: &dyn Fn(&[u8]) -> Vec<u16>,
) -> Vec<(RepoPath, Sighting)> {
    let mut out = Vec::new();
    let mut end = 0;
    for part in path.split_inclusive('/') {
        end += part.len();
        let name = part.trim_end_matches('/').as_bytes();
        let hits = hits(scanner, name);
        if hits.is_empty() {
            continue;
        }
        let veil = Veil::new(hits.iter().map(|hit| hit.hide.clone()).collect());
        let index = LineIndex::new(name);
        let upto = path.get(..end).unwrap_or(path).trim_end_matches('/');
        let upto = RepoPath::new(&masked(scanner, upto));
        out.extend(hits.iter().map(|hit| {
            let mut sighting = scanner.sight(name, hit, &veil, &index, values);
            (sighting.start, sighting.end) = (Position::default(), Position::default());
            sighting.inline.clear();
            (upto.clone(), sighting)
        }));
    }
    out
}

/// No secret with a shape is shorter, in bytes.
const SHORTEST: usize = 16;
