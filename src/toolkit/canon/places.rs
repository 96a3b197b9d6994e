//! Kinds of paths.

use super::shipped::Shipped;
use super::{CanonError, Settings};
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use std::sync::OnceLock;

/// The globs of the canon.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) app_code: Globs,
    pub(super) redis_allowed: Globs,
    pub(super) docs: Globs,
    pub(super) tests: Globs,
    pub(super) ignored: Globs,
}

/// Globs as `.gitignore` reads them: `*` ends at a slash, `**` does not.
///
/// They are compiled when first needed: a commit of one file asks about few of them, and compiling them all took longer
/// than looking at the file.
#[derive(Debug)]
pub(super) struct Globs {
    /// Whether one of them is `**`.
    everything: bool,
    /// `x` of those that are `**/x/**`, the shape of most of them.
    folders: Vec<String>,
    rest: Vec<Glob>,
    set: OnceLock<GlobSet>,
}

impl Places {
    /// The shipped globs with what a team changes; bad ones go to `errors`.
    pub(super) fn new(
        shipped: &Shipped,
        settings: &Settings,
        errors: &mut Vec<CanonError>,
    ) -> Self {
        let paths = &shipped.paths;
        let mut of = |key, own: Option<&Vec<String>>, shipped: &[String]| {
            let globs = Globs::new(key, own.map_or(shipped, Vec::as_slice), errors);
            if own.is_some() {
                globs.compile(key, errors);
            }
            globs
        };
        let joined: Option<Vec<String>> = settings
            .ignored
            .as_ref()
            .map(|more| paths.ignored.iter().chain(more).cloned().collect());
        Self {
            app_code: of("app_code", settings.app_code.as_ref(), &paths.app_code),
            redis_allowed: of(
                "redis_allowed",
                settings.redis_allowed.as_ref(),
                &paths.redis_allowed,
            ),
            docs: of("docs", settings.docs.as_ref(), &paths.docs),
            tests: of("tests", settings.tests.as_ref(), &paths.tests),
            ignored: of("ignored", joined.as_ref(), &paths.ignored),
        }
    }
}

impl Globs {
    fn new(key: &'static str, globs: &[String], errors: &mut Vec<CanonError>) -> Self {
        let mut all = Self {
            everything: false,
            folders: Vec::new(),
            rest: Vec::new(),
            set: OnceLock::new(),
        };
        for glob in globs {
            if glob == "**" {
                all.everything = true;
            } else if let Some(folder) = folder(glob) {
                all.folders.push(folder.to_owned());
            } else {
                match GlobBuilder::new(glob).literal_separator(true).build() {
                    Ok(built) => all.rest.push(built),
                    Err(error) => errors.push(bad(key, glob, &error)),
                }
            }
        }
        all
    }

    /// Compiles them now, as each may be a glob and all of them too much.
    fn compile(&self, key: &'static str, errors: &mut Vec<CanonError>) {
        match together(&self.rest) {
            Ok(set) => {
                // Nobody has asked yet, so it is still empty.
                let _ = self.set.set(set);
            }
            Err(error) => errors.push(bad(key, "…", &error)),
        }
    }

    /// Whether one of them matches.
    pub(super) fn is_match(&self, path: &str) -> bool {
        let within = |folder: &String| {
            let mut folders = path.split('/');
            folders.next_back();
            folders.any(|name| name == folder)
        };
        self.everything
            || self.folders.iter().any(within)
            || !self.rest.is_empty() && self.set().is_match(path)
    }

    fn set(&self) -> &GlobSet {
        self.set.get_or_init(|| {
            together(&self.rest)
                .expect("the shipped globs compile, and a team's are compiled above")
        })
    }
}

/// `x` of `**/x/**`.
fn folder(glob: &str) -> Option<&str> {
    let name = glob.strip_prefix("**/")?.strip_suffix("/**")?;
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    (!name.is_empty() && name.chars().all(plain)).then_some(name)
}

fn together(globs: &[Glob]) -> Result<GlobSet, globset::Error> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        set.add(glob.clone());
    }
    set.build()
}

fn bad(key: &'static str, glob: &str, error: &globset::Error) -> CanonError {
    CanonError {
        key,
        message: format!("`{glob}` is no glob: {}", error.kind()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(list: &[&str]) -> Globs {
        let list: Vec<String> = list.iter().map(|glob| (*glob).to_owned()).collect();
        let mut errors = Vec::new();
        let globs = Globs::new("ignored", &list, &mut errors);
        assert_eq!(errors, []);
        globs
    }

    #[test]
    fn folders_are_told_as_the_compiled_globs_tell_them() {
        let list = ["**/dist/**", "**/.next/**", "**/node_modules/**"];
        let quick = globs(&list);
        assert_eq!((quick.folders.len(), quick.rest.len()), (3, 0));
        let compiled: Vec<Glob> = list
            .iter()
            .map(|glob| GlobBuilder::new(glob).literal_separator(true).build())
            .collect::<Result<_, _>>()
            .expect("three globs");
        let compiled = together(&compiled).expect("a set");
        for path in [
            "dist/a.js",
            "a/dist/b/c.js",
            "dist",
            "a/dist",
            "a/distant/b",
            "mydist/a",
            "a/.next/b",
            "next/a",
            "a/node_modules/b/package.json",
            "node_modules",
            "dist/",
            "DIST/a",
        ] {
            assert_eq!(quick.is_match(path), compiled.is_match(path), "{path}");
        }
    }

    #[test]
    fn other_globs_are_compiled_when_asked() {
        let some = globs(&["**/*.min.js", "a/*/c"]);
        assert!(some.set.get().is_none());
        assert!(some.is_match("x/y.min.js") && some.is_match("a/b/c") && !some.is_match("a/b/d/c"));
        assert!(globs(&["**"]).is_match("a/b"));
        assert!(!globs(&[]).is_match("a/b"));
    }

    #[test]
    fn a_bad_glob_and_too_many_are_told() {
        let mut errors = Vec::new();
        Globs::new("docs", &["[".to_owned()], &mut errors);
        assert_eq!((errors[0].key, errors.len()), ("docs", 1));
    }
}
