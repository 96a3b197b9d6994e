//! Whether a value of the vault stands in the repository.
//!
//! Every value becomes a rule of the secrets guard that finds it and nothing else, so that one pass over the work tree or the
//! history looks for all of them, encoded forms included, with the guard's own care for deltas, provenance and masking. In the
//! same pass the guard's own rules tell what else leaked, and [`Leaks`] says what became of it.

mod leaks;
mod password;

pub use leaks::{Leaks, Wanted};

use super::inventory::{Answer, Inventory};
use crate::finding::{Finding, Fingerprint, Location, Secret};
use crate::policy::{Guard, Policy, RuleId, SecretRule, Severity};
use crate::secrets::noise;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A value that is or was in use.
#[derive(Debug, Clone)]
pub struct Known {
    /// The name in the map, or the name in the vault where the map has none.
    pub name: String,
    /// The environment; empty where the map does not know the value.
    pub environment: String,
    /// The place, as [`crate::credentials::StorePlace`] shows it.
    pub place: String,
    /// The name there.
    pub key: String,
    /// The value.
    pub value: Secret,
    /// Whether it is an older version, already rotated; and when it was written, where that is known.
    pub rotated: Option<Option<Timestamp>>,
    /// Whether it is only the password of the address that is the value there.
    pub is_password: bool,
}

/// What is looked for. Its `Debug` counts the values.
#[derive(Default)]
pub struct Watch {
    groups: BTreeMap<String, Vec<Known>>,
    rules: Vec<Arc<SecretRule>>,
    /// How many of the values are only passwords of addresses among the others.
    pub passwords: u64,
    /// Entries whose values are too short or too common to look for.
    pub skipped: u64,
    /// Entries whose values would say something, and cannot be looked for.
    pub left_out: u64,
}

/// The rule of an exposure.
pub const RULE: &str = "credential-exposed";
/// Values shorter than this are not looked for, in bytes.
const SHORTEST: usize = 8;
/// From this length on a value is no placeholder, in bytes.
const LONG: usize = 512;
/// Values looked for in one pass: rules are numbered with sixteen bits, and the guard has some hundred of its own.
const MOST: usize = 60_000;

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch")
            .field("values", &self.rules.len())
            .field("skipped", &self.skipped)
            .field("left_out", &self.left_out)
            .finish_non_exhaustive()
    }
}

impl Watch {
    /// Knows what the stores gave the values of, by the names they have there.
    #[must_use]
    pub fn of(inventory: &Inventory) -> Self {
        let mut known = Vec::new();
        for (place, answer) in &inventory.answers {
            let Answer::Listed(listing) = answer else {
                continue;
            };
            for (key, entry) in &listing.entries {
                known.extend(entry.value.clone().map(|value| Known {
                    name: key.clone(),
                    environment: String::new(),
                    place: place.to_string(),
                    key: key.clone(),
                    value,
                    rotated: None,
                    is_password: false,
                }));
            }
        }
        Self::new(known)
    }

    /// Looks for these; the same value under several names is looked for once.
    #[must_use]
    pub fn new(mut known: Vec<Known>) -> Self {
        let passwords: Vec<Known> = known.iter().filter_map(Known::password).collect();
        known.extend(passwords);
        // Sorted and taken in runs, so that no copy of a value is made that nobody wipes. Of equal ones those come first that are
        // values themselves.
        known.sort_by(|a, b| (a.bytes(), a.is_password).cmp(&(b.bytes(), b.is_password)));
        let mut watch = Self::default();
        for (number, group) in known.chunk_by(|a, b| a.bytes() == b.bytes()).enumerate() {
            watch.add(number, group);
        }
        watch
    }

