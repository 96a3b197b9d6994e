//! The TOML form of the map: one `[[credential]]` for each credential and environment.

use super::{Credential, CredentialMap, FlyPlace, GithubPlace, NamePattern, VaultPlace, words};
use crate::config::problem::ConfigError;
use crate::config::{reading, shape};
use crate::policy::Problem;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The credential map of stackguard: which credentials there are, and where each must be. Unknown keys are errors.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "credential map", extend("required" = ["version", "credential"]))]
struct Document {
    /// The version of this format: 1.
    #[schemars(with = "Option<i64>", extend("const" = 1))]
    version: Option<Spanned<i64>>,
    /// One credential in one environment.
    #[schemars(with = "Vec<Entry>")]
    credential: Vec<Spanned<Entry>>,
}

/// `[[credential]]`: one credential in one environment, and where its copies are.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["name", "environment"]))]
struct Entry {
    /// Its name, or a glob over names: "SHOPIFY_*_PROD".
    name: Option<words::Name>,
    /// The environment: "staging", "production".
    environment: Option<words::Label>,
    /// The system it opens.
    system: Option<words::Label>,
    /// The team that rotates it.
    owner: Option<words::Label>,
    /// How often it must be rotated: "90d", "12w".
    rotate_every: Option<words::Every>,
    /// The secret rule its value must satisfy, which catches another kind of key in its place.
    expect: Option<words::RuleName>,
    /// Whether it may be absent everywhere.
    optional: bool,
    /// Where the vault keeps it.
    #[schemars(with = "Option<Vault>")]
    vault: Option<Spanned<Vault>>,
    /// Where GitHub keeps it.
    github: Option<Github>,
    /// Where Fly keeps it.
    #[schemars(with = "Option<Fly>")]
    fly: Option<Spanned<Fly>>,
}

/// A file of a directory vault, or a secret of a KV engine.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["path"]))]
struct Vault {
    /// Path of the file from the repository root, or mount and path of the secret.
    path: Option<words::Place>,
    /// The key in it; the credential's name by default.
    key: Option<words::Name>,
    /// The version of the KV engine, where the server will not tell.
    #[schemars(with = "Option<i64>", extend("enum" = [1, 2]))]
    kv: Option<words::Kv>,
}

/// A secret of GitHub Actions.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct Github {
    /// The environment of the repository; without it a secret of the repository.
    environment: Option<words::Label>,
    /// The repository, where it is not the one of the configuration: "owner/name".
    repository: Option<crate::config::values::GithubRepository>,
    /// The name there; the credential's name by default.
    name: Option<words::Name>,
}

/// A secret of a Fly app.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend("required" = ["app"]))]
struct Fly {
    /// The app.
    app: Option<words::Label>,
    /// The name there; the credential's name by default.
    name: Option<words::Name>,
}

/// Reads the TOML form; `file` is its name in reports.
///
/// # Errors
/// Everything that is wrong with it, with the lines, masked.
pub(super) fn read(file: &str, bytes: &[u8]) -> Result<CredentialMap, ConfigError> {
    let read = reading::read::<Document>(file, bytes, |table, _, problems| {
        only_tables(table, problems)
    });
    let mut problems = read.problems;
    let mut map = CredentialMap {
        file: file.to_owned(),
        credentials: Vec::new(),
    };
    if read.text.is_some() {
        let document = read.document;
        version(document.version.as_ref(), &mut problems);
        if document.credential.is_empty() && problems.is_empty() {
            problems.push(Problem {
                span: 0..0,
                message: "this map names no credential".into(),
                help: Some("a comparison with nothing would look clean: begin each entry with `[[credential]]`".into()),
            });
        }
        for entry in document.credential {
            let line = read.file.line(entry.span().start);
            map.credentials
                .extend(credential(entry, line, &mut problems));
        }
    }
    if problems.is_empty() {
        return Ok(map);
    }
    Err(ConfigError::of(
        problems
            .into_iter()
            .map(|problem| read.file.problem(problem))
            .collect(),
    ))
}

/// The JSON schema of the TOML form, committed as `docs/credential-map.schema.json`.
#[must_use]
pub fn schema() -> Value {
    let settings = schemars::generate::SchemaSettings::draft07();
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<Document>()
        .to_value();
    crate::config::without_null(&mut schema);
    schema
}

