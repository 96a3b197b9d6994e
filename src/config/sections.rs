//! `[toolkit]`, `[[fly]]`, `[credentials]` and `[stores]` as the file writes them.
//!
//! What a key means is the business of the guard that reads it; here it has a type and a line.

use super::values::{
    AutoStop, GithubRepository, Memory, NameGlob, PathGlob, Region, ServerAddress, UrlPath,
    VariableName, Words,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A section or an entry, and where it stands, so that findings can cite the line that decided them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Placed<T> {
    /// What it says.
    pub value: T,
    /// The 1-based line of its header; 0 when the file has no such section.
    pub line: u32,
    /// The 1-based line of each key it gives.
    pub keys: BTreeMap<String, u32>,
}

impl<T> Placed<T> {
    /// The line of a key; the header's where the key is not given.
    #[must_use]
    pub fn line_of(&self, key: &str) -> u32 {
        self.keys.get(key).copied().unwrap_or(self.line)
    }
}

/// `[[fly]]`: what the apps of that name need. What is left out is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["app"]))]
pub struct FlyApp {
    /// Glob over app names; the most specific entry wins.
    pub app: Option<NameGlob>,
    /// Glob over the file's path, for apps of one name in several places.
    pub path: Option<PathGlob>,
    /// Globs over process groups; the entry is for these only.
    pub processes: Option<Vec<NameGlob>>,
    /// Least memory of a machine: "2gb", "512mb", or MiB as a number.
    pub memory_min: Option<Memory>,
    /// Most memory of a machine.
    pub memory_max: Option<Memory>,
    /// Least number of machines kept running.
    pub machines_min: Option<u32>,
    /// What may be done with machines nobody uses.
    pub auto_stop: Option<Vec<AutoStop>>,
    /// Whether a service needs a health check; yes by default.
    pub health_check: Option<bool>,
    /// The path a health check must ask for.
    pub health_path: Option<UrlPath>,
    /// Whether plain HTTP must be redirected; yes by default, `false` for apps on a private network.
    pub force_https: Option<bool>,
    /// Regions the app may run in.
    pub regions: Option<Vec<Region>>,
    /// Variables that must be set, in `[env]` or as Fly secrets.
    pub env_required: Option<Vec<VariableName>>,
    /// Variables of `[env]` that must have this value.
    pub env_equals: Option<BTreeMap<VariableName, String>>,
    /// Globs over variables that must not be in `[env]`.
    pub env_forbidden: Option<Vec<NameGlob>>,
    /// Variables that must be Fly secrets, and so not in `[env]`.
    pub secrets_required: Option<Vec<VariableName>>,
}

/// `[credentials]`: which credentials there are.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Credentials {
    /// The credential map, Markdown or TOML, relative to this file.
    pub map: Option<Words>,
    /// How many minutes older than the vault's version a copy may be; 5 by default.
    pub tolerance_minutes: Option<u32>,
    /// How many days ahead a due rotation is told of; 14 by default.
    pub notice_days: Option<u32>,
}

/// `[stores]`: where credentials are kept.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Stores {
    /// The vault.
    pub vault: Option<VaultStore>,
    /// GitHub environments.
    pub github: Option<GithubStore>,
    /// Fly app secrets.
    pub fly: Option<FlyStore>,
}

/// `[stores.vault]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VaultStore {
    /// What kind of vault it is; a directory of files by default.
    pub kind: VaultKind,
    /// The directory of files, from the top of the repository; "vault" by default.
    pub path: Option<Words>,
    /// Where the server listens: "https://vault.example.com:8200". `BAO_ADDR` or `VAULT_ADDR` wins, and is needed unless
    /// the file is named with `--config`: a repository does not decide where credentials go.
    pub address: Option<ServerAddress>,
    /// The namespace. `BAO_NAMESPACE` or `VAULT_NAMESPACE` wins.
    pub namespace: Option<Words>,
    /// The mount of the KV engine, for a token that may not ask; else the first part of each path.
    pub mount: Option<Words>,
    /// A PEM file with the authorities to trust in place of the system's, relative to this file.
    /// `BAO_CACERT` or `VAULT_CACERT` wins, and is needed unless the file is named with `--config`.
    pub ca_cert: Option<Words>,
    /// How to sign in; with a token by default.
    pub auth: VaultAuth,
    /// Where that method is mounted; "approle", "kubernetes" or "jwt" by default.
    pub auth_mount: Option<Words>,
    /// The role to sign in as; with AppRole its role ID, for which `BAO_ROLE_ID` or `VAULT_ROLE_ID` wins.
    pub role: Option<Words>,
    /// The audience to ask GitHub Actions for; GitHub's own default otherwise.
    pub audience: Option<Words>,
    /// The file with the service account's token; where Kubernetes puts it by default. `BAO_JWT_FILE` or `VAULT_JWT_FILE`
    /// wins, and is needed for one outside of this file's directory unless the file is named with `--config`.
    pub jwt_file: Option<Words>,
    /// Whether values may be read; by default they are where the server's policy allows it.
    pub read_values: Option<bool>,
}

/// How to sign in to HashiCorp Vault or OpenBao. Tokens and secret IDs come from the environment, never from here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VaultAuth {
    /// A token: `BAO_TOKEN`, `VAULT_TOKEN` or `~/.vault-token`.
    #[default]
    Token,
    /// AppRole; the secret ID is in `BAO_SECRET_ID` or `VAULT_SECRET_ID`.
    Approle,
    /// The service account of a Kubernetes pod.
    Kubernetes,
    /// The OIDC token of a GitHub Actions job.
    Github,
}

/// The kinds of vault.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VaultKind {
    /// Files of a directory that git ignores.
    #[default]
    Directory,
    /// HashiCorp Vault or OpenBao.
    Hashicorp,
}

/// `[stores.github]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GithubStore {
    /// The repository whose environments hold the secrets: "owner/name".
    pub repository: Option<GithubRepository>,
    /// The REST API of a GitHub Enterprise server: "https://github.example.com/api/v3". `GITHUB_API_URL` and `GH_HOST`
    /// are used where it is not given. It names the server only: which servers may see a token, the environment says,
    /// or who names the file with `--config`.
    pub api_url: Option<ServerAddress>,
}

/// `[stores.fly]`
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct FlyStore {
    /// The slug of the organisation whose apps the map names. With a token for all of it, an app that is not there
    /// can be told from one the token may not see.
    pub organization: Option<Words>,
}
