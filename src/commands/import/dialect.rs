//! Regular expressions of Go (RE2) in the dialect of Rust, where one text means two things.
//!
//! Most are the same in both. What is not: Go takes a brace that begins no repetition as the letter, `[` and doubled signs
//! within a class as letters, `\<` as `<`, and has `\Q…\E`
//! (<https://github.com/google/re2/wiki/Syntax>, <https://docs.rs/regex/latest/regex/#syntax>).

use std::iter::Peekable;
use std::str::Chars;

/// The same expression for Rust. One that neither knows stays so, and is refused where it is compiled.
pub(super) fn of_go(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '\\' => escape(&mut rest, &mut out),
            '[' => class(&mut rest, &mut out),
            '{' if !repeats(rest.clone()) => out.push_str("\\{"),
            _ => out.push(letter),
        }
    }
    out
}

/// What follows a backslash.
fn escape(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    match rest.next() {
        Some('Q') => {
            let mut quoted = String::new();
            while let Some(letter) = rest.next() {
                if letter == '\\' && rest.next_if_eq(&'E').is_some() {
                    break;
                }
                quoted.push(letter);
            }
            out.push_str(&regex::escape(&quoted));
        }
        // A border of a word in Rust.
        Some(sign @ ('<' | '>')) => out.push(sign),
        Some(letter) => {
            out.extend(['\\', letter]);
            // The brace of `\x{…}` and `\p{…}` is no repetition.
            if matches!(letter, 'x' | 'p' | 'P') {
                out.extend(rest.next_if_eq(&'{'));
            }
        }
        None => out.push('\\'),
    }
}

/// A class, from behind its bracket to its end.
fn class(rest: &mut Peekable<Chars<'_>>, out: &mut String) {
    out.push('[');
    out.extend(rest.next_if_eq(&'^'));
    // The first one is a letter in both.
    out.extend(rest.next_if_eq(&']'));
    while let Some(letter) = rest.next() {
        match letter {
            '\\' => escape(rest, out),
            '[' if rest.peek() != Some(&':') => out.push_str("\\["),
            ']' => return out.push(']'),
            '&' | '~' | '-' if rest.next_if_eq(&letter).is_some() => {
                out.extend([letter, '\\', letter]);
            }
            '[' => {
                // `[:alpha:]` ends with a bracket of its own.
                out.push('[');
                for inner in rest.by_ref() {
                    out.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
            }
            _ => out.push(letter),
        }
    }
}

/// Whether what follows a brace makes it a repetition: `2}`, `2,}`, `2,3}`.
fn repeats(rest: Peekable<Chars<'_>>) -> bool {
    let inside: String = rest.take_while(|letter| *letter != '}').take(16).collect();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match inside.split_once(',') {
        Some((least, most)) => is_number(least) && (most.is_empty() || is_number(most)),
        None => is_number(&inside),
    }
}

#[cfg(test)]
mod tests {
    use super::of_go;

    #[test]
    fn what_go_takes_for_letters_matches_them() {
        for (go, matches, not) in [
            (r"\$\{[^}]+\}", "${x}", "$x"),
            ("{{.*}}", "a {{ b }}", "a { b }"),
            (r"^\${[A-Z_]+}$", "${A_B}", "$A"),
            ("a{2,3}b{2}c{1,}", "aabbc", "ab"),
            ("a{,3}", "a{,3}", "aaa"),
            ("[^[]x", "ax", "[x"),
            ("^[[a]]$", "[]", "a"),
            ("^[a&&b]+$", "a&b", "c"),
            ("^[+--]$", ",", "a"),
            ("^[]a]+$", "]a", "b"),
            ("^[[:digit:]x[]+$", "1x[", "a"),
            (r"\<b\>", "<b>", "b"),
            (r"^\Qa.b{2}\E+$", "a.b{2}", "aab2"),
            (r"^\x{41}\p{Lu}$", "AB", "ab"),
        ] {
            let rust = of_go(go);
            let regex = regex::Regex::new(&rust).unwrap_or_else(|error| panic!("{go}: {error}"));
            assert!(regex.is_match(matches), "{go} as {rust}: {matches}");
            assert!(!regex.is_match(not), "{go} as {rust}: {not}");
        }
        for same in [
            r"(?i)\b([a-z0-9]{32})(?:['\s]|$)",
            r"a\\{2}",
            "a|b",
            "[a-z]{2,}",
            "(",
            "[",
        ] {
            assert_eq!(of_go(same), same);
        }
    }
}
