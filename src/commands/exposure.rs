//! `audit --exposure`: the vault's own values, looked for in the work tree and in the whole history.

use super::asking::wait;
use super::check;
use super::interrupt::PROGRESS;
use super::open;
use super::setup::{Setup, repository_root};
use super::stock::Stock;
use crate::credentials::compare::Comparison;
use crate::credentials::exposure::{Known, Watch};
use crate::credentials::{Answer, StoreKind, StorePlace};
use crate::engine::{Engine, Exceptions, HistoryOptions, Judged};
use crate::finding::{Finding, Gap, Secret};
use crate::policy::allow::Allows;
use crate::report::{Report, counted};
use crate::source::Environment;
use crate::source::history::Repository;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Looks for every value the run has seen, and adds what it finds to the report.
///
/// # Errors
/// Rules that cannot be run, a source that has nothing to give.
pub(super) fn look(
    setup: &Setup,
    stock: &Stock,
    comparison: &Comparison,
    report: &mut Report,
) -> miette::Result<()> {
    let (known, gaps) = known(setup, stock, comparison)?;
    report.incomplete.extend(gaps);
    let values = known.len() as u64;
    let watch = Watch::new(known);
    report.notes.push(format!(
        "exposure: looked for {} of {}; {} too short or too common to say anything",
        watch.len(),
        counted(values, "value"),
        watch.skipped
    ));
    if watch.is_empty() {
        report.incomplete.push(Gap {
            what: "exposure".into(),
            why: "no value of the vault could be read, so none was looked for".into(),
        });
        return Ok(());
    }
    let found = search(setup, stock, &watch, report)?;
    let exceptions = Exceptions {
        policy: &setup.policy,
        allows: &setup.allows,
        baseline: setup.baseline.as_ref().map(|(baseline, _)| baseline),
    };
    for finding in found
        .into_iter()
        .filter_map(|found| watch.finding(found, &setup.policy))
    {
        match exceptions.judge(finding, &[], &[]) {
            Judged::Reported(finding) => report.findings.push(finding),
            Judged::Allowed(allowed) => report.allowed.push(allowed),
        }
    }
    Ok(())
}

/// The values of the vault, those in use and older ones, with the names the map has for them.
fn known(
    setup: &Setup,
    stock: &Stock,
    comparison: &Comparison,
) -> miette::Result<(Vec<Known>, Vec<Gap>)> {
    let names = names(stock, comparison);
    let mut known = Vec::new();
    let mut add = |place: &StorePlace, key: &str, value: &Secret, rotated| {
        if let Some((name, environment)) = names.get(&(place.clone(), key.to_owned())) {
            known.push(Known {
                name: name.clone(),
                environment: environment.clone(),
                place: place.to_string(),
                key: key.to_owned(),
                value: value.clone(),
                rotated,
            });
        }
    };
    for (place, answer) in &stock.inventory.answers {
        if let Answer::Listed(listing) = answer {
            for (key, entry) in &listing.entries {
                if let Some(value) = &entry.value {
                    add(place, key, value, None);
                }
            }
        }
    }
    let places: Vec<_> = stock
        .inventory
        .answers
        .keys()
        .filter(|place| place.kind() == StoreKind::Vault)
        .cloned()
        .collect();
    let mut gaps = Vec::new();
    for (place, older) in wait(open::older(&setup.config, &places))? {
        match older {
            Ok(older) => {
                for version in older.versions {
                    for (key, value) in &version.values {
                        add(&place, key, value, Some(version.created));
                    }
                }
            }
            Err(failure) => gaps.push(Gap {
                what: place.to_string(),
                why: format!("its older versions could not be read: {}", failure.why),
            }),
        }
    }
    Ok((known, gaps))
}

/// What the map calls each key of the vault: its name and environment.
fn names(
    stock: &Stock,
    comparison: &Comparison,
) -> BTreeMap<(StorePlace, String), (String, String)> {
    let rows: BTreeSet<(&str, &str)> = comparison
        .rows
        .iter()
        .map(|row| (row.row.name.as_str(), row.row.environment.as_str()))
        .collect();
    let mut names = BTreeMap::new();
    for credential in stock.chosen.credentials(&stock.reading.map) {
        let vault = stock
            .chosen
            .every_site(credential)
            .into_iter()
            .filter(|site| site.place.kind() == StoreKind::Vault);
        for site in vault {
            let here = rows.iter().filter(|(name, environment)| {
                *environment == credential.environment && credential.name.matches(name)
            });
            for (name, environment) in here {
                let key = if site.name.is_glob() {
                    (*name).to_owned()
                } else {
                    site.name.to_string()
                };
                names.insert(
                    (site.place.clone(), key),
                    ((*name).to_owned(), (*environment).to_owned()),
                );
            }
        }
    }
    names
}

/// One pass over the history and one over the files as they are.
fn search(
    setup: &Setup,
    stock: &Stock,
    watch: &Watch,
    report: &mut Report,
) -> miette::Result<Vec<Finding>> {
    let policy = watch.policy(&setup.policy);
    let scanner = check::scanner_of(setup, &policy)?;
    let allows = Allows::default();
    let engine = Engine {
        policy: &policy,
        scanner: &scanner,
        secrets: true,
        trees: Vec::new(),
        allows: &allows,
        baseline: None,
        threads: setup.threads,
        progress: &PROGRESS,
    };
    let environment = Environment::of_process();
    let top = repository_root(Path::new("."));
    let mut found: Vec<Finding> = Vec::new();
    match Repository::open(&top, setup.threads) {
        Ok(repository) => {
            let options = HistoryOptions {
                root: environment.name_of(&top),
                // Nothing is remembered of values: no cache.
                ..HistoryOptions::default()
            };
            found.extend(taken(
                engine.run_history(&repository, &options)?.report,
                report,
            ));
        }
        Err(damage) => report.incomplete.push(Gap {
            what: "history".into(),
            why: format!("it could not be searched for the vault's values: {damage}"),
        }),
    }
    let tree = setup.worktree(&top)?;
    // The vault's own files are no exposure, unless they are in the history.
    let vault: BTreeSet<&str> = stock
        .reading
        .map
        .credentials
        .iter()
        .filter_map(|credential| Some(credential.vault.as_ref()?.path.as_str()))
        .collect();
    let standing = taken(engine.run(&tree)?, report);
    let seen: BTreeSet<(String, String)> = found
        .iter()
        .flat_map(|found| {
            std::iter::once(&found.location)
                .chain(&found.occurrences)
                .map(|place| (found.rule.to_string(), place.path.as_str().to_owned()))
        })
        .collect();
    found.extend(standing.into_iter().filter(|found| {
        let path = found.location.path.as_str();
        !vault.contains(path) && !seen.contains(&(found.rule.to_string(), path.to_owned()))
    }));
    Ok(found)
}

/// The findings of a pass, also those that a comment meant for another tool would cover; what it could not read is added to the
/// report.
fn taken(pass: Report, report: &mut Report) -> Vec<Finding> {
    report.incomplete.extend(pass.incomplete);
    report.stats.files += pass.stats.files;
    report.stats.blobs += pass.stats.blobs;
    report.stats.commits += pass.stats.commits;
    report.stats.bytes += pass.stats.bytes;
    let covered = pass.allowed.into_iter().map(|allowed| allowed.finding);
    pass.findings.into_iter().chain(covered).collect()
}
