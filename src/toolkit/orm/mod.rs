//! temporary
mod object;
