//! What `parity` and `audit` need first: the map, what the stores say, attestations and the lock.

use super::asking::ask;
use super::check;
use super::open::{self, Opening};
use super::setup::Setup;
use crate::cli;
use crate::config::Config;
use crate::credentials::attest::{Attestation, Key};
use crate::credentials::compare::{Compared, Comparison, Question, TOLERANCE, compare};
use crate::credentials::exposure::Watch;
use crate::credentials::lock::{Lock, LockError};
use crate::credentials::map::{self, Reading};
use crate::credentials::{Answer, Chosen, Inventory, Issue, MapText, StoreKind, Values};
use crate::finding::Gap;
use crate::memory;
use crate::secrets::Scanner;
use crate::stores::vault_dir::Survey;
use crate::toolkit::Canon;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil::Date};
use miette::miette;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

/// Everything a comparison rests on.
pub(super) struct Stock {
    pub(super) reading: Reading,
    pub(super) text: MapText,
    pub(super) chosen: Chosen,
    pub(super) inventory: Inventory,
    pub(super) attestations: Vec<Attestation>,
    pub(super) key: Option<Key>,
    pub(super) lock: Option<Lock>,
    /// That the lock that was named is not there; nothing to complain of where the run writes it.
    pub(super) missing_lock: Option<Gap>,
    /// All files of the vault, where it is a directory.
    survey: Option<Survey>,
    /// Knows what values look like.
    scanner: Scanner,
    /// Hides the values of the vault too, in what a report shows of a file.
    pub(super) veil: Scanner,
    pub(super) canon: Canon,
    pub(super) now: Timestamp,
    tolerance: SignedDuration,
    timeout: Option<Duration>,
}

impl Stock {
    /// Reads the map and the files, and asks the stores of the configuration.
    ///
    /// # Errors
    /// No map, a map, attestation or lock that cannot be read, an environment the map does not have.
    pub(super) fn take(args: &cli::Stock, setup: &Setup) -> miette::Result<Self> {
        memory::no_core_dump();
        let reading = read_map(args.map.as_deref(), &setup.config)?;
        let chosen = choose(args, &setup.config, &reading)?;
        let scanner = check::scanner(setup, false)?;
        let canon = check::canon(setup)?;
        let attestations = args
            .attestation
            .iter()
            .map(|path| Attestation::read(path))
            .collect::<Result<_, _>>()?;
        let key = Key::of_environment()?;
        let (lock, missing_lock) = match &args.lock {
            Some(path) => read_lock(path)?,
            None => (None, None),
        };
        let (places, _) = chosen.places(&reading.map);
        let everywhere = Chosen {
            // A listing of an environment is one, whatever the repository is called.
            repository: chosen.repository.clone().or(Some(String::new())),
            ..Chosen::default()
        };
        let timeout = args
            .timeout
            .map(|seconds| Duration::from_secs(seconds.into()));
        let opening = Opening {
            config: &setup.config,
            timeout,
        };
        let (everywhere, _) = everywhere.places(&reading.map);
        let stores = || open::stores(opening, &chosen, &everywhere, &args.inventory);
        let inventory = ask(stores, &places)?;
        let survey = open::survey(&setup.config, &chosen, &places);
        let veil = check::veiling(setup, Watch::of(&inventory).rules())?;
        let text = map_text(&reading, &veil);
        let minutes = setup.config.credentials.value.tolerance_minutes;
        Ok(Self {
            text,
            chosen,
            inventory,
            attestations,
            key,
            lock,
            missing_lock,
            survey,
            scanner,
            veil,
            canon,
            now: Timestamp::now(),
            tolerance: minutes.map_or(TOLERANCE, |minutes| {
                SignedDuration::from_mins(i64::from(minutes))
            }),
            timeout,
            reading,
        })
    }

    /// How this run opens stores.
    pub(super) fn opening<'s>(&self, setup: &'s Setup) -> Opening<'s> {
        Opening {
            config: &setup.config,
            timeout: self.timeout,
        }
    }

    /// Hides these values as well.
    ///
    /// # Errors
    /// Rules that cannot be run.
    pub(super) fn hide(&mut self, setup: &Setup, watch: &Watch) -> miette::Result<()> {
        self.veil = check::veiling(setup, watch.rules())?;
        self.text = map_text(&self.reading, &self.veil);
        Ok(())
    }

    /// Whether the vault is a directory.
    pub(super) fn has_vault_files(&self) -> bool {
        self.survey.is_some()
    }

    /// The day of the run, in UTC.
    pub(super) fn today(&self) -> Date {
        self.now.to_zoned(TimeZone::UTC).date()
    }

    /// Compares the map with what the stores said.
    pub(super) fn compare(&self) -> Comparison {
        let values = Values::new(&self.scanner, &self.canon);
        let mut comparison = compare(&Question {
            map: &self.reading.map,
            chosen: &self.chosen,
            inventory: &self.inventory,
            attestations: &self.attestations,
            key: self.key.as_ref(),
            lock: self.lock.as_ref(),
            values: &values,
            now: self.now,
            tolerance: self.tolerance,
        });
        comparison.gaps.extend(self.reading.gaps());
        comparison.gaps.extend(self.missing_lock.clone());
        comparison.notes.extend(unlocked());
        if let Some(survey) = &self.survey {
            surveyed(survey, &self.inventory, &mut comparison);
        }
        let compared = |row: &Compared| !row.row.stores.is_empty();
        if !comparison.rows.iter().any(compared) && comparison.gaps.is_empty() {
            // Nothing was compared, and nothing compared is not the same as all in order.
            comparison.gaps.push(Gap {
                what: self.reading.map.file.clone(),
                why: "no credential of the map is in what was chosen".into(),
            });
        }
        comparison
    }
}

