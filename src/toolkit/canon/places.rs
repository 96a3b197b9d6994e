//! Kinds of paths.

use super::CanonError;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// The globs of the canon, compiled.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) app_code: GlobSet,
    pub(super) redis_allowed: GlobSet,
    pub(super) docs: GlobSet,
    pub(super) tests: GlobSet,
    pub(super) ignored: GlobSet,
}

/// Compiles globs as `.gitignore` reads them: `*` ends at a slash, `**` does not. Bad ones go to `errors`.
pub(super) fn globs(
    key: &'static str,
    globs: impl IntoIterator<Item = impl AsRef<str>>,
    errors: &mut Vec<CanonError>,
) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    let mut bad = |glob: &str, error: &globset::Error| {
        errors.push(CanonError {
            key,
            message: format!("`{glob}` is no glob: {}", error.kind()),
        });
    };
    for glob in globs {
        let glob = glob.as_ref();
        match GlobBuilder::new(glob).literal_separator(true).build() {
            Ok(built) => {
                set.add(built);
            }
            Err(error) => bad(glob, &error),
        }
    }
    set.build().unwrap_or_else(|error| {
        bad("…", &error);
        GlobSet::empty()
    })
}
