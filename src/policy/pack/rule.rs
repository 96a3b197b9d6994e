//! What one rule of a pack says. Plain data; what it means is in `secrets/`.

use super::anchor::{self, Anchor};
use super::exact::Value;
use serde::{Deserialize, Serialize};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; public keys, style of policy.
    Low,
    /// Should be fixed.
    Medium,
    /// Must be fixed before merging.
    High,
    /// A live way in: rotate first, then fix.
    Critical,
}

impl Severity {
    /// The word used in every report and in configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// One step less severe; `low` stays `low`.
    #[must_use]
    pub fn lowered(self) -> Self {
        match self {
            Self::Critical => Self::High,
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The question a rule belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Guard {
    /// Leaked credentials.
    Secrets,
    /// The canonical toolkit.
    Toolkit,
    /// fly.toml.
    Fly,
    /// Stores against the credential map.
    Parity,
    /// Rotation and exposure.
    Audit,
    /// The policy itself: exceptions that are unused or out of date.
    Policy,
}

impl Guard {
    /// The word used in every report and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Secrets => "secrets",
            Self::Toolkit => "toolkit",
            Self::Fly => "fly",
            Self::Parity => "parity",
            Self::Audit => "audit",
            Self::Policy => "policy",
        }
    }
}

impl std::fmt::Display for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `[[rule]]`: the words for a check whose condition is written in code (toolkit, fly, policy).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodedRule {
    /// Stable id; names the bad thing.
    pub id: String,
    /// Which guard reports it.
    pub guard: Guard,
    /// One line: what was found.
    pub summary: String,
    /// How bad it is unless configuration says otherwise.
    pub severity: Severity,
    /// Why it matters, a sentence or two.
    #[serde(default)]
    pub why: String,
    /// What to do instead.
    pub help: String,
    /// Where the facts come from.
    #[serde(default)]
    pub references: Vec<String>,
}

/// Least Shannon entropy of a secret, in bits per byte.
pub type Entropy = f32;

/// `near`: words one of which must stand close to a token that has no shape of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Near {
    /// Words, compared without case.
    pub any: Vec<String>,
    /// How many lines away a word may stand; 0 is the same line.
    pub lines: u32,
}

/// How a rule finds its secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Matcher {
    /// A regular expression with literals of its own; group 1 or `secret` is the secret.
    Pattern(String),
    /// The value of an assignment whose name holds all words of one entry.
    Assigned {
        /// Each entry is a set of words separated by spaces: `"twilio auth token"`.
        names: Vec<String>,
        /// The whole value must match this; none means "anything that looks like a credential".
        value: Option<String>,
    },
    /// A quoted value in a sentence that names one of these nouns.
    Prose(Vec<String>),
    /// One value, as it is or escaped; never written in a pack.
    #[serde(skip)]
    Exact(Value),
}

/// `[[secret]]`: one kind of secret. Its `Debug` shows the id only: the literals of a rule for one value are parts of it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct SecretRule {
    /// Stable id; names what leaked.
    pub id: String,
    /// One line: what it is.
    pub summary: String,
    /// How bad a leak is.
    pub severity: Severity,
    /// How it is found.
    pub matcher: Matcher,
    /// Least entropy of the secret, bits per byte.
    pub entropy: Option<Entropy>,
    /// Named checks in code, run in order: `checksum:crc32-base62`, `jwt`, `dsn`, `pem` …
    pub checks: Vec<String>,
    /// Words that must stand close by.
    pub near: Option<Near>,
    /// Bytes a match may reach past its literal; patterns without an upper bound stop there.
    pub reach: Option<u32>,
    /// Globs of paths the rule looks at; empty means all.
    pub paths: Vec<String>,
    /// Why a leak of this matters.
    pub why: String,
    /// How to rotate it.
    pub rotate: String,
    /// Where the facts come from.
    pub references: Vec<String>,
    /// Examples that must match; `{alphabet:n}` expands from a fixed seed.
    pub leaks: Vec<String>,
    /// Examples that must not match.
    pub safe: Vec<String>,
    /// Literals one of which every match holds; derived, never written.
    pub anchors: Vec<Anchor>,
}

impl std::fmt::Debug for SecretRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecretRule")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The fields of `[[secret]]` as a pack writes them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSecret {
    id: String,
    summary: String,
    severity: Severity,
    pattern: Option<String>,
    names: Option<Vec<String>>,
    value: Option<String>,
    prose: Option<Vec<String>>,
    entropy: Option<Entropy>,
    #[serde(default)]
    check: Checks,
    near: Option<Near>,
    reach: Option<u32>,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    why: String,
    rotate: String,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    leaks: Vec<String>,
    #[serde(default)]
    safe: Vec<String>,
}

/// `check = "a"` or `check = ["a", "b"]`.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum Checks {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

impl Checks {
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::None => Vec::new(),
            Self::One(name) => vec![name],
            Self::Many(names) => names,
        }
    }
}

impl RawSecret {
    /// Turns what was written into a rule: one way of matching, examples both ways, literals derived.
    ///
    /// # Errors
    /// What is wrong with the rule, and what to do about it.
    pub(super) fn finish(self) -> Result<SecretRule, (String, Option<String>)> {
        let id = self.id;
        let advice = |help: &str| Some(help.to_owned());
        if id.is_empty()
            || !id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        {
            return Err((
                format!("rule id `{id}` is not in kebab-case"),
                advice("use lower-case letters, digits and `-`, and name what leaked"),
            ));
        }
        let matcher = match (self.pattern, self.names, self.prose) {
            (Some(pattern), None, None) if self.value.is_none() => Matcher::Pattern(pattern),
            (None, Some(names), None) => Matcher::Assigned {
                names,
                value: self.value,
            },
            (None, None, Some(words)) if self.value.is_none() => Matcher::Prose(words),
            _ => {
                return Err((
                    format!("rule `{id}` does not say in one way what it matches"),
                    advice(
                        "give either `pattern`, or `names` (with an optional `value`), or `prose`",
                    ),
                ));
            }
        };
        if self.leaks.is_empty() || self.safe.is_empty() {
            return Err((
                format!("rule `{id}` has no examples to prove it"),
                advice("give at least one string in `leaks` and one in `safe`"),
            ));
        }
        let anchors = anchor::derive(&matcher, self.near.as_ref(), self.reach)
            .map_err(|why| (format!("rule `{id}`: {}", why.message), Some(why.help)))?;
        Ok(SecretRule {
            id,
            summary: self.summary,
            severity: self.severity,
            matcher,
            entropy: self.entropy,
            checks: self.check.into_vec(),
            near: self.near,
            reach: self.reach,
            paths: self.paths,
            why: self.why,
            rotate: self.rotate,
            references: self.references,
            leaks: self.leaks,
            safe: self.safe,
            anchors,
        })
    }
}
