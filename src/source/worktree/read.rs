//! Reads files, one buffer a thread.

use super::roots::Roots;
use crate::finding::{Gap, RepoPath};
use crate::source::{Blob, Content, IN_MEMORY, Lines, Outcome};
use ignore::DirEntry;
use std::fs::{self, File, FileType};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What all threads know.
pub(super) struct Shared<'s> {
    visit: &'s (dyn Fn(Blob<'_>) + Sync),
    roots: &'s Roots,
    /// Length of the base directory with its separator, in bytes.
    skip: usize,
    state: RandomState,
    /// Hashes of the paths visited in earlier passes, sorted.
    seen: Vec<u64>,
    /// Files met below each of [`Roots::given`].
    hits: Vec<u64>,
}

/// What the threads of one pass bring back.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) outcome: Outcome,
    seen: Vec<u64>,
    hits: Vec<u64>,
}

impl<'s> Shared<'s> {
    pub(super) fn new(roots: &'s Roots, visit: &'s (dyn Fn(Blob<'_>) + Sync)) -> Self {
        let base = roots.base.as_os_str().as_encoded_bytes();
        let skip = base.len() + usize::from(base.last() != Some(&SEPARATOR));
        Self {
            visit,
            roots,
            skip,
            state: RandomState::new(),
            seen: Vec::new(),
            hits: vec![0; roots.given.len()],
        }
    }

    /// A path as reports show it.
    pub(super) fn relative(&self, path: &Path) -> RepoPath {
        let bytes = self.bytes(path);
        match std::str::from_utf8(bytes) {
            Ok(text) if cfg!(unix) => RepoPath::new(text),
            _ if cfg!(unix) => RepoPath::from_bytes(bytes),
            _ => RepoPath::from_path(path.strip_prefix(&self.roots.base).unwrap_or(path)),
        }
    }

    /// Every path visited begins with the base, so what follows is cut off without comparing again.
    fn bytes<'p>(&self, path: &'p Path) -> &'p [u8] {
        path.as_os_str()
            .as_encoded_bytes()
            .get(self.skip..)
            .unwrap_or_default()
    }

    /// The same whatever separator the system uses, so that it can be compared with an index.
    fn hash(&self, path: &Path) -> u64 {
        let bytes = self.bytes(path);
        if std::path::MAIN_SEPARATOR == '/' {
            self.state.hash_one(bytes)
        } else {
            self.state.hash_one(slashes(bytes).as_slice())
        }
    }

    /// What the names of files in `directory` begin with.
    pub(super) fn prefix(&self, directory: &Path) -> Vec<u8> {
        let mut name = slashes(self.bytes(directory));
        if !name.is_empty() {
            name.push(b'/');
        }
        name
    }

    /// Whether an earlier pass visited the path.
    pub(super) fn has_seen(&self, path: &Path) -> bool {
        self.seen.binary_search(&self.hash(path)).is_ok()
    }

    /// As [`Self::has_seen`], for a name as git writes it.
    pub(super) fn has_seen_name(&self, name: &[u8]) -> bool {
        self.seen.binary_search(&self.state.hash_one(name)).is_ok()
    }

    /// Takes note of a pass.
    pub(super) fn know(&mut self, gathered: &Gathered) {
        self.seen.extend_from_slice(&gathered.seen);
        self.seen.sort_unstable();
        for (sum, more) in self.hits.iter_mut().zip(&gathered.hits) {
            *sum += more;
        }
    }

    /// How many files were met below a directory given by the user.
    pub(super) fn hits(&self, directory: &Path) -> u64 {
        let at = self
            .roots
            .given
            .iter()
            .position(|(path, _)| path == directory);
        at.and_then(|at| self.hits.get(at))
            .copied()
            .unwrap_or_default()
    }
}

/// One thread.
pub(super) struct Reader<'s> {
    shared: &'s Shared<'s>,
    gathered: &'s Mutex<Gathered>,
    buffer: Vec<u8>,
    mine: Gathered,
}

impl<'s> Reader<'s> {
    pub(super) fn new(shared: &'s Shared<'s>, gathered: &'s Mutex<Gathered>) -> Self {
        let mine = Gathered {
            hits: vec![0; shared.hits.len()],
            ..Gathered::default()
        };
        Self {
            shared,
            gathered,
            buffer: Vec::new(),
            mine,
        }
    }

    /// What the walk came by.
    pub(super) fn entry(&mut self, entry: Result<DirEntry, ignore::Error>) {
        match entry {
            Ok(entry) => {
                if let Some(kind) = entry.file_type() {
                    self.read(entry.path(), kind);
                }
            }
            Err(error) => self.refused(error),
        }
    }

    /// A path that is known to be wanted.
    pub(super) fn path(&mut self, path: &Path) {
        match path.symlink_metadata() {
            Ok(metadata) => self.read(path, metadata.file_type()),
            Err(error) => self.unreadable(path, &error),
        }
    }

