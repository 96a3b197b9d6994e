//! Asks the stores. The one place of the program that starts an async runtime; Ctrl-C ends the asking.

use crate::credentials::{Inventory, StorePlace};
use crate::stores::{Store, take_stock};
use miette::{IntoDiagnostic as _, WrapErr as _, miette};
use std::future::Future;
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;

/// Lists every place.
///
/// # Errors
/// The runtime cannot be started, or the user broke off.
pub(super) fn ask(stores: &[Arc<dyn Store>], places: &[StorePlace]) -> miette::Result<Inventory> {
    if stores.is_empty() || places.is_empty() {
        return Ok(Inventory::default());
    }
    wait(take_stock(stores, places))
}

/// Runs one future to its end.
///
/// # Errors
/// The runtime cannot be started, or the user broke off.
pub(super) fn wait<T>(work: impl Future<Output = T>) -> miette::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .into_diagnostic()
        .wrap_err("could not start the network runtime")?;
    let stop = stop();
    runtime.block_on(async {
        tokio::select! {
            done = work => Ok(done),
            () = stop.notified() => Err(miette!(help = "nothing was written", "interrupted while the stores were asked")),
        }
    })
}

/// What Ctrl-C sets off; only one handler can be set in a process.
fn stop() -> Arc<Notify> {
    static STOP: OnceLock<Arc<Notify>> = OnceLock::new();
    let stop = STOP.get_or_init(|| {
        let stop = Arc::new(Notify::new());
        let asked = stop.clone();
        // Where no handler can be set, Ctrl-C ends the program as before.
        let _ = ctrlc::set_handler(move || asked.notify_one());
        stop
    });
    stop.clone()
}