    /// Looks for one value, which all of the group have.
    fn add(&mut self, number: usize, group: &[Known]) {
        let whole = group.partition_point(|known| !known.is_password);
        // What is a value itself is told as that and no more.
        let group = if whole == 0 { group } else { &group[..whole] };
        let Some(first) = group.first() else {
            return;
        };
        if whole > 0 && !worth(first.bytes(), group) {
            self.skipped += group.len() as u64;
            return;
        }
        // The comment that allows an exposure names the rule without the number.
        let id = format!("{RULE}#{number}");
        let held = Arc::new(Trimmed(first.value.clone()));
        let rule = SecretRule::exact(id.clone(), String::new(), held);
        let Some(rule) = rule.filter(|_| self.rules.len() < MOST) else {
            self.left_out += group.len() as u64;
            return;
        };
        self.passwords += u64::from(whole == 0);
        self.rules.push(Arc::new(match whole {
            0 => rule.part_of_others(),
            _ => rule,
        }));
        self.groups.insert(id, group.to_vec());
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// How many different values are looked for, passwords of addresses among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// The rules that find these values.
    #[must_use]
    pub fn rules(&self) -> &[Arc<SecretRule>] {
        &self.rules
    }

    /// A policy that finds these values too.
    #[must_use]
    pub fn policy(&self, policy: &Policy) -> Policy {
        policy.with(&self.rules)
    }

    /// The entries a finding of the pass is about: those in use, or where there is none those that were; and whether they are
    /// in use. None for a finding of another rule.
    fn entries(&self, rule: &RuleId) -> Option<(bool, Vec<&Known>)> {
        let group = self.groups.get(rule.as_str())?;
        // A value that is in use anywhere is in use.
        let current: Vec<&Known> = group
            .iter()
            .filter(|known| known.rotated.is_none())
            .collect();
        Some(if current.is_empty() {
            (false, group.iter().collect())
        } else {
            (true, current)
        })
    }

    /// The finding of the audit that a finding of the pass is; none for one of another rule. `policy` has the rule's severity.
    #[must_use]
    pub fn finding(&self, found: Finding, policy: &Policy) -> Option<Finding> {
        let (live, shown) = self.entries(&found.rule)?;
        let severity = policy.meta(RULE)?.severity?;
        let names: Vec<String> = shown.iter().map(|known| known.title()).collect();
        let first = shown.first()?;
        let names = names.join(", ");
        let what = if first.is_password {
            "the password in "
        } else {
            ""
        };
        let message = match (live, first.rotated.flatten()) {
            (true, _) => format!("{what}the value in use of {names} stands in the repository"),
            (false, Some(time)) => format!(
                "{what}an older value of {names}, set on {} and rotated since, stands in the repository",
                time.strftime("%Y-%m-%d")
            ),
            (false, None) => {
                format!("{what}an older value of {names}, rotated since, stands in the repository")
            }
        };
        let location = Location {
            store: Some(first.place.clone()),
            key: Some(first.key.clone()),
            ..found.location.clone()
        };
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

impl Known {
    /// The value, without what editors and commands leave round it.
    fn bytes(&self) -> &[u8] {
        trimmed(&self.value)
    }

    /// The password alone, where the value is an address that has one.
    fn password(&self) -> Option<Self> {
        let value = password::of(self.bytes())?;
        Some(Self {
            value,
            is_password: true,
            ..self.clone()
        })
    }

    /// As messages name it.
    fn title(&self) -> String {
        if self.environment.is_empty() {
            format!("`{}` (not in the map)", self.name)
        } else {
            format!("`{}` ({})", self.name, self.environment)
        }
    }
}

/// A value as a rule has it.
struct Trimmed(Secret);

impl AsRef<[u8]> for Trimmed {
    fn as_ref(&self) -> &[u8] {
        trimmed(&self.0)
    }
}

fn trimmed(value: &Secret) -> &[u8] {
    value.expose().trim_ascii()
}

/// Whether a hit would say anything: the value is long enough, and no word, host or address that stands everywhere.
fn worth(value: &[u8], group: &[Known]) -> bool {
    // In a long value every word stands somewhere by chance.
    let short = value.len() < LONG && memchr::memchr(b'\n', value).is_none();
    if value.len() < SHORTEST
        || short && noise::is_placeholder(value)
        || noise::is_repetitive(value)
    {
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
        || std::str::from_utf8(value).is_err()
        || !group.iter().all(|known| plain(&known.name)) && mixed(value)
}

/// Letters beside digits or signs, many different signs, or many of anything: not a word.
fn mixed(value: &[u8]) -> bool {
    let sign = |byte: &&u8| byte.is_ascii_punctuation() && !b"-_./".contains(byte);
    let signs: BTreeSet<u8> = value.iter().filter(sign).copied().collect();
    let letters = value.iter().any(u8::is_ascii_alphabetic);
    let digits = value.iter().any(u8::is_ascii_digit);
    letters && (digits || !signs.is_empty()) || signs.len() >= SHORTEST || value.len() >= 16
}

#[cfg(all(test, target_os = "linux"))]
mod kept;
#[cfg(test)]
mod tests;
