//! What is in the index against HEAD: the very bytes that `git commit` would record, not the work tree's.

use super::changes::{Change, Changes};
use super::delivery::share;
use super::index::{Index, IndexError};
use super::{
    Blob, Environment, Exclude, Outcome, Repository, Scope, ScopeKind, Source, SourceError, renames,
};
use crate::finding::RepoPath;
use git2::{ErrorCode, Oid};
use std::path::Path;
use std::sync::Mutex;

/// The staged changes of a repository.
pub struct Staged {
    repository: Mutex<Repository>,
    exclude: Exclude,
    scope: Scope,
}

impl Staged {
    /// The index of the repository `dir` is in, or the one that git's variables name.
    ///
    /// # Errors
    /// There is no repository here, it cannot be opened, or it is bare.
    pub fn open(
        dir: &Path,
        environment: &Environment,
        exclude: Exclude,
    ) -> Result<Self, SourceError> {
        let repository = Repository::open(dir, environment)?;
        if repository.root().is_none() {
            return Err(SourceError::new(
                "a bare repository has no index",
                "check what was pushed: `stackguard check --range OLD..NEW`, or everything: `--history`",
            ));
        }
        let scope = Scope {
            kind: ScopeKind::Staged,
            root: repository.name(),
            head: repository.head(),
        };
        Ok(Self {
            repository: Mutex::new(repository),
            exclude,
            scope,
        })
    }
}

impl Source for Staged {
    fn scope(&self) -> Scope {
        self.scope.clone()
    }

