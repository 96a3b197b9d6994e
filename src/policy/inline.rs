//! Exceptions written beside what they allow: ours, and the marks of the tools people come from.

use std::ops::Range;

/// One exception comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InlineAllow {
    /// The mark as its tool writes it.
    pub mark: &'static str,
    /// The rule it allows; none means any.
    pub rule: Option<String>,
    /// The words after the rule.
    pub reason: Option<String>,
    /// The 1-based line it stands on.
    pub line: u32,
}

/// Our own mark; holds for its line and the next, and names a rule.
pub const OURS: &str = "stackguard:allow";

/// The marks of other tools, which hold for their own line and any rule
/// (<https://github.com/gitleaks/gitleaks#gitleaksallow>, <https://github.com/Yelp/detect-secrets#inline-allowlisting>,
/// <https://docs.gitguardian.com/ggshield-docs/configuration>).
const OTHERS: &[&str] = &[
    "gitleaks:allow",
    "betterleaks:allow",
    "pragma: allowlist secret",
    "pragma: whitelist secret",
    "trufflehog:ignore",
    "kingfisher:ignore",
    "ggignore",
    "nosecret",
];

/// detect-secrets' mark for the line after it.
const NEXT_LINE: &str = "pragma: allowlist nextline secret";

/// A line this long is searched for marks only near the finding.
pub(crate) const LINE_LIMIT: usize = 4096;

impl InlineAllow {
    /// Whether it allows `rule`.
    #[must_use]
    pub fn allows(&self, rule: &str) -> bool {
        self.rule.as_deref().is_none_or(|named| named == rule)
    }
}

/// The exceptions that hold for a span: those on its lines, and ours on the line above.
///
/// `line` is the 1-based number of the line `span` begins on. Looks at no more than 4 KiB
/// of a line either side of the span.
#[must_use]
pub fn around(text: &[u8], span: &Range<usize>, line: u32) -> Vec<InlineAllow> {
    let start = span.start.min(text.len());
    let end = span.end.clamp(start, text.len());
    let low = start.saturating_sub(LINE_LIMIT);
    let high = (end + LINE_LIMIT).min(text.len());
    let line_start = memchr::memrchr(b'\n', &text[low..start]).map_or(low, |at| low + at + 1);
    let line_end = memchr::memchr(b'\n', &text[end..high]).map_or(high, |at| end + at);
    let mut found = Vec::new();
    marks(&text[line_start..line_end], line, false, &mut found);
    if line_start > 0 && text[line_start - 1] == b'\n' {
        let above_end = line_start - 1;
        let above_low = above_end.saturating_sub(LINE_LIMIT);
        let above_start = memchr::memrchr(b'\n', &text[above_low..above_end])
            .map_or(above_low, |at| above_low + at + 1);
        marks(
            &text[above_start..above_end],
            line.saturating_sub(1),
            true,
            &mut found,
        );
    }
    found
}

fn marks(text: &[u8], line: u32, above: bool, found: &mut Vec<InlineAllow>) {
    // Every mark has one of these words in it; most lines have none.
    if memchr::memmem::find(text, b"allow").is_none()
        && memchr::memmem::find(text, b"ignore").is_none()
        && memchr::memmem::find(text, b"nosecret").is_none()
        && memchr::memmem::find(text, b"whitelist").is_none()
    {
        return;
    }
    let lossy = String::from_utf8_lossy(text);
    if let Some(at) = lossy.find(OURS) {
        let mut words = lossy[at + OURS.len()..].split_whitespace();
        let rule = words.next().map(|word| {
            word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-')
                .to_owned()
        });
        let reason = words.collect::<Vec<_>>().join(" ");
        let reason = reason.trim_end_matches("*/").trim_end_matches("-->").trim();
        found.push(InlineAllow {
            mark: OURS,
            // Without a rule our own mark allows nothing: an exception says what it is for.
            rule: Some(rule.unwrap_or_default()),
            reason: (!reason.is_empty()).then(|| reason.to_owned()),
            line,
        });
    }
    if above {
        if lossy.contains(NEXT_LINE) {
            found.push(InlineAllow {
                mark: NEXT_LINE,
                rule: None,
                reason: None,
                line,
            });
        }
        return;
    }
    for mark in OTHERS {
        if lossy.contains(mark) {
            found.push(InlineAllow {
                mark,
                rule: None,
                reason: None,
                line,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, needle: &str) -> Vec<InlineAllow> {
        let start = text.find(needle).expect("in text");
        around(text.as_bytes(), &(start..start + needle.len()), 2)
    }

    #[test]
    fn ours_names_a_rule_and_holds_for_two_lines() {
        for text in [
            "\nTOKEN # stackguard:allow jwt sample only\n",
            "# stackguard:allow jwt sample only\nTOKEN",
        ] {
            let found = at(text, "TOKEN");
            assert_eq!(found.len(), 1, "{text}");
            assert!(found[0].allows("jwt") && !found[0].allows("postgres-dsn"));
            assert_eq!(found[0].reason.as_deref(), Some("sample only"));
        }
        assert!(!at("\nTOKEN # stackguard:allow", "TOKEN")[0].allows("jwt"));
    }

    #[test]
    fn peers_hold_for_their_line() {
        assert!(at("\nTOKEN // gitleaks:allow", "TOKEN")[0].allows("anything"));
        assert!(at("// gitleaks:allow\nTOKEN", "TOKEN").is_empty());
        assert_eq!(
            at("# pragma: allowlist nextline secret\nTOKEN", "TOKEN").len(),
            1
        );
    }
}
