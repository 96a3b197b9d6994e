//! Bytes that every match of a pattern holds besides a literal: where one is missing, the pattern need not be tried.

use regex_syntax::hir::{Hir, HirKind};

/// ASCII bytes, a bit for each.
pub(super) type Bytes = u128;

/// Bytes that are worth asking for, those that are rarest in source text first. Letters and digits stand everywhere.
const RARE: &[u8] = b"~^@|+%$!?&;\\#*{}[]<>`=:/'-\"";

/// The rarest of the bytes that are held, unless the literal holds it already.
pub(super) fn rarest(held: Bytes, literal: &[u8]) -> Option<u8> {
    RARE.iter()
        .copied()
        .find(|byte| held & bit(*byte) != 0 && !literal.contains(byte))
}

/// Every byte that all matches of a node hold.
pub(super) fn held(hir: &Hir) -> Bytes {
    let all = |bytes: &[u8]| bytes.iter().fold(0, |all, byte| all | bit(*byte));
    match hir.kind() {
        HirKind::Literal(literal) => all(&literal.0),
        HirKind::Capture(group) => held(&group.sub),
        HirKind::Repetition(repeat) if repeat.min >= 1 => held(&repeat.sub),
        HirKind::Concat(parts) => parts.iter().fold(0, |all, part| all | held(part)),
        HirKind::Alternation(branches) => {
            branches.iter().map(held).reduce(|a, b| a & b).unwrap_or(0)
        }
        HirKind::Class(class) => all(&class.literal().unwrap_or_default()),
        HirKind::Empty | HirKind::Look(_) | HirKind::Repetition(_) => 0,
    }
}

/// Only ASCII counts.
fn bit(byte: u8) -> Bytes {
    if byte.is_ascii() { 1 << byte } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn is_in_every_match_and_no_literal() {
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
            assert_eq!(rarest(held(&hir), b"https://"), byte, "{pattern}");
        }
    }
}
