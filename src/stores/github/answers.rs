//! What the API answers, as far as it is used. A variable's value is never read out of its answer.
//!
//! Shapes: <https://docs.github.com/en/rest/actions/secrets>, <https://docs.github.com/en/rest/actions/variables>,
//! <https://docs.github.com/en/rest/deployments/environments>.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

/// `GET /repos/{owner}/{repo}`
#[derive(Debug, Deserialize)]
pub(super) struct Repository {
    /// What it is called now.
    pub full_name: String,
    /// Whose it is.
    pub owner: Owner,
}

/// The owner of a repository.
#[derive(Debug, Deserialize)]
pub(super) struct Owner {
    /// `User` or `Organization`.
    #[serde(rename = "type", default)]
    pub kind: String,
}

/// One page of a list.
pub(super) trait Page {
    /// How many there are on all pages, and what is on this one.
    fn parts(self) -> (u64, Vec<Named>);
}

/// A page of secrets.
#[derive(Debug, Deserialize)]
pub(super) struct Secrets {
    total_count: u64,
    secrets: Vec<Named>,
}

/// A page of variables.
#[derive(Debug, Deserialize)]
pub(super) struct Variables {
    total_count: u64,
    variables: Vec<Named>,
}

impl Page for Secrets {
    fn parts(self) -> (u64, Vec<Named>) {
        (self.total_count, self.secrets)
    }
}

impl Page for Variables {
    fn parts(self) -> (u64, Vec<Named>) {
        (self.total_count, self.variables)
    }
}

/// A secret or a variable.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Named {
    /// Its name, in upper case.
    #[serde(deserialize_with = "name")]
    pub name: String,
    /// When it was last set.
    #[serde(default, deserialize_with = "time")]
    pub updated_at: Option<Timestamp>,
}

/// `GET …/environments/{environment}`
#[derive(Debug, Deserialize)]
pub(super) struct Environment {
    /// What must happen before a job may use it.
    #[serde(default)]
    pub protection_rules: Vec<ProtectionRule>,
    /// Which branches may deploy; none for all.
    pub deployment_branch_policy: Option<BranchPolicy>,
}

/// One rule of an environment.
#[derive(Debug, Deserialize)]
pub(super) struct ProtectionRule {
    /// `wait_timer`, `required_reviewers`, `branch_policy` …
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Who may approve.
    #[serde(default)]
    pub reviewers: Vec<Reviewer>,
}

/// Somebody who may approve.
#[derive(Debug, Deserialize)]
pub(super) struct Reviewer {}

/// Which branches may deploy.
#[derive(Debug, Deserialize)]
pub(super) struct BranchPolicy {
    /// Protected ones.
    #[serde(default)]
    pub protected_branches: bool,
    /// Those of a list.
    #[serde(default)]
    pub custom_branch_policies: bool,
}

/// Names are not case-sensitive and kept in upper case. One that is no name is no answer of GitHub
/// (<https://docs.github.com/en/actions/reference/security/secrets#naming-your-secrets>).
fn name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let name = String::deserialize(from)?;
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(good) {
        return Err(serde::de::Error::custom("no name"));
    }
    Ok(name.to_ascii_uppercase())
}

fn time<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| {
        text.parse()
            .map_err(|_| serde::de::Error::custom("no time"))
    })
    .transpose()
}

/// Longer than any GitHub takes.
const LONGEST_NAME: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_upper_case_and_names() {
        let read = |name: &str| {
            let json = serde_json::json!({"name": name, "updated_at": "2026-01-02T03:04:05Z", "value": "v"});
            serde_json::from_value::<Named>(json).map(|named| named.name)
        };
        assert_eq!(read("api_Key").ok().as_deref(), Some("API_KEY"));
        for bad in ["", "A B", "A-B", "Ä", "A\u{1b}[2J", &"A".repeat(513)] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_are_read_or_refused() {
        let read = |json| serde_json::from_value::<Named>(json).map(|named| named.updated_at);
        let time =
            read(serde_json::json!({"name": "A", "updated_at": "2026-01-02T03:04:05+01:00"}));
        assert_eq!(
            time.expect("a time")
                .map(|time| time.to_string())
                .as_deref(),
            Some("2026-01-02T02:04:05Z")
        );
        assert_eq!(
            read(serde_json::json!({"name": "A"})).expect("no time"),
            None
        );
        assert_eq!(
            read(serde_json::json!({"name": "A", "updated_at": null})).expect("no time"),
            None
        );
        assert!(read(serde_json::json!({"name": "A", "updated_at": "yesterday"})).is_err());
    }
}
