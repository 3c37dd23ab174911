//! What a monitoring system is told, from outside.
#![expect(
    clippy::disallowed_methods,
    reason = "starts processes, reads files and measures time"
)]

mod counts;
mod dashboard;
mod document;
mod format;
mod keys;
mod own_address;
mod prometheus;
mod rules;
mod scrape;
