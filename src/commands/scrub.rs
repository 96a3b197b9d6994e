//! `--scrub-file`: what to replace when the history is rewritten. The only file that ever holds values.

use crate::engine::Replacement;
use crate::report::counted;
use crate::source::history::Repository;
use crate::whole::Unfinished;
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The file, made before the work begins: new, and for its owner only.
pub(super) struct ScrubFile {
    path: PathBuf,
    file: File,
    unfinished: Unfinished,
}

impl ScrubFile {
    /// Makes the file.
    ///
    /// # Errors
    /// When it is there already, or would stand in a repository, where the next commit could take it along.
    pub(super) fn create(path: &Path, repository: &Repository) -> miette::Result<Self> {
        let shown = || path.display().to_string();
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let directory = fs::canonicalize(parent.unwrap_or(Path::new(".")))
            .into_diagnostic()
            .wrap_err_with(|| format!("could not write {}", shown()))?;
        let own = repository.directories().map(fs::canonicalize);
        let inside = own
            .into_iter()
            .flatten()
            .any(|own| directory.starts_with(own))
            || directory.ancestors().any(is_repository);
        if inside {
            return Err(miette!(
                help = "choose a place outside of every repository, such as your home directory",
                "{} would hold secrets inside a repository",
                shown()
            ));
        }
        let name = path
            .file_name()
            .ok_or_else(|| miette!("`--scrub-file {}` names no file", shown()))?;
        let mut options = File::options();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let (file, unfinished) = Unfinished::create(&directory.join(name), &mut options)
            .into_diagnostic()
            .wrap_err_with(|| format!("could not make {}, which must not exist yet", shown()))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            unfinished,
        })
    }

    /// Writes the values and says on standard error what to do with them. Without any there is no file.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn write(
        mut self,
        replacements: &[Replacement],
        left_out: usize,
    ) -> miette::Result<()> {
        let path = self.path.display();
        let mut err = std::io::stderr();
        if !replacements.is_empty() {
            let failed = || format!("could not write {path}");
            for replacement in replacements {
                let mut line = replacement.line();
                line.push(b'\n');
                self.file
                    .write_all(&line)
                    .into_diagnostic()
                    .wrap_err_with(failed)?;
            }
            self.file
                .sync_all()
                .into_diagnostic()
                .wrap_err_with(failed)?;
            self.unfinished.keep();
        }
        // Nothing is lost when nobody can read this.
        let _ = match replacements.len() as u64 {
            0 => writeln!(
                err,
                "warning: there is nothing to replace; {path} was not written"
            ),
            count => writeln!(
                err,
                "warning: {path} holds {} in the clear. Rotate them first. Then, in a fresh clone: git filter-repo \
                 --replace-text {path} --replace-message {path}. Then delete the file.",
                counted(count, "secret value")
            ),
        };
        if left_out > 0 {
            let _ = writeln!(
                err,
                "warning: {} cannot be replaced this way: names of files (use --path-rename), names and addresses of people (use \
                 --mailmap), UTF-16, or values too short to tell from other text",
                counted(left_out as u64, "place")
            );
        }
        Ok(())
    }
}

/// Whether a directory is a work tree or a git directory.
fn is_repository(directory: &Path) -> bool {
    let has = |name: &str| directory.join(name).symlink_metadata().is_ok();
    has(".git") || has("HEAD") && has("objects") && has("refs")
}
