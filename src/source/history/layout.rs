//! Where a repository keeps its things, and how it names its objects.
//!
//! Formats: <https://git-scm.com/docs/gitrepository-layout>, <https://git-scm.com/docs/repository-version>.

use super::files;
use super::oid::{Damage, HashKind, Oid};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The directories and settings that the history needs.
#[derive(Debug)]
pub(super) struct Layout {
    /// HEAD and reflogs of this work tree.
    pub(super) git_dir: PathBuf,
    /// Objects and refs, shared by all work trees.
    pub(super) common_dir: PathBuf,
    pub(super) hash: HashKind,
    /// Commits whose parents were not fetched.
    pub(super) shallow: HashSet<Oid>,
    /// A partial clone: objects may be left out by design.
    pub(super) partial: bool,
}

impl Layout {
    /// From a git directory, or a work tree that holds one or a link to one.
    pub(super) fn find(path: &Path) -> Result<Self, Damage> {
        let git_dir = git_dir(path).ok_or(Damage::Format("path of the repository"))?;
        let read = |path: PathBuf| {
            files::read(&path)
                .map(|text| text.map(|text| String::from_utf8_lossy(&text).into_owned()))
        };
        let common_dir = match read(git_dir.join("commondir"))? {
            Some(text) => git_dir.join(text.trim_end_matches(['\n', '\r'])),
            None => git_dir.clone(),
        };
        let config = read(common_dir.join("config"))?.unwrap_or_default();
        if let Some(storage) = extension(&config, "refstorage")
            .filter(|storage| !storage.eq_ignore_ascii_case("files"))
        {
            return Err(Damage::Io(format!(
                "refs kept as {storage:?} are not supported yet"
            )));
        }
        let hash = hash_in(&config)
            .map_err(|other| Damage::Io(format!("objects named by {other:?} are not supported")))?;
        let shallow = read(common_dir.join("shallow"))?.unwrap_or_default();
        let shallow = shallow
            .lines()
            .filter_map(|line| Oid::from_hex(line.trim().as_bytes()))
            .collect();
        if !common_dir.join("objects").is_dir() {
            return Err(Damage::Format("object directory"));
        }
        let partial = extension(&config, "partialclone").is_some();
        Ok(Self {
            git_dir,
            common_dir,
            hash,
            shallow,
            partial,
        })
    }
}

/// How the repository with this shared directory names its objects; SHA-1 where that cannot be told.
pub(in crate::source) fn hash_of(common_dir: &Path) -> HashKind {
    let config = files::read(&common_dir.join("config")).ok().flatten();
    let config = config.unwrap_or_default();
    hash_in(&String::from_utf8_lossy(&config)).unwrap_or(HashKind::Sha1)
}

/// # Errors
/// The name of a hash that is not known here.
fn hash_in(config: &str) -> Result<HashKind, String> {
    match extension(config, "objectformat") {
        None => Ok(HashKind::Sha1),
        Some(name) => match &*name {
            "sha1" => Ok(HashKind::Sha1),
            "sha256" => Ok(HashKind::Sha256),
            _ => Err(name),
        },
    }
}

fn git_dir(path: &Path) -> Option<PathBuf> {
    let inner = path.join(".git");
    if inner.is_dir() {
        return Some(inner);
    }
    if let Some(link) = files::read(&inner).ok()? {
        let link = String::from_utf8_lossy(&link);
        return link
            .strip_prefix("gitdir:")
            .map(|target| path.join(target.trim()));
    }
    (path.join("objects").is_dir() || path.join("commondir").is_file()).then(|| path.to_owned())
}

/// A key of `[extensions]`, both in lower case; nothing else of the configuration matters here, and nothing it includes
/// is read.
fn extension(config: &str, key: &str) -> Option<String> {
    let mut inside = false;
    let mut value = None;
    for line in config.lines().map(str::trim) {
        let line = match line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            Some((section, rest)) => {
                inside = section.trim().eq_ignore_ascii_case("extensions");
                rest.trim()
            }
            None => line,
        };
        if let Some((name, text)) = line.split_once('=')
            && inside
            && name.trim().eq_ignore_ascii_case(key)
        {
            let text = text.split(['#', ';']).next().unwrap_or_default();
            value = Some(text.trim().trim_matches('"').to_owned());
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_found_as_git_finds_them() {
        let config = "[core]\n\tobjectformat = no\n[Extensions] # x\n objectFormat = \"sha256\" ; y\n[other]\nobjectformat=no\n";
        assert_eq!(extension(config, "objectformat").as_deref(), Some("sha256"));
        assert_eq!(extension(config, "partialclone"), None);
        assert_eq!(
            extension("[extensions] partialClone = origin", "partialclone").as_deref(),
            Some("origin")
        );
    }
}
