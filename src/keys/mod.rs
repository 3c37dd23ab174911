//! Public keys by `kid`: where they are, and what is found there.
//!
//! [`source`] is what a host's policy names. [`store`] is what a decision asks: answers that were recorded, or the
//! [`cache`], which fetches and keeps keys. [`state`] is what of that is shown to people. How keys are fetched is in
//! [`fetching`].

pub mod cache;
pub mod fetching;
pub mod source;
pub mod state;
pub mod store;
