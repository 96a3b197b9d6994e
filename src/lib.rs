//! stackguard keeps secrets out of repositories and infrastructure on the agreed stack.
pub mod cli;
pub mod commands;
pub mod config;
pub mod engine;
pub mod exit;
pub mod finding;
pub mod fly;
pub mod policy;
pub mod report;
pub mod secrets;
pub mod source;
pub mod tree;
