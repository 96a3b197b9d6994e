//! The files of a directory, as git and ripgrep see it.
//!
//! Ignored files are skipped, hidden ones are not, `.git` is never entered, links are not followed: git keeps the text of a
//! link, so that is what is looked at. What git *tracks* is looked at even when an ignore rule matches it, since a leak in it is
//! pushed all the same: after the walk the indexes of the repositories met are read, and tracked files that the walk
//! did not come by are visited too. That costs one hash a file and reads nothing but the index.

mod read;
mod roots;
mod tracked;

use self::read::{Gathered, Reader, Shared};
use self::roots::Roots;
use self::tracked::Tracked;
use super::{Blob, Environment, Exclude, Outcome, Place, Scope, ScopeKind, Source, SourceError};
use crate::finding::RepoPath;
use ignore::{DirEntry, WalkBuilder, WalkState};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Files and directories.
pub struct Worktree {
    roots: Roots,
    options: WorktreeOptions,
    scope: Scope,
}

/// What to leave out.
#[derive(Debug, Clone, Default)]
pub struct WorktreeOptions {
    /// Look at ignored files as well.
    pub no_ignore: bool,
    /// Never read these.
    pub exclude: Exclude,
}

impl Worktree {
    /// What `paths` name, the current directory when there are none.
    ///
    /// # Errors
    /// A path that does not exist, or is neither a file nor a directory.
    pub fn new(
        paths: Vec<PathBuf>,
        environment: &Environment,
        options: WorktreeOptions,
    ) -> Result<Self, SourceError> {
        let roots = Roots::resolve(paths, environment)?;
        let head = roots.place.as_ref().and_then(Place::head);
        let scope = Scope {
            kind: ScopeKind::Worktree,
            root: environment.name_of(&roots.base),
            head,
        };
        Ok(Self {
            roots,
            options,
            scope,
        })
    }

    /// The directory that paths are relative to: the repository's root, or outside of one the current directory
    /// (the directory named, when it is elsewhere).
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.roots.base
    }
}

impl Source for Worktree {
    fn scope(&self) -> Scope {
        self.scope.clone()
    }

    fn each(
        &self,
        threads: usize,
        visit: &(dyn Fn(Blob<'_>) + Sync),
    ) -> Result<Outcome, SourceError> {
        let mut run = Run {
            worktree: self,
            shared: Shared::new(&self.roots, visit),
            threads,
            nested: Vec::new(),
            odd: Vec::new(),
            outcome: Outcome::default(),
        };
        run.outcome.gaps.extend(self.roots.gaps.iter().cloned());
        run.walk(&self.roots.tops);
        for nested in &self.roots.nested {
            run.walk(std::slice::from_ref(nested));
        }
        if !self.options.no_ignore {
            run.tracked();
        }
        run.files();
        run.conclude()
    }
}

/// One pass over everything.
struct Run<'r> {
    worktree: &'r Worktree,
    shared: Shared<'r>,
    threads: usize,
    /// Tops of the repositories met.
    nested: Vec<PathBuf>,
    /// Directories whose ignore files must not be read.
    odd: Vec<PathBuf>,
    outcome: Outcome,
}

impl Run<'_> {
    /// Walks some directories.
    fn walk(&mut self, directories: &[PathBuf]) {
        let rules = !self.worktree.options.no_ignore;
        let is_odd = |path: &&PathBuf| rules && is_below_odd_rules(path);
        let (odd, plain): (Vec<&PathBuf>, Vec<&PathBuf>) = directories.iter().partition(is_odd);
        self.walk_by(rules, &plain);
        for directory in &odd {
            self.tell_odd(directory);
        }
        self.walk_by(false, &odd);
        for directory in std::mem::take(&mut self.odd) {
            self.tell_odd(&directory);
            self.walk_by(false, &[&directory]);
        }
    }

