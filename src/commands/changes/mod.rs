//! Files that a command wants to write: shown as a diff first, written in one step each.
//!
//! `init` and `import` only plan. Nothing is written before everything was shown, a file that was changed meanwhile is
//! left alone, and no path may lead out of the directory it belongs to.

mod show;

use crate::cli::Writing;
use crate::exit::ExitStatus;
use crate::policy::baseline::replace;
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};

/// One file to be written.
pub(super) struct Change {
    /// Where it is.
    path: PathBuf,
    /// The directory it must not lead out of.
    fence: PathBuf,
    /// As messages name it, with `/`.
    name: String,
    /// What is there; none when nothing is.
    old: Option<Vec<u8>>,
    new: Vec<u8>,
    executable: bool,
    /// Made by the program as a whole, so that its lines need not be shown.
    summarized: bool,
}

/// Everything a command wants to write, and what it has to say besides.
#[derive(Default)]
pub(super) struct Changes {
    files: Vec<Change>,
    /// What was left as it is, and what is to be done by hand.
    notes: Vec<String>,
    /// Something could not be looked at, so that more may have to be written.
    incomplete: bool,
}

impl Changes {
    /// Something to say after the diff.
    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Something could not be looked at: the plan is carried out, and the run ends with that.
    pub(super) fn incomplete(&mut self) {
        self.incomplete = true;
    }

    /// Plans a file; one that has these bytes already is no change.
    ///
    /// # Errors
    /// A path that leads out of `fence`, or cannot be read.
    pub(super) fn file(
        &mut self,
        fence: &Path,
        relative: &str,
        new: impl Into<Vec<u8>>,
        executable: bool,
    ) -> miette::Result<()> {
        let path = fence.join(relative);
        let old = read(&path)?;
        let new = new.into();
        let runs = !executable || old.is_none() || is_executable(&path);
        if old.as_ref() == Some(&new) && runs {
            return Ok(());
        }
        self.files.push(Change {
            path,
            fence: fence.to_owned(),
            name: relative.to_owned(),
            old,
            new,
            executable,
            summarized: false,
        });
        Ok(())
    }

    /// As [`Self::file`], for a file that nobody would read in a diff: only its length is shown.
    ///
    /// # Errors
    /// As there.
    pub(super) fn long_file(
        &mut self,
        fence: &Path,
        relative: &str,
        new: impl Into<Vec<u8>>,
    ) -> miette::Result<()> {
        let planned = self.files.len();
        self.file(fence, relative, new, false)?;
        for change in self.files.iter_mut().skip(planned) {
            change.summarized = true;
        }
        Ok(())
    }

    /// Shows the plan and, if that is wanted, carries it out.
    ///
    /// # Errors
    /// A file that cannot be written; nobody there to ask.
    pub(super) fn settle(
        self,
        writing: &Writing,
        allow_incomplete: bool,
        color: bool,
        out: &mut dyn Write,
    ) -> miette::Result<ExitStatus> {
        let ended = if self.incomplete && !allow_incomplete {
            ExitStatus::Incomplete
        } else {
            ExitStatus::Clean
        };
        for change in &self.files {
            super::output::written(show::diff(change, color, out))?;
        }
        for note in &self.notes {
            let note = crate::report::without_commands(note);
            super::output::written(writeln!(out, "- {note}"))?;
        }
        if self.files.is_empty() {
            super::output::written(writeln!(out, "Nothing to change."))?;
            return Ok(ended);
        }
        let count = crate::report::counted(self.files.len() as u64, "file");
        if writing.dry_run {
            super::output::written(writeln!(out, "Would write {count}."))?;
            return Ok(ended);
        }
        if !writing.yes {
            super::output::written(out.flush())?;
            if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
                return Err(miette!(
                    help = "`--yes` writes them, `--dry-run` only shows them",
                    "nothing was written: there is nobody to ask whether to write {count}"
                ));
            }
            if !agreed(&format!("Write {count}? [y/N] ")).into_diagnostic()? {
                super::output::written(writeln!(out, "Nothing was written."))?;
                return Ok(ended);
            }
        }
        for change in &self.files {
            change
                .write()
                .into_diagnostic()
                .wrap_err_with(|| format!("could not write {}", change.name))?;
        }
        super::output::written(writeln!(out, "Wrote {count}."))?;
        Ok(ended)
    }
}

impl Change {
    /// Makes the directories it needs and replaces the file in one step.
    fn write(&self) -> io::Result<()> {
        let parent = self.path.parent().unwrap_or(&self.fence);
        // Judged before anything is made: what is there of the path may be a link.
        within(parent, &self.fence)?;
        std::fs::create_dir_all(parent)?;
        within(parent, &self.fence)?;
        let now = read(&self.path).map_err(|error| io::Error::other(error.to_string()))?;
        if now != self.old {
            return Err(io::Error::other("it was changed meanwhile"));
        }
        replace(&self.path, &self.new)?;
        if self.executable {
            make_executable(&self.path)?;
        }
        Ok(())
    }
}

