//! Tests of the room against git itself.

mod damage;
mod objects;
mod origins;
