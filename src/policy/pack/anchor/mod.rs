//! Literals that every match of a rule must contain, derived from the pattern's syntax tree.
//!
//! The prefilter looks for these and nothing else, so a rule without one cannot be loaded: it
//! would need a regular expression run over every byte of every file.

mod byte;
mod tree;

use super::rule::{Matcher, Near};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::Hir;
use serde::{Deserialize, Serialize};
use tree::literals;

/// What a hit on the literal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Shape {
    /// Part of the match itself.
    Pattern,
    /// Part of the name of an assignment.
    Name,
    /// A word near which the pattern must be searched.
    Near,
    /// A noun in a sentence.
    Prose,
}

/// One literal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Anchor {
    /// The bytes; lower case if `fold`.
    pub text: Vec<u8>,
    /// Whether ASCII case is ignored.
    pub fold: bool,
    /// For literals of three bytes: the bytes that may follow (as written); empty means any.
    pub next: Vec<u8>,
    /// Fewest and most bytes of the match before the literal.
    pub before: (u32, u32),
    /// What a hit means.
    pub shape: Shape,
    /// A byte that every match with this literal holds besides it, if there is one that is worth asking for.
    pub required: Option<u8>,
}

/// Why no literal could be derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoAnchor {
    /// What is wrong, lower case, no full stop.
    pub message: String,
    /// What to change.
    pub help: String,
}

/// Shortest literal the prefilter takes, in bytes.
const SHORTEST: usize = 3;
/// From this length on a literal is rare enough not to multiply it by the members of a class, in bytes.
const ENOUGH: usize = 4;
/// A literal need not be longer than this; more only makes more strings.
const LONGEST: usize = 16;
/// Most words of a name that are joined in every way: more would be hundreds of strings.
const MOST_WORDS: usize = 3;
/// Most strings one rule may need.
const MOST: usize = 96;
/// Most bytes of a match that may stand before its literal.
const MOST_BEFORE: u32 = 512;

/// Derives the literals of a rule.
///
/// # Errors
/// When the pattern does not parse or has no literal at a bounded distance from its start.
pub(super) fn derive(
    matcher: &Matcher,
    near: Option<&Near>,
    reach: Option<u32>,
) -> Result<Vec<Anchor>, NoAnchor> {
    let mut anchors = match matcher {
        Matcher::Pattern(pattern) => match literals(&parse(pattern)?) {
            Some(found) => found,
            None => near_words(near)?,
        },
        Matcher::Assigned { names, value } => {
            if let Some(value) = value {
                regex_syntax::parse(value).map_err(|error| NoAnchor {
                    message: format!("`value` does not parse: {}", one_line(&error.to_string())),
                    help: "`value` is a regular expression for the whole value".into(),
                })?;
            }
            let mut out = Vec::new();
            for name in names {
                out.extend(name_anchors(name)?);
            }
            out
        }
        Matcher::Prose(words) => words
            .iter()
            .map(|word| word_anchor(word, Shape::Prose))
            .collect::<Result<_, _>>()?,
        // Made with its literals.
        Matcher::Exact(_) => Vec::new(),
    };
    if reach.is_some_and(|bytes| bytes > 65_536) {
        return Err(NoAnchor {
            message: "`reach` is more than 65536 bytes".into(),
            help: "a match is looked for in a bounded window round its literal".into(),
        });
    }
    anchors.sort_by(|a, b| (&a.text, a.before).cmp(&(&b.text, b.before)));
    anchors.dedup();
    if anchors.is_empty() {
        return Err(NoAnchor {
            message: "nothing to look for".into(),
            help: "give at least one name or word".into(),
        });
    }
    Ok(anchors)
}

fn parse(pattern: &str) -> Result<Hir, NoAnchor> {
    ParserBuilder::new()
        .utf8(false)
        .unicode(false)
        .build()
        .parse(pattern)
        .map_err(|error| NoAnchor {
            message: format!(
                "the pattern does not parse: {}",
                one_line(&error.to_string())
            ),
            help: "test it with `stackguard policy test FILE`".into(),
        })
}

fn one_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim().to_owned()
}

fn near_words(near: Option<&Near>) -> Result<Vec<Anchor>, NoAnchor> {
    let Some(near) = near else {
        return Err(NoAnchor {
            message: format!("the pattern has no literal of at least {SHORTEST} bytes that every match must contain"),
            help: "add a fixed prefix to the pattern, or `near = { any = [\"word\"], lines = 3 }`, or use `names`".into(),
        });
    };
    near.any
        .iter()
        .map(|word| word_anchor(word, Shape::Near))
        .collect()
}

fn word_anchor(word: &str, shape: Shape) -> Result<Anchor, NoAnchor> {
    if word.len() < SHORTEST {
        return Err(NoAnchor {
            message: format!("the word `{word}` is shorter than {SHORTEST} bytes"),
            help: "a longer word is needed to look for it quickly".into(),
        });
    }
    let mut text = word.to_ascii_lowercase().into_bytes();
    text.truncate(LONGEST);
    Ok(Anchor {
        text,
        fold: true,
        next: Vec::new(),
        before: (0, 0),
        shape,
        required: None,
    })
}

/// Whether the literals of a name say all of it, so that what holds one of them is called so.
#[must_use]
pub fn says_all(name: &str) -> bool {
    !name.contains('*') && name.len() <= LONGEST
}

