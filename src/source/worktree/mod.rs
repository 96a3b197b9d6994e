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
        run.outcome.notes.extend(self.roots.notes.iter().cloned());
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
        let is_odd = |path: &&PathBuf| rules && path.ancestors().any(has_odd_rules);
        let (odd, plain): (Vec<&PathBuf>, Vec<&PathBuf>) = directories.iter().partition(is_odd);
        self.walk_by(rules, &plain);
        self.walk_by(false, &odd);
        for directory in std::mem::take(&mut self.odd) {
            let name = self.shared.relative(&directory);
            self.outcome.notes.push(format!(
                "{}: its ignore file is no file; nothing in it is ignored",
                name.as_str()
            ));
            self.walk_by(false, &[&directory]);
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
        if self.rules && is_directory && has_odd_rules(entry.path()) {
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

/// Whether an ignore file of `directory` is a pipe or a device, perhaps by way of a link: reading it might never end.
fn has_odd_rules(directory: &Path) -> bool {
    let is_odd = |name| {
        directory
            .join(name)
            .metadata()
            .is_ok_and(|found| !found.is_file() && !found.is_dir())
    };
    is_odd(".gitignore") || is_odd(IGNORE_FILE)
}

/// Files to skip, in the syntax of .gitignore, for this program alone.
const IGNORE_FILE: &str = ".stackguardignore";

/// Fewer files than this are not worth a thread.
const WORTH_THREADS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::IN_MEMORY;
    use crate::source::testing::{Lab, paths, run, try_run};

    fn tree(
        lab: &Lab,
        arguments: &[&str],
        options: WorktreeOptions,
    ) -> Result<Worktree, SourceError> {
        Worktree::new(
            arguments.iter().map(PathBuf::from).collect(),
            &lab.environment(),
            options,
        )
    }

    fn plain(lab: &Lab) -> Worktree {
        tree(lab, &[], WorktreeOptions::default()).unwrap()
    }

    fn everything() -> WorktreeOptions {
        WorktreeOptions {
            no_ignore: true,
            ..WorktreeOptions::default()
        }
    }

    #[test]
    fn ignored_files_are_skipped_and_hidden_ones_are_not() {
        let lab = Lab::new();
        lab.write(".gitignore", b"*.log\nbuild/\n");
        lab.write("sub/.gitignore", b"!keep.log\n");
        lab.write(".stackguardignore", b"fixtures/\n");
        lab.write(".git/info/exclude", b"private\n");
        for path in [
            "a.log",
            "build/x",
            "sub/keep.log",
            "fixtures/f",
            "private",
            ".env",
            ".github/w.yml",
            ".ignored-by-others",
        ] {
            lab.write(path, b"x\n");
        }
        lab.write(".ignore", b"*\n");
        let kept = [
            ".env",
            ".github/w.yml",
            ".gitignore",
            ".ignore",
            ".ignored-by-others",
            ".stackguardignore",
            "sub/.gitignore",
            "sub/keep.log",
        ];
        let (seen, outcome) = run(&plain(&lab));
        assert_eq!(paths(&seen), kept);
        assert_eq!((outcome.stats.files, outcome.gaps.len()), (8, 0));
        let all = run(&tree(&lab, &["."], everything()).unwrap()).0;
        assert_eq!(all.len(), 12, "{:?}", paths(&all));
        assert!(paths(&all).iter().all(|path| !path.starts_with(".git/")));
    }

    #[test]
    fn outside_a_repository_ignore_files_count_too() {
        let lab = Lab::without_git();
        lab.write(".gitignore", b"x\n");
        lab.write("a/x", b"1\n");
        lab.write("a/y", b"1\n");
        let source = plain(&lab);
        assert_eq!((source.scope().head, source.root()), (None, lab.root()));
        assert_eq!(paths(&run(&source).0), [".gitignore", "a/y"]);
    }

    #[test]
    fn what_git_tracks_is_looked_at_though_ignored() {
        let lab = Lab::new();
        lab.write(".gitignore", b"*.env\nsecret/\n");
        lab.write(".stackguardignore", b"vendored/\n");
        for path in [
            "tracked.env",
            "untracked.env",
            "secret/tracked",
            "secret/untracked",
            "vendored/a.env",
            "gone.env",
            "x/only.env",
        ] {
            lab.write(path, b"1\n");
        }
        lab.git(&[
            "add",
            "-f",
            "tracked.env",
            "secret/tracked",
            "vendored/a.env",
            "gone.env",
            "x/only.env",
        ]);
        std::fs::remove_file(lab.path("gone.env")).unwrap();
        let (seen, outcome) = run(&plain(&lab));
        assert_eq!(
            paths(&seen),
            [
                ".gitignore",
                ".stackguardignore",
                "secret/tracked",
                "tracked.env",
                "x/only.env"
            ]
        );
        assert_eq!(
            outcome.notes,
            ["3 files that .gitignore hides are tracked by git: looked at"]
        );
        // Below a directory where nothing else is.
        assert_eq!(
            paths(&run(&tree(&lab, &["x"], WorktreeOptions::default()).unwrap()).0),
            ["x/only.env"]
        );
        // What the configuration excludes stays out.
        let options = WorktreeOptions {
            exclude: Exclude::new(&["secret/**", "*.env"]).unwrap(),
            ..WorktreeOptions::default()
        };
        assert_eq!(
            paths(&run(&tree(&lab, &["."], options).unwrap()).0),
            [".gitignore", ".stackguardignore", "x/only.env"]
        );
    }

    #[test]
    fn an_index_that_cannot_be_read_is_a_gap() {
        let lab = Lab::new();
        lab.write("a", b"1\n");
        lab.git(&["add", "."]);
        lab.git(&["update-index", "--split-index"]);
        let (seen, outcome) = run(&plain(&lab));
        assert_eq!(paths(&seen), ["a"]);
        assert_eq!(outcome.gaps[0].what, ".git/index");
        assert!(
            outcome.gaps[0].why.contains("--no-split-index"),
            "{}",
            outcome.gaps[0].why
        );
    }

    #[test]
    fn nested_repositories_are_walked_and_their_git_directories_are_not() {
        let (lab, other) = (Lab::new(), Lab::new());
        other.write(".gitignore", b"*.key\n");
        other.write("tracked.key", b"1\n");
        other.write("untracked.key", b"1\n");
        other.git(&["add", "-f", "tracked.key", ".gitignore"]);
        other.git(&["commit", "-qm", "one"]);
        let url = other.root().to_str().unwrap();
        lab.git(&["submodule", "--quiet", "add", url, "mod"]);
        lab.git(&["submodule", "--quiet", "add", url, "hidden/mod"]);
        lab.write(".gitignore", b"hidden/\n");
        let (seen, outcome) = run(&plain(&lab));
        let expected = [
            ".gitignore",
            ".gitmodules",
            "hidden/mod/.gitignore",
            "hidden/mod/tracked.key",
            "mod/.gitignore",
            "mod/tracked.key",
        ];
        assert_eq!(paths(&seen), expected);
        assert_eq!(outcome.gaps, []);
        let source = tree(&lab, &["mod"], WorktreeOptions::default()).unwrap();
        assert_eq!(
            paths(&run(&source).0),
            [".gitignore", "tracked.key"],
            "a submodule is a repository of its own"
        );
    }

    #[test]
    fn a_linked_work_tree_knows_its_head() {
        let lab = Lab::new();
        lab.write("a", b"1\n");
        let head = lab.commit("one");
        assert_eq!(plain(&lab).scope().head.as_deref(), Some(head.as_str()));
        lab.git(&["worktree", "add", "-q", "../linked"]);
        let linked = lab.path("../linked").canonicalize().unwrap();
        lab.git(&["pack-refs", "--all"]);
        for dir in [linked.as_path(), lab.root()] {
            let source =
                Worktree::new(vec![], &Environment::at(dir), WorktreeOptions::default()).unwrap();
            assert_eq!(
                source.scope(),
                Scope {
                    kind: ScopeKind::Worktree,
                    root: ".".to_owned(),
                    head: Some(head.clone())
                }
            );
            assert_eq!(paths(&run(&source).0), ["a"]);
        }
    }

    #[test]
    fn paths_are_relative_to_the_root() {
        let lab = Lab::new();
        lab.write("app/src/x", b"1\n");
        lab.write("app/y", b"1\n");
        lab.write("other/z", b"1\n");
        let environment = Environment::at(&lab.path("app"));
        let source =
            Worktree::new(vec![".".into()], &environment, WorktreeOptions::default()).unwrap();
        assert_eq!(source.scope().root, "..");
        assert_eq!(paths(&run(&source).0), ["app/src/x", "app/y"]);
        let source = tree(
            &lab,
            &["app/src", "other/z", "app/src/x", "app"],
            WorktreeOptions::default(),
        )
        .unwrap();
        assert_eq!(
            paths(&run(&source).0),
            ["app/src/x", "app/y", "other/z"],
            "each file once"
        );
        // Not in a repository: relative to where one stands, or to what is named when that is elsewhere.
        let outside = Lab::without_git();
        outside.write("d/e/f", b"1\n");
        let at = |cwd: &Path, path: &Path| {
            let source = Worktree::new(
                vec![path.into()],
                &Environment::at(cwd),
                WorktreeOptions::default(),
            )
            .unwrap();
            run(&source).0.remove(0).0
        };
        assert_eq!(at(outside.root(), &outside.path("d")), "d/e/f");
        assert_eq!(at(lab.root(), &outside.path("d")), "e/f");
        assert_eq!(at(lab.root(), &outside.path("d/e/f")), "f");
    }

    #[test]
    fn a_file_named_is_read_though_ignored() {
        let lab = Lab::new();
        lab.write(".gitignore", b"build/\n");
        lab.write("build/a", b"1\n");
        lab.write("build/b", b"1\n");
        assert_eq!(
            paths(&run(&tree(&lab, &["build/a"], WorktreeOptions::default()).unwrap()).0),
            ["build/a"]
        );
        let source = tree(&lab, &[".", "build/b"], WorktreeOptions::default()).unwrap();
        assert_eq!(paths(&run(&source).0), [".gitignore", "build/b"]);
        let source = tree(&lab, &[".", "build"], WorktreeOptions::default()).unwrap();
        assert_eq!(
            paths(&run(&source).0),
            [".gitignore", "build/a", "build/b"],
            "so is a directory"
        );
        let options = WorktreeOptions {
            exclude: Exclude::new(&["build"]).unwrap(),
            ..WorktreeOptions::default()
        };
        let (seen, outcome) = run(&tree(&lab, &["build/a"], options).unwrap());
        assert_eq!(
            (seen.len(), outcome.notes),
            (
                0,
                vec!["build/a is excluded by the configuration".to_owned()]
            )
        );
    }

    #[test]
    fn a_path_that_matches_nothing_is_an_error() {
        let lab = Lab::new();
        lab.write("a", b"1\n");
        lab.write(".gitignore", b"ignored/\n*.tmp\n");
        lab.write("only/x.tmp", b"1\n");
        std::fs::create_dir(lab.path("empty")).unwrap();
        assert!(
            tree(&lab, &["a", "nowhere"], everything())
                .err()
                .unwrap()
                .message
                .contains("`nowhere`")
        );
        for (arguments, named) in [
            (vec!["empty"], "`empty`"),
            (vec![".", "only"], "`only`"),
            (vec!["a", "empty"], "`empty`"),
        ] {
            let source = tree(&lab, &arguments, WorktreeOptions::default()).unwrap();
            let error = try_run(&source, 2).err().unwrap();
            assert!(error.message.contains(named), "{}", error.message);
        }
        assert_eq!(
            paths(&run(&tree(&lab, &["only"], everything()).unwrap()).0),
            ["only/x.tmp"]
        );
        let error = tree(&lab, &[".git"], everything()).err().unwrap();
        assert!(error.help.unwrap().contains("--history"));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_never_followed_out_of_the_tree() {
        use std::os::unix::fs::symlink;
        let (lab, outside) = (Lab::new(), Lab::without_git());
        outside.write("secret/file", b"outside\n");
        lab.write("dir/file", b"inside\n");
        symlink(outside.path("secret"), lab.path("to-dir")).unwrap();
        symlink(outside.path("secret/file"), lab.path("to-file")).unwrap();
        symlink("dir/file", lab.path("within")).unwrap();
        symlink("nowhere", lab.path("dangling")).unwrap();
        symlink("..", lab.path("dir/loop")).unwrap();
        let (seen, outcome) = run(&plain(&lab));
        assert_eq!(
            paths(&seen),
            [
                "dangling", "dir/file", "dir/loop", "to-dir", "to-file", "within"
            ]
        );
        assert!(
            seen.iter()
                .all(|one| one.1.starts_with("-> ") != (one.0 == "dir/file")),
            "{seen:?}"
        );
        assert_eq!(outcome.gaps, []);
        // Named, a link within the tree is its target; one that leads out is still only text.
        let (seen, outcome) =
            run(&tree(&lab, &["within", "to-file"], WorktreeOptions::default()).unwrap());
        assert_eq!(paths(&seen), ["dir/file", "to-file"]);
        assert!(seen[1].1.starts_with("-> "));
        assert_eq!(outcome.notes.len(), 1);
        // A tracked file whose directory became a link is not there any more.
        lab.write("was/file", b"1\n");
        lab.write(".gitignore", b"was\n");
        lab.git(&["add", "-f", "was/file"]);
        std::fs::remove_dir_all(lab.path("was")).unwrap();
        symlink(outside.path("secret"), lab.path("was")).unwrap();
        assert!(!paths(&run(&plain(&lab)).0).contains(&"was/file"));
        // The directory one stands in may be reached by a link.
        symlink(lab.root(), outside.path("door")).unwrap();
        let source = Worktree::new(
            vec![outside.path("door")],
            &outside.environment(),
            WorktreeOptions::default(),
        )
        .unwrap();
        assert!(paths(&run(&source).0).contains(&"dir/file"));
    }

    #[cfg(unix)]
    #[test]
    fn pipes_and_sockets_do_not_hang() {
        let lab = Lab::new();
        lab.write("a", b"1\n");
        let made = std::process::Command::new("mkfifo")
            .arg(lab.path("pipe"))
            .status()
            .unwrap();
        assert!(made.success());
        let _socket = std::os::unix::net::UnixListener::bind(lab.path("socket")).unwrap();
        let (seen, outcome) = run(&plain(&lab));
        assert_eq!((paths(&seen), outcome.gaps.len()), (vec!["a"], 0));
        assert!(
            tree(&lab, &["pipe"], everything())
                .err()
                .unwrap()
                .help
                .unwrap()
                .contains("--stdin")
        );
    }

    #[cfg(unix)]
    #[test]
    fn an_ignore_file_that_never_ends_is_not_read() {
        let lab = Lab::new();
        lab.write(".gitignore", b"x\n");
        for path in ["odd/x", "odd/deep/x", "fine/x", "fine/y"] {
            lab.write(path, b"1\n");
        }
        std::os::unix::fs::symlink("/dev/zero", lab.path("odd/.gitignore")).unwrap();
        let (seen, outcome) = run(&plain(&lab));
        assert_eq!(
            paths(&seen),
            [
                ".gitignore",
                "fine/y",
                "odd/.gitignore",
                "odd/deep/x",
                "odd/x"
            ]
        );
        assert_eq!(outcome.notes.len(), 1, "{:?}", outcome.notes);
        let source = tree(&lab, &["odd/deep"], WorktreeOptions::default()).unwrap();
        assert_eq!(paths(&run(&source).0), ["odd/deep/x"]);
        // Nor is a git directory made of devices taken for one.
        lab.write("evil/f", b"1\n");
        std::fs::create_dir_all(lab.path("evil/.git/objects")).unwrap();
        std::fs::create_dir_all(lab.path("evil/.git/refs")).unwrap();
        for name in ["HEAD", "config", "commondir", "index", "packed-refs"] {
            std::os::unix::fs::symlink("/dev/zero", lab.path("evil/.git").join(name)).unwrap();
        }
        let source = tree(&lab, &["evil"], WorktreeOptions::default()).unwrap();
        let (seen, outcome) = run(&source);
        assert_eq!((paths(&seen), outcome.gaps.len()), (vec!["f"], 1));
    }

    #[test]
    fn git_may_say_where_its_directory_is() {
        let (lab, home) = (Lab::new(), Lab::without_git());
        home.write(".gitignore", b"*\n");
        home.write("dotfile", b"1\n");
        home.write("other", b"1\n");
        let git_dir = lab.path(".git");
        let places = [
            format!("--git-dir={}", git_dir.display()),
            format!("--work-tree={}", home.root().display()),
            "add".to_owned(),
            "-f".to_owned(),
            "dotfile".to_owned(),
        ];
        assert!(lab.try_git(home.root(), &places).status.success());
        let environment = Environment {
            git_dir: Some(git_dir),
            work_tree: Some(home.root().to_path_buf()),
            ..home.environment()
        };
        let source = Worktree::new(vec![], &environment, WorktreeOptions::default()).unwrap();
        assert_eq!(paths(&run(&source).0), ["dotfile"]);
    }

    #[test]
    fn several_repositories_at_once() {
        let around = Lab::without_git();
        for name in ["one", "two"] {
            around.git(&["init", "-q", name]);
            around.write(format!("{name}/.gitignore"), b"*.env\n");
            around.write(format!("{name}/src/tracked.env"), b"1\n");
            around.write(format!("{name}/src/not.env"), b"1\n");
            around.git_in(&around.path(name), &["add", "-f", "src/tracked.env"]);
        }
        let source = tree(&around, &["one/src", "two"], WorktreeOptions::default()).unwrap();
        let (seen, _) = run(&source);
        assert_eq!(
            paths(&seen),
            [
                "one/src/tracked.env",
                "two/.gitignore",
                "two/src/tracked.env"
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn what_cannot_be_read_is_a_gap() {
        use std::os::unix::fs::PermissionsExt;
        let lab = Lab::new();
        lab.write("a", b"1\n");
        lab.write("closed", b"1\n");
        lab.write("shut/x", b"1\n");
        for path in ["closed", "shut"] {
            std::fs::set_permissions(lab.path(path), PermissionsExt::from_mode(0o000)).unwrap();
        }
        let is_privileged = std::fs::read(lab.path("closed")).is_ok();
        let (seen, outcome) = run(&plain(&lab));
        std::fs::set_permissions(lab.path("shut"), PermissionsExt::from_mode(0o700)).unwrap();
        if is_privileged {
            // Root may read anything; a file that fails at reading stands in for it.
            assert_eq!(paths(&seen), ["a", "closed", "shut/x"]);
            let gaps = gaps_of(Path::new("/proc/self/mem"));
            assert!(
                gaps.first()
                    .is_none_or(|gap| gap.why.starts_with("cannot be read")),
                "{gaps:?}"
            );
            assert_eq!(gaps.is_empty(), !Path::new("/proc/self/mem").exists());
        } else {
            assert_eq!(paths(&seen), ["a"]);
            let what: Vec<_> = outcome.gaps.iter().map(|gap| gap.what.as_str()).collect();
            assert_eq!(what.len(), 2);
            assert!(what.contains(&"closed") && what.contains(&"shut"));
        }
        assert_eq!(gaps_of(&lab.path("vanished")), []);
    }

    /// What a reader says of one path.
    fn gaps_of(path: &Path) -> Vec<crate::finding::Gap> {
        let roots =
            Roots::resolve(vec![PathBuf::from("/")], &Environment::at(Path::new("/"))).unwrap();
        let visit = |_: Blob<'_>| {};
        let shared = Shared::new(&roots, &visit);
        let gathered = Mutex::new(Gathered::default());
        Reader::new(&shared, &gathered).path(path);
        gathered.into_inner().unwrap().outcome.gaps
    }

    #[cfg(unix)]
    #[test]
    fn strange_names_come_through() {
        use std::os::unix::ffi::OsStrExt;
        let lab = Lab::new();
        lab.write(std::ffi::OsStr::from_bytes(b"caf\xe9"), b"1\n");
        lab.write("new\nline", b"2\n");
        lab.write("-", b"3\n");
        lab.git(&["add", "-A"]);
        let (seen, outcome) = run(&plain(&lab));
        assert_eq!(paths(&seen), ["-", "caf\\xe9", "new\nline"]);
        assert_eq!(
            outcome.notes, [""; 0],
            "tracked files are recognised by their bytes"
        );
    }

    #[test]
    fn large_files_are_streamed() {
        let lab = Lab::new();
        let limit = usize::try_from(IN_MEMORY).unwrap();
        for (name, length) in [
            ("0", 0),
            ("1", 128 << 10),
            ("2", (128 << 10) + 1),
            ("3", limit),
            ("4", limit + 1),
        ] {
            lab.write(name, &vec![b'x'; length]);
        }
        let seen = run(&plain(&lab)).0;
        let lengths: Vec<_> = seen
            .iter()
            .map(|one| {
                if one.1.len() < 50 {
                    one.1.clone()
                } else {
                    one.1.len().to_string()
                }
            })
            .collect();
        assert_eq!(
            lengths,
            [
                "",
                "131072",
                "131073",
                &limit.to_string(),
                &format!("stream of {0} ({0})", limit + 1)
            ]
        );
    }

    #[test]
    fn the_thread_count_changes_nothing() {
        let lab = Lab::new();
        for at in 0..300 {
            lab.write(format!("d{}/f{at}", at % 9), format!("{at}\n").as_bytes());
        }
        lab.write(".gitignore", b"d3\nd4\n");
        lab.git(&["add", "-f", "d3"]);
        let source = plain(&lab);
        let (one, many) = (try_run(&source, 1).unwrap(), try_run(&source, 5).unwrap());
        assert_eq!((&one.0, one.1.stats), (&many.0, many.1.stats));
        assert_eq!(one.0.len(), 268);
    }

    #[test]
    fn the_owner_does_not_matter_for_files() {
        let lab = Lab::new();
        lab.write("a", b"1\n");
        lab.git(&["add", "."]);
        #[cfg(unix)]
        let _ = std::os::unix::fs::chown(lab.path(".git"), Some(12_345), None);
        let (seen, outcome) = run(&plain(&lab));
        assert_eq!((paths(&seen), outcome.gaps.len()), (vec!["a"], 0));
    }
}
