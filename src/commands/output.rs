//! Where reports and errors go, and in which dress.

use crate::cli::{Color, Global, Output};
use crate::exit::ExitStatus;
use crate::policy::Policy;
use crate::report::{Format, Report, View};
use miette::{GraphicalReportHandler, GraphicalTheme, IntoDiagnostic as _, WrapErr as _, miette};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};

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
    Ok(result.map_err(Unwritten)?)
}

/// Standard output cannot be written to.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("could not write to standard output")]
struct Unwritten(#[source] io::Error);

/// Whether the reader of our output went away, which is no error of ours.
pub(super) fn is_closed_pipe(report: &miette::Report) -> bool {
    report.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// What reports go to: each file is made before the work begins, so that a bad path costs nothing.
pub(super) struct Outputs(Vec<(Format, Option<(std::path::PathBuf, File)>)>);

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
                Some(path) => Some((
                    path.clone(),
                    File::create(path).into_diagnostic().wrap_err_with(|| {
                        format!("could not write the report to {}", path.display())
                    })?,
                )),
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
            .map(std::path::PathBuf::from);
        for (format, file) in self.0 {
            let mut view = View::new(policy, verdict);
            view.fail_on = fail_on;
            view.verbose = global.verbose;
            view.quiet = global.quiet;
            view.width = width();
            view.step_summary = summary.as_deref();
            let written = match file {
                Some((path, file)) => {
                    let mut out = BufWriter::new(file);
                    format
                        .render(report, &view, &mut out)
                        .and_then(|()| out.flush())
                        .into_diagnostic()
                        .wrap_err_with(|| {
                            format!("could not write the report to {}", path.display())
                        })
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
                Err(error) if is_closed_pipe(&error) => return Ok(verdict),
                other => other?,
            }
        }
        Ok(verdict)
    }
}

/// Columns to write for: `COLUMNS`, at least 40 and at most 120; 80 when not known.
fn width() -> usize {
    let told = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse().ok());
    told.unwrap_or(80_usize).clamp(40, 120)
}
