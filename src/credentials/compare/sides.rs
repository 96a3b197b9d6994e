//! The copies of one credential, as the stores hold them.

use super::Question;
use crate::credentials::inventory::{Answer, Entry, StoreKind};
use crate::credentials::map::{Credential, NamePattern};
use crate::credentials::places::Site;
use std::collections::{BTreeMap, BTreeSet};

/// One copy.
#[derive(Debug, Clone)]
pub(super) struct Side<'q> {
    /// Where it is.
    pub(super) place: String,
    /// Its name there.
    pub(super) key: String,
    /// What is there.
    pub(super) held: Held<'q>,
}

/// What a place holds under a name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Held<'q> {
    /// This.
    There(&'q Entry),
    /// Certainly nothing; with the reason where the place itself is not there.
    Nothing(Option<&'q str>),
    /// The place could not be asked.
    Unknown,
}

impl<'q> Side<'q> {
    /// The entry, where there is one.
    pub(super) fn entry(&self) -> Option<&'q Entry> {
        match self.held {
            Held::There(entry) => Some(entry),
            Held::Nothing(_) | Held::Unknown => None,
        }
    }
}

/// The copies of `name`, by store.
pub(super) fn sides<'q>(
    question: &Question<'q>,
    credential: &Credential,
    name: &str,
) -> BTreeMap<StoreKind, Side<'q>> {
    let of = |site: Site| {
        let key = match (site.name.is_glob(), site.place.kind()) {
            (false, _) => site.name.to_string(),
            (true, StoreKind::Github) => name.to_ascii_uppercase(),
            (true, _) => name.to_owned(),
        };
        let held = match question.inventory.answers.get(&site.place) {
            Some(Answer::Listed(listing)) => listing
                .entries
                .get(&key)
                .map_or(Held::Nothing(None), Held::There),
            Some(Answer::Absent(why)) => Held::Nothing(Some(why)),
            Some(Answer::Unknown(_)) | None => Held::Unknown,
        };
        let side = Side {
            place: question.chosen.shown(&site.place),
            key,
            held,
        };
        (site.place.kind(), side)
    };
    question
        .chosen
        .sites(credential)
        .into_iter()
        .map(of)
        .collect()
}

/// The names a credential of the map stands for: its own, or those its glob matches anywhere. A name that another entry of
/// the environment gives in full is that entry's.
pub(super) fn names(question: &Question<'_>, credential: &Credential) -> Vec<String> {
    if !credential.name.is_glob() {
        return vec![credential.name.to_string()];
    }
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut loud: BTreeSet<String> = BTreeSet::new();
    // GitHub is asked last: it has only the upper case of a name.
    let mut sites = question.chosen.sites(credential);
    sites.sort_by_key(|site| site.place.kind() == StoreKind::Github);
    for site in sites.iter().filter(|site| site.name.is_glob()) {
        let Some(Answer::Listed(listing)) = question.inventory.answers.get(&site.place) else {
            continue;
        };
        let own = |key: &str| site.name.matches(key) && !claimed(question, credential, site, key);
        for key in listing
            .entries
            .iter()
            .filter(|(_, entry)| !entry.plain)
            .map(|(key, _)| key)
            .filter(|key| own(key))
        {
            if loud.insert(key.to_ascii_uppercase()) || site.place.kind() != StoreKind::Github {
                names.insert(key.clone());
            }
        }
    }
    if names.is_empty() {
        // Nothing matches: the row of the glob itself says so.
        names.insert(credential.name.to_string());
    }
    names.into_iter().collect()
}

/// Whether another entry of the map gives this name of the place in full.
fn claimed(question: &Question<'_>, credential: &Credential, site: &Site, key: &str) -> bool {
    question
        .map
        .credentials
        .iter()
        .filter(|other| !other.name.is_glob() && other.environment == credential.environment)
        .flat_map(|other| question.chosen.every_site(other))
        .any(|other| other.place.is_same(&site.place) && other.name == NamePattern::new(key))
}
