//! One search with a rule's expression: where it matched, and which part of that is the secret.

use regex_automata::util::captures::Captures;
use regex_automata::{Anchored, Input, meta};
use std::ops::Range;

/// Where an expression matched, and what of it is the secret.
pub(super) struct Match {
    pub span: Range<usize>,
    pub secret: Range<usize>,
}

impl Match {
    /// The same in a text that has `by` bytes more before it.
    pub(super) fn moved(self, by: usize) -> Self {
        let range = |range: Range<usize>| range.start + by..range.end + by;
        Self {
            span: range(self.span),
            secret: range(self.secret),
        }
    }
}

/// The first match that holds the byte at `at` and begins at `high` at the latest.
pub(super) fn around(
    regex: &meta::Regex,
    text: &[u8],
    range: Range<usize>,
    at: usize,
    high: usize,
) -> Option<Match> {
    let mut from = range.start;
    while from <= high {
        let found = search(regex, text, from..range.end, Anchored::No)?;
        if found.span.start > high {
            return None;
        }
        if found.span.end > at {
            return Some(found);
        }
        from = found.span.end.max(from + 1);
    }
    None
}

/// The first match in a range of the text.
pub(super) fn search(
    regex: &meta::Regex,
    text: &[u8],
    range: Range<usize>,
    anchored: Anchored,
) -> Option<Match> {
    if range.start > range.end {
        return None;
    }
    let input = Input::new(text).span(range).anchored(anchored);
    // Whether there is a match is much cheaper to find out than its groups.
    if !regex.is_match(input.clone()) {
        return None;
    }
    let mut captures = regex.create_captures();
    regex.search_captures(&input, &mut captures);
    let span = captures.get_match()?.range();
    Some(Match {
        secret: group_of(&captures, &span),
        span,
    })
}

/// The secret: the group named `secret`, else the first group that took part, else everything.
fn group_of(captures: &Captures, span: &Range<usize>) -> Range<usize> {
    if let Some(group) = captures.get_group_by_name("secret") {
        return group.range();
    }
    (1..captures.group_len())
        .find_map(|group| captures.get_group(group))
        .map_or(span.clone(), |group| group.range())
}
