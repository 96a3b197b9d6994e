//! What a repository is made of, as far as its files' names and a few of their lines tell.
//!
//! Bounded: a hundred thousand entries, six levels deep, small files only. Nothing is run and no link is followed.

use super::apps::FlyFile;
use super::relative;
use crate::commands::setup::root_above;
use crate::finding::RepoPath;
use crate::fly::FlyGuard;
use crate::tree::TreeGuard as _;
use miette::IntoDiagnostic as _;
use std::path::{Path, PathBuf};

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The root of the repository, else the directory given.
    pub root: PathBuf,
    /// The git repository, if there is one.
    pub is_git: bool,
    /// Whether there is any file at all.
    pub has_files: bool,
    /// Directories of code at the root: `app`, `src` and so on.
    pub code: Vec<String>,
    /// Whether a manifest of packages is there.
    pub has_packages: bool,
    /// Apps and the files that state them.
    pub fly: Vec<FlyFile>,
    /// Whether `supabase/` is there.
    pub has_supabase: bool,
    /// Whether `vault/` is there, and whether git ignores it.
    pub vault: Option<bool>,
    /// Markdown files that look like an index of credentials.
    pub indexes: Vec<String>,
    /// `owner/name` of the remote on GitHub.
    pub github: Option<String>,
    /// Files of other scanners.
    pub foreign: Vec<String>,
    /// Whether a directory of a deployed Chatwoot is there, which brings its own Redis.
    pub chatwoot: Option<String>,
}

impl Survey {
    /// Looks at the repository that `start` is in.
    ///
    /// # Errors
    /// A directory that does not exist.
    pub(super) fn of(start: &Path) -> miette::Result<Self> {
        let start = start.canonicalize().into_diagnostic()?;
        let root = root_above(&start);
        let mut survey = Self {
            is_git: root.is_some(),
            root: root.unwrap_or(&start).to_owned(),
            ..Self::default()
        };
        let walk = ignore::WalkBuilder::new(&survey.root)
            .hidden(false)
            .follow_links(false)
            .max_depth(Some(DEEPEST))
            .sort_by_file_name(std::cmp::Ord::cmp)
            .filter_entry(|entry| {
                entry.file_name() != ".git" && entry.file_name() != "node_modules"
            })
            .build();
        let guard = FlyGuard::new(Vec::new());
        for entry in walk.take(MOST_ENTRIES).flatten() {
            let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
            let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
            let Some(name) = relative(entry.path(), &survey.root) else {
                continue;
            };
            if is_dir {
                survey.directory(&name);
            } else if is_file {
                survey.file(&name, &guard);
            }
        }
        survey.look_for_vault();
        survey.github = survey.remote();
        Ok(survey)
    }

    fn directory(&mut self, name: &str) {
        if CODE.contains(&name) {
            self.code.push(name.to_owned());
        }
        self.has_supabase |= name == "supabase";
        let last = name.rsplit('/').next().unwrap_or(name);
        if last == "chatwoot" && self.chatwoot.is_none() {
            self.chatwoot = Some(name.to_owned());
        }
    }

    fn file(&mut self, name: &str, guard: &FlyGuard) {
        self.has_files = true;
        let last = name.rsplit('/').next().unwrap_or(name);
        self.has_packages |= MANIFESTS.contains(&name);
        let path = RepoPath::new(name);
        if guard.wants(&path)
            && let Some(text) = self.text(name)
            && guard.claims(&path, &text)
        {
            self.fly.extend(FlyFile::of(name, &text));
        }
        if FOREIGN.contains(&name) {
            self.foreign.push(name.to_owned());
        }
        let lower = last.to_ascii_lowercase();
        if lower.ends_with(".md") && lower.contains("credential") && self.is_index(name) {
            self.indexes.push(name.to_owned());
        }
    }

    /// Whether a Markdown file holds a table whose header speaks of secrets.
    fn is_index(&self, name: &str) -> bool {
        let Some(text) = self.text(name) else {
            return false;
        };
        text.lines().any(|line| {
            let line = line.to_ascii_lowercase();
            line.trim_start().starts_with('|')
                && (line.contains("secret") || line.contains("vault") || line.contains("path"))
        })
    }

    /// A vault is ignored by git, so the walk does not show it.
    fn look_for_vault(&mut self) {
        let path = self.root.join("vault");
        if path
            .symlink_metadata()
            .is_ok_and(|metadata| metadata.is_dir())
        {
            let ignored = git2::Repository::open(&self.root)
                .and_then(|repository| repository.is_path_ignored("vault/"))
                .unwrap_or(false);
            self.vault = Some(ignored);
        }
    }

    fn remote(&self) -> Option<String> {
        let repository = git2::Repository::open(&self.root).ok()?;
        let remote = repository.find_remote("origin").ok()?;
        github_name(remote.url().ok()?)
    }

    /// A small text file.
    fn text(&self, name: &str) -> Option<String> {
        let path = self.root.join(name);
        let small = path.metadata().is_ok_and(|file| file.len() <= LARGEST);
        small.then(|| std::fs::read_to_string(path).ok())?
    }
}

/// `owner/name` of an address on github.com; anything else, an account in it above all, is left alone.
fn github_name(url: &str) -> Option<String> {
    let rest = url
        .strip_prefix("git@github.com:")
        .or_else(|| url.strip_prefix("ssh://git@github.com/"))
        .or_else(|| Some(url.split_once("://")?.1.rsplit_once("github.com/")?.1))?;
    let name = rest.trim_end_matches('/');
    let name = name.strip_suffix(".git").unwrap_or(name);
    let plain = name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '/'));
    let (owner, own) = name.split_once('/')?;
    (plain && !owner.is_empty() && !own.is_empty() && !own.contains('/')).then(|| name.to_owned())
}

/// Directories whose imports are an application's.
const CODE: [&str; 10] = [
    "app",
    "apps",
    "src",
    "lib",
    "packages",
    "server",
    "services",
    "scripts",
    "supabase/functions",
    "workers",
];
/// Manifests of packages at the root.
const MANIFESTS: [&str; 6] = [
    "package.json",
    "pyproject.toml",
    "requirements.txt",
    "Gemfile",
    "go.mod",
    "Cargo.toml",
];
/// Files that `import` reads.
const FOREIGN: [&str; 7] = [
    ".gitleaks.toml",
    "gitleaks.toml",
    ".gitleaksignore",
    ".secrets.baseline",
    ".secretsignore",
    ".gitguardian.yaml",
    ".gitguardian.yml",
];
const MOST_ENTRIES: usize = 100_000;
const DEEPEST: usize = 6;
/// Bytes of a file that is read.
const LARGEST: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes() {
        for (url, name) in [
            ("git@github.com:acme/shop.git", Some("acme/shop")),
            ("https://github.com/acme/shop", Some("acme/shop")),
            ("https://github.com/acme/shop/", Some("acme/shop")),
            ("ssh://git@github.com/acme/shop.git", Some("acme/shop")),
            ("https://gitlab.com/acme/shop", None),
            ("https://github.com/acme", None),
            ("../shop.git", None),
            ("https://github.com/acme/sh\"op", None),
        ] {
            assert_eq!(github_name(url).as_deref(), name, "{url}");
        }
    }
}
