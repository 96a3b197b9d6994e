//! What leaked before, and what became of it: findings of the secrets guard, tied to credentials of the map by value, by name or
//! by the kind of secret they are.

use super::{Known, RULE, Watch};
use crate::credentials::map::suggested_rule;
use crate::finding::{Finding, Location};
use crate::report::{LeakRow, LeakTie, LeakVerdict};
use std::collections::{BTreeMap, BTreeSet};

/// A credential of the map, as far as a leak can be tied to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// The environment.
    pub environment: String,
    /// The names it has in stores.
    pub keys: BTreeSet<String>,
    /// The rule its value must satisfy.
    pub expect: Option<String>,
    /// The system it opens.
    pub system: Option<String>,
}

/// Leaks with a verdict, and how many there are that no credential is tied to.
#[derive(Debug, Default)]
pub struct Leaks {
    /// One for each secret the guard found.
    pub rows: Vec<LeakRow>,
    /// Found, and of nothing the map names.
    pub unmatched: u64,
}

impl Leaks {
    /// Ties what one pass over the history found to the map. `found` has the findings of the values of `watch` among those of
    /// the guard.
    #[must_use]
    pub fn new(found: &[Finding], watch: &Watch, wanted: &[Wanted]) -> Self {
        let values = by_place(found);
        let mut leaks = Self::default();
        for finding in found.iter().filter(|finding| !is_value(finding)) {
            let tied = by_value(finding, &values, watch).or_else(|| by_kind(finding, wanted));
            let Some((verdict, tie, credentials)) = tied else {
                leaks.unmatched += 1;
                continue;
            };
            leaks.rows.push(LeakRow {
                verdict,
                tie,
                credentials: credentials.into_iter().collect(),
                rule: finding.rule.clone(),
                severity: finding.severity,
                location: finding.location.clone(),
                more: finding.occurrences.len() as u64,
                fingerprint: finding.fingerprint.clone(),
            });
        }
        leaks
    }
}

/// What ties a leak to credentials, with their names and environments.
type Tied = (LeakVerdict, LeakTie, BTreeSet<(String, String)>);
/// What ties a leak to a credential, and whether it does.
type Test<'t> = (LeakTie, &'t dyn Fn(&Wanted) -> bool);
/// Findings of values, by path and commit.
type ByPlace<'f> = BTreeMap<(&'f str, Option<&'f str>), Vec<(&'f Location, &'f Finding)>>;

fn is_value(finding: &Finding) -> bool {
    finding.rule.as_str().starts_with(RULE)
}

fn places(finding: &Finding) -> impl Iterator<Item = &Location> {
    std::iter::once(&finding.location).chain(&finding.occurrences)
}

fn spot(location: &Location) -> (&str, Option<&str>) {
    let commit = location.commit.as_ref().map(|commit| commit.id.as_str());
    (location.path.as_str(), commit)
}

fn by_place(found: &[Finding]) -> ByPlace<'_> {
    let mut values = ByPlace::new();
    for finding in found.iter().filter(|finding| is_value(finding)) {
        for place in places(finding) {
            values
                .entry(spot(place))
                .or_default()
                .push((place, finding));
        }
    }
    values
}

/// A value that stands in the same bytes: as the whole leak, in it (the password of an address) or round it.
fn by_value(finding: &Finding, values: &ByPlace<'_>, watch: &Watch) -> Option<Tied> {
    let mut tied: BTreeMap<LeakVerdict, BTreeSet<(String, String)>> = BTreeMap::new();
    for place in places(finding) {
        let here = values.get(&spot(place)).map_or(&[][..], Vec::as_slice);
        for (_, value) in here.iter().filter(|(other, _)| overlap(place, other)) {
            let Some((live, entries)) = watch.entries(&value.rule) else {
                continue;
            };
            let verdict = if live {
                LeakVerdict::Live
            } else {
                LeakVerdict::Rotated
            };
            let name = |known: &&Known| (known.name.clone(), known.environment.clone());
            tied.entry(verdict)
                .or_default()
                .extend(entries.iter().map(name));
        }
    }
    // A leak with a value in it that is in use is live, whatever else is in it.
    let (verdict, names) = tied.pop_first()?;
    Some((verdict, LeakTie::Value, names))
}

fn overlap(one: &Location, other: &Location) -> bool {
    one.start < other.end && other.start < one.end || one.start == other.start
}

/// A credential whose name stands on the line, else one of the kind that the rule finds.
fn by_kind(finding: &Finding, wanted: &[Wanted]) -> Option<Tied> {
    let line = finding
        .snippet
        .as_ref()
        .map_or("", |snippet| snippet.text());
    let rule = finding.rule.as_str();
    let service = service(rule);
    let tests: [Test<'_>; 3] = [
        (LeakTie::Name, &|one| {
            one.keys.iter().any(|key| names(line, key))
        }),
        (LeakTie::Rule, &|one| match one.expect.as_deref() {
            Some(expect) => expect == rule,
            None => suggested_rule(&one.name.to_ascii_uppercase()) == Some(rule),
        }),
        (LeakTie::Rule, &|one| {
            service.is_some_and(|service| one.expect.is_none() && one.has_word(service))
        }),
    ];
    tests.iter().find_map(|(tie, test)| {
        let tied: BTreeSet<_> = wanted
            .iter()
            .filter(|one| test(one))
            .map(|one| (one.name.clone(), one.environment.clone()))
            .collect();
        (!tied.is_empty()).then_some((LeakVerdict::Unknown, *tie, tied))
    })
}

