//! Where a rule looks: globs that files of a rule match, and those they must not.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use std::sync::OnceLock;

/// Where a rule looks. Checked when made and compiled when first asked: most runs find nothing to ask about.
#[derive(Debug)]
pub(super) struct Paths {
    only: Vec<Glob>,
    never: Vec<Glob>,
    compiled: OnceLock<(Option<GlobSet>, Option<GlobSet>)>,
}

impl Paths {
    /// From the globs of a rule; `!` marks those that it never looks at.
    ///
    /// # Errors
    /// What is wrong with a glob.
    pub(super) fn new(globs: &[String]) -> Result<Self, String> {
        let list = |wanted: bool| -> Result<Vec<Glob>, String> {
            globs
                .iter()
                .filter(|glob| glob.starts_with('!') != wanted)
                .map(|glob| {
                    GlobBuilder::new(glob.trim_start_matches('!'))
                        .case_insensitive(true)
                        .build()
                        .map_err(|error| format!("bad glob in `paths`: {error}"))
                })
                .collect()
        };
        Ok(Self {
            only: list(true)?,
            never: list(false)?,
            compiled: OnceLock::new(),
        })
    }

    /// Whether the rule looks at files of this path.
    pub(super) fn covers(&self, path: &str) -> bool {
        let (only, never) = self
            .compiled
            .get_or_init(|| (set(&self.only), set(&self.never)));
        only.as_ref().is_none_or(|globs| globs.is_match(path))
            && !never.as_ref().is_some_and(|globs| globs.is_match(path))
    }
}

/// None where nothing is said. Globs that were parsed can be compiled unless they are too large; then the rule looks
/// everywhere rather than nowhere.
fn set(globs: &[Glob]) -> Option<GlobSet> {
    if globs.is_empty() {
        return None;
    }
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        builder.add(glob.clone());
    }
    builder.build().ok()
}
