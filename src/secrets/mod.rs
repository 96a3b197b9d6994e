//! Finds leaked secrets in bytes.
pub mod assign;
pub mod checks;
pub mod dsn;
pub mod noise;
pub mod prefilter;
