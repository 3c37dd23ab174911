//! Keys from servers, folders and files: fetched, kept, rotated and withdrawn.
#![expect(
    clippy::disallowed_methods,
    reason = "starts processes, writes key files and measures time"
)]

mod cache;
mod discovered;
mod discovery;
mod fetch;
pub mod fixture;
mod mint;
mod outage;
mod reload;
mod running;
mod shortage;
