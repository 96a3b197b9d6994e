//! fly
pub mod document;
pub mod machine;
pub mod model;
pub mod policy;
pub mod read;
pub mod schema;
pub mod size;
pub mod time;
