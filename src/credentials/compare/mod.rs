//! The map against what the stores say: a row for every credential and environment, and what is wrong.
//!
//! Pure: nothing is asked here. [`sides`] finds each copy, [`proof`] tells whether two copies hold the same value by the
//! strongest means both have, [`words`] says it, [`listing`] looks at the places as a whole.

mod listing;
mod proof;
mod row;
mod sides;
mod words;

use super::attest::{Attestation, Key};
use super::inventory::{Inventory, StoreKind};
use super::issue::Issue;
use super::lock::{Lock, Mark};
use super::map::{CredentialMap, Interval};
use super::places::Chosen;
use super::rotation::Rotation;
use super::value::Values;
use crate::finding::Gap;
use crate::report::CredentialRow;
use jiff::{SignedDuration, Timestamp};

/// Everything a comparison rests on.
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// Where each credential must be.
    pub map: &'q CredentialMap,
    /// Which part of it is asked about.
    pub chosen: &'q Chosen,
    /// What the stores said.
    pub inventory: &'q Inventory,
    /// What was attested where values can be seen.
    pub attestations: &'q [Attestation],
    /// The key of attestations.
    pub key: Option<&'q Key>,
    /// What was last seen together.
    pub lock: Option<&'q Lock>,
    /// Knows what values look like.
    pub values: &'q Values<'q>,
    /// The time of the run.
    pub now: Timestamp,
    /// How much older than the vault's version a copy may be: who mirrors writes one store after another.
    pub tolerance: SignedDuration,
}

/// What follows.
#[derive(Debug, Default)]
pub struct Comparison {
    /// The table, in the order of the map.
    pub rows: Vec<Compared>,
    /// What is wrong.
    pub issues: Vec<Issue>,
    /// What could not be asked or compared.
    pub gaps: Vec<Gap>,
    /// What is worth a line.
    pub notes: Vec<String>,
}

/// A row of the table, with what a report does not show.
#[derive(Debug, Clone)]
pub struct Compared {
    /// As reports show it.
    pub row: CredentialRow,
    /// How old it is.
    pub rotation: Rotation,
    /// How often the map wants it rotated.
    pub every: Option<Interval>,
    /// The line of the map.
    pub line: u32,
    /// The stores that should have it.
    pub mapped: Vec<StoreKind>,
    /// What the lock should remember: the copies that were in step, the one they are copies of first.
    pub seen: Vec<(StoreKind, Mark)>,
}

/// How much older than the vault's version a copy may be unless the configuration says otherwise.
pub const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// Compares.
#[must_use]
pub fn compare(question: &Question<'_>) -> Comparison {
    let mut out = Comparison::default();
    out.gaps.extend(question.chosen.places(question.map).1);
    listing::judge(question, &mut out);
    attested(question, &mut out);
    for credential in question.chosen.credentials(question.map) {
        if !question.chosen.concerns(credential) {
            continue;
        }
        for name in sides::names(question, credential) {
            row::judge(question, credential, &name, &mut out);
        }
    }
    out.gaps.sort();
    out.gaps.dedup();
    out.notes.sort();
    out.notes.dedup();
    out
}

/// Whether the attestations can be used at all: one that proves nothing must not look as if it did.
fn attested(question: &Question<'_>, out: &mut Comparison) {
    for attestation in question.attestations {
        let gap = |why: String| Gap {
            what: format!("attestation {}", attestation.file),
            why,
        };
        if attestation.created
            > question
                .now
                .saturating_add(super::rotation::SKEW)
                .unwrap_or(question.now)
        {
            out.gaps.push(gap(format!(
                "it is of {}, which has not come yet: a clock is wrong",
                attestation.created
            )));
        }
        let own = question.key.map(Key::id);
        let comparable = own.as_deref() == Some(attestation.key_id.as_str())
            || question.attestations.iter().any(|other| {
                other.store == StoreKind::Vault
                    && other.environment == attestation.environment
                    && other.key_id == attestation.key_id
            });
        if !comparable {
            out.gaps.push(gap(match own {
                Some(_) => {
                    "it was made with another key, so nothing can be compared with it".into()
                }
                None => format!(
                    "{} is not set, so nothing can be compared with it",
                    super::attest::KEY_VARIABLE
                ),
            }));
        }
        if !question
            .map
            .credentials
            .iter()
            .any(|credential| credential.environment == attestation.environment)
        {
            out.gaps
                .push(gap("no credential of the map is in its environment".into()));
        }
    }
}

#[cfg(test)]
mod tests;
