//! What the process was told about where it is: the current directory and git's own variables.
//!
//! Git sets these for hooks (`GIT_INDEX_FILE` during `git commit -a`, `GIT_DIR` in linked work trees), so a
//! hook that ignored them would look at the wrong index. They are read once and passed on, which also
//! lets a test stand somewhere else without changing the process.

use std::path::{Path, PathBuf};

/// The current directory and the `GIT_*` variables that move things
/// (<https://git-scm.com/docs/git#_environment_variables>).
#[derive(Debug, Clone)]
pub struct Environment {
    /// The current directory, links resolved.
    pub cwd: PathBuf,
    /// `GIT_DIR`.
    pub git_dir: Option<PathBuf>,
    /// `GIT_WORK_TREE`.
    pub work_tree: Option<PathBuf>,
    /// `GIT_INDEX_FILE`.
    pub index: Option<PathBuf>,
    /// `GIT_OBJECT_DIRECTORY`.
    pub objects: Option<PathBuf>,
    /// `GIT_ALTERNATE_OBJECT_DIRECTORIES`.
    pub alternates: Vec<PathBuf>,
    /// Whether libgit2 may read the other variables itself (object directories, ceilings, configuration files).
    pub inherited: bool,
}

impl Environment {
    /// That of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let cwd = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        let variable = |name| {
            std::env::var_os(name)
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        };
        Self {
            git_dir: variable("GIT_DIR"),
            work_tree: variable("GIT_WORK_TREE"),
            index: variable("GIT_INDEX_FILE"),
            objects: variable("GIT_OBJECT_DIRECTORY"),
            alternates: std::env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES")
                .map(|list| std::env::split_paths(&list).collect())
                .unwrap_or_default(),
            inherited: true,
            ..Self::at(&cwd)
        }
    }

    /// A plain one: in `cwd`, nothing set.
    #[must_use]
    pub fn at(cwd: &Path) -> Self {
        let cwd = std::fs::canonicalize(cwd).unwrap_or_else(|_| cwd.to_path_buf());
        Self {
            cwd,
            git_dir: None,
            work_tree: None,
            index: None,
            objects: None,
            alternates: Vec::new(),
            inherited: false,
        }
    }

    /// `path` as seen from the current directory.
    #[must_use]
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.cwd.join(path)
    }

    /// How a report names `dir`: relative to the current directory, never an absolute path of the machine.
    #[must_use]
    pub fn name_of(&self, dir: &Path) -> String {
        let slashes = |path: &Path| {
            crate::finding::RepoPath::from_path(path)
                .as_str()
                .to_owned()
        };
        if dir == self.cwd {
            ".".to_owned()
        } else if let Ok(below) = dir.strip_prefix(&self.cwd) {
            slashes(below)
        } else if let Ok(above) = self.cwd.strip_prefix(dir) {
            vec![".."; above.components().count()].join("/")
        } else {
            dir.file_name()
                .map_or_else(|| ".".to_owned(), |name| slashes(Path::new(name)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_named_from_where_one_stands() {
        let environment = Environment {
            cwd: PathBuf::from("/a/b/c"),
            ..Environment::at(Path::new("/"))
        };
        for (dir, name) in [
            ("/a/b/c", "."),
            ("/a/b", ".."),
            ("/a", "../.."),
            ("/a/b/c/d/e", "d/e"),
            ("/x/y", "y"),
        ] {
            assert_eq!(environment.name_of(Path::new(dir)), name, "{dir}");
        }
    }
}
