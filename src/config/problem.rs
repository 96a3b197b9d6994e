//! What is wrong with the configuration: all of it at once, each problem with its line.
//!
//! A configuration may quote a secret (`value = …`), or hold one by mistake. The lines shown are therefore a masked copy of
//! the file, and every span is moved to where its text stands in the copy.

use crate::policy::Problem;
use crate::policy::masking::mask_words;
use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode, SourceSpan};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Why there is no configuration: every problem of every file read.
#[derive(Debug, Clone)]
pub struct ConfigError {
    message: String,
    help: Option<String>,
    problems: Vec<FileProblem>,
}

/// One problem, with the masked text of the file it is in.
#[derive(Debug, Clone)]
pub struct FileProblem {
    source: Arc<NamedSource<String>>,
    /// Bytes of the masked text.
    span: Range<usize>,
    file: String,
    line: u32,
    message: String,
    help: Option<String>,
}

/// A file as errors show it.
#[derive(Debug, Clone)]
pub(crate) struct ShownFile {
    name: String,
    source: Arc<NamedSource<String>>,
    lines: Vec<Line>,
}

/// A line of the file and of its masked copy.
#[derive(Debug, Clone)]
struct Line {
    /// Where it begins in the file.
    start: usize,
    /// Where it begins in the copy.
    shown: usize,
    /// Its bytes in the copy, without the line end.
    length: usize,
    /// Spans that begin in the line are moved by what was masked before them:
    /// for each masked piece, its range in the line of the file and its range in the line of the copy.
    pieces: Vec<(Range<usize>, Range<usize>)>,
}

impl ConfigError {
    /// An error that is not about a line of a file.
    #[must_use]
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: Some(help.into()),
            problems: Vec::new(),
        }
    }

    pub(crate) fn of(mut problems: Vec<FileProblem>) -> Self {
        problems.sort_by(|a, b| (&a.file, a.span.start).cmp(&(&b.file, b.span.start)));
        let mut files: Vec<&str> = problems
            .iter()
            .map(|problem| problem.file.as_str())
            .collect();
        files.dedup();
        let count = match problems.len() {
            1 => "1 problem".to_owned(),
            many => format!("{many} problems"),
        };
        let message = format!("{count} in {}", files.join(", "));
        let help = problems
            .len()
            .checked_sub(MOST_SHOWN)
            .filter(|rest| *rest > 0);
        let help = help.map(|rest| {
            format!("the first {MOST_SHOWN} are shown; {rest} more will show when these are solved")
        });
        problems.truncate(MOST_SHOWN);
        Self {
            message,
            help,
            problems,
        }
    }

    pub(super) fn into_problems(self) -> Vec<FileProblem> {
        self.problems
    }

    /// The problems that stand in files, by file and line; the first hundred.
    #[must_use]
    pub fn problems(&self) -> &[FileProblem] {
        &self.problems
    }
}

impl FileProblem {
    /// The file, as reports name it.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The 1-based line it begins on.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }

    /// What to do about it.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.help.as_deref()
    }
}

impl ShownFile {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let mut copy = String::with_capacity(text.len());
        let mut lines = Vec::new();
        let mut start = 0;
        let mut open = None;
        for full in text.split_inclusive('\n') {
            let line = full.trim_end_matches(['\n', '\r']);
            let shown = copy.len();
            let pieces = mask_line(line, &mut open, &mut copy);
            lines.push(Line {
                start,
                shown,
                length: copy.len() - shown,
                pieces,
            });
            copy.push('\n');
            start += full.len();
        }
        Self {
            name: name.to_owned(),
            source: Arc::new(NamedSource::new(name, copy)),
            lines,
        }
    }

    pub(crate) fn problem(&self, problem: Problem) -> FileProblem {
        let (line, start) = self.place(problem.span.start);
        let (end_line, end) = self.place(problem.span.end.max(problem.span.start));
        // A label over several lines shows them all: the first is enough.
        let end = if end_line == line {
            end.end
        } else {
            self.lines
                .get(line)
                .map_or(start.start, |line| line.shown + line.length)
        };
        FileProblem {
            source: self.source.clone(),
            span: start.start..end.max(start.start),
            file: self.name.clone(),
            line: u32::try_from(line + 1).unwrap_or(u32::MAX),
            message: problem.message,
            help: problem.help,
        }
    }

    /// The 1-based line of a byte of the file.
    pub(crate) fn line(&self, offset: usize) -> u32 {
        u32::try_from(self.place(offset).0 + 1).unwrap_or(u32::MAX)
    }

    /// The index of the line of a byte, and where the byte went in the copy: a masked piece is one place.
    fn place(&self, offset: usize) -> (usize, Range<usize>) {
        let index = self
            .lines
            .partition_point(|line| line.start <= offset)
            .saturating_sub(1);
        let Some(line) = self.lines.get(index) else {
            return (0, 0..0);
        };
        let within = offset - line.start.min(offset);
        let mut shift = (0, 0);
        for (real, shown) in &line.pieces {
            if within < real.start {
                break;
            }
            if within < real.end {
                return (index, line.shown + shown.start..line.shown + shown.end);
            }
            shift = (real.end, shown.end);
        }
        let at = line.shown + (shift.1 + within - shift.0).min(line.length);
        (index, at..at)
    }
}

