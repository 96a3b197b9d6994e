//! One row of a credential table: its entries, what was guessed of each, and what was left out.

use super::columns::Columns;
use super::item::{self, Column, Item, What};
use super::pairing::{self, File, Name};
use super::prose::{self, Mirror};
use super::table::{Cell, Row, Token};
use super::{Credential, GuessKind, SkippedKind, environment};
use crate::credentials::map::guess::MOST_IN_ROW;
use crate::credentials::map::{FlyPlace, GithubPlace, Interval, NamePattern, VaultPlace, words};

/// What a row gives.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub entries: Vec<(Credential, Vec<GuessKind>)>,
    pub skipped: Vec<SkippedKind>,
}

/// What a row says of all it names.
struct Said {
    system: Option<String>,
    environments: Vec<String>,
    owner: Option<(String, bool)>,
    interval: Option<(Interval, bool)>,
    optional: bool,
    github: Vec<Mirror>,
    fly: Vec<Mirror>,
    line: u32,
}

/// A path of a row.
struct Path<'r> {
    path: &'r str,
    key: Option<&'r str>,
    engine: bool,
    item: &'r Item,
}

/// Reads a row.
pub(super) fn read(row: &Row, columns: &Columns) -> Read {
    let mut read = Read::default();
    if row
        .cells
        .iter()
        .any(|cell| item::is_non_secret(&outside_brackets(cell)))
    {
        read.skipped.push(SkippedKind::NonSecret);
        return read;
    }
    if columns
        .secrets
        .iter()
        .filter_map(|at| row.cells.get(*at))
        .any(|cell| cell.struck)
    {
        read.skipped.push(SkippedKind::Struck);
    }
    let mut items = Vec::new();
    for (at, cell) in row.cells.iter().enumerate() {
        let column = if columns.secrets.contains(&at) {
            Column::Secrets
        } else {
            Column::Notes
        };
        for found in item::items(cell, column, &mut read.skipped) {
            if !items.iter().any(|known: &Item| {
                known.what == found.what && known.environment == found.environment
            }) {
                items.push(found);
            }
        }
    }
    let (mut paths, mut names) = (Vec::new(), Vec::new());
    for item in &items {
        match &item.what {
            What::Path { path, key, engine } => paths.push(Path {
                path,
                key: key.as_deref(),
                engine: *engine,
                item,
            }),
            What::Name(name) => names.push((name.as_str(), item)),
        }
    }
    if paths.len() > MOST_IN_ROW || names.len() > MOST_IN_ROW {
        read.skipped.push(SkippedKind::TooMany);
        paths.truncate(MOST_IN_ROW);
        names.truncate(MOST_IN_ROW);
    }
    if paths.is_empty() && names.is_empty() {
        if !row.cells.iter().all(|cell| cell.tokens.is_empty()) && read.skipped.is_empty() {
            read.skipped.push(SkippedKind::NothingNamed);
        }
        return read;
    }
    let said = Said::of(row, columns);
    entries(&said, &paths, &names, &mut read);
    read
}

