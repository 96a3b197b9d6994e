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
        let git_dir = git_dir(path)?;
        let read = |path: PathBuf| {
            files::read(&path)
                .map(|text| text.map(|text| String::from_utf8_lossy(&text).into_owned()))
        };
        let common_dir = match read(git_dir.join("commondir"))? {
            Some(text) => shared_dir(&git_dir, &text)?,
            None => git_dir.clone(),
        };
        let config = read(common_dir.join("config"))?.unwrap_or_default();
        let hash = readable(&config)?;
        let shallow = read(common_dir.join("shallow"))?.unwrap_or_default();
        let shallow = shallow
            .lines()
            .filter_map(|line| Oid::from_hex(line.trim().as_bytes()))
            .collect();
        if !common_dir.join("objects").is_dir() {
            return no_repository("its git directory has no `objects`".to_owned(), CLONE);
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

/// Whether this program knows all that a repository with this configuration may be made of, and how objects are named.
/// Like git, which refuses what it does not know rather than see half of it.
fn readable(config: &str) -> Result<HashKind, Damage> {
    let refused = |what: String, advice| Err(Damage::Unsupported { what, advice });
    let version = setting(config, "core", "repositoryformatversion");
    let version = version.map_or(0, |text| text.parse().unwrap_or(u32::MAX));
    if version > NEWEST {
        let what = "the repository has a format newer than is known here".to_owned();
        return refused(what, NEWER);
    }
    let storage = extension(config, "refstorage");
    if let Some(storage) = storage.filter(|storage| !storage.eq_ignore_ascii_case("files")) {
        return refused(
            format!("refs kept as {storage:?} are not read here"),
            REFS_AS_FILES,
        );
    }
    let unknown = settings(config)
        .filter(|(section, ..)| section.eq_ignore_ascii_case("extensions"))
        .map(|(_, name, _)| name.to_ascii_lowercase())
        .find(|name| version > 0 && !EXTENSIONS.contains(&name.as_str()));
    if let Some(name) = unknown {
        return refused(
            format!("the repository has the extension {name:?}, which is not known here"),
            NEWER,
        );
    }
    hash_in(config).or_else(|other| {
        refused(
            format!("objects named by {other:?} are not read here"),
            NEWER,
        )
    })
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

/// The git directory of a work tree, or `path` itself if it is one.
fn git_dir(path: &Path) -> Result<PathBuf, Damage> {
    let inner = path.join(".git");
    if inner.is_dir() {
        return Ok(inner);
    }
    if let Some(link) = files::read(&inner)? {
        let link = String::from_utf8_lossy(&link);
        let Some(target) = link.strip_prefix("gitdir:") else {
            let what = "its `.git` is a file that does not begin with `gitdir:`".to_owned();
            return no_repository(what, CLONE);
        };
        let git_dir = path.join(target.trim());
        if git_dir.is_dir() {
            return Ok(git_dir);
        }
        let what = format!("its `.git` names {}, which is no directory", shown(target));
        return no_repository(what, MOVED);
    }
    if path.join("objects").is_dir() || path.join("commondir").is_file() {
        return Ok(path.to_owned());
    }
    no_repository("there is no git repository".to_owned(), NAME_ONE)
}

/// What the `commondir` of a linked work tree leads to.
fn shared_dir(git_dir: &Path, text: &str) -> Result<PathBuf, Damage> {
    let shared = git_dir.join(text.trim_end_matches(['\n', '\r']));
    if shared.is_dir() {
        return Ok(shared);
    }
    let what = format!(
        "the `commondir` of its git directory names {}, which is no directory",
        shown(text)
    );
    no_repository(what, MOVED)
}

fn no_repository<T>(what: String, advice: &'static str) -> Result<T, Damage> {
    Err(Damage::NoRepository { what, advice })
}

/// What a file names, as it may be shown: some of it, on one line.
fn shown(text: &str) -> String {
    let short: String = text.trim().chars().take(LONGEST).collect();
    format!("{short:?}")
}

/// A key of `[extensions]`, in lower case.
fn extension(config: &str, key: &str) -> Option<String> {
    setting(config, "extensions", key)
}

/// The last value of a key; section and key in lower case.
fn setting(config: &str, section: &str, key: &str) -> Option<String> {
    let is_it = |(in_section, name, _): &(&str, &str, String)| {
        in_section.eq_ignore_ascii_case(section) && name.eq_ignore_ascii_case(key)
    };
    settings(config)
        .filter(is_it)
        .last()
        .map(|(.., value)| value)
}

/// Section, key and value of every line; nothing that the file includes is read, as git reads nothing of it for these.
fn settings(config: &str) -> impl Iterator<Item = (&str, &str, String)> {
    let mut section = "";
    config.lines().map(str::trim).filter_map(move |line| {
        let line = match line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            Some((name, rest)) => {
                section = name.trim();
                rest.trim()
            }
            None => line,
        };
        let (name, text) = line.split_once('=').unwrap_or((line, ""));
        let name = name.trim();
        let text = text.split(['#', ';']).next().unwrap_or_default();
        let is_setting = !name.is_empty() && !name.starts_with(['#', ';']);
        is_setting.then(|| (section, name, text.trim().trim_matches('"').to_owned()))
    })
}

/// The newest `core.repositoryFormatVersion` that is known.
const NEWEST: u32 = 1;
/// The extensions that version 1 may have, of which those that matter here are looked at.
const EXTENSIONS: [&str; 10] = [
    "compatobjectformat",
    "noop",
    "noop-v1",
    "objectformat",
    "partialclone",
    "preciousobjects",
    "refstorage",
    "relativeworktrees",
    "submodulepathconfig",
    "worktreeconfig",
];
/// Characters of a path that are shown.
const LONGEST: usize = 200;
const NAME_ONE: &str =
    "run it inside a git repository, or name one: `stackguard check --history PATH`";
const CLONE: &str = "what is left of it is no repository to git either; clone it anew";
const MOVED: &str = "if the repository or the work tree was moved, `git worktree repair PATH`, run in the repository, mends it; if \
                     the work tree was removed there, `git worktree add` makes it anew";
const NEWER: &str = "a newer version of this program may know it";
/// What to do about refs in one binary file.
pub(in crate::source) const REFS_AS_FILES: &str = "`git refs migrate --ref-format=files` (git 2.46 and later) changes it, or clone it anew with `--ref-format=files`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_nowhere_is_named() {
        let root = tempfile::tempdir().expect("a directory can be made");
        let root = root.path();
        let linked = root.join("linked");
        for (files, wanted) in [
            (&[][..], "there is no git repository"),
            (
                &[(".git", "gone")],
                "its `.git` is a file that does not begin with `gitdir:`",
            ),
            (
                &[(".git", "gitdir: ../gone\u{1b}[2J\n")],
                "its `.git` names \"../gone\\u{1b}[2J\", which is no directory",
            ),
            (
                &[(".git", "gitdir: git\n"), ("git/commondir", "../gone\n")],
                "the `commondir` of its git directory names \"../gone\", which is no directory",
            ),
            (
                &[(".git/HEAD", "ref: refs/heads/main\n")],
                "its git directory has no `objects`",
            ),
        ] {
            let _ = std::fs::remove_dir_all(&linked);
            std::fs::create_dir(&linked).expect("it is gone");
            for (name, text) in files {
                let path = linked.join(name);
                std::fs::create_dir_all(path.parent().expect("it is below"))
                    .and_then(|()| std::fs::write(path, text))
                    .expect("it is ours");
            }
            let damage = Layout::find(&linked).expect_err("there is none");
            assert_eq!(damage.to_string(), wanted);
        }
    }

    #[test]
    fn extensions_are_found_as_git_finds_them() {
        let config = "[core]\n\tobjectformat = no\n[Extensions] # x\n objectFormat = \"sha256\" ; y\n[other]\nobjectformat=no\n";
        assert_eq!(extension(config, "objectformat").as_deref(), Some("sha256"));
        assert_eq!(extension(config, "partialclone"), None);
        assert_eq!(
            setting(config, "core", "OBJECTFORMAT").as_deref(),
            Some("no")
        );
        assert_eq!(
            extension("[extensions] partialClone = origin", "partialclone").as_deref(),
            Some("origin")
        );
    }
}
