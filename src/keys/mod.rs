//! Public keys by `kid`: where they are, and what is found there.

pub mod address;
pub mod document;
pub mod recorded;
pub mod source;
