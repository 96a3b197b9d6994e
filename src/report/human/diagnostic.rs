//! One finding as a miette diagnostic.
//!
//! The source given to miette is the masked line and nothing else, with its true line and column: the
//! stock implementations would read the file's own text round the span.

use super::page::Page;
use crate::finding::{Finding, Position, Snippet, printable};
use crate::policy::Severity;
use crate::report::{runner, wording};
use miette::{
    Diagnostic, GraphicalReportHandler, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};
use std::fmt;
use std::ops::Range;
use unicode_width::UnicodeWidthChar as _;

/// Draws the header, the message and the line.
pub(super) fn draw(finding: &Finding, page: &mut Page) {
    let Position { line, .. } = finding.location.start;
    let gutter = line.to_string().len() + 4;
    let excerpt = finding
        .snippet
        .as_ref()
        .filter(|snippet| line > 0 && !snippet.text().is_empty())
        .map(|snippet| {
            let (text, mark) = fit(snippet, page.width.saturating_sub(gutter));
            Excerpt {
                text,
                mark,
                name: finding.location.path.to_string(),
                start: finding.location.start,
            }
        });
    let shown = Shown { finding, excerpt };
    let handler = GraphicalReportHandler::new_themed(page.theme_for(finding.severity))
        .with_links(false)
        .with_width(page.width)
        .without_syntax_highlighting();
    let mut drawing = String::new();
    if handler.render_report(&mut drawing, &shown).is_err() {
        // A drawing that fails must not hide the finding.
        drawing = format!("{}\n\n  {shown}\n", shown.header());
    }
    // The header stands over its message without a gap.
    page.draw(&drawing.replacen("\n\n", "\n", 1));
    if shown.excerpt.is_none() {
        page.section("at", &place(finding));
    }
}

/// `path:line:column`, or as much of it as there is.
fn place(finding: &Finding) -> String {
    let location = &finding.location;
    let mut place = wording::spot(location);
    if location.path.as_str() == "." && location.store.is_none() {
        place = "the whole tree".into();
    }
    place
}

/// What miette is given.
#[derive(Debug)]
struct Shown<'f> {
    finding: &'f Finding,
    excerpt: Option<Excerpt>,
}

impl Shown<'_> {
    fn header(&self) -> String {
        let known = if self.finding.known {
            " (in the baseline)"
        } else {
            ""
        };
        format!(
            "{}: {}{known}",
            self.finding.severity,
            printable(self.finding.rule.as_str())
        )
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&printable(&self.finding.message).replace('\t', " "))
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.header()))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.severity {
            Severity::Critical | Severity::High => miette::Severity::Error,
            Severity::Medium => miette::Severity::Warning,
            Severity::Low => miette::Severity::Advice,
        })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt
            .as_ref()
            .map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let mark = &self.excerpt.as_ref()?.mark;
        Some(Box::new(std::iter::once(LabeledSpan::new(
            None,
            mark.start,
            mark.len(),
        ))))
    }
}

/// The masked line at its true place.
#[derive(Debug)]
struct Excerpt {
    text: String,
    mark: Range<usize>,
    name: String,
    start: Position,
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let back = |number: u32| number.saturating_sub(1) as usize;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            self.text.as_bytes(),
            (0, self.text.len()).into(),
            back(self.start.line),
            back(self.start.column),
            1,
        )))
    }
}

/// The part of the line that fits in `columns`, the beginning of the mark always in it; tabs become four spaces.
fn fit(snippet: &Snippet, columns: usize) -> (String, Range<usize>) {
    let cells = cells(snippet);
    let first = cells
        .iter()
        .position(|(_, marked)| *marked)
        .unwrap_or(cells.len());
    let last = cells
        .iter()
        .rposition(|(_, marked)| *marked)
        .map_or(first, |at| at + 1);
    let indent = cells
        .iter()
        .position(|(letter, _)| *letter != ' ')
        .unwrap_or(0)
        .min(first);
    let needed = |from: usize| {
        usize::from(from > indent) + width(&cells[from..last]) + usize::from(last < cells.len())
    };
    let mut from = 0;
    if width(&cells) > columns && needed(0) > columns {
        // Indentation says nothing; beyond it a few words before the mark do.
        from = indent;
        while from < first && needed(from) > columns && width(&cells[from..first]) > columns / 4 {
            from += 1;
        }
    }
    let cut = from > indent;
    let mut text = String::from(if cut { "…" } else { "" });
    let room = columns.saturating_sub(usize::from(cut));
    let whole = width(&cells[from..]) <= room;
    let mut used = 0;
    let mut mark = None;
    for (letter, marked) in &cells[from..] {
        used += letter.width().unwrap_or(0);
        if !whole && used + 1 > room {
            text.push('…');
            break;
        }
        let start = text.len();
        text.push(*letter);
        if *marked {
            let begin = mark.map_or(start, |(begin, _)| begin);
            mark = Some((begin, text.len()));
        }
    }
    let (start, end) = mark.unwrap_or((text.len(), text.len()));
    (text, start..end)
}

/// The characters of the line and whether each is marked.
fn cells(snippet: &Snippet) -> Vec<(char, bool)> {
    let (text, mark) = (snippet.text(), snippet.mark());
    let parts = [
        (0..mark.start, false),
        (mark.clone(), true),
        (mark.end..text.len(), false),
    ];
    let mut cells = Vec::new();
    for (range, marked) in parts {
        // Here and not only at the end, so that the underline stays under what it is about.
        for letter in runner::without_brackets(text.get(range).unwrap_or_default(), "\\[").chars() {
            match letter {
                '\t' => cells.extend([(' ', marked); 4]),
                _ => cells.push((letter, marked)),
            }
        }
    }
    cells
}

/// Columns of a terminal.
fn width(cells: &[(char, bool)]) -> usize {
    cells
        .iter()
        .map(|(letter, _)| letter.width().unwrap_or(0))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Veil;

    fn fitted(text: &str, mark: std::ops::Range<usize>, columns: usize) -> (String, String) {
        let snippet = Snippet::cut(text.as_bytes(), &mark, &Veil::default());
        let (text, mark) = fit(&snippet, columns);
        let marked = text[mark].to_owned();
        (text, marked)
    }

    #[test]
    fn the_mark_stays_in_view() {
        let cases = [
            ("short", 0..5, 20, "short", "short"),
            ("a b c d e f g h i j k l", 0..3, 10, "a b c d e…", "a b"),
            (
                "          indented MARK",
                19..23,
                14,
                "indented MARK",
                "MARK",
            ),
            (
                "many words stand before the MARK and after it",
                28..32,
                16,
                "…efore the MARK…",
                "MARK",
            ),
            (
                "x = aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                4..39,
                10,
                "…= aaaaaa…",
                "aaaaaa",
            ),
            ("\tx", 1..2, 20, "    x", "x"),
        ];
        for (text, mark, columns, want, marked) in cases {
            let (shown, under) = fitted(text, mark, columns);
            assert_eq!((shown.as_str(), under.as_str()), (want, marked));
        }
    }

    #[test]
    fn any_line_fits_any_width() {
        let text = "日本語 \u{301}\u{301} wide 日本語 and \u{202e} ∆ text that goes on and on, 日本語日本語日本語";
        let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        for (from, start) in starts.iter().enumerate() {
            for end in &starts[from..] {
                for columns in [7, 15, 30] {
                    let (shown, _) = fitted(text, *start..*end, columns);
                    let width: usize = shown
                        .chars()
                        .map(|letter| letter.width().unwrap_or(0))
                        .sum();
                    assert!(width <= columns, "{shown} in {columns}");
                }
            }
        }
    }
}
