//! Finds the repository something belongs to, and opens it.
//!
//! [`Place`] needs the file system only: a work tree can be checked whoever owns it. [`Repository`] is
//! opened by libgit2, which refuses directories of other owners unless `safe.directory` names them;
//! the error says what to do. Neither runs hooks, filters or `textconv`, and neither uses the network.

use super::history::{self, HashKind, Lone, Oid, Reader};
use super::{Environment, Scope, ScopeKind, SourceError};
use crate::finding::Gap;
use git2::{ErrorCode, ObjectFormat, RepositoryOpenFlags};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

/// Where a repository is: its work tree and its git directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The top of the work tree.
    pub root: PathBuf,
    /// The git directory; for a linked work tree the one below `worktrees/`.
    pub git_dir: PathBuf,
}

impl Place {
    /// The repository whose work tree `dir` (links resolved) is in.
    #[must_use]
    pub fn of(dir: &Path, environment: &Environment) -> Option<Self> {
        Self::told(environment)
            .filter(|place| dir.starts_with(&place.root))
            .or_else(|| dir.ancestors().find_map(Self::at))
    }

    /// The repository whose work tree's top is `root`.
    #[must_use]
    pub fn at(root: &Path) -> Option<Self> {
        let link = root.join(".git");
        let git_dir = if link.is_dir() {
            link
        } else {
            follow_gitfile(&link)?
        };
        is_git_dir(&git_dir).then(|| Self {
            root: root.to_path_buf(),
            git_dir,
        })
    }

    /// The one that `GIT_DIR` and `GIT_WORK_TREE` name.
    fn told(environment: &Environment) -> Option<Self> {
        let git_dir = environment.resolve(environment.git_dir.as_deref()?);
        let git_dir = fs::canonicalize(git_dir)
            .ok()
            .filter(|dir| is_git_dir(dir))?;
        let root = match &environment.work_tree {
            Some(root) => environment.resolve(root),
            None => linked_root(&git_dir)
                .or_else(|| {
                    git_dir
                        .parent()
                        .filter(|_| git_dir.ends_with(".git"))
                        .map(Path::to_path_buf)
                })
                .unwrap_or_else(|| environment.cwd.clone()),
        };
        Some(Self {
            root: fs::canonicalize(root).ok()?,
            git_dir,
        })
    }

    /// The directory that linked work trees share: objects, refs, configuration.
    #[must_use]
    pub fn common_dir(&self) -> PathBuf {
        let shared = text_of(&self.git_dir.join("commondir")).unwrap_or_default();
        self.git_dir.join(shared.trim_end())
    }

    /// The commit checked out, hex, when there is one.
    #[must_use]
    pub fn head(&self) -> Option<String> {
        let id = history::head(&self.git_dir, &self.common_dir())?;
        Some(id.to_string())
    }

    /// Bytes of an object id: 32 where the repository says `sha256`, else 20.
    #[must_use]
    pub(super) fn id_length(&self) -> usize {
        history::hash_of(&self.common_dir()).len()
    }
}

/// A repository opened for its objects.
pub struct Repository {
    git: git2::Repository,
    objects: Arc<Lone>,
    dir: PathBuf,
    environment: Environment,
}

impl Repository {
    /// The repository `dir` is in, or the one `GIT_DIR` names.
    ///
    /// # Errors
    /// There is none, or libgit2 will not open it.
    pub fn open(dir: &Path, environment: &Environment) -> Result<Self, SourceError> {
        // As git itself, take an object for what its name says: hashing all that is read doubles the time, and
        // a damaged object does not inflate.
        static TRUST: Once = Once::new();
        TRUST.call_once(|| git2::opts::strict_hash_verification(false));
        let dir = environment.resolve(dir);
        // libgit2 takes a relative GIT_WORK_TREE as relative to the git directory, git to the current directory.
        let trusted = environment.inherited
            && environment
                .work_tree
                .as_ref()
                .is_none_or(|root| root.is_absolute());
        let mut flags = RepositoryOpenFlags::empty();
        flags.set(RepositoryOpenFlags::FROM_ENV, trusted);
        let start = match &environment.git_dir {
            Some(git_dir) => {
                flags |= RepositoryOpenFlags::NO_SEARCH | RepositoryOpenFlags::NO_DOTGIT;
                environment.resolve(git_dir)
            }
            None => dir.clone(),
        };
        let git = git2::Repository::open_ext(&start, flags, std::iter::empty::<&OsStr>())
            .map_err(|error| refused(&error, environment, &start))?;
        let objects = match &environment.objects {
            Some(objects) => environment.resolve(objects),
            None => git.commondir().join("objects"),
        };
        let alternates = environment.alternates.iter();
        let alternates: Vec<_> = alternates.map(|path| environment.resolve(path)).collect();
        let hash = match git.object_format() {
            ObjectFormat::Sha1 => HashKind::Sha1,
            ObjectFormat::Sha256 => HashKind::Sha256,
        };
        Ok(Self {
            git,
            objects: Arc::new(Lone::open(&objects, &alternates, hash)),
            dir,
            environment: environment.clone(),
        })
    }

