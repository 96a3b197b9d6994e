//! Ctrl-C, or a signal to terminate or hang up: says how far the work got, and leaves no file half written.

use crate::engine::Progress;
use crate::whole;
use indicatif::{HumanBytes, HumanCount, ProgressBar};
use std::io::Write as _;
use std::sync::OnceLock;
use std::time::Instant;

/// How far the command has come; there is one of each a process.
pub(super) static PROGRESS: Progress = Progress::new();

/// The line that shows it, to be cleared before anything else is said.
pub(super) static LINE: OnceLock<ProgressBar> = OnceLock::new();

/// From now on an interrupt ends the program in order, with the exit code a shell gives it: 128 and the signal's number.
/// SIGTERM and SIGHUP do the same; which one it was is not told, and the exit code says that it was interrupted.
pub(super) fn watch() {
    let started = Instant::now();
    let stop = move || {
        whole::discard_unfinished();
        if let Some(line) = LINE.get() {
            line.finish_and_clear();
        }
        let _ = writeln!(
            std::io::stderr(),
            "interrupted after {:.1} s: {} looked at ({}); no report was written",
            started.elapsed().as_secs_f32(),
            match PROGRESS.objects() {
                1 => "1 file or object".to_owned(),
                count => format!("{} files and objects", HumanCount(count)),
            },
            HumanBytes(PROGRESS.bytes()),
        );
        end();
    };
    // Without a handler the system ends the program all the same.
    let _ = ctrlc::set_handler(stop);
}

#[expect(
    clippy::exit,
    reason = "the threads at work cannot be waited for: one may be in a file of 500 MB"
)]
fn end() -> ! {
    std::process::exit(INTERRUPTED)
}

/// As ripgrep, git and every shell have it: 128 + SIGINT.
const INTERRUPTED: i32 = 130;