    fn each(
        &self,
        threads: usize,
        visit: &(dyn Fn(Blob<'_>) + Sync),
    ) -> Result<Outcome, SourceError> {
        // The lock is never contended: a source is read once at a time.
        let repository = self
            .repository
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut changes = changes(&repository)?;
        renames::find(repository.git(), &mut changes);
        let wanted = |change: &Change| {
            !self
                .exclude
                .covers(RepoPath::from_bytes(&change.path).as_str())
        };
        let mut list = std::mem::take(&mut changes.changed);
        list.retain(|change| self.exclude.is_empty() || wanted(change));

        let threads = if list.len() < WORTH_THREADS {
            1
        } else {
            threads
        };
        let mut outcome = share(&repository, &list, threads, visit, |_, delivery, change| {
            delivery.change(change, None);
        })?;
        outcome.gaps.append(&mut changes.gaps);
        if changes.announced > 0 {
            let s = if changes.announced == 1 { "" } else { "s" };
            outcome.notes.push(format!(
                "{} file{s} added with `git add -N`: no content is staged yet",
                changes.announced
            ));
        }
        Ok(outcome)
    }
}

/// What is staged.
fn changes(repository: &Repository) -> Result<Changes, SourceError> {
    let head = head_tree(repository.git())?;
    let index = Index::read(&repository.index_path(), ID_LENGTH).map_err(unusable)?;
    match index {
        Some(index) => Changes::staged(repository.git(), head, &index).map_err(unusable),
        None => Ok(Changes::default()),
    }
}

/// The tree of HEAD; none before the first commit.
fn head_tree(git: &git2::Repository) -> Result<Option<Oid>, SourceError> {
    match git.head().and_then(|head| head.peel_to_commit()) {
        Ok(commit) => Ok(Some(commit.tree_id())),
        Err(error) if error.code() == ErrorCode::UnbornBranch => Ok(None),
        Err(error) => Err(SourceError::new(
            format!("HEAD cannot be read: {}", error.message()),
            "`git status` and `git fsck` may say more",
        )),
    }
}

fn unusable(error: IndexError) -> SourceError {
    SourceError {
        message: error.to_string(),
        help: error.advice().map(str::to_owned),
    }
}

/// Fewer changes than this are not worth a thread.
const WORTH_THREADS: usize = 64;

/// Bytes of an object id: libgit2 opens SHA-1 repositories only.
const ID_LENGTH: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::IN_MEMORY;
    use crate::source::Lines;
    use crate::source::testing::{Lab, paths, run, try_run};

    fn staged(lab: &Lab) -> Staged {
        Staged::open(lab.root(), &lab.environment(), Exclude::default()).unwrap()
    }

    fn only(ranges: &[(u32, u32)]) -> Lines {
        Lines::Only(ranges.to_vec())
    }

    #[test]
    fn before_the_first_commit_everything_is_new() {
        let lab = Lab::new();
        lab.write("a/b.txt", b"x\ny\n");
        lab.write("untracked", b"z\n");
        lab.git(&["add", "a"]);
        let source = staged(&lab);
        assert_eq!(
            source.scope(),
            Scope {
                kind: ScopeKind::Staged,
                root: ".".to_owned(),
                head: None
            }
        );
        assert_eq!(
            run(&source).0,
            [("a/b.txt".to_owned(), "x\ny\n".to_owned(), Lines::All, None)]
        );
        assert_eq!(run(&staged(&Lab::new())).0, []);
    }

    #[test]
    fn the_index_counts_not_the_work_tree() {
        let lab = Lab::new();
        lab.write("a", b"1\n2\n3\n");
        lab.write("kept/b", b"same\n");
        let head = lab.commit("one");
        lab.write("a", b"1\nstaged\n3\n");
        lab.git(&["add", "a"]);
        lab.write("a", b"1\nstaged\n3\nnot staged\n");
        let source = staged(&lab);
        assert_eq!(source.scope().head, Some(head));
        let (seen, outcome) = run(&source);
        assert_eq!(
            seen,
            [(
                "a".to_owned(),
                "1\nstaged\n3\n".to_owned(),
                only(&[(2, 2)]),
                None
            )]
        );
        assert_eq!(
            (outcome.stats.blobs, outcome.gaps.len(), outcome.notes.len()),
            (1, 0, 0)
        );
    }

    #[test]
    fn one_deep_change_is_found_among_many() {
        let lab = Lab::new();
        for at in 0..300 {
            lab.write(
                format!("d{}/e{}/f{at}", at % 7, at % 5),
                format!("{at}\n").as_bytes(),
            );
        }
        lab.commit("many");
        lab.write("d3/e1/new/x", b"x\n");
        lab.write("d3/e1/f31", b"31\nmore\n");
        lab.git(&["rm", "-q", "d0/e0/f0"]);
        lab.git(&["add", "."]);
        assert_eq!(paths(&run(&staged(&lab)).0), ["d3/e1/f31", "d3/e1/new/x"]);
        // Without its tree cache the index says the same.
        lab.git(&["read-tree", "HEAD"]);
        lab.git(&["add", "-A"]);
        assert_eq!(paths(&run(&staged(&lab)).0), ["d3/e1/f31", "d3/e1/new/x"]);
    }

    #[test]
    fn many_changes_come_from_many_threads() {
        let lab = Lab::new();
        for at in 0..200 {
            lab.write(format!("f{at:03}"), format!("{at}\n").as_bytes());
        }
        lab.git(&["add", "."]);
        let one = try_run(&staged(&lab), 1).unwrap();
        let four = try_run(&staged(&lab), 4).unwrap();
        assert_eq!(one.0.len(), 200);
        assert_eq!((one.0, one.1.stats), (four.0, four.1.stats));
    }

    #[test]
    fn a_file_that_becomes_a_directory_and_back() {
        let lab = Lab::new();
        lab.write("a", b"x\n");
        lab.write("b/c", b"y\n");
        lab.write("a.b", b"z\n");
        lab.commit("one");
        std::fs::remove_file(lab.path("a")).unwrap();
        std::fs::remove_dir_all(lab.path("b")).unwrap();
        lab.write("a/inside", b"new\n");
        lab.write("b", b"newer\n");
        lab.git(&["add", "-A"]);
        assert_eq!(paths(&run(&staged(&lab)).0), ["a/inside", "b"]);
    }

    #[test]
    fn what_is_moved_is_not_new() {
        let lab = Lab::new();
        let text: String = (0..40).map(|line| format!("line {line}\n")).collect();
        lab.write("old/exact", text.as_bytes());
        lab.write("old/edited", text.replace("line", "row").as_bytes());
        lab.write("old/other", b"nothing like it\n");
        lab.commit("one");
        lab.git(&["mv", "old", "new"]);
        lab.write(
            "new/edited",
            text.replace("line", "row")
                .replace("row 7\n", "row seven\n")
                .as_bytes(),
        );
        lab.write("new/other", b"quite different\n");
        lab.git(&["add", "-A"]);
        let (seen, _) = run(&staged(&lab));
        let lines: Vec<_> = seen.iter().map(|one| (one.0.as_str(), &one.2)).collect();
        assert_eq!(
            lines,
            [("new/edited", &only(&[(8, 8)])), ("new/other", &Lines::All)]
        );
    }

    #[test]
    fn a_second_copy_is_new() {
        let lab = Lab::new();
        lab.write("a", b"one\ntwo\n");
        lab.commit("one");
        lab.write("copy", b"one\ntwo\n");
        lab.git(&["add", "-A"]);
        assert_eq!(run(&staged(&lab)).0[0].2, Lines::All);
        lab.git(&["mv", "a", "moved"]);
        assert_eq!(
            paths(&run(&staged(&lab)).0).len(),
            1,
            "one source stands for one target"
        );
    }

    #[test]
    fn announced_files_have_no_content_yet() {
        let lab = Lab::new();
        lab.write("a", b"1\n");
        lab.commit("one");
        lab.write("later", b"x\n");
        lab.git(&["add", "-N", "later"]);
        let (seen, outcome) = run(&staged(&lab));
        assert_eq!(seen, []);
        assert_eq!(
            outcome.notes,
            ["1 file added with `git add -N`: no content is staged yet"]
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_text_and_submodules_are_elsewhere() {
        let lab = Lab::new();
        let other = Lab::new();
        other.write("inside", b"x\n");
        other.commit("one");
        std::os::unix::fs::symlink("/etc/passwd", lab.path("link")).unwrap();
        lab.git(&[
            "submodule",
            "--quiet",
            "add",
            other.root().to_str().unwrap(),
            "module",
        ]);
        lab.git(&["add", "-A"]);
        let (seen, outcome) = run(&staged(&lab));
        assert_eq!(paths(&seen), [".gitmodules", "link"]);
        assert_eq!(seen[1].1, "-> /etc/passwd");
        assert_eq!(outcome.gaps, []);
    }

    #[test]
    fn a_conflict_is_a_gap() {
        let lab = Lab::new();
        lab.write("a", b"base\n");
        lab.write("z", b"base\n");
        lab.commit("base");
        lab.git(&["checkout", "-qb", "side"]);
        lab.write("a", b"side\n");
        lab.write("b", b"new\n");
        lab.commit("side");
        lab.git(&["checkout", "-q", "main"]);
        lab.write("a", b"main\n");
        lab.commit("main");
        assert!(
            !lab.try_git(lab.root(), &["merge", "-q", "side"])
                .status
                .success()
        );
        let (seen, outcome) = run(&staged(&lab));
        assert_eq!(paths(&seen), ["b"]);
        assert_eq!(outcome.gaps.len(), 1);
        assert_eq!(outcome.gaps[0].what, "a");
        assert!(
            outcome.gaps[0].why.contains("git add"),
            "{}",
            outcome.gaps[0].why
        );
    }

    #[test]
    fn binary_files_and_attributes_hide_nothing() {
        let lab = Lab::new();
        lab.write(".gitattributes", b"*.dat binary\n*.x -diff filter=evil\n");
        lab.write("a.dat", b"\0\x01\nold\n");
        lab.write("b.x", b"old\n");
        lab.commit("one");
        lab.write("a.dat", b"\0\x01\nold\nnew\0\n");
        lab.write("b.x", b"new\n");
        lab.git(&["add", "-A"]);
        lab.git(&["config", "filter.evil.clean", "touch ran"]);
        lab.git(&["config", "filter.evil.smudge", "touch ran"]);
        lab.git(&["config", "core.fsmonitor", "touch ran"]);
        let (seen, _) = run(&staged(&lab));
        assert_eq!(
            (&seen[0].2, &seen[1].2),
            (&only(&[(3, 3)]), &only(&[(1, 1)]))
        );
        assert!(!lab.path("ran").exists());
    }

    #[cfg(unix)]
    #[test]
    fn strange_names_and_line_ends() {
        use std::os::unix::ffi::OsStrExt;
        let lab = Lab::new();
        let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
        lab.write(name, b"1\n");
        lab.write("new\nline", b"one\r\ntwo\r\n");
        lab.commit("one");
        lab.write(name, b"1\n2\n");
        lab.write("new\nline", b"one\r\nTWO\r\nthree\r\n");
        lab.git(&["add", "-A"]);
        let (seen, _) = run(&staged(&lab));
        assert_eq!(paths(&seen), ["caf\\xe9", "new\nline"]);
        assert_eq!(
            (&seen[0].2, &seen[1].2),
            (&only(&[(2, 2)]), &only(&[(2, 3)]))
        );
        assert_eq!(seen[1].1, "one\r\nTWO\r\nthree\r\n");
    }

    #[test]
    fn the_index_git_names_is_read() {
        let lab = Lab::new();
        lab.write("a", b"1\n");
        lab.commit("one");
        lab.write("usual", b"u\n");
        lab.git(&["add", "usual"]);
        // As `git commit a` does: another index, given relative to the top.
        std::fs::copy(lab.path(".git/index"), lab.path(".git/next-index.lock")).unwrap();
        lab.git(&["rm", "-q", "--cached", "usual"]);
        let environment = Environment {
            index: Some(".git/next-index.lock".into()),
            git_dir: Some(".git".into()),
            ..lab.environment()
        };
        let source = Staged::open(Path::new("."), &environment, Exclude::default()).unwrap();
        assert_eq!(paths(&run(&source).0), ["usual"]);
        assert_eq!(run(&staged(&lab)).0, []);
    }

    #[test]
    fn a_linked_work_tree_has_an_index_of_its_own() {
        let lab = Lab::new();
        lab.write("a", b"1\n");
        lab.commit("one");
        lab.git(&["worktree", "add", "-q", "../linked"]);
        let linked = lab.path("../linked").canonicalize().unwrap();
        std::fs::write(linked.join("only-here"), b"x\n").unwrap();
        lab.git_in(&linked, &["add", "."]);
        let source = Staged::open(&linked, &Environment::at(&linked), Exclude::default()).unwrap();
        assert_eq!(paths(&run(&source).0), ["only-here"]);
        // As git calls a hook there.
        let git_dir = lab.path(".git/worktrees/linked");
        let environment = Environment {
            index: Some(git_dir.join("index")),
            git_dir: Some(git_dir),
            ..Environment::at(&linked)
        };
        let source = Staged::open(&linked, &environment, Exclude::default()).unwrap();
        assert_eq!(
            (paths(&run(&source).0), source.scope().root.as_str()),
            (vec!["only-here"], ".")
        );
        assert_eq!(run(&staged(&lab)).0, []);
    }

    #[test]
    fn a_git_dir_beside_its_work_tree() {
        let lab = Lab::new();
        let home = Lab::without_git();
        home.write("dotfile", b"x\n");
        let git_dir = lab.path(".git");
        let args = |args: &[&str]| {
            let mut all = vec![
                format!("--git-dir={}", git_dir.display()),
                format!("--work-tree={}", home.root().display()),
            ];
            all.extend(args.iter().map(|arg| (*arg).to_owned()));
            assert!(lab.try_git(home.root(), &all).status.success());
        };
        args(&["config", "core.bare", "true"]);
        args(&["add", "dotfile"]);
        for work_tree in [home.root().to_path_buf(), ".".into()] {
            let environment = Environment {
                git_dir: Some(git_dir.clone()),
                work_tree: Some(work_tree),
                ..home.environment()
            };
            let source = Staged::open(home.root(), &environment, Exclude::default()).unwrap();
            assert_eq!(paths(&run(&source).0), ["dotfile"]);
        }
    }

    #[test]
    fn what_cannot_be_opened_says_what_to_do() {
        let lab = Lab::without_git();
        let open = |dir: &Path| {
            Staged::open(dir, &Environment::at(dir), Exclude::default())
                .err()
                .unwrap()
        };
        assert!(open(lab.root()).message.contains("no git repository"));
        lab.git(&["init", "-q", "--bare", "bare.git"]);
        let error = open(&lab.path("bare.git"));
        assert!(error.message.contains("bare") && error.help.unwrap().contains("--range"));
        lab.git(&["init", "-q", "--object-format=sha256", "wide"]);
        let error = open(&lab.path("wide"));
        assert!(error.message.contains("SHA-256"), "{}", error.message);
        let environment = Environment {
            git_dir: Some("nowhere".into()),
            ..lab.environment()
        };
        let error = Staged::open(lab.root(), &environment, Exclude::default())
            .err()
            .unwrap();
        assert!(error.message.contains("GIT_DIR"), "{}", error.message);
    }

    #[test]
    fn another_owner_is_refused_with_advice() {
        let lab = Lab::new();
        // Only root can give a directory away; others see the same through the error code alone.
        #[cfg(unix)]
        if std::os::unix::fs::chown(lab.path(".git"), Some(12_345), None).is_ok() {
            std::os::unix::fs::chown(lab.root(), Some(12_345), None).unwrap();
            let error = Staged::open(lab.root(), &lab.environment(), Exclude::default())
                .err()
                .unwrap();
            let help = error.help.unwrap();
            assert!(
                help.contains("safe.directory") && help.contains(&lab.root().display().to_string()),
                "{help}"
            );
        }
        drop(lab);
    }

    #[test]
    fn a_missing_object_is_a_gap_with_its_name() {
        let lab = Lab::new();
        lab.write("a", b"content\n");
        lab.write("b", b"other\n");
        lab.git(&["add", "."]);
        let id = lab.git(&["rev-parse", ":a"]);
        std::fs::remove_file(lab.path(format!(".git/objects/{}/{}", &id[..2], &id[2..]))).unwrap();
        let (seen, outcome) = run(&staged(&lab));
        assert_eq!(paths(&seen), ["b"]);
        assert_eq!(outcome.gaps[0].what, format!("blob {id} (a)"));
    }

    #[test]
    fn a_sparse_index_hides_nothing_staged() {
        let lab = Lab::new();
        for path in ["in/a", "out/b", "out/deep/c", "top"] {
            lab.write(path, b"1\n");
        }
        lab.commit("one");
        lab.write("out/deep/c", b"1\n2\n");
        lab.commit("two");
        lab.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
        lab.git(&["reset", "-q", "--soft", "HEAD~1"]);
        let (seen, outcome) = run(&staged(&lab));
        assert_eq!(paths(&seen), ["out/deep/c"]);
        assert_eq!((&seen[0].2, outcome.gaps.len()), (&only(&[(2, 2)]), 0));
    }

    #[test]
    fn what_the_configuration_excludes_is_not_read() {
        let lab = Lab::new();
        lab.write("docs/x", b"1\n");
        lab.write("app/x", b"1\n");
        lab.git(&["add", "."]);
        let exclude = Exclude::new(&["docs/**"]).unwrap();
        let source = Staged::open(lab.root(), &lab.environment(), exclude).unwrap();
        assert_eq!(paths(&run(&source).0), ["app/x"]);
    }

    #[test]
    fn a_large_blob_is_streamed() {
        let lab = Lab::new();
        lab.commit("one");
        let length = usize::try_from(IN_MEMORY).unwrap() + 10;
        lab.write("large", &vec![b'x'; length]);
        lab.git(&["add", "."]);
        assert_eq!(
            run(&staged(&lab)).0[0].1,
            format!("stream of {length} ({length})")
        );
        lab.git(&["commit", "-qm", "two"]);
        lab.git(&["gc", "-q"]);
        lab.git(&["reset", "-q", "--soft", "HEAD~1"]);
        assert_eq!(
            run(&staged(&lab)).0[0].1.len(),
            length,
            "a packed one is held"
        );
    }
}
