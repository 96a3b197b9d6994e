//! Opening a map, whichever of the two forms it has.

use super::guess::{Guess, GuessKind, Skipped};
use super::{CredentialMap, markdown, toml};
use crate::config::Config;
use crate::config::discover;
use crate::config::problem::ConfigError;
use crate::config::reading;
use crate::finding::{Gap, printable};
use std::path::Path;

/// The two forms of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `[[credential]]` entries.
    Toml,
    /// A document with tables.
    Markdown,
}

/// A map, and how it was read.
#[derive(Clone)]
pub struct Reading {
    /// What it says.
    pub map: CredentialMap,
    /// Its form.
    pub form: Form,
    /// What was guessed, in the order of the entries; nothing in TOML.
    pub guesses: Vec<Guess>,
    /// What gave no entry, by line; nothing in TOML.
    pub skipped: Vec<Skipped>,
    /// The file's text, for a check for values in it; never shown.
    pub text: String,
}

/// Silent of the text: a value may stand in it.
impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading")
            .field("map", &self.map)
            .field("form", &self.form)
            .field("guesses", &self.guesses)
            .field("skipped", &self.skipped)
            .finish_non_exhaustive()
    }
}

impl Form {
    /// The form of a file, by its name: `.toml`, and Markdown for all others.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        match path.extension() {
            Some(ending) if ending.eq_ignore_ascii_case("toml") => Self::Toml,
            _ => Self::Markdown,
        }
    }
}

impl Reading {
    /// What was guessed of one entry, by its place in the map.
    pub fn guesses_of(&self, entry: usize) -> impl Iterator<Item = GuessKind> {
        let first = self.guesses.partition_point(|guess| guess.entry < entry);
        self.guesses
            .iter()
            .skip(first)
            .take_while(move |guess| guess.entry == entry)
            .map(|guess| guess.kind)
    }

    /// What of the map could not be read, and so is not compared.
    pub fn gaps(&self) -> impl Iterator<Item = Gap> {
        self.skipped
            .iter()
            .filter_map(|skipped| skipped.gap(&self.map.file))
    }
}

/// Reads a map of either form. What of a Markdown index could not be understood is silent here; [`open`] tells it.
///
/// # Errors
/// A file that cannot be read, that is wrong, or that names no credential.
pub fn read(path: &Path) -> Result<CredentialMap, ConfigError> {
    open(path).map(|reading| reading.map)
}

/// Reads a map of either form, with what was guessed and left out.
///
/// # Errors
/// A file that cannot be read, that is wrong, or that names no credential.
pub fn open(path: &Path) -> Result<Reading, ConfigError> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let root = absolute
        .ancestors()
        .skip(1)
        .find(|dir| dir.join(".git").symlink_metadata().is_ok());
    let name = root
        .and_then(|root| discover::name(&absolute, root))
        .unwrap_or_else(|| printable(&path.to_string_lossy()));
    let bytes = discover::read(&absolute).map_err(|error| {
        ConfigError::new(
            format!("cannot read the credential map {name}: {error}"),
            "`[credentials] map` in stackguard.toml names it, relative to that file",
        )
    })?;
    parse(&name, Form::of(path), &bytes)
}

/// The map that the configuration names; none when it names none.
///
/// # Errors
/// As [`open`], and a file out of the repository whose configuration names it.
pub fn configured(config: &Config) -> Result<Option<Reading>, ConfigError> {
    let Some(map) = &config.credentials.value.map else {
        return Ok(None);
    };
    let path = config.beside(map.as_str());
    match config.may_read(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(ConfigError::new(
            format!("cannot read the credential map: {error}"),
            "`[credentials] map` in stackguard.toml names it, relative to that file",
        )),
        _ => open(&path).map(Some),
    }
}

/// Reads the bytes of a map that reports call `name`.
///
/// # Errors
/// As [`open`], but for the file itself.
pub fn parse(name: &str, form: Form, bytes: &[u8]) -> Result<Reading, ConfigError> {
    let text = |format| {
        reading::text(name, bytes, format)
            .map_err(|(file, problem)| ConfigError::of(vec![file.problem(problem)]))
            .map(str::to_owned)
    };
    if form == Form::Toml {
        let map = toml::read(name, bytes)?;
        return Ok(Reading {
            map,
            form,
            guesses: Vec::new(),
            skipped: Vec::new(),
            text: text("TOML")?,
        });
    }
    let text = text("Markdown")?;
    let index = markdown::read(name, &text);
    if index.map.credentials.is_empty() {
        let (message, help) = if index.any_table {
            (
                "no row of its credential table names a secret or a vault path",
                "name them in back-quotes: `vault/acme/staging.env`, `DATABASE_URL`",
            )
        } else {
            (
                "it has no credential table",
                "a table whose header names a capability and secret names or paths: `| Capability | Secret Names / Paths | Notes & Owners |`",
            )
        };
        return Err(ConfigError::new(
            format!("{name} names no credential: {message}"),
            help,
        ));
    }
    Ok(Reading {
        map: index.map,
        form,
        guesses: index.guesses,
        skipped: index.skipped,
        text,
    })
}
