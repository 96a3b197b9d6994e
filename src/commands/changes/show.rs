//! A planned change as a diff. What was in the file before is masked: hooks and configurations hold secrets at times.

use super::Change;
use crate::finding::printable;
use crate::policy::masking::{hidden_words, mask_these, mask_words};
use crate::report::without_commands;
use similar::{ChangeTag, TextDiff};
use std::collections::HashSet;
use std::io::{self, Write};

/// Writes the change as a unified diff with three lines of context.
pub(super) fn diff(change: &Change, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let name = without_commands(&printable(&change.name));
    let old = change.old.as_deref().unwrap_or_default();
    let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(&change.new)) else {
        return writeln!(out, "{name}: {} bytes, not text\n", change.new.len());
    };
    if change.old.is_some() && old == new {
        return writeln!(out, "{name}: made executable\n");
    }
    if change.summarized {
        return writeln!(out, "{name}: {} lines\n", new.lines().count());
    }
    let from = match change.old {
        Some(_) => format!("a/{name}"),
        None => "/dev/null".to_owned(),
    };
    // What a line of the old file holds may stand in a new line as well: one that got an end, or more in it.
    let hidden = hidden_words(old);
    let text = TextDiff::from_lines(old, new);
    writeln!(out, "--- {from}\n+++ b/{name}")?;
    for (number, group) in text.grouped_ops(3).iter().enumerate() {
        if number > 0 {
            writeln!(out, "@@")?;
        }
        for operation in group {
            for line in text.iter_changes(operation) {
                let shown = shown(line.tag(), line.value(), &change.name, &hidden);
                let (sign, start, end) = match line.tag() {
                    ChangeTag::Delete => ('-', "\u{1b}[31m", "\u{1b}[0m"),
                    ChangeTag::Insert => ('+', "\u{1b}[32m", "\u{1b}[0m"),
                    ChangeTag::Equal => (' ', "", ""),
                };
                let (start, end) = if color { (start, end) } else { ("", "") };
                let shown = without_commands(&format!("{sign}{shown}"));
                writeln!(out, "{start}{shown}{end}")?;
            }
        }
    }
    writeln!(out)
}

/// A line as it may be shown: new lines are ours, but for what they have of the old file and what an exception quotes.
fn shown(tag: ChangeTag, line: &str, name: &str, hidden: &HashSet<&str>) -> String {
    let line = line.trim_end_matches(['\n', '\r']);
    if line.trim_start().starts_with("value = ") {
        return "value = '…'".to_owned();
    }
    if tag == ChangeTag::Insert && !name.ends_with(PACKED) {
        return printable(&mask_these(line, hidden));
    }
    printable(&mask_words(line))
}

/// What a foreign hook is kept under: its lines are not ours.
const PACKED: &str = ".before-stackguard";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack::expand;

    fn shown_of(old: Option<&str>, new: &str) -> String {
        let change = Change {
            path: "f".into(),
            fence: ".".into(),
            name: "f".into(),
            old: old.map(|old| old.as_bytes().to_vec()),
            new: new.as_bytes().to_vec(),
            executable: false,
            summarized: false,
        };
        let mut out = Vec::new();
        diff(&change, false, &mut out).expect("a vector takes all");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn no_line_shows_what_was_there_before() {
        let token = expand("ghp_{base62:36}");
        let old = format!("repos:\n- entry: deploy --token {token}");
        for new in [
            format!("{old}\n- repo: local\n"),
            format!("repos: [{token}, local]\n- repo: local\n"),
            format!("  {old}  # more\n"),
        ] {
            let said = shown_of(Some(&old), &new);
            assert!(!said.contains(&token), "{said}");
            assert!(said.contains("local") || said.contains("# more"), "{said}");
        }
        // Ours, and long enough to look like one.
        let pinned = format!("uses: acme/x@{}\n", expand("{hex:40}"));
        assert!(shown_of(None, &pinned).contains(&pinned));
    }

    #[test]
    fn no_line_is_a_command_to_the_runner() {
        let old = "::error::a\n ##[error]b\nc\n";
        let said = shown_of(Some(old), &format!("{old}d\n::warning::e\n"));
        assert!(
            said.contains("\\::error::a") && said.contains("+d\n"),
            "{said}"
        );
        assert!(!said.contains("##["), "{said}");
        let lines = said.lines().map(str::trim_start);
        assert!(
            !lines.into_iter().any(|line| line.starts_with("::")),
            "{said}"
        );
    }
}
