//! What is allowed and what is not: rules, severities and exceptions, as validated data.
//!
//! Shipped rules are the TOML files of `policies/`, embedded by the build script; a user's packs
//! come through the same parser. Rooms that judge (`secrets`, `toolkit`, `fly`) take from here the
//! words, severities and exceptions, and give back findings.

pub mod allow;
pub mod baseline;
mod builtin;
pub mod inline;
pub mod masking;
pub mod pack;
pub mod pattern;

pub use builtin::embedded;
pub use pack::{CodedRule, Guard, Matcher, Problem, SecretRule, Severity};

use std::collections::BTreeMap;
use std::sync::Arc;

/// The name of a rule, stable across versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(Arc<str>);

impl RuleId {
    /// A rule id from its text.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self(Arc::from(id))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An id is compared and ordered as its text is, so that it can be looked up without making one.
impl std::borrow::Borrow<str> for RuleId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RuleId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// What reports say of a rule, whichever guard it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleMeta {
    /// Stable id.
    pub id: RuleId,
    /// Which guard reports it.
    pub guard: Guard,
    /// One line: what was found.
    pub summary: String,
    /// How bad it is, after configuration; `None` when it is switched off.
    pub severity: Option<Severity>,
    /// Why it matters.
    pub why: String,
    /// How to rotate the secret, or what to use instead.
    pub help: String,
    /// Where the facts come from.
    pub references: Vec<String>,
    /// The pack it was read from.
    pub pack: Arc<str>,
}

/// All rules in force, validated.
#[derive(Debug)]
pub struct Policy {
    metas: BTreeMap<RuleId, RuleMeta>,
    secrets: Vec<Arc<SecretRule>>,
    /// Of a policy whose rules hold values: what is clean of them must be remembered nowhere, and their digest known to no one.
    nonce: Option<u64>,
}

/// Two rules of the same name, or a severity for a rule that does not exist.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum PolicyError {
    /// The same id twice.
    #[error("rule `{id}` is defined in {first} and again in {second}")]
    Duplicate {
        /// The id.
        id: String,
        /// The pack that defined it first.
        first: String,
        /// The pack that defined it again.
        second: String,
    },
}

impl RuleMeta {
    /// What is said of a rule of the secrets guard.
    fn of(rule: &SecretRule, pack: &Arc<str>) -> Self {
        Self {
            id: RuleId::new(&rule.id),
            guard: Guard::Secrets,
            summary: rule.summary.clone(),
            severity: Some(rule.severity),
            why: rule.why.clone(),
            help: rule.rotate.clone(),
            references: rule.references.clone(),
            pack: Arc::clone(pack),
        }
    }
}

impl Policy {
    /// Puts packs together, in order.
    ///
    /// # Errors
    /// Every id that is defined twice.
    pub fn new(packs: Vec<(String, pack::Pack)>) -> Result<Self, Vec<PolicyError>> {
        let mut metas: BTreeMap<RuleId, RuleMeta> = BTreeMap::new();
        let mut secrets = Vec::new();
        let mut errors = Vec::new();
        for (name, pack) in packs {
            let name: Arc<str> = name.into();
            let coded = pack.coded.into_iter().map(|rule| RuleMeta {
                id: RuleId::new(&rule.id),
                guard: rule.guard,
                summary: rule.summary,
                severity: Some(rule.severity),
                why: rule.why,
                help: rule.help,
                references: rule.references,
                pack: name.clone(),
            });
            let found = pack.secrets.iter().map(|rule| RuleMeta::of(rule, &name));
            for meta in coded.chain(found) {
                if let Some(old) = metas.get(&meta.id) {
                    errors.push(PolicyError::Duplicate {
                        id: meta.id.to_string(),
                        first: old.pack.to_string(),
                        second: name.to_string(),
                    });
                } else {
                    metas.insert(meta.id.clone(), meta);
                }
            }
            secrets.extend(pack.secrets.into_iter().map(Arc::new));
        }
        if errors.is_empty() {
            Ok(Self {
                metas,
                secrets,
                nonce: None,
            })
        } else {
            Err(errors)
        }
    }

    /// The same policy with rules made for this run. What is clean of them is remembered nowhere.
    #[must_use]
    pub fn with(&self, rules: &[Arc<SecretRule>]) -> Self {
        use std::hash::BuildHasher as _;
        let mut metas = self.metas.clone();
        metas.extend(rules.iter().map(|rule| {
            let meta = RuleMeta::of(rule, &Arc::from(""));
            (meta.id.clone(), meta)
        }));
        Self {
            metas,
            secrets: rules
                .iter()
                .cloned()
                .chain(self.secrets.iter().cloned())
                .collect(),
            nonce: Some(std::hash::RandomState::new().hash_one("with")),
        }
    }

    /// All rules, by id.
    pub fn metas(&self) -> impl Iterator<Item = &RuleMeta> {
        self.metas.values()
    }

    /// What is known of one rule.
    #[must_use]
    pub fn meta(&self, id: &str) -> Option<&RuleMeta> {
        self.metas.get(id)
    }

    /// Changes the severity of one rule; `None` switches it off. False when there is no such rule.
    pub fn set_severity(&mut self, id: &str, severity: Option<Severity>) -> bool {
        match self.metas.get_mut(id) {
            Some(meta) => {
                meta.severity = severity;
                true
            }
            None => false,
        }
    }

    /// The secret rules that are not switched off.
    pub fn secrets(&self) -> impl Iterator<Item = &Arc<SecretRule>> {
        self.secrets.iter().filter(|rule| {
            self.meta(&rule.id)
                .is_some_and(|meta| meta.severity.is_some())
        })
    }

    /// Every secret rule, and whether it is in force: one that is switched off reports nothing, but what it knows to be
    /// a secret is still not shown.
    pub fn all_secrets(&self) -> impl Iterator<Item = (&Arc<SecretRule>, bool)> {
        self.secrets.iter().map(|rule| {
            let on = self
                .meta(&rule.id)
                .is_some_and(|meta| meta.severity.is_some());
            (rule, on)
        })
    }

    /// A digest of the program's version and every rule in force: what was clean under one digest need not be
    /// under another. A rule that is switched on again changes it. Computed when asked for, as a hook has no use for it.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        use sha2::Digest as _;
        let mut digest = sha2::Sha256::new();
        digest.update(env!("CARGO_PKG_VERSION"));
        if let Some(nonce) = self.nonce {
            digest.update(nonce.to_be_bytes());
            return digest.finalize().into();
        }
        for rule in &self.secrets {
            digest.update(postcard::to_allocvec(rule).unwrap_or_default());
        }
        // What the words of checks in code mean is fixed by the version.
        for meta in self.metas.values() {
            digest.update(meta.id.as_str());
            digest.update([0, u8::from(meta.severity.is_some())]);
        }
        digest.finalize().into()
    }
}