/// `"twilio*auth token"`: the longest part between `*` (the first of several), with every way to join its words.
fn name_anchors(name: &str) -> Result<Vec<Anchor>, NoAnchor> {
    let part = name
        .split('*')
        .min_by_key(|part| std::cmp::Reverse(part.len()))
        .unwrap_or_default()
        .trim();
    let words: Vec<&str> = part.split(' ').filter(|word| !word.is_empty()).collect();
    if words.len() > MOST_WORDS {
        return Err(NoAnchor {
            message: format!("the name `{name}` has more than {MOST_WORDS} words in one part"),
            help: "put `*` between words, or leave some out".into(),
        });
    }
    let mut forms = vec![String::new()];
    for (index, word) in words.iter().enumerate() {
        let joints: &[&str] = if index == 0 {
            &[""]
        } else {
            &["", "_", "-", ".", " "]
        };
        forms = forms
            .iter()
            .flat_map(|form| {
                joints
                    .iter()
                    .map(move |joint| format!("{form}{joint}{word}"))
            })
            .collect();
    }
    let mut out = Vec::new();
    for form in forms {
        out.push(word_anchor(&form, Shape::Name)?);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(pattern: &str) -> Vec<String> {
        derive(&Matcher::Pattern(pattern.into()), None, None)
            .expect("has literals")
            .iter()
            .map(|anchor| {
                format!(
                    "{}{}@{:?}",
                    if anchor.fold { "~" } else { "" },
                    String::from_utf8_lossy(&anchor.text),
                    anchor.before
                )
            })
            .collect()
    }

    #[test]
    fn takes_the_prefix() {
        assert_eq!(
            texts(r"\b(sb_secret_[A-Za-z0-9_-]{20,64})\b"),
            ["sb_secret_@(0, 0)"]
        );
        assert_eq!(
            texts(r"\b(gh[pous]_[A-Za-z0-9]{36})"),
            ["gho_@(0, 0)", "ghp_@(0, 0)", "ghs_@(0, 0)", "ghu_@(0, 0)"]
        );
    }

    #[test]
    fn prefers_a_better_literal_further_in() {
        assert_eq!(
            texts(r"\b(sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})"),
            ["T3BlbkFJ@(23, 23)"]
        );
        assert_eq!(
            texts(r"https://[a-f0-9]{32}@[a-z.]{0,20}sentry/[0-9]+"),
            ["sentry/@(41, 61)"]
        );
        assert_eq!(texts(r"https://[a-f0-9]{32}@"), ["https://@(0, 0)"]);
    }

    #[test]
    fn ignores_case_where_the_pattern_does() {
        assert_eq!(texts(r"(?i)(bearer [a-z]{20})"), ["~bearer @(0, 0)"]);
    }

    #[test]
    fn every_branch_needs_one() {
        assert_eq!(
            texts(r"(?:abcd[0-9]+|[0-9]{2}efgh)"),
            ["abcd@(0, 0)", "efgh@(2, 2)"]
        );
        assert!(derive(&Matcher::Pattern("(?:abcd|[0-9]{9})".into()), None, None).is_err());
    }

    #[test]
    fn each_branch_has_a_byte_of_its_own() {
        let anchors = derive(
            &Matcher::Pattern(r"(?:abcd\w+\|x|efgh\w+=x|[a-z]efgh\w+=+y|ijkl\w+)".into()),
            None,
            None,
        )
        .expect("has literals");
        let required: Vec<_> = anchors
            .iter()
            .map(|anchor| (anchor.text.as_slice(), anchor.before, anchor.required))
            .collect();
        assert_eq!(
            required,
            [
                (&b"abcd"[..], (0, 0), Some(b'|')),
                (b"efgh", (0, 0), Some(b'=')),
                (b"efgh", (1, 1), Some(b'=')),
                (b"ijkl", (0, 0), None),
            ]
        );
        // The same literal of two branches: only what both hold counts.
        let anchors = derive(
            &Matcher::Pattern(r"(?:abcd\w+\|x=|.abcd\w+=|abcd[0-9]+;=)".into()),
            None,
            None,
        )
        .expect("has literals");
        let required: Vec<_> = anchors.iter().map(|anchor| anchor.required).collect();
        assert_eq!(required, [Some(b'='), Some(b'=')]);
    }

    #[test]
    fn three_bytes_know_what_follows() {
        let anchors =
            derive(&Matcher::Pattern(r"\b(hf_[a-c]{34})".into()), None, None).expect("has one");
        assert_eq!(
            (anchors[0].text.as_slice(), anchors[0].next.as_slice()),
            (b"hf_".as_slice(), b"abc".as_slice())
        );
        let anchors =
            derive(&Matcher::Pattern(r"\b(hf_[a-zA-Z]{34})".into()), None, None).expect("has one");
        assert_eq!(anchors[0].next.len(), 52);
        // Also in a branch, past what may be left out, and not where the pattern may end.
        for (pattern, next) in [
            (r"\b(?:hf_[a-c]{34}|api_org_\d)", "abc"),
            (r"hf_[a-c]*(?:\b[=:]|d)x", ":=abcd"),
            (r"hf_[a-c]*", ""),
        ] {
            let anchors = derive(&Matcher::Pattern(pattern.into()), None, None).expect("has one");
            let anchor = anchors.iter().find(|anchor| anchor.text == b"hf_");
            let anchor = anchor.expect("it is in each");
            assert_eq!(anchor.next, next.as_bytes(), "{pattern}");
        }
    }

    #[test]
    fn names_join_their_words() {
        let anchors = derive(
            &Matcher::Assigned {
                names: vec!["api key".into()],
                value: None,
            },
            None,
            None,
        )
        .expect("has some");
        let texts: Vec<_> = anchors
            .iter()
            .map(|anchor| String::from_utf8_lossy(&anchor.text).into_owned())
            .collect();
        assert_eq!(
            texts,
            ["api key", "api-key", "api.key", "api_key", "apikey"]
        );
        let first = name_anchors("acme*data").expect("has one");
        assert_eq!(first[0].text, b"acme");
        assert!(name_anchors("one two three four").is_err());
    }
}
