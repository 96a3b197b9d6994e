//! What a description of a hit is made of, told by a hash: where that is the same, [`Scanner::sight_at`](super::Scanner::sight_at)
//! says the same but for the place. Versions of a file hold the same secrets on the same lines.

use super::bystanders;
use super::matcher::Hit;
use crate::finding::{Snippet, Veil};
use crate::policy::inline;
use std::hash::{BuildHasher, Hash as _, Hasher as _};
use std::ops::Range;

/// 64 bits of all that decides a description: what the rule said, every byte that a snippet is made of or that exceptions and
/// bystanders are looked for in, and what of it is veiled. `seed` must be one that no one can foresee.
#[must_use]
pub fn look(text: &[u8], hit: &Hit, veil: &Veil, seed: &impl BuildHasher) -> u64 {
    let mut hasher = seed.build_hasher();
    let origin = hit.span.start;
    let place = |range: &Range<usize>| {
        let from = |at: usize| at.wrapping_sub(origin);
        (from(range.start), from(range.end))
    };
    (hit.rule, hit.severity, hit.made_up).hash(&mut hasher);
    [&hit.span, &hit.secret, &hit.hide]
        .map(place)
        .hash(&mut hasher);
    let sight = sight(text, hit);
    (origin.wrapping_sub(sight.start)).hash(&mut hasher);
    text[sight.clone()].hash(&mut hasher);
    if hit.secret.start < sight.start || sight.end < hit.secret.end {
        text.get(hit.secret.clone()).hash(&mut hasher);
    }
    for veiled in veil.near(&hit.span) {
        place(veiled).hash(&mut hasher);
    }
    hasher.finish()
}

/// The bytes that are seen: from the end of the line before the one above, to the end of the last line, or as far as any part of
/// a description goes on a long one.
fn sight(text: &[u8], hit: &Hit) -> Range<usize> {
    let start = hit.span.start.min(text.len());
    let low = start.saturating_sub(2 * (inline::LINE_LIMIT + 1));
    let above = memchr::memrchr_iter(b'\n', &text[low..start]).nth(1);
    let end = hit.span.end.max(hit.hide.end).clamp(start, text.len());
    let high = (end + AFTER).min(text.len());
    let line = memchr::memchr(b'\n', &text[end..high]);
    above.map_or(low, |at| low + at)..line.map_or(high, |at| end + at + 1)
}

/// No part of a description sees more bytes of a line that goes on behind the hit.
const AFTER: usize = {
    let mut most = inline::LINE_LIMIT;
    if most < bystanders::AFTER {
        most = bystanders::AFTER;
    }
    if most < Snippet::SIGHT {
        most = Snippet::SIGHT;
    }
    most
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Position;
    use crate::policy::{Policy, Severity};
    use crate::secrets::{Scanner, Sighting};
    use foldhash::quality::RandomState;

    const SECRET: &[u8] = b"aSecretOfTwentyBytes";

    /// The secret amid a text, and where it stands.
    fn amid(left: &[u8], right: &[u8]) -> (Vec<u8>, Hit) {
        let span = left.len()..left.len() + SECRET.len();
        let hit = Hit {
            rule: 0,
            span: span.clone(),
            secret: span.clone(),
            hide: span,
            severity: Severity::High,
            made_up: false,
            anchor: 0,
        };
        ([left, SECRET, right].concat(), hit)
    }

    fn described(scanner: &Scanner, text: &[u8], hit: &Hit, veil: &Veil) -> Sighting {
        let place = Position { line: 9, column: 9 };
        scanner.sight_at(text, hit, veil, (place, place), &|_| Vec::new())
    }

    #[test]
    fn what_is_described_otherwise_looks_otherwise() {
        let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
        let scanner = Scanner::new(&policy).expect("shipped rules can be run");
        let seed = RandomState::default();
        let (mut same, mut other) = (0, 0);
        for (filler, word) in [("a", 0), (" ", 0), (" ", 178), ("é", 0)] {
            let filler = filler.repeat(10_000).into_bytes();
            let right = &[&b"a".repeat(word)[..], &filler[word..10_000]].concat()[..];
            for above in [0, 80, 4096, 4097] {
                // With the end of the line above so far to the left.
                let left = [&filler[..10_000 - above], b"\n", &filler[..above]].concat();
                let (text, hit) = amid(&left, right);
                let veil = Veil::new(vec![hit.hide.clone()]);
                let (known, is) = (
                    look(&text, &hit, &veil, &seed),
                    described(&scanner, &text, &hit, &veil),
                );
                let edges = [0, 100, 104, 200, 256, 512, above, 4096, 4276, above + 4097];
                for piece in [
                    "\n",
                    "\nx",
                    "x\n",
                    " gitleaks:allow ",
                    " stackguard:allow jwt y ",
                ] {
                    // It begins or ends there.
                    let edges = edges
                        .iter()
                        .flat_map(|edge| [*edge, edge.saturating_sub(piece.len())]);
                    for near in edges.flat_map(|edge| edge.saturating_sub(3)..edge + 3) {
                        let (head, tail) = left.split_at(left.len() - near.min(left.len()));
                        let (next, rest) = right.split_at(near);
                        for (text, hit) in [
                            amid(&[head, piece.as_bytes(), tail].concat(), right),
                            amid(&left, &[next, piece.as_bytes(), rest].concat()),
                        ] {
                            let veil = Veil::new(vec![hit.hide.clone()]);
                            let differs = described(&scanner, &text, &hit, &veil) != is;
                            let looks = look(&text, &hit, &veil, &seed) != known;
                            assert!(looks || !differs, "{piece:?} {near} from it, {above}");
                            other += usize::from(differs);
                            same += usize::from(!looks);
                        }
                    }
                }
            }
        }
        assert!(other > 500 && same > 500, "{other} {same}");
    }

    #[test]
    fn every_part_of_a_hit_counts() {
        let seed = RandomState::default();
        let (text, hit) = amid(b"one two three ", b" four five six\n");
        let veil = Veil::new(vec![hit.hide.clone()]);
        let known = look(&text, &hit, &veil, &seed);
        let moved = amid(b"\n\n\nsix\n\none two three ", b" four five six\n\nseven");
        let (apart, its) = amid(b"\none two three ", b" four five six\n");
        assert_ne!(
            look(&apart, &its, &Veil::new(vec![its.hide.clone()]), &seed),
            known
        );
        let far = Veil::new(vec![moved.1.hide.clone()]);
        let (lower, other) = amid(b"\n\none two three ", b" four five six\n");
        let near = Veil::new(vec![other.hide.clone()]);
        assert_eq!(
            look(&moved.0, &moved.1, &far, &seed),
            look(&lower, &other, &near, &seed)
        );
        let start = hit.span.start;
        for changed in [
            Hit {
                rule: 1,
                ..hit.clone()
            },
            Hit {
                severity: Severity::Low,
                ..hit.clone()
            },
            Hit {
                made_up: true,
                ..hit.clone()
            },
            Hit {
                span: start - 4..hit.span.end,
                ..hit.clone()
            },
            Hit {
                secret: start + 1..hit.span.end,
                ..hit.clone()
            },
            Hit {
                hide: start..hit.span.end + 4,
                ..hit.clone()
            },
        ] {
            assert_ne!(look(&text, &changed, &veil, &seed), known, "{changed:?}");
        }
        let more = veil.with(std::slice::from_ref(&(0..3)));
        assert_ne!(look(&text, &hit, &more, &seed), known);
    }
}
