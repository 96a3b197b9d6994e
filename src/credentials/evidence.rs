//! Evidence of a run: a directory of reports with their checksums, written whole or not at all, and never over another.

use crate::finding::hex;
use crate::whole;
use jiff::{Timestamp, tz::TimeZone};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Why evidence cannot be written or does not hold.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum EvidenceError {
    /// It cannot be written.
    #[error("cannot write the evidence to {}", path.display())]
    Write {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is evidence of that second already.
    #[error("{} is there already", path.display())]
    #[diagnostic(help("evidence is never overwritten; run it again"))]
    Exists {
        /// The directory.
        path: PathBuf,
    },
    /// It cannot be checked.
    #[error("cannot check {}", path.display())]
    #[diagnostic(help("name the directory `audit --evidence` wrote, the one that holds {SUMS}"))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// One file that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Its name.
    pub file: String,
    /// What is wrong with it.
    pub why: &'static str,
}

/// The file of checksums, in the form `sha256sum -c` reads.
pub const SUMS: &str = "SHA256SUMS";
/// A file of evidence larger than this is not read, in bytes.
const LARGEST: u64 = 256 << 20;
/// Checksums of a handful of files, in bytes.
const LARGEST_SUMS: u64 = 1 << 20;

/// The directory of a run, `<UTC time>-audit`.
#[must_use]
pub fn directory(base: &Path, started: Timestamp) -> PathBuf {
    base.join(format!(
        "{}-audit",
        started.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ")
    ))
}

/// Writes the files and their checksums into `target`.
///
/// # Errors
/// `target` exists, or what the system said; then nothing is there.
pub fn write(target: &Path, files: &[(&str, Vec<u8>)]) -> Result<(), EvidenceError> {
    let failed = |source| EvidenceError::Write {
        path: target.to_owned(),
        source,
    };
    let exists = || EvidenceError::Exists {
        path: target.to_owned(),
    };
    let beside = begin(target)?;
    let done = fill(&beside, files).and_then(|()| fs::rename(&beside, target));
    done.map_err(|error| {
        let _ = fs::remove_dir_all(&beside);
        // The directory of another run that came between.
        if target.is_dir() {
            exists()
        } else {
            failed(error)
        }
    })
}

/// Whether `target` can be written, so that a bad place costs no work.
///
/// # Errors
/// As for [`write`].
pub fn check(target: &Path) -> Result<(), EvidenceError> {
    fs::remove_dir(begin(target)?).map_err(|source| EvidenceError::Write {
        path: target.to_owned(),
        source,
    })
}

/// Makes the directory that becomes `target` when it is whole.
fn begin(target: &Path) -> Result<PathBuf, EvidenceError> {
    let failed = |source| EvidenceError::Write {
        path: target.to_owned(),
        source,
    };
    if target.symlink_metadata().is_ok() {
        return Err(EvidenceError::Exists {
            path: target.to_owned(),
        });
    }
    let base = target.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(base).map_err(failed)?;
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = base.join(name);
    fs::create_dir(&beside).map_err(failed)?;
    Ok(beside)
}

fn fill(dir: &Path, files: &[(&str, Vec<u8>)]) -> io::Result<()> {
    let mut sums = String::new();
    for (name, bytes) in files {
        let mut file = fs::File::create_new(dir.join(name))?;
        file.write_all(bytes)?;
        file.sync_all()?;
        sums.push_str(&format!("{}  {name}\n", hex(&Sha256::digest(bytes))));
    }
    let mut file = fs::File::create_new(dir.join(SUMS))?;
    file.write_all(sums.as_bytes())?;
    file.sync_all()
}

/// Checks a directory: every file as it was written, none missing, none added. Gives how many of the listed ones hold, and
/// whatever is wrong.
///
/// # Errors
/// The directory or its checksums cannot be read.
pub fn verify(dir: &Path) -> Result<(usize, Vec<Broken>), EvidenceError> {
    let failed = |path: PathBuf| move |source| EvidenceError::Read { path, source };
    let sums = whole::read(&dir.join(SUMS), LARGEST_SUMS)
        .and_then(|bytes| String::from_utf8(bytes).map_err(io::Error::other))
        .map_err(failed(dir.join(SUMS)))?;
    let mut broken = Vec::new();
    let mut listed = BTreeSet::new();
    let mut whole = 0;
    for line in sums.lines() {
        let (sum, file) = line.split_once("  ").unwrap_or(("", line));
        let plain = !file.is_empty() && !file.contains(['/', '\\']) && file != "..";
        let why = if sum.len() != 64 || !plain {
            Some("its line is no checksum")
        } else {
            let path = dir.join(file);
            match path.symlink_metadata() {
                Ok(meta) if !meta.is_file() || meta.len() > LARGEST => Some("it is no plain file"),
                Ok(_) => match fs::read(&path) {
                    Ok(bytes) if hex(&Sha256::digest(&bytes)) == sum => None,
                    Ok(_) => Some("it was changed"),
                    Err(_) => Some("it cannot be read"),
                },
                Err(_) => Some("it is missing"),
            }
        };
        // A line written twice is one file.
        if listed.insert(file.to_owned()) && why.is_none() {
            whole += 1;
        }
        broken.extend(why.map(|why| Broken {
            file: crate::finding::printable(file),
            why,
        }));
    }
    let entries = fs::read_dir(dir).map_err(failed(dir.to_owned()))?;
    for entry in entries {
        let name = entry.map_err(failed(dir.to_owned()))?.file_name();
        let is_ours = |name: &str| name == SUMS || listed.contains(name);
        if !name.to_str().is_some_and(is_ours) {
            broken.push(Broken {
                file: crate::finding::printable(&name.to_string_lossy()),
                why: "it was added",
            });
        }
    }
    if listed.is_empty() {
        broken.push(Broken {
            file: SUMS.into(),
            why: "it lists nothing",
        });
    }
    broken.sort_by(|a, b| a.file.cmp(&b.file));
    Ok((whole, broken))
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(unix)]
    use std::os::unix::ffi::OsStrExt as _;

    #[test]
    fn evidence_is_whole_and_shows_every_change() {
        let base = tempfile::tempdir().expect("a directory");
        let started = crate::credentials::fixture::timestamp("2026-11-21T12:34:56Z");
        let target = directory(&base.path().join("log"), started);
        assert!(target.ends_with("20261121T123456Z-audit"));
        let files = [
            ("report.json", b"{}".to_vec()),
            ("report.md", b"# a\n".to_vec()),
        ];
        write(&target, &files).expect("written");
        assert!(matches!(
            write(&target, &files),
            Err(EvidenceError::Exists { .. })
        ));
        assert_eq!(
            fs::read_dir(base.path().join("log"))
                .expect("there")
                .count(),
            1,
            "nothing is left beside it"
        );
        assert_eq!(verify(&target).expect("readable"), (2, Vec::new()));

        fs::write(target.join("report.md"), "# b\n").expect("written");
        fs::write(target.join("more"), "").expect("written");
        fs::remove_file(target.join("report.json")).expect("removed");
        let (whole, broken) = verify(&target).expect("readable");
        assert_eq!(whole, 0, "of two listed one is gone and one changed");
        let shown: Vec<_> = broken
            .iter()
            .map(|broken| (broken.file.as_str(), broken.why))
            .collect();
        assert_eq!(
            shown,
            [
                ("more", "it was added"),
                ("report.json", "it is missing"),
                ("report.md", "it was changed")
            ]
        );

        // What was added takes nothing from what holds.
        fs::write(target.join("report.md"), "# a\n").expect("written");
        fs::write(target.join("report.json"), "{}").expect("written");
        let (whole, broken) = verify(&target).expect("readable");
        assert_eq!((whole, broken.len()), (2, 1));

        fs::write(
            target.join(SUMS),
            format!("{}  ../../etc/passwd\n", "0".repeat(64)),
        )
        .expect("written");
        assert!(
            verify(&target)
                .expect("readable")
                .1
                .iter()
                .any(|broken| broken.why == "its line is no checksum")
        );
        assert!(verify(base.path()).is_err());
    }

    /// Whoever can put a file there cannot make the check wait, follow a link or read without end.
    #[test]
    #[cfg(unix)]
    fn what_is_no_file_of_evidence_is_told() {
        let base = tempfile::tempdir().expect("a directory");
        let started = crate::credentials::fixture::timestamp("2026-11-21T12:34:56Z");
        let target = directory(base.path(), started);
        write(&target, &[("report.md", b"# a\n".to_vec())]).expect("written");
        let sums = fs::read(target.join(SUMS)).expect("there");
        let pipe = |path: &Path| {
            let made = std::process::Command::new("mkfifo").arg(path).status();
            assert!(made.expect("it runs").success());
        };
        let refused = || matches!(verify(&target), Err(EvidenceError::Read { .. }));

        fs::remove_file(target.join(SUMS)).expect("ours");
        pipe(&target.join(SUMS));
        assert!(refused(), "a pipe");
        fs::remove_file(target.join(SUMS)).expect("ours");
        std::os::unix::fs::symlink("/dev/zero", target.join(SUMS)).expect("ours");
        assert!(refused(), "a device");
        fs::remove_file(target.join(SUMS)).expect("ours");
        fs::write(target.join(SUMS), vec![b'0'; 2 << 20]).expect("ours");
        assert!(refused(), "too large");
        fs::write(target.join(SUMS), b"\xff\xfe").expect("ours");
        assert!(refused(), "no text");

        fs::write(target.join(SUMS), &sums).expect("ours");
        fs::rename(target.join("report.md"), base.path().join("aside")).expect("ours");
        std::os::unix::fs::symlink("../aside", target.join("report.md")).expect("ours");
        let (whole, broken) = verify(&target).expect("readable");
        assert_eq!((whole, broken[0].why), (0, "it is no plain file"));
        fs::remove_file(target.join("report.md")).expect("ours");
        pipe(&target.join("report.md"));
        assert_eq!(
            verify(&target).expect("readable").1[0].why,
            "it is no plain file"
        );

        // A name that is no text is none of the list's, whatever it looks like.
        fs::remove_file(target.join("report.md")).expect("ours");
        fs::write(target.join("report.md"), "# a\n").expect("ours");
        let odd = std::ffi::OsStr::from_bytes(b"report\xff.md");
        fs::write(target.join(odd), "").expect("ours");
        let text = format!(
            "{}{}  report\u{fffd}.md\n",
            String::from_utf8_lossy(&sums),
            "0".repeat(64)
        );
        fs::write(target.join(SUMS), text).expect("ours");
        let (whole, broken) = verify(&target).expect("readable");
        let why: Vec<_> = broken.iter().map(|broken| broken.why).collect();
        assert_eq!((whole, why), (1, vec!["it is missing", "it was added"]));
    }
}
