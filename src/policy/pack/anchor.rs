//! Literals that every match of a rule must contain, derived from the pattern's syntax tree.
//!
//! The prefilter looks for these and nothing else, so a rule without one cannot be loaded: it
//! would need a regular expression run over every byte of every file.

use super::rule::{Matcher, Near};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};
use serde::{Deserialize, Serialize};

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
        Matcher::Pattern(pattern) => {
            let hir = ParserBuilder::new()
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
                })?;
            match best(&hir) {
                Some(found) => found,
                None => near_words(near)?,
            }
        }
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
    })
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

/// A string every match of some node holds; `fold` once a class of both cases was in it.
#[derive(Debug, Clone, Default)]
struct Piece {
    text: Vec<u8>,
    fold: bool,
}

/// The strings a node can begin with.
struct Prefixes {
    pieces: Vec<Piece>,
    /// Whether they are the node's whole match, so that what follows may be appended.
    exact: bool,
}

/// The best set of literals inside `hir`, one of which every match holds.
fn best(hir: &Hir) -> Option<Vec<Anchor>> {
    let mut nodes = Vec::new();
    flatten(hir, &mut nodes);
    let mut chosen: Option<(u32, Vec<Anchor>)> = None;
    let mut before = (0u32, Some(0u32));
    for (index, node) in nodes.iter().enumerate() {
        let (Some(most), true) = (before.1, before.1.is_some_and(|most| most <= MOST_BEFORE))
        else {
            break;
        };
        let here = (before.0, most);
        for candidate in [run_from(&nodes[index..], here), inside(node, here)] {
            let Some(anchors) = candidate else { continue };
            let score = score(&anchors);
            if chosen.as_ref().is_none_or(|(old, _)| score > *old) {
                chosen = Some((score, anchors));
            }
        }
        let properties = node.properties();
        before.0 += clamp(properties.minimum_len().unwrap_or(0));
        before.1 = before
            .1
            .zip(properties.maximum_len())
            .map(|(sum, more)| sum.saturating_add(clamp(more)));
    }
    chosen.map(|(_, anchors)| anchors)
}

fn clamp(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Longer literals are better; many strings, and bytes before them, are a little worse.
fn score(anchors: &[Anchor]) -> u32 {
    let shortest = anchors
        .iter()
        .map(|anchor| anchor.text.len())
        .min()
        .unwrap_or(0);
    let length = u32::try_from(shortest.min(10)).unwrap_or(0) * 20;
    let many = anchors.len().next_power_of_two().trailing_zeros() * 4;
    let moved = u32::from(anchors.iter().any(|anchor| anchor.before.1 > 0)) * 10;
    1000 + length - many - moved
}

/// Concatenations and groups laid out flat.
fn flatten<'h>(hir: &'h Hir, out: &mut Vec<&'h Hir>) {
    match hir.kind() {
        HirKind::Concat(children) => children.iter().for_each(|child| flatten(child, out)),
        HirKind::Capture(group) => flatten(&group.sub, out),
        _ => out.push(hir),
    }
}

/// Literals of an alternation (all branches must have some) or of something repeated at least once.
fn inside(node: &Hir, before: (u32, u32)) -> Option<Vec<Anchor>> {
    let mut anchors = match node.kind() {
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(best(branch)?);
            }
            all
        }
        HirKind::Repetition(repeat) if repeat.min >= 1 => {
            let mut found = best(&repeat.sub)?;
            // Only the first repetition is meant: the literal may stand in it.
            found.retain(|anchor| anchor.before.1 == 0 || repeat.max == Some(1));
            found
        }
        _ => return None,
    };
    if anchors.is_empty() || anchors.len() > MOST {
        return None;
    }
    for anchor in &mut anchors {
        anchor.before = (
            anchor.before.0 + before.0,
            anchor.before.1.saturating_add(before.1),
        );
        if anchor.before.1 > MOST_BEFORE {
            return None;
        }
    }
    Some(anchors)
}

/// The strings that the nodes from here on must begin with, while they can be written out.
fn run_from(nodes: &[&Hir], before: (u32, u32)) -> Option<Vec<Anchor>> {
    let mut pieces = vec![Piece::default()];
    let mut next = Vec::new();
    for node in nodes {
        if pieces.iter().all(|piece| piece.text.len() >= LONGEST) {
            break;
        }
        // A class is written out only while the literals are short: `abcd[0-9]` is better left at `abcd`.
        let enough = pieces.iter().all(|piece| piece.text.len() >= ENOUGH);
        let prefixes = prefixes(node);
        let product = prefixes
            .as_ref()
            .filter(|found| {
                found.pieces.len() * pieces.len() <= MOST && (!enough || found.pieces.len() <= 2)
            })
            .map(|found| cross(&pieces, &found.pieces));
        match product {
            Some(longer) => {
                pieces = longer;
                if !prefixes.is_some_and(|found| found.exact) {
                    break;
                }
            }
            None => {
                next = first_bytes(node);
                break;
            }
        }
    }
    if pieces.iter().any(|piece| piece.text.len() < SHORTEST) {
        return None;
    }
    Some(
        pieces
            .into_iter()
            .map(|mut piece| {
                piece.text.truncate(LONGEST);
                if piece.fold {
                    piece.text.make_ascii_lowercase();
                }
                let next = if piece.text.len() == SHORTEST {
                    next.clone()
                } else {
                    Vec::new()
                };
                Anchor {
                    text: piece.text,
                    fold: piece.fold,
                    next,
                    before,
                    shape: Shape::Pattern,
                }
            })
            .collect(),
    )
}

