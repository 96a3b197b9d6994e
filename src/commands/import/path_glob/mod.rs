//! Patterns over paths: regular expressions and lines of `.gitignore` as the globs an `[[allow]]` entry takes.
//!
//! Exactly or not at all: a glob that covers more than the pattern would hide findings.

use super::names::shown_path;
use crate::policy::pattern::PathPattern;
use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look};

/// A regular expression searched anywhere in a path, as one glob; why not, where there is none.
pub(super) fn of_regex(pattern: &str) -> Result<String, &'static str> {
    let hir = regex_syntax::ParserBuilder::new()
        .nest_limit(64)
        .build()
        .parse(pattern)
        .map_err(|_| "it is no regular expression that Rust knows")?;
    let mut variants = vec![Vec::new()];
    expand(&hir, &mut variants)?;
    let mut globs = Vec::new();
    for variant in variants {
        globs.extend(render(variant)?);
        if globs.len() > MOST {
            return Err(TOO_MANY);
        }
    }
    joined(globs)
}

/// A line of `.gitignore` as one glob.
pub(super) fn of_gitignore(line: &str) -> Result<String, &'static str> {
    if line.starts_with('!') {
        return Err("an exception from an exclusion has no counterpart");
    }
    let body = line
        .strip_prefix('\\')
        .filter(|rest| rest.starts_with(['#', '!']))
        .unwrap_or(line)
        .trim_end();
    let (body, only_dir) = match body.strip_suffix('/') {
        Some(body) => (body, true),
        None => (body, false),
    };
    let anchored = body.trim_start_matches("**/").contains('/');
    let body = plain(body.strip_prefix('/').unwrap_or(body))?;
    let body = if anchored || body.starts_with("**/") {
        body
    } else {
        format!("**/{body}")
    };
    if body.ends_with("/**") {
        return joined(vec![body]);
    }
    let mut globs = vec![format!("{body}/**")];
    if !only_dir {
        globs.push(body);
    }
    joined(globs)
}

/// The line with escapes before what only our globs give a meaning: braces and commas.
fn plain(body: &str) -> Result<String, &'static str> {
    let mut out = String::with_capacity(body.len());
    let mut letters = body.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let next = letters.next().ok_or("it ends with a backslash")?;
                out.extend(['\\', next]);
            }
            '{' | '}' | ',' => out.extend(['\\', letter]),
            '[' => {
                let (class, rest) = letters
                    .as_str()
                    .split_once(']')
                    .ok_or("it has a class of letters without an end")?;
                // Escapes, names and `/` within a class mean something else there than here.
                let known = |letter: char| {
                    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | ' ' | '@')
                };
                if class.is_empty() || !class.chars().all(known) || covers_slash(class) {
                    return Err("it has a class of signs");
                }
                out.push_str(&format!("[{class}]"));
                letters = rest.chars();
            }
            _ => out.push(letter),
        }
    }
    Ok(out)
}

/// Whether a range of the class has `/` in it, which a line of `.gitignore` never means.
fn covers_slash(class: &str) -> bool {
    let letters: Vec<char> = class.chars().collect();
    letters.windows(3).any(|range| match range {
        [from, '-', to] => (*from..=*to).contains(&'/'),
        _ => false,
    })
}

/// Several globs as one. Each is judged by itself: one that matches every file hides in a list of them.
fn joined(mut globs: Vec<String>) -> Result<String, &'static str> {
    globs.sort();
    globs.dedup();
    if globs.iter().any(|glob| shown_path(glob) != *glob) {
        return Err("it quotes what looks like a secret, which belongs in no configuration");
    }
    for glob in &globs {
        compiled(glob)?;
    }
    let glob = match globs.as_slice() {
        [] => return Err("no path can match it"),
        [one] => one.clone(),
        many => format!("{{{}}}", many.join(",")),
    };
    let pattern = compiled(&glob)?;
    if ORDINARY.iter().all(|path| pattern.is_match(path)) {
        return Err(EVERY_FILE);
    }
    Ok(glob)
}

