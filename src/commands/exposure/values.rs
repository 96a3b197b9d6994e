//! Which values a run knows, and what the map calls them; and which it should know and does not.

use crate::commands::asking::wait;
use crate::commands::open;
use crate::commands::setup::Setup;
use crate::commands::stock::Stock;
use crate::credentials::compare::Comparison;
use crate::credentials::exposure::{Known, Wanted};
use crate::credentials::{Answer, Entry, Failure, StoreKind, StorePlace};
use crate::finding::{Gap, Secret, printable};
use crate::report::counted;
use crate::stores::vault::OlderValues;
use std::collections::{BTreeMap, BTreeSet};

/// Names and environments the map has for each name of the vault: two environments may share a secret.
type Names = BTreeMap<(StorePlace, String), BTreeSet<(String, String)>>;

/// The values of the vault, those in use and older ones, with the names the map has for them; and a gap for what could not
/// be read.
pub(super) fn known(
    setup: &Setup,
    stock: &Stock,
    comparison: &Comparison,
) -> miette::Result<(Vec<Known>, Vec<Gap>)> {
    let mut values = Values {
        names: names(stock, comparison),
        known: Vec::new(),
        gaps: Vec::new(),
    };
    for (place, answer) in &stock.inventory.answers {
        if let Answer::Listed(listing) = answer {
            values.current(place, &listing.entries);
        }
    }
    let places: Vec<_> = stock
        .inventory
        .answers
        .keys()
        .filter(|place| place.kind() == StoreKind::Vault)
        .cloned()
        .collect();
    for (place, older) in wait(open::older(stock.opening(setup), &places))? {
        values.older(&place, older);
    }
    Ok((values.known, values.gaps))
}

struct Values {
    names: Names,
    known: Vec<Known>,
    gaps: Vec<Gap>,
}

impl Values {
    fn current(&mut self, place: &StorePlace, entries: &BTreeMap<String, Entry>) {
        let mut unread = Vec::new();
        for (key, entry) in entries {
            match &entry.value {
                Some(value) => self.add(place, key, value, None),
                // Copies are not read, and need not be: their value is the vault's.
                None if place.kind() == StoreKind::Vault => unread.push(key.as_str()),
                None => {}
            }
        }
        if !unread.is_empty() {
            self.gaps.push(Gap {
                what: place.to_string(),
                why: format!(
                    "the values of {} may not be read, so they were not looked for",
                    listed(&unread)
                ),
            });
        }
    }

    fn older(&mut self, place: &StorePlace, older: Result<OlderValues, Failure>) {
        let mut gap = |why: String| {
            self.gaps.push(Gap {
                what: place.to_string(),
                why,
            });
        };
        let older = match older {
            Ok(older) => older,
            Err(failure) => {
                gap(format!(
                    "its older versions could not be read: {}",
                    failure.why
                ));
                return;
            }
        };
        if !older.unread.is_empty() {
            let numbers: Vec<String> = older.unread.iter().map(ToString::to_string).collect();
            let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
            gap(format!(
                "its older versions {} are deleted and could not be read, so their values were not looked for; undelete them, or destroy them for good",
                listed(&numbers)
            ));
        }
        if older.left_out > 0 {
            gap(format!(
                "{} before those that are read were not looked for; `max_versions` of the secret keeps fewer",
                counted(older.left_out as u64, "older version")
            ));
        }
        for version in older.versions {
            for (key, value) in &version.values {
                self.add(place, key, value, Some(version.created));
            }
        }
    }

    /// Adds a value; what the map has no name for goes by the vault's own.
    fn add(
        &mut self,
        place: &StorePlace,
        key: &str,
        value: &Secret,
        rotated: Option<Option<jiff::Timestamp>>,
    ) {
        let names = self
            .names
            .get(&(place.clone(), key.to_owned()))
            .cloned()
            .unwrap_or_else(|| [(printable(key), String::new())].into());
        let known = |(name, environment)| Known {
            name,
            environment,
            place: place.to_string(),
            key: key.to_owned(),
            value: value.clone(),
            rotated,
            is_password: false,
        };
        self.known.extend(names.into_iter().map(known));
    }
}

/// The first names of a list, and how many more there are.
fn listed(names: &[&str]) -> String {
    let mut text = names
        .iter()
        .take(MOST_NAMED)
        .map(|name| format!("`{}`", printable(name)))
        .collect::<Vec<_>>()
        .join(", ");
    if let Some(more) = names.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// What the map calls each name of the vault.
fn names(stock: &Stock, comparison: &Comparison) -> Names {
    let mut names = Names::new();
    each(stock, comparison, |place, key, name, environment| {
        if place.kind() == StoreKind::Vault {
            let of = names.entry((place.clone(), key)).or_default();
            of.insert((name.to_owned(), environment.to_owned()));
        }
    });
    names
}

/// The credentials a leak can be tied to.
pub(super) fn wanted(stock: &Stock, comparison: &Comparison) -> Vec<Wanted> {
    let mut wanted: BTreeMap<(String, String), Wanted> = BTreeMap::new();
    for row in &comparison.rows {
        let (name, environment) = (row.row.name.clone(), row.row.environment.clone());
        let mut one = Wanted {
            keys: [name.clone()].into(),
            name,
            environment,
            ..Wanted::default()
        };
        for credential in stock.chosen.credentials(&stock.reading.map) {
            if credential.environment == one.environment && credential.name.matches(&one.name) {
                one.expect = one.expect.or_else(|| credential.expect.clone());
                one.system = one.system.or_else(|| credential.system.clone());
            }
        }
        wanted.insert((one.name.clone(), one.environment.clone()), one);
    }
    each(stock, comparison, |_, key, name, environment| {
        if let Some(one) = wanted.get_mut(&(name.to_owned(), environment.to_owned())) {
            one.keys.insert(key);
        }
    });
    wanted.into_values().collect()
}

/// Every place of every credential compared, with the name there and those of the map.
fn each(
    stock: &Stock,
    comparison: &Comparison,
    mut with: impl FnMut(&StorePlace, String, &str, &str),
) {
    for credential in stock.chosen.credentials(&stock.reading.map) {
        let here: Vec<&str> = comparison
            .rows
            .iter()
            .filter(|row| {
                row.row.environment == credential.environment
                    && credential.name.matches(&row.row.name)
            })
            .map(|row| row.row.name.as_str())
            .collect();
        for site in stock.chosen.every_site(credential) {
            for name in &here {
                let key = if site.name.is_glob() {
                    (*name).to_owned()
                } else {
                    site.name.to_string()
                };
                with(&site.place, key, name, &credential.environment);
            }
        }
    }
}

/// Names said of one gap.
const MOST_NAMED: usize = 10;
