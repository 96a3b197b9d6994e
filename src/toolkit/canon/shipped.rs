//! The shapes of `policies/toolkit.toml`.

use super::Ecosystem;
use crate::policy::Severity;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Names of packages by ecosystem.
pub(super) type ByEcosystem = BTreeMap<Ecosystem, Vec<String>>;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shipped {
    pub(super) paths: Paths,
    pub(super) supabase: Supabase,
    pub(super) mcp: Mcp,
    pub(super) severity: Weights,
    pub(super) required: Vec<Required>,
    pub(super) version: Vec<Version>,
    pub(super) allowed: ByEcosystem,
    pub(super) category: BTreeMap<String, RawCategory>,
}

/// `[paths]`: globs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paths {
    pub(super) app_code: Vec<String>,
    pub(super) redis_allowed: Vec<String>,
    pub(super) docs: Vec<String>,
    pub(super) tests: Vec<String>,
    pub(super) ignored: Vec<String>,
}

/// `[supabase]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Supabase {
    pub(super) hosts: Vec<String>,
    pub(super) exposed_schemas: Vec<String>,
}

/// `[mcp]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mcp {
    pub(super) allowlist: String,
}

/// `[severity]`: how bad a finding is where it weighs less than the rule says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Only needed to develop: `devDependencies`, groups of that name.
    pub development: Option<Severity>,
    /// In a file that never runs in production.
    pub test: Option<Severity>,
    /// Brought by whoever uses the package.
    pub peer: Option<Severity>,
    /// Used if it is there.
    pub optional: Option<Severity>,
    /// An import of types, gone when compiled.
    pub type_only: Option<Severity>,
    /// A service that only runs while CI does.
    pub ci: Option<Severity>,
    /// A command in instructions for people.
    pub docs: Option<Severity>,
    /// A template of settings: `.env.example`.
    pub example: Option<Severity>,
    /// A Postgres on the developer's own machine.
    pub local: Option<Severity>,
}

/// `[[required]]`: a package that must be there where another one is.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Required {
    /// Whose packages they are.
    pub ecosystem: Ecosystem,
    /// Where one of these is …
    pub when: Vec<String>,
    /// … one of these must be.
    pub need: Vec<String>,
}

/// `[[version]]`: a package that only does from some version on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// Whose packages they are.
    pub ecosystem: Ecosystem,
    /// Their names.
    pub packages: Vec<String>,
    /// Least major version.
    pub least: u64,
    /// The rule an older one breaks.
    pub rule: String,
    /// What to use.
    pub instead: String,
}

/// `[category.NAME]`
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RawCategory {
    pub(super) rule: String,
    pub(super) what: String,
    pub(super) store: String,
    pub(super) instead: String,
    pub(super) exempt: Option<Exempt>,
    pub(super) packages: ByEcosystem,
    pub(super) modules: ByEcosystem,
    pub(super) images: Vec<String>,
    pub(super) allowed_images: Vec<String>,
    pub(super) env: Vec<String>,
    pub(super) schemes: Vec<String>,
    pub(super) dialects: Vec<String>,
    pub(super) commands: Vec<String>,
    pub(super) hosts: Vec<String>,
    pub(super) resources: Vec<String>,
}

/// Paths in which a category is fine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Exempt {
    /// `redis_allowed`
    RedisAllowed,
}
