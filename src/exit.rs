//! The exit codes, said once.

use std::process::{ExitCode, Termination};

/// How a run ended; the same for every format. [`ExitStatus::Incomplete`] outranks [`ExitStatus::Findings`].
///
/// A run that Ctrl-C ended has no verdict: it exits with 130 (128 + SIGINT), as shells and other tools have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExitStatus {
    /// 0: everything was looked at and nothing was found at or above `--fail-on`.
    Clean = 0,
    /// 1: findings at or above `--fail-on`.
    Findings = 1,
    /// 2: bad usage or configuration, or something could not be looked at.
    Incomplete = 2,
}

impl Termination for ExitStatus {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}
