//! When a credential was last rotated, how old it is, and when it is due.

use super::inventory::Entry;
use super::map::Interval;
use crate::report::Basis;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How old a credential is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rotation {
    /// When its value was last changed, as far as that is known.
    pub last: Option<(Timestamp, Basis)>,
    /// Whole days since.
    pub age_days: Option<u32>,
    /// The day it must be rotated by; none without an interval or a time.
    pub due: Option<Date>,
}

/// Where a credential stands against its interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Past its due date, by so many days.
    Overdue(u32),
    /// Due within the notice, in so many days.
    DueSoon(u32),
    /// Not due for longer.
    Fine,
    /// No store tells when it was last changed: nobody knows.
    Unknown,
    /// The map asks for no rotation.
    Unasked,
}

impl Rotation {
    /// From the vault's entry and those of the copies.
    ///
    /// A record of the vault decides. Without one, the oldest time anything gives: a copy may have been set again to the
    /// same value, and a file touched, but neither makes a value older than it is.
    #[must_use]
    pub fn new(
        vault: Option<&Entry>,
        copies: &[&Entry],
        every: Option<Interval>,
        now: Timestamp,
    ) -> Self {
        let recorded = vault
            .filter(|entry| !entry.weak_time)
            .and_then(|entry| entry.updated);
        let hints = copies
            .iter()
            .filter_map(|copy| Some((copy.updated?, Basis::Copy)));
        let file = vault.and_then(|entry| Some((entry.updated?, Basis::File)));
        let last = match recorded {
            Some(time) => Some((time, Basis::Vault)),
            None => hints.chain(file).min(),
        };
        // A time that has not come yet says that a clock is wrong, and nothing else.
        let last = last.filter(|(time, _)| *time <= now.saturating_add(SKEW).unwrap_or(now));
        let day = |time: Timestamp| time.to_zoned(TimeZone::UTC).date();
        let days = last.map(|(time, _)| now.duration_since(time).as_hours() / 24);
        Self {
            age_days: days.map(|days| u32::try_from(days.max(0)).unwrap_or(u32::MAX)),
            due: last.zip(every).and_then(|((time, _), every)| {
                day(time)
                    .checked_add(jiff::Span::new().days(i64::from(every.days)))
                    .ok()
            }),
            last,
        }
    }

    /// Where it stands today; `notice` is in days.
    #[must_use]
    pub fn standing(&self, every: Option<Interval>, today: Date, notice: u32) -> Standing {
        if every.is_none() {
            return Standing::Unasked;
        }
        let Some(due) = self.due else {
            return Standing::Unknown;
        };
        let left = (due - today).get_days();
        match u32::try_from(left) {
            Ok(left) if left <= notice => Standing::DueSoon(left),
            Ok(_) => Standing::Fine,
            Err(_) => Standing::Overdue(left.unsigned_abs()),
        }
    }
}

/// How far ahead another clock may be.
pub const SKEW: SignedDuration = SignedDuration::from_mins(5);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::fixture::{named, set_at, timestamp};

    const NOW: &str = "2026-11-21T12:00:00Z";

    fn standing(
        vault: Option<Entry>,
        copies: &[Entry],
        every: Option<u32>,
    ) -> (Option<u32>, Standing, Option<Basis>) {
        let (now, every) = (timestamp(NOW), every.map(|days| Interval { days }));
        let copies: Vec<&Entry> = copies.iter().collect();
        let rotation = Rotation::new(vault.as_ref(), &copies, every, now);
        let today = now.to_zoned(TimeZone::UTC).date();
        (
            rotation.age_days,
            rotation.standing(every, today, 14),
            rotation.last.map(|(_, basis)| basis),
        )
    }

    fn weak(time: &str) -> Entry {
        Entry {
            weak_time: true,
            ..set_at(time)
        }
    }

    #[test]
    fn ages_and_due_dates() {
        let vault = |time| Some(set_at(time));
        for (entry, every, age, want) in [
            (
                vault("2026-11-20T12:00:00Z"),
                Some(90),
                Some(1),
                Standing::Fine,
            ),
            (
                vault("2026-11-20T12:00:01Z"),
                Some(90),
                Some(0),
                Standing::Fine,
            ),
            (
                vault("2026-08-23T00:00:00Z"),
                Some(90),
                Some(90),
                Standing::DueSoon(0),
            ),
            (
                vault("2026-08-22T23:00:00Z"),
                Some(90),
                Some(90),
                Standing::Overdue(1),
            ),
            (
                vault("2026-09-06T00:00:00Z"),
                Some(90),
                Some(76),
                Standing::DueSoon(14),
            ),
            (
                vault("2026-09-07T00:00:00Z"),
                Some(90),
                Some(75),
                Standing::Fine,
            ),
            (
                vault("2020-01-01T00:00:00Z"),
                None,
                Some(2516),
                Standing::Unasked,
            ),
            (Some(named()), Some(90), None, Standing::Unknown),
            (None, Some(90), None, Standing::Unknown),
            (
                vault("2026-11-21T12:04:00Z"),
                Some(90),
                Some(0),
                Standing::Fine,
            ),
            (
                vault("2030-01-01T00:00:00Z"),
                Some(90),
                None,
                Standing::Unknown,
            ),
        ] {
            let shown = format!("{entry:?}");
            let found = standing(entry, &[], every);
            assert_eq!((found.0, found.1), (age, want), "{shown}");
        }
    }

    #[test]
    fn the_best_proof_decides() {
        let copy = set_at("2026-10-22T12:00:00Z");
        for (vault, copies, age, basis) in [
            (
                Some(set_at("2026-11-11T12:00:00Z")),
                vec![copy.clone()],
                Some(10),
                Some(Basis::Vault),
            ),
            (
                Some(weak("2026-11-11T12:00:00Z")),
                vec![copy.clone()],
                Some(30),
                Some(Basis::Copy),
            ),
            (
                Some(weak("2026-09-22T12:00:00Z")),
                vec![copy.clone()],
                Some(60),
                Some(Basis::File),
            ),
            (
                Some(weak("2026-11-11T12:00:00Z")),
                vec![named()],
                Some(10),
                Some(Basis::File),
            ),
            (
                None,
                vec![copy, set_at("2026-11-01T12:00:00Z")],
                Some(30),
                Some(Basis::Copy),
            ),
        ] {
            let found = standing(vault, &copies, Some(90));
            assert_eq!((found.0, found.2), (age, basis));
        }
    }
}