fn compiled(glob: &str) -> Result<PathPattern, &'static str> {
    let pattern = PathPattern::new(glob).map_err(|_| "it has no glob of the same meaning")?;
    if pattern.is_everything() {
        return Err(EVERY_FILE);
    }
    Ok(pattern)
}

/// A piece of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// This letter.
    Letter(char),
    /// One of these, `/` not among them; as a glob writes it.
    OneOf(String),
    /// Any letter but `/`.
    Inner,
    /// Any number of letters, `/` among them.
    Any,
    /// Any number of letters, `/` not among them.
    Inners,
    /// The beginning of the path.
    Start,
    /// Its end.
    End,
}

/// Appends what `hir` matches to every variant.
fn expand(hir: &Hir, variants: &mut Vec<Vec<Piece>>) -> Result<(), &'static str> {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).map_err(|_| "it is not about text")?;
            for variant in variants.iter_mut() {
                variant.extend(text.chars().map(Piece::Letter));
            }
        }
        HirKind::Class(class) => append(variants, &one_of(class)?)?,
        HirKind::Look(look) => {
            let piece = match look {
                Look::Start | Look::StartLF => Piece::Start,
                Look::End | Look::EndLF => Piece::End,
                _ => return Err("it asks for the boundary of a word"),
            };
            append(variants, &[vec![piece]])?;
        }
        HirKind::Capture(capture) => expand(&capture.sub, variants)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| expand(part, variants))?,
        HirKind::Alternation(parts) => {
            let before = std::mem::take(variants);
            for part in parts {
                let mut these = before.clone();
                expand(part, &mut these)?;
                variants.append(&mut these);
                limited(variants)?;
            }
        }
        HirKind::Repetition(repetition) => {
            let mut one = vec![Vec::new()];
            expand(&repetition.sub, &mut one)?;
            repeat(&one, repetition.min, repetition.max, variants)?;
        }
    }
    limited(variants)
}

fn repeat(
    one: &[Vec<Piece>],
    min: u32,
    max: Option<u32>,
    variants: &mut Vec<Vec<Piece>>,
) -> Result<(), &'static str> {
    if min > 16 {
        return Err("it repeats too often");
    }
    for _ in 0..min {
        append(variants, one)?;
    }
    match max {
        None => {
            // `.` is a letter of either kind.
            let both = [vec![Piece::Inner], vec![Piece::Letter('/')]];
            let star = if one == both {
                Piece::Any
            } else if one == [vec![Piece::Inner]] {
                Piece::Inners
            } else {
                return Err("it repeats something without an end");
            };
            append(variants, &[vec![star]])
        }
        Some(max) if max == min => Ok(()),
        Some(max) if max == min + 1 => {
            let mut with = vec![Vec::new()];
            with.extend(one.iter().cloned());
            append(variants, &with)
        }
        Some(_) => Err("it repeats a number of times"),
    }
}

/// Every variant with every ending.
fn append(variants: &mut Vec<Vec<Piece>>, endings: &[Vec<Piece>]) -> Result<(), &'static str> {
    let mut all = Vec::new();
    for variant in variants.iter() {
        for ending in endings {
            all.push([variant.as_slice(), ending].concat());
        }
    }
    *variants = all;
    limited(variants)
}

fn limited(variants: &[Vec<Piece>]) -> Result<(), &'static str> {
    let pieces: usize = variants.iter().map(Vec::len).sum();
    if variants.len() > MOST || pieces > MOST * 64 {
        Err(TOO_MANY)
    } else {
        Ok(())
    }
}

