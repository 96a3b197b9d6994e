//! Options of every command: configuration, reports, what fails.

use crate::policy::Severity;
use crate::report::Format;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Options of every command.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "they are independent command line switches"
)]
pub struct Global {
    /// Read this configuration instead of the stackguard.toml above the current directory
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "STACKGUARD_CONFIG",
        conflicts_with = "no_config",
        help_heading = "Configuration"
    )]
    pub config: Option<PathBuf>,
    /// Read no configuration
    #[arg(
        long,
        global = true,
        env = "STACKGUARD_NO_CONFIG",
        help_heading = "Configuration"
    )]
    pub no_config: bool,
    /// Findings that were accepted before [default: .stackguard-baseline.json, if there is one]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "STACKGUARD_BASELINE",
        help_heading = "Configuration"
    )]
    pub baseline: Option<PathBuf>,
    /// How to report: human, json, jsonl, sarif, github, markdown, junit, html, gitleaks-json or gitleaks-csv; with =PATH into a file. Can be given several times
    #[arg(long, global = true, value_name = "FORMAT[=PATH]", env = "STACKGUARD_FORMAT", value_delimiter = ',', value_parser = parse_format, help_heading = "Output")]
    pub format: Vec<Output>,
    /// The lowest severity that fails the run
    #[arg(long, global = true, value_name = "SEVERITY", env = "STACKGUARD_FAIL_ON", value_enum, default_value_t = FailOn::Medium, help_heading = "Output")]
    pub fail_on: FailOn,
    /// Do not fail because something could not be looked at; it is still reported
    #[arg(
        long,
        global = true,
        env = "STACKGUARD_ALLOW_INCOMPLETE",
        help_heading = "Output"
    )]
    pub allow_incomplete: bool,
    /// Threads to use [default: one for each processor]
    #[arg(long, global = true, value_name = "N", env = "STACKGUARD_THREADS", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: Option<u16>,
    /// When to use colour
    #[arg(long, global = true, value_enum, env = "STACKGUARD_COLOR", default_value_t = Color::Auto, help_heading = "Output")]
    pub color: Color,
    /// Show no progress
    #[arg(
        long,
        global = true,
        env = "STACKGUARD_NO_PROGRESS",
        help_heading = "Output"
    )]
    pub no_progress: bool,
    /// Say only what was found and what could not be looked at: no advice, notes or exceptions, and nothing when clean
    #[arg(
        short,
        long,
        global = true,
        env = "STACKGUARD_QUIET",
        conflicts_with = "verbose",
        help_heading = "Output"
    )]
    pub quiet: bool,
    /// Show every place, and what exceptions and the baseline cover
    #[arg(
        short,
        long,
        global = true,
        env = "STACKGUARD_VERBOSE",
        help_heading = "Output"
    )]
    pub verbose: bool,
}

impl Global {
    /// Whether `--format` was given on the command line, and not by `STACKGUARD_FORMAT` alone.
    #[must_use]
    pub fn asks_for_format(&self) -> bool {
        let told = std::env::var("STACKGUARD_FORMAT").unwrap_or_default();
        let told: Vec<Output> = told
            .split(',')
            .filter_map(|text| parse_format(text).ok())
            .collect();
        !self.format.is_empty() && self.format != told
    }
}

/// A format and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// How to report.
    pub format: Format,
    /// Where to; none is standard output.
    pub path: Option<PathBuf>,
}

fn parse_format(text: &str) -> Result<Output, String> {
    let (name, path) = text
        .split_once('=')
        .map_or((text, None), |(name, path)| (name, Some(path)));
    let format = Format::from_str(name, true).map_err(|_| {
        let known: Vec<String> = Format::value_variants()
            .iter()
            .filter_map(ValueEnum::to_possible_value)
            .map(|value| value.get_name().to_owned())
            .collect();
        let known = format!("[possible values: {}]", known.join(", "));
        let indent = textwrap::Options::new(78)
            .initial_indent("  ")
            .subsequent_indent("  ");
        format!(
            "unknown format `{name}`\n{}",
            textwrap::fill(&known, indent)
        )
    })?;
    let path = path.filter(|path| *path != "-").map(PathBuf::from);
    if path
        .as_ref()
        .is_some_and(|path| path.as_os_str().is_empty())
    {
        return Err(format!(
            "`{name}=` names no file; write `{name}` for standard output"
        ));
    }
    Ok(Output { format, path })
}

/// `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Only critical findings
    Critical,
    /// High and critical ones
    High,
    /// All but low ones
    Medium,
    /// Every finding
    Low,
    /// No finding
    Never,
}

impl FailOn {
    /// The lowest severity that fails; none for never.
    #[must_use]
    pub fn severity(self) -> Option<Severity> {
        match self {
            Self::Critical => Some(Severity::Critical),
            Self::High => Some(Severity::High),
            Self::Medium => Some(Severity::Medium),
            Self::Low => Some(Severity::Low),
            Self::Never => None,
        }
    }
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
