//! `stackguard attest`: keyed fingerprints of what this process sees in its environment.

use super::output::written;
use super::setup::Setup;
use super::stock::read_map;
use crate::cli::{self, Global};
use crate::credentials::attest::{Attestation, Fingerprint, Key, KeyError};
use crate::credentials::{Chosen, NamePattern, StoreKind};
use crate::exit::ExitStatus;
use crate::finding::printable;
use jiff::Timestamp;
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::path::Path;
use zeroize::Zeroizing;

/// Runs the command.
///
/// # Errors
/// No key or a weak one, a name whose variable is not set, nothing to attest, a file that cannot be written.
pub(super) fn run(args: &cli::Attest, global: &Global) -> miette::Result<ExitStatus> {
    let key = Key::of_environment()?.ok_or(KeyError::Missing)?;
    let store = StoreKind::from(args.store);
    let wanted = if args.name.is_empty() {
        let setup = Setup::read(Path::new("."), global)?;
        of_map(args, store, &setup)?
    } else {
        named(&args.name)?
    };
    let (fingerprints, unset) = fingerprints(&key, &args.environment, wanted);
    if !args.name.is_empty() && !unset.is_empty() || fingerprints.is_empty() {
        let unset: Vec<String> = unset.iter().map(|name| printable(name)).collect();
        return Err(miette!(
            help = "a workflow step sees only the secrets its `env:` names; run it where the values are visible",
            "not set here, or empty: {}",
            if unset.is_empty() {
                "any credential of that store and environment".to_owned()
            } else {
                unset.join(", ")
            }
        ));
    }
    for name in &unset {
        let _ = writeln!(
            io::stderr(),
            "not set here, and so not attested: {}",
            printable(name)
        );
    }
    let attestation = Attestation {
        store,
        environment: args.environment.clone(),
        created: Timestamp::now(),
        key_id: key.id(),
        fingerprints,
        file: String::new(),
    };
    let text = format!("{}\n", attestation.to_json());
    match &args.output {
        Some(path) => crate::policy::baseline::replace(path, text.as_bytes())
            .into_diagnostic()
            .wrap_err_with(|| format!("could not write the attestation to {}", path.display()))?,
        None => written(io::stdout().lock().write_all(text.as_bytes()))?,
    }
    // What the map asks for and this place does not have: an attestation with holes is no clean one.
    Ok(if unset.is_empty() || global.allow_incomplete {
        ExitStatus::Clean
    } else {
        ExitStatus::Incomplete
    })
}

/// A credential to attest.
struct Wanted {
    /// As the map names it.
    name: String,
    /// What the variable may be called, the likeliest first.
    variables: Vec<NamePattern>,
    /// Whether it may be absent.
    optional: bool,
}

/// `NAME` or `NAME=VARIABLE`: the map's name, and the variable. No other variable will do: it may hold another value.
fn named(names: &[String]) -> miette::Result<Vec<Wanted>> {
    let pair = |text: &String| {
        let (name, variable) = text.split_once('=').unwrap_or((text, text));
        if name.is_empty() || variable.is_empty() || text.contains('*') {
            return Err(miette!(
                help = "`--name NAME` or `--name NAME=VARIABLE`",
                "`--name {}` names nothing",
                printable(text)
            ));
        }
        Ok(Wanted {
            name: name.to_owned(),
            variables: vec![NamePattern::new(variable)],
            optional: false,
        })
    };
    names.iter().map(pair).collect()
}

/// The credentials of the map in that store and environment. In a job the variable has the name of the secret, or the one the
/// program reads, which is the map's.
fn of_map(args: &cli::Attest, store: StoreKind, setup: &Setup) -> miette::Result<Vec<Wanted>> {
    let reading = read_map(args.map.as_deref(), &setup.config)?;
    let chosen = Chosen {
        environments: vec![args.environment.clone()],
        stores: vec![store],
        // Which one does not matter: only the names are needed.
        repository: Some(String::new()),
        home: None,
    };
    let wanted: Vec<Wanted> = chosen
        .credentials(&reading.map)
        .flat_map(|credential| {
            chosen.sites(credential).into_iter().map(|site| Wanted {
                name: credential.name.to_string(),
                variables: vec![site.name, credential.name.clone()],
                optional: credential.optional,
            })
        })
        .collect();
    if wanted.is_empty() {
        return Err(miette!(
            help = "`stackguard map show` lists what the map has",
            "the map has nothing in {} for the environment {}",
            store.as_str(),
            printable(&args.environment)
        ));
    }
    Ok(wanted)
}

/// The fingerprints, by the map's names, and the names that should have a value here and have none.
fn fingerprints(
    key: &Key,
    environment: &str,
    wanted: Vec<Wanted>,
) -> (BTreeMap<String, Fingerprint>, Vec<String>) {
    let value = |variable: &str| {
        let value = Zeroizing::new(std::env::var_os(variable)?.into_encoded_bytes());
        (!value.is_empty()).then_some(value)
    };
    let mut prints = BTreeMap::new();
    let mut unset = Vec::new();
    for one in wanted {
        let mut is_set = false;
        match one.variables.first() {
            Some(glob) if glob.is_glob() => {
                let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
                for found in names.filter(|found| glob.matches(found)) {
                    if let Some(value) = value(&found) {
                        let print = key.fingerprint(environment, &found, &value);
                        prints.insert(found, print);
                        is_set = true;
                    }
                }
            }
            _ => {
                let mut variables = one.variables.iter().map(NamePattern::as_str);
                if let Some(value) = variables.find_map(value) {
                    let print = key.fingerprint(environment, &one.name, &value);
                    prints.insert(one.name.clone(), print);
                    is_set = true;
                }
            }
        }
        if !is_set && !one.optional {
            unset.push(one.name);
        }
    }
    (prints, unset)
}
