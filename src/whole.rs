//! Files that are read whole or not at all, and appear so: written beside their place, then renamed.
//!
//! Whatever is not finished when the program is interrupted is removed by [`discard_unfinished`].

use std::fs::{self, File};
use std::io::{self, Read as _, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// The bytes of a regular file of at most `most` bytes, which are whole MiB.
///
/// # Errors
/// When it cannot be read, is no regular file or is larger.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    // A pipe would make us wait, a device would never end.
    if !path.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let most = most >> 20;
        return Err(io::Error::other(format!("it is larger than {most} MiB")));
    }
    Ok(bytes)
}

/// A file on its way. Dropped before [`Self::finish`], it leaves nothing.
#[derive(Debug)]
pub struct WholeFile {
    file: File,
    beside: Unfinished,
    target: PathBuf,
}

impl WholeFile {
    /// Begins a file that will replace `target`, with the permissions it has now. A link is replaced, not followed.
    ///
    /// # Errors
    /// When no file can be made in its directory.
    pub fn create(target: &Path) -> io::Result<Self> {
        let (file, beside) = match beside(target, u128::from(std::process::id())) {
            // Left by a run that was killed: in a container the next one has the same number.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH);
                beside(target, now.unwrap_or_default().as_nanos())?
            }
            made => made?,
        };
        if let Ok(old) = target.metadata() {
            file.set_permissions(old.permissions())?;
        }
        Ok(Self {
            file,
            beside,
            target: target.to_owned(),
        })
    }

    /// Puts the file in its place, safe against a crash.
    ///
    /// # Errors
    /// What the system says; then the old file is still there.
    pub fn finish(self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.beside.path, &self.target)?;
        self.beside.keep();
        Ok(())
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A file of ours that is removed again unless it is kept.
#[derive(Debug)]
pub struct Unfinished {
    path: PathBuf,
    kept: bool,
}

impl Unfinished {
    /// Makes a file that was not there before.
    ///
    /// # Errors
    /// What the system says; also that there is one already.
    pub fn create(path: &Path, options: &mut fs::OpenOptions) -> io::Result<(File, Self)> {
        // Held meanwhile, so that an interrupt either comes before the file or knows of it.
        let mut unfinished = unfinished();
        let file = options.write(true).create_new(true).open(path)?;
        unfinished.push(path.to_owned());
        let path = path.to_owned();
        Ok((file, Self { path, kept: false }))
    }

    /// Leaves the file where it is.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing more can be done about one that cannot be removed.
            let _ = fs::remove_file(&self.path);
        }
        unfinished().retain(|path| *path != self.path);
    }
}

/// Removes every unfinished file, and lets no more be made: for a program that is about to end.
pub fn discard_unfinished() {
    let unfinished = unfinished();
    for path in unfinished.iter() {
        let _ = fs::remove_file(path);
    }
    std::mem::forget(unfinished);
}

/// Makes a file beside its place, told apart from others by a number.
fn beside(target: &Path, number: u128) -> io::Result<(File, Unfinished)> {
    let name = target
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "it has no file name"))?;
    let mut name = name.to_owned();
    name.push(format!(".{number}.tmp"));
    Unfinished::create(&target.with_file_name(name), &mut File::options())
}

fn unfinished() -> MutexGuard<'static, Vec<PathBuf>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .expect("it is there")
            .map(|entry| {
                entry
                    .expect("it can be listed")
                    .file_name()
                    .into_string()
                    .expect("the names are ASCII")
            })
            .collect();
        names.sort();
        names
    }

    /// A file with this text so far.
    fn begun(path: &Path, text: &str) -> WholeFile {
        let mut file = WholeFile::create(path).expect("the directory can be written");
        file.write_all(text.as_bytes())
            .expect("the directory can be written");
        file
    }

    #[test]
    fn a_file_is_replaced_when_it_is_finished() {
        let directory = tempfile::tempdir().expect("the machine has room for tests");
        let path = directory.path().join("a");
        for text in ["one", "two"] {
            let file = begun(&path, text);
            assert_ne!(fs::read_to_string(&path).unwrap_or_default(), text);
            file.finish().expect("the directory can be written");
            assert_eq!(fs::read_to_string(&path).expect("it is there"), text);
        }
        assert_eq!(names(directory.path()), ["a"]);
    }

    #[test]
    fn what_a_killed_run_of_the_same_number_left_is_in_nobodys_way() {
        let directory = tempfile::tempdir().expect("the machine has room for tests");
        let path = directory.path().join("a");
        let left = format!("a.{}.tmp", std::process::id());
        fs::write(directory.path().join(&left), "half").expect("the directory can be written");
        let file = begun(&path, "whole");
        file.finish().expect("the directory can be written");
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "whole");
        assert_eq!(names(directory.path()), ["a", &left]);
    }

    #[test]
    fn what_is_not_finished_leaves_nothing() {
        let directory = tempfile::tempdir().expect("the machine has room for tests");
        let path = directory.path().join("a");
        fs::write(&path, "old").expect("the directory can be written");
        let file = begun(&path, "new");
        drop(file);
        assert_eq!(names(directory.path()), ["a"]);
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "old");
        assert!(WholeFile::create(&directory.path().join("no/where")).is_err());
    }
}
