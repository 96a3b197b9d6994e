//! The places as a whole: those that could not be asked, names the map does not know, what the stores remarked.

use super::{Comparison, Question};
use crate::credentials::inventory::{Answer, Listing, Remark, StoreKind, StorePlace};
use crate::credentials::issue::Issue;
use crate::credentials::map::Credential;
use crate::credentials::places::Site;
use crate::finding::Gap;

/// Looks at every place the run needs, and adds what it finds to `out`.
pub(super) fn judge(question: &Question<'_>, out: &mut Comparison) {
    let known: Vec<(&Credential, Site)> = question
        .map
        .credentials
        .iter()
        .flat_map(|credential| {
            question
                .chosen
                .every_site(credential)
                .into_iter()
                .map(move |site| (credential, site))
        })
        .collect();
    for place in question.chosen.places(question.map).0 {
        let shown = question.chosen.shown(&place);
        let gap = |why: String| Gap {
            what: shown.clone(),
            why,
        };
        match question.inventory.answers.get(&place) {
            None => out
                .gaps
                .push(gap("it was not asked: its store is not set up".into())),
            Some(Answer::Unknown(failure)) => out.gaps.push(gap(match &failure.help {
                Some(help) => format!("{}; {help}", failure.why),
                None => failure.why.clone(),
            })),
            Some(Answer::Absent(_)) => {}
            Some(Answer::Listed(listing)) => {
                let at = (&place, shown.as_str());
                unmapped(at, listing, &known, out);
                for remark in &listing.remarks {
                    match (remark.rule, &remark.key) {
                        (Some(rule), _) => remarked(at, rule, remark, &known, out),
                        (None, Some(key)) => out.remarks.of_key(&shown, key, &remark.message),
                        (None, None) => out.remarks.of_place(&shown, &remark.message),
                    }
                }
            }
        }
    }
    beside(question, &known, out);
}

/// Whole places nobody answers for. Nothing was asked about what is in them.
fn beside(question: &Question<'_>, known: &[(&Credential, Site)], out: &mut Comparison) {
    let beside = &question.inventory.beside;
    let mapped = |place: &StorePlace| known.iter().any(|(_, site)| site.place.is_same(place));
    for place in beside.places.iter().filter(|place| !mapped(place)) {
        let shown = question.chosen.shown(place);
        out.issues.push(Issue {
            store: Some(shown.clone()),
            ..Issue::new(
                "credential-unmapped",
                format!("{shown} lies beside what the map names, and the map does not know it"),
            )
        });
    }
    out.notes.extend(beside.notes.iter().cloned());
    for (what, failure) in &beside.unlisted {
        out.gaps.push(Gap {
            what: what.clone(),
            why: failure.why.clone(),
        });
    }
}

/// Names nobody answers for. What an environment only inherits is judged where it is.
fn unmapped(
    (place, shown): (&StorePlace, &str),
    listing: &Listing,
    known: &[(&Credential, Site)],
    out: &mut Comparison,
) {
    let own = listing
        .entries
        .iter()
        .filter(|(_, entry)| !entry.plain && entry.inherited_from.is_none());
    for (key, _) in own {
        if owner(place, key, known).is_none() {
            out.issues.push(Issue {
                store: Some(shown.to_owned()),
                key: Some(key.clone()),
                ..Issue::new(
                    "credential-unmapped",
                    format!("`{key}` is in {shown}, and the map does not know it"),
                )
            });
        }
    }
}

/// The entry of the map a name of a place belongs to.
fn owner<'k>(
    place: &StorePlace,
    key: &str,
    known: &'k [(&Credential, Site)],
) -> Option<&'k Credential> {
    let upper = key.to_ascii_uppercase();
    let key = if place.kind() == StoreKind::Github {
        upper.as_str()
    } else {
        key
    };
    known
        .iter()
        .find(|(_, site)| site.place.is_same(place) && site.name.matches(key))
        .map(|(credential, _)| *credential)
}

/// A remark that is an issue.
fn remarked(
    (place, shown): (&StorePlace, &str),
    rule: &'static str,
    remark: &Remark,
    known: &[(&Credential, Site)],
    out: &mut Comparison,
) {
    let of_key = remark
        .key
        .as_deref()
        .and_then(|key| owner(place, key, known));
    let of_place = || {
        known
            .iter()
            .find(|(_, site)| site.place.is_same(place))
            .map(|(credential, _)| *credential)
    };
    out.issues.push(Issue {
        line: of_key
            .or_else(of_place)
            .map_or(0, |credential| credential.line),
        file: remark.file.clone(),
        store: Some(shown.to_owned()),
        key: remark.key.clone(),
        ..Issue::new(rule, remark.message.clone())
    });
}
