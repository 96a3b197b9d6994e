//! Exceptions written beside what they allow: ours, and the marks of the tools people come from.

use crate::policy::masking::mask_words;
use std::ops::Range;

/// One exception comment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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

/// Bytes either side of a finding that are searched for marks.
pub(crate) const LINE_LIMIT: usize = 4096;

impl InlineAllow {
    /// Whether it allows `rule`. A rule made for one value has a number behind `#`; the comment names what is before it.
    #[must_use]
    pub fn allows(&self, rule: &str) -> bool {
        let rule = rule.split('#').next().unwrap_or(rule);
        self.rule.as_deref().is_none_or(|named| named == rule)
    }
}

/// The exceptions that hold for a span: those on its lines, and ours on the line above.
///
/// `line` is the 1-based number of the line `span` begins on. Looks at no more than 4 KiB either side of each end of
/// the span. The marks of other tools count only outside the span: a password may well hold the word `nosecret`.
#[must_use]
pub fn around(text: &[u8], span: &Range<usize>, line: u32) -> Vec<InlineAllow> {
    let start = span.start.min(text.len());
    let end = span.end.clamp(start, text.len());
    let low = start.saturating_sub(LINE_LIMIT);
    let high = (end + LINE_LIMIT).min(text.len());
    let line_start = memchr::memrchr(b'\n', &text[low..start]).map_or(low, |at| low + at + 1);
    let line_end = memchr::memchr(b'\n', &text[end..high]).map_or(high, |at| end + at);
    let before = &text[line_start..start];
    // Of a long span (a key, a table of SQL) only the ends are looked at.
    let head = &text[start..end.min(start + LINE_LIMIT)];
    let rest = end.saturating_sub(LINE_LIMIT).max(start + head.len());
    let tail = &text[rest..end];
    let after = &text[end..line_end];
    let lines_in =
        |bytes: &[u8]| u32::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX);

    let mut found = Vec::new();
    if line_start > 0 && text[line_start - 1] == b'\n' {
        let above_end = line_start - 1;
        let above_low = above_end.saturating_sub(LINE_LIMIT);
        let above_start = memchr::memrchr(b'\n', &text[above_low..above_end])
            .map_or(above_low, |at| above_low + at + 1);
        let above = &text[above_start..above_end];
        let number = line.saturating_sub(1);
        ours(above, number, &mut found);
        theirs(above, &[NEXT_LINE], number, &mut found);
    }
    let last = line.saturating_add(lines_in(&text[start..end]));
    let tail_line = last.saturating_sub(lines_in(tail));
    for (piece, number) in [
        (before, line),
        (head, line),
        (tail, tail_line),
        (after, last),
    ] {
        ours(piece, number, &mut found);
    }
    for (piece, number) in [(before, line), (after, last)] {
        theirs(piece, OTHERS, number, &mut found);
    }
    found
}

/// Our marks in `text`, which begins on line `first`: one exception for each rule named.
fn ours(text: &[u8], first: u32, found: &mut Vec<InlineAllow>) {
    for at in memchr::memmem::find_iter(text, OURS).take(MOST_MARKS) {
        let after = &text[at + OURS.len()..];
        // `stackguard:allowed` is not our mark.
        if !bounded(text, &(at..at + OURS.len())) {
            continue;
        }
        let end = memchr::memchr(b'\n', after).unwrap_or(after.len());
        let comment = String::from_utf8_lossy(&after[..end]);
        let comment = CLOSERS.iter().fold(&*comment, |rest, closer| {
            rest.split(closer).next().unwrap_or_default()
        });
        let line = first.saturating_add(
            u32::try_from(memchr::memchr_iter(b'\n', &text[..at]).count()).unwrap_or(u32::MAX),
        );
        let (rules, reason) = rules_and_reason(comment);
        let reason = (!reason.is_empty()).then_some(reason);
        if rules.is_empty() {
            // Without a rule our own mark allows nothing: an exception says what it is for.
            found.push(InlineAllow {
                mark: OURS,
                rule: Some(String::new()),
                reason,
                line,
            });
            continue;
        }
        found.extend(rules.into_iter().map(|rule| InlineAllow {
            mark: OURS,
            rule: Some(rule),
            reason: reason.clone(),
            line,
        }));
    }
}

/// `rule-a,rule-b, rule-c why it is fine`: rule ids, up to the first word that no comma announces.
fn rules_and_reason(comment: &str) -> (Vec<String>, String) {
    let mut rules = Vec::new();
    let mut rest = comment.trim_start();
    while rules.len() < MOST_MARKS {
        let length = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-')
            .count();
        let (word, after) = rest.split_at(length);
        // What runs on is no id: `jwt_old`, `Postgres`.
        let runs_on =
            after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '/'));
        if word.is_empty() || runs_on {
            break;
        }
        rules.push(word.to_owned());
        let spaced = after.trim_start();
        rest = match spaced.strip_prefix(',') {
            Some(next) => next.trim_start(),
            None => {
                rest = spaced;
                break;
            }
        };
    }
    let words = rest.trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, ':' | '"' | '\'' | '`' | ')' | ']' | '}' | ';' | ',')
    });
    let short: String = words.trim_end().chars().take(LONGEST_REASON).collect();
    // A reason is written by people and shown in reports: it must not carry a secret there.
    let plain = mask_words(short.trim_end_matches(['"', '\'', '`', ';', ',']));
    (rules, plain.trim().to_owned())
}

