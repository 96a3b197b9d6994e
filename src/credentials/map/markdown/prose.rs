//! What the words of a row say: who looks after it, and how often it is rotated.

use super::environment;
use super::table::Token;
use crate::credentials::map::{Interval, words};

/// Who looks after a row, and whether that is certain: `Reliability maintains`, `owned by platform`, `Owner: ops`.
pub(super) fn owner(tokens: &[Token]) -> Option<(String, bool)> {
    const OWNS: &[&str] = &[
        "owns",
        "own",
        "maintains",
        "maintain",
        "rotates",
        "rotate",
        "manages",
        "manage",
    ];
    const HANDLES: &[&str] = &[
        "keeps", "keep", "mirrors", "mirror", "holds", "hold", "handles", "syncs",
    ];
    const BY: &[&str] = &["owned", "maintained", "rotated", "managed"];
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1);
        let by = is_word(token, BY) && is_word(next, &["by"]);
        let titled = is_word(
            token,
            &["owner", "owners", "maintainer", "responsible", "dri"],
        ) && (matches!(next, Some(Token::Mark(':'))) || is_word(next, &["="]));
        let answers = is_word(token, &["responsible"])
            && at > 0
            && is_word(tokens.get(at - 1), &["is", "are"]);
        let named = if by || titled {
            after(&tokens[at + 2..])
        } else if answers {
            before(&tokens[..at - 1])
        } else if is_word(token, OWNS) {
            before(&tokens[..at])
        } else {
            None
        };
        if let Some(owner) = named {
            return Some((owner, true));
        }
    }
    let handles = |(at, token)| {
        is_word(token, HANDLES)
            .then(|| before(&tokens[..at]))
            .flatten()
    };
    tokens
        .iter()
        .enumerate()
        .find_map(handles)
        .map(|owner| (owner, false))
}

/// A name of a team as a map may hold it.
pub(super) fn team(words: &[&str]) -> Option<String> {
    let mut words = words;
    while let [first, rest @ ..] = words
        && ARTICLES.contains(&first.to_lowercase().as_str())
    {
        words = rest;
    }
    while let [rest @ .., last] = words
        && (ADVERBS.contains(&last.to_lowercase().as_str()) || last.eq_ignore_ascii_case("team"))
    {
        words = rest;
    }
    let name = words.join(" ").to_lowercase();
    let none = words.is_empty() || PRONOUNS.contains(&name.as_str());
    (!none && words::is_label(&name)).then_some(name)
}

