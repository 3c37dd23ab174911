//! How keys are fetched, and for how long what was fetched is good.
//!
//! A `set` is one document with many keys, a `server` has a file for each key. Both keep what they fetch as a
//! `resource`, which knows when it may be used and when it is to be fetched again. The [`client`] speaks HTTP.
//! [`document`] reads what holds keys, and `answer` names what holds none. [`discovery`] reads what an issuer says of itself,
//! and `metadata` keeps where its set is.

pub(super) mod answer;
pub mod client;
pub mod counts;
pub mod discovery;
pub mod document;
mod metadata;
mod moment;
pub(super) mod resource;
pub(super) mod server;
pub(super) mod set;