impl Wanted {
    /// Whether its name or its system has this word.
    fn has_word(&self, word: &str) -> bool {
        let texts = [Some(&self.name), self.system.as_ref()];
        texts
            .into_iter()
            .flatten()
            .flat_map(|text| text.split(|letter: char| !letter.is_ascii_alphanumeric()))
            .any(|part| part.eq_ignore_ascii_case(word))
    }
}

/// Whether a name stands in a line as a word of its own.
fn names(line: &str, name: &str) -> bool {
    let part = |letter: Option<char>| {
        letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
    };
    name.len() >= SHORTEST_NAME
        && line.match_indices(name).any(|(at, _)| {
            !part(line[..at].chars().next_back()) && !part(line[at + name.len()..].chars().next())
        })
}

/// The service whose secrets a rule finds; none of rules for any secret.
fn service(rule: &str) -> Option<&str> {
    let first = rule.split('-').next()?;
    (first.len() >= 3 && !ANY.contains(&first)).then_some(first)
}

/// A shorter name stands in a line by chance, in bytes.
const SHORTEST_NAME: usize = 4;
/// First words of rules that tell of no service.
const ANY: [&str; 25] = [
    "generic",
    "credential",
    "private",
    "jwt",
    "json",
    "account",
    "command",
    "sql",
    "hard",
    "powershell",
    "browser",
    "service",
    "auth",
    "encryption",
    "basic",
    "bearer",
    "curl",
    "model",
    "identity",
    "realtime",
    "shipping",
    "htpasswd",
    "netrc",
    "pgpass",
    "putty",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::exposure::tests::known;
    use crate::finding::{Fingerprint, RepoPath, Secret};
    use crate::policy::pack::expand;
    use crate::policy::{Guard, Policy};
    use crate::secrets::Scanner;

    /// All findings of one text, as a pass over a file has them.
    fn pass(watch: &Watch, text: &str) -> Vec<Finding> {
        let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
        let scanner = Scanner::new(&watch.policy(&policy)).expect("the rules can be run");
        let (sightings, _) = scanner.scan(text.as_bytes(), Some("a.txt"), &|_| Vec::new());
        sightings
            .into_iter()
            .map(|sighting| {
                let rule = &scanner.rules().rule(sighting.rule).spec.id;
                let found = Finding::new(
                    rule,
                    Guard::Secrets,
                    sighting.severity,
                    String::new(),
                    Location::file(RepoPath::new("a.txt"), sighting.start, sighting.end),
                    Fingerprint::from_tag(rule, "a.txt", sighting.tag),
                );
                Finding {
                    snippet: Some(sighting.snippet),
                    ..found
                }
            })
            .collect()
    }

    fn wanted(name: &str, expect: Option<&str>) -> Wanted {
        Wanted {
            name: name.into(),
            environment: "staging".into(),
            keys: [name.to_owned()].into(),
            expect: expect.map(str::to_owned),
            system: None,
        }
    }

    #[test]
    fn a_leak_is_live_rotated_or_unknown() {
        let dsn = |password: &str| {
            format!(
                concat!("postgres", "://app:{}@db.acmecorp.io:5432/main"),
                password
            )
        };
        let (live, old, other) = (
            expand("{base62:20}"),
            expand("{base62:21}"),
            expand("{base62:22}"),
        );
        let rotated = Known {
            value: Secret::new(old.as_bytes()),
            rotated: Some(None),
            ..known("DB_PASSWORD", "")
        };
        let watch = Watch::new(vec![
            known("DB_PASSWORD", &live),
            known("APP_URL_SECRET", &dsn(&live)),
            rotated,
        ]);
        let wanted = [
            wanted("DB_PASSWORD", None),
            wanted("APP_DSN", Some("postgres-dsn")),
        ];
        for (text, verdict, tie, names) in [
            (
                dsn(&live),
                LeakVerdict::Live,
                LeakTie::Value,
                vec!["APP_URL_SECRET", "DB_PASSWORD"],
            ),
            (
                dsn(&old),
                LeakVerdict::Rotated,
                LeakTie::Value,
                vec!["DB_PASSWORD"],
            ),
            (
                dsn(&other),
                LeakVerdict::Unknown,
                LeakTie::Rule,
                vec!["APP_DSN"],
            ),
            (
                format!("DB_PASSWORD={other}"),
                LeakVerdict::Unknown,
                LeakTie::Name,
                vec!["DB_PASSWORD"],
            ),
        ] {
            let leaks = Leaks::new(&pass(&watch, &format!("x: 1\n{text}\n")), &watch, &wanted);
            assert_eq!(leaks.rows.len(), 1, "{verdict:?}");
            let row = &leaks.rows[0];
            let found: Vec<_> = row
                .credentials
                .iter()
                .map(|(name, _)| name.as_str())
                .collect();
            assert_eq!((row.verdict, row.tie, found), (verdict, tie, names));
            assert!(!format!("{leaks:?}").contains(&live));
        }
        let token = expand("sbp_{hex:40}");
        let leaks = Leaks::new(
            &pass(&watch, &format!("t = \"{token}\"\n")),
            &watch,
            &wanted,
        );
        assert_eq!((leaks.rows.len(), leaks.unmatched), (0, 1));
    }

    #[test]
    fn services_and_names_are_words() {
        assert!(names("export API_KEY=***", "API_KEY") && names("\"API_KEY\": 1", "API_KEY"));
        assert!(!names("MY_API_KEY=1 API_KEY2=1", "API_KEY") && !names("KEY", "KEY"));
        assert_eq!(service("openai-api-key"), Some("openai"));
        assert_eq!(
            (
                service("generic-secret"),
                service("x-api-secret"),
                service("jwt")
            ),
            (None, None, None)
        );
        assert!(
            wanted("OPENAI_API_KEY", None).has_word("openai")
                && !wanted("OPENAIX", None).has_word("openai")
        );
    }
}
