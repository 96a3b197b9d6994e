//! The items of lists, and HTML: a team may keep its index, or the rest of it, in those. They are not read as entries, but a file of
//! the vault that stands only there must not go unnoticed.

use super::table::{Cell, Token};
use crate::finding::LineIndex;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, TextMergeWithOffset};

/// Every item of a list and every row of HTML with its 1-based line; what is below an item in a list of its own is one of its own.
pub(super) fn items(text: &str) -> Vec<(u32, Cell)> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let index = LineIndex::new(text.as_bytes());
    let mut done = Vec::new();
    let mut open: Vec<(u32, Cell)> = Vec::new();
    let mut html: Option<(u32, String)> = None;
    // Within a table, a block of code or what is struck through.
    let mut aside = 0_usize;
    for (event, span) in TextMergeWithOffset::new(Parser::new_ext(text, options).into_offset_iter())
    {
        match event {
            Event::Start(Tag::Item) => {
                open.push((index.position(span.start).line, Cell::default()));
            }
            Event::End(TagEnd::Item) => done.extend(open.pop()),
            Event::Start(Tag::Table(_) | Tag::CodeBlock(_) | Tag::Strikethrough) => aside += 1,
            Event::End(TagEnd::Table | TagEnd::CodeBlock | TagEnd::Strikethrough) => {
                aside = aside.saturating_sub(1);
            }
            Event::Start(Tag::HtmlBlock) => {
                html = Some((index.position(span.start).line, String::new()));
            }
            Event::Html(text) => {
                if let Some((_, block)) = &mut html {
                    block.push_str(&text);
                }
            }
            Event::End(TagEnd::HtmlBlock) => {
                let (line, block) = html.take().unwrap_or_default();
                // What is in a comment is not said.
                let rows = block
                    .split("</tr")
                    .filter(|_| !block.trim_start().starts_with("<!--"));
                done.extend(rows.map(|row| {
                    let mut cell = Cell::default();
                    cell.text(row);
                    (line, cell)
                }));
            }
            Event::Text(text) if aside == 0 => {
                if let Some((_, cell)) = open.last_mut() {
                    cell.text(&text);
                }
            }
            Event::Code(text) if aside == 0 => {
                if let Some((_, cell)) = open.last_mut() {
                    cell.tokens.push(Token::Code(text.trim().to_owned()));
                }
            }
            _ => {}
        }
    }
    done
}
