//! temporary
mod document;
mod sql;
