//! Keys from servers, folders and files: fetched, kept, rotated and withdrawn.
#![cfg(test)]
#![expect(
    clippy::disallowed_methods,
    reason = "starts processes, writes key files and measures time"
)]

mod cache;
mod fetch;
mod fixture;
mod mint;
mod outage;
mod reload;
mod running;
mod shortage;
#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "shared with tests that need more of it")]
mod support;