impl Said {
    fn of(row: &Row, columns: &Columns) -> Self {
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
        let mut github = prose::github(capability, true);
        github.extend(prose::github(&notes, false));
        github.extend(in_column(tokens(columns.github)));
        let mut fly = prose::fly(&notes);
        fly.extend(prose::fly(capability));
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
    fn environments(&self, own: Option<(String, bool)>) -> Vec<(String, Option<GuessKind>)> {
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

    fn entry(
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

fn entries(said: &Said, paths: &[Path<'_>], names: &[(&str, &Item)], read: &mut Read) {
    let of_path = |path: &Path<'_>| {
        let said = path.item.environment.clone().map(|name| (name, true));
        said.or_else(|| environment::of_path(path.path).map(|name| (name.to_owned(), false)))
    };
    let of_name = |(name, item): &(&str, &Item)| {
        let said = item.environment.clone().map(|name| (name, true));
        said.or_else(|| environment::of_name(name).map(|name| (name.to_owned(), false)))
    };
    let path_environments: Vec<_> = paths.iter().map(of_path).collect();
    let name_environments: Vec<_> = names.iter().map(of_name).collect();
    let files: Vec<File<'_>> = paths
        .iter()
        .zip(&path_environments)
        .map(|(path, own)| File {
            path: path.path,
            environment: own.as_ref().map(|(name, _)| name.as_str()),
        })
        .collect();
    let named: Vec<Name<'_>> = names
        .iter()
        .zip(&name_environments)
        .map(|((name, _), own)| Name {
            name,
            environment: own.as_ref().map(|(name, _)| name.as_str()),
        })
        .collect();
    let pairs = pairing::pair(&files, &named);
    for ((path, own), kept) in paths.iter().zip(&path_environments).zip(&pairs) {
        let mut guesses = Vec::new();
        if path.engine {
            guesses.push(GuessKind::PathOfEngine);
        }
        let from_file = name_of(path.path);
        let mut chosen: Vec<(&str, Option<&Item>)> = kept
            .iter()
            .filter_map(|at| names.get(*at))
            .map(|(name, item)| (*name, Some(*item)))
            .collect();
        if chosen.is_empty() {
            let key = path.key.filter(|key| item::is_name(key));
            if key.is_none() {
                guesses.push(GuessKind::NameFromFile);
            }
            chosen.push((key.unwrap_or(&from_file), None));
        } else if chosen.len() > 1 {
            guesses.push(GuessKind::SharedFile);
        } else if names.len() > 1 {
            guesses.push(GuessKind::NamePaired);
        }
        for (name, item) in chosen {
            let own = own
                .clone()
                .or_else(|| item.and_then(|item| of_name(&(name, item))));
            for (environment, guess) in said.environments(own) {
                let mut guesses = guesses.clone();
                guesses.extend(guess);
                let items = [Some(path.item), item];
                if items.iter().flatten().any(|item| item.unquoted) {
                    guesses.push(GuessKind::Unquoted);
                }
                let optional = items.iter().flatten().any(|item| item.optional);
                let place = VaultPlace {
                    path: path.path.to_owned(),
                    key: path.key.filter(|key| *key != name).map(str::to_owned),
                    kv: None,
                };
                read.entries
                    .push(said.entry(name, environment, Some(place), optional, guesses));
            }
        }
    }
    for (at, ((name, item), own)) in names.iter().zip(&name_environments).enumerate() {
        if pairs.iter().any(|kept| kept.contains(&at)) {
            continue;
        }
        for (environment, guess) in said.environments(own.clone()) {
            let mut guesses: Vec<GuessKind> = guess.into_iter().collect();
            if item.unquoted {
                guesses.push(GuessKind::Unquoted);
            }
            let mut entry = said.entry(name, environment, None, item.optional, guesses);
            if entry.0.github.is_none() && entry.0.fly.is_none() {
                // A name alone is one that a job sees.
                entry.0.github = Some(GithubPlace {
                    environment: Some(entry.0.environment.clone()),
                    repository: None,
                    name: None,
                });
                entry.1.push(GuessKind::GithubEnvironment);
            }
            read.entries.push(entry);
        }
    }
}

/// A credential's name by the file it is in: `database_url_staging.env` holds `DATABASE_URL`.
fn name_of(path: &str) -> String {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty() && environment::canonical(word).is_none())
            .map(str::to_ascii_uppercase)
            .collect()
    };
    let name = path
        .rsplit('/')
        .enumerate()
        .map(|(at, part)| {
            words(if at == 0 {
                environment::stem(path)
            } else {
                part
            })
        })
        .find(|words| !words.is_empty())
        .unwrap_or_default()
        .join("_");
    if name.is_empty() {
        "SECRET".into()
    } else {
        name.chars().take(200).collect()
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

/// What a cell says of all of its row: a remark in brackets right behind an item is about that item.
fn outside_brackets(cell: &Cell) -> String {
    let mut depth = 0_usize;
    let mut after_code = false;
    let mut kept = Vec::new();
    for token in &cell.tokens {
        match token {
            Token::Mark('(') if after_code || depth > 0 => depth += 1,
            Token::Mark(')') if depth > 0 => depth -= 1,
            _ if depth == 0 => kept.push(token.clone()),
            _ => {}
        }
        after_code = matches!(token, Token::Code(_));
    }
    Cell {
        tokens: kept,
        struck: false,
    }
    .plain()
}
