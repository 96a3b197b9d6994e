//! Remarks that are no findings: what is said alike of many names, or of many places, is one line.

use crate::report::counted;
use std::collections::{BTreeMap, BTreeSet};

/// What was remarked so far.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Places, by what is said of them.
    of_places: BTreeMap<String, BTreeSet<String>>,
    /// Names, by their place and what is said of them.
    of_keys: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Notes {
    /// Something about a place.
    pub(super) fn of_place(&mut self, place: &str, said: &str) {
        let places = self.of_places.entry(said.to_owned()).or_default();
        places.insert(place.to_owned());
    }

    /// Something about a name in a place.
    pub(super) fn of_key(&mut self, place: &str, key: &str, said: &str) {
        let at = (place.to_owned(), said.to_owned());
        self.of_keys.entry(at).or_default().insert(key.to_owned());
    }

    /// A line for each thing said, sorted.
    pub(super) fn into_lines(self) -> Vec<String> {
        let of_places = self.of_places.into_iter().map(|(said, places)| {
            let places = shortened(places.iter().map(String::as_str), "place");
            format!("{places}: {said}")
        });
        let of_keys = self.of_keys.into_iter().map(|((place, said), keys)| {
            let quoted: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            let keys = shortened(quoted.iter().map(String::as_str), "name");
            format!("{keys} in {place}: {said}")
        });
        let mut lines: Vec<String> = of_places.chain(of_keys).collect();
        lines.sort();
        lines
    }
}

/// The first, and how many others there are.
fn shortened<'n>(mut names: impl ExactSizeIterator<Item = &'n str>, noun: &str) -> String {
    let first = names.next().unwrap_or_default();
    match names.len() {
        0 => first.to_owned(),
        others => format!(
            "{first} and {}",
            counted(others as u64, &format!("more {noun}"))
        ),
    }
}
