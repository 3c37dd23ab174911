//! What callers may take up.

use std::time::Duration;

use super::raw::Section;

/// Bounds on the memory, connections and time that callers may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest token, in bytes.
    pub token_bytes: usize,
    /// How much memory verified signatures are remembered in, in bytes; with 0 none are.
    pub signature_cache_bytes: usize,
    /// The longest request body, in bytes.
    pub body_bytes: usize,
    /// Requests being decided on at the same time, of which nobody has more than are left to others; more are told to
    /// come back.
    pub requests_in_flight: usize,
    /// Connections open at the same time; one more takes the place of one that is of less use.
    pub connections: usize,
    /// How long a request's header may take.
    pub header_timeout: Duration,
    /// How long a request's body may take.
    pub body_timeout: Duration,
    /// How long the other end may take to read an answer.
    pub answer_timeout: Duration,
}

/// Reads the section; what is left out has its default.
pub fn read(section: Section<'_>) -> Limits {
    let seconds = |name| {
        section
            .seconds(name, 0.1..=600.0)
            .map_or(Duration::from_secs(5), Duration::from_secs_f64)
    };
    let limits = Limits {
        token_bytes: section
            .integer("token_bytes", 256..=1_048_576)
            .unwrap_or(16_384),
        signature_cache_bytes: section
            .integer("signature_cache_bytes", 0..=1_073_741_824)
            .unwrap_or(1_048_576),
        body_bytes: section
            .integer("body_bytes", 1_024..=8_388_608)
            .unwrap_or(65_536),
        requests_in_flight: section
            .integer("requests_in_flight", 1..=100_000)
            .unwrap_or(512),
        connections: section.integer("connections", 1..=100_000).unwrap_or(1_024),
        header_timeout: seconds("header_timeout"),
        body_timeout: seconds("body_timeout"),
        answer_timeout: seconds("answer_timeout"),
    };
    section.finish();
    limits
}
