//! Asks the stores. The one place of the program that starts an async runtime; an interrupt ends it with the process, as nothing
//! is written meanwhile.

use crate::credentials::{Inventory, StorePlace};
use crate::stores::{Store, take_stock};
use miette::{IntoDiagnostic as _, WrapErr as _};
use std::future::Future;
use std::sync::Arc;

/// Opens the stores and lists every place. Some stores can be opened only where the runtime is.
///
/// # Errors
/// What `open` says, or that the runtime cannot be started.
pub(super) fn ask(
    open: impl FnOnce() -> miette::Result<Vec<Arc<dyn Store>>>,
    places: &[StorePlace],
) -> miette::Result<Inventory> {
    wait(async { Ok(take_stock(&open()?, places).await) })?
}

/// Runs one future to its end.
///
/// # Errors
/// The runtime cannot be started.
pub(super) fn wait<T>(work: impl Future<Output = T>) -> miette::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .into_diagnostic()
        .wrap_err("could not start the network runtime")?;
    Ok(runtime.block_on(work))
}
