//! Keeps values of a vault from getting onto a disk: their pages are not swapped out, and a crash writes none of them.
//!
//! As far as the system allows it; [`is_kept`] says whether it did.

use std::sync::atomic::{AtomicBool, Ordering};

/// Locks the pages of these elements into memory.
///
/// Until the program ends: a lock is for whole pages and does not count how often it was asked for, so taking one back
/// would take it from other values in the same page.
pub(crate) fn lock<T>(place: &[T]) {
    let bytes = size_of_val(place);
    if bytes == 0 {
        return;
    }
    match region::lock(place.as_ptr(), bytes) {
        Ok(guard) => std::mem::forget(guard),
        Err(_) => REFUSED.store(true, Ordering::Relaxed),
    }
}

/// Whether all that was to be locked is.
pub(crate) fn is_kept() -> bool {
    !REFUSED.load(Ordering::Relaxed)
}

/// Makes a crash of this process write no image of its memory.
#[cfg(unix)]
pub(crate) fn no_core_dump() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    // Less than before is always granted.
    let _ = setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            ..getrlimit(Resource::Core)
        },
    );
}

/// Elsewhere a program writes none itself.
#[cfg(not(unix))]
pub(crate) fn no_core_dump() {}

/// Whether the system refused a lock.
static REFUSED: AtomicBool = AtomicBool::new(false);
