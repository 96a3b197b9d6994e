//! stackguard keeps secrets out of repositories and infrastructure on the agreed stack.
pub mod exit;
pub mod finding;
#[path = "source/history/mod.rs"]
pub mod history;
pub mod policy;
pub mod secrets;
pub mod tree;
