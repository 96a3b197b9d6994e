//! Scanning a text that is mostly copied from one already scanned.
//!
//! Every decision is a function of a bounded window round a literal (see `window`). Where that whole window was copied, the
//! answer was copied with it: hits are carried over, and only literals whose window touches a seam are looked for. Names
//! whose assignment might go on beyond the run are known from the base, and only these are read again. The result equals
//! that of a full scan, byte for byte.

use super::assign;
use super::matcher::Hit;
use super::scan::{Raw, Scanner, in_order};
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
            let end = copy.target + copy.len;
            let at_end = end == text.len() && copy.base + copy.len == base_len;
            let Some(safe) = safe(text, copy, at_end) else {
                continue;
            };
            let start = safe.start.max(asked);
            if safe.end.saturating_sub(start) < WORTH {
                continue;
            }
            self.collect(text, asked..start, &mut raw);
            let settled = if at_end {
                end
            } else {
                before_lines(text, copy, assign::LINES)
            };
            carry(known, copy, &(start..safe.end), &mut raw, |hit| {
                hit.anchor < settled || !self.rules().rule(hit.rule).is_assigned()
            });
            self.read_again(text, settled.max(start), &mut raw);
            asked = safe.end;
        }
        self.collect(text, asked..text.len(), &mut raw);
        raw
    }
}

impl Scanner {
    /// Reads the assignments again whose names stand from a byte on.
    fn read_again(&self, text: &[u8], from: usize, raw: &mut Raw) {
        let first = raw.names.partition_point(|(_, at)| *at < from);
        if first == raw.names.len() {
            return;
        }
        let known = raw.hits.partition_point(|hit| hit.anchor < from);
        for name in &raw.names[first..] {
            self.collect_assigned(text, *name, &mut raw.hits);
        }
        in_order(&mut raw.hits[known..]);
    }
}

/// Moves what is known of the base's literals in `safe`, a range of the target; of hits those that are wanted.
fn carry(
    known: &Raw,
    copy: Copied,
    safe: &Range<usize>,
    raw: &mut Raw,
    wants: impl Fn(&Hit) -> bool,
) {
    let from = safe.start - copy.target + copy.base;
    let to = safe.end - copy.target + copy.base;
    let moved = |at: usize| at - copy.base + copy.target;
    let first = known.hits.partition_point(|hit| hit.anchor < from);
    let hits = known.hits[first..].iter().take_while(|hit| hit.anchor < to);
    let shifted = |range: &Range<usize>| moved(range.start)..moved(range.end);
    let hits = hits.map(|hit| Hit {
        span: shifted(&hit.span),
        secret: shifted(&hit.secret),
        hide: shifted(&hit.hide),
        anchor: moved(hit.anchor),
        ..hit.clone()
    });
    raw.hits.extend(hits.filter(wants));
    let literals = |known: &[(u32, usize)], out: &mut Vec<(u32, usize)>| {
        let first = known.partition_point(|(_, at)| *at < from);
        let inside = known[first..].iter().take_while(|(_, at)| *at < to);
        out.extend(inside.map(|(needle, at)| (*needle, moved(*at))));
    };
    literals(&known.wide, &mut raw.wide);
    literals(&known.names, &mut raw.names);
}

/// A shorter run is cheaper scanned than carried, in bytes.
const WORTH: usize = 128;

/// The literals of a copied run, by where they begin in the target, whose line lies in the run in base and target alike, or
/// as much of it as rules see.
fn safe(text: &[u8], copy: Copied, at_end: bool) -> Option<Range<usize>> {
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
    let stop = if at_end {
        end
    } else {
        before_lines(text, copy, 1)
    };
    (start < stop).then_some(start..stop)
}

/// Up to where literals have so many lines of the run, their own included; or to where the bound on the right is reached.
fn before_lines(text: &[u8], copy: Copied, lines: usize) -> usize {
    let end = copy.target + copy.len;
    let tail = end.saturating_sub(AFTER + 1).max(copy.target);
    let mut newlines = memchr::memrchr_iter(b'\n', &text[tail..end]).map(|at| tail + at);
    let line = newlines.nth(lines - 1).map(|at| at + 1);
    line.unwrap_or((end + 1).saturating_sub(AFTER + 1))
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
            "api_token: |\n  {base62:32}\n",
            "variable \"db_password\" {\n  type = string\n\n  default = \"{base62:20}\"\n}\n",
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