    /// The same repository once more, for another thread.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn again(&self) -> Result<Self, SourceError> {
        let again = Self::open(&self.dir, &self.environment)?;
        Ok(Self {
            objects: Arc::clone(&self.objects),
            ..again
        })
    }

    /// Reads its objects.
    #[must_use]
    pub(super) fn reader(&self) -> Reader<'_> {
        self.objects.reader()
    }

    /// libgit2's own handle.
    #[must_use]
    pub fn git(&self) -> &git2::Repository {
        &self.git
    }

    /// The top of the work tree; none when bare.
    #[must_use]
    pub fn root(&self) -> Option<PathBuf> {
        let told = self
            .environment
            .work_tree
            .as_ref()
            .map(|root| self.environment.resolve(root));
        told.or_else(|| self.git.workdir().map(Path::to_path_buf))
    }

    /// The git directory.
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        self.git.path()
    }

    /// The index file: `GIT_INDEX_FILE` (relative to the top of the work tree, where git runs its hooks) or the usual one.
    #[must_use]
    pub fn index_path(&self) -> PathBuf {
        match &self.environment.index {
            Some(path) => self
                .root()
                .unwrap_or_else(|| self.environment.cwd.clone())
                .join(path),
            None => self.git.path().join("index"),
        }
    }

    /// The commit checked out, hex; none before the first commit.
    #[must_use]
    pub fn head(&self) -> Option<String> {
        self.git.head().ok()?.target().map(|id| id.to_string())
    }

    /// How its objects are named.
    #[must_use]
    pub(super) fn hash(&self) -> HashKind {
        self.objects.hash()
    }

    /// An id that libgit2 found.
    #[must_use]
    pub(super) fn id(&self, id: git2::Oid) -> Option<Oid> {
        Oid::new(self.hash(), id.as_bytes())
    }

    /// What reports call the directory paths are relative to.
    #[must_use]
    pub fn name(&self) -> String {
        let root = self.root().unwrap_or_else(|| self.git.path().to_path_buf());
        self.environment
            .name_of(&fs::canonicalize(&root).unwrap_or(root))
    }

    /// What reports say of looking at it in this way.
    #[must_use]
    pub fn scope(&self, kind: ScopeKind) -> Scope {
        Scope {
            kind,
            root: self.name(),
            head: self.head(),
        }
    }

    /// Whether history is cut off.
    #[must_use]
    pub fn is_shallow(&self) -> bool {
        self.git.is_shallow()
    }

    /// The gap that `info/grafts` leaves: parents are what it says, and commits may be passed over that a push sends all
    /// the same (<https://git-scm.com/docs/gitglossary#def_grafts>).
    #[must_use]
    pub(super) fn grafts(&self) -> Option<Gap> {
        let path = self.git.commondir().join("info/grafts");
        let is_empty = path.metadata().map_or(true, |meta| meta.len() == 0);
        (!is_empty).then(|| Gap {
            what: "info/grafts".to_owned(),
            why: "it changes the parents of commits, so that some may be hidden; `git replace --convert-graft-file` \
                  keeps what is shown without that"
                .to_owned(),
        })
    }

    /// Commits whose parents a shallow clone left behind, sorted (<https://git-scm.com/docs/shallow>).
    #[must_use]
    pub fn shallow_boundary(&self) -> Vec<Oid> {
        let list = fs::read_to_string(self.git.commondir().join("shallow")).unwrap_or_default();
        let ids = list.lines().map(|line| line.trim().as_bytes());
        let mut ids: Vec<Oid> = ids.filter_map(Oid::from_hex).collect();
        ids.sort_unstable();
        ids
    }
}

