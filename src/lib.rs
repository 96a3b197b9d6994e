//! stackguard keeps secrets out of repositories and infrastructure on the agreed stack.
pub mod exit;
pub mod finding;
pub mod policy;
pub mod secrets;
pub mod source;
pub mod toolkit;
pub mod tree;
