//! Hides what looks like a secret in words that people wrote about the policy: reasons, configuration lines.
//!
//! The secrets guard masks what its rules find. These texts are shown where no scan has run (an error
//! in the configuration, the reason of an exception), so this is coarser: a word is shown only when it looks
//! like a word.

use crate::finding::MASK;
use std::collections::HashSet;

/// `text` with every word masked that does not look like one: addresses with an account, long or mixed tokens.
#[must_use]
pub fn mask_words(text: &str) -> String {
    mask(text, |word| !harmless(word))
}

/// `text` with every word masked that is one of `hidden`.
#[must_use]
pub fn mask_these(text: &str, hidden: &HashSet<&str>) -> String {
    mask(text, |word| hidden.contains(word))
}

/// The words of `text` that [`mask_words`] masks.
#[must_use]
pub fn hidden_words(text: &str) -> HashSet<&str> {
    let words = text.split(breaks);
    words.filter(|word| !harmless(word)).collect()
}

fn mask(text: &str, hides: impl Fn(&str) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let wordy = !breaks(letter);
        let end = rest.find(|c| breaks(c) == wordy).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        out.push_str(if wordy && hides(run) { MASK } else { run });
        rest = after;
    }
    out
}

/// Characters that end a word of TOML or prose.
fn breaks(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(
            letter,
            '"' | '\''
                | '`'
                | '['
                | ']'
                | '{'
                | '}'
                | '('
                | ')'
                | ','
                | ';'
                | '='
                | '#'
                | '<'
                | '>'
                | '|'
        )
}

fn harmless(word: &str) -> bool {
    if word.contains('@') || word.contains("://") {
        return false;
    }
    word.split(['-', '_', '.', '/', ':', '*', '\\'])
        .all(|part| {
            let length = part.chars().count();
            let only = |test: fn(&char) -> bool| part.chars().all(|c| test(&c));
            let tail_is_lower = part
                .chars()
                .skip(1)
                .all(|c| !c.is_uppercase() && !c.is_ascii_digit());
            if only(char::is_ascii_digit) {
                length <= LONGEST_NUMBER
            } else if tail_is_lower || only(char::is_ascii_uppercase) {
                length <= LONGEST_WORD
            } else {
                length < SHORTEST_TOKEN
            }
        })
}

/// Letters of the longest plain word shown.
const LONGEST_WORD: usize = 20;
/// Digits of the longest number shown: a port, a year, a size.
const LONGEST_NUMBER: usize = 8;
/// Mixed letters and digits shorter than this are versions and names: `v1`, `sha256`, `MiB`.
const SHORTEST_TOKEN: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack::expand;

    #[test]
    fn words_are_shown() {
        for text in [
            "canonical local DSN, see docs/runbooks/database.md (2026-12-31)",
            "memory_min = \"2gb\" # for web",
            "[\"docs/**\", \"*.pooler.supabase.com\", \"127.0.0.1:54322\"]",
            "\"supabase-service-role-key\" = \"off\"",
            "env_required = [\"FRONTEND_URL\", \"CHATWOOT_ACCESS_TOKEN_STAGING\"]",
            "",
            "ä é ",
        ] {
            assert_eq!(mask_words(text), text);
        }
    }

    #[test]
    fn tokens_are_not() {
        for template in [
            "{base62:16}",
            "sb_secret_{base62:22}",
            "{hex:24}",
            "postgres://app:{lower:6}@db.example.com/x",
            "app:{base62:8}@host",
        ] {
            let token = expand(template);
            let masked = mask_words(&format!("reason = \"for {token}, really\""));
            assert_eq!(
                masked,
                format!("reason = \"for {MASK}, really\""),
                "{template}"
            );
            let both = format!("{token} 'other-{token}' word");
            let hidden = hidden_words(&token);
            assert_eq!(
                mask_these(&both, &hidden),
                format!("{MASK} 'other-{token}' word")
            );
        }
    }
}
