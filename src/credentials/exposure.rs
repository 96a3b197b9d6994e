//! Whether a value of the vault stands in the repository.
//!
//! Every value becomes a rule of the secrets guard that finds it and nothing else, so that one pass over the work tree or the
//! history looks for all of them, encoded forms included, with the guard's own care for deltas, provenance and masking. The
//! guard's other rules stay silent in that pass; what they know to be a secret is still not shown.

use crate::finding::{Finding, Fingerprint, Secret};
use crate::policy::{Guard, Policy, RuleId, SecretRule, Severity};
use crate::secrets::noise;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A value that is or was in use.
#[derive(Debug, Clone)]
pub struct Known {
    /// The name in the map.
    pub name: String,
    /// The environment.
    pub environment: String,
    /// The place, as [`crate::credentials::StorePlace`] shows it.
    pub place: String,
    /// The name there.
    pub key: String,
    /// The value.
    pub value: Secret,
    /// Whether it is an older version, already rotated; and when it was written, where that is known.
    pub rotated: Option<Option<Timestamp>>,
}

/// What is looked for.
#[derive(Debug, Default)]
pub struct Watch {
    groups: BTreeMap<String, Vec<Known>>,
    rules: Vec<SecretRule>,
    /// Values that were too short or too common to look for.
    pub skipped: u64,
}

/// The rule of an exposure.
pub const RULE: &str = "credential-exposed";
/// Values shorter than this are not looked for, in bytes.
const SHORTEST: usize = 8;