    /// Files are read, the text of links is; directories are the walk's, and reading a pipe or a device could take for ever.
    fn read(&mut self, path: &Path, kind: FileType) {
        if !kind.is_file() && !kind.is_symlink() {
            return;
        }
        for ((root, _), hits) in self.shared.roots.given.iter().zip(&mut self.mine.hits) {
            *hits += u64::from(is_below(path, root));
        }
        let hash = self.shared.hash(path);
        if self.shared.seen.binary_search(&hash).is_ok() {
            return;
        }
        self.mine.seen.push(hash);
        let result = if kind.is_symlink() {
            self.link(path)
        } else {
            self.file(path)
        };
        match result {
            Ok(()) => self.mine.outcome.stats.files += 1,
            Err(error) => self.unreadable(path, &error),
        }
    }

    fn link(&mut self, path: &Path) -> io::Result<()> {
        let target = fs::read_link(path)?;
        self.visit(path, Content::Link(target.as_os_str().as_encoded_bytes()));
        Ok(())
    }

    fn file(&mut self, path: &Path) -> io::Result<()> {
        let mut file = File::open(path)?;
        let mut length = 0;
        // The buffer is never emptied, only written over: zeroing it for each file would cost more than reading small ones.
        while length <= IN_MEMORY as usize {
            if length == self.buffer.len() {
                let size = (length * 2).clamp(FIRST_READ, IN_MEMORY as usize + 1);
                self.buffer.resize(size, 0);
            }
            match file.read(&mut self.buffer[length..]) {
                Ok(0) => {
                    self.visit(path, Content::Bytes(&self.buffer[..length]));
                    self.give_back();
                    return Ok(());
                }
                Ok(more) => length += more,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        self.visit(
            path,
            Content::Stream(Box::new(self.buffer[..length].chain(file)), size),
        );
        self.give_back();
        Ok(())
    }

    /// One large file must not hold memory until the end.
    fn give_back(&mut self) {
        if self.buffer.len() > KEPT {
            self.buffer = Vec::new();
        }
    }

    fn visit(&self, path: &Path, content: Content<'_>) {
        (self.shared.visit)(Blob {
            path: self.shared.relative(path),
            content,
            lines: Lines::All,
            moved_from: None,
            commit: None,
        });
    }

    /// What vanished meanwhile is no gap: it is not there any more.
    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) {
            let what = self.shared.relative(path).as_str().to_owned();
            let what = if what.is_empty() {
                ".".to_owned()
            } else {
                what
            };
            self.mine.outcome.gaps.push(Gap {
                what,
                why: format!("cannot be read: {error}"),
            });
        }
    }

    /// What the walk could not do. A bad line in an ignore file only means that more is looked at.
    fn refused(&mut self, error: ignore::Error) {
        let (path, inner) = innermost(error);
        match inner {
            ignore::Error::Io(error) => self.unreadable(
                &path.unwrap_or_else(|| self.shared.roots.base.clone()),
                &error,
            ),
            ignore::Error::Loop { child, .. } => {
                self.unreadable(&child, &io::Error::other("the directory contains itself"))
            }
            _ => {}
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let mine = std::mem::take(&mut self.mine);
        let mut all = self.gathered.lock().unwrap_or_else(PoisonError::into_inner);
        all.outcome.merge(mine.outcome);
        all.seen.extend(mine.seen);
        all.hits.resize(mine.hits.len(), 0);
        for (sum, more) in all.hits.iter_mut().zip(mine.hits) {
            *sum += more;
        }
    }
}

/// Whether `path` is in `directory`: bytes suffice, since the one was made by adding to the other.
fn is_below(path: &Path, directory: &Path) -> bool {
    let rest = path
        .as_os_str()
        .as_encoded_bytes()
        .strip_prefix(directory.as_os_str().as_encoded_bytes());
    rest.is_some_and(|rest| rest.first() == Some(&SEPARATOR) || directory.parent().is_none())
}

fn slashes(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .map(|byte| if *byte == SEPARATOR { b'/' } else { *byte })
        .collect()
}

/// The error itself and the path it is about.
fn innermost(mut error: ignore::Error) -> (Option<PathBuf>, ignore::Error) {
    let mut about = None;
    loop {
        error = match error {
            ignore::Error::WithPath { path, err } => {
                about = Some(path);
                *err
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
                *err
            }
            other => return (about, other),
        };
    }
}

const SEPARATOR: u8 = std::path::MAIN_SEPARATOR as u8;

/// Size of the first read, in bytes: most files of a source tree fit.
const FIRST_READ: usize = 128 << 10;

/// A buffer larger than this is not kept, in bytes.
const KEPT: usize = 4 << 20;
