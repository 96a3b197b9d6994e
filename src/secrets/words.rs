//! Lists of words that names and values are compared with, made ready when they are first asked for.
//!
//! Thousands of names and values are judged in a history, each against lists of hundreds of words: one look into a table,
//! or one pass over the text, takes the place of as many comparisons.

use aho_corasick::AhoCorasick;
use hashbrown::HashSet;
use std::ops::Range;
use std::sync::OnceLock;

/// Words that a whole text is compared with.
pub(super) struct Words {
    list: &'static str,
    table: OnceLock<HashSet<&'static str>>,
}

impl Words {
    /// The words of a list, which white space separates.
    pub(super) const fn new(list: &'static str) -> Self {
        Self {
            list,
            table: OnceLock::new(),
        }
    }

    /// Whether the text is one of them, in the same case.
    pub(super) fn contains(&self, text: &str) -> bool {
        self.table
            .get_or_init(|| self.list.split_ascii_whitespace().collect())
            .contains(text)
    }
}

/// Strings that are looked for in a text, all of them in one pass.
pub(super) struct Parts {
    list: List,
    automaton: OnceLock<AhoCorasick>,
}

enum List {
    Words(&'static str),
    Phrases(&'static [&'static str]),
}

impl Parts {
    /// The words of a list, which white space separates.
    pub(super) const fn words(list: &'static str) -> Self {
        Self::new(List::Words(list))
    }

    /// Strings that may hold white space.
    pub(super) const fn phrases(list: &'static [&'static str]) -> Self {
        Self::new(List::Phrases(list))
    }

    const fn new(list: List) -> Self {
        Self {
            list,
            automaton: OnceLock::new(),
        }
    }

    /// Whether one of them stands anywhere in the text, in the same case.
    pub(super) fn any_in(&self, text: &[u8]) -> bool {
        self.automaton().is_match(text)
    }

    /// Where each that stands in the text does so for the first time, in order of their ends.
    pub(super) fn first_in(&self, text: &[u8]) -> Vec<Range<usize>> {
        let (mut seen, mut first) = (0_u64, Vec::new());
        for found in self.automaton().find_overlapping_iter(text) {
            let mark = 1 << (found.pattern().as_usize() % 64);
            if seen & mark == 0 {
                seen |= mark;
                first.push(found.range());
            }
        }
        first
    }

    fn automaton(&self) -> &AhoCorasick {
        self.automaton.get_or_init(|| {
            let parts: Vec<&str> = match self.list {
                List::Words(list) => list.split_ascii_whitespace().collect(),
                List::Phrases(list) => list.to_vec(),
            };
            AhoCorasick::builder()
                // Texts are short: finding where to begin would cost more than beginning.
                .prefilter(false)
                .build(parts)
                .expect("a list of words is far below what an automaton can hold")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_as_a_whole_and_parts_anywhere() {
        let words = Words::new("one two\n  three");
        for (text, is_in) in [
            ("two", true),
            ("three", true),
            ("tw", false),
            ("twos", false),
            ("", false),
        ] {
            assert_eq!(words.contains(text), is_in, "{text}");
        }
        let parts = Parts::words("one two");
        assert!(parts.any_in(b"the twos") && !parts.any_in(b"tw o"));
    }

    #[test]
    fn each_phrase_is_told_where_it_first_stands() {
        let phrases = Parts::phrases(&[" is ", " is now ", ": "]);
        assert_eq!(
            phrases.first_in(b"it is: so it is now is so"),
            [5..7, 12..16, 12..20]
        );
    }
}
