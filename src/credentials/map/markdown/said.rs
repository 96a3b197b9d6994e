//! What a row says of all it names: system, environments, owner, interval, stores.

use super::columns::Columns;
use super::item;
use super::mirror::{self, Mirror};
use super::prose;
use super::table::{Cell, Row, Token};
use super::{Credential, GuessKind, environment};
use crate::credentials::map::{FlyPlace, GithubPlace, Interval, NamePattern, VaultPlace, words};

/// What a row says of all it names.
pub(super) struct Said {
    system: Option<String>,
    environments: Vec<String>,
    owner: Option<(String, bool)>,
    interval: Option<(Interval, bool)>,
    optional: bool,
    github: Vec<Mirror>,
    fly: Vec<Mirror>,
    line: u32,
}

impl Said {
    /// Reads the columns that are not about names.
    pub(super) fn of(row: &Row, columns: &Columns) -> Self {
        let cell = |at: Option<usize>| at.and_then(|at| row.cells.get(at));
        let tokens = |at| cell(at).map_or(&[][..], |cell| cell.tokens.as_slice());
        let capability = tokens(columns.capability);
        // Each cell ends a clause.
        let mut notes: Vec<Token> = Vec::new();
        for at in columns.notes.iter().chain(&columns.secrets) {
            notes.extend(tokens(Some(*at)).iter().cloned());
            notes.push(Token::Mark(';'));
        }
        let mut environments = environment::all(tokens(columns.environment));
        if environments.is_empty() {
            environments.extend(label(cell(columns.environment)));
        }
        if environments.is_empty() {
            environments = environment::all(capability);
        }
        let mut github = mirror::github(capability, true);
        github.extend(mirror::github(&notes, false));
        github.extend(in_column(tokens(columns.github)));
        let mut fly = mirror::fly(&notes);
        fly.extend(mirror::fly(capability));
        fly.extend(in_column(tokens(columns.fly)));
        let whole = columns.notes.iter().chain(&columns.capability);
        Self {
            system: system(capability),
            environments,
            owner: team(tokens(columns.owner))
                .map(|team| (team, true))
                .or_else(|| prose::owner(&notes)),
            interval: prose::interval(tokens(columns.rotation), true)
                .or_else(|| prose::interval(&notes, false)),
            optional: whole
                .filter_map(|at| row.cells.get(*at))
                .any(|cell| item::is_optional(&cell.plain())),
            github,
            fly,
            line: row.line,
        }
    }

    /// The environments of something that names one itself, or none.
    pub(super) fn environments(
        &self,
        own: Option<(String, bool)>,
    ) -> Vec<(String, Option<GuessKind>)> {
        if let Some((own, said)) = own {
            let told = said || self.environments.contains(&own);
            return vec![(own, (!told).then_some(GuessKind::EnvironmentFromName))];
        }
        match self.environments.as_slice() {
            [] => {}
            [only] => return vec![(only.clone(), None)],
            several => {
                return several
                    .iter()
                    .map(|name| (name.clone(), Some(GuessKind::EnvironmentOfRow)))
                    .collect();
            }
        }
        let mut mirrored: Vec<&str> = self
            .github
            .iter()
            .flat_map(|mirror| &mirror.places)
            .map(String::as_str)
            .collect();
        mirrored.dedup();
        let usual = |name: &str| {
            environment::canonical(name).map_or_else(|| name.to_owned(), str::to_owned)
        };
        match mirrored.as_slice() {
            [] => vec![("production".into(), Some(GuessKind::EnvironmentAssumed))],
            [only] => vec![(usual(only), Some(GuessKind::EnvironmentFromMirror))],
            several => several
                .iter()
                .map(|name| (usual(name), Some(GuessKind::EnvironmentFromMirror)))
                .collect(),
        }
    }

    /// Where GitHub keeps a name in an environment.
    fn github(
        &self,
        name: &NamePattern,
        environment: &str,
    ) -> Option<(GithubPlace, Option<GuessKind>)> {
        let about = |mirror: &&Mirror| {
            mirror.names.is_empty() || mirror.names.iter().any(|named| named == name.as_str())
        };
        let place = |environment: Option<String>| GithubPlace {
            environment,
            repository: None,
            name: None,
        };
        let mirrors: Vec<&Mirror> = self.github.iter().filter(about).collect();
        let all: Vec<&String> = mirrors.iter().flat_map(|mirror| &mirror.places).collect();
        if let Some(own) = all
            .iter()
            .find(|named| environment::same(named, environment))
        {
            return Some((place(Some((*own).clone())), None));
        }
        if mirrors.iter().any(|mirror| mirror.repository) {
            return Some((place(None), None));
        }
        match all.as_slice() {
            [] if mirrors.is_empty() => None,
            [] => Some((
                place(Some(environment.to_owned())),
                Some(GuessKind::GithubEnvironment),
            )),
            // The environment has another name there; where the row is of several, it is not this one's.
            [only] if self.environments.len() <= 1 => Some((place(Some((*only).clone())), None)),
            _ => None,
        }
    }

