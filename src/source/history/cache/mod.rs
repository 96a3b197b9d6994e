//! What earlier runs learned of a repository, kept in its git directory (`stackguard/`).
//!
//! A file belongs to one way of looking: rules, program and limits are in its name, so that nothing known under others is
//! ever believed. It holds ids, counts, positions and masked paths, no text of the repository. What cannot be read, is
//! damaged or was cut short counts as not there; it is written beside its place and renamed, so that of two runs at once
//! the last one wins. Whoever can write in the git directory can make objects count as clean and things stand at other
//! lines, as they can change the objects; no mask depends on it.

mod memory;
mod packs;
mod places;
mod tally;
mod view;

pub use memory::{Known, Memory};
pub use places::{Again, Place, Places, cover};
pub use tally::{Counts, Tally};
pub use view::{Standing, Traced, View, ViewKey};

use crate::whole::WholeFile;
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The file of one way of looking.
#[derive(Debug)]
pub struct Cache {
    directory: PathBuf,
    path: PathBuf,
}

impl super::Repository {
    /// The cache for whoever judges by these `rules` (a digest of all that decides what is clean, but the program).
    #[must_use]
    pub fn cache(&self, rules: &[u8]) -> Cache {
        let mut digest = Sha256::new();
        digest.update(FORMAT);
        digest.update(rules);
        digest.update(env!("CARGO_PKG_VERSION"));
        digest.update(program());
        let name: String = digest
            .finalize()
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let directory = self.layout.common_dir.join("stackguard");
        let path = directory.join(format!("{PREFIX}{name}"));
        Cache { directory, path }
    }
}

impl Cache {
    /// What is known; nothing when there is no file, or not one of ours.
    #[must_use]
    pub fn load(&self) -> Memory {
        self.read().unwrap_or_default()
    }

    /// Keeps what is known; where it is too much, without what can be missed.
    ///
    /// # Errors
    /// What the system says, in a read-only repository for one; also when the directory is none of ours, or it is too much
    /// all the same.
    pub fn save(&self, memory: &Memory) -> io::Result<()> {
        let body = fitting(memory, MOST_BYTES)?;
        if !self.is_ours()? {
            fs::create_dir_all(&self.directory)?;
        }
        self.tidy();
        let mut file = WholeFile::create(&self.path)?;
        file.write_all(FORMAT)?;
        file.write_all(&crc32fast::hash(&body).to_le_bytes())?;
        file.write_all(&body)?;
        file.finish()
    }

    /// Whether there is a directory for it. A link may lead to one whose files are not ours to remove.
    fn is_ours(&self) -> io::Result<bool> {
        match fs::symlink_metadata(&self.directory) {
            Ok(meta) if meta.is_dir() => Ok(true),
            Ok(_) => Err(io::Error::other(format!(
                "{} is a link or a file, not a directory",
                self.directory.display()
            ))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn read(&self) -> Option<Memory> {
        if !self.is_ours().ok()? {
            return None;
        }
        // Looked at first: opening a pipe would wait for ever.
        let meta = fs::symlink_metadata(&self.path).ok()?;
        if !meta.is_file() || meta.len() > MOST_BYTES + 64 {
            return None;
        }
        let mut bytes = Vec::new();
        fs::File::open(&self.path)
            .ok()?
            .take(MOST_BYTES + 64)
            .read_to_end(&mut bytes)
            .ok()?;
        let (sum, body) = bytes.strip_prefix(FORMAT)?.split_first_chunk()?;
        if crc32fast::hash(body) != u32::from_le_bytes(*sum) {
            return None;
        }
        postcard::from_bytes(body).ok()
    }

    /// Removes what is left of crashed runs, and all but the files used last.
    fn tidy(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else {
            return;
        };
        let mut files: Vec<(SystemTime, PathBuf)> = entries
            .filter_map(|entry| {
                let entry = entry.ok()?;
                let ours = is_our_name(entry.file_name().to_str()?);
                let meta = entry.metadata().ok()?;
                (ours && meta.is_file()).then_some((meta.modified().ok()?, entry.path()))
            })
            .filter(|(_, path)| *path != self.path)
            .collect();
        files.sort();
        let is_left_over = |time: &SystemTime, path: &Path| {
            path.extension().is_some_and(|extension| extension == "tmp")
                && time.elapsed().is_ok_and(|age| age > CRASHED)
        };
        let kept = files
            .iter()
            .filter(|(_, path)| path.extension().is_none())
            .count();
        let mut spare = (kept + 1).saturating_sub(MOST_FILES);
        for (time, path) in files {
            let whole = path.extension().is_none();
            if is_left_over(&time, &path) || whole && spare > 0 {
                spare -= usize::from(whole);
                // Another run may have been faster.
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// What is known, written down in at most `most` bytes.
fn fitting(memory: &Memory, most: u64) -> io::Result<Vec<u8>> {
    let write = |memory: &Memory| postcard::to_allocvec(memory).map_err(io::Error::other);
    let mut body = write(memory)?;
    if body.len() as u64 > most {
        let mut less = memory.clone();
        while body.len() as u64 > most {
            if !less.shrink() {
                return Err(io::Error::other("there is too much to remember"));
            }
            body = write(&less)?;
        }
    }
    Ok(body)
}

/// Whether a file has a name that only [`Cache`] gives: `clean-` and 32 hexadecimal digits, with `.PID.tmp` on its way.
fn is_our_name(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(PREFIX) else {
        return false;
    };
    let (digits, end) = rest.split_once('.').unwrap_or((rest, "0.tmp"));
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let process = end.strip_suffix(".tmp").unwrap_or_default();
    digits.len() == 32
        && digits.bytes().all(hex)
        && !process.is_empty()
        && process.bytes().all(|byte| byte.is_ascii_digit())
}

/// Tells builds of one version apart: what a changed program would find must not be known as clean.
fn program() -> Vec<u8> {
    let meta = std::env::current_exe().and_then(fs::metadata);
    let Ok((len, time)) = meta.and_then(|meta| Ok((meta.len(), meta.modified()?))) else {
        return Vec::new();
    };
    let time = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    [len.to_le_bytes().as_slice(), &time.as_nanos().to_le_bytes()].concat()
}

/// Begins every file; changes with what follows.
const FORMAT: &[u8] = b"stackguard clean objects 4\n";
const PREFIX: &str = "clean-";
/// A file has no more bytes.
const MOST_BYTES: u64 = 16 << 20;
/// Ways of looking that are remembered; with [`MOST_BYTES`] the bound on everything: 64 MiB.
const MOST_FILES: usize = 4;
/// An unfinished file of this age belongs to no run any more.
const CRASHED: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests;
