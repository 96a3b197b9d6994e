//! temporary
mod document;
