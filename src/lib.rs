//! stackguard keeps secrets out of repositories and infrastructure on the agreed stack.
//!
//! The map of the house, in the order the work flows:
//!
//! - [`cli`]: the command line; its doc comments are the help. [`commands`]: one verb each.
//! - [`config`]: `stackguard.toml`, found and validated. [`policy`]: rules, severities, exceptions.
//! - [`source`]: where bytes come from: work tree, index, commit range, history, standard input.
//! - [`secrets`]: finds leaked secrets in bytes. [`tree`]: what checks over whole trees have in common.
//! - [`document`]: TOML, JSON and YAML as one tree that knows where everything stands.
//! - [`credentials`]: which credentials there are and what follows from what the stores say. [`stores`]: asks them.
//! - [`publish`]: shows a finished report on a pull request. It and [`stores`] are the only rooms that open sockets.
//! - [`engine`]: runs the guards over a source, on whatever threads it gives blobs.
//! - [`finding`]: what was found; nothing in it can hold a secret. [`report`]: ways to write it down.
//! - [`exit`]: the exit codes. [`whole`]: files that appear whole or not at all. `memory`: values that get onto no disk.
//!
//! ```text
//! argv → cli → config → policy ┐
//!        source → blob ────────┴→ secrets, tree guards → finding → exceptions → report → stdout
//!                                                                                     └→ exit code
//! ```

pub mod cli;
pub mod commands;
pub mod config;
pub mod credentials;
pub mod document;
pub mod engine;
pub mod exit;
pub mod finding;
pub mod fly;
mod memory;
pub mod policy;
pub mod publish;
pub mod report;
pub mod secrets;
pub mod source;
pub mod stores;
pub mod toolkit;
pub mod tree;
pub mod whole;

pub use commands::run;
