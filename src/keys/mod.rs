//! Public keys by `kid`: where they are, and what is found there.
//!
//! [`source`] is what a host's policy names. [`cache`] fetches and keeps: a `set` is one document with many keys, a
//! `server` has a file for each, and both keep what they fetch in a `slot`.

pub mod address;
mod answer;
mod bucket;
pub mod cache;
pub mod document;
pub mod fetch;
mod flight;
pub mod recorded;
mod server;
mod set;
mod slot;
pub mod source;
pub mod state;
pub mod store;
mod time;