    /// Says why more is looked at than one would think.
    fn tell_odd(&mut self, directory: &Path) {
        if let Some(odd) = odd_rules(directory) {
            let name = self.shared.relative(directory);
            let name = if name.as_str().is_empty() {
                "."
            } else {
                name.as_str()
            };
            self.outcome
                .notes
                .push(format!("{name}: {}; nothing in it is ignored", odd.why()));
        }
    }

    /// Walks, with ignore rules or without.
    fn walk_by(&mut self, wanted: bool, directories: &[&PathBuf]) {
        let Some((first, others)) = directories.split_first() else {
            return;
        };
        let mut builder = WalkBuilder::new(first);
        for other in others {
            builder.add(other);
        }
        builder
            .standard_filters(false)
            .parents(wanted)
            .git_ignore(wanted)
            .git_exclude(wanted)
            .git_global(wanted)
            .require_git(false)
            .current_dir(&self.worktree.roots.base)
            .threads(self.threads.max(1));
        if wanted {
            builder.add_custom_ignore_filename(IGNORE_FILE);
        }
        let found = Arc::new(Mutex::new(Found::default()));
        let filter = Filter {
            exclude: self.worktree.options.exclude.clone(),
            base: self.worktree.roots.base.clone(),
            rules: wanted,
            found: Arc::clone(&found),
        };
        builder.filter_entry(move |entry| filter.lets_in(entry));
        let gathered = Mutex::new(Gathered::default());
        builder.build_parallel().run(|| {
            let mut reader = Reader::new(&self.shared, &gathered);
            Box::new(move |entry| {
                reader.entry(entry);
                WalkState::Continue
            })
        });
        self.take(gathered);
        let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
        self.nested.append(&mut found.repositories);
        self.odd.append(&mut found.odd);
    }

    /// Adds tracked files that the walk left out, repository by repository.
    fn tracked(&mut self) {
        let roots = &self.worktree.roots;
        let mut tracked = Tracked::new(roots, &self.worktree.options.exclude);
        let mut waiting: Vec<Place> = roots.places.clone();
        loop {
            let met = std::mem::take(&mut self.nested);
            waiting.extend(met.iter().filter_map(|top| Place::at(top)));
            tracked.met.extend(met);
            // Submodules in ignored directories: git tracks them, so they are walked as well.
            if let Some(module) = tracked.modules.pop() {
                if tracked.met.insert(module.clone()) {
                    waiting.extend(Place::at(&module));
                    self.walk(&[module]);
                }
            } else if let Some(place) = waiting.pop() {
                tracked.repository(&place, &self.shared);
            } else {
                break;
            }
        }
        let hidden = tracked.files.len();
        if hidden > 0 {
            let (s, are) = if hidden == 1 {
                ("", "is")
            } else {
                ("s", "are")
            };
            self.outcome.notes.push(format!(
                "{hidden} file{s} that .gitignore hides {are} tracked by git: looked at"
            ));
        }
        self.outcome.gaps.append(&mut tracked.gaps);
        self.visit(&tracked.files);
    }

    /// The files named on the command line.
    fn files(&mut self) {
        let (mut files, roots) = (Vec::new(), &self.worktree.roots);
        for path in &roots.files {
            let relative = self.shared.relative(path);
            if self.worktree.options.exclude.covers(relative.as_str()) {
                self.outcome.notes.push(format!(
                    "{} is excluded by the configuration",
                    relative.as_str()
                ));
            } else if !self.shared.has_seen(path) {
                files.push(path.clone());
            }
        }
        self.visit(&files);
    }

