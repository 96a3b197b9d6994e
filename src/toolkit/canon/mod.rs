//! The canonical toolkit: what it is made of, and by which names everything else is known.
//!
//! The lists are data (`policies/toolkit.toml`); a team's `[toolkit]` changes them. Every entry knows where it is stated, so that a
//! finding can cite what decided it.

mod category;
mod entries;
mod names;
mod places;
mod settings;
mod shipped;

pub use category::{Category, Ecosystem};
pub(super) use names::fits;
pub use settings::Settings;
pub use shipped::{Required, Version, Weights};

use super::rules;
use crate::finding::RepoPath;
use names::Names;
use places::Places;
use shipped::{Exempt, Shipped};
use std::collections::{BTreeMap, HashSet};

/// The canon in force.
#[derive(Debug)]
pub struct Canon {
    places: Places,
    categories: Vec<Category>,
    packages: BTreeMap<Ecosystem, Names<Verdict>>,
    modules: BTreeMap<Ecosystem, Names<Verdict>>,
    /// The last part of every module's name.
    module_words: BTreeMap<Ecosystem, HashSet<String>>,
    /// What a team allows, in any ecosystem.
    allowed: Names<()>,
    weights: Weights,
    required: Vec<Required>,
    required_packages: Vec<String>,
    required_place: Option<String>,
    versions: Vec<Version>,
    supabase_hosts: Vec<String>,
    exposed_schemas: Vec<String>,
    mcp_allowlist: String,
    mcp_servers: Vec<String>,
}

/// Something wrong in `[toolkit]`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CanonError {
    /// The key of `[toolkit]` it is about.
    pub key: &'static str,
    /// What is wrong, lower case, no full stop.
    pub message: String,
}

/// What the data says of a name.
#[derive(Debug, Clone, Copy)]
enum Verdict {
    Allowed,
    Category(usize),
}

impl Canon {
    /// The canon as shipped.
    #[must_use]
    pub fn shipped() -> Self {
        Self::new(&Settings::default(), &|_| None)
            .expect("the shipped canon is right, a test sees to it")
    }

