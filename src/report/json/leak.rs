//! What leaked before, in the JSON report.

use super::convert::{location, severity};
use super::v1::{LocationV1, SeverityV1};
use crate::report::{LeakRow, LeakTie, LeakVerdict};
use schemars::JsonSchema;
use serde::Serialize;

/// A secret the secrets guard found in the history, and the credential of the map it is tied to.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LeakV1<'a> {
    /// What became of it.
    pub verdict: LeakVerdictV1,
    /// What ties it to the credentials.
    pub by: LeakTieV1,
    /// The credentials it may be of.
    pub credentials: Vec<LeakedV1<'a>>,
    /// Stable id of the rule that found it.
    pub rule: &'a str,
    /// How bad that rule says it is.
    pub severity: SeverityV1,
    /// Where it was first.
    pub location: LocationV1<'a>,
    /// In how many places it stands, the first included.
    pub occurrences: u64,
    /// As `check --history` names it.
    pub fingerprint: &'a str,
}

/// A credential a leak is tied to.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LeakedV1<'a> {
    /// The name in the credential map, or in the vault where the map has none.
    pub name: &'a str,
    /// `staging`, `production` …; null where the map does not know the name.
    pub environment: Option<&'a str>,
}

/// What became of a leaked secret.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum LeakVerdictV1 {
    /// A value that is in use is in it.
    Live,
    /// It was an older version, and is not in use any more.
    Rotated,
    /// It is of the kind of these credentials; no value tells more.
    Unknown,
}

/// What ties a leak to a credential, strongest first.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum LeakTieV1 {
    /// The value itself.
    Value,
    /// The credential's name stands on its line.
    Name,
    /// Its rule finds credentials of that kind.
    Rule,
}

pub(super) fn leak(row: &LeakRow) -> LeakV1<'_> {
    LeakV1 {
        verdict: match row.verdict {
            LeakVerdict::Live => LeakVerdictV1::Live,
            LeakVerdict::Rotated => LeakVerdictV1::Rotated,
            LeakVerdict::Unknown => LeakVerdictV1::Unknown,
        },
        by: match row.tie {
            LeakTie::Value => LeakTieV1::Value,
            LeakTie::Name => LeakTieV1::Name,
            LeakTie::Rule => LeakTieV1::Rule,
        },
        credentials: row
            .credentials
            .iter()
            .map(|(name, environment)| LeakedV1 {
                name,
                environment: Some(environment.as_str()).filter(|name| !name.is_empty()),
            })
            .collect(),
        rule: row.rule.as_str(),
        severity: severity(row.severity),
        location: location(&row.location),
        occurrences: row.more + 1,
        fingerprint: row.fingerprint.as_str(),
    }
}
