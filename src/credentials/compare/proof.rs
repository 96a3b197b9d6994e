//! Whether a copy holds the vault's value, by the strongest proof both sides have.

use super::Question;
use super::sides::Side;
use crate::credentials::attest::{Attestation, Fingerprint, same};
use crate::credentials::inventory::{Entry, StoreKind};
use crate::credentials::lock::{Change, Mark};
use crate::credentials::rotation::SKEW;
use crate::report::{Evidence, State};
use jiff::Timestamp;

/// What was proved of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proved {
    pub(super) state: State,
    pub(super) evidence: Evidence,
    pub(super) because: Because,
}

/// Why, for the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Because {
    /// Both values were at hand.
    Values,
    /// The attestation of this time.
    Attested(Timestamp),
    /// Neither changed since the lock was written.
    Unchanged,
    /// Neither changed since the lock was written, but nothing was proved then.
    UnchangedUnproved,
    /// Only the vault's changed since.
    VaultChanged,
    /// Only the copy changed since.
    CopyChanged,
    /// Only the copy was set again since; to what, the store does not tell.
    CopySetAgain,
    /// These times; and whether the first is a file's.
    Times {
        /// The vault's version.
        vault: Timestamp,
        /// The copy.
        copy: Timestamp,
        /// Whether `vault` is only a hint.
        weak: bool,
    },
    /// Nothing but the name.
    NameOnly,
}

/// One credential in one environment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subject<'s> {
    pub(super) name: &'s str,
    pub(super) environment: &'s str,
}

/// Compares a copy with the one it is made from.
pub(super) fn prove(
    question: &Question<'_>,
    subject: Subject<'_>,
    from: (StoreKind, &Side<'_>),
    copy: (StoreKind, &Side<'_>),
) -> Proved {
    let nothing = Proved {
        state: State::Unverified,
        evidence: Evidence::Name,
        because: Because::NameOnly,
    };
    let (Some(source), Some(entry)) = (from.1.entry(), copy.1.entry()) else {
        return nothing;
    };
    by_value(source, entry)
        .or_else(|| by_attestation(question, subject, (from.0, source), (copy.0, entry)))
        .or_else(|| by_lock(question, subject, (from.0, source), (copy.0, entry)))
        .or_else(|| by_time(question, source, entry))
        .unwrap_or(nothing)
}

fn equal(equal: bool, evidence: Evidence, because: Because) -> Proved {
    Proved {
        state: if equal {
            State::Present
        } else {
            State::Mismatch
        },
        evidence,
        because,
    }
}

fn by_value(source: &Entry, copy: &Entry) -> Option<Proved> {
    let (one, other) = (source.value.as_ref()?, copy.value.as_ref()?);
    Some(equal(
        same(one.expose(), other.expose()),
        Evidence::Value,
        Because::Values,
    ))
}

/// The newest attestation of the copy counts, unless the copy was set again after it, or may have been.
fn by_attestation(
    question: &Question<'_>,
    subject: Subject<'_>,
    source: (StoreKind, &Entry),
    copy: (StoreKind, &Entry),
) -> Option<Proved> {
    let (attestation, print) = attested(question, subject, copy)?;
    let same_key = question.key.filter(|key| key.id() == attestation.key_id);
    let expected = match (same_key, &source.1.value) {
        (Some(key), Some(value)) => {
            key.fingerprint(subject.environment, subject.name, value.expose())
        }
        _ => {
            let (other, print) = attested(question, subject, source)?;
            if other.key_id != attestation.key_id {
                return None;
            }
            print.clone()
        }
    };
    let equal = self::equal(
        expected.equals(print),
        Evidence::Attested,
        Because::Attested(attestation.created),
    );
    // Without a time of the copy (or with that of its making alone), a change of the vault after the attestation may have
    // reached it since.
    let may_have_followed = (copy.1.updated.is_none() || copy.1.weak_time)
        && source
            .1
            .updated
            .is_some_and(|time| time > attestation.created);
    (equal.state == State::Present || !may_have_followed).then_some(equal)
}

/// The newest usable attestation of a name in a store.
fn attested<'q>(
    question: &Question<'q>,
    subject: Subject<'_>,
    (kind, entry): (StoreKind, &Entry),
) -> Option<(&'q Attestation, &'q Fingerprint)> {
    question
        .attestations
        .iter()
        .filter(|attestation| {
            attestation.store == kind && attestation.environment == subject.environment
        })
        // A time that is only a hint may be too late (a copied file), and then a good attestation is not used; or too early, and
        // then the one attested may not be the one there now. Neither way is one older than the hint any proof.
        .filter(|attestation| entry.updated.is_none_or(|time| time <= attestation.created))
        .filter(|attestation| {
            attestation.created <= question.now.saturating_add(SKEW).unwrap_or(question.now)
        })
        .filter_map(|attestation| Some((attestation, attestation.fingerprints.get(subject.name)?)))
        .max_by_key(|(attestation, _)| attestation.created)
}

fn by_lock(
    question: &Question<'_>,
    subject: Subject<'_>,
    source: (StoreKind, &Entry),
    copy: (StoreKind, &Entry),
) -> Option<Proved> {
    let seen = question.lock?.seen(subject.name, subject.environment)?;
    let then = seen.copies.get(&copy.0)?;
    let change = |then: &Mark, entry| {
        then.change(&then.again(entry, subject.environment, subject.name, question.key))
    };
    let source = change(seen.copies.get(&source.0)?, source.1)?;
    let copied = change(then, copy.1)?;
    let (state, because) = match (source, copied) {
        (Change::None, Change::None) if then.was_proved() => (State::Present, Because::Unchanged),
        (Change::None, Change::None) => (State::Unverified, Because::UnchangedUnproved),
        (Change::None, Change::Value) => (State::Mismatch, Because::CopyChanged),
        (Change::None, Change::SetAgain) => (State::Unverified, Because::CopySetAgain),
        (_, Change::None) => (State::Stale, Because::VaultChanged),
        // Both changed: perhaps together, perhaps not.
        (_, _) => return None,
    };
    Some(Proved {
        state,
        evidence: Evidence::Digest,
        because,
    })
}

fn by_time(question: &Question<'_>, source: &Entry, copy: &Entry) -> Option<Proved> {
    let (vault, copied) = (source.updated?, copy.updated?);
    let latest = question.now.saturating_add(SKEW).unwrap_or(question.now);
    // A time that has not come yet proves that a clock is wrong, and nothing else.
    if vault > latest || copied > latest {
        return None;
    }
    let stale = copied.saturating_add(question.tolerance).unwrap_or(copied) < vault;
    // A copy that tells only when it was made may have been set again since.
    if stale && copy.weak_time {
        return None;
    }
    Some(Proved {
        state: if stale { State::Stale } else { State::Present },
        evidence: Evidence::Time,
        because: Because::Times {
            vault,
            copy: copied,
            weak: source.weak_time,
        },
    })
}
