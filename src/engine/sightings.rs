//! What was found in the objects of a history, kept small: the same secret on the same line stands in thousands of
//! versions of a file, and is described once.

use super::Engine;
use crate::finding::{LineCursor, Position, RepoPath, Veil};
use crate::policy::Severity;
use crate::policy::inline::InlineAllow;
use crate::secrets::{Hit, Raw, Scanner, Sighting, is_binary, look};
use crate::source::history::{Kind, Oid};
use foldhash::quality::RandomState;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Everything found, by object.
#[derive(Default)]
pub(super) struct Sightings {
    /// Descriptions, without place.
    kinds: Vec<Sighting>,
    known: HashMap<Description, u32>,
    /// The same by what they are made of: a hash whose seed no one can foresee.
    looks: hashbrown::HashMap<u64, u32>,
    seed: RandomState,
    /// By object.
    pub(super) objects: HashMap<Oid, Found>,
}

/// All that two hits must share to be described once: beside the secret and its line, what the text round it decides.
type Description = (u64, String, Severity, bool, Vec<InlineAllow>);

/// What was found in one object.
pub(super) struct Found {
    pub(super) kind: Kind,
    pub(super) binary: bool,
    /// Of the text.
    pub(super) bytes: u32,
    pub(super) spots: Vec<Spot>,
}

/// One hit: which secret, where. Hits that overlap are all kept until the path decides between rules.
pub(super) struct Spot {
    pub(super) kind: u32,
    pub(super) start: Position,
    pub(super) end: Position,
    pub(super) span: Range<u32>,
    pub(super) secret: Range<u32>,
}

impl Sightings {
    /// Takes what the raw hits of one object lead to.
    pub(super) fn add(
        &mut self,
        engine: &Engine<'_>,
        scanner: &Scanner,
        id: &Oid,
        kind: Kind,
        text: &[u8],
        raw: &Raw,
    ) {
        let hits = scanner.distinct(scanner.all_hits(text, raw));
        if hits.is_empty() || self.objects.contains_key(id) {
            return;
        }
        let veil = Veil::new(hits.iter().map(|hit| hit.hide.clone()).collect());
        let mut cursor = LineCursor::new(text);
        let spots = hits.iter().filter_map(|hit| {
            // They are in the order of their starts, not of their ends.
            let start = cursor.position(hit.span.start);
            let mut onward = cursor;
            let place = (start, onward.position(hit.span.end));
            let small = |range: &Range<usize>| {
                Some(u32::try_from(range.start).ok()?..u32::try_from(range.end).ok()?)
            };
            Some(Spot {
                start: place.0,
                end: place.1,
                span: small(&hit.span)?,
                secret: small(&hit.secret)?,
                kind: self.described(engine, scanner, text, (hit, place), &veil)?,
            })
        });
        let spots: Vec<Spot> = spots.collect();
        self.objects.insert(
            *id,
            Found {
                kind,
                binary: is_binary(text),
                bytes: u32::try_from(text.len()).unwrap_or(u32::MAX),
                spots,
            },
        );
    }

    /// The number of the description of a hit, which is made where none is known yet that looks the same.
    fn described(
        &mut self,
        engine: &Engine<'_>,
        scanner: &Scanner,
        text: &[u8],
        (hit, place): (&Hit, (Position, Position)),
        veil: &Veil,
    ) -> Option<u32> {
        let look = look(text, hit, veil, &self.seed);
        if let Some(known) = self.looks.get(&look) {
            return Some(*known);
        }
        let mut sighting = scanner.sight_at(text, hit, veil, place, &|secret| {
            engine.allows.matching_values(secret)
        });
        // Counted from the hit's own line: the description holds wherever that line stands.
        for mark in &mut sighting.inline {
            mark.line = mark.line.wrapping_sub(sighting.start.line);
        }
        let number = self.kind(sighting)?;
        self.looks.insert(look, number);
        Some(number)
    }

