//! Scanning a text that is mostly copied from one already scanned.
//!
//! Every decision is a function of a bounded window round a literal (see `window`). Where that whole window was copied, the
//! answer was copied with it: hits are carried over, and only literals whose window touches a seam are looked for. The
//! result equals that of a full scan, byte for byte.

use super::matcher::Hit;
use super::scan::{Raw, Scanner};
use super::window::{AFTER, BEFORE};
use std::ops::Range;

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

impl Scanner {
    /// What [`Scanner::collect`] would give for the whole of `text`, given what it gave for a base of `base_len` bytes
    /// (`known`) and the runs copied from it, in the order of the target.
    #[must_use]
    pub fn collect_changed(
        &self,
        text: &[u8],
        base_len: usize,
        known: &Raw,
        copies: impl IntoIterator<Item = Copied>,
    ) -> Raw {
        let mut raw = Raw::default();
        let mut asked = 0;
        for copy in copies {
            let Some(safe) = safe(text, base_len, copy) else {
                continue;
            };
            let safe = safe.start.max(asked)..safe.end.max(asked);
            if safe.len() < WORTH {
                continue;
            }
            self.collect(text, asked..safe.start, &mut raw);
            carry(known, copy, &safe, &mut raw);
            asked = safe.end;
        }
        self.collect(text, asked..text.len(), &mut raw);
        raw
    }
}

/// A shorter run is cheaper scanned than carried, in bytes.
const WORTH: usize = 128;

/// The literals of a copied run, by where they begin in the target, whose window lies in the run in base and target alike.
fn safe(text: &[u8], base_len: usize, copy: Copied) -> Option<Range<usize>> {
    if copy.len < WORTH {
        return None;
    }
    let end = copy.target + copy.len;
    let run = text.get(copy.target..end)?;
    let start = if copy.target == 0 && copy.base == 0 {
        0
    } else {
        // From the first line that begins inside, or from where the bound on the left is reached.
        let bound = copy.target + BEFORE + 1;
        let line =
            memchr::memchr(b'\n', &run[..run.len().min(BEFORE + 1)]).map(|at| copy.target + at + 1);
        line.unwrap_or(bound)
    };
    let at_end = end == text.len() && copy.base + copy.len == base_len;
    let stop = if at_end {
        end
    } else {
        // Up to the line before the last whole one, as an assignment may go on in the next line; or to where the bound on
        // the right is reached.
        let tail = run.len().saturating_sub(AFTER + 1);
        let mut newlines =
            memchr::memrchr_iter(b'\n', &run[tail..]).map(|at| copy.target + tail + at);
        let line = newlines.nth(1).map(|at| at + 1);
        line.unwrap_or((end + 1).saturating_sub(AFTER + 1))
    };
    (start < stop).then_some(start..stop)
}

/// Moves what is known of the base's literals in `safe`.
fn carry(known: &Raw, copy: Copied, safe: &Range<usize>, raw: &mut Raw) {
    let from = safe.start - copy.target + copy.base;
    let to = safe.end - copy.target + copy.base;
    let moved = |at: usize| at - copy.base + copy.target;
    let first = known.hits.partition_point(|hit| hit.anchor < from);
    for hit in known.hits[first..].iter().take_while(|hit| hit.anchor < to) {
        let shifted = |range: &Range<usize>| moved(range.start)..moved(range.end);
        raw.hits.push(Hit {
            span: shifted(&hit.span),
            secret: shifted(&hit.secret),
            hide: shifted(&hit.hide),
            anchor: moved(hit.anchor),
            ..hit.clone()
        });
    }
    let first = known.wide.partition_point(|(_, at)| *at < from);
    raw.wide.extend(
        known.wide[first..]
            .iter()
            .take_while(|(_, at)| *at < to)
            .map(|(needle, at)| (*needle, moved(*at))),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::policy::pack::expand;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
        Scanner::new(&Policy::new(crate::policy::embedded()).expect("agree")).expect("run")
    });

    /// Pieces that matter to rules, whole and broken at awkward places.
    static PIECES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
        let leaks = [
            "x = postgres://app:{base62:16}@db.{lower:9}.io/a",
            "API_TOKEN={base62:32}",
            "password: \"{base62:20}\"",
            "shpat_{hex:32}",
            "chatwoot",
            "{base58:24}",
            "-----BEGIN RSA PRIVATE KEY-----\n{base64:64}\n{base64:64}\n-----END RSA PRIVATE KEY-----",
            "k: {b64|shpat_{hex:32} and more|}",
        ];
        let mut pieces: Vec<Vec<u8>> = Vec::new();
        for leak in leaks.map(expand) {
            let middle = leak.len() / 2;
            pieces.push(leak.as_bytes()[..middle].to_vec());
            pieces.push(leak.as_bytes()[middle..].to_vec());
            pieces.push(leak.into_bytes());
        }
        for plain in [
            "\n",
            "\n\n",
            " ",
            "\"",
            "=\n  ",
            "word ",
            "token",
            "# stackguard:allow jwt x",
            "é",
        ] {
            pieces.push(plain.as_bytes().to_vec());
        }
        pieces.push(vec![b'a'; 1500]);
        pieces.push(b"line\n".repeat(300));
        pieces
    });

    fn full(text: &[u8]) -> Raw {
        let mut raw = Raw::default();
        SCANNER.collect(text, 0..text.len(), &mut raw);
        raw
    }

    /// A target and its copies, from cuts of the base and new pieces between them.
    fn edited(base: &[u8], steps: &[(usize, usize, usize)]) -> (Vec<u8>, Vec<Copied>) {
        let mut target = Vec::new();
        let mut copies = Vec::new();
        for (from, len, piece) in steps {
            let from = from % (base.len() + 1);
            let len = (len % 2500).min(base.len() - from);
            if len > 0 {
                copies.push(Copied {
                    base: from,
                    target: target.len(),
                    len,
                });
                target.extend_from_slice(&base[from..from + len]);
            }
            if let Some(piece) = PIECES.get(piece % (PIECES.len() * 2)) {
                target.extend_from_slice(piece);
            }
        }
        (target, copies)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn equals_a_full_scan(
            pieces in proptest::collection::vec(0usize..1000, 0..40),
            edits in proptest::collection::vec(proptest::collection::vec((0usize..100_000, 0usize..100_000, 0usize..1000), 0..12), 1..4),
        ) {
            let mut base: Vec<u8> = pieces.iter().flat_map(|piece| PIECES[piece % PIECES.len()].clone()).collect();
            let mut known = full(&base);
            for steps in &edits {
                let (target, copies) = edited(&base, steps);
                let changed = SCANNER.collect_changed(&target, base.len(), &known, copies);
                let whole = full(&target);
                prop_assert!(changed == whole, "{} hits against {}", changed.hits.len(), whole.hits.len());
                base = target;
                known = changed;
            }
        }
    }
}
