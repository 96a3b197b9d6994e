//! What was found, written down as places and brought back. Words, masks and marks are those of objects that were read
//! just now; only where else the same stands is taken from what was written down.

use super::sightings::{Found, Sightings, Spot};
use crate::finding::Position;
use crate::source::history::Oid;
use crate::source::history::cache::{Again, Place, Places};
use std::collections::HashMap;

impl Sightings {
    /// Every object with its places, in the order of their ids; without places where these would be too many. Of the same
    /// findings always the same.
    pub(super) fn places(&self) -> Vec<Again> {
        let mut objects: Vec<(&Oid, &Found)> = self.objects.iter().collect();
        objects.sort_unstable_by_key(|(id, _)| **id);
        let spots: usize = objects.iter().map(|(_, object)| object.spots.len()).sum();
        let mut classes: HashMap<u32, u32> = HashMap::new();
        let mut places = |object: &Found| {
            let place = |spot: &Spot| {
                // Numbered as they come, as threads number kinds by chance.
                let next = u32::try_from(classes.len()).unwrap_or(u32::MAX);
                let class = *classes.entry(spot.kind).or_insert(next);
                spot.place(class)
            };
            Places {
                kind: object.kind,
                binary: object.binary,
                bytes: object.bytes,
                spots: object.spots.iter().map(place).collect(),
            }
        };
        let again = objects.into_iter().map(|(id, object)| Again {
            id: *id,
            places: (spots <= MOST_PLACES).then(|| places(object)),
        });
        again.collect()
    }

    /// Adds objects of which only the places are known: of each class, one object at least was added before, by reading it.
    /// None when what was read is not as it was written down, or of some class nothing was read.
    pub(super) fn restore(&mut self, read: &[Oid], objects: &[(Oid, &Places)]) -> Option<()> {
        let read: HashMap<Oid, &Found> = read
            .iter()
            .map(|id| Some((*id, self.objects.get(id)?)))
            .collect::<Option<_>>()?;
        let (mut kinds, mut classes) = (HashMap::new(), HashMap::new());
        for (id, places) in objects {
            let Some(found) = read.get(id) else { continue };
            let same = (found.kind, found.binary, found.bytes, found.spots.len())
                == (places.kind, places.binary, places.bytes, places.spots.len());
            for (spot, place) in found.spots.iter().zip(&places.spots) {
                let kind = *kinds.entry(place.class).or_insert(spot.kind);
                let class = *classes.entry(spot.kind).or_insert(place.class);
                if !same || (kind, class) != (spot.kind, place.class) || spot.place(class) != *place
                {
                    return None;
                }
            }
        }
        let mut others = Vec::new();
        for (id, places) in objects.iter().filter(|(id, _)| !read.contains_key(id)) {
            if !places.is_sound() {
                return None;
            }
            let spot = |place: &Place| Some(Spot::of(place, *kinds.get(&place.class)?));
            let spots: Option<Vec<Spot>> = places.spots.iter().map(spot).collect();
            let found = Found {
                kind: places.kind,
                binary: places.binary,
                bytes: places.bytes,
                spots: spots?,
            };
            others.push((*id, found));
        }
        self.objects.extend(others);
        Some(())
    }
}

impl Spot {
    fn place(&self, class: u32) -> Place {
        let pair = |position: Position| (position.line, position.column);
        Place {
            class,
            start: pair(self.start),
            end: pair(self.end),
            span: (self.span.start, self.span.end),
            secret: (self.secret.start, self.secret.end),
        }
    }

    fn of(place: &Place, kind: u32) -> Self {
        let position = |(line, column)| Position { line, column };
        Self {
            kind,
            start: position(place.start),
            end: position(place.end),
            span: place.span.0..place.span.1,
            secret: place.secret.0..place.secret.1,
        }
    }
}

/// Places that are written down; about 8 MiB.
const MOST_PLACES: usize = 400_000;
