//! The literals of a pattern's syntax tree: runs of pieces that every match holds, and the best of them.

use super::byte::{self, Bytes};
use super::{Anchor, ENOUGH, LONGEST, MOST, MOST_BEFORE, SHORTEST, Shape};
use regex_syntax::hir::{Class, Hir, HirKind};

/// A string every match of some node holds; `fold` once a class of both cases was in it.
#[derive(Debug, Clone, Default)]
struct Piece {
    text: Vec<u8>,
    fold: bool,
    /// The bytes that may follow, where that is known; else empty.
    next: Vec<u8>,
    /// What every match that begins so holds, as far as it differs between the strings.
    held: Bytes,
}

/// The strings a node can begin with.
struct Prefixes {
    pieces: Vec<Piece>,
    /// Whether they are the node's whole match, so that what follows may be appended.
    exact: bool,
}

/// The best set of literals inside `hir`, one of which every match holds; each with the rarest byte that such a match must
/// hold besides.
pub(super) fn literals(hir: &Hir) -> Option<Vec<Anchor>> {
    let mut found = best(hir)?;
    found.sort_by(|(a, _), (b, _)| key(a).cmp(&key(b)));
    found.dedup_by(|(later, more), (kept, held)| {
        let same = key(later) == key(kept);
        *held &= if same { *more } else { Bytes::MAX };
        same
    });
    let with_byte = |(anchor, held): Held| Anchor {
        required: byte::rarest(held, &anchor.text),
        ..anchor
    };
    Some(found.into_iter().map(with_byte).collect())
}

/// A literal, and every byte that a match with it holds.
type Held = (Anchor, Bytes);

/// What makes two literals the same.
fn key(anchor: &Anchor) -> (&[u8], bool, &[u8], (u32, u32)) {
    (&anchor.text, anchor.fold, &anchor.next, anchor.before)
}

fn best(hir: &Hir) -> Option<Vec<Held>> {
    let mut nodes = Vec::new();
    flatten(hir, &mut nodes);
    let mut chosen: Option<(u32, Vec<Held>)> = None;
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
    let all = nodes.iter().fold(0, |all, node| all | byte::held(node));
    let with_all = |(anchor, held): Held| (anchor, held | all);
    chosen.map(|(_, anchors)| anchors.into_iter().map(with_all).collect())
}

fn clamp(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

/// Longer literals are better, though neither space at the end nor the scheme of every address makes one rarer; many strings are a little worse, and bytes before them as well: where a match begins must be
/// searched for then, over many bytes if it may be far.
fn score(anchors: &[Held]) -> u32 {
    let shortest = anchors
        .iter()
        .map(|(anchor, _)| telling(&anchor.text).len())
        .min()
        .unwrap_or(0);
    let length = u32::try_from(shortest.min(10)).unwrap_or(0) * 20;
    let many = anchors.len().next_power_of_two().trailing_zeros() * 4;
    let moved = anchors
        .iter()
        .map(|(anchor, _)| match anchor.before {
            (_, 0) => 0,
            (least, most) if most - least <= FEW => 10,
            _ => 25,
        })
        .max()
        .unwrap_or(0);
    1000 + length - many - moved
}

/// What of a literal is not everywhere.
fn telling(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_end();
    let address = text
        .strip_prefix(b"https://")
        .or_else(|| text.strip_prefix(b"http://"));
    address.unwrap_or(text)
}

/// Places where a match may begin that are quickly tried, in bytes.
const FEW: u32 = 8;

/// Concatenations and groups laid out flat.
fn flatten<'h>(hir: &'h Hir, out: &mut Vec<&'h Hir>) {
    match hir.kind() {
        HirKind::Concat(children) => children.iter().for_each(|child| flatten(child, out)),
        HirKind::Capture(group) => flatten(&group.sub, out),
        _ => out.push(hir),
    }
}

/// Literals of an alternation (all branches must have some) or of something repeated at least once.
fn inside(node: &Hir, before: (u32, u32)) -> Option<Vec<Held>> {
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
            found.retain(|(anchor, _)| anchor.before.1 == 0 || repeat.max == Some(1));
            found
        }
        _ => return None,
    };
    if anchors.is_empty() || anchors.len() > MOST {
        return None;
    }
    for (anchor, _) in &mut anchors {
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
fn run_from(nodes: &[&Hir], before: (u32, u32)) -> Option<Vec<Held>> {
    let mut pieces = vec![Piece::default()];
    for (index, node) in nodes.iter().enumerate() {
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
                followed_by(&mut pieces, nodes[index..].iter().copied());
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
                    piece.next
                } else {
                    Vec::new()
                };
                let anchor = Anchor {
                    text: piece.text,
                    fold: piece.fold,
                    next,
                    before,
                    shape: Shape::Pattern,
                    required: None,
                };
                (anchor, piece.held)
            })
            .collect(),
    )
}

/// Notes what can come after strings that are all there is before these nodes.
fn followed_by<'h>(pieces: &mut [Piece], nodes: impl IntoIterator<Item = &'h Hir>) {
    let mut next = match first_bytes(nodes) {
        Some((bytes, false)) => bytes,
        _ => Vec::new(),
    };
    next.sort_unstable();
    next.dedup();
    for piece in pieces {
        piece.next.clone_from(&next);
    }
}

fn cross(left: &[Piece], right: &[Piece]) -> Vec<Piece> {
    left.iter()
        .flat_map(|head| {
            right.iter().map(move |tail| Piece {
                text: [head.text.as_slice(), tail.text.as_slice()].concat(),
                fold: head.fold || tail.fold,
                next: tail.next.clone(),
                held: head.held | tail.held,
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
                ..Piece::default()
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
                let held = byte::held(branch);
                pieces.extend(found.pieces.into_iter().map(|piece| Piece {
                    held: piece.held | held,
                    ..piece
                }));
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
    for (index, child) in children.iter().enumerate() {
        let found = prefixes(child).filter(|found| found.pieces.len() * pieces.len() <= MOST);
        if let Some(found) = &found {
            pieces = cross(&pieces, &found.pieces);
        }
        if found.is_none() {
            followed_by(&mut pieces, &children[index..]);
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
                    ..Piece::default()
                }
            }
            None => pieces.push(Piece {
                text: vec![byte],
                ..Piece::default()
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

/// The bytes with which these nodes, one after the other, can begin, and whether nothing of them need be there; none where
/// that is not known.
fn first_bytes<'h>(nodes: impl IntoIterator<Item = &'h Hir>) -> Option<(Vec<u8>, bool)> {
    let mut all = Vec::new();
    for node in nodes {
        all.extend(starts(node)?);
        if node.properties().minimum_len() != Some(0) {
            return Some((all, false));
        }
    }
    Some((all, true))
}

/// The bytes with which a match of the node that is not empty can begin; none where that is not known.
fn starts(node: &Hir) -> Option<Vec<u8>> {
    match node.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(Vec::new()),
        HirKind::Class(class) => class_bytes(class),
        HirKind::Literal(literal) => Some(literal.0.first().copied().into_iter().collect()),
        HirKind::Repetition(repeat) => starts(&repeat.sub),
        HirKind::Capture(group) => starts(&group.sub),
        HirKind::Alternation(branches) => {
            let each: Option<Vec<_>> = branches.iter().map(starts).collect();
            each.map(|each| each.concat())
        }
        HirKind::Concat(children) => Some(first_bytes(children)?.0),
    }
}
