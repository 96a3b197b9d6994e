//! The sentences: what is missing, stale, different, unproved; and what to do about it.

use super::proof::{Because, Proved, Subject};
use super::sides::Side;
use crate::credentials::inventory::StoreKind;
use crate::policy::Severity;
use crate::report::State;
use jiff::Timestamp;

/// What is said of a copy.
pub(super) struct Words {
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) severity: Option<Severity>,
}

/// That a copy is not there.
pub(super) fn missing(
    subject: Subject<'_>,
    side: &Side<'_>,
    glob: bool,
    why: Option<&str>,
) -> String {
    let Subject { name, environment } = subject;
    let (key, place) = (&side.key, &side.place);
    let called = if key.eq_ignore_ascii_case(name) {
        String::new()
    } else {
        format!(", there called `{key}`,")
    };
    let what = if glob && name.contains('*') {
        format!("nothing in {place} is named like `{key}` ({environment})")
    } else {
        format!("`{name}` ({environment}){called} is not in {place}")
    };
    match why {
        Some(why) => format!("{what}: {why}"),
        None => what,
    }
}

/// What is wrong with a copy that is there, and the rule it breaks; none when it is in step.
pub(super) fn unproved(
    subject: Subject<'_>,
    side: &Side<'_>,
    source: (StoreKind, &Side<'_>),
    proved: &Proved,
) -> Option<(&'static str, Words)> {
    let rule = match proved.state {
        State::Stale => "credential-stale",
        State::Mismatch => "credential-mismatch",
        State::Unverified => "credential-unverified",
        _ => return None,
    };
    let what = format!("`{}` in {}", side.key, side.place);
    let from = match source.0 {
        StoreKind::Vault => "the vault".to_owned(),
        _ => source.1.place.clone(),
    };
    let (said, severity) = match &proved.because {
        Because::Values => (format!("{what} holds another value than {from}"), None),
        Because::Attested(time) => (
            format!(
                "{what} holds another value than {from}, by its attestation of {}",
                day(*time)
            ),
            None,
        ),
        Because::CopyChanged => (
            format!("{what} was changed by itself: {from} still has the value of the parity lock"),
            None,
        ),
        Because::VaultChanged => (
            format!(
                "{what} is as it was when the parity lock was written; {from} has a newer value"
            ),
            None,
        ),
        Because::Times { vault, copy, weak } => {
            let hint = if *weak {
                ", by the time of its file, which is only a hint"
            } else {
                ""
            };
            let said = format!(
                "{what} was last set on {}, before {from}'s current version of {}{hint}",
                day(*copy),
                day(*vault)
            );
            (said, weak.then_some(Severity::Medium))
        }
        Because::CopySetAgain => (
            format!(
                "{what} was set again since the parity lock was written; whether to {from}'s value is not known"
            ),
            None,
        ),
        Because::UnchangedUnproved | Because::Unchanged => (
            format!(
                "{what} is as in the parity lock, but that it holds {from}'s value was never proved"
            ),
            None,
        ),
        Because::NameOnly => (
            format!("nothing proves that {what} holds {from}'s value"),
            None,
        ),
    };
    let help = (proved.state == State::Unverified)
        .then(|| format!("Run `stackguard attest --environment {} --store {}` where the value is visible, and give the file to `parity --attestation`.", subject.environment, store_of(side)));
    Some((
        rule,
        Words {
            message: said,
            help,
            severity,
        },
    ))
}

fn store_of<'s>(side: &'s Side<'_>) -> &'s str {
    side.place.split(':').next().unwrap_or_default()
}

/// To the minute; what is older is as good without.
fn day(time: Timestamp) -> String {
    time.to_zoned(jiff::tz::TimeZone::UTC)
        .strftime("%Y-%m-%d %H:%M UTC")
        .to_string()
}
