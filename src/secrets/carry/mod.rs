//! Scanning a text that is mostly copied from one already scanned.
//!
//! What was copied has the literals it had: only what is new is searched for more. Every decision is a function of a bounded
//! window round a literal (see `window`). Where that whole window was copied, the answer was copied with it; rules are run
//! again for literals whose window touches a seam. The result equals that of a full scan, byte for byte.

mod run;

use super::collect::{Raw, Wide, in_order};
use super::lists;
use super::rules::Rule;
use super::scan::Scanner;
use super::searched::Searched;
use run::Run;

/// A run of bytes that stands in the base from `base` on and in the target from `target` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copied {
    /// Where it begins in the base, in bytes.
    pub base: usize,
    /// Where it begins in the target, in bytes.
    pub target: usize,
    /// Its length in bytes.
    pub len: usize,
}

impl Copied {
    /// Whether both texts begin with it.
    fn is_at_start(self) -> bool {
        self.base == 0 && self.target == 0
    }
}

impl Scanner {
    /// What [`Scanner::collect`] would give for the whole of `text`, given what it gave for a base of `base_len` bytes
    /// (`known`) and the runs copied from it, in the order of the target. `searched` remembers what was new in
    /// other texts.
    #[must_use]
    pub fn collect_changed(
        &self,
        text: &[u8],
        base_len: usize,
        known: &Raw,
        copies: impl IntoIterator<Item = Copied>,
        searched: &mut Searched,
    ) -> Raw {
        let mut raw = Raw::default();
        if u32::try_from(base_len.max(text.len())).is_err() {
            // Longer than what deltas make, and than the places of literals tell.
            self.collect(text, 0..text.len(), &mut raw);
            return raw;
        }
        raw.literals
            .reserve(known.literals.len() + known.literals.len() / 8);
        let mut asked = 0;
        for copy in copies {
            let end = copy.target + copy.len;
            let at_end = end == text.len() && copy.base + copy.len == base_len;
            let literals = if at_end {
                copy.target..end
            } else {
                copy.target..(end + 1).saturating_sub(self.rules().prefilter().reach())
            };
            if literals.end.saturating_sub(literals.start.max(asked)) < WORTH {
                continue;
            }
            self.collect_new(text, asked..literals.start, Some(searched), &mut raw);
            asked = literals.end;
            let run = Run::new(text, copy, literals, at_end);
            self.carry(text, known, &run, &mut raw);
        }
        self.collect_new(text, asked..text.len(), Some(searched), &mut raw);
        raw
    }

    /// Takes over what is known of the base's literals in a run, and runs rules again as far as they may see more than that.
    fn carry(&self, text: &[u8], known: &Raw, run: &Run, raw: &mut Raw) {
        let done = raw.hits.len();
        let hits = run.part(&known.hits, &run.whole, |hit| hit.anchor);
        for hit in hits {
            let anchor = run.target(hit.anchor);
            let again =
                anchor >= run.settled || run.may_go_on(anchor) || run.may_begin_before(anchor);
            if again && self.rules().rule(hit.rule).is_assigned() {
                continue;
            }
            raw.hits.push(run.moved(hit));
        }
        self.carry_far(known, run, raw);
        self.carry_literals(text, known, run, raw);
        in_order(&mut raw.hits[done..]);
    }

    /// Takes over the literals of rules that look far, and what those lead to that see nothing but the run.
    fn carry_far(&self, known: &Raw, run: &Run, raw: &mut Raw) {
        let wide = run.part(&known.wide, &run.literals, |wide| wide.at);
        let mut far = run.part(&known.far, &run.literals, |hit| hit.anchor);
        // Of hits it is known where they were led to from, not by which literal there.
        for here in wide.chunk_by(|a, b| a.at == b.at) {
            let sees_all = |wide: &Wide| run.holds(wide.at, self.rules().sight(wide.needle));
            let done = here.iter().all(|wide| wide.done && sees_all(wide));
            raw.wide.extend(here.iter().map(|wide| Wide {
                at: run.target(wide.at),
                done,
                ..*wide
            }));
            let led = far.partition_point(|hit| here.iter().any(|wide| hit.anchor <= wide.at));
            let (hits, rest) = far.split_at(led);
            far = rest;
            if done {
                raw.far.extend(hits.iter().map(|hit| run.moved(hit)));
            }
        }
    }

    /// Takes over the literals of rules that look at one line.
    fn carry_literals(&self, text: &[u8], known: &Raw, run: &Run, raw: &mut Raw) {
        let place = |(_, at): &(u32, u32)| *at as usize;
        let literals = run.part(&known.literals, &run.literals, place);
        // Most of them are far from both ends, so that these are sooner found from there.
        let sure = run.sure();
        let [start, end] = [sure.start, sure.end.max(sure.start)].map(|at| run.base(at));
        let before = literals.iter().take_while(|literal| place(literal) < start);
        let (before, rest) = literals.split_at(before.count());
        let after = rest
            .iter()
            .rev()
            .take_while(|literal| place(literal) >= end);
        let (sure, after) = rest.split_at(rest.len() - after.count());
        let moved = |at: u32| at.wrapping_add(run.shift());
        for (needle, at) in before {
            self.carry_literal(text, known, run, (*needle, moved(*at)), raw);
        }
        let sure = sure.iter().map(|(needle, at)| (*needle, moved(*at)));
        raw.literals.extend(sure);
        for (needle, at) in after {
            self.carry_literal(text, known, run, (*needle, moved(*at)), raw);
        }
    }

    /// Takes over one that stands near an end of the run.
    fn carry_literal(
        &self,
        text: &[u8],
        known: &Raw,
        run: &Run,
        (needle, at): (u32, u32),
        raw: &mut Raw,
    ) {
        raw.literals.push((needle, at));
        let literal = (needle, at as usize);
        if !run.whole.contains(&literal.1) {
            self.run_line(text, literal, &|_| true, &mut raw.hits);
        } else if self.is_unsettled(text, known, run, literal) {
            self.run_line(text, literal, &Rule::is_assigned, &mut raw.hits);
        }
    }

    /// Whether more than the run decides what a literal names: it ends before the assignment does, or the literal led to
    /// something in the base or may belong to something that is longer.
    fn is_unsettled(
        &self,
        text: &[u8],
        known: &Raw,
        run: &Run,
        (needle, at): (u32, usize),
    ) -> bool {
        let keyword = at..at + self.rules().prefilter().needle(needle).text.len();
        let base = run.base(at);
        let led = || {
            let hits = &known.hits;
            hits.binary_search_by_key(&base, |hit| hit.anchor).is_ok()
        };
        at >= run.settled
            || run.may_go_on(at) && (led() || lists::may_go_on(text, &keyword))
            || run.may_begin_before(at) && (led() || lists::may_begin_before(text, &keyword))
    }
}

/// A shorter run is cheaper scanned than carried, in bytes.
const WORTH: usize = 128;

#[cfg(test)]
mod tests;
