//! Runs the real program on real files and real repositories.

mod canary;
mod exceptions;
mod exit_codes;
mod harness;
mod history;
mod hygiene;
mod init;
mod limits;
mod map;
mod parity;
mod planted;
mod repositories;
mod stack;