impl Watch {
    /// Looks for these; the same value under several names is looked for once.
    #[must_use]
    pub fn new(known: Vec<Known>) -> Self {
        let mut by_value: BTreeMap<Vec<u8>, Vec<Known>> = BTreeMap::new();
        for one in known {
            by_value
                .entry(one.value.expose().to_vec())
                .or_default()
                .push(one);
        }
        let mut watch = Self::default();
        for (number, (value, group)) in by_value.into_iter().enumerate() {
            let value = zeroize::Zeroizing::new(value);
            let id = format!("{RULE}-{number}");
            let text = std::str::from_utf8(&value)
                .ok()
                .filter(|_| worth(&value, &group));
            match text
                .and_then(|text| SecretRule::exact(id.clone(), String::new(), text.trim()).ok())
            {
                Some(rule) => {
                    watch.rules.push(rule);
                    watch.groups.insert(id, group);
                }
                None => watch.skipped += group.len() as u64,
            }
        }
        watch
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// How many values are looked for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// A policy that reports these values only.
    #[must_use]
    pub fn policy(&self, policy: &Policy) -> Policy {
        policy.only(&self.rules)
    }

    /// The finding of the audit that a finding of the pass is; none for one of another rule. `policy` has the rule's severity.
    #[must_use]
    pub fn finding(&self, found: Finding, policy: &Policy) -> Option<Finding> {
        let group = self.groups.get(found.rule.as_str())?;
        let severity = policy.meta(RULE)?.severity?;
        // A value that is in use anywhere is in use.
        let current: Vec<&Known> = group
            .iter()
            .filter(|known| known.rotated.is_none())
            .collect();
        let live = !current.is_empty();
        let shown = if live {
            current
        } else {
            group.iter().collect()
        };
        let names: Vec<String> = shown
            .iter()
            .map(|known| format!("`{}` ({})", known.name, known.environment))
            .collect();
        let first = shown.first()?;
        let message = match (live, first.rotated.flatten()) {
            (true, _) => format!(
                "the value in use of {} stands in the repository",
                names.join(", ")
            ),
            (false, Some(time)) => format!(
                "an older value of {}, set on {} and rotated since, stands in the repository",
                names.join(", "),
                time.strftime("%Y-%m-%d")
            ),
            (false, None) => format!(
                "an older value of {}, rotated since, stands in the repository",
                names.join(", ")
            ),
        };
        let mut location = found.location.clone();
        location.store = Some(first.place.clone());
        location.key = Some(first.key.clone());
        let tag: Fingerprint = found.fingerprint.moved(RULE, found.location.path.as_str());
        Some(Finding {
            rule: RuleId::new(RULE),
            guard: Guard::Audit,
            severity: if live { severity } else { Severity::Low },
            message,
            help: (!live).then(|| "Nothing has to be rotated. Remove the line, so that nobody takes it for the current value.".to_owned()),
            location,
            fingerprint: tag,
            ..found
        })
    }
}

/// Whether a hit would say anything: the value is long enough, and no word, host or address that stands everywhere.
fn worth(value: &[u8], group: &[Known]) -> bool {
    let value = value.trim_ascii();
    if value.len() < SHORTEST || noise::is_placeholder(value) || noise::is_repetitive(value) {
        return false;
    }
    let address = memchr::memmem::find(value, b"://").is_some();
    if address {
        // An address is a secret by what stands before its `@`, or by a long path.
        return memchr::memchr(b'@', value).is_some()
            || value
                .split(|byte| b"/?&=".contains(byte))
                .any(|part| part.len() >= 16 && noise::is_random(part));
    }
    let plain = |name: &str| super::value::is_public(name);
    noise::is_random(value)
        || memchr::memchr(b'\n', value).is_some()
        || !group.iter().all(|known| plain(&known.name)) && mixed(value)
}

/// Letters and digits, or many different signs: not a word.
fn mixed(value: &[u8]) -> bool {
    let digits = value.iter().any(u8::is_ascii_digit);
    let letters = value.iter().any(u8::is_ascii_alphabetic);
    digits && letters || value.len() >= 16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack::expand;
    use crate::secrets::Scanner;
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    fn known(name: &str, value: &str) -> Known {
        Known {
            name: name.into(),
            environment: "staging".into(),
            place: "vault:vault/a.env".into(),
            key: name.into(),
            value: Secret::new(value.as_bytes()),
            rotated: None,
        }
    }

    /// What is found of one value in a text.
    fn found(watch: &Watch, text: &str) -> usize {
        let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
        let scanner = Scanner::new(&watch.policy(&policy)).expect("the rules can be run");
        let (sightings, _) = scanner.scan(text.as_bytes(), Some("a.txt"), &|_| Vec::new());
        for sighting in &sightings {
            assert!(
                !sighting.snippet.text().contains(text.trim()),
                "a snippet shows the value"
            );
        }
        sightings.len()
    }

    #[test]
    fn a_value_is_found_in_every_form() {
        let values = [
            expand("{base62:24}"),
            expand("{base62:9}/+{base62:9}=\"{base62:9}"),
            expand(concat!(
                "postgresql",
                "://postgres.abc:{base62:12}%40{base62:5}@db.abc.supabase.co:5432/postgres?x=1&y=2"
            )),
            expand("{hex:40}"),
            expand("-----BEGIN KEY-----\n{base64:64}\n{base64:30}\n-----END KEY-----"),
            expand("{base62:20} {base62:20}\u{e9}"),
        ];
        for value in &values {
            let watch = Watch::new(vec![known("API_KEY", value)]);
            assert_eq!((watch.len(), watch.skipped), (1, 0));
            let json = serde_json::to_string(value).expect("text");
            let escaped = json.replace('/', "\\/");
            let percent: String = value
                .bytes()
                .map(|byte| {
                    if byte.is_ascii_alphanumeric() {
                        char::from(byte).to_string()
                    } else {
                        format!("%{byte:02X}")
                    }
                })
                .collect();
            let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
            let mut texts = vec![
                format!("x = {value}\n"),
                json,
                escaped,
                format!("url?k={percent}"),
                format!(
                    "url?k={}",
                    percent
                        .to_ascii_lowercase()
                        .replace(&value.to_ascii_lowercase(), "")
                ),
                format!("h: {hex}"),
                format!("h: {}", hex.to_uppercase()),
            ];
            texts.remove(4);
            for lead in ["", "a", "ab"] {
                texts.push(format!(
                    "k: {}",
                    STANDARD.encode(format!("{lead}{value} more"))
                ));
                texts.push(format!(
                    "k: {}",
                    URL_SAFE_NO_PAD.encode(format!("{lead}{value}"))
                ));
            }
            for (number, text) in texts.iter().enumerate() {
                assert!(found(&watch, text) >= 1, "form {number} of {}", value.len());
            }
            assert_eq!(
                found(
                    &watch,
                    &format!(
                        "x = {}\n",
                        &value[..value.char_indices().next_back().map_or(0, |(at, _)| at)]
                    )
                ),
                0
            );
        }
    }

    #[test]
    fn what_would_be_found_everywhere_is_skipped() {
        for (name, value, skipped) in [
            ("API_KEY", expand("{base62:7}"), true),
            ("API_KEY", "changeme123".into(), true),
            ("APP_URL", "https://app.acme.dev/login".into(), true),
            (
                "REDIS_URL",
                expand(concat!("redis", "://default:{base62:16}@x.upstash.io:6379")),
                false,
            ),
            ("REGION", "eu-central-1".into(), true),
            (
                "POSTGRES_PASSWORD",
                expand(concat!("correct", "{digit:2}horse")),
                false,
            ),
            (
                "HOOK_URL",
                expand("https://hooks.acme.dev/{base62:32}"),
                false,
            ),
        ] {
            let watch = Watch::new(vec![known(name, &value)]);
            assert_eq!(watch.skipped == 1, skipped, "{name}");
            assert_eq!(watch.is_empty(), skipped, "{name}");
        }
    }

    #[test]
    fn the_same_value_is_one_rule_and_the_live_one_counts() {
        let value = expand("{base62:24}");
        let old = Known {
            rotated: Some(None),
            ..known("OLD", &value)
        };
        let watch = Watch::new(vec![
            old.clone(),
            known("NEW", &value),
            known("ALSO", &value),
        ]);
        assert_eq!(watch.len(), 1);
        let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
        let finding = |watch: &Watch| {
            let found = Finding {
                rule: RuleId::new("credential-exposed-0"),
                guard: Guard::Secrets,
                severity: Severity::Critical,
                message: String::new(),
                location: crate::finding::Location::whole(crate::finding::RepoPath::new("a")),
                snippet: None,
                fingerprint: Fingerprint::new("credential-exposed-0", "a", value.as_bytes()),
                occurrences: Vec::new(),
                help: None,
                decided_by: None,
                known: false,
            };
            watch.finding(found, &policy).expect("its own rule")
        };
        let live = finding(&watch);
        assert_eq!(
            (live.severity, live.message.as_str()),
            (
                Severity::Critical,
                "the value in use of `NEW` (staging), `ALSO` (staging) stands in the repository"
            )
        );
        assert_eq!(
            live.fingerprint,
            Fingerprint::new(RULE, "a", value.as_bytes())
        );
        let rotated = finding(&Watch::new(vec![old]));
        assert_eq!(rotated.severity, Severity::Low);
        assert!(rotated.message.contains("rotated since"));
        assert!(
            !format!("{watch:?}{live:?}").contains(&value) || !format!("{live:?}").contains(&value)
        );
    }
}
