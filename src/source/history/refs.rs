//! What a history hangs from: HEAD, refs, reflogs and the stash, of the repository and of its linked work trees.
//!
//! Formats: <https://git-scm.com/docs/gitrepository-layout>. `refs/replace` and grafts are plain refs here: the history
//! shown is the one that is stored.

use super::files;
use super::oid::{HashKind, Oid};
use crate::finding::{Gap, RepoPath};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A name that points to an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tip {
    /// `HEAD`, or the full name of the ref (`refs/heads/main`).
    pub name: String,
    /// What it points to: a commit, or an annotated tag, or rarely something else.
    pub id: Oid,
    /// Which sort of name it is.
    pub kind: TipKind,
}

/// Sorts of names, the most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TipKind {
    /// What is checked out.
    Head,
    /// `refs/heads/…`
    Branch,
    /// `refs/remotes/…`
    Remote,
    /// `refs/tags/…`
    Tag,
    /// HEAD of another work tree, notes, pull requests and all else.
    Other,
    /// An earlier value of a name.
    Reflog,
    /// A stash, the latest or an earlier one.
    Stash,
}

/// All tips, each value of a name once, in the order of kinds and names.
pub(super) fn tips(
    git_dir: &Path,
    common_dir: &Path,
    hash: HashKind,
    gaps: &mut Vec<Gap>,
) -> Vec<Tip> {
    let mut finder = Finder {
        hash,
        refs: BTreeMap::new(),
        tips: Vec::new(),
        gaps,
    };
    finder.packed(&common_dir.join("packed-refs"));
    finder.loose(common_dir, "refs", "");
    finder.reflogs(&common_dir.join("logs"));
    finder.head(git_dir, "HEAD", TipKind::Head);
    if git_dir != common_dir {
        finder.loose(git_dir, "refs", "");
        finder.reflogs(&git_dir.join("logs"));
        finder.head(common_dir, "main-worktree/HEAD", TipKind::Other);
    }
    for name in finder.names(&common_dir.join("worktrees")) {
        let directory = common_dir.join("worktrees").join(&name);
        let prefix = format!("worktrees/{}/", name.display());
        finder.loose(&directory, "refs", &prefix);
        finder.reflogs(&directory.join("logs"));
        finder.head(&directory, &format!("{prefix}HEAD"), TipKind::Other);
    }
    let mut tips = finder.tips;
    tips.extend(finder.refs.into_iter().filter_map(|(name, target)| {
        let kind = kind_of(&name);
        let Target::Id(id) = target else {
            return None;
        };
        Some(Tip { name, id, kind })
    }));
    tips.sort_by(|a, b| (a.kind, &a.name, a.id).cmp(&(b.kind, &b.name, b.id)));
    tips.dedup();
    tips
}

struct Finder<'g> {
    hash: HashKind,
    /// By full name; what a symbolic ref names is here too.
    refs: BTreeMap<String, Target>,
    tips: Vec<Tip>,
    gaps: &'g mut Vec<Gap>,
}