fn cross(left: &[Piece], right: &[Piece]) -> Vec<Piece> {
    left.iter()
        .flat_map(|head| {
            right.iter().map(move |tail| Piece {
                text: [head.text.as_slice(), tail.text.as_slice()].concat(),
                fold: head.fold || tail.fold,
            })
        })
        .collect()
}

/// The strings `node` must begin with, if they are few.
fn prefixes(node: &Hir) -> Option<Prefixes> {
    match node.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(Prefixes {
            pieces: vec![Piece::default()],
            exact: true,
        }),
        HirKind::Literal(literal) => Some(Prefixes {
            pieces: vec![Piece {
                text: literal.0.to_vec(),
                fold: false,
            }],
            exact: true,
        }),
        HirKind::Class(class) => class_pieces(class).map(|pieces| Prefixes {
            pieces,
            exact: true,
        }),
        HirKind::Capture(group) => prefixes(&group.sub),
        HirKind::Repetition(repeat) if repeat.min >= 1 && repeat.min <= 4 => {
            let once = prefixes(&repeat.sub)?;
            let mut pieces = once.pieces.clone();
            let mut exact = once.exact;
            for _ in 1..repeat.min {
                if !exact || pieces.len() * once.pieces.len() > MOST {
                    return Some(Prefixes {
                        pieces,
                        exact: false,
                    });
                }
                pieces = cross(&pieces, &once.pieces);
            }
            exact &= repeat.max == Some(repeat.min);
            Some(Prefixes { pieces, exact })
        }
        HirKind::Repetition(repeat) if repeat.min == 0 && repeat.max == Some(1) => {
            let once = prefixes(&repeat.sub).filter(|once| once.exact)?;
            let mut pieces = once.pieces;
            pieces.push(Piece::default());
            Some(Prefixes {
                pieces,
                exact: true,
            })
        }
        HirKind::Alternation(branches) => {
            let mut pieces = Vec::new();
            let mut exact = true;
            for branch in branches {
                let found = prefixes(branch)?;
                exact &= found.exact;
                pieces.extend(found.pieces);
            }
            Some(Prefixes { pieces, exact })
        }
        HirKind::Concat(children) => Some(prefixes_in_order(children)),
        HirKind::Repetition(_) => None,
    }
}

/// The strings `children`, one after the other, must begin with, as far as they are few.
fn prefixes_in_order(children: &[Hir]) -> Prefixes {
    let mut pieces = vec![Piece::default()];
    for child in children {
        let found = prefixes(child).filter(|found| found.pieces.len() * pieces.len() <= MOST);
        if let Some(found) = &found {
            pieces = cross(&pieces, &found.pieces);
        }
        if !found.is_some_and(|found| found.exact) {
            return Prefixes {
                pieces,
                exact: false,
            };
        }
    }
    Prefixes {
        pieces,
        exact: true,
    }
}

/// A small class written out; `[Kk]` is one piece that ignores case.
fn class_pieces(class: &Class) -> Option<Vec<Piece>> {
    let bytes = class_bytes(class)?;
    if bytes.len() > 16 {
        return None;
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for byte in bytes {
        let lower = byte.to_ascii_lowercase();
        match pieces
            .iter_mut()
            .find(|piece| piece.text[0].eq_ignore_ascii_case(&byte))
        {
            Some(piece) => {
                *piece = Piece {
                    text: vec![lower],
                    fold: true,
                }
            }
            None => pieces.push(Piece {
                text: vec![byte],
                fold: false,
            }),
        }
    }
    (pieces.len() <= 12).then_some(pieces)
}

fn class_bytes(class: &Class) -> Option<Vec<u8>> {
    let Class::Bytes(class) = class else {
        return class.literal().filter(|bytes| bytes.len() == 1);
    };
    Some(
        class
            .iter()
            .flat_map(|range| range.start()..=range.end())
            .collect(),
    )
}

/// The bytes `node` can begin with; empty when that is not known.
fn first_bytes(node: &Hir) -> Vec<u8> {
    match node.kind() {
        HirKind::Class(class) => class_bytes(class).unwrap_or_default(),
        HirKind::Repetition(repeat) if repeat.min >= 1 => first_bytes(&repeat.sub),
        HirKind::Capture(group) => first_bytes(&group.sub),
        HirKind::Literal(literal) => literal.0.first().copied().into_iter().collect(),
        HirKind::Concat(children) => children
            .iter()
            .find(|child| child.properties().minimum_len() != Some(0))
            .map(first_bytes)
            .unwrap_or_default(),
        _ => Vec::new(),
    }
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
