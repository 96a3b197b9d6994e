//! `exclude`: files that are never read.

use super::values::PathGlob;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// The files that are never read, by path relative to the root of the repository.
#[derive(Debug, Clone, Default)]
pub struct Exclude {
    set: GlobSet,
    /// As written.
    patterns: Vec<String>,
}

/// A path no pattern means but one that means everything.
pub(super) const PROBE: &str = "\u{1}a/\u{1}b/\u{1}c";

impl Exclude {
    /// A directory stands for all below it: `docs/_archive` is `docs/_archive/**` too.
    ///
    /// # Errors
    /// When nothing would be left to read.
    pub(super) fn new(globs: &[PathGlob]) -> Result<Self, String> {
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            let inner = glob.as_str();
            let inner = inner
                .strip_prefix("./")
                .or_else(|| inner.strip_prefix('/'))
                .unwrap_or(inner)
                .trim_end_matches('/');
            for pattern in [inner.to_owned(), format!("{inner}/**")] {
                let built = GlobBuilder::new(&pattern)
                    .literal_separator(true)
                    .backslash_escape(true)
                    .build();
                set.add(built.map_err(|error| format!("`exclude`: {}", error.kind()))?);
            }
        }
        let set = set
            .build()
            .map_err(|error| format!("`exclude`: {}", error.kind()))?;
        if set.is_match(PROBE) {
            return Err("`exclude` leaves no file to look at".into());
        }
        Ok(Self {
            set,
            patterns: globs.iter().map(|glob| glob.as_str().to_owned()).collect(),
        })
    }

    /// Whether the file or directory at `path` is excluded.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        self.set.is_match(path)
    }

    /// The patterns as written.
    #[must_use]
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exclude(globs: &[&str]) -> Result<Exclude, String> {
        let globs: Vec<PathGlob> = globs
            .iter()
            .map(|glob| PathGlob::try_from((*glob).to_owned()).expect("a good glob"))
            .collect();
        Exclude::new(&globs)
    }

    #[test]
    fn directories_stand_for_what_is_below() {
        let exclude = exclude(&["docs/_archive", "./vendor/", "*.snap", "**/dist/**"])
            .expect("leaves something");
        for (path, covered) in [
            ("docs/_archive", true),
            ("docs/_archive/a/b.md", true),
            ("docs/_archived", false),
            ("vendor/x", true),
            ("src/vendor/x", false),
            ("a.snap", true),
            ("deep/a.snap", false),
            ("app/dist/x.js", true),
            ("dist/x.js", true),
            ("app/distant", false),
        ] {
            assert_eq!(exclude.covers(path), covered, "{path}");
        }
    }

    #[test]
    fn everything_cannot_be_excluded() {
        for globs in [&["**"][..], &["*"], &["docs", "**/*"]] {
            assert!(exclude(globs).is_err(), "{globs:?}");
        }
        assert!(!exclude(&[]).expect("nothing excluded").covers("a"));
    }
}
