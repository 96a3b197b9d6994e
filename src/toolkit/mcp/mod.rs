//! temporary
mod server;
