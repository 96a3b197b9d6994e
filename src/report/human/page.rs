//! Lines of a fixed width: wrapped prose with a label before it, and the colours.

use crate::finding::printable;
use crate::policy::Severity;
use crate::report::View;
use miette::{GraphicalTheme, ThemeStyles};
use std::fmt::Write as _;

/// What is being written, and how wide it may be.
pub(super) struct Page {
    text: String,
    /// Columns a drawing may take.
    pub(super) width: usize,
    /// The characters and colours miette draws with.
    pub(super) theme: GraphicalTheme,
    color: bool,
    ascii: bool,
}

impl Page {
    /// An empty page.
    pub(super) fn new(view: &View<'_>) -> Self {
        // Chosen here and not by miette, which looks at the streams and the environment itself.
        let theme = match (view.ascii, view.color) {
            (true, true) => GraphicalTheme::ascii(),
            (true, false) => GraphicalTheme::none(),
            (false, true) => GraphicalTheme::unicode(),
            (false, false) => GraphicalTheme::unicode_nocolor(),
        };
        Self {
            text: String::new(),
            width: view.width.clamp(40, 500),
            theme,
            color: view.color,
            ascii: view.ascii,
        }
    }

    /// The theme with the error colour of a severity.
    pub(super) fn theme_for(&self, severity: Severity) -> GraphicalTheme {
        let mut theme = self.theme.clone();
        if self.color {
            let styles = ThemeStyles::ansi();
            theme.styles.error = if severity == Severity::Critical {
                styles.error.bold()
            } else {
                styles.error
            };
            theme.styles.highlights = vec![match severity {
                Severity::Critical | Severity::High => styles.error,
                Severity::Medium => styles.warning,
                Severity::Low => styles.advice,
            }];
        }
        theme
    }

    /// Adds text that is already laid out.
    pub(super) fn draw(&mut self, drawing: &str) {
        self.text.push_str(drawing);
    }

    /// Adds a sentence over the whole width.
    pub(super) fn line(&mut self, text: &str) {
        self.wrapped("", "", text);
    }

    /// Adds `label: text`, wrapped, the labels of one block flush right.
    pub(super) fn section(&mut self, label: &str, text: &str) {
        let head = format!("{label:>LABEL$}: ");
        let shown = self.theme.styles.help.style(&head).to_string();
        self.wrapped(&head, &shown, text);
    }

    /// Adds another paragraph under a section.
    pub(super) fn more(&mut self, text: &str) {
        let head = " ".repeat(LABEL + 2);
        self.wrapped(&head, &head, text);
    }

    /// Adds one item of a list under a section.
    pub(super) fn item(&mut self, text: &str) {
        let head = format!("{}- ", " ".repeat(LABEL + 2));
        self.wrapped(&head, &head, text);
    }

    /// Adds an empty line.
    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// What was written so far; the page is empty again.
    pub(super) fn take(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        // One column each, so that what stands below stays below.
        if self.ascii {
            text.replace('…', "~").replace('×', "x")
        } else {
            text
        }
    }

    /// `head` is what the first line begins with, `shown` the same with its colour.
    fn wrapped(&mut self, head: &str, shown: &str, text: &str) {
        let indent = " ".repeat(head.len());
        let width = self.width.min(PROSE);
        // A path or an address is never broken, so that it can be copied and opened.
        let options = textwrap::Options::new(width.saturating_sub(head.len()))
            .break_words(false)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
        let text = printable(text).replace('\t', " ");
        for (number, line) in textwrap::wrap(&text, options).iter().enumerate() {
            let _ = writeln!(
                self.text,
                "{}{line}",
                if number == 0 { shown } else { &indent }
            );
        }
    }
}

/// Columns of the longest label.
const LABEL: usize = 7;
/// Prose wider than this is hard to read.
const PROSE: usize = 100;
