//! The line on a terminal that says how far a scan has come.

use super::interrupt::{LINE, PROGRESS};
use crate::cli::Global;
use indicatif::{
    HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};
use std::fmt::Write;
use std::io::IsTerminal as _;
use std::time::Duration;

/// The line; gone when dropped.
pub(super) struct ProgressLine(Option<ProgressBar>);

impl ProgressLine {
    /// Shows progress where somebody may be looking at it.
    pub(super) fn show(global: &Global) -> Self {
        let is_seen = std::io::stderr().is_terminal()
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        if !is_seen || global.no_progress || global.quiet {
            return Self(None);
        }
        let line = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        // What cannot be drawn is left out.
        let style = ProgressStyle::with_template("{told}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        line.set_style(style.with_key("told", tell));
        line.enable_steady_tick(Duration::from_millis(100));
        let _ = LINE.set(line.clone());
        Self(Some(line))
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if let Some(line) = &self.0 {
            line.finish_and_clear();
        }
    }
}

fn tell(state: &ProgressState, out: &mut dyn Write) {
    let elapsed = state.elapsed();
    if elapsed < SHORT {
        return;
    }
    let (objects, bytes) = (PROGRESS.objects(), PROGRESS.bytes());
    let rate = bytes as f64 / elapsed.as_secs_f64();
    // A line that cannot be written is not worth more than that.
    let _ = write!(
        out,
        "{} looked at, {}, {}/s",
        HumanCount(objects),
        HumanBytes(bytes),
        HumanBytes(rate as u64)
    );
}

/// What is done sooner shows nothing.
const SHORT: Duration = Duration::from_millis(300);
