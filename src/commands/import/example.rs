//! An example for a pattern, as a template: random letters are drawn when it is expanded, so no secret stands in it.

use crate::policy::pack::expand;
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind};

/// A template whose expansion the pattern matches; none when none was found.
pub(super) fn of(pattern: &str) -> Option<String> {
    let hir = parse(pattern)?;
    let mut out = String::new();
    write(&hir, &mut out, 64)?;
    let regex = regex::RegexBuilder::new(pattern)
        .size_limit(16 << 20)
        .build()
        .ok()?;
    let padded = [out.clone(), format!("{out} ")];
    padded
        .into_iter()
        .find(|template| regex.is_match(&expand(template)))
}

/// Whether every match holds the word, in any case.
pub(super) fn always_holds(pattern: &str, word: &str) -> bool {
    parse(pattern).is_some_and(|hir| {
        let mut runs = vec![String::new()];
        literals(&hir, &mut runs, 64);
        runs.iter().any(|run| run.contains(word))
    })
}

fn parse(pattern: &str) -> Option<Hir> {
    regex_syntax::ParserBuilder::new()
        .nest_limit(64)
        .build()
        .parse(pattern)
        .ok()
}

/// Lower-case runs of letters that every match has; a class of one letter in two cases counts as the letter.
fn literals(hir: &Hir, runs: &mut Vec<String>, depth: u32) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    let one = match hir.kind() {
        HirKind::Literal(literal) => Some(String::from_utf8_lossy(&literal.0).to_ascii_lowercase()),
        HirKind::Class(Class::Unicode(class)) => folded(class).map(String::from),
        HirKind::Capture(capture) => return literals(&capture.sub, runs, depth),
        HirKind::Concat(parts) => return parts.iter().for_each(|part| literals(part, runs, depth)),
        HirKind::Repetition(repetition) if repetition.min > 0 => {
            runs.push(String::new());
            literals(&repetition.sub, runs, depth);
            None
        }
        HirKind::Look(_) | HirKind::Empty => return,
        _ => None,
    };
    match (one, runs.last_mut()) {
        (Some(text), Some(run)) => run.push_str(&text),
        _ => runs.push(String::new()),
    }
}

fn folded(class: &ClassUnicode) -> Option<char> {
    let mut letters = class
        .ranges()
        .iter()
        .flat_map(|range| [range.start(), range.end()])
        .filter(char::is_ascii);
    let first = letters.next()?.to_ascii_lowercase();
    let small = class.ranges().iter().all(|range| range.len() == 1);
    (small && letters.all(|letter| letter.to_ascii_lowercase() == first)).then_some(first)
}

fn write(hir: &Hir, out: &mut String, depth: u32) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    if out.len() > LONGEST {
        return None;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => out.push_str(&drawn(class, 1)?),
        HirKind::Capture(capture) => write(&capture.sub, out, depth)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, out, depth))?,
        HirKind::Alternation(parts) => write(parts.first()?, out, depth)?,
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            let times = if repetition.min == 0 {
                0
            } else {
                repetition.min.max(24).min(most)
            };
            match repetition.sub.kind() {
                HirKind::Class(class) => out.push_str(&drawn(class, times)?),
                _ => {
                    for _ in 0..repetition.min {
                        write(&repetition.sub, out, depth)?;
                    }
                }
            }
        }
    }
    Some(())
}

/// So many letters of a class: an alphabet, if the class has all of one.
fn drawn(class: &Class, times: u32) -> Option<String> {
    let Class::Unicode(class) = class else {
        return None;
    };
    if times == 0 {
        return Some(String::new());
    }
    let has = |letter: char| {
        class
            .ranges()
            .iter()
            .any(|range| (range.start()..=range.end()).contains(&letter))
    };
    let all = |from: char, to: char| (from..=to).all(has);
    let (lower, upper, digit) = (all('a', 'z'), all('A', 'Z'), all('0', '9'));
    let name = match (lower, upper, digit) {
        (true, true, true) => "base62",
        (true, false, true) => "alnum",
        (false, true, _) if all('2', '7') => "base32",
        (false, false, true) if all('a', 'f') => "hex",
        (false, false, true) if all('A', 'F') => "HEX",
        (true, ..) => "lower",
        (false, true, _) => "upper",
        (false, false, true) => "digit",
        _ => {
            let letter = [' ', '"', '\'', '=', ':', '-', '_', '.', '/']
                .into_iter()
                .find(|letter| has(*letter));
            let letter = letter.or_else(|| class.ranges().first().map(|range| range.start()))?;
            return Some(
                letter
                    .to_string()
                    .repeat(usize::try_from(times).ok()?.min(LONGEST)),
            );
        }
    };
    (times < 5000).then(|| format!("{{{name}:{times}}}"))
}

/// Bytes of a template.
const LONGEST: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_match_and_hold_no_secret() {
        for (pattern, template) in [
            (r"\b(acme_[A-Za-z0-9]{32})\b", "acme_{base62:32}"),
            (r"(?:x|y)-[a-f0-9]{8,}", "x-{hex:24}"),
            (r"tok[0-9]{3}z?", "tok{digit:3}"),
        ] {
            assert_eq!(of(pattern).as_deref(), Some(template));
        }
        assert_eq!(of("("), None);
        assert!(
            always_holds("(?i)ACME_[a-z]{9}", "acme") && !always_holds("(acme|x)[a-z]{9}", "acme")
        );
    }
}
