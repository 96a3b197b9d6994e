//! Runs the real program on real files and real repositories.

mod harness;
mod planted;
