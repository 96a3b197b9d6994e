//! `stackguard parity`: the credential map against what the stores say.

use super::compared;
use super::interrupt;
use super::output::Outputs;
use super::setup::Setup;
use super::stock::Stock;
use crate::cli::{Global, Parity};
use crate::credentials::compare::Comparison;
use crate::credentials::lock::Lock;
use crate::exit::ExitStatus;
use std::path::Path;
use std::time::Instant;

/// Runs the command.
///
/// # Errors
/// Bad configuration, no map, a report or a lock that cannot be written.
pub(super) fn run(args: &Parity, global: &Global) -> miette::Result<ExitStatus> {
    let started = Instant::now();
    interrupt::watch();
    let setup = Setup::read(Path::new("."), global)?;
    let outputs = Outputs::open(&global.format)?;
    let mut stock = Stock::take(&args.stock, &setup)?;
    if args.update_lock {
        stock.missing_lock = None;
    }
    let comparison = stock.compare();
    let mut report = compared::report(&setup, &comparison, &[], &stock);
    report.stats.milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let verdict = outputs.write(&report, &setup.policy, global)?;
    // Last, so that a lock that cannot be written takes no finding with it.
    if let Some(path) = args.stock.lock.as_deref().filter(|_| args.update_lock) {
        updated(&stock, &comparison).write(path)?;
    }
    Ok(verdict)
}

/// The lock as it is after this run: what is in step is remembered anew, what is not keeps what was known of it, and what the
/// map no longer has is forgotten.
fn updated(stock: &Stock, comparison: &Comparison) -> Lock {
    let mut lock = stock.lock.clone().unwrap_or_default();
    for row in &comparison.rows {
        lock.remember(&row.row.name, &row.row.environment, &row.mapped, &row.seen);
    }
    if stock.chosen.is_everything() {
        lock.retain(|name, environment| {
            let credentials = &stock.reading.map.credentials;
            credentials.iter().any(|credential| {
                credential.environment == environment && credential.name.matches(name)
            })
        });
    }
    lock
}