/// The bytes of a file, none when there is no such file. A link is not followed: replacing it would not change its target.
pub(super) fn read(path: &Path) -> miette::Result<Option<Vec<u8>>> {
    let name = path.display();
    let kind = match path.symlink_metadata() {
        Err(error) if is_absence(&error) => return Ok(None),
        Err(error) => Err(error).into_diagnostic(),
        Ok(kind) => Ok(kind),
    }
    .wrap_err_with(|| format!("could not read {name}"))?;
    if !kind.is_file() || kind.len() > MOST_BYTES {
        return Err(miette!(
            help = "change it by hand, or move it out of the way",
            "{name} is a link, a directory or a very large file"
        ));
    }
    let bytes = std::fs::read(path).into_diagnostic();
    bytes
        .map(Some)
        .wrap_err_with(|| format!("could not read {name}"))
}

fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Refuses a directory that leads out of `fence`, as far as it exists.
fn within(path: &Path, fence: &Path) -> io::Result<()> {
    let there = path
        .ancestors()
        .find(|part| part.symlink_metadata().is_ok())
        .unwrap_or(fence);
    if there.canonicalize()?.starts_with(fence.canonicalize()?) {
        Ok(())
    } else {
        Err(io::Error::other("a link on the way leads elsewhere"))
    }
}

/// Asks on the terminal; anything but yes is no.
fn agreed(question: &str) -> io::Result<bool> {
    let mut err = io::stderr();
    write!(err, "{question}")?;
    err.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    let answer = answer.trim();
    Ok(answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes"))
}

/// Whether git would run it.
#[cfg(unix)]
pub(super) fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata()
        .is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = path.metadata()?.permissions().mode();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode | 0o755))
}

/// Git for Windows runs hooks by their first line.
#[cfg(not(unix))]
pub(super) fn is_executable(_path: &Path) -> bool {
    true
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the same as on Unix")]
fn make_executable(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// A configuration, a hook or a workflow is never larger.
const MOST_BYTES: u64 = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(changes: Changes, yes: bool) -> (miette::Result<ExitStatus>, String) {
        let writing = Writing { yes, dry_run: !yes };
        let mut out = Vec::new();
        let ended = changes.settle(&writing, false, false, &mut out);
        (ended, String::from_utf8(out).expect("text"))
    }

    #[test]
    fn writes_what_differs_and_nothing_twice() {
        let dir = tempfile::tempdir().expect("a directory");
        for round in 0..2 {
            let mut changes = Changes::default();
            changes
                .file(dir.path(), "a/b.txt", "one\n", false)
                .expect("planned");
            let (ended, said) = settle(changes, true);
            assert!(matches!(ended, Ok(ExitStatus::Clean)));
            assert_eq!(said.contains("Nothing to change."), round == 1, "{said}");
        }
        let mut changes = Changes::default();
        changes
            .file(dir.path(), "a/b.txt", "two\n", false)
            .expect("planned");
        let (_, said) = settle(changes, false);
        assert!(said.contains("-one\n+two\n") && said.contains("Would write 1 file."));
        let there = std::fs::read(dir.path().join("a/b.txt")).expect("readable");
        assert_eq!(there, b"one\n");
    }

    #[test]
    fn a_file_changed_meanwhile_stays() {
        let dir = tempfile::tempdir().expect("a directory");
        let mut changes = Changes::default();
        changes
            .file(dir.path(), "a.txt", "ours\n", false)
            .expect("planned");
        std::fs::write(dir.path().join("a.txt"), "theirs\n").expect("written");
        assert!(settle(changes, true).0.is_err());
        let there = std::fs::read(dir.path().join("a.txt")).expect("readable");
        assert_eq!(there, b"theirs\n");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_neither_followed_nor_replaced() {
        let dir = tempfile::tempdir().expect("a directory");
        let inside = dir.path().join("in");
        let outside = dir.path().join("out");
        for made in [&inside, &outside] {
            std::fs::create_dir(made).expect("made");
        }
        std::os::unix::fs::symlink(&outside, inside.join("sub")).expect("linked");
        std::os::unix::fs::symlink("x", inside.join("file")).expect("linked");
        let mut changes = Changes::default();
        assert!(changes.file(&inside, "file", "x", false).is_err());
        changes
            .file(&inside, "sub/a.txt", "x", false)
            .expect("planned");
        assert!(settle(changes, true).0.is_err());
        assert_eq!(std::fs::read_dir(&outside).expect("readable").count(), 0);
    }
}
