//! What a team asks of its apps: `[[fly]]` entries, and which of them holds.
//!
//! Each key is looked up on its own: the most specific entry that sets it wins, then the next, then the shipped
//! defaults of `policies/fly-apps.toml`. Specific means, in this order:
//! 1. an entry of the team before a shipped one;
//! 2. an `app` without wildcards before a glob;
//! 3. more literal characters in `app` (those outside `*`, `?`, `[…]` and `{…}`);
//! 4. more literal characters in `path`, none counting as zero;
//! 5. an entry for some `processes` before one for all;
//! 6. the one further down.
//!
//! A list or table counts as one value: it replaces the less specific one, it does not add to it.

mod configured;
mod pattern;

pub use pattern::Pattern;

use super::model::Stop;
use super::size::Memory;
use crate::policy::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One `[[fly]]` entry.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AppPolicy {
    /// Glob over app names.
    pub app: Pattern,
    /// Glob over the path of the file, relative to the root; none means any.
    pub path: Option<Pattern>,
    /// Globs over process groups; empty means all of them.
    #[serde(default)]
    pub processes: Vec<Pattern>,
    /// Least memory of a machine: `"2gb"`, `"512mb"`; a bare integer is MB.
    #[serde(default, deserialize_with = "memory")]
    #[schemars(with = "Option<String>")]
    pub memory_min: Option<Memory>,
    /// Most memory of a machine.
    #[serde(default, deserialize_with = "memory")]
    #[schemars(with = "Option<String>")]
    pub memory_max: Option<Memory>,
    /// How many machines must keep running when there is no traffic.
    pub machines_min: Option<u32>,
    /// The allowed values of `auto_stop_machines`.
    pub auto_stop: Option<Vec<Stop>>,
    /// Whether a service needs a health check.
    pub health_check: Option<bool>,
    /// The path an HTTP check must ask for.
    #[serde(default, deserialize_with = "absolute")]
    pub health_path: Option<String>,
    /// Whether plain HTTP must be redirected to HTTPS; `false` for apps on a private network.
    pub force_https: Option<bool>,
    /// The allowed values of `primary_region`.
    pub regions: Option<Vec<String>>,
    /// Names that must be in `[env]` or be Fly secrets.
    pub env_required: Option<Vec<String>>,
    /// Values that names in `[env]` must have.
    pub env_equals: Option<BTreeMap<String, Plain>>,
    /// Globs over names that must not be in `[env]`.
    pub env_forbidden: Option<Vec<Pattern>>,
    /// Names that must come from Fly secrets, so must not be in `[env]`.
    pub secrets_required: Option<Vec<String>>,
    /// Where the entry is written: `stackguard.toml:14`.
    #[serde(skip)]
    pub place: String,
}

impl AppPolicy {
    /// Reads the value of a `fly` key: a list of tables. `file` and `text` are for [`AppPolicy::place`].
    ///
    /// # Errors
    /// Every entry that cannot be read, with its span.
    pub fn list(
        value: Spanned<DeValue<'_>>,
        file: &str,
        text: &str,
    ) -> Result<Vec<Self>, Vec<Problem>> {
        let span = value.span();
        let DeValue::Array(items) = value.into_inner() else {
            let help = Some("write `[[fly]]`, with two brackets".to_owned());
            return Err(vec![Problem {
                span,
                message: "expected an array of tables".into(),
                help,
            }]);
        };
        let mut entries = Vec::new();
        let mut problems = Vec::new();
        for item in items {
            let span = item.span();
            match Self::deserialize(toml::de::ValueDeserializer::from(item)) {
                Ok(mut entry) => {
                    let line = 1 + text
                        .bytes()
                        .take(span.start)
                        .filter(|byte| *byte == b'\n')
                        .count();
                    entry.place = format!("{file}:{line}");
                    problems.extend(entry.contradiction().map(|message| Problem {
                        span,
                        message,
                        help: None,
                    }));
                    entries.push(entry);
                }
                Err(error) => problems.push(Problem {
                    span: error.span().unwrap_or(span),
                    message: error.message().to_owned(),
                    help: None,
                }),
            }
        }
        if problems.is_empty() {
            Ok(entries)
        } else {
            Err(problems)
        }
    }

    fn contradiction(&self) -> Option<String> {
        match (self.memory_min, self.memory_max) {
            (Some(least), Some(most)) if least > most => Some(format!(
                "`memory_min` ({least}) is more than `memory_max` ({most})"
            )),
            _ if self.health_check == Some(false) && self.health_path.is_some() => {
                Some("`health_check = false` and a `health_path` contradict each other".into())
            }
            _ => None,
        }
    }

    fn covers(&self, app: &str, path: &str) -> bool {
        self.app.matches(app) && self.path.as_ref().is_none_or(|glob| glob.matches(path))
    }

    fn covers_group(&self, group: &str) -> bool {
        self.processes.is_empty() || self.processes.iter().any(|glob| glob.matches(group))
    }

    fn rank(&self) -> (bool, usize, usize, bool) {
        let path = self.path.as_ref().map_or(0, |glob| glob.literals());
        (
            self.app.is_exact(),
            self.app.literals(),
            path,
            !self.processes.is_empty(),
        )
    }
}

/// All entries, the team's and the shipped ones.
#[derive(Debug)]
pub struct Policies {
    team: Vec<AppPolicy>,
    shipped: Vec<AppPolicy>,
    skip: Vec<Pattern>,
}

