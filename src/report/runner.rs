//! Keeps text of a repository from being obeyed by the GitHub Actions runner that prints it.
//!
//! The runner reads every line a step prints. It obeys `::command::` at the start of a line (after white space)
//! and `##[command]` anywhere in one, and its comparisons skip characters without width
//! (<https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs>). Formats that can be
//! printed to a log pass through here; in each, the replacement reads as the same text or as a visible escape.

use unicode_width::UnicodeWidthChar as _;

/// `text` with `bracket` in place of each `[` that would open a `##[command]`.
pub(super) fn without_brackets(text: &str, bracket: &str) -> String {
    if !text.contains('[') || !text.contains('#') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    let mut hashes = 0_u32;
    for letter in text.chars() {
        match letter {
            '[' if hashes >= 2 => out.push_str(bracket),
            _ => out.push(letter),
        }
        hashes = match letter {
            '#' => hashes.saturating_add(1),
            _ if is_skipped(letter) => hashes,
            _ => 0,
        };
    }
    out
}

/// Lines of plain text that hold no command of either kind.
pub(crate) fn without_commands(text: &str) -> String {
    let text = without_brackets(text, "\\[");
    if !text.contains("::") && !text.contains(is_skipped) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 8);
    for line in text.split_inclusive('\n') {
        let shown =
            line.trim_start_matches(|letter: char| letter.is_whitespace() || is_skipped(letter));
        let mut visible = shown.chars().filter(|letter| !is_skipped(*letter));
        if (visible.next(), visible.next()) == (Some(':'), Some(':')) {
            out.push_str(&line[..line.len() - shown.len()]);
            out.push('\\');
            out.push_str(shown);
        } else {
            out.push_str(line);
        }
    }
    out
}

/// Whether a comparison that follows the locale skips it.
fn is_skipped(letter: char) -> bool {
    letter != '\n' && letter.width().unwrap_or(0) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_become_text() {
        let cases = [
            ("a\n  ::error::x\n", "a\n  \\::error::x\n"),
            ("\u{200b}::error::x", "\u{200b}\\::error::x"),
            (":\u{ad}:error::x", "\\:\u{ad}:error::x"),
            ("a::error::x", "a::error::x"),
            (" : ^^^ not two", " : ^^^ not two"),
            ("x ##[error]y", "x ##\\[error]y"),
            ("x ###\u{200b}[error]y", "x ###\u{200b}\\[error]y"),
            ("#[derive] ## [x]", "#[derive] ## [x]"),
        ];
        for (text, want) in cases {
            assert_eq!(without_commands(text), want);
        }
    }
}
