//! temporary
mod connection;
mod containers;
mod document;
mod sql;
