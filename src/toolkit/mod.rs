//! temporary
mod connection;
mod containers;
mod document;
mod env;
mod sql;
