//! What else on the line of a finding looks drawn at random: the second key of a list, the other half of a pair.
//!
//! No rule vouches for it, so it is no finding, but a snippet that shows one secret's line must not publish the next one.

use super::noise;
use std::ops::Range;

/// How far left of a finding a snippet can show text, and some way on, in bytes.
const BEFORE: usize = 256;
/// The same to the right.
const AFTER: usize = 512;
/// Shorter words are not told from names with certainty, in bytes.
const SHORTEST: usize = 20;

/// The words beside `span`, on the line on which it begins, that look drawn at random.
pub(super) fn beside(text: &[u8], span: &Range<usize>) -> Vec<Range<usize>> {
    let start = span.start.min(text.len());
    let low = start.saturating_sub(BEFORE);
    let high = (start + AFTER).min(text.len());
    let from = memchr::memrchr(b'\n', &text[low..start]).map_or(low, |at| low + at + 1);
    let to = memchr::memchr(b'\n', &text[start..high]).map_or(high, |at| start + at);
    let mut found = Vec::new();
    let mut at = from;
    while at < to {
        let length = text[at..to].iter().take_while(|byte| is_word(byte)).count();
        let word = at..at + length;
        at = word.end + 1;
        let reported = word.start < span.end && span.start < word.end;
        if length >= SHORTEST && !reported && is_value(&text[word.clone()]) {
            found.push(word);
        }
    }
    found
}

/// Whether no part of it says what it is: the parts of a host or of a name are judged as a whole, and seldom look drawn.
fn is_value(word: &[u8]) -> bool {
    let named = word.iter().any(|byte| matches!(byte, b'.' | b'@'));
    !named && noise::is_random(word)
}

fn is_word(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'~' | b'.' | b'@')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack::expand;

    #[test]
    fn a_random_word_beside_a_finding_is_one_and_names_are_not() {
        let (one, two, three) = (
            expand("{base62:32}"),
            expand("{base62:32}"),
            expand("{hex:40}"),
        );
        let text = format!("x = 1\nkeys = ['{one}', '{two}', \"{three}\"]\n{three}\n");
        let at = text.find(&one).expect("in the text");
        let found: Vec<&str> = beside(text.as_bytes(), &(at..at + one.len()))
            .into_iter()
            .map(|range| &text[range])
            .collect();
        assert_eq!(found, [two.as_str(), three.as_str()]);
        for rest in [
            "https://api.production.internal-services.example-company.com/v1/access_tokens",
            "the_name_of_another_configuration_value",
            "db.abcdefghijklmnopqrst.supabase.co:5432/postgres",
        ] {
            let text = format!("a = '{one}' # {rest}");
            let at = text.find(&one).expect("in the text");
            let found = beside(text.as_bytes(), &(at..at + one.len()));
            assert!(found.is_empty(), "{rest}");
        }
    }
}
