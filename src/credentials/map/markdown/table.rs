//! The tables of a Markdown document, as rows of cells of tokens.

use super::environment;
use crate::finding::LineIndex;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd, TextMergeWithOffset};

/// A table.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The 1-based line of its header.
    pub line: u32,
    /// The header.
    pub header: Vec<Cell>,
    /// The rows below.
    pub rows: Vec<Row>,
    /// The environment that the nearest heading above names.
    pub section: Option<String>,
}

/// A row.
#[derive(Debug, Default)]
pub(super) struct Row {
    /// Its 1-based line.
    pub line: u32,
    /// Its cells.
    pub cells: Vec<Cell>,
}

/// What stands in a cell, without what is struck through.
#[derive(Debug, Default, Clone)]
pub(super) struct Cell {
    /// In order.
    pub tokens: Vec<Token>,
    /// Whether something in it is struck through.
    pub struck: bool,
}

/// A part of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// In back-quotes.
    Code(String),
    /// A word.
    Word(String),
    /// A mark between words.
    Mark(char),
}

impl Cell {
    /// Its words and what is in back-quotes, in lower case, each after one blank.
    pub(super) fn plain(&self) -> String {
        let mut out = String::new();
        for token in &self.tokens {
            match token {
                Token::Code(text) | Token::Word(text) => {
                    out.push(' ');
                    out.push_str(&text.to_lowercase());
                }
                Token::Mark(mark) => out.push(*mark),
            }
        }
        out
    }

    /// Adds text that is in no back-quotes.
    pub(super) fn text(&mut self, text: &str) {
        let mut word = String::new();
        for letter in text.chars() {
            if letter.is_alphanumeric() || WITHIN_WORDS.contains(letter) {
                word.push(letter);
                continue;
            }
            self.word(&mut word);
            if !letter.is_whitespace() && !letter.is_control() {
                self.tokens.push(Token::Mark(letter));
            }
        }
        self.word(&mut word);
    }

    /// Ends a word; points and the like at its end are marks.
    fn word(&mut self, word: &mut String) {
        let bare = word.trim_end_matches(['.', '/', '-', '\'']);
        let tail: Vec<char> = word[bare.len()..].chars().collect();
        let starts = bare.trim_start_matches(['/', '-', '\'']);
        if bare.len() > starts.len() {
            self.tokens.push(Token::Mark('/'));
        }
        if !starts.is_empty() {
            self.tokens.push(Token::Word(starts.to_owned()));
        }
        self.tokens.extend(tail.into_iter().map(Token::Mark));
        word.clear();
    }
}

/// Every table of a document.
pub(super) fn tables(text: &str) -> Vec<Table> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let index = LineIndex::new(text.as_bytes());
    let mut tables = Vec::new();
    let mut table = None;
    let mut row = Row::default();
    let mut cell = None;
    let mut struck = 0_usize;
    let mut sections = Sections::default();
    // The parser cuts text where a mark might begin, within `DATABASE_URL` too.
    for (event, span) in TextMergeWithOffset::new(Parser::new_ext(text, options).into_offset_iter())
    {
        match event {
            Event::Start(Tag::Heading { .. }) => cell = Some(Cell::default()),
            Event::End(TagEnd::Heading(level)) => sections.begin(level, cell.take()),
            Event::Start(Tag::Table(_)) => {
                table = Some(Table {
                    section: sections.environment(),
                    ..Table::default()
                });
            }
            Event::Start(Tag::TableHead | Tag::TableRow) => {
                row = Row {
                    line: index.position(span.start).line,
                    cells: Vec::new(),
                };
            }
            Event::Start(Tag::TableCell) => cell = Some(Cell::default()),
            Event::End(TagEnd::TableCell) => row.cells.extend(cell.take()),
            Event::End(TagEnd::TableHead) => {
                if let Some(table) = &mut table {
                    table.line = row.line;
                    table.header = std::mem::take(&mut row.cells);
                }
            }
            Event::End(TagEnd::TableRow) => {
                if let Some(table) = &mut table {
                    table.rows.push(std::mem::take(&mut row));
                }
            }
            Event::End(TagEnd::Table) => tables.extend(table.take()),
            Event::Start(Tag::Strikethrough) => struck += 1,
            Event::End(TagEnd::Strikethrough) => struck = struck.saturating_sub(1),
            Event::Text(_) | Event::Code(_) | Event::InlineHtml(_) | Event::SoftBreak
                if struck > 0 =>
            {
                if let Some(cell) = &mut cell {
                    cell.struck = true;
                }
            }
            Event::Text(text) => {
                if let Some(cell) = &mut cell {
                    cell.text(&text);
                }
            }
            Event::Code(text) => {
                if let Some(cell) = &mut cell {
                    cell.tokens.push(Token::Code(text.trim().to_owned()));
                }
            }
            // `<br>` is how a cell has several lines.
            Event::InlineHtml(tag) if tag.to_ascii_lowercase().starts_with("<br") => {
                if let Some(cell) = &mut cell {
                    cell.tokens.push(Token::Mark(';'));
                }
            }
            _ => {}
        }
    }
    tables
}

/// The headings above a place, the outermost first, each with the one environment it names.
#[derive(Default)]
struct Sections(Vec<(HeadingLevel, Option<String>)>);

impl Sections {
    fn begin(&mut self, level: HeadingLevel, title: Option<Cell>) {
        self.0.retain(|(above, _)| *above < level);
        let tokens = title.unwrap_or_default().tokens;
        // A whole sentence speaks of something else.
        let named = match tokens.len() <= MOST_WORDS {
            true => environment::all(&tokens),
            false => Vec::new(),
        };
        let only = (named.len() == 1)
            .then(|| named.into_iter().next())
            .flatten();
        self.0.push((level, only));
    }

    fn environment(&self) -> Option<String> {
        self.0.iter().rev().find_map(|(_, named)| named.clone())
    }
}

/// Words and marks of a heading that is about an environment.
const MOST_WORDS: usize = 5;
/// Besides letters and digits.
const WITHIN_WORDS: &str = "_-./*@'’#$={}";
