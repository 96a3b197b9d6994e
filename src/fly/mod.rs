//! The guard over fly.toml: does each app have the memory, machines, health checks and environment it needs?
//!
//! A file goes through four steps, one room each: [`document`] (TOML, JSON or YAML as Go sees it), [`schema`] (keys and
//! types flyctl knows), [`read`] into the [`model`] (legacy forms resolved), and [`rules`] over model, sizes
//! ([`machine`]) and the team's [`policy`]. Offline; what Fly runs at this moment is another guard's question.

pub mod document;
pub mod env;
mod guard;
pub mod live;
pub mod machine;
pub mod model;
pub mod policy;
pub mod read;
pub mod rules;
pub mod schema;
pub mod sheet;
pub mod size;
pub mod time;

pub use guard::FlyGuard;
pub use policy::AppPolicy;

#[cfg(test)]
mod tests;