/// Appends the masked line; `open` is the delimiter of a `value` string that began on an earlier line.
fn mask_line(
    line: &str,
    open: &mut Option<&'static str>,
    copy: &mut String,
) -> Vec<(Range<usize>, Range<usize>)> {
    let base = copy.len();
    let mut pieces = Vec::new();
    let (clear, hidden) = match *open {
        Some(delimiter) => {
            if line.contains(delimiter) {
                *open = None;
            }
            ("", line)
        }
        None => {
            let (clear, hidden) = line.split_at(value_start(line).unwrap_or(line.len()));
            *open = ["'''", "\"\"\""]
                .into_iter()
                .find(|delimiter| hidden.matches(delimiter).count() % 2 == 1);
            (clear, hidden)
        }
    };
    let mut at = 0;
    // Word by word, so that each masked word is a piece of its own and spans can be moved past it.
    while at < clear.len() {
        let rest = &clear[at..];
        let end = rest.find(char::is_whitespace).map_or(rest.len(), |blank| {
            blank + rest[blank..].chars().next().map_or(1, char::len_utf8)
        });
        let before = copy.len() - base;
        copy.push_str(&mask_words(&rest[..end]));
        if copy.get(base + before..) != Some(&rest[..end]) {
            pieces.push((at..at + end, before..copy.len() - base));
        }
        at += end;
    }
    if !hidden.is_empty() {
        let before = copy.len() - base;
        copy.push_str(HIDDEN);
        pieces.push((clear.len()..line.len(), before..copy.len() - base));
    }
    pieces
}

/// Where what is given to a key `value` begins in the line.
fn value_start(line: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = line.get(from..)?.find("value") {
        let start = from + found;
        let end = start + "value".len();
        let word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        let own_word = !line[..start].ends_with(word);
        let after = line[end..].trim_start_matches(['"', '\'']).trim_start();
        if let Some(given) = after.strip_prefix('=').filter(|_| own_word) {
            return Some(line.len() - given.trim_start().len());
        }
        from = end;
    }
    None
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConfigError {}

impl Diagnostic for ConfigError {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        if self.problems.is_empty() {
            return None;
        }
        Some(Box::new(
            self.problems
                .iter()
                .map(|problem| problem as &dyn Diagnostic),
        ))
    }
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for FileProblem {}

impl Diagnostic for FileProblem {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help
            .as_ref()
            .map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = SourceSpan::from((self.span.start, self.span.len()));
        Some(Box::new(std::iter::once(LabeledSpan::underline(span))))
    }
}

/// What stands for what is given to `value`.
const HIDDEN: &str = "'…'";
/// Problems shown at once.
const MOST_SHOWN: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(text: &str) -> String {
        ShownFile::new("f", text).source.inner().clone()
    }

    #[test]
    fn values_are_never_shown() {
        for (text, shown) in [
            ("value = 'abc'\nreason = 'x'", "value = '…'\nreason = 'x'\n"),
            (
                "\"value\" = '''a\nb'''\nreason = 'x'",
                "\"value\" = '…'\n'…'\nreason = 'x'\n",
            ),
            (
                "allow = [{ value='abc', reason = 'x' }]",
                "allow = [{ value='…'\n",
            ),
            ("values = 'abc'", "values = 'abc'\n"),
            ("value = '''a''' # b", "value = '…'\n"),
        ] {
            assert_eq!(copy(text), shown, "{text}");
        }
    }

    #[test]
    fn spans_follow_what_was_masked() {
        let token = crate::policy::pack::expand("{base62:30}");
        let text = format!("a = 1\r\nb = \"{token}\", wrong = 2\n");
        let file = ShownFile::new("f", &text);
        let at = text.find("wrong").expect("in text");
        let problem = file.problem(Problem {
            span: at..at + 5,
            message: "m".into(),
            help: None,
        });
        assert_eq!(&file.source.inner()[problem.span.clone()], "wrong");
        assert_eq!(problem.line, 2);
        let at = text.find(&token).expect("in text");
        let problem = file.problem(Problem {
            span: at..at + 30,
            message: "m".into(),
            help: None,
        });
        assert!(!file.source.inner().contains(&token));
        assert!(file.source.inner()[problem.span.clone()].contains(crate::finding::MASK));
    }

    #[test]
    fn any_span_of_any_text_is_placed() {
        for text in ["", "\n", "ä", "value", "value=", "x = '''\n", "a\r\n\r\nb"] {
            let file = ShownFile::new("f", text);
            for start in 0..text.len() + 3 {
                for end in 0..text.len() + 3 {
                    let problem = file.problem(Problem {
                        span: start..end,
                        message: String::new(),
                        help: None,
                    });
                    assert!(problem.span.end <= file.source.inner().len());
                }
            }
        }
    }
}
