//! What the path arguments name.

use crate::finding::{Gap, RepoPath};
use crate::source::repository::is_git_dir;
use crate::source::{Environment, Place, SourceError};
use std::fs;
use std::path::{Path, PathBuf};

/// The path arguments, with links resolved and sorted by what is to be done with them.
#[derive(Debug)]
pub(super) struct Roots {
    /// What paths are relative to.
    pub(super) base: PathBuf,
    /// The repository whose top `base` is.
    pub(super) place: Option<Place>,
    /// The repositories that the directories are in.
    pub(super) places: Vec<Place>,
    /// Directories, none inside another.
    pub(super) tops: Vec<PathBuf>,
    /// Directories inside those; named apart since they may be ignored there.
    pub(super) nested: Vec<PathBuf>,
    /// Files.
    pub(super) files: Vec<PathBuf>,
    /// All directories, as written by the user.
    pub(super) given: Vec<(PathBuf, String)>,
    /// Links that lead nowhere or out of the tree: whoever names one wants its target looked at.
    pub(super) gaps: Vec<Gap>,
}

impl Roots {
    /// Finds out what each path is.
    pub(super) fn resolve(
        mut paths: Vec<PathBuf>,
        environment: &Environment,
    ) -> Result<Self, SourceError> {
        if paths.is_empty() {
            paths.push(PathBuf::from("."));
        }
        let mut named = Vec::with_capacity(paths.len());
        for path in &paths {
            named.push(Named::resolve(path, environment)?);
        }
        let containers: Vec<&Path> = named.iter().map(Named::container).collect();
        let base = base(&containers, environment);
        let place = Place::of(&base, environment).filter(|place| place.root == base);
        let mut roots = Self {
            base,
            place,
            places: Vec::new(),
            tops: Vec::new(),
            nested: Vec::new(),
            files: Vec::new(),
            given: Vec::new(),
            gaps: Vec::new(),
        };
        for (named, path) in named.into_iter().zip(&paths) {
            roots.add(named, path.display().to_string());
        }
        roots.files.sort();
        roots.files.dedup();
        roots.given.sort();
        roots.given.dedup_by(|a, b| a.0 == b.0);
        for (directory, _) in &roots.given {
            if let Some(place) =
                Place::of(directory, environment).filter(|place| !roots.places.contains(place))
            {
                roots.places.push(place);
            }
            let inside = roots.tops.iter().any(|top| directory.starts_with(top));
            if inside {
                &mut roots.nested
            } else {
                &mut roots.tops
            }
            .push(directory.clone());
        }
        Ok(roots)
    }

    fn add(&mut self, named: Named, given: String) {
        match named {
            Named::Directory(path) => self.given.push((path, given)),
            Named::File(path) => self.files.push(path),
            Named::Link(path, why) => self.gaps.push(Gap {
                what: RepoPath::from_path(path.strip_prefix(&self.base).unwrap_or(&path))
                    .as_str()
                    .to_owned(),
                why: format!("`{given}` {why}"),
            }),
        }
    }
}

/// What one path argument is.
enum Named {
    Directory(PathBuf),
    File(PathBuf),
    /// A link that is not followed, and why.
    Link(PathBuf, &'static str),
}

impl Named {
    fn resolve(path: &Path, environment: &Environment) -> Result<Self, SourceError> {
        let given = path.display();
        let full = environment.resolve(path);
        let unreadable = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::NotFound => SourceError::new(
                format!("`{given}` does not exist"),
                if path == Path::new("-") {
                    "`--stdin` reads standard input"
                } else {
                    "name a file or a directory; `.` is the default"
                },
            ),
            _ => SourceError::new(
                format!("`{given}` cannot be read: {error}"),
                "check its permissions",
            ),
        };
        let kind = full.symlink_metadata().map_err(unreadable)?.file_type();
        let full = if kind.is_symlink() {
            let link = beside(&full).map_err(unreadable)?;
            match target_within_tree(&link, environment) {
                Ok(target) => target,
                Err(why) => return Ok(Self::Link(link, why)),
            }
        } else {
            full
        };
        let kind = full.symlink_metadata().map_err(unreadable)?.file_type();
        if kind.is_file() {
            return beside(&full).map(Self::File).map_err(unreadable);
        }
        if !full.is_dir() {
            return Err(SourceError::new(
                format!("`{given}` is neither a file nor a directory"),
                "pipe it instead: `stackguard check --stdin`",
            ));
        }
        let full = fs::canonicalize(&full).map_err(unreadable)?;
        if is_git_dir(&full) {
            return Err(SourceError::new(
                format!(
                    "`{given}` is a git directory: its objects are packed, so its files show nothing"
                ),
                "`stackguard check --history` looks into them",
            ));
        }
        Ok(Self::Directory(full))
    }

    /// The directory it is, or is in.
    fn container(&self) -> &Path {
        match self {
            Self::Directory(path) => path,
            Self::File(path) | Self::Link(path, _) => path.parent().unwrap_or(path),
        }
    }
}

/// What a link leads to: from a repository only what is in that repository as well. Elsewhere there is no tree to be led out
/// of, and a link is just a name, as `/tmp` is on macOS.
fn target_within_tree(link: &Path, environment: &Environment) -> Result<PathBuf, &'static str> {
    let target = fs::canonicalize(link).map_err(|_| "is a link that leads nowhere")?;
    let parent = link.parent().unwrap_or(link);
    let repository = Place::of(parent, environment);
    if repository.is_none_or(|place| target.starts_with(place.root)) {
        Ok(target)
    } else {
        Err("is a link out of the tree: name its target")
    }
}

/// A file's path with the links of the directories above it resolved, but not its own.
fn beside(full: &Path) -> std::io::Result<PathBuf> {
    let parent = fs::canonicalize(full.parent().unwrap_or(full))?;
    Ok(full
        .file_name()
        .map_or_else(|| parent.clone(), |name| parent.join(name)))
}

/// The repository all are in; else the current directory when they are in it; else the deepest directory they share.
fn base(containers: &[&Path], environment: &Environment) -> PathBuf {
    let root_of = |dir: &&Path| Place::of(dir, environment).map(|place| place.root);
    let first = containers.first().and_then(root_of);
    if let Some(root) = first
        && containers
            .iter()
            .all(|dir| dir.starts_with(&root) && root_of(dir).as_deref() == Some(&root))
    {
        return root;
    }
    let shared = |dir: &Path| containers.iter().all(|other| other.starts_with(dir));
    if shared(&environment.cwd) {
        return environment.cwd.clone();
    }
    let deepest = containers
        .first()
        .and_then(|dir| dir.ancestors().find(|above| shared(above)));
    deepest.unwrap_or(&environment.cwd).to_path_buf()
}
