//! The file of a baseline: read whole or not at all, replaced in one step.

use super::{Baseline, Known};
use crate::finding::Fingerprint;
use crate::whole::WholeFile;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Replaces the file in one step.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes)?;
    file.finish()
}

/// The bytes of a regular file of at most [`MOST_BYTES`].
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    crate::whole::read(path, MOST_BYTES)
}

/// Why bytes are no baseline.
#[derive(Debug, PartialEq)]
pub(super) enum Fault {
    /// A conflict marker on this line.
    Conflict(u32),
    /// What is wrong and where.
    Format(String),
    /// Another version.
    Version(u64),
}

/// Read first: whatever else a newer version holds, it says which it is.
#[derive(Deserialize)]
struct RawVersion {
    version: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBaseline {
    #[serde(rename = "version")]
    _version: u64,
    entries: Vec<Option<RawEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawEntry {
    fingerprint: String,
    rule: String,
    path: String,
}

/// Reads a whole baseline, or nothing of it.
pub(super) fn parse(bytes: &[u8]) -> Result<Baseline, Fault> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let number = |index: usize| u32::try_from(index + 1).unwrap_or(u32::MAX);
    let lines = || bytes.split(|byte| *byte == b'\n');
    let marker = |line: &[u8]| {
        [&b"<<<<<<<"[..], b"=======", b">>>>>>>", b"|||||||"]
            .iter()
            .any(|mark| line.starts_with(mark))
    };
    if let Some(index) = lines().position(marker) {
        return Err(Fault::Conflict(number(index)));
    }
    // serde's own words may quote what stands there.
    let fault = |error: &serde_json::Error| {
        let what = if error.is_data() {
            "a value is missing or of the wrong kind"
        } else {
            "it is not JSON"
        };
        Fault::Format(format!(
            "{what} (line {}, column {})",
            error.line(),
            error.column()
        ))
    };
    let head: RawVersion = serde_json::from_slice(bytes).map_err(|error| fault(&error))?;
    if head.version != VERSION {
        return Err(Fault::Version(head.version));
    }
    let raw: RawBaseline = serde_json::from_slice(bytes).map_err(|error| fault(&error))?;
    let mut places = BTreeMap::new();
    for (index, line) in lines().enumerate() {
        let texts = line
            .split(|byte| *byte == b'"')
            .filter_map(|text| std::str::from_utf8(text).ok());
        for fingerprint in texts.filter_map(Fingerprint::parse) {
            places.entry(fingerprint).or_insert(number(index));
        }
    }
    let mut entries = BTreeMap::new();
    for (index, entry) in raw.entries.into_iter().flatten().enumerate() {
        let fingerprint = Fingerprint::parse(&entry.fingerprint).ok_or_else(|| {
            Fault::Format(format!(
                "the fingerprint of entry {} is not 24 lower-case hex digits",
                number(index)
            ))
        })?;
        let line = places.get(&fingerprint).copied().unwrap_or_default();
        entries.insert(
            fingerprint,
            Known {
                rule: entry.rule,
                path: entry.path,
                line,
                used: AtomicBool::new(false),
            },
        );
    }
    Ok(Baseline { entries })
}

/// The only version there is.
const VERSION: u64 = 1;
/// Some 300,000 entries.
const MOST_BYTES: u64 = 64 << 20;
