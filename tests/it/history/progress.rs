//! The line that says how far a scan has come: on a terminal, gone when it is done, and nowhere else.
#![cfg(unix)]

use super::interrupt::{grow, send};
use crate::harness::Sandbox;
use nix::pty::{Winsize, openpty};
use regex::Regex;
use std::fs::File;
use std::io::Read as _;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// A run of the program whose standard error is a terminal.
struct Terminal {
    child: Child,
    /// What it is sent, as it comes.
    sent: Receiver<Vec<u8>>,
    screen: Screen,
}

impl Terminal {
    fn start(sandbox: &Sandbox, args: &[&str], term: &str) -> Self {
        let size = Winsize {
            ws_row: 24,
            ws_col: 80,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let ends = openpty(&size, None).expect("the system has terminals");
        let mut command =
            sandbox.plain(&[&["check", "--history", "--no-cache", "--format=json"], args].concat());
        command
            .env("TERM", term)
            .stdout(Stdio::null())
            .stderr(ends.slave);
        let child = command.spawn().expect("it starts");
        // Its last end on this side: who reads is told when the program is gone.
        drop(command);
        let mut terminal = File::from(ends.master);
        let (sender, sent) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Without anybody at the other end some systems say so, others that reading failed.
            while let Ok(count) = terminal.read(&mut bytes)
                && count > 0
                && sender.send(bytes[..count].to_vec()).is_ok()
            {}
        });
        Self {
            child,
            sent,
            screen: Screen::default(),
        }
    }

    /// Takes what comes until a line is shown.
    fn wait_for_a_line(&mut self) {
        while self.screen.shown().is_empty()
            && let Ok(bytes) = self.sent.recv()
        {
            self.screen.take(&bytes);
        }
    }

    /// How it ended, and all that was to be seen.
    fn end(mut self) -> (ExitStatus, Screen) {
        while let Ok(bytes) = self.sent.recv() {
            self.screen.take(&bytes);
        }
        (self.child.wait().expect("it ends"), self.screen)
    }
}

/// What a terminal shows, as far as one line is concerned.
#[derive(Default)]
struct Screen {
    lines: Vec<String>,
    line: Vec<char>,
    column: usize,
    /// Of a control sequence that has begun.
    control: Option<String>,
    /// Lines that were taken away again.
    gone: Vec<String>,
}

impl Screen {
    fn take(&mut self, bytes: &[u8]) {
        // The line is of ASCII.
        for character in bytes.iter().copied().map(char::from) {
            if let Some(control) = &mut self.control {
                control.push(character);
                if control.len() > 1 && character.is_ascii_alphabetic() {
                    self.obey();
                }
                continue;
            }
            match character {
                '\u{1b}' => self.control = Some(String::new()),
                '\r' => self.column = 0,
                '\n' => {
                    self.lines.push(self.text());
                    self.line.clear();
                }
                shown => {
                    self.line.resize(self.line.len().max(self.column + 1), ' ');
                    self.line[self.column] = shown;
                    self.column += 1;
                }
            }
        }
    }

    /// A control sequence is there to its end.
    fn obey(&mut self) {
        let control = self.control.take().unwrap_or_default();
        match control.as_str() {
            "[2K" => {
                self.gone
                    .extend(Some(self.text()).filter(|text| !text.is_empty()));
                self.line.clear();
            }
            "[K" | "[0K" => self.line.truncate(self.column),
            // Moves by no line at all, colours, whether the cursor is shown.
            _ => assert!(
                control.ends_with(['m', 'h', 'l', 'A', 'B', 'G', 'C', 'D']),
                "{control:?}"
            ),
        }
    }

    fn text(&self) -> String {
        self.line.iter().collect::<String>().trim_end().to_owned()
    }

    /// Everything that was ever to be seen of the line.
    fn shown(&self) -> Vec<String> {
        let now = Some(self.text()).filter(|text| !text.is_empty());
        self.gone.iter().cloned().chain(now).collect()
    }

    /// What is still there.
    fn left(&self) -> Vec<String> {
        let lines = self.lines.iter().cloned().chain([self.text()]);
        lines.filter(|line| !line.is_empty()).collect()
    }
}

/// Runs it on more and more to look at until it takes so long that something is shown, and `is_done`.
fn until(mut is_done: impl FnMut(&Sandbox) -> bool) {
    let sandbox = Sandbox::repo();
    for round in 0..10 {
        grow(&sandbox, round, 100);
        if is_done(&sandbox) {
            return;
        }
    }
    panic!("it was always faster");
}

#[test]
fn bytes_objects_and_rate_are_shown_on_a_terminal() {
    let form = r"^([\d,]+) looked at, [\d.]+ ([KMG]i)?B, [\d.]+ ([KMG]i)?B/s$";
    let form = Regex::new(form).expect("it is one");
    until(|sandbox| {
        let (status, screen) = Terminal::start(sandbox, &[], "xterm-256color").end();
        assert_eq!(status.code(), Some(0));
        let shown = screen.shown();
        let counts: Vec<u64> = shown
            .iter()
            .map(|line| {
                let found = form.captures(line);
                let found = found.unwrap_or_else(|| panic!("{line:?} of {shown:?}"));
                found[1].replace(',', "").parse().expect("a number")
            })
            .collect();
        assert!(counts.is_sorted(), "{shown:?}");
        assert_eq!(screen.left(), Vec::<String>::new());
        counts.last().is_some_and(|last| *last > 0)
    });
}

#[test]
fn nothing_is_shown_elsewhere() {
    until(|sandbox| {
        let (_, screen) = Terminal::start(sandbox, &[], "xterm").end();
        if screen.shown().is_empty() {
            return false;
        }
        for (args, term) in [
            (&["--no-progress"][..], "xterm"),
            (&["--quiet"], "xterm"),
            (&[], "dumb"),
        ] {
            let (status, screen) = Terminal::start(sandbox, args, term).end();
            assert_eq!(status.code(), Some(0));
            assert_eq!(
                (screen.shown(), screen.left()),
                (vec![], vec![]),
                "{args:?}"
            );
        }
        let run = super::history(sandbox, &["--no-cache"]);
        assert_eq!((run.code, run.err()), (0, String::new()));
        true
    });
}

#[test]
fn an_interrupted_run_leaves_only_how_far_it_got() {
    until(|sandbox| {
        let mut terminal = Terminal::start(sandbox, &[], "xterm");
        terminal.wait_for_a_line();
        send("-INT", &terminal.child);
        let (status, screen) = terminal.end();
        if status.code() == Some(0) {
            return false;
        }
        assert_eq!(status.code(), Some(130), "{:?}", screen.left());
        let left = screen.left().join(" ");
        assert!(left.starts_with("interrupted after "), "{left:?}");
        assert!(left.contains(" looked at"), "{left:?}");
        assert!(!left.contains("/s"), "{left:?}");
        true
    });
}
