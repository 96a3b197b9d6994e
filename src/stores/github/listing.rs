//! What a job sees: the secrets of its environment, then those of the repository, then those of the organisation.
//!
//! <https://docs.github.com/en/actions/reference/security/secrets#naming-your-secrets>: the nearest of one name wins.
//! Variables are apart (`vars` and `secrets` are two contexts), and a credential among them is readable by everyone.

use super::answers::Named;
use crate::credentials::{Entry, Listing, Remark};
use std::collections::btree_map::Entry as Slot;

/// What one level has.
#[derive(Debug, Clone, Default)]
pub(super) struct Level {
    /// Its secrets.
    pub secrets: Vec<Named>,
    /// Its variables.
    pub variables: Vec<Named>,
}

/// Puts the levels together, nearest first; each with its name, and the first is the place itself.
pub(super) fn of(levels: &[(&'static str, &Level)]) -> Listing {
    let mut listing = Listing::default();
    let own = levels.first().map_or(ENVIRONMENT, |(own, _)| own);
    for (level, holds) in levels {
        let (seen, unseen) = visible(level, &holds.secrets);
        for secret in seen {
            add(&mut listing, secret, (own, level), false);
        }
        listing.remarks.extend(unseen.map(|secret| Remark {
            rule: None,
            key: Some(secret.name.clone()),
            file: None,
            message: format!(
                "no job sees it: of the organisation's secrets only the first {MOST_SHARED} by name reach one"
            ),
        }));
    }
    // All secrets before any variable: a job finds the secret, wherever it is.
    for (level, holds) in levels {
        for variable in &holds.variables {
            add(&mut listing, variable, (own, level), true);
        }
    }
    listing.remarks.sort();
    listing
}

/// The secrets of a level that a job gets, and those it does not: of an organisation's only the first by name do
/// (<https://docs.github.com/en/actions/reference/security/secrets#limits-for-secrets>).
fn visible<'l>(
    level: &str,
    secrets: &'l [Named],
) -> (
    impl Iterator<Item = &'l Named>,
    impl Iterator<Item = &'l Named>,
) {
    let mut sorted: Vec<&Named> = secrets.iter().collect();
    sorted.sort_by(|one, other| one.name.cmp(&other.name));
    let most = match level {
        ORGANISATION => MOST_SHARED,
        _ => sorted.len(),
    };
    let unseen = sorted.split_off(most.min(sorted.len()));
    (sorted.into_iter(), unseen.into_iter())
}

fn add(listing: &mut Listing, named: &Named, (own, level): (&str, &str), plain: bool) {
    match listing.entries.entry(named.name.clone()) {
        Slot::Vacant(slot) => {
            slot.insert(Entry {
                updated: named.updated_at,
                inherited_from: (level != own).then(|| level.to_owned()),
                plain,
                ..Entry::default()
            });
        }
        Slot::Occupied(slot) => {
            if let Some((rule, message)) = beside(slot.get(), (own, level), plain) {
                listing.remarks.push(Remark {
                    rule,
                    key: Some(named.name.clone()),
                    file: None,
                    message,
                });
            }
        }
    }
}

/// What to say of a second one of the same name.
fn beside(
    first: &Entry,
    (own, level): (&str, &str),
    plain: bool,
) -> Option<(Option<&'static str>, String)> {
    match (first.plain, plain) {
        (false, false) => {
            let here = first.inherited_from.as_deref().unwrap_or(own);
            (here != level).then(|| (
                None,
                format!("the secret of the {here} hides one of the {level} with the same name, which other jobs get"),
            ))
        }
        (false, true) => Some((
            Some(IN_VARIABLE),
            format!(
                "a plain variable of the {level} has the name of this secret, and everyone with access can read it"
            ),
        )),
        (true, _) => None,
    }
}

/// The names of the levels.
pub(super) const ENVIRONMENT: &str = "environment";
/// The repository's own.
pub(super) const REPOSITORY: &str = "repository";
/// The organisation's, as far as the repository sees them.
pub(super) const ORGANISATION: &str = "organisation";

/// Secrets of an organisation that a job gets.
const MOST_SHARED: usize = 100;

/// The rule against credentials in plain variables.
const IN_VARIABLE: &str = "credential-in-variable";

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<Named> {
        let named = |(at, name): (usize, &&str)| Named {
            name: (*name).to_owned(),
            updated_at: jiff::Timestamp::from_second(at as i64).ok(),
        };
        names.iter().enumerate().map(named).collect()
    }

    fn level(secrets: &[&str], variables: &[&str]) -> Level {
        Level {
            secrets: names(secrets),
            variables: names(variables),
        }
    }

    #[test]
    fn the_nearest_wins() {
        let environment = level(&["A", "B"], &["V", "C"]);
        let repository = level(&["B", "C"], &["A", "V", "W"]);
        let organisation = level(&["C", "D"], &["D"]);
        let listing = of(&[
            (ENVIRONMENT, &environment),
            (REPOSITORY, &repository),
            (ORGANISATION, &organisation),
        ]);
        let seen: Vec<_> = listing
            .entries
            .iter()
            .map(|(name, entry)| (name.as_str(), entry.inherited_from.as_deref(), entry.plain))
            .collect();
        assert_eq!(
            seen,
            [
                ("A", None, false),
                ("B", None, false),
                ("C", Some("repository"), false),
                ("D", Some("organisation"), false),
                ("V", None, true),
                ("W", Some("repository"), true),
            ]
        );
        assert_eq!(
            listing.entries["B"].updated,
            jiff::Timestamp::from_second(1).ok(),
            "the environment's time"
        );
        let said: Vec<_> = listing
            .remarks
            .iter()
            .map(|remark| {
                (
                    remark.key.as_deref().unwrap_or(""),
                    remark.rule,
                    remark.message.as_str(),
                )
            })
            .collect();
        let hides = |near: &str, far: &str| {
            format!(
                "the secret of the {near} hides one of the {far} with the same name, which other jobs get"
            )
        };
        let plain = |level: &str| {
            format!(
                "a plain variable of the {level} has the name of this secret, and everyone with access can read it"
            )
        };
        assert_eq!(
            said,
            [
                ("B", None, hides("environment", "repository").as_str()),
                ("C", None, hides("repository", "organisation").as_str()),
                ("A", Some(IN_VARIABLE), plain("repository").as_str()),
                ("C", Some(IN_VARIABLE), plain("environment").as_str()),
                ("D", Some(IN_VARIABLE), plain("organisation").as_str()),
            ]
        );
    }

    #[test]
    fn of_an_organisation_a_job_gets_the_first_hundred() {
        let all: Vec<String> = (0..=MOST_SHARED)
            .rev()
            .map(|number| format!("N_{number:03}"))
            .collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        let listing = of(&[
            (REPOSITORY, &level(&["A"], &[])),
            (ORGANISATION, &level(&all, &[])),
        ]);
        assert_eq!(listing.entries.len(), 1 + MOST_SHARED);
        assert!(!listing.entries.contains_key("N_100"), "{listing:?}");
        let said: Vec<_> = listing
            .remarks
            .iter()
            .map(|remark| remark.key.as_deref())
            .collect();
        assert_eq!(said, [Some("N_100")]);
        // A repository's own are all seen.
        assert_eq!(
            of(&[(REPOSITORY, &level(&all, &[]))]).entries.len(),
            1 + MOST_SHARED
        );
    }

    #[test]
    fn of_a_repository_its_own_secrets_are_not_inherited() {
        let repository = level(&["A"], &[]);
        let listing = of(&[
            (REPOSITORY, &repository),
            (ORGANISATION, &level(&["A", "B"], &[])),
        ]);
        assert_eq!(listing.entries["A"].inherited_from, None);
        assert_eq!(
            listing.entries["B"].inherited_from.as_deref(),
            Some("organisation")
        );
        assert!(
            listing.remarks[0]
                .message
                .starts_with("the secret of the repository hides"),
            "{listing:?}"
        );
    }
}
