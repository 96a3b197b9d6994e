//! Files that a change moves: what was there before is news all the same where the old path was judged otherwise, as by an
//! exception that holds for a directory. Moving a leak out of it must not make it pass.

use super::Engine;
use crate::finding::{Fingerprint, Position, RepoPath};
use crate::policy::Severity;
use crate::secrets::{Place, Sighting};
use crate::source::Blob;
use std::collections::HashMap;

impl Engine<'_> {
    /// How bad it is at this path.
    pub(super) fn severity(&self, path: &RepoPath, sighting: &Sighting) -> Severity {
        let rule = self.scanner.rules().rule(sighting.rule);
        let place = Place::of(path.as_str());
        // Tests and manuals are full of values that only look like secrets to a rule without a shape.
        let is_unsure = sighting.made_up || rule.is_assigned_generic();
        // So are tests of keys and tokens made for nothing else.
        let is_key = matches!(
            rule.spec.id.as_str(),
            "private-key" | "private-key-der" | "putty-private-key" | "json-web-key" | "jwt"
        );
        if is_unsure && place != Place::Ordinary || is_key && place == Place::Test {
            sighting.severity.lowered()
        } else {
            sighting.severity
        }
    }

    /// What of a moved file is on lines that are new, or was allowed, less bad or nothing at its old path. Of another file
    /// everything.
    pub(super) fn news(
        &self,
        blob: &Blob<'_>,
        text: &[u8],
        mut sightings: Vec<Sighting>,
    ) -> Vec<Sighting> {
        let Some(old) = &blob.moved_from else {
            return sightings;
        };
        let is_new = |one: &Sighting| blob.lines.touches(one.start.line, one.end.line);
        if sightings.iter().all(is_new) {
            return sightings;
        }
        let values = |secret: &[u8]| self.allows.matching_values(secret);
        let (before, _) = self.scanner.scan(text, Some(old.as_str()), &values);
        let before = before.iter().filter(|one| !self.is_exempt(old, one));
        let before: HashMap<Spot, Severity> = before
            .map(|one| (spot(one), self.severity(old, one)))
            .collect();
        sightings.retain(|one| {
            let was = before.get(&spot(one));
            is_new(one) || was.is_none_or(|was| *was < self.severity(&blob.path, one))
        });
        sightings
    }

    /// Whether the configuration allows it at this path, or the baseline knows it there. Comments beside it moved along.
    fn is_exempt(&self, path: &RepoPath, sighting: &Sighting) -> bool {
        let id = self.scanner.rules().rule(sighting.rule).spec.id.as_str();
        let fingerprint = Fingerprint::from_tag(id, path.as_str(), sighting.tag);
        let values = &sighting.value_allows;
        let is_known = self
            .baseline
            .is_some_and(|baseline| baseline.contains(&fingerprint));
        is_known || self.allows.cover(id, path.as_str(), &fingerprint, values)
    }
}

/// A rule, and the span it found.
type Spot = (u16, Position, Position);

fn spot(sighting: &Sighting) -> Spot {
    (sighting.rule, sighting.start, sighting.end)
}
