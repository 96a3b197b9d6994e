//! The raw hits of ranges of a text: what its literals lead to, before overlaps are decided.

use super::matcher::Hit;
use super::rules::{Rule, Target};
use super::scan::Scanner;
use super::searched::Searched;
use std::ops::Range;

/// Raw results over some ranges of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Raw {
    /// Hits of rules that look at one line.
    pub hits: Vec<Hit>,
    /// Literals of rules that look far, and of encodings, in the order of their places.
    pub wide: Vec<Wide>,
    /// Hits of those that were followed, in the same order.
    pub far: Vec<Hit>,
    /// Literals of rules that look at one line, by needle and position: what they lead to is among the hits, but may be
    /// something else where the text round them changes (see `carry`). Of a text that no delta makes, because it has more
    /// than 4 GiB, those beyond are left out.
    pub literals: Vec<(u32, u32)>,
}

/// A literal of rules that look far, or of an encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wide {
    /// Which.
    pub(super) needle: u32,
    /// Whether it was followed: what it leads to is among [`Raw::far`].
    pub(super) done: bool,
    /// Where it begins.
    pub(super) at: usize,
}

impl Raw {
    /// Whether there is nothing to settle.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hits.is_empty() && self.far.is_empty() && self.wide.iter().all(|wide| wide.done)
    }
}

impl Scanner {
    /// Adds what the literals that begin in `range` lead to. `text` must hold [`BEFORE`](super::window::BEFORE) bytes before
    /// the range and [`AFTER`](super::window::AFTER) after it, or begin and end there.
    pub fn collect(&self, text: &[u8], range: Range<usize>, raw: &mut Raw) {
        self.collect_new(text, range, None, raw);
    }

    /// As [`Self::collect`], for bytes that may have been searched before.
    pub(super) fn collect_new(
        &self,
        text: &[u8],
        range: Range<usize>,
        searched: Option<&mut Searched>,
        raw: &mut Raw,
    ) {
        let known = raw.hits.len();
        self.rules().run_whole(text, &range, &mut raw.hits);
        let prefilter = self.rules().prefilter();
        let take = |needle, at| self.follow(text, (needle, at), raw);
        match searched {
            Some(searched) => searched.find(prefilter, text, range, take),
            None => prefilter.find(text, range, take),
        }
        in_order(&mut raw.hits[known..]);
    }

    /// Adds what one literal leads to.
    fn follow(&self, text: &[u8], literal: (u32, usize), raw: &mut Raw) {
        let is_wide = |target: &Target| match target {
            Target::Rule(rule, _) => self.rules().rule(*rule).is_wide(),
            Target::Encoded(_) => true,
        };
        let targets = self.rules().targets(literal.0);
        if targets.iter().any(is_wide) {
            let (needle, at) = literal;
            let done = false;
            raw.wide.push(Wide { needle, done, at });
        }
        if !targets.iter().all(is_wide) {
            raw.literals.extend(small(literal));
            self.run_line(text, literal, &|_| true, &mut raw.hits);
        }
    }

    /// Runs those of a literal's rules that look at one line, as far as they are wanted.
    pub(super) fn run_line(
        &self,
        text: &[u8],
        (needle, at): (u32, usize),
        wants: &dyn Fn(&Rule) -> bool,
        out: &mut Vec<Hit>,
    ) {
        let length = self.rules().prefilter().needle(needle).text.len();
        for target in self.rules().targets(needle) {
            let Target::Rule(rule, _) = target else {
                continue;
            };
            let rule = self.rules().rule(*rule);
            if !rule.is_wide() && wants(rule) {
                self.rules().run_listed(text, *target, at, length, out);
            }
        }
    }
}

/// A literal as it is kept in great numbers.
pub(super) fn small((needle, at): (u32, usize)) -> Option<(u32, u32)> {
    Some((needle, u32::try_from(at).ok()?))
}

/// Puts hits into an order that does not depend on the way they were come by.
pub(super) fn in_order(hits: &mut [Hit]) {
    hits.sort_by_key(|hit| {
        let (span, secret) = (&hit.span, &hit.secret);
        (
            hit.anchor,
            hit.rule,
            (span.start, span.end),
            (secret.start, secret.end),
        )
    });
}
