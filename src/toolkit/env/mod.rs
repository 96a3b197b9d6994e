//! Settings that say where a database is: `.env` files, `[env]` of fly.toml, fly.json and fly.yaml, environments of compose files
//! and workflows.

mod dotenv;

use super::canon::Canon;
use super::connection::Connection;
use super::document::{Node, Unreadable, json, toml, yaml};
use super::stores::Judge;
use super::variables::{UNKNOWN, resolve};
use super::{Fact, Found, LARGEST, gap, text_of};
use crate::finding::RepoPath;
use crate::tree::{Draft, FileView};
use std::ops::Range;

/// Whether a file is a template that others fill in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Template {
    /// `.env.example`: only what is truly an address of a store says something.
    Yes,
    /// The values are in use.
    No,
}

/// Whether a file holds settings: `.env` of any kind, or what flyctl reads.
pub(super) fn wants(path: &RepoPath, _canon: &Canon) -> bool {
    is_fly(path) || is_dotenv(path)
}

/// Judges the settings of a file.
pub(super) fn inspect(file: &FileView<'_>, canon: &Canon) -> Found {
    let text = match text_of(file, LARGEST) {
        Ok(text) => text,
        Err(why) => return Found::unread(file, why),
    };
    if is_fly(file.path) {
        return fly(file, text, canon);
    }
    let name = file.path.file_name();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let template = if has(&["example", "sample", "template", "dist", "tmpl", "default"]) {
        Template::Yes
    } else {
        Template::No
    };
    let weights = canon.weights();
    let weight = match template {
        Template::Yes => weights.example,
        Template::No if has(&[".test", ".ci", ".e2e"]) => weights.test,
        Template::No => None,
    };
    let judge = Judge::new(canon, file).at_most(weight);
    Found::drafts(
        dotenv::dotenv(text)
            .iter()
            .filter_map(|one| self::judge(one, &judge, template)),
    )
}

/// Judges the image and the `[env]` of a fly.toml, fly.json or fly.yaml.
fn fly(file: &FileView<'_>, text: &str, canon: &Canon) -> Found {
    let root = match file.path.extension() {
        "toml" => toml(text),
        "json" => json(text),
        _ => yaml(text).and_then(|documents| {
            let none = Unreadable {
                line: 1,
                why: "it is no YAML",
            };
            documents.into_iter().next().ok_or(none)
        }),
    };
    let root = match root {
        Ok(root) => root,
        Err(_) if canon.is_test(file.path) => return Found::default(),
        // Where the fly guard runs, it says so.
        Err(error) => {
            let unread = gap(
                file,
                Some(error.line),
                &format!(
                    "{}, so the stores its `[env]` points at are not known",
                    error.why
                ),
            );
            return Found {
                facts: vec![Fact::BrokenFly(unread)],
                ..Found::default()
            };
        }
    };
    let judge = Judge::new(canon, file);
    let image = root.get("build").and_then(|build| build.get("image"));
    let image = image.and_then(|image| judge.image(image.text()?, image.span.clone()));
    let settings = root.get("env").map(Assignment::of).unwrap_or_default();
    let settings = settings
        .iter()
        .filter_map(|one| self::judge(one, &judge, Template::No));
    Found::drafts(image.into_iter().chain(settings))
}

/// What a setting says of a store that is not Supabase's. The value decides; the name only where the value is no address.
pub(super) fn judge(
    setting: &Assignment,
    judge: &Judge<'_, '_>,
    template: Template,
) -> Option<Draft> {
    let resolved = resolve(&setting.value);
    let value = resolved.trim();
    if says_nothing(value) {
        return None;
    }
    let key = setting.key.as_str();
    if let Some(found) = kind(setting, value, judge) {
        return Some(found);
    }
    let host = POSTGRES_HOSTS.contains(&key);
    let found = judge.address(
        key,
        value,
        host,
        setting.key_span.clone(),
        &setting.value_span,
    );
    let address = Connection::parse(value)
        .scheme
        .is_some_and(|scheme| !scheme.starts_with("http"));
    // `MYSQL_CLIENT` of Laravel's images is the package of a program, which needs no server.
    let program = key.ends_with("_CLIENT");
    if found.is_some() || host || address || program || template == Template::Yes {
        return found;
    }
    let category = judge.canon.env_name(key)?;
    let message = format!(
        "`{key}` is set for {}; {}",
        category.store, category.instead
    );
    judge.draft(
        category,
        setting.key_span.clone(),
        std::slice::from_ref(&setting.value_span),
        message,
        key.to_owned(),
        None,
    )
}

/// A setting that says by a word which store is used: `DB_CONNECTION=mysql`, `QUEUE_CONNECTION=redis`.
fn kind(setting: &Assignment, value: &str, judge: &Judge<'_, '_>) -> Option<Draft> {
    let key = setting.key.as_str();
    let of_database = DATABASES
        .iter()
        .filter_map(|start| key.strip_prefix(start))
        .any(|rest| KINDS.contains(&rest));
    // Django names the module: `django.db.backends.mysql`.
    let word = value.rsplit('.').next().unwrap_or(value);
    let span = setting.key_span.clone();
    if of_database {
        judge.dialect(key, word, span)
    } else if DRIVERS.contains(&key) {
        judge.driver(key, word, span)
    } else {
        None
    }
}

