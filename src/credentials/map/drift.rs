//! Where a Markdown index and the TOML made from it no longer agree.
//!
//! The TOML may say more than the index (intervals, Fly apps, rules), and may correct what was guessed. What the index says outright must
//! stand in the TOML, and every credential of one must be in the other.

use super::markdown::same_environment;
use super::{Credential, CredentialMap, GuessKind, Reading};
use std::collections::BTreeSet;

/// One disagreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drift {
    /// The file it is about, as reports name it.
    pub file: String,
    /// The 1-based line there.
    pub line: u32,
    /// One sentence without a full stop.
    pub message: String,
}

/// Everything in which they disagree, in the order of the index, then what only the TOML has.
#[must_use]
pub fn compare(index: &Reading, toml: &CredentialMap) -> Vec<Drift> {
    let mut found = Vec::new();
    let mut met = BTreeSet::new();
    for (at, credential) in index.map.credentials.iter().enumerate() {
        let guessed = Guessed::of(index, at);
        let same = partners(credential, &guessed, toml);
        if same.is_empty() {
            found.push(Drift {
                file: index.map.file.clone(),
                line: credential.line,
                message: format!(
                    "`{}` in {} is in the index, and not in {}",
                    credential.name, credential.environment, toml.file
                ),
            });
        }
        for place in nearest(
            credential,
            same,
            |other| differences(credential, other, &guessed, index).len(),
            &met,
            toml,
        ) {
            met.insert(place);
            if let Some(other) = toml.credentials.get(place) {
                found.extend(
                    differences(credential, other, &guessed, index)
                        .into_iter()
                        .map(|message| Drift {
                            file: toml.file.clone(),
                            line: other.line,
                            message,
                        }),
                );
            }
        }
    }
    for (at, credential) in toml.credentials.iter().enumerate() {
        let by_glob = |index: &Credential| {
            index.name.is_glob()
                && index.name.matches(credential.name.as_str())
                && same_environment(&index.environment, &credential.environment)
        };
        if !met.contains(&at) && !index.map.credentials.iter().any(by_glob) {
            found.push(Drift {
                file: toml.file.clone(),
                line: credential.line,
                message: format!(
                    "`{}` in {} is not in the index {}",
                    credential.name, credential.environment, index.map.file
                ),
            });
        }
    }
    found
}

/// What of an entry the index does not say outright.
struct Guessed(Vec<GuessKind>);

impl Guessed {
    fn of(index: &Reading, entry: usize) -> Self {
        Self(index.guesses_of(entry).collect())
    }

    fn any(&self, kinds: &[GuessKind]) -> bool {
        self.0.iter().any(|kind| kinds.contains(kind))
    }

    fn name(&self) -> bool {
        self.any(&[GuessKind::NameFromFile])
    }

    fn environment(&self) -> bool {
        self.any(&[
            GuessKind::EnvironmentAssumed,
            GuessKind::EnvironmentFromHeading,
            GuessKind::EnvironmentOfRow,
            GuessKind::EnvironmentFromMirror,
        ])
    }

    fn file(&self) -> bool {
        self.any(&[GuessKind::NamePaired, GuessKind::SharedFile])
    }
}

/// The entries of the TOML that are this one; several where the index has a glob and the TOML the names.
fn partners(credential: &Credential, guessed: &Guessed, toml: &CredentialMap) -> Vec<usize> {
    let found = |same: &dyn Fn(&Credential) -> bool| -> Vec<usize> {
        toml.credentials
            .iter()
            .enumerate()
            .filter(|(_, other)| same(other))
            .map(|(at, _)| at)
            .collect()
    };
    let exact = found(&|other| {
        same_environment(&other.environment, &credential.environment)
            && (other.name == credential.name
                || !other.name.is_glob()
                    && credential.name.is_glob()
                    && credential.name.matches(other.name.as_str()))
    });
    let Some(place) = credential
        .vault
        .as_ref()
        .filter(|_| exact.is_empty() && (guessed.name() || guessed.environment()))
    else {
        return exact;
    };
    found(&|other| {
        other
            .vault
            .as_ref()
            .is_some_and(|vault| vault.path == place.path)
            && (guessed.name() || other.name == credential.name)
            && (guessed.environment()
                || same_environment(&other.environment, &credential.environment))
    })
}

