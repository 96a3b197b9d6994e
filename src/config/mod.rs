//! `stackguard.toml`: finding it, reading it, and all that is wrong with it at once.
//!
//! Nothing in it is skipped: an unknown key or a bad value anywhere is an error with its line shown, so
//! that nobody trusts a setting that does nothing. To add a key, add a field to its type in [`sections`];
//! reading, "did you mean" and the JSON schema follow.

mod assemble;
pub(crate) mod discover;
mod document;
pub(crate) mod faults;
mod finish;
mod headers;
pub(crate) mod problem;
pub(crate) mod reading;
pub mod sections;
pub(crate) mod shape;
mod syntax;
pub mod values;

pub use discover::{Choice, FILE_NAME};
pub use document::schema;
pub(crate) use document::without_null;
pub use problem::{ConfigError, FileProblem};
pub use sections::{Credentials, FlyApp, Placed, Stores};

use crate::toolkit::Settings as Toolkit;

use crate::policy::allow::Entry;
use crate::policy::pack::Pack;
use crate::policy::{Policy, Severity};
use document::Document;
use headers::Headers;
use problem::ShownFile;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use values::PathGlob;

/// A configuration that makes sense in itself; whether the rules it names exist, [`Config::policy`] says.
#[derive(Debug)]
pub struct Config {
    /// The file it was read from.
    pub path: Option<PathBuf>,
    /// The file as reports name it: relative to the root of the repository.
    pub name: Option<String>,
    /// Globs of files that are never read, for [`source::Exclude`](crate::source::Exclude).
    pub exclude: Vec<PathGlob>,
    /// Severity by rule id; none is off.
    pub severity: BTreeMap<String, Option<Severity>>,
    /// Exceptions, for [`Allows::new`](crate::policy::allow::Allows::new).
    pub allows: Vec<Entry>,
    /// `[toolkit]`
    pub toolkit: Placed<Toolkit>,
    /// `[[fly]]`, in the order written.
    pub fly: Vec<Placed<FlyApp>>,
    /// `[credentials]`
    pub credentials: Placed<Credentials>,
    /// `[stores]`
    pub stores: Placed<Stores>,
    /// What `packs` names, with the bytes of each.
    packs: Vec<(String, Range<usize>)>,
    /// Every rule id in the file, with its bytes.
    named_rules: Vec<(String, Range<usize>)>,
    /// What packs of one's own may not lie outside of.
    fence: Option<PathBuf>,
    file: Option<ShownFile>,
}

/// Whose word a configuration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// The user's, who named the file.
    User,
    /// That of whoever may send a change: the file came with the repository.
    Repository,
}

/// The built-in rules `packs` can choose; all others are always in force.
pub const SELECTABLE: &[&str] = &["secrets", "toolkit", "fly"];

/// Finds and reads the configuration that holds for `start`, the directory the work begins in.
///
/// # Errors
/// A file that cannot be read, and everything that is wrong in it.
pub fn load(start: &Path, choice: Choice) -> Result<Config, ConfigError> {
    let Some(found) = discover::find(start, choice)? else {
        return Ok(Config::default());
    };
    let (mut config, mut problems) = parse(&found.name, &found.bytes);
    config.path = Some(found.path);
    config.fence = found.fence;
    if problems.is_empty() {
        return Ok(config);
    }
    if config.file.is_some() {
        // What the policy makes of the rest belongs to the same answer.
        problems.extend(
            config
                .policy()
                .err()
                .into_iter()
                .flat_map(ConfigError::into_problems),
        );
    }
    Err(ConfigError::of(problems))
}

/// Reads a configuration that is not (yet) a file; `path` is where it would be, and what its packs are relative to.
///
/// # Errors
/// Everything that is wrong in it.
pub fn of_text(path: &Path, text: &str) -> Result<Config, ConfigError> {
    let (mut config, problems) = parse(FILE_NAME, text.as_bytes());
    config.path = Some(path.to_owned());
    config.fence = path.parent().map(Path::to_owned);
    if problems.is_empty() {
        Ok(config)
    } else {
        Err(ConfigError::of(problems))
    }
}

/// Reads a pack that no configuration names.
///
/// # Errors
/// A file that cannot be read or holds no rule, and everything that is wrong in it; its lines are shown masked.
pub fn pack(path: &Path) -> Result<Pack, ConfigError> {
    assemble::pack_at(path)
}

impl Default for Config {
    /// What holds without a file: every built-in rule, no exceptions.
    fn default() -> Self {
        Self {
            path: None,
            name: None,
            exclude: Vec::new(),
            severity: BTreeMap::new(),
            allows: Vec::new(),
            toolkit: Placed::default(),
            fly: Vec::new(),
            credentials: Placed::default(),
            stores: Placed::default(),
            packs: SELECTABLE
                .iter()
                .map(|name| ((*name).to_owned(), 0..0))
                .collect(),
            named_rules: Vec::new(),
            fence: None,
            file: None,
        }
    }
}

impl Config {
    /// The rules in force. Reads the packs of one's own.
    ///
    /// # Errors
    /// Packs that are unknown, unreadable or wrong, rule ids that do not exist, and a policy without rules.
    pub fn policy(&self) -> Result<Policy, ConfigError> {
        assemble::assemble(self, crate::policy::embedded())
    }

    /// What `packs` names: built-in rules, and paths relative to the file.
    pub fn packs(&self) -> impl Iterator<Item = &str> {
        self.packs.iter().map(|(name, _)| name.as_str())
    }

    /// What a path in the file means: it is relative to the file's directory.
    #[must_use]
    pub fn beside(&self, relative: &str) -> PathBuf {
        let dir = self.path.as_deref().and_then(Path::parent);
        dir.unwrap_or_else(|| Path::new(".")).join(relative)
    }

    /// Refuses a file that leads out of what this configuration may name: the repository it was found in.
    ///
    /// # Errors
    /// A path that leads out, or that does not exist.
    pub fn may_read(&self, path: &Path) -> std::io::Result<()> {
        match &self.fence {
            Some(fence) => discover::within(path, fence),
            None => Ok(()),
        }
    }

    /// Whose word it is.
    #[must_use]
    pub fn author(&self) -> Author {
        match (&self.path, &self.fence) {
            (Some(_), None) => Author::User,
            _ => Author::Repository,
        }
    }

    /// How findings cite a line of the file: `stackguard.toml:14`. None for line 0, the defaults.
    #[must_use]
    pub fn place(&self, line: u32) -> Option<String> {
        let name = self.name.as_ref()?;
        (line > 0).then(|| format!("{name}:{line}"))
    }
}

/// Reads the bytes of a file that reports call `name`: what makes sense of it, and everything that does not.
/// The configuration has no `file` when its syntax is too broken to say more.
fn parse(name: &str, bytes: &[u8]) -> (Config, Vec<FileProblem>) {
    let mut headers = Headers::default();
    let read = reading::read::<Document>(name, bytes, |table, file, problems| {
        let table = shape::check(table, problems);
        headers = Headers::new(&table, file);
        table
    });
    let mut problems = read.problems;
    let mut config = Config::default();
    if let Some(text) = read.text {
        config = finish::finish(read.document, text, headers, name, &mut problems);
        config.file = Some(read.file.clone());
    }
    (
        config,
        problems
            .into_iter()
            .map(|problem| read.file.problem(problem))
            .collect(),
    )
}

#[cfg(test)]
pub(crate) mod tests;