/// The marks of other tools in `text`, which begins on line `first`.
fn theirs(text: &[u8], marks: &[&'static str], first: u32, found: &mut Vec<InlineAllow>) {
    for mark in marks {
        let hit =
            memchr::memmem::find_iter(text, mark).find(|at| bounded(text, &(*at..at + mark.len())));
        if hit.is_some() {
            found.push(InlineAllow {
                mark,
                rule: None,
                reason: None,
                line: first,
            });
        }
    }
}

/// Whether the mark stands alone: `nosecrets` and `my_nosecret` are names, not marks.
fn bounded(text: &[u8], mark: &Range<usize>) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    let before = mark.start.checked_sub(1).and_then(|at| text.get(at));
    !before.is_some_and(word) && !text.get(mark.end).is_some_and(word)
}

/// What ends a comment on its line.
const CLOSERS: &[&str] = &["*/", "-->", "#}", "%>", "*)"];
/// Marks and rules read of one line.
const MOST_MARKS: usize = 16;
/// Letters of a reason that reports show.
const LONGEST_REASON: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack::expand;
    use proptest::prelude::*;

    /// The exceptions for the first `TOKEN` in the text.
    fn at(text: &str) -> Vec<InlineAllow> {
        let start = text.find("TOKEN").expect("in text");
        let line = 1 + u32::try_from(text[..start].matches('\n').count()).expect("few lines");
        around(text.as_bytes(), &(start..start + "TOKEN".len()), line)
    }

    fn rules(text: &str) -> Vec<String> {
        at(text)
            .into_iter()
            .map(|allow| allow.rule.unwrap_or_else(|| "*".into()))
            .collect()
    }

    #[test]
    fn ours_names_rules_and_holds_for_two_lines() {
        let both = ["jwt", "postgres-dsn"];
        for (text, expected) in [
            ("TOKEN # stackguard:allow jwt sample only", &["jwt"][..]),
            ("# stackguard:allow jwt sample only\nTOKEN", &["jwt"]),
            ("# stackguard:allow jwt sample only\r\nTOKEN\r\n", &["jwt"]),
            ("TOKEN # stackguard:allow jwt sample only\r\n", &["jwt"]),
            (
                "\nTOKEN /* stackguard:allow jwt sample only */ more",
                &["jwt"],
            ),
            ("/* stackguard:allow jwt sample only */ TOKEN", &["jwt"]),
            ("<!-- stackguard:allow jwt sample only --> TOKEN", &["jwt"]),
            ("<!-- stackguard:allow jwt sample only -->\nTOKEN", &["jwt"]),
            ("-- stackguard:allow jwt: sample only\nTOKEN", &["jwt"]),
            ("{# stackguard:allow jwt sample only #}TOKEN", &["jwt"]),
            (
                "{\"_\": \"stackguard:allow jwt sample only\",\n \"x\": \"TOKEN\"}",
                &["jwt"],
            ),
            ("x = 'TOKEN stackguard:allow jwt sample only'", &["jwt"]),
            (
                "TOKEN # stackguard:allow jwt,postgres-dsn sample only",
                &both,
            ),
            (
                "TOKEN # stackguard:allow jwt , postgres-dsn  sample only",
                &both,
            ),
            (
                "TOKEN # stackguard:allow jwt, postgres-dsn, sample only",
                &["jwt", "postgres-dsn", "sample"],
            ),
            (
                "# stackguard:allow jwt sample only\nTOKEN # stackguard:allow postgres-dsn sample only",
                &both,
            ),
            ("# stackguard:allow jwt sample only\n\nTOKEN", &[]),
            ("TOKEN\n# stackguard:allow jwt sample only", &[]),
            ("TOKEN # stackguard:allowed jwt", &[]),
            ("TOKEN # notstackguard:allow jwt", &[]),
        ] {
            assert_eq!(rules(text), expected, "{text}");
            for allow in at(text).iter().filter(|_| !text.contains(", sample")) {
                assert_eq!(allow.reason.as_deref(), Some("sample only"), "{text}");
            }
        }
    }

    #[test]
    fn ours_without_a_rule_allows_nothing() {
        for text in [
            "TOKEN # stackguard:allow",
            "TOKEN # stackguard:allow Because",
            "TOKEN /* stackguard:allow */",
            "TOKEN # stackguard:allow jwt_x",
            "TOKEN <!-- stackguard:allow-->",
        ] {
            let found = at(text);
            assert_eq!(found.len(), 1, "{text}");
            assert!(
                !found[0].allows("jwt") && !found[0].allows("because"),
                "{text}"
            );
        }
        let found = at("TOKEN # stackguard:allow jwt");
        assert!(found[0].allows("jwt") && !found[0].allows("jwt-2") && found[0].reason.is_none());
        assert!(at("TOKEN // stackguard:allow jwt*/")[0].allows("jwt"));
    }

    #[test]
    fn lines_are_those_of_the_marks() {
        let text = "one\ntwo # stackguard:allow a x\nBEGIN\nmiddle # stackguard:allow b x\nEND # stackguard:allow c x\n";
        let span = text.find("BEGIN").expect("in text")..text.find("END").expect("in text") + 3;
        let found = around(text.as_bytes(), &span, 3);
        let lines: Vec<_> = found
            .iter()
            .map(|allow| (allow.rule.as_deref().unwrap_or_default(), allow.line))
            .collect();
        assert_eq!(lines, [("a", 2), ("b", 4), ("c", 5)]);
    }

    #[test]
    fn peers_hold_for_their_line() {
        for mark in OTHERS {
            assert!(
                at(&format!("TOKEN // {mark}"))[0].allows("anything"),
                "{mark}"
            );
            assert!(
                at(&format!("TOKEN /*{mark}*/\r\n"))[0].allows("anything"),
                "{mark}"
            );
            assert!(at(&format!("// {mark}\nTOKEN")).is_empty(), "{mark}");
            assert!(at(&format!("TOKEN // {mark}s")).is_empty(), "{mark}");
            assert!(at(&format!("TOKEN // my_{mark}")).is_empty(), "{mark}");
        }
        assert_eq!(at("# pragma: allowlist nextline secret\nTOKEN").len(), 1);
        assert!(at("TOKEN # pragma: allowlist nextline secret").is_empty());
    }

    #[test]
    fn a_secret_does_not_allow_itself() {
        for secret in ["a-nosecret-b", "x:ggignore:y", "p@h/gitleaks:allow"] {
            let text = format!("key = \"{secret}\"");
            let start = text.find(secret).expect("in text");
            assert!(
                around(text.as_bytes(), &(start..start + secret.len()), 1).is_empty(),
                "{secret}"
            );
        }
    }

    #[test]
    fn a_reason_carries_no_secret() {
        let token = expand("{base62:32}");
        for text in [
            format!("TOKEN # stackguard:allow jwt like {token} was"),
            format!("/* stackguard:allow jwt like {token} was\nTOKEN"),
            format!("# stackguard:allow jwt {token}\nTOKEN"),
        ] {
            let found = at(&text);
            assert!(found[0].allows("jwt"));
            assert!(!format!("{found:?}").contains(&token), "{text}");
        }
        // The span itself is never part of a reason.
        let found = at("stackguard:allow jwt why TOKEN");
        assert_eq!(found[0].reason.as_deref(), Some("why"));
        let long = at(&format!(
            "# stackguard:allow jwt {}\nTOKEN",
            "word ".repeat(700)
        ));
        assert!(
            long[0]
                .reason
                .as_ref()
                .is_some_and(|reason| reason.len() <= LONGEST_REASON)
        );
    }

    #[test]
    fn long_lines_are_searched_near_the_span_only() {
        let pad = "x ".repeat(LINE_LIMIT);
        for text in [
            format!("TOKEN {pad} # stackguard:allow jwt x"),
            format!("# stackguard:allow jwt x {pad} TOKEN"),
            format!("# nosecret\n{pad}TOKEN"),
        ] {
            assert!(at(&text).is_empty());
        }
        let span = format!("a # stackguard:allow a x\n{pad}\n{pad}\nz # stackguard:allow z x\n");
        let lines: Vec<_> = around(span.as_bytes(), &(0..span.len()), 1)
            .iter()
            .map(|allow| allow.line)
            .collect();
        assert_eq!(lines, [1, 4]);
        let many = format!("TOKEN {}", "stackguard:allow ".repeat(200));
        assert!(at(&many).len() <= MOST_MARKS * MOST_MARKS);
    }

    proptest! {
        #[test]
        fn any_bytes_and_any_span(bytes in proptest::collection::vec(any::<u8>(), 0..300), start in 0usize..400, end in 0usize..400) {
            let _ = around(&bytes, &(start..end), 1);
        }

        #[test]
        fn any_mark_text(text in "(stackguard:allow|nosecret|[a-z,-]{0,3}|[ \n\r*/ä]){0,20}", start in 0usize..200, length in 0usize..50) {
            for allow in around(text.as_bytes(), &(start..start + length), 1) {
                prop_assert!(allow.line <= 1 + u32::try_from(text.matches('\n').count()).expect("few"));
            }
        }
    }
}
