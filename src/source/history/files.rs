//! Reads the small files of a git directory. What is not there is nothing; what is there and cannot be read is damage.

use super::oid::Damage;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::Path;

/// The bytes of a file; `None` when there is none.
pub(super) fn read(path: &Path) -> Result<Option<Vec<u8>>, Damage> {
    // Looked at first: opening a pipe would wait for ever, and so would reading a device.
    match std::fs::metadata(path) {
        Ok(meta) if !meta.is_file() => Err(Damage::Format("file type")),
        Ok(meta) if meta.len() > LARGEST => Err(Damage::TooLarge(meta.len(), LARGEST)),
        Ok(_) => std::fs::read(path).map(Some).map_err(failed),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// The names in a directory, sorted; none when there is no such directory.
pub(super) fn names(directory: &Path) -> Result<Vec<OsString>, Damage> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let names: Result<Vec<_>, _> = entries
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect();
    let mut names = names.map_err(failed)?;
    names.sort_unstable();
    Ok(names)
}

pub(super) fn failed(error: std::io::Error) -> Damage {
    Damage::Io(error.to_string())
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// No such file is larger, in bytes: ten million refs fit.
const LARGEST: u64 = 1 << 30;
