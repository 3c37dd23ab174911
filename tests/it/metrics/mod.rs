//! What a monitoring system is told, from outside.
#![expect(
    clippy::disallowed_methods,
    reason = "starts processes, reads files and measures time"
)]

mod counts;
mod format;
mod own_address;
mod scrape;
