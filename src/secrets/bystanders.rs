//! What else on the line of a finding looks drawn at random: the second key of a list, the other half of a pair.
//!
//! No rule vouches for it, so it is no finding, but a snippet that shows one secret's line must not publish the next one.

use super::noise;
use std::ops::Range;

/// How far left of a finding a snippet can show text, and some way on, in bytes.
const BEFORE: usize = 256;
/// The same to the right.
pub(super) const AFTER: usize = 512;
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

/// What of a word stands behind the part that a rule took for the secret, as where it stops at a sign that many shells read.
pub(super) fn rest_of_word(text: &[u8], secret: &Range<usize>) -> Range<usize> {
    let end = secret.end.min(text.len());
    let rest = &text[end..(end + AFTER).min(text.len())];
    let goes_on = rest
        .first()
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"$=!#%^*+?~{(_-".contains(byte));
    let length = rest
        .iter()
        .take_while(|byte| byte.is_ascii_graphic() && !b"\"'`,;)]}>@&|<\\".contains(byte))
        .count();
    end..end + if goes_on { length } else { 0 }
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
    use crate::policy::Policy;
    use crate::policy::pack::expand;
    use crate::secrets::Scanner;

    /// What the snippets of a text show.
    fn shown(text: &str) -> String {
        let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
        let scanner = Scanner::new(&policy).expect("shipped rules can be run");
        let (found, _) = scanner.scan(text.as_bytes(), None, &|_| Vec::new());
        assert!(!found.is_empty(), "{text}");
        found.iter().map(|one| one.snippet.text()).collect()
    }

    #[test]
    fn snippets_show_neither() {
        let (one, two) = (expand("{base62:32}"), expand("{base62:32}"));
        let list = shown(&format!("const API_KEYS = ['{one}', '{two}'];\n"));
        assert!(!list.contains(&two), "{list}");
        let (head, tail) = (expand("{base62:12}"), expand("{base62:8}"));
        for sign in ["=", "$"] {
            let line = shown(&format!("mysql -h db -u root -p{head}{sign}{tail} shop\n"));
            assert!(!line.contains(&tail), "{line}");
        }
    }

    #[test]
    fn the_rest_of_a_word_goes_with_it() {
        for (text, rest) in [
            ("password SECRET$vq!0 x", "$vq!0"),
            ("a=SECRET=== x", "==="),
            ("pg://u:SECRET@host/db", ""),
            ("'SECRET', b", ""),
            ("it is SECRET. Then", ""),
            ("SECRET", ""),
        ] {
            let at = text.find("SECRET").expect("in the text");
            let found = rest_of_word(text.as_bytes(), &(at..at + 6));
            assert_eq!(&text[found], rest, "{text}");
        }
    }

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