/// How often: `every 90 days`, `90-day rotation`, `rotated quarterly`, and in a column about it `90d` alone.
pub(super) fn interval(tokens: &[Token], about_it: bool) -> Option<(Interval, bool)> {
    let words: Vec<String> = tokens
        .iter()
        .filter_map(|token| match token {
            Token::Word(text) | Token::Code(text) => Some(text.to_lowercase()),
            Token::Mark(_) => None,
        })
        .flat_map(|word| word.split('-').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    if !about_it
        && !words
            .iter()
            .any(|word| word.starts_with("rotat") || word == "every")
    {
        return None;
    }
    if let Some(exact) = words.iter().find_map(|word| Interval::parse(word)) {
        return Some((exact, true));
    }
    let days = (0..words.len())
        .find_map(|at| counted(&words, at, about_it))
        .or_else(|| (0..words.len()).find_map(|at| adverb(&words, at)))?;
    Interval::parse(&format!("{days}d")).map(|interval| (interval, false))
}

/// The days of `90 days`, `every quarter`, `every other month`, `half a year`, `twice a year`, whose unit is the word at `at`. What
/// says how often in that time makes it shorter; where that is not understood, nothing is.
fn counted(words: &[String], at: usize, about_it: bool) -> Option<u32> {
    let unit = days(words.get(at)?)?;
    if words.get(at + 1).is_some_and(|word| word == "ago") {
        return None;
    }
    let before = |back: usize| {
        let at = at.checked_sub(back)?;
        words.get(at).map(String::as_str)
    };
    let one = |word: &str| matches!(word, "a" | "an" | "each" | "every" | "per");
    let count = match before(1)? {
        "other" if before(2).is_some_and(one) => 2,
        "half" => return Some(unit / 2),
        word if one(word) => {
            let times = match before(2) {
                Some("half") => 2,
                Some("once") => 1,
                Some("twice") => 2,
                Some("thrice") => 3,
                Some("time" | "times") => number(before(3)?)?,
                _ if word.starts_with('a') && !about_it => return None,
                _ => 1,
            };
            return unit.checked_div(times);
        }
        word => number(word)?,
    };
    count.checked_mul(unit)
}

/// The days of `quarterly` and its like at `at`; `bi-weekly` may mean two things, and is not understood.
fn adverb(words: &[String], at: usize) -> Option<u32> {
    let days = match words.get(at)?.as_str() {
        "weekly" => 7,
        "fortnightly" => 14,
        "monthly" => 30,
        "quarterly" => 90,
        "semiannual" | "semiannually" | "biannually" => 182,
        "yearly" | "annually" | "annual" => 365,
        _ => return None,
    };
    let before = at.checked_sub(1).and_then(|at| words.get(at));
    match before.map(String::as_str) {
        Some("half" | "semi") => Some(days / 2),
        // Twice a year, or every two: the shorter does no harm.
        Some("bi") if days == 365 => Some(182),
        Some("bi" | "tri" | "times" | "twice" | "thrice" | "not" | "other") => None,
        _ => Some(days),
    }
}

/// A number in digits, or a small one in words.
fn number(word: &str) -> Option<u32> {
    const WORDS: [&str; 12] = [
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    let small = WORDS.iter().position(|known| *known == word);
    small
        .and_then(|at| u32::try_from(at + 1).ok())
        .or_else(|| word.parse().ok())
}

/// Whether a column about it says anything of an interval: a word, but for those that say that there is none.
pub(super) fn means_an_interval(tokens: &[Token]) -> bool {
    const NONE: &[&str] = &[
        "never", "manual", "manually", "demand", "ad-hoc", "incident",
    ];
    let mut words = tokens
        .iter()
        .filter(|token| !matches!(token, Token::Mark(_)));
    words.clone().next().is_some()
        && !words.any(|token| is_word(token, NONE) || is_word(token, environment::NONE))
}

fn days(unit: &str) -> Option<u32> {
    Some(match unit.trim_end_matches('s') {
        "day" => 1,
        "week" => 7,
        "month" => 30,
        "quarter" => 90,
        "year" => 365,
        _ => return None,
    })
}

/// The team named just before a verb: back to where the clause begins.
fn before(tokens: &[Token]) -> Option<String> {
    let start = tokens
        .iter()
        .rposition(|token| matches!(token, Token::Mark(mark) if *mark != '&'))
        .map_or(0, |at| at + 1);
    let mut words: Vec<&str> = text(&tokens[start..]);
    while let [rest @ .., last] = words.as_slice()
        && ADVERBS.contains(&last.to_lowercase().as_str())
    {
        words = rest.to_vec();
    }
    // More than a name stands there: the word next to the verb.
    let from = words.len().saturating_sub(if words.len() > MOST_WORDS {
        1
    } else {
        MOST_WORDS
    });
    team(words.get(from..)?)
}

/// The team named after `owned by`: up to where the clause ends.
fn after(tokens: &[Token]) -> Option<String> {
    let end = tokens
        .iter()
        .position(|token| matches!(token, Token::Mark(mark) if *mark != '&'))
        .unwrap_or(tokens.len());
    let words = text(&tokens[..end]);
    let stop = words
        .iter()
        .position(|word| STOPS.contains(&word.to_lowercase().as_str()))
        .unwrap_or(words.len());
    team(words.get(..stop.min(MOST_WORDS))?)
}

fn text(tokens: &[Token]) -> Vec<&str> {
    tokens
        .iter()
        .filter_map(|token| match token {
            Token::Word(word) => Some(word.as_str()),
            Token::Code(code) if code.starts_with('@') => Some(code.as_str()),
            _ => None,
        })
        .collect()
}

/// Whether a token is one of these words, in any letter case.
pub(super) fn is_word<'t>(token: impl Into<Option<&'t Token>>, words: &[&str]) -> bool {
    matches!(token.into(), Some(Token::Word(word)) if words.contains(&word.to_lowercase().as_str()))
}

/// Words of the longest name of a team.
const MOST_WORDS: usize = 3;
const ARTICLES: &[&str] = &[
    "the", "our", "team", "and", "then", "while", "but", "also", "so",
];
const ADVERBS: &[&str] = &[
    "also",
    "only",
    "still",
    "currently",
    "then",
    "now",
    "usually",
    "already",
    "will",
    "must",
    "should",
    "to",
    "can",
    "jointly",
];
const PRONOUNS: &[&str] = &[
    "it", "this", "that", "they", "we", "which", "who", "you", "i", "he", "she", "these", "those",
    "one", "nobody", "tbd", "none", "n/a",
];
const STOPS: &[&str] = &[
    "and", "who", "which", "with", "until", "for", "in", "on", "every", "to", "then", "but", "as",
    "at", "via", "from",
];
