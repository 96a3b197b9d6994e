//! Globs over app names, paths, process groups and names of variables.

use globset::{Glob, GlobBuilder, GlobMatcher};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};
use std::sync::OnceLock;

/// A glob; `*` does not cross a `/`, `**` does.
#[derive(Debug, Clone)]
pub struct Pattern {
    glob: Glob,
    /// Compiled when first asked: a tree without a fly.toml never asks.
    matcher: OnceLock<GlobMatcher>,
    exact: bool,
    literals: usize,
}

impl Pattern {
    /// Reads a glob.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("an empty glob matches nothing; write `*` for everything".into());
        }
        let glob = GlobBuilder::new(text)
            .literal_separator(true)
            .build()
            .map_err(|error| error.to_string())?;
        let (literals, wild) = literals(text);
        Ok(Self {
            glob,
            matcher: OnceLock::new(),
            exact: !wild,
            literals,
        })
    }

    /// Whether it matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.matcher
            .get_or_init(|| self.glob.compile_matcher())
            .is_match(text)
    }

    /// Whether it has no wildcard.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.exact
    }

    /// How many of its characters stand for themselves.
    #[must_use]
    pub fn literals(&self) -> usize {
        self.literals
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.glob.glob()
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(de::Error::custom)
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Glob".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

/// Characters of a glob that stand for themselves, and whether there are others.
fn literals(glob: &str) -> (usize, bool) {
    let (mut count, mut wild, mut inside) = (0, false, 0_u32);
    for letter in glob.chars() {
        match letter {
            '[' | '{' => {
                wild = true;
                inside += 1;
            }
            ']' | '}' => inside = inside.saturating_sub(1),
            '*' | '?' => wild = true,
            _ if inside == 0 => count += 1,
            _ => {}
        }
    }
    (count, wild)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_what_stands_outside_wildcards() {
        for (glob, expected) in [
            ("acme-web", (8, false)),
            ("acme-*", (5, true)),
            ("*", (0, true)),
            ("a{b,c}d[ef]?", (2, true)),
        ] {
            assert_eq!(literals(glob), expected, "{glob}");
        }
        assert!(Pattern::new("").is_err() && Pattern::new("[").is_err());
    }

    #[test]
    fn a_star_stays_within_a_directory() {
        let glob = Pattern::new("deploy/*.toml").expect("a glob");
        assert!(glob.matches("deploy/fly.toml") && !glob.matches("deploy/a/fly.toml"));
    }
}
