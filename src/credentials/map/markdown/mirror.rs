//! Where the words of a row say that a credential is mirrored to.

use super::environment;
use super::item::is_name;
use super::prose::is_word;
use super::table::Token;
use crate::config::values::GithubRepository;
use crate::credentials::map::words;

/// A store that a row speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Mirror {
    /// GitHub environments or Fly apps, as written; empty when none is named.
    pub places: Vec<String>,
    /// Another repository of GitHub, `owner/name`.
    pub of: Option<String>,
    /// Whether the secrets of the repository are meant, not of an environment.
    pub repository: bool,
    /// The names it is about; empty when it is about all of the row.
    pub names: Vec<String>,
    /// What it is called there, where that is said: `as NAME`, or behind an arrow.
    pub called: Option<String>,
    /// Of the places those with an environment in brackets behind them.
    pub told: Vec<(String, String)>,
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
            of: rest.repository(FILLER),
            ..Mirror::default()
        };
        mirror.repository = is_word(rest.first(), &["repository", "repo"]);
        if mirror.repository {
            rest.skip(&["repository", "repo", "secret", "secrets", "level"]);
        }
        let opened = rest.is_mark('(') && !rest.after_opening_is_name();
        if opened {
            rest.step();
            rest.skip(FILLER);
        }
        rest.unquote();
        (mirror.places, _) = rest.places(|token| match token {
            Token::Code(text) if is_place(text) => Some(text.clone()),
            Token::Word(text) => environment::canonical(text).map(|_| text.to_lowercase()),
            _ => None,
        });
        rest.unquote();
        if opened {
            while !rest.is_empty() && !rest.is_mark(')') {
                rest.step();
            }
            rest.step();
        }
        rest.skip(FILLER);
        (mirror.names, mirror.called) = rest.names();
        // Of another repository without an environment, its own secrets are meant.
        mirror.repository |= mirror.of.is_some() && mirror.places.is_empty();
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
        let said = rest.skip(FILLER);
        if rest.is_mark('(') && !rest.after_opening_is_name() {
            rest.step();
            rest.skip(FILLER);
        }
        // Behind "app" or a colon an app is meant, in back-quotes or not.
        let app = said.iter().any(|word| word == "app" || word == "apps")
            || tokens.get(at + 1) == Some(&Token::Mark(':'));
        let (places, told) = rest.places(|token| match token {
            Token::Code(text) if is_place(text) => Some(text.clone()),
            Token::Word(text) if app && is_place(text) && text.contains('-') => Some(text.clone()),
            _ => None,
        });
        if places.is_empty() {
            continue;
        }
        if rest.is_mark(')') {
            rest.step();
        }
        rest.skip(FILLER);
        let (names, called) = rest.names();
        found.push(Mirror {
            places,
            names,
            called,
            told,
            ..Mirror::default()
        });
    }
    found
}

/// Whether something is said to be a secret on Fly, or in an app there, without the app's name.
pub(super) fn fly_unnamed(tokens: &[Token]) -> bool {
    tokens.windows(2).any(|pair| {
        is_word(&pair[0], &["fly", "fly.io", "flyio"])
            && is_word(&pair[1], &["app", "apps", "secret", "secrets"])
    }) && fly(tokens).is_empty()
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

/// An environment or an app as stores name them.
fn is_place(text: &str) -> bool {
    !is_name(text)
        && words::is_label(text)
        && !text.contains(['/', ' ', '_', '.'])
        && text.chars().any(|c| c.is_ascii_lowercase())
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

    /// `owner/name` in back-quotes, and past what only leads on to its environment.
    fn repository(&mut self, filler: &[&str]) -> Option<String> {
        let Some(Token::Code(text)) = self.first() else {
            return None;
        };
        GithubRepository::try_from(text.clone()).ok()?;
        self.step();
        self.skip(&["repository", "repo", "repo's", "repository's"]);
        if self.is_mark(',') {
            self.step();
        }
        self.skip(filler);
        Some(text.clone())
    }

    /// Steps over a mark of quotation.
    fn unquote(&mut self) {
        if matches!(self.first(), Some(Token::Mark('"' | '“' | '”'))) {
            self.step();
        }
    }

    /// Places one after another: `staging`, `production` and `preview`; and of those with an environment in brackets behind
    /// them, which that is.
    fn places(
        &mut self,
        read: impl Fn(&Token) -> Option<String>,
    ) -> (Vec<String>, Vec<(String, String)>) {
        let (mut places, mut told) = (Vec::new(), Vec::new());
        while let Some(place) = self.first().and_then(&read) {
            self.step();
            if let Some((named, rest)) = environment::in_brackets(self.0) {
                told.push((place.clone(), named.to_owned()));
                self.0 = rest;
            }
            places.push(place);
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
        (places, told)
    }

    /// The names in brackets that follow, or those after `as` or an arrow; and the latter, if it is one.
    fn names(&mut self) -> (Vec<String>, Option<String>) {
        let name = |token: &Token| match token {
            Token::Code(text) => Some(
                text.split(|c: char| c == ',' || c.is_whitespace())
                    .filter(|part| is_name(part))
                    .map(str::to_owned)
                    .collect::<Vec<_>>(),
            ),
            _ => None,
        };
        let led_to = match self.0 {
            [Token::Mark('→' | '⇒'), named, ..]
            | [Token::Mark('-'), Token::Mark('>'), named, ..] => Some(named),
            [said, named, ..] if is_word(said, &["as"]) => Some(named),
            _ => None,
        };
        if let Some(named) = led_to {
            let names = name(named).unwrap_or_default();
            let called = names.first().filter(|_| names.len() == 1).cloned();
            return (names, called);
        }
        if !self.is_mark('(') {
            return (Vec::new(), None);
        }
        let inside = self
            .0
            .iter()
            .take_while(|token| **token != Token::Mark(')'));
        (inside.filter_map(name).flatten().collect(), None)
    }
}