/// A value of the policy, and the entry it comes from.
#[derive(Debug, Clone, Copy)]
pub struct Ruling<'p, T> {
    /// The value.
    pub value: T,
    /// The entry.
    pub by: &'p AppPolicy,
    /// Whether the team wrote it.
    pub team: bool,
}

impl Policies {
    /// The team's entries over the shipped ones.
    #[must_use]
    pub fn new(team: Vec<AppPolicy>) -> Self {
        let (shipped, skip) = shipped().expect("a test reads the shipped file");
        Self {
            team,
            shipped,
            skip,
        }
    }

    /// Whether a path is left out by default. A team's entry that names the path brings it back.
    #[must_use]
    pub fn skips(&self, path: &str) -> bool {
        let named = self
            .team
            .iter()
            .any(|entry| entry.path.as_ref().is_some_and(|glob| glob.matches(path)));
        !named && self.skip.iter().any(|glob| glob.matches(path))
    }

    /// What holds for the file at `path` of `app`.
    #[must_use]
    pub fn of<'p>(&'p self, app: &str, path: &str) -> Rulings<'p> {
        let rank = |entries: &'p [AppPolicy], team| {
            let mut found: Vec<_> = entries
                .iter()
                .enumerate()
                .filter(|(_, entry)| entry.covers(app, path))
                .collect();
            found.sort_by_key(|(index, entry)| Reverse((entry.rank(), *index)));
            found.into_iter().map(move |(_, entry)| (entry, team))
        };
        Rulings {
            entries: rank(&self.team, true)
                .chain(rank(&self.shipped, false))
                .collect(),
        }
    }
}

/// The entries that hold for one file, the most specific first.
#[derive(Debug)]
pub struct Rulings<'p> {
    entries: Vec<(&'p AppPolicy, bool)>,
}

impl<'p> Rulings<'p> {
    /// Whether any entry of the team holds.
    #[must_use]
    pub fn any_of_team(&self) -> bool {
        self.entries.iter().any(|(_, team)| *team)
    }

    /// A key for one process group.
    pub fn group<T>(
        &self,
        group: &str,
        pick: impl Fn(&'p AppPolicy) -> Option<T>,
    ) -> Option<Ruling<'p, T>> {
        self.first(|entry| {
            if entry.covers_group(group) {
                pick(entry)
            } else {
                None
            }
        })
    }

    /// A key for the whole app: an entry for some groups holds when the app has one of them.
    pub fn app<T>(
        &self,
        groups: &[&str],
        pick: impl Fn(&'p AppPolicy) -> Option<T>,
    ) -> Option<Ruling<'p, T>> {
        self.first(|entry| {
            if groups.iter().any(|group| entry.covers_group(group)) {
                pick(entry)
            } else {
                None
            }
        })
    }

    fn first<T>(&self, pick: impl Fn(&'p AppPolicy) -> Option<T>) -> Option<Ruling<'p, T>> {
        self.entries
            .iter()
            .find_map(|&(by, team)| pick(by).map(|value| Ruling { value, by, team }))
    }
}

/// A string, integer or boolean of the policy, as the text an app would see.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct Plain(pub String);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Scalar::deserialize(deserializer)? {
            Scalar::Bool(value) => value.to_string(),
            Scalar::Int(value) => value.to_string(),
            Scalar::Text(value) => value,
        }))
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a string, an integer or a boolean")]
enum Scalar {
    Bool(bool),
    Int(i64),
    Text(String),
}

fn memory<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Memory>, D::Error> {
    let Plain(text) = Plain::deserialize(deserializer)?;
    let advice = "write \"512mb\" or \"2gb\"; a bare integer is MB";
    Memory::parse(&text)
        .map(Some)
        .map_err(|error| de::Error::custom(format!("`{text}` {error}: {advice}")))
}

fn absolute<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let path = String::deserialize(deserializer)?;
    if path.starts_with('/') {
        Ok(Some(path))
    } else {
        Err(de::Error::custom(
            "a path of a health check begins with `/`",
        ))
    }
}

/// The entries of the shipped file, and the paths it leaves out.
fn shipped() -> Result<(Vec<AppPolicy>, Vec<Pattern>), Vec<Problem>> {
    const FILE: &str = "policies/fly-apps.toml";
    const TEXT: &str = include_str!("../../../policies/fly-apps.toml");
    let (table, errors) = DeTable::parse_recoverable(TEXT);
    let problem = |span, message: &str| Problem {
        span,
        message: message.to_owned(),
        help: None,
    };
    if !errors.is_empty() {
        return Err(errors
            .iter()
            .map(|error| problem(error.span().unwrap_or(0..0), error.message()))
            .collect());
    }
    let (mut entries, mut skip) = (Vec::new(), Vec::new());
    for (key, value) in table.into_inner() {
        match &**key.get_ref() {
            "fly" => entries = AppPolicy::list(value, FILE, TEXT)?,
            "skip" => {
                let span = value.span();
                skip = Vec::deserialize(toml::de::ValueDeserializer::from(value))
                    .map_err(|error| vec![problem(span, error.message())])?;
            }
            _ => return Err(vec![problem(key.span(), "unknown key")]),
        }
    }
    Ok((entries, skip))
}

#[cfg(test)]
mod tests;
