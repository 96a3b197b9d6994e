//! Finds leaked secrets in bytes.
pub mod checks;
pub mod prefilter;
