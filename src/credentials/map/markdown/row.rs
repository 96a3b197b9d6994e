//! One row of a credential table: its entries, what was guessed of each, and what was left out.

use super::columns::Columns;
use super::item::{self, Column, Item, What};
use super::pairing::{self, File, Name};
use super::said::Said;
use super::table::{Cell, Row, Token};
use super::{Credential, GuessKind, SkippedKind, environment};
use crate::credentials::map::guess::MOST_IN_ROW;
use crate::credentials::map::{GithubPlace, VaultPlace};

/// What a row gives.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub entries: Vec<(Credential, Vec<GuessKind>)>,
    pub skipped: Vec<SkippedKind>,
}

/// An environment that a path or a name tells itself, and whether it stands there in words.
type Own = Option<(String, bool)>;

/// A path of a row.
struct Path<'r> {
    path: &'r str,
    key: Option<&'r str>,
    engine: bool,
    item: &'r Item,
    own: Own,
}

/// A name of a row.
struct Named<'r> {
    name: &'r str,
    item: &'r Item,
    own: Own,
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
    let items = items(row, columns, &mut read.skipped);
    let kept = kept_at_work(row, columns);
    if kept == Some(false) {
        read.skipped.push(SkippedKind::NotUnderstood);
    }
    let (mut paths, mut names) = (Vec::new(), Vec::new());
    for item in &items {
        match &item.what {
            What::Path { path, key, engine } => paths.push(Path {
                path,
                key: key.as_deref(),
                engine: *engine,
                item,
                own: own(item, environment::of_path(path)),
            }),
            What::Name(name) => names.push(Named {
                name,
                item,
                own: own(item, environment::of_name(name)),
            }),
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
    let mut said = Said::of(row, columns, &mut read.skipped);
    let mut own = names
        .iter()
        .filter(|named| named.item.column == Column::Secrets || !said.is_called(named.name))
        .map(|named| named.name);
    let only = own.next().filter(|_| own.next().is_none());
    said.settle_names(only);
    if let Some(only) = only {
        names.retain(|named| named.name == only);
    }
    entries(&said, &paths, &names, kept == Some(true), &mut read);
    if said.names_more_than(&read.entries) {
        read.skipped.push(SkippedKind::OtherPlaces);
    }
    read
}

/// What the row names, each once. A secret of an engine that only the notes name counts where the row has no other path.
fn items(row: &Row, columns: &Columns, skipped: &mut Vec<SkippedKind>) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut said_besides = Vec::new();
    for (at, cell) in row.cells.iter().enumerate() {
        let column = if columns.secrets.contains(&at) {
            Column::Secrets
        } else {
            Column::Notes
        };
        for found in item::items(cell, column, skipped) {
            // Said again of one that is for all environments, an environment is only an example.
            let known = items.iter().chain(&said_besides).any(|known| {
                let again = column == Column::Notes && known.environment.is_none();
                known.what == found.what && (again || known.environment == found.environment)
            });
            if known {
                continue;
            }
            let of_engine = matches!(found.what, What::Path { engine: true, .. });
            match of_engine && column == Column::Notes {
                true => said_besides.push(found),
                false => items.push(found),
            }
        }
    }
    let is_path = |item: &Item| matches!(item.what, What::Path { .. });
    if !items.iter().any(is_path) {
        items.extend(said_besides);
    }
    items
}

/// What is said behind an item goes before what its own text tells.
fn own(item: &Item, told: Option<&str>) -> Own {
    let said = item.environment.clone().map(|name| (name, true));
    said.or_else(|| told.map(|name| (name.to_owned(), false)))
}

/// Whether what the row names is in a file such as `.env.local`, and is said to be for development alone; none when there is
/// no such file.
fn kept_at_work(row: &Row, columns: &Columns) -> Option<bool> {
    let cells = |at: &usize| row.cells.get(*at);
    let mut codes = columns
        .secrets
        .iter()
        .filter_map(cells)
        .flat_map(|cell| &cell.tokens)
        .filter_map(|token| match token {
            Token::Code(text) if item::is_dotenv(text) => Some(text.as_str()),
            _ => None,
        });
    let first = codes.next()?;
    let about: Vec<Token> = columns
        .capability
        .iter()
        .chain(&columns.environment)
        .filter_map(cells)
        .flat_map(|cell| cell.tokens.clone())
        .collect();
    let environments = environment::all(&about);
    let developed = |name: &String| environment::canonical(name) == Some("development");
    let local = |file: &str| {
        let mut parts = file.split('.');
        parts.any(|part| part == "local" || environment::canonical(part) == Some("development"))
    };
    Some(match environments.is_empty() {
        true => local(first) && codes.all(local),
        false => environments.iter().all(developed),
    })
}

