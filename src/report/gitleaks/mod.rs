//! The JSON and CSV reports of gitleaks, for pipelines that parse them.
//!
//! Same fields, same order, same names
//! (<https://github.com/gitleaks/gitleaks/blob/master/report/finding.go>). Four things differ, because stackguard has no
//! other to give: `Secret` is always the mask and `Match` the masked text; columns count code points, not bytes;
//! `Entropy` is 0; `Message` is the first line of the commit message. What could not be looked at becomes an entry of the
//! rule `not-looked-at` wherever it fails the run, so that an empty list always means clean.

mod csv;
mod row;

use super::{Report, View, runner};
use row::Row;
use serde::Serialize as _;
use std::io::{self, Write};

/// Writes the JSON array, indented by one blank, with `<`, `>` and `&` escaped.
pub(super) fn render_json(report: &Report, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let rows = Row::all(report, view);
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b" ");
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
    rows.serialize(&mut serializer).map_err(io::Error::other)?;
    let text = String::from_utf8(bytes).map_err(io::Error::other)?;
    // These letters stand in strings only.
    let text = text
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026");
    out.write_all(runner::without_brackets(&text, "\\u005b").as_bytes())?;
    out.write_all(b"\n")
}

/// Writes the CSV table; a cell that a spreadsheet would take for a formula begins with an apostrophe.
pub(super) fn render_csv(report: &Report, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let text = csv::table(&Row::all(report, view));
    out.write_all(runner::without_commands(&text).as_bytes())
}

#[cfg(test)]
mod tests;