    /// The number of a description.
    fn kind(&mut self, sighting: Sighting) -> Option<u32> {
        let name = (
            sighting.identity,
            sighting.snippet.text().to_owned(),
            sighting.severity,
            sighting.made_up,
            sighting.inline.clone(),
        );
        if let Some(known) = self.known.get(&name) {
            return Some(*known);
        }
        let number = u32::try_from(self.kinds.len()).ok()?;
        self.kinds.push(sighting);
        self.known.insert(name, number);
        Some(number)
    }

    /// Adds what another thread found.
    pub(super) fn merge(&mut self, other: Self) {
        let numbers: Vec<Option<u32>> = other
            .kinds
            .into_iter()
            .map(|sighting| self.kind(sighting))
            .collect();
        for (id, mut object) in other.objects {
            object.spots.retain_mut(|spot| {
                match numbers.get(spot.kind as usize).copied().flatten() {
                    Some(number) => {
                        spot.kind = number;
                        true
                    }
                    None => false,
                }
            });
            self.objects.entry(id).or_insert(object);
        }
    }

    /// Blobs by what was found in them: versions of a file that differ elsewhere hold the same secrets, and where these come
    /// from is one question. In a fixed order.
    pub(super) fn groups(&self) -> Vec<Vec<Oid>> {
        let mut groups: HashMap<Vec<u32>, Vec<Oid>> = HashMap::new();
        for (id, object) in self
            .objects
            .iter()
            .filter(|(_, object)| object.kind == Kind::Blob && !object.spots.is_empty())
        {
            let mut kinds: Vec<u32> = object.spots.iter().map(|spot| spot.kind).collect();
            kinds.sort_unstable();
            kinds.push(u32::from(object.binary));
            groups.entry(kinds).or_default().push(*id);
        }
        let mut groups: Vec<Vec<Oid>> = groups.into_values().collect();
        groups.iter_mut().for_each(|group| group.sort_unstable());
        groups.sort_unstable();
        groups
    }

    /// The identities of all secrets in an object, each once, in the order in which they stand.
    pub(super) fn identities(&self, id: &Oid) -> Vec<u64> {
        let mut seen = HashSet::new();
        let spots = self
            .objects
            .get(id)
            .into_iter()
            .flat_map(|object| &object.spots);
        spots
            .filter_map(|spot| Some(self.kinds.get(spot.kind as usize)?.identity))
            .filter(|identity| seen.insert(*identity))
            .collect()
    }

    /// Where in an object the secrets of these identities stand.
    pub(super) fn secrets(&self, object: &Found, of: &HashSet<u64>) -> Vec<Range<usize>> {
        let wanted = |spot: &&Spot| {
            let kind = self.kinds.get(spot.kind as usize);
            kind.is_some_and(|kind| of.contains(&kind.identity))
        };
        let spots = object.spots.iter().filter(wanted);
        spots.map(|spot| wide(&spot.secret)).collect()
    }

    /// Where in an object any secret stands, reported or not.
    pub(super) fn all_secrets(&self, object: &Found) -> Vec<Range<usize>> {
        object.spots.iter().map(|spot| wide(&spot.secret)).collect()
    }

    /// What a plain scan of the object under this path would report.
    pub(super) fn at(&self, scanner: &Scanner, object: &Found, path: &RepoPath) -> Vec<Sighting> {
        let hits = object
            .spots
            .iter()
            .enumerate()
            .filter_map(|(number, spot)| {
                let kind = self.kinds.get(spot.kind as usize)?;
                // The number of the spot travels in `anchor`, which settling does not look at.
                Some(Hit {
                    rule: kind.rule,
                    span: wide(&spot.span),
                    secret: wide(&spot.secret),
                    hide: wide(&spot.secret),
                    severity: kind.severity,
                    made_up: kind.made_up,
                    anchor: number,
                })
            });
        let kept = scanner.settle(scanner.fit(hits.collect(), object.binary, Some(path.as_str())));
        let sighting = |hit: &Hit| {
            let spot = object.spots.get(hit.anchor)?;
            let mut sighting = self.kinds.get(spot.kind as usize)?.clone();
            for mark in &mut sighting.inline {
                mark.line = mark.line.wrapping_add(spot.start.line);
            }
            sighting.start = spot.start;
            sighting.end = spot.end;
            Some(sighting)
        };
        kept.iter().filter_map(sighting).collect()
    }
}

fn wide(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}
