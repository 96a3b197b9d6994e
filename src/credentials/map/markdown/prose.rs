//! What the words of a row say: who looks after it, how often it is rotated, and where it is mirrored to.

use super::environment;
use super::item::is_name;
use super::table::Token;
use crate::credentials::map::{Interval, words};

/// A store that a row speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Mirror {
    /// GitHub environments or Fly apps, as written; empty when none is named.
    pub places: Vec<String>,
    /// Whether the secrets of the repository are meant, not of an environment.
    pub repository: bool,
    /// The names it is about; empty when it is about all of the row.
    pub names: Vec<String>,
}

/// The GitHub environments that something is mirrored to. In a cell that is all about it (`GitHub Actions (production)`), the bare
/// word is enough.
pub(super) fn github(tokens: &[Token], about_it: bool) -> Vec<Mirror> {
    const FILLER: &[&str] = &[
        "actions",
        "action",
        "environment",
        "environments",
        "env",
        "envs",
        "secret",
        "secrets",
        "the",
        "in",
        "to",
        "of",
        "for",
        "under",
        "s",
        "its",
    ];
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if !is_word(token, &["github", "github's", "github’s", "gh"]) {
            continue;
        }
        let mut rest = Rest(&tokens[at + 1..]);
        let said = rest.skip(FILLER);
        let mut mirror = Mirror {
            repository: is_word(rest.first(), &["repository", "repo"]),
            ..Mirror::default()
        };
        if mirror.repository {
            rest.skip(&["repository", "repo", "secret", "secrets", "level"]);
        }
        let opened = rest.is_mark('(') && !rest.after_opening_is_name();
        if opened {
            rest.step();
            rest.skip(FILLER);
        }
        mirror.places = rest.places(|token| match token {
            Token::Code(text) if is_place(text) => Some(text.clone()),
            Token::Word(text) => environment::canonical(text).map(|_| text.to_lowercase()),
            _ => None,
        });
        if opened {
            while !rest.is_empty() && !rest.is_mark(')') {
                rest.step();
            }
            rest.step();
        }
        rest.skip(FILLER);
        mirror.names = rest.names();
        let certain = !mirror.places.is_empty() || mirror.repository || !mirror.names.is_empty();
        let store = about_it
            && said.iter().any(|word| {
                word == "actions" || word.starts_with("env") || word.starts_with("secret")
            });
        if certain || store || is_copied(&tokens[..at]) {
            found.push(mirror);
        }
    }
    found
}

/// The Fly apps that something is mirrored to.
pub(super) fn fly(tokens: &[Token]) -> Vec<Mirror> {
    const FILLER: &[&str] = &[
        "app", "apps", "secret", "secrets", "the", "on", "in", "to", "of", "for", "s", "machine",
        "machines",
    ];
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if !is_word(token, &["fly", "fly's", "fly’s", "fly.io", "flyio"]) {
            continue;
        }
        let mut rest = Rest(&tokens[at + 1..]);
        rest.skip(FILLER);
        if rest.is_mark('(') && !rest.after_opening_is_name() {
            rest.step();
            rest.skip(FILLER);
        }
        let places = rest.places(|token| match token {
            Token::Code(text) if is_place(text) => Some(text.clone()),
            _ => None,
        });
        if places.is_empty() {
            continue;
        }
        if rest.is_mark(')') {
            rest.step();
        }
        rest.skip(FILLER);
        found.push(Mirror {
            places,
            repository: false,
            names: rest.names(),
        });
    }
    found
}

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
        let named = if is_word(token, BY) && next.is_some_and(|next| is_word(Some(next), &["by"])) {
            after(&tokens[at + 2..])
        } else if is_word(token, &["owner", "owners", "maintainer"])
            && matches!(next, Some(Token::Mark(':' | '=')))
        {
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
        let count: u32 = pair[0].parse().ok()?;
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

/// Whether what stands before speaks of copying: `deployment mirrors to`.
fn is_copied(before: &[Token]) -> bool {
    const COPIED: &[&str] = &[
        "mirror", "sync", "copie", "copy", "push", "publish", "replicat",
    ];
    before.iter().rev().take(6).any(|token| match token {
        Token::Word(word) => COPIED
            .iter()
            .any(|said| word.to_lowercase().starts_with(said)),
        _ => false,
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

/// An environment or an app as stores name them.
fn is_place(text: &str) -> bool {
    !is_name(text)
        && words::is_label(text)
        && !text.contains(['/', ' ', '_', '.'])
        && text.chars().any(|c| c.is_ascii_lowercase())
}

fn is_word<'t>(token: impl Into<Option<&'t Token>>, words: &[&str]) -> bool {
    matches!(token.into(), Some(Token::Word(word)) if words.contains(&word.to_lowercase().as_str()))
}

/// The tokens not read yet.
struct Rest<'t>(&'t [Token]);

impl<'t> Rest<'t> {
    fn first(&self) -> Option<&'t Token> {
        self.0.first()
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn step(&mut self) {
        self.0 = self.0.get(1..).unwrap_or_default();
    }

    fn is_mark(&self, mark: char) -> bool {
        matches!(self.first(), Some(Token::Mark(found)) if *found == mark)
    }

    /// Whether a list of names begins here: `(` and a name.
    fn after_opening_is_name(&self) -> bool {
        matches!(self.0.get(1), Some(Token::Code(text)) if is_name(text))
    }

    /// Steps over words that say nothing, and colons; gives the words.
    fn skip(&mut self, filler: &[&str]) -> Vec<String> {
        let mut said = Vec::new();
        while let Some(token) = self.first() {
            match token {
                Token::Word(word) if filler.contains(&word.to_lowercase().as_str()) => {
                    said.push(word.to_lowercase())
                }
                Token::Mark(':' | '\'' | '’') => {}
                _ => break,
            }
            self.step();
        }
        said
    }

    /// Places one after another: `staging`, `production` and `preview`.
    fn places(&mut self, read: impl Fn(&Token) -> Option<String>) -> Vec<String> {
        let mut places = Vec::new();
        while let Some(place) = self.first().and_then(&read) {
            places.push(place);
            self.step();
            let between = self.0.iter().take(2).take_while(|token| {
                matches!(token, Token::Mark(',' | '/' | '&' | '+'))
                    || is_word(*token, &["and", "or"])
            });
            let between = between.count();
            if self.0.get(between).and_then(&read).is_none() {
                break;
            }
            self.0 = self.0.get(between..).unwrap_or_default();
        }
        places
    }

    /// The names in brackets that follow, or the one after `as`.
    fn names(&mut self) -> Vec<String> {
        let name = |token: &Token| match token {
            Token::Code(text) => Some(
                text.split(|c: char| c == ',' || c.is_whitespace())
                    .filter(|part| is_name(part))
                    .map(str::to_owned)
                    .collect::<Vec<_>>(),
            ),
            _ => None,
        };
        if is_word(self.first(), &["as"]) {
            return self.0.get(1).and_then(name).unwrap_or_default();
        }
        if !self.is_mark('(') {
            return Vec::new();
        }
        self.0
            .iter()
            .take_while(|token| **token != Token::Mark(')'))
            .filter_map(name)
            .flatten()
            .collect()
    }
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