/// Of several entries of one name, the one that differs least and was not met yet; a glob stands for all of them.
fn nearest(
    credential: &Credential,
    same: Vec<usize>,
    differences: impl Fn(&Credential) -> usize,
    met: &BTreeSet<usize>,
    toml: &CredentialMap,
) -> Vec<usize> {
    let named = |place: &usize| {
        let other = toml.credentials.get(*place);
        other.is_some_and(|other| other.name == credential.name)
    };
    if credential.name.is_glob() && !same.iter().any(named) {
        return same;
    }
    let rank = |place: &usize| {
        (
            toml.credentials.get(*place).map(&differences),
            met.contains(place),
        )
    };
    same.into_iter().min_by_key(rank).into_iter().collect()
}

/// What the index says outright and the TOML says otherwise.
fn differences(
    index: &Credential,
    toml: &Credential,
    guessed: &Guessed,
    all: &Reading,
) -> Vec<String> {
    let mut found = Vec::new();
    let subject = format!("`{}` in {}", toml.name, toml.environment);
    let mut differ = |what: &str, given: Option<&str>, written: Option<&str>| {
        let Some(given) = given else { return };
        match written {
            Some(written) if written.eq_ignore_ascii_case(given) => {}
            Some(written) => found.push(format!(
                "{subject}: the index gives `{given}` as {what}, the TOML `{written}`"
            )),
            None => found.push(format!(
                "{subject}: the index gives `{given}` as {what}, the TOML gives none"
            )),
        }
    };
    if !guessed.any(&[GuessKind::OwnerFromVerb]) {
        differ("owner", index.owner.as_deref(), toml.owner.as_deref());
    }
    if !guessed.any(&[GuessKind::IntervalFromWords]) {
        let text = |credential: &Credential| credential.rotate_every.map(|every| every.to_string());
        differ("interval", text(index).as_deref(), text(toml).as_deref());
    }
    let path = |credential: &Credential| credential.vault.as_ref().map(|place| place.path.clone());
    let of_row = || {
        all.map
            .credentials
            .iter()
            .filter(|other| other.line == index.line)
            .filter_map(path)
    };
    let written = path(toml);
    if !(guessed.file() && of_row().any(|path| Some(path) == written)) {
        differ("vault path", path(index).as_deref(), written.as_deref());
    }
    let key = |credential: &Credential| {
        credential
            .vault
            .as_ref()
            .and_then(|place| place.key.clone())
    };
    differ(
        "key in the vault",
        key(index).as_deref(),
        key(toml).as_deref(),
    );
    if !guessed.any(&[GuessKind::GithubEnvironment, GuessKind::GithubAssumed]) {
        differ(
            "GitHub environment",
            github(index).as_deref(),
            github(toml).as_deref(),
        );
    }
    let of = |credential: &Credential| credential.github.as_ref()?.repository.clone();
    differ(
        "GitHub repository",
        of(index).as_deref(),
        of(toml).as_deref(),
    );
    let app = |credential: &Credential| credential.fly.as_ref().map(|place| place.app.clone());
    differ("Fly app", app(index).as_deref(), app(toml).as_deref());
    if index.optional != toml.optional {
        let (one, other) = if index.optional {
            ("the index", "the TOML")
        } else {
            ("the TOML", "the index")
        };
        found.push(format!("{subject}: optional by {one}, not by {other}"));
    }
    found
}

fn github(credential: &Credential) -> Option<String> {
    let place = credential.github.as_ref()?;
    let named = place.environment.clone();
    Some(named.unwrap_or_else(|| "the repository".into()))
}
