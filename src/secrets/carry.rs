//! Scanning a text that is mostly copied from one already scanned.
//!
//! What was copied has the literals it had: only what is new is searched for more. Every decision is a function of a bounded
//! window round a literal (see `window`). Where that whole window was copied, the answer was copied with it; rules are run
//! again for literals whose window touches a seam. The result equals that of a full scan, byte for byte.

use super::collect::{Raw, in_order};
use super::matcher::Hit;
use super::rules::Rule;
use super::scan::Scanner;
use super::searched::Searched;
use super::window::{AFTER, BEFORE};
use super::{assign, lists};
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
            self.carry(
                text,
                known,
                Run::new(text, copy, literals, at_end),
                &mut raw,
            );
        }
        self.collect_new(text, asked..text.len(), Some(searched), &mut raw);
        raw
    }

    /// Takes over what is known of the base's literals in a run, and runs rules again as far as they may see more than that.
    fn carry(&self, text: &[u8], known: &Raw, run: Run, raw: &mut Raw) {
        let done = raw.hits.len();
        let hits = known
            .hits
            .partition_point(|hit| hit.anchor < run.base(run.whole.start));
        for hit in &known.hits[hits..] {
            let anchor = run.target(hit.anchor);
            if anchor >= run.whole.end {
                break;
            }
            let again =
                anchor >= run.settled || run.may_go_on(anchor) || run.may_begin_before(anchor);
            if again && self.rules().rule(hit.rule).is_assigned() {
                continue;
            }
            let moved = |range: &Range<usize>| run.target(range.start)..run.target(range.end);
            raw.hits.push(Hit {
                span: moved(&hit.span),
                secret: moved(&hit.secret),
                hide: moved(&hit.hide),
                anchor,
                ..hit.clone()
            });
        }
        raw.wide.extend(run.carried(&known.wide));
        for literal in run.carried(&known.literals) {
            let at = literal.1;
            raw.literals.push(literal);
            if !run.whole.contains(&at) {
                self.run_line(text, literal, &|_| true, &mut raw.hits);
            } else if self.is_unsettled(text, known, &run, literal) {
                self.run_line(text, literal, &Rule::is_assigned, &mut raw.hits);
            }
        }
        in_order(&mut raw.hits[done..]);
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

/// What of a copied run can be taken over; positions in the target.
struct Run {
    copy: Copied,
    /// Literals that begin here are those of the base.
    literals: Range<usize>,
    /// Of these the ones whose line is in the run, or as much of it as rules see.
    whole: Range<usize>,
    /// Before this, assignments have all their lines in the run.
    settled: usize,
    /// Where the texts part again; never, if they end together.
    seam: usize,
}

impl Run {
    fn new(text: &[u8], copy: Copied, literals: Range<usize>, at_end: bool) -> Self {
        let start = if copy.target == 0 && copy.base == 0 {
            0
        } else {
            // From the first line that begins inside, or from where the bound on the left is reached.
            let high = (copy.target + BEFORE + 1).min(literals.end);
            memchr::memchr(b'\n', &text[copy.target..high]).map_or(high, |at| copy.target + at + 1)
        };
        let before_lines = |lines: usize| {
            if at_end {
                literals.end
            } else {
                before_lines(text, copy, lines).min(literals.end)
            }
        };
        Self {
            whole: start..before_lines(1).max(start),
            settled: before_lines(assign::LINES),
            seam: if at_end {
                usize::MAX
            } else {
                copy.target + copy.len
            },
            copy,
            literals,
        }
    }

    /// Whether the run's start can be seen from a literal that stands in a list which begins lines before.
    fn may_begin_before(&self, at: usize) -> bool {
        let from_the_start = self.copy.target == 0 && self.copy.base == 0;
        !from_the_start && at - self.copy.target <= BEFORE
    }

    /// Whether the seam can be seen from a literal whose list or column goes on for long.
    fn may_go_on(&self, at: usize) -> bool {
        self.seam - at <= AFTER
    }

    fn base(&self, at: usize) -> usize {
        at - self.copy.target + self.copy.base
    }

    /// Of what stands in the base from where the run begins there.
    fn target(&self, at: usize) -> usize {
        at - self.copy.base + self.copy.target
    }

    /// Those of the base's literals that stand in the run, where they stand in the target.
    fn carried(&self, known: &[(u32, usize)]) -> impl Iterator<Item = (u32, usize)> {
        let first = known.partition_point(|(_, at)| *at < self.base(self.literals.start));
        let end = self.base(self.literals.end);
        known[first..]
            .iter()
            .take_while(move |(_, at)| *at < end)
            .map(|(needle, at)| (*needle, self.target(*at)))
    }
}

/// Up to where literals have so many lines of the run, their own included; or to where the bound on the right is reached.
fn before_lines(text: &[u8], copy: Copied, lines: usize) -> usize {
    let end = copy.target + copy.len;
    let tail = end.saturating_sub(AFTER + 1).max(copy.target);
    let mut newlines = memchr::memrchr_iter(b'\n', &text[tail..end]).map(|at| tail + at);
    let line = newlines.nth(lines - 1).map(|at| at + 1);
    line.unwrap_or((end + 1).saturating_sub(AFTER + 1))
}

/// A shorter run is cheaper scanned than carried, in bytes.
const WORTH: usize = 128;

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
            "tokens = [\n  \"{base62:32}\",\n  \"{base62:31}\",\n\n\n  '{base62:30}',\n  '{base62:29}'\n]\n",
            "tokens:\n  - {base62:32}\n  - {base62:31}\n",
            "api_tokens = {\n  billing = \"{base62:40}\"\n  crm = \"{base62:36}\"\n}\n",
            "tokens:\n  billing: {base62:32}\n  crm: \"{base62:31}\"\n  mail: {base62:30}\n",
            "INSERT INTO u (\n  n,\n  api_token\n) VALUES (\n  'a',\n  '{base62:36}'\n);\n",
            "INSERT INTO u (n,\n password) VALUES\n ('a', '{base62:20}'),\n ('b', '{base62:20}');\n",
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
            let mut searched = Searched::default();
            for steps in &edits {
                let (target, copies) = edited(&base, steps);
                let changed = SCANNER.collect_changed(&target, base.len(), &known, copies.clone(), &mut searched);
                let whole = full(&target);
                prop_assert!(changed == whole, "{} hits against {}", changed.hits.len(), whole.hits.len());
                // What is new there was searched now.
                let again = SCANNER.collect_changed(&target, base.len(), &known, copies, &mut searched);
                prop_assert!(again == whole);
                base = target;
                known = changed;
            }
        }
    }
}
