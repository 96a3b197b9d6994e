//! Runs the real program on real files and real repositories.

mod canary;
mod harness;
mod planted;
