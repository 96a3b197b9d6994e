//! Due dates as a calendar (RFC 5545): one event of a whole day for every credential that has one.

use super::compare::Compared;
use icalendar::{Calendar, Component as _, Event, Property};
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The calendar of all rows that have a due date; `now` is when it was made.
#[must_use]
pub fn calendar(rows: &[Compared], now: Timestamp) -> String {
    let stamp = now
        .to_zoned(TimeZone::UTC)
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    let mut calendar = Calendar::empty();
    for (key, value) in [
        ("VERSION", "2.0"),
        ("PRODID", "-//stackguard//audit//EN"),
        ("CALSCALE", "GREGORIAN"),
    ] {
        calendar.append_property((key, value));
    }
    calendar.name("Rotation of credentials");
    // Two entries of the map can be about one credential; the earlier date counts.
    let mut dated: BTreeMap<(&str, &str), (Date, &Compared)> = BTreeMap::new();
    for row in rows {
        let Some(due) = row.rotation.due else {
            continue;
        };
        let one = dated
            .entry((&row.row.name, &row.row.environment))
            .or_insert((due, row));
        if due < one.0 {
            *one = (due, row);
        }
    }
    for (due, row) in dated.into_values() {
        let name = crate::finding::printable(&row.row.name);
        let environment = crate::finding::printable(&row.row.environment);
        let owner = row.row.owner.as_deref().map(crate::finding::printable);
        let age = row
            .row
            .age_days
            .map_or_else(|| "unknown".to_owned(), |days| format!("{days} days"));
        let every = row.row.rotate_every.as_deref().unwrap_or_default();
        let who = owner.clone().unwrap_or_else(|| "nobody".to_owned());
        let day = |date: Date| date.strftime("%Y%m%d").to_string();
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
                rotated: None,
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

    /// Text as RFC 5545 §3.3.11 has it, with the escapes taken away.
    fn unescaped(text: &str) -> String {
        let mut out = String::new();
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            match (letter, letter == '\\') {
                (_, true) => match letters.next() {
                    Some('n' | 'N') => out.push('\n'),
                    Some(escaped) => out.push(escaped),
                    None => panic!("a backslash escapes nothing"),
                },
                (',' | ';', false) => panic!("`{letter}` is not escaped: {text}"),
                _ => out.push(letter),
            }
        }
        out
    }

    /// Lines as RFC 5545 §3.1 has them: ended by CRLF, of 75 octets at most, folded by a blank.
    fn is_folded(text: &str) {
        assert!(
            text.ends_with("END:VCALENDAR\r\n") && !text.replace("\r\n", "").contains(['\r', '\n'])
        );
        for line in text.split("\r\n") {
            assert!(line.len() <= 75, "{} octets: {line}", line.len());
            assert!(
                line.is_empty() || line.starts_with(' ') || line.contains([':', ';']),
                "no line of its own: {line}"
            );
        }
    }

    /// Owners and environments with every sign that has to be escaped, in the order of the calendar.
    fn odd_rows() -> Vec<Compared> {
        let long = "Zuverlässigkeit ".repeat(12);
        let owners = [
            "reliability",
            "a, b; c\\d",
            long.trim_end(),
            "\"x\"\r\nEND:VEVENT",
            "日本語: チーム",
        ];
        let mut rows: Vec<Compared> = owners
            .iter()
            .zip(0..)
            .map(|(owner, number)| {
                row(
                    &format!("KEY_{number}"),
                    owner,
                    Some("2026-09-01T10:00:00Z"),
                )
            })
            .collect();
        // The same name in another environment is another event.
        let mut other = row("KEY_0", "reliability", Some("2026-10-01T10:00:00Z"));
        other.row.environment = "production, \\ EU; 1".into();
        rows.push(other);
        rows.sort_by(|a, b| {
            let of = |row: &Compared| (row.row.name.clone(), row.row.environment.clone());
            of(a).cmp(&of(b))
        });
        rows
    }

    #[test]
    fn another_parser_reads_it_back() {
        let rows = odd_rows();
        let text = calendar(&rows, timestamp("2026-11-21T12:00:00Z"));

        is_folded(&text);
        let calendars: Vec<_> = ical::IcalParser::new(text.as_bytes())
            .collect::<Result<_, _>>()
            .expect("a calendar");
        assert_eq!(calendars.len(), 1);
        let events = &calendars[0].events;
        assert_eq!(events.len(), rows.len());
        let mut uids = std::collections::BTreeSet::new();
        for (event, row) in events.iter().zip(&rows) {
            let all = |name: &str| -> Vec<_> {
                event
                    .properties
                    .iter()
                    .filter(|one| one.name == name)
                    .collect()
            };
            let one = |name: &str| {
                let found = all(name);
                assert_eq!(found.len(), 1, "{name} once");
                found[0].value.clone().expect("a value")
            };
            assert!(uids.insert(one("UID")), "a UID is of one event");
            assert_eq!(one("DTSTAMP"), "20261121T120000Z");
            assert_eq!(
                all("DTSTART")[0].params,
                Some(vec![("VALUE".into(), vec!["DATE".into()])])
            );
            assert!(one("DTSTART") < one("DTEND") && one("DTSTART").len() == 8);
            assert_eq!(
                unescaped(&one("SUMMARY")),
                format!("Rotate {} ({})", row.row.name, row.row.environment)
            );
            let owner = crate::finding::printable(row.row.owner.as_deref().expect("set"));
            assert!(
                unescaped(&one("DESCRIPTION"))
                    .starts_with(&format!("Owner: {owner}. Rotated every 90d; age "))
            );
            assert_eq!(one("ATTENDEE"), "invalid:nomail");
        }
        let again = calendar(&rows, timestamp("2026-11-28T12:00:00Z"));
        assert!(
            uids.iter().all(|uid| again.contains(uid.as_str())),
            "an import moves the event"
        );
    }

    /// Globs of the map can meet in one name; two events of one UID would be no calendar.
    #[test]
    fn a_credential_of_two_entries_is_one_event() {
        let rows = [
            row("API_KEY", "late", Some("2026-10-01T10:00:00Z")),
            row("API_KEY", "early", Some("2026-09-01T10:00:00Z")),
            row("API_KEY", "later", Some("2026-11-01T10:00:00Z")),
        ];
        let text = calendar(&rows, timestamp("2026-11-21T12:00:00Z"));
        assert_eq!(text.matches("UID:").count(), 1, "{text}");
        assert!(text.contains("DTSTART;VALUE=DATE:20261130") && text.contains("Owner: early"));
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
            "PRODID:-//stackguard//audit//EN",
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
