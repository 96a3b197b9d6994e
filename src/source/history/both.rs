//! Two pieces of work that do not need each other, at once where there are threads for it.

/// What `here` and `beside` give; `beside` runs on a thread of its own if there may be more than one.
pub(super) fn both<A, B: Send>(
    threads: usize,
    here: impl FnOnce() -> A,
    beside: impl FnOnce() -> B + Send,
) -> (A, B) {
    if threads < 2 {
        return (here(), beside());
    }
    std::thread::scope(|scope| {
        let beside = scope.spawn(beside);
        let here = here();
        match beside.join() {
            Ok(beside) => (here, beside),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::current;

    #[test]
    fn both_are_done_and_one_thread_is_enough() {
        let me = current().id();
        for threads in [1, 2] {
            let (here, beside) = both(threads, || current().id(), || current().id());
            assert_eq!(here, me);
            assert_eq!(beside == me, threads == 1);
        }
    }
}