/// Whether `dir` looks like a git directory: what git itself asks for.
#[must_use]
pub(crate) fn is_git_dir(dir: &Path) -> bool {
    let shared = text_of(&dir.join("commondir")).unwrap_or_default();
    let common = dir.join(shared.trim_end());
    dir.join("HEAD").symlink_metadata().is_ok()
        && common.join("objects").is_dir()
        && common.join("refs").is_dir()
}

/// The directory a `.git` file points to, as in submodules and linked work trees.
fn follow_gitfile(file: &Path) -> Option<PathBuf> {
    if !file.symlink_metadata().ok()?.is_file() {
        return None;
    }
    let text = text_of(file)?;
    Some(file.parent()?.join(text.strip_prefix("gitdir:")?.trim()))
}

/// The top of the linked work tree that `git_dir` belongs to.
fn linked_root(git_dir: &Path) -> Option<PathBuf> {
    let back = text_of(&git_dir.join("gitdir"))?;
    Path::new(back.trim_end())
        .parent()
        .map(|root| git_dir.join(root))
}

/// A small file of git's own. What stands in its place may be a pipe, or a link to something endless.
fn text_of(path: &Path) -> Option<String> {
    let metadata = path.metadata().ok()?;
    let is_sane = metadata.is_file() && metadata.len() <= LARGEST_TEXT;
    if is_sane {
        fs::read_to_string(path).ok()
    } else {
        None
    }
}

/// Says why libgit2 would not open the repository, and what to do.
fn refused(error: &git2::Error, environment: &Environment, start: &Path) -> SourceError {
    let message = error.message();
    match error.code() {
        ErrorCode::NotFound if environment.git_dir.is_some() => SourceError::new(
            "GIT_DIR names no git repository",
            "unset GIT_DIR, or set it to the .git directory",
        ),
        ErrorCode::NotFound => SourceError::new(
            "this is no git repository",
            "run it inside one; `stackguard check PATH` looks at files anywhere",
        ),
        ErrorCode::Owner => {
            // Git compares the very words, so that `.` at the end would name another directory.
            let start = fs::canonicalize(start).unwrap_or_else(|_| start.to_path_buf());
            let root = Place::of(&start, environment).map_or(start, |place| place.root);
            SourceError::new(
                "git does not trust this repository: its directory belongs to another user",
                format!(
                    "in a container that is usual; if you trust it: git config --global --add safe.directory {}",
                    root.display()
                ),
            )
        }
        _ => unsupported(message).unwrap_or_else(|| {
            SourceError::new(
                format!("the git repository cannot be opened: {message}"),
                "`git fsck` and `git config --list` may say more",
            )
        }),
    }
}

/// What libgit2 says of a repository that is made of something that it does not know.
fn unsupported(message: &str) -> Option<SourceError> {
    if let Some(name) = message.strip_prefix("unsupported extension name extensions.") {
        return Some(if name == "refstorage" {
            SourceError::new(
                "this repository does not keep its refs as files (`extensions.refStorage`), and they cannot be read here",
                history::REFS_AS_FILES,
            )
        } else {
            SourceError::new(
                format!(
                    "the repository has the extension `{}`, which is not known here",
                    name.escape_default()
                ),
                UNKNOWN,
            )
        });
    }
    let is_newer = message.starts_with("unsupported repository version");
    let other_hash = message.strip_prefix("unknown object format ");
    let what = match other_hash {
        Some(name) => format!(
            "objects named by {} are not read here",
            name.escape_default()
        ),
        None if is_newer => "the repository has a format newer than is known here".to_owned(),
        None => return None,
    };
    Some(SourceError::new(what, UNKNOWN))
}

/// What to do about a repository of a make that is not known.
const UNKNOWN: &str = "`stackguard check PATH` still looks at the files; `stackguard check --history` or a newer version of this \
                       program may know it";

/// Git's own small files are far below this, in bytes.
const LARGEST_TEXT: u64 = 1 << 20;
