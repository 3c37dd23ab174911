//! What the daemon answers, in words for people: commands print them, and the console shows them.

pub mod health;
pub mod keys;
pub mod revocations;
