//! What Kong's jwt plugin decides, as pure code: a request that a proxy describes, credentials and settings in, who asks or why not out.
#![deny(missing_docs)]

pub mod admin;
pub mod consumer;
pub mod credential;
pub mod credentials;
pub mod decision;
pub mod described;
pub mod explain;
pub mod header_names;
pub mod identity;
pub mod kong;
pub mod located;
mod parsed;
pub mod refusal;
pub mod seen;
pub mod settings;
pub mod trusted_proxies;

#[cfg(test)]
mod tests;