    fn fly(&self, name: &NamePattern, environment: &str) -> Option<FlyPlace> {
        let about = |mirror: &&Mirror| {
            mirror.names.is_empty() || mirror.names.iter().any(|named| named == name.as_str())
        };
        let apps: Vec<&String> = self
            .fly
            .iter()
            .filter(about)
            .flat_map(|mirror| &mirror.places)
            .collect();
        let of = |app: &str| app.split('-').find_map(environment::canonical);
        let own = apps
            .iter()
            .find(|app| of(app).is_some_and(|named| environment::same(named, environment)));
        let app = own.or_else(|| apps.iter().find(|app| of(app).is_none()))?;
        Some(FlyPlace {
            app: (**app).clone(),
            name: None,
        })
    }

    /// One entry, with what the row says of all its entries.
    pub(super) fn entry(
        &self,
        name: &str,
        environment: String,
        vault: Option<VaultPlace>,
        optional: bool,
        mut guesses: Vec<GuessKind>,
    ) -> (Credential, Vec<GuessKind>) {
        let name = NamePattern::new(name);
        let github = self.github(&name, &environment).map(|(place, guess)| {
            guesses.extend(guess);
            place
        });
        if self.owner.as_ref().is_some_and(|(_, certain)| !certain) {
            guesses.push(GuessKind::OwnerFromVerb);
        }
        if self.interval.is_some_and(|(_, exact)| !exact) {
            guesses.push(GuessKind::IntervalFromWords);
        }
        let credential = Credential {
            fly: self.fly(&name, &environment),
            name,
            environment,
            system: self.system.clone(),
            owner: self.owner.as_ref().map(|(team, _)| team.clone()),
            rotate_every: self.interval.map(|(interval, _)| interval),
            expect: None,
            optional: optional || self.optional,
            vault,
            github,
            line: self.line,
        };
        (credential, guesses)
    }
}

/// The capability without what is in brackets.
fn system(tokens: &[Token]) -> Option<String> {
    let name: Vec<&str> = tokens
        .iter()
        .take_while(|token| !matches!(token, Token::Mark('(' | ';' | ':' | ',' | '[')))
        .filter_map(|token| match token {
            Token::Word(word) | Token::Code(word) => Some(word.as_str()),
            Token::Mark(_) => None,
        })
        .collect();
    let name = name.join(" ").to_lowercase();
    words::is_label(&name).then_some(name)
}

/// The words of a column about teams.
fn team(tokens: &[Token]) -> Option<String> {
    let text: Vec<&str> = tokens
        .iter()
        .take_while(|token| !matches!(token, Token::Mark('(' | ';')))
        .filter_map(|token| match token {
            Token::Word(word) | Token::Code(word) => Some(word.as_str()),
            Token::Mark(_) => None,
        })
        .collect();
    prose::team(&text)
}

/// A cell that is one word.
fn label(cell: Option<&Cell>) -> Option<String> {
    match cell?.tokens.as_slice() {
        [Token::Word(word) | Token::Code(word)]
            if words::is_label(word) && word.chars().any(char::is_alphabetic) =>
        {
            Some(word.to_lowercase())
        }
        _ => None,
    }
}

/// Places and names in a column that is about one store.
fn in_column(tokens: &[Token]) -> Option<Mirror> {
    let mut mirror = Mirror::default();
    for token in tokens {
        match token {
            Token::Code(text) if item::is_name(text) => mirror.names.push(text.clone()),
            Token::Code(text) | Token::Word(text) if environment::canonical(text).is_some() => {
                mirror.places.push(text.to_lowercase())
            }
            Token::Code(text) if words::is_label(text) && !text.contains(['/', ' ', '.']) => {
                mirror.places.push(text.clone())
            }
            Token::Word(text) if text.eq_ignore_ascii_case("repository") => {
                mirror.repository = true
            }
            _ => {}
        }
    }
    (mirror.repository || !mirror.places.is_empty() || !mirror.names.is_empty()).then_some(mirror)
}
