//! A planned change as a diff. What was in the file before is masked: hooks and configurations hold secrets at times.

use super::Change;
use crate::finding::printable;
use crate::policy::masking::mask_words;
use similar::{ChangeTag, TextDiff};
use std::io::{self, Write};

/// Writes the change as a unified diff with three lines of context.
pub(super) fn diff(change: &Change, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let name = printable(&change.name);
    let old = change.old.as_deref().unwrap_or_default();
    let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(&change.new)) else {
        return writeln!(out, "{name}: {} bytes, not text\n", change.new.len());
    };
    let from = match change.old {
        Some(_) => format!("a/{name}"),
        None => "/dev/null".to_owned(),
    };
    let text = TextDiff::from_lines(old, new);
    writeln!(out, "--- {from}\n+++ b/{name}")?;
    for (number, group) in text.grouped_ops(3).iter().enumerate() {
        if number > 0 {
            writeln!(out, "@@")?;
        }
        for operation in group {
            for line in text.iter_changes(operation) {
                let shown = shown(line.tag(), line.value(), &change.name);
                let (sign, start, end) = match line.tag() {
                    ChangeTag::Delete => ('-', "\u{1b}[31m", "\u{1b}[0m"),
                    ChangeTag::Insert => ('+', "\u{1b}[32m", "\u{1b}[0m"),
                    ChangeTag::Equal => (' ', "", ""),
                };
                let (start, end) = if color { (start, end) } else { ("", "") };
                writeln!(out, "{start}{sign}{shown}{end}")?;
            }
        }
    }
    writeln!(out)
}

/// A line as it may be shown: new lines are ours, but for what an exception quotes.
fn shown(tag: ChangeTag, line: &str, name: &str) -> String {
    let line = line.trim_end_matches(['\n', '\r']);
    if line.trim_start().starts_with("value = ") {
        return "value = '…'".to_owned();
    }
    if tag == ChangeTag::Insert && !name.ends_with(PACKED) {
        return printable(line);
    }
    printable(&mask_words(line))
}

/// What a foreign hook is kept under: its lines are not ours.
const PACKED: &str = ".before-stackguard";
