//! Where things stand in the objects that are looked at again: ids and numbers, nothing of what stands there.
//!
//! Hits that a report describes in the same words are of one class. Who reads one object of each class has the words, and
//! takes from here only where else the same stands. A mask is never made from this.

use super::super::oid::{Kind, Oid};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

/// An object that is looked at again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// The object.
    pub id: Oid,
    /// Where everything stands in it; none when it must be read to know.
    pub places: Option<Places>,
}

/// Where everything stands in one object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// Its kind.
    pub kind: Kind,
    /// Whether it is a binary.
    pub binary: bool,
    /// Its bytes, as text.
    pub bytes: u32,
    /// All hits, in the order in which a scan finds them.
    pub spots: Vec<Place>,
}

/// One hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Equal for hits that are described in the same words.
    pub class: u32,
    /// Line and column of its first character.
    pub start: (u32, u32),
    /// Line and column just past its last.
    pub end: (u32, u32),
    /// Its bytes: first, and just past the last.
    pub span: (u32, u32),
    /// The bytes of the secret in it.
    pub secret: (u32, u32),
}

impl Places {
    /// Whether such a thing can be.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let within = |(start, end): (u32, u32)| start <= end && end <= self.bytes;
        let counted = |(line, column): (u32, u32)| line > 0 && column > 0;
        self.spots.iter().all(|spot| {
            within(spot.span)
                && within(spot.secret)
                && counted(spot.start)
                && counted(spot.end)
                && spot.start <= spot.end
        })
    }

    fn cost(&self) -> u64 {
        u64::from(self.bytes) + READING
    }
}

/// Few and small objects that together have every class. In a fixed order; each time the one that brings most for its
/// bytes.
#[must_use]
pub fn cover(objects: &[(Oid, &Places)]) -> Vec<Oid> {
    let mut covered: HashSet<u32> = HashSet::new();
    let worth = |places: &Places, covered: &HashSet<u32>| {
        let classes = places.spots.iter().map(|spot| spot.class);
        let new: HashSet<u32> = classes.filter(|class| !covered.contains(class)).collect();
        (new.len() as u64).saturating_mul(1 << 40) / places.cost()
    };
    let mut queue: BinaryHeap<(u64, Reverse<Oid>, usize)> = objects
        .iter()
        .enumerate()
        .map(|(at, (id, places))| (worth(places, &covered), Reverse(*id), at))
        .collect();
    let mut chosen = Vec::new();
    let mut looks = 0;
    while let Some((before, id, at)) = queue.pop() {
        let Some((_, places)) = objects.get(at) else {
            continue;
        };
        let now = worth(places, &covered);
        if now == 0 {
            continue;
        }
        looks += places.spots.len();
        // What it brings can only have shrunk since it was queued. Past the limit the next best will do.
        if now < before && looks < MOST_LOOKS {
            queue.push((now, id, at));
            continue;
        }
        covered.extend(places.spots.iter().map(|spot| spot.class));
        chosen.push(id.0);
    }
    chosen
}

/// What it costs to read an object at all, in bytes that could be looked at instead.
const READING: u64 = 4096;
/// Hits looked at in search of a good choice.
const MOST_LOOKS: usize = 16 << 20;

#[cfg(test)]
mod tests {
    use super::super::super::oid::HashKind;
    use super::*;

    fn object(number: u8, bytes: u32, classes: &[u32]) -> (Oid, Places) {
        let spot = |class: &u32| Place {
            class: *class,
            start: (1, 1),
            end: (1, 2),
            span: (0, 1),
            secret: (0, 1),
        };
        let places = Places {
            kind: Kind::Blob,
            binary: false,
            bytes,
            spots: classes.iter().map(spot).collect(),
        };
        let id = Oid::new(HashKind::Sha1, &[number; 20]).expect("20 bytes");
        (id, places)
    }

    fn chosen(objects: &[(Oid, Places)]) -> Vec<u8> {
        let objects: Vec<(Oid, &Places)> =
            objects.iter().map(|(id, places)| (*id, places)).collect();
        let first = |id: &Oid| id.as_bytes()[0];
        cover(&objects).iter().map(first).collect()
    }

    #[test]
    fn few_small_objects_have_every_class() {
        let cases: [(&[(Oid, Places)], &[u8]); 6] = [
            (&[], &[]),
            (&[object(1, 9, &[])], &[]),
            (&[object(2, 9, &[5]), object(1, 9, &[5])], &[1]),
            (
                &[object(1, 90, &[5]), object(2, 9, &[5]), object(3, 9, &[6])],
                &[2, 3],
            ),
            (
                &[
                    object(1, 9, &[1]),
                    object(2, 9, &[2]),
                    object(3, 9, &[1, 2, 2]),
                ],
                &[3],
            ),
            // Not for any price.
            (
                &[
                    object(1, 9, &[1]),
                    object(2, 9, &[2]),
                    object(3, 1 << 30, &[1, 2]),
                ],
                &[1, 2],
            ),
        ];
        for (objects, wanted) in cases {
            assert_eq!(chosen(objects), wanted, "{objects:?}");
        }
    }

    #[test]
    fn the_largest_object_is_chosen_too() {
        assert_eq!(chosen(&[object(1, u32::MAX, &[u32::MAX])]), [1]);
    }

    #[test]
    fn places_that_cannot_be_are_not_sound() {
        let good = object(1, 10, &[1]).1;
        assert!(good.is_sound());
        let bad: [fn(&mut Place); 6] = [
            |spot| spot.start.0 = 0,
            |spot| spot.start.1 = 0,
            |spot| spot.end = (1, 0),
            |spot| spot.start = (2, 1),
            |spot| spot.span = (2, 1),
            |spot| spot.secret.1 = 11,
        ];
        for change in bad {
            let mut places = good.clone();
            change(&mut places.spots[0]);
            assert!(!places.is_sound(), "{places:?}");
        }
    }
}
