//! `[toolkit]` of `stackguard.toml`: what a team changes in the canon.

use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a team states for itself. What is left out keeps the shipped value; what is given replaces it, or adds to it where said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Globs of the code whose imports are judged.
    pub app_code: Option<Vec<String>>,
    /// Globs of files that may use Redis directly.
    pub redis_allowed: Option<Vec<String>>,
    /// Hosts (globs, with an optional port) a Postgres address may point at; adds to the shipped ones.
    pub supabase_hosts: Option<Vec<String>>,
    /// Globs of prose, in which a command is not a command run.
    pub docs: Option<Vec<String>>,
    /// Globs of code that never runs in production.
    pub tests: Option<Vec<String>>,
    /// Globs of other people's code and of what is built; adds to the shipped ones.
    pub ignored: Option<Vec<String>>,
    /// Names of packages, in any ecosystem, that are fine here; may end in `*`.
    pub allowed_packages: Vec<String>,
    /// Packages that some manifest of the tree must name.
    pub required_packages: Vec<String>,
    /// Further packages that break a rule, in any ecosystem, by rule id; may end in `*`.
    pub forbidden_packages: BTreeMap<String, Vec<String>>,
    /// Schemas that the API serves.
    pub exposed_schemas: Option<Vec<String>>,
    /// The list of MCP servers agents may use, relative to the root.
    pub mcp_allowlist: Option<String>,
    /// MCP servers agents may use, beside those of that list.
    pub mcp_servers: Vec<String>,
}
