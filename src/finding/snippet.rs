//! The only text of a file that a report may show.

use super::Position;
use super::text::printable;
use std::ops::Range;

/// What stands in place of every secret; its width says nothing about the secret's.
pub const MASK: &str = "****************";

/// Bytes shown before the finding on its line.
const BEFORE: usize = 100;
/// Bytes shown from the start of the finding on.
const AFTER: usize = 200;
/// Most white space behind what is shown that is looked through for more text.
const BLANK: usize = 4096;

/// Every secret range of a blob, from every rule, reported or not: one rule's snippet must not show another's secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Veil(Vec<Range<usize>>);

impl Veil {
    /// Sorts and joins the ranges.
    #[must_use]
    pub fn new(mut ranges: Vec<Range<usize>>) -> Self {
        ranges.retain(|range| !range.is_empty());
        ranges.sort_by_key(|range| (range.start, range.end));
        let mut joined: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match joined.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        Self(joined)
    }

    /// This veil and more ranges.
    #[must_use]
    pub fn with(&self, more: &[Range<usize>]) -> Self {
        Self::new(self.0.iter().chain(more).cloned().collect())
    }

    /// What of this veil a snippet of `span` needs, and more ranges.
    #[must_use]
    pub fn here(&self, span: &Range<usize>, more: &[Range<usize>]) -> Self {
        Self::new(self.near(span).chain(more).cloned().collect())
    }

    /// The ranges of this veil that a snippet of `span` needs, in order.
    pub fn near(&self, span: &Range<usize>) -> impl Iterator<Item = &Range<usize>> {
        let low = span.start.saturating_sub(BEFORE + 4);
        let high = span.start.saturating_add(AFTER + 4);
        let first = self.0.partition_point(|secret| secret.end <= low);
        self.0[first..]
            .iter()
            .take_while(move |secret| secret.start <= high)
    }

    /// Whether any secret byte lies in `range`.
    #[must_use]
    pub fn covers(&self, range: &Range<usize>) -> bool {
        let first = self.0.partition_point(|secret| secret.end <= range.start);
        self.0
            .get(first)
            .is_some_and(|secret| secret.start < range.end)
    }

    /// The ranges, in order; none touches another.
    #[must_use]
    pub fn ranges(&self) -> &[Range<usize>] {
        &self.0
    }

    /// The whole of `text` with every secret masked, made printable.
    #[must_use]
    pub fn over(&self, text: &str) -> String {
        self.mask(text.as_bytes(), 0..text.len(), &(0..0)).0
    }

    /// `text[range]` with every secret masked, made printable; and where `mark` ended up in it.
    fn mask(
        &self,
        text: &[u8],
        range: Range<usize>,
        mark: &Range<usize>,
    ) -> (String, Range<usize>) {
        let mut out = String::new();
        let mut shown = [None, None];
        let mut at = range.start;
        let first = self.0.partition_point(|secret| secret.end <= range.start);
        let visible = |out: &mut String, from: usize, to: usize, shown: &mut [Option<usize>; 2]| {
            for (slot, edge) in shown.iter_mut().zip([mark.start, mark.end]) {
                if slot.is_none() && edge >= from && edge <= to {
                    let head = printable(&String::from_utf8_lossy(&text[from..edge]));
                    *slot = Some(out.len() + head.len());
                }
            }
            out.push_str(&printable(&String::from_utf8_lossy(&text[from..to])));
        };
        for secret in &self.0[first..] {
            if secret.start >= range.end {
                break;
            }
            if secret.start > at {
                visible(&mut out, at, secret.start, &mut shown);
            }
            let before = out.len();
            out.push_str(MASK);
            if shown[0].is_none() && mark.start < secret.end {
                shown[0] = Some(before);
            }
            if shown[1].is_none() && mark.end <= secret.end {
                shown[1] = Some(out.len());
            }
            at = secret.end.min(range.end).max(at);
        }
        if at < range.end {
            visible(&mut out, at, range.end, &mut shown);
        }
        let end = shown[1].unwrap_or(out.len());
        let start = shown[0].unwrap_or(0).min(end);
        (out, start..end)
    }
}

/// One masked line, and which part of it the finding is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    text: String,
    mark: Range<usize>,
}

impl Snippet {
    /// How far behind the start of a finding anything on its line can matter, in bytes.
    pub const SIGHT: usize = AFTER + 4 + BLANK;

