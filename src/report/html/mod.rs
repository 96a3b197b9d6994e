//! HTML: one file with everything in it, for a browser without a network.
//!
//! Every text goes through askama's escaping; nothing of a report is ever in a script, a style, an address or the name of an
//! attribute. The policy in the page's head allows its own style and script by their digests, and nothing else, so that even
//! markup that got through could load and run nothing.

mod escape;
mod findings;
mod leaks;
mod matrix;
mod page;
mod timeline;

use super::{Report, View};
use askama::Template as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};

/// Writes the page.
pub(super) fn render(report: &Report, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut out = out;
    page::Page::new(report, view).write_into(&mut out)?;
    out.write_all(b"\n")
}

/// As a content security policy names an inline script or style
/// (<https://www.w3.org/TR/CSP3/#grammardef-hash-source>).
fn digest(text: &str) -> String {
    format!(
        "'sha256-{}'",
        STANDARD.encode(Sha256::digest(text.as_bytes()))
    )
}

/// One line, nothing in it invisible.
fn plain(text: &str) -> String {
    crate::finding::printable(text).replace('\t', " ")
}

/// The day of an RFC 3339 time; other text as it is.
fn day(text: &str) -> String {
    match text.get(..10) {
        Some(day) if text.as_bytes().get(10) == Some(&b'T') => plain(day),
        _ => plain(text),
    }
}

/// Text in which what stands in back-quotes is code: for each piece, whether it is.
type Prose = Vec<(bool, String)>;

/// Divides a message of ours at its back-quotes, where these are paired.
fn prose(text: &str) -> Prose {
    let text = plain(text);
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return vec![(false, text)];
    }
    let piece = |(number, piece): (usize, &str)| (number % 2 == 1, piece.to_owned());
    pieces.into_iter().enumerate().map(piece).collect()
}

#[cfg(test)]
mod tests;
