//! How far the answers for a copied run hold.

use super::Copied;
use crate::secrets::assign;
use crate::secrets::matcher::Hit;
use crate::secrets::window::{AFTER, BEFORE};
use std::ops::Range;

/// What of a copied run can be taken over; positions in the target.
pub(super) struct Run {
    copy: Copied,
    /// Literals that begin here are those of the base.
    pub(super) literals: Range<usize>,
    /// Of these the ones whose line is in the run, or as much of it as rules see.
    pub(super) whole: Range<usize>,
    /// Before this, assignments have all their lines in the run.
    pub(super) settled: usize,
    /// Where the texts part again; never, if they end together.
    seam: usize,
}

impl Run {
    pub(super) fn new(text: &[u8], copy: Copied, literals: Range<usize>, at_end: bool) -> Self {
        let start = if copy.is_at_start() {
            0
        } else {
            // From the first line that begins inside, or from where the bound on the left is reached.
            let high = (copy.target + BEFORE + 1).min(literals.end);
            memchr::memchr(b'\n', &text[copy.target..high]).map_or(high, |at| copy.target + at + 1)
        };
        let [one, many] = if at_end {
            [literals.end; 2]
        } else {
            before_lines(text, copy).map(|line| line.min(literals.end))
        };
        Self {
            whole: start..one.max(start),
            settled: many,
            seam: if at_end {
                usize::MAX
            } else {
                copy.target + copy.len
            },
            copy,
            literals,
        }
    }

    /// Literals that begin here see nothing but the run, whatever they name.
    pub(super) fn sure(&self) -> Range<usize> {
        let start = if self.copy.is_at_start() {
            0
        } else {
            self.copy.target + BEFORE + 1
        };
        let end = self.settled.min(self.seam.saturating_sub(AFTER));
        start.max(self.whole.start)..end.min(self.whole.end)
    }

    /// Whether the run's start can be seen from a literal that stands in a list which begins lines before.
    pub(super) fn may_begin_before(&self, at: usize) -> bool {
        !self.copy.is_at_start() && at - self.copy.target <= BEFORE
    }

    /// Whether the seam can be seen from a literal whose list or column goes on for long.
    pub(super) fn may_go_on(&self, at: usize) -> bool {
        self.seam - at <= AFTER
    }

    pub(super) fn base(&self, at: usize) -> usize {
        at - self.copy.target + self.copy.base
    }

    /// Of what stands in the base from where the run begins there.
    pub(super) fn target(&self, at: usize) -> usize {
        at - self.copy.base + self.copy.target
    }

    /// Whether the run holds so many bytes before and after a byte of the base, or begins or ends with both texts.
    pub(super) fn holds(&self, base: usize, (before, after): (usize, usize)) -> bool {
        let at = self.target(base);
        (self.copy.is_at_start() || at - self.copy.target >= before)
            && self.seam.saturating_sub(at) >= after
    }

    /// A hit of the base where it stands in the target.
    pub(super) fn moved(&self, hit: &Hit) -> Hit {
        let moved = |range: &Range<usize>| self.target(range.start)..self.target(range.end);
        Hit {
            span: moved(&hit.span),
            secret: moved(&hit.secret),
            hide: moved(&hit.hide),
            anchor: self.target(hit.anchor),
            ..hit.clone()
        }
    }

    /// How much farther on things stand in the target.
    pub(super) fn shift(&self) -> u32 {
        // As deltas have it, no text is longer than a `u32` says.
        self.copy.target.wrapping_sub(self.copy.base) as u32
    }

    /// Of things of the base, in the order of their places, those that stand in a part of the run.
    pub(super) fn part<'k, T>(
        &self,
        known: &'k [T],
        part: &Range<usize>,
        place: impl Fn(&T) -> usize,
    ) -> &'k [T] {
        let known = &known[self.count(known, part.start, &place)..];
        &known[..self.count(known, part.end, &place)]
    }

    /// How many of these stand before a place of the run.
    fn count<T>(&self, known: &[T], at: usize, place: impl Fn(&T) -> usize) -> usize {
        let at = self.base(at.max(self.copy.target));
        known.partition_point(|one| place(one) < at)
    }
}

/// Up to where literals have their line in the run, and up to where all lines of an assignment; or to where the bound on the
/// right is reached.
fn before_lines(text: &[u8], copy: Copied) -> [usize; 2] {
    let end = copy.target + copy.len;
    let tail = end.saturating_sub(AFTER + 1).max(copy.target);
    let mut newlines = memchr::memrchr_iter(b'\n', &text[tail..end]).map(|at| tail + at + 1);
    let bound = (end + 1).saturating_sub(AFTER + 1);
    let one = newlines.next().unwrap_or(bound);
    [one, newlines.nth(assign::LINES - 2).unwrap_or(bound)]
}