    /// The shipped canon with what a team changes; `place` tells how a finding cites a key of `[toolkit]` (`stackguard.toml:31`).
    ///
    /// # Errors
    /// Everything in the settings that cannot hold.
    pub fn new(
        settings: &Settings,
        place: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Vec<CanonError>> {
        let shipped: Shipped =
            toml::from_str(SHIPPED).expect("the shipped data is right, a test sees to it");
        let mut errors = Vec::new();
        let places = Places::new(&shipped, settings, &mut errors);
        let mut canon = Self {
            places,
            categories: Vec::new(),
            packages: BTreeMap::new(),
            modules: BTreeMap::new(),
            module_words: BTreeMap::new(),
            allowed: Names::default(),
            weights: shipped.severity,
            required: shipped.required,
            required_packages: settings.required_packages.clone(),
            required_place: place("required_packages"),
            versions: shipped.version,
            supabase_hosts: joined(shipped.supabase.hosts, settings.supabase_hosts.as_deref()),
            exposed_schemas: settings
                .exposed_schemas
                .clone()
                .unwrap_or(shipped.supabase.exposed_schemas),
            mcp_allowlist: settings
                .mcp_allowlist
                .clone()
                .unwrap_or(shipped.mcp.allowlist),
            mcp_servers: settings.mcp_servers.clone(),
        };
        for name in &settings.allowed_packages {
            canon.allowed.add(name, ());
        }
        canon.forbid(settings, place, &mut errors);
        for (ecosystem, names) in &shipped.allowed {
            let known = canon.packages.entry(*ecosystem).or_default();
            names
                .iter()
                .for_each(|name| known.add(name, Verdict::Allowed));
        }
        for (name, raw) in shipped.category {
            canon.take(name, raw);
        }
        if errors.is_empty() {
            Ok(canon)
        } else {
            Err(errors)
        }
    }

    /// The category a package belongs to; none when it is fine. `name` may be a part of a package (`drizzle-orm/mysql2`).
    #[must_use]
    pub fn package(&self, ecosystem: Ecosystem, name: &str) -> Option<&Category> {
        self.judge(self.packages.get(&ecosystem)?, name, '/')
    }

    /// The category of what code imports: of a dotted Python module, of a path that Ruby requires, of a JavaScript module that is in no package.
    #[must_use]
    pub fn module(&self, ecosystem: Ecosystem, name: &str) -> Option<&Category> {
        let separator = if ecosystem == Ecosystem::Python {
            '.'
        } else {
            '/'
        };
        self.judge(self.modules.get(&ecosystem)?, name, separator)
    }

    /// Whether a module of the lists has that word as its first or any other part; asked for every word of a file.
    #[must_use]
    pub(in crate::toolkit) fn may_be_module(&self, ecosystem: Ecosystem, word: &str) -> bool {
        self.module_words
            .get(&ecosystem)
            .is_some_and(|words| words.contains(word) || words.contains("*"))
    }

    fn judge(&self, names: &Names<Verdict>, name: &str, separator: char) -> Option<&Category> {
        match names.find(name, separator)? {
            Verdict::Allowed => None,
            Verdict::Category(_) if self.allowed.find(name, separator).is_some() => None,
            Verdict::Category(index) => self.categories.get(index),
        }
    }

    /// All categories, by name.
    pub fn categories(&self) -> impl Iterator<Item = &Category> {
        self.categories.iter()
    }

    /// The category of a variable's name.
    #[must_use]
    pub fn env_name(&self, name: &str) -> Option<&Category> {
        self.categories
            .iter()
            .find(|category| category.env.iter().any(|pattern| fits(pattern, name)))
    }

    /// The category of an address by its scheme, without `://`, in any case.
    #[must_use]
    pub fn scheme(&self, scheme: &str) -> Option<&Category> {
        self.categories.iter().find(|category| {
            category
                .schemes
                .iter()
                .any(|known| known.eq_ignore_ascii_case(scheme))
        })
    }

    /// The category of a dialect, provider, adapter or client of an ORM, in any case.
    #[must_use]
    pub fn dialect(&self, dialect: &str) -> Option<&Category> {
        self.categories.iter().find(|category| {
            category
                .dialects
                .iter()
                .any(|known| known.eq_ignore_ascii_case(dialect))
        })
    }

    /// The category of a host, when it is a known one.
    #[must_use]
    pub fn host(&self, host: &str) -> Option<&Category> {
        let host = host.to_ascii_lowercase();
        self.categories
            .iter()
            .find(|category| category.hosts.iter().any(|pattern| fits(pattern, &host)))
    }

    /// The category of a type of Terraform resources.
    #[must_use]
    pub fn resource(&self, kind: &str) -> Option<&Category> {
        self.categories
            .iter()
            .find(|category| category.resources.iter().any(|pattern| fits(pattern, kind)))
    }

    /// A category by its name.
    #[must_use]
    pub fn category(&self, name: &str) -> Option<&Category> {
        self.categories
            .iter()
            .find(|category| category.name == name)
    }

    /// Whether a Postgres at that host and port is Supabase's own.
    #[must_use]
    pub fn is_supabase(&self, host: &str, port: Option<u16>) -> bool {
        let host = host.to_ascii_lowercase();
        let with_port = format!("{host}:{}", port.unwrap_or(POSTGRES_PORT));
        self.supabase_hosts
            .iter()
            .any(|pattern| fits(pattern, &host) || fits(pattern, &with_port))
    }

    /// Whether a category is fine at that path.
    #[must_use]
    pub fn excuses(&self, category: &Category, path: &RepoPath) -> bool {
        category.exempt == Some(Exempt::RedisAllowed)
            && self.places.redis_allowed.is_match(path.as_str())
    }

    /// Whether imports at that path are judged.
    #[must_use]
    pub fn is_app_code(&self, path: &RepoPath) -> bool {
        self.places.app_code.is_match(path.as_str())
    }

    /// Whether that path never runs in production.
    #[must_use]
    pub fn is_test(&self, path: &RepoPath) -> bool {
        self.places.tests.is_match(path.as_str())
    }

    /// Whether that path is prose.
    #[must_use]
    pub fn is_docs(&self, path: &RepoPath) -> bool {
        self.places.docs.is_match(path.as_str())
    }

    /// Whether that path is other people's code, or built.
    #[must_use]
    pub fn is_ignored(&self, path: &RepoPath) -> bool {
        self.places.ignored.is_match(path.as_str())
    }

    /// How bad findings are where they weigh less.
    #[must_use]
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// Packages that must be there where others are.
    #[must_use]
    pub fn required(&self) -> &[Required] {
        &self.required
    }

    /// Packages some manifest must name, and where that is stated.
    #[must_use]
    pub fn required_packages(&self) -> (&[String], Option<&str>) {
        (&self.required_packages, self.required_place.as_deref())
    }

    /// What is asked of a package's version; the rule is one of this room.
    #[must_use]
    pub fn version(&self, ecosystem: Ecosystem, name: &str) -> Option<(&Version, &'static str)> {
        let found = self.versions.iter().find(|entry| {
            entry.ecosystem == ecosystem && entry.packages.iter().any(|known| known == name)
        })?;
        Some((found, rules::known(&found.rule)?))
    }

    /// Schemas that the API serves.
    #[must_use]
    pub fn exposed_schemas(&self) -> &[String] {
        &self.exposed_schemas
    }

    /// The list of MCP servers agents may use, relative to the root.
    #[must_use]
    pub fn mcp_allowlist(&self) -> &str {
        &self.mcp_allowlist
    }

    /// MCP servers agents may use, beside those of that list.
    #[must_use]
    pub fn mcp_servers(&self) -> &[String] {
        &self.mcp_servers
    }
}

fn joined(mut shipped: Vec<String>, more: Option<&[String]>) -> Vec<String> {
    shipped.extend(more.into_iter().flatten().cloned());
    shipped
}

static SHIPPED: &str = include_str!("../../../policies/toolkit.toml");

/// Where Postgres listens when an address names no port.
const POSTGRES_PORT: u16 = 5432;

#[cfg(test)]
mod tests;