/// Whether a value is left to others, made up, or says "no".
fn says_nothing(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let marks = [
        "{{",
        "<",
        "your-",
        "your_",
        "yourpassword",
        "changeme",
        "change-me",
        "change_me",
        "placeholder",
        "xxx",
        "...",
        "secrets.",
        "%env",
    ];
    lower.is_empty()
        || lower.contains(UNKNOWN)
        || lower.starts_with("op://")
        || marks.iter().any(|mark| lower.contains(mark))
        || matches!(
            lower.as_str(),
            "false"
                | "0"
                | "no"
                | "off"
                | "none"
                | "null"
                | "undefined"
                | "disabled"
                | "todo"
                | "dummy"
                | "test"
        )
}

/// The names flyctl looks for, and those people give its `--config`.
fn is_fly(path: &RepoPath) -> bool {
    let name = path.file_name();
    let Some((stem, extension)) = name.rsplit_once('.') else {
        return false;
    };
    let staged = ["fly.", "fly-", "fly_"]
        .iter()
        .any(|start| stem.starts_with(start));
    let named = [".fly", "-fly", "_fly"]
        .iter()
        .any(|end| stem.ends_with(end));
    match extension {
        "toml" => stem == "fly" || staged || named,
        "json" | "yaml" => stem == "fly" || stem.starts_with("fly."),
        _ => false,
    }
}

fn is_dotenv(path: &RepoPath) -> bool {
    let name = path.file_name();
    let code = [
        "ts", "js", "mjs", "cjs", "tsx", "json", "md", "py", "rb", "go", "rs", "yml", "yaml", "sh",
        "age", "enc", "gpg",
    ]
    .contains(&path.extension());
    let dotted = name == ".env"
        || name.starts_with(".env.")
        || name.starts_with(".env-")
        || name.starts_with(".env_");
    !code
        && (dotted
            || name.ends_with(".env")
            || name.contains(".env.")
            || matches!(
                name,
                ".envrc" | ".flaskenv" | ".dev.vars" | "env.example" | "env.sample" | "dotenv"
            ))
}

/// Variables that hold the host of a Postgres and nothing else (<https://www.postgresql.org/docs/current/libpq-envars.html>).
const POSTGRES_HOSTS: &[&str] = &[
    "PGHOST",
    "PGHOSTADDR",
    "PG_HOST",
    "POSTGRES_HOST",
    "POSTGRES_HOSTNAME",
    "POSTGRESQL_HOST",
    "SUPABASE_DB_HOST",
];

/// What the names of settings begin with that say which database is used, and what they end in.
const DATABASES: &[&str] = &["DB_", "DATABASE_", "TYPEORM_"];
const KINDS: &[&str] = &[
    "ADAPTER",
    "BACKEND",
    "CLIENT",
    "CONNECTION",
    "DIALECT",
    "DRIVER",
    "ENGINE",
    "PROVIDER",
    "TYPE",
];
/// Settings that say what keeps the cache, the sessions and the queues of Laravel (<https://laravel.com/docs/configuration>).
const DRIVERS: &[&str] = &[
    "BROADCAST_CONNECTION",
    "BROADCAST_DRIVER",
    "CACHE_DRIVER",
    "CACHE_STORE",
    "QUEUE_CONNECTION",
    "QUEUE_DRIVER",
    "SESSION_DRIVER",
];

/// A name and the value it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Assignment {
    /// The name, as written.
    pub(super) key: String,
    /// Where the name stands.
    pub(super) key_span: Range<usize>,
    /// The value, quotes left out.
    pub(super) value: String,
    /// Where the value stands, quotes perhaps included.
    pub(super) value_span: Range<usize>,
}

impl Assignment {
    /// Those of a map (`KEY: value`), or a list of words (`- KEY=value`) or of maps (`[[env]]`).
    pub(super) fn of(node: &Node) -> Vec<Self> {
        if !node.items().is_empty() && node.items().iter().all(|item| item.text().is_none()) {
            return node.items().iter().flat_map(Self::map).collect();
        }
        let words = node.items().iter().filter_map(|item| {
            let (key, value) = item.text()?.split_once('=')?;
            Some(Self {
                key: key.trim().to_owned(),
                key_span: item.span.clone(),
                value: value.trim_matches(['"', '\'']).to_owned(),
                value_span: item.span.clone(),
            })
        });
        Self::map(node).into_iter().chain(words).collect()
    }

    fn map(node: &Node) -> Vec<Self> {
        let pairs = node.entries().iter().filter_map(|entry| {
            Some(Self {
                key: entry.key.clone(),
                key_span: entry.key_span.clone(),
                value: entry.value.text()?.to_owned(),
                value_span: entry.value.span.clone(),
            })
        });
        pairs.collect()
    }

    /// `KEY=value`, one word that begins at `start`.
    pub(super) fn pair(word: &str, start: usize) -> Option<Self> {
        let (key, value) = word.split_once('=')?;
        let middle = start + key.len();
        Some(Self {
            key: key.to_owned(),
            key_span: start..middle,
            value: value.trim_matches(['"', '\'']).to_owned(),
            value_span: middle + 1..start + word.len(),
        })
    }
}

#[cfg(test)]
mod tests;