impl Finder<'_> {
    fn packed(&mut self, path: &Path) {
        let text = self.read(path);
        for line in packed_refs(&text, self.hash) {
            match line {
                Some((name, id)) => drop(self.refs.insert(text_of(name), Target::Id(id))),
                None => self.gap(path, "a line of it cannot be read"),
            }
        }
    }

    /// Every file below `root/start`, named by its path.
    fn loose(&mut self, root: &Path, start: &str, prefix: &str) {
        for (path, name) in self.files_below(&root.join(start)) {
            let name = format!("{prefix}{start}/{name}");
            if name.ends_with(".lock") {
                continue;
            }
            match read_ref(&path, self.hash) {
                Some(target) => drop(self.refs.insert(name, target)),
                None => self.gap(&path, "the ref cannot be read"),
            }
        }
    }

    /// HEAD of a work tree. One that names a branch without commits points nowhere.
    fn head(&mut self, directory: &Path, name: &str, kind: TipKind) {
        let path = directory.join("HEAD");
        let start = read_ref(&path, self.hash);
        if start.is_none() {
            self.gap(&path, "it cannot be read");
        }
        let id = start.and_then(|start| follow(start, |name| self.refs.get(name).cloned()));
        self.tips.extend(id.map(|id| Tip {
            name: name.to_owned(),
            id,
            kind,
        }));
    }

    fn reflogs(&mut self, root: &Path) {
        for (path, name) in self.files_below(root) {
            let kind = if name == "refs/stash" {
                TipKind::Stash
            } else {
                TipKind::Reflog
            };
            let text = self.read(&path);
            let digits = self.hash.len() * 2;
            let start = self.tips.len();
            for line in text.split(|byte| *byte == b'\n') {
                let old = line.get(..digits).and_then(Oid::from_hex);
                let new = line.get(digits + 1..digits * 2 + 1).and_then(Oid::from_hex);
                let ids = [old, new]
                    .into_iter()
                    .flatten()
                    .filter(|id| id.as_bytes().iter().any(|byte| *byte != 0));
                self.tips.extend(ids.map(|id| Tip {
                    name: name.clone(),
                    id,
                    kind,
                }));
            }
            if let Some(added) = self.tips.get_mut(start..) {
                added.sort_by_key(|tip| tip.id);
            }
            self.tips.dedup();
        }
    }

    /// Files below a directory with their paths from there, `/` between; links to directories are not followed.
    fn files_below(&mut self, root: &Path) -> Vec<(PathBuf, String)> {
        let mut files = Vec::new();
        let mut directories = vec![(root.to_owned(), String::new())];
        while let Some((directory, prefix)) = directories.pop() {
            for name in self.names(&directory) {
                let path = directory.join(&name);
                let shown = format!("{prefix}{}", text_of(name.as_encoded_bytes()));
                match std::fs::symlink_metadata(&path) {
                    Ok(meta) if meta.is_dir() => directories.push((path, format!("{shown}/"))),
                    _ => files.push((path, shown)),
                }
            }
        }
        files
    }

    fn names(&mut self, directory: &Path) -> Vec<std::ffi::OsString> {
        files::names(directory).unwrap_or_else(|damage| {
            self.gap(directory, &damage.to_string());
            Vec::new()
        })
    }

    /// The bytes of a file, or none.
    fn read(&mut self, path: &Path) -> Vec<u8> {
        let text = files::read(path).unwrap_or_else(|damage| {
            self.gap(path, &damage.to_string());
            None
        });
        text.unwrap_or_default()
    }

    fn gap(&mut self, path: &Path, why: &str) {
        self.gaps.push(Gap {
            what: path.display().to_string(),
            why: why.to_owned(),
        });
    }
}

/// The commit checked out, without reading any other name than needed.
pub(in crate::source) fn head(git_dir: &Path, common_dir: &Path) -> Option<Oid> {
    let hash = super::layout::hash_of(common_dir);
    let start = read_ref(&git_dir.join("HEAD"), hash)?;
    follow(start, |name| {
        let is_plain = name.starts_with("refs/") && !name.split('/').any(|part| part == "..");
        let path = is_plain.then(|| common_dir.join(name))?;
        read_ref(&path, hash).or_else(|| {
            let text = files::read(&common_dir.join("packed-refs")).ok()??;
            packed_refs(&text, hash)
                .flatten()
                .find(|(packed, _)| *packed == name.as_bytes())
                .map(|(_, id)| Target::Id(id))
        })
    })
}

/// Where a chain of symbolic refs ends, if it does.
fn follow(mut target: Target, read: impl Fn(&str) -> Option<Target>) -> Option<Oid> {
    for _ in 0..=LONGEST_CHAIN {
        match target {
            Target::Id(id) => return Some(id),
            Target::Symbolic(name) => target = read(&name)?,
        }
    }
    None
}

/// Name and id of each line; none for what is no line of this file.
fn packed_refs(text: &[u8], hash: HashKind) -> impl Iterator<Item = Option<(&[u8], Oid)>> {
    let digits = hash.len() * 2;
    text.split(|byte| *byte == b'\n')
        .filter(|line| !matches!(line.first(), None | Some(b'#' | b'^')))
        .map(move |line| {
            let id = line.get(..digits).and_then(Oid::from_hex)?;
            let name = line.get(digits..)?.strip_prefix(b" ")?;
            Some((name, id))
        })
}

#[derive(Debug, Clone)]
enum Target {
    Id(Oid),
    Symbolic(String),
}

fn read_ref(path: &Path, hash: HashKind) -> Option<Target> {
    let text = files::read(path).ok()??;
    if let Some(name) = text.strip_prefix(b"ref:") {
        return Some(Target::Symbolic(text_of(name.trim_ascii())));
    }
    text.get(..hash.len() * 2)
        .and_then(Oid::from_hex)
        .map(Target::Id)
}

fn kind_of(name: &str) -> TipKind {
    match name {
        _ if name.starts_with("refs/heads/") => TipKind::Branch,
        _ if name.starts_with("refs/remotes/") => TipKind::Remote,
        _ if name.starts_with("refs/tags/") => TipKind::Tag,
        "refs/stash" => TipKind::Stash,
        _ => TipKind::Other,
    }
}

fn text_of(bytes: &[u8]) -> String {
    RepoPath::from_bytes(bytes).as_str().to_owned()
}

/// Symbolic refs that name each other: git follows no more.
const LONGEST_CHAIN: usize = 5;
