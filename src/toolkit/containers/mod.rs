//! temporary
mod image;
