//! Where reports and errors go, and in which dress.

use crate::cli::{Color, Global, Output};
use crate::exit::ExitStatus;
use crate::policy::Policy;
use crate::report::{Format, Report, View};
use crate::whole::{Unfinished, WholeFile};
use miette::{GraphicalReportHandler, GraphicalTheme, IntoDiagnostic as _, WrapErr as _, miette};
use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Whether to write colour to `stream`. `NO_COLOR` and `CLICOLOR_FORCE` count only for `auto`.
pub(super) fn wants_color(choice: Color, stream: &impl IsTerminal) -> bool {
    let set =
        |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    match choice {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            !set("NO_COLOR")
                && (set("CLICOLOR_FORCE")
                    || set("FORCE_COLOR")
                    || stream.is_terminal()
                        && std::env::var_os("TERM").is_none_or(|term| term != "dumb"))
        }
    }
}

/// An error with its causes and advice, as text.
pub(super) fn error_text(report: &miette::Report, color: bool) -> String {
    let theme = if color {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let mut out = String::new();
    let handler = GraphicalReportHandler::new_themed(theme).with_width(width());
    if handler.render_report(&mut out, report.as_ref()).is_err() {
        out = report.to_string();
    }
    out.trim_end().to_owned()
}

/// Says of a failed write that it was to standard output; [`is_closed_pipe`] looks at what is behind it.
pub(super) fn written(result: io::Result<()>) -> miette::Result<()> {
    written_to("to standard output", result)
}

/// As [`written`], of something else: `the report to a.json`.
fn written_to(what: &str, result: io::Result<()>) -> miette::Result<()> {
    Ok(result.map_err(|source| Unwritten {
        what: what.to_owned(),
        source,
    })?)
}

/// An output cannot be written to. What the system said stays what it is, so that a closed pipe can be told.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("could not write {what}")]
struct Unwritten {
    what: String,
    source: io::Error,
}

/// Whether the reader of our output went away, which is no error of ours.
pub(super) fn is_closed_pipe(report: &miette::Report) -> bool {
    report.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// What reports go to: each file is made before the work begins, so that a bad path costs nothing.
pub(super) struct Outputs(Vec<(Format, Option<Target>)>);

/// A file for a report.
struct Target {
    path: PathBuf,
    place: Place,
}

/// How it is written.
enum Place {
    /// As a whole, in place of what is there; links followed.
    Whole(PathBuf, Option<Unfinished>),
    /// Into what is no file: a pipe, a device.
    Stream(File),
}

impl Target {
    /// Makes an empty file where there is none, which goes again if no report comes.
    fn open(path: &Path) -> io::Result<Self> {
        let meta = fs::metadata(path);
        let place = match &meta {
            Ok(meta) if !meta.is_file() => Place::Stream(File::options().write(true).open(path)?),
            Ok(_) => {
                // Whether it may be written to, before the work begins.
                File::options().write(true).open(path)?;
                Place::Whole(fs::canonicalize(path)?, None)
            }
            Err(_) => {
                // A link to nothing is made to lead to a file.
                let target = fs::read_link(path)
                    .map(|link| path.parent().unwrap_or(Path::new("")).join(link))
                    .unwrap_or_else(|_| path.to_owned());
                let (_, unfinished) = Unfinished::create(&target, &mut File::options())?;
                Place::Whole(target, Some(unfinished))
            }
        };
        let path = path.to_owned();
        Ok(Self { path, place })
    }

    fn write(self, render: impl Fn(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        match self.place {
            Place::Whole(path, unfinished) => {
                let mut out = BufWriter::new(WholeFile::create(&path)?);
                render(&mut out)?;
                out.into_inner()
                    .map_err(io::IntoInnerError::into_error)?
                    .finish()?;
                unfinished.into_iter().for_each(Unfinished::keep);
                Ok(())
            }
            Place::Stream(file) => {
                let mut out = BufWriter::new(file);
                render(&mut out)?;
                out.flush()
            }
        }
    }
}

impl Outputs {
    /// Opens every file named by `--format`.
    ///
    /// # Errors
    /// A file that cannot be made, or two reports for standard output.
    pub(super) fn open(outputs: &[Output]) -> miette::Result<Self> {
        let outputs = if outputs.is_empty() {
            &[Output {
                format: Format::Human,
                path: None,
            }]
        } else {
            outputs
        };
        if outputs
            .iter()
            .filter(|output| output.path.is_none())
            .count()
            > 1
        {
            return Err(miette!(
                help = "give all but one a file: `--format human --format sarif=report.sarif`",
                "two reports cannot share standard output"
            ));
        }
        let open = |output: &Output| -> miette::Result<_> {
            let file = match &output.path {
                Some(path) => Some(Target::open(path).into_diagnostic().wrap_err_with(|| {
                    format!("could not write the report to {}", path.display())
                })?),
                None => None,
            };
            Ok((output.format, file))
        };
        outputs
            .iter()
            .map(open)
            .collect::<miette::Result<_>>()
            .map(Self)
    }

    /// Writes the report everywhere and says what the run exits with.
    ///
    /// # Errors
    /// What the system says of a file; a closed standard output is told apart by [`is_closed_pipe`].
    pub(super) fn write(
        self,
        report: &Report,
        policy: &Policy,
        global: &Global,
    ) -> miette::Result<ExitStatus> {
        let fail_on = global.fail_on.severity();
        let verdict = report.verdict(fail_on, global.allow_incomplete);
        let summary = std::env::var_os("GITHUB_STEP_SUMMARY")
            .filter(|path| !path.is_empty())
            .map(PathBuf::from);
        for (format, file) in self.0 {
            let mut view = View::new(policy, verdict);
            view.fail_on = fail_on;
            view.verbose = global.verbose;
            view.quiet = global.quiet;
            view.width = width();
            view.step_summary = summary.as_deref();
            let written = match file {
                Some(target) => {
                    let what = format!("the report to {}", target.path.display());
                    written_to(&what, target.write(|out| format.render(report, &view, out)))
                }
                None => {
                    view.color = wants_color(global.color, &io::stdout());
                    let mut out = BufWriter::new(io::stdout().lock());
                    written(
                        format
                            .render(report, &view, &mut out)
                            .and_then(|()| out.flush()),
                    )
                }
            };
            match written {
                // Whoever reads one report may stop; the others are still wanted.
                Err(error) if is_closed_pipe(&error) => {}
                other => other?,
            }
        }
        Ok(verdict)
    }
}

/// How a list goes to standard output.
pub(super) enum Listing {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// What `--format` asks of a command whose answer is a list and no report. `is` says what is shown: `rules are listed`.
///
/// # Errors
/// A format, asked for on the command line, that a list cannot have. One in `STACKGUARD_FORMAT` is meant for reports.
pub(super) fn listing(global: &Global, is: &str) -> miette::Result<Listing> {
    match global.format.as_slice() {
        [one] if one.path.is_none() && one.format == Format::Json => Ok(Listing::Json),
        [one] if one.path.is_none() && one.format == Format::Human => Ok(Listing::Table),
        _ if !global.asks_for_format() => Ok(Listing::Table),
        _ => Err(miette!(
            help = "`--format human` or `--format json`, without a path",
            "{is} on standard output, as text or as JSON"
        )),
    }
}

/// Refuses a `--format` that would have no effect.
///
/// # Errors
/// When one was asked for on the command line.
pub(super) fn no_report(global: &Global, command: &str) -> miette::Result<()> {
    if global.asks_for_format() {
        return Err(miette!(
            help = "leave `--format` out",
            "`stackguard {command}` writes no report"
        ));
    }
    Ok(())
}

/// Columns to write for: `COLUMNS`, at least 40 and at most 120; 80 when not known.
pub(super) fn width() -> usize {
    let told = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    told.unwrap_or(80_usize).clamp(40, 120)
}