/// serde would take a list for a table, and read its items as the keys in their order.
fn only_tables<'i>(table: DeTable<'i>, problems: &mut Vec<Problem>) -> DeTable<'i> {
    let mut kept = shape::entries(table, &["credential"], problems);
    if let Some(DeValue::Array(entries)) = kept.get_mut("credential").map(Spanned::get_mut) {
        for entry in entries.iter_mut() {
            let DeValue::Table(keys) = entry.get_mut() else {
                continue;
            };
            let wrong: Vec<_> = keys
                .iter()
                .filter(|(key, value)| {
                    PLACES.contains(&&**key.get_ref())
                        && !matches!(value.get_ref(), DeValue::Table(_))
                })
                .map(|(key, value)| (key.clone(), value.span()))
                .collect();
            for (key, span) in wrong {
                let name = key.get_ref().to_string();
                problems.push(Problem {
                    span,
                    message: format!("`{name}` must be a table"),
                    help: Some(format!("write `{name} = {{ {} }}`", example(&name))),
                });
                keys.remove(&key);
            }
        }
    }
    kept
}

fn example(place: &str) -> &'static str {
    match place {
        "vault" => "path = \"vault/acme/staging.env\"",
        "github" => "environment = \"staging\"",
        _ => "app = \"acme-staging\"",
    }
}

fn version(given: Option<&Spanned<i64>>, problems: &mut Vec<Problem>) {
    let (span, message) = match given {
        Some(version) if *version.get_ref() == VERSION => return,
        Some(version) => (version.span(), "this version of the map is not known"),
        None if problems.is_empty() => (0..0, "the version of the map is missing"),
        // It may be what does not read.
        None => return,
    };
    problems.push(Problem {
        span,
        message: message.into(),
        help: Some(format!("begin the file with `version = {VERSION}`")),
    });
}

/// One entry; none when something is wrong with it.
fn credential(entry: Spanned<Entry>, line: u32, problems: &mut Vec<Problem>) -> Option<Credential> {
    let before = problems.len();
    missing(&entry, problems);
    if problems.len() > before {
        return None;
    }
    let entry = entry.into_inner();
    let text = words::Label::into_string;
    Some(Credential {
        name: NamePattern::new(&entry.name?.into_string()),
        environment: entry.environment?.into_string(),
        system: entry.system.map(text),
        owner: entry.owner.map(text),
        rotate_every: entry.rotate_every.map(|every| every.0),
        expect: entry.expect.map(words::RuleName::into_string),
        optional: entry.optional,
        vault: entry.vault.map(Spanned::into_inner).and_then(vault),
        github: entry.github.map(|place| GithubPlace {
            environment: place.environment.map(text),
            repository: place.repository.map(|name| name.as_str().to_owned()),
            name: place.name.map(words::Name::into_string),
        }),
        fly: entry.fly.map(Spanned::into_inner).and_then(|place| {
            Some(FlyPlace {
                app: place.app?.into_string(),
                name: place.name.map(words::Name::into_string),
            })
        }),
        line,
    })
}

/// What an entry must say and does not.
fn missing(entry: &Spanned<Entry>, problems: &mut Vec<Problem>) {
    let span = entry.span();
    let entry = entry.get_ref();
    // A place that is no table was taken out, and is a problem already.
    let nowhere = entry.vault.is_none() && entry.github.is_none() && entry.fly.is_none();
    let told = problems.iter().any(|problem| within(&span, &problem.span));
    let mut missing = |is_missing: bool, span: &Range<usize>, message: &str, help: &str| {
        if is_missing {
            problems.push(Problem {
                span: span.clone(),
                message: message.into(),
                help: Some(help.into()),
            });
        }
    };
    missing(
        entry.name.is_none(),
        &span,
        "a `[[credential]]` entry needs a `name`",
        "the name of the variable, such as `DATABASE_URL`",
    );
    missing(
        entry.environment.is_none(),
        &span,
        "a `[[credential]]` entry needs an `environment`",
        "such as `staging` or `production`",
    );
    if let Some(vault) = &entry.vault {
        let help = "the file, such as `vault/acme/staging.env`";
        missing(
            vault.get_ref().path.is_none(),
            &vault.span(),
            "`vault` needs a `path`",
            help,
        );
    }
    if let Some(fly) = &entry.fly {
        let help = "the name of the Fly app";
        missing(
            fly.get_ref().app.is_none(),
            &fly.span(),
            "`fly` needs an `app`",
            help,
        );
    }
    missing(
        nowhere && !told,
        &span,
        "this credential is kept nowhere",
        "give `vault`, `github` or `fly`: an entry without a place is compared with nothing",
    );
}

fn vault(place: Vault) -> Option<VaultPlace> {
    Some(VaultPlace {
        path: place.path?.into_string(),
        key: place.key.map(words::Name::into_string),
        kv: place.kv.map(|version| version.0),
    })
}

fn within(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// What an entry says of stores.
const PLACES: &[&str] = &["vault", "github", "fly"];
/// Of the format.
const VERSION: i64 = 1;

#[cfg(test)]
mod tests;
