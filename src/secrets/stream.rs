//! Texts too large to hold: read in overlapping chunks with the same result as in one piece.
//!
//! Every decision depends on a bounded window ([`MARGIN`]), so a chunk that holds that much either side of the literals it
//! is asked about judges them as the whole text would. Hits near the end of a chunk wait for the next one, because a
//! better rule may still claim them.

use super::collect::Raw;
use super::scan::{MARGIN, Scanner, Sighting, ValueAllows, is_binary};
use super::utf16::Utf8Reader;
use crate::finding::{LineIndex, Position, Veil};
use std::io::{self, Read};

/// Bytes read at a time.
const CHUNK: usize = 4 << 20;

impl Scanner {
    /// Scans everything `reader` gives, in bounded memory; also says how many bytes there were (as UTF-8).
    ///
    /// # Errors
    /// What the reader says; what was found until then is lost, as it cannot be told from a clean rest.
    pub fn scan_stream(
        &self,
        reader: &mut dyn Read,
        path: Option<&str>,
        values: ValueAllows<'_>,
    ) -> io::Result<(Vec<Sighting>, u64)> {
        self.scan_chunks(&mut Utf8Reader::new(reader)?, CHUNK, path, values)
    }

    fn scan_chunks(
        &self,
        reader: &mut dyn Read,
        chunk: usize,
        path: Option<&str>,
        values: ValueAllows<'_>,
    ) -> io::Result<(Vec<Sighting>, u64)> {
        let mut stream = Stream {
            scanner: self,
            path,
            text: Vec::new(),
            origin: Position { line: 1, column: 1 },
            asked: 0,
            settled: 0,
            binary: None,
            raw: Raw::default(),
            total: 0,
            sightings: Vec::new(),
        };
        loop {
            let before = stream.text.len();
            let read = Read::take(&mut *reader, chunk as u64).read_to_end(&mut stream.text)?;
            stream.total += (stream.text.len() - before) as u64;
            if read == 0 {
                stream.step(true, values);
                return Ok((stream.sightings, stream.total));
            }
            stream.step(false, values);
        }
    }
}

struct Stream<'s> {
    scanner: &'s Scanner,
    path: Option<&'s str>,
    /// What is held: from some margin before the first literal not yet asked about.
    text: Vec<u8>,
    /// The position of the first byte held.
    origin: Position,
    /// Literals that begin before this byte of `text` were asked about.
    asked: usize,
    /// Secrets that begin before this byte of `text` were reported.
    settled: usize,
    /// Whether it is a binary, once its first bytes were seen.
    binary: Option<bool>,
    raw: Raw,
    total: u64,
    sightings: Vec<Sighting>,
}

impl Stream<'_> {
    /// Asks about all literals that have their margin, settles what no later hit can change and lets go of the rest.
    fn step(&mut self, last: bool, values: ValueAllows<'_>) {
        let binary = *self.binary.get_or_insert_with(|| is_binary(&self.text));
        let ask_to = if last {
            self.text.len()
        } else {
            self.text.len().saturating_sub(MARGIN)
        };
        if ask_to > self.asked {
            self.scanner
                .collect(&self.text, self.asked..ask_to, &mut self.raw);
            self.asked = ask_to;
        }
        // Wide rules are run while their whole window is held.
        let mut hits = self.scanner.all_hits(&self.text, &self.raw);
        self.raw.wide.clear();
        self.raw.literals.clear();
        let settled_to = if last {
            self.text.len()
        } else {
            self.asked.saturating_sub(MARGIN)
        };
        let veil = Veil::new(hits.iter().map(|hit| hit.hide.clone()).collect());
        let index = LineIndex::new(&self.text);
        for hit in self
            .scanner
            .settle(self.scanner.fit(hits.clone(), binary, self.path))
            .iter()
            .filter(|hit| (self.settled..settled_to).contains(&hit.span.start))
        {
            let place = (
                self.shifted(index.position(hit.span.start)),
                self.shifted(index.position(hit.span.end)),
            );
            self.sightings
                .push(self.scanner.sight_at(&self.text, hit, &veil, place, values));
        }
        self.settled = self.settled.max(settled_to);
        // Hits already reported stay known while they can overlap a later one or stand in its snippet.
        let cut = self.cut(settled_to.saturating_sub(MARGIN), last);
        hits.retain(|hit| hit.span.start.min(hit.hide.start) >= cut);
        self.raw.hits = hits;
        self.forget(cut);
    }

    /// A place to cut at or before `at` that does not split a character.
    fn cut(&self, at: usize, last: bool) -> usize {
        if last {
            return self.text.len();
        }
        let mut at = at;
        let low = at.saturating_sub(4);
        while at > low && self.text.get(at).is_some_and(|byte| byte & 0xC0 == 0x80) {
            at -= 1;
        }
        at
    }

    fn forget(&mut self, cut: usize) {
        let index = LineIndex::new(&self.text[..cut]);
        self.origin = self.shifted(index.position(cut));
        self.text.drain(..cut);
        self.asked = self.asked.saturating_sub(cut);
        self.settled = self.settled.saturating_sub(cut);
        for hit in &mut self.raw.hits {
            hit.anchor = hit.anchor.saturating_sub(cut);
            for range in [&mut hit.span, &mut hit.secret, &mut hit.hide] {
                *range = range.start.saturating_sub(cut)..range.end.saturating_sub(cut);
            }
        }
    }

    fn shifted(&self, position: Position) -> Position {
        Position {
            line: position.line - 1 + self.origin.line,
            column: if position.line == 1 {
                position.column - 1 + self.origin.column
            } else {
                position.column
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;
    use crate::policy::pack::expand;

    #[test]
    fn chunks_give_what_the_whole_gives() {
        let scanner =
            Scanner::new(&Policy::new(crate::policy::embedded()).expect("agree")).expect("run");
        let leaks: Vec<String> = [
            "x = postgres://app:{base62:16}@db.{lower:9}.io/a\n",
            "API_TOKEN={base62:32}\n",
            "é = mongodb://root:{base62:12}@mongo.{lower:9}.io/db; db_password = \"{base62:20}\"\n",
        ]
        .iter()
        .map(|leak| expand(leak))
        .collect();
        let mut text = Vec::new();
        for round in 0..40 {
            text.extend(
                std::iter::repeat_n(
                    if round % 3 == 0 {
                        b"words and more words\n".as_slice()
                    } else {
                        b"no newline here "
                    },
                    700 + round * 37,
                )
                .flatten(),
            );
            text.extend_from_slice(leaks[round % leaks.len()].as_bytes());
        }
        let (whole, _) = scanner.scan(&text, None, &|_| Vec::new());
        assert_eq!(whole.len(), 53, "every planted leak is found");
        for chunk in [1 << 14, (1 << 16) + 7, 1 << 20] {
            let (pieces, total) = scanner
                .scan_chunks(&mut text.as_slice(), chunk, None, &|_| Vec::new())
                .expect("memory can be read");
            assert_eq!(total, text.len() as u64);
            assert!(pieces == whole, "chunks of {chunk}");
        }
    }
}