    /// Reads a list of files.
    fn visit(&mut self, files: &[PathBuf]) {
        let next = AtomicUsize::new(0);
        let gathered = Mutex::new(Gathered::default());
        let work = || {
            let mut reader = Reader::new(&self.shared, &gathered);
            while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                reader.path(path);
            }
        };
        let helpers = if files.len() < WORTH_THREADS {
            0
        } else {
            self.threads.saturating_sub(1)
        };
        std::thread::scope(|scope| {
            for _ in 0..helpers {
                scope.spawn(work);
            }
            work();
        });
        self.take(gathered);
    }

    fn take(&mut self, gathered: Mutex<Gathered>) {
        let gathered = gathered
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        self.shared.know(&gathered);
        self.outcome.merge(gathered.outcome);
    }

    /// A path argument under which there was nothing to look at is an error, not a clean result.
    fn conclude(self) -> Result<Outcome, SourceError> {
        let roots = &self.worktree.roots;
        for (directory, given) in &roots.given {
            let excluded = self
                .worktree
                .options
                .exclude
                .covers(self.shared.relative(directory).as_str());
            if self.shared.hits(directory) == 0 && self.outcome.gaps.is_empty() && !excluded {
                let help = if self.worktree.options.no_ignore {
                    "is it the right directory?"
                } else {
                    "if it holds files, they are ignored: `--no-ignore` looks at them"
                };
                return Err(SourceError::new(
                    format!("`{given}` holds no file to look at"),
                    help,
                ));
            }
        }
        Ok(self.outcome)
    }
}

/// Decides what the walk enters.
struct Filter {
    exclude: Exclude,
    base: PathBuf,
    rules: bool,
    found: Arc<Mutex<Found>>,
}

/// What the walk came by and did not enter.
#[derive(Default)]
struct Found {
    /// Tops of repositories.
    repositories: Vec<PathBuf>,
    /// Directories whose ignore file is no file.
    odd: Vec<PathBuf>,
}

impl Filter {
    fn lets_in(&self, entry: &DirEntry) -> bool {
        if entry.depth() == 0 {
            return true;
        }
        if entry.file_name() == ".git" {
            let top = entry.path().parent().map(Path::to_path_buf);
            self.found().repositories.extend(top);
            return false;
        }
        if self.is_excluded(entry.path()) {
            return false;
        }
        let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
        if self.rules && is_directory && odd_rules(entry.path()).is_some() {
            self.found().odd.push(entry.path().to_path_buf());
            return false;
        }
        true
    }

    fn is_excluded(&self, path: &Path) -> bool {
        let relative = path.strip_prefix(&self.base).unwrap_or(path);
        !self.exclude.is_empty() && self.exclude.covers(RepoPath::from_path(relative).as_str())
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What keeps the ignore files of a directory from being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Odd {
    /// One is a pipe or a device, perhaps by way of a link: reading it might never end.
    NoFile,
    /// `.gitignore` is a link, which git does not follow (<https://git-scm.com/docs/gitignore#_notes>).
    Link,
}

impl Odd {
    fn why(self) -> &'static str {
        match self {
            Self::NoFile => "its ignore file is no file",
            Self::Link => "its .gitignore is a link, which git does not follow",
        }
    }
}

fn odd_rules(directory: &Path) -> Option<Odd> {
    let there = |name| directory.join(name).metadata().ok();
    let odd = |found: &Metadata| !found.is_file() && !found.is_dir();
    let rules = directory.join(".gitignore").symlink_metadata().ok();
    let linked = rules.as_ref().is_some_and(Metadata::is_symlink);
    let rules = if linked { there(".gitignore") } else { rules };
    if rules.as_ref().is_some_and(odd) || there(IGNORE_FILE).as_ref().is_some_and(odd) {
        return Some(Odd::NoFile);
    }
    (linked && rules.is_some_and(|rules| rules.is_file())).then_some(Odd::Link)
}

/// Whether a directory or one above it has such rules; links count as far up as the repository goes.
fn is_below_odd_rules(directory: &Path) -> bool {
    let top = directory
        .ancestors()
        .find(|above| above.join(".git").symlink_metadata().is_ok())
        .unwrap_or(directory);
    directory.ancestors().any(|above| match odd_rules(above) {
        Some(Odd::NoFile) => true,
        Some(Odd::Link) => above.starts_with(top),
        None => false,
    })
}

/// Files to skip, in the syntax of .gitignore, for this program alone.
const IGNORE_FILE: &str = ".stackguardignore";

/// Fewer files than this are not worth a thread.
const WORTH_THREADS: usize = 64;

#[cfg(test)]
mod tests;
