//! One workflow command, escaped so that nothing in it can end it or begin another.

use crate::finding::{Position, printable};
use crate::report::runner;
use std::fmt;

/// The kinds of annotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// Fails the run.
    Error,
    /// Does not fail it.
    Warning,
    /// Worth knowing.
    Notice,
}

/// `::error file=…,line=…::message`.
#[derive(Debug)]
pub(super) struct Command {
    level: Level,
    properties: Vec<(&'static str, String)>,
    message: String,
}

impl Command {
    /// A command with a message of these lines, which hold nothing a terminal would act on.
    pub(super) fn new(level: Level, lines: Vec<String>) -> Self {
        Self {
            level,
            properties: Vec::new(),
            message: runner::without_brackets(&lines.join("\n"), "\\["),
        }
    }

    /// Adds the file, relative to the repository; its name as it is, save what a terminal would act on.
    pub(super) fn file(mut self, path: &str) -> Self {
        let shown: Vec<String> = path.split(['\r', '\n']).map(printable).collect();
        let exact = shown.concat().len() + path.matches(['\r', '\n']).count() == path.len();
        self.properties.push((
            "file",
            if exact {
                path.to_owned()
            } else {
                printable(path)
            },
        ));
        self
    }

    /// Adds a line alone.
    pub(super) fn line(mut self, line: u32) -> Self {
        self.properties.push(("line", line.to_string()));
        self
    }

    /// Adds a span; columns only where it ends on the line it begins on, as GitHub wants it.
    pub(super) fn span(mut self, start: Position, end: Position) -> Self {
        self.properties.push(("line", start.line.to_string()));
        self.properties
            .push(("endLine", end.line.max(start.line).to_string()));
        if end.line <= start.line {
            self.properties.push(("col", start.column.to_string()));
            self.properties
                .push(("endColumn", end.column.max(start.column).to_string()));
        }
        self
    }

    /// Adds the title.
    pub(super) fn title(mut self, title: &str) -> Self {
        self.properties.push(("title", title.to_owned()));
        self
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Notice => "notice",
        };
        write!(f, "::{level}")?;
        for (number, (name, value)) in self.properties.iter().enumerate() {
            let sign = if number == 0 { ' ' } else { ',' };
            write!(
                f,
                "{sign}{name}={}",
                data(value).replace(':', "%3A").replace(',', "%2C")
            )?;
        }
        writeln!(f, "::{}", data(&self.message))
    }
}

/// The escapes of a message, which hold for properties too.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}
