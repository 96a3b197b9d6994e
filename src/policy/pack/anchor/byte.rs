//! A byte that every match of a pattern holds besides its literals: where it is missing, the pattern need not be tried.

use super::Anchor;
use regex_syntax::hir::{Hir, HirKind};

/// Bytes that are worth asking for, those that are rarest in source text first. Letters and digits stand everywhere.
const RARE: &[u8] = b"~^@|+%$!?&;\\#*{}[]<>`=:";

/// The rarest byte that every match holds, unless a literal holds it already.
pub(super) fn required(hir: &Hir, anchors: &[Anchor]) -> Option<u8> {
    let held = bytes(hir);
    RARE.iter().copied().find(|byte| {
        held.contains(byte) && !anchors.iter().any(|anchor| anchor.text.contains(byte))
    })
}

/// Every byte that all matches of a node hold.
fn bytes(hir: &Hir) -> Vec<u8> {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.to_vec(),
        HirKind::Capture(group) => bytes(&group.sub),
        HirKind::Repetition(repeat) if repeat.min >= 1 => bytes(&repeat.sub),
        HirKind::Concat(parts) => parts.iter().flat_map(bytes).collect(),
        HirKind::Alternation(branches) => {
            let mut branches = branches.iter().map(bytes);
            let first = branches.next().unwrap_or_default();
            branches.fold(first, |mut all, branch| {
                all.retain(|byte| branch.contains(byte));
                all
            })
        }
        HirKind::Class(class) => class.literal().unwrap_or_default(),
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn is_in_every_match_and_no_literal() {
        let literal = |text: &[u8]| Anchor {
            text: text.to_vec(),
            fold: false,
            next: Vec::new(),
            before: (0, 0),
            shape: super::super::Shape::Pattern,
        };
        for (pattern, byte) in [
            (r"https://\w+:(\w{8})@[a-z]+", Some(b'@')),
            // Either it is in each branch, or it counts for nothing.
            (r"https://(?:a@|b!@)\w+", Some(b'@')),
            (r"https://(?:a@|b!)\w+", None),
            // What may be left out is not required.
            (r"https://\w+(?:@\w+)?", None),
            (r"https://\w+(?:@\w+){1,2}", Some(b'@')),
            (r"https://\w+[@!]\w+", None),
            (r"https://\w+[@]\w+", Some(b'@')),
            // The literal says as much.
            (r"https://\w+:\w+", None),
        ] {
            let hir = parse(pattern).expect("parses");
            assert_eq!(required(&hir, &[literal(b"https://")]), byte, "{pattern}");
        }
    }
}
