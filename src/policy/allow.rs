//! `[[allow]]`: exceptions with a reason, an end and a count of their uses.
