//! Things known by name that are not part of the canon.

use super::shipped::Exempt;
use serde::Deserialize;

/// Whose packages a name is one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ecosystem {
    /// JavaScript.
    Npm,
    /// Modules that Deno takes from an address: `deno.land/x/redis`, `jsr.io/@db/redis`.
    Deno,
    /// PyPI; names normalised as PEP 503 says, `name[extra]` for an extra.
    Python,
    /// RubyGems.
    Ruby,
    /// Go modules.
    Go,
    /// crates.io; `name[feature]` for a feature.
    Rust,
    /// Packagist.
    Php,
}

/// Things known by name that are not part of the canon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Its name in the data.
    pub name: String,
    /// The rule its members break.
    pub rule: &'static str,
    /// What they are: completes "`ioredis` is …".
    pub what: String,
    /// The store behind them: completes "image `redis:7` runs …"; the same as `what` when that says it.
    pub store: String,
    /// What to use instead, as an order.
    pub instead: String,
    /// Where it is stated, for [`crate::tree::Draft::decided_by`].
    pub place: String,
    /// Images: see `containers::Image::matches`.
    pub images: Vec<String>,
    /// Images that a pattern of `images` would catch and that are fine.
    pub allowed_images: Vec<String>,
    /// Names of variables; `*` stands for anything.
    pub env: Vec<String>,
    /// Schemes of addresses, without `://`.
    pub schemes: Vec<String>,
    /// What ORMs call it: providers, dialects, adapters, clients.
    pub dialects: Vec<String>,
    /// Commands that bring it in, words separated by one space.
    pub commands: Vec<String>,
    /// Hosts at which it is served; `*` stands for anything.
    pub hosts: Vec<String>,
    /// Types of Terraform resources; `*` stands for anything.
    pub resources: Vec<String>,
    pub(super) exempt: Option<Exempt>,
}

impl Ecosystem {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Npm,
        Self::Deno,
        Self::Python,
        Self::Ruby,
        Self::Go,
        Self::Rust,
        Self::Php,
    ];
}
