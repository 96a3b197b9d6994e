//! Tests of the room against git itself.

mod objects;
