//! `exclude` of the configuration: what is never read.

use super::SourceError;
use crate::finding::RepoPath;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Globs over paths relative to the root. `*` stays within one directory; a glob that matches a directory
/// covers all that is in it.
#[derive(Debug, Clone, Default)]
pub struct Exclude {
    /// What is covered, files and directories.
    paths: GlobSet,
}

impl Exclude {
    /// Reads the globs.
    ///
    /// # Errors
    /// One of them is no glob.
    pub fn new<S: AsRef<str>>(globs: &[S]) -> Result<Self, SourceError> {
        let mut paths = GlobSetBuilder::new();
        for glob in globs {
            let written = glob.as_ref();
            let stem = written
                .strip_prefix("./")
                .unwrap_or(written)
                .trim_start_matches('/')
                .trim_end_matches('/');
            // `a/**` does not match `a` itself; that it is covered saves reading the directory.
            let stem = stem.strip_suffix("/**").unwrap_or(stem);
            for pattern in [stem.to_owned(), format!("{stem}/**")] {
                let glob = GlobBuilder::new(&pattern)
                    .literal_separator(true)
                    .build()
                    .map_err(|error| {
                        SourceError::new(
                            format!(
                                "`exclude` holds `{written}`, which is no glob: {}",
                                error.kind()
                            ),
                            HELP,
                        )
                    })?;
                paths.add(glob);
            }
        }
        let paths = paths
            .build()
            .map_err(|error| SourceError::new(format!("`exclude`: {error}"), HELP))?;
        Ok(Self { paths })
    }

    /// Whether there is nothing to ask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }

    /// As [`Self::covers`], of a path as git has it.
    pub(super) fn covers_bytes(&self, path: &[u8]) -> bool {
        !self.paths.is_empty() && self.covers(RepoPath::from_bytes(path).as_str())
    }

    /// Whether the file or directory at `path` is left out.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        !self.paths.is_empty() && self.paths.is_match(path)
    }
}

const HELP: &str = "write it as in `exclude = [\"docs/_archive/**\"]`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_covers_what_is_below() {
        let exclude = Exclude::new(&["docs/_archive/**", "*.lock", "vendor/", "**/gen"])
            .expect("they are globs");
        for (path, covered) in [
            ("docs/_archive", true),
            ("docs/_archive/a/b.md", true),
            ("docs/archive/a", false),
            ("a.lock", true),
            ("x/a.lock", false),
            ("vendor/a/b", true),
            ("app/gen/x.ts", true),
            ("app/general.ts", false),
        ] {
            assert_eq!(exclude.covers(path), covered, "{path}");
        }
        assert!(!Exclude::default().covers("a"));
    }

    #[test]
    fn a_bad_glob_is_named() {
        let error = Exclude::new(&["a[".to_owned()]).unwrap_err();
        assert!(error.message.contains("`a[`"), "{}", error.message);
    }
}