/// A class of letters as variants of one piece.
fn one_of(class: &Class) -> Result<Vec<Vec<Piece>>, &'static str> {
    let Class::Unicode(class) = class else {
        return Err("it is not about text");
    };
    let has = |letter: char| {
        class
            .ranges()
            .iter()
            .any(|range| (range.start()..=range.end()).contains(&letter))
    };
    let slash = has('/').then(|| vec![Piece::Letter('/')]);
    // All letters, or all but a line end or `/`.
    let negated: ClassUnicode = {
        let mut class = class.clone();
        class.negate();
        class
    };
    let missing: Vec<char> = negated
        .ranges()
        .iter()
        .flat_map(|range| [range.start(), range.end()])
        .collect();
    if missing.iter().all(|letter| matches!(letter, '\n' | '/')) {
        let mut variants = vec![vec![Piece::Inner]];
        variants.extend(slash);
        return Ok(variants);
    }
    let mut text = String::new();
    for range in class.ranges() {
        if !range.end().is_ascii() {
            // The long s and the Kelvin sign come with (?i) and stand in no path that matters.
            if range.len() == 1 && matches!(range.start(), 'ſ' | 'K') {
                continue;
            }
            return Err("it has a class of letters beyond ASCII");
        }
        for letter in range.start()..=range.end() {
            if letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | ' ' | '@' | '+') {
                text.push(letter);
            } else if letter != '/' {
                return Err("it has a class of signs");
            }
        }
    }
    let mut variants = Vec::new();
    if !text.is_empty() {
        variants.push(vec![Piece::OneOf(format!("[{text}]"))]);
    }
    variants.extend(slash);
    Ok(variants)
}

/// The globs of one variant; none when no path can match it.
fn render(mut pieces: Vec<Piece>) -> Result<Vec<String>, &'static str> {
    let (begins, ends) = (
        pieces.first() == Some(&Piece::Start),
        pieces.last() == Some(&Piece::End),
    );
    while pieces.first() == Some(&Piece::Start) {
        pieces.remove(0);
    }
    while pieces.last() == Some(&Piece::End) {
        pieces.pop();
    }
    if !begins {
        pieces.insert(0, Piece::Any);
    }
    if !ends {
        pieces.push(Piece::Any);
    }
    pieces.dedup_by(|a, b| *a == Piece::Any && *b == Piece::Any);
    if pieces.contains(&Piece::Start) || pieces.contains(&Piece::End) {
        return Ok(Vec::new());
    }
    // No path begins with `/`, ends with it, or has two in a row.
    let slash = |piece: Option<&Piece>| piece == Some(&Piece::Letter('/'));
    let doubled = pieces
        .windows(2)
        .any(|pair| slash(pair.first()) && slash(pair.last()));
    if slash(pieces.first()) || slash(pieces.last()) || doubled {
        return Ok(Vec::new());
    }
    let mut globs = vec![String::new()];
    for (at, piece) in pieces.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| pieces.get(at));
        let after = pieces.get(at + 1);
        let endings: Vec<String> = match piece {
            Piece::Letter(letter) => vec![escaped(*letter)],
            Piece::OneOf(class) => vec![class.clone()],
            Piece::Inner => vec!["?".into()],
            Piece::Inners => vec!["*".into()],
            // Both were taken off or refused above.
            Piece::Start | Piece::End => vec![String::new()],
            Piece::Any => {
                let begins = before.is_none() || slash(before);
                let ends = after.is_none();
                match (begins, ends) {
                    (true, true) => vec!["**".into()],
                    (true, false) => vec!["**/*".into()],
                    (false, true) => vec!["*".into(), "*/**".into()],
                    (false, false) if slash(after) => vec!["*".into(), "*/**".into()],
                    (false, false) => vec!["*".into(), "*/**/*".into()],
                }
            }
        };
        globs = globs
            .iter()
            .flat_map(|glob| endings.iter().map(move |ending| format!("{glob}{ending}")))
            .collect();
        if globs.len() > MOST {
            return Err(TOO_MANY);
        }
    }
    Ok(globs)
}

fn escaped(letter: char) -> String {
    if matches!(letter, '*' | '?' | '[' | ']' | '{' | '}' | '!' | '\\' | ',') {
        format!("\\{letter}")
    } else {
        letter.to_string()
    }
}

/// Variants of one pattern.
const MOST: usize = 128;
const TOO_MANY: &str = "it would take too many globs";
const EVERY_FILE: &str = "it matches every file";
/// Files as repositories have them: what matches all of these spares none.
const ORDINARY: [&str; 8] = [
    "README.md",
    "Makefile",
    ".env",
    "src/main.rs",
    "app/routes/index.tsx",
    "deploy/prod/values.yaml",
    "docs/a b.txt",
    "id_rsa",
];

#[cfg(test)]
mod tests;
