//! What a rule sees of a text round a literal.
//!
//! Every decision is a function of that window alone. Rules see the line of their literal (assignments some lines after
//! it as well, lists and tables more of them, those of SQL before it too), at most [`BEFORE`] bytes to the left and [`AFTER`] to the right; `wide` rules, which look over lines or reach further, see
//! [`WIDE_BEFORE`] bytes and their own reach. Chunks of large files and deltas of the history rely on this.

use super::assign;
use super::rules::{Held, How, Rule};
use std::ops::Range;

/// How far left of a literal a rule sees on its line, in bytes.
pub const BEFORE: usize = 1024;
/// How far right of a literal a rule sees on its line, in bytes.
pub const AFTER: usize = 2048;
/// Bytes a match may reach past its literal unless its rule says otherwise.
pub const REACH: usize = 1024;
/// How far left a rule over several lines sees, in bytes.
pub const WIDE_BEFORE: usize = 4096;
/// How far right a rule over several lines can see at most, in bytes: the longest reach and as much again for lines near.
pub const WIDE_AFTER: usize = 65_536 + 4096;

/// The bytes a rule may see of a literal at `at`.
pub(super) fn of(text: &[u8], at: usize, rule: &Rule) -> Range<usize> {
    if rule.is_wide() {
        return at.saturating_sub(WIDE_BEFORE)
            ..at.saturating_add(WIDE_AFTER.min(rule.reach() + WIDE_BEFORE))
                .min(text.len());
    }
    let low = at.saturating_sub(BEFORE);
    let start = memchr::memrchr(b'\n', &text[low..at]).map_or(low, |newline| low + newline + 1);
    let high = (at + AFTER).min(text.len());
    let line_end = |from: usize| {
        memchr::memchr(b'\n', &text[from..high]).map_or(high, |newline| from + newline + 1)
    };
    let lines = match rule.how {
        How::Assigned { .. } => assign::LINES,
        _ => 1,
    };
    start..(0..lines).fold(at, |end, _| line_end(end))
}

/// How far before and after a literal a rule that looks far sees: in [`of`], and in [`lacks_required`].
pub(super) fn sight(rule: &Rule, held: Held) -> (usize, usize) {
    let after = WIDE_AFTER.min(rule.reach() + WIDE_BEFORE);
    (
        WIDE_BEFORE.max(held.before.1 as usize),
        after.max(rule.reach()),
    )
}

/// Whether a byte that each match holds is nowhere about: most literals are seen to lead to nothing by this alone.
pub(super) fn lacks_required(text: &[u8], at: usize, held: Held, rule: &Rule) -> bool {
    let Some(byte) = held.required else {
        return false;
    };
    let right = &text[at..(at + rule.reach()).min(text.len())];
    let found = if rule.is_wide() {
        memchr::memchr(byte, right)
    } else {
        // A match ends with its line.
        memchr::memchr2(byte, b'\n', right).filter(|found| right[*found] == byte)
    };
    let left = &text[at.saturating_sub(held.before.1 as usize)..at];
    found.is_none() && memchr::memchr(byte, left).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::secrets::Scanner;

    #[test]
    fn a_byte_is_asked_for_where_a_match_can_hold_it() {
        let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
        let scanner = Scanner::new(&policy).expect("shipped rules can be run");
        let rule = |id: &str| scanner.rules().find(id).expect("it is shipped");
        let (line, wide) = (rule("basic-auth-url"), rule("private-key"));
        assert!(!line.is_wide() && wide.is_wide());
        let far = format!("word{}@", "x".repeat(line.reach()));
        for (text, before, rule, lacks) in [
            ("word: a@b", 0, line, false),
            ("word: ab", 0, line, true),
            // Matches of most rules end with their line; those of wide ones go on.
            ("word: a\n@b", 0, line, true),
            ("word: a\n@b", 0, wide, false),
            (far.as_str(), 0, line, true),
            // To the left only as far as a match can begin.
            ("@123word", 4, line, false),
            ("@123word", 3, line, true),
            ("word@", 0, line, false),
        ] {
            let at = text.find("word").expect("it is there");
            let asked = |required| Held {
                before: (0, before),
                required,
            };
            let found = lacks_required(text.as_bytes(), at, asked(Some(b'@')), rule);
            assert_eq!(found, lacks, "{before} before {text:.20}");
            assert!(!lacks_required(text.as_bytes(), at, asked(None), rule));
        }
    }
}