    /// Cuts the line on which `span` begins. A long line is shortened round the span, with `…`.
    #[must_use]
    pub fn cut(text: &[u8], span: &Range<usize>, veil: &Veil) -> Self {
        let start = span.start.min(text.len());
        // No further than can be shown, and the rest of a character: a line may be as long as the file.
        let low = start.saturating_sub(BEFORE + 4);
        let high = (start + AFTER + 4).min(text.len());
        let line_start = memchr::memrchr(b'\n', &text[low..start]).map_or(low, |at| low + at + 1);
        let line_end = memchr::memchr(b'\n', &text[start..high]).map_or(high, |at| start + at);
        let mut from = line_start.max(start.saturating_sub(BEFORE));
        let mut to = line_end.min(start + AFTER);
        // To the edge of a character, which has four bytes at most; where there is none, the text is not UTF-8.
        for _ in 0..3 {
            if from > line_start && text[from] & 0xC0 == 0x80 {
                from -= 1;
            }
            if to < line_end && text[to] & 0xC0 == 0x80 {
                to += 1;
            }
        }
        let trimmed = text[from..to].trim_ascii_end().len();
        let to = (from + trimmed).max(start);
        let (mut masked, mut mark) = veil.mask(text, from..to, &(start..span.end.clamp(start, to)));
        if from > line_start {
            masked.insert(0, '…');
            mark = mark.start + '…'.len_utf8()..mark.end + '…'.len_utf8();
        }
        let rest = text[to..].iter().take_while(|byte| **byte != b'\n');
        if rest.take(BLANK).any(|byte| !byte.is_ascii_whitespace()) {
            masked.push('…');
        }
        Self { text: masked, mark }
    }

    /// The masked line.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of [`Self::text`] that the finding is about.
    #[must_use]
    pub fn mark(&self) -> Range<usize> {
        self.mark.clone()
    }
}

/// A span of a file with all that a finding needs to know of it, so that the bytes can be let go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// First character.
    pub start: Position,
    /// Just past the last.
    pub end: Position,
    /// The masked line.
    pub snippet: Snippet,
    /// The inline exceptions that hold for this span's first line.
    pub inline: Vec<crate::policy::inline::InlineAllow>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_all_secrets_and_marks_the_span() {
        let text = b"x = 1\nurl = \"pg://u:SECRET@h/d\" other=TOKEN\nend";
        let find = |needle: &[u8]| memchr::memmem::find(text, needle).expect("in text");
        let (secret, token) = (find(b"SECRET"), find(b"TOKEN"));
        let veil = Veil::new(vec![token..token + 5, secret..secret + 6]);
        let start = find(b"pg://");
        let snippet = Snippet::cut(text, &(start..start + "pg://u:SECRET@h/d".len()), &veil);
        assert_eq!(
            snippet.text(),
            format!("url = \"pg://u:{MASK}@h/d\" other={MASK}")
        );
        assert_eq!(
            &snippet.text()[snippet.mark()],
            format!("pg://u:{MASK}@h/d")
        );
    }

    #[test]
    fn a_span_inside_a_secret_marks_the_mask() {
        let text = b"key=ABCDEFGH";
        let snippet = Snippet::cut(text, &(4..12), &Veil::new(std::iter::once(4..12).collect()));
        assert_eq!(
            (snippet.text(), snippet.mark()),
            ("key=****************", 4..20)
        );
    }

    #[test]
    fn what_is_no_character_makes_no_snippet_long() {
        let text = [&[0x80; 10_000][..], b"SECRET", &[0x80; 10_000]].concat();
        let secret = 10_000..10_006;
        let veil = Veil::new(std::iter::once(secret.clone()).collect());
        let snippet = Snippet::cut(&text, &secret, &veil);
        assert!(snippet.text().len() < 4_000, "{}", snippet.text().len());
    }

    #[test]
    fn what_was_cut_off_is_said_and_nothing_else() {
        let cut = |before: usize, after: &str| {
            let text = format!("{}SECRET{after}", "a".repeat(before));
            let snippet = Snippet::cut(text.as_bytes(), &(before..before + 6), &Veil::default());
            (
                snippet.text().starts_with('…'),
                snippet.text().ends_with('…'),
            )
        };
        for before in [0, 1, BEFORE - 1, BEFORE] {
            assert_eq!(cut(before, "  \t \nnext"), (false, false), "{before}");
        }
        for before in [BEFORE + 1, BEFORE + 4, BEFORE + 5, 5000] {
            assert_eq!(cut(before, ""), (true, false), "{before}");
        }
        for after in [AFTER - 6, AFTER, AFTER + 5, 3000] {
            let blank = " ".repeat(after);
            assert_eq!(cut(0, &blank), (false, false), "{after}");
            assert_eq!(
                cut(0, &format!("{blank}x")),
                (false, after > AFTER - 7),
                "{after}"
            );
        }
    }

    #[test]
    fn long_lines_are_cut_round_the_span() {
        let mut text = vec![b'a'; 1000];
        text.extend_from_slice(b"SECRET");
        text.extend(vec![b'b'; 1000]);
        let snippet = Snippet::cut(
            &text,
            &(1000..1006),
            &Veil::new(std::iter::once(1000..1006).collect()),
        );
        assert!(snippet.text().len() < 400);
        assert!(snippet.text().starts_with('…') && snippet.text().ends_with('…'));
        assert_eq!(&snippet.text()[snippet.mark()], MASK);
    }
}
