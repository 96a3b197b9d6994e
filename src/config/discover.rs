//! Which file is the configuration, and its bytes.

use super::problem::ConfigError;
use crate::finding::{RepoPath, printable};
use crate::whole;
use std::io;
use std::path::{Path, PathBuf};

/// Where the configuration comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The nearest `stackguard.toml`, from the start directory up to the root of its git repository; outside a
    /// repository only the start directory itself, so that no file that somebody left in a
    /// shared directory above it decides.
    Discover,
    /// This file.
    File(PathBuf),
    /// None: the defaults.
    None,
}

/// The name looked for.
pub const FILE_NAME: &str = "stackguard.toml";

/// A file that was chosen and read.
#[derive(Debug)]
pub(super) struct Found {
    pub path: PathBuf,
    /// As reports name it.
    pub name: String,
    pub bytes: Vec<u8>,
    /// The directory that what it names may not leave; none when the user named the file.
    pub fence: Option<PathBuf>,
}

/// Finds and reads the configuration; none when there is none.
pub(super) fn find(start: &Path, choice: Choice) -> Result<Option<Found>, ConfigError> {
    let start = std::path::absolute(start).unwrap_or_else(|_| start.to_owned());
    let root = start
        .ancestors()
        .find(|dir| dir.join(".git").symlink_metadata().is_ok());
    match choice {
        Choice::None => Ok(None),
        Choice::File(given) => {
            let path = std::path::absolute(&given).unwrap_or_else(|_| given.clone());
            let name = name(&path, root.unwrap_or(&start))
                .unwrap_or_else(|| printable(&given.to_string_lossy()));
            let bytes = read(&path).map_err(|error| unreadable(&name, &error))?;
            Ok(Some(Found {
                path,
                name,
                bytes,
                fence: None,
            }))
        }
        Choice::Discover => {
            let top = root.unwrap_or(&start);
            for dir in start.ancestors().take_while(|dir| dir.starts_with(top)) {
                let path = dir.join(FILE_NAME);
                let name = name(&path, top).unwrap_or_else(|| FILE_NAME.to_owned());
                match read(&path) {
                    Ok(bytes) => {
                        within(&path, top).map_err(|error| unreadable(&name, &error))?;
                        return Ok(Some(Found {
                            path,
                            name,
                            bytes,
                            fence: Some(top.to_owned()),
                        }));
                    }
                    // A start that is a file, or is not there, is the source's business.
                    Err(error)
                        if matches!(
                            error.kind(),
                            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                        ) && path.symlink_metadata().is_err() => {}
                    Err(error) => return Err(unreadable(&name, &error)),
                }
            }
            Ok(None)
        }
    }
}

/// The bytes of a regular file of at most [`MOST_BYTES`].
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    whole::read(path, MOST_BYTES)
}

/// Refuses a path that leads out of `fence` (a link, `..`): a repository's own configuration must not
/// have other files of the machine read and quoted.
pub(crate) fn within(path: &Path, fence: &Path) -> io::Result<()> {
    if path.canonicalize()?.starts_with(fence.canonicalize()?) {
        Ok(())
    } else {
        Err(io::Error::other(
            "it leads out of the repository; name it with `--config` if that is meant",
        ))
    }
}

/// `path` relative to `root`, with `/`; none when it is elsewhere.
pub(crate) fn name(path: &Path, root: &Path) -> Option<String> {
    path.strip_prefix(root)
        .ok()
        .map(|inner| RepoPath::from_path(inner).to_string())
}

fn unreadable(name: &str, error: &io::Error) -> ConfigError {
    ConfigError::new(
        format!("cannot read the configuration {name}: {error}"),
        "give another file with `--config FILE`, or run with the defaults with `--no-config`",
    )
}

/// Of a configuration or a pack.
const MOST_BYTES: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn found(start: &Path) -> Option<(String, String)> {
        let found = find(start, Choice::Discover).expect("readable")?;
        Some((found.name, String::from_utf8(found.bytes).expect("UTF-8")))
    }

    #[test]
    fn walks_up_to_the_git_root_and_no_further() {
        let dir = tempfile::tempdir().expect("a directory");
        let root = dir.path().join("repo");
        let deep = root.join("a/b");
        fs::create_dir_all(&deep).expect("made");
        fs::write(dir.path().join(FILE_NAME), "outside").expect("written");
        fs::write(deep.join("code.rs"), "").expect("written");
        assert_eq!(
            found(&deep),
            None,
            "outside git only the directory itself counts"
        );
        assert_eq!(
            found(dir.path()),
            Some((FILE_NAME.into(), "outside".into()))
        );
        // A linked worktree and a submodule have a file there.
        fs::write(root.join(".git"), "gitdir: elsewhere").expect("written");
        assert_eq!(found(&deep), None);
        fs::write(root.join(FILE_NAME), "root").expect("written");
        for start in [&root, &deep, &deep.join("code.rs"), &deep.join("absent")] {
            assert_eq!(
                found(start),
                Some((FILE_NAME.into(), "root".into())),
                "{}",
                start.display()
            );
        }
        fs::write(root.join("a").join(FILE_NAME), "inner").expect("written");
        assert_eq!(
            found(&deep),
            Some(("a/stackguard.toml".into(), "inner".into()))
        );
        let given = find(&deep, Choice::File(root.join(FILE_NAME)))
            .expect("readable")
            .expect("found");
        assert_eq!((given.name.as_str(), given.fence), (FILE_NAME, None));
        assert!(
            find(&deep, Choice::None)
                .expect("nothing to fail")
                .is_none()
        );
    }

    #[test]
    fn what_cannot_be_read_is_an_error_not_an_absence() {
        let dir = tempfile::tempdir().expect("a directory");
        fs::create_dir(dir.path().join(FILE_NAME)).expect("made");
        let said = find(dir.path(), Choice::Discover)
            .expect_err("a directory")
            .to_string();
        assert!(said.contains("not a regular file"), "{said}");
        let absent = dir.path().join("absent.toml");
        assert!(find(dir.path(), Choice::File(absent)).is_err());
        let large = dir.path().join("large.toml");
        fs::write(&large, vec![b'#'; (MOST_BYTES + 1) as usize]).expect("written");
        let said = find(dir.path(), Choice::File(large))
            .expect_err("too large")
            .to_string();
        assert!(said.contains("larger than 1 MiB"), "{said}");
    }

    #[cfg(unix)]
    #[test]
    fn links_out_of_the_repository_are_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        let root = dir.path().join("repo");
        fs::create_dir_all(root.join(".git")).expect("made");
        let target = dir.path().join("elsewhere.toml");
        fs::write(&target, "").expect("written");
        std::os::unix::fs::symlink(&target, root.join(FILE_NAME)).expect("linked");
        let said = find(&root, Choice::Discover)
            .expect_err("leads out")
            .to_string();
        assert!(said.contains("leads out of the repository"), "{said}");
        fs::remove_file(&target).expect("removed");
        assert!(
            find(&root, Choice::Discover).is_err(),
            "a dangling link is no absence"
        );
    }
}
