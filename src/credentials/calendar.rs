//! Due dates as a calendar (RFC 5545): one event of a whole day for every credential that must be rotated.

use super::compare::Compared;
use icalendar::{Calendar, Component as _, Event, Property};
use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest as _, Sha256};

/// The calendar of all rows that have a due date; `now` is when it was made.
#[must_use]
pub fn calendar(rows: &[Compared], now: Timestamp) -> String {
    let stamp = now
        .to_zoned(TimeZone::UTC)
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    let mut calendar = Calendar::new();
    calendar.name("Rotation of credentials");
    for row in rows {
        let Some(due) = row.rotation.due else {
            continue;
        };
        let name = crate::finding::printable(&row.row.name);
        let environment = crate::finding::printable(&row.row.environment);
        let owner = row.row.owner.as_deref().map(crate::finding::printable);
        let age = row
            .row
            .age_days
            .map_or_else(|| "unknown".to_owned(), |days| format!("{days} days"));
        let every = row.row.rotate_every.as_deref().unwrap_or_default();
        let who = owner.clone().unwrap_or_else(|| "nobody".to_owned());
        let day = |date: jiff::civil::Date| date.strftime("%Y%m%d").to_string();
        let date = |key: &str, value: String| {
            let mut property = Property::new(key, value);
            property.add_parameter("VALUE", "DATE");
            property.done()
        };
        let mut event = Event::new();
        event
            .summary(&format!("Rotate {name} ({environment})"))
            .description(&format!("Owner: {who}. Rotated every {every}; age {age}."))
            .uid(&uid(&row.row.name, &row.row.environment))
            .append_property(Property::new("DTSTAMP", &stamp))
            .append_property(date("DTSTART", day(due)))
            .append_property(date("DTEND", day(due.tomorrow().unwrap_or(due))))
            .append_property(Property::new("TRANSP", "TRANSPARENT"));
        if let Some(owner) = owner {
            // A team has no address of its own here; the standard's attendee needs one.
            let mut attendee = Property::new("ATTENDEE", "invalid:nomail");
            attendee.add_parameter("CN", &quoted(&owner));
            event.append_property(attendee.done());
        }
        calendar.push(event.done());
    }
    calendar.to_string()
}

/// The same event for the same credential in every calendar, so that an import moves it.
fn uid(name: &str, environment: &str) -> String {
    let digest = Sha256::digest([name.as_bytes(), environment.as_bytes()].join(&0));
    let hex = digest
        .iter()
        .take(12)
        .fold(String::new(), |out, byte| out + &format!("{byte:02x}"));
    format!("{hex}@stackguard")
}

/// A parameter's value as RFC 5545 §3.2 lets it be: quoted, without quotes or control characters in it.
fn quoted(text: &str) -> String {
    let clean: String = text
        .chars()
        .filter(|letter| *letter != '"' && !letter.is_control())
        .collect();
    format!("\"{clean}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::fixture::timestamp;
    use crate::credentials::map::Interval;
    use crate::credentials::rotation::Rotation;
    use crate::report::CredentialRow;

    fn row(name: &str, owner: &str, set: Option<&str>) -> Compared {
        let entry = set.map(crate::credentials::fixture::set_at);
        let every = Some(Interval { days: 90 });
        let rotation = Rotation::new(
            entry.as_ref(),
            &[],
            every,
            timestamp("2026-11-21T12:00:00Z"),
        );
        Compared {
            row: CredentialRow {
                name: name.into(),
                environment: "staging".into(),
                owner: Some(owner.into()),
                rotate_every: Some("90d".into()),
                age_days: rotation.age_days,
                due: None,
                stores: std::collections::BTreeMap::new(),
            },
            rotation,
            every,
            line: 1,
            mapped: Vec::new(),
            seen: Vec::new(),
        }
    }

    #[test]
    fn each_due_date_is_an_event() {
        let rows = [
            row(
                "API_KEY",
                "reliability; \"x\",\r\nBEGIN:VEVENT",
                Some("2026-09-01T10:00:00Z"),
            ),
            row("OLD", "a", None),
        ];
        let text = calendar(&rows, timestamp("2026-11-21T12:00:00Z"));
        for line in [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "DTSTART;VALUE=DATE:20261130",
            "DTEND;VALUE=DATE:20261201",
            "SUMMARY:Rotate API_KEY (staging)",
            "DTSTAMP:20261121T120000Z",
            "END:VCALENDAR",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert_eq!(
            text.lines().filter(|line| *line == "BEGIN:VEVENT").count(),
            1,
            "{text}"
        );
        assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
        assert_eq!(text, calendar(&rows, timestamp("2026-11-21T12:00:00Z")));
    }
}
