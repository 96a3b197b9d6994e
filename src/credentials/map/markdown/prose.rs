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
        let titled = is_word(token, &["owner", "owners", "maintainer"])
            && matches!(next, Some(Token::Mark(':' | '=')));
        let named = if by || titled {
            after(&tokens[at + 2..])
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
    let counted = words.windows(2).find_map(|pair| {
        let count: u32 = match pair[0].as_str() {
            "every" | "each" | "per" => 1,
            "a" if about_it => 1,
            number => number.parse().ok()?,
        };
        Interval::parse(&format!("{}d", count.checked_mul(days(&pair[1])?)?))
    });
    let adverb = || {
        words.iter().find_map(|word| {
            let days = match word.as_str() {
                "weekly" => 7,
                "monthly" => 30,
                "quarterly" => 90,
                "semiannually" | "biannually" => 182,
                "yearly" | "annually" | "annual" => 365,
                _ => return None,
            };
            Interval::parse(&format!("{days}d"))
        })
    };
    counted.or_else(adverb).map(|interval| (interval, false))
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