fn entries(said: &Said, paths: &[Path<'_>], names: &[Named<'_>], local: bool, read: &mut Read) {
    let environment = |own: &'_ Own| own.as_ref().map(|(name, _)| name.clone());
    let path_environments: Vec<_> = paths.iter().map(|path| environment(&path.own)).collect();
    let name_environments: Vec<_> = names.iter().map(|name| environment(&name.own)).collect();
    let files = paths
        .iter()
        .zip(&path_environments)
        .map(|(path, own)| File {
            path: path.path,
            environment: own.as_deref(),
        });
    let named = names
        .iter()
        .zip(&name_environments)
        .map(|(name, own)| Name {
            name: name.name,
            environment: own.as_deref(),
        });
    let pairs = pairing::pair(&files.collect::<Vec<_>>(), &named.collect::<Vec<_>>());
    for (path, kept) in paths.iter().zip(&pairs) {
        let kept: Vec<&Named<'_>> = kept.iter().filter_map(|at| names.get(*at)).collect();
        of_file(said, path, &kept, names.len(), read);
    }
    for (at, name) in names.iter().enumerate() {
        if !pairs.iter().any(|kept| kept.contains(&at)) {
            of_name(said, name, local, read);
        }
    }
}

/// The entries of a file and of the names kept in it; `of` is how many names the row has.
fn of_file(said: &Said, path: &Path<'_>, kept: &[&Named<'_>], of: usize, read: &mut Read) {
    let mut guesses = Vec::new();
    if path.engine {
        guesses.push(GuessKind::PathOfEngine);
    }
    let from_file = name_of(path.path);
    let mut chosen: Vec<(&str, Option<&Named<'_>>)> =
        kept.iter().map(|name| (name.name, Some(*name))).collect();
    if chosen.is_empty() {
        let key = path.key.filter(|key| item::is_name(key));
        if key.is_none() {
            guesses.push(GuessKind::NameFromFile);
        }
        chosen.push((key.unwrap_or(&from_file), None));
    } else if chosen.len() > 1 {
        guesses.push(GuessKind::SharedFile);
    } else if of > 1 {
        guesses.push(GuessKind::NamePaired);
    }
    for (name, named) in chosen {
        let own = path
            .own
            .clone()
            .or_else(|| named.and_then(|named| named.own.clone()));
        let items = [Some(path.item), named.map(|named| named.item)];
        for (environment, guess) in said.environments(own) {
            let mut guesses = guesses.clone();
            guesses.extend(guess);
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

/// The entries of a name that is in no file of the row. Kept where somebody works, it is in no store.
fn of_name(said: &Said, named: &Named<'_>, local: bool, read: &mut Read) {
    for (environment, guess) in said.environments(named.own.clone()) {
        let mut guesses: Vec<GuessKind> = guess.into_iter().collect();
        if named.item.unquoted {
            guesses.push(GuessKind::Unquoted);
        }
        let mut entry = said.entry(named.name, environment, None, named.item.optional, guesses);
        if entry.0.github.is_none() && entry.0.fly.is_none() {
            if local {
                read.skipped.push(SkippedKind::Local);
                continue;
            }
            if said.is_on_some_fly() {
                read.skipped.push(SkippedKind::FlyUnnamed);
                continue;
            }
            // A name alone is one that a job sees.
            entry.0.github = Some(GithubPlace {
                environment: Some(entry.0.environment.clone()),
                repository: None,
                name: None,
            });
            entry.1.push(GuessKind::GithubAssumed);
        }
        read.entries.push(entry);
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

/// What a cell says of all of its row: a remark in brackets right behind an item is about that item.
fn outside_brackets(cell: &Cell) -> Vec<Token> {
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
    kept
}
