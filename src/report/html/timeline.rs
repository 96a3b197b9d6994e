//! When each credential was last set in each store, and when it is due: a drawing in SVG, without a script.
//!
//! "Today" is not the day the page is written but that of the report, so that one report gives the same bytes on any day.

use super::plain;
use crate::report::{CredentialRow, counted};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

/// The drawing; lengths in user units of its view box.
pub(super) struct Timeline {
    pub height: i32,
    /// Where the rows end.
    pub bottom: i32,
    pub ticks: Vec<Tick>,
    pub today: Option<Tick>,
    pub rows: Vec<Row>,
    /// Credentials without any date.
    pub undated: usize,
}

/// A line across all rows.
pub(super) struct Tick {
    pub x: i32,
    pub text: String,
}

/// One credential.
pub(super) struct Row {
    /// The middle of the row.
    pub y: i32,
    /// Where its text stands.
    pub base: i32,
    pub label: String,
    pub marks: Vec<Mark>,
    /// From the last rotation to the due date.
    pub span: Option<(i32, i32)>,
    pub due: Option<i32>,
    /// The corners of the sign of the due date.
    pub points: String,
    pub class: &'static str,
    pub status: String,
}

/// A change in a store.
pub(super) struct Mark {
    pub x: i32,
    pub vault: bool,
    pub title: String,
}

impl Timeline {
    /// None when no date is known.
    pub(super) fn new(rows: &[CredentialRow], today: Option<Date>) -> Option<Self> {
        let dated: Vec<Dates<'_>> = rows
            .iter()
            .map(Dates::of)
            .filter(|dates| !dates.is_empty())
            .collect();
        if dated.is_empty() {
            return None;
        }
        let all = || dated.iter().flat_map(Dates::all).chain(today);
        let (first, last) = (all().min()?, all().max()?);
        let scale = Scale::new(first, last);
        let bottom = TOP + ROW * i32::try_from(dated.len()).unwrap_or(i32::MAX / ROW / 2);
        let drawn = dated.iter().zip(0_i32..).map(|(dates, number)| {
            let y = TOP + ROW * number + ROW / 2;
            dates.row(y, &scale, today)
        });
        Some(Self {
            height: bottom + 12,
            bottom,
            ticks: scale.ticks(),
            today: today.map(|day| Tick {
                x: scale.x(day),
                text: format!("as of {day}"),
            }),
            rows: drawn.collect(),
            undated: rows.len() - dated.len(),
        })
    }

    /// Words for the credentials that are not drawn.
    pub(super) fn undated(&self) -> Option<String> {
        (self.undated > 0).then(|| {
            format!(
                "{} without any date not drawn: age unknown",
                counted(self.undated as u64, "credential")
            )
        })
    }
}

struct Dates<'r> {
    row: &'r CredentialRow,
    updated: Vec<(&'r str, Date)>,
    rotated: Option<Date>,
    due: Option<Date>,
}

impl<'r> Dates<'r> {
    fn of(row: &'r CredentialRow) -> Self {
        let updated = row
            .stores
            .iter()
            .filter_map(|(name, said)| Some((name.as_str(), day(said.updated.as_deref()?)?)));
        Self {
            row,
            updated: updated.collect(),
            rotated: row.rotated.as_ref().and_then(|rotated| day(&rotated.at)),
            due: row.due.as_deref().and_then(day),
        }
    }

    fn is_empty(&self) -> bool {
        self.updated.is_empty() && self.due.is_none()
    }

    fn all(&self) -> impl Iterator<Item = Date> {
        let updated = self.updated.iter().map(|(_, day)| *day);
        updated.chain(self.rotated).chain(self.due)
    }

    /// Name and environment; of a long name the end is left out, for it is the environment that tells two rows apart.
    fn label(&self) -> String {
        let environment = shortened(&plain(&self.row.environment), 14);
        let left = LONGEST_LABEL.saturating_sub(environment.chars().count() + 3);
        format!(
            "{} · {environment}",
            shortened(&plain(&self.row.name), left)
        )
    }

    fn row(&self, y: i32, scale: &Scale, today: Option<Date>) -> Row {
        let marks = self.updated.iter().map(|(store, day)| Mark {
            x: scale.x(*day),
            vault: *store == "vault",
            title: plain(&format!("{store}: set {day}")),
        });
        let days = self
            .due
            .zip(today)
            .and_then(|(due, today)| today.until(due).ok())
            .map(|span| span.get_days());
        let (class, status) = match (self.due, days) {
            (None, _) => ("none", "no due date".to_owned()),
            (Some(due), None) => ("none", format!("due {due}")),
            (Some(due), Some(left)) if left < 0 => {
                ("bad", format!("✗ overdue {}, {due}", words(-left)))
            }
            (Some(due), Some(left)) if left <= SOON => {
                ("warn", format!("▲ due in {}, {due}", words(left)))
            }
            (Some(due), Some(_)) => ("good", format!("✓ due {due}")),
        };
        let due = self.due.map(|due| scale.x(due));
        Row {
            y,
            base: y + 4,
            label: self.label(),
            marks: marks.collect(),
            span: self
                .rotated
                .map(|day| scale.x(day))
                .zip(due)
                .map(|(from, to)| (from.min(to), from.max(to))),
            due,
            points: due
                .map(|x| format!("{},{y} {x},{} {},{y} {x},{}", x - 6, y - 6, x + 6, y + 6))
                .unwrap_or_default(),
            class,
            status,
        }
    }
}

/// Days to user units.
struct Scale {
    first: Date,
    days: i64,
}

impl Scale {
    fn new(first: Date, last: Date) -> Self {
        Self {
            first,
            days: between(first, last).max(1),
        }
    }

    fn x(&self, day: Date) -> i32 {
        let along = between(self.first, day).clamp(0, self.days);
        LEFT + i32::try_from(along * i64::from(RIGHT - LEFT) / self.days).unwrap_or(0)
    }

    /// The first days of months, at most a dozen of them.
    fn ticks(&self) -> Vec<Tick> {
        let step = (self.days / 30 / 8 + 1).min(1_200);
        let mut day = self.first.first_of_month();
        let mut ticks = Vec::new();
        while ticks.len() < 24 {
            let Ok(next) = day.checked_add(step.months()) else {
                break;
            };
            day = next;
            if between(self.first, day) > self.days {
                break;
            }
            ticks.push(Tick {
                x: self.x(day),
                text: format!("{}-{:02}", day.year(), day.month()),
            });
        }
        ticks
    }
}

fn between(first: Date, last: Date) -> i64 {
    first
        .until(last)
        .map_or(0, |span| i64::from(span.get_days()))
}

/// The day of an RFC 3339 time or of a plain date, in UTC.
fn day(text: &str) -> Option<Date> {
    match text.parse::<Timestamp>() {
        Ok(time) => Some(time.to_zoned(TimeZone::UTC).date()),
        Err(_) => text.parse().ok(),
    }
}

fn words(days: i32) -> String {
    counted(u64::from(days.unsigned_abs()), "day")
}

/// Text of at most so many letters.
fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let cut: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{cut}…")
}

/// Where the drawing of dates begins and ends, across.
const LEFT: i32 = 332;
const RIGHT: i32 = 716;
/// Where the rows begin, and how high each is.
const TOP: i32 = 34;
const ROW: i32 = 26;
/// Days within which a due date is near.
const SOON: i32 = 14;
/// Letters of the longest label.
const LONGEST_LABEL: usize = 38;