/// That values can get into swap, where they can.
pub(super) fn unlocked() -> Option<String> {
    (!memory::is_kept()).then(|| {
        "not all values of the vault could be locked into memory, so they can get into swap: allow more (`ulimit -l`)".into()
    })
}

/// The map's file, in which `veil` hides what must not be shown.
fn map_text(reading: &Reading, veil: &Scanner) -> MapText {
    MapText::new(&reading.map.file, reading.text.clone().into_bytes(), veil)
}

/// The map that was named, or that of the configuration.
pub(super) fn read_map(named: Option<&Path>, config: &Config) -> miette::Result<Reading> {
    if let Some(path) = named {
        return Ok(map::open(path)?);
    }
    map::configured(config)?.ok_or_else(|| {
        miette!(
            help = "name it: `--map FILE`, or `[credentials] map = \"FILE\"` in stackguard.toml; `stackguard map import` makes one of a Markdown index",
            "there is no credential map"
        )
    })
}

/// Adds what is wrong with files of the vault that the map lacks; of the others their places spoke.
fn surveyed(survey: &Survey, inventory: &Inventory, out: &mut Comparison) {
    for remark in &survey.remarks {
        let (Some(rule), Some(file)) = (remark.rule, &remark.file) else {
            continue;
        };
        let said = |issue: &Issue| issue.rule == rule && issue.file.as_ref() == Some(file);
        if !out.issues.iter().any(said) {
            out.issues.push(Issue {
                file: Some(file.clone()),
                store: Some(format!("vault:{file}")),
                ..Issue::new(rule, remark.message.clone())
            });
        }
    }
    let unknown = |why: &str| {
        inventory
            .answers
            .values()
            .any(|answer| matches!(answer, Answer::Unknown(failure) if failure.why == why))
    };
    for failure in survey.gaps.iter().filter(|gap| !unknown(&gap.why)) {
        out.gaps.push(Gap {
            what: "vault".into(),
            why: match &failure.help {
                Some(help) => format!("{}; {help}", failure.why),
                None => failure.why.clone(),
            },
        });
    }
}

/// The lock, or that there is none. Any other reason why it cannot be read ends the run.
fn read_lock(path: &Path) -> miette::Result<(Option<Lock>, Option<Gap>)> {
    match Lock::read(path) {
        Ok(lock) => Ok((Some(lock), None)),
        Err(LockError::Read { source, .. }) if source.kind() == ErrorKind::NotFound => {
            let gap = Gap {
                what: path.display().to_string(),
                why: "there is no such parity lock; `stackguard parity --lock FILE --update-lock` writes one".into(),
            };
            Ok((None, Some(gap)))
        }
        Err(error) => Err(error.into()),
    }
}

/// The part of the map the run is about.
fn choose(args: &cli::Stock, config: &Config, reading: &Reading) -> miette::Result<Chosen> {
    let known = || {
        reading
            .map
            .credentials
            .iter()
            .map(|credential| credential.environment.as_str())
    };
    for environment in &args.environment {
        if !known().any(|name| name == environment) {
            let names: std::collections::BTreeSet<&str> = known().collect();
            return Err(miette!(
                help = format!(
                    "it has {}",
                    names.into_iter().collect::<Vec<_>>().join(", ")
                ),
                "the map has no environment of that name: `--environment {}`",
                crate::finding::printable(environment)
            ));
        }
    }
    let configured = config
        .stores
        .value
        .github
        .as_ref()
        .and_then(|github| github.repository.as_ref())
        .map(|name| name.as_str().to_owned());
    // In a workflow job the runner says which repository it is.
    let here = || {
        std::env::var("GITHUB_REPOSITORY")
            .ok()
            .filter(|name| !name.is_empty())
    };
    Ok(Chosen {
        environments: args.environment.clone(),
        stores: args
            .store
            .iter()
            .map(|name| StoreKind::from(*name))
            .collect(),
        repository: configured.clone().or_else(here),
        // What names a place must not depend on where the program runs.
        home: configured.or_else(|| only_repository(reading)),
    })
}

/// The repository that all of the map's GitHub places name, where they do.
fn only_repository(reading: &Reading) -> Option<String> {
    let places = reading.map.credentials.iter();
    let mut named = places
        .filter_map(|credential| credential.github.as_ref())
        .map(|place| place.repository.as_deref());
    let first = named.next()??;
    named
        .all(|other| other.is_some_and(|other| other.eq_ignore_ascii_case(first)))
        .then(|| first.to_owned())
}
