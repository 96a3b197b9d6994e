//! Runs the real program on real files and real repositories.

#[cfg(unix)]
mod action;
#[cfg(unix)]
mod audit;
mod canary;
mod changes;
mod docs;
mod exceptions;
mod exit_codes;
mod harness;
mod history;
mod hygiene;
mod import;
mod init;
mod limits;
mod map;
mod parity;
mod planted;
mod repositories;
mod revisions;
mod sha256;
mod stack;
mod stores;
mod usage;
