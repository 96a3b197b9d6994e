//! temporary
mod connection;
mod containers;
mod document;
mod env;
mod prisma;
mod shell;
mod sql;
