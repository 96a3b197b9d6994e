//! JSON and JSON Lines, for programs.
//!
//! The shape is frozen in [`v1`] and described by `docs/report.schema.json`, which is generated from it.

mod convert;
mod leak;
mod v1;

use super::runner;
use super::{Report, View};
use serde::Serialize;
use std::fmt::Write as _;
use std::io::{self, Write};

/// Writes one document, indented.
pub(super) fn render(report: &Report, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(&convert::report(report, view))?;
    writeln!(out, "{}", inert(&text))
}

/// Writes one object a line; the summary is last, so a list without one was cut off.
pub(super) fn render_lines(
    report: &Report,
    view: &View<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    for finding in &report.findings {
        line(&v1::LineV1::Finding(convert::finding(finding, view)), out)?;
    }
    for allowed in &report.allowed {
        line(&v1::LineV1::Allowed(convert::allowed(allowed, view)), out)?;
    }
    for gap in &report.incomplete {
        line(&v1::LineV1::Incomplete(convert::gap(gap)), out)?;
    }
    for row in &report.credentials {
        line(&v1::LineV1::Credential(convert::credential(row)), out)?;
    }
    for row in &report.leaks {
        line(&v1::LineV1::Leak(leak::leak(row)), out)?;
    }
    line(&v1::LineV1::Summary(convert::summary(report, view)), out)
}

/// The JSON schema (draft 7, which editors read best) of the JSON report; `definitions` has the JSON Lines form as `LineV1`.
#[must_use]
pub fn schema() -> serde_json::Value {
    let mut generator = schemars::generate::SchemaSettings::draft07()
        .for_serialize()
        .into_generator();
    generator.subschema_for::<v1::LineV1<'static>>();
    generator
        .into_root_schema_for::<v1::ReportV1<'static>>()
        .to_value()
}

fn line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", inert(&serde_json::to_string(value)?))
}

/// The same JSON value, written so that neither a terminal nor a CI log acts on it: JSON leaves C1 controls and
/// bidirectional overrides as they are, and they can stand nowhere but in strings.
pub(super) fn inert(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        let hostile = !letter.is_ascii()
            && crate::finding::printable(letter.encode_utf8(&mut [0; 4])).is_ascii();
        if hostile || letter == '\u{7f}' {
            let _ = write!(out, "\\u{:04x}", u32::from(letter));
        } else {
            out.push(letter);
        }
    }
    runner::without_brackets(&out, "\\u005b")
}

#[cfg(test)]
mod tests;
