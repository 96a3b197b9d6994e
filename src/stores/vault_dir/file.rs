//! Finds and reads one file of the vault: nothing outside it, nothing endless, and what the file system says of it.

use crate::credentials::Failure;
use jiff::Timestamp;
use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read as _};
use std::path::{Component, Path, PathBuf};
use zeroize::Zeroizing;

/// A file, read.
pub(super) struct Found {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// When it was last written: a hint, since copying and checking out move it.
    pub(super) modified: Option<Timestamp>,
    /// What others than the owner may do, in words; none where only the owner may do anything.
    pub(super) open_to: Option<String>,
}

/// Why a file is not read.
pub(super) enum Unread {
    /// It is certainly not there.
    Absent,
    /// Nothing is known of what is in it.
    Unknown(Failure),
}

/// Reads the file at `path` (with `/`, from `root`), which must be below `vault`, links resolved.
pub(super) fn read(root: &Path, vault: &Path, path: &str) -> Result<Found, Unread> {
    let real = locate(root, vault, path)?;
    // What is no file may never end, and opening a pipe may never return.
    let metadata = fs::metadata(&real).map_err(|error| unreadable(path, error.kind()))?;
    if !metadata.is_file() {
        return Err(unknown(format!("{path} is no file"), None));
    }
    if metadata.len() > LARGEST {
        return Err(too_large(path));
    }
    let mut file = File::open(&real).map_err(|error| unreadable(path, error.kind()))?;
    // One byte more than it has: so the buffer never grows, which would leave copies behind.
    let room = usize::try_from(metadata.len()).unwrap_or(0) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    let read = file.by_ref().take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(path, error.kind()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large(path));
    }
    Ok(Found {
        bytes,
        modified: metadata
            .modified()
            .ok()
            .and_then(|time| Timestamp::try_from(time).ok()),
        open_to: open_to(&metadata),
    })
}

/// The file with all links resolved.
fn locate(root: &Path, vault: &Path, path: &str) -> Result<PathBuf, Unread> {
    let plain = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if path.is_empty() || !plain || path.contains('\0') {
        return Err(unknown(
            format!("{path} is no path from the top of the repository"),
            Some("write it as vault/SYSTEM/FILE.env"),
        ));
    }
    let full = root.join(path);
    match fs::canonicalize(&full) {
        Ok(real) if real.starts_with(vault) && real != *vault => Ok(real),
        Ok(_) if has_link(root, path) => Err(unknown(
            format!("{path} is a link that leads out of the vault, which is not followed"),
            Some("put the file itself into the vault"),
        )),
        Ok(_) => Err(unknown(
            format!("{path} is not in the vault"),
            Some("correct the path in the credential map, or `path` in [stores.vault]"),
        )),
        Err(error) if is_missing(error.kind()) && has_link(root, path) => Err(unknown(
            format!("{path} is a link that leads nowhere"),
            Some("put the file itself into the vault"),
        )),
        Err(error) if is_missing(error.kind()) => Err(Unread::Absent),
        Err(error) => Err(unreadable(path, error.kind())),
    }
}

/// Whether any step on the way is a link.
fn has_link(root: &Path, path: &str) -> bool {
    let mut at = root.to_path_buf();
    Path::new(path).components().any(|part| {
        at.push(part);
        at.symlink_metadata()
            .is_ok_and(|metadata| metadata.is_symlink())
    })
}

fn is_missing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// What others than the owner may do with a file (<https://man7.org/linux/man-pages/man7/inode.7.html>).
#[cfg(unix)]
pub(super) fn open_to(metadata: &Metadata) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o777;
    let who = match (mode & 0o070 != 0, mode & 0o007 != 0) {
        (_, true) => "every user of the machine",
        (true, false) => "its group",
        (false, false) => return None,
    };
    let what = match (mode & 0o044 != 0, mode & 0o022 != 0) {
        (true, true) => "read and change",
        (false, true) => "change",
        (true, false) => "read",
        (false, false) => "run",
    };
    Some(format!("{who} may {what} it (mode {mode:04o})"))
}

/// Without modes, the file system has nothing simple to say.
#[cfg(not(unix))]
pub(super) fn open_to(_: &Metadata) -> Option<String> {
    None
}

fn too_large(path: &str) -> Unread {
    let limit = LARGEST >> 10;
    unknown(
        format!("{path} is larger than {limit} KiB, which no file of credentials is"),
        None,
    )
}

fn unreadable(path: &str, kind: ErrorKind) -> Unread {
    unknown(format!("{path} cannot be read: {kind}"), None)
}

fn unknown(why: String, help: Option<&str>) -> Unread {
    Unread::Unknown(Failure {
        why,
        help: help.map(str::to_owned),
    })
}

/// Bytes of a file that may be one of credentials.
const LARGEST: u64 = 1 << 20;
